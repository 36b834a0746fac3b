//! Partners, and members of albums.

use serde::{Deserialize, Serialize};

use super::user::UserResponseDto;
use crate::id::UserId;
use crate::model::AlbumRole;

/// The other person of a partnership.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct PartnerResponseDto {
    #[serde(flatten)]
    pub user: UserResponseDto,
    pub in_timeline: bool,
}

/// `POST /partners`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct PartnerCreateDto {
    pub shared_with_id: UserId,
}

/// `PUT /partners/{id}`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct PartnerUpdateDto {
    pub in_timeline: bool,
}

/// `PUT /albums/{id}/users`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AddUsersDto {
    pub album_users: Vec<AlbumUserAddDto>,
}

/// A user who is to join an album; as an editor, unless said otherwise.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AlbumUserAddDto {
    pub user_id: UserId,
    pub role: Option<AlbumRole>,
}

/// `PUT /albums/{id}/user/{userId}`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[allow(missing_docs)]
pub struct UpdateAlbumUserDto {
    pub role: AlbumRole,
}
