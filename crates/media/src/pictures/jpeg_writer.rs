//! Writes baseline JPEGs from planes of brightness and colour, the latter with half of the samples in each direction.
//!
//! Previews are most of what a photo server writes. Beginning with planes instead of RGB, and with a transform and
//! entropy coder made for just this case, this takes less than half the time of a general encoder.

mod bits;
mod tables;
mod transform;

use bits::{BitWriter, Predictor};
use tables::Quantisation;

use super::planar::{Planar, Plane};

/// Sides of a block, in samples.
const BLOCK: usize = 8;

/// The longest side the format can store, in pixels.
pub(crate) const LONGEST_SIDE: u32 = 65_535;

/// Bytes of profile that fit into one segment.
const PROFILE_PART_BYTES: usize = 65_535 - 2 - 14;

/// The most segments a profile can be spread over.
const MAX_PROFILE_PARTS: usize = 255;

/// How many pixels become one byte, roughly; sizes the buffer.
const PIXELS_PER_BYTE: usize = 6;

/// Encodes a picture. `quality` is 1 to 100 on the usual scale; a profile that is too large for the format is left out.
/// `None` if a side is longer than [`LONGEST_SIDE`].
pub(crate) fn encode(picture: &Planar, quality: u8, icc: Option<&[u8]>) -> Option<Vec<u8>> {
    let (width, height) = (picture.luma.width(), picture.luma.height());
    let size = (u16::try_from(width).ok()?, u16::try_from(height).ok()?);
    let quantisations = [Quantisation::luma(quality), Quantisation::chroma(quality)];
    let mut file = Vec::with_capacity(width as usize * height as usize / PIXELS_PER_BYTE);
    write_headers(&mut file, size, picture.chroma.is_some(), &quantisations, icc);
    let mut bits = BitWriter::new(file);
    match &picture.chroma {
        Some(chroma) => write_colour(&mut bits, &picture.luma, chroma, &quantisations),
        None => write_grey(&mut bits, &picture.luma, &quantisations[0]),
    }
    let mut file = bits.finish();
    file.extend_from_slice(b"\xff\xd9");
    Some(file)
}

/// Units of four blocks of brightness and one of each colour.
fn write_colour(bits: &mut BitWriter, luma: &Plane, [blue, red]: &[Plane; 2], quantisations: &[Quantisation; 2]) {
    let [quantise_luma, quantise_chroma] = quantisations;
    let mut predictors = [Predictor::luma(), Predictor::chroma(), Predictor::chroma()];
    let unit = 2 * BLOCK;
    for y in (0..luma.height() as usize).step_by(unit) {
        for x in (0..luma.width() as usize).step_by(unit) {
            for (x, y) in [(x, y), (x + BLOCK, y), (x, y + BLOCK), (x + BLOCK, y + BLOCK)] {
                bits.write_block(&transform::block(luma, x, y, quantise_luma), &mut predictors[0]);
            }
            for (plane, predictor) in [blue, red].into_iter().zip(&mut predictors[1..]) {
                bits.write_block(&transform::block(plane, x / 2, y / 2, quantise_chroma), predictor);
            }
        }
    }
}

fn write_grey(bits: &mut BitWriter, luma: &Plane, quantisation: &Quantisation) {
    let mut predictor = Predictor::luma();
    for y in (0..luma.height() as usize).step_by(BLOCK) {
        for x in (0..luma.width() as usize).step_by(BLOCK) {
            bits.write_block(&transform::block(luma, x, y, quantisation), &mut predictor);
        }
    }
}

fn write_headers(
    file: &mut Vec<u8>,
    (width, height): (u16, u16),
    has_colour: bool,
    quantisations: &[Quantisation; 2],
    icc: Option<&[u8]>,
) {
    file.extend_from_slice(b"\xff\xd8");
    segment(file, 0xe0, &[b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0"]);
    let parts = icc.unwrap_or_default().chunks(PROFILE_PART_BYTES);
    if let Ok(count) = u8::try_from(parts.len()).map(usize::from).map(|count| count.min(MAX_PROFILE_PARTS)) {
        for (number, part) in (1..).zip(parts) {
            segment(file, 0xe2, &[b"ICC_PROFILE\0", &[number, count as u8], part]);
        }
    }
    let components = if has_colour { 3 } else { 1 };
    for (number, quantisation) in (0..).zip(&quantisations[..if has_colour { 2 } else { 1 }]) {
        segment(file, 0xdb, &[&[number], &quantisation.in_file_order()]);
    }
    let ([h1, h0], [w1, w0]) = (height.to_be_bytes(), width.to_be_bytes());
    // Number, sampling and quantisation of the components. For a single one the sampling has no meaning.
    let described = [[1, 0x22, 0], [2, 0x11, 1], [3, 0x11, 1]];
    segment(file, 0xc0, &[&[8, h1, h0, w1, w0, components], described[..components.into()].as_flattened()]);
    for (kind, codes) in tables::CODES.iter().take(if has_colour { 4 } else { 2 }) {
        segment(file, 0xc4, &[&[*kind], &codes.counts, codes.symbols]);
    }
    let selected = [[1, 0x00], [2, 0x11], [3, 0x11]];
    segment(file, 0xda, &[&[components], selected[..components.into()].as_flattened(), &[0, 63, 0]]);
}

/// A marker with its body, which is at most 65533 bytes long.
fn segment(file: &mut Vec<u8>, marker: u8, body: &[&[u8]]) {
    let length = 2 + body.iter().map(|part| part.len()).sum::<usize>();
    file.extend_from_slice(&[0xff, marker]);
    file.extend_from_slice(&u16::try_from(length).expect("all bodies are short").to_be_bytes());
    body.iter().for_each(|part| file.extend_from_slice(part));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use zune_core::bytestream::ZCursor;
    use zune_core::colorspace::ColorSpace;
    use zune_core::options::DecoderOptions;

    fn plane(width: u32, height: u32, at: impl Fn(u32, u32) -> u8) -> Plane {
        let samples = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| at(x, y)).collect();
        Plane::new(samples, width as usize, width, height).unwrap()
    }

    fn picture(width: u32, height: u32) -> Planar {
        let wave = |x: u32, y: u32| (((x as f32 / 9.0).sin() + (y as f32 / 7.0).cos()) * 55.0 + 128.0) as u8;
        let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
        let chroma = [
            plane(half_width, half_height, |x, _| (x % 200) as u8 + 20),
            plane(half_width, half_height, |_, y| (y % 90) as u8 + 80),
        ];
        Planar { luma: plane(width, height, wave), chroma: Some(chroma) }
    }

    fn decoded(jpeg: &[u8], colours: ColorSpace) -> Vec<u8> {
        let options = DecoderOptions::default().set_strict_mode(true).jpeg_set_out_colorspace(colours);
        zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(jpeg), options).decode().unwrap()
    }

    fn mean_difference(a: impl Iterator<Item = u8>, b: &[u8]) -> f64 {
        a.zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / b.len() as f64
    }

    #[test]
    fn another_decoder_reads_the_same_picture() {
        for (width, height) in [(1, 1), (8, 8), (16, 16), (17, 33), (64, 47), (203, 101)] {
            let picture = picture(width, height);
            let samples = decoded(&encode(&picture, 90, None).unwrap(), ColorSpace::YCbCr);
            let luma: Vec<u8> = (0..height).flat_map(|y| picture.luma.row(y as usize).to_vec()).collect();
            assert_eq!(samples.len(), luma.len() * 3, "{width}x{height}");
            assert!(mean_difference(samples.iter().step_by(3).copied(), &luma) < 3.0, "{width}x{height}");
            let blue = &picture.chroma.as_ref().unwrap()[0];
            let blue: Vec<u8> =
                (0..height as usize).flat_map(|y| (0..width as usize).map(move |x| blue.row(y / 2)[x / 2])).collect();
            assert!(mean_difference(samples.iter().skip(1).step_by(3).copied(), &blue) < 4.0, "{width}x{height}");
        }
    }

    #[test]
    fn grey_pictures_have_one_component() {
        let picture = Planar { chroma: None, ..picture(37, 21) };
        let samples = decoded(&encode(&picture, 90, None).unwrap(), ColorSpace::Luma);
        let luma: Vec<u8> = (0..21).flat_map(|y| picture.luma.row(y).to_vec()).collect();
        assert!(mean_difference(samples.into_iter(), &luma) < 3.0);
    }

    #[test]
    fn large_profiles_are_spread_over_segments() {
        let icc: Vec<u8> = (0..150_000u32).map(|i| i.to_le_bytes()[1]).collect();
        let jpeg = encode(&picture(9, 9), 80, Some(&icc)).unwrap();
        let mut decoder = zune_jpeg::JpegDecoder::new(ZCursor::new(&jpeg));
        decoder.decode().unwrap();
        assert_eq!(decoder.icc_profile(), Some(icc));
    }

    #[test]
    fn higher_quality_takes_more_bytes() {
        let sizes = [1, 50, 80, 100].map(|quality| encode(&picture(128, 128), quality, None).unwrap().len());
        assert!(sizes.is_sorted() && sizes[0] * 4 < sizes[3], "{sizes:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn any_samples_make_a_valid_file(
            noise in proptest::collection::vec(any::<u8>(), 64),
            width in 1u32..60,
            height in 1u32..60,
            quality in 1u8..=100,
        ) {
            let at = |x: u32, y: u32| noise[(x * 7 + y * 13) as usize % noise.len()];
            let half = (width.div_ceil(2), height.div_ceil(2));
            let chroma = Some([plane(half.0, half.1, at), plane(half.0, half.1, |x, y| 255 - at(x, y))]);
            let picture = Planar { luma: plane(width, height, |x, y| if at(x, y) > 127 { 255 } else { 0 }), chroma };
            let jpeg = encode(&picture, quality, None).unwrap();
            prop_assert_eq!(decoded(&jpeg, ColorSpace::RGB).len(), (width * height * 3) as usize);
        }
    }
}
