//! The bytes of a file that is sent.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha1::Digest as _;
use tintype_library::model::FileStamp;
use tintype_protocol::checksum::Sha1;

use crate::scan::stamp;

const BUFFER_BYTES: usize = 256 * 1024;

/// Opens a plain file, unless it is another one than was seen.
pub(crate) fn open(path: &Path, seen: FileStamp) -> io::Result<Option<File>> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    let file = std::fs::OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let about = file.metadata()?;
    Ok((about.is_file() && stamp(&about) == seen).then_some(file))
}

/// The SHA-1 of all that a source has, and how many bytes that is.
pub(crate) fn hash(mut source: impl Read) -> io::Result<(Sha1, u64)> {
    let (mut digest, mut length) = (sha1::Sha1::new(), 0);
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok((Sha1(digest.finalize().into()), length)),
            Ok(count) => {
                digest.update(&buffer[..count]);
                length += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
