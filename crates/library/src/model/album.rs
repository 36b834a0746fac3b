//! Albums.

use tintype_protocol::id::{AlbumId, AssetId, UserId};
use tintype_protocol::model::{AlbumRole, SortOrder};
use tintype_protocol::time::Timestamp;

/// An album. Its owner has a row of role `owner` among its users as well.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Album {
    pub id: AlbumId,
    pub owner_id: UserId,
    pub name: String,
    pub description: String,
    pub thumbnail_asset_id: Option<AssetId>,
    pub is_activity_enabled: bool,
    pub order: SortOrder,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What is needed to make an album.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct NewAlbum {
    pub id: AlbumId,
    pub owner_id: UserId,
    pub name: String,
    pub description: String,
    pub order: SortOrder,
}

/// A user's part in an album.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct AlbumUser {
    pub album_id: AlbumId,
    pub user_id: UserId,
    pub role: AlbumRole,
}

/// Numbers over the assets of an album that are not in the trash.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct AlbumSummary {
    pub asset_count: u64,
    /// By local date.
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
    pub last_modified: Option<Timestamp>,
}
