//! What a search asks for.

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AlbumId, AssetId, LibraryId, PersonId, TagId, UserId};
use tintype_protocol::model::{AssetStatus, AssetType, SortOrder, Visibility};
use tintype_protocol::time::Timestamp;

/// A condition on a column that may be null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match<T> {
    /// The column is null.
    Null,
    /// The column has this value.
    Is(T),
}

impl<T> From<Option<T>> for Match<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Is)
    }
}

/// Conditions on assets; all that are given must hold.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct AssetFilter {
    pub owners: Vec<UserId>,
    /// One of these, of which there are at most a few thousand; null: any.
    pub among: Option<Vec<AssetId>>,
    pub checksum: Option<Sha1>,
    pub device_id: Option<String>,
    pub device_asset_id: Option<String>,
    /// Part of the name, ignoring case and accents.
    pub name_contains: Option<String>,
    /// Part of the path, ignoring case and accents.
    pub path_contains: Option<String>,
    /// Part of the description, ignoring case and accents.
    pub description_contains: Option<String>,
    /// Part of a line of text on it, ignoring case and accents.
    pub text_contains: Option<String>,
    pub asset_type: Option<AssetType>,
    /// Empty: any.
    pub visibilities: Vec<Visibility>,
    /// Empty: any.
    pub statuses: Vec<AssetStatus>,
    pub is_trashed: Option<bool>,
    pub is_favorite: Option<bool>,
    pub is_motion: Option<bool>,
    pub is_offline: Option<bool>,
    pub is_encoded: Option<bool>,
    pub is_not_in_album: Option<bool>,
    /// In every one of them.
    pub albums: Vec<AlbumId>,
    /// With every one of them, or something below it; null: without any.
    pub tags: Option<Match<Vec<TagId>>>,
    /// With every one of them.
    pub people: Vec<PersonId>,
    pub library: Option<Match<LibraryId>>,
    pub city: Option<Match<String>>,
    pub state: Option<Match<String>>,
    pub country: Option<Match<String>>,
    pub make: Option<Match<String>>,
    pub model: Option<Match<String>>,
    pub lens_model: Option<Match<String>>,
    pub rating: Option<Match<i8>>,
    pub min_size_bytes: Option<i64>,
    pub created: (Option<Timestamp>, Option<Timestamp>),
    pub updated: (Option<Timestamp>, Option<Timestamp>),
    /// By `file_created_at`, both ends included.
    pub taken: (Option<Timestamp>, Option<Timestamp>),
    pub trashed: (Option<Timestamp>, Option<Timestamp>),
    /// Ids greater than this, ordered by id (for paging through everything).
    pub after_id: Option<AssetId>,
    /// A condition nothing meets: the search asks for something this library does not keep.
    pub is_nothing: bool,
}

/// Conditions on a timeline.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct BucketFilter {
    /// Empty with an album: any owner.
    pub owners: Vec<UserId>,
    pub album: Option<AlbumId>,
    pub is_favorite: Option<bool>,
    pub is_trashed: Option<bool>,
    /// Empty: timeline and archive.
    pub visibilities: Vec<Visibility>,
    /// West, south, east, north, in degrees.
    pub bbox: Option<[f64; 4]>,
    pub order: Option<SortOrder>,
    /// Of a stack only the asset in front.
    pub is_stacked: bool,
    /// With this tag, or something below it.
    pub tag: Option<TagId>,
    pub person: Option<PersonId>,
}
