//! `tintype conflicts`: what was changed both here and on the server.

use std::process::ExitCode;

use tintype_library::model::{Conflict, Upstream};
use tintype_library::{Disposition, Library};

use crate::arguments::ConflictsCommand;
use crate::config::Config;
use crate::control::{Event, Listener, Request, Side};
use crate::follower::{chosen, email_of};
use crate::reports::{Decided, Disputed};
use crate::{client, output};

pub(crate) fn run(config: &Config, command: &ConflictsCommand) -> anyhow::Result<ExitCode> {
    let (chosen, side) = match command {
        ConflictsCommand::List { user, json } => return show(config, user.clone(), *json),
        ConflictsCommand::TakeMine { chosen } => (chosen, Side::Mine),
        ConflictsCommand::TakeTheirs { chosen } => (chosen, Side::Theirs),
    };
    let (user, ids) = (chosen.user.clone(), chosen.named("conflicts")?);
    let mut is_well = true;
    client::run(config, &Request::DecideConflicts { user, ids, side }, &mut |event| {
        if let Event::Decided(decided) = event {
            is_well &= decided.problems.is_empty();
            output::say(&if chosen.json { serde_json::to_string(&decided)? } else { outcome(&decided) });
        }
        Ok(())
    })?;
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(config: &Config, user: Option<String>, json: bool) -> anyhow::Result<ExitCode> {
    let mut is_any = false;
    client::run(config, &Request::ListConflicts { user }, &mut |event| {
        if let Event::Disputed(disputed) = event {
            is_any = true;
            output::say(&if json { serde_json::to_string(&disputed)? } else { line(&disputed) });
        }
        Ok(())
    })?;
    if !is_any && !json {
        output::say("There are no conflicts.");
    }
    Ok(ExitCode::SUCCESS)
}

/// `12  asset beach.jpg: description here "at the sea", there "at sea", before ""  (2026-11-21T10:00:00.000Z)`.
fn line(disputed: &Disputed) -> String {
    let Disputed { id, kind, title, field, base, mine, theirs, since, .. } = disputed;
    if theirs == Conflict::DELETED {
        return format!("{id}  {kind} {title}: {field} here {mine}, deleted there  ({since})");
    }
    let base = base.as_deref().map(|base| format!(", before {base}")).unwrap_or_default();
    format!("{id}  {kind} {title}: {field} here {mine}, there {theirs}{base}  ({since})")
}

fn outcome(decided: &Decided) -> String {
    let Decided { user, address, decided, left, problems } = decided;
    let mut text = format!("{user}: {decided} decided, {left} left, with {address}");
    for problem in problems {
        text.push_str(&format!("\n  not decided: {problem}"));
    }
    text
}

/// Tells of conflicts, server by server, oldest first.
pub(crate) fn list(library: &Library, user: Option<&str>, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    for upstream in chosen(library, user)? {
        let email = email_of(library, &upstream)?;
        for conflict in library.conflicts(upstream.id)? {
            tell(Event::Disputed(Disputed {
                id: conflict.id,
                user: email.clone(),
                address: upstream.address.clone(),
                kind: conflict.subject.noun().to_owned(),
                title: library.title(conflict.subject)?,
                field: conflict.field.as_str().to_owned(),
                base: conflict.base,
                mine: conflict.mine,
                theirs: conflict.theirs,
                since: conflict.at.to_iso(),
            }))?;
        }
    }
    Ok(())
}

/// Decides conflicts for one side. One that cannot be decided so keeps no other from it.
pub(crate) fn decide(
    library: &Library,
    user: Option<&str>,
    ids: Option<&[i64]>,
    side: Side,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let mut asked = Vec::new();
    for upstream in chosen(library, user)? {
        let mut own = library.conflicts(upstream.id)?;
        own.retain(|conflict| ids.is_none_or(|ids| ids.contains(&conflict.id)));
        if ids.is_none() || !own.is_empty() {
            asked.push((upstream, own));
        }
    }
    for id in ids.unwrap_or_default() {
        anyhow::ensure!(
            asked.iter().any(|(_, own)| own.iter().any(|conflict| conflict.id == *id)),
            "there is no conflict {id}: `tintype conflicts list` shows those that are"
        );
    }
    for (upstream, own) in asked {
        let report = decide_all(library, &upstream, own, ids.is_none(), side)?;
        tell(Event::Decided(report))?;
    }
    Ok(())
}

/// Decides these, and with `and_more` those that come to light behind them: not all are shown at a time.
fn decide_all(
    library: &Library,
    upstream: &Upstream,
    mut own: Vec<Conflict>,
    and_more: bool,
    side: Side,
) -> anyhow::Result<Decided> {
    let (mut decided, mut problems) = (0, Vec::new());
    loop {
        let before = decided;
        problems.clear();
        for conflict in own {
            let outcome = match side {
                Side::Mine => library.take_mine(upstream.id, conflict.id),
                Side::Theirs => library.take_theirs(upstream.id, conflict.id),
            };
            match outcome {
                Ok(is_decided) => decided += u64::from(is_decided),
                Err(error) if error.disposition() == Disposition::Permanent => {
                    let what = library.title(conflict.subject)?;
                    problems.push(format!("{} ({} {what}): {error}", conflict.id, conflict.subject.noun()));
                }
                Err(error) => return Err(error.into()),
            }
        }
        if !and_more || decided == before {
            break;
        }
        own = library.conflicts(upstream.id)?;
    }
    Ok(Decided {
        user: email_of(library, upstream)?,
        address: upstream.address.clone(),
        decided,
        left: library.outbox_counts(upstream.id)?.conflicts,
        problems,
    })
}
