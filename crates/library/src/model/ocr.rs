//! Text that was recognised on assets.

use tintype_protocol::id::{AssetId, OcrId, UserId};

use super::FaceBox;

/// Where a line of text is, how sure that is, and what it says.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct TextLine {
    /// Four corners (x, y), clockwise from the top left, as parts of the width and height of the upright picture before
    /// any edit.
    pub corners: [(f64, f64); 4],
    /// How sure it is that there is text.
    pub box_score: f64,
    /// How sure it is what the text says.
    pub text_score: f64,
    pub text: String,
    /// Whether it lies inside what edits leave of the picture.
    pub is_visible: bool,
}

/// Sides of the picture that [`TextLine::area`] refers to: fine enough, whatever the picture's size.
const SIDE: i32 = 1_000_000;

impl TextLine {
    /// The box around the line.
    pub fn area(&self) -> FaceBox {
        // Corners are parts of one, so the casts are in range.
        let ends = |of: fn(&(f64, f64)) -> f64| {
            let parts = self.corners.iter().map(of);
            let (from, to) = parts.fold((1.0_f64, 0.0_f64), |(from, to), part| (from.min(part), to.max(part)));
            ((from * f64::from(SIDE)) as i32, (to * f64::from(SIDE)) as i32)
        };
        let ((x1, x2), (y1, y2)) = (ends(|corner| corner.0), ends(|corner| corner.1));
        FaceBox { image_width: SIDE, image_height: SIDE, x1, y1, x2, y2 }
    }
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
