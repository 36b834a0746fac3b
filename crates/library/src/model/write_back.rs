//! What was written into files, and by which runs.

use std::str::FromStr;

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::AssetId;
use tintype_protocol::time::Timestamp;

/// Where what is known of an asset is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WriteTarget {
    /// An XMP file beside the original.
    Sidecar,
    /// Into the original itself.
    Embedded,
}

impl WriteTarget {
    /// Its name, for rows, people and programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sidecar => "sidecar",
            Self::Embedded => "embedded",
        }
    }
}

/// A text that is no target's name.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no place to write to: sidecar or embedded")]
pub struct UnknownWriteTarget(String);

impl FromStr for WriteTarget {
    type Err = UnknownWriteTarget;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = [Self::Sidecar, Self::Embedded].into_iter().find(|target| target.as_str() == text);
        found.ok_or_else(|| UnknownWriteTarget(text.to_owned()))
    }
}

/// One run over the library.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct WriteBackRun {
    pub id: i64,
    /// What was asked for, as JSON.
    pub wish: String,
    pub began_at: Timestamp,
    /// `None`: it is at work, or was interrupted.
    pub ended_at: Option<Timestamp>,
    /// The run that this one took back.
    pub undoes: Option<i64>,
}

/// A changed tag of a file. Values are JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct TagChange {
    pub asset: AssetId,
    pub target: WriteTarget,
    pub tag: String,
    /// `None`: it was not there.
    pub before: Option<String>,
    /// `None`: it went.
    pub after: Option<String>,
}

/// What a file was given, and what it looked like then.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct WrittenFile {
    pub asset: AssetId,
    pub target: WriteTarget,
    pub size_bytes: u64,
    /// Since the Unix epoch, in nanoseconds.
    pub modified_ns: i64,
    /// Digest of what was wished.
    pub wishes: [u8; 20],
    /// What was written, as JSON: a list of module, tag and value, e.g. `["people", "XMP-dc:Subject", {"list": ["Ada"]}]`.
    pub entries: String,
}

/// A photo or video of another server, in a folder here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ForeignPhoto {
    /// Its id on that server.
    pub asset: AssetId,
    /// Where it lies, absolute.
    pub path: String,
    /// The content that the server knows it by; the first one that lay there, where the server knows none.
    pub original: Sha1,
    /// The content that was proven to lie there.
    pub sha1: Sha1,
    pub size_bytes: u64,
    /// Since the Unix epoch, in nanoseconds.
    pub modified_ns: i64,
}
