//! Reads the marker segments of a JPEG, without decoding: size, orientation, colour profile, number of scans.

use std::ops::Range;

use crate::pictures::colour_profile;
use crate::pictures::error::PictureError;
use crate::pictures::orientation::Orientation;

/// How many scans a JPEG may have. Progressive encoders write about ten; every further one costs a pass over the whole
/// picture, which a few bytes in a file can demand thousands of times.
pub(crate) const MAX_JPEG_SCANS: u32 = 100;

/// How many segments are read between two scans at most.
const MAX_SEGMENTS: usize = 4096;

/// How many bytes of colour profile are put together from its segments at most.
const MAX_PROFILE_BYTES: usize = 4 << 20;

const EXIF_PREFIX: &[u8] = b"Exif\0\0";
const PROFILE_PREFIX: &[u8] = b"ICC_PROFILE\0";
const ADOBE_PREFIX: &[u8] = b"Adobe";

/// What the segments of a JPEG say about it.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    /// Width as stored, in pixels.
    pub(crate) width: u32,
    /// Height as stored, in pixels.
    pub(crate) height: u32,
    /// Number of colour components: 1, 3 or 4.
    pub(crate) components: u8,
    /// Sequential, 8 bits, Huffman-coded: what the reducing decoder can do.
    pub(crate) baseline: bool,
    /// Sequential or progressive with Huffman codes, i.e. a picture and not the raw data of a camera.
    pub(crate) common: bool,
    /// Colour transform of the Adobe segment, if there is one: 0 none, 1 YCC, 2 YCCK.
    pub(crate) adobe_transform: Option<u8>,
    /// How the picture has to be turned.
    pub(crate) orientation: Orientation,
    /// Embedded colour profile, put together from its segments.
    pub(crate) icc: Option<Vec<u8>>,
    /// The file goes on to the end-of-image marker; files whose copying was interrupted do not.
    pub(crate) complete: bool,
    /// Bytes of entropy-coded data, all scans together.
    pub(crate) scan_bytes: usize,
}

impl Summary {
    /// Reads all segments. Fails if there is no picture, or if there are more than [`MAX_JPEG_SCANS`] scans.
    pub(crate) fn read(jpeg: &[u8]) -> Result<Self, PictureError> {
        let mut summary = Self::default();
        let mut profile = Vec::new();
        let mut scans = 0;
        let mut segments = Segments::new(jpeg);
        while let Some(segment) = segments.next() {
            match segment.marker {
                0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                    summary.frame(&jpeg[segment.body], segment.marker)?;
                }
                0xda => {
                    scans += 1;
                    if scans > MAX_JPEG_SCANS {
                        let (found, limit) = (scans.into(), MAX_JPEG_SCANS.into());
                        return Err(PictureError::TooComplex { what: "scans of a JPEG", found, limit });
                    }
                    summary.scan_bytes += segments.skip_scan();
                }
                0xe1 if jpeg[segment.body.clone()].starts_with(EXIF_PREFIX) => {
                    summary.orientation = Orientation::from_exif_block(&jpeg[segment.body][EXIF_PREFIX.len()..]);
                }
                0xe2 if profile.len() < MAX_PROFILE_BYTES => profile.extend(profile_part(&jpeg[segment.body])),
                0xee if jpeg[segment.body.clone()].starts_with(ADOBE_PREFIX) => {
                    summary.adobe_transform = jpeg[segment.body].get(11).copied();
                }
                0xd9 => {
                    summary.complete = true;
                    break;
                }
                _ => {}
            }
        }
        if summary.width == 0 || summary.height == 0 || scans == 0 {
            return Err(PictureError::damaged("JPEG", "there is no picture in it"));
        }
        summary.icc = colour_profile::worth_keeping(assemble(profile));
        Ok(summary)
    }

    fn frame(&mut self, body: &[u8], marker: u8) -> Result<(), PictureError> {
        let &[precision, h1, h0, w1, w0, components, ..] = body else {
            return Err(PictureError::damaged("JPEG", "the frame header is too short"));
        };
        self.width = u16::from_be_bytes([w1, w0]).into();
        self.height = u16::from_be_bytes([h1, h0]).into();
        self.components = components;
        self.baseline = marker <= 0xc1 && precision == 8;
        self.common = marker <= 0xc2;
        Ok(())
    }
}

/// Number and bytes of one part of a profile.
fn profile_part(body: &[u8]) -> Option<(u8, Vec<u8>)> {
    let &[number, _, ref part @ ..] = body.strip_prefix(PROFILE_PREFIX)? else { return None };
    Some((number, part.to_vec()))
}

fn assemble(mut parts: Vec<(u8, Vec<u8>)>) -> Option<Vec<u8>> {
    parts.sort_by_key(|&(number, _)| number);
    let whole: Vec<u8> = parts.into_iter().flat_map(|(_, part)| part).take(MAX_PROFILE_BYTES).collect();
    (!whole.is_empty()).then_some(whole)
}

/// One marker segment.
#[derive(Debug)]
pub(super) struct Segment {
    /// The second byte of the marker.
    pub(super) marker: u8,
    /// Where its body is; empty for markers that have none.
    pub(super) body: Range<usize>,
}

/// Goes through the segments of a JPEG in order.
#[derive(Debug)]
pub(super) struct Segments<'a> {
    jpeg: &'a [u8],
    position: usize,
    /// Segments left to read before the next scan.
    left: usize,
}

impl<'a> Segments<'a> {
    pub(super) fn new(jpeg: &'a [u8]) -> Self {
        Self { jpeg, position: 0, left: MAX_SEGMENTS }
    }

    /// The next segment; `None` at the end of the data, or where they are too damaged to go on.
    pub(super) fn next(&mut self) -> Option<Segment> {
        self.left = self.left.checked_sub(1)?;
        // Between segments there may be fill bytes, and in damaged files anything.
        self.position += memchr::memchr(0xff, self.jpeg.get(self.position..)?)?;
        self.position += self.jpeg[self.position..].iter().position(|&byte| byte != 0xff)?;
        let marker = self.jpeg[self.position];
        self.position += 1;
        if matches!(marker, 0x00 | 0x01 | 0xd0..=0xd9) {
            return Some(Segment { marker, body: self.position..self.position });
        }
        let length = self.jpeg.get(self.position..self.position + 2)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let body = self.position + 2..self.position + length.max(2);
        self.position = body.end;
        (body.end <= self.jpeg.len()).then_some(Segment { marker, body })
    }

    /// Moves from the end of a scan header over the entropy-coded data to the next marker. Returns how many bytes that
    /// were.
    pub(super) fn skip_scan(&mut self) -> usize {
        self.left = MAX_SEGMENTS;
        let start = self.position;
        let data = self.jpeg.get(start..).unwrap_or_default();
        // A zero behind 0xff is a stuffed byte, 0xd0 to 0xd7 are restart markers; both belong to the scan.
        let next = memchr::memchr_iter(0xff, data)
            .find(|&index| !matches!(data.get(index + 1), None | Some(0x00 | 0xd0..=0xd7 | 0xff)));
        let skipped = next.unwrap_or(data.len());
        self.position = start + skipped;
        skipped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A JPEG's segments without pixels: `scans` empty scans.
    pub(crate) fn skeleton(scans: usize) -> Vec<u8> {
        let mut jpeg = b"\xff\xd8\xff\xc2\0\x11\x08\0\x10\0\x20\x03\x01\x22\0\x02\x11\x01\x03\x11\x01".to_vec();
        for _ in 0..scans {
            jpeg.extend_from_slice(b"\xff\xda\0\x0c\x03\x01\0\x02\x11\x03\x11\0\x3f\0\x12\xff\0\xff\xd0\x34");
        }
        jpeg.extend_from_slice(b"\xff\xd9");
        jpeg
    }

    #[test]
    fn sizes_and_scans_are_read() {
        let summary = Summary::read(&skeleton(3)).unwrap();
        assert_eq!((summary.width, summary.height, summary.components), (32, 16, 3));
        assert!(!summary.baseline && summary.common && summary.complete);
        assert_eq!(summary.scan_bytes, 3 * 6);
        assert!(!Summary::read(&skeleton(3)[..40]).unwrap().complete);
    }

    #[test]
    fn thousands_of_scans_are_refused() {
        assert!(Summary::read(&skeleton(MAX_JPEG_SCANS as usize)).is_ok());
        let error = Summary::read(&skeleton(5000)).unwrap_err();
        assert!(matches!(error, PictureError::TooComplex { limit: 100, .. }), "{error}");
    }

    #[test]
    fn profiles_are_put_together_in_order() {
        let mut body = PROFILE_PREFIX.to_vec();
        body.extend_from_slice(b"\x02\x02def");
        let mut parts = vec![profile_part(&body).unwrap()];
        body.truncate(PROFILE_PREFIX.len());
        body.extend_from_slice(b"\x01\x02abc");
        parts.push(profile_part(&body).unwrap());
        assert_eq!(assemble(parts).as_deref(), Some(&b"abcdef"[..]));
    }

    proptest! {
        #[test]
        fn arbitrary_segments_never_panic(rest in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut jpeg = b"\xff\xd8\xff".to_vec();
            jpeg.extend(rest);
            let _ = Summary::read(&jpeg);
        }
    }
}
