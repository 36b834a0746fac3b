//! What becomes of a file whose name somebody else's file gets. Cameras and phones number their files alike, and may delete
//! theirs as soon as they are sent: a photo that nobody has taken in yet must not go because another one has its name.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;

use rustix::fs::{FileType, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::refused::Refused;
use super::root::{Place, kind};
use super::wire::Code;
use crate::places::{NAME_ATTEMPTS, numbered};

/// Bytes compared at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// Gives a photo or video that lies in a place another name (`a+1.jpg`), unless `new`, which will lie there, begins with all
/// of it. Whether anything lay there.
pub(crate) fn make_way(place: &Place, new: &File) -> Result<bool, Refused> {
    match place.look()? {
        None => return Ok(false),
        Some(stat) if kind(&stat) != FileType::RegularFile => return Ok(true),
        Some(_) => {}
    }
    let name = String::from_utf8_lossy(&place.name);
    let is_media = tintype_media::formats::by_name(&name).is_some();
    if !is_media || begins_with(new, &place.open_file()?)? {
        return Ok(true);
    }
    match move_beside(&place.folder, &place.name, &place.name, 1) {
        Err(refused) if refused.code != Code::NoSuchFile => Err(refused),
        // Somebody took it away in this moment.
        _ => Ok(true),
    }
}

/// Gives a file a name that nothing has: this one with a number, from the first number on.
pub(crate) fn move_beside(folder: &OwnedFd, lies: &[u8], name: &[u8], first: u32) -> Result<(), Refused> {
    for number in first..NAME_ATTEMPTS {
        let other = numbered(OsStr::from_bytes(name), number);
        match renameat_with(folder, lies, folder, other.as_bytes(), RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(()),
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Refused::failure("too many files have this name"))
}

fn begins_with(whole: &File, beginning: &File) -> io::Result<bool> {
    let length = beginning.metadata()?.len();
    if length > whole.metadata()?.len() {
        return Ok(false);
    }
    let (mut one, mut other) = (vec![0; PIECE_BYTES], vec![0; PIECE_BYTES]);
    let mut at = 0;
    while at < length {
        let count = usize::try_from(length - at).unwrap_or(usize::MAX).min(PIECE_BYTES);
        beginning.read_exact_at(&mut one[..count], at)?;
        whole.read_exact_at(&mut other[..count], at)?;
        if one[..count] != other[..count] {
            return Ok(false);
        }
        at += count as u64;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::super::path::ZonePath;
    use super::super::root::Root;
    use super::*;

    #[test]
    fn only_what_would_be_lost_makes_way() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let root = Root::open(dir.path()).unwrap();
        let make_way = |name: &str, new: &[u8]| {
            std::fs::write(at("new"), new).unwrap();
            let place = root.place(&ZonePath::resolve(name.as_bytes()).unwrap()).unwrap().unwrap();
            make_way(&place, &File::open(at("new")).unwrap()).unwrap()
        };
        assert!(!make_way("a.jpg", b"x"));
        std::fs::write(at("a.jpg"), b"one photo").unwrap();
        // The same, and the rest of what was cut off.
        assert!(make_way("a.jpg", b"one photo") && make_way("a.jpg", b"one photo and more") && at("a.jpg").exists());
        for (other, kept) in [(&b"another"[..], "a+1.jpg"), (b"one pho", "a+2.jpg")] {
            assert!(make_way("a.jpg", other));
            assert_eq!(std::fs::read(at(kept)).unwrap(), b"one photo");
            std::fs::write(at("a.jpg"), b"one photo").unwrap();
        }
        std::fs::write(at("a.xmp"), b"rating 1").unwrap();
        assert!(make_way("a.xmp", b"rating 2") && at("a.xmp").exists() && !at("a+1.xmp").exists());
    }
}
