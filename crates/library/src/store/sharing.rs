//! What users let each other see.

use tintype_protocol::id::{AlbumId, UserId};
use tintype_protocol::model::AlbumRole;

use super::StoreError;
use crate::model::{Asset, Partner};

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about what is shared.
pub trait ReadSharing {
    /// Partners of a user in both directions, in no particular order.
    fn partners(&self, user: UserId) -> Result<Vec<Partner>>;
    /// Whether an asset, or the still it belongs to, is in an album of the user's.
    fn is_in_album_of(&self, asset: &Asset, user: UserId) -> Result<bool>;
}

/// Changes of what is shared.
pub trait WriteSharing {
    /// Access begins now. Whether it is new.
    fn add_partner(&mut self, partner: &Partner) -> Result<bool>;
    /// Changes whether the other library shows up in the own timeline.
    fn update_partner(&mut self, partner: &Partner) -> Result<()>;
    /// Ends the access. Both users learn of it. Whether there was any.
    fn remove_partner(&mut self, shared_by: UserId, shared_with: UserId) -> Result<bool>;
    /// A user joins an album; the album's row moves so that they are sent it. Whether they are new.
    fn add_album_user(&mut self, album: AlbumId, user: UserId, role: AlbumRole) -> Result<bool>;
    /// Changes the role of a member. Whether the user is one.
    fn set_album_role(&mut self, album: AlbumId, user: UserId, role: AlbumRole) -> Result<bool>;
    /// A member leaves: they lose the album, the others lose a member. Whether they were one.
    fn remove_album_user(&mut self, album: AlbumId, user: UserId) -> Result<bool>;
    /// Partners who know an asset that is being locked away must let go of it.
    fn withdraw_asset(&mut self, asset: &Asset) -> Result<()>;
}
