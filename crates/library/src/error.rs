//! What can go wrong in a service of the library, in terms that say whose fault it is.

use std::io;
use std::path::PathBuf;

use tintype_media::recipes::{RebuildError, RecipeError};
use tintype_protocol::permission::Permission;

use crate::blobs::BlobError;
use crate::fetching::FetchError;
use crate::store::StoreError;
use tintype_protocol::disposition::Disposition;

/// A failed call of a library service.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// The object does not exist, or the caller may not do this with it; which of both is not told.
    #[error("Not found or no {0} access")]
    NoAccess(Permission),
    /// The request contradicts a rule; the text is for the person who made it.
    #[error("{0}")]
    Invalid(String),
    /// The file is nothing that a library takes, and will not be as long as it stays as it is; the text says why.
    #[error("{0}")]
    Unrecognised(String),
    /// Something that the request names is not there; the text is for the person who made it.
    #[error("{0}")]
    NotFound(String),
    /// Who the caller is could not be established; the text is for the caller.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// The caller is known and may not do this; the text is for the caller.
    #[error("{0}")]
    Forbidden(String),
    /// The upload does not fit into the user's quota.
    #[error("Quota has been exceeded!")]
    QuotaExceeded,
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// Reading or writing bytes failed.
    #[error("reading or writing a file failed")]
    Blob(#[from] BlobError),
    /// The original of an asset in place cannot be read now.
    #[error("The original lies in a folder that cannot be read now")]
    OutOfReach {
        /// Where it was last.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Bytes that are elsewhere could not be had.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// An original could not be rebuilt from what lies in its place.
    #[error("the original could not be rebuilt")]
    Rebuild(#[from] RebuildError),
    /// A recipe could not be run.
    #[error("the recipe could not be run")]
    Recipe(#[from] RecipeError),
    /// A secret could not be hashed.
    #[error("hashing a password failed")]
    Password(#[source] bcrypt::BcryptError),
}

impl LibraryError {
    /// A rule was broken; `text` tells the person which.
    pub fn invalid(text: impl Into<String>) -> Self {
        Self::Invalid(text.into())
    }

    /// Whether the same call may succeed later.
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Store(error) => error.disposition(),
            Self::Blob(error) => error.disposition(),
            Self::Fetch(error) => error.disposition(),
            Self::OutOfReach { .. } => Disposition::Retry { after: None },
            Self::Rebuild(error) => error.disposition(),
            Self::Recipe(error) => error.disposition(),
            _ => Disposition::Permanent,
        }
    }
}
