//! `tintype login`, `sync`, `status` and `logout`: following a server, from the command line.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use indicatif::HumanDuration;
use tintype_client::Refusal;

use crate::arguments::{Login, Logout, Mode, Status, Sync};
use crate::client::Place;
use crate::config::Config;
use crate::control::{Credentials, Event, Request};
use crate::interrupt::{INTERRUPTED, Interrupt, Interrupted};
use crate::output::count;
use crate::reports::{Following, LastSwept, Previewed, Running, Synced};
use crate::sync_progress::SyncProgress;
use crate::{client, originals, output};

/// Lines of a stream that brings nothing: its end.
const NO_NEWS: u64 = 1;

pub(crate) fn log_in(config: &Config, arguments: &Login) -> anyhow::Result<ExitCode> {
    let credentials = match (&arguments.api_key_file, arguments.mode) {
        (Some(_), Mode::Stream) => {
            let reason = Refusal::NeedsSession;
            anyhow::bail!("{reason}; or follow it without them, which takes longer, by `--mode search`");
        }
        (None, Mode::Search) => {
            anyhow::bail!("the search mode is for API keys: name the file of one by --api-key-file")
        }
        (Some(file), Mode::Search) => Credentials::Key { key: first_line(file)? },
        (None, Mode::Stream) => {
            let email = match &arguments.email {
                Some(email) => email.clone(),
                None => ask("E-mail address there: ")?,
            };
            let password = match &arguments.password_file {
                Some(file) => first_line(file)?,
                None => rpassword::prompt_password("Password there: ")
                    .context("no password was given: use --password-file")?,
            };
            Credentials::Password { email, password }
        }
    };
    let request = Request::Login { server: arguments.server.clone(), credentials, user: arguments.user.clone() };
    client::run(config, &request, &mut client::print)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn first_line(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} could not be read", file.display()))?;
    let line = text.lines().next().unwrap_or_default();
    anyhow::ensure!(!line.is_empty(), "the first line of {} is empty", file.display());
    Ok(line.to_owned())
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
    let interrupt = Interrupt::listen()?;
    let mut place = Place::find(config)?;
    let Some(pause) = arguments.watch else {
        place.answer("a sync")?;
        let is_well = round(&place, arguments, &interrupt, false)?;
        // Nothing of its own is left, but it may run commands of others.
        interrupt.end_at_once(Some(INTERRUPTED));
        return Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    };
    place.answer("`tintype sync --watch`")?;
    round(&place, arguments, &interrupt, false)?;
    while !interrupt.wait(pause) {
        if let Place::There { .. } = place {
            // The node may have ended meanwhile, and another one may have begun.
            place = Place::find(config)?;
            place.answer("`tintype sync --watch`")?;
        }
        if let Err(error) = round(&place, arguments, &interrupt, true) {
            output::warn(&error);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// One sync with every server; whether all is well. `only_news` says nothing to people of those that had none.
fn round(place: &Place, arguments: &Sync, interrupt: &Interrupt, only_news: bool) -> anyhow::Result<bool> {
    let user = arguments.user.clone();
    let request = match arguments.dry_run {
        true => Request::Preview { user },
        false => Request::Sync { user, sweep: arguments.sweep, originals: arguments.originals },
    };
    let (mut is_well, mut progress) = (true, SyncProgress::new());
    // A node goes on with what it has begun; there is nothing here to bring to an end.
    let at_once = matches!(place, Place::There { .. }).then_some(arguments.watch.map_or(INTERRUPTED, |_| 0));
    interrupt.end_at_once(at_once);
    let done = place.run(&request, &mut |event| {
        match event {
            Event::Pulled { lines, expected } if !arguments.json => progress.show(lines, expected),
            Event::Copied { fetched, bytes, failed } if !arguments.json => {
                progress.say(&originals::progress(fetched, bytes, failed));
            }
            Event::Synced(synced) => {
                is_well &= synced.problem.is_none() && synced.held == 0;
                let copied = synced.originals.as_ref();
                is_well &= copied.is_none_or(|copied| copied.failed == 0 && copied.stopped.is_none());
                let is_news = copied.is_some_and(|copied| copied.fetched + copied.failed > 0);
                progress.clear();
                if arguments.json {
                    output::say(&serde_json::to_string(&synced)?);
                } else if !only_news || is_news || synced.lines > NO_NEWS || synced.problem.is_some() || synced.held > 0
                {
                    output::say(&outcome(&synced));
                }
            }
            Event::Previewed(previewed) => {
                is_well &= previewed.problem.is_none();
                progress.clear();
                output::say(&if arguments.json { serde_json::to_string(&previewed)? } else { forecast(&previewed) });
            }
            event => client::print(event)?,
        }
        if interrupt.is_set() { Err(Interrupted.into()) } else { Ok(()) }
    });
    progress.clear();
    interrupt.end_at_once(None);
    match done {
        Err(error) if error.is::<Interrupted>() => Ok(false),
        other => other.map(|()| is_well),
    }
}

/// `ada@example.org: 12 lines would come from https://photos.example.org/api: 8 AssetV2, 4 AssetExifV1`.
fn forecast(previewed: &Previewed) -> String {
    let Previewed { user, address, lines, counts, begins_again, is_everything, problem } = previewed;
    let mut text = format!("{user}: {} would come from {address}", count(*lines, "line", "lines"));
    if !counts.is_empty() {
        let counts: Vec<String> = counts.iter().map(|(entity, count)| format!("{count} {entity}")).collect();
        text.push_str(&format!(": {}", counts.join(", ")));
    }
    if *is_everything {
        text.push_str("; a search shows all there is each time, most of which may be here already");
    }
    if *begins_again {
        text.push_str("; the server wants to begin again: all that it has would come anew");
    }
    if let Some(problem) = problem {
        text.push_str(&format!("\n  stopped: {problem}"));
    }
    text
}

/// `ada@example.org: 1200 lines from https://photos.example.org/api in 0.3 s`.
fn outcome(synced: &Synced) -> String {
    let Synced {
        user,
        address,
        lines,
        quarantined,
        released,
        was_reset,
        was_older,
        was_behind,
        only_here,
        swept,
        swept_names,
        pruned,
        held,
        sent,
        refused,
        dead,
        seconds,
        problem,
        originals: copied,
    } = synced;
    let mut text = format!("{user}: {} from {address} in {seconds:.1} s", count(*lines, "line", "lines"));
    if *was_reset {
        text.push_str("; the server began again");
    }
    if *was_older {
        text.push_str("; the server was put back to an older copy of itself, so everything was compared anew");
    }
    if *was_behind {
        text.push_str("; this library was put back to an older copy of itself, so everything came anew");
    }
    if *only_here > 0 {
        let rows = count(*only_here, "row that it no longer has is", "rows that it no longer has are");
        text.push_str(&format!("; {rows} only here now: `tintype outbox offer` sends them"));
    }
    if *swept > 0 {
        let among = among(swept_names);
        text.push_str(&format!("; {} gone that it no longer has{among}", count(*swept, "row is", "rows are")));
    }
    if *pruned > 0 {
        text.push_str(&format!(
            "; {} gone that nobody here can see any more",
            count(*pruned, "asset of others is", "assets of others are")
        ));
    }
    if *quarantined > 0 {
        text.push_str(&format!("; {quarantined} could not be applied: see `tintype quarantine list`"));
    }
    if *released > 0 {
        text.push_str(&format!("; {released} came out of quarantine"));
    }
    if *sent > 0 {
        text.push_str(&format!("; {} sent", count(*sent, "change", "changes")));
    }
    if *refused > 0 {
        let refused = count(*refused, "change", "changes");
        text.push_str(&format!("; {refused} refused, {dead} of them for the last time: `tintype outbox list`"));
    }
    if *held > 0 {
        text.push_str(&format!(
            "\n  stopped: the server no longer shows {} here. Is it the right one, and whole? \
             `tintype sync --sweep` lets them go.",
            count(*held, "row that is", "rows that are")
        ));
    }
    if let Some(problem) = problem {
        text.push_str(&format!("\n  stopped: {problem}"));
    }
    if let Some(copied) = copied {
        text.push_str(&originals::outcome(copied));
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
    let Following {
        user,
        address,
        email,
        version,
        mode,
        synced_at,
        lag_seconds,
        running,
        problem,
        is_resetting,
        held,
        quarantined,
        waiting,
        dead,
        conflicts,
        last_swept,
    } = following;
    let how = if mode == "search" { ", by searching" } else { "" };
    let synced = match (synced_at, lag_seconds) {
        (Some(at), Some(lag)) => format!("{at} ({} ago)", HumanDuration(Duration::from_secs(*lag))),
        (at, _) => at.as_deref().unwrap_or("never").to_owned(),
    };
    let mut text = format!("{user} follows {address} (version {version}) as {email}{how}; in sync at: {synced}");
    if let Some(Running { lines, expected, seconds }) = running {
        let of = expected.map(|expected| format!(" of about {}", expected.max(*lines))).unwrap_or_default();
        text.push_str(&format!("; a sync runs: {lines}{of} lines in {seconds:.0} s"));
    }
    if let Some(problem) = problem {
        text.push_str(&format!("; the last try failed: {problem}"));
    }
    if *is_resetting && mode != "search" {
        text.push_str("; everything is coming in anew");
    }
    if *held > 0 {
        text.push_str(&format!(
            "; {} for `tintype sync --sweep`",
            count(*held, "row that it no longer has waits", "rows that it no longer has wait")
        ));
    }
    if *quarantined > 0 {
        text.push_str(&format!("; {} in quarantine: `tintype quarantine list`", count(*quarantined, "line", "lines")));
    }
    if *waiting > 0 {
        text.push_str(&format!("; {} to be sent", count(*waiting, "change waits", "changes wait")));
    }
    if *dead > 0 {
        text.push_str(&format!("; {} given up: `tintype outbox list`", count(*dead, "change was", "changes were")));
    }
    if *conflicts > 0 {
        text.push_str(&format!("; {}: `tintype conflicts list`", count(*conflicts, "conflict", "conflicts")));
    }
    if let Some(LastSwept { at, rows, names }) = last_swept {
        let (rows, among) = (count(*rows, "row", "rows"), among(names));
        text.push_str(&format!("; {rows} that it no longer had went at {at}{among}"));
    }
    text
}

/// `, among them a.jpg, b.jpg`; nothing where nothing has a name.
fn among(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(", among them {}", names.join(", ")) }
}

pub(crate) fn log_out(config: &Config, arguments: &Logout) -> anyhow::Result<ExitCode> {
    let request = Request::Logout { user: arguments.user.clone(), is_forced: arguments.force };
    client::run(config, &request, &mut client::print)?;
    Ok(ExitCode::SUCCESS)
}
