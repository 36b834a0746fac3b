//! Asks ffmpeg for a frame: of videos, and of pictures nothing else here can decode.
//!
//! The demuxer is always named. Left to guess, ffmpeg takes any file for a play list if it looks like one, and opens
//! what it points to.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use super::Limits;
use super::error::PictureError;
use super::process::{self, RunLimits};
use super::raster::{Layout, Raster};
use crate::sniff::Container;
use crate::tools::Tools;

/// Threads one ffmpeg may use; more pictures are decoded at the same time instead.
const THREADS: &str = "1";

/// How many seconds of a video are looked at for a frame that shows something.
const POSTER_SECONDS: &str = "15";

/// From how many key frames the most typical one is chosen, as a filter. Also gives anamorphic video its shape.
const POSTER_FILTER: &str = "thumbnail=8,scale=trunc(iw*sar/2+0.5)*2:ih";

/// The same for whatever frame comes first.
const FIRST_FRAME_FILTER: &str = "scale=trunc(iw*sar/2+0.5)*2:ih";

/// Address space ffmpeg may have besides the limit for one picture: code, threads, reference frames of 8K video.
const OVERHEAD_BYTES: u64 = 3 << 30;

/// Bytes of the header in front of the pixels, at most.
const MAX_HEADER_BYTES: u64 = 64;

/// Bytes of one pixel of output.
const PIXEL_BYTES: u64 = 3;

/// Memory set aside while ffmpeg runs, in bytes: its own and the frame.
pub(crate) const MEMORY_SHARE: u64 = 256 << 20;

/// A frame of a video: a typical one of the first seconds, else the very first. Turned upright by ffmpeg.
pub(crate) fn poster(
    path: &Path,
    container: Container,
    tools: &Tools,
    limits: &Limits,
) -> Result<Raster, PictureError> {
    let typical = ["-skip_frame", "nokey", "-t", POSTER_SECONDS];
    frame(path, container, &typical, Some(POSTER_FILTER), tools, limits).or_else(|error| match error {
        PictureError::Damaged { .. } => frame(path, container, &[], Some(FIRST_FRAME_FILTER), tools, limits),
        other => Err(other),
    })
}

/// The picture in a still file.
pub(crate) fn still(path: &Path, container: Container, tools: &Tools, limits: &Limits) -> Result<Raster, PictureError> {
    frame(path, container, &[], None, tools, limits)
}

fn frame(
    path: &Path,
    container: Container,
    input_options: &[&str],
    filter: Option<&str>,
    tools: &Tools,
    limits: &Limits,
) -> Result<Raster, PictureError> {
    let ffmpeg = tools.ffmpeg.as_ref().ok_or(PictureError::MissingTool { tool: "ffmpeg" })?;
    let (demuxer, format) =
        demuxer(container).ok_or_else(|| PictureError::unsupported(container.media_type().to_owned()))?;
    let mut command = Command::new(&ffmpeg.path);
    command.args(["-nostdin", "-hide_banner", "-v", "error", "-protocol_whitelist", "file", "-threads", THREADS]);
    command.args(input_options).args(["-f", demuxer, "-i"]).arg(file_url(path)?);
    command.args(["-map", "0:v:0", "-an", "-sn", "-dn", "-frames:v", "1"]);
    if let Some(filter) = filter {
        command.args(["-vf", filter]);
    }
    command.args(["-pix_fmt", "rgb24", "-c:v", "ppm", "-f", "image2pipe", "pipe:1"]);
    let run_limits = RunLimits {
        timeout: limits.timeout,
        max_output: limits.max_pixels.saturating_mul(PIXEL_BYTES).min(limits.max_bytes) + MAX_HEADER_BYTES,
        max_memory: limits.max_bytes.saturating_add(OVERHEAD_BYTES),
    };
    let outcome = process::run(&mut command, b"", run_limits)?;
    if outcome.output.is_empty() {
        return Err(PictureError::damaged(format, format!("ffmpeg found no picture: {}", outcome.complaint)));
    }
    parse_pixmap(outcome.output).ok_or_else(|| PictureError::damaged(format, "ffmpeg wrote no whole picture"))
}

/// An absolute path with its protocol, so that no file name is taken for an option or an address.
fn file_url(path: &Path) -> Result<OsString, PictureError> {
    let absolute = std::path::absolute(path).map_err(|source| PictureError::Io { path: path.to_owned(), source })?;
    let mut url = OsString::from("file:");
    url.push(absolute);
    Ok(url)
}

/// Name of ffmpeg's demuxer, and of the format for messages.
fn demuxer(container: Container) -> Option<(&'static str, &'static str)> {
    Some(match container {
        Container::Avif => ("mov", "AVIF"),
        Container::Jpeg2000 => ("j2k_pipe", "JPEG 2000"),
        Container::Psd => ("psd_pipe", "Photoshop"),
        Container::Tiff => ("tiff_pipe", "TIFF"),
        Container::Mp4 => ("mov", "MP4"),
        Container::QuickTime => ("mov", "QuickTime"),
        Container::Matroska => ("matroska", "Matroska"),
        Container::Avi => ("avi", "AVI"),
        Container::MpegTs => ("mpegts", "MPEG"),
        Container::MpegPs => ("mpeg", "MPEG"),
        Container::Flv => ("flv", "FLV"),
        Container::Asf => ("asf", "ASF"),
        Container::Mxf => ("mxf", "MXF"),
        _ => return None,
    })
}

/// Reads a portable pixmap: `P6`, width, height and 255 as text, then the pixels.
fn parse_pixmap(mut file: Vec<u8>) -> Option<Raster> {
    let mut fields = [0u32; 3];
    let mut position = file.starts_with(b"P6\n").then_some(3)?;
    for field in &mut fields {
        let length = file.get(position..)?.iter().position(u8::is_ascii_whitespace)?;
        *field = std::str::from_utf8(&file[position..position + length]).ok()?.parse().ok()?;
        position += length + 1;
    }
    let [width, height, 255] = fields else { return None };
    file.drain(..position);
    Raster::new(width, height, Layout::Rgb, file).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixmaps_are_read_and_cut_off_ones_refused() {
        let raster = parse_pixmap(b"P6\n2 1\n255\nabcdef".to_vec()).unwrap();
        assert_eq!((raster.width(), raster.height(), raster.pixels()), (2, 1, &b"abcdef"[..]));
        for bad in [&b"P6\n2 1\n255\nabcde"[..], b"P6\n2 1\n65535\nabcdef", b"P6\n", b"", b"P6\n-1 1\n255\n"] {
            assert!(parse_pixmap(bad.to_vec()).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn without_ffmpeg_it_is_named() {
        let error = poster(Path::new("a.mp4"), Container::Mp4, &Tools::default(), &Limits::default()).unwrap_err();
        assert!(matches!(error, PictureError::MissingTool { tool: "ffmpeg" }), "{error}");
    }
}
