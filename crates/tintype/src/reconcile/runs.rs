//! Runs: applying plans, watching, the journal, taking back.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use tintype_library::Library;
use tintype_reconcile::apply::{FolderOutcome, Step};
use tintype_reconcile::places::root_of;
use tintype_reconcile::plan::ReportOnly;
use tintype_reconcile::{Action, Decision, Engine, FolderSettings, Plan, Strictness, folders, plan_file};

use super::Reconciler;
use super::planning::{bring_in, chosen, plan_one};
use super::relay::Relay;
use crate::control::{Doors, Event, Listener};
use crate::output::count;
use crate::reports::{Applied, JournalReport};

/// Runs and lines of the journal that are told.
const LISTED: u32 = 1_000;

/// Does what a plan says, and what somebody says yes to beyond that.
pub(crate) fn apply(
    library: &Arc<Library>,
    doors: &Doors,
    path: &Path,
    (accept, accepts_all): (&[String], bool),
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let plan = &mut plan_file::read(path)?;
    let mut unknown: Vec<&String> = accept.iter().collect();
    for action in plan.folders.iter_mut().flat_map(|folder| &mut folder.actions) {
        unknown.retain(|id| **id != action.id);
        if accept.contains(&action.id) || (accepts_all && action.is_open()) {
            action.decision = Decision::Do;
        }
    }
    if let Some(id) = unknown.first() {
        bail!("the plan has nothing with the id {id}");
    }
    let (only_told, done): (Vec<_>, Vec<_>) = plan.folders.iter().partition(|part| part.report_only.is_some());
    if !done.is_empty() {
        for part in only_told {
            let why = part.report_only.map(ReportOnly::why).unwrap_or_default();
            tell(Event::Say { text: format!("{}: left out, as its plan only reports: {why}", part.path) })?;
        }
    }
    doors.reconciler.alone(library, |engine| {
        let mut failures = Vec::new();
        for (folder, outcome) in apply_with(engine, &doors.reconciler, plan, tell)? {
            match outcome {
                Ok(report) => tell(Event::Applied(Applied::of(&root_of(&folder.path), report)))?,
                Err(error) => failures.push(anyhow::Error::from(error)),
            }
        }
        match failures.pop() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    })
}

fn apply_with(
    engine: &Engine<'_>,
    reconciler: &Reconciler,
    plan: &Plan,
    tell: &mut Listener<'_>,
) -> anyhow::Result<Vec<FolderOutcome>> {
    let mut relay = Relay::new(reconciler, tell);
    let reports = engine.apply(plan, &mut |step| {
        relay.pass_on(match step {
            Step::Began { run, total } => Event::RunBegan { run, total },
            Step::Did { action, outcome } => {
                let (became, failure) =
                    outcome.map_or_else(|why| (None, Some(why)), |became| (Some(became.text), None));
                Event::Did { action, became, failure }
            }
        })
    });
    relay.end(reports)
}

/// One round of watching: plans every folder, and applies what needs no person.
pub(crate) fn pass(
    library: &Arc<Library>,
    doors: &Doors,
    folder: Option<&str>,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    for folder in chosen(library, folder)? {
        let path = root_of(&folder.path);
        let outcome = doors.reconciler.alone(library, |engine| {
            let news = bring_in(library, doors, &folder)?;
            let mut part = plan_one(engine, &doors.reconciler, &folder, None, &mut |_| Ok(()))?;
            let settings = FolderSettings::parse(&folder.settings)?;
            let held = hold_deletes(&mut part.actions, settings.strictness, news.is_some());
            if let Some(news) = news.filter(|_| held > 0) {
                let deletes = count(held as u64, "delete waits", "deletes wait");
                tell(Event::Say { text: format!("{}: {news}; {deletes} for it", path.display()) })?;
            }
            let is_any = part.actions.iter().any(|action| action.decision == Decision::Do);
            if part.report_only.is_some() || !is_any {
                return Ok(());
            }
            let plan = plan_file::assemble(vec![part], None, library.now());
            for (_, outcome) in apply_with(engine, &doors.reconciler, &plan, tell)? {
                tell(Event::Applied(Applied::of(&path, outcome?)))?;
            }
            Ok(())
        });
        if let Err(error) = outcome {
            if error.is::<crate::interrupt::Interrupted>() {
                return Err(error);
            }
            tell(Event::Say { text: format!("{}: {error:#}", path.display()) })?;
        }
    }
    Ok(())
}

/// Nobody looks at what is watched: deletes go through by themselves only where that was said, and not by what a server that is
/// away said long ago. How many wait for that server alone.
fn hold_deletes(actions: &mut [Action], strictness: Strictness, is_stale: bool) -> usize {
    let mut held = 0;
    for action in actions.iter_mut().filter(|action| action.kind.is_delete() && action.decision == Decision::Do) {
        if strictness != Strictness::Autonomous {
            action.decision = Decision::Hold;
        } else if is_stale {
            action.decision = Decision::Hold;
            held += 1;
        }
    }
    held
}

/// Tells what was done.
pub(crate) fn journal(library: &Library, run: Option<i64>, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    let runs = match run {
        None => library.folder_runs(LISTED)?,
        Some(id) => vec![library.folder_run(id)?.with_context(|| format!("no run is known as {id}"))?],
    };
    for row in runs {
        tell(Event::Journal(JournalReport::of_run(&row, &library.tally_folder_actions(row.id)?)))?;
        if run.is_some() {
            journal_lines(library, row.id, tell)?;
        }
    }
    Ok(())
}

fn journal_lines(library: &Library, run: i64, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    let actions = library.folder_actions(run)?;
    let mut after = 0;
    loop {
        let lines = library.folder_journal(Some(run), after, LISTED)?;
        let Some(last) = lines.last() else { return Ok(()) };
        after = last.id;
        for line in &lines {
            // In the order of their numbers.
            let found = actions.binary_search_by_key(&line.number, |(action, _)| action.number);
            tell(Event::Journal(JournalReport::of_line(line, found.ok().map(|at| &actions[at].0))))?;
        }
    }
}

/// Takes back.
pub(crate) fn restore(
    library: &Arc<Library>,
    doors: &Doors,
    what: &str,
    folder: Option<&str>,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let folder = folder.map(|name| folders::find(library, name)).transpose()?.map(|folder| folder.id);
    let report = doors.reconciler.alone(library, |engine| Ok(engine.restore(what, folder)?))?;
    tell(Event::TakenBack(report))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_said_long_ago_deletes_nothing_unseen() {
        let action = |kind: &str| {
            let text = format!(
                r#"{{"id":"1","bucket":"trash","kind":"{kind}","decision":"do","reason":"","name":"a.jpg",
                    "sha1":"00000000000000000000000000000000000000ff","sizeBytes":1}}"#
            );
            serde_json::from_str::<Action>(&text).unwrap_or_else(|error| panic!("{error}"))
        };
        let held = |strictness, is_stale| {
            let mut actions = [action("trash-file"), action("trash-asset"), action("upload")];
            let held = hold_deletes(&mut actions, strictness, is_stale);
            (held, actions.map(|action| action.decision == Decision::Do))
        };
        assert_eq!(held(Strictness::Autonomous, false), (0, [true, true, true]));
        assert_eq!(held(Strictness::Autonomous, true), (2, [false, false, true]));
        assert_eq!(held(Strictness::Trusting, true), (0, [false, false, true]));
    }
}
