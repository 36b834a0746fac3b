//! Names of files that are on their way, and what becomes of those that nobody goes on with.
//!
//! An upload lies beside where it will be, under a name that follows from its own: so it is found again by whoever
//! resumes it, after any number of connections and restarts. The scan of a zone ignores hidden names.

use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::time::{Duration, SystemTime};

use rustix::fs::{Dir, FileType, Mode, OFlags, RenameFlags, mkdirat, openat, renameat_with};
use rustix::io::Errno;
use sha1::{Digest as _, Sha1};

use super::claims::Claims;
use super::making_way::{finish, is_plan};
use super::root::{Root, kind, look};
use crate::names::UNDONE;

const PREFIX: &[u8] = b".tintype-part-";
/// For names that leave no room for the prefix: what follows is their SHA-1.
const PREFIX_OF_LONG: &[u8] = b".tintype-long-";
const MAX_NAME_BYTES: usize = 255;
/// An upload that nobody went on with for so long is given up.
pub const PARTIAL_AGE: Duration = Duration::from_secs(7 * 24 * 3_600);
const MAX_DEPTH: usize = 80;
/// Names tried for an upload that is given up.
const NAME_ATTEMPTS: u32 = 10_000;

/// The name of an upload until it is complete.
pub(crate) fn partial_name(name: &[u8]) -> Vec<u8> {
    if PREFIX.len() + name.len() <= MAX_NAME_BYTES {
        return [PREFIX, name].concat();
    }
    let digest = Sha1::digest(name);
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    [PREFIX_OF_LONG, hex.as_bytes()].concat()
}

/// The name that an upload will have, if it can be read off its present one.
pub(crate) fn final_name(partial: &[u8]) -> Option<&[u8]> {
    partial.strip_prefix(PREFIX).filter(|name| !name.is_empty())
}

fn is_partial(name: &[u8]) -> bool {
    name.starts_with(PREFIX) || name.starts_with(PREFIX_OF_LONG)
}

/// Moves uploads in an account's folder that were touched last before [`PARTIAL_AGE`] to `undone/`: what somebody began to
/// add to may be all that there is of it. Returns how many.
pub(crate) fn expire(root: &Root, claims: &Claims, now: SystemTime) -> io::Result<usize> {
    let limit = now - PARTIAL_AGE;
    let limit_s = limit.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let limit_s = i64::try_from(limit_s).unwrap_or(0);
    expire_in(root.descriptor(), root.descriptor(), claims, limit_s, 0)
}

/// Gives an upload a place in `undone/`, beside a note that says why; never the place of something else.
fn put_aside(root: &OwnedFd, folder: &OwnedFd, name: &[u8]) -> io::Result<()> {
    match mkdirat(root, UNDONE, Mode::RWXU | Mode::RGRP | Mode::XGRP | Mode::ROTH | Mode::XOTH) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(error) => return Err(error.into()),
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let undone = openat(root, UNDONE, flags, Mode::empty())?;
    let shown = final_name(name).unwrap_or(name);
    // Room for a number and the note's ending.
    let shown = &shown[..shown.len().min(MAX_NAME_BYTES - 32)];
    for attempt in 0..NAME_ATTEMPTS {
        let place = [shown, format!(".incomplete{attempt}").as_bytes()].concat();
        match renameat_with(folder, name, &undone, place.as_slice(), RenameFlags::NOREPLACE) {
            Ok(()) => return note(&undone, &place),
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many uploads of this name were given up"))
}

fn note(undone: &OwnedFd, place: &[u8]) -> io::Result<()> {
    let name = [place, b".error.toml"].concat();
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let note = openat(undone, name, flags, Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::ROTH)?;
    let text = "error = \"its upload broke off, and nobody went on with it for seven days\"\n";
    std::fs::File::from(note).write_all(text.as_bytes())
}

fn expire_in(root: &OwnedFd, folder: &OwnedFd, claims: &Claims, limit_s: i64, depth: usize) -> io::Result<usize> {
    let mut removed = 0;
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if matches!(name, b"." | b"..") {
            continue;
        }
        let Some(stat) = look(folder, name)? else { continue };
        if is_plan(name) {
            finish(folder, name)?;
            continue;
        }
        // When the inode changed: modification times are the clients' to set.
        let is_old = stat.st_ctime < limit_s && !claims.is_claimed((stat.st_dev, stat.st_ino));
        if kind(&stat) == FileType::RegularFile && is_partial(name) && is_old {
            put_aside(root, folder, name)?;
            removed += 1;
        } else if kind(&stat) == FileType::Directory && depth < MAX_DEPTH {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            // A folder that is gone or closed to us holds nothing that could be removed.
            if let Ok(inner) = openat(folder, name, flags, Mode::empty()) {
                removed += expire_in(root, &inner, claims, limit_s, depth + 1)?;
            }
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_again() {
        for length in [1, 241, 242, 255] {
            let name = vec![b'x'; length];
            let partial = partial_name(&name);
            assert!(partial.len() <= MAX_NAME_BYTES && is_partial(&partial), "{length}");
            assert_eq!(final_name(&partial), (length <= 241).then_some(name.as_slice()), "{length}");
        }
    }

    #[test]
    fn old_uploads_are_given_up_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("a")).unwrap();
        for name in ["a/.tintype-part-x.jpg", ".tintype-long-00", "a/y.jpg", ".tintype-part-claimed"] {
            std::fs::write(dir.path().join(name), "1").unwrap();
        }
        let (root, claims) = (Root::open(dir.path()).unwrap(), Claims::default());
        let claimed = look(root.descriptor(), b".tintype-part-claimed").unwrap().unwrap();
        let _claim = claims.claim((claimed.st_dev, claimed.st_ino));
        assert_eq!(expire(&root, &claims, SystemTime::now()).unwrap(), 0);
        assert_eq!(expire(&root, &claims, SystemTime::now() + PARTIAL_AGE + Duration::from_secs(2)).unwrap(), 2);
        assert!(dir.path().join("a/y.jpg").is_file() && dir.path().join(".tintype-part-claimed").is_file());
        let undone = dir.path().join("undone");
        assert!(undone.join("x.jpg.incomplete0").is_file() && undone.join("x.jpg.incomplete0.error.toml").is_file());
    }
}
