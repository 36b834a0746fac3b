//! `tintype write-back`: what the library knows, into the files.

mod desk;
mod mirror;
mod remote;
mod shown;
mod stats;
pub(crate) mod watch;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, TryLockError};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use tintype_library::Library;
use tintype_library::model::AssetFilter;
use tintype_writeback::merge::Change;
use tintype_writeback::modules::{Choice, FavoriteAs, MIN_CAPTION_CHARS, Module};
use tintype_writeback::order::{Became, FileReport, Happened};
use tintype_writeback::{Engine, Halt, Order, Report, Targets};

use crate::arguments::{WriteBack, WriteBackCommand};
use crate::config::Config;
use crate::control::{Doors, Event, Listener, Request};
use crate::interrupt::{INTERRUPTED, Interrupt, Interrupted};
use crate::reports::{ChangedTag, WriteBackRunReport, WrittenBack};
use crate::{client, doctor, output};
pub(crate) use desk::Desk;
use mirror::MirrorWish;
use remote::RemoteWish;
use shown::Shown;

/// Folder of copies that are worked on, in the data folder.
const SCRATCH: &str = "writing-back";
/// Runs that are listed.
const LISTED: u32 = 100;

/// What is to be written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct WriteBackWish {
    order: Order,
    owner: Option<String>,
    /// Part of the name.
    query: Option<String>,
    /// Whether files that were written are told of one by one.
    tells_written: bool,
    /// Whose photos, if not the library's.
    remote: Option<RemoteWish>,
    /// The same without asking the server: where the files of the one that is followed lie.
    mirror: Option<MirrorWish>,
}

impl WriteBackWish {
    /// Whether this node's own photos have nothing to do with it.
    pub(crate) fn is_of_another_server(&self) -> bool {
        self.remote.is_some()
    }
}

/// What writing needs beside the library.
pub(crate) struct Writer {
    scratch: PathBuf,
    /// Held by the one run that there is at a time.
    running: Mutex<()>,
    /// What is written whenever something changed.
    watch: Option<Order>,
    /// Whether nothing more is to begin.
    ends: AtomicBool,
}

impl Writer {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            scratch: config.data.join(SCRATCH),
            running: Mutex::new(()),
            watch: config.watch.clone(),
            ends: AtomicBool::new(false),
        }
    }

    /// Nothing more begins, and what runs ends after its batch.
    pub(crate) fn end(&self) {
        self.ends.store(true, Ordering::SeqCst);
    }

    /// Runs something while nothing else of the kind runs.
    fn alone<T>(
        &self,
        library: &Library,
        halt: &Halt,
        work: impl FnOnce(&Engine<'_>) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let _running = match self.running.try_lock() {
            Ok(running) => running,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => bail!("another run is writing: wait for its end, or interrupt it"),
        };
        let tools = doctor::find_tools();
        let program = tools.exiftool.as_ref().map(|tool| tool.path.as_path());
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let engine = Engine::new(library, program, self.scratch.clone(), threads);
        let engine = engine.with_context(|| format!("{} could not be made ready", self.scratch.display()))?;
        work(&engine.until(halt))
    }
}

pub(crate) fn run(config: &Config, arguments: &WriteBack) -> anyhow::Result<ExitCode> {
    let json = match &arguments.command {
        Some(WriteBackCommand::Runs { json }) => return runs(config, *json),
        Some(WriteBackCommand::Undo { json, .. }) => *json,
        None => arguments.json,
    };
    let stats = arguments.export_stats.as_deref().map(stats::target).transpose()?;
    let request = match &arguments.command {
        Some(WriteBackCommand::Undo { run, dry_run, .. }) => Request::WriteBackUndo { run: *run, is_dry: *dry_run },
        _ => Request::WriteBack(Box::new(wish(config, arguments)?)),
    };
    let interrupt = Interrupt::listen()?;
    if arguments.clear_checkpoint {
        client::run(config, &Request::WriteBackClear, &mut client::print)?;
    }
    let mut shown = Shown::new(json, arguments.log_file.as_deref())?;
    let outcome = client::run(config, &request, &mut |event| {
        shown.take(event)?;
        if interrupt.is_set() { Err(Interrupted.into()) } else { Ok(()) }
    });
    let report = shown.finish();
    if let (Some((format, path)), Some(report)) = (stats, &report) {
        stats::write(format, &path, report)?;
    }
    match outcome {
        Err(error) if error.is::<Interrupted>() => {
            if !json {
                output::say("Interrupted after the batch at hand. The same command with --resume goes on.");
            }
            Ok(ExitCode::from(u8::try_from(INTERRUPTED).unwrap_or(1)))
        }
        Err(error) => Err(error),
        Ok(()) if report.is_some_and(|report| report.failures() > 0) => Ok(ExitCode::FAILURE),
        Ok(()) => Ok(ExitCode::SUCCESS),
    }
}

fn wish(config: &Config, arguments: &WriteBack) -> anyhow::Result<WriteBackWish> {
    use crate::arguments::{WriteBackFavorite as Favorite, WriteBackTo as To};
    let asked = [
        (arguments.people, Module::People),
        (arguments.faces, Module::Faces),
        (arguments.gps, Module::Gps),
        (arguments.caption, Module::Caption),
        (arguments.time, Module::Time),
        (arguments.rating, Module::Rating),
        (arguments.albums, Module::Albums),
        (arguments.tags, Module::Tags),
    ];
    let modules: Vec<Module> =
        asked.into_iter().filter(|(is_asked, _)| *is_asked || arguments.all).map(|(_, module)| module).collect();
    if modules.is_empty() {
        bail!("say what to write: --all, or some of --people --faces --gps --caption --time --rating --albums --tags");
    }
    let favorite_as = match arguments.favorite_as {
        Favorite::Label => FavoriteAs::Label,
        Favorite::Rating => FavoriteAs::Rating,
        Favorite::None => FavoriteAs::None,
    };
    let caption_chars = arguments.caption_max_len.max(MIN_CAPTION_CHARS);
    let choice = Choice { favorite_as, caption_chars, ..Choice::of(modules) };
    let targets = match arguments.to {
        To::Sidecar => Targets::Sidecar,
        To::Embedded => Targets::Embedded,
        To::Both => Targets::Both,
    };
    let order = Order {
        is_dry: arguments.dry_run,
        only_new: arguments.only_new && !arguments.thorough,
        resumes: arguments.resume,
        dates_files: arguments.file_time,
        backup: arguments.backup.as_deref().map(std::path::absolute).transpose()?,
        ..Order::of(choice, targets)
    };
    let query = arguments.query.join(" ");
    let tells_written = arguments.dry_run || arguments.json || arguments.log_file.is_some();
    let query = Some(query).filter(|query| !query.is_empty());
    let remote = RemoteWish::of(&arguments.remote, &config.paths)?;
    if remote.is_some() && arguments.owner.is_some() {
        bail!("--owner is for the library's own photos: another server shows those of its key's owner");
    }
    let mirror = MirrorWish::of(&arguments.remote).filter(|_| remote.is_none());
    Ok(WriteBackWish { order, owner: arguments.owner.clone(), query, tells_written, remote, mirror })
}

fn runs(config: &Config, json: bool) -> anyhow::Result<ExitCode> {
    let mut is_any = false;
    client::run(config, &Request::WriteBackRuns, &mut |event| {
        if let Event::WriteBackRun(run) = event {
            is_any = true;
            output::say(&if json { serde_json::to_string(&run)? } else { shown::run_line(&run) });
        }
        Ok(())
    })?;
    if !is_any && !json {
        output::say("Nothing was written back yet.");
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes what is wished.
pub(crate) fn write(
    library: &Library,
    doors: &Doors,
    wish: &WriteBackWish,
    halt: &Halt,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let writer = &doors.writer;
    if let Some(remote) = &wish.remote {
        return remote::write(library, writer, (remote, wish), halt, tell);
    }
    if let Some(mirror) = &wish.mirror {
        return mirror::write(library, doors, (mirror, wish), halt, tell);
    }
    let mut filter = match &wish.owner {
        None => everybody(library)?,
        Some(email) => those_of(library, email)?,
    };
    filter.name_contains.clone_from(&wish.query);
    writer.alone(library, halt, |engine| {
        passed_on(tell, wish.tells_written, |listener| Ok(engine.run(&wish.order, filter, listener)?))
    })
}

/// The photos and videos of everybody.
fn everybody(library: &Library) -> anyhow::Result<AssetFilter> {
    let owners = library.read(|tx| Ok(tx.users(false)?))?.into_iter().map(|user| user.id).collect();
    Ok(AssetFilter { owners, ..AssetFilter::default() })
}

/// The photos and videos of one user.
fn those_of(library: &Library, email: &str) -> anyhow::Result<AssetFilter> {
    let user = library.user_by_email(email)?.with_context(|| format!("nobody is {email}"))?;
    Ok(AssetFilter { owners: vec![user.id], ..AssetFilter::default() })
}

/// Takes back what a run wrote.
pub(crate) fn undo(
    library: &Library,
    writer: &Writer,
    run: i64,
    is_dry: bool,
    halt: &Halt,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    writer.alone(library, halt, |engine| passed_on(tell, true, |listener| Ok(engine.undo(run, is_dry, listener)?)))
}

/// Passes on what happens; once nobody listens any more, the run ends after its batch.
fn passed_on(
    tell: &mut Listener<'_>,
    tells_written: bool,
    work: impl FnOnce(&mut tintype_writeback::engine::Listener<'_>) -> anyhow::Result<Report>,
) -> anyhow::Result<()> {
    let mut gone = None;
    let report = work(&mut |happened| {
        let event = match happened {
            Happened::Began { run, total } => Some(Event::WriteBackBegan { run, total }),
            Happened::Progress { done } => Some(Event::WriteBackProgress { done }),
            Happened::File(file) => told(file, tells_written).map(Event::WrittenBack),
        };
        if gone.is_none()
            && let Some(event) = event
        {
            gone = tell(event).err();
        }
        gone.is_none()
    })?;
    match gone {
        Some(error) => Err(error),
        None if report.is_interrupted => {
            tell(Event::WriteBackDone(report))?;
            bail!("no space is left: make room, and go on with --resume")
        }
        None => tell(Event::WriteBackDone(report)),
    }
}

fn told(file: FileReport, tells_written: bool) -> Option<WrittenBack> {
    let (outcome, reason, text, changes) = match file.became {
        Became::Equal => return None,
        Became::Written(_) if !tells_written && file.notes.is_empty() => return None,
        Became::Written(changes) => ("written", None, None, changes.iter().map(changed).collect()),
        Became::Skipped(reason, text) => ("skipped", Some(reason.to_owned()), Some(text), Vec::new()),
        Became::Failed(reason, text) => ("failed", Some(reason.to_owned()), Some(text), Vec::new()),
    };
    Some(WrittenBack {
        asset: file.asset.to_string(),
        name: file.name,
        target: file.target.as_str().to_owned(),
        outcome: outcome.to_owned(),
        reason,
        text,
        changes,
        notes: file.notes.into_iter().map(str::to_owned).collect(),
    })
}

fn changed(change: &Change) -> ChangedTag {
    let text = |value: &tintype_writeback::value::Value| value.to_string();
    ChangedTag {
        tag: change.tag.name().to_owned(),
        before: change.before.as_ref().map(text),
        after: change.after.as_ref().map(text),
    }
}

/// Tells of the runs.
pub(crate) fn list(library: &Library, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    let runs = library.read(|tx| Ok(tx.write_back_runs(LISTED)?))?;
    runs.into_iter().try_for_each(|run| {
        tell(Event::WriteBackRun(WriteBackRunReport {
            run: run.id,
            began_at: run.began_at.to_iso(),
            ended_at: run.ended_at.map(tintype_protocol::time::Timestamp::to_iso),
            undoes: run.undoes,
        }))
    })
}

/// Forgets what runs are done with.
pub(crate) fn clear(library: &Library, writer: &Writer, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    writer.alone(library, &Halt::default(), |engine| Ok(engine.clear_checkpoint()?))?;
    tell(Event::Say { text: "The checkpoint was cleared.".to_owned() })
}
