//! Background work.

use tintype_protocol::dto::job::QueueName;
use tintype_protocol::id::AssetId;

/// What a job does. One row per kind and asset: asking twice is asking once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JobKind {
    /// Read dates, place and camera data from the file.
    Metadata,
    /// Make thumbnail, preview and thumbhash.
    Thumbnail,
    /// Make the pictures of an edited asset.
    Edit,
    /// Make an MP4 that every browser plays.
    Video,
    /// Remove the row and the files of a deleted asset.
    Purge,
}

impl JobKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Metadata, Self::Thumbnail, Self::Edit, Self::Video, Self::Purge];

    /// The queue it is counted in.
    pub fn queue(self) -> QueueName {
        match self {
            Self::Metadata => QueueName::MetadataExtraction,
            Self::Thumbnail => QueueName::ThumbnailGeneration,
            Self::Edit => QueueName::Editor,
            Self::Video => QueueName::VideoConversion,
            Self::Purge => QueueName::BackgroundTask,
        }
    }

    /// The kind whose jobs are in `queue`.
    pub fn of_queue(queue: QueueName) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.queue() == queue)
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// To be done.
    Waiting,
    /// Being done.
    Active,
    /// Given up; kept to be seen, retried only by a person.
    Failed,
}

/// One job.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Job {
    pub id: i64,
    pub kind: JobKind,
    pub asset_id: AssetId,
    /// How often it was begun before, ended well or not.
    pub attempts: u32,
}

/// Numbers of jobs of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct QueueCounts {
    pub waiting: u64,
    pub active: u64,
    pub failed: u64,
}
