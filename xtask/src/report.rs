//! What a person reads: headings, the closing table and the last line.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use crate::not_run::NotRun;
use crate::tally::Tally;

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    Failed(String),
    NotRun(String),
}

/// One row of the closing table.
pub(crate) struct Row {
    pub(crate) step: &'static str,
    pub(crate) time: Duration,
    pub(crate) verdict: Verdict,
    pub(crate) tally: Tally,
}

/// What all steps came to.
pub(crate) struct Summary {
    pub(crate) rows: Vec<Row>,
    pub(crate) not_run: Vec<NotRun>,
    /// Whether things that did not run are failures (unless excused).
    pub(crate) strict: bool,
}

const GREEN: &str = "32";
const RED: &str = "31";
const YELLOW: &str = "33";
const BOLD: &str = "1";

/// The heading of a step.
pub(crate) fn heading(number: usize, of: usize, step: &str, what: &str) {
    say(&format!("\n{}", paint(BOLD, &format!("== {number}/{of} {step}: {what}"))));
}

/// The line that closes a step.
pub(crate) fn closing(row: &Row) {
    let (colour, word, why) = word(&row.verdict);
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    say(&format!("-- {}: {} after {:.1} s{why}", row.step, paint(colour, word), row.time.as_secs_f64()));
}

/// Writes a line. A reader that has gone away is no reason to stop testing.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

impl Summary {
    /// Prints the table, what did not run, and the counts.
    pub(crate) fn print(&self) {
        say(&format!("\n{}", paint(BOLD, "== summary")));
        say(&format!("{:10} {:>8}  {:10} {}", "step", "seconds", "result", "tests"));
        for row in &self.rows {
            let (colour, word, _) = word(&row.verdict);
            let time = format!("{:.1}", row.time.as_secs_f64());
            let result = paint(colour, &format!("{word:10}"));
            say(format!("{:10} {time:>8}  {result} {}", row.step, tests(row.tally)).trim_end());
        }
        self.print_not_run();
        let counts = self.counts();
        let skipped = if counts.skipped > 0 { format!(", {} skipped", counts.skipped) } else { String::new() };
        say(&format!("\n{} passed, {} failed{skipped}", counts.passed, counts.failed));
    }

    fn print_not_run(&self) {
        if self.not_run.is_empty() {
            return;
        }
        say("\nnot run:");
        for entry in &self.not_run {
            let mark =
                if self.counts_as_failure(entry) { paint(RED, " (a failure under CI=true)") } else { String::new() };
            say(&format!("  {}: {}{mark}", entry.what, entry.why));
        }
    }

    fn counts_as_failure(&self, entry: &NotRun) -> bool {
        self.strict && !entry.is_excused()
    }

    /// The tests of all steps. A step that failed without a failed test (it did not compile, say) counts as one
    /// failure, and so does each thing that did not run but had to; what else did not run counts as skipped.
    pub(crate) fn counts(&self) -> Tally {
        let mut counts = Tally::default();
        for row in &self.rows {
            counts += row.tally;
            if matches!(row.verdict, Verdict::Failed(_)) && row.tally.failed == 0 {
                counts.failed += 1;
            }
        }
        for entry in &self.not_run {
            if self.counts_as_failure(entry) {
                counts.failed += 1;
            } else {
                counts.skipped += 1;
            }
        }
        counts
    }
}

fn word(verdict: &Verdict) -> (&'static str, &'static str, &str) {
    match verdict {
        Verdict::Passed => (GREEN, "passed", ""),
        Verdict::Failed(why) => (RED, "FAILED", why),
        Verdict::NotRun(why) => (YELLOW, "not run", why),
    }
}

fn tests(tally: Tally) -> String {
    if tally == Tally::default() {
        return String::new();
    }
    let skipped = if tally.skipped > 0 { format!(", {} skipped", tally.skipped) } else { String::new() };
    format!("{} passed, {} failed{skipped}", tally.passed, tally.failed)
}

/// Whether output may carry colour: only on a terminal, and not against the reader's wish.
pub(crate) fn colour() -> bool {
    io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none()
}

fn paint(code: &str, text: &str) -> String {
    if colour() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(verdict: Verdict, passed: u64, failed: u64) -> Row {
        Row { step: "s", time: Duration::ZERO, verdict, tally: Tally { passed, failed, skipped: 0 } }
    }

    fn not_run(why: &str) -> NotRun {
        NotRun { what: "w".into(), why: why.into() }
    }

    #[test]
    fn every_failed_step_shows_in_the_last_line() {
        let failed = || Verdict::Failed("why".into());
        let rows = vec![row(Verdict::Passed, 5, 0), row(failed(), 0, 0), row(failed(), 3, 2)];
        let counts = Summary { rows, not_run: vec![], strict: false }.counts();
        assert_eq!((counts.passed, counts.failed, counts.skipped), (8, 3, 0));
    }

    #[test]
    fn what_did_not_run_fails_only_where_it_must() {
        let entries = || vec![not_run("no chromium"), not_run(crate::not_run::ABSENT_SHARED)];
        let counts = |strict| Summary { rows: vec![], not_run: entries(), strict }.counts();
        assert_eq!((counts(false).failed, counts(false).skipped), (0, 2));
        assert_eq!((counts(true).failed, counts(true).skipped), (1, 1));
    }
}
