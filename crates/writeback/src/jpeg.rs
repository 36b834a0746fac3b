//! What a JPEG says, read without exiftool, which takes ten milliseconds for each; and XMP put into it.
//!
//! [`state`] claims to know all that exiftool would say. Where a file holds anything that it does not understand, above all XMP
//! of other programs, it says nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use tintype_media::jpeg_head::{APP1, APP2, APP13, JpegHead, Segment};
use tintype_media::metadata::{exif_words, iptc_words};

use crate::state::State;
use crate::tag::Tag;
use crate::value::Value;
use crate::xmp;

const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// XMP that has no room in one segment.
const MORE_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
/// Where further pictures stand (CIPA DC-007).
const MPF: &[u8] = b"MPF\0";

/// Longest packet that has room in its segment (XMP specification part 3, section 1.1.3).
const MAX_PACKET_BYTES: usize = 65_502;

/// Application segments without any of the tags: thumbnails, colours, indexes of further pictures, encoder settings.
const HARMLESS: [&[u8]; 5] = [b"JFIF\0", b"JFXX\0", b"ICC_PROFILE\0", MPF, b"Ducky"];

/// What a file says, if it is a JPEG and that is certain.
pub(crate) fn state_of(path: &Path) -> io::Result<Option<State>> {
    let head = JpegHead::read(&mut BufReader::new(File::open(path)?))?;
    Ok(head.as_ref().and_then(state))
}

/// What is said by what stands before the picture, if that is certain.
pub(crate) fn state(head: &JpegHead) -> Option<State> {
    let mut said = State::default();
    let (mut exif, mut packet, mut photoshop) = (None, None, None);
    for segment in head.segments.iter().filter(|segment| segment.is_application()) {
        let payload = segment.payload.as_slice();
        let slot = match segment.marker {
            APP1 if payload.starts_with(EXIF) => &mut exif,
            APP1 if payload.starts_with(XMP) => &mut packet,
            APP13 => &mut photoshop,
            _ if HARMLESS.iter().any(|start| payload.starts_with(start)) => continue,
            _ => return None,
        };
        if slot.replace(payload).is_some() {
            return None;
        }
    }
    if let Some(block) = exif {
        for (name, text) in exif_words(&block[EXIF.len()..])? {
            said.values.insert(Tag::named(name)?, Value::Text(text));
        }
    }
    if let Some(packet) = packet {
        said.values.extend(xmp::read(&packet[XMP.len()..])?);
    }
    if let Some(segment) = photoshop {
        let words = iptc_words(segment)?;
        said.has_other_iptc = words.is_beyond_ascii;
        if !words.keywords.is_empty() {
            said.values.insert(Tag::IptcKeywords, Value::List(words.keywords));
        }
        said.values.extend(words.caption.map(|caption| (Tag::IptcCaption, Value::Text(caption))));
        said.values.extend(words.is_utf8.then(|| (Tag::IptcCharset, Value::Text("UTF8".to_owned()))));
    }
    Some(said)
}

/// The segment of XMP that says these values; the outer `None` where they have no place in one, the inner one where there is
/// nothing to say.
pub(crate) fn packet(values: &BTreeMap<Tag, Value>) -> Option<Option<Segment>> {
    let values: BTreeMap<Tag, Value> =
        values.iter().filter(|(tag, _)| tag.is_xmp()).map(|(tag, value)| (*tag, value.clone())).collect();
    if values.is_empty() {
        return Some(None);
    }
    let packet = xmp::write(&values).filter(|packet| packet.len() <= MAX_PACKET_BYTES)?;
    Some(Some(Segment { marker: APP1, payload: [XMP, &packet].concat() }))
}

/// Whether one head has all of the other's segments in which others keep what is theirs, in their order: colours, comments,
/// settings, but neither metadata in which something is to be changed nor indexes of what stands elsewhere in the file.
pub(crate) fn keeps_others(before: &JpegHead, after: &JpegHead) -> bool {
    let starts = |payload: &[u8], all: &[&[u8]]| all.iter().any(|start| payload.starts_with(start));
    let is_others = |segment: &&Segment| match segment.marker {
        APP1 => !starts(&segment.payload, &[EXIF, XMP, MORE_XMP]),
        APP2 => !segment.payload.starts_with(MPF),
        APP13 => false,
        _ => segment.is_metadata(),
    };
    before.segments.iter().filter(is_others).eq(after.segments.iter().filter(is_others))
}

/// Puts a packet in the place of the one that is there, or behind JFIF and EXIF.
pub(crate) fn put(head: &mut JpegHead, packet: Option<Segment>) {
    let starts = |segment: &Segment, start: &[u8]| segment.marker == APP1 && segment.payload.starts_with(start);
    head.segments.retain(|segment| !starts(segment, XMP));
    let is_first = |segment: &Segment| segment.marker == 0xe0 || starts(segment, EXIF);
    let place = head.segments.iter().take_while(|segment| is_first(segment)).count();
    head.segments.splice(place..place, packet);
}

#[cfg(test)]
mod tests;
