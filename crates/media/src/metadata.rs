//! What cameras and people wrote into photos and videos: capture date, place, camera, description.
//!
//! Three sources speak one vocabulary (`tags`): the native readers, exiftool and ffprobe. One set of rules
//! (`rules`) turns tags into [`Metadata`]. exiftool is the authority, but starts slowly and reads slowly, so a
//! file which the native reader understands completely is not shown to it.
//!
//! This module does not decide what to store, does not name places (see [`crate::places`]) and writes nothing.

mod child;
mod exiftool;
mod ffprobe;
mod native;
mod regions;
mod rules;
mod stamp;
mod tags;
mod zones;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::exiftool::Pool;
use crate::formats::{self, MediaKind};
use crate::tools::Tools;
pub use native::{IptcWords, exif_words, iptc_words};
pub use regions::{Area, FaceRegion};
use rules::Kind;
use tags::Tags;

/// The name of the time zone at a position in degrees, such as `Europe/Paris`. Offline; territorial waters included.
pub fn zone_at(latitude: f64, longitude: f64) -> Option<String> {
    zones::Zone::at(latitude, longitude).map(|zone| zone.name().to_owned())
}

/// When a picture was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// The moment, in Unix milliseconds. A date without any hint at its zone counts as UTC.
    pub instant_ms: i64,
    /// What a clock on the wall showed, in Unix milliseconds as if that were UTC.
    pub local_ms: i64,
    /// The zone as the API writes it: `UTC+2`, `UTC-3:30`, `Europe/Berlin`; `None` when unknown.
    pub time_zone: Option<String>,
}

/// What is known about a file from its own bytes, ffprobe and its sidecar.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    /// When it was taken.
    pub captured: Option<Captured>,
    /// The zone as the API writes it. Equal to that of `captured`, but may be known without a date (videos: `UTC`).
    pub time_zone: Option<String>,
    /// Width in pixels, before `orientation` is applied.
    pub width: Option<u32>,
    /// Height in pixels, before `orientation` is applied.
    pub height: Option<u32>,
    /// EXIF orientation, 1 to 8.
    pub orientation: Option<u8>,
    /// Degrees north. Always together with `longitude`.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// Maker of the camera.
    pub make: Option<String>,
    /// Model of the camera.
    pub model: Option<String>,
    /// Name of the lens.
    pub lens_model: Option<String>,
    /// Aperture: focal length divided by this.
    pub f_number: Option<f64>,
    /// Focal length in millimetres.
    pub focal_length: Option<f64>,
    /// Sensitivity.
    pub iso: Option<i32>,
    /// Exposure time in seconds, as text: `1/500`, `0.5`, `4`.
    pub exposure_time: Option<String>,
    /// Frames per second of a video.
    pub fps: Option<f64>,
    /// Projection of a panorama in capitals, e.g. `EQUIRECTANGULAR`.
    pub projection_type: Option<String>,
    /// Name of the colour profile.
    pub profile_description: Option<String>,
    /// What a person (or a careless camera) wrote about it; empty when nothing.
    pub description: String,
    /// Stars 1 to 5, or −1 for rejected.
    pub rating: Option<i8>,
    /// Equal in the still and the video of one live photo.
    pub live_photo_cid: Option<String>,
    /// Equal in all pictures of one burst.
    pub auto_stack_id: Option<String>,
    /// Length in milliseconds, of videos and animated pictures only.
    pub duration_ms: Option<u64>,
    /// Tags given by people, levels separated by `/`.
    pub tags: Vec<String>,
    /// Names of people on it. Only exiftool reads them.
    pub people: Vec<String>,
    /// Faces with a name. Only exiftool reads them.
    pub faces: Vec<FaceRegion>,
}

impl Metadata {
    /// Width and height in pixels as a viewer shows the picture: swapped for orientations 5 to 8.
    pub fn displayed_size(&self) -> Option<(u32, u32)> {
        let (width, height) = (self.width?, self.height?);
        Some(if matches!(self.orientation, Some(5..=8)) { (height, width) } else { (width, height) })
    }
}

/// Why metadata could not be read.
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// The file itself could not be read.
    #[error("cannot read {path}", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// An external program failed, and what it would have told cannot be had otherwise.
    #[error("{tool} failed on {path}", path = .path.display())]
    Tool {
        /// Name of the program.
        tool: &'static str,
        /// The file it was asked about.
        path: PathBuf,
        /// What went wrong.
        #[source]
        source: io::Error,
    },
}

impl MetadataError {
    /// Whether trying again later may help.
    pub fn is_transient(&self) -> bool {
        let (Self::Read { source, .. } | Self::Tool { source, .. }) = self;
        is_worth_another_try(source)
    }
}

fn is_worth_another_try(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, NotFound, PermissionDenied};
    !matches!(error.kind(), NotFound | PermissionDenied | InvalidInput | InvalidData)
}

/// Extensions of pictures which may move.
const ANIMATED_EXTENSIONS: [&str; 7] = ["avif", "gif", "heic", "heif", "jxl", "png", "webp"];

/// Reads [`Metadata`]. Cheap to clone; clones share the exiftool processes, which end with the last clone.
#[derive(Debug, Clone)]
pub struct MetadataReader {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    exiftool: Option<Pool>,
    tools: Arc<Tools>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(pool) = &self.exiftool {
            pool.close();
        }
    }
}

impl MetadataReader {
    /// A reader that uses those of `tools` which are there. Starts no process yet.
    pub fn new(tools: Arc<Tools>) -> Self {
        let exiftool = tools.exiftool.as_ref().map(|tool| Pool::new(exiftool::setup(tool.path.clone())));
        Self { inner: Arc::new(Inner { exiftool, tools }) }
    }

    /// Reads the file at `path`, and its `sidecar` if there is one, whose values win. `file_name` gives the extension,
    /// because stored files need not have one. Blocks, for up to some seconds on large videos.
    pub fn read(&self, path: &Path, file_name: &str, sidecar: Option<&Path>) -> Result<Metadata, MetadataError> {
        let mut media = self.read_tags(path)?;
        let format = formats::by_name(file_name);
        let is_film = format.is_some_and(|format| format.kind == MediaKind::Video);
        let is_video = match media.text("MIMEType") {
            Some(mime) => mime.starts_with("video/"),
            None => is_film,
        };
        if is_film {
            self.overlay_probe(path, &mut media)?;
        }
        let sidecar = sidecar.map(|path| self.read_tags(path)).transpose()?;
        let may_move = format.is_some_and(|format| ANIMATED_EXTENSIONS.contains(&format.extension));
        Ok(rules::resolve(&media, sidecar.as_ref(), Kind { is_video, may_have_duration: is_film || may_move }))
    }

    /// Ends the child processes. Reads that would need them fail from then on, as transient.
    pub fn shutdown(&self) {
        if let Some(pool) = &self.inner.exiftool {
            pool.close();
        }
    }

    /// Native if that is certain, else exiftool, else native as far as it goes.
    fn read_tags(&self, path: &Path) -> Result<Tags, MetadataError> {
        let native = native::read(path).map_err(|source| MetadataError::Read { path: path.to_owned(), source })?;
        let Some(pool) = self.inner.exiftool.as_ref().filter(|_| !native.complete) else { return Ok(native.tags) };
        match exiftool::read(pool, path) {
            Ok(tags) => Ok(tags),
            Err(source) if is_worth_another_try(&source) => {
                Err(MetadataError::Tool { tool: "exiftool", path: path.to_owned(), source })
            }
            Err(error) => {
                tracing::debug!(path = %path.display(), %error, "exiftool could not read a file; the built-in reader did");
                Ok(native.tags)
            }
        }
    }

    fn overlay_probe(&self, path: &Path, tags: &mut Tags) -> Result<(), MetadataError> {
        let Some(ffprobe) = &self.inner.tools.ffprobe else { return Ok(()) };
        match ffprobe::probe(&ffprobe.path, path) {
            Ok(probed) => tags.overlay(&probed),
            Err(source) if source.kind() == io::ErrorKind::TimedOut => {
                return Err(MetadataError::Tool { tool: "ffprobe", path: path.to_owned(), source });
            }
            // A broken video is stored all the same; it just has no duration.
            Err(error) => tracing::debug!(path = %path.display(), %error, "ffprobe could not describe a video"),
        }
        Ok(())
    }
}

/// The capture date from a quick look into the file: no child process, bounded reads, well under a few milliseconds. Good
/// enough to choose the folder an upload is filed under; [`MetadataReader::read`] knows better.
pub fn quick_capture_date(path: &Path) -> Option<Captured> {
    rules::captured_date(&native::read(path).ok()?.tags)
}

/// Whether it is certain, without asking exiftool, that a file holds no keyword, no person and no region.
pub fn holds_no_labels(path: &Path) -> io::Result<bool> {
    let reading = native::read(path)?;
    let has_any = ["Keywords", "TagsList", "HierarchicalSubject"].iter().any(|name| reading.tags.has(name));
    Ok(reading.complete && !has_any)
}

#[cfg(test)]
mod agreement;
