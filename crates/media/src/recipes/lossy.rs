//! Whether a file made with loss still shows and says the same.

use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageFormat};
use jxl_oxide::image::BitDepth;
use jxl_oxide::{InitializeResult, JxlImage, JxlThreadPool};

use super::bounds::{Bounds, MAX_MEMORY_BYTES, video_time};
use super::engine::{Engine, Original};
use super::outcome::{Proof, Reason};
use super::program::{Halt, Runner};
use super::retold::{self, Named};
use super::streams::{self, Streams};
use super::{jpeg_walk, png_chunks};
use crate::pictures::{PictureError, Renditions};
use crate::sniff::Container;

/// How much the thumbnails may differ on average, in steps of 255. Compression moves samples by a few; a picture that is
/// turned, mirrored or another one by many.
const PICTURE_DIFFERENCE: f64 = 8.0;

/// The same for videos, whose posters need not be of the very same frame.
const VIDEO_DIFFERENCE: f64 = 24.0;

/// How far into a file its description is looked for, in bytes.
const SEARCH_BYTES: usize = 1 << 20;

/// Transfer functions of high dynamic range, as code points.
const HDR_TRANSFERS: [u16; 2] = [16, 18];

/// A result at hand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate<'a> {
    pub(crate) path: &'a Path,
    pub(crate) name: &'a str,
    pub(crate) container: Container,
}

/// Compares a result with its original. `streams` are those of an original video.
pub(crate) fn prove(
    engine: &Engine,
    runner: &Runner<'_>,
    original: &Original<'_>,
    input: &Path,
    streams: Option<&Streams>,
    derived: Candidate<'_>,
) -> Result<Proof, Halt> {
    let mut checks = vec!["decodable", "displayed size", "orientation", "metadata"];
    let tolerance = match streams {
        Some(streams) => {
            let found = streams::probe(runner, &engine.tools, derived.path)?;
            if let Some(reason) = streams.difference(&found) {
                return Err(reason.into());
            }
            decode_film(engine, runner, derived.path, streams.duration)?;
            checks.extend(["colour depth", "transfer function", "duration", "sound", "streams"]);
            VIDEO_DIFFERENCE
        }
        None => {
            same_depth(original, derived)?;
            checks.extend(["colour depth", "transfer function"]);
            PICTURE_DIFFERENCE
        }
    };
    let before = render(engine, "the original", input, original.container)?;
    let after = render(engine, "the result", derived.path, derived.container)?;
    same_looks(&before, &after, tolerance)?;
    let name = original.known_name();
    let from = Named { path: input, name: &name };
    retold::compare(runner, &engine.tools, &engine.reader, from, Named { path: derived.path, name: derived.name })?;
    Ok(Proof::Compared { checks })
}

fn render(engine: &Engine, which: &'static str, path: &Path, container: Container) -> Result<Renditions, Reason> {
    engine.renderer.render(path, Some(container)).map_err(|error| match error {
        PictureError::MissingTool { tool } => Reason::MissingTool { tool: tool.to_owned() },
        other => undecodable(which, &other),
    })
}

fn undecodable(which: &'static str, error: &dyn std::error::Error) -> Reason {
    let why = error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
    Reason::Undecodable { which, why }
}

/// Every frame and every sample, not only the first.
fn decode_film(engine: &Engine, runner: &Runner<'_>, path: &Path, seconds: f64) -> Result<(), Halt> {
    let tool = engine.tools.ffmpeg.as_ref().ok_or_else(|| Reason::MissingTool { tool: "ffmpeg".to_owned() })?;
    let mut words: Vec<std::ffi::OsString> =
        ["-nostdin", "-v", "error", "-xerror", "-protocol_whitelist", "file", "-i"].map(Into::into).to_vec();
    words.push(path.into());
    words.extend(["-f", "null", "-"].map(std::ffi::OsString::from));
    let size = std::fs::metadata(path).map_or(0, |data| data.len());
    let bounds = Bounds::new(video_time(seconds), MAX_MEMORY_BYTES, size);
    runner.run("ffmpeg", &tool.path, &words, bounds).map(drop).map_err(|halt| match halt {
        Halt::Refused(Reason::Failed { complaint, .. }) => {
            Reason::Undecodable { which: "the result", why: complaint }.into()
        }
        other => other,
    })
}

fn same_looks(before: &Renditions, after: &Renditions, tolerance: f64) -> Result<(), Reason> {
    let size = |renditions: &Renditions| format!("{}x{}", renditions.width, renditions.height);
    let differs = |what: &str, original, derived| Err(Reason::Differs { what: what.to_owned(), original, derived });
    if size(before) != size(after) {
        return differs("displayed size", size(before), size(after));
    }
    let open = |bytes: &[u8]| image::load(Cursor::new(bytes), ImageFormat::WebP).map(DynamicImage::into_rgba8);
    let (Ok(before), Ok(after)) = (open(&before.thumbnail), open(&after.thumbnail)) else {
        return Err(Reason::Unknown { what: "how the thumbnails look" });
    };
    if before.dimensions() != after.dimensions() {
        return differs("thumbnail", format!("{:?}", before.dimensions()), format!("{:?}", after.dimensions()));
    }
    let sum: u64 = before.iter().zip(after.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    let mean = sum as f64 / (before.len().max(1)) as f64;
    if mean > tolerance {
        return differs("looks", "0".to_owned(), format!("{mean:.1} of 255 away on average"));
    }
    Ok(())
}

/// Bits of a sample, and whether the transfer function is one of high dynamic range.
fn same_depth(original: &Original<'_>, derived: Candidate<'_>) -> Result<(), Halt> {
    let before = original.bytes().map_err(|source| original.unreadable(source))?;
    let after = std::fs::read(derived.path)
        .map_err(|error| Reason::Undecodable { which: "the result", why: error.to_string() })?;
    let before = colours(original.container, before).ok_or(Reason::Unknown { what: "the original's colour depth" })?;
    let after = colours(derived.container, &after).ok_or(Reason::Unknown { what: "the result's colour depth" })?;
    if before == after {
        return Ok(());
    }
    let words = |(depth, is_hdr): (u32, bool)| format!("{depth} bits{}", if is_hdr { ", HDR" } else { "" });
    Err(Reason::Differs { what: "colours".to_owned(), original: words(before), derived: words(after) }.into())
}

fn colours(container: Container, bytes: &[u8]) -> Option<(u32, bool)> {
    match container {
        Container::Jpeg => jpeg_walk::walk(bytes).map(|walk| (walk.depth.into(), false)),
        Container::Png => png_chunks::read(bytes).map(|chunks| (u32::from(chunks.depth).max(8), chunks.is_hdr)),
        Container::Gif | Container::WebP | Container::Bmp => Some((8, false)),
        Container::Heif | Container::Avif => {
            let head = &bytes[..bytes.len().min(SEARCH_BYTES)];
            let depths = bodies(head, b"pixi").filter_map(|body| body.get(5));
            Some((u32::from(*depths.max()?), bodies(head, b"colr").any(is_hdr)))
        }
        Container::JpegXl => jxl_colours(bytes),
        _ => None,
    }
}

/// What follows each occurrence of a box name.
fn bodies<'a>(head: &'a [u8], name: &'a [u8; 4]) -> impl Iterator<Item = &'a [u8]> {
    memchr::memmem::find_iter(head, name).map(|at| &head[at + name.len()..])
}

fn is_hdr(colr: &[u8]) -> bool {
    let Some(&[_, _, t1, t0, ..]) = colr.strip_prefix(b"nclx") else { return false };
    HDR_TRANSFERS.contains(&u16::from_be_bytes([t1, t0]))
}

/// Only the header is read.
fn jxl_colours(bytes: &[u8]) -> Option<(u32, bool)> {
    let read = || {
        let mut image = JxlImage::builder().pool(JxlThreadPool::none()).build_uninit();
        image.feed_bytes(bytes).ok()?;
        let InitializeResult::Initialized(image) = image.try_init().ok()? else { return None };
        let depth = match image.image_header().metadata.bit_depth {
            BitDepth::IntegerSample { bits_per_sample } | BitDepth::FloatSample { bits_per_sample, .. } => {
                bits_per_sample
            }
        };
        Some((depth, image.hdr_type().is_some()))
    };
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_told_by_the_headers() {
        let avif = b"....pixi\0\0\0\0\x03\x0a\x0a\x0a....colrnclx\0\x09\0\x10\0\x09\x80";
        assert_eq!(colours(Container::Avif, avif), Some((10, true)));
        assert_eq!(colours(Container::Heif, b"....pixi\0\0\0\0\x01\x08colrnclx\0\x01\0\x0d"), Some((8, false)));
        assert_eq!(colours(Container::Avif, b"nothing"), None);
        assert_eq!(colours(Container::JpegXl, b"\xff\x0a"), None);
        assert_eq!(colours(Container::Jpeg2000, b""), None);
    }
}
