//! Doing what a plan says. Before anything is done, both sides are looked at again, and each chosen action has to come out the
//! same; then the journal says what is going to be done, and after each action what became of it. A run that was interrupted
//! goes on where it was when its plan is applied again; a plan that was applied to its end does nothing.

use std::collections::HashMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tintype_library::model::{Folder, FolderAction, FolderRun, JournalState};
use tintype_library::sessions::Caller;
use tintype_protocol::causes::with_causes;
use tintype_protocol::id::AssetId;
use tintype_protocol::time::Timestamp;

use crate::engine::Engine;
use crate::error::ReconcileError;
use crate::places::{Moved, root_of};
use crate::plan::{Action, Bar, Decision, FolderPlan, Kind, Plan};
use crate::settings::FolderSettings;
use crate::tree::Tree;

mod delete;
mod download;
mod index;
mod interrupted;
mod refused;
mod upload;

/// What a journal line says more about an action that was done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Became {
    /// In words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The asset that the photo is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset: Option<AssetId>,
    /// Files that were moved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<Moved>,
}

impl Became {
    pub(crate) fn said(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Reads what a line of the journal says.
    pub fn parse(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_else(|_| Self::said(text))
    }

    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("texts can be written as JSON")
    }
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunReport {
    /// The run; 0 where there was nothing to do, and nothing is in the journal.
    pub run: i64,
    /// Actions that it was to do.
    pub planned: u64,
    /// Those that are done.
    pub done: u64,
    /// Those that could not be done.
    pub failed: u64,
    /// Whether it was ended before its end.
    pub is_interrupted: bool,
    /// Whether the plan was applied before: nothing more was done.
    pub was_applied: bool,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Step {
    /// So many actions are to be done.
    Began {
        /// The run.
        run: i64,
        /// How many.
        total: u64,
    },
    /// An action was done, or could not be.
    Did {
        /// Which one.
        action: Box<Action>,
        /// What became of it, or why it failed.
        outcome: Result<Became, String>,
    },
}

/// A folder, and what became of it.
pub type FolderOutcome = (Folder, Result<RunReport, ReconcileError>);

/// Told of each step; whether to go on.
pub type Witness<'l> = dyn FnMut(Step) -> bool + 'l;

/// Why one action could not be done; others go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ActionError {
    #[error("{0}")]
    Refused(String),
    #[error("{what} failed")]
    Io {
        what: &'static str,
        #[source]
        source: std::io::Error,
    },
    #[error(transparent)]
    Library(#[from] tintype_library::LibraryError),
}

impl ActionError {
    pub(crate) fn refused(text: impl Into<String>) -> Self {
        Self::Refused(text.into())
    }

    pub(crate) fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { what, source }
    }

    /// Whether the next action would fail just so.
    fn ends_the_run(&self) -> bool {
        match self {
            Self::Io { source, .. } => source.kind() == std::io::ErrorKind::StorageFull,
            Self::Library(error) => error.disposition() == tintype_library::Disposition::Fatal,
            Self::Refused(_) => false,
        }
    }
}

/// What actions need.
pub(crate) struct Bench<'a> {
    pub(crate) library: &'a std::sync::Arc<tintype_library::Library>,
    pub(crate) folder: &'a Folder,
    pub(crate) settings: FolderSettings,
    /// Where what comes down is put.
    pub(crate) tree: Tree,
    pub(crate) root: PathBuf,
    pub(crate) caller: Caller,
    pub(crate) run: i64,
}

impl Engine<'_> {
    /// Applies a plan to its folders. One that went wrong does not stop the others, and neither does one that is only looked at.
    pub fn apply(&self, plan: &Plan, witness: &mut Witness<'_>) -> Result<Vec<FolderOutcome>, ReconcileError> {
        let mut reports = Vec::new();
        let does_any = plan.folders.iter().any(|part| part.report_only.is_none());
        for part in plan.folders.iter().filter(|part| part.report_only.is_none() || !does_any) {
            let folder = self.library.reconciled_folder(part.folder)?;
            let folder = folder.ok_or_else(|| ReconcileError::UnknownFolder { name: part.path.to_string() })?;
            let report = self.apply_to(plan, part, &folder, witness);
            let is_over = matches!(&report, Ok(report) if report.is_interrupted);
            reports.push((folder, report));
            if is_over {
                break;
            }
        }
        Ok(reports)
    }

    fn apply_to(
        &self,
        plan: &Plan,
        part: &FolderPlan,
        folder: &Folder,
        witness: &mut Witness<'_>,
    ) -> Result<RunReport, ReconcileError> {
        let resumed = self.library.folder_run_of(&plan.id, folder.id)?;
        let is_resumed = resumed.is_some();
        let (run, actions) = match resumed {
            Some(run) => (run, Vec::new()),
            None => match self.begin(plan, part, folder)? {
                Some(begun) => begun,
                None => return Ok(RunReport::default()),
            },
        };
        if is_resumed && run.ended_at.is_none() {
            // A folder that it has emptied would not be believed otherwise.
            self.note_interrupted(std::slice::from_ref(&run))?;
        }
        let mut report = RunReport { run: run.id, ..RunReport::default() };
        let known = self.library.folder_actions(run.id)?;
        report.planned = known.len() as u64;
        let mut to_do = Vec::new();
        for (row, line) in known {
            match line.map(|line| line.state) {
                Some(JournalState::Done | JournalState::Restored) => report.done += 1,
                Some(JournalState::Failed) if run.ended_at.is_some() => report.failed += 1,
                _ => to_do.push((row.number, read_action(&row, &actions)?)),
            }
        }
        if run.ended_at.is_some() || to_do.is_empty() {
            report.was_applied = run.ended_at.is_some();
            self.finish(&run)?;
            return Ok(report);
        }
        witness(Step::Began { run: run.id, total: to_do.len() as u64 });
        let bench = self.bench(folder, run.id)?;
        self.check_place(folder)?;
        // Much may have happened since it was interrupted.
        let looks_again = is_resumed && to_do.iter().any(|(_, action)| action.kind.is_delete());
        let asked = if looks_again { Some(self.asked_now(plan, folder)?) } else { None };
        for (number, action) in to_do {
            self.library.note_folder_action(run.id, number, JournalState::Planned, "")?;
            let outcome = match &asked {
                Some(asked) => bench.perform_again(&action, asked),
                None => bench.perform(&action),
            };
            let (state, text) = match &outcome {
                Ok(became) => (JournalState::Done, became.to_text()),
                Err(error) => (JournalState::Failed, Became::said(with_causes(error)).to_text()),
            };
            self.library.note_folder_action(run.id, number, state, &text)?;
            match &outcome {
                Ok(_) => report.done += 1,
                Err(_) => report.failed += 1,
            }
            let is_over = outcome.as_ref().is_err_and(ActionError::ends_the_run);
            let outcome = outcome.map_err(|error| with_causes(&error));
            let goes_on = witness(Step::Did { action: Box::new(action), outcome });
            if is_over || !goes_on {
                report.is_interrupted = true;
                return Ok(report);
            }
        }
        self.finish(&run)?;
        Ok(report)
    }

    /// What both sides ask for now, by its names.
    fn asked_now(&self, plan: &Plan, folder: &Folder) -> Result<HashMap<String, Action>, ReconcileError> {
        let survey = self.survey(folder, &mut |_| true)?;
        let fresh = self.plan_of(folder, &survey, plan.allow)?;
        Ok(fresh.actions.into_iter().map(|action| (action.id.clone(), action)).collect())
    }

    fn finish(&self, run: &FolderRun) -> Result<(), ReconcileError> {
        if run.ended_at.is_none() {
            self.library.end_folder_run(run.id)?;
        }
        Ok(())
    }

    fn bench<'a>(&'a self, folder: &'a Folder, run: i64) -> Result<Bench<'a>, ReconcileError> {
        let user = self.library.user(folder.owner_id)?;
        let user = user.ok_or_else(|| ReconcileError::UnknownFolder { name: folder.id.to_string() })?;
        let (settings, root) = (FolderSettings::parse(&folder.settings)?, root_of(&folder.path));
        let tree = Tree::parse(&settings.tree)?;
        Ok(Bench { library: self.library, folder, settings, tree, root, caller: Caller::of(user), run })
    }

    /// Writes down what is going to be done, if it still is what both sides ask for; nothing where nothing is.
    fn begin(
        &self,
        plan: &Plan,
        part: &FolderPlan,
        folder: &Folder,
    ) -> Result<Option<(FolderRun, Vec<Action>)>, ReconcileError> {
        let now = self.library.now();
        if now >= plan.expires_at || now.0 < plan.made_at.0 - crate::plan_file::HOLDS_MS {
            return Err(ReconcileError::Expired { at: plan.expires_at.to_iso() });
        }
        if let Some(why) = part.report_only {
            return Err(ReconcileError::ReportOnly { folder: part.path.to_string(), why: why.why() });
        }
        let survey = self.survey(folder, &mut |_| true)?;
        let fresh = self.plan_of(folder, &survey, plan.allow)?;
        let mut chosen = choose(part, &fresh)?;
        if let Some(library) = folder.library {
            crate::in_place::free_places_first(
                &mut chosen,
                &self.library.assets_in_place(library)?,
                &root_of(&folder.path),
            );
        }
        if chosen.is_empty() {
            return Ok(None);
        }
        let rows = chosen.iter().zip(1..).map(|(action, number)| to_row(number, action)).collect();
        let mut run = FolderRun {
            id: 0,
            plan: plan.id.clone(),
            folder: folder.id,
            root: folder.path.clone(),
            owner_id: folder.owner_id,
            began_at: Timestamp(now.0),
            ended_at: None,
            restores: None,
        };
        run.id = self.library.begin_folder_run(&run, rows)?;
        Ok(Some((run, chosen)))
    }
}

/// What of a plan is to be done, as it comes out now. Nothing that the file says is believed but decisions.
fn choose(part: &FolderPlan, fresh: &FolderPlan) -> Result<Vec<Action>, ReconcileError> {
    if let Some(why) = fresh.report_only {
        return Err(ReconcileError::ReportOnly { folder: part.path.to_string(), why: why.why() });
    }
    let now: HashMap<&str, &Action> = fresh.actions.iter().map(|action| (action.id.as_str(), action)).collect();
    let mut chosen = Vec::new();
    for wanted in part.actions.iter().filter(|action| action.decision == Decision::Do && action.is_doing()) {
        let what = || wanted.path.as_ref().map_or_else(|| wanted.name.clone(), ToString::to_string);
        let found = now.get(wanted.id.as_str()).filter(|action| action.is_same(wanted));
        let Some(action) = found else {
            return Err(ReconcileError::Changed { what: format!("{} is not as it was", what()) });
        };
        if action.asks_more(wanted) {
            return Err(ReconcileError::Changed { what: format!("{} asks a person now: {}", what(), action.reason) });
        }
        if let Some(bar) = action.bars.iter().find(|bar| **bar != Bar::Review) {
            return Err(ReconcileError::Barred { what: what(), why: bar.to_string() });
        }
        chosen.push((*action).clone());
    }
    for kind in [Kind::TrashAsset, Kind::TrashFile] {
        let count = chosen.iter().filter(|action| action.kind == kind).count();
        if count > fresh.cap {
            let folder = PathBuf::from(fresh.path.to_string());
            return Err(ReconcileError::TooMany { folder, count, cap: fresh.cap });
        }
    }
    // What comes is safe before anything goes.
    chosen.sort_by_key(|action| (order(action.kind), action.path.clone(), action.id.clone()));
    Ok(chosen)
}

fn order(kind: Kind) -> u8 {
    match kind {
        Kind::Upload | Kind::Index => 0,
        Kind::RestoreAsset => 1,
        Kind::Download => 2,
        Kind::MoveFile => 3,
        Kind::TrashAsset => 4,
        Kind::TrashFile => 5,
        Kind::None => 6,
    }
}

fn to_row(number: u32, action: &Action) -> FolderAction {
    FolderAction {
        number,
        kind: action.kind.as_str().to_owned(),
        name: action.name.clone(),
        path: action.path.as_ref().map(|path| path.0.clone()),
        asset: action.asset,
        sha1: action.sha1,
        action: serde_json::to_string(action).expect("an action can be written as JSON"),
    }
}

fn read_action(row: &FolderAction, known: &[Action]) -> Result<Action, ReconcileError> {
    if let Some(action) = usize::try_from(row.number).ok().and_then(|number| known.get(number.checked_sub(1)?)) {
        return Ok(action.clone());
    }
    serde_json::from_str(&row.action)
        .map_err(|source| ReconcileError::NoPlan { path: PathBuf::from(&row.name), source: source.into() })
}

impl Bench<'_> {
    /// The same in a run that was interrupted: deletes that nobody asks for any more are not done. One that was done, and not
    /// written down, is not asked for either.
    fn perform_again(&self, action: &Action, asked: &HashMap<String, Action>) -> Result<Became, ActionError> {
        let is_asked = || {
            let now = asked.get(&action.id).filter(|now| now.is_same(action) && !now.asks_more(action));
            now.is_some_and(|now| now.bars.iter().all(|bar| *bar == Bar::Review))
        };
        if action.kind.is_delete() && self.is_undone(action)? && !is_asked() && !self.is_left_behind(action)? {
            return Err(ActionError::refused(
                "both sides look otherwise since the run was interrupted: make another plan",
            ));
        }
        self.perform(action)
    }

    fn perform(&self, action: &Action) -> Result<Became, ActionError> {
        if action.path.as_ref().is_some_and(|path| !path.is_inside()) {
            return Err(ActionError::refused("its path leads out of the folder"));
        }
        match action.kind {
            Kind::Upload => self.upload(action),
            Kind::Index => self.index(action),
            Kind::Download => self.download(action),
            Kind::MoveFile => self.move_file(action),
            Kind::TrashAsset => self.trash_asset(action),
            Kind::TrashFile => self.trash_file(action),
            Kind::RestoreAsset => self.restore_asset(action),
            Kind::None => Ok(Became::default()),
        }
    }
}
