//! The little that has to be known of a HEIF or AVIF file before a decoder gets it: how large, and how turned.
//!
//! The boxes are searched for by name instead of walked. What is found only sizes the memory budget and turns AVIFs,
//! whose decoder leaves that to us; the first such property is the main picture's in files of cameras and encoders.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::Limits;
use super::error::PictureError;
use super::orientation::Orientation;

/// How far into a file the description of its pictures is looked for. It comes before the pixels.
const SEARCH_BYTES: u64 = 1 << 20;

/// How many pictures of a file are looked at for the largest.
const MAX_SIZES: usize = 4096;

/// Bytes of memory one pixel takes while it is decoded: planes of 16-bit samples, tiles, RGBA.
const BYTES_PER_PIXEL: u64 = 16;

/// Bytes of memory decoding the file will take. Refuses it if its largest picture is over the limits.
pub(crate) fn memory(path: &Path, limits: &Limits) -> Result<u64, PictureError> {
    let head = head(path)?;
    let sizes = bodies(&head, b"ispe").take(MAX_SIZES).filter_map(|body| {
        let &[_, _, _, _, w3, w2, w1, w0, h3, h2, h1, h0, ..] = body else { return None };
        Some((u32::from_be_bytes([w3, w2, w1, w0]), u32::from_be_bytes([h3, h2, h1, h0])))
    });
    let (width, height) = sizes.max_by_key(|&(w, h)| u64::from(w) * u64::from(h)).unwrap_or_default();
    limits.check_size(width, height, 1)?;
    Ok(u64::from(width) * u64::from(height) * BYTES_PER_PIXEL)
}

/// How the main picture has to be turned: by quarters first, then mirrored.
pub(crate) fn turn(path: &Path) -> Result<Orientation, PictureError> {
    let head = head(path)?;
    let quarters = bodies(&head, b"irot").next().and_then(|body| body.first()).map_or(0, |angle| angle & 3);
    let mirror = bodies(&head, b"imir").next().and_then(|body| body.first()).map(|axis| axis & 1);
    Ok(Orientation::from_exif(match (quarters, mirror) {
        (0, None) => 1,
        (0, Some(0)) | (2, Some(1)) => 4,
        (0, Some(_)) | (2, Some(0)) => 2,
        (1, None) => 8,
        (1, Some(0)) | (3, Some(1)) => 5,
        (1, Some(_)) | (3, Some(0)) => 7,
        (2, None) => 3,
        _ => 6,
    }))
}

fn head(path: &Path) -> Result<Vec<u8>, PictureError> {
    let mut head = Vec::new();
    File::open(path)
        .and_then(|file| file.take(SEARCH_BYTES).read_to_end(&mut head))
        .map_err(|source| PictureError::Io { path: path.to_owned(), source })?;
    Ok(head)
}

/// What follows each occurrence of a box name.
fn bodies<'a>(head: &'a [u8], name: &'a [u8; 4]) -> impl Iterator<Item = &'a [u8]> {
    memchr::memmem::find_iter(head, name).map(|index| &head[index + name.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        file
    }

    #[test]
    fn the_largest_picture_counts() {
        let small = file(b"\0\0\0\x14ispe\0\0\0\0\0\0\0\x10\0\0\0\x10\0\0\0\x14ispe\0\0\0\0\0\0\x10\0\0\0\x08\0ispe");
        assert_eq!(memory(small.path(), &Limits::default()).unwrap(), 4096 * 2048 * BYTES_PER_PIXEL);
        let bomb = file(b"\0\0\0\x14ispe\0\0\0\0\0\xff\0\0\0\xff\0\0");
        assert!(matches!(memory(bomb.path(), &Limits::default()), Err(PictureError::TooLarge { .. })));
    }

    #[test]
    fn quarters_and_mirrors_become_orientations() {
        for (bytes, expected) in [
            (&b""[..], 1),
            (b"irot\x01", 8),
            (b"irot\x03", 6),
            (b"imir\x01", 2),
            (b"irot\x01....imir\0", 5),
            (b"irot", 1),
        ] {
            assert_eq!(turn(file(bytes).path()).unwrap().to_exif(), expected, "{bytes:?}");
        }
    }
}
