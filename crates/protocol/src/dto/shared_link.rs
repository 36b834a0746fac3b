//! Shared links.

use serde::{Deserialize, Serialize};

use super::album::AlbumResponseDto;
use super::asset::ShownAssetDto;
use super::present;
use crate::id::{AlbumId, AssetId, SharedLinkId, UserId};
use crate::model::SharedLinkType;
use crate::time::Timestamp;

/// A shared link.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct SharedLinkResponseDto {
    pub id: SharedLinkId,
    pub user_id: UserId,
    /// base64url of fifty bytes.
    pub key: String,
    pub slug: Option<String>,
    #[serde(rename = "type")]
    pub kind: SharedLinkType,
    pub description: Option<String>,
    /// `null` where there is none. The password itself is never told.
    pub password: Option<&'static str>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub allow_upload: bool,
    pub allow_download: bool,
    pub show_metadata: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub album: Option<AlbumResponseDto>,
    /// Newest first; empty for albums.
    pub assets: Vec<ShownAssetDto>,
}

/// `POST /shared-links`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct SharedLinkCreateDto {
    #[serde(rename = "type")]
    pub kind: SharedLinkType,
    pub album_id: Option<AlbumId>,
    pub asset_ids: Option<Vec<AssetId>>,
    pub description: Option<String>,
    pub password: Option<String>,
    pub slug: Option<String>,
    pub expires_at: Option<String>,
    pub allow_upload: Option<bool>,
    pub allow_download: Option<bool>,
    pub show_metadata: Option<bool>,
}

/// `PATCH /shared-links/{id}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)]
pub struct SharedLinkEditDto {
    #[serde(deserialize_with = "present")]
    pub description: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    pub password: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    pub slug: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    pub expires_at: Option<Option<String>>,
    /// Generation 2: without a time, the link lasts for ever from now on.
    pub change_expiry_time: Option<bool>,
    pub allow_upload: Option<bool>,
    pub allow_download: Option<bool>,
    pub show_metadata: Option<bool>,
}

/// `POST /shared-links/login`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct SharedLinkLoginDto {
    pub password: String,
}

/// Assets to put in or take out.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetIdsDto {
    pub asset_ids: Vec<AssetId>,
}

/// What became of one of them.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetIdsResponseDto {
    pub asset_id: AssetId,
    pub success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<crate::model::BulkError>,
}
