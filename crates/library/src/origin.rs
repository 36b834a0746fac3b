//! Where bytes come from that are not here. Whoever joins this library to others knows how they are asked.

use std::error::Error;
use std::fmt;
use std::io::Read;
use std::time::Duration;

use uuid::Uuid;

use crate::model::Upstream;
use crate::renditions::Rendition;

/// Bytes of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// A picture made of it.
    Picture(Rendition),
    /// What the device had.
    Original,
    /// A video that players can show.
    Playback,
}

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub from: u64,
    /// The last one; `None` is that of the file.
    pub to: Option<u64>,
}

/// A question for bytes.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Which server, and as whom.
    pub upstream: &'a Upstream,
    /// What the asset is called there.
    pub asset: Uuid,
    /// Which of its bytes.
    pub wanted: Wanted,
    /// Which part of them; a server may give all of them all the same.
    pub span: Option<Span>,
}

/// Bytes on their way.
pub struct Arriving {
    /// The bytes, as they come.
    pub reader: Box<dyn Read + Send>,
    /// Where in the file they begin.
    pub begins_at: u64,
    /// How many there are to come, where that is known.
    pub length: Option<u64>,
    /// How long the whole file is, where that is known.
    pub whole: Option<u64>,
    /// What they are said to be.
    pub media_type: Option<String>,
}

impl fmt::Debug for Arriving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { begins_at, length, .. } = self;
        f.debug_struct("Arriving").field("begins_at", begins_at).field("length", length).finish_non_exhaustive()
    }
}

/// Why no bytes come.
#[derive(Debug, thiserror::Error)]
pub enum OriginError {
    /// The server does not answer, or is busy: it may be asked again.
    #[error("the server is away")]
    Away {
        /// How long it asks to be left alone.
        after: Option<Duration>,
        /// What happened.
        source: Box<dyn Error + Send + Sync>,
    },
    /// It has no such bytes, or not for who asks.
    #[error("the server does not give it")]
    Refused {
        /// What it says.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The file is shorter than where the part begins.
    #[error("the file has no such part")]
    NoSuchPart,
    /// A person has to log in there again.
    #[error("the session on the server has ended")]
    LoggedOut {
        /// What it says.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Asks servers for bytes. Calls block until the first bytes come, or until it is clear that none will, with a limit.
pub trait Origin: Send + Sync {
    /// Begins to fetch.
    fn ask(&self, ask: &Ask<'_>) -> Result<Arriving, OriginError>;
}

/// Nobody to ask.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoOrigin;

impl Origin for NoOrigin {
    fn ask(&self, _: &Ask<'_>) -> Result<Arriving, OriginError> {
        Err(OriginError::Refused { source: "this process asks no other server".into() })
    }
}
