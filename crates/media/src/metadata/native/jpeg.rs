//! JPEG: walks the segments up to the picture data and looks at the last bytes of the file.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use super::{Reading, exif, icc, read_block, set_size, xmp};

/// A file with more segments before its picture data is broken.
const MAX_SEGMENTS: usize = 2000;

const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const ICC: &[u8] = b"ICC_PROFILE\0";

/// XMP that did not fit into one segment: id (32 bytes), length of the whole, offset of this piece, then the piece.
const MORE_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const XMP_ID_BYTES: usize = 32;

/// Application segments without anything of interest: thumbnails, indexes of further pictures, encoder settings.
const HARMLESS: [&[u8]; 5] = [b"JFIF\0", b"JFXX\0", b"MPF\0", b"Adobe", b"Ducky"];

/// Samsung's trailer; only its time stamp could matter, and only where nothing else tells the zone.
const SAMSUNG_TRAILER: &[u8] = b"SEFT";

#[derive(Debug, Default)]
struct Blocks {
    exif: Vec<Vec<u8>>,
    xmp: Vec<Vec<u8>>,
    more_xmp: Vec<Vec<u8>>,
    icc: Vec<Vec<u8>>,
}

/// Reads the file from its start.
pub(super) fn read<R: Read + Seek>(file: R, reading: &mut Reading) -> io::Result<()> {
    let mut file = BufReader::new(file);
    file.seek(SeekFrom::Start(2))?;
    let mut blocks = Blocks::default();
    let walked = walk(&mut file, &mut blocks, reading);
    // What was found before a broken place still counts.
    interpret(&blocks, reading);
    walked?;
    check_trailer(&mut file, reading)
}

fn walk<R: Read + Seek>(file: &mut BufReader<R>, blocks: &mut Blocks, reading: &mut Reading) -> io::Result<()> {
    for _ in 0..MAX_SEGMENTS {
        let marker = next_marker(file)?;
        if matches!(marker, 0x01 | 0xd0..=0xd8) {
            continue;
        }
        if matches!(marker, 0xd9 | 0xda) {
            return Ok(());
        }
        let mut length = [0; 2];
        file.read_exact(&mut length)?;
        let length = u64::from(u16::from_be_bytes(length).checked_sub(2).ok_or(io::ErrorKind::InvalidData)?);
        match marker {
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => frame(&read_block(file, length)?, reading),
            0xe0..=0xef => application(read_block(file, length)?, blocks, reading),
            _ => file.seek_relative(i64::try_from(length).unwrap_or(0))?,
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}

fn next_marker(file: &mut impl Read) -> io::Result<u8> {
    let mut byte = [0];
    file.read_exact(&mut byte)?;
    if byte[0] != 0xff {
        return Err(io::ErrorKind::InvalidData.into());
    }
    // Any number of fill bytes may stand before a marker; a segment's length bounds nothing here, the file does.
    while byte[0] == 0xff {
        file.read_exact(&mut byte)?;
    }
    Ok(byte[0])
}

fn frame(bytes: &[u8], reading: &mut Reading) {
    if let [_, h0, h1, w0, w1, ..] = *bytes
        && !reading.tags.has("ImageWidth")
    {
        set_size(&mut reading.tags, u16::from_be_bytes([w0, w1]).into(), u16::from_be_bytes([h0, h1]).into());
    }
}

fn application(bytes: Vec<u8>, blocks: &mut Blocks, reading: &mut Reading) {
    if let Some(rest) = bytes.strip_prefix(EXIF) {
        blocks.exif.push(rest.to_vec());
    } else if let Some(rest) = bytes.strip_prefix(XMP) {
        blocks.xmp.push(rest.to_vec());
    } else if let Some(rest) = bytes.strip_prefix(MORE_XMP) {
        blocks.more_xmp.push(rest.to_vec());
    } else if bytes.starts_with(ICC) {
        blocks.icc.push(bytes);
    } else if !HARMLESS.iter().any(|start| bytes.starts_with(start)) {
        reading.doubt();
    }
}

fn interpret(blocks: &Blocks, reading: &mut Reading) {
    if blocks.exif.len() > 1 || blocks.xmp.len() > 1 {
        reading.doubt();
    }
    // EXIF first: where both speak, it wins.
    if let Some(block) = blocks.exif.first() {
        exif::apply(block, reading);
    }
    if let Some(block) = blocks.xmp.first() {
        xmp::apply(block, reading);
    }
    if !blocks.more_xmp.is_empty() {
        match joined(&blocks.more_xmp) {
            Some(packet) => xmp::apply(&packet, reading),
            None => reading.doubt(),
        }
    }
    if !blocks.icc.is_empty() {
        profile(&blocks.icc, reading);
    }
}

/// The pieces of one extended packet, if they are all there and in order.
fn joined(pieces: &[Vec<u8>]) -> Option<Vec<u8>> {
    let id = pieces.first()?.get(..XMP_ID_BYTES)?;
    let mut whole = Vec::new();
    let mut expected = 0;
    for piece in pieces {
        let (head, rest) = piece.split_at_checked(XMP_ID_BYTES + 8)?;
        let [length, offset] = [head.get(XMP_ID_BYTES..)?, head.get(XMP_ID_BYTES + 4..)?]
            .map(|bytes| bytes.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes) as usize));
        if head.get(..XMP_ID_BYTES)? != id || offset != whole.len() {
            return None;
        }
        expected = length;
        whole.extend_from_slice(rest);
    }
    (whole.len() == expected).then_some(whole)
}

/// Profiles over 64 kB come in numbered pieces, in order in every file seen.
fn profile(pieces: &[Vec<u8>], reading: &mut Reading) {
    let mut whole = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        match piece.get(ICC.len()..) {
            Some([number, _, rest @ ..]) if usize::from(*number) == index + 1 => whole.extend_from_slice(rest),
            _ => return reading.doubt(),
        }
    }
    icc::apply(&whole, reading);
}

/// Behind the picture programs append what they like. A file that ends like a JPEG has no such trailer that matters:
/// further pictures (panorama, gain map) are told from the first one by the index in its header.
fn check_trailer<R: Read + Seek>(file: &mut BufReader<R>, reading: &mut Reading) -> io::Result<()> {
    let mut tail = [0; 4];
    file.seek(SeekFrom::End(-4))?;
    file.read_exact(&mut tail)?;
    let zone_is_stated = reading.tags.has("OffsetTimeOriginal");
    let understood = tail.ends_with(&[0xff, 0xd9]) || (tail == SAMSUNG_TRAILER && zone_is_stated);
    if !understood {
        reading.doubt();
    }
    Ok(())
}
