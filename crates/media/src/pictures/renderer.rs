//! From a file to its renditions.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Limits;
use super::budget::{Budget, MEMORY_BUDGET, Share};
use super::edited::{self, EditedRenditions, PictureEdit};
use super::encode;
use super::error::PictureError;
use super::orientation::Orientation;
use super::planar::Planar;
use super::raster::{Decoded, Pixels, Raster};
use super::scale::{self, Sharpness};
use super::stills::Still;
use super::{child, ffmpeg, heif_boxes, jpeg, jpeg_writer, raw, young};
use crate::formats::{self, MediaKind};
use crate::sniff::{self, Container, HEAD_BYTES};
use crate::tools::Tools;

/// The shorter side of thumbnails, in pixels, unless the original is smaller.
pub const THUMBNAIL_SHORT_SIDE: u32 = 250;

/// The shorter side of previews, in pixels, unless the original is smaller.
pub const PREVIEW_SHORT_SIDE: u32 = 1440;

/// The largest file that is read into memory to decode it, in bytes.
const MAX_FILE_BYTES: u64 = 512 << 20;

/// Everything that is made of one picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renditions {
    /// WebP, the shorter side fitted to [`THUMBNAIL_SHORT_SIDE`].
    pub thumbnail: Vec<u8>,
    /// JPEG, the shorter side fitted to [`PREVIEW_SHORT_SIDE`].
    pub preview: Vec<u8>,
    /// The thumbhash, 5 to 40 bytes.
    pub thumbhash: Vec<u8>,
    /// Width of the original as displayed, in pixels. For raw files that of the preview inside, which may be smaller.
    pub width: u32,
    /// Height of the original as displayed, in pixels; see [`Self::width`].
    pub height: u32,
}

/// Makes renditions. Cheap to clone; clones share one memory budget.
#[derive(Debug, Clone)]
pub struct Renderer {
    tools: Arc<Tools>,
    limits: Limits,
    decoder_program: Option<Arc<Path>>,
    budget: Budget,
}

/// A decoded picture together with its share of the memory budget.
struct Held {
    decoded: Decoded,
    _share: Share,
}

impl Renderer {
    /// `decoder_program` is an executable that calls [`decode_child`](super::decode_child) when it is started with the
    /// arguments `dev decode`. Without one, young decoders run in this process, which is meant for tests only.
    pub fn new(tools: Arc<Tools>, limits: Limits, decoder_program: Option<PathBuf>) -> Self {
        let decoder_program = decoder_program.map(Arc::from);
        Self { tools, limits, decoder_program, budget: Budget::new(MEMORY_BUDGET) }
    }

    /// Makes all renditions of the file at `path`. What it is goes by its first bytes, unless the caller knows better;
    /// the extension only tells raw files from other TIFFs. Blocks, for as long as [`Limits::timeout`] in bad cases.
    pub fn render(&self, path: &Path, container_hint: Option<Container>) -> Result<Renditions, PictureError> {
        let container = match container_hint {
            Some(container) => container,
            None => recognise(path)?,
        };
        let held = self.decode(path, container, PREVIEW_SHORT_SIDE)?;
        finish(held.decoded)
    }

    /// Makes all renditions of the file at `path` after the given changes of the upright picture, also in full size.
    /// Otherwise as [`Self::render`].
    pub fn render_edited(
        &self,
        path: &Path,
        container_hint: Option<Container>,
        edits: &[PictureEdit],
    ) -> Result<EditedRenditions, PictureError> {
        let container = match container_hint {
            Some(container) => container,
            None => recognise(path)?,
        };
        let held = self.decode(path, container, u32::MAX)?;
        edited::finish(held.decoded, edits)
    }

    /// The picture may come smaller than it is, with a shorter side of at least `short_side` pixels.
    fn decode(&self, path: &Path, container: Container, short_side: u32) -> Result<Held, PictureError> {
        match container {
            Container::Tiff if has_raw_name(path) => self.decode_raw(path, container, short_side),
            Container::Raw(_) => self.decode_raw(path, container, short_side),
            Container::Jpeg => self.decode_jpeg(&read(path)?, None, short_side),
            Container::Heif | Container::JpegXl => self.decode_young(path, container),
            Container::Avif | Container::Jpeg2000 | Container::Psd => self.decode_by_ffmpeg(path, container),
            Container::Svg => Err(PictureError::unsupported("SVG")),
            video if video.kind() == MediaKind::Video => self.decode_by_ffmpeg(path, container),
            _ => self.decode_still(path, container),
        }
    }

    fn hold<D: Into<Decoded>>(
        &self,
        bytes: u64,
        decode: impl FnOnce() -> Result<D, PictureError>,
    ) -> Result<Held, PictureError> {
        let share = self.budget.take(bytes);
        Ok(Held { decoded: decode()?.into(), _share: share })
    }

    /// `orientation` overrides what the JPEG says about itself.
    fn decode_jpeg(
        &self,
        bytes: &[u8],
        orientation: Option<Orientation>,
        short_side: u32,
    ) -> Result<Held, PictureError> {
        let mut summary = jpeg::Summary::read(bytes)?;
        summary.orientation = orientation.unwrap_or(summary.orientation);
        let memory = jpeg::memory(&summary, short_side) + bytes.len() as u64;
        self.hold(memory, || jpeg::decode(bytes, summary, short_side, &self.limits))
    }

    fn decode_still(&self, path: &Path, container: Container) -> Result<Held, PictureError> {
        let bytes = read(path)?;
        let still = Still::open(&bytes, container, &self.limits)
            .unwrap_or_else(|| Err(PictureError::unsupported(container.media_type().to_owned())));
        let decoded = still.and_then(|still| self.hold(still.memory(), || still.decode()));
        match decoded {
            // There are more kinds of TIFF than any one decoder knows.
            Err(PictureError::Unsupported { .. }) if container == Container::Tiff && self.tools.ffmpeg.is_some() => {
                self.decode_by_ffmpeg(path, container)
            }
            other => other,
        }
    }

    fn decode_raw(&self, path: &Path, container: Container, short_side: u32) -> Result<Held, PictureError> {
        let embedded = raw::embedded_preview(path, &self.tools, &self.limits)?;
        match embedded {
            Some(preview) => self.decode_jpeg(&preview.jpeg, preview.orientation, short_side),
            None if container == Container::Tiff => self.decode_still(path, container),
            None if self.tools.exiftool.is_none() => Err(PictureError::MissingTool { tool: "exiftool" }),
            None => Err(PictureError::unsupported("raw files without a preview inside")),
        }
    }

    fn decode_by_ffmpeg(&self, path: &Path, container: Container) -> Result<Held, PictureError> {
        self.hold(ffmpeg::MEMORY_SHARE, || {
            if container.kind() == MediaKind::Video {
                let raster = ffmpeg::poster(path, container, &self.tools, &self.limits)?;
                return Ok(Decoded::full(raster, Orientation::UPRIGHT, None));
            }
            let orientation = if container == Container::Avif { heif_boxes::turn(path)? } else { Orientation::UPRIGHT };
            let raster = ffmpeg::still(path, container, &self.tools, &self.limits)?;
            Ok(Decoded::full(raster, orientation, None))
        })
    }

    fn decode_young(&self, path: &Path, container: Container) -> Result<Held, PictureError> {
        let memory = match container {
            Container::Heif => heif_boxes::memory(path, &self.limits)?,
            _ => young::MEMORY_SHARE,
        };
        self.hold(memory, || match &self.decoder_program {
            Some(program) => child::decode(program, path, container, &self.limits),
            None => young::decode(path, container, &self.limits),
        })
    }
}

fn recognise(path: &Path) -> Result<Container, PictureError> {
    let failed = |source| PictureError::Io { path: path.to_owned(), source };
    let mut head = Vec::with_capacity(HEAD_BYTES);
    File::open(path).and_then(|file| file.take(HEAD_BYTES as u64).read_to_end(&mut head)).map_err(failed)?;
    if head.is_empty() {
        return Err(PictureError::damaged("empty", "the file has no bytes"));
    }
    sniff::sniff(&head).ok_or_else(|| PictureError::unsupported("files of this kind"))
}

/// The whole file, as long as it has a size that can be a picture's.
fn read(path: &Path) -> Result<Vec<u8>, PictureError> {
    let failed = |source| PictureError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    if size > MAX_FILE_BYTES {
        return Err(PictureError::TooComplex { what: "bytes of a picture file", found: size, limit: MAX_FILE_BYTES });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

fn has_raw_name(path: &Path) -> bool {
    path.file_name().and_then(|name| formats::by_name(name.to_str()?)).is_some_and(|format| format.raw)
}

/// Scales, turns and encodes. Pixels are turned when there are few of them: after scaling.
fn finish(decoded: Decoded) -> Result<Renditions, PictureError> {
    let Decoded { pixels, orientation, full_width, full_height, icc } = decoded;
    let icc = icc.as_deref();
    let stored = scale::fitted(full_width, full_height, PREVIEW_SHORT_SIDE, jpeg_writer::LONGEST_SIDE);
    // The size goes by the original's, so that rounding twice does not make it a pixel off; the pixels by the preview's.
    let (width, height) = orientation.displayed(full_width, full_height);
    let small = scale::fitted(width, height, THUMBNAIL_SHORT_SIDE, encode::LONGEST_WEBP_SIDE);
    let (thumbnail, preview) = match pixels {
        Pixels::Raster(raster) => {
            let preview = orientation.apply(resized(raster, stored)?);
            let preview = if preview.is_translucent() { preview } else { preview.flattened() };
            let thumbnail = scale::resize(&preview, small, Sharpness::Fast)?;
            (thumbnail, encode::jpeg(&Planar::from_raster(&preview.flattened()), icc)?)
        }
        Pixels::Planar(picture) => {
            let preview = picture.scaled(stored, Sharpness::Fine)?.turned(orientation);
            (preview.to_raster(small, Sharpness::Fast)?, encode::jpeg(&preview, icc)?)
        }
    };
    let webp = encode::webp(&thumbnail, icc)?;
    Ok(Renditions { thumbnail: webp, preview, thumbhash: encode::thumbhash(&thumbnail)?, width, height })
}

pub(super) fn resized(raster: Raster, size: (u32, u32)) -> Result<Raster, PictureError> {
    if (raster.width(), raster.height()) == size { Ok(raster) } else { scale::resize(&raster, size, Sharpness::Fine) }
}
