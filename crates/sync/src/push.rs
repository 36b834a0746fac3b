//! What users did here goes to the upstream.
//!
//! Rows of the outbox are sent in the order of what hangs on what. A row says which field of what; what to send is read
//! from the library when it is sent ([`plan`](plan::plan)). Every step may be repeated, so an answer that is lost does no
//! harm. A refusal is the row's own affair: it rests, and is given up after ten. No connection is nobody's fault: the
//! push ends, and nothing counts.

mod missing;
mod pace;
mod perform;
mod plan;
mod step;

pub use pace::Pace;

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use tintype_client::{Client, ClientError, Refusal};
use tintype_library::model::{OutboxRow, Upstream};
use tintype_library::store::{Durability, OutboxPlace, Read};
use tintype_library::{Disposition, Library, LibraryError};
use tintype_protocol::causes::with_causes;

use perform::{StepError, perform};
use plan::plan;
use step::{Plan, Reply, Step};

/// Rows that are looked at together.
const BATCH: u32 = 100;
/// Originals that may be unreadable in one push: with more, it is not they but the disk that they are on.
const MAX_UNREADABLE: u32 = 5;
/// Walks through the outbox in one push: each may make rows ready that waited for others.
const MAX_ROUNDS: u32 = 8;

/// Why a push did not come to its end. What was sent before is settled; the next push goes on behind it.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The server, or the way to it.
    #[error("the upstream failed")]
    Upstream(#[from] ClientError),
    /// The library.
    #[error("the library failed")]
    Library(#[from] LibraryError),
    /// What the server does not have, it has forgotten.
    #[error("the upstream is an older copy of itself: the next sync compares everything anew")]
    Older,
}

impl PushError {
    /// Whether another push may succeed, and when.
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Upstream(error) => error.disposition(),
            Self::Library(error) => error.disposition(),
            Self::Older => Disposition::Retry { after: None },
        }
    }
}

/// What a push did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pushed {
    /// Rows that the upstream has now.
    pub sent: u64,
    /// Rows that it said no to.
    pub refused: u64,
    /// Of these, how many were given up.
    pub dead: u64,
}

/// Sends everything that is due. `tell` hears of each row that was settled or refused.
pub fn push(
    library: &Library,
    client: &Client,
    upstream: &Upstream,
    pace: &Pace,
    tell: &(dyn Fn(Pushed) + Sync),
) -> Result<Pushed, PushError> {
    push_some(library, client, upstream, pace, tell, &|_| true)
}

/// Sends those rows that are due and may be sent.
pub(crate) fn push_some(
    library: &Library,
    client: &Client,
    upstream: &Upstream,
    pace: &Pace,
    tell: &(dyn Fn(Pushed) + Sync),
    may_go: &(dyn Fn(&OutboxRow) -> bool + Sync),
) -> Result<Pushed, PushError> {
    let pushing = Pushing { library, client, upstream, pace, tell, may_go, state: Mutex::default() };
    for _ in 0..MAX_ROUNDS {
        let before = pushing.pushed().sent;
        let has_waiting = pushing.round()?;
        if !has_waiting || pushing.pushed().sent == before {
            break;
        }
    }
    Ok(pushing.pushed())
}

/// What lanes share.
#[derive(Default)]
struct State {
    queue: VecDeque<(OutboxRow, Step, Option<String>)>,
    pushed: Pushed,
    unreadable: u32,
    /// Whether the server is known to be no older copy of itself.
    is_current: bool,
    /// Why all of it has to stop.
    failure: Option<PushError>,
}

struct Pushing<'p> {
    library: &'p Library,
    client: &'p Client,
    upstream: &'p Upstream,
    pace: &'p Pace,
    tell: &'p (dyn Fn(Pushed) + Sync),
    may_go: &'p (dyn Fn(&OutboxRow) -> bool + Sync),
    state: Mutex<State>,
}

impl Pushing<'_> {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pushed(&self) -> Pushed {
        self.state().pushed
    }

    /// Walks through the outbox once. Whether rows wait for others.
    fn round(&self) -> Result<bool, PushError> {
        let (mut place, mut has_waiting): (OutboxPlace, bool) = ((i64::MIN, 0), false);
        loop {
            let look = |tx: &dyn Read, row: &OutboxRow| plan(tx, self.upstream, row);
            let planned = self.library.outbox_due(self.upstream.id, place, BATCH, look)?;
            let Some((last, _)) = planned.last() else { return Ok(has_waiting) };
            place = (last.rank, last.id);
            let mut moot = Vec::new();
            for (row, plan) in planned {
                if !(self.may_go)(&row) {
                    continue;
                }
                match plan {
                    Plan::Send(step, value) => self.state().queue.push_back((row, step, value)),
                    Plan::Wait => has_waiting = true,
                    Plan::Moot => moot.push(row),
                }
            }
            self.prepare(moot)?;
            self.run()?;
        }
    }

    /// What is pointless goes; what goes out is noted as such before it does.
    fn prepare(&self, moot: Vec<OutboxRow>) -> Result<(), LibraryError> {
        let is_news = |row: &OutboxRow, value: &Option<String>| !row.is_sent || row.sent != *value;
        let sent: Vec<(i64, Option<String>)> = {
            let state = self.state();
            let queue = state.queue.iter().filter(|(row, _, value)| is_news(row, value));
            queue.map(|(row, _, value)| (row.id, value.clone())).collect()
        };
        if sent.is_empty() && moot.is_empty() {
            return Ok(());
        }
        self.library.write(Durability::Full, move |tx| {
            for row in moot {
                tx.settle_outbox(row.id, row.revision, row.base.as_deref())?;
            }
            Ok(tx.mark_sent(&sent)?)
        })
    }

    /// Works the queue off, in lanes.
    fn run(&self) -> Result<(), PushError> {
        let lanes = self.pace.lanes().min(self.state().queue.len());
        if lanes <= 1 {
            self.lane();
        } else {
            std::thread::scope(|scope| {
                for _ in 0..lanes {
                    scope.spawn(|| self.lane());
                }
            });
        }
        self.state().failure.take().map_or(Ok(()), Err)
    }

    fn lane(&self) {
        loop {
            let Some((row, step, value)) = self.state().queue.pop_front() else { return };
            self.pace.wait();
            let outcome = match perform(self.library, self.client, &step) {
                Ok(reply) => self.settle(&row, reply, value),
                Err(error) => self.fail(&row, &step, error),
            };
            if let Err(error) = outcome {
                let mut state = self.state();
                state.queue.clear();
                state.failure.get_or_insert(error);
                return;
            }
            (self.tell)(self.pushed());
        }
    }

    fn settle(&self, row: &OutboxRow, reply: Reply, value: Option<String>) -> Result<(), PushError> {
        let name = match reply {
            Reply::Named(kind, name) => Some((kind, name)),
            Reply::Done => None,
        };
        self.library.settle_outbox(self.upstream, row, name, value)?;
        self.state().pushed.sent += 1;
        Ok(())
    }

    /// What follows from a step that was not done. An error stops the push.
    fn fail(&self, row: &OutboxRow, step: &Step, error: StepError) -> Result<(), PushError> {
        let error = match error {
            StepError::Library(error) => return Err(error.into()),
            StepError::Leaving => return self.refuse(row, &error.to_string()),
            StepError::Unreadable(error) if self.is_one_too_many() => return Err(error.into()),
            error @ (StepError::Unreadable(_) | StepError::Sidecar(_)) => {
                return self.refuse(row, &with_causes(&error));
            }
            StepError::Upstream(error) => error,
        };
        let ClientError::Refused { refusal, .. } = &error else {
            return match error.disposition() {
                // An answer that is not understood is this row's affair.
                Disposition::Permanent => self.refuse(row, &with_causes(&error)),
                _ => Err(error.into()),
            };
        };
        match refusal {
            Refusal::Unauthenticated(_) | Refusal::NeedsSession => Err(error.into()),
            Refusal::Other { status: 408 | 425 | 429 | 502..=504, .. } => Err(error.into()),
            Refusal::Other { status: 400 | 404, .. } if step.is_removal() && !matches!(step, Step::DeleteAsset(_)) => {
                self.settle(row, Reply::Done, None)
            }
            Refusal::Other { status: 400 | 403 | 404, .. } => self.look_for_missing(row, step, refusal),
            refusal => self.refuse(row, &refusal.to_string()),
        }
    }

    /// Counts an original that cannot be read.
    fn is_one_too_many(&self) -> bool {
        let mut state = self.state();
        state.unreadable += 1;
        state.unreadable > MAX_UNREADABLE
    }

    fn refuse(&self, row: &OutboxRow, reason: &str) -> Result<(), PushError> {
        let is_dead = self.library.refuse_outbox(row, reason)?;
        let mut state = self.state();
        state.pushed.refused += 1;
        state.pushed.dead += u64::from(is_dead);
        Ok(())
    }
}
