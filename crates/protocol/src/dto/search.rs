//! Searching by metadata.

use serde::{Deserialize, Serialize};

use super::asset::AssetResponseDto;
use super::present;
use crate::id::{AlbumId, AssetId, LibraryId, PersonId, TagId};
use crate::model::{AssetType, SortOrder, Visibility};
use crate::time::Timestamp;

/// `POST /search/metadata` and its relatives; every field narrows the result.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)]
pub struct MetadataSearchDto {
    pub id: Option<AssetId>,
    pub device_asset_id: Option<String>,
    pub device_id: Option<String>,
    /// Base64 (28 characters) or hexadecimal.
    pub checksum: Option<String>,
    pub original_file_name: Option<String>,
    pub original_path: Option<String>,
    pub description: Option<String>,
    #[serde(rename = "type")]
    pub asset_type: Option<AssetType>,
    pub visibility: Option<Visibility>,
    pub is_favorite: Option<bool>,
    pub is_motion: Option<bool>,
    pub is_offline: Option<bool>,
    pub is_not_in_album: Option<bool>,
    pub is_encoded: Option<bool>,
    pub album_ids: Option<Vec<AlbumId>>,
    #[serde(deserialize_with = "present")]
    pub library_id: Option<Option<LibraryId>>,
    #[serde(deserialize_with = "present")]
    pub city: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    pub state: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    pub country: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    pub make: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    pub model: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    pub lens_model: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    pub rating: Option<Option<i8>>,
    pub created_after: Option<Timestamp>,
    pub created_before: Option<Timestamp>,
    pub updated_after: Option<Timestamp>,
    pub updated_before: Option<Timestamp>,
    pub taken_after: Option<Timestamp>,
    pub taken_before: Option<Timestamp>,
    pub trashed_after: Option<Timestamp>,
    pub trashed_before: Option<Timestamp>,
    pub with_deleted: Option<bool>,
    pub with_exif: Option<bool>,
    pub with_people: Option<bool>,
    pub with_stacked: Option<bool>,
    pub order: Option<SortOrder>,
    /// From 1.
    pub page: Option<u32>,
    /// 1 to 1000.
    pub size: Option<u32>,
    /// Smallest size in bytes (large-asset search).
    pub min_file_size: Option<i64>,
    /// Assets on which all of them are.
    pub person_ids: Option<Vec<PersonId>>,
    /// Assets with all of them, or something below them; `null` asks for untagged assets.
    #[serde(deserialize_with = "present")]
    pub tag_ids: Option<Option<Vec<TagId>>>,
    /// Text on photos.
    pub ocr: Option<String>,
}

/// One page of a search.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct SearchResponseDto {
    pub albums: SearchAlbumResponseDto,
    pub assets: SearchAssetResponseDto,
}

/// Always empty.
#[derive(Debug, Clone, Default, Serialize)]
#[allow(missing_docs)]
pub struct SearchAlbumResponseDto {
    pub total: u64,
    pub count: u64,
    pub items: [(); 0],
    pub facets: [(); 0],
}

/// The assets of one page; `total` is the size of the page as well.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct SearchAssetResponseDto {
    pub total: u64,
    pub count: u64,
    pub items: Vec<AssetResponseDto>,
    pub facets: [(); 0],
    /// Number of the next page as a text, or null at the end.
    pub next_page: Option<String>,
}

/// `POST /search/statistics`.
#[derive(Debug, Clone, Copy, Serialize)]
#[allow(missing_docs)]
pub struct SearchStatisticsResponseDto {
    pub total: u64,
}
