//! Bodies of the HTTP API, one module per resource, with the names of the published interface (http-api §4).
//!
//! Request bodies are read leniently where the reference is lenient: unknown fields are ignored. `Option<Option<T>>`
//! tells "not sent" (`None`) from "sent as null" (`Some(None)`).

pub mod activity;
pub mod album;
pub mod api_key;
pub mod asset;
pub mod auth;
pub mod download;
pub mod edit;
pub mod error;
pub mod explore;
pub mod job;
pub mod library;
pub mod memory;
pub mod notification;
pub mod ocr;
pub mod partner;
pub mod person;
pub mod search;
pub mod server;
pub mod session;
pub mod shared_link;
pub mod stack;
pub mod tag;
pub mod timeline;
pub mod user;

use serde::{Deserialize, Deserializer, Serialize};

use crate::model::BulkError;

/// Reads a field that may be absent, `null` or a value, keeping the three apart.
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}

/// `{ids}`: the body of most bulk requests.
#[derive(Debug, Clone, Deserialize)]
pub struct BulkIdsDto {
    /// Entity ids (UUID version 4).
    pub ids: Vec<uuid::Uuid>,
}

/// The outcome for one id of a bulk request; outcomes come in the order of the request.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkIdResponseDto {
    /// The id of the request.
    pub id: uuid::Uuid,
    /// Whether it was done.
    pub success: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<BulkError>,
}

/// `{count}`.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct CountResponseDto {
    /// How many rows were touched.
    pub count: u64,
}
