//! API keys.

use serde::{Deserialize, Serialize};

use crate::id::ApiKeyId;
use crate::permission::Permission;
use crate::time::Timestamp;

/// `POST /api-keys`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct ApiKeyCreateDto {
    pub name: Option<String>,
    /// At least one.
    pub permissions: Vec<Permission>,
}

/// `PUT /api-keys/{id}`.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct ApiKeyUpdateDto {
    pub name: Option<String>,
    pub permissions: Option<Vec<Permission>>,
}

/// A key without its secret.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ApiKeyResponseDto {
    pub id: ApiKeyId,
    pub name: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub permissions: Vec<Permission>,
}

/// A new key; the only time its secret is shown.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ApiKeyCreateResponseDto {
    pub secret: String,
    pub api_key: ApiKeyResponseDto,
}
