//! Whether a JPEG XL shows every pixel of a PNG as it was.

use std::fs::File;
use std::io::{BufReader, Cursor};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use image::codecs::png::PngDecoder;
use image::{DynamicImage, ImageDecoder};
use jxl_oxide::image::BitDepth;
use jxl_oxide::{AllocTracker, JxlImage, JxlThreadPool};

use super::outcome::Reason;
use super::png_chunks::PngChunks;
use crate::pictures::Limits;

/// Bytes of memory a pixel takes while both pictures are compared: the decoder's planes, and two copies of four samples.
const BYTES_PER_PIXEL: u64 = 40;

/// sRGB as code points: primaries and transfer function.
const SRGB: [u8; 2] = [1, 13];

fn undecodable(which: &'static str, why: &impl ToString) -> Reason {
    Reason::Undecodable { which, why: why.to_string() }
}

fn differs(what: &str, original: &impl ToString, derived: &impl ToString) -> Reason {
    Reason::Differs { what: what.to_owned(), original: original.to_string(), derived: derived.to_string() }
}

/// Compares the pixels of a PNG, given as its bytes and what its chunks say, with those of the JPEG XL at `derived`.
pub(crate) fn compare(png: &[u8], chunks: &PngChunks, derived: &Path, limits: &Limits) -> Result<(), Reason> {
    limits
        .check_size(chunks.width, chunks.height, BYTES_PER_PIXEL)
        .map_err(|error| undecodable("the original", &error))?;
    let mut bounds = image::Limits::no_limits();
    bounds.max_alloc = Some(limits.max_bytes);
    let mut decoder =
        PngDecoder::with_limits(Cursor::new(png), bounds).map_err(|error| undecodable("the original", &error))?;
    let profile = decoder.icc_profile().map_err(|error| undecodable("the original", &error))?;
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| undecodable("the original", &error))?;
    // The decoder is young; one that gives up in the hard way has not shown that the pixels are the same.
    let compared = catch_unwind(AssertUnwindSafe(|| against(&picture, profile, chunks, derived, limits)));
    compared.unwrap_or_else(|_| Err(undecodable("the result", &"the decoder panicked")))
}

fn against(
    picture: &DynamicImage,
    profile: Option<Vec<u8>>,
    chunks: &PngChunks,
    derived: &Path,
    limits: &Limits,
) -> Result<(), Reason> {
    let tracker = AllocTracker::with_limit(usize::try_from(limits.max_bytes).unwrap_or(usize::MAX));
    let file = File::open(derived).map_err(|error| undecodable("the result", &error))?;
    let builder = JxlImage::builder().pool(JxlThreadPool::none()).alloc_tracker(tracker);
    let jxl = builder.read(BufReader::new(file)).map_err(|error| undecodable("the result", &error))?;
    let size = |width: u32, height: u32| format!("{width}x{height}");
    if (jxl.width(), jxl.height()) != (picture.width(), picture.height()) {
        let derived = size(jxl.width(), jxl.height());
        return Err(differs("size", &size(picture.width(), picture.height()), &derived));
    }
    if jxl.num_loaded_keyframes() != 1 {
        return Err(differs("frames", &1, &jxl.num_loaded_keyframes()));
    }
    same_colours(profile, chunks, &jxl)?;
    let is_deep = chunks.depth == 16;
    let depth = if is_deep { 16 } else { 8 };
    match jxl.image_header().metadata.bit_depth {
        // Fewer than eight bits may be stored as they are; the samples tell.
        BitDepth::IntegerSample { bits_per_sample }
            if bits_per_sample == depth || bits_per_sample == u32::from(chunks.depth) => {}
        other => return Err(differs("bits of a sample", &depth, &format!("{other:?}"))),
    }
    let render = jxl.render_frame(0).map_err(|error| undecodable("the result", &error))?;
    let mut stream = render.stream();
    let channels = stream.channels() as usize;
    let samples = picture.width() as usize * picture.height() as usize * channels;
    let is_same = if is_deep {
        let mut found = vec![0_u16; samples];
        stream.write_to_buffer(&mut found) == samples && matches(&picture.to_rgba16(), &found, channels, u16::MAX)
    } else {
        let mut found = vec![0_u8; samples];
        stream.write_to_buffer(&mut found) == samples && matches(&picture.to_rgba8(), &found, channels, u8::MAX)
    };
    if is_same { Ok(()) } else { Err(differs("pixels", &"those of the PNG", &"others")) }
}

/// Colours are the same if the profile is, byte for byte, or if both are sRGB.
fn same_colours(profile: Option<Vec<u8>>, chunks: &PngChunks, jxl: &JxlImage) -> Result<(), Reason> {
    if let Some(profile) = profile {
        let kept = jxl.original_icc().unwrap_or_default();
        let bytes = |length: usize| format!("{length} bytes");
        if kept != profile {
            return Err(differs("colour profile", &bytes(profile.len()), &bytes(kept.len())));
        }
        return Ok(());
    }
    if let Some(numbers) = chunks.colour_numbers.filter(|_| !chunks.is_srgb) {
        return Err(Reason::WouldLose { what: format!("the colours described by their {numbers}") });
    }
    let is_srgb = jxl.rendered_cicp().is_some_and(|cicp| cicp.starts_with(&SRGB));
    let is_grey = jxl.pixel_format().is_grayscale();
    if jxl.original_icc().is_some() || !(is_srgb || is_grey) {
        return Err(differs("colours", &"sRGB", &"others"));
    }
    Ok(())
}

/// Whether samples with one to four channels are those of an RGBA picture.
fn matches<T: Copy + PartialEq>(rgba: &[T], samples: &[T], channels: usize, opaque: T) -> bool {
    if channels == 0 || rgba.len() / 4 != samples.len() / channels {
        return false;
    }
    rgba.as_chunks::<4>().0.iter().zip(samples.chunks_exact(channels)).all(|(pixel, found)| match *found {
        [grey] => *pixel == [grey, grey, grey, opaque],
        [grey, opacity] => *pixel == [grey, grey, grey, opacity],
        [red, green, blue] => *pixel == [red, green, blue, opaque],
        [red, green, blue, opacity] => *pixel == [red, green, blue, opacity],
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_match_whatever_the_channels() {
        let rgba = [7, 7, 7, 255, 9, 9, 9, 255];
        assert!(matches(&rgba, &[7, 9], 1, 255));
        assert!(matches(&rgba, &[7, 255, 9, 255], 2, 255));
        assert!(matches(&rgba, &[7, 7, 7, 9, 9, 9], 3, 255));
        assert!(matches(&rgba, &rgba, 4, 255));
        assert!(!matches(&rgba, &[7, 8], 1, 255));
        assert!(!matches(&rgba, &[7, 255, 9, 254], 2, 255));
        assert!(!matches(&rgba, &[7], 1, 255), "a sample is missing");
        assert!(!matches(&rgba, &[7; 10], 5, 255));
    }
}
