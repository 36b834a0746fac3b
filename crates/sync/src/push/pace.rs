//! How fast and how much at once a server is asked.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Requests a second, unless set otherwise.
const REQUESTS_PER_SECOND: u32 = 10;
/// Requests at once, unless set otherwise.
const LANES: usize = 4;

/// See the module's description.
#[derive(Debug)]
pub struct Pace {
    gap: Duration,
    lanes: usize,
    next: Mutex<Option<Instant>>,
}

impl Default for Pace {
    fn default() -> Self {
        Self::new(REQUESTS_PER_SECOND, LANES)
    }
}

impl Pace {
    /// So many requests a second at most, and at once.
    pub fn new(requests_per_second: u32, lanes: usize) -> Self {
        let gap = Duration::from_secs(1) / requests_per_second.max(1);
        Self { gap, lanes: lanes.max(1), next: Mutex::new(None) }
    }

    /// As fast as the server answers, one after the other: for simulations, which have no time to lose.
    pub fn unbounded() -> Self {
        Self { gap: Duration::ZERO, lanes: 1, next: Mutex::new(None) }
    }

    pub(crate) fn lanes(&self) -> usize {
        self.lanes
    }

    /// Waits for one's turn.
    pub(crate) fn wait(&self) {
        if self.gap.is_zero() {
            return;
        }
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let turn = next.map_or(now, |next| next.max(now));
        *next = Some(turn + self.gap);
        drop(next);
        std::thread::sleep(turn.saturating_duration_since(now));
    }
}
