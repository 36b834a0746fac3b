//! What was fetched, kept up to a number of bytes; what was used least recently makes room.
//!
//! The row comes first, then the file, which is moved to its place whole; what a crash leaves is a row without a file,
//! which counts until it is evicted, or a temporary file, which goes at the next start.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sha1::{Digest as _, Sha1 as Hasher};
use tintype_protocol::time::Timestamp;

use super::FetchError;
use crate::blobs::{Blob, BlobError, Received};
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::Asset;
use crate::origin::Wanted;
use crate::store::Durability;

/// Bytes that fetched files may take, unless it is set otherwise.
pub const DEFAULT_CACHE_BYTES: u64 = 8 << 30;
/// Folder of the cache.
const FOLDER: &str = "cache";
/// When room is needed, one part in this many of the whole is made at once.
const SLACK: u64 = 20;
/// Files removed between two looks at the list.
const BATCH: u32 = 64;
/// Uses that are noted together.
const MAX_TOUCHED: usize = 500;
/// Keys looked at in one transaction when the folder is compared with the list.
const SWEPT: usize = 500;

/// What is known beside the rows.
#[derive(Default)]
pub(super) struct State {
    /// Bytes that are kept, or more; `None` until somebody counted. Held by whoever adds something.
    used: Mutex<Option<u64>>,
    /// When keys were used last, as far as it is not in the rows yet.
    touched: Mutex<HashMap<String, Timestamp>>,
}

/// Where bytes are kept: another place for another state of the asset. Videos to play are not kept.
pub(super) fn key(asset: &Asset, wanted: Wanted) -> Option<String> {
    let [first, ..] = *asset.id.0.as_bytes();
    let place = format!("{FOLDER}/{first:02x}/{}", asset.id);
    match wanted {
        Wanted::Picture(rendition) => {
            let mut state = Hasher::new();
            state.update(asset.checksum.0);
            state.update([u8::from(asset.is_edited)]);
            state.update(asset.thumbhash.as_deref().unwrap_or_default());
            let state: String = state.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
            Some(format!("{place}_{}_{state}", rendition.name()))
        }
        Wanted::Original => Some(format!("{place}_original_{}", asset.checksum.to_hex())),
        Wanted::Playback => None,
    }
}

impl Library {
    /// Opens what is kept, and notes that it was used.
    pub(super) fn cached(&self, key: &str) -> Result<Option<Blob>, LibraryError> {
        let blob = match self.blobs.open(key) {
            Ok(blob) => blob,
            Err(BlobError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let is_much = {
            let mut touched = self.fetches.cache.touched.lock().unwrap_or_else(PoisonError::into_inner);
            touched.insert(key.to_owned(), self.now());
            touched.len() >= MAX_TOUCHED
        };
        if is_much {
            self.note_touched()?;
        }
        Ok(Some(blob))
    }

    fn note_touched(&self) -> Result<(), LibraryError> {
        let touched = std::mem::take(&mut *self.fetches.cache.touched.lock().unwrap_or_else(PoisonError::into_inner));
        if touched.is_empty() {
            return Ok(());
        }
        self.write(Durability::Relaxed, move |tx| {
            Ok(touched.iter().try_for_each(|(key, at)| tx.touch_fetched(key, *at))?)
        })
    }

    /// What is kept of an original turned out not to be it any more.
    pub(crate) fn drop_cached_original(&self, asset: &Asset) -> Result<(), LibraryError> {
        let Some(key) = key(asset, Wanted::Original) else { return Ok(()) };
        self.blobs.remove(&key)?;
        self.write(Durability::Relaxed, move |tx| Ok(tx.remove_fetched(&key)?))
    }

    /// Keeps verified bytes in place of what was kept of an earlier state.
    pub(super) fn keep_fetched(&self, asset: &Asset, key: &str, mut received: Received) -> Result<(), LibraryError> {
        let mut used = self.fetches.cache.used.lock().unwrap_or_else(PoisonError::into_inner);
        let size = received.size_bytes;
        self.make_room(&mut used, size)?;
        let kind = key.rsplit_once('_').map_or(key, |(kind, _)| kind);
        let stale = self.read(|tx| Ok(tx.fetched_of(asset.id)?))?;
        let stale =
            stale.into_iter().filter(|old| old != key && old.rsplit_once('_').is_some_and(|(of, _)| of == kind));
        let (stale, id, own) = (stale.collect::<Vec<_>>(), asset.id, key.to_owned());
        stale.iter().try_for_each(|old| self.blobs.remove(old))?;
        self.write(Durability::Relaxed, move |tx| {
            stale.iter().try_for_each(|old| tx.remove_fetched(old))?;
            Ok(tx.add_fetched(&own, id, size)?)
        })?;
        match self.blobs.adopt(&mut received, key) {
            Ok(()) => Ok(()),
            // The same content, verified before its row was lost.
            Err(BlobError::Occupied { .. }) => Ok(()),
            Err(error) => {
                let own = key.to_owned();
                self.write(Durability::Relaxed, move |tx| Ok(tx.remove_fetched(&own)?))?;
                Err(error.into())
            }
        }
    }

    /// Removes what was used least recently until so many bytes fit.
    fn make_room(&self, counted: &mut Option<u64>, size: u64) -> Result<(), LibraryError> {
        let limit = self.settings.cache_bytes;
        if size > limit {
            return Err(FetchError::NotKept(format!("its {size} bytes are more than the cache may hold")).into());
        }
        let mut used = match *counted {
            Some(used) if used.saturating_add(size) <= limit => used,
            // Others may have removed something since it was counted.
            _ => self.read(|tx| Ok(tx.fetched_bytes()?))?,
        };
        if used.saturating_add(size) > limit {
            self.note_touched()?;
            let goal = limit - limit / SLACK;
            while used > 0 && used.saturating_add(size) > goal {
                let oldest = self.read(|tx| Ok(tx.oldest_fetched(BATCH)?))?;
                if oldest.is_empty() {
                    break;
                }
                let mut gone = Vec::new();
                for (key, bytes) in oldest {
                    if used.saturating_add(size) <= goal {
                        break;
                    }
                    self.blobs.remove(&key)?;
                    used = used.saturating_sub(bytes);
                    gone.push(key);
                }
                self.write(Durability::Relaxed, move |tx| {
                    Ok(gone.iter().try_for_each(|key| tx.remove_fetched(key))?)
                })?;
            }
        }
        *counted = Some(used + size);
        Ok(())
    }

    /// Whether so many bytes more would make something else go.
    pub(crate) fn is_cache_full(&self, size: u64) -> Result<bool, LibraryError> {
        let used = self.read(|tx| Ok(tx.fetched_bytes()?))?;
        Ok(used.saturating_add(size) > self.settings.cache_bytes)
    }

    /// Removes files that no row counts: a power cut may have taken the rows.
    pub(crate) fn tidy_cache(&self) -> Result<(), LibraryError> {
        self.note_touched()?;
        let mut keys = Vec::new();
        self.blobs.keys(FOLDER, &mut |key| keys.push(key))?;
        for some in keys.chunks(SWEPT) {
            let unknown = self.read(|tx| {
                let mut unknown = Vec::new();
                for key in some {
                    if !tx.is_fetched(key)? {
                        unknown.push(key.as_str());
                    }
                }
                Ok(unknown)
            })?;
            unknown.into_iter().try_for_each(|key| self.blobs.remove(key))?;
        }
        Ok(())
    }
}
