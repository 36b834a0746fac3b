//! What an upstream says comes into the library.

use std::ops::ControlFlow;

use tintype_client::{Client, ClientError, LineStream, Refusal};
use tintype_library::model::{Upstream, UpstreamMode};
use tintype_library::replica::{Pruned, Replica, Retries, Sweep, Swept};
use tintype_library::{Disposition, Library, LibraryError};
use tintype_protocol::id::UpdateId;
use tintype_protocol::sync::{AckId, AckToken, EntityType};

use crate::batch::{Applied, BrokenLine, Taken};
use crate::older::{Checkpoints, is_fresh, keeps};
use crate::reading::{Piece, Reading};
use crate::types::requested;

/// Times that a server may begin again in one pull.
const MAX_RESETS: u32 = 2;
/// Streams in one pull. What changes while one is sent comes with the next one, and all has to have come once before what was not
/// shown in a reset goes.
const MAX_STREAMS: u32 = 12;
/// Lines that are applied in one transaction, when they come quickly enough: rows have random names, so each transaction
/// touches pages all over the database, and a few large ones write much less than many small ones. Other changes wait
/// meanwhile, for a fifth of a second or so. The batch that reaches it is finished.
const LINES_TOGETHER: usize = 20_000;
/// Bytes of lines that are applied in one transaction; likewise.
const BYTES_TOGETHER: usize = 16 << 20;
/// The status of a request for a type that the server does not know, or not any more.
const BAD_REQUEST: u16 = 400;
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
    /// There is no thread to read with.
    #[error("a thread could not be started")]
    Thread(#[source] std::io::Error),
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
            Self::Broken(_) | Self::Incomplete | Self::Thread(_) | Self::Restless | Self::Stopped => {
                Disposition::Retry { after: None }
            }
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
    /// Whether the server turned out to be an older copy of itself, so that everything was asked for again.
    pub was_older: bool,
    /// Whether this library turned out to be an older copy of itself, so that everything was asked for again.
    pub was_behind: bool,
    /// Rows that the server knew before, does not know any more, and that are only here since.
    pub only_here: u64,
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
    let pulled = Pulled::default();
    let mut pulling = Pulling {
        library,
        remote,
        upstream: upstream.clone(),
        pulled,
        expected: None,
        last: Last::default(),
        lines_before: 0,
        tell,
    };
    let outcome = pulling.run(wishes);
    // However it ended, and be it the one before: questions are quick again.
    let settled = library.end_filling();
    outcome?;
    settled?;
    Ok(pulling.pulled)
}

/// How a stream ended, if it has.
type End = Option<Result<Taken, PullError>>;

/// Applies what has been read, and what is read meanwhile, and moves the cursors behind it.
fn together(reading: &Reading, piece: Piece, replica: &mut Replica<'_>) -> Result<(Applied, End), LibraryError> {
    let mut applied = Applied::default();
    let mut piece = piece;
    loop {
        piece.batch.apply(replica, &mut applied)?;
        let has_room = applied.lines < LINES_TOGETHER && applied.bytes < BYTES_TOGETHER;
        let next = if piece.end.is_none() && has_room { reading.soon() } else { None };
        match next {
            Some(next) => piece = next,
            None => {
                applied.move_cursors(replica)?;
                return Ok((applied, piece.end));
            }
        }
    }
}

/// Which of both was put back to an older copy of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Older {
    Server,
    Library,
}

/// The last lines of a stream, its end included, when they are applied: nobody is told before the server is known to be what it
/// was.
#[derive(Default)]
struct Last {
    acks: Vec<AckToken>,
    lines: u64,
}

pub(crate) struct Pulling<'p> {
    pub(crate) library: &'p Library,
    pub(crate) remote: &'p Client,
    pub(crate) upstream: Upstream,
    pub(crate) pulled: Pulled,
    expected: Option<u64>,
    last: Last,
    /// Lines that had come when the stream before ended.
    lines_before: u64,
    tell: &'p mut dyn FnMut(Progress) -> ControlFlow<()>,
}

impl Pulling<'_> {
    fn run(&mut self, wishes: Wishes) -> Result<(), PullError> {
        let is_known = self.library.knows_upstream_version(self.upstream.server_id)?;
        if !is_known {
            self.ask_version()?;
        }
        if self.upstream.mode == UpstreamMode::Search || self.upstream.synced_at.is_none() || self.upstream.is_resetting
        {
            self.estimate()?;
        }
        match self.upstream.mode {
            UpstreamMode::Stream => self.stream(is_known, wishes),
            UpstreamMode::Search => self.search(wishes),
        }
    }

    fn ask_version(&mut self) -> Result<(), PullError> {
        self.upstream.version = self.remote.version()?;
        Ok(self.library.note_upstream_version(self.upstream.server_id, self.upstream.version)?)
    }

    /// Asks for everything that the server has. One that is another than it was a while ago may refuse a type: then it
    /// `may_have_changed`, and is asked what it is. With `anew` it forgets first how far this session is.
    fn begin(&mut self, may_have_changed: bool, anew: bool) -> Result<LineStream, PullError> {
        match self.remote.stream(&requested(self.upstream.version), anew) {
            Err(ClientError::Refused { refusal: Refusal::Other { status: BAD_REQUEST, .. }, .. })
                if may_have_changed =>
            {
                self.ask_version()?;
                Ok(self.remote.stream(&requested(self.upstream.version), anew)?)
            }
            other => Ok(other?),
        }
    }

    fn stream(&mut self, mut may_have_changed: bool, wishes: Wishes) -> Result<(), PullError> {
        let (mut copy, mut resets) = (None, 0);
        for _ in 0..MAX_STREAMS {
            let stream = self.begin(std::mem::take(&mut may_have_changed), copy.is_some())?;
            // Not before the server has forgotten: else the next pull would take what is left for everything.
            match copy.take() {
                Some(Older::Server) => self.begin_in_doubt()?,
                Some(Older::Library) => self.begin_behind()?,
                None => {}
            }
            let reading = Reading::begin(stream)?;
            let first = reading.next();
            let noted = self.library.noted_completion(self.upstream.id)?;
            copy = self.older_copy(noted, first.is_reset())?;
            if copy == Some(Older::Library) {
                if self.pulled.was_behind {
                    return Err(PullError::Restless);
                }
                // Nothing of this stream may move a cursor: that would hide what is missing.
                continue;
            }
            let taken = self.read(reading, first)?;
            if taken == Taken::Reset {
                // An older copy may begin again because it is that old.
                match copy.take() {
                    Some(_) => self.begin_in_doubt()?,
                    None => self.begin_again()?,
                }
                self.remote.ack(&[AckToken { entity: EntityType::SyncResetV1, id: AckId::Reset }])?;
                resets += 1;
                if resets == MAX_RESETS {
                    return Err(PullError::Restless);
                }
                continue;
            }
            let last = std::mem::take(&mut self.last);
            if copy.is_none() {
                self.acknowledge(&last, noted)?;
            }
            let before = std::mem::replace(&mut self.lines_before, self.pulled.lines + last.lines);
            self.note(last.lines)?;
            let is_news = self.pulled.lines - before > 1;
            let goes_on = copy.is_some() || self.upstream.is_resetting && is_news;
            if !goes_on {
                return self.finish(wishes);
            }
        }
        // There is no end of what changes there: the next pull goes on.
        Ok(())
    }

    /// Whether one of both is an older copy of itself, by how far the server says this session is. Where it begins again, what
    /// it says of rows is about to be forgotten.
    fn older_copy(&self, noted: Option<UpdateId>, is_reset: bool) -> Result<Option<Older>, PullError> {
        let checkpoints = Checkpoints::ask(self.remote)?;
        if checkpoints.are_of_an_older_server(noted) {
            return Ok(Some(Older::Server));
        }
        let is_behind = !is_reset && checkpoints.are_ahead_of(&self.library.cursors(self.upstream.id)?);
        Ok(is_behind.then_some(Older::Library))
    }

    /// Says how much will come. A server that does not say is followed all the same.
    fn estimate(&mut self) -> Result<(), PullError> {
        let assets = self.remote.asset_counts().ok().map(|counts| counts.total);
        self.library.begin_filling(assets.unwrap_or(0))?;
        self.expected = assets.map(|assets| assets * LINES_PER_ASSET);
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

    /// Applies a stream to its end, or to the word that the server begins again.
    fn read(&mut self, mut reading: Reading, first: Piece) -> Result<Taken, PullError> {
        let mut piece = first;
        loop {
            match self.apply(reading, piece)? {
                (_, Some(end)) => return end,
                (more, None) => reading = more,
            }
            piece = reading.next();
        }
    }

    /// Makes lines part of the library, and only then tells the server. Gives the stream back, or how it ended.
    fn apply(&mut self, reading: Reading, piece: Piece) -> Result<(Reading, End), PullError> {
        if piece.batch.len() == 0 && piece.end.is_some() {
            return Ok((reading, piece.end));
        }
        // After a reset there is more to do first.
        let may_complete = !self.upstream.is_resetting;
        let (reading, end, applied, released, upstream) = self.library.replicate(&self.upstream, move |replica| {
            let (applied, end) = together(&reading, piece, replica)?;
            let is_last = matches!(end, Some(Ok(Taken::Complete)));
            let released = replica.retry_awaiting()?;
            // Where lines wait, they are tried first, in transactions of their own.
            let is_settled = is_last && may_complete && !replica.has_quarantine();
            let upstream = if is_settled { Some(replica.complete()?) } else { None };
            Ok((reading, end, applied, released, upstream))
        })?;
        self.pulled.quarantined += applied.quarantined;
        self.pulled.released += released;
        let (acks, lines) = (applied.acks, applied.lines as u64);
        let is_last = matches!(end, Some(Ok(Taken::Complete)));
        match upstream {
            Some(upstream) => self.upstream = upstream,
            None if is_last && may_complete => self.complete(lines)?,
            None => {}
        }
        if is_last {
            self.last = Last { acks, lines };
        } else {
            self.remote.ack(&acks)?;
            self.note(lines)?;
        }
        Ok((reading, end))
    }

    /// All of a stream is here, and lines wait: they are tried again before anything is taken for gone.
    fn complete(&mut self, lines: u64) -> Result<(), PullError> {
        let retries = match self.upstream.synced_at {
            None => Retries::All,
            Some(_) => Retries::Due { is_news: self.pulled.lines + lines > 1 },
        };
        self.try_again(retries)?;
        self.upstream = self.library.replicate(&self.upstream, |replica| replica.complete())?;
        Ok(())
    }

    /// Tries lines in quarantine again, as far as that is due. Whoever listens may want no more of it.
    fn try_again(&mut self, retries: Retries) -> Result<(), PullError> {
        let Some(mut round) = self.library.begin_retrying(&self.upstream, retries)? else { return Ok(()) };
        loop {
            self.pulled.released += self.library.retry_some(&self.upstream, &mut round)?;
            if round.is_done() {
                return Ok(());
            }
            self.note(0)?;
        }
    }

    /// Tells the server that all of a stream is here, unless that would be no news to it.
    fn acknowledge(&self, last: &Last, noted: Option<UpdateId>) -> Result<(), PullError> {
        let complete = last.acks.iter().copied().find(|ack| ack.entity == EntityType::SyncCompleteV1);
        let is_news = self.pulled.lines + last.lines > 1;
        // What is about to be sent is known there after this end of a stream, or not at all.
        let sends = || Ok::<_, LibraryError>(self.library.outbox_counts(self.upstream.id)?.waiting > 0);
        if !is_news && complete.is_some_and(|complete| is_fresh(noted, complete)) && !sends()? {
            return Ok(());
        }
        self.remote.ack(&last.acks)?;
        let Some(complete) = complete else { return Ok(()) };
        // A server may keep nothing of it: once it has been seen to, that is believed.
        if noted.is_some() || keeps(self.remote, complete)? {
            self.library.note_completion(self.upstream.id, complete)?;
        }
        Ok(())
    }

    /// The stream was complete: what a reset no longer showed goes, and what nobody here can see any more. Then the
    /// library is in sync.
    pub(crate) fn finish(&mut self, wishes: Wishes) -> Result<(), PullError> {
        if self.upstream.is_resetting {
            // What waits for a person does not go before they say so.
            let is_waiting = self.upstream.held > 0 && !wishes.sweep;
            let is_news = self.pulled.lines > 1;
            self.try_again(if is_waiting { Retries::Due { is_news } } else { Retries::All })?;
        }
        // Once in an epoch: what waits for a person has been through it.
        if self.upstream.is_resetting && self.upstream.held == 0 {
            self.pulled.only_here += self.library.replicate(&self.upstream, |replica| replica.lose_unshown())?;
        }
        // Whoever said so did not know yet what this pull has found.
        let Pulled { was_reset, was_older, was_behind, .. } = self.pulled;
        let mut sweep = Sweep::new(wishes.sweep && !was_reset && !was_older && !was_behind);
        while self.upstream.is_resetting {
            let (next, swept) = self.library.replicate(&self.upstream, move |replica| {
                let swept = replica.sweep(&mut sweep)?;
                Ok((sweep, swept))
            })?;
            sweep = next;
            match swept {
                Swept::Some(count) => self.pulled.swept += count,
                Swept::Everything => {
                    if self.pulled.swept > 0 {
                        self.library.note_swept(&self.upstream, self.pulled.swept, sweep.names())?;
                    }
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

    /// The server is an older copy of itself, and shows everything that it has.
    fn begin_in_doubt(&mut self) -> Result<(), PullError> {
        self.upstream = self.library.replicate(&self.upstream, |replica| replica.begin_doubtful_epoch())?;
        self.pulled.was_older = true;
        self.estimate()
    }

    /// This library is an older copy of itself: what the server has told it since comes again, and what it no longer shows is gone.
    fn begin_behind(&mut self) -> Result<(), PullError> {
        self.upstream = self.library.replicate(&self.upstream, |replica| replica.begin_epoch())?;
        self.pulled.was_behind = true;
        self.estimate()
    }

    /// The server has forgotten, or wants to be forgotten: everything will come again, in a new epoch.
    fn begin_again(&mut self) -> Result<(), PullError> {
        self.upstream = self.library.replicate(&self.upstream, |replica| replica.begin_epoch())?;
        self.pulled.was_reset = true;
        self.estimate()
    }
}
