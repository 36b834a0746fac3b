//! The progress of an import: a bar on a terminal, a line now and then elsewhere, and a summary.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

use crate::control::{Event, FileOutcome};

/// Without a terminal, one line in this time.
const LINE_INTERVAL: Duration = Duration::from_secs(10);
/// Failures that are listed by name; the rest is counted.
const LISTED_FAILURES: usize = 20;

/// Counts, and draws.
pub(crate) struct Progress {
    bar: ProgressBar,
    begin: Instant,
    last_line: Instant,
    files: u64,
    created: u64,
    duplicates: u64,
    bytes: u64,
    ignored: u64,
    failures: Vec<(PathBuf, String)>,
}

impl Progress {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::new(0);
        let style = "{bar:30} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left  {msg}";
        bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
        let now = Instant::now();
        Self {
            bar,
            begin: now,
            last_line: now,
            files: 0,
            created: 0,
            duplicates: 0,
            bytes: 0,
            ignored: 0,
            failures: Vec::new(),
        }
    }

    fn done(&self) -> u64 {
        self.created + self.duplicates + self.failures.len() as u64
    }

    /// Takes note of an event.
    pub(crate) fn show(&mut self, event: Event) -> anyhow::Result<()> {
        match event {
            Event::Found { files, bytes, ignored } => {
                (self.files, self.ignored) = (files, ignored);
                self.bar.set_length(bytes);
            }
            Event::File { bytes, outcome } => {
                match outcome {
                    FileOutcome::Created => self.created += 1,
                    FileOutcome::Duplicate => self.duplicates += 1,
                    FileOutcome::Failed { path, reason } => self.failures.push((path, reason)),
                }
                self.bytes += bytes;
                self.bar.inc(bytes);
                self.bar.set_message(self.counts());
                if self.bar.is_hidden() && self.last_line.elapsed() >= LINE_INTERVAL {
                    self.last_line = Instant::now();
                    crate::output::say(&self.counts());
                }
            }
            Event::Say { text } => self.bar.suspend(|| crate::output::say(&text)),
            _ => {}
        }
        Ok(())
    }

    fn counts(&self) -> String {
        format!(
            "{}/{} files, {} duplicates, {} failures",
            self.done(),
            self.files,
            self.duplicates,
            self.failures.len()
        )
    }

    /// Prints the summary; whether nothing failed.
    pub(crate) fn finish(self) -> bool {
        self.bar.finish_and_clear();
        let seconds = self.begin.elapsed().as_secs_f64().max(0.001);
        crate::output::say(&format!(
            "Imported {} of {} files ({} in {seconds:.1} s, {}/s): {} duplicates, {} failures, {} files of other types left out",
            self.created,
            self.files,
            HumanBytes(self.bytes),
            // Seconds are at least a millisecond, so this stays finite.
            HumanBytes((self.bytes as f64 / seconds) as u64),
            self.duplicates,
            self.failures.len(),
            self.ignored
        ));
        for (path, reason) in self.failures.iter().take(LISTED_FAILURES) {
            crate::output::say(&format!("  not imported: {}: {reason}", path.display()));
        }
        if self.failures.len() > LISTED_FAILURES {
            crate::output::say(&format!("  … and {} more", self.failures.len() - LISTED_FAILURES));
        }
        self.failures.is_empty()
    }
}
