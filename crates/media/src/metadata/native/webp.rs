//! WebP: the chunks of its RIFF container.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use super::{Reading, exif, icc, read_block, set_size, xmp};

/// A still picture has fewer than ten chunks; animations are left to exiftool anyway.
const MAX_CHUNKS: usize = 64;

const HEADER_BYTES: u64 = 12;

/// How much of a picture chunk tells its size.
const PICTURE_HEADER_BYTES: u64 = 10;

/// Some writers put JPEG's marker in front of the EXIF data.
const EXIF_MARKER: &[u8] = b"Exif\0\0";

/// Reads the file from its start.
pub(super) fn read<R: Read + Seek>(file: R, reading: &mut Reading) -> io::Result<()> {
    let mut file = BufReader::new(file);
    let end = file.seek(SeekFrom::End(0))?;
    let mut at = HEADER_BYTES;
    for _ in 0..MAX_CHUNKS {
        if at + 8 > end {
            return Ok(());
        }
        file.seek(SeekFrom::Start(at))?;
        let mut head = [0; 8];
        file.read_exact(&mut head)?;
        let [k0, k1, k2, k3, length @ ..] = head;
        let length = u64::from(u32::from_le_bytes(length));
        match &[k0, k1, k2, k3] {
            kind @ (b"VP8X" | b"VP8 " | b"VP8L") => {
                let header = read_block(&mut file, length.min(PICTURE_HEADER_BYTES))?;
                if let Some((width, height)) = size(kind, &header)
                    && !reading.tags.has("ImageSize")
                {
                    set_size(&mut reading.tags, width, height);
                }
            }
            b"EXIF" => {
                let block = read_block(&mut file, length)?;
                exif::apply(block.strip_prefix(EXIF_MARKER).unwrap_or(&block), reading);
            }
            b"XMP " => xmp::apply(&read_block(&mut file, length)?, reading),
            b"ICCP" => icc::apply(&read_block(&mut file, length)?, reading),
            b"ALPH" => {}
            _ => reading.doubt(),
        }
        at += 8 + length + length % 2;
    }
    reading.doubt();
    Ok(())
}

fn size(kind: &[u8; 4], bytes: &[u8]) -> Option<(u32, u32)> {
    match (kind, bytes) {
        (b"VP8X", [_, _, _, _, w0, w1, w2, h0, h1, h2]) => {
            let side = |a: &u8, b: &u8, c: &u8| 1 + u32::from_le_bytes([*a, *b, *c, 0]);
            Some((side(w0, w1, w2), side(h0, h1, h2)))
        }
        (b"VP8 ", [_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1]) => {
            let side = |a: &u8, b: &u8| u32::from(u16::from_le_bytes([*a, *b]) & 0x3fff);
            Some((side(w0, w1), side(h0, h1)))
        }
        (b"VP8L", [0x2f, b0, b1, b2, b3, ..]) => {
            let bits = u32::from_le_bytes([*b0, *b1, *b2, *b3]);
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        _ => None,
    }
}
