//! A small pool of exiftool processes that stay open between files, because starting perl costs more than reading.

mod process;

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use self::process::Process;
use super::tags::Tags;

/// How many processes may run at once.
const MAX_PROCESSES: usize = 2;

/// An unused process ends after this time, so that an idle server holds none.
const IDLE_LIFETIME: Duration = Duration::from_secs(20);

/// Longest time to wait for a free process before giving up for now.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(120);

/// Longest time one file may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Shared by all readers; see the module documentation.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    program: PathBuf,
    idle_lifetime: Duration,
    request_timeout: Duration,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Rings when a process became free, and when the pool closes.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Newest last; the oldest ends first.
    idle: VecDeque<(Process, Instant)>,
    busy: usize,
    closed: bool,
    /// Whether the thread that ends idle processes runs.
    reaping: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is consistent between any two statements, so a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool {
    /// A pool which runs `program`. Starts nothing yet.
    pub(crate) fn new(program: PathBuf) -> Self {
        Self { program, idle_lifetime: IDLE_LIFETIME, request_timeout: REQUEST_TIMEOUT, shared: Arc::default() }
    }

    /// The tags of one file. Blocks until a process is free and has answered. A process that died in between is replaced
    /// once; `TimedOut` and other errors leave the pool usable.
    pub(crate) fn read(&self, path: &Path) -> io::Result<Tags> {
        let path = std::path::absolute(path)?;
        let (mut process, fresh) = self.acquire()?;
        let mut result = process.ask(&path, self.request_timeout);
        if !fresh && result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            match Process::start(&self.program) {
                Ok(started) => {
                    process = started;
                    result = process.ask(&path, self.request_timeout);
                }
                Err(error) => result = Err(error),
            }
        }
        self.release(process, result.is_ok());
        result
    }

    /// Ends all idle processes; busy ones end when they have answered. Later reads fail.
    pub(crate) fn close(&self) {
        let mut state = self.shared.lock();
        state.closed = true;
        state.idle.clear();
        self.shared.changed.notify_all();
    }

    /// A process, and whether it was started just now.
    fn acquire(&self) -> io::Result<(Process, bool)> {
        let deadline = Instant::now() + QUEUE_TIMEOUT;
        let mut state = self.shared.lock();
        loop {
            if state.closed {
                return Err(io::Error::other("the metadata reader is shut down"));
            }
            if let Some((process, _)) = state.idle.pop_back() {
                state.busy += 1;
                return Ok((process, false));
            }
            if state.busy < MAX_PROCESSES {
                state.busy += 1;
                break;
            }
            let left = deadline.checked_duration_since(Instant::now()).ok_or(io::ErrorKind::TimedOut)?;
            (state, _) = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        match Process::start(&self.program) {
            Ok(process) => Ok((process, true)),
            Err(error) => {
                self.shared.lock().busy -= 1;
                self.shared.changed.notify_all();
                Err(error)
            }
        }
    }

    fn release(&self, process: Process, reusable: bool) {
        let mut state = self.shared.lock();
        state.busy -= 1;
        if reusable && !state.closed {
            state.idle.push_back((process, Instant::now()));
            if !state.reaping {
                state.reaping = true;
                let (shared, lifetime) = (Arc::clone(&self.shared), self.idle_lifetime);
                std::thread::spawn(move || reap(&shared, lifetime));
            }
        }
        self.shared.changed.notify_all();
    }
}

/// Ends processes nobody used for `lifetime`; the thread ends with the last of them.
fn reap(shared: &Shared, lifetime: Duration) {
    let mut state = shared.lock();
    while let Some(oldest) = state.idle.front().map(|(_, since)| *since)
        && !state.closed
    {
        let age = oldest.elapsed();
        if age >= lifetime {
            state.idle.pop_front();
        } else {
            let left = lifetime - age;
            (state, _) = shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
        // While all are busy there is nothing to wait for; the next release starts a new thread.
    }
    state.reaping = false;
}

#[cfg(test)]
mod tests;
