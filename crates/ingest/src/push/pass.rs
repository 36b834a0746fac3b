//! One pass over a folder: what is new goes, what is proven may be deleted, and everything is written down.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tintype_library::model::FileStamp;

use super::backoff;
use super::choice::Choice;
use super::journal::{Journal, Line};
use super::outgoing::open;
use super::pace::{Pace, Surroundings};
use super::state::{Known, State, StateError};
use super::target::{Outgoing, Proof, SendError, Sent, Target};
use super::window::Window;
use crate::hash::content;
use crate::scan::{Found, is_unchanged, stamp};

/// Tries of one file in a pass.
const MAX_TRIES: u32 = 5;
/// Tries in a row at a target that is away, before the pass ends.
const MAX_AWAY: u32 = 6;

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
    /// Hours in which something may be sent; none is all.
    pub windows: Vec<Window>,
    /// Only say what would be sent.
    pub is_dry: bool,
}

/// What happened. Paths are below the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Event {
    /// A file begins to go (in a dry run: would).
    Sending { path: String, size_bytes: u64 },
    /// It is there.
    Sent { path: String, size_bytes: u64, sent_bytes: u64, sha1: String, proof: &'static str },
    /// It was deleted here.
    Deleted { path: String, sha1: String },
    /// It is not there. It is tried again after some time, if there is one.
    Failed { path: String, error: String, again_after_ms: Option<u64> },
    /// A file or folder could not be read.
    Unreadable { path: String, error: String },
}

/// What a pass came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Files that are there now and were not known to be.
    pub sent: u64,
    /// Bytes that went over the wire.
    pub sent_bytes: u64,
    /// Files that were known to be there.
    pub known: u64,
    /// Files that the target has in its trash.
    pub in_trash: u64,
    /// Files that were deleted here.
    pub deleted: u64,
    /// Files that failed, or could not be read.
    pub failed: u64,
    /// Files that the target takes none of, links and other things that are no plain files.
    pub left: u64,
    /// Chosen files that were not come to: the target is away, the hours are over, or somebody wanted the end.
    pub waiting: u64,
}

/// The pass cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The folder cannot be read.
    #[error("{path} could not be read")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// What was sent could not be written down.
    #[error(transparent)]
    State(#[from] StateError),
    /// The journal could not be written.
    #[error("the journal could not be written")]
    Journal(#[source] io::Error),
    /// Nothing can be sent to this target.
    #[error("nothing can be sent to {target}")]
    Hopeless {
        /// Its name.
        target: String,
        /// Why.
        #[source]
        source: Box<SendError>,
    },
}

/// See the module's description.
pub struct Push {
    settings: Settings,
    state: State,
    journal: Journal,
    surroundings: Arc<dyn Surroundings>,
    pace: Pace,
}

/// How one file ended.
enum Outcome {
    Sent(Sent),
    Failed,
    /// Nothing more is to be tried in this pass.
    Over,
}

type Tell<'a> = &'a mut dyn FnMut(&Event);

impl Push {
    /// Puts everything together. `bytes_per_second` is the limit for all files together.
    pub fn new(
        settings: Settings,
        state: State,
        journal: Journal,
        surroundings: Arc<dyn Surroundings>,
        bytes_per_second: Option<u64>,
    ) -> Push {
        let pace = Pace::new(bytes_per_second, Arc::clone(&surroundings));
        Push { settings, state, journal, surroundings, pace }
    }

    /// Sends what is new.
    ///
    /// # Errors
    /// See [`PushError`]. Files that fail are no errors of the pass: they are counted.
    pub fn pass(&mut self, target: &mut dyn Target, tell: Tell<'_>) -> Result<Summary, PushError> {
        let folder = self.settings.folder.clone();
        let scan = self.settings.choice.scan(&folder).map_err(|source| PushError::Folder { path: folder, source })?;
        let mut summary = Summary { left: scan.strange, ..Summary::default() };
        for (path, error) in &scan.errors {
            summary.failed += 1;
            tell(&Event::Unreadable { path: path.display().to_string(), error: error.to_string() });
        }
        let mut files = scan.files.iter();
        for found in files.by_ref() {
            if !target.takes(&found.path) {
                summary.left += 1;
            } else if !self.one(target, found, &mut summary, tell)? {
                summary.waiting += 1;
                break;
            }
        }
        summary.waiting += files.filter(|found| target.takes(&found.path)).count() as u64;
        if !self.settings.is_dry {
            self.journal.sync().map_err(PushError::Journal)?;
        }
        Ok(summary)
    }

    /// One file. Whether the pass goes on.
    fn one(
        &mut self,
        target: &mut dyn Target,
        found: &Found,
        summary: &mut Summary,
        tell: Tell<'_>,
    ) -> Result<bool, PushError> {
        if self.surroundings.is_over() {
            return Ok(false);
        }
        let file = self.file(&found.path);
        if let Some(known) = self.known(target.name(), found, &file)? {
            summary.known += 1;
            summary.in_trash += u64::from(known.proof == Proof::InTrash);
            // Proof that is missing is not asked for again: the target may have taken the file in meanwhile.
            self.delete(target.name(), found, &known, &file, summary, tell)?;
            return Ok(true);
        }
        if !self.is_open() {
            return Ok(false);
        }
        tell(&Event::Sending { path: shown(&found.path), size_bytes: found.stamp.size_bytes });
        if self.settings.is_dry {
            summary.sent += 1;
            return Ok(true);
        }
        let (outcome, stamp) = self.try_to_send(target, found, &file, tell)?;
        match outcome {
            Outcome::Sent(sent) => {
                let found = Found { path: found.path.clone(), stamp, device: found.device };
                self.note(target.name(), &found, &file, sent, summary, tell)?;
                Ok(true)
            }
            Outcome::Failed => {
                summary.failed += 1;
                Ok(true)
            }
            Outcome::Over => Ok(false),
        }
    }

    /// What is known of a file that is as it was when it was sent, or has the same content since.
    fn known(&mut self, target: &str, found: &Found, file: &Path) -> Result<Option<Known>, PushError> {
        let Some(known) = self.state.find(target, &found.path)? else { return Ok(None) };
        if known.is(found.stamp) || known.size_bytes != found.stamp.size_bytes {
            return Ok(known.is(found.stamp).then_some(known));
        }
        // Touched, or copied here again: the content decides.
        let hashed = open(file, found.stamp).ok().flatten().and_then(|bytes| content(bytes).ok());
        if hashed.map(|found| (found.sha1, found.size_bytes)) != Some((known.sha1, known.size_bytes)) {
            return Ok(None);
        }
        let known = Known { modified_ns: found.stamp.modified_ns, ..known };
        if !self.settings.is_dry {
            self.state.note(target, &found.path, &known, self.now_ms())?;
        }
        Ok(Some(known))
    }

    /// Sends a file, as often as it makes sense. With how it looked when it went.
    fn try_to_send(
        &mut self,
        target: &mut dyn Target,
        found: &Found,
        file: &Path,
        tell: Tell<'_>,
    ) -> Result<(Outcome, FileStamp), PushError> {
        let wants_proof = self.settings.verifies || self.settings.deletes;
        let (mut tries, mut away, mut looks) = (0, 0, found.stamp);
        loop {
            let outgoing = Outgoing { file, path: &found.path, stamp: looks, wants_proof };
            let error = match target.send(&outgoing, &self.pace) {
                Ok(sent) => return Ok((Outcome::Sent(sent), looks)),
                Err(error) => error,
            };
            if self.surroundings.is_over() {
                return Ok((Outcome::Over, looks));
            }
            let (is_away, asked) = match &error {
                SendError::Away { after, .. } => (true, *after),
                SendError::Failed { after, .. } => (false, *after),
                SendError::Hopeless { .. } => {
                    return Err(PushError::Hopeless { target: target.name().to_owned(), source: Box::new(error) });
                }
                _ => (false, None),
            };
            away = if is_away { away + 1 } else { 0 };
            tries += u32::from(!is_away);
            let is_last = tries >= MAX_TRIES || away >= MAX_AWAY || !may_succeed(&error);
            let wait = backoff::wait(tries.max(away), rand::random(), asked);
            self.failed(target.name(), found, &error, (!is_last).then_some(wait), tell)?;
            if is_last {
                return Ok((if is_away { Outcome::Over } else { Outcome::Failed }, looks));
            }
            if self.surroundings.wait(wait) {
                return Ok((Outcome::Over, looks));
            }
            match std::fs::symlink_metadata(file) {
                Ok(about) => looks = stamp(&about),
                // Whoever removed it does not want it sent.
                Err(_) => return Ok((Outcome::Failed, looks)),
            }
        }
    }

    fn failed(
        &mut self,
        target: &str,
        found: &Found,
        error: &SendError,
        again: Option<Duration>,
        tell: Tell<'_>,
    ) -> Result<(), PushError> {
        let again_after_ms = again.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        let event = Event::Failed { path: shown(&found.path), error: chain(error), again_after_ms };
        self.tell(target, &event, tell)
    }

    /// Writes down that a file is there, and then lets go of it, if it may.
    fn note(
        &mut self,
        target: &str,
        found: &Found,
        file: &Path,
        sent: Sent,
        summary: &mut Summary,
        tell: Tell<'_>,
    ) -> Result<(), PushError> {
        let FileStamp { size_bytes, modified_ns, .. } = found.stamp;
        let known = Known { size_bytes, modified_ns, sha1: sent.sha1, proof: sent.proof };
        self.state.note(target, &found.path, &known, self.now_ms())?;
        if sent.proof == Proof::InTrash {
            summary.in_trash += 1;
        } else {
            summary.sent += 1;
        }
        summary.sent_bytes += sent.sent_bytes;
        let event = Event::Sent {
            path: shown(&found.path),
            size_bytes,
            sent_bytes: sent.sent_bytes,
            sha1: sent.sha1.to_hex(),
            proof: sent.proof.name(),
        };
        self.tell(target, &event, tell)?;
        self.delete(target, found, &known, file, summary, tell)
    }

    /// Deletes a file that is proven to be there, if that is wanted and the file is still the one.
    fn delete(
        &mut self,
        target: &str,
        found: &Found,
        known: &Known,
        file: &Path,
        summary: &mut Summary,
        tell: Tell<'_>,
    ) -> Result<(), PushError> {
        let may = self.settings.deletes && !self.settings.is_dry && known.proof.is_enough();
        if !may || !is_unchanged(file, found.stamp) {
            return Ok(());
        }
        let event = match std::fs::remove_file(file) {
            Ok(()) => {
                summary.deleted += 1;
                Event::Deleted { path: shown(&found.path), sha1: known.sha1.to_hex() }
            }
            Err(error) => {
                summary.failed += 1;
                let error = format!("it could not be deleted here: {error}");
                Event::Failed { path: shown(&found.path), error, again_after_ms: None }
            }
        };
        self.tell(target, &event, tell)
    }

    fn tell(&mut self, target: &str, event: &Event, tell: Tell<'_>) -> Result<(), PushError> {
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

    fn now_ms(&self) -> i64 {
        self.surroundings.now().timestamp().as_millisecond()
    }
}

fn may_succeed(error: &SendError) -> bool {
    !matches!(error, SendError::Refused { .. } | SendError::Local(_))
}

/// An error with its causes, on one line.
fn chain(error: &SendError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.ends_with(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}
