//! Bytes of assets that came from an upstream, or are still there.

use tintype_protocol::id::{AssetId, UpdateId, UserId};
use tintype_protocol::time::Timestamp;

use super::StoreError;
use crate::model::{Asset, HeldOriginals, Upstream};

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about fetched bytes, and about what could be fetched.
pub trait ReadFetched {
    /// How many bytes were fetched and are kept.
    fn fetched_bytes(&self) -> Result<u64>;
    /// What was used least recently: keys and bytes.
    fn oldest_fetched(&self, limit: u32) -> Result<Vec<(String, u64)>>;
    /// What is kept of an asset.
    fn fetched_of(&self, asset: AssetId) -> Result<Vec<String>>;
    /// Whether something is kept under the key.
    fn is_fetched(&self, key: &str) -> Result<bool>;
    /// Assets of an owner whose originals are elsewhere and that were taken at or after `since` (local time), behind
    /// `after` in the order of their ids.
    fn remote_originals(
        &self,
        owner: UserId,
        since: Option<Timestamp>,
        after: Option<AssetId>,
        limit: u32,
    ) -> Result<Vec<Asset>>;
    /// Assets of an owner whose originals are elsewhere and that changed behind `after`, in the order in which they did.
    fn remote_changes(&self, owner: UserId, after: UpdateId, limit: u32) -> Result<Vec<(Asset, UpdateId)>>;
    /// The originals of an owner's, here and elsewhere.
    fn held_originals(&self, owner: UserId) -> Result<HeldOriginals>;
    /// Up to where thumbnails were fetched for the user who follows.
    fn pictured(&self, upstream: &Upstream) -> Result<UpdateId>;
}

/// Changes of what was fetched. None of them moves anything in the feed.
pub trait WriteFetched {
    /// Bytes are kept under a key, and were used just now.
    fn add_fetched(&mut self, key: &str, asset: AssetId, size_bytes: u64) -> Result<()>;
    /// They were used.
    fn touch_fetched(&mut self, key: &str, at: Timestamp) -> Result<()>;
    /// They are gone.
    fn remove_fetched(&mut self, key: &str) -> Result<()>;
    /// The original of an asset lies here from now on, under `key`, and has been verified.
    fn bring_home(&mut self, asset: AssetId, key: &str, size_bytes: i64) -> Result<()>;
    /// Thumbnails were fetched up to here.
    fn set_pictured(&mut self, upstream: i64, position: UpdateId) -> Result<()>;
}
