//! The bytes of a file that is sent.

use std::fs::File;
use std::io;
use std::path::Path;

use tintype_library::model::FileStamp;

use crate::scan::stamp;

/// Opens a plain file, unless it is another one than was seen.
pub(crate) fn open(path: &Path, seen: FileStamp) -> io::Result<Option<File>> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    let file = std::fs::OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let about = file.metadata()?;
    Ok((about.is_file() && stamp(&about) == seen).then_some(file))
}
