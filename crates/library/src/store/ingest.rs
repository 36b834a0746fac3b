//! Files in landing zones.

use tintype_protocol::checksum::Sha1;
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
    /// The file at a place in a zone.
    fn ingest_file_at(&self, zone: &str, path: &[u8]) -> Result<Option<IngestFile>>;
    /// Files of a zone whose paths begin so, in the order of their paths.
    fn ingest_files_below(&self, zone: &str, prefix: &[u8], limit: u32) -> Result<Vec<IngestFile>>;
    /// Files of a zone that something is to be done with at `now`, those that wait longest first.
    fn due_ingest_files(&self, zone: &str, now: Timestamp, limit: u32) -> Result<Vec<IngestFile>>;
    /// Files in a state, of one zone or all, behind `after` in the order of their ids.
    fn ingest_files_in(
        &self,
        zone: Option<&str>,
        state: IngestState,
        after: i64,
        limit: u32,
    ) -> Result<Vec<IngestFile>>;
    /// A file of a zone that was confirmed with this content.
    fn confirmed_ingest_file(&self, zone: &str, sha1: &Sha1) -> Result<Option<IngestFile>>;
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
    /// Forgets files whose zone has let go of them, removed from their place, before `before`; how many.
    fn forget_released(&mut self, zone: &str, before: Timestamp) -> Result<u64>;
}
