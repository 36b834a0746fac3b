//! The progress of a sync: one line that is drawn again on a terminal, a line now and then elsewhere.

use std::time::{Duration, Instant};

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressStyle};

/// Without a terminal, one line in this time.
const LINE_INTERVAL: Duration = Duration::from_secs(10);
/// Where the end is known, about.
const BAR: &str = "{bar:30} {human_pos} of about {human_len} lines  {per_sec}  {eta} left";
/// Where it is not.
const SPINNER: &str = "{spinner} {human_pos} lines  {per_sec}";

/// Where something else is said.
const WORDS: &str = "{spinner} {msg}";

/// Draws how far a sync with one server has come, then with the next.
pub(crate) struct SyncProgress {
    bar: Option<ProgressBar>,
    begin: Instant,
    last_line: Instant,
}

impl SyncProgress {
    pub(crate) fn new() -> Self {
        Self { bar: None, begin: Instant::now(), last_line: Instant::now() }
    }

    /// So many lines are safe.
    pub(crate) fn show(&mut self, lines: u64, expected: Option<u64>) {
        let bar = self.bar.get_or_insert_with(|| {
            (self.begin, self.last_line) = (Instant::now(), Instant::now());
            ProgressBar::no_length()
        });
        // It is a guess: albums and people come on top of it.
        let length = expected.map(|expected| expected.max(lines));
        if bar.length() != length || bar.position() == 0 {
            let template = if length.is_some() { BAR } else { SPINNER };
            bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
            length.map_or_else(|| bar.unset_length(), |length| bar.set_length(length));
        }
        bar.set_position(lines);
        if bar.is_hidden() && self.last_line.elapsed() >= LINE_INTERVAL {
            self.last_line = Instant::now();
            crate::output::say(&plain(lines, length, self.begin.elapsed()));
        }
    }

    /// Something else than lines goes on.
    pub(crate) fn say(&mut self, text: &str) {
        let bar = self.bar.get_or_insert_with(ProgressBar::no_length);
        bar.unset_length();
        bar.set_style(ProgressStyle::with_template(WORDS).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(text.to_owned());
        if bar.is_hidden() && self.last_line.elapsed() >= LINE_INTERVAL {
            self.last_line = Instant::now();
            crate::output::say(text);
        }
    }

    /// It is over with this server.
    pub(crate) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// `12,000 of about 200,000 lines, 4,000/s, 47 seconds left`.
fn plain(lines: u64, expected: Option<u64>, passed: Duration) -> String {
    let rate = lines as f64 / passed.as_secs_f64().max(0.001);
    // The cast loses what nobody reads.
    let rate_text = format!("{}/s", HumanCount(rate as u64));
    match expected {
        Some(expected) if rate > 0.0 => {
            let left = Duration::try_from_secs_f64(expected.saturating_sub(lines) as f64 / rate).unwrap_or_default();
            let (lines, expected) = (HumanCount(lines), HumanCount(expected));
            format!("{lines} of about {expected} lines, {rate_text}, {} left", HumanDuration(left))
        }
        _ => format!("{} lines, {rate_text}", HumanCount(lines)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_say_how_far_how_fast_and_how_long() {
        let ten = Duration::from_secs(10);
        assert_eq!(plain(40_000, Some(200_000), ten), "40,000 of about 200,000 lines, 4,000/s, 40 seconds left");
        assert_eq!(plain(40_000, None, ten), "40,000 lines, 4,000/s");
        assert_eq!(plain(0, Some(10), ten), "0 lines, 0/s");
        assert_eq!(plain(10, Some(10), ten), "10 of about 10 lines, 1/s, 0 seconds left");
    }
}
