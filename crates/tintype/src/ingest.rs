//! `tintype ingest`: what lies in landing zones, how far it has come, and what to do about what failed.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tintype_ingest::{After, Lane, Pipeline, Selection, ZoneStatus};
use tintype_library::Library;
use tintype_library::model::{IngestFile, IngestState};

use crate::arguments::{IngestCommand, RetryChoice};
use crate::client;
use crate::config::Config;
use crate::control::{Event, Listener, Request};
use crate::landing::Landing;
use crate::output;
use crate::reports::{Landed, RetriedFiles, ZoneReport};

/// Rows read at a time.
const PAGE: u32 = 1_000;
/// How often it is looked whether everything has come to rest.
const PAUSE: Duration = Duration::from_millis(500);

pub(crate) fn run(config: &Config, command: &IngestCommand) -> anyhow::Result<ExitCode> {
    match command {
        IngestCommand::Status { json } => {
            show(config, &Request::IngestStatus, *json, "No landing zones are configured: docs/ingest.md says how.")
        }
        IngestCommand::List { zone, state, json } => {
            let request = Request::IngestList { zone: zone.clone(), state: state.clone() };
            show(config, &request, *json, "There are no such files.")
        }
        IngestCommand::Retry { choice, json } => {
            show(config, &Request::IngestRetry { choice: choice.clone() }, *json, "")
        }
        IngestCommand::Run { json } => show(config, &Request::IngestRun, *json, ""),
    }
}

fn show(config: &Config, request: &Request, json: bool, nothing: &str) -> anyhow::Result<ExitCode> {
    let (mut is_any, mut is_done) = (false, true);
    client::run(config, request, &mut |event| {
        let line = match event {
            Event::Zone(zone) if json => serde_json::to_string(&zone)?,
            Event::Zone(zone) => zone_lines(&zone),
            Event::Landed(file) if json => serde_json::to_string(&file)?,
            Event::Landed(file) => file_line(&file),
            Event::RetriedFiles(retried) => {
                is_done = retried.again + retried.gone > 0;
                if json { serde_json::to_string(&retried)? } else { retried_line(&retried) }
            }
            Event::Say { text } if !json => text,
            _ => return Ok(()),
        };
        is_any = true;
        output::say(&line);
        Ok(())
    })?;
    if !is_any && !json && !nothing.is_empty() {
        output::say(nothing);
    }
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn zone_lines(zone: &ZoneReport) -> String {
    let ZoneReport { name, folder, destination, after, .. } = zone;
    let mut text = format!("{name}: {folder} -> {destination}; originals: {after}");
    let files: Vec<String> = zone.files.iter().map(|(state, count)| format!("{count} {state}")).collect();
    text.push_str(&format!("\n  {}", if files.is_empty() { "nothing yet".to_owned() } else { files.join(", ") }));
    if zone.saved_bytes > 0 {
        text.push_str(&format!(", {} saved", indicatif::HumanBytes(zone.saved_bytes.unsigned_abs())));
    }
    if let Some(away) = &zone.away {
        text.push_str(&format!("\n  waits: {away}"));
    }
    for problem in &zone.problems {
        text.push_str(&format!("\n  {problem}"));
    }
    if zone.strange > 0 {
        text.push_str(&format!("\n  {} links, pipes or devices are left alone", zone.strange));
    }
    text
}

/// `12  phone/2026/a.jpg  undone  it was refused: …`.
fn file_line(file: &Landed) -> String {
    let reason = file.reason.as_deref().map(|reason| format!("  {reason}")).unwrap_or_default();
    // Names may hold anything, and a terminal obeys some of it.
    let plain = |text: &str| text.replace(|c: char| c.is_control(), "\u{fffd}");
    plain(&format!("{}  {}/{}  {}{reason}", file.id, file.zone, file.path, file.state))
}

fn retried_line(retried: &RetriedFiles) -> String {
    match (retried.again, retried.gone) {
        (0, 0) => {
            "Nothing in undone/ is like that; `tintype ingest list --state undone` shows what is there.".to_owned()
        }
        (again, 0) => format!("{again} back in their zones."),
        (again, gone) => format!("{again} back in their zones; {gone} had been taken away."),
    }
}

/// Tells how zones stand.
pub(crate) fn status(library: &Arc<Library>, landing: &Landing, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    let zones = landing.pipeline(library)?.status()?;
    zones.into_iter().try_for_each(|zone| tell(Event::Zone(report(zone))))
}

fn report(zone: ZoneStatus) -> ZoneReport {
    let saved_bytes = zone.saved_bytes();
    let files: BTreeMap<String, u64> =
        zone.counts.iter().map(|count| (count.state.as_str().to_owned(), count.files)).collect();
    let (problems, strange) = match zone.looked {
        Some(Ok(looked)) => (looked.errors, looked.strange),
        Some(Err(problem)) => (vec![problem], 0),
        None => (Vec::new(), 0),
    };
    ZoneReport {
        name: zone.name,
        folder: zone.folder.display().to_string(),
        destination: zone.destination,
        after: match zone.after {
            After::Delete => "delete",
            After::Keep => "keep",
            After::Archive => "archive",
        }
        .to_owned(),
        waiting: zone.counts.iter().filter(|count| !count.state.is_final()).map(|count| count.waiting).sum(),
        files,
        saved_bytes,
        looked_at: zone.looked_at.map(|at| at.to_iso()),
        away: zone.away.map(|away| away.reason),
        problems,
        strange,
    }
}

/// Tells of files, state by state.
pub(crate) fn list(
    library: &Arc<Library>,
    landing: &Landing,
    (zone, state): (Option<&str>, Option<&str>),
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    if let Some(name) = zone {
        let pipeline = landing.pipeline(library)?;
        let known: Vec<&str> = pipeline.zones().iter().map(|zone| zone.name.as_str()).collect();
        anyhow::ensure!(known.contains(&name), "there is no zone {name}; there are {}", known.join(", "));
    }
    let states = match state {
        Some(name) => vec![name.parse::<IngestState>()?],
        None => IngestState::ALL.into_iter().filter(|state| *state != IngestState::Released).collect(),
    };
    for state in states {
        let mut after = 0;
        loop {
            let page = library.ingest_files_in(zone, state, after, PAGE)?;
            let Some(last) = page.last() else { break };
            after = last.id;
            page.into_iter().try_for_each(|file| tell(Event::Landed(landed(file))))?;
        }
    }
    Ok(())
}

fn landed(file: IngestFile) -> Landed {
    let place = file.came_as.as_ref().unwrap_or(&file.path);
    Landed {
        id: file.id,
        path: String::from_utf8_lossy(place).into_owned(),
        lies_at: file.came_as.is_some().then(|| String::from_utf8_lossy(&file.path).into_owned()),
        zone: file.zone,
        state: file.state.as_str().to_owned(),
        size_bytes: file.stamp.size_bytes,
        sha1: file.sha1.map(|sha1| sha1.to_hex()),
        asset: file.asset.map(|asset| asset.to_string()),
        attempts: file.attempts,
        reason: file.reason,
        first_seen: file.first_seen.to_iso(),
        changed_at: file.changed_at.to_iso(),
    }
}

/// Begins anew with originals in `undone/`.
pub(crate) fn retry(
    library: &Arc<Library>,
    landing: &Landing,
    choice: &RetryChoice,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let selection = match choice {
        RetryChoice { all: true, .. } => Selection::All,
        RetryChoice { matching: Some(text), .. } if !text.is_empty() => Selection::Matching(text.clone()),
        RetryChoice { path: Some(path), .. } => Selection::Below(path.trim_end_matches('/').to_owned()),
        _ => anyhow::bail!("say which: a path as `tintype ingest list` shows it, --matching TEXT, or --all"),
    };
    let retried = landing.pipeline(library)?.retry(&selection)?;
    landing.ring();
    tell(Event::RetriedFiles(RetriedFiles { again: retried.again, gone: retried.gone }))
}

/// Works on what lies in zones until everything rests, or waits for something that may take long.
pub(crate) fn work(library: &Arc<Library>, landing: &Landing, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    let pipeline = landing.pipeline(library)?;
    if !landing.is_watching() {
        pipeline.recover()?;
    }
    landing.ring();
    while turn(&pipeline, landing.is_watching())? {
        std::thread::sleep(PAUSE);
    }
    for zone in pipeline.status()? {
        let waiting = zone.on_the_way();
        tell(Event::Zone(report(zone.clone())))?;
        if waiting > 0 {
            tell(Event::Say {
                text: format!("{waiting} files of {} wait: run it again, or leave it to a node.", zone.name),
            })?;
        }
    }
    Ok(())
}

/// Whether anything moves. Where threads work on files already, it is only looked on.
fn turn(pipeline: &Pipeline, is_watched: bool) -> anyhow::Result<bool> {
    let mut is_moving = false;
    for zone in pipeline.zones() {
        is_moving |= pipeline.look(zone)?.moving > 0;
    }
    if !is_watched {
        while pipeline.work(Lane::All)? || pipeline.pack()? {}
        return Ok(is_moving);
    }
    Ok(is_moving || pipeline.has_due()?)
}
