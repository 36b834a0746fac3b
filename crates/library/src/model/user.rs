//! Users and their ways in.

use tintype_protocol::id::{ApiKeyId, SessionId, UserId};
use tintype_protocol::model::{AvatarColor, UserMetadataKey, UserStatus};
use tintype_protocol::permission::Permission;
use tintype_protocol::time::Timestamp;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct User {
    pub id: UserId,
    /// Lower case.
    pub email: String,
    pub name: String,
    /// bcrypt.
    pub password_hash: String,
    /// bcrypt.
    pub pin_hash: Option<String>,
    pub is_admin: bool,
    pub avatar_color: Option<AvatarColor>,
    /// Empty when there is no picture.
    pub profile_image_path: String,
    pub profile_changed_at: Timestamp,
    /// First folder of readable paths, instead of the id.
    pub storage_label: Option<String>,
    pub quota_bytes: Option<i64>,
    pub usage_bytes: i64,
    pub should_change_password: bool,
    /// Empty when there is none.
    pub oauth_id: String,
    pub status: UserStatus,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
}

impl User {
    /// Whether this is somebody of a server that a user here follows, who has no account here: nobody can log in.
    pub fn is_shadow(&self) -> bool {
        self.password_hash.is_empty()
    }

    /// The colour shown: the chosen one, else the one derived from the e-mail.
    pub fn shown_color(&self) -> AvatarColor {
        self.avatar_color.unwrap_or_else(|| AvatarColor::derived_from(&self.email))
    }
}

/// A row of a user's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct UserMetadata {
    pub key: UserMetadataKey,
    /// JSON.
    pub value: String,
}

/// A login of one device.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Session {
    pub id: SessionId,
    pub user_id: UserId,
    /// The session that made this one; it ends with it.
    pub parent_id: Option<SessionId>,
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
    pub device_type: String,
    pub device_os: String,
    pub app_version: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    /// Until when the PIN opens the locked folder.
    pub pin_expires_at: Option<Timestamp>,
    /// The next stream says: start over.
    pub is_pending_sync_reset: bool,
}

/// A key for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub user_id: UserId,
    pub name: String,
    /// SHA-256 of the secret.
    pub secret_hash: [u8; 32],
    pub permissions: Vec<Permission>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
