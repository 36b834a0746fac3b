//! Hours in which something may be sent, such as `22:00-06:00`, by the clock on the wall.

use jiff::civil::Time;

/// From a time of the day until before another one, which may be on the next day. Equal times are the whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    from: Time,
    until: Time,
}

/// The text is no window.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no time window: write it like 22:00-06:00")]
pub struct BadWindow(String);

impl Window {
    /// Whether a time of the day is in it.
    #[must_use]
    pub fn contains(&self, time: Time) -> bool {
        if self.from < self.until {
            (self.from..self.until).contains(&time)
        } else {
            time >= self.from || time < self.until
        }
    }
}

impl std::str::FromStr for Window {
    type Err = BadWindow;

    fn from_str(text: &str) -> Result<Window, BadWindow> {
        let parse = |part: &str| {
            let (hour, minute) = part.split_once(':')?;
            let is_plain = |digits: &str| (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            let are_plain = is_plain(hour) && is_plain(minute);
            are_plain.then(|| Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok())?
        };
        let both = text.split_once('-').and_then(|(from, until)| Some((parse(from.trim())?, parse(until.trim())?)));
        both.map(|(from, until)| Window { from, until }).ok_or_else(|| BadWindow(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_go_past_midnight() {
        for (window, time, is_in) in [
            ("22:00-06:00", (23, 59), true),
            ("22:00-06:00", (0, 0), true),
            ("22:00-06:00", (5, 59), true),
            ("22:00-06:00", (6, 0), false),
            ("22:00-06:00", (12, 0), false),
            ("9:30-10:00", (9, 30), true),
            ("9:30-10:00", (10, 0), false),
            ("00:00-00:00", (12, 0), true),
        ] {
            let parsed: Window = window.parse().unwrap();
            assert_eq!(parsed.contains(Time::new(time.0, time.1, 0, 0).unwrap()), is_in, "{window} {time:?}");
        }
        for text in ["", "22:00", "22-06", "25:00-06:00", "22:00-06:60", "+2:00-06:00", "22:00-06:00-07:00"] {
            assert!(text.parse::<Window>().is_err(), "{text}");
        }
    }
}
