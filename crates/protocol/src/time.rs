//! Instants on the wire: milliseconds since the Unix epoch here, `2026-01-02T03:04:05.678Z` outside.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant in milliseconds since 1970-01-01T00:00:00Z; may be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Timestamp(pub i64);

/// A text that is no ISO 8601 date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an ISO 8601 date")]
pub struct InvalidTimestamp {
    /// What was given, cut to a readable length.
    pub text: String,
}

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// Year, month (1..=12) and day (1..=31) of a day counted from 1970-01-01, in the proleptic Gregorian calendar.
///
/// The algorithm works on eras of 400 years that begin on 1 March, so that the leap day is the last of its year.
pub fn civil_from_days(days: i64) -> (i64, u8, u8) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, u8::try_from(month).unwrap_or(1), u8::try_from(day).unwrap_or(1))
}

/// The numbers below a hundred, two digits each, one behind the other.
const PAIRS: [u8; 200] = {
    let mut pairs = [b'0'; 200];
    let mut n = 0;
    while n < 100 {
        // Both are below ten.
        pairs[2 * n] = b'0' + (n / 10) as u8;
        pairs[2 * n + 1] = b'0' + (n % 10) as u8;
        n += 1;
    }
    pairs
};

/// Writes a number below a hundred.
fn two_digits(buffer: &mut [u8; ISO_CAPACITY], at: usize, value: u32) {
    let pair = 2 * (value % 100) as usize;
    buffer[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
}

/// Longest text [`Timestamp::write_iso`] produces: six-digit years with a sign.
const ISO_CAPACITY: usize = 27;

impl Timestamp {
    /// Room for [`Self::write_iso`].
    pub(crate) fn iso_buffer() -> [u8; ISO_CAPACITY] {
        [0; ISO_CAPACITY]
    }

    /// Writes the ISO form (UTC, three fraction digits) into `buffer` and returns the written part. Years outside
    /// 0..=9999 take the six-digit form with a sign, as JavaScript's `toISOString` does.
    pub fn write_iso(self, buffer: &mut [u8; ISO_CAPACITY]) -> &str {
        std::str::from_utf8(self.write_iso_bytes(buffer)).expect("only ASCII was written")
    }

    /// [`Self::write_iso`] for those that collect bytes.
    pub(crate) fn write_iso_bytes(self, buffer: &mut [u8; ISO_CAPACITY]) -> &[u8] {
        let (year, month, day) = civil_from_days(self.0.div_euclid(DAY_MS));
        // Below a day in milliseconds, so it fits.
        let in_day = u32::try_from(self.0.rem_euclid(DAY_MS)).unwrap_or(0);
        let at = if (0..=9999).contains(&year) {
            let year = u32::try_from(year).unwrap_or(0);
            two_digits(buffer, 0, year / 100);
            two_digits(buffer, 2, year % 100);
            4
        } else {
            buffer[0] = if year < 0 { b'-' } else { b'+' };
            let year = u32::try_from(year.unsigned_abs().min(999_999)).unwrap_or(0);
            two_digits(buffer, 1, year / 10_000);
            two_digits(buffer, 3, year / 100 % 100);
            two_digits(buffer, 5, year % 100);
            7
        };
        buffer[at..at + 20].copy_from_slice(b"-00-00T00:00:00.000Z");
        two_digits(buffer, at + 1, u32::from(month));
        two_digits(buffer, at + 4, u32::from(day));
        two_digits(buffer, at + 7, in_day / 3_600_000);
        two_digits(buffer, at + 10, in_day / 60_000 % 60);
        two_digits(buffer, at + 13, in_day / 1_000 % 60);
        let millis = in_day % 1_000;
        // A pair with a leading zero, where the point belongs.
        two_digits(buffer, at + 15, millis / 100);
        buffer[at + 15] = b'.';
        two_digits(buffer, at + 17, millis % 100);
        &buffer[..at + 20]
    }

    /// The instant as an ISO text.
    pub fn to_iso(self) -> String {
        self.write_iso(&mut [0; ISO_CAPACITY]).to_owned()
    }

    /// Year and month of the instant in UTC.
    pub fn year_month(self) -> (i64, u8) {
        let (year, month, _) = civil_from_days(self.0.div_euclid(DAY_MS));
        (year, month)
    }

    /// Reads an ISO 8601 date or date-time. A time without a zone, and a date without a time, count as UTC.
    pub fn parse(text: &str) -> Result<Self, InvalidTimestamp> {
        let invalid = || InvalidTimestamp { text: text.chars().take(64).collect() };
        let trimmed = text.trim();
        if let Ok(instant) = trimmed.parse::<jiff::Timestamp>() {
            return Ok(Self(instant.as_millisecond()));
        }
        // Neither a bare time nor a weekday-like word may slip through jiff's more liberal civil parser.
        if !trimmed.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+') {
            return Err(invalid());
        }
        let civil = trimmed
            .parse::<jiff::civil::DateTime>()
            .or_else(|_| trimmed.parse::<jiff::civil::Date>().map(|date| date.at(0, 0, 0, 0)))
            .map_err(|_| invalid())?;
        let zoned = civil.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| invalid())?;
        Ok(Self(zoned.timestamp().as_millisecond()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.write_iso(&mut [0; ISO_CAPACITY]))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.write_iso(&mut [0; ISO_CAPACITY]))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// `hh:mm:ss.SSS`, the form of a duration in generation 2.
pub fn duration_text(ms: u64) -> String {
    let (hours, minutes, seconds, millis) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000);
    format!("{hours:02}:{minutes:02}:{seconds:02}.{millis:03}")
}

/// Reads a duration as uploaders send it: `h:mm:ss.ffffff` in generation 2, integer milliseconds in generation 3.
/// Zero and unreadable texts are no duration.
pub fn parse_duration(text: &str) -> Option<u64> {
    let parts: Vec<&str> = text.trim().split(':').collect();
    let ms = match parts.as_slice() {
        [ms] => ms.parse::<u64>().ok()?,
        [hours, minutes, seconds] => {
            let (hours, minutes) = (hours.parse::<u64>().ok()?, minutes.parse::<u64>().ok()?);
            let seconds: f64 = seconds.parse().ok().filter(|s: &f64| s.is_finite() && *s >= 0.0 && *s < 1e9)?;
            let whole = hours.checked_mul(3_600)?.checked_add(minutes.checked_mul(60)?)?.checked_mul(1_000)?;
            // Bounded above, so the cast keeps the value.
            whole.checked_add((seconds * 1_000.0).round() as u64)?
        }
        _ => return None,
    };
    (ms > 0).then_some(ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn iso_text_equals_that_of_a_calendar_library(ms in -62_135_596_800_000_i64..253_402_300_799_999) {
            let expected = jiff::Timestamp::from_millisecond(ms).unwrap();
            prop_assert_eq!(Timestamp(ms).to_iso(), format!("{expected:.3}"));
            prop_assert_eq!(Timestamp::parse(&Timestamp(ms).to_iso()).unwrap(), Timestamp(ms));
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in "\\PC{0,40}") {
            let _ = (Timestamp::parse(&text), parse_duration(&text));
        }

        #[test]
        fn durations_round_trip(ms in 1_u64..360_000_000) {
            prop_assert_eq!(parse_duration(&duration_text(ms)), Some(ms));
        }
    }

    #[test]
    fn reads_the_forms_clients_send() {
        for (text, ms) in [
            ("2024-01-02T03:04:05.678Z", 1_704_164_645_678),
            ("2024-01-02T03:04:05.678", 1_704_164_645_678),
            ("2019-06-07T08:09:10.123+02:00", 1_559_887_750_123),
            ("2024-01-02", 1_704_153_600_000),
        ] {
            assert_eq!(Timestamp::parse(text), Ok(Timestamp(ms)), "{text}");
        }
        for bad in ["yesterday", "", "nope", "12", "2024-13-01", "T10:00"] {
            assert!(Timestamp::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn far_years_take_six_digits() {
        assert_eq!(Timestamp(253_402_300_800_000).to_iso(), "+010000-01-01T00:00:00.000Z");
        assert_eq!(Timestamp(-62_198_755_200_000).to_iso(), "-000001-01-01T00:00:00.000Z");
    }

    #[test]
    fn reads_durations_of_both_generations() {
        assert_eq!(parse_duration("0:00:12.345000"), Some(12_345));
        assert_eq!(parse_duration("12345"), Some(12_345));
        for none in ["0", "0:00:00.000000", "", "abc", "1:2", "-1:00:00"] {
            assert_eq!(parse_duration(none), None, "{none}");
        }
    }
}
