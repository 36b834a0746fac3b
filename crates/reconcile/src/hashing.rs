//! Contents of files, several at a time: disks and processors are both busy then.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use sha1::{Digest as _, Sha1 as Hasher};
use tintype_protocol::checksum::Sha1;

use crate::file_path::FilePath;
use crate::scan::Seen;

/// Bytes read at a time.
const READ_BYTES: usize = 256 * 1024;
/// Files that are read at the same time, at most.
const MAX_THREADS: usize = 16;
/// Hashed files that wait to be looked at.
const WAITING: usize = 64;

/// The SHA-1 of a file.
pub fn sha1_of(path: &Path) -> io::Result<Sha1> {
    hash(File::open(path)?, |_| Ok(()))
}

/// The SHA-1 of all bytes that come; `pass` gets each piece of them.
pub(crate) fn hash(mut from: impl Read, mut pass: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<Sha1> {
    let (mut hasher, mut buffer) = (Hasher::new(), vec![0; READ_BYTES]);
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(Sha1(hasher.finalize().into())),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                pass(&buffer[..count])?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Reads files below `root`, and calls `take` on this thread with the place of each in `files` and its content, in no
/// order. A file that changed while it was read is an error. Ends early when `take` says no more.
pub fn hash_all(root: &Path, files: &[Seen], threads: usize, mut take: impl FnMut(usize, io::Result<Sha1>) -> bool) {
    let (next, (sender, receiver)) = (AtomicUsize::new(0), mpsc::sync_channel(WAITING));
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, MAX_THREADS).min(files.len()) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while let Some((at, file)) = claim(next, files) {
                    if sender.send((at, steady(root, file))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        while let Ok((at, outcome)) = receiver.recv() {
            if !take(at, outcome) {
                break;
            }
        }
        // Whoever still reads finds nobody listening, and ends.
        drop(receiver);
    });
}

fn claim<'f>(next: &AtomicUsize, files: &'f [Seen]) -> Option<(usize, &'f Seen)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    files.get(at).map(|file| (at, file))
}

fn steady(root: &Path, file: &Seen) -> io::Result<Sha1> {
    let path = FilePath(file.path.clone()).below(root);
    let sha1 = sha1_of(&path)?;
    if file.stamp.is_of(&path) { Ok(sha1) } else { Err(io::Error::other("it changed while it was read")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::scan;

    #[test]
    fn every_file_is_read_once_and_one_that_changes_is_told() {
        let dir = tempfile::tempdir().unwrap();
        for number in 0..40 {
            std::fs::write(dir.path().join(format!("{number}.jpg")), number.to_string()).unwrap();
        }
        let mut files = scan(dir.path(), &[]).unwrap().files;
        files[3].stamp.size_bytes += 1;
        let mut outcomes: Vec<Option<bool>> = vec![None; files.len()];
        hash_all(dir.path(), &files, 4, |at, outcome| {
            assert!(outcomes[at].is_none());
            outcomes[at] = Some(outcome.is_ok());
            true
        });
        for (at, outcome) in outcomes.into_iter().enumerate() {
            assert_eq!(outcome, Some(at != 3), "{at}");
        }
        let mut count = 0;
        hash_all(dir.path(), &files, 4, |_, _| {
            count += 1;
            count < 5
        });
        assert_eq!(count, 5, "it ends when it is told to");
        let abc = dir.path().join("abc");
        std::fs::write(&abc, "abc").unwrap();
        assert_eq!(sha1_of(&abc).unwrap().to_hex(), "a9993e364706816aba3e25717850c26c9cd0d89d");
    }
}
