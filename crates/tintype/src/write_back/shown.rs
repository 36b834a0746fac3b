//! What is shown of a run: a bar on a terminal, a line now and then elsewhere, what fails, and a summary.

use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tintype_writeback::Report;

use crate::control::Event;
use crate::log_file::LogFile;
use crate::output;
use crate::reports::{WriteBackRunReport, WrittenBack};

/// Without a terminal, one line in this time.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

pub(super) struct Shown {
    json: bool,
    bar: ProgressBar,
    log: Option<LogFile>,
    last_line: Instant,
    report: Option<Report>,
    is_dry: bool,
}

impl Shown {
    pub(super) fn new(json: bool, log: Option<&Path>) -> anyhow::Result<Self> {
        let bar = if json { ProgressBar::hidden() } else { ProgressBar::new(0) };
        let style = "{bar:30} {pos}/{len} photos and videos  {per_sec}  {eta} left";
        bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
        let log = log.map(LogFile::open).transpose()?;
        Ok(Self { json, bar, log, last_line: Instant::now(), report: None, is_dry: false })
    }

    pub(super) fn take(&mut self, event: Event) -> anyhow::Result<()> {
        match event {
            Event::WriteBackBegan { run, total } => {
                self.is_dry = run.is_none();
                self.bar.set_length(total);
                let run = run.map_or("a dry run".to_owned(), |run| format!("run {run}"));
                self.note(&format!("{run} over {total} photos and videos"))
            }
            Event::WriteBackProgress { done } => {
                self.bar.set_position(done);
                if !self.json && self.bar.is_hidden() && self.last_line.elapsed() >= LINE_INTERVAL {
                    self.last_line = Instant::now();
                    let left = self.bar.eta().as_secs();
                    output::say(&format!("{done} of {}, about {left} s left", self.bar.length().unwrap_or(done)));
                }
                Ok(())
            }
            Event::WrittenBack(file) => self.file(&file),
            Event::WriteBackDone(report) => {
                let line = if self.json { serde_json::to_string(&report)? } else { summary(&report, self.is_dry) };
                self.bar.suspend(|| output::say(&line));
                for notice in &report.notices {
                    if !self.json {
                        self.bar.suspend(|| output::say(notice));
                    }
                    self.note(notice)?;
                }
                self.report = Some(report.clone());
                self.note(&summary(&report, self.is_dry))
            }
            _ => Ok(()),
        }
    }

    fn file(&mut self, file: &WrittenBack) -> anyhow::Result<()> {
        let text = lines(file);
        let is_shown = self.json || self.is_dry || file.outcome == "failed" || !file.notes.is_empty();
        if is_shown {
            let line = if self.json { serde_json::to_string(file)? } else { text.clone() };
            self.bar.suspend(|| output::say(&line));
        }
        self.note(&text)
    }

    fn note(&mut self, text: &str) -> anyhow::Result<()> {
        self.log.as_mut().map_or(Ok(()), |log| log.add(text))
    }

    pub(super) fn finish(self) -> Option<Report> {
        self.bar.finish_and_clear();
        self.report
    }
}

/// A file, and beneath it each of its tags: old value -> new value.
fn lines(file: &WrittenBack) -> String {
    let mut text = format!("{} ({})", file.name, file.target);
    if let (Some(reason), Some(said)) = (&file.reason, &file.text) {
        text.push_str(&format!(": {}: {said} [{reason}]", file.outcome));
    }
    for change in &file.changes {
        let value =
            |value: &Option<String>| value.as_ref().map_or("(none)".to_owned(), |value| value.replace('\n', "⏎"));
        text.push_str(&format!("\n  {:<32} {} -> {}", change.tag, value(&change.before), value(&change.after)));
    }
    for note in &file.notes {
        text.push_str(&format!("\n  note: {note}"));
    }
    text
}

pub(super) fn summary(report: &Report, is_dry: bool) -> String {
    let Report { run, seen, written, equal, skipped, failed, seconds, .. } = report;
    let reasons = |counts: &std::collections::BTreeMap<String, u64>| {
        let all: u64 = counts.values().sum();
        let each: Vec<String> = counts.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        if all == 0 { "0".to_owned() } else { format!("{all} ({})", each.join(", ")) }
    };
    let did = if is_dry { "would be written" } else { "written" };
    let rate = report.rate();
    let mut text = format!(
        "{seen} files: {written} {did}, {equal} equal, skipped {}, failed {}; {seconds:.1} s, {rate:.0} files/s.",
        reasons(skipped),
        reasons(failed)
    );
    if let Some(run) = run.filter(|_| *written > 0) {
        text.push_str(&format!(" `tintype write-back undo {run}` takes it back."));
    }
    text
}

/// `7  2026-11-21T10:00:00.000Z  ended …`.
pub(super) fn run_line(run: &WriteBackRunReport) -> String {
    let ended = run.ended_at.as_deref().map_or("not ended".to_owned(), |at| format!("ended {at}"));
    let undoes = run.undoes.map(|run| format!("  took back run {run}")).unwrap_or_default();
    format!("{:>4}  {}  {ended}{undoes}", run.run, run.began_at)
}
