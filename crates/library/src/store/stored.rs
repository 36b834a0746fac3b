//! Assets that are kept as something made from their original.

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, UserId};

use super::StoreError;
use crate::model::{KnownContent, StoredForm};

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about how assets are kept.
pub trait ReadStored {
    /// What lies here in the place of the original; `None` if the original does.
    fn stored_form(&self, asset: AssetId) -> Result<Option<StoredForm>>;
    /// The owner's asset in whose place this content lies.
    fn asset_by_stored_form(&self, owner: UserId, sha1: &Sha1) -> Result<Option<KnownContent>>;
    /// Whether something is still to be done with an asset in the background.
    fn has_jobs(&self, asset: AssetId) -> Result<bool>;
    /// Whether something that was to be done with an asset in the background was given up.
    fn has_failed_jobs(&self, asset: AssetId) -> Result<bool>;
}

/// Changes of how assets are kept. But for one, none of them moves anything in the
/// feed: what clients are told stays the same.
pub trait WriteStored {
    /// The bytes of an asset lie under `key` from now on, in this form; `None`: as they came.
    fn set_stored_form(&mut self, asset: AssetId, key: &str, form: Option<&StoredForm>) -> Result<()>;
    /// From now on clients are told of this content, type and name, whatever lies in the place of the original. `Conflict`
    /// when the owner has another asset with that content.
    fn show_as(&mut self, asset: AssetId, checksum: &Sha1, media_type: &str, name: &str) -> Result<()>;
    /// What lay in the place of one asset's original belongs to another asset, which has the original's row now.
    fn move_stored_form(&mut self, from: AssetId, to: AssetId) -> Result<()>;
}
