//! Bytes behind a trait: originals, sidecars, thumbnails and transcoded videos, each under a key such as
//! `library/ada/2026/01/beach.jpg`.

mod files;
mod incoming;

pub use files::FileBlobs;
pub use incoming::{Incoming, Received};

use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use tintype_protocol::disposition::Disposition;

/// A failed operation on bytes.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// Nothing is kept under the key.
    #[error("there is nothing under {key}")]
    NotFound {
        /// The key.
        key: String,
    },
    /// Something is kept under the key already.
    #[error("there is something under {key} already")]
    Occupied {
        /// The key.
        key: String,
    },
    /// The key would lead out of the data folder.
    #[error("{key} is not a key")]
    BadKey {
        /// The key.
        key: String,
    },
    /// The disk is full.
    #[error("no space is left for {path}")]
    Full {
        /// What was to be written.
        path: PathBuf,
    },
    /// Anything else.
    #[error("{action} {path} failed")]
    Io {
        /// What was tried, e.g. `writing`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
}

impl BlobError {
    /// Names the file that an error belongs to.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path },
            _ => Self::Io { action, path, source },
        }
    }

    /// Whether the same operation may succeed later.
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::NotFound { .. } | Self::Occupied { .. } | Self::BadKey { .. } => Disposition::Permanent,
            Self::Full { .. } | Self::Io { .. } => Disposition::Retry { after: None },
        }
    }
}

/// Bytes open for reading.
pub struct Blob {
    /// Reads and seeks.
    pub reader: Box<dyn ReadSeek>,
    /// Length in bytes.
    pub size_bytes: u64,
    /// Time of the last change.
    pub modified: SystemTime,
}

impl std::fmt::Debug for Blob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blob").field("size_bytes", &self.size_bytes).finish_non_exhaustive()
    }
}

impl Blob {
    /// All of the bytes. `key` is for the error.
    pub fn read_whole(&mut self, key: &str) -> Result<Vec<u8>, BlobError> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.size_bytes).unwrap_or(0));
        self.reader.read_to_end(&mut bytes).map_err(|source| BlobError::Io {
            action: "reading",
            path: key.into(),
            source,
        })?;
        Ok(bytes)
    }
}

/// What [`Blob::reader`] can do.
pub trait ReadSeek: io::Read + io::Seek + Send {}
impl<T: io::Read + io::Seek + Send> ReadSeek for T {}

/// Received bytes and the place that they are to get.
#[derive(Debug)]
pub struct Placing {
    /// The bytes.
    pub received: Received,
    /// Their place.
    pub key: String,
    /// Whether others go for it, as by [`Blobs::replace`].
    pub replaces: bool,
}

/// A place for bytes. Keys are relative paths with `/`, without `.` and `..`.
pub trait Blobs: Send + Sync {
    /// Begins to receive bytes whose place is not known yet.
    fn receive(&self) -> Result<Incoming, BlobError>;

    /// Goes on to receive bytes under a name of one file, from where an earlier try was given up; unlike others these
    /// stay when they are dropped unfinished, and across a restart, until [`Blobs::remove_partial`].
    fn resume(&self, name: &str) -> Result<Incoming, BlobError>;

    /// Names of what was begun under a name and not finished, and when each was written to last.
    fn partials(&self) -> Result<Vec<(String, SystemTime)>, BlobError>;

    /// Gives up what was begun; nothing there is fine.
    fn remove_partial(&self, name: &str) -> Result<(), BlobError>;

    /// Gives received bytes their place, durably. `Occupied` when something is there already.
    fn adopt(&self, received: &mut Received, key: &str) -> Result<(), BlobError>;

    /// Gives received bytes the place of others, durably: whoever looks sees the old ones or the new ones.
    fn replace(&self, received: &mut Received, key: &str) -> Result<(), BlobError>;

    /// Gives many received bytes their places: all of them are durable when this is done, for hardly more than one alone costs.
    /// The results are in their order.
    fn place_together(&self, files: &mut [Placing]) -> Vec<Result<(), BlobError>> {
        let place = |file: &mut Placing| match file.replaces {
            true => self.replace(&mut file.received, &file.key),
            false => self.adopt(&mut file.received, &file.key),
        };
        files.iter_mut().map(place).collect()
    }

    /// Puts small bytes that can be made again, replacing what was there.
    fn put(&self, key: &str, bytes: &[u8]) -> Result<(), BlobError>;

    /// Opens what is kept under the key.
    fn open(&self, key: &str) -> Result<Blob, BlobError>;

    /// A path on this machine that holds the bytes while the returned value lives, for programs that want a file.
    fn local(&self, key: &str) -> Result<LocalFile, BlobError>;

    /// A path on this machine where a program may write what will be under the key; [`Blobs::keep`] puts it there.
    fn local_output(&self, key: &str) -> Result<PathBuf, BlobError>;

    /// Puts what a program wrote to `path` (from [`Blobs::local_output`]) under the key.
    fn keep(&self, path: &std::path::Path, key: &str) -> Result<(), BlobError>;

    /// Keeps the same bytes under another key as well, durably. `Occupied` when something is there already.
    fn link(&self, key: &str, other: &str) -> Result<(), BlobError> {
        let mut incoming = self.receive()?;
        incoming.write(&self.open(key)?.read_whole(key)?)?;
        self.adopt(&mut incoming.finish()?, other)
    }

    /// Does that for many pairs of a key and another one: all of it is durable when this is done, for hardly more than one
    /// alone costs. The results are in their order.
    fn link_together(&self, keys: &[(&str, &str)]) -> Vec<Result<(), BlobError>> {
        keys.iter().map(|(key, other)| self.link(key, other)).collect()
    }

    /// Removes what is under the key; nothing there is fine.
    fn remove(&self, key: &str) -> Result<(), BlobError>;

    /// Removes what was being received when the process ended.
    fn remove_leftovers(&self) -> Result<u64, BlobError>;

    /// Total and free bytes of the place.
    fn capacity(&self) -> Result<Capacity, BlobError>;

    /// Every key below `prefix`, in no order.
    fn keys(&self, prefix: &str, visit: &mut dyn FnMut(String)) -> Result<(), BlobError>;
}

/// A file on this machine.
#[derive(Debug)]
pub struct LocalFile {
    /// Where it is.
    pub path: PathBuf,
}

/// Room in bytes.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Capacity {
    pub total: u64,
    pub available: u64,
}
