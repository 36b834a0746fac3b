//! Files that a process which has ended can no longer touch.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use tintype_library::blobs::{Blob, BlobError, Blobs, Capacity, Incoming, LocalFile, Received};

use crate::disk::Fuse;

/// See the module's description.
pub(crate) struct Files<B> {
    pub(crate) blobs: B,
    pub(crate) fuse: Arc<Fuse>,
}

impl<B: Blobs> Files<B> {
    fn alive(&self) -> Result<&B, BlobError> {
        if self.fuse.is_dead() {
            let source = io::Error::other("the process has ended");
            return Err(BlobError::Io { action: "reaching", path: PathBuf::new(), source });
        }
        Ok(&self.blobs)
    }
}

impl<B: Blobs> Blobs for Files<B> {
    fn receive(&self) -> Result<Incoming, BlobError> {
        self.alive()?.receive()
    }

    fn adopt(&self, received: &mut Received, key: &str) -> Result<(), BlobError> {
        self.alive()?.adopt(received, key)
    }

    fn replace(&self, received: &mut Received, key: &str) -> Result<(), BlobError> {
        self.alive()?.replace(received, key)
    }

    fn put(&self, key: &str, bytes: &[u8]) -> Result<(), BlobError> {
        self.alive()?.put(key, bytes)
    }

    fn open(&self, key: &str) -> Result<Blob, BlobError> {
        self.alive()?.open(key)
    }

    fn local(&self, key: &str) -> Result<LocalFile, BlobError> {
        self.alive()?.local(key)
    }

    fn local_output(&self, key: &str) -> Result<PathBuf, BlobError> {
        self.alive()?.local_output(key)
    }

    fn keep(&self, path: &Path, key: &str) -> Result<(), BlobError> {
        self.alive()?.keep(path, key)
    }

    fn remove(&self, key: &str) -> Result<(), BlobError> {
        self.alive()?.remove(key)
    }

    fn remove_leftovers(&self) -> Result<u64, BlobError> {
        self.alive()?.remove_leftovers()
    }

    fn capacity(&self) -> Result<Capacity, BlobError> {
        self.alive()?.capacity()
    }

    fn keys(&self, prefix: &str, visit: &mut dyn FnMut(String)) -> Result<(), BlobError> {
        self.alive()?.keys(prefix, visit)
    }

    fn resume(&self, name: &str) -> Result<Incoming, BlobError> {
        self.alive()?.resume(name)
    }

    fn partials(&self) -> Result<Vec<(String, SystemTime)>, BlobError> {
        self.alive()?.partials()
    }

    fn remove_partial(&self, name: &str) -> Result<(), BlobError> {
        self.alive()?.remove_partial(name)
    }
}
