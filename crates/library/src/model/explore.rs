//! What a library shows of itself before anything is searched for.

use tintype_protocol::id::{AssetId, UserId};
use tintype_protocol::time::Timestamp;

/// A place that photos name.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub struct PlaceName {
    pub country: String,
    pub state: Option<String>,
    pub city: Option<String>,
}

/// A camera that photos name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Camera {
    pub make: Option<String>,
    pub model: Option<String>,
    pub lens_model: Option<String>,
}

/// A photo on the map.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Marker {
    pub id: AssetId,
    pub latitude: f64,
    pub longitude: f64,
    pub city: Option<String>,
    pub state: Option<String>,
    pub country: Option<String>,
}

/// Whose photos a map shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkersOf {
    /// Those of one user.
    Owner(UserId),
    /// Those of others in albums that this user owns or has joined.
    AlbumsOf(UserId),
}

/// Conditions on photos of a map.
#[derive(Debug, Clone, Copy, Default)]
#[allow(missing_docs)]
pub struct MarkerFilter {
    /// The archive, too.
    pub with_archive: bool,
    pub is_favorite: Option<bool>,
    /// By `file_created_at`, both ends included.
    pub taken: (Option<Timestamp>, Option<Timestamp>),
}
