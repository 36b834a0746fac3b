//! `tintype push`: a folder goes one way to a server.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use indicatif::HumanBytes;
use jiff::Zoned;
use tintype_client::Client;
use tintype_ingest::push::{
    Address, Choice, Event, Http, Journal, Login, Push, Settings, Sftp, State, Summary, Surroundings, Target,
};

use crate::arguments;
use crate::config::Config;
use crate::follower::options;
use crate::interrupt::{INTERRUPTED, Interrupt};
use crate::output::say;
use crate::upstreams::first_line;

/// Some files were not sent, and will not be without somebody looking into it.
const SOME_FAILED: u8 = 3;
/// Some files were not sent yet: somebody writes to them, the target is away, or it is not the hour.
const NOT_YET: u8 = 4;
/// In the state folder: held by who uses it.
const LOCK_NAME: &str = "push.lock";
/// Below the data folder, or beside the configuration file.
const STATE_FOLDER: &str = "push";
const SCHEME: &str = "sftp://";

pub(crate) fn run(config: &Config, arguments: &arguments::Push) -> anyhow::Result<ExitCode> {
    let folder = std::path::absolute(&arguments.folder)?;
    ensure!(folder.is_dir(), "{} is no folder", folder.display());
    let state = state_folder(config, arguments)?;
    let _lock = lock(&state)?;
    let mut target = target(arguments, &state)?;
    let settings = Settings {
        choice: Choice::new(&arguments.include, &arguments.exclude)?,
        verifies: arguments.verify,
        deletes: arguments.delete_after,
        settle: Duration::from_secs(arguments.settle),
        windows: arguments.window.clone(),
        is_dry: arguments.dry_run,
        folder,
    };
    let interrupt = Interrupt::listen()?;
    let journal = Journal::open(&state).with_context(|| format!("{} cannot be written to", state.display()))?;
    let surroundings = Arc::new(Process(interrupt.clone()));
    let rate = arguments.limit_rate.map(|kib| kib << 10);
    let mut push = Push::new(settings, State::open(&state)?, journal, surroundings, rate);
    let mut tell = |event: &Event| show(event, arguments.json, arguments.dry_run);
    loop {
        let summary = push.pass(target.as_mut(), &mut tell)?;
        // Whoever watches hears of what happens, not of every look.
        if arguments.watch.is_none() || summary.sent + summary.deleted + summary.failed > 0 {
            say_summary(&summary, arguments)?;
        }
        if interrupt.is_set() {
            return Ok(ExitCode::from(u8::try_from(INTERRUPTED)?));
        }
        let Some(pause) = arguments.watch else { return Ok(code(&summary)) };
        if interrupt.wait(pause) {
            return Ok(ExitCode::SUCCESS);
        }
    }
}

fn code(summary: &Summary) -> ExitCode {
    match summary {
        Summary { failed: 1.., .. } => ExitCode::from(SOME_FAILED),
        Summary { waiting: 1.., .. } => ExitCode::from(NOT_YET),
        _ => ExitCode::SUCCESS,
    }
}

/// Where it is remembered what was sent. Made, so that only its owner reads it.
fn state_folder(config: &Config, arguments: &arguments::Push) -> anyhow::Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt as _;
    let beside = config.file.as_deref().and_then(Path::parent).unwrap_or(&config.data);
    let folder = arguments.state.clone().unwrap_or_else(|| beside.join(STATE_FOLDER));
    let folder = std::path::absolute(folder)?;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
    made.with_context(|| format!("{} could not be made", folder.display()))?;
    Ok(folder)
}

fn lock(state: &Path) -> anyhow::Result<File> {
    let path = state.join(LOCK_NAME);
    let file = File::options().write(true).create(true).truncate(false).open(&path);
    let file = file.with_context(|| format!("{} could not be opened", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            bail!("another push uses {}: wait for it, or name another folder by --state", state.display())
        }
        Err(std::fs::TryLockError::Error(error)) => Err(error).context("the state folder could not be locked"),
    }
}

fn target(arguments: &arguments::Push, state: &Path) -> anyhow::Result<Box<dyn Target>> {
    let password = || match &arguments.password_file {
        Some(file) => first_line(file),
        None => rpassword::prompt_password("Password there: ").context("no password was given: use --password-file"),
    };
    if arguments.target.starts_with(SCHEME) {
        ensure!(
            arguments.email.is_none() && arguments.api_key_file.is_none(),
            "--email and --api-key-file are for Immich-compatible servers: the user stands in sftp://user@host"
        );
        let address: Address = arguments.target.parse()?;
        let login = match &arguments.key_file {
            Some(file) => Login::Key(file.clone()),
            None => Login::Password(password()?),
        };
        return Ok(Box::new(Sftp::new(address, login, state.to_owned())));
    }
    ensure!(arguments.key_file.is_none(), "--key-file is for SFTP servers: use --email or --api-key-file");
    let server = arguments.target.clone();
    // Accounts on one server are remembered apart. Whose a key is, is not asked before the server is there.
    match (&arguments.email, &arguments.api_key_file) {
        (_, Some(file)) => {
            let (key, file) = (first_line(file)?, std::path::absolute(file)?);
            let name = format!("{server} (key {})", file.display());
            Ok(Box::new(Http::new(name, move || Ok(Client::find(&server, &options())?.with_key(key.clone())))))
        }
        (Some(email), None) => {
            let (email, password) = (email.clone(), password()?);
            let name = format!("{email} at {server}");
            Ok(Box::new(Http::with_session(name, move || {
                let client = Client::find(&server, &options())?;
                let login = client.log_in(&email, &password)?;
                Ok(client.with_token(login.access_token))
            })))
        }
        (None, None) => bail!("whose photos are they there? Use --email, or --api-key-file"),
    }
}

fn show(event: &Event, is_json: bool, is_dry: bool) {
    if is_json {
        if let Ok(line) = serde_json::to_string(event) {
            say(&line);
        }
        return;
    }
    match event {
        Event::Sending { path, size_bytes } if is_dry => {
            say(&format!("would go: {path} ({})", HumanBytes(*size_bytes)));
        }
        Event::Sending { .. } => {}
        Event::Sent { path, proof, .. } if *proof == "in-trash" => say(&format!("{path} is in the trash there: left")),
        Event::Sent { path, sent_bytes: 0, size_bytes: 1.., .. } => say(&format!("{path} was there")),
        Event::Sent { path, sent_bytes, .. } => say(&format!("{path} ({})", HumanBytes(*sent_bytes))),
        Event::Deleted { path, .. } => say(&format!("{path} was deleted here")),
        Event::Failed { path, error, again_after_ms: None } => eprintln!("tintype: {path}: {error}"),
        Event::Failed { path, error, again_after_ms: Some(wait) } => {
            eprintln!("tintype: {path}: {error}; again in {:.0} s", *wait as f64 / 1_000.0);
        }
        Event::Busy { path } => say(&format!("{path} is still written to: left for now")),
        Event::Unreadable { path, error } => eprintln!("tintype: {path} could not be read: {error}"),
    }
}

fn say_summary(summary: &Summary, arguments: &arguments::Push) -> anyhow::Result<()> {
    if arguments.json {
        say(&serde_json::json!({ "event": "summary", "summary": serde_json::to_value(summary)? }).to_string());
        return Ok(());
    }
    let Summary { sent, sent_bytes, known, in_trash, deleted, failed, left, waiting } = summary;
    let verb = if arguments.dry_run { "would go" } else { "sent" };
    let mut parts = vec![format!("{sent} {verb} ({})", HumanBytes(*sent_bytes)), format!("{known} known to be there")];
    let counted = [
        (in_trash, "in the trash there"),
        (deleted, "deleted here"),
        (failed, "failed"),
        (left, "left"),
        (waiting, "waiting"),
    ];
    parts.extend(counted.iter().filter(|(count, _)| **count > 0).map(|(count, what)| format!("{count} {what}")));
    say(&parts.join(", "));
    Ok(())
}

/// The process's clock and wish to end.
struct Process(Interrupt);

impl Surroundings for Process {
    fn now(&self) -> Zoned {
        Zoned::now()
    }

    fn wait(&self, time: Duration) -> bool {
        self.0.wait(time)
    }

    fn is_over(&self) -> bool {
        self.0.is_set()
    }
}
