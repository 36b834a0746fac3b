//! One pass over a folder: what is new goes, what is proven may be deleted, and everything is written down.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tintype_library::model::FileStamp;

use super::aside::put_back;
use super::choice::Choice;
use super::journal::{Journal, Line};
use super::outgoing::open;
use super::pace::{Pace, Surroundings};
use super::report::{Event, PushError, Summary, shown};
use super::rest::{has_rested, is_busy};
use super::state::{Between, Known, State};
use super::target::{Proof, Target};
use super::window::Window;
use crate::hash::content;
use crate::scan::{Found, Scan};

/// What is sent, and how.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder.
    pub folder: PathBuf,
    /// Which of its files.
    pub choice: Choice,
    /// Whether targets are to prove what they have.
    pub verifies: bool,
    /// Whether files are deleted here once they are proven to be there. Asks for proof as well.
    pub deletes: bool,
    /// How long a file is to be unchanged before it is sent.
    pub settle: Duration,
    /// Hours in which something may be sent; none is all.
    pub windows: Vec<Window>,
    /// Only say what would be sent.
    pub is_dry: bool,
}

/// See the module's description.
pub struct Push {
    pub(super) settings: Settings,
    /// The folder whatever way leads to it: what is known is known of it.
    folder: Vec<u8>,
    pub(super) state: State,
    journal: Journal,
    pub(super) surroundings: Arc<dyn Surroundings>,
    pub(super) pace: Pace,
    /// Files that were gone into in this run and stay here: not again as long as they look like this.
    pub(super) staying: HashMap<Vec<u8>, FileStamp>,
    /// Whether what an earlier run left aside has been put back.
    is_tidy: bool,
}

/// How far a pass came with one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Done,
    /// Somebody writes to it, or may: it is looked at again when it has had time to rest.
    Busy,
    /// Nothing more is to be tried in this pass.
    Over,
}

/// Whether a file has been unchanged for long enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rested {
    /// Its time tells.
    ByItsTime,
    /// It was watched for so long.
    Watched,
}

pub(super) type Tell<'a> = &'a mut dyn FnMut(&Event);

impl Push {
    /// Puts everything together. `bytes_per_second` is the limit for all files together.
    pub fn new(
        settings: Settings,
        state: State,
        journal: Journal,
        surroundings: Arc<dyn Surroundings>,
        bytes_per_second: Option<u64>,
    ) -> Push {
        use std::os::unix::ffi::OsStringExt as _;
        let pace = Pace::new(bytes_per_second, Arc::clone(&surroundings));
        let folder = std::fs::canonicalize(&settings.folder).unwrap_or_else(|_| settings.folder.clone());
        let folder = folder.into_os_string().into_vec();
        Push { settings, folder, state, journal, surroundings, pace, staying: HashMap::new(), is_tidy: false }
    }

    /// Sends what is new.
    ///
    /// # Errors
    /// See [`PushError`]. Files that fail are no errors of the pass: they are counted.
    pub fn pass(&mut self, target: &mut dyn Target, tell: Tell<'_>) -> Result<Summary, PushError> {
        let mut summary = Summary::default();
        let files = self.look(target, &mut summary, tell)?;
        let busy = self.all(target, &files, Rested::ByItsTime, &mut summary, tell)?;
        let busy = self.watch(busy, &mut summary, tell);
        for found in self.all(target, &busy, Rested::Watched, &mut summary, tell)? {
            still_busy(&found, &mut summary, tell);
        }
        if !self.settings.is_dry {
            self.journal.sync().map_err(PushError::Journal)?;
        }
        Ok(summary)
    }

    /// The files that the target takes.
    fn look(&mut self, target: &dyn Target, summary: &mut Summary, tell: Tell<'_>) -> Result<Vec<Found>, PushError> {
        let mut unreadable = |path: &Path, error: &std::io::Error| {
            summary.failed += 1;
            tell(&Event::Unreadable { path: path.display().to_string(), error: error.to_string() });
        };
        let folder = &self.settings.folder;
        if !self.settings.is_dry && !std::mem::replace(&mut self.is_tidy, true) {
            put_back(folder).iter().for_each(|(path, error)| unreadable(path, error));
        }
        let scan = self.settings.choice.scan(folder);
        let Scan { mut files, strange, errors } =
            scan.map_err(|source| PushError::Folder { path: folder.clone(), source })?;
        errors.iter().for_each(|(path, error)| unreadable(path, error));
        let all = files.len();
        files.retain(|found| target.takes(&found.path));
        summary.left = strange + (all - files.len()) as u64;
        Ok(files)
    }

    /// One file after the other. Those that somebody may still write to are given back.
    fn all(
        &mut self,
        target: &mut dyn Target,
        files: &[Found],
        rested: Rested,
        summary: &mut Summary,
        tell: Tell<'_>,
    ) -> Result<Vec<Found>, PushError> {
        let mut busy = Vec::new();
        for (index, found) in files.iter().enumerate() {
            match self.one(target, found, rested, summary, tell)? {
                Step::Done => {}
                Step::Busy => busy.push(found.clone()),
                Step::Over => {
                    summary.waiting += (files.len() - index + busy.len()) as u64;
                    return Ok(Vec::new());
                }
            }
        }
        Ok(busy)
    }

    /// Waits until files have had time to rest. Those that have used it.
    fn watch(&self, mut busy: Vec<Found>, summary: &mut Summary, tell: Tell<'_>) -> Vec<Found> {
        let looks =
            |found: &Found| std::fs::symlink_metadata(self.file(&found.path)).map(|about| FileStamp::of(&about));
        // Whoever removed one does not want it sent.
        busy.retain_mut(|found| looks(found).map(|now| found.stamp = now).is_ok());
        if busy.is_empty() || self.settings.settle.is_zero() {
            return busy;
        }
        if self.surroundings.wait(self.settings.settle) {
            summary.waiting += busy.len() as u64;
            return Vec::new();
        }
        busy.retain(|found| {
            let now = looks(found);
            let has_rested = now.as_ref().is_ok_and(|now| *now == found.stamp);
            if !has_rested && now.is_ok() {
                still_busy(found, summary, tell);
            }
            has_rested
        });
        busy
    }

    fn one(
        &mut self,
        target: &mut dyn Target,
        found: &Found,
        rested: Rested,
        summary: &mut Summary,
        tell: Tell<'_>,
    ) -> Result<Step, PushError> {
        if self.surroundings.is_over() {
            return Ok(Step::Over);
        }
        let file = self.file(&found.path);
        let known = self.known(target.name(), found, &file)?;
        // What is to be deleted has to be there now, whatever was known: the target is asked again.
        let is_to_go = self.settings.deletes && self.staying.get(&found.path) != Some(&found.stamp);
        if let Some(known) = known.as_ref().filter(|_| !is_to_go) {
            summary.known += 1;
            summary.in_trash += u64::from(known.proof == Proof::InTrash);
            return Ok(Step::Done);
        }
        if !self.is_open() {
            return Ok(Step::Over);
        }
        if !self.settings.is_dry && self.may_change(found, &file, rested) {
            return Ok(Step::Busy);
        }
        tell(&Event::Sending { path: shown(&found.path), size_bytes: found.stamp.size_bytes });
        if self.settings.is_dry {
            summary.sent += 1;
            return Ok(Step::Done);
        }
        self.send(target, found, known.as_ref(), &file, summary, tell)
    }

    fn may_change(&self, found: &Found, file: &Path, rested: Rested) -> bool {
        let (now, settle) = (self.surroundings.now().timestamp(), self.settings.settle);
        (rested == Rested::ByItsTime && !has_rested(found.stamp, now, settle)) || is_busy(file, found.stamp)
    }

    /// What is known of a file that is as it was when it was sent, or has the same content since.
    fn known(&mut self, target: &str, found: &Found, file: &Path) -> Result<Option<Known>, PushError> {
        let known = self.state.find(self.between(target), &found.path)?;
        let Some(known) = known.filter(|known| known.stamp.size_bytes == found.stamp.size_bytes) else {
            return Ok(None);
        };
        // What is to be deleted is read in any case.
        if known.stamp == found.stamp || self.settings.deletes {
            return Ok(Some(known));
        }
        // Touched, copied here again, or another card in the place of this one: the content decides.
        let hashed = open(file, found.stamp).ok().flatten().and_then(|bytes| content(bytes).ok());
        if hashed.map(|found| (found.sha1, found.size_bytes)) != Some((known.sha1, known.stamp.size_bytes)) {
            return Ok(None);
        }
        let known = Known { stamp: found.stamp, ..known };
        if !self.settings.is_dry {
            self.state.note(self.between(target), &found.path, &known, self.now_ms())?;
        }
        Ok(Some(known))
    }

    pub(super) fn tell(&mut self, target: &str, event: &Event, tell: Tell<'_>) -> Result<(), PushError> {
        let at = self.surroundings.now().timestamp().to_string();
        self.journal.write(&Line { at, target, event }).map_err(PushError::Journal)?;
        tell(event);
        Ok(())
    }

    /// Whether something may be sent at this hour.
    fn is_open(&self) -> bool {
        let (windows, now) = (&self.settings.windows, self.surroundings.now().time());
        self.settings.is_dry || windows.is_empty() || windows.iter().any(|window| window.contains(now))
    }

    fn file(&self, path: &[u8]) -> PathBuf {
        use std::os::unix::ffi::OsStrExt as _;
        self.settings.folder.join(std::ffi::OsStr::from_bytes(path))
    }

    pub(super) fn between<'a>(&'a self, target: &'a str) -> Between<'a> {
        Between { target, folder: &self.folder }
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.surroundings.now().timestamp().as_millisecond()
    }
}

fn still_busy(found: &Found, summary: &mut Summary, tell: Tell<'_>) {
    summary.waiting += 1;
    tell(&Event::Busy { path: shown(&found.path) });
}
