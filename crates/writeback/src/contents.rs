//! Files of a folder, found by what is known of a photo whose place nobody knows: its length, or its name.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::folder::PhotoFolder;
use crate::order::RunError;

/// Files of a name that are looked at where none of the right length is the one: it may have been written to since.
const MAX_NAMESAKES: usize = 16;

/// Where the photos of a followed server lie, under names that are the server's affair.
#[derive(Debug)]
pub struct Contents {
    by_name: HashMap<String, Vec<PathBuf>>,
    by_length: HashMap<u64, Vec<PathBuf>>,
}

impl Contents {
    /// Looks through a folder. Links are not followed.
    ///
    /// # Errors
    /// `Folder` where the folder cannot be read. What cannot be read inside is not found, and logged.
    pub fn open(root: &Path) -> Result<Self, RunError> {
        let by_name = PhotoFolder::open(Some(root), 1, Vec::new())?.into_files();
        let mut by_length: HashMap<u64, Vec<PathBuf>> = HashMap::new();
        for path in by_name.values().flatten() {
            match std::fs::symlink_metadata(path) {
                Ok(about) => by_length.entry(about.len()).or_default().push(path.clone()),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(path = %path.display(), error, "a file cannot be looked at: it is not found");
                }
            }
        }
        Ok(Self { by_name, by_length })
    }

    /// Whether a file lies in the folder, or did when that was looked through.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let path = Path::new(path);
        let name = path.file_name().and_then(|name| name.to_str());
        name.and_then(|name| self.by_name.get(name)).is_some_and(|paths| paths.iter().any(|known| known == path))
    }

    /// Files that may be a photo's, those of its length first.
    pub(crate) fn candidates(&self, name: &str, length: u64) -> Vec<&Path> {
        let of_length = self.by_length.get(&length).map_or(&[][..], Vec::as_slice);
        let of_name = self.by_name.get(name).map(Vec::as_slice).filter(|paths| paths.len() <= MAX_NAMESAKES);
        let mut found: Vec<&Path> = of_length.iter().map(PathBuf::as_path).collect();
        found.extend(of_name.unwrap_or_default().iter().map(PathBuf::as_path).filter(|path| {
            // Those of its length are there already.
            !of_length.iter().any(|known| known == path)
        }));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_length_and_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for (name, text) in [("upload/aa/1f.jpg", "four"), ("2024/a.jpg", "longer now"), ("2024/b.jpg", "four")] {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let contents = Contents::open(&root).unwrap();
        let found = |name: &str, length| {
            let mut found: Vec<PathBuf> = contents.candidates(name, length).into_iter().map(Path::to_owned).collect();
            // Files of one length come in no order.
            let of_length = found.iter().filter(|path| path.metadata().unwrap().len() == length).count();
            found[..of_length].sort();
            found
        };
        let at = |name: &str| root.join(name);
        assert_eq!(found("a.jpg", 4), [at("2024/b.jpg"), at("upload/aa/1f.jpg"), at("2024/a.jpg")]);
        assert_eq!(found("b.jpg", 4), [at("2024/b.jpg"), at("upload/aa/1f.jpg")], "each once");
        assert_eq!(found("c.jpg", 5), [] as [PathBuf; 0]);
        let holds = |path: PathBuf| contents.holds(path.to_str().unwrap());
        assert!(holds(at("2024/a.jpg")) && !holds(at("a.jpg")) && !holds(PathBuf::from("/else/a.jpg")));
    }
}
