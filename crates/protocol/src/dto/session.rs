//! Sessions: logins of single devices.

use serde::{Deserialize, Serialize};

use crate::id::SessionId;
use crate::time::Timestamp;

/// `POST /sessions`: a child session, for casting.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionCreateDto {
    /// Shown in lists.
    #[serde(rename = "deviceOS")]
    pub device_os: Option<String>,
    /// Shown in lists.
    pub device_type: Option<String>,
    /// Seconds until it ends; at least one.
    pub duration: Option<f64>,
}

/// `PUT /sessions/{id}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionUpdateDto {
    /// Makes the next stream of that session tell it to start over.
    pub is_pending_sync_reset: Option<bool>,
}

/// One login.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct SessionResponseDto {
    pub id: SessionId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Whether it is the session that asks.
    pub current: bool,
    pub device_type: String,
    #[serde(rename = "deviceOS")]
    pub device_os: String,
    pub app_version: Option<String>,
    pub is_pending_sync_reset: bool,
    /// Only in the answer to a creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}
