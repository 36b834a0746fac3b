//! Users, their preferences, onboarding and licence.

use serde::{Deserialize, Serialize};

use super::present;
use crate::id::UserId;
use crate::model::{AvatarColor, UserStatus};
use crate::time::Timestamp;

/// A user as others see them.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct UserResponseDto {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub profile_image_path: String,
    /// Never null here: derived from the e-mail when the user chose none.
    pub avatar_color: AvatarColor,
    pub profile_changed_at: Timestamp,
}

/// A user as they and the admin see them.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct UserAdminResponseDto {
    #[serde(flatten)]
    pub user: UserResponseDto,
    pub storage_label: Option<String>,
    pub should_change_password: bool,
    pub is_admin: bool,
    pub created_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
    pub updated_at: Timestamp,
    pub oauth_id: String,
    pub quota_size_in_bytes: Option<i64>,
    pub quota_usage_in_bytes: Option<i64>,
    pub status: UserStatus,
    pub license: Option<UserLicenseDto>,
    /// The group of users who share face recognition: everybody is in a group of their own (generation 3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_group_id: Option<UserId>,
}

/// A licence that a user entered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct UserLicenseDto {
    pub license_key: String,
    pub activation_key: String,
    pub activated_at: Timestamp,
}

/// `PUT /users/me/license` and `PUT /server/license`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct LicenseKeyDto {
    pub license_key: String,
    pub activation_key: String,
}

/// A picture that a user has now.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct CreateProfileImageResponseDto {
    pub user_id: UserId,
    pub profile_changed_at: Timestamp,
    pub profile_image_path: String,
}

/// `PUT /users/me`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct UserUpdateMeDto {
    pub email: Option<String>,
    pub name: Option<String>,
    pub password: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub avatar_color: Option<Option<AvatarColor>>,
}

/// `POST /admin/users`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct UserAdminCreateDto {
    pub email: String,
    pub password: String,
    pub name: String,
    pub avatar_color: Option<AvatarColor>,
    pub is_admin: Option<bool>,
    pub pin_code: Option<String>,
    pub quota_size_in_bytes: Option<i64>,
    pub should_change_password: Option<bool>,
    pub storage_label: Option<String>,
}

/// `PUT /admin/users/{id}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct UserAdminUpdateDto {
    pub email: Option<String>,
    pub password: Option<String>,
    pub name: Option<String>,
    pub is_admin: Option<bool>,
    pub should_change_password: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    pub avatar_color: Option<Option<AvatarColor>>,
    #[serde(default, deserialize_with = "present")]
    pub pin_code: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    pub quota_size_in_bytes: Option<Option<i64>>,
    #[serde(default, deserialize_with = "present")]
    pub storage_label: Option<Option<String>>,
}

/// `DELETE /admin/users/{id}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[allow(missing_docs)]
pub struct UserAdminDeleteDto {
    pub force: Option<bool>,
}

/// Whether the welcome steps are done.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct OnboardingDto {
    pub is_onboarded: bool,
}
