//! Commands of other processes, over the socket in the data folder.
//!
//! A command is one line of JSON ([`Request`]); the answer is a line of JSON for each thing that happens ([`Event`]),
//! the last of which is `Done` or `Failed`. The same code runs a command here and in a process that owns the folder
//! itself, so both ways behave the same.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use tintype_library::Library;
use tintype_sync::Wishes;
use tintype_writeback::Halt;

use crate::answering::Answering;
use crate::arguments::{Originals, RetryChoice};
use crate::config::Config;
use crate::follower::Follower;
use crate::landing::Landing;
use crate::optimise::{OptimiseWish, Optimiser};
use crate::reconcile::{FolderChange, NewFolder, PlanWish, Reconciler};
use crate::reports::{
    Applied, Cleared, Decided, Disputed, FolderReport, Following, Handled, JournalReport, Landed, Offered,
    OptimisedAsset, Planned, Previewed, RestoredOriginal, RetriedFiles, Saved, Synced, Unsent, Waiting,
    WriteBackRunReport, WrittenBack, ZoneReport,
};
use crate::write_back::{WriteBackWish, Writer};
use crate::{
    conflicts, folder, follower, ingest, linking, offer, optimise, outbox, quarantine, reconcile, users, write_back,
};

/// Longest command in bytes.
const REQUEST_LIMIT: u64 = 64 * 1024;
/// How long a connected process may take to say what it wants.
const REQUEST_WAIT: Duration = Duration::from_secs(10);

/// What is to be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub(crate) enum Request {
    /// Take a folder in.
    Import { folder: PathBuf, user: Option<String> },
    /// Follow a server.
    Login { server: String, credentials: Credentials, user: Option<String> },
    /// Bring in what changed.
    Sync { user: Option<String>, sweep: bool, originals: Originals },
    /// Say what would come.
    Preview { user: Option<String> },
    /// How following stands.
    Status,
    /// Stop following.
    Logout { user: Option<String>, is_forced: bool },
    /// What waits in quarantine.
    ListQuarantine { user: Option<String> },
    /// Try these lines again, or all.
    RetryQuarantine { user: Option<String>, ids: Option<Vec<i64>> },
    /// Let these lines go, or all.
    DropQuarantine { user: Option<String>, ids: Option<Vec<i64>> },
    /// What has not reached the server.
    ListOutbox { user: Option<String> },
    /// Try to send these changes now, or all.
    RetryOutbox { user: Option<String>, ids: Option<Vec<i64>> },
    /// Do not send these changes, or any.
    DropOutbox { user: Option<String>, ids: Option<Vec<i64>> },
    /// What is only here is to go to the server; or only to be counted.
    OfferOutbox { user: Option<String>, is_dry: bool },
    /// What both sides changed.
    ListConflicts { user: Option<String> },
    /// One side is right in these conflicts, or in all.
    DecideConflicts { user: Option<String>, ids: Option<Vec<i64>>, side: Side },
    /// How landing zones stand.
    IngestStatus,
    /// Files in landing zones.
    IngestList { zone: Option<String>, state: Option<String> },
    /// Begin anew with originals in `undone/`.
    IngestRetry { choice: RetryChoice },
    /// Work on what lies in landing zones until it rests.
    IngestRun,
    /// Keep originals as something smaller, or say what that would save.
    Optimise(OptimiseWish),
    /// Put originals back into their places.
    RestoreOriginals { ids: Vec<String> },
    /// Write what is known into the files.
    WriteBack(Box<WriteBackWish>),
    /// Take back what a run wrote.
    WriteBackUndo { run: i64, is_dry: bool },
    /// Runs that wrote.
    WriteBackRuns,
    /// Forget what runs are done with.
    WriteBackClear,
    /// Keep a folder in agreement with the library.
    AddFolder(Box<NewFolder>),
    /// Say something else about a folder.
    SetFolder(Box<FolderChange>),
    /// How folders stand.
    ListFolders,
    /// Forget a folder.
    RemoveFolder { folder: String, drops_assets: bool },
    /// Say what would be done about folders.
    Plan(PlanWish),
    /// Do what a plan says.
    Apply { plan: PathBuf, accept: Vec<String>, accepts_all: bool },
    /// Plan, and do what needs no person.
    Pass { folder: Option<String> },
    /// What was done about folders.
    Journal { run: Option<i64> },
    /// Take back what runs put into the trash.
    TakeBack { what: String, folder: Option<String> },
    /// Look whether originals are what they should be.
    Verify { folder: Option<String>, wish: tintype_reconcile::verify::Wish },
    /// List accounts.
    ListUsers,
    /// Make an account.
    AddUser { email: String, name: Option<String>, admin: bool },
    /// Give an account a new password.
    SetPassword { email: String },
}

impl Request {
    /// Whether it makes sense for a folder in which there is no library yet.
    pub(crate) fn may_come_first(&self) -> bool {
        match self {
            Self::Import { .. } | Self::Login { .. } | Self::AddUser { .. } => true,
            Self::WriteBack(wish) => wish.is_of_another_server(),
            _ => false,
        }
    }
}

/// Who is right in a conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Side {
    /// This library.
    Mine,
    /// The server.
    Theirs,
}

/// By what a server is to know somebody.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub(crate) enum Credentials {
    /// For a session.
    Password { email: String, password: String },
    /// For searches.
    Key { key: String },
}

impl std::fmt::Debug for Credentials {
    /// Without what is secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Password { .. } => "Password(…)",
            Self::Key { .. } => "Key(…)",
        })
    }
}

/// What happens meanwhile.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum Event {
    /// A folder was looked through.
    Found { files: u64, bytes: u64, ignored: u64 },
    /// A file was taken in, was there already, or failed.
    File { bytes: u64, outcome: FileOutcome },
    /// Lines of an upstream are safe.
    Pulled { lines: u64, expected: Option<u64> },
    /// Originals were copied, or could not be.
    Copied { fetched: u64, bytes: u64, failed: u64 },
    /// A server was brought in, or could not be.
    Synced(Synced),
    /// What a server would bring.
    Previewed(Previewed),
    /// How a server that is followed stands.
    Following(Following),
    /// A line in quarantine.
    Waiting(Waiting),
    /// What became of lines in quarantine.
    Cleared(Cleared),
    /// A change that has not reached the server.
    Unsent(Unsent),
    /// What became of such changes.
    Handled(Handled),
    /// What is only here, and goes from now on.
    Offered(Offered),
    /// What both sides changed.
    Disputed(Disputed),
    /// What became of conflicts.
    Decided(Decided),
    /// How a landing zone stands.
    Zone(ZoneReport),
    /// A file in a landing zone.
    Landed(Landed),
    /// What became of originals that were to be tried again.
    RetriedFiles(RetriedFiles),
    /// What is to be optimised, by type.
    Planned(Planned),
    /// What became of an asset that was to be optimised.
    Optimised(OptimisedAsset),
    /// What a run saved.
    Saved(Saved),
    /// What became of an original that was to be restored.
    Restored(RestoredOriginal),
    /// Files are going to be written, of so many photos and videos.
    WriteBackBegan { run: Option<i64>, total: u64 },
    /// What became of a file.
    WrittenBack(WrittenBack),
    /// So many photos and videos are done.
    WriteBackProgress { done: u64 },
    /// What a run did.
    WriteBackDone(tintype_writeback::Report),
    /// A run that wrote.
    WriteBackRun(WriteBackRunReport),
    /// A folder that is kept in agreement with the library.
    Folder(FolderReport),
    /// Files of a folder have to be read.
    ToRead { files: u64, bytes: u64 },
    /// So many of them are.
    Read { files: u64 },
    /// A plan was made.
    PlanMade { path: PathBuf, plan: Box<tintype_reconcile::Plan> },
    /// A run begins.
    RunBegan { run: i64, total: u64 },
    /// An action was done, or could not be.
    Did { action: Box<tintype_reconcile::Action>, became: Option<String>, failure: Option<String> },
    /// A run is over.
    Applied(Applied),
    /// A run, or a line of its journal.
    Journal(JournalReport),
    /// What was taken back.
    TakenBack(tintype_reconcile::restore::RestoreReport),
    /// So many originals were looked at.
    Verifying { count: u64 },
    /// An original is not what it should be.
    Fault(tintype_reconcile::verify::Finding),
    /// All were looked at.
    Verified(tintype_reconcile::verify::Verified),
    /// A line for people.
    Say { text: String },
    /// It is done.
    Done,
    /// It could not be done.
    Failed { text: String },
}

/// What became of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FileOutcome {
    Created,
    Duplicate,
    Failed { path: PathBuf, reason: String },
}

/// What commands need beside the library.
pub(crate) struct Doors {
    pub(crate) follower: Arc<Follower>,
    pub(crate) landing: Arc<Landing>,
    pub(crate) optimiser: Optimiser,
    pub(crate) writer: Writer,
    pub(crate) reconciler: Reconciler,
}

impl Doors {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            follower: Arc::new(Follower::new(config)),
            landing: Arc::new(Landing::new(config)),
            optimiser: Optimiser::new(config),
            writer: Writer::new(config),
            reconciler: Reconciler::new(config),
        }
    }
}

/// Told of every event; an error (nobody listens any more) ends the command.
pub(crate) type Listener<'l> = dyn FnMut(Event) -> anyhow::Result<()> + 'l;

/// Does what is asked; `halt` ends it at once, where that is of use.
pub(crate) fn execute(
    library: &Arc<Library>,
    doors: &Doors,
    request: &Request,
    halt: &Halt,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    match request {
        Request::Import { folder, user } => folder::import(library, folder, user.as_deref(), tell),
        Request::Login { server, credentials, user } => {
            linking::link(library, &doors.follower, server, credentials, user.as_deref(), tell)
        }
        Request::Sync { user, sweep, originals } => {
            follower::pull_all(library, &doors.follower, user.as_deref(), Wishes { sweep: *sweep }, *originals, tell)
        }
        Request::Preview { user } => follower::preview_all(library, &doors.follower, user.as_deref(), tell),
        Request::Status => follower::tell_all(library, &doors.follower, tell),
        Request::Logout { user, is_forced } => {
            linking::unlink(library, &doors.follower, user.as_deref(), *is_forced, tell)
        }
        Request::ListQuarantine { user } => quarantine::list(library, user.as_deref(), tell),
        Request::RetryQuarantine { user, ids } => quarantine::retry(library, user.as_deref(), ids.as_deref(), tell),
        Request::DropQuarantine { user, ids } => quarantine::drop(library, user.as_deref(), ids.as_deref(), tell),
        Request::ListOutbox { user } => outbox::list(library, user.as_deref(), tell),
        Request::RetryOutbox { user, ids } => {
            outbox::retry(library, &doors.follower, user.as_deref(), ids.as_deref(), tell)
        }
        Request::DropOutbox { user, ids } => outbox::drop(library, user.as_deref(), ids.as_deref(), tell),
        Request::OfferOutbox { user, is_dry } => offer::offer(library, &doors.follower, user.as_deref(), *is_dry, tell),
        Request::ListConflicts { user } => conflicts::list(library, user.as_deref(), tell),
        Request::DecideConflicts { user, ids, side } => {
            conflicts::decide(library, user.as_deref(), ids.as_deref(), *side, tell)
        }
        Request::IngestStatus => ingest::status(library, &doors.landing, tell),
        Request::IngestList { zone, state } => {
            ingest::list(library, &doors.landing, (zone.as_deref(), state.as_deref()), tell)
        }
        Request::IngestRetry { choice } => ingest::retry(library, &doors.landing, choice, tell),
        Request::IngestRun => ingest::work(library, &doors.landing, tell),
        Request::Optimise(wish) => optimise::run(library, &doors.optimiser, wish, tell),
        Request::RestoreOriginals { ids } => optimise::restore(library, ids, tell),
        Request::WriteBack(wish) => write_back::write(library, doors, wish, halt, tell),
        Request::WriteBackUndo { run, is_dry } => write_back::undo(library, &doors.writer, *run, *is_dry, halt, tell),
        Request::WriteBackRuns => write_back::list(library, tell),
        Request::WriteBackClear => write_back::clear(library, &doors.writer, tell),
        Request::AddFolder(new) => reconcile::add(library, doors, new, tell),
        Request::SetFolder(change) => reconcile::set(library, doors, change, tell),
        Request::ListFolders => reconcile::list(library, tell),
        Request::RemoveFolder { folder, drops_assets } => {
            reconcile::remove(library, doors, folder, *drops_assets, tell)
        }
        Request::Plan(wish) => reconcile::plan(library, doors, wish, tell),
        Request::Apply { plan, accept, accepts_all } => {
            reconcile::apply(library, doors, plan, (accept, *accepts_all), tell)
        }
        Request::Pass { folder } => reconcile::pass(library, doors, folder.as_deref(), tell),
        Request::Journal { run } => reconcile::journal(library, *run, tell),
        Request::TakeBack { what, folder } => reconcile::restore(library, doors, what, folder.as_deref(), tell),
        Request::Verify { folder, wish } => reconcile::verify(library, doors, folder.as_deref(), *wish, tell),
        Request::ListUsers => users::list(library, tell),
        Request::AddUser { email, name, admin } => users::add(library, email, name.as_deref(), *admin, tell),
        Request::SetPassword { email } => users::set_password(library, email, tell),
    }
}

/// Answers commands of other processes until the process ends, or until they are to [end](Answering::end).
pub(crate) fn listen(socket: &Path, library: Arc<Library>, doors: Arc<Doors>) -> anyhow::Result<Answering> {
    // Left behind by a process that was killed; the lock says that nobody uses it.
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("{} could not be replaced", socket.display()));
        }
        _ => {}
    }
    let listener = UnixListener::bind(socket).with_context(|| format!("{} could not be opened", socket.display()))?;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o600))?;
    let answering = Answering::default();
    let commands = answering.clone();
    std::thread::Builder::new().name("control".to_owned()).spawn(move || {
        for stream in listener.incoming().flatten() {
            let command = match commands.begin() {
                Ok(command) => command,
                Err(text) => {
                    let _ = send(&stream, &Event::Failed { text: text.to_owned() });
                    continue;
                }
            };
            let (library, doors) = (Arc::clone(&library), Arc::clone(&doors));
            std::thread::spawn(move || {
                answer(&stream, &library, &doors);
                drop(command);
            });
        }
    })?;
    Ok(answering)
}

fn answer(stream: &UnixStream, library: &Arc<Library>, doors: &Doors) {
    let outcome = receive(stream).and_then(|request| {
        let halt = Halt::default();
        halt_with(stream, &halt)?;
        execute(library, doors, &request, &halt, &mut |event| send(stream, &event))
    });
    let last = match outcome {
        Ok(()) => Event::Done,
        Err(error) => Event::Failed { text: format!("{error:#}") },
    };
    // Whoever asked may have gone. The one who listens for that is to end as well.
    let _ = send(stream, &last);
    let _ = stream.shutdown(std::net::Shutdown::Both);
}

/// Notices at once when whoever asked has gone: a process that is ended twice says nothing any more.
fn halt_with(stream: &UnixStream, halt: &Halt) -> anyhow::Result<()> {
    use std::io::Read as _;
    let (mut stream, halt) = (stream.try_clone()?, halt.clone());
    stream.set_read_timeout(None)?;
    std::thread::Builder::new().name("hang-up".to_owned()).spawn(move || {
        let mut byte = [0];
        // Nothing more is said after the command.
        while matches!(stream.read(&mut byte), Ok(1..)) {}
        halt.set();
    })?;
    Ok(())
}

fn receive(stream: &UnixStream) -> anyhow::Result<Request> {
    use std::io::Read as _;
    stream.set_read_timeout(Some(REQUEST_WAIT))?;
    let mut line = String::new();
    BufReader::new(stream.take(REQUEST_LIMIT)).read_line(&mut line).context("no command arrived")?;
    serde_json::from_str(&line).context("the command was not understood: is the running node of another version?")
}

fn send(mut stream: &UnixStream, event: &Event) -> anyhow::Result<()> {
    let mut line = serde_json::to_vec(event)?;
    line.push(b'\n');
    Ok(stream.write_all(&line)?)
}

/// What the owner of the data folder said when a command failed there: that it has the folder is not why.
#[derive(Debug)]
pub(crate) struct Answered {
    text: String,
}

impl std::fmt::Display for Answered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Answered {}

/// Has the owner of a folder do it.
pub(crate) fn ask(socket: &Path, request: &Request, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    let mut stream =
        UnixStream::connect(socket).context("the process that owns the data folder does not answer commands")?;
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    for line in BufReader::new(stream).lines() {
        match serde_json::from_str(&line?).context("the node's answer was not understood")? {
            Event::Done => return Ok(()),
            Event::Failed { text } => return Err(Answered { text }.into()),
            event => tell(event)?,
        }
    }
    bail!("the node ended before the command was done; run it again once the node is up")
}
