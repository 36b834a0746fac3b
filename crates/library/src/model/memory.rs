//! Memories.

use tintype_protocol::id::{MemoryId, UserId};
use tintype_protocol::model::SortOrder;
use tintype_protocol::time::Timestamp;

/// Photos of one day of an earlier year.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Memory {
    pub id: MemoryId,
    pub owner_id: UserId,
    /// The year that is remembered.
    pub year: i32,
    /// The day that is remembered, as its midnight in UTC.
    pub memory_at: Timestamp,
    /// Not shown before.
    pub show_at: Option<Timestamp>,
    /// Not shown after.
    pub hide_at: Option<Timestamp>,
    pub seen_at: Option<Timestamp>,
    /// Kept beyond its time.
    pub is_saved: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Which memories are asked for; all conditions that are given must hold.
#[derive(Debug, Clone, Copy, Default)]
#[allow(missing_docs)]
pub struct MemoryFilter {
    pub id: Option<MemoryId>,
    /// Shown at this time.
    pub shown_at: Option<Timestamp>,
    pub is_saved: Option<bool>,
    /// Whether they are shown only after this time.
    pub is_upcoming: Option<(Timestamp, bool)>,
    /// By the day that is remembered; `None` for the latest first.
    pub order: Option<SortOrder>,
    /// In an order of chance.
    pub is_shuffled: bool,
    pub limit: Option<u32>,
    pub offset: u64,
}
