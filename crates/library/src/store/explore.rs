//! What a store tells of a library before anything is searched for.

use tintype_protocol::id::UserId;

use super::StoreError;
use crate::model::{Asset, Camera, Exif, Marker, MarkerFilter, MarkersOf, PlaceName};

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about places, cameras and folders. "Shown" is what is in the timeline and not in the trash.
pub trait ReadExplore {
    /// Places that a user's photos name, each once, with the number of photos, shown or not.
    fn places(&self, owner: UserId) -> Result<Vec<(PlaceName, u64)>>;
    /// Up to `limit` photos of a user at a place that are shown.
    fn shown_at(&self, owner: UserId, place: &PlaceName, limit: u32) -> Result<Vec<(Asset, Option<Exif>)>>;
    /// Cameras that a user's photos name, each once.
    fn cameras(&self, owner: UserId) -> Result<Vec<Camera>>;
    /// Whether a photo of a user with this camera is shown.
    fn is_shown_with(&self, owner: UserId, camera: &Camera) -> Result<bool>;
    /// Photos with a position.
    fn markers(&self, of: MarkersOf, filter: &MarkerFilter) -> Result<Vec<Marker>>;
    /// A user's photos that are shown and whose originals lie directly in a folder, by the name of the file.
    fn in_folder(&self, owner: UserId, folder: &str) -> Result<Vec<(Asset, Option<Exif>)>>;
}
