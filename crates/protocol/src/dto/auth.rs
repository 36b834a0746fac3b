//! Signing up, in and out; password, PIN.

use serde::{Deserialize, Serialize};

use crate::id::UserId;
use crate::time::Timestamp;

/// `POST /auth/login`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct LoginCredentialDto {
    pub email: String,
    pub password: String,
}

/// `POST /auth/admin-sign-up`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct SignUpDto {
    pub email: String,
    pub password: String,
    pub name: String,
}

/// `POST /auth/change-password`. All other sessions end, whatever the client asks for.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ChangePasswordDto {
    pub password: String,
    pub new_password: String,
    #[serde(default)]
    pub invalidate_sessions: Option<bool>,
}

/// `POST /auth/pin-code`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct PinCodeSetupDto {
    pub pin_code: String,
}

/// `PUT /auth/pin-code`: the old PIN or the password proves who asks.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct PinCodeChangeDto {
    pub new_pin_code: String,
    pub pin_code: Option<String>,
    pub password: Option<String>,
}

/// `DELETE /auth/pin-code`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct PinCodeResetDto {
    pub pin_code: Option<String>,
    pub password: Option<String>,
}

/// `POST /auth/session/unlock`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct SessionUnlockDto {
    pub pin_code: Option<String>,
}

/// What a login gives.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct LoginResponseDto {
    pub access_token: String,
    pub user_id: UserId,
    pub user_email: String,
    pub name: String,
    pub is_admin: bool,
    pub is_onboarded: bool,
    pub profile_image_path: String,
    pub should_change_password: bool,
}

/// What a logout gives.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct LogoutResponseDto {
    pub successful: bool,
    pub redirect_uri: &'static str,
}

/// `GET /auth/status`.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AuthStatusResponseDto {
    pub pin_code: bool,
    pub password: bool,
    pub is_elevated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin_expires_at: Option<Timestamp>,
}

/// `POST /auth/validateToken`.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ValidateAccessTokenResponseDto {
    pub auth_status: bool,
}
