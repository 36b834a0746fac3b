//! Commands of other processes that this one runs for them: how many, and their end.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Commands that are run at the same time.
const MAX_COMMANDS: usize = 8;
/// After how long the one who waits for their end is told what is waited for.
const SILENCE: Duration = Duration::from_secs(1);

/// The commands that are being run for other processes.
#[derive(Clone, Default)]
pub(crate) struct Answering(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    running: usize,
    has_ended: bool,
}

/// One of them, for as long as this is held.
pub(crate) struct Running(Answering);

impl Answering {
    /// One more, unless there are too many, or there is an end. Why not, for whoever asked.
    pub(crate) fn begin(&self) -> Result<Running, &'static str> {
        let mut state = self.state();
        if state.has_ended {
            return Err("the command that had the library has just ended: run this one again");
        }
        if state.running >= MAX_COMMANDS {
            return Err("too many commands at the same time: run this one again when others are done");
        }
        state.running += 1;
        Ok(Running(self.clone()))
    }

    /// Begins no more once those that run are done, and waits for that. `tell` hears of it if it takes long.
    pub(crate) fn end(&self, tell: impl FnOnce(usize)) {
        let wait = |state, most| self.0.1.wait_timeout_while(state, most, |state: &mut State| state.running > 0);
        let (mut state, waited) = wait(self.state(), SILENCE).unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            tell(state.running);
            let done = self.0.1.wait_while(state, |state| state.running > 0);
            state = done.unwrap_or_else(PoisonError::into_inner);
        }
        state.has_ended = true;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.state().running -= 1;
        self.0.0.1.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn an_end_waits_for_what_runs_and_nothing_begins_after_it() {
        let answering = Answering::default();
        let command = answering.begin().unwrap_or_else(|text| panic!("{text}"));
        let (sender, told) = channel();
        let ending = answering.clone();
        let end = std::thread::spawn(move || ending.end(|running| sender.send(running).unwrap()));
        assert_eq!(told.recv().unwrap(), 1, "what is waited for is told");
        // Others may still come: they would have to wait otherwise, and for nothing.
        let other = answering.begin().unwrap_or_else(|text| panic!("{text}"));
        drop(command);
        assert!(!end.is_finished());
        drop(other);
        end.join().unwrap();
        assert!(answering.begin().is_err_and(|text| text.contains("run this one again")));
    }

    #[test]
    fn only_so_many_run_at_the_same_time() {
        let answering = Answering::default();
        let mut running: Vec<Running> = (0..MAX_COMMANDS).filter_map(|_| answering.begin().ok()).collect();
        assert!(answering.begin().is_err_and(|text| text.contains("too many")));
        running.pop();
        assert!(answering.begin().is_ok());
        drop(running);
        answering.end(|_| panic!("nothing runs"));
    }
}
