//! Assets: uploads, single assets, bulk changes.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use super::person::{AssetFaceWithoutPersonResponseDto, PersonResponseDto};
use super::present;
use super::stack::AssetStackResponseDto;
use super::user::UserResponseDto;
use crate::checksum::Sha1;
use crate::id::{AssetId, LibraryId, TagId, UserId};
use crate::model::{AssetType, UploadStatus, Visibility};
use crate::sync::Number;
use crate::time::{Timestamp, duration_text};

/// A duration in the form of one generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DurationDto {
    /// `hh:mm:ss.SSS`; `0:00:00.00000` for stills.
    Text(Option<u64>),
    /// As `Text`, but null for stills (time buckets).
    TextOrNull(Option<u64>),
    /// Integer milliseconds or null (generation 3).
    Millis(Option<u64>),
}

/// What generation 2 says for stills.
const NO_DURATION: &str = "0:00:00.00000";

impl Serialize for DurationDto {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Text(None) => serializer.serialize_str(NO_DURATION),
            Self::Text(Some(ms)) | Self::TextOrNull(Some(ms)) => serializer.serialize_str(&duration_text(ms)),
            Self::Millis(Some(ms)) => serializer.serialize_u64(ms),
            Self::TextOrNull(None) | Self::Millis(None) => serializer.serialize_none(),
        }
    }
}

/// An asset. Fields that only one generation or only some answers have are optional.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetResponseDto {
    pub id: AssetId,
    /// Time of the upload.
    pub created_at: Timestamp,
    pub owner_id: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserResponseDto>,
    pub library_id: Option<LibraryId>,
    #[serde(rename = "type")]
    pub asset_type: AssetType,
    pub original_path: String,
    pub original_file_name: String,
    pub original_mime_type: String,
    pub thumbhash: Option<String>,
    pub file_created_at: Timestamp,
    pub file_modified_at: Timestamp,
    /// Wall-clock time of the capture, written as if UTC.
    pub local_date_time: Timestamp,
    pub updated_at: Timestamp,
    pub is_favorite: bool,
    pub is_archived: bool,
    pub is_trashed: bool,
    pub is_offline: bool,
    pub is_edited: bool,
    pub visibility: Visibility,
    pub duration: DurationDto,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exif_info: Option<ExifResponseDto>,
    pub live_photo_video_id: Option<AssetId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<TagResponseDto>>,
    /// Only for the owner, on single assets and where a search asks for it.
    pub people: Vec<PersonResponseDto>,
    /// Generation 2, single assets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unassigned_faces: Option<Vec<AssetFaceWithoutPersonResponseDto>>,
    pub checksum: Sha1,
    /// Present (as null) on single assets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack: Option<Option<AssetStackResponseDto>>,
    pub duplicate_id: Option<uuid::Uuid>,
    /// Generation 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resized: Option<bool>,
    /// Generation 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_asset_id: Option<String>,
    /// Generation 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    pub has_metadata: bool,
    /// As displayed.
    pub width: Option<u32>,
    pub height: Option<u32>,
}

/// An asset as guests see it through a link that keeps its metadata back.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct SanitizedAssetResponseDto {
    pub id: AssetId,
    #[serde(rename = "type")]
    pub asset_type: AssetType,
    pub thumbhash: Option<String>,
    pub original_mime_type: String,
    /// Wall-clock time of the capture, written as if UTC.
    pub local_date_time: Timestamp,
    pub duration: DurationDto,
    pub live_photo_video_id: Option<AssetId>,
    /// `false`: by this clients tell the two forms apart.
    pub has_metadata: bool,
    /// As displayed.
    pub width: Option<u32>,
    pub height: Option<u32>,
}

/// An asset in the form that its viewer may see.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum ShownAssetDto {
    /// With everything.
    Whole(Box<AssetResponseDto>),
    /// Without metadata.
    Sanitized(SanitizedAssetResponseDto),
}

/// A tag.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct TagResponseDto {
    pub id: TagId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<TagId>,
    /// Last part of the value.
    pub name: String,
    /// The whole path.
    pub value: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
}

/// What is known about the photo from its file and its owner.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ExifResponseDto {
    pub make: Option<String>,
    pub model: Option<String>,
    /// Unrotated.
    pub exif_image_width: Option<u32>,
    pub exif_image_height: Option<u32>,
    pub file_size_in_byte: Option<i64>,
    pub orientation: Option<String>,
    pub date_time_original: Option<Timestamp>,
    pub modify_date: Option<Timestamp>,
    pub time_zone: Option<String>,
    pub lens_model: Option<String>,
    pub f_number: Option<Number>,
    pub focal_length: Option<Number>,
    pub iso: Option<i32>,
    pub exposure_time: Option<String>,
    pub latitude: Option<Number>,
    pub longitude: Option<Number>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub country: Option<String>,
    pub description: Option<String>,
    pub projection_type: Option<String>,
    pub rating: Option<i8>,
}

/// The outcome of an upload.
#[derive(Debug, Clone, Copy, Serialize)]
#[allow(missing_docs)]
pub struct AssetMediaResponseDto {
    pub status: UploadStatus,
    pub id: AssetId,
}

/// `PUT /assets/{id}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)]
pub struct UpdateAssetDto {
    pub is_favorite: Option<bool>,
    pub visibility: Option<Visibility>,
    pub date_time_original: Option<String>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    /// −1 to 5; 0 counts as none.
    #[serde(deserialize_with = "present")]
    pub rating: Option<Option<f64>>,
    pub description: Option<String>,
    #[serde(deserialize_with = "present")]
    pub live_photo_video_id: Option<Option<AssetId>>,
}

/// `PUT /assets`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)]
pub struct AssetBulkUpdateDto {
    pub ids: Option<Vec<AssetId>>,
    #[serde(flatten)]
    pub change: UpdateAssetDto,
    /// Minutes.
    pub date_time_relative: Option<f64>,
    pub time_zone: Option<String>,
    #[serde(deserialize_with = "present")]
    pub duplicate_id: Option<Option<String>>,
}

/// `DELETE /assets`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct AssetBulkDeleteDto {
    pub ids: Vec<AssetId>,
    pub force: Option<bool>,
}

/// `POST /assets/bulk-upload-check`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct AssetBulkUploadCheckDto {
    pub assets: Vec<AssetBulkUploadCheckItem>,
}

/// One file that a client would upload.
#[derive(Debug, Clone, Deserialize)]
pub struct AssetBulkUploadCheckItem {
    /// Any text of the client's.
    pub id: String,
    /// Base64 (28 characters) or hexadecimal.
    pub checksum: String,
}

/// Answer to [`AssetBulkUploadCheckDto`], in its order.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs)]
pub struct AssetBulkUploadCheckResponseDto {
    pub results: Vec<AssetBulkUploadCheckResult>,
}

/// Whether one file is wanted.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetBulkUploadCheckResult {
    pub id: String,
    /// `accept` or `reject`.
    pub action: &'static str,
    /// `duplicate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset_id: Option<AssetId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_trashed: Option<bool>,
}

/// `POST /assets/exist` (2.x).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct CheckExistingAssetsDto {
    pub device_asset_ids: Vec<String>,
    pub device_id: String,
}

/// Answer to [`CheckExistingAssetsDto`].
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct CheckExistingAssetsResponseDto {
    pub existing_ids: Vec<String>,
}

/// Numbers of assets.
#[derive(Debug, Clone, Copy, Serialize)]
#[allow(missing_docs)]
pub struct AssetStatsResponseDto {
    pub images: u64,
    pub videos: u64,
    pub total: u64,
}

/// A value that an app keeps with an asset.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetMetadataResponseDto {
    pub key: String,
    pub value: Box<RawValue>,
    pub updated_at: Timestamp,
}

/// One value to keep with an asset.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct AssetMetadataUpsertItemDto {
    pub key: String,
    /// A JSON object.
    pub value: serde_json::Map<String, serde_json::Value>,
}

/// `PUT /assets/{id}/metadata`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct AssetMetadataUpsertDto {
    pub items: Vec<AssetMetadataUpsertItemDto>,
}

/// `PUT /assets/copy`; what is not named is copied.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetCopyDto {
    pub source_id: AssetId,
    pub target_id: AssetId,
    pub albums: Option<bool>,
    pub favorite: Option<bool>,
    pub sidecar: Option<bool>,
    pub stack: Option<bool>,
    pub shared_links: Option<bool>,
}

/// One value to keep with one of many assets.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetMetadataBulkUpsertItemDto {
    pub asset_id: AssetId,
    pub key: String,
    /// A JSON object.
    pub value: serde_json::Map<String, serde_json::Value>,
}

/// `PUT /assets/metadata`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct AssetMetadataBulkUpsertDto {
    pub items: Vec<AssetMetadataBulkUpsertItemDto>,
}

/// A value that is kept with an asset, and with which.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetMetadataBulkResponseDto {
    pub asset_id: AssetId,
    #[serde(flatten)]
    pub row: AssetMetadataResponseDto,
}

/// A value to forget.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetMetadataBulkDeleteItemDto {
    pub asset_id: AssetId,
    pub key: String,
}

/// `DELETE /assets/metadata`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct AssetMetadataBulkDeleteDto {
    pub items: Vec<AssetMetadataBulkDeleteItemDto>,
}

/// `POST /sync/full-sync` (2.x, deprecated).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetFullSyncDto {
    pub limit: u32,
    pub updated_until: Timestamp,
    pub last_id: Option<AssetId>,
    pub user_id: Option<UserId>,
}

/// `POST /sync/delta-sync` (2.x, deprecated).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetDeltaSyncDto {
    pub updated_after: Timestamp,
    pub user_ids: Vec<UserId>,
}

/// Answer to [`AssetDeltaSyncDto`].
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetDeltaSyncResponseDto {
    pub needs_full_sync: bool,
    pub upserted: Vec<AssetResponseDto>,
    pub deleted: Vec<AssetId>,
}
