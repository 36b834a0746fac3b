//! `tintype login`, `sync`, `status` and `logout`: following a server, from the command line.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;

use crate::arguments::{Login, Logout, Status, Sync};
use crate::config::Config;
use crate::control::{Event, Following, Request, Synced};
use crate::{client, output};

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
    let request = Request::Sync { user: arguments.user.clone(), sweep: arguments.sweep };
    client::run(config, &request, &mut |event| {
        match event {
            Event::Pulled { lines } if !arguments.json && lines >= shown + SHOWN_EVERY => {
                shown = lines;
                output::say(&format!("{lines} lines"));
            }
            Event::Synced(synced) => {
                is_well &= synced.problem.is_none() && synced.held == 0;
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
    let Synced {
        user,
        address,
        lines,
        quarantined,
        released,
        was_reset,
        swept,
        held,
        sent,
        refused,
        dead,
        seconds,
        problem,
    } = synced;
    let mut text = format!("{user}: {lines} lines from {address} in {seconds:.1} s");
    if *was_reset {
        text.push_str("; the server began again");
    }
    if *swept > 0 {
        text.push_str(&format!("; {swept} rows are gone that it no longer has"));
    }
    if *quarantined > 0 {
        text.push_str(&format!("; {quarantined} could not be applied and wait in quarantine"));
    }
    if *released > 0 {
        text.push_str(&format!("; {released} came out of quarantine"));
    }
    if *sent > 0 {
        text.push_str(&format!("; {sent} changes sent"));
    }
    if *refused > 0 {
        text.push_str(&format!("; {refused} changes refused, {dead} of them for the last time: `tintype outbox list`"));
    }
    if *held > 0 {
        text.push_str(&format!(
            "\n  stopped: the server no longer shows {held} rows that are here. Is it the right one, and whole? \
             `tintype sync --sweep` lets them go."
        ));
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
    let Following { user, address, email, version, synced_at, is_resetting, held, quarantined } = following;
    let synced = synced_at.as_deref().unwrap_or("never");
    let mut text = format!("{user} follows {address} (version {version}) as {email}; in sync at: {synced}");
    if *is_resetting {
        text.push_str("; everything is coming in anew");
    }
    if *held > 0 {
        text.push_str(&format!("; {held} rows that it no longer has wait for `tintype sync --sweep`"));
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
