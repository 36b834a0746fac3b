//! The one writer: a thread that runs transactions in the order they come and commits several at once when they queue.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::{Connection, params};
use tintype_protocol::id::UpdateId;

use super::engine;
use super::tx::{Tx, WriteState};
use crate::clock::{Clock, Entropy};
use crate::feed::UpdateIds;
use crate::store::{Durability, StoreError, Verdict, WriteWork};

/// Transactions that may wait; who comes after waits at the door.
const QUEUE_LIMIT: usize = 256;
/// Transactions that share one commit (and its fsync) at most, so that the first does not wait for ever.
const GROUP_LIMIT: usize = 64;

struct Request {
    durability: Durability,
    work: WriteWork,
    reply: SyncSender<Result<(), StoreError>>,
}

/// Handle of the thread.
pub(super) struct Writer {
    commits: Arc<AtomicU64>,
    queue: Mutex<Option<SyncSender<Request>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, StoreError> {
        let last: [u8; 16] =
            connection.query_row("SELECT last_update_id FROM feed_position", [], |row| row.get(0)).map_err(engine)?;
        let ids = UpdateIds::after(UpdateId::from_bytes(last));
        let (sender, receiver) = sync_channel(QUEUE_LIMIT);
        let state = WriteState::new(clock, entropy, ids);
        let commits = Arc::new(AtomicU64::new(0));
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn({
                let commits = Arc::clone(&commits);
                move || serve(&connection, &state, &receiver, &commits)
            })
            .map_err(|error| StoreError::Engine(Box::new(error)))?;
        Ok(Self { commits, queue: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)) })
    }

    /// Counts commits. Moves after a commit can be seen and before anybody is told of it.
    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::SeqCst)
    }

    pub(super) fn submit(&self, durability: Durability, work: WriteWork) -> Result<(), StoreError> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or(StoreError::Closed)?;
        let (reply, answer) = sync_channel(1);
        queue.send(Request { durability, work, reply }).map_err(|_| StoreError::Closed)?;
        drop(queue);
        answer.recv().map_err(|_| StoreError::Closed)?
    }

    /// Lets queued transactions finish, then ends the thread.
    pub(super) fn stop(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn serve(connection: &Connection, state: &WriteState, queue: &Receiver<Request>, commits: &AtomicU64) {
    while let Ok(first) = queue.recv() {
        let mut group = vec![first];
        while group.len() < GROUP_LIMIT
            && let Ok(next) = queue.try_recv()
        {
            group.push(next);
        }
        commit_group(connection, state, group, commits);
    }
    // Fold the log into the database, so that a stopped node is one file.
    if let Err(error) = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
        tracing::warn!(%error, "the write-ahead log could not be folded in");
    }
}

/// Runs the group in one transaction and answers when all of it is committed.
fn commit_group(connection: &Connection, state: &WriteState, mut group: Vec<Request>, commits: &AtomicU64) {
    let durability = group.iter().map(|request| request.durability).max().unwrap_or(Durability::Full);
    if let Err(error) = begin(connection, durability) {
        answer_all(group.into_iter().map(|request| request.reply), &error);
        return;
    }
    state.begin();
    match group.pop() {
        Some(only) if group.is_empty() => {
            let outcome = run_alone(connection, state, only.work);
            commits.fetch_add(1, Ordering::SeqCst);
            let _ = only.reply.send(outcome);
        }
        last => commit_several(connection, state, group.into_iter().chain(last), commits),
    }
}

/// Each request is inside a savepoint, so that one that is undone leaves the others alone.
fn commit_several(
    connection: &Connection,
    state: &WriteState,
    group: impl Iterator<Item = Request>,
    commits: &AtomicU64,
) {
    let mut replies = Vec::with_capacity(GROUP_LIMIT);
    for Request { work, reply, .. } in group {
        match run_in_savepoint(connection, state, work) {
            Ok(()) => replies.push(reply),
            Err(error) => {
                let _ = reply.send(Err(error));
            }
        }
    }
    let finished = finish(connection, state);
    commits.fetch_add(1, Ordering::SeqCst);
    match finished {
        Ok(()) => {
            for reply in replies {
                let _ = reply.send(Ok(()));
            }
        }
        Err(error) => {
            roll_back(connection);
            answer_all(replies.into_iter(), &error);
        }
    }
}

fn begin(connection: &Connection, durability: Durability) -> Result<(), StoreError> {
    let synchronous = match durability {
        Durability::Full => "PRAGMA synchronous = FULL; BEGIN IMMEDIATE",
        Durability::Relaxed => "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE",
    };
    connection.execute_batch(synchronous).map_err(engine)
}

fn run(connection: &Connection, state: &WriteState, work: WriteWork) -> Result<Verdict, StoreError> {
    let mut tx = Tx::writer(connection, state);
    catch_unwind(AssertUnwindSafe(move || work(&mut tx))).map_err(|_| StoreError::Panicked)
}

/// The transaction is the request's own. Without a savepoint, as that keeps a copy of every page that is changed, and
/// the work may be a change of many thousand rows.
fn run_alone(connection: &Connection, state: &WriteState, work: WriteWork) -> Result<(), StoreError> {
    let outcome = match run(connection, state, work) {
        Ok(Verdict::Keep) => finish(connection, state),
        Ok(Verdict::Undo) => {
            roll_back(connection);
            Ok(())
        }
        Err(error) => Err(error),
    };
    if outcome.is_err() {
        roll_back(connection);
    }
    outcome
}

fn run_in_savepoint(connection: &Connection, state: &WriteState, work: WriteWork) -> Result<(), StoreError> {
    connection.execute_batch("SAVEPOINT request").map_err(engine)?;
    match run(connection, state, work) {
        Ok(Verdict::Keep) => connection.execute_batch("RELEASE request").map_err(engine),
        Ok(Verdict::Undo) => connection.execute_batch("ROLLBACK TO request; RELEASE request").map_err(engine),
        Err(error) => {
            connection.execute_batch("ROLLBACK TO request; RELEASE request").map_err(engine)?;
            Err(error)
        }
    }
}

/// After a failure. The engine may have rolled back on its own.
fn roll_back(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = connection.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "a transaction could not be rolled back");
    }
}

fn finish(connection: &Connection, state: &WriteState) -> Result<(), StoreError> {
    if let Some(last) = state.last_given() {
        connection
            .prepare_cached("UPDATE feed_position SET last_update_id = ?1")
            .and_then(|mut statement| statement.execute(params![last.as_bytes()]))
            .map_err(engine)?;
    }
    connection.execute_batch("COMMIT").map_err(engine).inspect_err(|error| tracing::error!(%error, "a commit failed"))
}

fn answer_all(replies: impl Iterator<Item = SyncSender<Result<(), StoreError>>>, error: &StoreError) {
    for reply in replies {
        let copy = match error {
            StoreError::Full => StoreError::Full,
            StoreError::Conflict(key) => StoreError::Conflict(key.clone()),
            other => StoreError::Engine(other.to_string().into()),
        };
        let _ = reply.send(Err(copy));
    }
}
