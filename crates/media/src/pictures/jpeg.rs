//! Decodes JPEGs, the format that matters most.

mod blocks;
mod frame;
mod huffman;
mod reduced;
mod segments;

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::Limits;
use super::error::PictureError;
use super::raster::{Decoded, Layout, Pixels, Raster};
use reduced::Reduction;
pub(crate) use segments::{MAX_JPEG_SCANS, Summary};

/// The longest side the format allows, in pixels.
const LONGEST_SIDE: usize = 65_535;

/// The share of a cut-off picture that has to be there, 0 to 1.
const LEAST_SHARE: f64 = 0.5;

/// Bytes of memory one pixel takes while it is decoded: coefficients of progressive files, samples, RGB.
const BYTES_PER_PIXEL: u64 = 10;

/// The same for sequential pictures that are reduced on the way: planes of a quarter of the pixels.
const REDUCED_BYTES_PER_PIXEL: u64 = 1;

/// Decodes a JPEG whose segments have been read. If its shorter side is at least twice `short_side`, the result is a
/// smaller picture, yet with a shorter side of at least `short_side` pixels.
pub(crate) fn decode(jpeg: &[u8], summary: Summary, short_side: u32, limits: &Limits) -> Result<Decoded, PictureError> {
    limits.check_size(summary.width, summary.height, BYTES_PER_PIXEL)?;
    let reduced = reduction(&summary, short_side).and_then(|reduction| reduced::decode(jpeg, reduction));
    let (pixels, is_missing) = match reduced {
        Some(reduced) => (Pixels::Planar(reduced.picture), reduced.share < LEAST_SHARE),
        None => {
            let raster = decode_whole(jpeg)?;
            let is_missing = !summary.complete && is_mostly_missing(&raster);
            (Pixels::Raster(raster), is_missing)
        }
    };
    if is_missing {
        return Err(PictureError::damaged("JPEG", "most of the picture is missing"));
    }
    let (full_width, full_height) = (summary.width, summary.height);
    Ok(Decoded { pixels, orientation: summary.orientation, full_width, full_height, icc: summary.icc })
}

/// Bytes of memory decoding will take.
pub(crate) fn memory(summary: &Summary, short_side: u32) -> u64 {
    let bytes = if reduction(summary, short_side).is_some() { REDUCED_BYTES_PER_PIXEL } else { BYTES_PER_PIXEL };
    u64::from(summary.width) * u64::from(summary.height) * bytes
}

fn reduction(summary: &Summary, short_side: u32) -> Option<Reduction> {
    let convertible = summary.baseline && matches!(summary.adobe_transform, None | Some(1));
    Reduction::for_short_side(summary.width.min(summary.height), short_side).filter(|_| convertible)
}

fn decode_whole(jpeg: &[u8]) -> Result<Raster, PictureError> {
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(LONGEST_SIDE)
        .set_max_height(LONGEST_SIDE)
        .jpeg_set_max_scans(MAX_JPEG_SCANS as usize)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(jpeg), options);
    let pixels = decoder.decode().map_err(|source| PictureError::damaged("JPEG", source))?;
    let info = decoder.info().ok_or_else(|| PictureError::damaged("JPEG", "there is no frame header"))?;
    Raster::new(info.width.into(), info.height.into(), Layout::Rgb, pixels)
}

/// Whether the lower part of the picture is of one colour, as decoders leave it when the data end.
fn is_mostly_missing(raster: &Raster) -> bool {
    let row_bytes = raster.width() as usize * raster.layout().bytes();
    let mut rows = raster.pixels().chunks_exact(row_bytes).rev();
    let Some(last) = rows.next() else { return true };
    let flat = last.chunks_exact(raster.layout().bytes()).all(|pixel| pixel == &last[..pixel.len()]);
    let missing = 1 + rows.take_while(|row| *row == last).count();
    flat && missing as f64 > f64::from(raster.height()) * (1.0 - LEAST_SHARE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pictures::scale::Sharpness;
    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
    use proptest::prelude::*;

    const WIDTH: u16 = 301;
    const HEIGHT: u16 = 203;

    /// Soft colours with a few edges.
    fn pixels() -> Vec<u8> {
        let at = |x: u16, y: u16| {
            let wave = |f: f32| ((f.sin() + 1.0) * 110.0) as u8 + 10;
            let edge = if (x / 40 + y / 30).is_multiple_of(2) { 20 } else { 0 };
            [wave(f32::from(x) / 30.0) + edge, wave(f32::from(y) / 20.0), wave(f32::from(x + y) / 50.0)]
        };
        (0..HEIGHT).flat_map(|y| (0..WIDTH).flat_map(move |x| at(x, y))).collect()
    }

    fn jpeg(change: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 92);
        change(&mut encoder);
        encoder.encode(&pixels(), WIDTH, HEIGHT, ColorType::Rgb).unwrap();
        bytes
    }

    /// The picture decoded by the reducing decoder and by the general one, both at 100 x 67 pixels.
    fn both_ways(jpeg: &[u8], reduction: Reduction) -> (Raster, Raster) {
        const SIZE: (u32, u32) = (100, 67);
        let reduced = reduced::decode(jpeg, reduction).expect("the picture is a usual one");
        assert!((reduced.share - 1.0).abs() < f64::EPSILON);
        let reduced = reduced.picture.to_raster(SIZE, Sharpness::Fine).unwrap();
        let whole = crate::pictures::scale::resize(&decode_whole(jpeg).unwrap(), SIZE, Sharpness::Fine).unwrap();
        (reduced, whole)
    }

    fn mean_difference(a: &Raster, b: &Raster) -> f64 {
        let sum: u64 = a.pixels().iter().zip(b.pixels()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        sum as f64 / a.pixels().len() as f64
    }

    #[test]
    fn reduced_pictures_look_like_whole_ones() {
        use SamplingFactor::{F_1_1, F_1_2, F_2_1, F_2_2};
        for (sampling, interval) in [(F_1_1, 0), (F_2_1, 0), (F_1_2, 5), (F_2_2, 0), (F_2_2, 1), (F_2_2, 7)] {
            let jpeg = jpeg(|encoder| {
                encoder.set_sampling_factor(sampling);
                encoder.set_restart_interval(interval);
            });
            let (half, whole) = both_ways(&jpeg, Reduction::Half);
            // Of odd sides a half is rounded up, which moves the edges a little.
            assert!(mean_difference(&half, &whole) < 3.0, "{sampling:?}: {}", mean_difference(&half, &whole));
            let (quarter, whole) = both_ways(&jpeg, Reduction::Quarter);
            assert!(mean_difference(&quarter, &whole) < 7.0, "{sampling:?}: {}", mean_difference(&quarter, &whole));
        }
    }

    #[test]
    fn grey_pictures_are_reduced_too() {
        let mut bytes = Vec::new();
        let grey: Vec<u8> = pixels().iter().step_by(3).copied().collect();
        Encoder::new(&mut bytes, 92).encode(&grey, WIDTH, HEIGHT, ColorType::Luma).unwrap();
        let (half, whole) = both_ways(&bytes, Reduction::Half);
        assert!(mean_difference(&half, &whole) < 2.0);
    }

    #[test]
    fn unusual_pictures_are_left_to_the_general_decoder() {
        assert!(reduced::decode(&jpeg(|encoder| encoder.set_progressive(true)), Reduction::Half).is_none());
        let mut cmyk = Vec::new();
        let pixels = vec![90; usize::from(WIDTH) * usize::from(HEIGHT) * 4];
        Encoder::new(&mut cmyk, 92).encode(&pixels, WIDTH, HEIGHT, ColorType::Cmyk).unwrap();
        assert!(reduced::decode(&cmyk, Reduction::Half).is_none());
        // What the encoder takes for ink, readers take for light: Adobe's files are inverted.
        let decoded = decode_whole(&cmyk).unwrap();
        let light = (255 - 90) * (255 - 90) / 255;
        assert!(decoded.pixels().iter().all(|&value| value.abs_diff(light as u8) < 4), "{:?}", &decoded.pixels()[..3]);
    }

    #[test]
    fn cut_off_pictures_tell_how_much_is_there() {
        for interval in [0, 3] {
            let whole = jpeg(|encoder| encoder.set_restart_interval(interval));
            let cut = reduced::decode(&whole[..whole.len() * 3 / 4], Reduction::Half).unwrap();
            assert!((0.6..0.9).contains(&cut.share), "{}", cut.share);
        }
    }

    #[test]
    fn the_reduction_leaves_enough_pixels() {
        assert_eq!(Reduction::for_short_side(3024, 1440), Some(Reduction::Half));
        assert_eq!(Reduction::for_short_side(2880, 1440), Some(Reduction::Half));
        assert_eq!(Reduction::for_short_side(2879, 1440), None);
        assert_eq!(Reduction::for_short_side(5760, 1440), Some(Reduction::Quarter));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn damaged_pictures_never_panic(
            damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
            interval in 0u16..4,
        ) {
            let mut bytes = jpeg(|encoder| encoder.set_restart_interval(interval));
            for (index, value) in damage {
                let index = index.index(bytes.len());
                bytes[index] = value;
            }
            let limits = Limits { max_pixels: 1 << 20, ..Limits::default() };
            if let Ok(summary) = Summary::read(&bytes) {
                let _ = decode(&bytes, summary, 50, &limits);
            }
        }
    }
}
