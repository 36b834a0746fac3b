//! Beginning to follow a server, and ending it.

use anyhow::Context as _;
use tintype_client::{Client, ClientError, Page};
use tintype_library::Library;
use tintype_library::model::{NewUpstream, OutboxCounts, Upstream, UpstreamMode, User};
use tintype_protocol::id::UserId;
use tintype_protocol::model::Visibility;
use tintype_protocol::version::Version;
use tintype_server::following::Wish;

use crate::control::{Credentials, Event, Listener};
use crate::follower::{Follower, current, options};
use crate::output::count;
use crate::{folder, offer, tokens};

/// Somebody whom a server knows.
struct Known {
    client: Client,
    /// The session's token, or the key.
    secret: String,
    id: UserId,
    email: String,
    mode: UpstreamMode,
}

/// What was begun.
pub(crate) struct Begun {
    address: String,
    version: Version,
    mode: UpstreamMode,
    /// Whether it was followed already, and only the session is another one.
    is_again: bool,
}

/// Begins to follow, and says so.
pub(crate) fn link(
    library: &Library,
    follower: &Follower,
    server: &str,
    credentials: &Credentials,
    named: Option<&str>,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let user = folder::owner(library, named)?;
    let begun = begin(library, follower, &user, server, credentials)?;
    let text = match begun.is_again {
        true => format!("{} is signed in to {} again.", user.email, begun.address),
        false => welcome(&user.email, &begun.address, begun.version, begun.mode),
    };
    tell(Event::Say { text })?;
    match offer::hint(library, &user, named)? {
        Some(text) => tell(Event::Say { text }),
        None => Ok(()),
    }
}

/// Begins to follow: in a session that is begun for it, or with a key that is tried. Who follows the server already and
/// is the same user there signs in again.
pub(crate) fn begin(
    library: &Library,
    follower: &Follower,
    user: &User,
    server: &str,
    credentials: &Credentials,
) -> anyhow::Result<Begun> {
    let found = Client::find(server, &options())?;
    let followed = library.upstream_of(user.id)?;
    if let Some(followed) = followed.as_ref().filter(|followed| followed.address != found.base()) {
        anyhow::bail!("{} follows {} already: stop that first (`tintype logout`)", user.email, followed.address);
    }
    let version = found.version()?;
    let known = match credentials {
        Credentials::Password { email, password } => begin_session(&found, email, password)?,
        Credentials::Key { key } => try_key(found.clone(), key)?,
    };
    let kept = match &followed {
        _ if is_itself(library, &known) => {
            Err(anyhow::anyhow!("{} is this library itself: there is nothing to follow", found.base()))
        }
        Some(followed) => keep_again(library, follower, followed, &known),
        None => keep(library, follower, new_of(&found, version, user, &known), &known.secret).map(drop),
    };
    if kept.is_err() && known.mode == UpstreamMode::Stream {
        // The session would stay in the server's list for nothing.
        let _ = known.client.log_out();
    }
    kept?;
    let is_again = followed.is_some();
    Ok(Begun { address: found.base().to_owned(), version, mode: known.mode, is_again })
}

/// Whether what the server gave, or takes, is known here: nobody else has it.
fn is_itself(library: &Library, known: &Known) -> bool {
    match known.mode {
        UpstreamMode::Stream => library.authenticate_session(&known.secret, None).is_ok(),
        UpstreamMode::Search => library.authenticate_key(&known.secret).is_ok(),
    }
}

fn new_of(found: &Client, version: Version, user: &User, known: &Known) -> NewUpstream {
    NewUpstream {
        address: found.base().to_owned(),
        version,
        user_id: user.id,
        external_user_id: known.id.0,
        email: known.email.clone(),
        mode: known.mode,
    }
}

/// Another session, or key, for what is followed already: what waits to be sent, and all names, stay as they are.
fn keep_again(library: &Library, follower: &Follower, followed: &Upstream, known: &Known) -> anyhow::Result<()> {
    anyhow::ensure!(
        followed.external_user_id == known.id.0 && followed.mode == known.mode,
        "{} is followed as {} already: stop that first (`tintype logout`)",
        followed.address,
        followed.email
    );
    let _turn = follower.turn();
    let followed = &current(library, followed)?;
    let before = follower.client(followed);
    tokens::keep(follower.data(), followed.id, &known.secret)?;
    if followed.mode == UpstreamMode::Stream {
        // A new session is shown everything. Where this is lost, the next sync finds the same out.
        library.replicate(followed, |replica| replica.begin_doubtful_epoch())?;
    }
    follower.activities.forget(followed.id);
    // A node that serves leaves such a server alone for a while.
    follower.activities.wish(followed, Wish::Sync);
    // The session before this one would stay in the server's list for nothing; most often it has ended already.
    if let (UpstreamMode::Stream, Ok(before)) = (followed.mode, before) {
        let _ = before.log_out();
    }
    Ok(())
}

fn welcome(email: &str, address: &str, version: Version, mode: UpstreamMode) -> String {
    let how = match mode {
        UpstreamMode::Stream => "",
        UpstreamMode::Search => ", by searching",
    };
    format!("{email} follows {address} (version {version}) now{how}. `tintype sync` brings it in.")
}

fn begin_session(server: &Client, email: &str, password: &str) -> Result<Known, ClientError> {
    let login = server.log_in(email, password)?;
    Ok(Known {
        client: server.clone().with_token(login.access_token.clone()),
        secret: login.access_token,
        id: login.user_id,
        email: login.user_email,
        mode: UpstreamMode::Stream,
    })
}

/// Asks with a key what a sync will ask, so that a missing permission is named now.
fn try_key(server: Client, key: &str) -> Result<Known, ClientError> {
    let client = server.with_key(key.to_owned());
    let account = client.account()?;
    let _: Option<Page> = client.search(Visibility::Timeline, None, 1)?;
    client.all_albums()?;
    Ok(Known { client, secret: key.to_owned(), id: account.id, email: account.email, mode: UpstreamMode::Search })
}

fn keep(library: &Library, follower: &Follower, new: NewUpstream, secret: &str) -> anyhow::Result<Upstream> {
    let upstream = library.link_upstream(new)?;
    tokens::keep(follower.data(), upstream.id, secret).inspect_err(|_| {
        // Without what opens it an upstream is of no use.
        let _ = library.unlink_upstream(upstream.id);
    })?;
    Ok(upstream)
}

/// What was ended.
pub(crate) struct Ended {
    address: String,
    mode: UpstreamMode,
    /// Why the session there could not be.
    problem: Option<String>,
}

impl Ended {
    /// What is to be known beyond that it ended.
    pub(crate) fn note(&self) -> Option<String> {
        match (&self.problem, self.mode) {
            (Some(problem), _) => Some(format!("The session there could not be ended: {problem}")),
            (None, UpstreamMode::Search) => Some("The key is forgotten here; on the server it still works.".to_owned()),
            (None, UpstreamMode::Stream) => None,
        }
    }
}

/// Follows no more, and says so. What nobody else knows yet is only thrown away by force.
pub(crate) fn unlink(
    library: &Library,
    follower: &Follower,
    user: Option<&str>,
    is_forced: bool,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let user = folder::owner(library, user)?;
    let elsewhere = library.held_originals(user.id)?.elsewhere;
    let ended = end(library, follower, &user, is_forced)?;
    let mut text = format!("{} no longer follows {}; what came from there stays.", user.email, ended.address);
    if elsewhere > 0 {
        let photos = count(elsewhere, "photo or video has its original", "photos and videos have their originals");
        text.push_str(&format!(" {photos} on that server only: following it again makes them available."));
    }
    if let Some(note) = ended.note() {
        text.push(' ');
        text.push_str(&note);
    }
    tell(Event::Say { text })
}

/// Follows no more, and ends the session, if there is one. Unless it is forced, not where something would be lost by it. While a
/// sync runs it waits: what that brings would have no place any more.
pub(crate) fn end(library: &Library, follower: &Follower, user: &User, is_forced: bool) -> anyhow::Result<Ended> {
    let upstream = library.upstream_of(user.id)?.with_context(|| format!("{} follows no server", user.email))?;
    let _turn = follower.turn();
    let upstream = current(library, &upstream)?;
    let client = follower.client(&upstream);
    match is_forced {
        true => library.unlink_upstream(upstream.id)?,
        false => ensure_settled(&upstream, library.unlink_settled_upstream(upstream.id)?)?,
    }
    let ended = match upstream.mode {
        UpstreamMode::Stream => client.and_then(|client| Ok(client.log_out()?)),
        UpstreamMode::Search => Ok(()),
    };
    follower.activities.forget(upstream.id);
    follower.offers.forget(upstream.id);
    tokens::forget(follower.data(), upstream.id)?;
    let problem = ended.err().map(|error| format!("{error:#}"));
    Ok(Ended { address: upstream.address, mode: upstream.mode, problem })
}

/// Says what would be lost, if anything would be.
fn ensure_settled(upstream: &Upstream, left: OutboxCounts) -> anyhow::Result<()> {
    let unsent = left.waiting + left.dead;
    anyhow::ensure!(
        unsent + left.conflicts == 0,
        "{} does not have {} yet, and {} undecided: all that would be lost. See `tintype outbox list` and \
         `tintype conflicts list`, send it by `tintype sync`, or use --force",
        upstream.address,
        count(unsent, "change", "changes"),
        count(left.conflicts, "conflict is", "conflicts are"),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tintype_library::blobs::FileBlobs;
    use tintype_library::clock::{SystemClock, SystemEntropy};
    use tintype_library::model::{Field, Subject};
    use tintype_library::store::sqlite::SqliteStore;
    use tintype_library::store::{Durability, Write};
    use tintype_library::{Parts, Settings};
    use tintype_protocol::id::AssetId;

    use super::*;
    use crate::config::Thumbnails;

    /// Long enough for whoever does not wait to be done.
    const A_MOMENT: Duration = Duration::from_millis(300);

    fn library(data: &std::path::Path) -> Library {
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
        let store = SqliteStore::open(&data.join("library.sqlite"), clock, entropy).unwrap();
        let settings = Settings { bcrypt_cost: 4, ..Settings::default() };
        let parts = Parts::new(Arc::new(store), Arc::new(FileBlobs::open(data).unwrap()));
        Library::open(Parts { settings, ..parts }).unwrap()
    }

    #[test]
    fn who_leaves_waits_for_a_sync_and_loses_nothing_of_that_time() {
        let dir = tempfile::tempdir().unwrap();
        let (library, follower) = (library(dir.path()), Follower::of(dir.path().to_owned(), Thumbnails::Lazy));
        let user = library.sign_up_admin("ada@example.org", "Ada", "secret").unwrap();
        let new = NewUpstream {
            address: "http://127.0.0.1:1/api".to_owned(),
            version: Version::CURRENT,
            user_id: user.id,
            external_user_id: user.id.0,
            email: user.email.clone(),
            mode: UpstreamMode::Search,
        };
        let id = keep(&library, &follower, new, "key").unwrap().id;
        let leave = || unlink(&library, &follower, None, false, &mut |_| Ok(()));
        std::thread::scope(|scope| {
            let turn = follower.turn();
            let leaving = scope.spawn(leave);
            std::thread::sleep(A_MOMENT);
            let is_followed = library.upstream_of(user.id).unwrap().is_some();
            let about = Subject::Asset(AssetId(user.id.0));
            let put = move |tx: &mut dyn Write| Ok(tx.put_outbox(id, about, Field::Rating, None, None, None)?);
            library.write(Durability::Relaxed, put).unwrap();
            drop(turn);
            let refused = leaving.join().unwrap().unwrap_err().to_string();
            assert!(is_followed && refused.contains("does not have 1 change yet"), "{refused}");
        });
        assert!(library.upstream_of(user.id).unwrap().is_some());
        library.write(Durability::Relaxed, |tx| Ok(tx.drop_outbox(1)?)).unwrap();
        leave().unwrap();
        assert!(library.upstream_of(user.id).unwrap().is_none() && tokens::get(dir.path(), id).is_err());
    }
}
