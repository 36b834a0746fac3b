//! One file on its way: tried as often as it makes sense, written down when it is there, and then let go of, if it may.

use std::path::Path;
use std::time::Duration;

use tintype_library::model::FileStamp;

use super::aside::{Removal, delete};
use super::backoff;
use super::pass::{Push, Step, Tell};
use super::report::{Event, PushError, Summary, chain, shown};
use super::rest::is_busy;
use super::state::Known;
use super::target::{Outgoing, Proof, SendError, Sent, Target};
use crate::scan::Found;

/// Tries of one file in a pass.
const MAX_TRIES: u32 = 5;
/// Tries in a row at a target that is away, before the pass ends.
const MAX_AWAY: u32 = 6;

/// How the tries of one file ended.
enum Outcome {
    Sent(Sent),
    Failed,
    Busy,
    Over,
}

impl Push {
    /// Sends a file, and deletes it if that is wanted. `known` is what was known of it before.
    pub(super) fn send(
        &mut self,
        target: &mut dyn Target,
        found: &Found,
        known: Option<&Known>,
        file: &Path,
        summary: &mut Summary,
        tell: Tell<'_>,
    ) -> Result<Step, PushError> {
        let (outcome, stamp) = self.try_to_send(target, found, file, tell)?;
        match outcome {
            Outcome::Sent(sent) => {
                let found = Found { stamp, ..found.clone() };
                self.note(target.name(), &found, known, sent, summary, tell)?;
                self.let_go(target, &found, sent, file, summary, tell)?;
                Ok(Step::Done)
            }
            Outcome::Failed => {
                summary.failed += 1;
                Ok(Step::Done)
            }
            Outcome::Busy => Ok(Step::Busy),
            Outcome::Over => Ok(Step::Over),
        }
    }

    /// With how the file looked when it went.
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
                // It has to rest anew.
                Ok(about) if FileStamp::of(&about) != looks && !self.settings.settle.is_zero() => {
                    return Ok((Outcome::Busy, looks));
                }
                Ok(about) => looks = FileStamp::of(&about),
                // Whoever removed it does not want it sent.
                Err(_) => return Ok((Outcome::Failed, looks)),
            }
            if is_busy(file, looks) {
                return Ok((Outcome::Busy, looks));
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

    /// Writes down that a file is there.
    fn note(
        &mut self,
        target: &str,
        found: &Found,
        known: Option<&Known>,
        sent: Sent,
        summary: &mut Summary,
        tell: Tell<'_>,
    ) -> Result<(), PushError> {
        let now = Known { stamp: found.stamp, sha1: sent.sha1, proof: sent.proof };
        self.state.note(self.between(target), &found.path, &now, self.now_ms())?;
        let was_known = sent.sent_bytes == 0 && known.is_some_and(|known| known.sha1 == sent.sha1);
        let count = match sent.proof {
            Proof::InTrash => &mut summary.in_trash,
            _ if was_known => &mut summary.known,
            _ => &mut summary.sent,
        };
        *count += 1;
        summary.sent_bytes += sent.sent_bytes;
        let event = Event::Sent {
            path: shown(&found.path),
            size_bytes: found.stamp.size_bytes,
            sent_bytes: sent.sent_bytes,
            sha1: sent.sha1.to_hex(),
            proof: sent.proof.name(),
        };
        self.tell(target, &event, tell)
    }

    /// Deletes a file that was proven to be there a moment ago, if that is wanted and the file is still the one.
    fn let_go(
        &mut self,
        target: &mut dyn Target,
        found: &Found,
        sent: Sent,
        file: &Path,
        summary: &mut Summary,
        tell: Tell<'_>,
    ) -> Result<(), PushError> {
        if !self.settings.deletes {
            return Ok(());
        }
        if !sent.proof.is_enough() {
            self.staying.insert(found.path.clone(), found.stamp);
            return Ok(());
        }
        let mut is_there = || target.still_has().map_err(|error| std::io::Error::other(chain(&error)));
        let event = match delete(file, found.stamp, sent.sha1, &mut is_there) {
            Ok(Removal::Deleted) => {
                summary.deleted += 1;
                Event::Deleted { path: shown(&found.path), sha1: sent.sha1.to_hex() }
            }
            // What it is now is not there yet.
            Ok(Removal::Stays) => {
                summary.waiting += 1;
                Event::Busy { path: shown(&found.path) }
            }
            Ok(Removal::IsThatOne) => {
                summary.failed += 1;
                self.staying.insert(found.path.clone(), found.stamp);
                let error = "it stays: the target has it only as this very file, its folder is the one that is pushed";
                Event::Failed { path: shown(&found.path), error: error.to_owned(), again_after_ms: None }
            }
            Err(error) => {
                summary.failed += 1;
                self.staying.insert(found.path.clone(), found.stamp);
                let error = format!("it could not be deleted here: {error}");
                Event::Failed { path: shown(&found.path), error, again_after_ms: None }
            }
        };
        self.tell(target.name(), &event, tell)
    }
}

fn may_succeed(error: &SendError) -> bool {
    !matches!(error, SendError::Refused { .. } | SendError::Local(_))
}
