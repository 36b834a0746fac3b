//! Films in MP4 and QuickTime containers: dates, size, rotation, duration, place, Apple's keys.

use super::Reading;
use super::bmff::{boxes, inner};
use crate::metadata::tags::Tags;

/// Seconds from 1904, where QuickTime's clock starts, to 1970.
const EPOCH_SHIFT_SECONDS: i64 = 2_082_844_800;

/// Keys of one `meta` box.
const MAX_KEYS: usize = 1000;

/// Reads the content of a `moov` box.
pub(super) fn apply(moov: &[u8], reading: &mut Reading) {
    let tags = &mut reading.tags;
    if let Some(header) = inner(moov, b"mvhd") {
        if let Some(date) = creation_date(header) {
            tags.set("CreateDate", date);
        }
        if let Some(seconds) = duration(header) {
            tags.set("Duration", seconds);
        }
    }
    for (_, track) in boxes(moov).filter(|(kind, _)| kind == b"trak") {
        self::track(track, tags);
    }
    if let Some(user_data) = inner(moov, b"udta") {
        user_texts(user_data, tags);
    }
    if let Some(meta) = inner(moov, b"meta") {
        // QuickTime writes a plain box here, MP4 a full one with version and flags.
        let meta = if inner(meta, b"keys").is_some() { Some(meta) } else { meta.get(4..) };
        meta.and_then(|meta| keys(meta, tags));
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The creation date of an `mvhd` or `mdhd` box, as UTC. 0 means nobody set it.
fn creation_date(header: &[u8]) -> Option<String> {
    let seconds =
        if *header.first()? == 1 { i64::try_from(u64_at(header, 4)?).ok()? } else { i64::from(u32_at(header, 4)?) };
    if seconds == 0 {
        return None;
    }
    let date = jiff::Timestamp::from_second(seconds.checked_sub(EPOCH_SHIFT_SECONDS)?).ok()?;
    Some(date.strftime("%Y:%m:%d %H:%M:%S").to_string())
}

fn duration(header: &[u8]) -> Option<f64> {
    let (scale, length) = if *header.first()? == 1 {
        (u32_at(header, 20)?, u64_at(header, 24)? as f64)
    } else {
        (u32_at(header, 12)?, f64::from(u32_at(header, 16)?))
    };
    (scale > 0).then(|| length / f64::from(scale))
}

fn track(track: &[u8], tags: &mut Tags) {
    let Some(media) = inner(track, b"mdia") else { return };
    if let Some(date) = inner(media, b"mdhd").and_then(creation_date) {
        tags.set_if_absent("MediaCreateDate", date);
    }
    let is_film = inner(media, b"hdlr").and_then(|handler| handler.get(8..12)) == Some(b"vide");
    if !is_film || tags.has("ImageSize") {
        return;
    }
    let description =
        inner(media, b"minf").and_then(|media| inner(media, b"stbl")).and_then(|table| inner(table, b"stsd"));
    let Some(sample) =
        description.and_then(|description| boxes(description.get(8..)?).next()).map(|(_, sample)| sample)
    else {
        return;
    };
    if let (Some(size), Some(orientation)) = (u32_at(sample, 24), inner(track, b"tkhd").and_then(orientation)) {
        super::set_size(tags, size >> 16, size & 0xffff);
        tags.set("Orientation", orientation);
    }
    if let Some(rate) = inner(media, b"mdhd").and_then(duration).and_then(|seconds| frame_rate(media, seconds)) {
        tags.set("VideoFrameRate", rate);
    }
}

/// The rotation in the display matrix, as EXIF orientation.
fn orientation(header: &[u8]) -> Option<u8> {
    let matrix = if *header.first()? == 1 { 52 } else { 40 };
    let (a, b) = (u32_at(header, matrix)? as i32, u32_at(header, matrix + 4)? as i32);
    Some(match (a.signum(), b.signum()) {
        (0, 1) => 6,
        (-1, 0) => 3,
        (0, -1) => 8,
        _ => 1,
    })
}

/// Number of samples by duration, to three digits behind the point.
fn frame_rate(media: &[u8], seconds: f64) -> Option<f64> {
    let table = inner(inner(media, b"minf")?, b"stbl")?;
    let times = inner(table, b"stts")?;
    let runs = (u32_at(times, 4)? as usize).min(times.len() / 8);
    let samples: u64 = (0..runs).filter_map(|run| u32_at(times, 8 + run * 8)).map(u64::from).sum();
    (seconds > 0.0).then(|| (samples as f64 / seconds * 1000.0).round() / 1000.0)
}

/// QuickTime's old texts: `©xyz` is the place, `©mak` and `©mod` the camera.
fn user_texts(user_data: &[u8], tags: &mut Tags) {
    for (kind, content) in boxes(user_data) {
        let text = || {
            let length = usize::from(u16::from_be_bytes(*content.first_chunk()?));
            super::text::until_nul(content.get(4..4 + length)?)
        };
        match &kind {
            b"\xa9xyz" => place(text().unwrap_or_default(), tags),
            b"loci" => {
                location(content, tags);
            }
            b"\xa9mak" => text().into_iter().for_each(|text| tags.set("Make", text)),
            b"\xa9mod" => text().into_iter().for_each(|text| tags.set("Model", text)),
            _ => {}
        }
    }
}

/// 3GPP's place: version, language, name, role, then longitude and latitude as fixed-point numbers.
fn location(content: &[u8], tags: &mut Tags) -> Option<()> {
    const NAME_OFFSET: usize = 6;
    const FIXED_POINT: f64 = 65_536.0;
    let name = content.get(NAME_OFFSET..)?.iter().position(|byte| *byte == 0)?;
    let at = NAME_OFFSET + name + 2;
    let [longitude, latitude] =
        [u32_at(content, at)?, u32_at(content, at + 4)?].map(|fixed| f64::from(fixed as i32) / FIXED_POINT);
    // Rounded to what the fixed point can tell.
    let rounded = |degrees: f64| (degrees * 1e5).round() / 1e5;
    tags.set_if_absent("GPSLatitude", rounded(latitude));
    tags.set_if_absent("GPSLongitude", rounded(longitude));
    Some(())
}

/// Apple's metadata: a list of key names and a list of values by key number.
fn keys(meta: &[u8], tags: &mut Tags) -> Option<()> {
    let names: Vec<_> = boxes(inner(meta, b"keys")?.get(8..)?).take(MAX_KEYS).map(|(_, name)| name).collect();
    for (number, value) in boxes(inner(meta, b"ilst")?) {
        let name = (u32::from_be_bytes(number) as usize).checked_sub(1).and_then(|index| names.get(index));
        let text = inner(value, b"data").and_then(|data| std::str::from_utf8(data.get(8..)?).ok());
        let (Some(name), Some(text)) = (name, text) else { continue };
        match *name {
            b"com.apple.quicktime.creationdate" => tags.set("CreationDate", text),
            b"com.apple.quicktime.content.identifier" => tags.set("ContentIdentifier", text),
            b"com.apple.quicktime.make" => tags.set("Make", text),
            b"com.apple.quicktime.model" => tags.set("Model", text),
            b"com.apple.quicktime.location.ISO6709" => place(text, tags),
            b"com.apple.quicktime.description" => tags.set("Description", text),
            _ => {}
        }
    }
    Some(())
}

/// `+51.5085-000.1257+012.3/`: latitude, longitude, perhaps altitude.
fn place(text: &str, tags: &mut Tags) {
    let text = text.trim_end_matches('/');
    let Some(second) = text.get(1..).and_then(|rest| rest.find(['+', '-'])).map(|at| at + 1) else { return };
    let (latitude, rest) = text.split_at(second);
    let end = rest.get(1..).and_then(|tail| tail.find(['+', '-'])).map_or(rest.len(), |at| at + 1);
    if let (Ok(latitude), Ok(longitude)) = (latitude.parse::<f64>(), rest[..end].parse::<f64>()) {
        tags.set("GPSLatitude", latitude);
        tags.set("GPSLongitude", longitude);
    }
}
