//! Lines of recognised text (events-after-2.7.5 §2).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Number;
use crate::id::{AssetId, OcrId, UpdateId};
use crate::time::Timestamp;

/// A line of text on an asset: four corners, clockwise from the top left, as parts of width and height.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetOcrV1<'a> {
    pub id: OcrId,
    pub asset_id: AssetId,
    pub x1: Number,
    pub y1: Number,
    pub x2: Number,
    pub y2: Number,
    pub x3: Number,
    pub y3: Number,
    pub x4: Number,
    pub y4: Number,
    pub box_score: Number,
    pub text_score: Number,
    #[serde(borrow)]
    pub text: Cow<'a, str>,
    pub is_visible: bool,
}

/// All text that was known of an asset is gone.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetOcrDelete {
    /// Of the removal, not of a line of text.
    pub id: UpdateId,
    pub asset_id: AssetId,
    pub deleted_at: Timestamp,
}
