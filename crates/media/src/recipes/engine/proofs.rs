//! The proofs of what was made without loss.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use sha1::Digest as _;
use tintype_protocol::checksum::Sha1;

use super::{CHUNK_BYTES, Engine, Original, Work, is_smaller};
use crate::recipes::error::RecipeError;
use crate::recipes::lossy::Candidate;
use crate::recipes::outcome::{Proof, Reason};
use crate::recipes::program::Halt;
use crate::recipes::rebuilt::{RebuildError, rebuild};
use crate::recipes::retold::{self, Named};
use crate::recipes::{pixels, png_chunks};

impl Engine {
    /// The decoder that will serve downloads gives the original back.
    pub(super) fn comes_back(&self, original: &Original<'_>, output: &Path, stop: &AtomicBool) -> Result<Proof, Halt> {
        let scratch = |source| RecipeError::Scratch { folder: self.scratch.clone(), source };
        let mut check = Check { digest: sha1::Sha1::new(), left: original.size };
        let file = File::open(output).map_err(scratch)?;
        let turn = self.turning_back.take(stop).ok_or(RecipeError::Stopped)?;
        match rebuild(io::BufReader::with_capacity(CHUNK_BYTES, file), &mut check, self.limits.max_bytes) {
            Ok(()) => {}
            Err(RebuildError::Read(source)) => return Err(scratch(source).into()),
            Err(RebuildError::Write(source)) => return Err(Reason::NotRebuilt { why: source.to_string() }.into()),
            Err(other) => return Err(Reason::NotRebuilt { why: other.to_string() }.into()),
        }
        drop(turn);
        if stop.load(Ordering::Relaxed) {
            return Err(RecipeError::Stopped.into());
        }
        if check.left > 0 {
            return Err(Reason::NotRebuilt { why: format!("{} bytes are missing", check.left) }.into());
        }
        let found = Sha1(check.digest.finalize().into());
        if found != original.sha1 {
            let why = format!("SHA-1 {} became {}", original.sha1.to_hex(), found.to_hex());
            return Err(Reason::NotRebuilt { why }.into());
        }
        Ok(Proof::Rebuilt)
    }

    pub(super) fn same_pixels(
        &self,
        original: &Original<'_>,
        work: &Work<'_>,
        derived: Candidate<'_>,
    ) -> Result<Proof, Halt> {
        let bytes = original.bytes().map_err(|source| original.unreadable(source))?;
        let chunks = png_chunks::read(bytes).filter(|chunks| chunks.is_whole);
        let damaged = || Reason::Undecodable { which: "the original", why: "its end is missing".to_owned() };
        let chunks = chunks.ok_or_else(damaged)?;
        if let Some(what) = chunks.no_place.clone() {
            return Err(Reason::WouldLose { what }.into());
        }
        is_smaller(original, work.step, derived.path)?;
        if chunks.has_exif || chunks.has_xmp {
            retold::copy(&work.runner, &self.tools, &work.input, derived.path, derived.container)?;
            is_smaller(original, work.step, derived.path)?;
            let from = Named { path: &work.input, name: &original.known_name() };
            let to = Named { path: derived.path, name: derived.name };
            retold::compare(&work.runner, &self.tools, &self.reader, from, to)?;
        }
        pixels::compare(bytes, &chunks, derived.path, &self.limits)?;
        Ok(Proof::SamePixels)
    }
}

/// Hashes what is rebuilt and keeps none of it. More bytes than the original has are an error.
struct Check {
    digest: sha1::Sha1,
    left: u64,
}

impl Write for Check {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.left.checked_sub(bytes.len() as u64);
        self.left = left.ok_or_else(|| io::Error::other("more bytes came back than the original has"))?;
        self.digest.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
