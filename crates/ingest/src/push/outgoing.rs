//! The bytes of a file that is sent.

use std::fs::File;
use std::io;
use std::path::Path;

use tintype_library::model::FileStamp;

/// Opens a plain file, unless it is another one than was seen.
pub(crate) fn open(path: &Path, seen: FileStamp) -> io::Result<Option<File>> {
    let Some(file) = open_plain(path)? else { return Ok(None) };
    Ok((FileStamp::of(&file.metadata()?) == seen).then_some(file))
}

/// Opens what is a plain file: no link is followed, and nobody is waited for who never writes into a pipe.
pub(super) fn open_plain(path: &Path) -> io::Result<Option<File>> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    let file = std::fs::OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    Ok(file.metadata()?.is_file().then_some(file))
}
