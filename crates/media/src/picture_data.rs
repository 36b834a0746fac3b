//! Which bytes of a file are the picture or the film itself, and their fingerprint: whoever writes metadata into a file can
//! prove that nothing else has changed.
//!
//! Everything that exiftool may rewrite for the sake of metadata is left out: blocks of EXIF, XMP and IPTC, and tables that
//! say where in the file things lie. What those point at is part of the fingerprint, so a table that points elsewhere
//! afterwards is noticed.

mod boxes;
mod chunks;
mod items;
mod jpeg;
mod tiff;

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use sha1::{Digest as _, Sha1};

/// Bytes from which a container is recognised.
const HEAD_BYTES: usize = 16;

/// Bytes read at a time.
const READ_BYTES: usize = 256 << 10;

/// Most pieces a picture may consist of; more are those of a file that was made to be tedious.
const MAX_PIECES: usize = 1 << 20;

/// A part of what is fingerprinted.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// These bytes, whatever they were read from.
    Bytes(Vec<u8>),
    /// So many bytes of the file from an offset on.
    Range(u64, u64),
}

/// The SHA-1 of the picture or film in a file, metadata left out; `None` for containers this module does not know, and for
/// files that contradict themselves.
pub fn fingerprint(path: &Path) -> io::Result<Option<[u8; 20]>> {
    let mut file = BufReader::with_capacity(READ_BYTES, File::open(path)?);
    let Some(pieces) = tolerate(pieces(&mut file))? else { return Ok(None) };
    if pieces.is_empty() || pieces.len() > MAX_PIECES {
        return Ok(None);
    }
    tolerate(hash(&mut file, &pieces).map(Some))
}

/// A file that ends too early is not the disk's fault.
fn tolerate<T>(found: io::Result<Option<T>>) -> io::Result<Option<T>> {
    match found {
        Err(error) if matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData) => Ok(None),
        other => other,
    }
}

fn pieces(file: &mut (impl Read + Seek)) -> io::Result<Option<Vec<Piece>>> {
    let mut head = Vec::new();
    file.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    let end = file.seek(SeekFrom::End(0))?;
    match head.as_slice() {
        [0xff, 0xd8, 0xff, ..] => jpeg::pieces(file, end),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => chunks::of_png(file, end),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => chunks::of_webp(file, end),
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => tiff::pieces(file),
        // A bare JPEG XL becomes the one box of a boxed one when it gets metadata.
        [0xff, 0x0a, ..] => Ok(Some(vec![Piece::Range(0, end)])),
        [_, _, _, _, b'f', b't', b'y', b'p', ..]
        | [_, _, _, _, b'J', b'X', b'L', b' ', ..]
        | [_, _, _, _, b'm', b'o', b'o', b'v', ..]
        | [_, _, _, _, b'm', b'd', b'a', b't', ..]
        | [_, _, _, _, b'w', b'i', b'd', b'e', ..] => boxes::pieces(file, end),
        _ => Ok(None),
    }
}

fn hash(file: &mut (impl Read + Seek), pieces: &[Piece]) -> io::Result<[u8; 20]> {
    let (mut hasher, mut buffer) = (Sha1::new(), vec![0; READ_BYTES]);
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => hasher.update(bytes),
            Piece::Range(from, length) => {
                file.seek(SeekFrom::Start(*from))?;
                let mut left = *length;
                while left > 0 {
                    let count = usize::try_from(left).unwrap_or(READ_BYTES).min(READ_BYTES);
                    file.read_exact(&mut buffer[..count])?;
                    hasher.update(&buffer[..count]);
                    left -= count as u64;
                }
            }
        }
    }
    Ok(hasher.finalize().into())
}

/// The next `N` bytes at an offset.
fn bytes_at<const N: usize>(file: &mut (impl Read + Seek), at: u64) -> io::Result<[u8; N]> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
