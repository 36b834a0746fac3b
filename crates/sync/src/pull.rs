//! What an upstream says comes into the library.

use std::ops::ControlFlow;

use tintype_client::{Client, ClientError, LineStream};
use tintype_library::model::{Upstream, UpstreamMode};
use tintype_library::replica::{Pruned, Sweep, Swept};
use tintype_library::{Disposition, Library, LibraryError};
use tintype_protocol::sync::{AckId, AckToken, EntityType, RequestType};

use crate::batch::{Applied, Batch, BrokenLine, Taken};
use crate::types::requested;

/// Streams in one pull: a reset is followed by another one.
const MAX_STREAMS: u32 = 2;
/// Lines that an asset takes up in a mirror that begins: its own, and what is known about it.
const LINES_PER_ASSET: u64 = 2;

/// Why a pull did not come to its end. What was applied before stays, and the next one goes on behind it.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The server, or the way to it.
    #[error("the upstream failed")]
    Upstream(#[from] ClientError),
    /// The library.
    #[error("the library failed")]
    Library(#[from] LibraryError),
    /// The stream is damaged.
    #[error(transparent)]
    Broken(#[from] BrokenLine),
    /// The stream ended without saying that it is complete.
    #[error("the stream ended before it was complete")]
    Incomplete,
    /// The server answers a reset with another one.
    #[error("the upstream begins again each time")]
    Restless,
    /// A search no longer shows some photos. They may have been deleted or locked away, and the key may not ask which.
    #[error(
        "{count} photos are no longer shown to the key, and it may not ask whether they were deleted or locked away: add \
         the permission {permission} to it on the server, or let them go with `tintype sync --sweep`"
    )]
    InDoubt {
        /// How many.
        count: usize,
        /// What the key would need.
        permission: String,
    },
    /// Whoever listens to the progress said so.
    #[error("interrupted; what came so far is kept")]
    Stopped,
}

impl PullError {
    /// Whether another pull may succeed.
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Upstream(error) => error.disposition(),
            Self::Library(error) => error.disposition(),
            Self::Broken(_) | Self::Incomplete | Self::Restless | Self::Stopped => Disposition::Retry { after: None },
            Self::InDoubt { .. } => Disposition::Fatal,
        }
    }
}

/// How far a pull has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Lines applied or put into quarantine.
    pub lines: u64,
    /// About how many there will be, where everything comes and the server says how much it has.
    pub expected: Option<u64>,
}

/// What a pull did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pulled {
    /// Lines that came, the end of the stream included.
    pub lines: u64,
    /// Of these, how many could not be applied.
    pub quarantined: u64,
    /// Lines out of quarantine that could be applied now.
    pub released: u64,
    /// Whether the server began again.
    pub was_reset: bool,
    /// Rows that went because the server, which had begun again, did not show them any more.
    pub swept: u64,
    /// Assets of others that went because nobody here can see them any more.
    pub pruned: u64,
    /// Rows that would go, were there not so many: a person has to say so.
    pub held: u64,
}

/// What a person says about a pull.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wishes {
    /// What a reset no longer shows may go, however much it is.
    pub sweep: bool,
}

/// Brings in everything that changed on the upstream since the last pull: by its stream, or by a search for all that it
/// has. `tell` hears of every batch that is safe, and may end the pull there.
pub fn pull(
    library: &Library,
    remote: &Client,
    upstream: &Upstream,
    wishes: Wishes,
    tell: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Pulled, PullError> {
    let version = remote.version()?;
    if version != upstream.version {
        library.note_upstream_version(upstream.server_id, version)?;
    }
    let pulled = Pulled::default();
    let mut pulling = Pulling { library, remote, upstream: upstream.clone(), pulled, expected: None, tell };
    if upstream.mode == UpstreamMode::Search || upstream.synced_at.is_none() || upstream.is_resetting {
        pulling.estimate()?;
    }
    match upstream.mode {
        UpstreamMode::Stream => pulling.stream(&requested(version), wishes)?,
        UpstreamMode::Search => pulling.search(wishes)?,
    }
    Ok(pulling.pulled)
}

pub(crate) struct Pulling<'p> {
    pub(crate) library: &'p Library,
    pub(crate) remote: &'p Client,
    pub(crate) upstream: Upstream,
    pub(crate) pulled: Pulled,
    expected: Option<u64>,
    tell: &'p mut dyn FnMut(Progress) -> ControlFlow<()>,
}

impl Pulling<'_> {
    fn stream(&mut self, types: &[RequestType], wishes: Wishes) -> Result<(), PullError> {
        for _ in 0..MAX_STREAMS {
            let mut stream = self.remote.stream(types, false)?;
            match self.read(&mut stream)? {
                Taken::Reset => self.begin_again()?,
                _ => return self.finish(wishes),
            }
        }
        Err(PullError::Restless)
    }

    /// Says how much will come. A server that does not say is followed all the same.
    fn estimate(&mut self) -> Result<(), PullError> {
        self.expected = self.remote.asset_counts().ok().map(|counts| counts.total * LINES_PER_ASSET);
        self.note(0)
    }

    /// Takes note of lines that are safe; whoever listens may want no more.
    pub(crate) fn note(&mut self, lines: u64) -> Result<(), PullError> {
        self.pulled.lines += lines;
        match (self.tell)(Progress { lines: self.pulled.lines, expected: self.expected }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(PullError::Stopped),
        }
    }

    /// Reads and applies a stream to its end, or to the word that the server begins again.
    fn read(&mut self, stream: &mut LineStream) -> Result<Taken, PullError> {
        let mut batch = Batch::default();
        loop {
            let taken = match stream.next_line() {
                Ok(Some(line)) => batch.take(line).map_err(PullError::from),
                Ok(None) => Err(PullError::Incomplete),
                Err(error) => Err(error.into()),
            };
            match taken {
                Ok(Taken::More) if batch.is_full() => self.apply(std::mem::take(&mut batch), false)?,
                Ok(Taken::More) => {}
                Ok(Taken::Complete) => {
                    self.apply(batch, true)?;
                    return Ok(Taken::Complete);
                }
                Ok(Taken::Reset) => return Ok(Taken::Reset),
                Err(error) => {
                    // What came whole is worth keeping: it need not come again.
                    self.apply(batch, false)?;
                    return Err(error);
                }
            }
        }
    }

    /// Makes a batch part of the library, and only then tells the server.
    fn apply(&mut self, batch: Batch, is_last: bool) -> Result<(), PullError> {
        if batch.len() == 0 {
            return Ok(());
        }
        let lines = batch.len() as u64;
        // After a reset there is more to do first.
        let is_complete = is_last && !self.upstream.is_resetting;
        let has_waiting = self.pulled.quarantined > self.pulled.released;
        let (Applied { acks, quarantined }, released, upstream) =
            self.library.replicate(&self.upstream, move |replica| {
                let applied = batch.apply(replica)?;
                let may_release = is_last || has_waiting || applied.quarantined > 0;
                let released = if may_release { replica.retry_quarantine()? } else { 0 };
                let upstream = if is_complete { Some(replica.complete()?) } else { None };
                Ok((applied, released, upstream))
            })?;
        self.upstream = upstream.unwrap_or_else(|| self.upstream.clone());
        self.pulled.quarantined += quarantined;
        self.pulled.released += released;
        self.remote.ack(&acks)?;
        self.note(lines)
    }

    /// The stream was complete: what a reset no longer showed goes, and what nobody here can see any more. Then the
    /// library is in sync.
    pub(crate) fn finish(&mut self, wishes: Wishes) -> Result<(), PullError> {
        let mut sweep = Sweep::new(wishes.sweep);
        while self.upstream.is_resetting {
            let (next, swept) = self.library.replicate(&self.upstream, move |replica| {
                let swept = replica.sweep(&mut sweep)?;
                Ok((sweep, swept))
            })?;
            sweep = next;
            match swept {
                Swept::Some(count) => self.pulled.swept += count,
                Swept::Everything => {
                    self.upstream = self.library.replicate(&self.upstream, |replica| replica.complete())?;
                }
                Swept::Held(count) => {
                    self.pulled.held = count;
                    return Ok(());
                }
            }
        }
        while let Pruned::Some(count) = self.prune()? {
            self.pulled.pruned += count;
        }
        Ok(())
    }

    /// Looks before it writes: as a rule no access has ended.
    fn prune(&self) -> Result<Pruned, PullError> {
        if !self.library.has_ended_accesses(self.upstream.server_id)? {
            return Ok(Pruned::Everything);
        }
        Ok(self.library.replicate(&self.upstream, |replica| replica.prune())?)
    }

    /// The server has forgotten, or wants to be forgotten: everything will come again, in a new epoch.
    fn begin_again(&mut self) -> Result<(), PullError> {
        self.upstream = self.library.replicate(&self.upstream, |replica| replica.begin_epoch())?;
        self.pulled.was_reset = true;
        self.remote.ack(&[AckToken { entity: EntityType::SyncResetV1, id: AckId::Reset }])?;
        self.estimate()
    }
}
