//! From tags to [`Metadata`]: which tag decides which field. The order of the tags is the reference's.

use super::regions;
use super::stamp::Stamp;
use super::tags::Tags;
use super::zones::{self, Setting, Zone};
use super::{Captured, Metadata};

/// Capture dates, best first.
const DATE_TAGS: [&str; 11] = [
    "SubSecDateTimeOriginal",
    "SubSecCreateDate",
    "DateTimeOriginal",
    "CreationDate",
    "CreateDate",
    "MediaCreateDate",
    "DateTimeCreated",
    "GPSDateTime",
    "DateTimeUTC",
    "SonyDateTime2",
    "SourceImageCreateTime",
];

/// Lens names, best first. The first which is there decides, even if it says nothing.
const LENS_TAGS: [&str; 4] = ["LensID", "LensType", "LensSpec", "LensModel"];

/// Ids which tie the still and the video of a live photo together.
const LIVE_PHOTO_TAGS: [&str; 2] = ["ContentIdentifier", "MediaGroupUUID"];

/// Ids which tie the pictures of a burst together.
const BURST_TAGS: [&str; 4] = ["BurstID", "BurstUUID", "CameraBurstID", "MediaUniqueID"];

/// Name of the zone where a date ends in `Z` or `+00:00` and nothing else tells the zone.
const BARE_UTC: &str = "UTC+0";

/// What the file's kind permits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// A video: dates without zone are UTC.
    pub(crate) is_video: bool,
    /// Videos and formats that may be animated have a duration, others never.
    pub(crate) may_have_duration: bool,
}

/// One file's date and zone, before a sidecar is laid over it.
#[derive(Debug, Default)]
struct Dating {
    has_date_tag: bool,
    captured: Option<Captured>,
    zone: Option<Zone>,
}

/// The fields of one asset: `media` are the tags of the file itself, `sidecar` those of its sidecar, which win.
pub(crate) fn resolve(media: &Tags, sidecar: Option<&Tags>, kind: Kind) -> Metadata {
    let own = date(media, kind.is_video);
    let beside = sidecar.map(|tags| date(tags, false)).unwrap_or_default();
    let mut tags = media.clone();
    if let Some(sidecar) = sidecar {
        tags.overlay(sidecar);
    }
    let mut metadata = fields(&tags, kind);
    let (captured, zone) =
        if beside.has_date_tag { (beside.captured, beside.zone) } else { (own.captured, beside.zone.or(own.zone)) };
    metadata.captured = captured.map(|captured| in_zone(captured, zone.as_ref()));
    metadata.time_zone = match &metadata.captured {
        Some(captured) => captured.time_zone.clone(),
        None => zone.map(|zone| zone.name().to_owned()),
    };
    metadata
}

/// The capture date alone.
pub(crate) fn captured_date(tags: &Tags) -> Option<Captured> {
    let is_video = tags.text("MIMEType").is_some_and(|mime| mime.starts_with("video/"));
    date(tags, is_video).captured
}

/// A sidecar's zone applies to a date of the media file, too: the moment stays, the wall clock moves.
fn in_zone(captured: Captured, zone: Option<&Zone>) -> Captured {
    match zone {
        Some(zone) if captured.time_zone.as_deref() != Some(zone.name()) => Captured {
            local_ms: zone.wall_ms(captured.instant_ms).unwrap_or(captured.local_ms),
            time_zone: Some(zone.name().to_owned()),
            ..captured
        },
        _ => captured,
    }
}

fn date(tags: &Tags, is_video: bool) -> Dating {
    let has_date_tag = DATE_TAGS.iter().any(|name| tags.has(name));
    let zone = zones::infer(tags, Setting { is_video, position: position(tags) });
    let first = DATE_TAGS.iter().find_map(|name| Some((*name, Stamp::parse(&tags.text(name)?)?)));
    let captured = first.map(|(name, stamp)| captured(stamp, is_video || is_always_utc(name), zone.as_ref()));
    Dating { has_date_tag, captured, zone }
}

fn is_always_utc(name: &str) -> bool {
    name.starts_with("GPS") || name.contains("UTC")
}

/// Turns a stamp into a moment: by its own offset, else as UTC where that is known, else in `zone`, else as UTC.
pub(super) fn captured(stamp: Stamp, is_utc: bool, zone: Option<&Zone>) -> Captured {
    let wall_ms = stamp.wall_ms();
    let instant_ms = match (stamp.offset_minutes, zone) {
        (Some(offset), _) => wall_ms - i64::from(offset) * 60_000,
        (None, Some(zone)) if !is_utc => zone.instant_ms(stamp.wall).unwrap_or(wall_ms),
        (None, _) => wall_ms,
    };
    match zone {
        Some(zone) => Captured {
            instant_ms,
            local_ms: zone.wall_ms(instant_ms).unwrap_or(wall_ms),
            time_zone: Some(zone.name().to_owned()),
        },
        None => Captured {
            instant_ms,
            local_ms: instant_ms,
            time_zone: (stamp.offset_minutes == Some(0)).then(|| BARE_UTC.to_owned()),
        },
    }
}

fn fields(tags: &Tags, kind: Kind) -> Metadata {
    let size = size(tags);
    let position = position(tags);
    let orientation = tags.number("Orientation").filter(|n| (1.0..=8.0).contains(n) && n.fract() == 0.0);
    let orientation = orientation.map(|n| n as u8);
    Metadata {
        width: size.map(|size| size.0),
        height: size.map(|size| size.1),
        orientation,
        latitude: position.map(|position| position.0),
        longitude: position.map(|position| position.1),
        make: device(tags, "Make", "Manufacturer", &["AndroidMake", "DeviceManufacturer"]),
        model: device(tags, "Model", "ModelName", &["AndroidModel", "DeviceModelName"]),
        lens_model: lens(tags),
        f_number: measure(tags, "FNumber"),
        focal_length: measure(tags, "FocalLength"),
        iso: measure(tags, "ISO").map(|iso| iso as i32),
        exposure_time: tags.text("ExposureTime").filter(|text| !text.is_empty()),
        fps: frame_rate(tags),
        projection_type: tags.text("ProjectionType").map(|text| text.to_uppercase()),
        profile_description: tags.text("ProfileDescription"),
        description: description(tags),
        rating: rating(tags),
        live_photo_cid: tags.first_text(&LIVE_PHOTO_TAGS),
        auto_stack_id: tags.first_text(&BURST_TAGS),
        duration_ms: if kind.may_have_duration { duration_ms(tags) } else { None },
        tags: keywords(tags),
        people: tags.list("PersonInImage").unwrap_or_default(),
        faces: regions::faces(tags, orientation),
        ..Metadata::default()
    }
}

/// `ImageSize` knows better than `ImageWidth`: in raw files the latter may be that of a preview.
fn size(tags: &Tags) -> Option<(u32, u32)> {
    let text = tags.text("ImageSize").unwrap_or_default();
    if let Some((width, height)) = text.split_once(['x', ' '])
        && let (Ok(width), Ok(height)) = (width.trim().parse(), height.trim().parse())
    {
        return Some((width, height));
    }
    let side = |name| tags.number(name).filter(|n| (0.0..=f64::from(i32::MAX)).contains(n)).map(|n| n as u32);
    Some((side("ImageWidth")?, side("ImageHeight")?))
}

/// Latitude and longitude in degrees, if both are numbers on this globe and not the 0, 0 of a receiver without a fix.
fn position(tags: &Tags) -> Option<(f64, f64)> {
    let (latitude, longitude) = (tags.number("GPSLatitude")?, tags.number("GPSLongitude")?);
    let on_the_globe = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    (on_the_globe && (latitude != 0.0 || longitude != 0.0)).then_some((latitude, longitude))
}

fn device(tags: &Tags, name: &str, field: &str, others: &[&str]) -> Option<String> {
    tags.text(name)
        .or_else(|| tags.field_text("Device", field))
        .or_else(|| tags.first_text(others))
        .filter(|text| !text.is_empty())
}

fn lens(tags: &Tags) -> Option<String> {
    let name = tags.first_text(&LENS_TAGS)?.trim().to_owned();
    let says_nothing = name.is_empty() || name == "----" || name.starts_with("Unknown");
    (!says_nothing).then_some(name)
}

/// A number which fits the reference's columns; others it drops.
fn measure(tags: &Tags, name: &str) -> Option<f64> {
    tags.number(name).filter(|number| (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(number))
}

fn frame_rate(tags: &Tags) -> Option<f64> {
    let rate = tags.number("VideoFrameRate").or_else(|| tags.text("VideoFrameRate")?.parse().ok());
    rate.filter(|rate| rate.is_finite() && rate.abs() <= f64::from(i32::MAX))
}

fn description(tags: &Tags) -> String {
    let image = tags.text("ImageDescription").filter(|text| !text.is_empty());
    image.or_else(|| tags.text("Description")).unwrap_or_default().trim().to_owned()
}

fn rating(tags: &Tags) -> Option<i8> {
    let rating = tags.number("Rating").or_else(|| tags.text("Rating")?.trim().parse().ok())?;
    ((-1.0..=5.0).contains(&rating)).then(|| rating.round() as i8).filter(|rating| *rating != 0)
}

/// The tags users gave. In hierarchical subjects `|` separates levels where the API uses `/`.
fn keywords(tags: &Tags) -> Vec<String> {
    if let Some(list) = tags.list("TagsList") {
        return list;
    }
    if let Some(list) = tags.list("HierarchicalSubject") {
        let levels =
            |subject: &String| subject.split('|').map(|level| level.replace('/', "|")).collect::<Vec<_>>().join("/");
        return list.iter().map(levels).collect();
    }
    tags.list("Keywords").unwrap_or_default()
}

/// Seconds as a number or as `hh:mm:ss.fff`, cut to milliseconds.
fn duration_ms(tags: &Tags) -> Option<u64> {
    let seconds = match tags.number("Duration") {
        Some(seconds) => seconds,
        None => {
            tags.text("Duration")?.split(':').try_fold(0.0, |sum, part| Some(sum * 60.0 + part.parse::<f64>().ok()?))?
        }
    };
    // Through microseconds, or 2.299 s would become 2298 ms.
    let microseconds = (seconds * 1e6).round();
    (microseconds >= 0.0 && microseconds < u64::MAX as f64).then_some(microseconds as u64 / 1000)
}

#[cfg(test)]
mod tests;
