//! Bytes handed on from an upstream as they come: videos to play, and originals that are too large to be kept.

use std::io::{self, Read};

use sha1::{Digest as _, Sha1 as Hasher};
use tintype_protocol::checksum::Sha1;

use super::{FetchError, sources};
use crate::blobs::BlobError;
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::Asset;
use crate::origin::{Arriving, Span, Wanted};

/// Originals longer than this are handed on as they come: nobody waits until all of a long video is here.
pub const MAX_KEPT_ORIGINAL: u64 = 64 << 20;
/// Of the cache, one original takes at most one part in this many.
const SHARE: u64 = 4;
/// Bytes that are held back until the whole is proven.
const HELD_BACK: usize = 64 * 1024;

impl Library {
    /// Whether bytes are handed on as they come rather than fetched first.
    pub fn is_relayed(&self, asset: &Asset, wanted: Wanted) -> bool {
        let size = u64::try_from(asset.size_bytes).unwrap_or(0);
        // What has to be rebuilt has to be here first.
        let is_rebuilt = || self.stored_form(asset).is_ok_and(|form| form.is_some_and(|form| form.is_exact));
        match wanted {
            Wanted::Playback => true,
            Wanted::Original => size > MAX_KEPT_ORIGINAL.min(self.settings.cache_bytes / SHARE) && !is_rebuilt(),
            Wanted::Picture(_) => false,
        }
    }

    /// Begins to hand on bytes that are not here. Of a whole original the last bytes come only once its SHA-1 is known to
    /// be that of the asset, or of what the server has in its place; a reader of anything else has an error in their place.
    pub fn relay(&self, asset: &Asset, wanted: Wanted, span: Option<Span>) -> Result<Arriving, LibraryError> {
        let sources = self.read(|tx| sources(tx, asset))?;
        if sources.is_empty() {
            return Err(BlobError::NotFound { key: asset.original_path.clone() }.into());
        }
        let mut arriving = self.ask(&sources, wanted, span)?;
        if wanted == Wanted::Original && span.is_none() {
            if arriving.begins_at != 0 {
                return Err(FetchError::Damaged("a part came in place of the whole".to_owned()).into());
            }
            let form = self.stored_form(asset)?.filter(|form| !form.is_exact);
            let content = form.map_or(asset.checksum, |form| form.sha1);
            arriving.reader = Box::new(Proven::new(arriving.reader, content));
        }
        Ok(arriving)
    }
}

/// Reads on, but keeps the end back until the whole is proven.
struct Proven<R> {
    source: R,
    hasher: Option<Hasher>,
    expected: Sha1,
    /// Read and not handed on.
    held: Vec<u8>,
    /// How many of the held bytes may go.
    free: usize,
}

impl<R: Read> Proven<R> {
    fn new(source: R, expected: Sha1) -> Self {
        Self { source, hasher: Some(Hasher::new()), expected, held: Vec::new(), free: 0 }
    }

    /// Reads until some bytes may go, or everything is read and proven.
    fn read_on(&mut self) -> io::Result<()> {
        let mut piece = vec![0; HELD_BACK];
        while let Some(hasher) = &mut self.hasher
            && self.free == 0
        {
            let count = self.source.read(&mut piece)?;
            if count > 0 {
                hasher.update(&piece[..count]);
                self.held.extend_from_slice(&piece[..count]);
                self.free = self.held.len().saturating_sub(HELD_BACK);
                continue;
            }
            let found = self.hasher.take().map(|hasher| Sha1(hasher.finalize().into()));
            if found != Some(self.expected) {
                self.held.clear();
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the SHA-1 of what came is not the asset's"));
            }
            self.free = self.held.len();
        }
        Ok(())
    }
}

impl<R: Read> Read for Proven<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.free == 0 {
            self.read_on()?;
        }
        let count = self.free.min(buffer.len());
        buffer[..count].copy_from_slice(&self.held[..count]);
        self.held.drain(..count);
        self.free -= count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sha1(bytes: &[u8]) -> Sha1 {
        Sha1(Hasher::digest(bytes).into())
    }

    proptest! {
        #[test]
        fn the_whole_comes_if_it_is_the_right_one(length in 0_usize..200_000, is_right in any::<bool>()) {
            let bytes: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let expected = if is_right { sha1(&bytes) } else { Sha1([1; 20]) };
            let mut came = Vec::new();
            let outcome = Proven::new(bytes.as_slice(), expected).read_to_end(&mut came);
            prop_assert_eq!(outcome.is_ok(), is_right);
            if is_right {
                prop_assert!(came == bytes);
            } else {
                prop_assert!(came.len() < length || length == 0, "never all of it");
            }
        }
    }
}
