//! The result of a bench program: a table for people, lines of JSON for later.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::json;
use tintype_testkit::{not_run, target};

use crate::figure::Figure;
use crate::machine::Machine;

/// Collects the figures of one bench program.
pub struct Report {
    bench: &'static str,
    machine: Machine,
    figures: Vec<Figure>,
    notes: Vec<String>,
}

impl Report {
    /// Runs a bench program: measures, then prints and keeps what it found. A figure that misses its target is no
    /// failure of the program; that it could not measure is.
    pub fn run(bench: &'static str, measure: impl FnOnce(&mut Self) -> Result<()>) -> ExitCode {
        let mut report = Self { bench, machine: Machine::look(), figures: Vec::new(), notes: Vec::new() };
        let measured = measure(&mut report);
        let kept = if report.figures.is_empty() { Ok(()) } else { report.close() };
        match measured.and(kept) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                report.say(&format!("bench {bench} failed: {error:#}"));
                ExitCode::FAILURE
            }
        }
    }

    /// Adds a measured figure.
    pub fn figure(&mut self, figure: Figure) {
        self.figures.push(figure);
    }

    /// Adds a sentence below the table.
    pub fn note(&mut self, sentence: impl Into<String>) {
        self.notes.push(sentence.into());
    }

    /// Says that the bench cannot run here, and what it misses.
    pub fn not_run(&self, why: &str) {
        not_run(&format!("bench {}", self.bench), why);
    }

    /// Tells how far it is. A reader that has gone away is no reason to stop measuring.
    pub fn say(&self, text: &str) {
        let _ = writeln!(io::stdout(), "{text}");
    }

    fn close(&self) -> Result<()> {
        self.say(&format!("\n{}: {}", self.bench, self.machine.sentence()));
        self.table().iter().for_each(|line| self.say(line));
        self.notes.iter().for_each(|note| self.say(&format!("  {note}")));
        self.keep()
    }

    /// The first column stands left, all others right, but for the verdict.
    fn table(&self) -> Vec<String> {
        let mut rows = vec![Figure::HEADINGS.map(str::to_owned)];
        rows.extend(self.figures.iter().map(Figure::columns));
        let last = Figure::HEADINGS.len() - 1;
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let line = |row: &[String; 8]| {
            let cell = |(column, text): (usize, &String)| match column {
                0 => format!("{text:width$}", width = width(0)),
                _ if column == last => text.clone(),
                _ => format!("{text:>width$}", width = width(column)),
            };
            row.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        rows.iter().map(line).collect()
    }

    /// Adds a line for every figure to `target/bench/<bench>.jsonl`.
    fn keep(&self) -> Result<()> {
        let path = folder()?.join(format!("{}.jsonl", self.bench));
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let mut file = file.with_context(|| format!("cannot open {}", path.display()))?;
        for figure in &self.figures {
            let mut line = json!({ "bench": self.bench, "machine": self.machine.json() });
            if let (Some(line), Some(figure)) = (line.as_object_mut(), figure.json().as_object()) {
                line.extend(figure.clone());
            }
            writeln!(file, "{line}").with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

/// The folder below cargo's target folder for what benches make and find.
pub(crate) fn folder() -> Result<PathBuf> {
    let folder = target()?.join("bench");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}
