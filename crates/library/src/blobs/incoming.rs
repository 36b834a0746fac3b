//! Bytes on their way in: written to a temporary file and hashed as they come.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use sha1::{Digest as _, Sha1 as Hasher};
use tintype_protocol::checksum::Sha1;

use super::BlobError;

/// How many of the first bytes are kept at hand to recognise the file.
const HEAD_BYTES: usize = 4096;

/// Bytes read at a time of what was received before.
const READ_BYTES: usize = 256 * 1024;

/// A file being received. Dropped unfinished, it leaves nothing, unless it was begun to be [resumed](super::Blobs::resume).
#[derive(Debug)]
pub struct Incoming {
    file: File,
    hasher: Hasher,
    size_bytes: u64,
    head: Vec<u8>,
    temporary: Temporary,
    /// Whether it stays when it is dropped unfinished.
    stays: bool,
}

impl Incoming {
    pub(super) fn create(path: PathBuf) -> Result<Self, BlobError> {
        let file = File::options()
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(|source| BlobError::io("creating", &path, source))?;
        Ok(Self::over(file, path, false))
    }

    /// Opens what was received before under this path, if anything was, to go on behind it.
    pub(super) fn resume(path: PathBuf) -> Result<Self, BlobError> {
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|source| BlobError::io("opening", &path, source))?;
        let mut incoming = Self::over(file, path, true);
        let mut piece = vec![0; READ_BYTES];
        loop {
            let count = incoming.file.read(&mut piece);
            match count.map_err(|source| BlobError::io("reading", incoming.temporary.path(), source))? {
                0 => return Ok(incoming),
                count => incoming.count(&piece[..count]),
            }
        }
    }

    fn over(file: File, path: PathBuf, stays: bool) -> Self {
        let temporary = Temporary { path: Some(path) };
        Self { file, hasher: Hasher::new(), size_bytes: 0, head: Vec::new(), temporary, stays }
    }

    /// Begins again with nothing.
    pub fn restart(&mut self) -> Result<(), BlobError> {
        let cut = self.file.set_len(0).and_then(|()| self.file.rewind());
        cut.map_err(|source| BlobError::io("writing", self.temporary.path(), source))?;
        (self.hasher, self.size_bytes) = (Hasher::new(), 0);
        self.head.clear();
        Ok(())
    }

    /// Appends bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.file.write_all(bytes).map_err(|source| BlobError::io("writing", self.temporary.path(), source))?;
        self.count(bytes);
        Ok(())
    }

    fn count(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.size_bytes += bytes.len() as u64;
        let missing = HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend_from_slice(&bytes[..bytes.len().min(missing)]);
    }

    /// Bytes received so far.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// All bytes are here and on disk.
    pub fn finish(mut self) -> Result<Received, BlobError> {
        self.file.sync_all().map_err(|source| BlobError::io("writing", self.temporary.path(), source))?;
        Ok(Received {
            sha1: Sha1(std::mem::take(&mut self.hasher).finalize().into()),
            size_bytes: self.size_bytes,
            head: std::mem::take(&mut self.head),
            temporary: Temporary { path: self.temporary.path.take() },
        })
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if self.stays {
            self.temporary.path = None;
        }
    }
}

/// A received file that has no place yet. Dropped, it leaves nothing.
#[derive(Debug)]
pub struct Received {
    /// Identity of the bytes.
    pub sha1: Sha1,
    /// Length.
    pub size_bytes: u64,
    /// The first bytes, at most 4,096.
    pub head: Vec<u8>,
    temporary: Temporary,
}

impl Received {
    /// Where the bytes are for now.
    pub fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// Whether the bytes have moved to their place, durably or not.
    pub fn has_moved(&self) -> bool {
        self.temporary.path.is_none()
    }

    /// The bytes have moved to their place: there is nothing left to remove.
    pub(super) fn moved(&mut self) {
        self.temporary.path = None;
    }
}

/// Removes its file when dropped.
#[derive(Debug)]
struct Temporary {
    path: Option<PathBuf>,
}

impl Temporary {
    fn path(&self) -> &Path {
        self.path.as_deref().unwrap_or(Path::new(""))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = &self.path
            && let Err(error) = std::fs::remove_file(path)
        {
            tracing::warn!(path = %path.display(), %error, "a temporary file could not be removed");
        }
    }
}
