//! Photos and videos.

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, LibraryId, StackId, TagId, UserId};
use tintype_protocol::model::{AssetStatus, AssetType, Visibility};
use tintype_protocol::time::Timestamp;

/// A photo or video.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Asset {
    pub id: AssetId,
    pub owner_id: UserId,
    pub library_id: Option<LibraryId>,
    /// SHA-1 of the original, as the device had it.
    pub checksum: Sha1,
    pub asset_type: AssetType,
    pub device_asset_id: String,
    pub device_id: String,
    /// As the device named it.
    pub original_name: String,
    /// Key of the original among the blobs.
    pub original_path: String,
    pub sidecar_path: Option<String>,
    /// By the bytes, not by the name.
    pub media_type: String,
    pub size_bytes: i64,
    pub file_created_at: Timestamp,
    pub file_modified_at: Timestamp,
    /// Wall-clock time of the capture, as if UTC.
    pub local_date_time: Timestamp,
    pub duration_ms: Option<u64>,
    pub is_favorite: bool,
    pub visibility: Visibility,
    pub live_photo_video_id: Option<AssetId>,
    pub stack_id: Option<StackId>,
    /// As displayed.
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub thumbhash: Option<Vec<u8>>,
    /// Thumbnail and preview exist.
    pub is_rendered: bool,
    /// A transcoded video exists.
    pub is_encoded: bool,
    pub is_edited: bool,
    pub is_offline: bool,
    pub status: AssetStatus,
    /// Since when it is in the trash.
    pub deleted_at: Option<Timestamp>,
    /// Time of the upload.
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Asset {
    /// Whether its original is a file of an indexed folder, which is read where it lies and never changed. Keys of the library's
    /// own bytes are relative; nothing but indexing writes another path.
    pub fn is_in_place(&self) -> bool {
        self.library_id.is_some() && self.original_path.starts_with('/')
    }

    /// Whether it is in the trash or on its way out.
    pub fn is_trashed(&self) -> bool {
        self.deleted_at.is_some()
    }
}

/// What is needed to add an asset; everything else follows or comes later.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct NewAsset {
    pub id: AssetId,
    pub owner_id: UserId,
    pub checksum: Sha1,
    pub asset_type: AssetType,
    pub device_asset_id: String,
    pub device_id: String,
    pub original_name: String,
    pub original_path: String,
    pub sidecar_path: Option<String>,
    pub media_type: String,
    pub size_bytes: i64,
    pub file_created_at: Timestamp,
    pub file_modified_at: Timestamp,
    pub duration_ms: Option<u64>,
    pub is_favorite: bool,
    pub visibility: Visibility,
    pub live_photo_video_id: Option<AssetId>,
}

/// A field of [`Exif`] that a person set and that reading the file again must not overwrite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LockedField {
    Description,
    DateTimeOriginal,
    Position,
    Rating,
    TimeZone,
    Tags,
}

impl LockedField {
    /// Every field.
    pub const ALL: [Self; 6] =
        [Self::Description, Self::DateTimeOriginal, Self::Position, Self::Rating, Self::TimeZone, Self::Tags];

    /// Its bit in a set of fields.
    pub fn bit(self) -> u32 {
        1 << (self as u32)
    }
}

/// What is known about an asset from its file and from its owner.
#[derive(Debug, Clone, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Exif {
    pub description: String,
    /// Unrotated.
    pub image_width: Option<u32>,
    pub image_height: Option<u32>,
    pub file_size_bytes: Option<i64>,
    /// 1 to 8.
    pub orientation: Option<u8>,
    pub date_time_original: Option<Timestamp>,
    pub modify_date: Option<Timestamp>,
    pub time_zone: Option<String>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub projection_type: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub country: Option<String>,
    pub make: Option<String>,
    pub model: Option<String>,
    pub lens_model: Option<String>,
    pub f_number: Option<f64>,
    pub focal_length: Option<f64>,
    pub iso: Option<i32>,
    pub exposure_time: Option<String>,
    pub profile_description: Option<String>,
    pub rating: Option<i8>,
    pub fps: Option<f64>,
    pub live_photo_cid: Option<String>,
    pub auto_stack_id: Option<String>,
    /// Set of [`LockedField`] bits.
    pub locked: u32,
}

impl Exif {
    /// Whether a person set `field`.
    pub fn is_locked(&self, field: LockedField) -> bool {
        self.locked & field.bit() != 0
    }
}

/// A value that an app keeps with an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct AssetMetadata {
    pub key: String,
    /// A JSON object.
    pub value: String,
    pub updated_at: Timestamp,
}

/// A label that a person gave, in the file or here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Tag {
    pub id: TagId,
    pub owner_id: UserId,
    /// The whole path: `a/b/c`.
    pub value: String,
    pub color: Option<String>,
    pub parent_id: Option<TagId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Tag {
    /// A tag without a colour.
    pub fn new(id: TagId, owner_id: UserId, value: String, parent_id: Option<TagId>, now: Timestamp) -> Self {
        Self { id, owner_id, value, color: None, parent_id, created_at: now, updated_at: now }
    }
}

/// An asset that already holds a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct KnownContent {
    pub asset_id: AssetId,
    pub is_trashed: bool,
}

/// Numbers of assets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct AssetStats {
    pub images: u64,
    pub videos: u64,
}

/// What one user's originals take.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct OwnerUsage {
    pub user_id: UserId,
    pub user_name: String,
    pub quota_bytes: Option<i64>,
    pub photos: u64,
    pub videos: u64,
    pub photo_bytes: i64,
    pub video_bytes: i64,
}

/// One month of a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthCount {
    /// Months since year 0: `year * 12 + month - 1`, of the local date.
    pub month: i64,
    /// Assets in it.
    pub count: u64,
}

/// One asset of a month.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct BucketRow {
    pub id: AssetId,
    pub owner_id: UserId,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub is_favorite: bool,
    pub visibility: Visibility,
    pub is_trashed: bool,
    pub asset_type: AssetType,
    pub thumbhash: Option<Vec<u8>>,
    pub file_created_at: Timestamp,
    pub local_date_time: Timestamp,
    pub created_at: Timestamp,
    pub duration_ms: Option<u64>,
    pub projection_type: Option<String>,
    pub live_photo_video_id: Option<AssetId>,
    pub city: Option<String>,
    pub country: Option<String>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub status: AssetStatus,
    /// With [`super::BucketFilter::is_stacked`]: the stack that this asset is in front of, and how many are in it.
    pub stack: Option<(StackId, u64)>,
}
