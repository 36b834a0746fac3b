//! Following servers, in the process that owns the data folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tintype_client::{Client, Options};
use tintype_library::model::{NewUpstream, Upstream};
use tintype_library::{Disposition, Library};
use tintype_sync::{Pace, PullError, Pulled, PushError, Pushed, Wishes};

use crate::control::{Event, Following, Listener, Synced};
use crate::{folder, tokens};

/// How often a serving node looks for news from upstreams.
const EVERY: Duration = Duration::from_secs(60);
/// How long it leaves an upstream alone that wants a person first (its session has ended).
const PAUSE: Duration = Duration::from_secs(1_800);

/// Follows servers in the process that owns a data folder: one pull at a time, whoever asks for it.
pub(crate) struct Follower {
    data: PathBuf,
    turn: Mutex<()>,
    pace: Pace,
}

impl Follower {
    /// For the folder that this process owns.
    pub(crate) fn new(data: &Path) -> Self {
        Self { data: data.to_owned(), turn: Mutex::new(()), pace: Pace::default() }
    }

    /// Brings in what changed there, and then sends what changed here.
    fn sync(
        &self,
        library: &Library,
        upstream: &Upstream,
        wishes: Wishes,
        tell: &mut dyn FnMut(u64),
    ) -> anyhow::Result<(Pulled, Pushed)> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let client = Client::new(&upstream.address, &options()).with_token(tokens::get(&self.data, upstream.id)?);
        let pulled = tintype_sync::pull(library, &client, upstream, wishes, &mut |progress| tell(progress.lines))?;
        let pushed = tintype_sync::push(library, &client, upstream, &self.pace, &|_| {})?;
        Ok((pulled, pushed))
    }

    /// Pulls from everything that is followed, now and then, for as long as the library is open.
    pub(crate) fn run(&self, library: &Weak<Library>) {
        let mut rests: HashMap<i64, Instant> = HashMap::new();
        loop {
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
                if let Err(error) = self.sync(&held, upstream, Wishes::default(), &mut |_| {}) {
                    let disposition = error.downcast_ref::<PullError>().map(PullError::disposition);
                    let disposition = disposition.or(error.downcast_ref::<PushError>().map(PushError::disposition));
                    let is_fatal = disposition == Some(Disposition::Fatal);
                    tracing::warn!(address = upstream.address, "an upstream could not be followed: {error:#}");
                    if is_fatal {
                        rests.insert(upstream.id, Instant::now() + PAUSE);
                    }
                }
            }
            drop(held);
            std::thread::sleep(EVERY);
        }
    }
}

fn options() -> Options {
    Options { user_agent: concat!("tintype/", env!("CARGO_PKG_VERSION")).to_owned() }
}

/// Who somebody is on a server.
pub(crate) struct Account<'a> {
    pub(crate) server: &'a str,
    pub(crate) email: &'a str,
    pub(crate) password: &'a str,
}

/// Begins a session and follows.
pub(crate) fn link(
    library: &Library,
    follower: &Follower,
    account: &Account<'_>,
    user: Option<&str>,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let user = folder::owner(library, user)?;
    if let Some(known) = library.upstream_of(user.id)? {
        anyhow::bail!("{} follows {} already: `tintype logout` first", user.email, known.address);
    }
    let found = Client::find(account.server, &options())?;
    let version = found.version()?;
    let login = found.log_in(account.email, account.password)?;
    let session = found.clone().with_token(login.access_token.clone());
    let linked = library
        .link_upstream(NewUpstream {
            address: found.base().to_owned(),
            version,
            user_id: user.id,
            external_user_id: login.user_id.0,
            email: login.user_email,
        })
        .map_err(anyhow::Error::from)
        .and_then(|upstream| {
            tokens::keep(&follower.data, upstream.id, &login.access_token).inspect_err(|_| {
                // Without its session an upstream is of no use.
                let _ = library.unlink_upstream(upstream.id);
            })
        });
    if linked.is_err() {
        // The session would stay in the server's list for nothing.
        let _ = session.log_out();
    }
    linked?;
    tell(Event::Say {
        text: format!("{} follows {} (version {version}) now. `tintype sync` brings it in.", user.email, found.base()),
    })
}

/// Those that a user follows, or all.
fn chosen(library: &Library, user: Option<&str>) -> anyhow::Result<Vec<Upstream>> {
    let only = user.map(|email| folder::owner(library, Some(email))).transpose()?;
    let all = library.upstreams()?.into_iter();
    let chosen: Vec<Upstream> =
        all.filter(|upstream| only.as_ref().is_none_or(|user| user.id == upstream.user_id)).collect();
    anyhow::ensure!(!chosen.is_empty(), "no server is followed: `tintype login SERVER` begins to");
    Ok(chosen)
}

/// Brings in what changed, server by server; one that is away does not keep others from it.
pub(crate) fn pull_all(
    library: &Library,
    follower: &Follower,
    user: Option<&str>,
    wishes: Wishes,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    for upstream in chosen(library, user)? {
        let begin = Instant::now();
        let mut lines = 0;
        let outcome = follower.sync(library, &upstream, wishes, &mut |seen| {
            lines = seen;
            // Whoever asked may have gone; what was begun is brought to its end all the same.
            let _ = tell(Event::Pulled { lines });
        });
        let ((pulled, pushed), problem) = match outcome {
            Ok(done) => (done, None),
            Err(error) => ((Pulled { lines, ..Pulled::default() }, Pushed::default()), Some(format!("{error:#}"))),
        };
        tell(Event::Synced(Synced {
            user: email_of(library, &upstream)?,
            address: upstream.address.clone(),
            lines: pulled.lines,
            quarantined: pulled.quarantined,
            released: pulled.released,
            was_reset: pulled.was_reset,
            swept: pulled.swept,
            held: pulled.held,
            sent: pushed.sent,
            refused: pushed.refused,
            dead: pushed.dead,
            seconds: begin.elapsed().as_secs_f64(),
            problem,
        }))?;
    }
    Ok(())
}

fn email_of(library: &Library, upstream: &Upstream) -> anyhow::Result<String> {
    Ok(library.user(upstream.user_id)?.map(|user| user.email).unwrap_or_default())
}

/// How everything that is followed stands.
pub(crate) fn tell_all(library: &Library, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    for status in library.upstream_statuses()? {
        let upstream = status.upstream;
        tell(Event::Following(Following {
            user: email_of(library, &upstream)?,
            address: upstream.address,
            email: upstream.email,
            version: upstream.version.to_string(),
            synced_at: upstream.synced_at.map(|at| at.to_iso()),
            is_resetting: upstream.is_resetting,
            held: upstream.held,
            quarantined: status.quarantined,
        }))?;
    }
    Ok(())
}

/// Ends the session and follows no more.
pub(crate) fn unlink(
    library: &Library,
    follower: &Follower,
    user: Option<&str>,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let user = folder::owner(library, user)?;
    let upstream = library.upstream_of(user.id)?.with_context(|| format!("{} follows no server", user.email))?;
    let ended = tokens::get(&follower.data, upstream.id)
        .and_then(|token| Ok(Client::new(&upstream.address, &options()).with_token(token).log_out()?));
    library.unlink_upstream(upstream.id)?;
    tokens::forget(&follower.data, upstream.id)?;
    let mut text = format!("{} no longer follows {}; what came from there stays.", user.email, upstream.address);
    if let Err(error) = ended {
        text.push_str(&format!(" The session there could not be ended: {error:#}"));
    }
    tell(Event::Say { text })
}
