//! Moving files inside a zone so that nothing is overwritten and a power cut leaves them in one place or the other.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

/// Names tried for a file whose name is taken: `a.jpg`, `a+1.jpg`, …
const NAME_ATTEMPTS: u32 = 10_000;

/// Moves a file to a place below `folder`, or beside it where something lies there already; where it is now, below
/// `folder`.
pub(crate) fn move_to(from: &Path, folder: &Path, path: &[u8]) -> io::Result<Vec<u8>> {
    let wanted = PathBuf::from(OsStr::from_bytes(path));
    let parent = folder.join(wanted.parent().unwrap_or(Path::new("")));
    fs::create_dir_all(&parent)?;
    for attempt in 0..NAME_ATTEMPTS {
        let place = wanted.with_file_name(numbered(wanted.file_name().unwrap_or_default(), attempt));
        match rename_new(from, &folder.join(&place)) {
            Ok(()) => {
                sync(&parent)?;
                from.parent().map_or(Ok(()), sync)?;
                return Ok(place.into_os_string().into_encoded_bytes());
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many files have this name"))
}

/// Renames, but never over something.
pub(crate) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Not every file system can: then there is a moment between the look and the move.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) if fs::symlink_metadata(to).is_err() => {
            fs::rename(from, to)
        }
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => Err(io::ErrorKind::AlreadyExists.into()),
        moved => Ok(moved?),
    }
}

/// What a folder lists survives a power cut.
pub(crate) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// `a.jpg`, `a+1.jpg`, `a+2.jpg`.
fn numbered(name: &OsStr, attempt: u32) -> std::ffi::OsString {
    if attempt == 0 {
        return name.to_owned();
    }
    let path = Path::new(name);
    let mut numbered = path.file_stem().unwrap_or_default().to_owned();
    numbered.push(format!("+{attempt}"));
    if let Some(extension) = path.extension() {
        numbered.push(".");
        numbered.push(extension);
    }
    numbered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        fs::create_dir(at("in")).unwrap();
        for (name, content) in [("in/a.jpg", "1"), ("in/b.jpg", "2"), ("in/noextension", "3")] {
            fs::write(at(name), content).unwrap();
        }
        let to = |from: &str, path: &[u8]| move_to(&at(from), dir.path(), path).unwrap();
        assert_eq!(to("in/a.jpg", b"undone/x/a.jpg"), b"undone/x/a.jpg");
        assert_eq!(to("in/b.jpg", b"undone/x/a.jpg"), b"undone/x/a+1.jpg");
        assert_eq!(to("in/noextension", b"undone/x/a+1.jpg"), b"undone/x/a+1+1.jpg");
        let read = |path: &str| fs::read_to_string(at(path)).unwrap();
        assert_eq!([read("undone/x/a.jpg"), read("undone/x/a+1.jpg"), read("undone/x/a+1+1.jpg")], ["1", "2", "3"]);
        assert!(move_to(&at("in/gone.jpg"), dir.path(), b"undone/gone.jpg").is_err());
    }
}
