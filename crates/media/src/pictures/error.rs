//! What can go wrong while a picture is made, and whether trying again may help.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// The decoder's own words about what is wrong with a file.
pub type DecoderError = Box<dyn Error + Send + Sync>;

/// Why no rendition could be made.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The header claims more pixels than [`Limits::max_pixels`](super::Limits::max_pixels), or the decoded picture
    /// would need more memory than [`Limits::max_bytes`](super::Limits::max_bytes).
    #[error("the picture has {width}x{height} pixels, more than the limit of {limit}")]
    TooLarge {
        /// Width the header claims, in pixels.
        width: u32,
        /// Height the header claims, in pixels.
        height: u32,
        /// The limit, in pixels.
        limit: u64,
    },
    /// The file asks for more work than a photo needs (a JPEG with hundreds of scans, say).
    #[error("{what}: {found}, more than the limit of {limit}")]
    TooComplex {
        /// What is counted.
        what: &'static str,
        /// How many there are (counting stops a little above the limit).
        found: u64,
        /// How many are allowed.
        limit: u64,
    },
    /// There is no decoder for this kind of file, or for this variant of it.
    #[error("no decoder for {what}")]
    Unsupported {
        /// The format or feature.
        what: String,
    },
    /// The file is not what it says it is, or too much of it is missing.
    #[error("damaged {format} file")]
    Damaged {
        /// The format the decoder was for.
        format: &'static str,
        /// What the decoder said.
        source: DecoderError,
    },
    /// Decoding took longer than [`Limits::timeout`](super::Limits::timeout).
    #[error("decoding took longer than {} s", limit.as_secs())]
    TimedOut {
        /// The time allowed.
        limit: Duration,
    },
    /// The file can only be decoded by a program that is not installed.
    #[error("needs {tool}, which is not installed")]
    MissingTool {
        /// Name of the program.
        tool: &'static str,
    },
    /// A program that decodes for us could not be started or talked to.
    #[error("{} could not be run", program.display())]
    Program {
        /// The program.
        program: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file could not be read.
    #[error("{} could not be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Pixels that were decoded well could not be encoded.
    #[error("the {format} encoder failed")]
    Encode {
        /// The format of the rendition.
        format: &'static str,
        /// What the encoder said.
        source: DecoderError,
    },
}

impl PictureError {
    /// Whether the same file may succeed later: the trouble was with the machine and not with the file. A missing tool
    /// is not transient by itself; the file is worth another try once the tool has been installed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Io { source, .. } => source.kind() != io::ErrorKind::NotFound,
            Self::Program { .. } | Self::TimedOut { .. } => true,
            _ => false,
        }
    }

    pub(crate) fn damaged(format: &'static str, source: impl Into<DecoderError>) -> Self {
        Self::Damaged { format, source: source.into() }
    }

    pub(crate) fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into() }
    }
}
