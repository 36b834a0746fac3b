//! Decodes PNG, GIF, WebP, BMP and TIFF in this process: mature decoders with limits of their own. Only the first frame
//! of animations is decoded.

use std::io::Cursor;

use image::codecs::{bmp::BmpDecoder, gif::GifDecoder, png::PngDecoder, tiff::TiffDecoder, webp::WebPDecoder};
use image::{DynamicImage, ImageDecoder, ImageError};

use super::Limits;
use super::colour_profile;
use super::error::PictureError;
use super::orientation::Orientation;
use super::raster::{Decoded, Layout, Raster};
use crate::sniff::Container;

/// Bytes of memory one pixel takes besides the decoder's own output: the 8-bit copy.
const COPY_BYTES_PER_PIXEL: u64 = 4;

/// A decoder with its header read.
pub(crate) struct Still<'a> {
    format: &'static str,
    decoder: Box<dyn ImageDecoder + 'a>,
    /// Width as stored, in pixels.
    pub(crate) width: u32,
    /// Height as stored, in pixels.
    pub(crate) height: u32,
}

impl<'a> Still<'a> {
    /// Reads the header and checks the size against the limits. `None` for containers that are decoded elsewhere.
    pub(crate) fn open(bytes: &'a [u8], container: Container, limits: &Limits) -> Option<Result<Self, PictureError>> {
        let data = Cursor::new(bytes);
        let (format, decoder) = match container {
            Container::Png => ("PNG", PngDecoder::with_limits(data, allocation_limit(limits)).map(boxed)),
            Container::Gif => ("GIF", GifDecoder::new(data).map(boxed)),
            Container::WebP => ("WebP", WebPDecoder::new(data).map(boxed)),
            Container::Bmp => ("BMP", BmpDecoder::new(data).map(boxed)),
            Container::Tiff => ("TIFF", TiffDecoder::new(data).map(boxed)),
            _ => return None,
        };
        Some(decoder.map_err(|error| refused(format, error)).and_then(|decoder| Self::limited(format, decoder, limits)))
    }

    fn limited(
        format: &'static str,
        mut decoder: Box<dyn ImageDecoder + 'a>,
        limits: &Limits,
    ) -> Result<Self, PictureError> {
        let (width, height) = decoder.dimensions();
        let still = COPY_BYTES_PER_PIXEL + u64::from(decoder.color_type().bytes_per_pixel());
        limits.check_size(width, height, still)?;
        decoder.set_limits(allocation_limit(limits)).map_err(|error| refused(format, error))?;
        Ok(Self { format, decoder, width, height })
    }

    /// Bytes of memory [`Self::decode`] needs.
    pub(crate) fn memory(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height) * COPY_BYTES_PER_PIXEL + self.decoder.total_bytes()
    }

    /// Decodes the (first) picture.
    pub(crate) fn decode(mut self) -> Result<Decoded<Raster>, PictureError> {
        let format = self.format;
        let orientation = self.decoder.orientation().map_or(1, |orientation| orientation.to_exif());
        let icc = self.decoder.icc_profile().ok().flatten();
        let opaque = !self.decoder.color_type().has_alpha();
        let picture = DynamicImage::from_decoder(self.decoder).map_err(|error| refused(format, error))?;
        let raster = if opaque {
            Raster::new(self.width, self.height, Layout::Rgb, picture.into_rgb8().into_raw())?
        } else {
            Raster::new(self.width, self.height, Layout::Rgba, picture.into_rgba8().into_raw())?
        };
        Ok(Decoded::full(raster, Orientation::from_exif(orientation.into()), colour_profile::worth_keeping(icc)))
    }
}

fn boxed<'a>(decoder: impl ImageDecoder + 'a) -> Box<dyn ImageDecoder + 'a> {
    Box::new(decoder)
}

fn refused(format: &'static str, error: ImageError) -> PictureError {
    match error {
        ImageError::Unsupported(what) => PictureError::unsupported(what.to_string()),
        other => PictureError::damaged(format, other),
    }
}

fn allocation_limit(limits: &Limits) -> image::Limits {
    let mut bounds = image::Limits::no_limits();
    bounds.max_alloc = Some(limits.max_bytes);
    bounds
}
