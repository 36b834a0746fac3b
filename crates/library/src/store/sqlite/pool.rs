//! Connections for readers: opened when needed, a few kept.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::{READER_CACHE_KIB, connect};
use crate::store::StoreError;

/// Readers at the same time. More than any caller's own limit on concurrent work, so that waiting is the exception.
const MAX_READERS: usize = 96;
/// Connections kept for the next reader; their caches are what an idle node pays for.
const KEPT_READERS: usize = 4;
/// How long a reader waits for another one to end.
const WAIT_LIMIT: Duration = Duration::from_secs(30);

#[derive(Debug)]
struct State {
    idle: Vec<Connection>,
    in_use: usize,
    is_closed: bool,
}

/// See the module's description.
#[derive(Debug)]
pub(super) struct ReaderPool {
    path: PathBuf,
    state: Mutex<State>,
    returned: Condvar,
}

impl ReaderPool {
    pub(super) fn new(path: PathBuf) -> Self {
        let state = State { idle: Vec::new(), in_use: 0, is_closed: false };
        Self { path, state: Mutex::new(state), returned: Condvar::new() }
    }

    /// A connection, returned to the pool when dropped.
    pub(super) fn take(&self) -> Result<Reader<'_>, StoreError> {
        let deadline = Instant::now() + WAIT_LIMIT;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if state.is_closed {
                return Err(StoreError::Closed);
            }
            if let Some(connection) = state.idle.pop() {
                state.in_use += 1;
                return Ok(Reader { connection: Some(connection), pool: self });
            }
            if state.in_use < MAX_READERS {
                state.in_use += 1;
                break;
            }
            let left = deadline.checked_duration_since(Instant::now()).unwrap_or_default();
            if left.is_zero() {
                return Err(StoreError::Engine("too many readers at the same time".into()));
            }
            state = self.returned.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(state);
        match connect(&self.path, READER_CACHE_KIB) {
            Ok(connection) => Ok(Reader { connection: Some(connection), pool: self }),
            Err(error) => {
                self.give_back(None);
                Err(error)
            }
        }
    }

    fn give_back(&self, connection: Option<Connection>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.in_use -= 1;
        // A connection whose transaction did not end (a panic in the reader) is not used again.
        if let Some(connection) = connection.filter(Connection::is_autocommit)
            && state.idle.len() < KEPT_READERS
            && !state.is_closed
        {
            state.idle.push(connection);
        }
        drop(state);
        self.returned.notify_one();
    }

    pub(super) fn close(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_closed = true;
        state.idle.clear();
        drop(state);
        self.returned.notify_all();
    }
}

/// A borrowed connection.
pub(super) struct Reader<'p> {
    connection: Option<Connection>,
    pool: &'p ReaderPool,
}

impl Deref for Reader<'_> {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("present until dropped")
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.pool.give_back(self.connection.take());
    }
}
