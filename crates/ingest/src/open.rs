//! Opening files of a zone so that no link leads out of it, whoever swaps folders for links meanwhile.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat, openat2};
use tintype_library::model::FileStamp;

use crate::zone::Zone;

/// Opens a file for reading; `None` if what lies there now is not the one that was seen.
pub(crate) fn open_seen(zone: &Zone, path: &Path, seen: FileStamp) -> io::Result<Option<File>> {
    let folder = openat(CWD, &zone.folder, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    // Opening a pipe would wait for somebody to write to it.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    let opened = match openat2(&folder, path, flags, Mode::empty(), resolve) {
        // Kernels before 5.6.
        Err(rustix::io::Errno::NOSYS) => openat(&folder, path, flags, Mode::empty()),
        opened => opened,
    };
    let file = match opened {
        Ok(file) => File::from(file),
        // It is a link now, or lies behind one.
        Err(rustix::io::Errno::LOOP | rustix::io::Errno::XDEV) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let about = file.metadata()?;
    Ok((about.is_file() && FileStamp::of(&about) == seen).then_some(file))
}
