//! What a pass tells, and what it came to.

use std::io;
use std::path::PathBuf;

use serde::Serialize;

use super::state::StateError;
use super::target::SendError;

/// What happened. Paths are below the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Event {
    /// A file begins to go (in a dry run: would).
    Sending { path: String, size_bytes: u64 },
    /// It is there.
    Sent { path: String, size_bytes: u64, sent_bytes: u64, sha1: String, proof: &'static str },
    /// It was deleted here.
    Deleted { path: String, sha1: String },
    /// It is not there. It is tried again after some time, if there is one.
    Failed { path: String, error: String, again_after_ms: Option<u64> },
    /// A file or folder could not be read.
    Unreadable { path: String, error: String },
    /// Somebody still writes to it, or did a moment ago: it stays for now.
    Busy { path: String },
}

/// What a pass came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Files that are there now and were not known to be.
    pub sent: u64,
    /// Bytes that went over the wire.
    pub sent_bytes: u64,
    /// Files that were known to be there.
    pub known: u64,
    /// Files that the target has in its trash.
    pub in_trash: u64,
    /// Files that were deleted here.
    pub deleted: u64,
    /// Files that failed, or could not be read.
    pub failed: u64,
    /// Files that the target takes none of, links and other things that are no plain files.
    pub left: u64,
    /// Chosen files that were not come to: somebody writes to them, the target is away, the hours are over, or somebody
    /// wanted the end.
    pub waiting: u64,
}

/// The pass cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The folder cannot be read.
    #[error("{path} could not be read")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// What was sent could not be written down.
    #[error(transparent)]
    State(#[from] StateError),
    /// The journal could not be written.
    #[error("the journal could not be written")]
    Journal(#[source] io::Error),
    /// Nothing can be sent to this target.
    #[error("nothing can be sent to {target}")]
    Hopeless {
        /// Its name.
        target: String,
        /// Why.
        #[source]
        source: Box<SendError>,
    },
}

/// An error with its causes, on one line.
pub(super) fn chain(error: &SendError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.ends_with(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

/// A path as people read it.
pub(super) fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}
