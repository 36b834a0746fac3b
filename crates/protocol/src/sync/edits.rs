//! Lines of edits (sync-protocol §9).

use serde::{Deserialize, Serialize};

use crate::dto::edit::AssetEdit;
use crate::id::{AssetId, EditId};

/// An edit of an asset.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetEditV1 {
    pub id: EditId,
    pub asset_id: AssetId,
    /// From 0.
    pub sequence: u32,
    #[serde(flatten)]
    pub edit: AssetEdit,
}

/// An edit is gone.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetEditDelete {
    pub edit_id: EditId,
}
