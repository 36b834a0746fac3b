//! Walks through a JPEG by its markers, from the first picture's start to its end.

use memchr::memchr;

/// What the markers of a JPEG tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct JpegWalk {
    /// As stored, in pixels; zero if there is no frame.
    pub(crate) width: u32,
    /// As stored, in pixels.
    pub(crate) height: u32,
    /// Bits of a sample.
    pub(crate) depth: u8,
    /// A directory of further pictures behind this one.
    pub(crate) has_picture_directory: bool,
    /// What a brighter screen may show is described in it.
    pub(crate) has_gain_map: bool,
    /// Where the first picture ends, in bytes from the start; `None` if it does not.
    pub(crate) end: Option<usize>,
}

const PICTURE_DIRECTORY: &[u8] = b"MPF\0";
const GAIN_MAP_STANDARD: &[u8] = b"urn:iso:std:iso:ts:21496:-1";
const GAIN_MAP_NAMES: [&[u8]; 2] = [b"hdr-gain-map", b"HDRGainMap"];

/// Walks the markers. Stops where the file makes no sense any more; `None` if it is no JPEG.
pub(crate) fn walk(bytes: &[u8]) -> Option<JpegWalk> {
    let mut walk = JpegWalk::default();
    if !bytes.starts_with(b"\xff\xd8") {
        return None;
    }
    let mut at = 2;
    while let Some((marker, behind)) = next_marker(bytes, at) {
        at = behind;
        match marker {
            0xd9 => {
                walk.end = Some(at);
                return Some(walk);
            }
            // Markers without a body.
            0x01 | 0xd0..=0xd8 => {}
            _ => {
                let Some(body) = body(bytes, at) else { return Some(walk) };
                walk.take(marker, body);
                at += 2 + body.len();
            }
        }
    }
    Some(walk)
}

impl JpegWalk {
    fn take(&mut self, marker: u8, body: &[u8]) {
        match (marker, body) {
            // Start of frame, of every kind: not DHT, JPG and DAC, which lie in between.
            (0xc0..=0xcf, &[depth, h1, h0, w1, w0, ..]) if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                self.depth = depth;
                self.height = u16::from_be_bytes([h1, h0]).into();
                self.width = u16::from_be_bytes([w1, w0]).into();
            }
            (0xe2, body) if body.starts_with(PICTURE_DIRECTORY) => self.has_picture_directory = true,
            (0xe2, body) if body.starts_with(GAIN_MAP_STANDARD) => self.has_gain_map = true,
            (0xe1, body) => {
                self.has_gain_map |= GAIN_MAP_NAMES.iter().any(|name| memchr::memmem::find(body, name).is_some());
            }
            _ => {}
        }
    }
}

/// The next marker at or behind a place, past entropy-coded data, and where its body would begin.
fn next_marker(bytes: &[u8], mut at: usize) -> Option<(u8, usize)> {
    loop {
        at += memchr(0xff, bytes.get(at..)?)?;
        match bytes.get(at + 1)? {
            // A sample that happens to be 255; a restart is part of the data, too.
            0x00 => at += 2,
            0xff => at += 1,
            &marker => return Some((marker, at + 2)),
        }
    }
}

/// What follows the length of a segment.
fn body(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let length = usize::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    bytes.get(at + 2..at + length.max(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEAD: &[u8] = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc2\0\x0b\x08\0\x02\0\x03\x01\x01\x11\0";

    #[test]
    fn the_end_is_that_of_the_first_picture() {
        let scan = b"\xff\xda\0\x03x12\xff\0\xff\xd3\xff\xff\xda\0\x02more";
        let whole = [HEAD, scan, b"\xff\xd9", b"\xff\xd8tail\xff\xd9"].concat();
        let walked = walk(&whole).unwrap();
        assert_eq!((walked.width, walked.height, walked.depth), (3, 2, 8));
        assert_eq!(walked.end, Some(HEAD.len() + scan.len() + 2));
        assert_eq!(walk(&[HEAD, scan].concat()).unwrap().end, None, "it is cut off");
        assert_eq!(walk(b"\x89PNG"), None);
    }

    #[test]
    fn further_pictures_and_gain_maps_are_seen() {
        let with = |segment: &[u8]| walk(&[b"\xff\xd8", segment, b"\xff\xd9"].concat()).unwrap();
        assert!(with(b"\xff\xe2\0\x08MPF\0ab").has_picture_directory);
        assert!(with(b"\xff\xe1\0\x11ns hdr-gain-map").has_gain_map);
        assert!(with(b"\xff\xe2\0\x1durn:iso:std:iso:ts:21496:-1").has_gain_map);
        assert_eq!(with(b"\xff\xe1\0\x08ns:hdr"), JpegWalk { end: Some(14), ..JpegWalk::default() });
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(tail in proptest::collection::vec(prop_oneof![Just(0xff), any::<u8>()], 0..200)) {
            let bytes = [b"\xff\xd8".to_vec(), tail].concat();
            prop_assert!(walk(&bytes).unwrap().end.is_none_or(|end| end <= bytes.len()));
        }
    }
}
