//! The content of a file, and whether the file stayed the same while it was read.

use std::io::Read;

use sha1::{Digest as _, Sha1 as Hasher};
use tintype_media::sniff::HEAD_BYTES;
use tintype_protocol::checksum::Sha1;

/// Bytes read at a time.
const READ_BYTES: usize = 256 * 1024;

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) sha1: Sha1,
    pub(crate) size_bytes: u64,
    /// The first bytes, to recognise it by.
    pub(crate) head: Vec<u8>,
}

/// Reads a file to its end.
pub(crate) fn content(mut file: impl Read) -> std::io::Result<Content> {
    let (mut hasher, mut buffer) = (Hasher::new(), vec![0; READ_BYTES]);
    let (mut head, mut size_bytes) = (Vec::new(), 0);
    loop {
        let count = match file.read(&mut buffer) {
            Ok(0) => return Ok(Content { sha1: Sha1(hasher.finalize().into()), size_bytes, head }),
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(&buffer[..count]);
        let room = HEAD_BYTES.saturating_sub(head.len()).min(count);
        head.extend_from_slice(&buffer[..room]);
        size_bytes += count as u64;
    }
}
