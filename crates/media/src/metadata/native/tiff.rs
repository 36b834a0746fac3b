//! The TIFF structure: directories of entries which point at values. Works on a slice; every access is checked.

/// Directories with more entries than this are broken.
const MAX_ENTRIES: usize = 1024;

/// One value of a directory, not yet interpreted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// Number of the tag.
    pub(super) tag: u16,
    kind: u16,
    /// Number of elements.
    pub(super) count: usize,
    /// The bytes of the value, all `count` elements of it.
    pub(super) bytes: &'a [u8],
    /// Where the value starts, counted from the start of the TIFF data.
    pub(super) offset: usize,
    little: bool,
}

/// A directory: its readable entries, the offset of the next directory (0 if none), and whether every entry was readable.
#[derive(Debug, Default)]
pub(super) struct Directory<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    pub(super) next: usize,
    pub(super) sound: bool,
}

impl<'a> Directory<'a> {
    /// The entry with this tag number; the last one, if it is there more than once.
    pub(super) fn get(&self, tag: u16) -> Option<&Entry<'a>> {
        self.entries.iter().rev().find(|entry| entry.tag == tag)
    }
}

/// TIFF data, starting at its byte order mark.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tiff<'a> {
    bytes: &'a [u8],
    little: bool,
}

impl<'a> Tiff<'a> {
    /// Checks the byte order mark. Raw formats put numbers of their own in place of 42.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        match bytes.get(..4)? {
            [b'I', b'I', ..] => Some(Self { bytes, little: true }),
            [b'M', b'M', ..] => Some(Self { bytes, little: false }),
            _ => None,
        }
    }

    /// Data without a byte order mark of its own, such as a maker note.
    pub(super) fn headless(bytes: &'a [u8], little: bool) -> Self {
        Self { bytes, little }
    }

    /// Offset of the first directory.
    pub(super) fn first(&self) -> usize {
        self.u32(4).map_or(0, |offset| offset as usize)
    }

    /// The directory at `offset`. `None` if not even its length can be read.
    pub(super) fn directory(&self, offset: usize) -> Option<Directory<'a>> {
        if offset == 0 {
            return None;
        }
        let count = usize::from(self.u16(offset)?);
        if count > MAX_ENTRIES {
            return None;
        }
        let start = offset + 2;
        let entries: Vec<_> = (0..count).filter_map(|index| self.entry(start + index * 12)).collect();
        let next = self.u32(start + count * 12).map_or(0, |next| next as usize);
        Some(Directory { sound: entries.len() == count, entries, next })
    }

    fn entry(&self, at: usize) -> Option<Entry<'a>> {
        let (tag, kind, count) = (self.u16(at)?, self.u16(at + 2)?, self.u32(at + 4)? as usize);
        let size = match kind {
            1 | 2 | 6 | 7 | 129 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 => 8,
            _ => return None,
        };
        let length = count.checked_mul(size)?;
        let offset = if length <= 4 { at + 8 } else { self.u32(at + 8)? as usize };
        let bytes = self.bytes.get(offset..offset.checked_add(length)?)?;
        Some(Entry { tag, kind, count, bytes, offset, little: self.little })
    }

    fn u16(&self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn u32(&self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }
}

impl<'a> Entry<'a> {
    /// The text of an ASCII value, up to its first NUL, if it is UTF-8.
    pub(super) fn text(&self) -> Option<&'a str> {
        if !matches!(self.kind, 2 | 129) {
            return None;
        }
        super::text::until_nul(self.bytes)
    }

    /// The unsigned integer of a value with one element.
    pub(super) fn unsigned(&self) -> Option<u32> {
        if self.count == 1 { self.unsigned_at(0) } else { None }
    }

    /// The unsigned integer at `index`.
    pub(super) fn unsigned_at(&self, index: usize) -> Option<u32> {
        match self.kind {
            1 | 7 => self.bytes.get(index).copied().map(u32::from),
            3 => {
                let bytes = *self.bytes.get(index * 2..)?.first_chunk()?;
                Some(u32::from(if self.little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) }))
            }
            4 | 13 => self.word(index * 4),
            _ => None,
        }
    }

    /// The fraction at `index`, rounded as exiftool rounds it; `None` for a denominator of 0.
    pub(super) fn fraction(&self, index: usize) -> Option<f64> {
        let (above, below) = (self.word(index.checked_mul(8)?)?, self.word(index * 8 + 4)?);
        if below == 0 {
            return None;
        }
        let quotient = match self.kind {
            5 => f64::from(above) / f64::from(below),
            10 => f64::from(above as i32) / f64::from(below as i32),
            _ => return None,
        };
        Some(super::text::significant(quotient, 10))
    }

    fn word(&self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_both_byte_orders() {
        let little =
            [b"II*\0\x08\0\0\0".as_slice(), b"\x01\0", b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0", b"\0\0\0\0"].concat();
        let big =
            [b"MM\0*\0\0\0\x08".as_slice(), b"\0\x01", b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0", b"\0\0\0\0"].concat();
        for bytes in [little, big] {
            let tiff = Tiff::parse(&bytes).unwrap();
            let directory = tiff.directory(tiff.first()).unwrap();
            assert!(directory.sound);
            assert_eq!(directory.get(0x112).unwrap().unsigned(), Some(6));
        }
    }

    #[test]
    fn a_count_of_four_billion_is_refused() {
        let bytes =
            [b"II*\0\x08\0\0\0".as_slice(), b"\x01\0", b"\x0e\x01\x05\0\xff\xff\xff\xff\x1a\0\0\0", b"\0\0\0\0"]
                .concat();
        let tiff = Tiff::parse(&bytes).unwrap();
        let directory = tiff.directory(8).unwrap();
        assert!(directory.entries.is_empty() && !directory.sound);
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0usize..300) {
            let tiff = Tiff::headless(&bytes, at % 2 == 0);
            if let Some(directory) = tiff.directory(at) {
                for entry in &directory.entries {
                    let _ = (entry.text(), entry.unsigned(), entry.fraction(0), entry.unsigned_at(at));
                }
            }
        }
    }
}
