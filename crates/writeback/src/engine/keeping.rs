//! Files that are ready take their places together: whoever comes while others are being kept waits, and is kept with all that
//! came meanwhile.

use std::sync::{Arc, Mutex, PoisonError};

use tintype_library::write_back::Rewrite;
use tintype_library::{Library, LibraryError};

use crate::fault::Fault;

type Slot = Arc<Mutex<Option<Result<Option<String>, LibraryError>>>>;

/// See the module's description.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    ready: Mutex<Vec<(Rewrite, Slot)>>,
    /// Held by the one who keeps.
    keeps: Mutex<()>,
}

impl Keeping {
    /// Gives a file the place of its original. The key under which it lies; `Changed` if the asset is not what it was.
    pub(super) fn keep(&self, library: &Library, rewrite: Rewrite) -> Result<String, Fault> {
        let slot = Slot::default();
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).push((rewrite, Arc::clone(&slot)));
        let keeps = self.keeps.lock().unwrap_or_else(PoisonError::into_inner);
        let ready = std::mem::take(&mut *self.ready.lock().unwrap_or_else(PoisonError::into_inner));
        if !ready.is_empty() {
            let (rewrites, slots): (Vec<_>, Vec<_>) = ready.into_iter().unzip();
            for (slot, kept) in slots.iter().zip(library.keep_rewritten(rewrites)) {
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
            }
        }
        drop(keeps);
        let kept = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Empty only if whoever had taken it did not come to its end.
        kept.unwrap_or(Ok(None))?.ok_or(Fault::Changed)
    }
}
