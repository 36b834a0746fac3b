//! Where files go.

use std::io;
use std::path::Path;
use std::time::Duration;

use tintype_library::model::FileStamp;
use tintype_protocol::checksum::Sha1;

use super::pace::Pace;
use crate::delivery::Cause;

/// A file that is to be sent.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// Where it lies.
    pub file: &'a Path,
    /// Its path below the folder.
    pub path: &'a [u8],
    /// How it looked when it was chosen.
    pub stamp: FileStamp,
    /// Whether the target is to prove that it has the content.
    pub wants_proof: bool,
}

/// By what a content is known to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The server told the content's SHA-1.
    Checksum,
    /// The content was read back, and has the SHA-1 of what was sent.
    ReadBack,
    /// The server took everything and closed the file. That is no proof of what it has.
    Closed,
    /// The server has it in its trash. Not sent, and not to be deleted here.
    InTrash,
}

impl Proof {
    const ALL: [Proof; 4] = [Proof::Checksum, Proof::ReadBack, Proof::Closed, Proof::InTrash];

    /// What it is called in the state and the journal.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Proof::Checksum => "checksum",
            Proof::ReadBack => "read-back",
            Proof::Closed => "closed",
            Proof::InTrash => "in-trash",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Proof> {
        Proof::ALL.into_iter().find(|proof| proof.name() == name)
    }

    /// Whether the file may be deleted here.
    #[must_use]
    pub fn is_enough(self) -> bool {
        matches!(self, Proof::Checksum | Proof::ReadBack)
    }
}

/// A file that is there.
#[derive(Debug, Clone, Copy)]
pub struct Sent {
    /// What was sent, or found.
    pub sha1: Sha1,
    /// By what it is known to be there.
    pub proof: Proof,
    /// Bytes that went over the wire: fewer where an interrupted upload went on, none where the content was there.
    pub sent_bytes: u64,
}

/// Why a file is not there.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Nobody answers. No file is to blame.
    #[error("the target is away")]
    Away {
        /// Not to be tried before.
        after: Option<Duration>,
        /// Why.
        #[source]
        source: Cause,
    },
    /// It failed, and may succeed later.
    #[error("it failed")]
    Failed {
        /// Not to be tried before.
        after: Option<Duration>,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The target does not take this file.
    #[error("it was refused")]
    Refused {
        /// Why.
        #[source]
        source: Cause,
    },
    /// What the target has is not what was sent.
    #[error("the target has other bytes than were sent ({there} instead of {sent})")]
    Different {
        /// What was sent.
        sent: Sha1,
        /// What is there.
        there: String,
    },
    /// The file changed while it was sent.
    #[error("the file changed while it was sent")]
    Changed,
    /// The file could not be read.
    #[error("the file could not be read")]
    Local(#[source] io::Error),
    /// Nothing can be sent to this target: a wrong password, another host key.
    #[error("nothing can be sent there")]
    Hopeless {
        /// Why.
        #[source]
        source: Cause,
    },
}

/// A server that takes files.
pub trait Target {
    /// What it is remembered by, with no password in it.
    fn name(&self) -> &str;

    /// Whether it takes files of this name at all.
    fn takes(&self, path: &[u8]) -> bool;

    /// Sends a file, or finds that it is there.
    ///
    /// # Errors
    /// See [`SendError`].
    fn send(&mut self, file: &Outgoing<'_>, pace: &Pace) -> Result<Sent, SendError>;

    /// Whether what the last [`Target::send`] found there is there still. Asked when the file itself is out of its place and
    /// before it is deleted: both may be one, where the target's folder is the one that is pushed. What was sent just now is
    /// another file than the one here, and nothing to ask about: whoever it was for may have taken it in.
    ///
    /// # Errors
    /// See [`SendError`].
    fn still_has(&mut self) -> Result<bool, SendError>;
}
