//! Reading metadata without help: headers and metadata blocks only, never pixels, never unbounded.
//!
//! Every reader fills in [`Tags`] in exiftool's vocabulary and says whether that is all there is to know
//! ([`Reading::complete`]): no maker note with secrets, no block it skipped, no text it was not sure how to decode. The
//! claim is tested against exiftool; when in doubt a reader must not make it.

mod apple;
mod bmff;
mod bmff_items;
mod exif;
mod icc;
mod jpeg;
mod movie;
mod png;
mod text;
mod tiff;
mod webp;
mod words;
mod xmp;
mod xmp_names;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::tags::Tags;
pub use words::{IptcWords, exif_words, iptc_words};

/// Enough to recognise a format.
const SNIFF_BYTES: usize = 16;

/// Raw files and TIFFs are searched this far from the start; what lies behind is left to exiftool.
const MAX_TIFF_HEAD_BYTES: u64 = 1 << 20;

/// Longest XMP sidecar that is read.
const MAX_SIDECAR_BYTES: u64 = 4 << 20;

/// Longest metadata block inside a picture that is read.
const MAX_BLOCK_BYTES: u64 = 4 << 20;

/// What a native reader found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reading {
    /// The tags.
    pub(crate) tags: Tags,
    /// Whether exiftool could not add or change anything that matters.
    pub(crate) complete: bool,
}

impl Reading {
    fn new() -> Self {
        Self { tags: Tags::default(), complete: true }
    }

    /// Notes that the file holds something this reader does not understand.
    fn doubt(&mut self) {
        self.complete = false;
    }
}

/// Reads the file at `path`. Errors are those of the file system only: broken content gives an incomplete reading.
pub(crate) fn read(path: &Path) -> io::Result<Reading> {
    let mut file = File::open(path)?;
    let mut head = Vec::new();
    file.by_ref().take(SNIFF_BYTES as u64).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    let mut reading = Reading::new();
    match head.as_slice() {
        [0xff, 0xd8, 0xff, ..] => tolerate(jpeg::read(&mut file, &mut reading), &mut reading)?,
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => {
            tolerate(png::read(&mut file, &mut reading), &mut reading)?;
        }
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
            tolerate(webp::read(&mut file, &mut reading), &mut reading)?;
        }
        [b'G', b'I', b'F', b'8', _, b'a', w0, w1, h0, h1, ..] => {
            set_size(&mut reading.tags, u16::from_le_bytes([*w0, *w1]).into(), u16::from_le_bytes([*h0, *h1]).into());
            reading.doubt();
        }
        [b'I', b'I', ..] | [b'M', b'M', ..] => {
            let bytes = read_at_most(&mut file, MAX_TIFF_HEAD_BYTES)?;
            exif::apply(&bytes, &mut reading);
            exif::apply_raw_size(&bytes, &mut reading.tags);
            reading.doubt();
        }
        [_, _, _, _, kind @ ..] if bmff::is_first_box(kind.first_chunk().copied().unwrap_or_default()) => {
            tolerate(bmff::read(&mut file, &mut reading), &mut reading)?;
        }
        [b'<', ..] | [0xef, 0xbb, 0xbf, b'<', ..] => {
            if file.metadata()?.len() > MAX_SIDECAR_BYTES {
                reading.doubt();
            }
            let bytes = read_at_most(&mut file, MAX_SIDECAR_BYTES)?;
            xmp::apply(&bytes, &mut reading);
        }
        _ => reading.doubt(),
    }
    Ok(reading)
}

/// A file that ends too early is the file's fault, not the disk's.
fn tolerate(result: io::Result<()>, reading: &mut Reading) -> io::Result<()> {
    match result {
        Err(error) if matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData) => {
            reading.doubt();
            Ok(())
        }
        other => other,
    }
}

fn read_at_most(reader: &mut impl Read, max_bytes: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(max_bytes).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads exactly `length` bytes, growing with what really arrives: a length is only a claim.
fn read_block(reader: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    if length > MAX_BLOCK_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let bytes = read_at_most(reader, length)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn set_size(tags: &mut Tags, width: u32, height: u32) {
    tags.set("ImageWidth", width);
    tags.set("ImageHeight", height);
    tags.set("ImageSize", format!("{width}x{height}"));
}
