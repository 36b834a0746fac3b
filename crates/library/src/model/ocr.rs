//! Text that was recognised on assets.

use tintype_protocol::id::{AssetId, OcrId, UserId};

/// Where a line of text is, how sure that is, and what it says.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct TextLine {
    /// Four corners (x, y), clockwise from the top left, as parts of the picture's width and height.
    pub corners: [(f64, f64); 4],
    /// How sure it is that there is text.
    pub box_score: f64,
    /// How sure it is what the text says.
    pub text_score: f64,
    pub text: String,
    /// Whether it lies inside what edits leave of the picture.
    pub is_visible: bool,
}

/// A line of text on an asset.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct OcrRow {
    pub id: OcrId,
    pub asset_id: AssetId,
    /// Owner of the asset.
    pub owner_id: UserId,
    pub line: TextLine,
}
