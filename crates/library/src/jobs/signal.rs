//! A bell between those who queue work and those who do it.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Counts rings; a sleeper wakes when the count moves.
#[derive(Debug, Default)]
pub struct Signal {
    rings: Mutex<u64>,
    rung: Condvar,
}

impl Signal {
    /// There is work.
    pub fn ring(&self) {
        *self.rings.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.rung.notify_all();
    }

    /// How often it has rung so far.
    pub fn count(&self) -> u64 {
        *self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps until it has rung more often than `seen`, `limit` at most.
    pub fn wait(&self, seen: u64, limit: Duration) {
        let rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.rung.wait_timeout_while(rings, limit, |rings| *rings == seen));
    }
}
