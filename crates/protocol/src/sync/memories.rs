//! Lines of memories (sync-protocol §9).

use serde::{Deserialize, Serialize};

use crate::dto::memory::OnThisDayDto;
use crate::id::{AssetId, MemoryId, UserId};
use crate::model::MemoryType;
use crate::time::Timestamp;

/// A memory.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct MemoryV1 {
    pub id: MemoryId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Always `null`: memories are deleted for good.
    pub deleted_at: Option<Timestamp>,
    pub owner_id: UserId,
    #[serde(rename = "type")]
    pub kind: MemoryType,
    pub data: OnThisDayDto,
    pub is_saved: bool,
    pub memory_at: Timestamp,
    pub seen_at: Option<Timestamp>,
    pub show_at: Option<Timestamp>,
    pub hide_at: Option<Timestamp>,
}

/// A memory is gone.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct MemoryDelete {
    pub memory_id: MemoryId,
}

/// An asset is in a memory, or no longer.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct MemoryToAssetV1 {
    pub memory_id: MemoryId,
    pub asset_id: AssetId,
}
