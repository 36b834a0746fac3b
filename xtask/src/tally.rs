//! Counts what test runners report, by reading the lines they print.

use std::ops::AddAssign;

/// Numbers of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl Tally {
    /// Adds what this line reports; most lines report nothing.
    pub(crate) fn read_line(&mut self, line: &str) {
        let line = without_colour(line);
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("test result: ") {
            *self += counts(rest, ';');
        } else if line.starts_with("Summary [") && line.contains("tests run:") || line.contains("test run:") {
            let rest = line.split_once("run:").map_or("", |(_, rest)| rest);
            *self += counts(rest, ',');
        }
    }
}

/// Reads `ok. 3 passed; 0 failed; 1 ignored` and `3 passed (1 slow), 1 failed, 0 skipped`.
fn counts(text: &str, separator: char) -> Tally {
    let mut tally = Tally::default();
    for part in text.split(separator) {
        let words: Vec<&str> = part.split_whitespace().collect();
        let Some((number, word)) = words.windows(2).find_map(|pair| Some((pair[0].parse::<u64>().ok()?, pair[1])))
        else {
            continue;
        };
        match word {
            "passed" => tally.passed += number,
            "failed" | "timed" | "exec" => tally.failed += number,
            "ignored" | "skipped" => tally.skipped += number,
            _ => {}
        }
    }
    tally
}

/// The line without terminal escape sequences.
fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            // A colour sequence ends with the first letter after the bracket.
            characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(character);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, passed: u64, failed: u64, skipped: u64) {
        let mut tally = Tally::default();
        tally.read_line(line);
        assert_eq!(tally, Tally { passed, failed, skipped }, "{line}");
    }

    #[test]
    fn reads_the_runners_lines() {
        check(
            "test result: ok. 12 passed; 0 failed; 2 ignored; 0 measured; 3 filtered out; finished in 0.1s",
            12,
            0,
            2,
        );
        check("test result: FAILED. 1 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out", 1, 4, 0);
        check("     Summary [   1.020s] 7 tests run: 5 passed (1 slow), 2 failed, 3 skipped", 5, 2, 3);
        check("     Summary [   1.020s] 1 test run: 1 passed, 0 skipped", 1, 0, 0);
        check("\u{1b}[32mtest result: \u{1b}[0mok. 1 passed; 0 failed; 0 ignored", 1, 0, 0);
    }

    #[test]
    fn other_lines_count_nothing() {
        check("test tidy::no_axum_outside_the_server ... ok", 0, 0, 0);
        check("3 passed, in the opinion of this line", 0, 0, 0);
    }
}
