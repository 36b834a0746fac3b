//! Sidecars get their places, many at a time: what is on disk is waited for together, which costs little more than waiting
//! for one.

use std::io;

use crate::blobs::{BlobError, Placing, Received};
use crate::each::each;
use crate::error::LibraryError;
use crate::library::Library;

/// Threads that wait for the disk together.
const DISK_THREADS: usize = 8;

/// A sidecar that is to lie under a key.
#[derive(Debug)]
pub struct NewSidecar {
    /// A key that was reserved, or that of the one that goes for it.
    pub key: String,
    /// The bytes of the one that goes; `None`: nothing lies there.
    pub before: Option<Vec<u8>>,
    /// What it says.
    pub bytes: Vec<u8>,
}

impl Library {
    /// Puts sidecars under their keys, durably; the results are in their order. Whether it did: it does not where another one
    /// lies there.
    pub fn lay_sidecars(&self, sidecars: &[NewSidecar]) -> Vec<Result<bool, LibraryError>> {
        let received = self.received(sidecars);
        let mut places: Vec<Placing> = Vec::new();
        // Which of the places is whose; none for those that are not laid.
        let mut results: Vec<Result<Option<usize>, LibraryError>> = Vec::with_capacity(sidecars.len());
        for (sidecar, received) in sidecars.iter().zip(received) {
            results.push(received.and_then(|received| match &sidecar.before {
                Some(before) if !self.has(&sidecar.key, before)? => Ok(None),
                before => {
                    places.push(Placing { received, key: sidecar.key.clone(), replaces: before.is_some() });
                    Ok(Some(places.len() - 1))
                }
            }));
        }
        let mut placed: Vec<Option<Result<(), BlobError>>> =
            self.blobs.place_together(&mut places).into_iter().map(Some).collect();
        let mut outcome = |place: Option<usize>| match place.and_then(|place| placed[place].take()) {
            None | Some(Err(BlobError::Occupied { .. })) => Ok(false),
            Some(Err(error)) => Err(error.into()),
            Some(Ok(())) => Ok(true),
        };
        results.into_iter().map(|result| result.and_then(&mut outcome)).collect()
    }

    /// All of them on disk, read again, without a place.
    fn received(&self, sidecars: &[NewSidecar]) -> Vec<Result<Received, LibraryError>> {
        each(sidecars, DISK_THREADS, |sidecar| self.received_one(&sidecar.bytes))
    }

    fn received_one(&self, bytes: &[u8]) -> Result<Received, LibraryError> {
        let mut incoming = self.blobs.receive()?;
        incoming.write(bytes)?;
        let received = incoming.finish()?;
        let written =
            std::fs::read(received.path()).map_err(|error| BlobError::io("reading", received.path(), error))?;
        if written != bytes {
            return Err(BlobError::io("reading", received.path(), io::ErrorKind::InvalidData.into()).into());
        }
        Ok(received)
    }

    /// Whether these very bytes lie under a key.
    fn has(&self, key: &str, bytes: &[u8]) -> Result<bool, LibraryError> {
        Ok(self.blobs.open(key)?.read_whole(key)? == bytes)
    }
}
