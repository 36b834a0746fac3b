//! Finds the short video inside Android motion photos, which are a JPEG or HEIC with an MP4 behind or in it.
//!
//! Three ways are known: XMP that says how many bytes at the end of the file are the video (Google and most others),
//! a box of its own in HEIC files, and Samsung's trailer. Whatever a file claims, only a place where an MP4 begins is
//! reported.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::sniff::{self, Container};

/// How far into a file XMP is looked for, in bytes. Cameras write it before the pixels.
const SEARCH_BYTES: u64 = 1 << 20;

/// How many boxes of a HEIC file are visited at most.
const MAX_BOXES: usize = 256;

/// How many entries of Samsung's trailer are read at most.
const MAX_TRAILER_ENTRIES: u32 = 256;

/// How many items of an XMP directory are taken at most.
const MAX_ITEMS: usize = 64;

/// Length of the end of Samsung's trailer: its size and its mark.
const TRAILER_END_BYTES: u64 = 8;

/// Bytes of an entry in the directory of Samsung's trailer.
const TRAILER_ENTRY_BYTES: u64 = 12;

/// The name of the video in Samsung's trailer.
const TRAILER_VIDEO_NAME: &[u8] = b"MotionPhoto_Data";

/// Where in a file the video is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbeddedVideo {
    /// Bytes from the start of the file.
    pub offset: u64,
    /// Bytes of the video.
    pub length: u64,
}

/// Finds the MP4 in a motion photo. `None` for files that are no motion photos, or whose video is missing.
///
/// Reads little, however large the file. Fails only if the file cannot be read.
pub fn embedded_video(path: &Path) -> Result<Option<EmbeddedVideo>, io::Error> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    find(&mut file, size)
}

fn find(file: &mut (impl Read + Seek), size: u64) -> io::Result<Option<EmbeddedVideo>> {
    let mut head = Vec::new();
    file.by_ref().take(SEARCH_BYTES).read_to_end(&mut head)?;
    let mut candidates = Vec::new();
    match sniff::sniff(&head) {
        Some(Container::Jpeg) => {}
        Some(Container::Heif | Container::Avif) => candidates.extend(video_box(file, size)?),
        _ => return Ok(None),
    }
    candidates.extend(claimed_by_xmp(&head, size));
    candidates.extend(in_trailer(file, size)?);
    for video in candidates {
        if is_video(file, size, video)? {
            return Ok(Some(video));
        }
    }
    Ok(None)
}

/// Whether an MP4 begins there, and the place is inside the file.
fn is_video(file: &mut (impl Read + Seek), size: u64, video: EmbeddedVideo) -> io::Result<bool> {
    if video.length < 8 || video.offset.checked_add(video.length).is_none_or(|end| end > size) {
        return Ok(false);
    }
    Ok(read_at::<8>(file, video.offset)?.is_some_and(|start| &start[4..] == b"ftyp"))
}

/// The bytes at a place; `None` where the file is too short.
fn read_at<const N: usize>(file: &mut (impl Read + Seek), offset: u64) -> io::Result<Option<[u8; N]>> {
    let mut bytes = [0; N];
    file.seek(SeekFrom::Start(offset))?;
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// The body of the top-level box `mpvd`.
fn video_box(file: &mut (impl Read + Seek), size: u64) -> io::Result<Option<EmbeddedVideo>> {
    let mut position = 0;
    for _ in 0..MAX_BOXES {
        let Some(header) = read_at::<8>(file, position)? else { return Ok(None) };
        let [l3, l2, l1, l0, name @ ..] = header;
        let (header_bytes, length) = match u32::from_be_bytes([l3, l2, l1, l0]) {
            0 => (8, size - position),
            1 => (16, read_at::<8>(file, position + 8)?.map_or(0, u64::from_be_bytes)),
            length => (8, length.into()),
        };
        if length < header_bytes || length > size - position {
            return Ok(None);
        }
        if &name == b"mpvd" {
            return Ok(Some(EmbeddedVideo { offset: position + header_bytes, length: length - header_bytes }));
        }
        position += length;
    }
    Ok(None)
}

/// What XMP says about the parts of the file.
#[derive(Debug, Default)]
struct Claims {
    is_motion_photo: bool,
    /// Bytes from the start of the video to the end of the file.
    micro_video_offset: Option<u64>,
    /// The parts behind each other, from the picture on.
    items: Vec<Item>,
}

#[derive(Debug, Default)]
struct Item {
    is_video: bool,
    length: u64,
    padding: u64,
}

/// The places XMP claims, the more trustworthy first.
fn claimed_by_xmp(head: &[u8], size: u64) -> Vec<EmbeddedVideo> {
    let Some(claims) = xmp(head).map(read_claims).filter(|claims| claims.is_motion_photo) else { return Vec::new() };
    let mut places = Vec::new();
    let mut end = size;
    for item in claims.items.iter().rev() {
        if item.is_video {
            // Writers disagree on whether the padding lies behind the video or is to be skipped in front of it.
            for length in [item.length, item.length.saturating_add(item.padding)] {
                places.extend(end.checked_sub(length).map(|offset| EmbeddedVideo { offset, length }));
            }
        }
        end = end.saturating_sub(item.length).saturating_sub(item.padding);
    }
    if let Some(length) = claims.micro_video_offset {
        places.extend(size.checked_sub(length).map(|offset| EmbeddedVideo { offset, length }));
    }
    places
}

/// The first XMP packet in the bytes.
fn xmp(head: &[u8]) -> Option<&[u8]> {
    let start = memchr::memmem::find(head, b"<rdf:RDF")?;
    let length = memchr::memmem::find(&head[start..], b"</rdf:RDF>")?;
    Some(&head[start..start + length])
}

/// Reads the properties wherever they are, as attributes or as elements. Namespace prefixes vary, names do not.
fn read_claims(packet: &[u8]) -> Claims {
    let mut claims = Claims::default();
    let packet = String::from_utf8_lossy(packet);
    let mut reader = Reader::from_str(&packet);
    let mut name = String::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => {
                claims.take_attributes(&element);
                name = element.local_name().as_ref().to_owned();
            }
            Ok(Event::Empty(element)) => claims.take_attributes(&element),
            Ok(Event::Text(text)) => claims.take(&name, &text),
            Ok(Event::End(_)) => name.clear(),
            // Damaged XMP is used as far as it goes.
            Ok(Event::Eof) | Err(_) => return claims,
            Ok(_) => {}
        }
    }
}

impl Claims {
    fn take_attributes(&mut self, element: &BytesStart<'_>) {
        let attributes = element.attributes().flatten();
        let mut item = None::<Item>;
        for attribute in attributes {
            let (name, value) = (attribute.key.local_name(), attribute.value.as_ref());
            match name.as_ref() {
                "Semantic" => item.get_or_insert_default().is_video = value == "MotionPhoto",
                "Length" => item.get_or_insert_default().length = number(value).unwrap_or_default(),
                "Padding" => item.get_or_insert_default().padding = number(value).unwrap_or_default(),
                other => self.take(other, value),
            }
        }
        if self.items.len() < MAX_ITEMS {
            self.items.extend(item);
        }
    }

    fn take(&mut self, name: &str, value: &str) {
        match name {
            "MotionPhoto" | "MicroVideo" => self.is_motion_photo |= number(value) == Some(1),
            "MicroVideoOffset" => self.micro_video_offset = number(value),
            _ => {}
        }
    }
}

fn number(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// Looks into Samsung's trailer: at the very end its size and `SEFT`; before that a directory that begins with `SEFH`,
/// whose entries say how far before it their data begin.
fn in_trailer(file: &mut (impl Read + Seek), size: u64) -> io::Result<Option<EmbeddedVideo>> {
    let Some(end_at) = size.checked_sub(TRAILER_END_BYTES) else { return Ok(None) };
    let Some([s0, s1, s2, s3, mark @ ..]) = read_at::<8>(file, end_at)? else { return Ok(None) };
    let directory_bytes = u32::from_le_bytes([s0, s1, s2, s3]).into();
    let Some(directory_at) = end_at.checked_sub(directory_bytes).filter(|_| &mark == b"SEFT") else { return Ok(None) };
    let Some(header) = read_at::<12>(file, directory_at)? else { return Ok(None) };
    if !header.starts_with(b"SEFH") {
        return Ok(None);
    }
    let [.., c0, c1, c2, c3] = header;
    for index in 0..u32::from_le_bytes([c0, c1, c2, c3]).min(MAX_TRAILER_ENTRIES) {
        let at = directory_at + 12 + u64::from(index) * TRAILER_ENTRY_BYTES;
        let Some([_, _, _, _, o0, o1, o2, o3, l0, l1, l2, l3]) = read_at::<12>(file, at)? else { return Ok(None) };
        let (back, length) = (u32::from_le_bytes([o0, o1, o2, o3]), u32::from_le_bytes([l0, l1, l2, l3]));
        if let Some(start) = directory_at.checked_sub(back.into())
            && let Some(video) = trailer_video(file, start, length.into())?
        {
            return Ok(Some(video));
        }
    }
    Ok(None)
}

/// One block of the trailer: four bytes of type, the length of its name, its name, its data.
fn trailer_video(file: &mut (impl Read + Seek), start: u64, length: u64) -> io::Result<Option<EmbeddedVideo>> {
    const NAME_BYTES: usize = TRAILER_VIDEO_NAME.len();
    let Some(block) = read_at::<{ 8 + NAME_BYTES }>(file, start)? else { return Ok(None) };
    let is_video = block[4..8] == (NAME_BYTES as u32).to_le_bytes() && &block[8..] == TRAILER_VIDEO_NAME;
    let header = block.len() as u64;
    Ok((is_video && length > header).then(|| EmbeddedVideo { offset: start + header, length: length - header }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    const VIDEO: &[u8] = b"\0\0\0\x10ftypmp42\0\0\0\0\0\0\0\x08mdat";

    fn found(bytes: &[u8]) -> Option<EmbeddedVideo> {
        find(&mut Cursor::new(bytes), bytes.len() as u64).unwrap()
    }

    fn jpeg_with(rdf: &str) -> Vec<u8> {
        format!(
            "\u{0}http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><rdf:RDF><rdf:Description {rdf}</rdf:RDF></x:xmpmeta>pixels"
        )
        .bytes()
        .fold(b"\xff\xd8\xff\xe1".to_vec(), |mut bytes, byte| {
            bytes.push(byte);
            bytes
        })
    }

    #[test]
    fn micro_videos_are_found_by_their_offset() {
        let rdf = format!("GCamera:MicroVideo=\"1\" GCamera:MicroVideoOffset=\"{}\"/>", VIDEO.len());
        let mut bytes = jpeg_with(&rdf);
        let offset = bytes.len() as u64;
        assert_eq!(found(&bytes), None, "the video is missing");
        bytes.extend_from_slice(VIDEO);
        assert_eq!(found(&bytes), Some(EmbeddedVideo { offset, length: VIDEO.len() as u64 }));
        let off = rdf.replace("MicroVideo=\"1\"", "MicroVideo=\"0\"");
        assert_eq!(found(&[jpeg_with(&off), VIDEO.to_vec()].concat()), None, "it is said to be none");
    }

    #[test]
    fn motion_photos_are_found_by_their_directory() {
        let rdf = format!(
            "><Camera:MotionPhoto>1</Camera:MotionPhoto><Container:Directory><rdf:Seq><rdf:li><Container:Item \
             Item:Semantic=\"Primary\" Item:Padding=\"3\"/></rdf:li><rdf:li><Container:Item Item:Mime=\"video/mp4\" \
             Item:Semantic=\"MotionPhoto\" Item:Length=\"{}\" Item:Padding=\"0\"/></rdf:li><rdf:li><Container:Item \
             Item:Semantic=\"Depth\" Item:Length=\"5\"/></rdf:li></rdf:Seq></Container:Directory></rdf:Description>",
            VIDEO.len()
        );
        let mut bytes = jpeg_with(&rdf);
        let offset = bytes.len() as u64;
        bytes.extend_from_slice(VIDEO);
        bytes.extend_from_slice(b"depth");
        assert_eq!(found(&bytes), Some(EmbeddedVideo { offset, length: VIDEO.len() as u64 }));
    }

    #[test]
    fn samsung_trailers_are_read() {
        let mut bytes = b"\xff\xd8\xff\xe0picture".to_vec();
        let start = bytes.len();
        bytes.extend_from_slice(b"\0\0\x30\x0a\x10\0\0\0MotionPhoto_Data");
        let offset = bytes.len() as u64;
        bytes.extend_from_slice(VIDEO);
        let directory = bytes.len();
        bytes.extend_from_slice(b"SEFH\x6b\0\0\0\x01\0\0\0\0\0\x30\x0a");
        bytes.extend_from_slice(&u32::try_from(directory - start).unwrap().to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(directory - start).unwrap().to_le_bytes());
        bytes.extend_from_slice(b"\x18\0\0\0SEFT");
        assert_eq!(found(&bytes), Some(EmbeddedVideo { offset, length: VIDEO.len() as u64 }));
        bytes[start + 9] = b'x';
        assert_eq!(found(&bytes), None);
    }

    #[test]
    fn heic_files_have_a_box_for_it() {
        let mut bytes = b"\0\0\0\x10ftypheic\0\0\0\0\0\0\0\x09mdat.".to_vec();
        bytes.extend_from_slice(&u32::try_from(8 + VIDEO.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(b"mpvd");
        let offset = bytes.len() as u64;
        bytes.extend_from_slice(VIDEO);
        assert_eq!(found(&bytes), Some(EmbeddedVideo { offset, length: VIDEO.len() as u64 }));
    }

    #[test]
    fn other_files_have_none() {
        assert_eq!(found(b""), None);
        assert_eq!(found(&[b"\x89PNG\r\n\x1a\n", VIDEO].concat()), None);
        assert_eq!(found(&[jpeg_with("/>"), VIDEO.to_vec()].concat()), None);
    }

    proptest! {
        #[test]
        fn arbitrary_claims_never_panic(
            length in any::<u64>(),
            padding in any::<u64>(),
            tail in proptest::collection::vec(any::<u8>(), 0..100),
        ) {
            let rdf = format!(
                "MotionPhoto='1' MicroVideoOffset='{length}'/><i Semantic='MotionPhoto' Length='{length}' Padding='{padding}'/>"
            );
            let mut bytes = jpeg_with(&rdf);
            bytes.extend(tail);
            let _ = found(&bytes);
        }

        #[test]
        fn arbitrary_boxes_and_trailers_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..200)) {
            for start in [&b"\0\0\0\x10ftypheic\0\0\0\0"[..], b"\xff\xd8\xff\xe0SEFH\0\0\0\0"] {
                let mut bytes = start.to_vec();
                bytes.extend(&tail);
                bytes.extend_from_slice(b"\x20\0\0\0SEFT");
                let _ = found(&bytes);
            }
        }
    }
}
