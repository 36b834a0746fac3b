//! What did not run, and why: written by steps and by tests, read for the summary.
//!
//! A test that misses something it needs appends a line `what: why` to the file that the environment variable
//! [`VARIABLE`] names. Nothing passes silently.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// Names the file for the tests.
pub(crate) const VARIABLE: &str = "TINTYPE_NOT_RUN";

/// The reason that is never a failure: this material is not published, so most people cannot have it.
pub(crate) const ABSENT_SHARED: &str = "no ../shared here";

/// One thing that did not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotRun {
    pub(crate) what: String,
    pub(crate) why: String,
}

impl NotRun {
    /// Whether it is no failure even where everything has to run.
    pub(crate) fn is_excused(&self) -> bool {
        self.why.starts_with(ABSENT_SHARED)
    }

    fn parse(line: &str) -> Option<Self> {
        let line = line.trim();
        if line.is_empty() {
            return None;
        }
        let (what, why) = line.split_once(": ").unwrap_or((line, "no reason given"));
        Some(Self { what: what.to_owned(), why: why.to_owned() })
    }
}

/// The file that the tests of one run append to.
pub(crate) struct Notes {
    path: PathBuf,
}

impl Notes {
    /// Starts an empty file.
    pub(crate) fn start(workspace: &Workspace) -> Result<Self> {
        let path = workspace.target.join("test-notes").join("not-run.txt");
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        fs::write(&path, "").with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Everything noted so far, each once.
    pub(crate) fn read(&self) -> Result<Vec<NotRun>> {
        let text = match fs::read_to_string(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            other => other.with_context(|| format!("cannot read {}", self.path.display()))?,
        };
        let mut all: Vec<NotRun> = Vec::new();
        for entry in text.lines().filter_map(NotRun::parse) {
            if !all.contains(&entry) {
                all.push(entry);
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_and_why() {
        let entry = NotRun::parse("browser tests: chromium: not found\n").unwrap();
        assert_eq!((entry.what.as_str(), entry.why.as_str()), ("browser tests", "chromium: not found"));
        assert!(!entry.is_excused());
        assert_eq!(NotRun::parse("  "), None);
    }

    #[test]
    fn the_tests_use_the_same_words() {
        let testkit = include_str!("../../crates/testkit/src/not_run.rs");
        assert!(testkit.contains(&format!("\"{ABSENT_SHARED}\"")), "testkit gives another reason");
        assert!(testkit.contains(&format!("\"{VARIABLE}\"")), "testkit reads another variable");
    }
}
