//! Comments and likes.

use serde::{Deserialize, Serialize};

use super::user::UserResponseDto;
use crate::id::{ActivityId, AlbumId, AssetId};
use crate::model::ActivityType;
use crate::time::Timestamp;

/// A comment or a like.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ActivityResponseDto {
    pub id: ActivityId,
    pub created_at: Timestamp,
    #[serde(rename = "type")]
    pub kind: ActivityType,
    pub user: UserResponseDto,
    /// `null` for the album as a whole.
    pub asset_id: Option<AssetId>,
    /// `null` for likes.
    pub comment: Option<String>,
}

/// `POST /activities`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ActivityCreateDto {
    pub album_id: AlbumId,
    pub asset_id: Option<AssetId>,
    #[serde(rename = "type")]
    pub kind: ActivityType,
    pub comment: Option<String>,
}

/// How many there are.
#[derive(Debug, Clone, Copy, Serialize)]
#[allow(missing_docs)]
pub struct ActivityStatisticsResponseDto {
    pub comments: u64,
    pub likes: u64,
}
