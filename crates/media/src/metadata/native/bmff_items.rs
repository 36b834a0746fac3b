//! HEIC and AVIF: the EXIF and XMP items, the size of the primary picture, its colour profile.

use std::io::{self, Read, Seek, SeekFrom};

use super::bmff::{boxes, inner};
use super::{Reading, exif, icc, read_block, set_size, xmp};

/// A picture of tiles has some hundred items.
const MAX_ITEMS: usize = 10_000;

/// Extents of one item; metadata comes in one piece.
const MAX_EXTENTS: usize = 64;

/// A cursor over big-endian numbers.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    /// The next `bytes` bytes (at most 8) as one number.
    fn next(&mut self, bytes: usize) -> Option<u64> {
        let (number, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(number.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }
}

/// Reads the content of a `meta` box; the items themselves lie anywhere in `file`.
pub(super) fn apply<R: Read + Seek>(meta: &[u8], file: &mut R, reading: &mut Reading) -> io::Result<()> {
    // A full box: version and flags come first.
    let Some(meta) = meta.get(4..) else { return Ok(()) };
    let primary = inner(meta, b"pitm").and_then(primary_item);
    if let Some(properties) = inner(meta, b"iprp") {
        primary_properties(properties, primary, reading);
    }
    let Some((infos, locations)) = inner(meta, b"iinf").zip(inner(meta, b"iloc")) else { return Ok(()) };
    for (item, kind) in metadata_items(infos).unwrap_or_default() {
        let Some((offset, length)) = location(locations, item) else { continue };
        file.seek(SeekFrom::Start(offset))?;
        let block = read_block(file, length)?;
        match &kind {
            b"Exif" => {
                // Four bytes say how far behind them the TIFF header is.
                let skip = Numbers(&block).next(4).and_then(|skip| usize::try_from(skip).ok()?.checked_add(4));
                if let Some(tiff) = skip.and_then(|skip| block.get(skip..)) {
                    exif::apply(tiff, reading);
                }
            }
            _ => xmp::apply(&block, reading),
        }
    }
    Ok(())
}

fn primary_item(content: &[u8]) -> Option<u64> {
    let mut numbers = Numbers(content);
    let version = numbers.next(4)? >> 24;
    numbers.next(if version == 0 { 2 } else { 4 })
}

/// Ids of the items that carry EXIF or XMP, EXIF first because it wins.
fn metadata_items(content: &[u8]) -> Option<Vec<(u64, [u8; 4])>> {
    let mut numbers = Numbers(content);
    let version = numbers.next(4)? >> 24;
    numbers.next(if version == 0 { 2 } else { 4 })?;
    let mut items: Vec<_> = boxes(numbers.0).take(MAX_ITEMS).filter_map(|(_, entry)| metadata_item(entry)).collect();
    items.sort_by_key(|(_, kind)| kind != b"Exif");
    Some(items)
}

fn metadata_item(entry: &[u8]) -> Option<(u64, [u8; 4])> {
    let mut numbers = Numbers(entry);
    let version = numbers.next(4)? >> 24;
    let item = numbers.next(if version >= 3 { 4 } else { 2 })?;
    numbers.next(2)?;
    let kind = *numbers.0.first_chunk()?;
    let is_xmp =
        || numbers.0.get(4..).is_some_and(|names| names.windows(20).any(|name| name == b"application/rdf+xml\0"));
    (&kind == b"Exif" || (&kind == b"mime" && is_xmp())).then_some((item, kind))
}

/// Where an item lies in the file; only whole items at plain file offsets.
fn location(content: &[u8], wanted: u64) -> Option<(u64, u64)> {
    let mut numbers = Numbers(content);
    let version = numbers.next(4)? >> 24;
    let sizes = numbers.next(2)?;
    let size = |shift: u32| (sizes >> shift & 15).min(8) as usize;
    let (offset_size, length_size, base_size) = (size(12), size(8), size(4));
    let index_size = if version == 0 { 0 } else { size(0) };
    let id_size = if version < 2 { 2 } else { 4 };
    let count = numbers.next(id_size)? as usize;
    for _ in 0..count.min(MAX_ITEMS) {
        let item = numbers.next(id_size)?;
        let method = if version == 0 { 0 } else { numbers.next(2)? & 15 };
        numbers.next(2)?;
        let base = numbers.next(base_size)?;
        let extents = numbers.next(2)? as usize;
        let mut first = None;
        for _ in 0..extents.min(MAX_EXTENTS) {
            numbers.next(index_size)?;
            let (offset, length) = (numbers.next(offset_size)?, numbers.next(length_size)?);
            first = first.or(Some((base.checked_add(offset)?, length)));
        }
        if item == wanted {
            return first.filter(|_| method == 0 && extents == 1);
        }
    }
    None
}

/// Size of the primary picture, and the colour profile.
fn primary_properties(content: &[u8], primary: Option<u64>, reading: &mut Reading) {
    let Some(container) = inner(content, b"ipco") else { return };
    let properties: Vec<_> = boxes(container).collect();
    let mine =
        inner(content, b"ipma").zip(primary).and_then(|(ipma, primary)| associated(ipma, primary)).unwrap_or_default();
    for index in mine {
        let Some((kind, property)) = index.checked_sub(1).and_then(|index| properties.get(index)) else { continue };
        let mut numbers = Numbers(property);
        if kind != b"ispe" {
            continue;
        }
        let size = numbers.next(4).and_then(|_| Some((numbers.next(4)? as u32, numbers.next(4)? as u32)));
        if let Some((width, height)) = size {
            set_size(&mut reading.tags, width, height);
        }
    }
    // The profile may belong to the tiles only.
    let profile = properties
        .iter()
        .find(|(kind, content)| kind == b"colr" && matches!(content.get(..4), Some(b"prof" | b"rICC")));
    if let Some((_, content)) = profile {
        icc::apply(&content[4..], reading);
    }
}

/// The numbers (from 1) of the properties associated with `primary`.
fn associated(content: &[u8], primary: u64) -> Option<Vec<usize>> {
    let mut numbers = Numbers(content);
    let full = numbers.next(4)?;
    let (version, wide) = (full >> 24, full & 1 == 1);
    let entries = numbers.next(4)? as usize;
    for _ in 0..entries.min(MAX_ITEMS) {
        let item = numbers.next(if version == 0 { 2 } else { 4 })?;
        let count = numbers.next(1)?;
        let mask = if wide { 0x7fff } else { 0x7f };
        let indexes: Option<Vec<_>> =
            (0..count).map(|_| numbers.next(if wide { 2 } else { 1 }).map(|index| (index & mask) as usize)).collect();
        let indexes = indexes?;
        if item == primary {
            return Some(indexes);
        }
    }
    None
}
