//! What was written into files.

use tintype_protocol::id::{AssetId, UpdateId};

use super::StoreError;
use crate::model::{ForeignPhoto, TagChange, WriteBackRun, WriteTarget, WrittenFile};

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about what was written into files.
pub trait ReadWriteBack {
    /// What a file was given.
    fn written_file(&self, asset: AssetId, target: WriteTarget) -> Result<Option<WrittenFile>>;
    /// One run.
    fn write_back_run(&self, id: i64) -> Result<Option<WriteBackRun>>;
    /// Runs, the newest first.
    fn write_back_runs(&self, limit: u32) -> Result<Vec<WriteBackRun>>;
    /// What a run changed, behind `after` in the order in which it did; each with its place in that order.
    fn write_back_changes(&self, run: i64, after: i64, limit: u32) -> Result<Vec<(i64, TagChange)>>;
    /// Whether a run is done with an asset.
    fn is_written_in(&self, run: i64, asset: AssetId) -> Result<bool>;
    /// How many assets a run is done with.
    fn count_written_in(&self, run: i64) -> Result<u64>;
    /// Photos of which a file may have something else to say than up to a position of the feed: they changed themselves, or who
    /// is on them, or an album of theirs. `None` where there are more than `most`, or something went of which nobody knows any
    /// more on which photos it was.
    fn photos_changed_since(&self, position: UpdateId, most: u32) -> Result<Option<Vec<AssetId>>>;
    /// Where a photo of another server lies.
    fn foreign_photo(&self, server: &str, asset: AssetId) -> Result<Option<ForeignPhoto>>;
    /// What a file of another server's photo was given.
    fn foreign_file(&self, server: &str, asset: AssetId, target: WriteTarget) -> Result<Option<WrittenFile>>;
}

/// Changes of what was written into files. None of them moves anything in the feed.
pub trait WriteWriteBack {
    /// A run begins, which takes back another one or none. Its id.
    fn begin_write_back(&mut self, wish: &str, undoes: Option<i64>) -> Result<i64>;
    /// A run has come to its end.
    fn end_write_back(&mut self, run: i64) -> Result<()>;
    /// A run changed nothing, and nothing is to be known of it.
    fn forget_write_back(&mut self, run: i64) -> Result<()>;
    /// Forgets the oldest runs but for the newest one, until there are not more than so many, with not more changes than so
    /// many together. How many are forgotten.
    fn forget_oldest_write_backs(&mut self, most_runs: u32, most_changes: i64) -> Result<u64>;
    /// A run is about to change a tag.
    fn note_tag_change(&mut self, run: i64, change: &TagChange) -> Result<()>;
    /// What a file was given, in the place of what was known.
    fn note_written_file(&mut self, file: &WrittenFile) -> Result<()>;
    /// Nothing that a file was given is to be known any more.
    fn forget_written_file(&mut self, asset: AssetId, target: WriteTarget) -> Result<()>;
    /// Where a photo of another server lies, in the place of what was known.
    fn note_foreign_photo(&mut self, server: &str, photo: &ForeignPhoto) -> Result<()>;
    /// What a file of another server's photo was given, in the place of what was known.
    fn note_foreign_file(&mut self, server: &str, file: &WrittenFile) -> Result<()>;
    /// Nothing that such a file was given is to be known any more.
    fn forget_foreign_file(&mut self, server: &str, asset: AssetId, target: WriteTarget) -> Result<()>;
    /// A run is done with an asset.
    fn check_off(&mut self, run: i64, asset: AssetId) -> Result<()>;
    /// What runs are done with is forgotten.
    fn clear_write_back_checkpoint(&mut self) -> Result<()>;
    /// The XMP file beside an asset's original lies under this key, or there is none any more.
    fn set_sidecar(&mut self, asset: AssetId, key: Option<&str>) -> Result<()>;
}
