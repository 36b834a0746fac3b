//! Deleting a file that was proven to be elsewhere. It goes out of the way of whoever looks for it, is looked at, and only
//! then removed: what came into it or in its place in the last moment stays.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use tintype_library::model::FileStamp;
use tintype_protocol::checksum::Sha1;

use super::outgoing::open;
use crate::hash::content;
use crate::places::{Place, move_within};
use crate::writers::is_written;

/// Beside a file that is being deleted: it lies in there, under its name.
const FOLDER: &str = ".tintype-push";
/// Folders inside folders, as deep as files are looked for.
const DEPTH_LIMIT: usize = 64;

/// What became of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Removal {
    Deleted,
    /// It is not what was proven to be elsewhere any more, or somebody writes to it.
    Stays,
    /// It is not elsewhere without it: what was found there is this file.
    IsThatOne,
}

/// Deletes a file if it is still the one that was seen, has the content that was proven, nobody writes to it, and it `is_there`
/// also while it is not here.
pub(super) fn delete(
    file: &Path,
    seen: FileStamp,
    proven: Sha1,
    is_there: &mut dyn FnMut() -> io::Result<bool>,
) -> io::Result<Removal> {
    let (Some(parent), Some(name)) = (file.parent(), file.file_name()) else { return Ok(Removal::Stays) };
    let folder = parent.join(FOLDER);
    make(&folder)?;
    let (aside, within) = (folder.join(name), within(name));
    let moved = Place::of(parent, name.as_bytes()).and_then(|place| place.move_to(&Place::of(parent, &within)?));
    let removed = moved.and_then(|()| {
        let removed = is_the_one(&aside, seen, proven).and_then(|is_the_one| match is_the_one {
            false => Ok(Removal::Stays),
            true if !is_there()? => Ok(Removal::IsThatOne),
            true => fs::remove_file(&aside).map(|()| Removal::Deleted),
        });
        if !matches!(removed, Ok(Removal::Deleted)) {
            move_within(parent, &within, name.as_bytes())?;
        }
        removed
    });
    // Something may lie in there that an earlier run left: it is put back when the next one begins.
    let _ = fs::remove_dir(&folder);
    removed
}

/// Where a file lies aside, below its folder.
fn within(name: &OsStr) -> Vec<u8> {
    [FOLDER.as_bytes(), b"/", name.as_bytes()].concat()
}

fn make(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && fs::symlink_metadata(folder)?.is_dir() => Ok(()),
        made => made,
    }
}

/// Nobody finds it by its name any more: without a writer now there will be none, and what is read is what is removed.
fn is_the_one(aside: &Path, seen: FileStamp, proven: Sha1) -> io::Result<bool> {
    let Some(file) = open(aside, seen)? else { return Ok(false) };
    if is_written(&file) {
        return Ok(false);
    }
    let found = content(&file)?;
    Ok((found.sha1, found.size_bytes) == (proven, seen.size_bytes) && seen.is_of(aside) && !is_written(&file))
}

/// Puts back what lies aside since a run was killed. Nothing is overwritten. What could not be put back.
pub(super) fn put_back(folder: &Path) -> Vec<(std::path::PathBuf, io::Error)> {
    let mut errors = Vec::new();
    visit(folder, 0, &mut errors);
    errors
}

fn visit(folder: &Path, depth: usize, errors: &mut Vec<(std::path::PathBuf, io::Error)>) {
    // A folder that cannot be read is told of when its files are looked for.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && entry.file_name() == OsStr::new(FOLDER) {
            if let Err(error) = empty(&entry.path(), folder) {
                errors.push((entry.path(), error));
            }
        } else if is_folder && depth < DEPTH_LIMIT {
            visit(&entry.path(), depth + 1, errors);
        }
    }
}

fn empty(aside: &Path, folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(aside)? {
        let entry = entry?;
        let name = entry.file_name();
        move_within(folder, &within(&name), name.as_bytes())?;
    }
    fs::remove_dir(aside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::Write as _;

    /// Something that happens to a file; who has it open afterwards.
    type Change = fn(&Path) -> Option<File>;

    /// A file, how it looks, and what it holds.
    fn scene() -> (tempfile::TempDir, std::path::PathBuf, FileStamp, Sha1) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.jpg");
        fs::write(&path, "12345").unwrap();
        let seen = FileStamp::of(&fs::metadata(&path).unwrap());
        let sha1 = content(&b"12345"[..]).unwrap().sha1;
        (dir, path, seen, sha1)
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_proven_goes_and_leaves_nothing() {
        let (dir, path, seen, sha1) = scene();
        assert_eq!(delete(&path, seen, sha1, &mut || Ok(true)).unwrap(), Removal::Deleted);
        assert!(names(dir.path()).is_empty());
        assert!(delete(&path, seen, sha1, &mut || Ok(true)).is_err(), "it is gone");
        assert!(names(dir.path()).is_empty());
    }

    #[test]
    fn whatever_else_it_is_stays_where_it_was() {
        let changes: [(&str, Change); 4] = [
            ("written to", |path| Some(File::options().append(true).open(path).unwrap())),
            ("longer", |path| {
                File::options().append(true).open(path).unwrap().write_all(b"6").unwrap();
                None
            }),
            ("another that looks the same", |path| {
                let modified = fs::metadata(path).unwrap().modified().unwrap();
                fs::write(path, "54321").unwrap();
                File::options().write(true).open(path).unwrap().set_modified(modified).unwrap();
                None
            }),
            ("replaced", |path| {
                fs::rename(path, path.with_extension("old")).unwrap();
                fs::write(path, "12345").unwrap();
                fs::remove_file(path.with_extension("old")).unwrap();
                None
            }),
        ];
        for (what, change) in changes {
            let (dir, path, seen, sha1) = scene();
            let held = change(&path);
            let bytes = fs::read(&path).unwrap();
            assert_eq!(delete(&path, seen, sha1, &mut || Ok(true)).unwrap(), Removal::Stays, "{what}");
            assert_eq!((fs::read(&path).unwrap(), names(dir.path())), (bytes, vec!["a.jpg".to_owned()]), "{what}");
            drop(held);
        }
        let (dir, path, seen, sha1) = scene();
        std::os::unix::fs::symlink(dir.path(), dir.path().join(FOLDER)).unwrap();
        assert!(delete(&path, seen, sha1, &mut || Ok(true)).is_err() && path.is_file(), "a link leads elsewhere");
    }

    #[test]
    fn what_is_elsewhere_only_by_this_file_stays() {
        let (dir, path, seen, sha1) = scene();
        let there = path.clone();
        let kept = delete(&path, seen, sha1, &mut || Ok(there.exists())).unwrap();
        assert_eq!((kept, names(dir.path())), (Removal::IsThatOne, vec!["a.jpg".to_owned()]));
        let nobody_knows = delete(&path, seen, sha1, &mut || Err(io::Error::other("away")));
        assert!(nobody_knows.is_err() && names(dir.path()) == ["a.jpg"]);
    }

    #[test]
    fn what_a_killed_run_left_is_put_back_over_nothing() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["x/.tintype-push/a.jpg", "x/.tintype-push/b.jpg", ".tintype-push/c.jpg"] {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "old").unwrap();
        }
        fs::write(dir.path().join("x/a.jpg"), "new").unwrap();
        assert!(put_back(dir.path()).is_empty());
        assert_eq!(
            (names(dir.path()), names(&dir.path().join("x"))),
            (vec!["c.jpg".to_owned(), "x".to_owned()], ["a+1.jpg", "a.jpg", "b.jpg"].map(str::to_owned).to_vec())
        );
        assert_eq!(fs::read(dir.path().join("x/a.jpg")).unwrap(), b"new");
    }
}
