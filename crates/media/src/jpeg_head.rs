//! What stands in a JPEG before its first scan, segment by segment: all that programs need which read or write its metadata.
//!
//! A file that is told apart here is put together again byte for byte. Any other is refused, and left to programs that know
//! more of such files: bytes between segments, something behind the picture.

use std::io::{self, Read};

use memchr::memmem;

/// Longest head that is read, in bytes.
const MAX_HEAD_BYTES: usize = 16 << 20;

/// Adobe's colour transform decides how the scan is read, so this application segment belongs to the picture.
const ADOBE: u8 = 0xee;
const COMMENT: u8 = 0xfe;
const SCAN: u8 = 0xda;
const BEGIN: [u8; 2] = [0xff, 0xd8];
const END: [u8; 2] = [0xff, 0xd9];

/// The application segment of EXIF and XMP.
pub const APP1: u8 = 0xe1;
/// The application segment of colour profiles and of the index of further pictures.
pub const APP2: u8 = 0xe2;
/// The application segment of Photoshop's blocks, IPTC among them.
pub const APP13: u8 = 0xed;

/// A marker and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The second byte of the marker.
    pub marker: u8,
    /// What stands behind the segment's length, at most 65,533 bytes.
    pub payload: Vec<u8>,
}

impl Segment {
    /// Whether it is one for programs: an application segment, but for Adobe's, whose colour transform the picture needs.
    pub fn is_application(&self) -> bool {
        matches!(self.marker, 0xe0..=0xef) && self.marker != ADOBE
    }

    /// Whether it says something about the picture and is no part of it.
    pub fn is_metadata(&self) -> bool {
        is_metadata(self.marker)
    }
}

/// Whether a segment with this marker says something about the picture and is no part of it.
pub(crate) fn is_metadata(marker: u8) -> bool {
    (matches!(marker, 0xe0..=0xef) && marker != ADOBE) || marker == COMMENT
}

/// See the module's description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JpegHead {
    /// In their order; the last one is the header of the first scan.
    pub segments: Vec<Segment>,
}

impl JpegHead {
    /// Reads up to the data of the first scan. `None`: it is none, or none that is told apart here. Errors are the source's.
    pub fn read(from: &mut impl Read) -> io::Result<Option<Self>> {
        match Self::read_strictly(from) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            other => other,
        }
    }

    fn read_strictly(from: &mut impl Read) -> io::Result<Option<Self>> {
        let (mut begin, mut segments, mut length) = ([0; 2], Vec::new(), 0);
        from.read_exact(&mut begin)?;
        if begin != BEGIN {
            return Ok(None);
        }
        loop {
            let mut start = [0; 4];
            from.read_exact(&mut start)?;
            let [0xff, marker, high, low] = start else { return Ok(None) };
            let Some(count) = usize::from(u16::from_be_bytes([high, low])).checked_sub(2) else { return Ok(None) };
            length += count;
            if matches!(marker, 0 | 1 | 0xd0..=0xd9 | 0xff) || length > MAX_HEAD_BYTES {
                return Ok(None);
            }
            let mut payload = vec![0; count];
            from.read_exact(&mut payload)?;
            segments.push(Segment { marker, payload });
            if marker == SCAN {
                return Ok(Some(Self { segments }));
            }
        }
    }

    /// A whole file as its head and all that follows; `None` where more follows than one picture.
    pub fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let mut rest = bytes;
        let head = Self::read(&mut rest).ok()??;
        // Inside a scan, no such byte follows on 0xff.
        let is_all = memmem::find(rest, &END)? + END.len() == rest.len();
        is_all.then_some((head, rest))
    }

    /// Its bytes; the scan's follow on them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = BEGIN.to_vec();
        for Segment { marker, payload } in &self.segments {
            let length = u16::try_from(payload.len() + 2).unwrap_or(u16::MAX);
            bytes.extend([0xff, *marker]);
            bytes.extend(length.to_be_bytes());
            bytes.extend(payload);
        }
        bytes
    }

    /// A file that is over before its picture begins: enough for programs that change metadata.
    pub fn to_stub(&self) -> Vec<u8> {
        [self.to_bytes().as_slice(), &[0], &END].concat()
    }

    /// The segments that belong to the picture.
    pub fn of_picture(&self) -> impl Iterator<Item = &Segment> {
        self.segments.iter().filter(|segment| !is_metadata(segment.marker))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With EXIF, a table, a scan, and `behind`.
    fn jpeg(behind: &[u8]) -> Vec<u8> {
        let segments = [&BEGIN[..], &[0xff, 0xe1, 0, 4, 1, 2], &[0xff, 0xdb, 0, 3, 7], &[0xff, 0xda, 0, 2]].concat();
        [&segments[..], &[1, 0xff, 0, 2, 0xff, 0xd3, 3], &END, behind].concat()
    }

    #[test]
    fn it_is_told_apart_and_put_together() {
        let bytes = jpeg(b"");
        let (head, scan) = JpegHead::split(&bytes).unwrap();
        assert_eq!([head.to_bytes().as_slice(), scan].concat(), bytes);
        assert_eq!(scan, [1, 0xff, 0, 2, 0xff, 0xd3, 3, 0xff, 0xd9]);
        let markers: Vec<u8> = head.of_picture().map(|segment| segment.marker).collect();
        assert_eq!(markers, [0xdb, SCAN]);
        let (stub, _) = JpegHead::split(&head.to_stub()).map(|(head, rest)| (head, rest.to_vec())).unwrap();
        assert_eq!(stub, head);
    }

    #[test]
    fn what_has_more_in_it_is_refused() {
        assert!(JpegHead::split(&jpeg(b"film")).is_none());
        assert!(JpegHead::split(&jpeg(&jpeg(b""))).is_none(), "two pictures");
        let bytes = jpeg(b"");
        for length in 0..bytes.len() {
            assert!(JpegHead::split(&bytes[..length]).is_none(), "{length}");
        }
        let mut filled = bytes;
        filled.insert(2, 0xff);
        assert!(JpegHead::split(&filled).is_none());
    }
}
