//! The sender: a folder, its state, and time that passes as tests want it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tintype_ingest::push::{
    Choice, Event, JOURNAL_NAME, Journal, Push, PushError, Settings, State, Summary, Surroundings, Target,
};

/// What happens at a moment that a test chooses.
pub(crate) type Deed = Box<dyn FnOnce() + Send>;

/// Waits take no time and are written down.
pub(crate) struct Time {
    pub(crate) now: jiff::Zoned,
    pub(crate) waited: Mutex<Vec<Duration>>,
    /// How often it is still asked until somebody wants the end.
    pub(crate) left: AtomicUsize,
    /// Called when it was asked so often: in the middle of an upload, which asks for every part.
    pub(crate) sending: Mutex<Option<(usize, Deed)>>,
    asked: AtomicUsize,
    /// Called in the next wait.
    pub(crate) meanwhile: Mutex<Option<Deed>>,
}

impl Surroundings for Time {
    fn now(&self) -> jiff::Zoned {
        self.now.clone()
    }

    fn wait(&self, time: Duration) -> bool {
        self.waited.lock().unwrap().push(time);
        if let Some(meanwhile) = self.meanwhile.lock().unwrap().take() {
            meanwhile();
        }
        false
    }

    fn is_over(&self) -> bool {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        let at_that_time = |(when, _): &mut (usize, Deed)| *when == asked;
        if let Some((_, sending)) = self.sending.lock().unwrap().take_if(at_that_time) {
            sending();
        }
        self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err()
    }
}

pub(crate) struct Desk {
    pub(crate) time: Arc<Time>,
    pub(crate) settings: Settings,
    dir: tempfile::TempDir,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["photos", "state"] {
            std::fs::create_dir(dir.path().join(folder)).unwrap();
        }
        let settings = Settings {
            folder: dir.path().join("photos"),
            choice: Choice::default(),
            verifies: false,
            deletes: false,
            settle: Duration::ZERO,
            windows: Vec::new(),
            is_dry: false,
        };
        let now = "2026-11-21T12:00:00[UTC]".parse().unwrap();
        let time = Time {
            now,
            waited: Mutex::default(),
            left: AtomicUsize::new(usize::MAX),
            sending: Mutex::default(),
            asked: AtomicUsize::new(0),
            meanwhile: Mutex::default(),
        };
        Desk { time: Arc::new(time), settings, dir }
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.settings.folder.join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::create_dir_all(self.at(name).parent().unwrap()).unwrap();
        std::fs::write(self.at(name), bytes).unwrap();
    }

    /// Writes other bytes into a file that looks as it did: the same length, time and inode.
    pub(crate) fn swap(&self, name: &str, bytes: &[u8]) {
        let before = std::fs::metadata(self.at(name)).unwrap();
        assert_eq!(before.len(), bytes.len() as u64);
        std::fs::write(self.at(name), bytes).unwrap();
        let file = std::fs::File::options().write(true).open(self.at(name)).unwrap();
        file.set_modified(before.modified().unwrap()).unwrap();
    }

    /// From now on another folder is sent, with the same state; as another card under the same roof.
    pub(crate) fn change_folder(&mut self, name: &str) {
        self.settings.folder = self.dir.path().join(name);
        std::fs::create_dir_all(&self.settings.folder).unwrap();
    }

    /// A run that has not begun.
    pub(crate) fn push(&self) -> Push {
        let (state, journal) = (State::open(&self.state()).unwrap(), Journal::open(&self.state()).unwrap());
        let time = Arc::clone(&self.time) as Arc<dyn Surroundings>;
        Push::new(self.settings.clone(), state, journal, time, None)
    }

    /// A pass, and what it told.
    pub(crate) fn try_pass(&self, target: &mut dyn Target) -> (Result<Summary, PushError>, Vec<Event>) {
        let (mut push, mut events) = (self.push(), Vec::new());
        (push.pass(target, &mut |event| events.push(event.clone())), events)
    }

    #[track_caller]
    pub(crate) fn pass(&self, target: &mut dyn Target) -> Summary {
        let (summary, events) = self.try_pass(target);
        summary.unwrap_or_else(|error| panic!("{error:?} {events:?}"))
    }

    pub(crate) fn journal(&self) -> String {
        std::fs::read_to_string(self.state().join(JOURNAL_NAME)).unwrap()
    }
}
