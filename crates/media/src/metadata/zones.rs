//! In which time zone was a picture taken? Few files say so outright; the rest is inference, in the reference's order.

use std::sync::LazyLock;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use super::stamp::{Stamp, parse_offset};
use super::tags::Tags;

/// Tags that name the offset of the capture date. `OffsetTime` is missing on purpose: it belongs to the last change.
const OFFSET_TAGS: [&str; 4] = ["TimeZone", "OffsetTimeOriginal", "OffsetTimeDigitized", "TimeZoneOffset"];

/// Capture dates whose own offset tells the zone, and which are compared with a time known to be UTC.
const CAPTURE_TAGS: [&str; 7] = [
    "SubSecDateTimeOriginal",
    "SubSecCreateDate",
    "DateTimeOriginal",
    "CreateDate",
    "MediaCreateDate",
    "CreationDate",
    "DateTimeCreated",
];

/// Times which are UTC by definition.
const UTC_TAGS: [&str; 3] = ["GPSDateTime", "DateTimeUTC", "SonyDateTime2"];

/// A GPS clock and a camera clock may differ by this much and still reveal the zone.
const CLOCK_TOLERANCE_SECONDS: i64 = 30 * 60;

/// Offsets in use somewhere since 1982 which are not full hours, in minutes.
const ODD_OFFSETS: [i32; 14] = [-570, -510, -210, -150, 210, 270, 330, 345, 390, 510, 525, 570, 585, 630];

/// The same for the New Zealand islands.
const NEW_ZEALAND_OFFSETS: [i32; 2] = [765, 825];

/// The borders of time zones. Works on the compiled-in bytes and keeps some hundred kilobytes besides (the faster finder of
/// the same crate would take 27 MB); checking the bytes takes milliseconds, so it is done once.
static BORDERS: LazyLock<tzf_rs::EmbeddedFinder> = LazyLock::new(tzf_rs::EmbeddedFinder::new);

/// A time zone with the name under which it is shown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// Coordinated universal time, named `UTC`.
    pub(crate) fn utc() -> Self {
        Self { name: "UTC".to_owned(), zone: TimeZone::UTC }
    }

    /// A fixed offset, named like `UTC+2` or `UTC-3:30`.
    pub(crate) fn fixed(offset_minutes: i32) -> Option<Self> {
        if offset_minutes == 0 {
            return Some(Self::utc());
        }
        let offset = Offset::from_seconds(offset_minutes * 60).ok()?;
        let sign = if offset_minutes < 0 { '-' } else { '+' };
        let (hours, minutes) = (offset_minutes.abs() / 60, offset_minutes.abs() % 60);
        let name = if minutes == 0 { format!("UTC{sign}{hours}") } else { format!("UTC{sign}{hours}:{minutes:02}") };
        Some(Self { name, zone: TimeZone::fixed(offset) })
    }

    /// A zone of the IANA database, e.g. `Europe/Berlin`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let zone = TimeZone::get(name).ok()?;
        Some(Self { name: name.to_owned(), zone })
    }

    /// The zone of a place on earth, by the borders compiled into the program.
    pub(crate) fn at(latitude: f64, longitude: f64) -> Option<Self> {
        Self::named(BORDERS.get_tz_name(longitude, latitude))
    }

    /// The name shown to users.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Unix milliseconds of the moment when a clock in this zone shows `wall`.
    pub(crate) fn instant_ms(&self, wall: DateTime) -> Option<i64> {
        let instant = self.zone.to_timestamp(wall).ok()?;
        i64::try_from(instant.as_nanosecond().div_euclid(1_000_000)).ok()
    }

    /// What a clock in this zone shows at `instant_ms`, as Unix milliseconds as if it were UTC.
    pub(crate) fn wall_ms(&self, instant_ms: i64) -> Option<i64> {
        let instant = jiff::Timestamp::from_millisecond(instant_ms).ok()?;
        let offset = self.zone.to_offset(instant);
        Some(instant_ms + i64::from(offset.seconds()) * 1000)
    }
}

/// What zone inference needs to know besides the tags.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    /// Video containers store UTC unless they say otherwise.
    pub(crate) is_video: bool,
    /// Where the picture was taken: latitude, longitude in degrees.
    pub(crate) position: Option<(f64, f64)>,
}

/// The time zone of the capture date. In this order: tags which state it, the position, the offset within a capture
/// date, UTC for videos, the difference to a time known to be UTC, the difference to a `TimeStamp`.
pub(crate) fn infer(tags: &Tags, setting: Setting) -> Option<Zone> {
    stated(tags)
        .or_else(|| setting.position.and_then(|(latitude, longitude)| Zone::at(latitude, longitude)))
        .or_else(|| within_capture_date(tags))
        .or_else(|| setting.is_video.then(Zone::utc))
        .or_else(|| beside_utc(tags))
        .or_else(|| beside_time_stamp(tags))
}

fn stated(tags: &Tags) -> Option<Zone> {
    let minutes = OFFSET_TAGS.iter().find_map(|name| offset_of(tags, name))?;
    // Nikon writes the zone without daylight saving time; others include it.
    let is_nikon = tags.text("Make").is_some_and(|make| make.to_ascii_lowercase().starts_with("nikon"));
    let summer =
        is_nikon && tags.text("DaylightSavings").is_some_and(|text| matches!(text.as_str(), "Yes" | "On" | "true"));
    Zone::fixed(if summer { minutes + 60 } else { minutes })
}

fn offset_of(tags: &Tags, name: &str) -> Option<i32> {
    match tags.number(name) {
        // A bare number counts hours.
        Some(hours) if hours.abs() <= 14.0 => Some((hours * 60.0).round() as i32),
        Some(_) => None,
        None => {
            let text = tags.text(name)?;
            let first = text.split_whitespace().next()?;
            parse_offset(first)
                .or_else(|| first.parse::<f64>().ok().filter(|h| h.abs() <= 14.0).map(|h| (h * 60.0) as i32))
        }
    }
}

/// `+00:00` and `Z` do not count here: too much software adds them to times which are not UTC.
fn within_capture_date(tags: &Tags) -> Option<Zone> {
    let offset = |name: &&str| Stamp::parse(&tags.text(name)?)?.offset_minutes.filter(|minutes| *minutes != 0);
    CAPTURE_TAGS.iter().find_map(offset).and_then(Zone::fixed)
}

fn beside_utc(tags: &Tags) -> Option<Zone> {
    let utc = UTC_TAGS
        .iter()
        .filter_map(|name| Stamp::parse(&tags.text(name)?))
        .find(|stamp| stamp.offset_minutes.unwrap_or(0) == 0)?;
    let local = CAPTURE_TAGS
        .iter()
        .filter_map(|name| Stamp::parse(&tags.text(name)?))
        .find(|stamp| stamp.offset_minutes.is_none())?;
    nearest_offset((local.wall_ms() - utc.wall_ms()) / 1000).and_then(Zone::fixed)
}

fn beside_time_stamp(tags: &Tags) -> Option<Zone> {
    let time_stamp = Stamp::parse(&tags.text("TimeStamp")?)?;
    let offset = i64::from(time_stamp.offset_minutes?);
    let local = CAPTURE_TAGS.iter().find_map(|name| Stamp::parse(&tags.text(name)?))?;
    nearest_offset((local.wall_ms() - time_stamp.wall_ms()) / 1000 + offset * 60).and_then(Zone::fixed)
}

/// The offset in use somewhere which is closest to `seconds`, in minutes.
fn nearest_offset(seconds: i64) -> Option<i32> {
    let full_hours = (-11..=14).map(|hour| hour * 60);
    full_hours
        .chain(ODD_OFFSETS)
        .chain(NEW_ZEALAND_OFFSETS)
        .map(|minutes| (minutes, (seconds - i64::from(minutes) * 60).abs()))
        .filter(|(_, distance)| *distance <= CLOCK_TOLERANCE_SECONDS)
        .min_by_key(|(_, distance)| *distance)
        .map(|(minutes, _)| minutes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn zone(tags: serde_json::Value, is_video: bool, position: Option<(f64, f64)>) -> Option<String> {
        let serde_json::Value::Object(object) = tags else { panic!("an object") };
        infer(&Tags::from_json(object), Setting { is_video, position }).map(|zone| zone.name)
    }

    #[test]
    fn stated_offset_beats_position() {
        let tags = json!({"OffsetTimeOriginal": "+08:00"});
        assert_eq!(zone(tags, false, Some((30.6, 119.7))).as_deref(), Some("UTC+8"));
        assert_eq!(zone(json!({"OffsetTime": "+08:00"}), false, None), None, "belongs to the last change");
        assert_eq!(zone(json!({"TimeZone": "-03:30"}), false, None).as_deref(), Some("UTC-3:30"));
        assert_eq!(zone(json!({"OffsetTimeOriginal": "+00:00"}), false, None).as_deref(), Some("UTC"));
        assert_eq!(zone(json!({"TimeZoneOffset": -5}), false, None).as_deref(), Some("UTC-5"));
    }

    #[test]
    fn nikon_adds_daylight_saving() {
        let tags = json!({"Make": "NIKON CORPORATION", "TimeZone": "+01:00", "DaylightSavings": "Yes"});
        assert_eq!(zone(tags, false, None).as_deref(), Some("UTC+2"));
        let tags = json!({"Make": "Canon", "TimeZone": "+01:00", "DaylightSavings": "On"});
        assert_eq!(zone(tags, false, None).as_deref(), Some("UTC+1"));
    }

    #[test]
    fn position_names_the_zone() {
        assert_eq!(zone(json!({}), false, Some((52.52, 13.405))).as_deref(), Some("Europe/Berlin"));
        assert_eq!(zone(json!({}), true, Some((51.5085, -0.12569))).as_deref(), Some("Europe/London"));
    }

    #[test]
    fn capture_date_with_offset() {
        assert_eq!(zone(json!({"CreateDate": "2013:07:04 17:23:10-03:00"}), false, None).as_deref(), Some("UTC-3"));
        assert_eq!(zone(json!({"CreateDate": "2013:07:04 17:23:10+00:00"}), false, None), None);
        let tags = json!({"CreateDate": "2023:06:11 12:00:00", "CreationDate": "2023:06:11 14:00:00+02:00"});
        assert_eq!(zone(tags, true, None).as_deref(), Some("UTC+2"));
    }

    #[test]
    fn videos_default_to_utc() {
        assert_eq!(zone(json!({"CreateDate": "2013:07:04 17:23:10"}), true, None).as_deref(), Some("UTC"));
        assert_eq!(zone(json!({"CreateDate": "2013:07:04 17:23:10"}), false, None), None);
    }

    #[test]
    fn difference_to_utc() {
        let tags = json!({"DateTimeOriginal": "2013:11:12 13:54:29", "DateTimeUTC": "2013:11:12 04:54:29"});
        assert_eq!(zone(tags, false, None).as_deref(), Some("UTC+9"));
        let tags = json!({"DateTimeOriginal": "2024:05:01 12:00:00", "GPSDateTime": "2024:05:01 06:16:00Z"});
        assert_eq!(zone(tags, false, None).as_deref(), Some("UTC+5:45"));
        let tags = json!({"DateTimeOriginal": "2024:05:09 12:00:00", "GPSDateTime": "2024:05:01 06:16:00Z"});
        assert_eq!(zone(tags, false, None), None, "days apart: one of the clocks is wrong");
    }

    #[test]
    fn clocks_convert_both_ways() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let summer = Stamp::parse("2024:07:01 12:00:00.250").unwrap();
        let instant = berlin.instant_ms(summer.wall).unwrap();
        assert_eq!(summer.wall_ms() - instant, 2 * 3_600_000);
        assert_eq!(berlin.wall_ms(instant), Some(summer.wall_ms()));
    }
}
