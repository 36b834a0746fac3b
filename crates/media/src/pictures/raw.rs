//! Finds the preview that cameras put into raw files. Developing sensor data is left to programs made for it.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::Command;

use super::Limits;
use super::error::PictureError;
use super::jpeg::Summary;
use super::orientation::Orientation;
use super::process::{self, RunLimits};
use super::tiff_directories::{Directories, Directory, tag};
use crate::tools::Tools;

/// The largest preview that is read, in bytes.
const MAX_PREVIEW_BYTES: u64 = 64 << 20;

/// How many previews of one file are looked at; the largest are.
const MAX_PREVIEWS: usize = 8;

/// A preview with a shorter side below this, in pixels, is worth asking exiftool for a better one: it knows the maker
/// notes.
const GOOD_SHORT_SIDE: u32 = 720;

/// Address space exiftool may have, in bytes.
const EXIFTOOL_MEMORY: u64 = 2 << 30;

/// The tags exiftool is asked for, largest pictures first.
const EXIFTOOL_TAGS: [&str; 4] = ["-JpgFromRaw", "-PreviewImage", "-OtherImage", "-ThumbnailImage"];

/// Where Fujifilm files say where their preview is, and how long.
const FUJIFILM_PREVIEW_AT: u64 = 84;

/// Compression of TIFF strips that are JPEGs: the old kind and the new.
const JPEG_COMPRESSIONS: [u64; 2] = [6, 7];

/// A JPEG from a raw file.
#[derive(Debug)]
pub(crate) struct Preview {
    pub(crate) jpeg: Vec<u8>,
    /// What the raw file says about how it was held. Previews often do not repeat it.
    pub(crate) orientation: Option<Orientation>,
    pixels: u64,
    short_side: u32,
}

/// The largest preview in the file, by the built-in reader, or by exiftool if that finds none of a useful size.
pub(crate) fn embedded_preview(path: &Path, tools: &Tools, limits: &Limits) -> Result<Option<Preview>, PictureError> {
    let native = native_preview(path)?;
    if native.as_ref().is_some_and(|preview| preview.short_side >= GOOD_SHORT_SIDE) {
        return Ok(native);
    }
    let asked = ask_exiftool(path, tools, limits)?;
    let orientation = native.as_ref().and_then(|preview| preview.orientation);
    let best = [native, asked].into_iter().flatten().max_by_key(|preview| preview.pixels);
    Ok(best.map(|best| Preview { orientation: best.orientation.or(orientation), ..best }))
}

fn native_preview(path: &Path) -> Result<Option<Preview>, PictureError> {
    let failed = |source| PictureError::Io { path: path.to_owned(), source };
    let mut data = BufReader::new(File::open(path).map_err(failed)?);
    let (mut places, orientation) = match fujifilm_place(&mut data) {
        Some(place) => (vec![place], None),
        None => places(&mut data),
    };
    places.retain(|&(_, length)| length <= MAX_PREVIEW_BYTES);
    places.sort_by_key(|&(_, length)| std::cmp::Reverse(length));
    places.truncate(MAX_PREVIEWS);
    let mut previews = Vec::new();
    for (offset, length) in places {
        let mut jpeg = Vec::new();
        data.seek(SeekFrom::Start(offset)).map_err(failed)?;
        data.by_ref().take(length).read_to_end(&mut jpeg).map_err(failed)?;
        previews.extend(Preview::of(jpeg, orientation));
    }
    Ok(previews.into_iter().max_by_key(|preview| preview.pixels))
}

impl Preview {
    /// `None` if the bytes are no JPEG, or one of sensor data, which cameras store as JPEG without loss.
    fn of(jpeg: Vec<u8>, orientation: Option<Orientation>) -> Option<Self> {
        let summary = jpeg.starts_with(b"\xff\xd8").then(|| Summary::read(&jpeg).ok())??;
        let (width, height) = (summary.width, summary.height);
        let (pixels, short_side) = (u64::from(width) * u64::from(height), width.min(height));
        summary.common.then_some(Self { jpeg, orientation, pixels, short_side })
    }
}

/// Offset and length of everything in the directories that may be a JPEG, and the orientation of the main directory.
/// Ends early where the directories are damaged.
fn places(data: &mut (impl Read + Seek)) -> (Vec<(u64, u64)>, Option<Orientation>) {
    let mut places = Vec::new();
    let mut orientation = None;
    let Ok(mut directories) = Directories::open(data) else { return (places, orientation) };
    while let Ok(Some(directory)) = directories.next_directory() {
        let value = directory.number(tag::ORIENTATION).and_then(|value| u32::try_from(value).ok());
        orientation = orientation.or(value.map(Orientation::from_exif));
        places.extend(places_in(&directory));
    }
    (places, orientation)
}

fn places_in(directory: &Directory) -> Vec<(u64, u64)> {
    let thumbnail = directory.number(tag::JPEG_OFFSET).zip(directory.number(tag::JPEG_BYTES));
    let is_jpeg = directory.number(tag::COMPRESSION).is_some_and(|value| JPEG_COMPRESSIONS.contains(&value));
    let strip = match (directory.numbers(tag::STRIP_OFFSETS), directory.numbers(tag::STRIP_BYTES)) {
        (&[offset], &[length]) if is_jpeg => Some((offset, length)),
        _ => None,
    };
    [thumbnail, strip, directory.place(tag::PANASONIC_JPEG)].into_iter().flatten().collect()
}

fn fujifilm_place(data: &mut (impl Read + Seek)) -> Option<(u64, u64)> {
    let mut head = [0; FUJIFILM_PREVIEW_AT as usize + 8];
    data.seek(SeekFrom::Start(0)).ok()?;
    data.read_exact(&mut head).ok()?;
    let (&[o3, o2, o1, o0], &[l3, l2, l1, l0]) = (head[84..].first_chunk::<4>()?, head[88..].first_chunk::<4>()?);
    let place = (u32::from_be_bytes([o3, o2, o1, o0]).into(), u32::from_be_bytes([l3, l2, l1, l0]).into());
    head.starts_with(b"FUJIFILMCCD-RAW").then_some(place)
}

/// The first preview exiftool finds, if it is installed.
fn ask_exiftool(path: &Path, tools: &Tools, limits: &Limits) -> Result<Option<Preview>, PictureError> {
    let Some(exiftool) = &tools.exiftool else { return Ok(None) };
    let failed = |source| PictureError::Io { path: path.to_owned(), source };
    // An absolute path cannot be taken for an option.
    let path = std::path::absolute(path).map_err(failed)?;
    let run_limits = RunLimits { timeout: limits.timeout, max_output: MAX_PREVIEW_BYTES, max_memory: EXIFTOOL_MEMORY };
    let ask = |arguments: &[&str]| {
        // The empty configuration keeps a user's own from being run.
        let mut command = Command::new(&exiftool.path);
        command.args(["-config", ""]).args(arguments).arg(&path);
        process::run(&mut command, b"", run_limits).map(|outcome| outcome.output)
    };
    for tag in EXIFTOOL_TAGS {
        if let Some(preview) = Preview::of(ask(&["-b", tag])?, None) {
            let value = String::from_utf8_lossy(&ask(&["-s3", "-n", "-Orientation"])?).trim().parse().ok();
            return Ok(Some(Preview { orientation: value.map(Orientation::from_exif), ..preview }));
        }
    }
    Ok(None)
}
