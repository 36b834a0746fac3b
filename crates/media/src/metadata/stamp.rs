//! Dates as files carry them: wall-clock time, perhaps with a fraction, perhaps with an offset from UTC.

use jiff::civil::DateTime;

/// Offsets beyond this do not exist on this planet (Kiritimati has +14:00).
pub(crate) const MAX_OFFSET_MINUTES: i32 = 14 * 60;

/// One date and time read from a tag. Values without a time of day are no stamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// What the camera's clock showed.
    pub(crate) wall: DateTime,
    /// Minutes east of UTC, if the text itself says so (`Z` is 0).
    pub(crate) offset_minutes: Option<i32>,
}

impl Stamp {
    /// Reads `2024:03:09 12:34:56.789+02:00` and its ISO 8601 sibling. `None` for dates which do not exist, years
    /// before 2 (cameras write zeros when their clock is not set), and dates without time.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (year, rest) = digits(text, 4, 4)?;
        let (month, rest) = digits(rest.strip_prefix([':', '-'])?, 1, 2)?;
        let (day, rest) = digits(rest.strip_prefix([':', '-'])?, 1, 2)?;
        let rest = rest.strip_prefix(['T', ' '])?.trim_start();
        let (hour, rest) = digits(rest, 1, 2)?;
        let (minute, rest) = digits(rest.strip_prefix(':')?, 2, 2)?;
        let (second, rest) = match rest.strip_prefix(':') {
            Some(rest) => digits(rest, 2, 2)?,
            None => (0, rest),
        };
        let (nanoseconds, rest) = fraction(rest)?;
        let offset_minutes = match rest.trim() {
            "" => None,
            zone => Some(parse_offset(zone)?),
        };
        if year < 2 {
            return None;
        }
        let narrow = |number: i32| i8::try_from(number).ok();
        let wall = DateTime::new(
            i16::try_from(year).ok()?,
            narrow(month)?,
            narrow(day)?,
            narrow(hour)?,
            narrow(minute)?,
            narrow(second)?,
            nanoseconds,
        )
        .ok()?;
        Some(Self { wall, offset_minutes })
    }

    /// The wall clock as Unix milliseconds, as if it showed UTC. Fractions of a millisecond are cut off.
    pub(crate) fn wall_ms(&self) -> i64 {
        wall_ms(self.wall)
    }
}

/// `wall` as Unix milliseconds, as if it were UTC.
pub(crate) fn wall_ms(wall: DateTime) -> i64 {
    let utc = jiff::tz::TimeZone::UTC.to_timestamp(wall);
    utc.map(|instant| instant.as_nanosecond().div_euclid(1_000_000))
        .ok()
        .and_then(|ms| i64::try_from(ms).ok())
        .unwrap_or(0)
}

/// Reads `Z`, `+02:00`, `-0330`, `+9`, `UTC+2`; minutes east of UTC.
pub(crate) fn parse_offset(text: &str) -> Option<i32> {
    let text = text.trim();
    if matches!(text, "Z" | "UTC" | "GMT") {
        return Some(0);
    }
    let text = text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")).unwrap_or(text);
    let (sign, rest) = match text.strip_prefix('-').or_else(|| text.strip_prefix('\u{2212}')) {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let (hours, rest) = digits(rest, 1, 2)?;
    let (minutes, rest) = match rest.strip_prefix(':').unwrap_or(rest) {
        "" => (0, ""),
        rest => digits(rest, 2, 2)?,
    };
    // A zone's abbreviation behind the offset ("-08:00 PST") adds nothing.
    let leftover_is_a_name = rest.is_empty() || rest.starts_with(' ');
    let offset = sign * (hours * 60 + minutes);
    (leftover_is_a_name && minutes < 60 && offset.abs() <= MAX_OFFSET_MINUTES).then_some(offset)
}

/// Splits a run of `least..=most` digits off the front.
fn digits(text: &str, least: usize, most: usize) -> Option<(i32, &str)> {
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if length < least {
        return None;
    }
    let (number, rest) = text.split_at(length);
    Some((number.parse().ok()?, rest))
}

fn fraction(text: &str) -> Option<(i32, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((0, text)) };
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = rest.split_at(length);
    let nanoseconds: String = digits.chars().chain("000000000".chars()).take(9).collect();
    Some((nanoseconds.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Option<(String, Option<i32>)> {
        Stamp::parse(text).map(|stamp| (stamp.wall.to_string(), stamp.offset_minutes))
    }

    #[test]
    fn reads_what_cameras_write() {
        for (text, wall, offset) in [
            ("2016:09:28 18:18:05.813", "2016-09-28T18:18:05.813", None),
            ("2020:09:14 11:09:34.641-05:00", "2020-09-14T11:09:34.641", Some(-300)),
            ("2017:10:03 14:58:14Z", "2017-10-03T14:58:14", Some(0)),
            ("2023-01-14T15:56:00.000+01:00", "2023-01-14T15:56:00", Some(60)),
            ("2025:04:27 19:47:08-0300", "2025-04-27T19:47:08", Some(-180)),
            ("2025:04:27 19:47", "2025-04-27T19:47:00", None),
            ("2025:04:27 19:47:08+05:45 NPT", "2025-04-27T19:47:08", Some(345)),
        ] {
            assert_eq!(parsed(text), Some((wall.to_owned(), offset)), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_moment() {
        for text in [
            "",
            "2004:02:26",
            "0000:00:00 00:00:00",
            "2024:13:01 00:00:00",
            "2023:02:29 10:00:00",
            "2024:01:01 25:00:00",
            "    :  :     :  :  ",
            "2010",
            "0001:01:01 00:00:00",
            "2024:01:01 10:00:00+19:00",
            "2024:01:01 10:00:00 gestern",
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    #[test]
    fn fractions_of_a_millisecond_are_cut_off() {
        assert_eq!(Stamp::parse("1970:01:01 00:00:01.9999").unwrap().wall_ms(), 1999);
        assert_eq!(Stamp::parse("1969:12:31 23:59:59.9999").unwrap().wall_ms(), -1);
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{0,40}") {
            let _ = Stamp::parse(&text);
            let _ = parse_offset(&text);
        }
    }
}
