//! `tintype folder`, `tintype reconcile` and `tintype verify`: where the library is.

pub(crate) mod commands;
mod desk;
mod shown;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, TryLockError};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use tintype_library::Library;
use tintype_library::model::{Folder, FolderPolicy};
use tintype_reconcile::apply::{RunReport, Step};
use tintype_reconcile::engine::Progress;
use tintype_reconcile::places::root_of;
use tintype_reconcile::verify::{Finding, Happened, Verified, Wish};
use tintype_reconcile::{
    Action, Decision, Engine, FolderPlan, FolderSettings, Plan, ReconcileError, Strictness, folders, plan_file,
};
use tintype_sync::Wishes;

use crate::arguments::Originals;
use crate::config::Config;
use crate::control::{Doors, Event, Listener};
use crate::folder::owner;
use crate::follower;
use crate::read_only;
use crate::reports::{Applied, FolderReport, JournalReport};
pub(crate) use desk::Desk;

/// Folder of plans, in the data folder.
const PLANS: &str = "plans";
/// Runs and lines of the journal that are told.
const LISTED: u32 = 1_000;

/// What is said about a new folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NewFolder {
    pub(crate) path: PathBuf,
    pub(crate) policy: String,
    pub(crate) owner: Option<String>,
    pub(crate) settings: FolderSettings,
}

/// What is to be planned.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PlanWish {
    pub(crate) folder: Option<String>,
    pub(crate) output: Option<PathBuf>,
    pub(crate) allow: Option<usize>,
    pub(crate) offline: bool,
}

/// What reconciling needs beside the library.
pub(crate) struct Reconciler {
    plans: PathBuf,
    /// Folders from which files are taken.
    zones: Vec<PathBuf>,
    /// Held by the one run that there is at a time.
    running: Mutex<()>,
    ends: AtomicBool,
}

impl Reconciler {
    pub(crate) fn new(config: &Config) -> Self {
        let zones = config.zones.iter().map(|zone| zone.folder.clone()).collect();
        Self { plans: plans_of(config), zones, running: Mutex::new(()), ends: AtomicBool::new(false) }
    }

    /// What runs ends after the action at hand.
    pub(crate) fn end(&self) {
        self.ends.store(true, Ordering::SeqCst);
    }

    /// Runs something while nothing else of the kind runs.
    fn alone<T>(
        &self,
        library: &Arc<Library>,
        work: impl FnOnce(&Engine<'_>) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let _running = match self.running.try_lock() {
            Ok(running) => running,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(ReconcileError::Busy.into()),
        };
        work(&Engine::new(library, std::thread::available_parallelism().map_or(1, std::num::NonZero::get)))
    }

    fn goes_on(&self) -> bool {
        !self.ends.load(Ordering::SeqCst)
    }
}

/// Where plans are kept.
pub(crate) fn plans_of(config: &Config) -> PathBuf {
    config.data.join(PLANS)
}

/// The file of a plan: that of this name, or this file.
pub(crate) fn plan_path(plans: &Path, plan: &str) -> anyhow::Result<PathBuf> {
    let kept = plans.join(format!("{plan}.json"));
    if !plan.contains('/') && kept.is_file() { Ok(kept) } else { Ok(std::path::absolute(plan)?) }
}

/// Adds a folder.
pub(crate) fn add(library: &Library, doors: &Doors, new: &NewFolder, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    // A library that agrees with its own files would be its own reason.
    if let (Ok(path), Some(Ok(data))) =
        (std::fs::canonicalize(&new.path), doors.reconciler.plans.parent().map(std::fs::canonicalize))
    {
        let overlap = path.starts_with(&data) || data.starts_with(&path);
        anyhow::ensure!(!overlap, "{} is, holds or lies in the library's own data folder", path.display());
    }
    let (owner, policy) = (owner(library, new.owner.as_deref())?, new.policy.parse()?);
    if policy == FolderPolicy::Index {
        read_only::refuse_zones(&new.path, &doors.reconciler.zones)?;
    }
    let folder = folders::add(library, &new.path, owner.id, policy, &new.settings)?;
    tell(Event::Folder(report(library, &folder)?))
}

/// Tells of the folders.
pub(crate) fn list(library: &Library, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    library.reconciled_folders()?.iter().try_for_each(|folder| tell(Event::Folder(report(library, folder)?)))
}

/// Forgets a folder.
pub(crate) fn remove(
    library: &Arc<Library>,
    doors: &Doors,
    name: &str,
    drops_assets: bool,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let folder = folders::find(library, name)?;
    let told = report(library, &folder)?;
    // A run would bring back what leaves with its folder.
    let left = doors.reconciler.alone(library, |_| Ok(folders::remove(library, &folder, drops_assets)?))?;
    let left = if left == 0 { String::new() } else { format!(" {left} assets have left the library with it.") };
    let path = root_of(&folder.path);
    tell(Event::Folder(told))?;
    tell(Event::Say { text: format!("{} is on its own again. Nothing in it was touched.{left}", path.display()) })
}

fn report(library: &Library, folder: &Folder) -> anyhow::Result<FolderReport> {
    let settings = FolderSettings::parse(&folder.settings)?;
    let summary: plan_file::Summary =
        folder.summary.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default();
    let owner = library.user(folder.owner_id)?.map(|user| user.email).unwrap_or_default();
    let time = |at: Option<tintype_protocol::time::Timestamp>| at.map(tintype_protocol::time::Timestamp::to_iso);
    Ok(FolderReport {
        folder: folder.id,
        path: root_of(&folder.path).display().to_string(),
        policy: folder.policy.as_str().to_owned(),
        owner,
        album: settings.album,
        tree: settings.tree,
        strictness: settings.strictness.as_str().to_owned(),
        quarantine_days: settings.quarantine_days,
        exclude: settings.exclude,
        scanned_at: time(folder.scanned_at),
        planned_at: time(folder.planned_at),
        agreed: summary.agreed,
        buckets: summary.buckets,
        library: folder.library.map(|id| id.to_string()),
        assets: folder
            .library
            .map(|id| library.library_usage(id))
            .transpose()?
            .map(|usage| usage.photos + usage.videos),
    })
}

/// A plan replaces nothing but a plan, and lies in no folder that it is about.
fn check_output(library: &Library, output: &Path) -> anyhow::Result<()> {
    if std::fs::symlink_metadata(output).is_ok() {
        let is_plan = plan_file::read(output).is_ok();
        anyhow::ensure!(is_plan, "{} is there already, and is no plan: name another file with -o", output.display());
    }
    let parent = output.parent().unwrap_or(output);
    let parent = std::fs::canonicalize(parent).with_context(|| format!("{} is no folder", parent.display()))?;
    for folder in library.reconciled_folders()? {
        let root = root_of(&folder.path);
        anyhow::ensure!(
            !parent.starts_with(&root),
            "{} is kept in agreement with the library: put the plan elsewhere with -o",
            root.display()
        );
    }
    Ok(())
}

/// Makes a plan and writes it down. A folder that cannot be planned keeps no other one from it.
pub(crate) fn plan(
    library: &Arc<Library>,
    doors: &Doors,
    wish: &PlanWish,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let chosen = chosen(library, wish.folder.as_deref())?;
    if let Some(output) = &wish.output {
        check_output(library, output)?;
    }
    let mut failures = 0;
    let plan = doors.reconciler.alone(library, |engine| {
        let mut parts = Vec::new();
        for folder in &chosen {
            let news = if wish.offline { None } else { bring_in(library, doors, folder)? };
            match plan_one(engine, &doors.reconciler, folder, wish.allow, tell) {
                Ok(mut part) => {
                    part.problems.extend(news);
                    parts.push(part);
                }
                Err(error) if chosen.len() == 1 => return Err(error),
                Err(error) => {
                    failures += 1;
                    tell(Event::Say { text: format!("{}: {error:#}", root_of(&folder.path).display()) })?;
                }
            }
        }
        Ok(plan_file::assemble(parts, wish.allow, library.now()))
    })?;
    let path = wish.output.clone().unwrap_or_else(|| doors.reconciler.plans.join(format!("{}.json", plan.id)));
    plan_file::write(&plan, &path)?;
    tell(Event::PlanMade { path, plan: Box::new(plan) })?;
    if failures > 0 {
        bail!("{failures} of {} folders could not be planned", chosen.len());
    }
    Ok(())
}

fn chosen(library: &Library, folder: Option<&str>) -> anyhow::Result<Vec<Folder>> {
    let chosen = match folder {
        Some(name) => vec![folders::find(library, name)?],
        None => library.reconciled_folders()?,
    };
    anyhow::ensure!(!chosen.is_empty(), "no folder is known yet: `tintype folder add PATH --policy backup` adds one");
    Ok(chosen)
}

/// Asks the server that the folder's owner follows what is new. Where it is away, the plan says so.
fn bring_in(library: &Arc<Library>, doors: &Doors, folder: &Folder) -> anyhow::Result<Option<String>> {
    let Some(upstream) = library.upstream_of(folder.owner_id)? else { return Ok(None) };
    let Some(user) = library.user(folder.owner_id)? else { return Ok(None) };
    let mut problem = None;
    let wishes = Wishes { sweep: false };
    follower::pull_all(library, &doors.follower, Some(&user.email), wishes, Originals::None, &mut |event| {
        if let Event::Synced(synced) = event {
            problem = synced.problem;
        }
        Ok(())
    })?;
    Ok(problem.map(|problem| {
        let as_of = upstream.synced_at.map(|at| at.to_iso()).unwrap_or_default();
        format!("{} was not reached ({problem}): the library's side is as of {as_of}", upstream.address)
    }))
}

fn plan_one(
    engine: &Engine<'_>,
    reconciler: &Reconciler,
    folder: &Folder,
    allow: Option<usize>,
    tell: &mut Listener<'_>,
) -> anyhow::Result<FolderPlan> {
    let mut gone = None;
    let outcome = engine.plan(folder, allow, &mut |progress| {
        let event = match progress {
            Progress::ToRead { files, bytes } => Event::ToRead { files, bytes },
            Progress::Read { files } => Event::Read { files },
        };
        if gone.is_none() {
            gone = tell(event).err();
        }
        gone.is_none() && reconciler.goes_on()
    });
    match gone {
        Some(error) => Err(error),
        None => Ok(outcome?),
    }
}

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
) -> anyhow::Result<Vec<(Folder, Result<RunReport, ReconcileError>)>> {
    let mut gone = None;
    let reports = engine.apply(plan, &mut |step| {
        let event = match step {
            Step::Began { run, total } => Event::RunBegan { run, total },
            Step::Did { action, outcome } => {
                let (became, failure) =
                    outcome.map_or_else(|why| (None, Some(why)), |became| (Some(became.text), None));
                Event::Did { action, became, failure }
            }
        };
        if gone.is_none() {
            gone = tell(event).err();
        }
        gone.is_none() && reconciler.goes_on()
    })?;
    match gone {
        Some(error) => Err(error),
        None => Ok(reports),
    }
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
            bring_in(library, doors, &folder)?;
            let mut part = plan_one(engine, &doors.reconciler, &folder, None, &mut |_| Ok(()))?;
            let settings = FolderSettings::parse(&folder.settings)?;
            hold_deletes(&mut part.actions, settings.strictness);
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

/// Nobody looks at what is watched: deletes go through by themselves only where that was said.
fn hold_deletes(actions: &mut [Action], strictness: Strictness) {
    for action in actions.iter_mut().filter(|action| action.kind.is_delete()) {
        if strictness != Strictness::Autonomous {
            action.decision = Decision::Hold;
        }
    }
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

/// Reads originals again.
pub(crate) fn verify(
    library: &Arc<Library>,
    doors: &Doors,
    folder: Option<&str>,
    wish: Wish,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let folder = folder.map(|name| folders::find(library, name)).transpose()?;
    let mut gone = None;
    let done = doors.reconciler.alone(library, |engine| {
        let mut witness = |happened| {
            let event = match happened {
                Happened::LookedAt(count) => Event::Verifying { count },
                Happened::Found(finding) => Event::Fault(finding),
            };
            if gone.is_none() {
                gone = tell(event).err();
            }
            gone.is_none() && doors.reconciler.goes_on()
        };
        Ok(match &folder {
            Some(folder) => engine.verify_folder(folder, wish, &mut witness)?,
            None => engine.verify(wish, &mut witness)?,
        })
    })?;
    match gone {
        Some(error) => Err(error),
        None => tell(Event::Verified(done)),
    }
}

/// A fault, as it is told.
pub(crate) fn fault_line(finding: &Finding) -> String {
    let asset = finding.asset.map(|asset| format!(" ({asset})")).unwrap_or_default();
    shown::plain(&format!("{}  {}{asset}: {}", finding.fault.as_str(), finding.name, finding.text))
}

/// How a verification ended.
pub(crate) fn verified_line(done: &Verified) -> String {
    let elsewhere = match done.elsewhere {
        0 => String::new(),
        count => format!(", {count} are on another server only"),
    };
    let faults = if done.faults == 1 { "1 fault".to_owned() } else { format!("{} faults", done.faults) };
    let bytes = indicatif::HumanBytes(done.bytes);
    format!("{} looked at, {bytes} read, {faults}{elsewhere}", done.looked_at)
}
