//! Memories.

use serde::{Deserialize, Serialize};

use super::asset::AssetResponseDto;
use crate::id::{AssetId, MemoryId, UserId};
use crate::model::MemoryType;
use crate::time::Timestamp;

/// What an on-this-day memory is about.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct OnThisDayDto {
    /// The year that is remembered, 1 or later.
    pub year: i32,
}

/// A memory.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct MemoryResponseDto {
    pub id: MemoryId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub memory_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hide_at: Option<Timestamp>,
    pub owner_id: UserId,
    #[serde(rename = "type")]
    pub kind: MemoryType,
    pub data: OnThisDayDto,
    pub is_saved: bool,
    /// Oldest first.
    pub assets: Vec<AssetResponseDto>,
}

/// `POST /memories`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct MemoryCreateDto {
    #[serde(rename = "type")]
    pub kind: MemoryType,
    pub data: OnThisDayDto,
    pub memory_at: Timestamp,
    pub show_at: Option<Timestamp>,
    pub hide_at: Option<Timestamp>,
    pub seen_at: Option<Timestamp>,
    pub is_saved: Option<bool>,
    pub asset_ids: Option<Vec<AssetId>>,
}

/// `PUT /memories/{id}`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct MemoryUpdateDto {
    pub memory_at: Option<Timestamp>,
    pub seen_at: Option<Timestamp>,
    pub is_saved: Option<bool>,
}

/// How many there are.
#[derive(Debug, Clone, Copy, Serialize)]
#[allow(missing_docs)]
pub struct MemoryStatisticsResponseDto {
    pub total: u64,
}
