//! How exiftool prints texts and numbers, where that decides what ends up in a field.

use serde_json::Value;

/// Texts which look like numbers travel through JSON as numbers, and lose zeros on the way; those are not ours to guess.
pub(super) fn survives_json(text: &str) -> bool {
    match text.parse::<f64>() {
        Ok(number) => number.to_string() == text,
        Err(_) => true,
    }
}

/// The bytes up to the first NUL, if they are UTF-8.
pub(super) fn until_nul(bytes: &[u8]) -> Option<&str> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    std::str::from_utf8(&bytes[..end]).ok()
}

/// Rounds to `digits` significant digits, as exiftool does with fractions.
pub(super) fn significant(number: f64, digits: usize) -> f64 {
    format!("{number:.*e}", digits.saturating_sub(1)).parse().unwrap_or(number)
}

/// An aperture with one digit behind the point, or two below 1.
pub(super) fn f_number(number: f64) -> f64 {
    if number <= 0.0 {
        return number;
    }
    let text = if number < 1.0 { format!("{number:.2}") } else { format!("{number:.1}") };
    text.parse().unwrap_or(number)
}

/// Seconds as `1/500` when short, else with one digit behind the point.
pub(super) fn exposure_time(seconds: f64) -> Value {
    if seconds > 0.0 && seconds < 0.25001 {
        return format!("1/{}", (0.5 + 1.0 / seconds).floor()).into();
    }
    let text = format!("{seconds:.1}");
    text.strip_suffix(".0").unwrap_or(&text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_like_exiftool() {
        assert_eq!(exposure_time(0.002), Value::from("1/500"));
        assert_eq!(exposure_time(0.25), Value::from("1/4"));
        assert_eq!(exposure_time(0.3), Value::from("0.3"));
        assert_eq!(exposure_time(4.0), Value::from("4"));
        assert_eq!(f_number(0.6372), 0.64);
        assert_eq!(f_number(2.8001), 2.8);
        assert_eq!(significant(10.0 / 3.0, 10), 3.333333333);
    }

    #[test]
    fn numbers_in_disguise() {
        assert!(survives_json("42") && survives_json("hello") && survives_json(""));
        assert!(!survives_json("1.50") && !survives_json("007") && !survives_json("1e5"));
    }
}
