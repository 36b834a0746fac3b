//! Numbers and dates in words, as pages show them.

use tintype_protocol::time::Timestamp;

/// `1 photo`, `2 photos`, `12,345 photos`.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// `12,345`.
pub(super) fn grouped(number: u64) -> String {
    const GROUP: usize = 3;
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(GROUP) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1.5 GB`, in the decimal units that disks are sold in.
pub(super) fn bytes(number: u64) -> String {
    const UNITS: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];
    let (mut value, mut unit) = (number as f64, 0);
    while value >= 1_000.0 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    if unit == 0 || value >= 100.0 {
        format!("{value:.0} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// `2024-05-06T07:08:09.000Z`, for `<time>` elements; a script shows it in the reader's zone.
pub(super) fn machine_time(time: Timestamp) -> String {
    time.to_iso()
}

/// `5 minutes`, `3 hours`, `2 days`; less than a minute is `a moment`.
pub(super) fn span(ms: i64) -> String {
    const MINUTE: u64 = 60_000;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let ms = u64::try_from(ms).unwrap_or(0);
    match ms {
        0..MINUTE => "a moment".to_owned(),
        MINUTE..HOUR => count(ms / MINUTE, "minute", "minutes"),
        HOUR..DAY => count(ms / HOUR, "hour", "hours"),
        _ => count(ms / DAY, "day", "days"),
    }
}

/// `14:05` in UTC.
pub(super) fn clock(time: Timestamp) -> String {
    time.to_iso().split('T').nth(1).and_then(|clock| clock.get(..5)).unwrap_or_default().to_owned()
}

/// `6 May 2024`.
pub(super) fn day(time: Timestamp) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let (year, month) = time.year_month();
    let iso = time.to_iso();
    let day =
        iso.split('T').next().and_then(|date| date.rsplit('-').next()).unwrap_or_default().trim_start_matches('0');
    let name = MONTHS.get(usize::from(month).wrapping_sub(1)).unwrap_or(&"");
    format!("{day} {name} {year}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_days_read_well() {
        assert_eq!(count(1, "photo", "photos"), "1 photo");
        assert_eq!(count(1_234_567, "photo", "photos"), "1,234,567 photos");
        assert_eq!(grouped(100), "100");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_500_000_000), "1.5 GB");
        assert_eq!(bytes(250_000_000), "250 MB");
        assert_eq!(day(Timestamp(1_704_164_645_678)), "2 January 2024");
        assert_eq!(clock(Timestamp(1_704_164_645_678)), "03:04");
        for (ms, text) in [(-5, "a moment"), (59_999, "a moment"), (60_000, "1 minute"), (7_300_000, "2 hours")] {
            assert_eq!(span(ms), text);
        }
        assert_eq!(span(90_000_000), "1 day");
    }
}
