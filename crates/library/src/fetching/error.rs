//! Why bytes that are elsewhere could not be had.

use std::time::Duration;

use tintype_protocol::causes::with_causes;
use tintype_protocol::disposition::Disposition;

use crate::blobs::BlobError;
use crate::error::LibraryError;
use crate::store::StoreError;

/// A failed fetch, in a form that all who waited for it can be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The server that has it does not answer.
    #[error("The server that has it cannot be reached")]
    Away {
        /// When it is worth another try.
        after: Duration,
    },
    /// It is still on its way. It will be here later.
    #[error("It is still on its way from the server that has it: try again in a few seconds")]
    Slow,
    /// Too much is being fetched.
    #[error("Too much is being fetched from other servers: try again in a few seconds")]
    Busy,
    /// The server that has it wants its user to log in again.
    #[error("The server that has it asks its user to log in again")]
    LoggedOut,
    /// The server has no such bytes, or not for who follows it.
    #[error("The server that should have it does not give it: {0}")]
    Refused(String),
    /// The file has no such part.
    #[error("The file has no such part")]
    NoSuchPart,
    /// What came is not what it should be; it was thrown away.
    #[error("What the other server sent is damaged: {0}")]
    Damaged(String),
    /// The disk is full.
    #[error("no space is left for what was fetched")]
    Full,
    /// It could not be kept.
    #[error("what was fetched could not be kept: {0}")]
    NotKept(String),
}

impl FetchError {
    /// Whether the same call may succeed later.
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Away { after } => Disposition::Retry { after: Some(*after) },
            Self::Slow | Self::Busy | Self::Full | Self::NotKept(_) => Disposition::Retry { after: None },
            Self::LoggedOut => Disposition::Fatal,
            Self::Refused(_) | Self::NoSuchPart | Self::Damaged(_) => Disposition::Permanent,
        }
    }
}

/// The library failed while something was fetched.
pub(super) fn not_kept(error: LibraryError) -> FetchError {
    match error {
        LibraryError::Fetch(error) => error,
        LibraryError::Blob(BlobError::Full { .. }) | LibraryError::Store(StoreError::Full) => FetchError::Full,
        error => FetchError::NotKept(with_causes(&error)),
    }
}
