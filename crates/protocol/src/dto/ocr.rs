//! Text that was recognised on assets.

use serde::Serialize;

use crate::id::{AssetId, OcrId};
use crate::sync::Number;

/// A line of text and where it is: four corners, clockwise from the top left, as parts of width and height.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetOcrResponseDto {
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
    /// How sure it is that there is text.
    pub box_score: Number,
    /// How sure it is what the text says.
    pub text_score: Number,
    pub text: String,
}
