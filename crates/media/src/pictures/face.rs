//! The picture of a face: a square around it, cut from a preview.

use super::Limits;
use super::edited::whole;
use super::encode;
use super::error::PictureError;
use super::jpeg;
use super::part::{Part, cut};
use super::planar::Planar;
use super::scale::{self, Sharpness};

/// Side of the picture of a face, in pixels.
pub const FACE_SIDE: u32 = 250;
/// How much more than the face itself is shown, so that hair and chin are part of it.
const MARGIN: f64 = 1.4;
/// Shorter side that the preview is decoded to at least, in pixels; more than it has means as it is.
const DECODED_SHORT_SIDE: u32 = 1_440;

/// Cuts a face out of a preview that is stored upright, as a square JPEG. `part` is where the face is.
pub fn face(preview: &[u8], part: Part, limits: &Limits) -> Result<Vec<u8>, PictureError> {
    let summary = jpeg::Summary::read(preview)?;
    let decoded = jpeg::decode(preview, summary, DECODED_SHORT_SIDE, limits)?;
    let raster = whole(decoded.pixels)?.flattened();
    let (left, top, side) = square(part, raster.width(), raster.height());
    let cut = cut(&raster, (left, top), (side, side))?;
    let small = scale::resize(&cut, (FACE_SIDE, FACE_SIDE), Sharpness::Fine)?;
    encode::jpeg(&Planar::from_raster(&small), decoded.icc.as_deref())
}

/// Left, top and side of the square around a face, all of it inside the picture.
fn square(part: Part, width: u32, height: u32) -> (u32, u32, u32) {
    let (across, down) = (f64::from(width), f64::from(height));
    let wanted = ((part.x2 - part.x1).abs() * across).max((part.y2 - part.y1).abs() * down) * MARGIN;
    let side = wanted.clamp(1.0, across.min(down)).floor();
    let left = (f64::midpoint(part.x1, part.x2) * across - side / 2.0).clamp(0.0, across - side);
    let top = (f64::midpoint(part.y1, part.y2) * down - side / 2.0).clamp(0.0, down - side);
    // All within the picture, so within the range.
    (left as u32, top as u32, side as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pictures::raster::{Layout, Raster};
    use proptest::prelude::*;

    #[test]
    fn the_face_is_in_the_middle() {
        // Red but for a green box, in which the face is.
        let pixels = (0..200u32).flat_map(|y| (0..300u32).map(move |x| (x, y))).flat_map(|(x, y)| {
            if (100..200).contains(&x) && (50..150).contains(&y) { [0, 255, 0] } else { [255, 0, 0] }
        });
        let raster = Raster::new(300, 200, Layout::Rgb, pixels.collect()).unwrap();
        let preview = encode::jpeg(&Planar::from_raster(&raster), None).unwrap();
        let part = Part { x1: 100.0 / 300.0, y1: 0.25, x2: 200.0 / 300.0, y2: 0.75 };
        let made = face(&preview, part, &Limits::default()).unwrap();
        let summary = jpeg::Summary::read(&made).unwrap();
        let picture = whole(jpeg::decode(&made, summary, FACE_SIDE, &Limits::default()).unwrap().pixels).unwrap();
        assert_eq!((picture.width(), picture.height()), (FACE_SIDE, FACE_SIDE));
        let at = |x: usize, y: usize| &picture.pixels()[(y * FACE_SIDE as usize + x) * 3..][..3];
        assert!(at(125, 125)[1] > 200 && at(60, 125)[1] > 200, "the face");
        assert!(at(5, 5)[0] > 200 && at(245, 245)[0] > 200, "and a margin around it");
        assert!(face(b"no picture", part, &Limits::default()).is_err());
    }

    proptest! {
        #[test]
        fn squares_lie_inside(x1 in -2.0f64..3.0, y1 in -2.0f64..3.0, x2 in -2.0f64..3.0, y2 in -2.0f64..3.0,
            width in 1u32..5_000, height in 1u32..5_000) {
            let (left, top, side) = square(Part { x1, y1, x2, y2 }, width, height);
            prop_assert!(side >= 1 && left + side <= width && top + side <= height, "{left} {top} {side}");
        }
    }
}
