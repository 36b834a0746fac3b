//! The timeline in months.

use serde::Serialize;

use super::asset::DurationDto;
use crate::id::{AssetId, UserId};
use crate::model::{AssetStatus, Visibility};
use crate::sync::Number;
use crate::time::Timestamp;

/// One month: its first day and its number of assets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct TimeBucketsResponseDto {
    /// `YYYY-MM-DD`.
    pub time_bucket: String,
    pub count: u64,
}

/// The assets of one month as equally long columns.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct TimeBucketAssetResponseDto {
    pub id: Vec<AssetId>,
    pub owner_id: Vec<UserId>,
    /// Width by height, three decimals; 1 when unknown.
    pub ratio: Vec<Number>,
    pub is_favorite: Vec<bool>,
    pub visibility: Vec<Visibility>,
    pub is_trashed: Vec<bool>,
    pub is_image: Vec<bool>,
    pub thumbhash: Vec<Option<String>>,
    /// UTC without zone suffix: `2025-08-01T10:00:00`, with a fraction when there is one.
    pub file_created_at: Vec<String>,
    /// Local minus UTC, in hours.
    pub local_offset_hours: Vec<Number>,
    pub duration: Vec<DurationDto>,
    pub projection_type: Vec<Option<String>>,
    pub live_photo_video_id: Vec<Option<AssetId>>,
    pub city: Vec<Option<String>>,
    pub country: Vec<Option<String>>,
    /// Generation 2 (not part of its published description either).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Vec<AssetStatus>>,
    /// Generation 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Vec<Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latitude: Option<Vec<Option<Number>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longitude: Option<Vec<Option<Number>>>,
    /// `[stackId, count]` or null, with `withStacked`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack: Option<Vec<Option<[String; 2]>>>,
}
