//! What lies in a folder. Links are not followed, hidden and unfinished files are none of its business, and what cannot be
//! read is told: what lies there is not known to be gone.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};
use tintype_library::model::FileStamp;
use tintype_media::clutter::is_ignored;
use tintype_media::formats;

/// Folders inside folders.
const DEPTH_LIMIT: usize = 64;

/// A plain file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Below the folder, as the file system has it.
    pub path: Vec<u8>,
    /// How it looks.
    pub stamp: FileStamp,
    /// Whether its name is that of a photo or video.
    pub is_media: bool,
    /// How many other file systems the way to the folder that it lies in goes into. The file itself is not asked: file systems
    /// of several layers say of files what lies below.
    pub mounts: u32,
}

/// What a look through a folder saw.
#[derive(Debug, Default)]
pub struct Scan {
    /// Plain files, in no order.
    pub files: Vec<Seen>,
    /// What could not be read, below the folder, and why.
    pub errors: Vec<(PathBuf, io::Error)>,
}

/// Whether a path is left out, or a folder that it lies in: what is in one that is not looked into is not gone.
pub fn is_excluded(path: &[u8], exclude: &[Pattern]) -> bool {
    let options = MatchOptions { require_literal_separator: true, ..MatchOptions::new() };
    let is_like = |path: &Path| exclude.iter().any(|pattern| pattern.matches_path_with(path, options));
    let mut parts = Path::new(OsStr::from_bytes(path)).ancestors().filter(|part| !part.as_os_str().is_empty());
    !exclude.is_empty() && parts.any(is_like)
}

/// Looks through a folder. Fails only where the folder itself cannot be read.
pub fn scan(root: &Path, exclude: &[Pattern]) -> io::Result<Scan> {
    let entries = fs::read_dir(root)?;
    let mut walk = Walk { exclude, scan: Scan::default() };
    walk.visit(entries, &mut Vec::new(), At { depth: 0, device: fs::metadata(root)?.dev(), mounts: 0 });
    Ok(walk.scan)
}

/// Where a walk is.
#[derive(Clone, Copy)]
struct At {
    depth: usize,
    /// That of the folder which is looked through.
    device: u64,
    mounts: u32,
}

struct Walk<'a> {
    exclude: &'a [Pattern],
    scan: Scan,
}

impl Walk<'_> {
    fn visit(&mut self, entries: fs::ReadDir, path: &mut Vec<u8>, at: At) {
        for entry in entries {
            let looked = entry.and_then(|entry| Ok((entry.metadata()?, entry)));
            match looked {
                Ok((about, entry)) => self.look(&entry, &about, path, at),
                // Gone between the listing and the look.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => self.scan.errors.push((PathBuf::from(OsStr::from_bytes(path)), error)),
            }
        }
    }

    fn look(&mut self, entry: &fs::DirEntry, about: &Metadata, path: &mut Vec<u8>, at: At) {
        let name = entry.file_name();
        if is_ignored(&name) {
            return;
        }
        let length = path.len();
        if length > 0 {
            path.push(b'/');
        }
        path.extend_from_slice(name.as_bytes());
        if !is_excluded(path, self.exclude) {
            if about.is_file() {
                // A name need not be text: what it ends with tells what it is.
                let is_media = formats::by_name(&name.to_string_lossy()).is_some();
                let (stamp, mounts) = (FileStamp::of(about), at.mounts);
                self.scan.files.push(Seen { path: path.clone(), stamp, is_media, mounts });
            } else if about.is_dir() {
                self.descend(&entry.path(), path, at);
            }
        }
        path.truncate(length);
    }

    fn descend(&mut self, folder: &Path, path: &mut Vec<u8>, at: At) {
        let below = || PathBuf::from(OsStr::from_bytes(path));
        if at.depth >= DEPTH_LIMIT {
            let error = io::Error::other("folders inside folders go too deep here");
            return self.scan.errors.push((below(), error));
        }
        // A disk that is mounted when somebody looks is there from then on: it is asked for once the folder is open.
        let opened = fs::read_dir(folder).and_then(|entries| Ok((entries, fs::metadata(folder)?.dev())));
        match opened {
            Ok((entries, device)) => {
                let mounts = at.mounts + u32::from(device != at.device);
                self.visit(entries, path, At { depth: at.depth + 1, device, mounts });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.scan.errors.push((below(), error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_files_are_seen_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        for folder in ["2026/01", "Screenshots", ".tintype-trash/run-1", "@eaDir"] {
            fs::create_dir_all(at(folder)).unwrap();
        }
        for file in [
            "a.jpg",
            "2026/01/b.HEIC",
            "2026/notes.txt",
            "Screenshots/c.png",
            ".tintype-trash/run-1/d.jpg",
            ".hidden.jpg",
            "e.jpg.part",
            "@eaDir/f.jpg",
        ] {
            fs::write(at(file), "12345").unwrap();
        }
        fs::write(dir.path().join(OsStr::from_bytes(b"bl\xfcte.jpg")), "12345").unwrap();
        std::os::unix::fs::symlink(at("a.jpg"), at("link.jpg")).unwrap();
        let exclude = [Pattern::new("Screenshots/**").unwrap()];
        let scan = scan(dir.path(), &exclude).unwrap();
        let mut found: Vec<_> =
            scan.files.iter().map(|file| (String::from_utf8_lossy(&file.path).into_owned(), file.is_media)).collect();
        found.sort();
        let expected =
            [("2026/01/b.HEIC", true), ("2026/notes.txt", false), ("a.jpg", true), ("bl\u{fffd}te.jpg", true)];
        assert_eq!(found, expected.map(|(path, is_media)| (path.to_owned(), is_media)));
        assert!(scan.errors.is_empty());
        assert!(super::scan(&at("missing"), &[]).is_err());
    }

    #[test]
    fn what_lies_in_a_folder_that_is_left_out_is_left_out() {
        let exclude = [Pattern::new("Screenshots").unwrap()];
        for (path, expected) in [
            ("Screenshots", true),
            ("Screenshots/2024/a.png", true),
            ("a.png", false),
            ("old/Screenshots/a.png", false),
        ] {
            assert_eq!(is_excluded(path.as_bytes(), &exclude), expected, "{path}");
        }
    }
}
