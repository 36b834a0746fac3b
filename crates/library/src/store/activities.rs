//! Comments and likes in a store.

use tintype_protocol::id::{ActivityId, AlbumId};

use super::StoreError;
use crate::model::Activity;

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about comments and likes.
pub trait ReadActivities {
    /// One of them.
    fn activity(&self, id: ActivityId) -> Result<Option<Activity>>;
    /// Those of an album, oldest first; without those of users who were deleted, and on assets in the trash.
    fn activities(&self, album: AlbumId) -> Result<Vec<Activity>>;
}

/// Changes of comments and likes. They go with their album, their user, and when their asset leaves the album.
pub trait WriteActivities {
    /// A new one.
    fn insert_activity(&mut self, activity: &Activity) -> Result<()>;
    /// One is gone.
    fn delete_activity(&mut self, id: ActivityId) -> Result<()>;
}
