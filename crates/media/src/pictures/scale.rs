//! Target sizes, and resizing.

use fast_image_resize::images::{CroppedImage, Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::error::{DecoderError, PictureError};
use super::raster::{Layout, Raster};

/// Filters by what they are used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharpness {
    /// For pictures looked at in full: keeps fine detail. A wider filter could not be told from it at the usual factors.
    Fine,
    /// For small pictures made from already reduced ones: a third of the work, no visible difference at that size.
    Fast,
}

/// From this factor on, a filter need not be widened: too little is left out to show, and some of the work is saved.
const NEARLY_SAME_SIZE: f64 = 0.9;

impl Sharpness {
    /// The filter for a picture whose sides are multiplied by `factor`.
    fn algorithm(self, factor: f64) -> ResizeAlg {
        match self {
            Self::Fine if factor >= NEARLY_SAME_SIZE => ResizeAlg::Interpolation(FilterType::CatmullRom),
            Self::Fine => ResizeAlg::Convolution(FilterType::CatmullRom),
            Self::Fast => ResizeAlg::Convolution(FilterType::Hamming),
        }
    }
}

/// The size with the shorter side fitted to `short_side`, never larger than the original and with neither side above
/// `longest` (what the encoder can write).
pub(crate) fn fitted(width: u32, height: u32, short_side: u32, longest: u32) -> (u32, u32) {
    let (short, long) = (width.min(height), width.max(height));
    let (mut new_short, mut new_long) =
        if short <= short_side { (short, long) } else { (short_side, rounded(long, short_side, short)) };
    if new_long > longest {
        (new_short, new_long) = (rounded(new_short, longest, new_long).max(1), longest);
    }
    if width <= height { (new_short, new_long) } else { (new_long, new_short) }
}

/// The size that fits into a square of `side` pixels, never larger than the original.
pub(crate) fn inside(width: u32, height: u32, side: u32) -> (u32, u32) {
    let long = width.max(height);
    if long <= side {
        return (width, height);
    }
    (rounded(width, side, long).max(1), rounded(height, side, long).max(1))
}

/// `value * numerator / denominator`, half rounded up, without overflow.
fn rounded(value: u32, numerator: u32, denominator: u32) -> u32 {
    let (value, numerator, denominator) = (u64::from(value), u64::from(numerator), u64::from(denominator.max(1)));
    u32::try_from((2 * value * numerator + denominator) / (2 * denominator)).unwrap_or(u32::MAX)
}

/// One plane of samples in another size. Of the source, `part` (width and height from the top left) is used.
pub(crate) fn resize_plane(
    samples: &[u8],
    stride: usize,
    part: (u32, u32),
    (width, height): (u32, u32),
    sharpness: Sharpness,
) -> Result<Vec<u8>, PictureError> {
    let rows = samples.len() / stride.max(1);
    let side = |side: usize| u32::try_from(side).map_err(|source| failed(source.into()));
    let source = ImageRef::new(side(stride)?, side(rows)?, samples, PixelType::U8).map_err(|e| failed(e.into()))?;
    // A view, because the crop box of the options still lets the filter see what is outside.
    let source = CroppedImage::new(&source, 0, 0, part.0, part.1).map_err(|e| failed(e.into()))?;
    let mut target = Image::new(width, height, PixelType::U8);
    let options = ResizeOptions::new().resize_alg(sharpness.algorithm(factor(part.0, width)));
    Resizer::new().resize(&source, &mut target, &options).map_err(|e| failed(e.into()))?;
    Ok(target.into_vec())
}

/// By how much a side is multiplied.
fn factor(from: u32, to: u32) -> f64 {
    f64::from(to) / f64::from(from.max(1))
}

fn failed(source: DecoderError) -> PictureError {
    PictureError::Encode { format: "resized", source }
}

/// The picture in another size. Opacity weighs the colours, so that hidden colours do not bleed into edges.
pub(crate) fn resize(
    raster: &Raster,
    (width, height): (u32, u32),
    sharpness: Sharpness,
) -> Result<Raster, PictureError> {
    let (kind, layout) = match raster.layout() {
        Layout::Rgb => (PixelType::U8x3, Layout::Rgb),
        Layout::Rgba => (PixelType::U8x4, Layout::Rgba),
    };
    let source = ImageRef::new(raster.width(), raster.height(), raster.pixels(), kind).map_err(|e| failed(e.into()))?;
    let mut target = Image::new(width, height, kind);
    let options = ResizeOptions::new().resize_alg(sharpness.algorithm(factor(raster.width(), width)));
    Resizer::new().resize(&source, &mut target, &options).map_err(|e| failed(e.into()))?;
    Raster::new(width, height, layout, target.into_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_short_side_is_fitted_and_nothing_is_enlarged() {
        const LONGEST: u32 = 16_383;
        assert_eq!(fitted(2000, 1072, 250, LONGEST), (466, 250));
        assert_eq!(fitted(1920, 1080, 250, LONGEST), (444, 250));
        assert_eq!(fitted(500, 667, 250, LONGEST), (250, 334));
        assert_eq!(fitted(500, 667, 1440, LONGEST), (500, 667));
        assert_eq!(fitted(25, 24, 250, LONGEST), (25, 24));
        assert_eq!(fitted(4032, 3024, 1440, LONGEST), (1920, 1440));
        assert_eq!(fitted(60_000, 100, 250, LONGEST), (LONGEST, 27));
        assert_eq!(fitted(1, 60_000, 250, LONGEST), (1, LONGEST));
    }

    #[test]
    fn a_reduced_checkerboard_is_grey_and_not_aliased() {
        let side = 64u32;
        let pixels =
            (0..side * side).flat_map(|i| [if (i % side + i / side).is_multiple_of(2) { 255 } else { 0 }; 3]).collect();
        let board = Raster::new(side, side, Layout::Rgb, pixels).unwrap();
        for sharpness in [Sharpness::Fine, Sharpness::Fast] {
            let small = resize(&board, (20, 20), sharpness).unwrap();
            assert!(small.pixels().iter().all(|&value| (118..=138).contains(&value)), "{sharpness:?}");
        }
    }

    #[test]
    fn hidden_colours_do_not_bleed() {
        let pixels = (0..16).flat_map(|i| if i % 2 == 0 { [255, 0, 0, 0] } else { [0, 0, 255, 255] }).collect();
        let raster = Raster::new(16, 1, Layout::Rgba, pixels).unwrap();
        let small = resize(&raster, (4, 1), Sharpness::Fast).unwrap();
        for pixel in small.pixels().chunks_exact(4) {
            assert_eq!((pixel[0], pixel[2]), (0, 255), "the hidden red is gone");
        }
    }

    proptest! {
        #[test]
        fn sizes_are_never_zero_nor_enlarged(width in 1u32..200_000, height in 1u32..200_000) {
            for (w, h) in [fitted(width, height, 250, 16_383), inside(width, height, 100)] {
                prop_assert!(w >= 1 && h >= 1 && w <= width && h <= height && w.max(h) <= 16_383);
            }
        }
    }
}
