//! A limit on the memory that all decoders of the process use together.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Bytes of decoded pixels that may be in memory at the same time, over all threads. A single picture may need more
/// (up to its own limit); it then waits until it is alone.
pub(crate) const MEMORY_BUDGET: u64 = 1 << 30;

/// Hands out shares of a number of bytes in the order they are asked for, so that many small pictures cannot keep a
/// large one waiting for ever. Cheap to clone; clones share the bytes.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    total: u64,
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug)]
struct Queue {
    free: u64,
    /// Number the next caller draws.
    next: u64,
    /// Number of the caller whose turn it is.
    turn: u64,
}

/// Bytes taken from a [`Budget`]; given back on drop.
#[derive(Debug)]
pub(crate) struct Share {
    shared: Arc<Shared>,
    bytes: u64,
}

impl Budget {
    pub(crate) fn new(total: u64) -> Self {
        let queue = Mutex::new(Queue { free: total, next: 0, turn: 0 });
        Self { shared: Arc::new(Shared { total, queue, changed: Condvar::new() }) }
    }

    /// Waits until `bytes` are free and takes them. More than the total counts as the total, so that it is granted to
    /// one at a time instead of never.
    pub(crate) fn take(&self, bytes: u64) -> Share {
        let shared = &self.shared;
        let bytes = bytes.min(shared.total);
        let mut queue = shared.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let number = queue.next;
        queue.next += 1;
        let mut queue = shared
            .changed
            .wait_while(queue, |queue| queue.turn != number || queue.free < bytes)
            .unwrap_or_else(PoisonError::into_inner);
        queue.turn += 1;
        queue.free -= bytes;
        drop(queue);
        shared.changed.notify_all();
        Share { shared: Arc::clone(shared), bytes }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner).free += self.bytes;
        self.shared.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn the_sum_of_all_shares_never_exceeds_the_total() {
        let budget = Budget::new(10);
        let (used, highest) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for bytes in [3, 4, 6, 10, 25, 1, 7, 10] {
                let (budget, used, highest) = (&budget, &used, &highest);
                scope.spawn(move || {
                    for _ in 0..50 {
                        let share = budget.take(bytes);
                        let now = used.fetch_add(share.bytes, Ordering::SeqCst) + share.bytes;
                        highest.fetch_max(now, Ordering::SeqCst);
                        std::thread::yield_now();
                        used.fetch_sub(share.bytes, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(highest.load(Ordering::SeqCst), 10);
        assert_eq!(budget.shared.queue.lock().unwrap().free, 10);
    }
}
