//! Why a file was not written.

use std::io;
use std::path::{Path, PathBuf};

use tintype_library::LibraryError;
use tintype_library::blobs::BlobError;
use tintype_library::store::StoreError;

use crate::tag::Tag;

/// What went wrong with one file. The file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// What is to be done needs exiftool.
    #[error("exiftool is not installed")]
    NoExiftool,
    /// Somebody wanted the run to end at once.
    #[error("the run was stopped")]
    Stopped,
    /// exiftool ended, hung or could not be started.
    #[error("exiftool failed on {path}", path = .path.display())]
    Exiftool {
        /// The file it was asked about.
        path: PathBuf,
        /// What went wrong.
        #[source]
        source: io::Error,
    },
    /// exiftool said no.
    #[error("exiftool refused: {text}")]
    Refused {
        /// In its own words.
        text: String,
    },
    /// What was written is not what is read again.
    #[error("{tag} is not read as it was written", tag = .tag.name())]
    NotAsWritten {
        /// Which tag.
        tag: Tag,
    },
    /// Writing would have changed the picture.
    #[error("the picture itself would have been changed")]
    PictureChanged,
    /// Writing would have changed what other programs keep in the file: colours, comments, whatever they have a segment for.
    #[error("what other programs keep in it would have been changed")]
    OthersChanged,
    /// It cannot be proven that the picture stays as it is.
    #[error("what is picture in it and what is not cannot be told apart")]
    UnknownPicture,
    /// Somebody else wrote to the file meanwhile.
    #[error("it was changed by somebody else meanwhile")]
    Changed,
    /// A file that is not the library's lies where the sidecar would.
    #[error("{key} is there already, and not the library's")]
    Occupied {
        /// Where.
        key: String,
    },
    /// The disk is full.
    #[error("no space is left for {path}", path = .path.display())]
    Full {
        /// What was to be written.
        path: PathBuf,
    },
    /// This user may not.
    #[error("{path} may not be written", path = .path.display())]
    ReadOnly {
        /// What was to be written.
        path: PathBuf,
    },
    /// Anything else about a file.
    #[error("{action} {path} failed", path = .path.display())]
    Io {
        /// What was tried, e.g. `reading`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// The library could not take it.
    #[error(transparent)]
    Library(#[from] LibraryError),
}

impl Fault {
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path },
            _ if is_refusal(&source) => Self::ReadOnly { path },
            _ => Self::Io { action, path, source },
        }
    }

    /// Whether the disk is full: then nothing else would find room either.
    pub(crate) fn is_full(&self) -> bool {
        self.reason() == "disk-full"
    }

    /// Under which name it is counted.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NoExiftool => "no-exiftool",
            Self::Stopped => "stopped",
            Self::Exiftool { .. } => "exiftool-failed",
            Self::Refused { .. } => "exiftool-refused",
            Self::NotAsWritten { .. } => "not-as-written",
            Self::PictureChanged => "picture-changed",
            Self::OthersChanged => "others-changed",
            Self::UnknownPicture => "unknown-picture",
            Self::Changed => "changed-meanwhile",
            Self::Occupied { .. } => "occupied",
            Self::Full { .. } => "disk-full",
            Self::ReadOnly { .. } => "read-only",
            Self::Io { .. } => "file-error",
            Self::Library(LibraryError::Blob(BlobError::Full { .. }) | LibraryError::Store(StoreError::Full)) => {
                "disk-full"
            }
            Self::Library(LibraryError::Blob(BlobError::Io { source, .. })) if is_refusal(source) => "read-only",
            Self::Library(_) => "library-error",
        }
    }
}

fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}
