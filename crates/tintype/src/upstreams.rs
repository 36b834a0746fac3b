//! `tintype login`, `sync`, `status` and `logout`: following a server.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use tintype_client::{Client, Options};
use tintype_library::Library;
use tintype_library::model::{NewUpstream, Upstream};
use tintype_sync::Pulled;

use crate::arguments::{Login, Logout, Status, Sync};
use crate::config::Config;
use crate::control::{Event, Following, Listener, Request, Synced};
use crate::{client, folder, output, tokens};

/// Lines after which progress is shown again.
const SHOWN_EVERY: u64 = 50_000;

pub(crate) fn log_in(config: &Config, arguments: &Login) -> anyhow::Result<ExitCode> {
    let email = match &arguments.email {
        Some(email) => email.clone(),
        None => ask("E-mail address there: ")?,
    };
    let password = match &arguments.password_file {
        Some(file) => {
            let text =
                std::fs::read_to_string(file).with_context(|| format!("{} could not be read", file.display()))?;
            text.lines().next().unwrap_or_default().to_owned()
        }
        None => rpassword::prompt_password("Password there: ").context("no password was given: use --password-file")?,
    };
    let request = Request::Login { server: arguments.server.clone(), email, password, user: arguments.user.clone() };
    client::run(config, &request, &mut client::print)?;
    Ok(ExitCode::SUCCESS)
}

fn ask(question: &str) -> anyhow::Result<String> {
    print!("{question}");
    std::io::stdout().flush()?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    anyhow::ensure!(!line.trim().is_empty(), "no e-mail address was given: use --email");
    Ok(line.trim().to_owned())
}

pub(crate) fn sync(config: &Config, arguments: &Sync) -> anyhow::Result<ExitCode> {
    let (mut is_well, mut shown) = (true, 0);
    let request = Request::Sync { user: arguments.user.clone() };
    client::run(config, &request, &mut |event| {
        match event {
            Event::Pulled { lines } if !arguments.json && lines >= shown + SHOWN_EVERY => {
                shown = lines;
                output::say(&format!("{lines} lines"));
            }
            Event::Synced(synced) => {
                is_well &= synced.problem.is_none();
                shown = 0;
                output::say(&if arguments.json { serde_json::to_string(&synced)? } else { outcome(&synced) });
            }
            event => client::print(event)?,
        }
        Ok(())
    })?;
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `ada@example.org: 1200 lines from https://photos.example.org/api in 0.3 s`.
fn outcome(synced: &Synced) -> String {
    let Synced { user, address, lines, quarantined, released, was_reset, seconds, problem } = synced;
    let mut text = format!("{user}: {lines} lines from {address} in {seconds:.1} s");
    if *was_reset {
        text.push_str("; the server began again");
    }
    if *quarantined > 0 {
        text.push_str(&format!("; {quarantined} could not be applied and wait in quarantine"));
    }
    if *released > 0 {
        text.push_str(&format!("; {released} came out of quarantine"));
    }
    if let Some(problem) = problem {
        text.push_str(&format!("\n  stopped: {problem}"));
    }
    text
}

pub(crate) fn status(config: &Config, arguments: &Status) -> anyhow::Result<ExitCode> {
    let mut is_any = false;
    client::run(config, &Request::Status, &mut |event| {
        if let Event::Following(following) = event {
            is_any = true;
            output::say(&if arguments.json { serde_json::to_string(&following)? } else { standing(&following) });
        }
        Ok(())
    })?;
    if !is_any && !arguments.json {
        output::say("No server is followed. `tintype login SERVER` begins to.");
    }
    Ok(ExitCode::SUCCESS)
}

fn standing(following: &Following) -> String {
    let Following { user, address, email, version, synced_at, is_resetting, quarantined } = following;
    let synced = synced_at.as_deref().unwrap_or("never");
    let mut text = format!("{user} follows {address} (version {version}) as {email}; in sync at: {synced}");
    if *is_resetting {
        text.push_str("; everything is coming in anew");
    }
    if *quarantined > 0 {
        text.push_str(&format!("; {quarantined} lines in quarantine"));
    }
    text
}

pub(crate) fn log_out(config: &Config, arguments: &Logout) -> anyhow::Result<ExitCode> {
    client::run(config, &Request::Logout { user: arguments.user.clone() }, &mut client::print)?;
    Ok(ExitCode::SUCCESS)
}

// What follows runs in the process that owns the folder.

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
    data: &Path,
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
            tokens::keep(data, upstream.id, &login.access_token).inspect_err(|_| {
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
    data: &Path,
    user: Option<&str>,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    for upstream in chosen(library, user)? {
        let begin = Instant::now();
        let mut lines = 0;
        let outcome = pull_one(library, data, &upstream, &mut |seen| {
            lines = seen;
            // Whoever asked may have gone; what was begun is brought to its end all the same.
            let _ = tell(Event::Pulled { lines });
        });
        let (pulled, problem) = match outcome {
            Ok(pulled) => (pulled, None),
            Err(error) => (Pulled { lines, ..Pulled::default() }, Some(format!("{error:#}"))),
        };
        tell(Event::Synced(Synced {
            user: email_of(library, &upstream)?,
            address: upstream.address.clone(),
            lines: pulled.lines,
            quarantined: pulled.quarantined,
            released: pulled.released,
            was_reset: pulled.was_reset,
            seconds: begin.elapsed().as_secs_f64(),
            problem,
        }))?;
    }
    Ok(())
}

fn pull_one(library: &Library, data: &Path, upstream: &Upstream, tell: &mut dyn FnMut(u64)) -> anyhow::Result<Pulled> {
    let client = Client::new(&upstream.address, &options()).with_token(tokens::get(data, upstream.id)?);
    Ok(tintype_sync::pull(library, &client, upstream, &mut |progress| tell(progress.lines))?)
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
            quarantined: status.quarantined,
        }))?;
    }
    Ok(())
}

/// Ends the session and follows no more.
pub(crate) fn unlink(
    library: &Library,
    data: &Path,
    user: Option<&str>,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let user = folder::owner(library, user)?;
    let upstream = library.upstream_of(user.id)?.with_context(|| format!("{} follows no server", user.email))?;
    let ended = tokens::get(data, upstream.id)
        .and_then(|token| Ok(Client::new(&upstream.address, &options()).with_token(token).log_out()?));
    library.unlink_upstream(upstream.id)?;
    tokens::forget(data, upstream.id)?;
    let mut text = format!("{} no longer follows {}; what came from there stays.", user.email, upstream.address);
    if let Err(error) = ended {
        text.push_str(&format!(" The session there could not be ended: {error:#}"));
    }
    tell(Event::Say { text })
}
