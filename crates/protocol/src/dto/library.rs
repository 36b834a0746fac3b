//! External libraries.

use serde::Serialize;

use crate::id::{LibraryId, UserId};
use crate::time::Timestamp;

/// An external library.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct LibraryResponseDto {
    pub id: LibraryId,
    pub owner_id: UserId,
    pub name: String,
    pub asset_count: u64,
    /// Folders on the server.
    pub import_paths: Vec<String>,
    pub exclusion_patterns: Vec<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// When it was last looked through.
    pub refreshed_at: Option<Timestamp>,
}

/// What an external library holds.
#[derive(Debug, Clone, Copy, Serialize)]
#[allow(missing_docs)]
pub struct LibraryStatsResponseDto {
    pub photos: u64,
    pub videos: u64,
    pub total: u64,
    /// In bytes.
    pub usage: i64,
}
