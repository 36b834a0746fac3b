//! What another try may mend.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tintype_protocol::disposition::Disposition;

/// Shortest wait before a full disk is tried again.
const DISK_WAIT: Duration = Duration::from_secs(60);

/// Why a recipe could not be run to an outcome. What is wrong with a file or a program is a
/// [reason](super::Reason) instead.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// The original could not be read.
    #[error("cannot read {}", path.display())]
    Original {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The original is not what it was when the recipe began.
    #[error("{} changed while it was being optimised", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The scratch folder cannot be used.
    #[error("cannot use the scratch folder {}", folder.display())]
    Scratch {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// There is too little room in the scratch folder.
    #[error("{} has {free} bytes of room, and {needed} are needed", folder.display())]
    Full {
        /// The folder.
        folder: PathBuf,
        /// Bytes free.
        free: u64,
        /// Bytes needed.
        needed: u64,
    },
    /// The machine could not start a program that is there.
    #[error("cannot start {program}")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The caller asked to stop.
    #[error("stopped")]
    Stopped,
}

impl RecipeError {
    /// What to do with the file.
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Original { source, .. } if source.kind() == io::ErrorKind::NotFound => Disposition::Permanent,
            Self::Full { .. } => Disposition::Retry { after: Some(DISK_WAIT) },
            Self::Scratch { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Disposition::Retry { after: Some(DISK_WAIT) }
            }
            _ => Disposition::Retry { after: None },
        }
    }
}
