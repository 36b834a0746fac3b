//! `cargo xtask test`: runs the steps in order, goes on after failures, and closes with a summary.

use std::env;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;

use crate::not_run::{NotRun, Notes};
use crate::report::{self, Row, Summary, Verdict};
use crate::steps::{self, Outcome, STEPS, Step};
use crate::tally::Tally;
use crate::workspace::Workspace;

/// What a step works with.
pub(crate) struct Run<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) notes: Notes,
}

/// Prints the names of the steps.
pub(crate) fn list() -> Result<ExitCode> {
    for step in STEPS {
        report::say(&format!("{:8} {}", step.name, step.what));
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs the chosen steps, or all when none is chosen.
pub(crate) fn test(workspace: &Workspace, only: &[String]) -> Result<ExitCode> {
    let run = Run { workspace, notes: Notes::start(workspace)? };
    let chosen = steps::chosen(only);
    let mut rows: Vec<Row> = Vec::with_capacity(chosen.len());
    for (index, step) in chosen.iter().enumerate() {
        report::heading(index + 1, chosen.len(), step.name, step.what);
        let row = play(step, &run, &rows);
        report::closing(&row);
        rows.push(row);
    }
    let mut not_run: Vec<NotRun> = rows.iter().filter_map(not_run_step).collect();
    not_run.extend(run.notes.read()?);
    let summary = Summary { rows, not_run, strict: is_ci() };
    summary.print();
    Ok(if summary.counts().failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn play(step: &'static Step, run: &Run<'_>, before: &[Row]) -> Row {
    let started = Instant::now();
    let outcome = match missing(step, before) {
        Some(why) => Outcome { verdict: Verdict::Failed(why), tally: Tally::default() },
        None => (step.run)(run).unwrap_or_else(|error| Outcome::failed(format!("{error:#}"))),
    };
    Row { step: step.name, time: started.elapsed(), verdict: outcome.verdict, tally: outcome.tally }
}

/// Why the step cannot run: something that it stands on has failed.
fn missing(step: &Step, before: &[Row]) -> Option<String> {
    let failed = |name: &&str| before.iter().any(|row| row.step == *name && matches!(row.verdict, Verdict::Failed(_)));
    step.needs.iter().find(|name| failed(name)).map(|name| format!("it needs the step {name}, which failed"))
}

fn not_run_step(row: &Row) -> Option<NotRun> {
    match &row.verdict {
        Verdict::NotRun(why) => Some(NotRun { what: row.step.to_owned(), why: why.clone() }),
        _ => None,
    }
}

/// Whether everything has to run: build services set `CI=true`.
fn is_ci() -> bool {
    env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}
