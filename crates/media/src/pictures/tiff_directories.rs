//! Walks the directories of TIFF-like data: EXIF blocks and raw files.
//!
//! Only what is needed to find orientations and embedded previews: small numbers, never pixels. Chains of directories
//! may be circular or endless in damaged files, so their number and size are bounded.

use std::io::{self, Read, Seek, SeekFrom};

/// How many directories are visited at most.
const MAX_DIRECTORIES: usize = 64;

/// How many entries of one directory are read at most.
const MAX_ENTRIES: u16 = 1024;

/// How many values of one entry are read at most.
const MAX_VALUES: u32 = 64;

/// Bytes of one entry.
const ENTRY_BYTES: usize = 12;

/// The tags that are looked at.
pub(crate) mod tag {
    pub(crate) const PANASONIC_JPEG: u16 = 0x002e;
    pub(crate) const COMPRESSION: u16 = 0x0103;
    pub(crate) const STRIP_OFFSETS: u16 = 0x0111;
    pub(crate) const ORIENTATION: u16 = 0x0112;
    pub(crate) const STRIP_BYTES: u16 = 0x0117;
    pub(crate) const SUB_DIRECTORIES: u16 = 0x014a;
    pub(crate) const JPEG_OFFSET: u16 = 0x0201;
    pub(crate) const JPEG_BYTES: u16 = 0x0202;
    pub(crate) const EXIF_DIRECTORY: u16 = 0x8769;
}

/// One value list of a directory, as far as it consists of whole numbers. For byte arrays the place in the data is
/// kept instead of the bytes.
#[derive(Debug, Clone)]
struct Entry {
    tag: u16,
    values: Vec<u64>,
    /// Place and number of the value bytes in the data.
    place: (u64, u64),
}

/// The entries of one directory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Directory {
    entries: Vec<Entry>,
}

impl Directory {
    /// The first value of a tag.
    pub(crate) fn number(&self, tag: u16) -> Option<u64> {
        self.numbers(tag).first().copied()
    }

    /// All values of a tag; empty if it is not there.
    pub(crate) fn numbers(&self, tag: u16) -> &[u64] {
        self.entries.iter().find(|entry| entry.tag == tag).map_or(&[], |entry| &entry.values)
    }

    /// Offset and length of the bytes of a tag in the data.
    pub(crate) fn place(&self, tag: u16) -> Option<(u64, u64)> {
        self.entries.iter().find(|entry| entry.tag == tag).map(|entry| entry.place)
    }
}

/// The directories of one TIFF-like file: the main chain, and those it points to as sub- or EXIF directories.
pub(crate) struct Directories<R> {
    data: R,
    big_endian: bool,
    waiting: Vec<u64>,
    visited: Vec<u64>,
}

impl<R: Read + Seek> Directories<R> {
    /// Reads the header. The magic number between byte order and offset is not looked at: raw files have their own.
    pub(crate) fn open(mut data: R) -> io::Result<Self> {
        let mut header = [0; 8];
        data.seek(SeekFrom::Start(0))?;
        data.read_exact(&mut header)?;
        let big_endian = match &header[..2] {
            b"MM" => true,
            b"II" => false,
            _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "no TIFF byte order mark")),
        };
        let mut directories = Self { data, big_endian, waiting: Vec::new(), visited: Vec::new() };
        let first = directories.u32(&header[4..8]);
        directories.waiting.push(first.into());
        Ok(directories)
    }

    /// The next directory, in the order main chain before sub-directories. `None` when all have been visited.
    pub(crate) fn next_directory(&mut self) -> io::Result<Option<Directory>> {
        while let Some(offset) = self.waiting.pop() {
            if offset == 0 || self.visited.contains(&offset) || self.visited.len() >= MAX_DIRECTORIES {
                continue;
            }
            self.visited.push(offset);
            let (directory, next) = self.read_directory(offset)?;
            for tag in [tag::EXIF_DIRECTORY, tag::SUB_DIRECTORIES] {
                self.waiting.extend(directory.numbers(tag).iter().rev());
            }
            self.waiting.push(next);
            return Ok(Some(directory));
        }
        Ok(None)
    }

    fn read_directory(&mut self, offset: u64) -> io::Result<(Directory, u64)> {
        self.data.seek(SeekFrom::Start(offset))?;
        let mut count = [0; 2];
        self.data.read_exact(&mut count)?;
        let count = usize::from(self.u16(&count).min(MAX_ENTRIES));
        let mut table = vec![0; count * ENTRY_BYTES];
        self.data.read_exact(&mut table)?;
        let mut next = [0; 4];
        // Cameras forget the offset of the next directory at the very end of a block.
        let next = self.data.read_exact(&mut next).map_or(0, |()| u64::from(self.u32(&next)));
        let mut directory = Directory::default();
        for (index, raw) in table.chunks_exact(ENTRY_BYTES).enumerate() {
            let place = offset + 2 + (index * ENTRY_BYTES) as u64;
            // An entry that points outside the data is worth nothing, but says nothing about the others.
            if let Ok(Some(entry)) = self.read_entry(raw, place) {
                directory.entries.push(entry);
            }
        }
        Ok((directory, next))
    }

    fn read_entry(&mut self, raw: &[u8], place: u64) -> io::Result<Option<Entry>> {
        let (tag, kind, count) = (self.u16(&raw[..2]), self.u16(&raw[2..4]), self.u32(&raw[4..8]));
        let width: u64 = match kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 13 => 4,
            _ => return Ok(None),
        };
        let bytes = width * u64::from(count);
        let start = if bytes <= 4 { place + 8 } else { u64::from(self.u32(&raw[8..12])) };
        let mut entry = Entry { tag, values: Vec::new(), place: (start, bytes) };
        if width > 1 {
            let taken = usize::try_from(u64::from(count.min(MAX_VALUES)) * width).expect("a few values of a few bytes");
            let mut values = vec![0; taken];
            if bytes <= 4 {
                values.copy_from_slice(&raw[8..8 + taken]);
            } else {
                self.data.seek(SeekFrom::Start(start))?;
                self.data.read_exact(&mut values)?;
            }
            entry.values =
                values.chunks_exact(if width == 2 { 2 } else { 4 }).map(|value| self.number(value)).collect();
        }
        Ok(Some(entry))
    }

    fn number(&self, bytes: &[u8]) -> u64 {
        if bytes.len() == 2 { self.u16(bytes).into() } else { self.u32(bytes).into() }
    }

    fn u16(&self, bytes: &[u8]) -> u16 {
        let bytes = [bytes[0], bytes[1]];
        if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    fn u32(&self, bytes: &[u8]) -> u32 {
        let bytes = [bytes[0], bytes[1], bytes[2], bytes[3]];
        if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    #[test]
    fn a_circular_chain_ends() {
        // One directory of one entry, whose next directory is itself.
        let data = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0\x08\0\0\0";
        let mut directories = Directories::open(Cursor::new(&data[..])).unwrap();
        let first = directories.next_directory().unwrap().unwrap();
        assert_eq!(first.number(tag::ORIENTATION), Some(8));
        assert!(directories.next_directory().unwrap().is_none());
    }

    proptest! {
        #[test]
        fn arbitrary_data_never_panics(rest in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut data = b"II*\0\x08\0\0\0".to_vec();
            data.extend(rest);
            let mut directories = Directories::open(Cursor::new(data)).unwrap();
            while let Ok(Some(_)) = directories.next_directory() {}
        }
    }
}
