//! How many files are in the same stage of their way at a time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often somebody who waits looks whether it is still wanted.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// A stage in which a bounded number may be.
#[derive(Debug)]
pub(crate) struct Turns {
    free: Mutex<usize>,
    given_back: Condvar,
}

/// One of the places of a stage, given back when dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a>(&'a Turns);

impl Turns {
    /// A stage with so many places; with one, if it is none.
    pub(crate) fn new(places: usize) -> Self {
        Self { free: Mutex::new(places.max(1)), given_back: Condvar::new() }
    }

    /// Waits for a place; `None` once `stop` is set.
    pub(crate) fn take(&self, stop: &AtomicBool) -> Option<Turn<'_>> {
        let mut free = self.lock();
        while *free == 0 {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            let waited = self.given_back.wait_timeout(free, LOOK_INTERVAL);
            free = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *free -= 1;
        Some(Turn(self))
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.lock() += 1;
        self.0.given_back.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn no_more_are_inside_than_there_are_places() {
        let (turns, never) = (Turns::new(2), AtomicBool::new(false));
        let (inside, most, done) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let _turn = turns.take(&never).unwrap();
                        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                        done.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!((most.into_inner(), done.into_inner()), (2, 400));
    }

    #[test]
    fn who_waits_can_be_called_off() {
        let (turns, stop) = (Turns::new(0), AtomicBool::new(false));
        let _turn = turns.take(&stop).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| turns.take(&stop).is_none());
            stop.store(true, Ordering::Relaxed);
            assert!(waiting.join().unwrap());
        });
    }
}
