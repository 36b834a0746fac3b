//! The text files of the repository, read once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Folders that hold nothing of the project's own.
const FOREIGN: &[&str] = &[".git", "target", "node_modules", "tintype-data"];

/// Larger files are data, not text that somebody wrote.
const LARGEST_TEXT: u64 = 4 << 20;

/// One text file.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// From the root of the repository, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// A made-up file, to show that a rule detects what it is for.
    pub(crate) fn of(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    pub(crate) fn is_below(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.path.starts_with(folder))
    }

    pub(crate) fn extension(&self) -> &str {
        Path::new(&self.path).extension().and_then(|extension| extension.to_str()).unwrap_or_default()
    }

    /// Lines of code with their numbers: no line comments, and nothing of the unit tests at the end of the file.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let tests = self.text.find("#[cfg(test)]\nmod ").unwrap_or(self.text.len());
        let lines = self.text[..tests].lines().enumerate();
        lines.map(|(index, line)| (index + 1, line)).filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("this package is two levels down")
}

/// All text files of the project, without build results and fetched packages.
pub(crate) fn files() -> &'static [File] {
    static FILES: OnceLock<Vec<File>> = OnceLock::new();
    FILES.get_or_init(|| {
        let (root, mut files) = (root(), Vec::new());
        collect(&root, &root, &mut files);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        assert!(files.len() > 10, "only {} files below {}", files.len(), root.display());
        files
    })
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<File>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("cannot read {}: {error}", folder.display()));
    for entry in entries.map(|entry| entry.expect("the folder stays readable")) {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && !FOREIGN.iter().any(|foreign| entry.file_name() == *foreign) {
            collect(root, &path, files);
        } else if kind.is_file() {
            files.extend(read(root, &path));
        }
    }
}

/// The file, unless it is no text (or went away while others work in the tree).
fn read(root: &Path, path: &Path) -> Option<File> {
    if fs::metadata(path).ok()?.len() > LARGEST_TEXT {
        return None;
    }
    let text = String::from_utf8(fs::read(path).ok()?).ok()?;
    let path = path.strip_prefix(root).ok()?.to_str()?.replace('\\', "/");
    Some(File { path, text })
}

/// One file of the tree by its path.
pub(crate) fn file(path: &str) -> Option<&'static File> {
    files().iter().find(|file| file.path == path)
}
