//! Uploads that nobody goes on with. They go to `undone/` of the zone, in the same folders and beside a note: what somebody
//! began to send may be all that there is of it.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rustix::fs::{Dir, FileType, Mode, OFlags, openat};

use super::claims::Claims;
use super::making_way::{finish, is_plan};
use super::partial::{final_name, is_partial};
use super::root::{Root, kind, look};
use crate::names::UNDONE;
use crate::places::move_within;
use crate::undone::note_upload;

/// An upload that nobody went on with for so long is given up.
pub const PARTIAL_AGE: Duration = Duration::from_secs(7 * 24 * 3_600);
/// The same in a folder that no pipeline looks after. Where one does, it has noted them by then.
pub(super) const UNTENDED_AGE: Duration = Duration::from_secs(9 * 24 * 3_600);
const MAX_DEPTH: usize = 80;
/// In the name of an upload that was given up, before its extension.
const MARK: &str = ".incomplete";
/// A name with the mark, a number and the ending of a note.
const MAX_SHOWN_BYTES: usize = 220;

/// Gives up what was touched last before `age`. Where it lies now, below the folder. What cannot be moved stays, and is told
/// to the log.
pub(crate) fn give_up(folder: &Path, claims: &Claims, now: SystemTime, age: Duration) -> io::Result<Vec<Vec<u8>>> {
    let limit = (now - age).duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let mut search = Search { zone: folder, claims, limit_s: i64::try_from(limit).unwrap_or(0), moved: Vec::new() };
    search.visit(Root::open(folder)?.descriptor(), &mut Vec::new(), 0)?;
    Ok(search.moved)
}

struct Search<'s> {
    zone: &'s Path,
    claims: &'s Claims,
    limit_s: i64,
    moved: Vec<Vec<u8>>,
}

impl Search<'_> {
    fn visit(&mut self, folder: &OwnedFd, path: &mut Vec<u8>, depth: usize) -> io::Result<()> {
        for entry in Dir::read_from(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") {
                continue;
            }
            let Some(stat) = look(folder, name)? else { continue };
            // When the inode changed: modification times are the clients' to set.
            let is_old = stat.st_ctime < self.limit_s && !self.claims.is_claimed((stat.st_dev, stat.st_ino));
            if is_plan(name) {
                finish(folder, name)?;
            } else if kind(&stat) == FileType::RegularFile && is_partial(name) && is_old {
                match put_aside(self.zone, path, name) {
                    Ok(moved) => self.moved.push(moved),
                    Err(error) => {
                        tracing::warn!(zone = %self.zone.display(), %error, "an upload could not be given up");
                    }
                }
            } else if kind(&stat) == FileType::Directory && depth < MAX_DEPTH {
                let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                // A folder that is gone or closed to us holds nothing that could be given up.
                let Ok(inner) = openat(folder, name, flags, Mode::empty()) else { continue };
                let length = path.len();
                path.extend_from_slice(name);
                path.push(b'/');
                self.visit(&inner, path, depth + 1)?;
                path.truncate(length);
            }
        }
        Ok(())
    }
}

/// Moves an upload, beside others of its name. `folders` ends with a `/`, if there are any.
fn put_aside(zone: &Path, folders: &[u8], partial: &[u8]) -> io::Result<Vec<u8>> {
    // Of a long name only the digest is left; a name that begins with a dot would be overlooked.
    let name = final_name(partial).unwrap_or_else(|| partial.strip_prefix(b".").unwrap_or(partial));
    let to = [UNDONE.as_bytes(), b"/", folders, &marked(name)].concat();
    let moved = move_within(zone, &[folders, partial].concat(), &to)?;
    note_upload(zone, &moved, &[folders, name].concat());
    Ok(moved)
}

/// `x.incomplete.jpg`: it says what it is, and is what it was.
fn marked(name: &[u8]) -> Vec<u8> {
    let path = Path::new(OsStr::from_bytes(name));
    let stem = path.file_stem().unwrap_or_default().as_bytes();
    let ending = path.extension().map_or_else(Vec::new, |ending| [b".", ending.as_bytes()].concat());
    let room = MAX_SHOWN_BYTES.saturating_sub(ending.len());
    [&stem[..stem.len().min(room)], MARK.as_bytes(), &ending].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_uploads_are_given_up_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        std::fs::create_dir_all(at("a/b")).unwrap();
        for name in ["a/b/.tintype-part-x.jpg", ".tintype-long-00", "a/y.jpg", ".tintype-part-claimed"] {
            std::fs::write(at(name), "1").unwrap();
        }
        let (root, claims) = (Root::open(dir.path()).unwrap(), Claims::default());
        let claimed = look(root.descriptor(), b".tintype-part-claimed").unwrap().unwrap();
        let _claim = claims.claim((claimed.st_dev, claimed.st_ino));
        let give_up = |now| give_up(dir.path(), &claims, now, PARTIAL_AGE).unwrap();
        assert!(give_up(SystemTime::now()).is_empty());
        let later = SystemTime::now() + PARTIAL_AGE + Duration::from_secs(2);
        let mut moved = give_up(later);
        moved.sort();
        let long = b"undone/tintype-long-00.incomplete".to_vec();
        assert_eq!(moved, [b"undone/a/b/x.incomplete.jpg".to_vec(), long]);
        assert!(at("a/y.jpg").is_file() && at(".tintype-part-claimed").is_file());
        let note = std::fs::read_to_string(at("undone/a/b/x.incomplete.jpg.error.toml")).unwrap();
        assert!(note.contains("file = \"a/b/x.jpg\"") && note.contains("tintype ingest retry --matching a/b/x.jpg"));
        // A second one of the name takes no one's place.
        std::fs::write(at("a/b/.tintype-part-x.jpg"), "2").unwrap();
        assert_eq!(give_up(later), [b"undone/a/b/x.incomplete+1.jpg"]);
    }
}
