//! Who was behind a token a moment ago.
//!
//! Clients send dozens of requests a second with the same token. An answer of the store is used again while nothing was
//! committed since, and for a second at most, as sessions and open folders end by the clock.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tintype_library::Library;
use tintype_library::sessions::Caller;
use tintype_protocol::time::Timestamp;

/// How long an answer may be used.
const LIFETIME_MS: i64 = 1_000;
/// Tokens remembered; more than devices that are busy in the same second.
const CAPACITY: usize = 1_024;

/// What was said with the credential, and by which version of the app.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Claim {
    /// The token.
    pub(crate) token: String,
    /// The app's version, which is noted when it changes.
    pub(crate) app_version: Option<String>,
}

struct Entry {
    caller: Arc<Caller>,
    generation: u64,
    at: Timestamp,
}

/// See the module's description.
#[derive(Default)]
pub(crate) struct CallerCache(Mutex<HashMap<Claim, Entry>>);

impl CallerCache {
    /// The caller, if the last answer still holds.
    pub(crate) fn get(&self, library: &Library, claim: &Claim) -> Option<Arc<Caller>> {
        let generation = library.generation()?;
        let age = |entry: &Entry| library.now().0 - entry.at.0;
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(claim)?;
        let is_fresh = entry.generation == generation && (0..LIFETIME_MS).contains(&age(entry));
        is_fresh.then(|| Arc::clone(&entry.caller))
    }

    /// Keeps an answer. `generation` is that from before the question was asked.
    pub(crate) fn put(&self, claim: Claim, generation: Option<u64>, at: Timestamp, caller: &Arc<Caller>) {
        let Some(generation) = generation else { return };
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= CAPACITY {
            entries.clear();
        }
        entries.insert(claim, Entry { caller: Arc::clone(caller), generation, at });
    }
}
