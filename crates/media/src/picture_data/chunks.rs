//! PNG and WebP: chunks, each with a name.

use std::io::{self, Read, Seek};

use super::{Piece, bytes_at};

/// A PNG of more chunks than this was made to be tedious.
const MAX_CHUNKS: usize = 1 << 18;

/// Chunks of texts, EXIF and the time of the last change.
const PNG_METADATA: [&[u8; 4]; 6] = [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"zxIf", b"tIME"];

/// Metadata, and the summary that says whether there is any.
const WEBP_METADATA: [&[u8; 4]; 3] = [b"EXIF", b"XMP ", b"VP8X"];

pub(super) fn of_png(file: &mut (impl Read + Seek), end: u64) -> io::Result<Option<Vec<Piece>>> {
    let (mut pieces, mut at) = (Vec::new(), 8);
    for _ in 0..MAX_CHUNKS {
        let length = u64::from(u32::from_be_bytes(bytes_at(file, at)?));
        let name: [u8; 4] = bytes_at(file, at + 4)?;
        // Length, name, data, checksum.
        let whole = 12 + length;
        if at + whole > end {
            return Ok(None);
        }
        if !PNG_METADATA.contains(&&name) {
            pieces.push(Piece::Range(at, whole));
        }
        at += whole;
        if &name == b"IEND" {
            pieces.push(Piece::Range(at, end - at));
            return Ok(Some(pieces));
        }
    }
    Ok(None)
}

pub(super) fn of_webp(file: &mut (impl Read + Seek), end: u64) -> io::Result<Option<Vec<Piece>>> {
    let (mut pieces, mut at) = (Vec::new(), 12);
    while at + 8 <= end {
        let name: [u8; 4] = bytes_at(file, at)?;
        let length = u64::from(u32::from_le_bytes(bytes_at(file, at + 4)?));
        if at + 8 + length > end {
            return Ok(None);
        }
        if !WEBP_METADATA.contains(&&name) {
            pieces.extend([Piece::Bytes(name.to_vec()), Piece::Range(at + 8, length)]);
        }
        if pieces.len() > MAX_CHUNKS {
            return Ok(None);
        }
        at += 8 + length + length % 2;
    }
    Ok(Some(pieces))
}
