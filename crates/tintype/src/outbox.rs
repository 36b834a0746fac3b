//! `tintype outbox`: what was changed here and has not reached the server.

use std::process::ExitCode;

use tintype_library::Library;
use tintype_library::model::{OutboxRow, Upstream};

use crate::arguments::OutboxCommand;
use crate::config::Config;
use crate::control::{Event, Listener, Request};
use crate::follower::{Follower, chosen, email_of};
use crate::reports::{Handled, Unsent};
use crate::{client, offer, output};

/// Rows that are read at a time.
const PAGE: u32 = 1_000;

pub(crate) fn run(config: &Config, command: &OutboxCommand) -> anyhow::Result<ExitCode> {
    match command {
        OutboxCommand::List { user, json } => show(config, user.clone(), *json),
        OutboxCommand::Retry { chosen } => {
            let request = Request::RetryOutbox { user: chosen.user.clone(), ids: chosen.named_or_all() };
            handle(config, &request, chosen.json)
        }
        OutboxCommand::Drop { chosen } => {
            let request = Request::DropOutbox { user: chosen.user.clone(), ids: chosen.named("outbox")? };
            handle(config, &request, chosen.json)
        }
        OutboxCommand::Offer { user, dry_run, json } => offer::run(config, user.clone(), *dry_run, *json),
    }
}

fn show(config: &Config, user: Option<String>, json: bool) -> anyhow::Result<ExitCode> {
    let mut is_any = false;
    client::run(config, &Request::ListOutbox { user }, &mut |event| {
        if let Event::Unsent(unsent) = event {
            is_any = true;
            output::say(&if json { serde_json::to_string(&unsent)? } else { line(&unsent) });
        }
        Ok(())
    })?;
    if !is_any && !json {
        output::say("Everything has reached the servers.");
    }
    Ok(ExitCode::SUCCESS)
}

/// `12  asset beach.jpg: rating 4, there 3  (waits since 2026-11-21T10:00:00.000Z)`.
fn line(unsent: &Unsent) -> String {
    let Unsent { id, kind, title, field, value, base, attempts, reason, is_dead, since, .. } = unsent;
    let value = value.as_deref().map(|value| format!(" {value}")).unwrap_or_default();
    let base = base.as_deref().map(|base| format!(", there {base}")).unwrap_or_default();
    let state = if *is_dead { "given up; made" } else { "waits since" };
    let mut text = format!("{id}  {kind} {title}: {field}{value}{base}  ({state} {since})");
    if let Some(reason) = reason {
        text.push_str(&format!("\n    refused {attempts} times: {reason}"));
    }
    text
}

fn handle(config: &Config, request: &Request, json: bool) -> anyhow::Result<ExitCode> {
    let mut is_well = true;
    client::run(config, request, &mut |event| {
        if let Event::Handled(handled) = event {
            is_well &= handled.problem.is_none();
            output::say(&if json { serde_json::to_string(&handled)? } else { outcome(&handled) });
        }
        Ok(())
    })?;
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn outcome(handled: &Handled) -> String {
    let Handled { user, address, sent, refused, dropped, left, problem } = handled;
    let done = if *dropped > 0 { format!("{dropped} dropped") } else { format!("{sent} sent, {refused} refused") };
    let mut text = format!("{user}: {done}, {left} left, to {address}");
    if let Some(problem) = problem {
        text.push_str(&format!("\n  stopped: {problem}"));
    }
    text
}

/// Tells what waits, server by server, oldest first.
pub(crate) fn list(library: &Library, user: Option<&str>, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    for upstream in chosen(library, user)? {
        let email = email_of(library, &upstream)?;
        each_row(library, &upstream, &mut |row| {
            tell(Event::Unsent(Unsent {
                id: row.id,
                user: email.clone(),
                address: upstream.address.clone(),
                kind: row.subject.noun().to_owned(),
                title: library.title(row.subject)?,
                field: row.field.as_str().to_owned(),
                value: library.field_value(row.subject, row.field)?,
                base: row.base,
                attempts: row.attempts,
                reason: row.error,
                is_dead: row.is_dead,
                since: row.created_at.to_iso(),
            }))
        })?;
    }
    Ok(())
}

fn each_row(
    library: &Library,
    upstream: &Upstream,
    take: &mut dyn FnMut(OutboxRow) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut after = 0;
    loop {
        let rows = library.outbox(upstream.id, after, PAGE)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        rows.into_iter().try_for_each(&mut *take)?;
    }
}

/// What is asked for, server by server; numbers that are not there are refused before anything is done.
fn asked_for(library: &Library, user: Option<&str>, ids: Option<&[i64]>) -> anyhow::Result<Vec<(Upstream, Vec<i64>)>> {
    let mut found = Vec::new();
    for upstream in chosen(library, user)? {
        let mut own = Vec::new();
        each_row(library, &upstream, &mut |row| {
            if ids.is_none_or(|ids| ids.contains(&row.id)) {
                own.push(row.id);
            }
            Ok(())
        })?;
        if ids.is_none() || !own.is_empty() {
            found.push((upstream, own));
        }
    }
    for id in ids.unwrap_or_default() {
        anyhow::ensure!(
            found.iter().any(|(_, own)| own.contains(id)),
            "no change {id} waits: `tintype outbox list` shows those that do"
        );
    }
    Ok(found)
}

/// Tries to send changes now.
pub(crate) fn retry(
    library: &Library,
    follower: &Follower,
    user: Option<&str>,
    ids: Option<&[i64]>,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    for (upstream, own) in asked_for(library, user, ids)? {
        library.retry_outbox(upstream.id, &own)?;
        let (pushed, problem) = match follower.push(library, &upstream) {
            Ok(pushed) => (pushed, None),
            Err(error) => (Default::default(), Some(format!("{error:#}"))),
        };
        let done = Handled { sent: pushed.sent, refused: pushed.refused, problem, ..nothing(library, &upstream)? };
        tell(Event::Handled(done))?;
    }
    Ok(())
}

/// Lets changes go.
pub(crate) fn drop(
    library: &Library,
    user: Option<&str>,
    ids: Option<&[i64]>,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    for (upstream, own) in asked_for(library, user, ids)? {
        let dropped = library.drop_outbox(upstream.id, &own)?;
        tell(Event::Handled(Handled { dropped, ..nothing(library, &upstream)? }))?;
    }
    Ok(())
}

fn nothing(library: &Library, upstream: &Upstream) -> anyhow::Result<Handled> {
    let counts = library.outbox_counts(upstream.id)?;
    Ok(Handled {
        user: email_of(library, upstream)?,
        address: upstream.address.clone(),
        sent: 0,
        refused: 0,
        dropped: 0,
        left: counts.waiting + counts.dead,
        problem: None,
    })
}
