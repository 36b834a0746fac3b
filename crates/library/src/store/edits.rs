//! Edits in a store.

use tintype_protocol::id::{AssetId, EditId};

use super::StoreError;
use crate::model::{Asset, Edit};

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about edits.
pub trait ReadEdits {
    /// One edit.
    fn edit(&self, id: EditId) -> Result<Option<Edit>>;
    /// Edits of an asset, in their order.
    fn edits(&self, asset: AssetId) -> Result<Vec<Edit>>;
}

/// Changes of edits. The asset is changed by the caller.
pub trait WriteEdits {
    /// Puts edits in the place of all that the asset had.
    fn replace_edits(&mut self, asset: &Asset, edits: &[Edit]) -> Result<()>;
}
