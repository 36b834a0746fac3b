//! HEIC and JPEG XL, by decoders in safe Rust that have not seen enough files yet to run beside everything else. They
//! are called in the [child process](super::child).

use std::path::Path;

use heifer::Options;
use jxl_oxide::{AllocTracker, EnumColourEncoding, JxlImage, JxlThreadPool, PixelFormat, RenderingIntent};

use super::Limits;
use super::colour_profile;
use super::error::PictureError;
use super::orientation::Orientation;
use super::raster::{Decoded, Layout, Raster};
use crate::sniff::Container;

/// Memory set aside for a picture whose size is not known beforehand, in bytes.
pub(crate) const MEMORY_SHARE: u64 = 256 << 20;

/// Threads of one decoder; more pictures are decoded at the same time instead.
const THREADS: usize = 1;

/// Bytes of memory a JPEG XL pixel takes while it is decoded: floating-point planes, and the output.
const JXL_BYTES_PER_PIXEL: u64 = 16;

/// Decodes a file in this process.
pub(crate) fn decode(path: &Path, container: Container, limits: &Limits) -> Result<Decoded<Raster>, PictureError> {
    let bytes = std::fs::read(path).map_err(|source| PictureError::Io { path: path.to_owned(), source })?;
    match container {
        Container::Heif => heif(&bytes, limits),
        Container::JpegXl => jpeg_xl(&bytes, limits),
        other => Err(PictureError::unsupported(other.media_type())),
    }
}

/// Name of the format in messages.
pub(crate) fn format_name(container: Container) -> &'static str {
    if container == Container::Heif { "HEIF" } else { "JPEG XL" }
}

/// The decoder turns the picture itself; the EXIF orientation inside repeats that and must not be applied again.
fn heif(bytes: &[u8], limits: &Limits) -> Result<Decoded<Raster>, PictureError> {
    let options = Options { max_threads: THREADS, max_pixels: limits.max_pixels };
    let icc = heifer::read_metadata(bytes).ok().and_then(|metadata| metadata.icc_profile);
    let image = match icc {
        Some(_) => heifer::decode_rgba8(bytes, &options),
        // Without a profile the colours are described by numbers, which renditions cannot carry. HDR pictures cannot
        // be converted; their plain values look a little pale, but right.
        None => heifer::decode_srgb_rgba8(bytes, &options).or_else(|error| match error {
            heifer::Error::Unsupported(_) => heifer::decode_rgba8(bytes, &options),
            other => Err(other),
        }),
    };
    let image = image.map_err(|error| match error {
        heifer::Error::Unsupported(what) => PictureError::unsupported(what),
        other => PictureError::damaged("HEIF", other),
    })?;
    let raster = Raster::new(image.width, image.height, Layout::Rgba, image.data)?;
    let raster = if image.has_alpha { raster } else { raster.flattened() };
    Ok(Decoded::full(raster, Orientation::UPRIGHT, colour_profile::worth_keeping(icc)))
}

fn jpeg_xl(bytes: &[u8], limits: &Limits) -> Result<Decoded<Raster>, PictureError> {
    let damaged = |source| PictureError::damaged("JPEG XL", source);
    let mut image = JxlImage::builder()
        .pool(JxlThreadPool::none())
        .alloc_tracker(AllocTracker::with_limit(usize::try_from(limits.max_bytes).unwrap_or(usize::MAX)))
        .read(bytes)
        .map_err(damaged)?;
    limits.check_size(image.width(), image.height(), JXL_BYTES_PER_PIXEL)?;
    let icc = image.original_icc().map(<[u8]>::to_vec);
    if icc.is_none() {
        image.request_color_encoding(EnumColourEncoding::srgb(RenderingIntent::Relative));
    }
    if matches!(image.pixel_format(), PixelFormat::Cmyk | PixelFormat::Cmyka) {
        return Err(PictureError::unsupported("JPEG XL in print colours"));
    }
    let render = image.render_frame(0).map_err(damaged)?;
    let mut stream = render.stream();
    let (width, height, channels) = (stream.width(), stream.height(), stream.channels());
    let mut samples = vec![0u8; width as usize * height as usize * channels as usize];
    let written = stream.write_to_buffer(&mut samples);
    if written != samples.len() {
        return Err(PictureError::damaged("JPEG XL", "the frame has too few samples"));
    }
    let raster = from_channels(width, height, channels, samples)?;
    Ok(Decoded::full(raster, Orientation::UPRIGHT, colour_profile::worth_keeping(icc)))
}

/// Grey pictures become coloured ones.
fn from_channels(width: u32, height: u32, channels: u32, samples: Vec<u8>) -> Result<Raster, PictureError> {
    match channels {
        1 => Raster::new(width, height, Layout::Rgb, samples.into_iter().flat_map(|grey| [grey; 3]).collect()),
        2 => {
            let pixels = samples.as_chunks::<2>().0.iter().flat_map(|&[grey, opacity]| [grey, grey, grey, opacity]);
            Raster::new(width, height, Layout::Rgba, pixels.collect())
        }
        3 => Raster::new(width, height, Layout::Rgb, samples),
        4 => Raster::new(width, height, Layout::Rgba, samples),
        other => Err(PictureError::unsupported(format!("JPEG XL with {other} channels"))),
    }
}
