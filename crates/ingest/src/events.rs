//! What the system tells of files while they are written: a hint to look sooner, and that somebody has not finished yet.
//! The looks are the truth, as there are no events on most network file systems, and some are lost.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tintype_library::jobs::Signal;

use crate::zone::Zone;
use tintype_media::clutter::is_ignored;

/// Files that are known to be open; of more, only looks tell.
const MAX_OPEN: usize = 10_000;
/// After this long without a word a file is not believed to be open any more: that it was closed may have been lost.
const BELIEVED: Duration = Duration::from_secs(3_600);

/// Files that somebody writes to, with when that was last.
#[derive(Default)]
pub(crate) struct Open(Mutex<HashMap<PathBuf, Instant>>);

impl Open {
    fn files(&self) -> MutexGuard<'_, HashMap<PathBuf, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody has a file open to write to it, as far as the system tells.
    pub(crate) fn has(&self, path: &Path) -> bool {
        let mut files = self.files();
        if files.get(path).is_some_and(|last| last.elapsed() > BELIEVED) {
            files.remove(path);
        }
        files.contains_key(path)
    }

    /// Takes note; whether it is worth a look.
    fn note(&self, event: &Event, folders: &[PathBuf]) -> bool {
        let paths = event.paths.iter().filter(|path| is_theirs(path, folders));
        match event.kind {
            EventKind::Modify(ModifyKind::Data(_)) => {
                for path in paths {
                    let mut files = self.files();
                    if files.len() < MAX_OPEN || files.contains_key(path) {
                        files.insert(path.clone(), Instant::now());
                    }
                }
                false
            }
            EventKind::Access(AccessKind::Close(AccessMode::Write)) | EventKind::Remove(_) => {
                let mut is_worth_it = false;
                for path in paths {
                    self.files().remove(path);
                    is_worth_it = true;
                }
                is_worth_it
            }
            // Events were lost: nothing that is remembered is certain.
            EventKind::Other => {
                self.files().clear();
                true
            }
            EventKind::Create(_) | EventKind::Modify(ModifyKind::Name(_)) => paths.count() > 0,
            _ => false,
        }
    }
}

/// Whether it is about something that zones do not leave alone; what the pipeline does itself is hidden, too.
fn is_theirs(path: &Path, folders: &[PathBuf]) -> bool {
    let inside = folders.iter().find_map(|folder| path.strip_prefix(folder).ok());
    inside.is_some_and(|inside| !inside.iter().any(is_ignored))
}

/// Listens to what happens in zones until this is dropped. Zones that cannot be listened to are only looked at.
pub(crate) fn listen(zones: &[Zone], open: Arc<Open>, bell: Arc<Signal>) -> Option<RecommendedWatcher> {
    let folders: Vec<PathBuf> = zones.iter().map(|zone| zone.folder.clone()).collect();
    let take = move |event: notify::Result<Event>| {
        // An error is lost events, too.
        if event.map_or(true, |event| open.note(&event, &folders)) {
            bell.ring();
        }
    };
    let mut watcher = match notify::recommended_watcher(take) {
        Ok(watcher) => watcher,
        Err(error) => {
            tracing::info!(%error, "the system tells nothing of files; landing zones are looked at all the same");
            return None;
        }
    };
    for zone in zones {
        if let Err(error) = watcher.watch(&zone.folder, RecursiveMode::Recursive) {
            tracing::info!(zone = zone.name, %error, "the system tells nothing of this zone; it is looked at all the same");
        }
    }
    Some(watcher)
}
