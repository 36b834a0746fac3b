//! Tags. The answer is [`super::asset::TagResponseDto`].

use serde::{Deserialize, Serialize};

use super::present;
use crate::id::{AssetId, TagId};

/// `POST /tags`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct TagCreateDto {
    /// Last part of the path.
    pub name: String,
    pub parent_id: Option<TagId>,
    /// `#` and hexadecimal digits.
    pub color: Option<String>,
}

/// `PUT /tags`.
#[derive(Debug, Clone, Deserialize)]
pub struct TagUpsertDto {
    /// Paths such as `a/b/c`.
    pub tags: Vec<String>,
}

/// `PUT /tags/{id}`.
#[derive(Debug, Clone, Deserialize)]
pub struct TagUpdateDto {
    /// `null` takes the colour away.
    #[serde(default, deserialize_with = "present")]
    pub color: Option<Option<String>>,
}

/// `PUT /tags/assets`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct TagBulkAssetsDto {
    pub tag_ids: Vec<TagId>,
    pub asset_ids: Vec<AssetId>,
}

/// How many links are new.
#[derive(Debug, Clone, Copy, Serialize)]
#[allow(missing_docs)]
pub struct TagBulkAssetsResponseDto {
    pub count: u64,
}
