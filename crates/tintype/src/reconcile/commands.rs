//! The commands, where they are typed.

use std::process::ExitCode;
use std::time::Duration;

use tintype_library::model::FolderPolicy;
use tintype_reconcile::{FolderSettings, plan_file};

use super::shown;
use super::verifying::{fault_line, verified_line};
use super::{FolderChange, NewFolder, PlanWish, plan_path, plans_of};
use crate::arguments::{AddFolder, ApplyArguments, FolderCommand, PlanArguments, ReconcileCommand, SetFolder, Verify};
use crate::client::{self, Place};
use crate::config::Config;
use crate::control::{Event, Request};
use crate::interrupt::{INTERRUPTED, Interrupt, Interrupted};
use crate::output;

/// Bytes of a MiB.
const MIB: u64 = 1 << 20;

/// `tintype folder`
pub(crate) fn folder(config: &Config, command: &FolderCommand) -> anyhow::Result<ExitCode> {
    match command {
        FolderCommand::Add(arguments) => add(config, arguments),
        FolderCommand::Set(arguments) => set(config, arguments),
        FolderCommand::List { json } => folders(config, *json, shown::folder_line),
        FolderCommand::Status { json } => folders(config, *json, shown::folder_status),
        FolderCommand::Remove { folder, drop_assets, json } => {
            let request = Request::RemoveFolder { folder: named(folder)?, drops_assets: *drop_assets };
            client::run(config, &request, &mut |event| match event {
                Event::Folder(folder) if *json => {
                    output::say(&serde_json::to_string(&folder)?);
                    Ok(())
                }
                Event::Say { .. } if *json => Ok(()),
                event => client::print(event),
            })?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn add(config: &Config, arguments: &AddFolder) -> anyhow::Result<ExitCode> {
    let settings = FolderSettings {
        album: arguments.album.clone(),
        tree: arguments.tree.clone(),
        strictness: arguments.strictness.into(),
        quarantine_days: arguments.quarantine_days,
        exclude: arguments.exclude.clone(),
    };
    let new = NewFolder {
        path: std::path::absolute(&arguments.path)?,
        policy: FolderPolicy::from(arguments.policy).as_str().to_owned(),
        owner: arguments.owner.clone(),
        settings,
    };
    client::run(config, &Request::AddFolder(Box::new(new)), &mut |event| {
        match event {
            Event::Folder(folder) if arguments.json => output::say(&serde_json::to_string(&folder)?),
            Event::Folder(folder) => {
                output::say(&shown::folder_line(&folder));
                output::say("Its first plan only reports: tintype reconcile plan");
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

fn set(config: &Config, arguments: &SetFolder) -> anyhow::Result<ExitCode> {
    let change = FolderChange {
        folder: named(&arguments.folder)?,
        album: arguments.album.clone(),
        drops_album: arguments.no_album,
        tree: arguments.tree.clone(),
        strictness: arguments.strictness.map(Into::into),
        quarantine_days: arguments.quarantine_days,
        exclude: arguments.exclude.clone(),
        include: arguments.include.clone(),
    };
    client::run(config, &Request::SetFolder(Box::new(change)), &mut |event| {
        if let Event::Folder(folder) = event {
            output::say(&if arguments.json {
                serde_json::to_string(&folder)?
            } else {
                shown::folder_settings(&folder)
            });
        }
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A folder as whoever owns the library finds it: its number, or its path from the root. A node has a folder of its own that
/// it works in.
fn named(folder: &str) -> anyhow::Result<String> {
    if folder.parse::<i64>().is_ok() {
        return Ok(folder.to_owned());
    }
    Ok(std::path::absolute(folder)?.to_str().map_or_else(|| folder.to_owned(), str::to_owned))
}

fn folders(
    config: &Config,
    json: bool,
    line: impl Fn(&crate::reports::FolderReport) -> String,
) -> anyhow::Result<ExitCode> {
    let mut is_any = false;
    client::run(config, &Request::ListFolders, &mut |event| {
        if let Event::Folder(folder) = event {
            is_any = true;
            output::say(&if json { serde_json::to_string(&folder)? } else { line(&folder) });
        }
        Ok(())
    })?;
    if !is_any && !json {
        output::say("No folder is known yet: `tintype folder add PATH --policy backup` adds one.");
    }
    Ok(ExitCode::SUCCESS)
}

/// `tintype reconcile`
pub(crate) fn reconcile(config: &Config, command: &ReconcileCommand) -> anyhow::Result<ExitCode> {
    match command {
        ReconcileCommand::Plan(arguments) => plan(config, arguments),
        ReconcileCommand::Show { plan, json } => {
            let plan = plan_file::read(&plan_path(&plans_of(config), plan)?)?;
            output::say(&if *json { serde_json::to_string(&plan)? } else { shown::plan_text(&plan) });
            Ok(ExitCode::SUCCESS)
        }
        ReconcileCommand::Apply(arguments) => apply(config, arguments),
        ReconcileCommand::Journal { run, json } => journal(config, *run, *json),
        ReconcileCommand::Restore { what, folder, json } => restore(config, what, folder.as_deref(), *json),
        ReconcileCommand::Watch { folder, every, json } => watch(config, folder.as_deref(), *every, *json),
    }
}

fn plan(config: &Config, arguments: &PlanArguments) -> anyhow::Result<ExitCode> {
    let output = arguments.output.as_deref().map(std::path::absolute).transpose()?;
    let folder = arguments.folder.as_deref().filter(|_| !arguments.all).map(named).transpose()?;
    let (allow, offline, retries) = (arguments.allow, arguments.offline, arguments.retry_refused);
    let wish = PlanWish { folder, output, allow, offline, retries };
    let (interrupt, mut bar) = (Interrupt::listen()?, shown::Bar::new(arguments.json));
    let outcome = client::run(config, &Request::Plan(wish), &mut |event| {
        match event {
            Event::PlanMade { plan, .. } if arguments.json => output::say(&serde_json::to_string(&plan)?),
            Event::PlanMade { path, plan } => {
                bar.clear();
                output::say(&shown::plan_text(&plan));
                output::say(&format!("The plan: {}", path.display()));
                let name = match &arguments.output {
                    Some(_) => path.display().to_string(),
                    None => plan.id.clone(),
                };
                output::say(&shown::next_step(&plan, &name));
            }
            event => bar.take(event),
        }
        if interrupt.is_set() { Err(Interrupted.into()) } else { Ok(()) }
    });
    ended(outcome)
}

fn apply(config: &Config, arguments: &ApplyArguments) -> anyhow::Result<ExitCode> {
    let plan = plan_path(&plans_of(config), &arguments.plan)?;
    let request = Request::Apply { plan, accept: arguments.accept.clone(), accepts_all: arguments.accept_all };
    let (interrupt, mut failed) = (Interrupt::listen()?, 0);
    let outcome = client::run(config, &request, &mut |event| {
        match &event {
            Event::Did { failure: Some(_), .. } => failed += 1,
            Event::Applied(applied) if applied.is_interrupted => failed += 1,
            _ => {}
        }
        shown::say_step(&event, arguments.json)?;
        if interrupt.is_set() { Err(Interrupted.into()) } else { Ok(()) }
    });
    match ended(outcome)? {
        code if code != ExitCode::SUCCESS => Ok(code),
        _ if failed > 0 => Ok(ExitCode::FAILURE),
        code => Ok(code),
    }
}

fn ended(outcome: anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    match outcome {
        Err(error) if error.is::<Interrupted>() => {
            eprintln!("Interrupted. The same command goes on.");
            Ok(ExitCode::from(u8::try_from(INTERRUPTED).unwrap_or(1)))
        }
        outcome => outcome.map(|()| ExitCode::SUCCESS),
    }
}

fn journal(config: &Config, run: Option<i64>, json: bool) -> anyhow::Result<ExitCode> {
    let mut is_any = false;
    client::run(config, &Request::Journal { run }, &mut |event| {
        if let Event::Journal(entry) = event {
            is_any = true;
            output::say(&if json { serde_json::to_string(&entry)? } else { shown::journal_line(&entry) });
        }
        Ok(())
    })?;
    if !is_any && !json {
        output::say("Nothing was done yet.");
    }
    Ok(ExitCode::SUCCESS)
}

fn restore(config: &Config, what: &str, folder: Option<&str>, json: bool) -> anyhow::Result<ExitCode> {
    let mut failed = 0;
    client::run(
        config,
        &Request::TakeBack { what: what.to_owned(), folder: folder.map(named).transpose()? },
        &mut |event| {
            if let Event::TakenBack(report) = event {
                failed = report.failed.len();
                output::say(&if json { serde_json::to_string(&report)? } else { shown::restored_text(&report) });
            }
            Ok(())
        },
    )?;
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn watch(config: &Config, folder: Option<&str>, every: Duration, json: bool) -> anyhow::Result<ExitCode> {
    let folder = folder.map(named).transpose()?;
    let interrupt = Interrupt::listen()?;
    let mut place = Place::find(config)?;
    place.answer("reconciling folders")?;
    loop {
        let request = Request::Pass { folder: folder.clone() };
        let outcome = place.run(&request, &mut |event| {
            shown::say_step(&event, json)?;
            if interrupt.is_set() { Err(Interrupted.into()) } else { Ok(()) }
        });
        match outcome {
            Err(error) if error.is::<Interrupted>() => return Ok(ExitCode::SUCCESS),
            Err(error) => output::warn(&error),
            Ok(()) => {}
        }
        if interrupt.wait(every) {
            return Ok(ExitCode::SUCCESS);
        }
    }
}

/// `tintype verify`
pub(crate) fn verify(config: &Config, arguments: &Verify) -> anyhow::Result<ExitCode> {
    let wish = tintype_reconcile::verify::Wish {
        reads: arguments.originals,
        fetches: arguments.upstream,
        rate: arguments.rate.map(|mib| mib.saturating_mul(MIB)),
        anew: arguments.anew,
        mends: arguments.mend,
    };
    let folder = arguments.folder.as_deref().map(named).transpose()?;
    let request = Request::Verify { folder, wish };
    let (interrupt, mut bar, mut faults) = (Interrupt::listen()?, shown::Bar::new(arguments.json), 0);
    let outcome = client::run(config, &request, &mut |event| {
        match event {
            Event::Fault(finding) => {
                faults += u64::from(!finding.mended);
                bar.clear();
                output::say(&if arguments.json { serde_json::to_string(&finding)? } else { fault_line(&finding) });
            }
            Event::Verified(done) => {
                // What was not looked at to its end is no proof.
                faults += u64::from(done.is_interrupted);
                bar.clear();
                output::say(&if arguments.json { serde_json::to_string(&done)? } else { verified_line(&done) });
            }
            event => bar.take(event),
        }
        if interrupt.is_set() { Err(Interrupted.into()) } else { Ok(()) }
    });
    match ended(outcome)? {
        code if code == ExitCode::SUCCESS && faults > 0 => Ok(ExitCode::FAILURE),
        code => Ok(code),
    }
}
