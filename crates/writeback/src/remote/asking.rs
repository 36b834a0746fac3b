//! Asking a server no faster than it likes, and again where that may help.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tintype_client::ClientError;
use tintype_protocol::disposition::Disposition;

use super::Wait;

/// Tries of one request.
const MAX_TRIES: u32 = 6;
/// The wait after the first failure; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait, unless the server asks for more.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// What a server may ask for at most.
const LONGEST_ASKED: Duration = Duration::from_secs(600);

pub(super) struct Asking<'w> {
    gap: Duration,
    next: Mutex<Option<Instant>>,
    wait: Box<Wait<'w>>,
}

impl<'w> Asking<'w> {
    /// `requests_per_second` 0: as fast as it answers.
    pub(super) fn new(requests_per_second: u32, wait: Box<Wait<'w>>) -> Self {
        let gap = Duration::from_secs(1).checked_div(requests_per_second).unwrap_or_default();
        Self { gap, next: Mutex::new(None), wait }
    }

    /// Asks in one's turn. What may succeed later is asked again, a few times.
    pub(super) fn ask<T>(&self, question: impl Fn() -> Result<T, ClientError>) -> Result<T, ClientError> {
        let mut tries = 0;
        loop {
            self.take_turn();
            let error = match question() {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            tries += 1;
            let Disposition::Retry { after } = error.disposition() else { return Err(error) };
            let pause = pause(tries, after);
            if tries == MAX_TRIES || !(self.wait)(pause) {
                return Err(error);
            }
            tracing::info!(
                seconds = pause.as_secs(),
                error = &error as &dyn std::error::Error,
                "the server is asked again"
            );
        }
    }

    fn take_turn(&self) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let turn = next.map_or(now, |next| next.max(now));
        *next = Some(turn + self.gap);
        drop(next);
        let pause = turn.saturating_duration_since(now);
        if !pause.is_zero() {
            (self.wait)(pause);
        }
    }
}

/// The wait after so many failures in a row, never less than the server asks for.
fn pause(failures: u32, asked: Option<Duration>) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(1_u32.checked_shl(failures - 1).unwrap_or(u32::MAX));
    doubled.min(LONGEST_WAIT).max(asked.unwrap_or_default().min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;

    use super::*;

    type Waits = Arc<Mutex<Vec<Duration>>>;

    fn asking(requests_per_second: u32) -> (Asking<'static>, Waits) {
        let waits: Waits = Arc::default();
        let told = Arc::clone(&waits);
        let wait = move |time| {
            told.lock().unwrap().push(time);
            true
        };
        (Asking::new(requests_per_second, Box::new(wait)), waits)
    }

    #[test]
    fn what_may_succeed_later_is_asked_again() {
        let (asking, waits) = asking(0);
        let count = Cell::new(0);
        let answer = asking.ask(|| {
            count.set(count.get() + 1);
            if count.get() < 4 { Err(ClientError::Truncated) } else { Ok(count.get()) }
        });
        assert_eq!(answer.unwrap(), 4);
        assert_eq!(*waits.lock().unwrap(), [1, 2, 4].map(Duration::from_secs));
        let tries = Cell::new(0);
        let error = asking.ask(|| -> Result<(), _> {
            tries.set(tries.get() + 1);
            Err(ClientError::Truncated)
        });
        assert!(error.is_err() && tries.get() == MAX_TRIES);
        let tries = Cell::new(0);
        let error = asking.ask(|| -> Result<(), _> {
            tries.set(tries.get() + 1);
            Err(ClientError::LineTooLong { limit: 1 })
        });
        assert!(error.is_err() && tries.get() == 1, "that will not change");
    }

    #[test]
    fn a_server_is_asked_no_faster_than_set() {
        let (asking, waits) = asking(10);
        for _ in 0..5 {
            asking.ask(|| Ok(())).unwrap();
        }
        let waits = waits.lock().unwrap();
        let longest = waits.last().unwrap();
        assert_eq!(waits.len(), 4, "the first one at once");
        assert!(*longest > Duration::from_millis(300) && *longest <= Duration::from_millis(400), "{longest:?}");
        assert_eq!(pause(3, Some(Duration::from_secs(9))), Duration::from_secs(9), "as the server asks");
        assert_eq!(pause(40, Some(Duration::from_secs(9_999))), LONGEST_ASKED);
    }
}
