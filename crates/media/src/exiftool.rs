//! A small pool of exiftool processes that stay open between files, because starting perl costs more than reading.

mod process;

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use self::process::Process;

/// An unused process ends after this time, so that an idle server holds none.
const IDLE_LIFETIME: Duration = Duration::from_secs(20);

/// Longest time to wait for a free process before giving up for now, where single questions are not allowed more.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(120);

/// Longest time that one file may take to be read.
pub const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// How the processes of a pool are started and asked.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The program.
    pub program: PathBuf,
    /// Arguments that go with every question.
    pub common: Vec<String>,
    /// How many processes may run at once.
    pub processes: usize,
    /// Whether what a process says on its standard error is part of its answer; else nobody hears it.
    pub hears_errors: bool,
    /// Longest time that one question may take.
    pub timeout: Duration,
}

/// What a process said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// On its standard output.
    pub output: Vec<u8>,
    /// On its standard error, cut after some kilobytes; empty where that is not [heard](Setup::hears_errors).
    pub errors: String,
}

/// Processes that stay open. Clones share them.
#[derive(Debug, Clone)]
pub struct Pool {
    setup: Arc<Setup>,
    pub(crate) idle_lifetime: Duration,
    pub(crate) shared: Arc<Shared>,
}

#[derive(Debug, Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    /// Rings when a process became free, and when the pool closes.
    changed: Condvar,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    /// Newest last; the oldest ends first.
    pub(crate) idle: VecDeque<(Process, Instant)>,
    busy: usize,
    /// Process groups of those that are asked something.
    working: Vec<Pid>,
    closed: bool,
    /// Whether the thread that ends idle processes runs.
    pub(crate) reaping: bool,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // The state is consistent between any two statements, so a panic elsewhere does not spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool {
    /// A pool of processes that are started like this. Starts nothing yet.
    pub fn new(setup: Setup) -> Self {
        Self { setup: Arc::new(setup), idle_lifetime: IDLE_LIFETIME, shared: Arc::default() }
    }

    /// Asks a question: arguments, one on each line. Blocks until a process is free and has answered. A process that died
    /// since its last answer is replaced once; after an error, `TimedOut` and others, the process is ended and the pool
    /// stays usable.
    pub fn ask(&self, question: &[u8]) -> io::Result<Answer> {
        let (mut process, fresh) = self.acquire()?;
        let mut result = self.ask_one(&mut process, question);
        let has_died = result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
        if !fresh && has_died && !self.shared.lock().closed {
            match Process::start(&self.setup) {
                Ok(started) => {
                    process = started;
                    result = self.ask_one(&mut process, question);
                }
                Err(error) => result = Err(error),
            }
        }
        self.release(process, result.is_ok());
        result
    }

    fn ask_one(&self, process: &mut Process, question: &[u8]) -> io::Result<Answer> {
        let group = process.group();
        let mut state = self.shared.lock();
        if state.closed {
            return Err(closed());
        }
        state.working.push(group);
        drop(state);
        let result = process.ask(question, self.setup.timeout);
        // Before it is waited for: until then nobody else has its number.
        self.shared.lock().working.retain(|working| *working != group);
        result
    }

    /// Ends all processes at once, busy ones in the middle of their work. Questions fail from now on.
    pub fn abort(&self) {
        self.close();
        for group in &self.shared.lock().working {
            // It fails only if the group has ended already.
            let _ = kill_process_group(*group, Signal::KILL);
        }
    }

    /// Ends all idle processes; busy ones end when they have answered. Later questions fail.
    pub fn close(&self) {
        let mut state = self.shared.lock();
        state.closed = true;
        state.idle.clear();
        self.shared.changed.notify_all();
    }

    /// A process, and whether it was started just now.
    fn acquire(&self) -> io::Result<(Process, bool)> {
        // Whoever waits may have others before them, each with a question that takes its time.
        let deadline = Instant::now() + QUEUE_TIMEOUT.max(self.setup.timeout * 2);
        let mut state = self.shared.lock();
        loop {
            if state.closed {
                return Err(closed());
            }
            if let Some((process, _)) = state.idle.pop_back() {
                state.busy += 1;
                return Ok((process, false));
            }
            if state.busy < self.setup.processes.max(1) {
                state.busy += 1;
                break;
            }
            let left = deadline.checked_duration_since(Instant::now()).ok_or(io::ErrorKind::TimedOut)?;
            (state, _) = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        match Process::start(&self.setup) {
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

fn closed() -> io::Error {
    io::Error::other("the pool of exiftool processes is shut down")
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
