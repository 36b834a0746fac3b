//! What the page of folders begins: in the background, with what the page shows of it.

use std::collections::{BTreeSet, HashSet};
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tintype_library::model::{ActionTally, FolderRun, JournalState};
use tintype_library::{Library, LibraryError};
use tintype_media::formats;
use tintype_protocol::id::AssetId;
use tintype_reconcile::apply::Step;
use tintype_reconcile::engine::Progress;
use tintype_reconcile::places::root_of;
use tintype_reconcile::{Action, Bucket, Decision, Engine, FolderSettings, Kind, Plan, plan_file};
use tintype_server::reconciling::{
    FolderWish, ReconciledFolder, ReconciledRun, Reconciling, ReconcilingError, ReconcilingState, ReviewedAction,
    ReviewedPlan,
};

use super::planning::bring_in;
use super::shown::heading;
use super::{NewFolder, pass};
use crate::control::{Doors, Event};

/// Actions of one heap that are shown; more would be no easier to look through.
const SHOWN: usize = 100;
/// Runs that are shown.
const RUNS: u32 = 20;
/// Longest file that is shown, in bytes.
const PICTURE_BYTES: u64 = 32 << 20;

/// Begins work for the page.
pub(crate) struct Desk(Arc<Shared>);

struct Shared {
    library: Arc<Library>,
    doors: Arc<Doors>,
    state: Mutex<State>,
    stops: AtomicBool,
}

#[derive(Default)]
struct State {
    at_work: Option<&'static str>,
    progress: Option<(u64, u64)>,
    ended: Option<(String, bool)>,
    plan: Option<Plan>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn goes_on(&self) -> bool {
        !self.stops.load(Ordering::SeqCst)
    }

    fn make_plan(&self, folder: i64) -> anyhow::Result<String> {
        let folder = tintype_reconcile::folders::find(&self.library, &folder.to_string())?;
        self.doors.reconciler.alone(&self.library, |engine| {
            let news = bring_in(&self.library, &self.doors, &folder)?;
            let mut part = engine.plan(&folder, None, &mut |progress| {
                // Taken once: whoever locks it twice waits for themselves.
                let mut state = self.state();
                state.progress = match (progress, state.progress) {
                    (Progress::ToRead { files, .. }, _) => Some((0, files)),
                    (Progress::Read { files }, known) => Some((files, known.map_or(files, |(_, all)| all))),
                };
                drop(state);
                self.goes_on()
            })?;
            part.problems.extend(news);
            let plan = plan_file::assemble(vec![part], None, self.library.now());
            plan_file::write(&plan, &self.doors.reconciler.plans.join(format!("{}.json", plan.id)))?;
            self.state().plan = Some(plan);
            Ok("The plan is ready.".to_owned())
        })
    }

    fn carry_out(&self, mut plan: Plan, chosen: &BTreeSet<String>) -> anyhow::Result<String> {
        for action in plan.folders.iter_mut().flat_map(|folder| &mut folder.actions) {
            action.decision = if chosen.contains(&action.id) { Decision::Do } else { Decision::Hold };
        }
        let reports = self.doors.reconciler.alone(&self.library, |engine: &Engine<'_>| {
            Ok(engine.apply(&plan, &mut |step| {
                let mut state = self.state();
                state.progress = match (&step, state.progress) {
                    (Step::Began { total, .. }, _) => Some((0, *total)),
                    (Step::Did { .. }, Some((done, all))) => Some((done + 1, all)),
                    (Step::Did { .. }, None) => None,
                };
                drop(state);
                self.goes_on()
            })?)
        })?;
        let mut words = Vec::new();
        for (_, report) in reports {
            let report = report?;
            if report.run == 0 {
                words.push("Nothing was to be done".to_owned());
                continue;
            }
            let end = if report.is_interrupted { ", stopped" } else { "" };
            words.push(format!("{} of {} done, {} failed{end}", report.done, report.planned, report.failed));
            if report.failed == 0 && !report.is_interrupted {
                self.state().plan = None;
            }
        }
        Ok(words.join("; "))
    }

    /// A round of watching one folder.
    fn look_again(&self, folder: i64) -> anyhow::Result<String> {
        let (mut words, mut trouble) = (Vec::new(), None);
        pass(&self.library, &self.doors, Some(&folder.to_string()), &mut |event| {
            match event {
                Event::Applied(applied) => {
                    words.push(format!("{} of {} done, {} failed", applied.done, applied.planned, applied.failed));
                }
                Event::Say { text } => trouble = Some(text),
                _ => {}
            }
            Ok(())
        })?;
        match trouble {
            Some(trouble) => anyhow::bail!(trouble),
            None if words.is_empty() => Ok("There was nothing to do that needs no person.".to_owned()),
            None => Ok(words.join("; ")),
        }
    }

    fn take_back(&self, what: &str) -> anyhow::Result<String> {
        let report = self.doors.reconciler.alone(&self.library, |engine| Ok(engine.restore(what, None)?))?;
        self.state().plan = None;
        anyhow::ensure!(
            report.failed.is_empty(),
            "{}",
            report.failed.iter().map(|(name, why)| format!("{name}: {why}")).collect::<Vec<_>>().join("; ")
        );
        let (files, assets, welcome) = (report.files.len(), report.assets.len(), report.welcome.len());
        let go = if welcome == 1 { "goes" } else { "go" };
        let later = if welcome == 0 { String::new() } else { format!(", {welcome} {go} up with the next plan") };
        let file = if files == 1 { "file is back in its folder" } else { "files are back in their folders" };
        let photo = if assets == 1 { "photo is" } else { "photos are" };
        Ok(format!("{files} {file}, {assets} {photo} out of the library's trash{later}."))
    }
}

impl Desk {
    pub(crate) fn new(library: &Arc<Library>, doors: &Arc<Doors>) -> Self {
        let (state, stops) = (Mutex::default(), AtomicBool::new(false));
        Self(Arc::new(Shared { library: Arc::clone(library), doors: Arc::clone(doors), state, stops }))
    }

    /// Does something on a thread of its own, unless something is done already.
    fn spawn(
        &self,
        what: &'static str,
        work: impl FnOnce(&Shared) -> anyhow::Result<String> + Send + 'static,
    ) -> Result<(), ReconcilingError> {
        let mut state = self.0.state();
        if state.at_work.is_some() {
            return Err(ReconcilingError { text: "Something is at work already".to_owned() });
        }
        (state.at_work, state.progress, state.ended) = (Some(what), None, None);
        drop(state);
        self.0.stops.store(false, Ordering::SeqCst);
        let shared = Arc::clone(&self.0);
        let spawned = std::thread::Builder::new().name("reconciling".to_owned()).spawn(move || {
            let outcome = work(&shared);
            let mut state = shared.state();
            state.at_work = None;
            state.ended = Some(match outcome {
                Ok(text) => (text, true),
                Err(error) => (format!("{error:#}"), false),
            });
        });
        spawned.map(drop).map_err(|error| {
            self.0.state().at_work = None;
            ReconcilingError { text: error.to_string() }
        })
    }
}

impl Reconciling for Desk {
    fn add(&self, wish: &FolderWish) -> Result<(), ReconcilingError> {
        let new = NewFolder {
            path: PathBuf::from(wish.path.trim()),
            policy: wish.policy.clone(),
            owner: Some(wish.owner.clone()),
            settings: FolderSettings { album: wish.album.clone(), ..FolderSettings::default() },
        };
        let refuse = |error: anyhow::Error| ReconcilingError { text: format!("{error:#}") };
        if !new.path.is_absolute() {
            return Err(ReconcilingError {
                text: "Say where the folder is on the server, beginning with /".to_owned(),
            });
        }
        super::add(&self.0.library, &self.0.doors, &new, &mut |_| Ok(())).map_err(refuse)
    }

    fn plan(&self, folder: i64) -> Result<(), ReconcilingError> {
        self.spawn("Looking at both sides", move |shared| shared.make_plan(folder))
    }

    fn scan(&self, folder: i64) -> Result<(), ReconcilingError> {
        self.spawn("Looking through the folder", move |shared| shared.look_again(folder))
    }

    fn apply(&self, plan: &str, chosen: BTreeSet<String>) -> Result<(), ReconcilingError> {
        let shown = self.0.state().plan.clone().filter(|shown| shown.id == plan);
        let shown =
            shown.ok_or_else(|| ReconcilingError { text: "Another plan was made: look at it first".to_owned() })?;
        self.spawn("Bringing both together", move |shared| shared.carry_out(shown, &chosen))
    }

    fn restore(&self, what: &str) -> Result<(), ReconcilingError> {
        let what = what.trim().to_owned();
        if what.is_empty() {
            return Err(ReconcilingError { text: "Say what is to come back".to_owned() });
        }
        self.spawn("Taking back", move |shared| shared.take_back(&what))
    }

    fn stop(&self) {
        self.0.stops.store(true, Ordering::SeqCst);
    }

    fn state(&self) -> Result<ReconcilingState, LibraryError> {
        let library = &self.0.library;
        let folders = library.reconciled_folders()?.into_iter().map(|folder| {
            let summary: plan_file::Summary =
                folder.summary.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
            ReconciledFolder {
                folder: folder.id,
                path: root_of(&folder.path).display().to_string(),
                policy: folder.policy.as_str(),
                is_in_place: folder.library.is_some(),
                planned_at: folder.planned_at,
                failure: folder.failure.map(|failure| (failure.at, failure.text)),
                agreed: summary.agreed,
                buckets: summary.buckets.into_iter().collect(),
            }
        });
        let folders = folders.collect();
        let runs = library.folder_runs(RUNS)?;
        let runs = runs.iter().map(|run| Ok(past(run, &library.tally_folder_actions(run.id)?)));
        let runs = runs.collect::<Result<Vec<_>, LibraryError>>()?;
        let state = self.0.state();
        Ok(ReconcilingState {
            folders,
            at_work: state.at_work,
            progress: state.progress,
            ended: state.ended.clone(),
            plan: state.plan.as_ref().map(|plan| reviewed(plan, library)),
            runs,
        })
    }

    fn picture(&self, action: &str) -> Option<(&'static str, Vec<u8>)> {
        let (root, path) = {
            let state = self.0.state();
            let folder = state.plan.as_ref()?.folders.first()?;
            let action = folder.actions.iter().find(|known| known.id == action)?;
            (root_of(&folder.path.0), action.path.clone().filter(|path| path.is_inside())?)
        };
        let media_type = shown_type(&path.name())?;
        let full = path.below(&root);
        let about = std::fs::symlink_metadata(&full).ok()?;
        if !about.is_file() || about.len() > PICTURE_BYTES {
            return None;
        }
        let mut bytes = Vec::new();
        std::fs::File::open(&full).ok()?.take(PICTURE_BYTES).read_to_end(&mut bytes).ok()?;
        Some((media_type, bytes))
    }
}

/// What browsers show by themselves.
fn shown_type(name: &str) -> Option<&'static str> {
    formats::by_name(name).filter(|format| format.web).map(|format| format.media_type)
}

fn reviewed(plan: &Plan, library: &Library) -> ReviewedPlan {
    let Some(folder) = plan.folders.first() else {
        return ReviewedPlan {
            plan: plan.id.clone(),
            path: String::new(),
            report_only: None,
            problems: Vec::new(),
            heaps: Vec::new(),
        };
    };
    let heaps: Vec<(Bucket, Vec<&Action>, u64)> = Bucket::ALL
        .into_iter()
        .map(|bucket| {
            let actions = || folder.actions.iter().filter(|action| action.bucket == bucket);
            (bucket, actions().take(SHOWN).collect(), actions().count().saturating_sub(SHOWN) as u64)
        })
        .collect();
    let shown = heaps.iter().flat_map(|(_, actions, _)| actions.iter().filter_map(|action| action.asset));
    let pictured = pictured(library, shown.collect());
    let heaps = heaps.into_iter().filter(|(_, actions, _)| !actions.is_empty()).map(|(bucket, actions, more)| {
        (capital(heading(bucket)), actions.into_iter().map(|action| review(action, &pictured)).collect(), more)
    });
    ReviewedPlan {
        plan: plan.id.clone(),
        path: folder.path.to_string(),
        report_only: folder.report_only.map(tintype_reconcile::plan::ReportOnly::why),
        problems: folder.problems.clone(),
        heaps: heaps.collect(),
    }
}

/// With a capital letter at its beginning.
fn capital(text: &str) -> String {
    text.chars().take(1).flat_map(char::to_uppercase).chain(text.chars().skip(1)).collect()
}

/// Those of these assets that have a picture: it is made a moment after they came, or fetched. None where the library cannot
/// say.
fn pictured(library: &Library, assets: Vec<AssetId>) -> HashSet<AssetId> {
    let found = library.read(|tx| {
        let mut found = HashSet::new();
        for id in assets {
            if tx.asset(id)?.is_some_and(|asset| asset.is_rendered) || tx.is_remote(id)? {
                found.insert(id);
            }
        }
        Ok(found)
    });
    found.unwrap_or_default()
}

fn review(action: &Action, pictured: &HashSet<AssetId>) -> ReviewedAction {
    let does = match action.kind {
        Kind::Upload => Some("Upload"),
        Kind::Download => Some("Download"),
        Kind::MoveFile => Some("Move"),
        Kind::TrashAsset => Some("Library's trash"),
        Kind::TrashFile => Some("Folder's trash"),
        Kind::RestoreAsset => Some("Out of the trash"),
        Kind::Index => Some("Index"),
        Kind::None => None,
    };
    let is_gone = action.evidence.gone_from_folder_since.is_some();
    let to = action.to.as_ref().map(|to| format!(" → {to}")).unwrap_or_default();
    ReviewedAction {
        id: action.id.clone(),
        name: action.name.clone(),
        path: action.path.as_ref().map(|path| format!("{path}{to}")).filter(|path| *path != action.name),
        does,
        reason: action.reason.clone(),
        bars: action.bars.iter().map(ToString::to_string).collect(),
        is_chosen: action.decision == Decision::Do,
        is_open: action.is_open(),
        is_delete: action.kind.is_delete(),
        has_file: !is_gone && action.path.as_ref().is_some_and(|path| shown_type(&path.name()).is_some()),
        asset: action.asset.filter(|asset| pictured.contains(asset)).map(|asset| asset.to_string()),
    }
}

fn past(run: &FolderRun, tally: &[ActionTally]) -> ReconciledRun {
    let failed = tally.iter().filter(|alike| alike.state == Some(JournalState::Failed)).map(|alike| alike.count).sum();
    let is_delete = |kind: &str| [Kind::TrashAsset, Kind::TrashFile].iter().any(|delete| delete.as_str() == kind);
    ReconciledRun {
        run: run.id,
        path: root_of(&run.root).display().to_string(),
        began_at: run.began_at,
        has_ended: run.ended_at.is_some(),
        restores: run.restores,
        counts: (tally.iter().map(|alike| alike.count).sum(), failed),
        can_be_restored: run.restores.is_none()
            && tally.iter().any(|alike| alike.state == Some(JournalState::Done) && is_delete(&alike.kind)),
    }
}
