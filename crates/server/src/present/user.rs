//! Users, sessions and keys.

use tintype_library::model::{ApiKey, Session, User};
use tintype_protocol::dto::api_key::ApiKeyResponseDto;
use tintype_protocol::dto::session::SessionResponseDto;
use tintype_protocol::dto::user::{UserAdminResponseDto, UserLicenseDto, UserResponseDto};
use tintype_protocol::id::{SessionId, UserId};

/// A user as others see them.
pub(crate) fn user(user: &User) -> UserResponseDto {
    UserResponseDto {
        id: user.id,
        name: user.name.clone(),
        email: user.email.clone(),
        profile_image_path: user.profile_image_path.clone(),
        avatar_color: user.shown_color(),
        profile_changed_at: user.profile_changed_at,
    }
}

/// A user as they and the admin see them.
pub(crate) fn admin_view(row: &User, license: Option<UserLicenseDto>, is_v3: bool) -> UserAdminResponseDto {
    UserAdminResponseDto {
        user: user(row),
        storage_label: row.storage_label.clone(),
        should_change_password: row.should_change_password,
        is_admin: row.is_admin,
        created_at: row.created_at,
        deleted_at: row.deleted_at,
        updated_at: row.updated_at,
        oauth_id: row.oauth_id.clone(),
        quota_size_in_bytes: row.quota_bytes,
        quota_usage_in_bytes: Some(row.usage_bytes),
        status: row.status,
        license,
        cluster_group_id: is_v3.then(|| cluster_group(row.id)),
    }
}

/// Everybody is in a group of their own: its id follows from the user's, and is not the user's.
fn cluster_group(user: UserId) -> UserId {
    let mut bytes = *user.as_bytes();
    // Only bytes that say nothing of the version and variant of the id are turned.
    for byte in &mut bytes[10..] {
        *byte = !*byte;
    }
    UserId::from_bytes(bytes)
}

/// A session; `token` only right after its creation.
pub(crate) fn session(row: Session, current: Option<SessionId>, token: Option<String>) -> SessionResponseDto {
    SessionResponseDto {
        id: row.id,
        created_at: row.created_at,
        updated_at: row.updated_at,
        expires_at: row.expires_at,
        current: Some(row.id) == current,
        device_type: row.device_type,
        device_os: row.device_os,
        app_version: row.app_version,
        is_pending_sync_reset: row.is_pending_sync_reset,
        token,
    }
}

/// A key without its secret.
pub(crate) fn api_key(row: ApiKey) -> ApiKeyResponseDto {
    ApiKeyResponseDto {
        id: row.id,
        name: row.name,
        created_at: row.created_at,
        updated_at: row.updated_at,
        permissions: row.permissions,
    }
}
