//! What becomes of a file whose name somebody else's file gets. Cameras and phones number their files alike, and may delete
//! theirs as soon as they are sent: a photo that nobody has taken in yet must not go because another one has its name.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};

use rustix::fs::{AtFlags, FileType, RenameFlags, Stat, renameat, renameat_with, unlinkat};
use rustix::io::Errno;

use super::making_way::make_way;
use super::path::is_reserved;
use super::refused::Refused;
use super::root::{Place, kind};
use crate::names::is_photo_or_sidecar;
use crate::places::{NAME_ATTEMPTS, numbered, rename_free};

/// Bytes compared at a time.
const PIECE_BYTES: usize = 256 * 1024;
/// Uploads of one name that end in the same moment; each round, one of them got it.
const MAX_ROUNDS: usize = 256;

/// Gives a file the name of a place. A photo, a video or a sidecar that lies there gets another name (`a+1.jpg`) with what
/// belongs to it, unless `new`, which is the file, begins with all of it. Whether anything lay there.
///
/// Between a look and a rename another upload may end, so nothing is renamed over what was not looked at.
pub(super) fn take_place(from: &Place, new: Option<&File>, to: &Place) -> Result<bool, Refused> {
    let mut lay_there = false;
    for _ in 0..MAX_ROUNDS {
        match rename_free((&from.folder, &from.name), (&to.folder, &to.name)) {
            Ok(()) => return Ok(lay_there),
            Err(Errno::EXIST) => lay_there = true,
            Err(error) => return Err(error.into()),
        }
        let Some(new) = new.filter(|_| is_photo_or_sidecar(&to.name) && !is_reserved(&to.name)) else {
            return replace(from, to);
        };
        match to.look()? {
            None => continue,
            // Of a name that it has already, the system knows that nothing is to be done.
            Some(stat) if kind(&stat) != FileType::RegularFile || is_same(&stat, new)? => return replace(from, to),
            Some(_) => {}
        }
        match to.open_file() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            old => {
                let old = old?;
                if begins_with(new, &old)? {
                    if exchange(from, to, &old)? {
                        return Ok(true);
                    }
                } else {
                    make_way(to)?;
                }
            }
        }
    }
    Err(Refused::failure("too many uploads of this name end at the same time"))
}

/// What is no photo is replaced; of what is no file, the system says what it can replace.
fn replace(from: &Place, to: &Place) -> Result<bool, Refused> {
    renameat(&from.folder, from.name.as_slice(), &to.folder, to.name.as_slice())?;
    Ok(true)
}

/// Replaces what is known to be a part of the file. Another one that got the name meanwhile is in our hands then, not lost.
/// When the process ends in between, the old one lies there as an upload that nobody goes on with.
fn exchange(from: &Place, to: &Place, old: &File) -> Result<bool, Refused> {
    let (source, target) = (from.name.as_slice(), to.name.as_slice());
    match renameat_with(&from.folder, source, &to.folder, target, RenameFlags::EXCHANGE) {
        Ok(()) => {}
        Err(Errno::NOENT) => return Ok(false),
        // File systems of cards and shares cannot; there a moment is left.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => return replace(from, to),
        Err(error) => return Err(error.into()),
    }
    let is_old = from.look()?.map(|lies| is_same(&lies, old)).transpose()?;
    if is_old == Some(true) {
        unlinkat(&from.folder, source, AtFlags::empty())?;
    } else {
        move_beside((&from.folder, source), (&to.folder, target), 1)?;
    }
    Ok(true)
}

/// Gives a file a name that nothing has: this one with a number, from the first number on.
pub(super) fn move_beside(from: (&OwnedFd, &[u8]), to: (&OwnedFd, &[u8]), first: u32) -> Result<(), Errno> {
    for number in first..NAME_ATTEMPTS {
        let other = numbered(OsStr::from_bytes(to.1), number);
        match rename_free(from, (to.0, other.as_bytes())) {
            Err(Errno::EXIST) => {}
            moved => return moved,
        }
    }
    Err(Errno::EXIST)
}

fn is_same(stat: &Stat, file: &File) -> io::Result<bool> {
    let about = file.metadata()?;
    Ok((stat.st_dev, stat.st_ino) == (about.dev(), about.ino()))
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
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::super::path::ZonePath;
    use super::super::root::Root;
    use super::*;

    struct Scene {
        dir: tempfile::TempDir,
        next: AtomicU32,
    }

    impl Scene {
        fn new() -> Scene {
            Scene { dir: tempfile::tempdir().unwrap(), next: AtomicU32::new(0) }
        }

        /// Something new gets a name.
        fn take(&self, name: &str, new: &[u8]) -> bool {
            let source = format!("new{}", self.next.fetch_add(1, Ordering::Relaxed));
            std::fs::write(self.dir.path().join(&source), new).unwrap();
            self.rename(&source, name)
        }

        fn rename(&self, source: &str, name: &str) -> bool {
            let root = Root::open(self.dir.path()).unwrap();
            let place = |name: &str| root.place(&ZonePath::resolve(name.as_bytes()).unwrap()).unwrap().unwrap();
            let file = place(source).open_file().unwrap();
            take_place(&place(source), Some(&file), &place(name)).unwrap()
        }

        /// What lies there, as `name: content`.
        fn lies(&self) -> Vec<String> {
            let mut all: Vec<_> = std::fs::read_dir(self.dir.path())
                .unwrap()
                .map(|entry| {
                    let path = entry.unwrap().path();
                    let content = std::fs::read_to_string(&path).unwrap();
                    format!("{}: {content}", path.file_name().unwrap().display())
                })
                .collect();
            all.sort();
            all
        }
    }

    #[test]
    fn only_what_would_be_lost_makes_way() {
        let scene = Scene::new();
        assert!(!scene.take("a.jpg", b"one photo"));
        // The same, and the rest of what was cut off.
        assert!(scene.take("a.jpg", b"one photo") && scene.take("a.jpg", b"one photo and more"));
        assert_eq!(scene.lies(), ["a.jpg: one photo and more"]);
        assert!(scene.take("a.jpg", b"another") && scene.take("a.jpg", b"anoth"));
        assert_eq!(scene.lies(), ["a+1.jpg: one photo and more", "a+2.jpg: another", "a.jpg: anoth"]);
        scene.rename("a.jpg", "a.jpg");
        assert_eq!(scene.lies()[2..], ["a.jpg: anoth"], "it has that name already");
        assert!(!scene.take("c.jpg", b"one") && !scene.take("c.xmp", b"of one") && scene.take("c.jpg", b"two"));
        assert!(!scene.take("c.xmp", b"of two") && scene.take("c.xmp", b"of three"));
        assert_eq!(
            scene.lies()[3..],
            ["c+1.jpg: one", "c+1.xmp: of one", "c+2.jpg: two", "c+2.xmp: of two", "c.xmp: of three"],
            "each photo keeps its sidecar"
        );
        assert!(!scene.take("b.txt", b"one") && scene.take("b.txt", b"two"), "what is no photo is replaced");
        assert_eq!(scene.lies()[3], "b.txt: two");
    }

    #[test]
    fn of_uploads_that_end_together_none_is_lost() {
        const UPLOADS: usize = 8;
        for round in 0..20 {
            let scene = Scene::new();
            std::thread::scope(|scope| {
                for number in 0..UPLOADS {
                    let scene = &scene;
                    scope.spawn(move || scene.take("a.jpg", format!("photo {number} of {round}").as_bytes()));
                }
            });
            let lies = scene.lies();
            for number in 0..UPLOADS {
                let photo = format!(": photo {number} of {round}");
                assert_eq!(lies.iter().filter(|file| file.ends_with(&photo)).count(), 1, "{lies:?}");
            }
        }
    }
}
