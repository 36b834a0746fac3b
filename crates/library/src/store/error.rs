//! Failures of a store.

use tintype_protocol::disposition::Disposition;

/// A failed operation on a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row with the same key exists.
    #[error("a row with this key exists already ({0})")]
    Conflict(String),
    /// A row refers to one that is not there.
    #[error("a row refers to one that is not there ({0})")]
    Dangling(String),
    /// The engine failed.
    #[error("the database failed")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row holds something that this version cannot read.
    #[error("the database holds an unreadable value: {0}")]
    Unreadable(String),
    /// The data was written by a newer version.
    #[error("the library was written by a newer Tintype (schema {found}, this one knows {known}): update Tintype")]
    Newer {
        /// Schema version of the data.
        found: i64,
        /// Newest schema version of this program.
        known: i64,
    },
    /// A transaction panicked and was undone.
    #[error("a transaction failed unexpectedly and was undone")]
    Panicked,
    /// The store was closed.
    #[error("the library is closed")]
    Closed,
    /// The disk is full.
    #[error("no space is left for the database")]
    Full,
}

impl StoreError {
    /// Whether the same operation may succeed later.
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Conflict(_) | Self::Dangling(_) | Self::Unreadable(_) | Self::Panicked => Disposition::Permanent,
            Self::Engine(_) | Self::Full => Disposition::Retry { after: None },
            Self::Newer { .. } | Self::Closed => Disposition::Fatal,
        }
    }
}
