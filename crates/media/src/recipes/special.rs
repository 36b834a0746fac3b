//! Files that are more than one picture, or that lose by being changed.

use std::collections::BTreeSet;
use std::fmt;
use std::io;

use memchr::memmem;
use serde::{Deserialize, Serialize};

use super::engine::Original;
use crate::formats;
use crate::motion;
use crate::sniff::Container;

/// Pictures with fewer bytes a pixel than this are small already: little is won, and loss on top of loss is seen.
const SMALL_BYTES_PER_PIXEL: f64 = 0.12;

/// The same for videos, in bits of a pixel of one frame.
const SMALL_BITS_PER_VIDEO_PIXEL: f64 = 0.035;

/// How many bytes behind the end of a JPEG are nothing: some programs fill up.
const FILLING_BYTES: usize = 64;

/// How far into a file its description is looked for, in bytes. Writers put it before the pixels.
const SEARCH_BYTES: usize = 1 << 20;

/// What makes a file special. Steps leave such files alone unless they include them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Special {
    /// Sensor data of a camera.
    Raw,
    /// Tells screens how much brighter some parts may be.
    GainMap,
    /// Further pictures lie behind the first: previews, the other eye, depth.
    SeveralPictures,
    /// A short video lies in it.
    MotionPhoto,
    /// Something unknown lies behind the picture.
    TrailingData,
    /// A view all around, or a part of one.
    Panorama,
    /// It moves.
    Animated,
    /// It takes few bytes for its pixels.
    AlreadySmall,
}

impl fmt::Display for Special {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Raw => "sensor data",
            Self::GainMap => "has a gain map",
            Self::SeveralPictures => "several pictures",
            Self::MotionPhoto => "motion photo",
            Self::TrailingData => "has data behind the picture",
            Self::Panorama => "panorama",
            Self::Animated => "moves",
            Self::AlreadySmall => "is small already",
        })
    }
}

/// Whether a file is sensor data, by its first bytes or, where these say TIFF, by its name.
pub(crate) fn is_raw(container: Container, name: &str) -> bool {
    matches!(container, Container::Raw(_))
        || container == Container::Tiff && formats::by_name(name).is_some_and(|format| format.raw)
}

/// Everything that is special about a picture. `pixels` is how many it has, where that is known.
pub(crate) fn of_picture(original: &Original<'_>, pixels: Option<u64>) -> io::Result<BTreeSet<Special>> {
    let mut found = BTreeSet::new();
    let mut note = |special, is_there: bool| {
        if is_there {
            found.insert(special);
        }
    };
    let bytes = original.bytes()?;
    let head = &bytes[..bytes.len().min(SEARCH_BYTES)];
    let mentions = |word: &str| memmem::find(head, word.as_bytes()).is_some();
    note(Special::Raw, is_raw(original.container, original.name));
    note(Special::MotionPhoto, motion::embedded_video(original.path)?.is_some());
    note(Special::Panorama, mentions("GPano:") || mentions("ProjectionType"));
    match original.container {
        Container::Jpeg => {
            let walk = super::jpeg_walk::walk(bytes).unwrap_or_default();
            note(Special::GainMap, walk.has_gain_map);
            note(Special::SeveralPictures, walk.has_picture_directory);
            let behind = walk.end.map_or(&[][..], |end| &bytes[end..]);
            let is_filling = behind.len() <= FILLING_BYTES || behind.iter().all(|byte| *byte == 0);
            note(Special::TrailingData, !is_filling);
        }
        Container::Png => note(Special::Animated, mentions("acTL")),
        Container::WebP => note(Special::Animated, mentions("ANIM")),
        Container::Gif => note(Special::Animated, has_frames(bytes)),
        Container::Heif | Container::Avif => {
            note(Special::GainMap, mentions("hdrgainmap") || mentions("tmap"));
            note(Special::Animated, mentions("avis") || mentions("msf1"));
        }
        _ => {}
    }
    let small = pixels.filter(|pixels| *pixels > 0);
    note(
        Special::AlreadySmall,
        small.is_some_and(|pixels| original.size as f64 / (pixels as f64) < SMALL_BYTES_PER_PIXEL),
    );
    Ok(found)
}

/// Everything that is special about a video with so many bits for a pixel.
pub(crate) fn of_video(bits_per_pixel: Option<f64>, is_panorama: bool) -> BTreeSet<Special> {
    let is_small = bits_per_pixel.is_some_and(|bits| bits < SMALL_BITS_PER_VIDEO_PIXEL);
    let found = [(Special::AlreadySmall, is_small), (Special::Panorama, is_panorama)];
    found.into_iter().filter(|(_, is_there)| *is_there).map(|(special, _)| special).collect()
}

/// Whether a GIF has a second frame. One that cannot be read counts as moving: better left alone.
fn has_frames(bytes: &[u8]) -> bool {
    use image::AnimationDecoder as _;
    use image::codecs::gif::GifDecoder;
    match GifDecoder::new(io::Cursor::new(bytes)) {
        Ok(decoder) => decoder.into_frames().take(2).filter(Result::is_ok).count() != 1,
        Err(_) => true,
    }
}
