//! The library itself: its parts, and how its services run transactions.

use std::sync::{Arc, Mutex, PoisonError};

use tintype_protocol::time::{DAY_MS, Timestamp};

use crate::blobs::Blobs;
use crate::clock::{Clock, Entropy, SystemClock, SystemEntropy};
use crate::error::LibraryError;
use crate::fetching::{DEFAULT_CACHE_BYTES, Fetches};
use crate::jobs::Signal;
use crate::news::{Listener, Listeners, News};
use crate::origin::{NoOrigin, Origin};
use crate::recorder::{Change, NoRecorder, Recorder};
use crate::replica::Told;
use crate::store::{Durability, Read, Store, StoreError, Verdict, Write};
use crate::stored::Rebuilds;

/// Tombstones are kept for a day longer than a client may stay away (sync-protocol §10).
const TOMBSTONE_DAYS: i64 = 31;

/// Key of the time when the library was opened for the first time, in milliseconds.
const FIRST_OPENED: &str = "first-opened";

/// What can be set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Work factor of password hashes; 10 as in the reference, less in tests.
    pub bcrypt_cost: u32,
    /// Days that assets stay in the trash.
    pub trash_days: u32,
    /// Whether faces that other programs wrote into files become faces here.
    pub import_faces: bool,
    /// Bytes that files fetched from upstreams may take.
    pub cache_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { bcrypt_cost: 10, trash_days: 30, import_faces: false, cache_bytes: DEFAULT_CACHE_BYTES }
    }
}

/// What a library is made of.
pub struct Parts {
    /// Rows.
    pub store: Arc<dyn Store>,
    /// Bytes.
    pub blobs: Arc<dyn Blobs>,
    /// Who is told of users' changes.
    pub recorder: Arc<dyn Recorder>,
    /// Who is asked for bytes that are not here.
    pub origin: Arc<dyn Origin>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// What can be set.
    pub settings: Settings,
}

impl Parts {
    /// The usual parts around a store and blobs: the machine's clock and randomness, nobody to tell.
    pub fn new(store: Arc<dyn Store>, blobs: Arc<dyn Blobs>) -> Self {
        Self {
            store,
            blobs,
            recorder: Arc::new(NoRecorder),
            origin: Arc::new(NoOrigin),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            settings: Settings::default(),
        }
    }
}

/// One photo library. Cheap to share behind an [`Arc`]; all calls block.
pub struct Library {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) recorder: Arc<dyn Recorder>,
    pub(crate) origin: Arc<dyn Origin>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) settings: Settings,
    pub(crate) signal: Arc<Signal>,
    pub(crate) listeners: Listeners,
    pub(crate) told: Told,
    pub(crate) fetches: Fetches,
    pub(crate) rebuilds: Rebuilds,
    /// Held while bytes are removed whose rows are gone, and by whoever puts bytes under a key that was given away.
    pub(crate) clearing: Mutex<()>,
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Library {
    /// Joins the parts and clears away what a crash may have left: half-received files, bytes without a row, jobs
    /// that were being done.
    pub fn open(parts: Parts) -> Result<Self, LibraryError> {
        let library = Self::beside(parts);
        library.blobs.remove_leftovers()?;
        library.remove_unclaimed()?;
        library.write(Durability::Relaxed, |tx| {
            if tx.server_metadata(FIRST_OPENED)?.is_none() {
                let now = tx.now().0.to_string();
                tx.set_server_metadata(FIRST_OPENED, &now)?;
            }
            Ok(tx.requeue_active_jobs()?)
        })?;
        Ok(library)
    }

    /// Joins the parts without touching anything, to look into a library that another process works on.
    pub fn beside(parts: Parts) -> Self {
        let Parts { store, blobs, recorder, origin, clock, entropy, settings } = parts;
        Self {
            store,
            blobs,
            recorder,
            origin,
            clock,
            entropy,
            settings,
            signal: Arc::new(Signal::default()),
            listeners: Listeners::default(),
            told: Told::default(),
            fetches: Fetches::default(),
            rebuilds: Rebuilds::default(),
            clearing: Mutex::default(),
        }
    }

    /// Bytes that were given their place before a crash took the row that was to follow, and bytes whose row is gone.
    fn remove_unclaimed(&self) -> Result<(), LibraryError> {
        let reserved = self.read(|tx| Ok(tx.reserved_keys()?))?;
        for key in reserved {
            self.blobs.remove(&key)?;
            self.write(Durability::Relaxed, move |tx| Ok(tx.release_key(&key)?))?;
        }
        self.remove_orphans()
    }

    /// When this library was opened for the first time.
    pub fn first_opened(&self) -> Result<Timestamp, LibraryError> {
        let text = self.read(|tx| Ok(tx.server_metadata(FIRST_OPENED)?))?;
        Ok(Timestamp(text.and_then(|text| text.parse().ok()).unwrap_or_default()))
    }

    /// What can be set.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The bytes.
    pub fn blobs(&self) -> &dyn Blobs {
        self.blobs.as_ref()
    }

    /// The time, as the library sees it.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// See [`Store::generation`].
    pub fn generation(&self) -> Option<u64> {
        self.store.generation()
    }

    /// See [`Store::is_quick`].
    pub fn is_quick(&self) -> bool {
        self.store.is_quick()
    }

    /// Looks for damage in the store; empty is well.
    pub fn check_store(&self) -> Result<Vec<String>, LibraryError> {
        Ok(self.store.check()?)
    }

    /// What is done now and then: unused sessions end, old tombstones and expired trash go, memories are made.
    pub fn tidy(&self) -> Result<(), LibraryError> {
        self.end_expired_sessions()?;
        self.expire_trash()?;
        self.renew_memories()?;
        self.expire_notifications()?;
        self.remove_marked_users()?;
        let before = Timestamp(self.clock.now().0 - TOMBSTONE_DAYS * DAY_MS);
        self.write(Durability::Relaxed, move |tx| Ok(tx.delete_tombstones_before(before)?))?;
        self.tidy_cache()?;
        self.remove_old_partials()?;
        self.remove_orphans()
    }

    /// Waits for what is being written and closes the store.
    pub fn close(&self) {
        self.store.close();
    }

    /// Runs `work` on one consistent state.
    pub fn read<T>(&self, work: impl FnOnce(&dyn Read) -> Result<T, LibraryError>) -> Result<T, LibraryError> {
        let mut work = Some(work);
        let mut outcome = None;
        self.store.read(&mut |tx| {
            if let Some(work) = work.take() {
                outcome = Some(work(tx));
            }
            Ok(())
        })?;
        outcome.unwrap_or(Err(LibraryError::Store(StoreError::Panicked)))
    }

    /// Runs `work` in a transaction; an error undoes it.
    pub fn write<T: Send + 'static>(
        &self,
        durability: Durability,
        work: impl FnOnce(&mut dyn Write) -> Result<T, LibraryError> + Send + 'static,
    ) -> Result<T, LibraryError> {
        let slot = Arc::new(Mutex::new(None));
        let filled = Arc::clone(&slot);
        self.store.write(
            durability,
            Box::new(move |tx| {
                let outcome = work(tx);
                let verdict = if outcome.is_ok() { Verdict::Keep } else { Verdict::Undo };
                *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
                verdict
            }),
        )?;
        let outcome = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        outcome.unwrap_or(Err(LibraryError::Store(StoreError::Panicked)))
    }

    /// Runs `work` in a transaction and tells the recorder, inside it, what the user changed.
    pub(crate) fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Write) -> Result<(T, Vec<Change>), LibraryError> + Send + 'static,
    ) -> Result<T, LibraryError> {
        let (value, changes) = self.record(work)?;
        changes.into_iter().for_each(|change| self.listeners.tell(&News::Changed(change)));
        Ok(value)
    }

    /// The same for what is no news: nobody but the recorder hears of it.
    pub(crate) fn record<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Write) -> Result<(T, Vec<Change>), LibraryError> + Send + 'static,
    ) -> Result<(T, Vec<Change>), LibraryError> {
        let recorder = Arc::clone(&self.recorder);
        self.write(Durability::Full, move |tx| {
            let (value, changes) = work(tx)?;
            for change in &changes {
                recorder.record(tx, change)?;
            }
            Ok((value, changes))
        })
    }

    /// From now on, calls `listener` with what happens, after it was committed.
    pub fn listen(&self, listener: Listener) {
        self.listeners.add(listener);
    }

    /// A fresh random id.
    pub(crate) fn new_id(&self) -> uuid::Uuid {
        crate::clock::random_uuid(self.entropy.as_ref())
    }
}
