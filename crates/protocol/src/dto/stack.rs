//! Stacks.

use serde::{Deserialize, Serialize};

use super::asset::AssetResponseDto;
use crate::id::{AssetId, StackId};

/// A stack with what is in it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct StackResponseDto {
    pub id: StackId,
    pub primary_asset_id: AssetId,
    /// The one in front first.
    pub assets: Vec<AssetResponseDto>,
}

/// What an asset shows of its stack.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetStackResponseDto {
    pub id: StackId,
    pub primary_asset_id: AssetId,
    pub asset_count: u64,
}

/// `POST /stacks`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct StackCreateDto {
    pub asset_ids: Vec<AssetId>,
}

/// `PUT /stacks/{id}`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct StackUpdateDto {
    pub primary_asset_id: Option<AssetId>,
}
