//! Rows behind traits of domain operations.
//!
//! [`Store`] runs closures in transactions; [`Read`] and [`Write`] are what a closure may do. No SQL and no engine
//! shows above this module. Every engine has to pass `suite::run`.

pub mod sqlite;
#[cfg(any(test, feature = "suite"))]
pub mod suite;

mod activities;
mod edits;
mod error;
mod explore;
mod external_links;
mod fetched;
mod filling;
mod folders;
mod ingest;
mod memories;
mod notifications;
mod ocr;
mod offer;
mod outbox;
mod people;
mod read;
mod shared_links;
mod sharing;
mod stacks;
mod stored;
mod tags;
mod upstreams;
mod write;
mod write_back;

pub use activities::{ReadActivities, WriteActivities};
pub use edits::{ReadEdits, WriteEdits};
pub use error::StoreError;
pub use explore::ReadExplore;
pub use external_links::{ReadExternalLinks, WriteExternalLinks};
pub use fetched::{ReadFetched, WriteFetched};
pub use filling::{ReadFilling, WriteFilling};
pub use folders::{Place, ReadFolders, WriteFolders};
pub use ingest::{ReadIngest, WriteIngest};
pub use memories::{ReadMemories, WriteMemories};
pub use notifications::{ReadNotifications, WriteNotifications};
pub use ocr::{ReadOcr, WriteOcr};
pub use offer::ReadOffer;
pub use outbox::{OutboxPlace, ReadOutbox, WriteOutbox};
pub use people::{ReadPeople, WritePeople};
pub use read::{Read, ReadAccess, ReadAlbums, ReadAssets, ReadFeed, ReadJobs, ReadLedger, ReadUsers};
pub use shared_links::{ReadSharedLinks, WriteSharedLinks};
pub use sharing::{ReadSharing, WriteSharing};
pub use stacks::{ReadStacks, WriteStacks};
pub use stored::{ReadStored, WriteStored};
pub use tags::{ReadTags, WriteTags};
pub use upstreams::{MirroredAsset, ReadUpstreams, WriteMirror, WriteUpstreams};
pub use write::{
    Ledger, NewContent, NewJob, Write, WriteAccess, WriteAlbums, WriteAssets, WriteJobs, WriteKeys, WriteLedger,
    WriteTidy, WriteUsers,
};
pub use write_back::{ReadWriteBack, WriteWriteBack};

/// How much a commit has to survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// A crash of the process. A power cut may take the last moments with it: for what can be derived again.
    Relaxed,
    /// A power cut: for what an ack, a proof or a person depends on.
    Full,
}

/// What a transaction's closure decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Commit.
    Keep,
    /// Leave no trace.
    Undo,
}

/// The work of a write transaction.
pub type WriteWork = Box<dyn FnOnce(&mut dyn Write) -> Verdict + Send>;

/// An engine.
pub trait Store: Send + Sync {
    /// Runs `work` on one consistent state of everything committed before. Blocks.
    fn read(&self, work: &mut dyn FnMut(&dyn Read) -> Result<(), StoreError>) -> Result<(), StoreError>;

    /// Runs `work` in a transaction of its own and returns once its verdict is durable. Transactions run one after
    /// the other; several may share one commit. Blocks. A panic in `work` undoes it and is reported as an error.
    fn write(&self, durability: Durability, work: WriteWork) -> Result<(), StoreError>;

    /// A number that is another one after every commit, or `None` if the engine cannot tell because others commit, too.
    /// Whoever keeps an answer beside the number from before the question may use it while the number stays.
    fn generation(&self) -> Option<u64>;

    /// Whether a read of a few rows costs microseconds, as no other machine is asked. Then it may run where it is needed
    /// instead of on a thread made for blocking work.
    fn is_quick(&self) -> bool;

    /// Looks for damage and describes what it finds; empty is well.
    fn check(&self) -> Result<Vec<String>, StoreError>;

    /// Waits for running transactions, tidies up and closes. Later calls fail.
    fn close(&self);
}
