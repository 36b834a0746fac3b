//! Lines in quarantine are tried again: those that name what has just come at once, and all of them at the end of a sync, in
//! pieces between which others may write. A server may send very many that can never be applied, so a sync tries a part of
//! them and the next one goes on behind it; where nothing has come, nothing is tried for a while.

use std::collections::VecDeque;

use tintype_protocol::id::UpdateId;

use super::{Outcome, Replica};
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::Upstream;
use crate::store::Read;

/// Lines that are tried again in one transaction.
const RETRIES: u32 = 1_000;
/// Bytes of lines that are tried again in one transaction, but for a single line that is longer.
const RETRIED_BYTES: usize = 4 << 20;
/// Lines that one sync tries again beside those that name what came.
const RETRIES_IN_A_SYNC: u32 = 20_000;
/// How long lines rest that were all tried, where neither anything has come since nor anything has changed here, in
/// milliseconds. What they wait for may be another follower's to bring, which not each time moves the feed, or a later version's.
const REST_MS: i64 = 3_600 * 1_000;

/// How much of the quarantine is to be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retries {
    /// All of it: what is not applied is about to be taken for gone, or a person wants it.
    All,
    /// As much as a sync does.
    Due {
        /// Whether the server has said anything since the sync before.
        is_news: bool,
    },
}

/// How far all lines have been tried again. Kept after each piece.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// Behind which line it goes on; 0 once it has come to the end.
    after: i64,
    /// Where the feed was when it began.
    began: UpdateId,
    /// When that was.
    at: i64,
    /// How many lines this sync may still try.
    left: u32,
}

impl Round {
    /// Whether there is no more to try for now.
    pub fn is_done(&self) -> bool {
        self.after == 0 || self.left == 0
    }

    /// The next one, if it is time for it.
    fn next(tx: &dyn Read, upstream: i64, retries: Retries, now: i64) -> Result<Option<Self>, LibraryError> {
        if !tx.has_quarantine(upstream)? {
            return Ok(None);
        }
        let position = tx.last_update_id()?;
        let fresh = |left| Self { after: 0, began: position, at: now, left };
        let Retries::Due { is_news } = retries else { return Ok(Some(fresh(u32::MAX))) };
        let Some(known) = tx.server_metadata(&key(upstream))?.and_then(|text| Self::parse(&text)) else {
            return Ok(Some(fresh(RETRIES_IN_A_SYNC)));
        };
        if known.after > 0 {
            // What came meanwhile may be what lines wait for that were tried before: they are tried again after this round.
            let began = if is_news { UpdateId::MIN } else { known.began };
            return Ok(Some(Self { began, left: RETRIES_IN_A_SYNC, ..known }));
        }
        // A clock that was set back says nothing about how long ago that was.
        let is_idle = !is_news && known.began == position && (0..REST_MS).contains(&(now - known.at));
        Ok((!is_idle).then(|| fresh(RETRIES_IN_A_SYNC)))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let (after, began, at) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self { after: after.parse().ok()?, began: began.parse().ok()?, at: at.parse().ok()?, left: 0 })
    }
}

/// Key of how far the lines of an upstream have been tried.
fn key(upstream: i64) -> String {
    format!("quarantine-tried/{upstream}")
}

impl Library {
    /// Begins to try lines in quarantine again, or goes on with it; nothing if that is not due.
    pub fn begin_retrying(&self, upstream: &Upstream, retries: Retries) -> Result<Option<Round>, LibraryError> {
        let now = self.now().0;
        self.read(|tx| Round::next(tx, upstream.id, retries, now))
    }

    /// Tries the next lines again, in one transaction; answers how many could be applied.
    pub fn retry_some(&self, upstream: &Upstream, round: &mut Round) -> Result<u64, LibraryError> {
        let begun = *round;
        let (next, applied) = self.replicate(upstream, move |replica| replica.retry_behind(begun))?;
        *round = next;
        Ok(applied)
    }

    /// Tries lines in quarantine again, or with `None` all of them; answers how many could be applied.
    pub fn retry_quarantined(&self, upstream: &Upstream, ids: Option<Vec<i64>>) -> Result<u64, LibraryError> {
        let mut applied = 0;
        if let Some(mut ids) = ids {
            while !ids.is_empty() {
                let (left, some) = self.replicate(upstream, move |replica| {
                    let tried = replica.retry(&ids)?;
                    Ok((ids.split_off(tried.lines), tried.applied))
                })?;
                (ids, applied) = (left, applied + some);
            }
            return Ok(applied);
        }
        let Some(mut round) = self.begin_retrying(upstream, Retries::All)? else { return Ok(0) };
        loop {
            applied += self.retry_some(upstream, &mut round)?;
            if round.is_done() {
                return Ok(applied);
            }
        }
    }
}

/// What became of lines that were tried again.
#[derive(Default)]
struct Tried {
    lines: usize,
    bytes: usize,
    applied: u64,
}

impl Replica<'_> {
    /// Whether lines wait.
    pub fn has_quarantine(&self) -> bool {
        self.has_quarantine
    }

    /// Tries the lines again that name what has come in this transaction, and those that name what comes by that; answers how
    /// many could be applied. Where there are more than are tried at a time, the rest waits for the end of the sync.
    pub fn retry_awaiting(&mut self) -> Result<u64, LibraryError> {
        let (mut left, mut applied) = (RETRIES, 0);
        while let Some(id) = self.came.pop_front().filter(|_| left > 0) {
            let lines = self.tx.quarantined_about(self.upstream.id, id, left)?;
            let tried = self.retry(&lines)?;
            left = left.saturating_sub(u32::try_from(tried.lines).unwrap_or(u32::MAX));
            applied += tried.applied;
        }
        self.came = VecDeque::new();
        Ok(applied)
    }

    fn retry_behind(&mut self, round: Round) -> Result<(Round, u64), LibraryError> {
        let limit = RETRIES.min(round.left);
        let lines = self.tx.quarantined_ids(self.upstream.id, round.after, limit)?;
        let tried = self.retry(&lines)?;
        let last = tried.lines.checked_sub(1).and_then(|last| lines.get(last));
        let is_end = tried.lines < limit as usize && tried.lines == lines.len();
        let round = Round {
            after: last.filter(|_| !is_end).copied().unwrap_or(0),
            left: round.left.saturating_sub(u32::try_from(tried.lines).unwrap_or(u32::MAX)),
            ..round
        };
        let noted = format!("{} {} {}", round.after, round.began, round.at);
        self.tx.set_server_metadata(&key(self.upstream.id), &noted)?;
        Ok((round, tried.applied))
    }

    /// Tries these lines again, one after the other, as far as a transaction is to go.
    fn retry(&mut self, lines: &[i64]) -> Result<Tried, LibraryError> {
        let mut tried = Tried::default();
        for id in lines {
            if tried.bytes >= RETRIED_BYTES {
                break;
            }
            tried.lines += 1;
            // One that was tried before may have brought a newer one about the same.
            let Some(line) = self.tx.quarantined_line(self.upstream.id, *id)? else { continue };
            tried.bytes += line.data.len();
            match self.attempt(line.entity, line.data.as_bytes())? {
                Outcome::Applied => {
                    self.tx.release_quarantined(line.id)?;
                    self.note_came(super::quarantine::row_of(line.data.as_bytes()));
                    tried.applied += 1;
                }
                Outcome::Refused(reason) => self.tx.note_attempt(line.id, &reason)?,
            }
        }
        Ok(tried)
    }
}
