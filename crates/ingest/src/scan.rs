//! What lies in a zone's folder. Links are not followed, and only plain files count.

use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use tintype_library::model::FileStamp;
use tintype_media::clutter::is_ignored;

use crate::names::is_own;

/// Folders inside folders.
const DEPTH_LIMIT: usize = 64;

/// A plain file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Below the zone's folder, as the file system has it.
    pub(crate) path: Vec<u8>,
    /// How it looks now.
    pub(crate) stamp: FileStamp,
    /// The disk that it lies on.
    pub(crate) device: u64,
}

/// What a scan saw.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) files: Vec<Found>,
    /// Links, pipes, devices and whatever else is no plain file: how many.
    pub(crate) strange: u64,
    /// Folders and files that could not be read. What lies there is not known to be gone.
    pub(crate) errors: Vec<(PathBuf, io::Error)>,
}

/// Looks through a zone. Fails only where the folder itself cannot be read, or is a library's: what lies there is taken in.
pub(crate) fn scan(folder: &Path) -> io::Result<Scan> {
    if is_a_librarys(folder) {
        return Err(of_a_library());
    }
    let mut scan = Scan::default();
    let entries = fs::read_dir(folder)?;
    visit(entries, &mut Vec::new(), 0, &mut scan);
    Ok(scan)
}

/// Looks through a folder that is no zone: `undone` and `done` are names like others there.
pub(crate) fn scan_all(folder: &Path) -> io::Result<Scan> {
    let mut scan = Scan::default();
    let entries = fs::read_dir(folder)?;
    visit(entries, &mut Vec::new(), 1, &mut scan);
    Ok(scan)
}

/// Whether a library keeps its own in a folder, this node's or another's, wherever it is mounted.
fn is_a_librarys(folder: &Path) -> bool {
    folder.join(tintype_library::store::sqlite::FILE_NAME).symlink_metadata().is_ok()
}

fn of_a_library() -> io::Error {
    io::Error::other("it is the data folder of a library, and left alone: files are to come from elsewhere")
}

fn visit(entries: fs::ReadDir, path: &mut Vec<u8>, depth: usize, scan: &mut Scan) {
    for entry in entries {
        let looked = entry.and_then(|entry| Ok((entry.metadata()?, entry)));
        match looked {
            Ok((about, entry)) => look(&entry, &about, path, depth, scan),
            // Gone between the listing and the look.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => scan.errors.push((PathBuf::from(std::ffi::OsStr::from_bytes(path)), error)),
        }
    }
}

fn look(entry: &DirEntry, about: &Metadata, path: &mut Vec<u8>, depth: usize, scan: &mut Scan) {
    let name = entry.file_name();
    if is_ignored(&name) || (depth == 0 && about.is_dir() && is_own(&name)) {
        return;
    }
    let length = path.len();
    if length > 0 {
        path.push(b'/');
    }
    path.extend_from_slice(name.as_bytes());
    if about.is_file() {
        scan.files.push(Found { path: path.clone(), stamp: FileStamp::of(about), device: about.dev() });
    } else if about.is_dir() && is_a_librarys(&entry.path()) {
        scan.errors.push((entry.path(), of_a_library()));
    } else if about.is_dir() && depth < DEPTH_LIMIT {
        match fs::read_dir(entry.path()) {
            Ok(entries) => visit(entries, path, depth + 1, scan),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => scan.errors.push((entry.path(), error)),
        }
    } else {
        scan.strange += 1;
    }
    path.truncate(length);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_files_are_found_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret.jpg"), "x").unwrap();
        let at = |path: &str| dir.path().join(path);
        for folder in ["2026/01", "undone", "done", ".tintype-work", "2026/undone"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        for file in ["a.jpg", "2026/01/b.jpg", "2026/undone/c.jpg", "undone/d.jpg", "done/e.jpg", ".hidden", "f.part"] {
            fs::write(at(file), "12345").unwrap();
        }
        std::os::unix::fs::symlink(outside.path(), at("link")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret.jpg"), at("link.jpg")).unwrap();
        let pipe = std::process::Command::new("mkfifo").arg(at("pipe.jpg")).status().unwrap();
        assert!(pipe.success());
        let scan = scan(dir.path()).unwrap();
        let mut found: Vec<_> =
            scan.files.iter().map(|file| String::from_utf8_lossy(&file.path).into_owned()).collect();
        found.sort();
        assert_eq!(found, ["2026/01/b.jpg", "2026/undone/c.jpg", "a.jpg"]);
        assert_eq!((scan.strange, scan.errors.len(), scan.files[0].stamp.size_bytes), (3, 0, 5));
        assert!(super::scan(&at("missing")).is_err());
    }

    #[test]
    fn a_library_is_left_alone_wherever_it_lies() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("home/data");
        fs::create_dir_all(data.join("library")).unwrap();
        for file in ["home/a.jpg", "home/data/library.sqlite", "home/data/library/b.jpg"] {
            fs::write(dir.path().join(file), "12345").unwrap();
        }
        let scan = scan(dir.path()).unwrap();
        let found: Vec<_> = scan.files.iter().map(|file| file.path.clone()).collect();
        assert_eq!((found, scan.errors.len()), (vec![b"home/a.jpg".to_vec()], 1));
        assert!(super::scan(&data).is_err());
    }

    #[test]
    fn a_file_that_was_replaced_is_another() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.jpg");
        fs::write(&path, "12345").unwrap();
        let seen = FileStamp::of(&fs::metadata(&path).unwrap());
        assert!(seen.is_of(&path));
        fs::rename(&path, dir.path().join("b.jpg")).unwrap();
        assert!(!seen.is_of(&path));
        std::os::unix::fs::symlink(dir.path().join("b.jpg"), &path).unwrap();
        assert!(!seen.is_of(&path), "a link to it is no plain file");
    }
}
