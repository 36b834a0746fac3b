//! From what another server calls a file to the file in a folder here.
//!
//! A server sees its files under other paths than this machine. Either the beginning of a path is known to be another one here,
//! or the last parts of it (year, month, name) find the file below a folder. Several files that fit are told apart by their
//! content, where that is known; otherwise nothing is taken.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use crate::order::RunError;

/// Parts of a path that find a file, unless set otherwise: year, month and name.
pub const DEFAULT_SEGMENTS: usize = 3;
/// Folders in folders; deeper ones are not looked into.
const MAX_DEPTH: usize = 64;
/// More files than this that fit are as good as none.
const MAX_CANDIDATES: usize = 16;

/// Where the photos of another server lie.
#[derive(Debug)]
pub struct PhotoFolder {
    /// Other beginnings of paths: as the server has them, and here. The longest one that fits holds.
    prefixes: Vec<(PathBuf, PathBuf)>,
    segments: usize,
    /// By the last parts of their paths.
    files: HashMap<String, Vec<PathBuf>>,
}

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub enum Candidates {
    /// It is this one, if it is there at all.
    Exactly(PathBuf),
    /// It is one of these; never none.
    OneOf(Vec<PathBuf>),
    /// Nothing fits.
    None,
    /// So much fits that looking at it makes no sense.
    TooMany,
}

impl PhotoFolder {
    /// Looks through a folder. `segments` is how many of the last parts of a path find a file, at least one; `prefixes` are
    /// beginnings of paths on the server with what they are here. Links are not followed.
    ///
    /// # Errors
    /// `Folder` where the folder cannot be read. What cannot be read inside is not found, and logged.
    pub fn open(root: Option<&Path>, segments: usize, prefixes: Vec<(PathBuf, PathBuf)>) -> Result<Self, RunError> {
        let mut folder = Self { prefixes, segments: segments.max(1), files: HashMap::new() };
        folder.prefixes.sort_by_key(|(there, _)| std::cmp::Reverse(there.components().count()));
        for (_, here) in &folder.prefixes {
            std::fs::read_dir(here).map_err(|source| RunError::Folder { path: here.clone(), source })?;
        }
        if let Some(root) = root {
            let failed = |source| RunError::Folder { path: root.to_owned(), source };
            let root = std::fs::canonicalize(root).map_err(failed)?;
            std::fs::read_dir(&root).map_err(failed)?;
            folder.look_through(&root, 0);
        }
        Ok(folder)
    }

    fn look_through(&mut self, at: &Path, depth: usize) {
        let unreadable = |error: &std::io::Error| {
            tracing::warn!(folder = %at.display(), error = error as &dyn std::error::Error, "a folder cannot be read: its photos are not found");
        };
        let entries = match std::fs::read_dir(at) {
            Ok(entries) if depth < MAX_DEPTH => entries,
            Ok(_) => return tracing::warn!(folder = %at.display(), "folders lie too deep: its photos are not found"),
            Err(error) => return unreadable(&error),
        };
        for entry in entries.flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.look_through(&path, depth + 1),
                Ok(kind) if kind.is_file() => {
                    if let Some(end) = end(&path, self.segments) {
                        self.files.entry(end).or_default().push(path);
                    }
                }
                Ok(_) => {}
                Err(error) => unreadable(&error),
            }
        }
    }

    /// All files, by the last parts of their paths.
    pub(crate) fn into_files(self) -> HashMap<String, Vec<PathBuf>> {
        self.files
    }

    /// The files that may be what the server keeps under `path`.
    pub fn candidates(&self, path: &str) -> Candidates {
        let path = Path::new(path);
        // No name leads out of the folder.
        if path.components().any(|part| part == Component::ParentDir) {
            return Candidates::None;
        }
        let known = self.prefixes.iter().find_map(|(there, here)| Some(here.join(path.strip_prefix(there).ok()?)));
        if let Some(known) = known {
            return Candidates::Exactly(known);
        }
        match end(path, self.segments).and_then(|end| self.files.get(&end)) {
            None => Candidates::None,
            Some(found) if found.len() > MAX_CANDIDATES => Candidates::TooMany,
            Some(found) => Candidates::OneOf(found.clone()),
        }
    }
}

/// The last parts of a path, as text; fewer where it has no more.
fn end(path: &Path, segments: usize) -> Option<String> {
    let names: Vec<&str> = path
        .components()
        .rev()
        .filter_map(|part| if let Component::Normal(name) = part { Some(name.to_str()) } else { None })
        .take(segments)
        .collect::<Option<_>>()?;
    (!names.is_empty()).then(|| names.into_iter().rev().collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, file).unwrap();
        }
        folder
    }

    fn open(folder: &Path, segments: usize) -> PhotoFolder {
        PhotoFolder::open(Some(folder), segments, Vec::new()).unwrap()
    }

    #[test]
    fn the_last_parts_of_a_path_find_a_file() {
        let folder = folder_with(&["2024/05/a.jpg", "ada/2024/06/a.jpg", "ben/2024/06/a.jpg", "a.jpg"]);
        let root = folder.path().canonicalize().unwrap();
        let photos = open(folder.path(), 3);
        let here = |path: &str| root.join(path);
        assert_eq!(photos.candidates("/data/x/2024/05/a.jpg"), Candidates::OneOf(vec![here("2024/05/a.jpg")]));
        assert_eq!(photos.candidates("/data/x/2023/05/a.jpg"), Candidates::None);
        let Candidates::OneOf(two) = photos.candidates("/data/ada/2024/06/a.jpg") else { panic!() };
        assert_eq!(two.len(), 2, "year, month and name are not enough");
        let exact = open(folder.path(), 4).candidates("/data/ada/2024/06/a.jpg");
        assert_eq!(exact, Candidates::OneOf(vec![here("ada/2024/06/a.jpg")]));
        assert_eq!(photos.candidates("/2024/06/../05/a.jpg"), Candidates::None);
        assert_eq!(open(folder.path(), 0).candidates("/y/2024/05/b.jpg"), Candidates::None);
    }

    #[test]
    fn beginnings_of_paths_can_be_given() {
        let folder = folder_with(&["one/2024/05/a.jpg", "two/a.jpg"]);
        let prefix = |there: &str, here: &str| (PathBuf::from(there), folder.path().join(here));
        let prefixes = vec![prefix("/data/library", "one"), prefix("/data/library/ben", "two")];
        let photos = PhotoFolder::open(None, 3, prefixes).unwrap();
        let exactly = |path: &str| Candidates::Exactly(folder.path().join(path));
        assert_eq!(photos.candidates("/data/library/2024/05/a.jpg"), exactly("one/2024/05/a.jpg"));
        assert_eq!(photos.candidates("/data/library/ben/a.jpg"), exactly("two/a.jpg"), "the longest one");
        assert_eq!(photos.candidates("/data/librarian/a.jpg"), Candidates::None, "whole names only");
        let nowhere = PhotoFolder::open(None, 3, vec![prefix("/x", "missing")]);
        assert!(matches!(nowhere, Err(RunError::Folder { .. })));
    }

    #[test]
    fn links_are_not_followed() {
        let (folder, other) = (folder_with(&["2024/05/a.jpg"]), folder_with(&["2024/06/b.jpg"]));
        std::os::unix::fs::symlink(other.path(), folder.path().join("link")).unwrap();
        std::os::unix::fs::symlink(other.path().join("2024/06/b.jpg"), folder.path().join("2024/05/b.jpg")).unwrap();
        let photos = open(folder.path(), 3);
        assert_eq!(photos.candidates("/2024/06/b.jpg"), Candidates::None);
        assert_eq!(photos.candidates("/2024/05/b.jpg"), Candidates::None);
    }
}
