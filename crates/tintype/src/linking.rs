//! Beginning to follow a server, and ending it.

use anyhow::Context as _;
use tintype_client::{Client, ClientError, Page};
use tintype_library::Library;
use tintype_library::model::{NewUpstream, Upstream, UpstreamMode};
use tintype_protocol::id::UserId;
use tintype_protocol::model::Visibility;
use tintype_protocol::version::Version;

use crate::control::{Credentials, Event, Listener};
use crate::follower::{Follower, options};
use crate::{folder, tokens};

/// Somebody whom a server knows.
struct Known {
    client: Client,
    /// The session's token, or the key.
    secret: String,
    id: UserId,
    email: String,
    mode: UpstreamMode,
}

/// Begins to follow: in a session that is begun for it, or with a key that is tried.
pub(crate) fn link(
    library: &Library,
    follower: &Follower,
    server: &str,
    credentials: &Credentials,
    user: Option<&str>,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let user = folder::owner(library, user)?;
    if let Some(known) = library.upstream_of(user.id)? {
        anyhow::bail!("{} follows {} already: `tintype logout` first", user.email, known.address);
    }
    let found = Client::find(server, &options())?;
    let version = found.version()?;
    let known = match credentials {
        Credentials::Password { email, password } => begin_session(&found, email, password)?,
        Credentials::Key { key } => try_key(found.clone(), key)?,
    };
    let new = NewUpstream {
        address: found.base().to_owned(),
        version,
        user_id: user.id,
        external_user_id: known.id.0,
        email: known.email.clone(),
        mode: known.mode,
    };
    let linked = keep(library, follower, new, &known.secret);
    if linked.is_err() && known.mode == UpstreamMode::Stream {
        // The session would stay in the server's list for nothing.
        let _ = known.client.log_out();
    }
    linked?;
    tell(Event::Say { text: welcome(&user.email, found.base(), version, known.mode) })
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

/// Ends the session, if there is one, and follows no more.
pub(crate) fn unlink(
    library: &Library,
    follower: &Follower,
    user: Option<&str>,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let user = folder::owner(library, user)?;
    let upstream = library.upstream_of(user.id)?.with_context(|| format!("{} follows no server", user.email))?;
    let ended = match upstream.mode {
        UpstreamMode::Stream => follower.client(&upstream).and_then(|client| Ok(client.log_out()?)),
        UpstreamMode::Search => Ok(()),
    };
    library.unlink_upstream(upstream.id)?;
    tokens::forget(follower.data(), upstream.id)?;
    let mut text = format!("{} no longer follows {}; what came from there stays.", user.email, upstream.address);
    if upstream.mode == UpstreamMode::Search {
        text.push_str(" The key is forgotten here; on the server it still works.");
    }
    if let Err(error) = ended {
        text.push_str(&format!(" The session there could not be ended: {error:#}"));
    }
    tell(Event::Say { text })
}
