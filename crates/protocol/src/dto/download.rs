//! Archives of originals.

use serde::{Deserialize, Serialize};

use crate::id::{AlbumId, AssetId, UserId};

/// `POST /download/info`: exactly one of the three selections.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct DownloadInfoDto {
    pub album_id: Option<AlbumId>,
    /// Bytes after which a new archive begins.
    pub archive_size: Option<u64>,
    pub asset_ids: Option<Vec<AssetId>>,
    pub user_id: Option<UserId>,
}

/// How a selection is split into archives.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct DownloadResponseDto {
    pub total_size: u64,
    pub archives: Vec<DownloadArchiveInfo>,
}

/// One archive.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct DownloadArchiveInfo {
    pub size: u64,
    pub asset_ids: Vec<AssetId>,
}

/// `POST /download/archive`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct DownloadArchiveDto {
    pub asset_ids: Vec<AssetId>,
    pub edited: Option<bool>,
}
