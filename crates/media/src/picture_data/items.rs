//! Items of HEIC and AVIF: the pictures, without the items that are metadata (ISO/IEC 23008-12).

use super::Piece;
use super::boxes::{boxes, inner};

/// A picture of tiles has some hundred items.
const MAX_ITEMS: u64 = 100_000;

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

/// What the items of a `meta` box that are no metadata consist of; `None` if that cannot be told.
pub(super) fn pieces(meta: &[u8]) -> Option<Vec<Piece>> {
    // A full box: version and flags come first.
    let meta = meta.get(4..)?;
    let Some((infos, locations)) = inner(meta, b"iinf").zip(inner(meta, b"iloc")) else {
        // The meta box of a film lists no items.
        return Some(Vec::new());
    };
    let kinds = kinds(infos)?;
    let idat = inner(meta, b"idat").unwrap_or_default();
    let mut pieces = Vec::new();
    for (item, extents, is_inside) in locations_of(locations)? {
        let Some((_, kind)) = kinds.iter().find(|(id, _)| *id == item) else { continue };
        if matches!(kind, b"Exif" | b"mime" | b"uri ") {
            continue;
        }
        pieces.push(Piece::Bytes([&item.to_be_bytes()[..], kind].concat()));
        for (offset, length) in extents {
            pieces.push(if is_inside {
                let from = usize::try_from(offset).ok()?;
                let to = from.checked_add(usize::try_from(length).ok()?)?;
                Piece::Bytes(idat.get(from..to)?.to_vec())
            } else {
                Piece::Range(offset, length)
            });
        }
    }
    Some(pieces)
}

/// Ids of items and what they are.
fn kinds(content: &[u8]) -> Option<Vec<(u64, [u8; 4])>> {
    let mut numbers = Numbers(content);
    let version = numbers.next(4)? >> 24;
    numbers.next(if version == 0 { 2 } else { 4 })?;
    boxes(numbers.0)
        .take(usize::try_from(MAX_ITEMS).ok()?)
        .map(|(_, entry)| {
            let mut numbers = Numbers(entry);
            let version = numbers.next(4)? >> 24;
            let item = numbers.next(if version >= 3 { 4 } else { 2 })?;
            numbers.next(2)?;
            Some((item, *numbers.0.first_chunk()?))
        })
        .collect()
}

/// An item, its extents (offset and length in bytes), and whether they count within the `idat` box.
type Located = (u64, Vec<(u64, u64)>, bool);

fn locations_of(content: &[u8]) -> Option<Vec<Located>> {
    let mut numbers = Numbers(content);
    let version = numbers.next(4)? >> 24;
    let sizes = numbers.next(2)?;
    let size = |shift: u32| (sizes >> shift & 15).min(8) as usize;
    let (offset_size, length_size, base_size) = (size(12), size(8), size(4));
    let index_size = if version == 0 { 0 } else { size(0) };
    let id_size = if version < 2 { 2 } else { 4 };
    let count = numbers.next(id_size)?;
    let mut located = Vec::new();
    for _ in 0..count.min(MAX_ITEMS) {
        let item = numbers.next(id_size)?;
        let method = if version == 0 { 0 } else { numbers.next(2)? & 15 };
        // Items made of other items, and data in other files, cannot be followed; 0 is this file.
        if method > 1 || numbers.next(2)? != 0 {
            return None;
        }
        let base = numbers.next(base_size)?;
        let mut extents = Vec::new();
        for _ in 0..numbers.next(2)? {
            numbers.next(index_size)?;
            let (offset, length) = (numbers.next(offset_size)?, numbers.next(length_size)?);
            extents.push((base.checked_add(offset)?, length));
        }
        located.push((item, extents, method == 1));
    }
    located.sort_by_key(|(item, ..)| *item);
    Some(located)
}
