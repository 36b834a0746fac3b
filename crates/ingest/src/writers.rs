//! Who has files open for writing on this machine, as the kernel lists them under `/proc` (proc(5): `/proc/PID/fd`). Of other
//! users' processes only root is told, and nobody is told of other machines and containers: a file that rests may still be
//! written to there.

use std::collections::HashSet;
use std::fs::{self, DirEntry, File};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rustix::fs::{AtFlags, CWD, FileType, StatxFlags, makedev, statx};

/// In the mode of an entry: it was opened for writing.
const WRITES: u32 = 0o200;

/// Device and inode.
pub(crate) type FileKey = (u64, u64);

/// Looks at all processes, at most once for all who ask at the same time.
#[derive(Debug, Default)]
pub(crate) struct Writers(Mutex<Option<Seen>>);

#[derive(Debug)]
struct Seen {
    /// When the look began.
    at: Instant,
    files: HashSet<FileKey>,
}

impl Writers {
    /// Files that somebody had open for writing at some moment since `since`.
    pub(crate) fn have(&self, key: FileKey, since: Instant) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let latest = match seen.take() {
            Some(seen) if seen.at >= since => seen,
            _ => Seen { at: Instant::now(), files: open_for_writing() },
        };
        seen.insert(latest).files.contains(&key)
    }

    /// Whether somebody has this file open for writing now.
    pub(crate) fn have_now(&self, file: &File) -> std::io::Result<bool> {
        let about = file.metadata()?;
        Ok(self.have((about.dev(), about.ino()), Instant::now()))
    }
}

fn open_for_writing() -> HashSet<FileKey> {
    let mut files = HashSet::new();
    for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let is_process = process.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit);
        // Processes of others, and such as end in this moment, say nothing.
        let open = if is_process { fs::read_dir(process.path().join("fd")).ok() } else { None };
        files.extend(open.into_iter().flatten().flatten().filter_map(|entry| written(&entry)));
    }
    files
}

/// Servers of mounted folders are not asked: one that does not answer would hold us up, and it is some other file.
fn written(entry: &DirEntry) -> Option<FileKey> {
    let is_for_writing = entry.metadata().ok()?.permissions().mode() & WRITES != 0;
    let wanted = StatxFlags::TYPE | StatxFlags::INO;
    let about = is_for_writing.then(|| statx(CWD, entry.path(), AtFlags::STATX_DONT_SYNC, wanted))?.ok()?;
    let is_file = FileType::from_raw_mode(about.stx_mode.into()) == FileType::RegularFile;
    is_file.then(|| (makedev(about.stx_dev_major, about.stx_dev_minor), about.stx_ino))
}

/// Whether somebody has a file open for writing, for those who ask once.
pub(crate) fn is_written(file: &File) -> bool {
    Writers::default().have_now(file).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_writes_is_seen_and_who_reads_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.jpg");
        let writer = File::create(&path).unwrap();
        let (writers, reader) = (Writers::default(), File::open(&path).unwrap());
        assert!(writers.have_now(&reader).unwrap());
        let before = Instant::now();
        drop(writer);
        assert!(!writers.have_now(&reader).unwrap());
        // What was seen since then is enough.
        let again = fs::OpenOptions::new().append(true).open(&path).unwrap();
        let about = reader.metadata().unwrap();
        assert!(!writers.have((about.dev(), about.ino()), before));
        assert!(writers.have_now(&reader).unwrap());
        drop(again);
    }
    #[test]
    fn writers_in_other_processes_are_seen_whatever_the_file_is_called() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.mov");
        let mut sleep = std::process::Command::new("sleep");
        let mut writer = sleep.arg("60").stdout(File::create(&path).unwrap()).spawn().unwrap();
        drop(sleep);
        let file = File::open(&path).unwrap();
        fs::rename(&path, dir.path().join("b.mov")).unwrap();
        assert!(is_written(&file));
        writer.kill().unwrap();
        writer.wait().unwrap();
        assert!(!is_written(&file));
    }
}
