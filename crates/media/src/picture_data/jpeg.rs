//! JPEG: everything but the application segments and comments before the first scan.

use std::io::{self, Read, Seek};

use super::{Piece, bytes_at};
use crate::jpeg_head::is_metadata;

const SCAN: u8 = 0xda;

pub(super) fn pieces(file: &mut (impl Read + Seek), end: u64) -> io::Result<Option<Vec<Piece>>> {
    let (mut pieces, mut at) = (Vec::new(), 2);
    loop {
        let [fill, marker] = bytes_at(file, at)?;
        if fill != 0xff {
            return Ok(None);
        }
        match marker {
            // Bytes between segments may be filled up.
            0xff => at += 1,
            // The picture, further ones behind it, and whatever else cameras append.
            SCAN => {
                pieces.push(Piece::Range(at, end - at));
                return Ok(Some(pieces));
            }
            0x01 | 0xd0..=0xd9 => return Ok(None),
            _ => {
                let length = u64::from(u16::from_be_bytes(bytes_at(file, at + 2)?));
                if !is_metadata(marker) {
                    pieces.push(Piece::Range(at, 2 + length));
                }
                at += 2 + length;
            }
        }
    }
}
