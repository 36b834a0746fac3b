//! Files in landing zones.

use std::ops::RangeInclusive;

use tintype_protocol::time::Timestamp;

use super::StoreError;
use crate::model::{IngestCount, IngestFile, IngestState};

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about files in landing zones.
pub trait ReadIngest {
    /// Visits every file of a zone that is known, in no order.
    fn ingest_files(&self, zone: &str, visit: &mut dyn FnMut(IngestFile)) -> Result<()>;
    /// A file.
    fn ingest_file(&self, id: i64) -> Result<Option<IngestFile>>;
    /// Files of a zone that belong together.
    fn ingest_group(&self, zone: &str, group: &[u8]) -> Result<Vec<IngestFile>>;
    /// Files of a zone that something is to be done with at `now` and that have so many bytes, those that wait longest
    /// first.
    fn due_ingest_files(
        &self,
        zone: &str,
        now: Timestamp,
        sizes: RangeInclusive<u64>,
        limit: u32,
    ) -> Result<Vec<IngestFile>>;
    /// Files of a zone whose assets are to be made smaller, and may be looked at now, those that wait longest first.
    fn ingest_files_to_pack(&self, zone: &str, now: Timestamp, limit: u32) -> Result<Vec<IngestFile>>;
    /// Files in a state, of one zone or all, behind `after` in the order of their ids.
    fn ingest_files_in(
        &self,
        zone: Option<&str>,
        state: IngestState,
        after: i64,
        limit: u32,
    ) -> Result<Vec<IngestFile>>;
    /// How many files of a zone are in which state.
    fn ingest_counts(&self, zone: &str) -> Result<Vec<IngestCount>>;
}

/// Changes of files in landing zones. None of them moves anything in the feed.
pub trait WriteIngest {
    /// Adds a file, whose `id` is ignored; what was known at its place is forgotten. Its id.
    fn add_ingest_file(&mut self, file: &IngestFile) -> Result<i64>;
    /// A file is as this says from now on.
    fn update_ingest_file(&mut self, file: &IngestFile) -> Result<()>;
    /// A file is not known any more.
    fn remove_ingest_file(&mut self, id: i64) -> Result<()>;
    /// Forgets a file, if it is known to be at this path, in this state.
    fn remove_missed_ingest_file(&mut self, id: i64, path: &[u8], state: IngestState) -> Result<()>;
    /// Forgets files whose zone has let go of them, removed from their place, before `before`; how many.
    fn forget_released(&mut self, zone: &str, before: Timestamp) -> Result<u64>;
}
