//! Following servers, in the process that owns the data folder.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tintype_client::{Client, Options};
use tintype_library::clock::{Clock as _, SystemClock};
use tintype_library::model::{Upstream, UpstreamMode};
use tintype_library::{Disposition, Library};
use tintype_server::following::Wish;
use tintype_sync::{Pace, Preview, Progress, PullError, Pulled, PushError, Pushed, Sends, Wishes};

use crate::activity::{self, Activities, Now};
use crate::arguments::Originals;
use crate::config::{Config, Thumbnails};
use crate::control::{Event, Listener};
use crate::interrupt::Interrupted;
use crate::offer::Offers;
use crate::reports::{Following, LastSwept, Previewed, Running, Synced};
use crate::{folder, originals, tokens};

/// How often a serving node looks for news from upstreams.
const EVERY: Duration = Duration::from_secs(60);
/// How often where each time everything is asked for.
const SEARCHED_EVERY: Duration = Duration::from_secs(3_600);
/// How long it leaves an upstream alone that wants a person first (its session has ended).
const PAUSE: Duration = Duration::from_secs(1_800);

/// The longest that it leaves one alone because the server asks for it.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// How long a stream that is followed by itself may go on while others wait for their turn. It goes on when it is its turn again.
const LONGEST_TURN: Duration = Duration::from_secs(1_800);

/// Follows servers in the process that owns a data folder: one pull at a time, whoever asks for it.
pub(crate) struct Follower {
    data: PathBuf,
    thumbnails: Thumbnails,
    turn: Mutex<()>,
    /// Whose turn it is, how far that is, and what is to come.
    pub(crate) activities: Activities,
    pub(crate) offers: Offers,
    pace: Pace,
}

impl Follower {
    /// For the folder that this process owns.
    pub(crate) fn new(config: &Config) -> Self {
        Self::of(config.data.clone(), config.thumbnails)
    }

    /// The same, of what it needs to know.
    pub(crate) fn of(data: PathBuf, thumbnails: Thumbnails) -> Self {
        Self {
            data,
            thumbnails,
            turn: Mutex::default(),
            activities: Activities::default(),
            offers: Offers::default(),
            pace: Pace::default(),
        }
    }

    /// Whoever has it may change how upstreams stand; nobody else does meanwhile.
    pub(crate) fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings in what changed there, and then sends what changed here.
    fn sync(
        &self,
        library: &Library,
        upstream: &Upstream,
        wishes: Wishes,
        tell: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> (Pushed, anyhow::Result<Pulled>) {
        let _turn = self.turn();
        let (mut now, mut pushed) = (Now::begin(), Pushed::default());
        let outcome = self.both_ways(library, upstream, wishes, &mut now, &mut pushed, tell);
        self.activities.note(None);
        self.activities.note_outcome(upstream, &outcome);
        (pushed, outcome)
    }

    /// Brings in, and sends: as far as that is safe also where not all came in.
    fn both_ways(
        &self,
        library: &Library,
        upstream: &Upstream,
        wishes: Wishes,
        now: &mut Now,
        pushed: &mut Pushed,
        tell: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> anyhow::Result<Pulled> {
        let upstream = &current(library, upstream)?;
        let client = self.client(upstream)?;
        self.activities.note(Some((upstream.id, *now)));
        let pulled = tintype_sync::pull(library, &client, upstream, wishes, &mut |progress| {
            now.progress = progress;
            self.activities.note(Some((upstream.id, *now)));
            tell(progress)
        });
        let upstream = &current(library, upstream)?;
        match pulled {
            Ok(pulled) => {
                *pushed = self.send(library, &client, upstream, *now)?;
                Ok(pulled)
            }
            Err(error) => {
                let note = |pushed| self.activities.note(Some((upstream.id, Now { pushed: Some(pushed), ..*now })));
                let sent = tintype_sync::push_after(&error, library, &client, upstream, &self.pace, &note);
                // What went wrong first is to be told.
                *pushed = sent.unwrap_or_else(|error| {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(address = upstream.address, error, "what waits could not be sent, either");
                    Pushed::default()
                });
                let advice = activity::what_is_sent(Sends::after(&error, upstream));
                Err(match advice {
                    Some(advice) => anyhow::Error::from(error).context(advice),
                    None => error.into(),
                })
            }
        }
    }

    fn send(&self, library: &Library, client: &Client, upstream: &Upstream, now: Now) -> anyhow::Result<Pushed> {
        let note = |pushed| self.activities.note(Some((upstream.id, Now { pushed: Some(pushed), ..now })));
        note(Pushed::default());
        Ok(tintype_sync::push(library, client, upstream, &self.pace, &note)?)
    }

    /// Sends what changed here.
    pub(crate) fn push(&self, library: &Library, upstream: &Upstream) -> anyhow::Result<Pushed> {
        let _turn = self.turn();
        let upstream = &current(library, upstream)?;
        let outcome = self.client(upstream).and_then(|client| self.send(library, &client, upstream, Now::begin()));
        self.activities.note(None);
        // Where nothing was to be sent, nobody was asked: that says nothing about the server.
        if !matches!(outcome, Ok(pushed) if pushed == Pushed::default()) {
            self.activities.note_sent(upstream, &outcome);
        }
        outcome
    }

    fn running(&self, upstream: &Upstream) -> Option<Running> {
        self.activities.running(upstream).map(|now| Running {
            lines: now.progress.lines,
            expected: now.progress.expected,
            seconds: now.begin.elapsed().as_secs_f64(),
        })
    }

    /// The folder of the library.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// A server, to which its user is known.
    pub(crate) fn client(&self, upstream: &Upstream) -> anyhow::Result<Client> {
        Ok(known_as(upstream, tokens::get(&self.data, upstream.id)?))
    }

    /// Fetches thumbnails ahead, if that is wanted. What fails is tried again after the next pull.
    fn look_ahead(&self, library: &Arc<Library>, upstream: &Upstream) {
        if self.thumbnails == Thumbnails::Lazy {
            return;
        }
        match tintype_sync::fetch_thumbnails(library, upstream) {
            Ok(ahead) if ahead.is_full => tracing::warn!("the cache has no room for more thumbnails: raise cache_mib"),
            Ok(_) => {}
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(address = upstream.address, error, "thumbnails could not be fetched ahead");
            }
        }
    }

    /// Looks for news of both sides, if it is time.
    /// Where `others` wait, for a while only.
    fn look(
        &self,
        library: &Library,
        upstream: &Upstream,
        others: bool,
        searched: &mut HashMap<i64, Instant>,
    ) -> anyhow::Result<()> {
        if searched.get(&upstream.id).is_some_and(|at| at.elapsed() < SEARCHED_EVERY) {
            return self.push(library, upstream).map(|_| ());
        }
        // A search that is cut would begin from nothing.
        let is_limited = others && upstream.mode == UpstreamMode::Stream;
        let begin = Instant::now();
        let (_, outcome) =
            self.sync(library, upstream, Wishes::default(), &mut |_| go_on(is_limited.then(|| begin.elapsed())));
        let is_in_doubt = outcome.as_ref().is_err_and(is_in_doubt);
        if upstream.mode == UpstreamMode::Search && (outcome.is_ok() || is_in_doubt) {
            searched.insert(upstream.id, Instant::now());
        }
        outcome.map(|_| ())
    }

    /// Pulls from everything that is followed, now and then, and does at once what is wished, for as long as the library is
    /// open.
    pub(crate) fn run(&self, library: &Weak<Library>) {
        let mut rests: HashMap<i64, Instant> = HashMap::new();
        let mut searched: HashMap<i64, Instant> = HashMap::new();
        let mut next_round = Instant::now();
        loop {
            if let Some((id, wish)) = self.activities.next_wish(next_round) {
                let Some(held) = library.upgrade() else { return };
                if self.fulfil(&held, id, wish, &mut searched) {
                    rests.remove(&id);
                }
                self.activities.wish_is_done();
                continue;
            }
            let Some(held) = library.upgrade() else { return };
            let upstreams = held.upstreams().unwrap_or_else(|error| {
                tracing::warn!(error = &error as &dyn std::error::Error, "upstreams could not be read");
                Vec::new()
            });
            rests.retain(|_, until| *until > Instant::now());
            for upstream in &upstreams {
                if rests.contains_key(&upstream.id) {
                    continue;
                }
                if let Err(error) = self.look(&held, upstream, upstreams.len() > 1, &mut searched) {
                    tracing::warn!(address = upstream.address, "an upstream could not be followed: {error:#}");
                    if let Some(rest) = rest_after(&error) {
                        rests.insert(upstream.id, Instant::now() + rest);
                    }
                } else {
                    self.look_ahead(&held, upstream);
                }
            }
            drop(held);
            next_round = Instant::now() + EVERY;
        }
    }

    /// Does what somebody wished; whether that went well. Why not is noted.
    fn fulfil(&self, library: &Arc<Library>, id: i64, wish: Wish, searched: &mut HashMap<i64, Instant>) -> bool {
        let upstreams = library.upstreams().unwrap_or_default();
        // It may not be followed any more.
        let Some(upstream) = upstreams.iter().find(|upstream| upstream.id == id) else { return false };
        if wish == Wish::Push {
            return self.push(library, upstream).is_ok();
        }
        let wishes = Wishes { sweep: wish == Wish::Sweep };
        let is_well = self.sync(library, upstream, wishes, &mut |_| ControlFlow::Continue(())).1.is_ok();
        if is_well {
            if upstream.mode == UpstreamMode::Search {
                searched.insert(id, Instant::now());
            }
            self.look_ahead(library, upstream);
        }
        is_well
    }
}

/// Whether a turn may go on, of which this much is over, if it has a limit.
fn go_on(over: Option<Duration>) -> ControlFlow<()> {
    if over.is_some_and(|over| over > LONGEST_TURN) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// Whether a search came to its end but for photos that nobody may ask about: what changes here is sent each minute as ever.
fn is_in_doubt(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(PullError::InDoubt { .. }))
}

/// How long to leave an upstream alone after this, beyond the next look.
fn rest_after(error: &anyhow::Error) -> Option<Duration> {
    if is_in_doubt(error) {
        return None;
    }
    let disposition = error.downcast_ref::<PullError>().map(PullError::disposition);
    match disposition.or(error.downcast_ref::<PushError>().map(PushError::disposition))? {
        Disposition::Fatal => Some(PAUSE),
        Disposition::Retry { after } => Some(after?.min(LONGEST_WAIT)),
        Disposition::Permanent => None,
    }
}

/// An upstream as it stands now: it may have begun another epoch while somebody waited for their turn.
pub(crate) fn current(library: &Library, upstream: &Upstream) -> anyhow::Result<Upstream> {
    let known = library.upstream_of(upstream.user_id)?.filter(|known| known.id == upstream.id);
    known.with_context(|| format!("{} is not followed any more", upstream.address))
}

/// A server, to which its user is known by what was kept as a secret.
pub(crate) fn known_as(upstream: &Upstream, secret: String) -> Client {
    let server = Client::new(&upstream.address, &options());
    match upstream.mode {
        UpstreamMode::Stream => server.with_token(secret),
        UpstreamMode::Search => server.with_key(secret),
    }
}

pub(crate) fn options() -> Options {
    Options { user_agent: concat!("tintype/", env!("CARGO_PKG_VERSION")).to_owned() }
}

/// Those that a user follows, or all.
pub(crate) fn chosen(library: &Library, user: Option<&str>) -> anyhow::Result<Vec<Upstream>> {
    let only = user.map(|email| folder::owner(library, Some(email))).transpose()?;
    let all = library.upstreams()?.into_iter();
    let chosen: Vec<Upstream> =
        all.filter(|upstream| only.as_ref().is_none_or(|user| user.id == upstream.user_id)).collect();
    anyhow::ensure!(!chosen.is_empty(), "no server is followed: `tintype login SERVER` begins to");
    Ok(chosen)
}

/// Brings in what changed, server by server; one that is away does not keep others from it.
pub(crate) fn pull_all(
    library: &Arc<Library>,
    follower: &Follower,
    user: Option<&str>,
    wishes: Wishes,
    originals: Originals,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    for upstream in chosen(library, user)? {
        let begin = Instant::now();
        let mut lines = 0;
        let (pushed, outcome) = follower.sync(library, &upstream, wishes, &mut |progress| {
            lines = progress.lines;
            heard(tell(Event::Pulled { lines, expected: progress.expected }))
        });
        let (pulled, problem, copied) = match outcome {
            Ok(pulled) => {
                let copied = originals::copy(library, &upstream, originals, tell)?;
                follower.look_ahead(library, &upstream);
                (pulled, None, copied)
            }
            Err(error) => {
                let pulled = Pulled { lines, ..Pulled::default() };
                (pulled, Some(activity::told(&error, &upstream)), None)
            }
        };
        tell(Event::Synced(Synced {
            user: email_of(library, &upstream)?,
            address: upstream.address.clone(),
            lines: pulled.lines,
            quarantined: pulled.quarantined,
            released: pulled.released,
            was_reset: pulled.was_reset,
            was_older: pulled.was_older,
            was_behind: pulled.was_behind,
            only_here: pulled.only_here,
            swept: pulled.swept,
            swept_names: match pulled.swept {
                0 => Vec::new(),
                _ => library.last_swept(upstream.id)?.unwrap_or_default().names,
            },
            pruned: pulled.pruned,
            held: pulled.held,
            sent: pushed.sent,
            refused: pushed.refused,
            dead: pushed.dead,
            seconds: begin.elapsed().as_secs_f64(),
            problem,
            originals: copied,
        }))?;
    }
    Ok(())
}

pub(crate) fn email_of(library: &Library, upstream: &Upstream) -> anyhow::Result<String> {
    Ok(library.user(upstream.user_id)?.map(|user| user.email).unwrap_or_default())
}

/// Whether to go on. Whoever asked may have gone: what was begun is brought to its end all the same, unless they want it
/// to end.
pub(crate) fn heard(told: anyhow::Result<()>) -> ControlFlow<()> {
    match told {
        Err(error) if error.is::<Interrupted>() => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    }
}

/// Says what would come, server by server.
pub(crate) fn preview_all(
    library: &Library,
    follower: &Follower,
    user: Option<&str>,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    for upstream in chosen(library, user)? {
        let outcome = follower.client(&upstream).and_then(|client| {
            Ok(tintype_sync::preview(&client, &upstream, &mut |progress| {
                // Nothing is lost if nobody listens any more.
                match tell(Event::Pulled { lines: progress.lines, expected: progress.expected }) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                }
            })?)
        });
        let (preview, problem) = match outcome {
            Ok(preview) => (preview, None),
            Err(error) => (Preview::default(), Some(activity::told(&error, &upstream))),
        };
        tell(Event::Previewed(Previewed {
            user: email_of(library, &upstream)?,
            address: upstream.address.clone(),
            lines: preview.counts.values().sum(),
            counts: preview.counts.into_iter().map(|(entity, count)| (entity.to_owned(), count)).collect(),
            begins_again: preview.begins_again,
            is_everything: upstream.mode == UpstreamMode::Search,
            problem,
        }))?;
    }
    Ok(())
}

/// How everything that is followed stands.
pub(crate) fn tell_all(library: &Library, follower: &Follower, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    let now = SystemClock.now();
    for status in library.upstream_statuses()? {
        let upstream = status.upstream;
        let mode = match upstream.mode {
            UpstreamMode::Stream => "stream",
            UpstreamMode::Search => "search",
        };
        let counts = library.outbox_counts(upstream.id)?;
        tell(Event::Following(Following {
            user: email_of(library, &upstream)?,
            running: follower.running(&upstream),
            problem: follower.activities.of(&upstream).problem.map(|problem| activity::told_of(&problem, &upstream)),
            mode: mode.to_owned(),
            lag_seconds: upstream.synced_at.map(|at| u64::try_from(now.0 - at.0).unwrap_or(0) / 1_000),
            address: upstream.address,
            email: upstream.email,
            version: upstream.version.to_string(),
            synced_at: upstream.synced_at.map(|at| at.to_iso()),
            is_resetting: upstream.is_resetting,
            held: upstream.held,
            quarantined: status.quarantined,
            waiting: counts.waiting,
            dead: counts.dead,
            conflicts: counts.conflicts,
            last_swept: library.last_swept(upstream.id)?.map(|gone| LastSwept {
                at: gone.at.to_iso(),
                rows: gone.rows,
                names: gone.names,
            }),
        }))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tintype_client::{ClientError, Refusal};

    use super::*;

    #[test]
    fn a_turn_ends_where_others_wait() {
        assert_eq!(go_on(Some(LONGEST_TURN + Duration::from_secs(1))), ControlFlow::Break(()));
        assert_eq!((go_on(Some(LONGEST_TURN)), go_on(None)), (ControlFlow::Continue(()), ControlFlow::Continue(())));
    }

    #[test]
    fn a_server_is_left_alone_for_as_long_as_it_asks() {
        let refused = |status, seconds: Option<u64>| ClientError::Refused {
            refusal: match status {
                401 => Refusal::Unauthenticated("no".to_owned()),
                status => Refusal::Other { status, message: "no".to_owned() },
            },
            retry_after: seconds.map(Duration::from_secs),
        };
        for (status, asked, rest) in [
            (503, Some(300), Some(Duration::from_secs(300))),
            (429, Some(90_000), Some(LONGEST_WAIT)),
            (503, None, None),
            (400, Some(300), None),
            (401, None, Some(PAUSE)),
        ] {
            let (pull, push) =
                (PullError::Upstream(refused(status, asked)), PushError::Upstream(refused(status, asked)));
            assert_eq!((rest_after(&pull.into()), rest_after(&push.into())), (rest, rest), "{status} {asked:?}");
        }
        let in_doubt = PullError::InDoubt { count: 1, permission: "asset.upload".to_owned() };
        assert_eq!(rest_after(&anyhow::Error::from(in_doubt).context("so")), None, "what waits is sent each minute");
        assert_eq!(rest_after(&anyhow::anyhow!("a fault of ours")), None);
    }
}
