//! What is done to files in a folder: the mark, putting a file there, moving one away and back. Nothing is ever replaced.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use tintype_library::model::FileStamp;

use crate::file_path::{FilePath, stem_end};
use crate::hashing::{hash, sha1_of};

/// The file in a folder by which it is told from an empty place where nothing is mounted.
pub const MARKER: &str = ".tintype-folder";
/// Where files go that somebody deleted in the library: below this, in a folder for each run.
pub const TRASH: &str = ".tintype-trash";
/// What a run moved there, a line of JSON for each file, written before it is moved.
pub const MANIFEST: &str = "manifest.jsonl";
/// What comes down is received under names that begin with this.
pub const UNFINISHED: &str = ".tintype-incoming-";

/// Names tried before giving up on a place for a file.
pub const NAME_ATTEMPTS: u32 = 10_000;

/// A line of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Where it was, below the folder.
    pub from: FilePath,
    /// Where it is, below the folder.
    pub to: FilePath,
    /// Its content, in hexadecimal digits; sidecars have none.
    pub sha1: Option<String>,
    /// When.
    pub at: String,
    /// Why.
    pub reason: String,
}

/// Marks a folder. Where it was marked before, as on another disk of the same photos, the mark stays. What the mark says.
pub fn mark(root: &Path, says: &str) -> io::Result<String> {
    if let Some(there) = read_mark(root)? {
        return Ok(there);
    }
    let mut file = File::create_new(root.join(MARKER))?;
    writeln!(file, "{says}")?;
    file.sync_all()?;
    sync_folder(root)?;
    Ok(says.to_owned())
}

/// What the mark in a folder says, if there is one.
pub fn read_mark(root: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(root.join(MARKER)) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// As [`move_to_free`], to a place in a folder. `NotADirectory` where a link lies on the way there: links lead elsewhere, and a look
/// through the folder does not follow them.
pub fn move_into(root: &Path, from: &Path, to: &FilePath) -> io::Result<()> {
    let full = to.below(root);
    for parent in full.ancestors().skip(1).take_while(|parent| *parent != root) {
        if fs::symlink_metadata(parent).is_ok_and(|about| about.is_symlink()) {
            let text = format!("{} is a link: nothing is put behind it", parent.display());
            return Err(io::Error::new(io::ErrorKind::NotADirectory, text));
        }
    }
    move_to_free(from, &full)
}

/// Moves a file to a place where nothing is, making folders on the way. `AlreadyExists` where something is.
pub fn move_to_free(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => {}
        // File systems of cards and shares do not know the flag.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => move_without_flag(from, to)?,
        Err(Errno::XDEV) => move_across(from, to)?,
        Err(error) => return Err(error.into()),
    }
    for parent in [from.parent(), to.parent()].into_iter().flatten() {
        sync_folder(parent)?;
    }
    Ok(())
}

/// A second name never takes the place of a file; where files have one name only, a look before has to do.
fn move_without_flag(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(_) if fs::symlink_metadata(to).is_ok() => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(from, to),
    }
}

/// Moves a file to another file system: a copy that was read again and is the same takes the place, and only then the file goes.
fn move_across(from: &Path, to: &Path) -> io::Result<()> {
    let about = fs::metadata(from)?;
    let beside = to.with_file_name(format!("{UNFINISHED}{}", about.ino()));
    let copied = || {
        let mut copy = File::create(&beside)?;
        let sha1 = hash(File::open(from)?, |bytes| copy.write_all(bytes))?;
        copy.set_permissions(about.permissions())?;
        copy.set_modified(about.modified()?)?;
        copy.sync_all()?;
        let stamp = FileStamp::of(&about);
        if sha1_of(&beside)? != sha1 || !stamp.is_of(from) {
            return Err(io::Error::other("it changed while it was copied to another disk"));
        }
        move_to_free(&beside, to)
    };
    copied().inspect_err(|_| drop(fs::remove_file(&beside)))?;
    fs::remove_file(from)
}

/// Moves a file to a place in a folder, or to one with a number where that is taken. Where it is then, below the folder.
/// `AlreadyExists` where too many are.
pub fn move_near(root: &Path, from: &Path, to: &FilePath) -> io::Result<FilePath> {
    for attempt in 0..NAME_ATTEMPTS {
        let place = to.numbered(attempt);
        match move_into(root, from, &place) {
            Ok(()) => return Ok(place),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "there are too many files of this name there"))
}

/// Moves a file out of the way, into the trash folder of a run, with a line in its manifest first. Where it is then, below
/// the folder.
pub fn move_to_trash(root: &Path, run: i64, path: &FilePath, line: &dyn Fn(FilePath) -> Moved) -> io::Result<FilePath> {
    for attempt in 0..NAME_ATTEMPTS {
        let to = trash_place(run, path, attempt);
        if fs::symlink_metadata(to.below(root)).is_ok() {
            continue;
        }
        note(root, run, &line(to.clone()))?;
        match move_into(root, &path.below(root), &to) {
            Ok(()) => return Ok(to),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn trash_place(run: i64, path: &FilePath, attempt: u32) -> FilePath {
    let mut place = format!("{TRASH}/run-{run}/").into_bytes();
    place.extend_from_slice(&path.0);
    if attempt > 0 {
        place.extend_from_slice(format!("+{attempt}").as_bytes());
    }
    FilePath(place)
}

fn note(root: &Path, run: i64, line: &Moved) -> io::Result<()> {
    let folder = root.join(TRASH).join(format!("run-{run}"));
    let made = fs::create_dir_all(&folder);
    made.map_err(|error| io::Error::new(error.kind(), format!("{} cannot be made: {error}", folder.display())))?;
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    let mut file = File::options().create(true).append(true).open(folder.join(MANIFEST))?;
    file.write_all(&text)?;
    file.sync_all()
}

/// What a run moved, as its manifest says. A last line that is not whole was not followed by a move.
pub fn read_manifest(root: &Path, run: i64) -> io::Result<Vec<Moved>> {
    match fs::read_to_string(root.join(TRASH).join(format!("run-{run}")).join(MANIFEST)) {
        Ok(text) => Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// What XMP files of a file may be called, whether they are there or not.
pub fn sidecar_names(path: &FilePath) -> [FilePath; 2] {
    let stem = &path.0[..stem_end(&path.0)];
    [FilePath([path.0.as_slice(), b".xmp"].concat()), FilePath([stem, b".xmp"].concat())]
}

/// XMP files that belong to a file: `beach.jpg.xmp`, and `beach.xmp` unless another photo has that stem.
pub fn sidecars_of(root: &Path, path: &FilePath) -> Vec<FilePath> {
    let [beside, stem] = sidecar_names(path);
    let mut found = Vec::new();
    if beside.below(root).is_file() {
        found.push(beside);
    }
    if stem.below(root).is_file() && !has_sibling(&path.below(root)) {
        found.push(stem);
    }
    found
}

/// Whether another file that a library takes has the same folder and stem.
fn has_sibling(path: &Path) -> bool {
    let Some(parent) = path.parent() else { return false };
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|other| {
        let name = other.file_name().and_then(OsStr::to_str).unwrap_or_default();
        other != path && other.file_stem() == path.file_stem() && tintype_media::formats::by_name(name).is_some()
    })
}

/// Whatever was done in a folder is on the disk.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    match File::open(path).and_then(|folder| folder.sync_all()) {
        // Shares do not do that, and need not.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        other => other,
    }
}

/// Where a folder is, as its row has it.
pub fn root_of(path: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_replaced_where_the_system_cannot_promise_it() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("a"), "one").unwrap();
        fs::write(at("taken"), "two").unwrap();
        let refused = move_without_flag(&at("a"), &at("taken")).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        move_without_flag(&at("a"), &at("b")).unwrap();
        let read = |name: &str| fs::read_to_string(at(name)).ok();
        assert_eq!([read("a"), read("b"), read("taken")], [None, Some("one".to_owned()), Some("two".to_owned())]);
    }

    #[test]
    fn nothing_is_replaced_and_the_manifest_is_first() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir_all(root.join("a")).unwrap();
        let path = FilePath(b"a/b.jpg".to_vec());
        let line = |to: FilePath| Moved {
            from: path.clone(),
            to,
            sha1: None,
            at: String::new(),
            reason: "gone there".to_owned(),
        };
        for text in ["one", "two"] {
            fs::write(root.join("a/b.jpg"), text).unwrap();
            move_to_trash(root, 7, &path, &line).unwrap();
        }
        let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
        assert_eq!(read(".tintype-trash/run-7/a/b.jpg"), "one");
        assert_eq!(read(".tintype-trash/run-7/a/b.jpg+1"), "two");
        let lines = read(".tintype-trash/run-7/manifest.jsonl");
        let lines: Vec<Moved> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            lines.iter().map(|line| line.to.to_string()).collect::<Vec<_>>(),
            [".tintype-trash/run-7/a/b.jpg", ".tintype-trash/run-7/a/b.jpg+1"]
        );
        assert!(move_to_trash(root, 7, &path, &line).is_err(), "it is not there any more");
        fs::write(root.join("c"), "three").unwrap();
        std::os::unix::fs::symlink("/tmp", root.join("link")).unwrap();
        let behind = move_into(root, &root.join("c"), &FilePath(b"link/deep/c".to_vec())).unwrap_err();
        assert!(behind.kind() == io::ErrorKind::NotADirectory && root.join("c").exists(), "{behind}");
        let refused = move_to_free(&root.join("c"), &root.join(".tintype-trash/run-7/a/b.jpg"));
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn sidecars_go_with_the_one_they_belong_to() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for name in ["a.jpg", "a.jpg.xmp", "b.jpg", "b.xmp", "c.jpg", "c.cr2", "c.xmp"] {
            fs::write(root.join(name), "x").unwrap();
        }
        let of = |name: &str| -> Vec<String> {
            sidecars_of(root, &FilePath(name.into())).iter().map(ToString::to_string).collect()
        };
        assert_eq!(of("a.jpg"), ["a.jpg.xmp"]);
        assert_eq!(of("b.jpg"), ["b.xmp"]);
        assert!(of("c.jpg").is_empty(), "nobody knows whose it is");
    }

    #[test]
    fn a_mark_stays_what_it_was() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read_mark(dir.path()).unwrap(), None);
        assert_eq!(mark(dir.path(), "one").unwrap(), "one");
        assert_eq!(mark(dir.path(), "two").unwrap(), "one");
        assert_eq!(read_mark(dir.path()).unwrap().as_deref(), Some("one"));
    }
}
