//! Ending a command that goes on for long: once asks it to end cleanly, twice ends it at once.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

/// What a shell expects of a program that SIGINT has ended.
pub(crate) const INTERRUPTED: i32 = 130;

/// Whether somebody wants the process to end.
#[derive(Clone, Default)]
pub(crate) struct Interrupt(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    is_set: bool,
    /// With which code the process may end on the spot, as it holds nothing that has to be brought to an end.
    at_once: Option<i32>,
}

/// Carried as an error from where the wish is seen to where it is acted on.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

impl Interrupt {
    /// Listens to SIGINT and SIGTERM from now on.
    pub(crate) fn listen() -> anyhow::Result<Self> {
        let interrupt = Self::default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let (mut interrupts, mut terminations) = {
            let _inside = runtime.enter();
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
        };
        let told = interrupt.clone();
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            runtime.block_on(async {
                loop {
                    tokio::select! {
                        _ = interrupts.recv() => {}
                        _ = terminations.recv() => {}
                    }
                    if let Some(code) = told.set() {
                        std::process::exit(code);
                    }
                }
            });
        })?;
        Ok(interrupt)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for the end; the exit code, if the process is not to wait for it.
    fn set(&self) -> Option<i32> {
        let mut state = self.state();
        let at_once = if state.is_set { Some(INTERRUPTED) } else { state.at_once };
        state.is_set = true;
        self.0.1.notify_all();
        at_once
    }

    /// Whether somebody who asks for the end gets it on the spot, and with which exit code.
    pub(crate) fn end_at_once(&self, code: Option<i32>) {
        self.state().at_once = code;
    }

    pub(crate) fn is_set(&self) -> bool {
        self.state().is_set
    }

    /// Waits for so long, or until somebody wants the end; whether somebody does.
    pub(crate) fn wait(&self, time: Duration) -> bool {
        let waited = self.0.1.wait_timeout_while(self.state(), time, |state| !state.is_set);
        waited.unwrap_or_else(PoisonError::into_inner).0.is_set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_ends_with_the_wish() {
        let interrupt = Interrupt::default();
        assert!(!interrupt.wait(Duration::from_millis(1)) && !interrupt.is_set());
        let other = interrupt.clone();
        let thread = std::thread::spawn(move || other.set());
        assert!(interrupt.wait(Duration::from_secs(60)) && interrupt.is_set());
        assert_eq!(thread.join().unwrap(), None, "the first one waits for a clean end");
        assert_eq!(interrupt.set(), Some(INTERRUPTED), "the second one does not");
        let idle = Interrupt::default();
        idle.end_at_once(Some(0));
        assert_eq!(idle.set(), Some(0));
    }
}
