//! The change feed: every syncable row has a position, and reading from a position gives everything that changed since.
//!
//! Positions are UUIDs of version 7 that strictly increase in commit order, also within one millisecond, across
//! restarts and when the clock steps backwards. A reader that has seen position N will therefore never later meet a
//! new row below N. (The reference stamps rows before they commit, and loses changes to its clients.)

mod positions;
mod shared;

pub use positions::UpdateIds;
pub use shared::{BackfillKind, LinkedKind, Parent, ParentKey};

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{
    AlbumId, AssetId, EditId, FaceId, LibraryId, MemoryId, PersonId, StackId, UpdateId, UserId,
};
use tintype_protocol::model::{AlbumRole, AssetType, AvatarColor, SortOrder, UserMetadataKey, Visibility};
use tintype_protocol::time::Timestamp;

use crate::model::{Asset, Edit, Exif, Face, Memory, OcrRow, Partner, Person, Stack};

/// One sequence of changes, read in the order of positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FeedKind {
    /// The user themselves.
    Me,
    /// All users, deleted accounts included.
    Users,
    /// Users that are gone for good; everybody learns of them.
    UserDeletes,
    /// Partners in both directions.
    Partners,
    /// Partners that are none any more.
    PartnerDeletes,
    /// Own assets.
    Assets,
    /// Own assets that are gone for good.
    AssetDeletes,
    /// What is known about own assets.
    Exifs,
    /// Albums that are owned or joined.
    Albums,
    /// Albums that are gone, or gone from this user.
    AlbumDeletes,
    /// Users of albums that are owned or joined, owners included.
    AlbumUsers,
    /// Users who left such albums.
    AlbumUserDeletes,
    /// Assets in albums that are owned or joined.
    AlbumAssets,
    /// Assets taken out of such albums.
    AlbumAssetDeletes,
    /// Assets in such albums, at the positions of their links.
    AlbumAssetRows,
    /// What is known about them, at the same positions.
    AlbumExifRows,
    /// Assets of partners, but for those locked away.
    PartnerAssets,
    /// Assets of partners that are gone, or were locked away.
    PartnerAssetDeletes,
    /// What is known about assets of partners.
    PartnerExifs,
    /// Own stacks.
    Stacks,
    /// Own stacks that are gone.
    StackDeletes,
    /// Stacks of partners.
    PartnerStacks,
    /// Stacks of partners that are gone.
    PartnerStackDeletes,
    /// Edits of own assets.
    Edits,
    /// Edits of own assets that are gone.
    EditDeletes,
    /// Own memories.
    Memories,
    /// Own memories that are gone.
    MemoryDeletes,
    /// Assets in own memories.
    MemoryAssets,
    /// Assets taken out of own memories.
    MemoryAssetDeletes,
    /// Text on own assets.
    Ocr,
    /// Own assets whose text is gone, or another one.
    OcrDeletes,
    /// Own people.
    People,
    /// Own people that are gone.
    PersonDeletes,
    /// Faces on own assets.
    Faces,
    /// Faces on own assets that are gone.
    FaceDeletes,
    /// Own settings.
    UserMetadata,
    /// Own settings that are gone.
    UserMetadataDeletes,
    /// Values that apps keep with own assets.
    AssetMetadata,
    /// Such values that are gone.
    AssetMetadataDeletes,
}

/// A changed row, borrowed from the store while it is being read.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum FeedRow<'a> {
    User(UserRow<'a>),
    Asset(AssetRow<'a>),
    Exif(ExifRow<'a>),
    Album(AlbumRow<'a>),
    AlbumUser { album_id: AlbumId, user_id: UserId, role: AlbumRole },
    Partner(Partner),
    Stack(StackRow),
    StackGone(StackId),
    Edit(Edit),
    EditGone(EditId),
    Memory(Memory),
    MemoryAsset { memory_id: MemoryId, asset_id: AssetId },
    Ocr(OcrRow),
    Person(Person),
    Face(Face),
    AlbumAsset { album_id: AlbumId, asset_id: AssetId },
    UserMetadata { user_id: UserId, key: UserMetadataKey, value: &'a str },
    AssetMetadata { asset_id: AssetId, key: &'a str, value: &'a str },
    UserGone(UserId),
    AssetGone(AssetId),
    PartnerGone { shared_by: UserId, shared_with: UserId },
    AlbumGone(AlbumId),
    AlbumUserGone { album_id: AlbumId, user_id: UserId },
    AlbumAssetGone { album_id: AlbumId, asset_id: AssetId },
    MemoryGone(MemoryId),
    MemoryAssetGone { memory_id: MemoryId, asset_id: AssetId },
    OcrGone { removal: UpdateId, asset_id: AssetId, deleted_at: Timestamp },
    PersonGone(PersonId),
    FaceGone(FaceId),
    UserMetadataGone { user_id: UserId, key: UserMetadataKey },
    AssetMetadataGone { asset_id: AssetId, key: &'a str },
}

/// A user; see [`crate::model::User`].
#[derive(Debug)]
#[allow(missing_docs)]
pub struct UserRow<'a> {
    pub id: UserId,
    pub name: &'a str,
    pub email: &'a str,
    pub avatar_color: Option<AvatarColor>,
    pub deleted_at: Option<Timestamp>,
    pub profile_changed_at: Timestamp,
    pub has_profile_image: bool,
    pub is_admin: bool,
    pub oauth_id: &'a str,
    pub storage_label: Option<&'a str>,
    pub quota_bytes: Option<i64>,
    pub usage_bytes: i64,
}

/// An asset; see [`crate::model::Asset`].
#[derive(Debug)]
#[allow(missing_docs)]
pub struct AssetRow<'a> {
    pub id: AssetId,
    pub owner_id: UserId,
    pub original_name: &'a str,
    pub file_created_at: Timestamp,
    pub file_modified_at: Timestamp,
    pub local_date_time: Timestamp,
    pub asset_type: AssetType,
    pub deleted_at: Option<Timestamp>,
    pub is_favorite: bool,
    pub visibility: Visibility,
    pub duration_ms: Option<u64>,
    pub live_photo_video_id: Option<AssetId>,
    pub stack_id: Option<StackId>,
    pub library_id: Option<LibraryId>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub is_edited: bool,
    pub checksum: Sha1,
    pub thumbhash: Option<&'a [u8]>,
    pub created_at: Timestamp,
}

/// What is known about an asset; see [`crate::model::Exif`].
#[derive(Debug)]
#[allow(missing_docs)]
pub struct ExifRow<'a> {
    pub asset_id: AssetId,
    pub description: &'a str,
    pub image_width: Option<u32>,
    pub image_height: Option<u32>,
    pub file_size_bytes: Option<i64>,
    pub orientation: Option<u8>,
    pub date_time_original: Option<Timestamp>,
    pub modify_date: Option<Timestamp>,
    pub time_zone: Option<&'a str>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub projection_type: Option<&'a str>,
    pub city: Option<&'a str>,
    pub state: Option<&'a str>,
    pub country: Option<&'a str>,
    pub make: Option<&'a str>,
    pub model: Option<&'a str>,
    pub lens_model: Option<&'a str>,
    pub f_number: Option<f64>,
    pub focal_length: Option<f64>,
    pub iso: Option<i32>,
    pub exposure_time: Option<&'a str>,
    pub profile_description: Option<&'a str>,
    pub rating: Option<i8>,
    pub fps: Option<f64>,
}

impl<'a> From<&'a Asset> for AssetRow<'a> {
    fn from(asset: &'a Asset) -> Self {
        Self {
            id: asset.id,
            owner_id: asset.owner_id,
            original_name: &asset.original_name,
            file_created_at: asset.file_created_at,
            file_modified_at: asset.file_modified_at,
            local_date_time: asset.local_date_time,
            asset_type: asset.asset_type,
            deleted_at: asset.deleted_at,
            is_favorite: asset.is_favorite,
            visibility: asset.visibility,
            duration_ms: asset.duration_ms,
            live_photo_video_id: asset.live_photo_video_id,
            stack_id: asset.stack_id,
            library_id: asset.library_id,
            width: asset.width,
            height: asset.height,
            is_edited: asset.is_edited,
            checksum: asset.checksum,
            thumbhash: asset.thumbhash.as_deref(),
            created_at: asset.created_at,
        }
    }
}

impl<'a> ExifRow<'a> {
    /// What is known about an asset, as the feed shows it.
    pub fn of(asset_id: AssetId, exif: &'a Exif) -> Self {
        Self {
            asset_id,
            description: &exif.description,
            image_width: exif.image_width,
            image_height: exif.image_height,
            file_size_bytes: exif.file_size_bytes,
            orientation: exif.orientation,
            date_time_original: exif.date_time_original,
            modify_date: exif.modify_date,
            time_zone: exif.time_zone.as_deref(),
            latitude: exif.latitude,
            longitude: exif.longitude,
            projection_type: exif.projection_type.as_deref(),
            city: exif.city.as_deref(),
            state: exif.state.as_deref(),
            country: exif.country.as_deref(),
            make: exif.make.as_deref(),
            model: exif.model.as_deref(),
            lens_model: exif.lens_model.as_deref(),
            f_number: exif.f_number,
            focal_length: exif.focal_length,
            iso: exif.iso,
            exposure_time: exif.exposure_time.as_deref(),
            profile_description: exif.profile_description.as_deref(),
            rating: exif.rating,
            fps: exif.fps,
        }
    }
}

/// A stack, and its times.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct StackRow {
    pub stack: Stack,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// An album; see [`crate::model::Album`].
#[derive(Debug)]
#[allow(missing_docs)]
pub struct AlbumRow<'a> {
    pub id: AlbumId,
    pub owner_id: UserId,
    pub name: &'a str,
    pub description: &'a str,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub thumbnail_asset_id: Option<AssetId>,
    pub is_activity_enabled: bool,
    pub order: SortOrder,
}

/// What a visitor of changed rows decides after each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visit {
    /// Show me the next one.
    Continue,
    /// I have seen enough, or nobody listens to me any more.
    Stop,
}

/// Called for each changed row with its position.
pub type Visitor<'v> = dyn FnMut(UpdateId, FeedRow<'_>) -> Visit + 'v;
