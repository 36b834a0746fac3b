//! The wish that a run ends on the spot, not after the batch at hand.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::exiftool::Exiftool;

/// See the module's description. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Halt(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    is_set: AtomicBool,
    /// What is at work for the run.
    exiftool: Mutex<Option<Exiftool>>,
}

impl Halt {
    /// Ends what is at work. No other file is begun; those at hand are left as they were, or are whole.
    pub fn set(&self) {
        self.0.is_set.store(true, Ordering::SeqCst);
        let exiftool = self.0.exiftool.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(exiftool) = exiftool {
            exiftool.abort();
        }
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.is_set.load(Ordering::SeqCst)
    }

    /// From now on it ends this as well.
    pub(crate) fn watch_over(&self, exiftool: &Exiftool) {
        *self.0.exiftool.lock().unwrap_or_else(PoisonError::into_inner) = Some(exiftool.clone());
        if self.is_set() {
            exiftool.abort();
        }
    }
}
