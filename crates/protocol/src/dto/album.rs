//! Albums.

use serde::{Deserialize, Serialize};

use super::asset::ShownAssetDto;
use super::user::UserResponseDto;
use crate::id::{AlbumId, AssetId, UserId};
use crate::model::{AlbumRole, BulkError, SortOrder};
use crate::time::Timestamp;

/// An album. Fields that only one generation has are optional.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AlbumResponseDto {
    pub id: AlbumId,
    pub album_name: String,
    pub description: String,
    pub album_thumbnail_asset_id: Option<AssetId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Sorted by role, then name. Generation 3 lists the owner first.
    pub album_users: Vec<AlbumUserResponseDto>,
    /// Whether anybody else can see it.
    pub shared: bool,
    pub has_shared_link: bool,
    /// Over assets that are not in the trash, like the dates below.
    pub asset_count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified_asset_timestamp: Option<Timestamp>,
    pub is_activity_enabled: bool,
    pub order: SortOrder,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contributor_counts: Option<Vec<ContributorCountDto>>,
    /// Generation 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<UserId>,
    /// Generation 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserResponseDto>,
    /// Generation 2; empty in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assets: Option<Vec<ShownAssetDto>>,
}

/// A user's part in an album.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct AlbumUserResponseDto {
    pub user: UserResponseDto,
    pub role: AlbumRole,
}

/// How many assets of an album are one user's.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ContributorCountDto {
    pub user_id: UserId,
    pub asset_count: u64,
}

/// `POST /albums`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct CreateAlbumDto {
    pub album_name: String,
    pub description: Option<String>,
    pub asset_ids: Option<Vec<AssetId>>,
    pub album_users: Option<Vec<AlbumUserCreateDto>>,
}

/// A member of a new album.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AlbumUserCreateDto {
    pub user_id: UserId,
    pub role: AlbumRole,
}

/// `PATCH /albums/{id}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct UpdateAlbumDto {
    pub album_name: Option<String>,
    pub description: Option<String>,
    pub album_thumbnail_asset_id: Option<AssetId>,
    pub is_activity_enabled: Option<bool>,
    pub order: Option<SortOrder>,
}

/// `PUT /albums/assets`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AlbumsAddAssetsDto {
    pub album_ids: Vec<AlbumId>,
    pub asset_ids: Vec<AssetId>,
}

/// The outcome of [`AlbumsAddAssetsDto`].
#[derive(Debug, Clone, Copy, Serialize)]
#[allow(missing_docs)]
pub struct AlbumsAddAssetsResponseDto {
    pub success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<BulkError>,
}

/// `GET /albums/statistics`.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AlbumStatisticsResponseDto {
    pub owned: u64,
    pub shared: u64,
    pub not_shared: u64,
}
