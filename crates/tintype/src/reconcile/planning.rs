//! Making plans.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use tintype_library::Library;
use tintype_library::model::Folder;
use tintype_reconcile::engine::Progress;
use tintype_reconcile::places::root_of;
use tintype_reconcile::{Engine, FolderPlan, folders, plan_file};
use tintype_sync::Wishes;

use super::Reconciler;
use super::relay::Relay;
use crate::arguments::Originals;
use crate::control::{Doors, Event, Listener};
use crate::follower;

/// What is to be planned.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PlanWish {
    pub(crate) folder: Option<String>,
    pub(crate) output: Option<PathBuf>,
    pub(crate) allow: Option<usize>,
    pub(crate) offline: bool,
    /// Whether files that the library could not take are tried again.
    #[serde(default)]
    pub(crate) retries: bool,
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
            if wish.retries {
                engine.try_refused_again(folder)?;
            }
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

pub(super) fn chosen(library: &Library, folder: Option<&str>) -> anyhow::Result<Vec<Folder>> {
    let chosen = match folder {
        Some(name) => vec![folders::find(library, name)?],
        None => library.reconciled_folders()?,
    };
    anyhow::ensure!(!chosen.is_empty(), "no folder is known yet: `tintype folder add PATH --policy backup` adds one");
    Ok(chosen)
}

/// Asks the server that the folder's owner follows what is new. Where it is away, the plan says so.
pub(super) fn bring_in(library: &Arc<Library>, doors: &Doors, folder: &Folder) -> anyhow::Result<Option<String>> {
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

pub(super) fn plan_one(
    engine: &Engine<'_>,
    reconciler: &Reconciler,
    folder: &Folder,
    allow: Option<usize>,
    tell: &mut Listener<'_>,
) -> anyhow::Result<FolderPlan> {
    let mut relay = Relay::new(reconciler, tell);
    let outcome = engine.plan(folder, allow, &mut |progress| {
        relay.pass_on(match progress {
            Progress::ToRead { files, bytes } => Event::ToRead { files, bytes },
            Progress::Read { files } => Event::Read { files },
        })
    });
    relay.end(outcome)
}
