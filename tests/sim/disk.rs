//! A store that crashes its process at a chosen write, or has no room for some time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use tintype_library::store::{Durability, Read, Store, StoreError, WriteWork};

/// When and how the disk fails.
#[derive(Default)]
pub(crate) struct Fuse {
    /// Writes until the crash; negative for none.
    left: AtomicI64,
    /// Whether the last write is on the disk when the process goes.
    is_kept: AtomicBool,
    is_dead: AtomicBool,
    is_full: AtomicBool,
}

impl Fuse {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { left: AtomicI64::new(-1), ..Self::default() })
    }

    /// The process ends at the write after so many others.
    pub(crate) fn light(&self, writes: i64, is_kept: bool) {
        self.is_kept.store(is_kept, Ordering::SeqCst);
        self.left.store(writes, Ordering::SeqCst);
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.is_dead.load(Ordering::SeqCst)
    }

    pub(crate) fn set_full(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::SeqCst);
    }

    /// Another process begins.
    pub(crate) fn renew(&self) {
        self.left.store(-1, Ordering::SeqCst);
        self.is_dead.store(false, Ordering::SeqCst);
    }
}

/// See the module's description.
pub(crate) struct Disk<S> {
    pub(crate) store: S,
    pub(crate) fuse: Arc<Fuse>,
}

impl<S: Store> Store for Disk<S> {
    fn read(&self, work: &mut dyn FnMut(&dyn Read) -> Result<(), StoreError>) -> Result<(), StoreError> {
        if self.fuse.is_dead() { Err(StoreError::Closed) } else { self.store.read(work) }
    }

    fn write(&self, durability: Durability, work: WriteWork) -> Result<(), StoreError> {
        if self.fuse.is_dead() {
            return Err(StoreError::Closed);
        }
        if self.fuse.is_full.load(Ordering::SeqCst) {
            return Err(StoreError::Full);
        }
        if self.fuse.left.fetch_sub(1, Ordering::SeqCst) == 0 {
            let kept =
                if self.fuse.is_kept.load(Ordering::SeqCst) { self.store.write(durability, work) } else { Ok(()) };
            self.fuse.is_dead.store(true, Ordering::SeqCst);
            return kept.and(Err(StoreError::Closed));
        }
        self.store.write(durability, work)
    }

    fn generation(&self) -> Option<u64> {
        self.store.generation()
    }

    fn is_quick(&self) -> bool {
        // All on the thread that asks, so that nothing happens in an order of its own.
        true
    }

    fn check(&self) -> Result<Vec<String>, StoreError> {
        self.store.check()
    }

    fn close(&self) {
        self.store.close();
    }
}
