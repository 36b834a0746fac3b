//! `tintype quarantine`: what a server said and this library could not apply.

use std::process::ExitCode;

use tintype_library::Library;
use tintype_library::model::Upstream;

use crate::arguments::QuarantineCommand;
use crate::config::Config;
use crate::control::{Event, Listener, Request};
use crate::follower::{chosen, email_of};
use crate::reports::{Cleared, Waiting};
use crate::{client, output};

pub(crate) fn run(config: &Config, command: &QuarantineCommand) -> anyhow::Result<ExitCode> {
    match command {
        QuarantineCommand::List { user, json } => show(config, user.clone(), *json),
        QuarantineCommand::Retry { chosen } => {
            let request = Request::RetryQuarantine { user: chosen.user.clone(), ids: chosen.named_or_all() };
            clear(config, &request, chosen.json)
        }
        QuarantineCommand::Drop { chosen } => {
            let request = Request::DropQuarantine { user: chosen.user.clone(), ids: chosen.named("quarantine")? };
            clear(config, &request, chosen.json)
        }
    }
}

fn show(config: &Config, user: Option<String>, json: bool) -> anyhow::Result<ExitCode> {
    let mut is_any = false;
    client::run(config, &Request::ListQuarantine { user }, &mut |event| {
        if let Event::Waiting(waiting) = event {
            is_any = true;
            output::say(&if json { serde_json::to_string(&waiting)? } else { line(&waiting) });
            return Ok(());
        }
        if json { Ok(()) } else { client::print(event) }
    })?;
    if !is_any && !json {
        output::say("Nothing is in quarantine.");
    }
    Ok(ExitCode::SUCCESS)
}

/// `12  AssetExifV1  the asset … is not here  (tried 3 times since 2026-11-21T10:00:00.000Z; https://… of ada@…)`.
fn line(waiting: &Waiting) -> String {
    let Waiting { id, user, address, entity, reason, attempts, since, .. } = waiting;
    let times = if *attempts == 1 { "once" } else { &format!("{attempts} times") };
    format!("{id}  {entity}  {reason}  (tried {times} since {since}; {address} of {user})")
}

fn clear(config: &Config, request: &Request, json: bool) -> anyhow::Result<ExitCode> {
    client::run(config, request, &mut |event| {
        if let Event::Cleared(cleared) = event {
            output::say(&if json { serde_json::to_string(&cleared)? } else { outcome(&cleared) });
        }
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

fn outcome(cleared: &Cleared) -> String {
    let Cleared { user, address, released, dropped, left } = cleared;
    let done = match (released, dropped) {
        (_, 1..) => format!("{dropped} let go"),
        _ => format!("{released} applied"),
    };
    format!("{user}: {done}, {left} left in quarantine, of {address}")
}

/// Tells what waits, server by server, oldest first.
pub(crate) fn list(library: &Library, user: Option<&str>, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    for upstream in chosen(library, user)? {
        let email = email_of(library, &upstream)?;
        let lines = library.quarantined(upstream.id)?;
        let more = library.quarantine_count(upstream.id)?.saturating_sub(lines.len() as u64);
        for line in lines {
            tell(Event::Waiting(Waiting {
                id: line.id,
                user: email.clone(),
                address: upstream.address.clone(),
                entity: line.entity.as_str().to_owned(),
                reason: line.reason,
                attempts: line.attempts,
                since: line.first_seen.to_iso(),
                data: line.data,
            }))?;
        }
        if more > 0 {
            tell(Event::Say { text: format!("… and {more} more, of {}", upstream.address) })?;
        }
    }
    Ok(())
}

/// Tries lines again.
pub(crate) fn retry(
    library: &Library,
    user: Option<&str>,
    ids: Option<&[i64]>,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    each(
        library,
        user,
        ids,
        &mut |upstream, ids| {
            let released = library.retry_quarantined(upstream, ids)?;
            Ok((released, 0))
        },
        tell,
    )
}

/// Lets lines go.
pub(crate) fn drop(
    library: &Library,
    user: Option<&str>,
    ids: Option<&[i64]>,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    each(
        library,
        user,
        ids,
        &mut |upstream, ids| {
            let dropped = library.drop_quarantined(upstream.id, ids)?;
            Ok((0, dropped))
        },
        tell,
    )
}

/// Does something with these lines of a server, or with all; how many were released, and how many dropped.
type Work<'w> = dyn FnMut(&Upstream, Option<Vec<i64>>) -> anyhow::Result<(u64, u64)> + 'w;

/// Does something with lines of each server that has some of them, and says what became of them.
fn each(
    library: &Library,
    user: Option<&str>,
    ids: Option<&[i64]>,
    work: &mut Work<'_>,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let upstreams = chosen(library, user)?;
    let mut chosen = Vec::new();
    for id in ids.unwrap_or_default() {
        let mut holders = upstreams.iter().map(|upstream| Ok((upstream.id, library.is_quarantined(upstream.id, *id)?)));
        let holder = holders.find(|held: &anyhow::Result<(i64, bool)>| !matches!(held, Ok((_, false)))).transpose()?;
        let Some((holder, _)) = holder else {
            anyhow::bail!("no line {id} is in quarantine: `tintype quarantine list` shows those that are");
        };
        chosen.push((holder, *id));
    }
    for upstream in &upstreams {
        let own: Vec<i64> = chosen.iter().filter(|(holder, _)| *holder == upstream.id).map(|(_, id)| *id).collect();
        if ids.is_some() && own.is_empty() {
            continue;
        }
        let (released, dropped) = work(upstream, ids.map(|_| own))?;
        tell(Event::Cleared(Cleared {
            user: email_of(library, upstream)?,
            address: upstream.address.clone(),
            released,
            dropped,
            left: library.quarantine_count(upstream.id)?,
        }))?;
    }
    Ok(())
}
