//! TIFF: strips, tiles and embedded JPEGs of every directory, and the tags that say how they are read (TIFF 6.0).

use std::io::{self, Read, Seek, SeekFrom};

use super::{Piece, bytes_at};

/// Directories of one file, those below others included.
const MAX_DIRECTORIES: usize = 64;
/// Entries of one directory.
const MAX_ENTRIES: u16 = 4_096;
/// Longest value that is read, in bytes: offsets of a picture of a million strips.
const MAX_VALUE_BYTES: u64 = 8 << 20;

/// Size, depth, compression, photometry, samples, predictor, colours, tiles, JPEG tables and YCbCr: what decoders read.
const DECISIVE: [u16; 22] =
    [256, 257, 258, 259, 262, 266, 277, 278, 284, 292, 293, 317, 318, 319, 320, 322, 323, 338, 339, 347, 530, 532];
/// Pairs of tags: offsets of pieces and their lengths.
const PLACES: [(u16, u16); 3] = [(273, 279), (324, 325), (513, 514)];
const SUB_DIRECTORIES: u16 = 330;

struct Reader<'f, F> {
    file: &'f mut F,
    is_little: bool,
}

/// An entry of a directory: its tag, its type and the bytes of its value.
struct Entry {
    tag: u16,
    kind: u16,
    value: Vec<u8>,
}

pub(super) fn pieces<F: Read + Seek>(file: &mut F) -> io::Result<Option<Vec<Piece>>> {
    let is_little = bytes_at::<2>(file, 0)? == *b"II";
    let mut reader = Reader { file, is_little };
    let first = reader.long(4)?;
    let (mut waiting, mut seen, mut pieces) = (vec![first], Vec::new(), Vec::new());
    while let Some(at) = waiting.pop() {
        if at == 0 || seen.contains(&at) {
            continue;
        }
        if seen.len() >= MAX_DIRECTORIES {
            return Ok(None);
        }
        seen.push(at);
        let Some((entries, next)) = reader.directory(at)? else { return Ok(None) };
        waiting.push(next);
        for entry in &entries {
            if DECISIVE.contains(&entry.tag) {
                pieces.push(Piece::Bytes([&entry.tag.to_be_bytes()[..], &entry.value].concat()));
            }
            if entry.tag == SUB_DIRECTORIES {
                waiting.extend(reader.numbers(entry));
            }
        }
        for (offsets, lengths) in PLACES {
            let all = |tag| entries.iter().find(|entry| entry.tag == tag).map(|entry| reader.numbers(entry));
            let (Some(offsets), Some(lengths)) = (all(offsets), all(lengths)) else { continue };
            if offsets.len() != lengths.len() {
                return Ok(None);
            }
            pieces.extend(offsets.into_iter().zip(lengths).map(|(at, length)| Piece::Range(at, length)));
        }
    }
    Ok(Some(pieces))
}

impl<F: Read + Seek> Reader<'_, F> {
    fn short(&mut self, at: u64) -> io::Result<u16> {
        let bytes = bytes_at(self.file, at)?;
        Ok(if self.is_little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn long(&mut self, at: u64) -> io::Result<u64> {
        let bytes = bytes_at(self.file, at)?;
        Ok(u64::from(if self.is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }))
    }

    /// The entries of a directory and where the next one is; `None` if it makes no sense.
    fn directory(&mut self, at: u64) -> io::Result<Option<(Vec<Entry>, u64)>> {
        let count = self.short(at)?;
        if count == 0 || count > MAX_ENTRIES {
            return Ok(None);
        }
        let mut entries = Vec::new();
        for index in 0..u64::from(count) {
            let place = at + 2 + index * 12;
            let (tag, kind) = (self.short(place)?, self.short(place + 2)?);
            let bytes = self.long(place + 4)?.saturating_mul(width(kind));
            let matters = DECISIVE.contains(&tag)
                || tag == SUB_DIRECTORIES
                || PLACES.iter().any(|(offsets, lengths)| tag == *offsets || tag == *lengths);
            if !matters {
                continue;
            }
            if bytes > MAX_VALUE_BYTES {
                return Ok(None);
            }
            let from = if bytes <= 4 { place + 8 } else { self.long(place + 8)? };
            self.file.seek(SeekFrom::Start(from))?;
            let mut value = Vec::new();
            self.file.by_ref().take(bytes).read_to_end(&mut value)?;
            entries.push(Entry { tag, kind, value });
        }
        let next = self.long(at + 2 + u64::from(count) * 12)?;
        Ok(Some((entries, next)))
    }

    /// A value of shorts or longs.
    fn numbers(&self, entry: &Entry) -> Vec<u64> {
        let number = |bytes: &[u8]| {
            let fold = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
            if self.is_little { bytes.iter().rev().fold(0, fold) } else { bytes.iter().fold(0, fold) }
        };
        entry.value.chunks_exact(usize::try_from(width(entry.kind)).unwrap_or(1)).map(number).collect()
    }
}

/// Bytes of one value of a type.
fn width(kind: u16) -> u64 {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 => 8,
        _ => 1,
    }
}
