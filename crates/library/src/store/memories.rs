//! Memories in a store.

use tintype_protocol::id::{AssetId, MemoryId, UserId};
use tintype_protocol::time::Timestamp;

use super::StoreError;
use crate::model::{Asset, Memory, MemoryFilter};

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about memories.
pub trait ReadMemories {
    /// One memory.
    fn memory(&self, id: MemoryId) -> Result<Option<Memory>>;
    /// A user's memories.
    fn memories(&self, owner: UserId, filter: &MemoryFilter) -> Result<Vec<Memory>>;
    /// How many there are; page and order do not matter.
    fn memory_count(&self, owner: UserId, filter: &MemoryFilter) -> Result<u64>;
    /// What a memory shows, oldest first: assets of the timeline.
    fn memory_assets(&self, id: MemoryId) -> Result<Vec<Asset>>;
    /// Memories that hold an asset.
    fn memories_with(&self, asset: AssetId) -> Result<Vec<MemoryId>>;
    /// Memories that were made before `time` and that nobody has saved.
    fn stale_memories(&self, time: Timestamp, limit: u32) -> Result<Vec<Memory>>;
    /// Whether the memory of `year` was made for a day (counted from 1970), be it still there or not.
    fn is_memory_made(&self, owner: UserId, day: i64, year: i32) -> Result<bool>;
    /// The first month that the owner's timeline has anything in; see [`crate::model::MonthCount`].
    fn first_month(&self, owner: UserId) -> Result<Option<i64>>;
    /// Assets of the timeline with pictures whose local time lies from `from` up to, but without, `to`; oldest first.
    fn pictured_between(&self, owner: UserId, from: Timestamp, to: Timestamp, limit: u32) -> Result<Vec<AssetId>>;
}

/// Changes of memories.
pub trait WriteMemories {
    /// A new memory without assets.
    fn insert_memory(&mut self, memory: &Memory) -> Result<()>;
    /// Everything but the owner.
    fn update_memory(&mut self, memory: &Memory) -> Result<()>;
    /// The memory goes; its assets stay.
    fn delete_memory(&mut self, memory: &Memory) -> Result<()>;
    /// Remembers that the memory of `year` was made for a day; whether it was not before.
    fn note_made_memory(&mut self, owner: UserId, day: i64, year: i32) -> Result<bool>;
    /// Forgets what was made for days before `day`.
    fn forget_made_memories(&mut self, day: i64) -> Result<()>;
    /// Whether it was not there before.
    fn add_memory_asset(&mut self, memory: &Memory, asset: AssetId) -> Result<bool>;
    /// Whether it was there.
    fn remove_memory_asset(&mut self, memory: &Memory, asset: AssetId) -> Result<bool>;
}
