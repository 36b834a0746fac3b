//! Who writes a file that is on its way. A phone that lost its network comes back while the server still holds the
//! connection that broke: whoever opens a file last has it, and the other's writes are refused from then on.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Device and inode.
pub(crate) type FileKey = (u64, u64);

type Holders = Mutex<HashMap<FileKey, Arc<AtomicBool>>>;

/// All files that are being written. Bounded by the handles of all sessions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Claims(Arc<Holders>);

/// The right to write one file, until somebody else claims it.
#[derive(Debug)]
pub(crate) struct Claim {
    key: FileKey,
    is_lost: Arc<AtomicBool>,
    holders: Arc<Holders>,
}

impl Claims {
    /// Takes a file over.
    pub(crate) fn claim(&self, key: FileKey) -> Claim {
        let is_lost = Arc::new(AtomicBool::new(false));
        let before = lock(&self.0).insert(key, Arc::clone(&is_lost));
        if let Some(before) = before {
            before.store(true, Ordering::Release);
        }
        Claim { key, is_lost, holders: Arc::clone(&self.0) }
    }

    /// Whether somebody writes it.
    pub(crate) fn is_claimed(&self, key: FileKey) -> bool {
        lock(&self.0).contains_key(&key)
    }
}

impl Claim {
    /// Whether it still holds.
    pub(crate) fn holds(&self) -> bool {
        !self.is_lost.load(Ordering::Acquire)
    }

    /// Which file it is for.
    pub(crate) fn key(&self) -> FileKey {
        self.key
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut holders = lock(&self.holders);
        if holders.get(&self.key).is_some_and(|holder| Arc::ptr_eq(holder, &self.is_lost)) {
            holders.remove(&self.key);
        }
    }
}

fn lock(holders: &Holders) -> std::sync::MutexGuard<'_, HashMap<FileKey, Arc<AtomicBool>>> {
    holders.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_has_it() {
        let claims = Claims::default();
        let first = claims.claim((1, 2));
        let other = claims.claim((1, 3));
        let second = claims.claim((1, 2));
        assert_eq!((first.holds(), second.holds(), other.holds()), (false, true, true));
        drop(first);
        assert!(claims.is_claimed((1, 2)), "the one that lost it does not give it back");
        drop(second);
        assert!(!claims.is_claimed((1, 2)));
    }
}
