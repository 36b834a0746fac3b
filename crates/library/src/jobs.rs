//! Background work on assets: read the file's metadata, render pictures, transcode videos, remove what was deleted.
//!
//! The queue is a table: it is bounded by the number of assets, survives restarts, and the row of a job goes in the
//! transaction that keeps its result. [`Workers`] runs it on a few threads.

mod edit;
mod metadata;
mod motion;
mod purge;
mod queues;
mod signal;
mod thumbnail;
mod video;
mod workers;

pub(crate) use purge::remove as remove_asset;
pub use queues::QueueState;
pub(crate) use queues::enqueue_all;
pub use signal::Signal;
pub use workers::{Toolbox, Workers, work_off};

use crate::blobs::BlobError;
use crate::error::LibraryError;
use tintype_protocol::causes::with_causes;
use tintype_protocol::disposition::Disposition;

/// Why a job failed.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The library failed.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The file's metadata could not be read.
    #[error("the file's metadata could not be read")]
    Metadata(#[from] tintype_media::metadata::MetadataError),
    /// No picture could be made.
    #[error("no picture could be made")]
    Picture(#[from] tintype_media::pictures::PictureError),
    /// The video could not be transcoded.
    #[error("the video could not be transcoded")]
    Video(#[from] tintype_media::video::VideoError),
    /// A file could not be read.
    #[error("a file could not be read")]
    Io(#[from] std::io::Error),
    /// The job panicked.
    #[error("the job failed unexpectedly")]
    Panicked,
}

impl From<BlobError> for JobError {
    fn from(error: BlobError) -> Self {
        Self::Library(error.into())
    }
}

impl From<crate::store::StoreError> for JobError {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Library(error.into())
    }
}

impl JobError {
    /// Whether the job is worth another try.
    pub fn disposition(&self) -> Disposition {
        let retry_if = |transient| if transient { Disposition::Retry { after: None } } else { Disposition::Permanent };
        match self {
            Self::Library(error) => error.disposition(),
            Self::Metadata(error) => retry_if(error.is_transient()),
            Self::Picture(error) => retry_if(error.is_transient()),
            Self::Video(error) => retry_if(error.is_transient()),
            Self::Io(_) => Disposition::Retry { after: None },
            Self::Panicked => Disposition::Permanent,
        }
    }

    /// The error with its causes, for a person.
    pub fn chain(&self) -> String {
        with_causes(self)
    }
}
