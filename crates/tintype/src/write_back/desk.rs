//! Runs that the page begins: in the background, with what the page shows of them.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tintype_library::{Library, LibraryError};
use tintype_server::writing::{Writing, WritingError, WritingFile, WritingRun, WritingState, WritingWish};
use tintype_writeback::engine::{Engine, Listener};
use tintype_writeback::modules::{Choice, FavoriteAs, Module};
use tintype_writeback::order::{Became, FileReport, Happened};
use tintype_writeback::{Halt, Order, Report, RunError, Targets};

use super::shown::summary;
use super::{everybody, those_of};
use crate::control::Doors;

/// Files that are shown; more would be no easier to look through.
const SHOWN: usize = 100;
/// Runs that are shown.
const RUNS: u32 = 20;

/// Every module with what it is, in the order of the form.
const WORDS: [(Module, &str); 8] = [
    (Module::People, "Names of people"),
    (Module::Faces, "Where faces are"),
    (Module::Gps, "Places"),
    (Module::Caption, "Captions"),
    (Module::Time, "Dates"),
    (Module::Rating, "Stars and favourites"),
    (Module::Albums, "Albums"),
    (Module::Tags, "Tags"),
];

/// What begins runs for the page.
pub(crate) struct Desk(Arc<Shared>);

struct Shared {
    library: Arc<Library>,
    doors: Arc<Doors>,
    state: Mutex<State>,
    stops: AtomicBool,
}

#[derive(Default)]
struct State {
    began: Option<Instant>,
    shown: WritingState,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of what happens; whether to go on.
    fn take(&self, happened: Happened) -> bool {
        let mut state = self.state();
        match happened {
            Happened::Began { total, .. } => state.shown.progress = Some((0, total)),
            Happened::Progress { done } => {
                let total = state.shown.progress.map_or(done, |(_, total)| total);
                state.shown.progress = Some((done, total));
                let spent = state.began.map_or(0.0, |began| began.elapsed().as_secs_f64());
                let left = total.saturating_sub(done) as f64 * spent / done.max(1) as f64;
                state.shown.seconds_left = Some(left.ceil() as u64);
            }
            Happened::File(file) => {
                if let Some(file) = told(file) {
                    match state.shown.files.len() {
                        length if length < SHOWN => state.shown.files.push(file),
                        _ => state.shown.more_files += 1,
                    }
                }
            }
        }
        !self.stops.load(Ordering::SeqCst)
    }

    fn run(&self, work: impl FnOnce(&Engine<'_>, &mut Listener<'_>) -> Result<Report, RunError>) {
        let outcome = self
            .doors
            .writer
            .alone(&self.library, &Halt::default(), |engine| Ok(work(engine, &mut |news| self.take(news))?));
        let mut state = self.state();
        let is_dry = state.shown.is_dry;
        state.shown.is_running = false;
        state.shown.ended = Some(match outcome {
            Ok(report) if report.is_interrupted => (format!("Stopped. {}", summary(&report, is_dry)), true),
            Ok(report) => (summary(&report, is_dry), report.failures() == 0),
            Err(error) => (format!("{error:#}"), false),
        });
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
        is_dry: bool,
        work: impl FnOnce(&Engine<'_>, &mut Listener<'_>) -> Result<Report, RunError> + Send + 'static,
    ) -> Result<(), WritingError> {
        let mut state = self.0.state();
        if state.shown.is_running {
            return Err(WritingError { text: "Another run is at work".to_owned() });
        }
        *state = State {
            began: Some(Instant::now()),
            shown: WritingState { is_running: true, is_dry, ..WritingState::default() },
        };
        drop(state);
        self.0.stops.store(false, Ordering::SeqCst);
        let shared = Arc::clone(&self.0);
        let spawned = std::thread::Builder::new().name("writing".to_owned()).spawn(move || shared.run(work));
        spawned.map(drop).map_err(|error| {
            self.0.state().shown.is_running = false;
            WritingError { text: error.to_string() }
        })
    }
}

impl Writing for Desk {
    fn begin(&self, wish: WritingWish) -> Result<(), WritingError> {
        let modules = WORDS
            .iter()
            .map(|(module, _)| *module)
            .filter(|module| wish.modules.iter().any(|name| name == module.name()));
        let favorite_as = match wish.favorite_as.as_str() {
            "rating" => FavoriteAs::Rating,
            "label" => FavoriteAs::Label,
            "none" => FavoriteAs::None,
            other => return Err(WritingError { text: format!("a favourite cannot become {other}") }),
        };
        let choice = Choice { favorite_as, ..Choice::of(modules) };
        if choice.modules.is_empty() {
            return Err(WritingError { text: "Tick what is to be written".to_owned() });
        }
        let targets = match wish.to.as_str() {
            "sidecar" => Targets::Sidecar,
            "embedded" => Targets::Embedded,
            "both" => Targets::Both,
            other => return Err(WritingError { text: format!("{other} is no place to write to") }),
        };
        let backup = wish.backup.map(PathBuf::from);
        if backup.as_ref().is_some_and(|folder| !folder.is_absolute()) {
            return Err(WritingError {
                text: "Say where old files go by a whole path, such as /srv/before".to_owned(),
            });
        }
        let order = Order { is_dry: wish.is_dry, backup, ..Order::of(choice, targets) };
        let filter = match &wish.owner {
            None => everybody(&self.0.library),
            Some(email) => those_of(&self.0.library, email),
        };
        let filter = filter.map_err(|error| WritingError { text: format!("{error:#}") })?;
        self.spawn(wish.is_dry, move |engine, listener| engine.run(&order, filter, listener))
    }

    fn undo(&self, run: i64) -> Result<(), WritingError> {
        self.spawn(false, move |engine, listener| engine.undo(run, false, listener))
    }

    fn stop(&self) {
        self.0.stops.store(true, Ordering::SeqCst);
    }

    fn state(&self) -> Result<WritingState, LibraryError> {
        let runs = self.0.library.read(|tx| Ok(tx.write_back_runs(RUNS)?))?;
        let mut shown = self.0.state().shown.clone();
        let users = self.0.library.read(|tx| Ok(tx.users(false)?))?;
        shown.owners = users.into_iter().map(|user| user.email).collect();
        shown.modules = WORDS.iter().map(|(module, words)| (module.name(), *words)).collect();
        shown.runs = runs
            .into_iter()
            .map(|run| WritingRun {
                run: run.id,
                began_at: run.began_at,
                has_ended: run.ended_at.is_some(),
                undoes: run.undoes,
            })
            .collect();
        Ok(shown)
    }
}

fn told(file: FileReport) -> Option<WritingFile> {
    let target = match file.target {
        tintype_library::model::WriteTarget::Sidecar => "XMP file",
        tintype_library::model::WriteTarget::Embedded => "Original",
    };
    let text = |value: &tintype_writeback::value::Value| value.to_string();
    let (failure, changes) = match file.became {
        Became::Written(changes) => (None, changes),
        Became::Failed(_, text) => (Some(text), Vec::new()),
        Became::Equal | Became::Skipped(..) => return None,
    };
    let changes = changes
        .iter()
        .map(|change| {
            let (before, after) = (change.before.as_ref().map(text), change.after.as_ref().map(text));
            (change.tag.name().to_owned(), before, after)
        })
        .collect();
    Some(WritingFile { asset: file.asset.to_string(), name: file.name, target, failure, changes })
}
