//! Who writes to a file on this machine, as far as the system tells.

use std::fs::{DirEntry, File, ReadDir};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, StatxFlags, statx};

const PROCESSES: &str = "/proc";
/// In the mode of a link to an open file: it is open for writing.
const WRITING: u32 = 0o200;

/// What a file is, whatever its names are: its device and its inode.
type Identity = (u32, u32, u64);

/// Whether a process that we may look at has a file open for writing: our user's, or everybody's for root. What other
/// users and other machines do, nobody tells.
pub(super) fn is_written(file: &File) -> bool {
    let Some(wanted) = identity(file.as_fd(), Path::new(""), AtFlags::EMPTY_PATH) else { return false };
    let processes = entries(Path::new(PROCESSES))
        .filter(|entry| entry.file_name().to_str().is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit())));
    processes.flat_map(|process| entries(&process.path().join("fd"))).any(|open| is_writing(&open, wanted))
}

/// What lies in a folder; nothing where we may not look, or the process is gone.
fn entries(folder: &Path) -> impl Iterator<Item = DirEntry> + use<> {
    std::fs::read_dir(folder).into_iter().flat_map(|entries: ReadDir| entries.flatten())
}

fn is_writing(open: &DirEntry, wanted: Identity) -> bool {
    let is_for_writing = open.metadata().is_ok_and(|link| link.permissions().mode() & WRITING != 0);
    is_for_writing && identity(CWD, &open.path(), AtFlags::empty()) == Some(wanted)
}

/// Without asking a server: one that does not answer would hold us up, and it is some other file.
fn identity(folder: impl AsFd, path: &Path, flags: AtFlags) -> Option<Identity> {
    let about = statx(folder, path, flags | AtFlags::STATX_DONT_SYNC, StatxFlags::INO).ok()?;
    Some((about.stx_dev_major, about.stx_dev_minor, about.stx_ino))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_are_seen_and_readers_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.mov");
        std::fs::write(&path, "1").unwrap();
        let file = File::open(&path).unwrap();
        let _reader = File::open(&path).unwrap();
        let _other = File::create(dir.path().join("b.mov")).unwrap();
        assert!(!is_written(&file));
        for options in [File::options().append(true), File::options().read(true).write(true)] {
            let writer = options.open(&path).unwrap();
            assert!(is_written(&file));
            std::fs::rename(&path, dir.path().join("c.mov")).unwrap();
            assert!(is_written(&file), "whatever it is called");
            std::fs::rename(dir.path().join("c.mov"), &path).unwrap();
            drop(writer);
            assert!(!is_written(&file));
        }
    }

    #[test]
    fn writers_in_other_processes_are_seen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.mov");
        let mut sleep = std::process::Command::new("sleep");
        let mut writer = sleep.arg("60").stdout(File::create(&path).unwrap()).spawn().unwrap();
        drop(sleep);
        let file = File::open(&path).unwrap();
        assert!(is_written(&file));
        writer.kill().unwrap();
        writer.wait().unwrap();
        assert!(!is_written(&file));
    }
}
