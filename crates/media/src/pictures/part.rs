//! A part of a picture.

use super::error::PictureError;
use super::raster::Raster;

/// A box in a picture: 0 to 1, across and down.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct Part {
    pub x1: f64,
    pub y1: f64,
    pub x2: f64,
    pub y2: f64,
}

impl Part {
    /// Left, top, width and height in pixels of a picture; all inside it, and at least one pixel.
    fn pixels(self, width: u32, height: u32) -> (u32, u32, u32, u32) {
        let span = |from: f64, to: f64, side: u32| {
            let at = |part: f64| (part.clamp(0.0, 1.0) * f64::from(side)).round() as u32;
            let first = at(from.min(to)).min(side - 1);
            (first, at(from.max(to)).clamp(first + 1, side) - first)
        };
        let (left, across) = span(self.x1, self.x2, width);
        let (top, down) = span(self.y1, self.y2, height);
        (left, top, across, down)
    }

    /// This part of a picture.
    pub(super) fn cut(self, picture: &Raster) -> Result<Raster, PictureError> {
        let (left, top, width, height) = self.pixels(picture.width(), picture.height());
        cut(picture, (left, top), (width, height))
    }
}

/// A box of pixels that lies inside a picture.
pub(super) fn cut(
    picture: &Raster,
    (left, top): (u32, u32),
    (width, height): (u32, u32),
) -> Result<Raster, PictureError> {
    let bytes = picture.layout().bytes();
    let row_bytes = picture.width() as usize * bytes;
    let (from, length) = (left as usize * bytes, width as usize * bytes);
    let rows = picture.pixels().chunks_exact(row_bytes).skip(top as usize).take(height as usize);
    let mut pixels = Vec::with_capacity(length * height as usize);
    rows.for_each(|row| pixels.extend_from_slice(&row[from..from + length]));
    Raster::new(width, height, picture.layout(), pixels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_pixels_stay_whole() {
        let part = Part { x1: 10.0 / 2_000.0, y1: 10.0 / 1_072.0, x2: 210.0 / 2_000.0, y2: 110.0 / 1_072.0 };
        assert_eq!(part.pixels(2_000, 1_072), (10, 10, 200, 100));
    }

    proptest! {
        #[test]
        fn parts_lie_inside(x1 in -2.0f64..3.0, y1 in -2.0f64..3.0, x2 in -2.0f64..3.0, y2 in -2.0f64..3.0,
            width in 1u32..5_000, height in 1u32..5_000) {
            let (left, top, across, down) = Part { x1, y1, x2, y2 }.pixels(width, height);
            prop_assert!(across >= 1 && down >= 1 && left + across <= width && top + down <= height);
        }
    }
}
