//! Times of the stages of rendering a JPEG, for the benchmark.

use std::path::Path;
use std::time::{Duration, Instant};

use super::error::PictureError;
use super::raster::Pixels;
use super::renderer::{PREVIEW_SHORT_SIDE, THUMBNAIL_SHORT_SIDE};
use super::scale::{self, Sharpness};
use super::{Limits, encode, jpeg, jpeg_writer};

/// Renders a JPEG once, stage by stage, and tells how long each took.
#[doc(hidden)]
pub fn profile(path: &Path) -> Result<Vec<(&'static str, Duration)>, PictureError> {
    let mut times = Vec::new();
    let mut last = Instant::now();
    let mut done = |stage| {
        times.push((stage, last.elapsed()));
        last = Instant::now();
    };
    let bytes = std::fs::read(path).map_err(|source| PictureError::Io { path: path.to_owned(), source })?;
    done("read");
    let summary = jpeg::Summary::read(&bytes)?;
    done("segments");
    let decoded = jpeg::decode(&bytes, summary, PREVIEW_SHORT_SIDE, &Limits::default())?;
    done("decode");
    let Pixels::Planar(picture) = decoded.pixels else {
        return Err(PictureError::unsupported("pictures that are not reduced while they are decoded"));
    };
    let (width, height) =
        scale::fitted(decoded.full_width, decoded.full_height, PREVIEW_SHORT_SIDE, jpeg_writer::LONGEST_SIDE);
    let preview = picture.scaled((width, height), Sharpness::Fine)?;
    done("scale to preview");
    let preview = preview.turned(decoded.orientation);
    done("turn");
    let (width, height) = decoded.orientation.displayed(width, height);
    let size = scale::fitted(width, height, THUMBNAIL_SHORT_SIDE, encode::LONGEST_WEBP_SIDE);
    let thumbnail = preview.to_raster(size, Sharpness::Fast)?;
    done("scale to thumbnail");
    encode::webp(&thumbnail, None)?;
    done("encode WebP");
    encode::jpeg(&preview, None)?;
    done("encode JPEG");
    encode::thumbhash(&thumbnail)?;
    done("thumbhash");
    Ok(times)
}
