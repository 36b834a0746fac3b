//! What exiftool is asked: what a file says, and to change that.

mod answers;
mod arguments;

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tintype_media::exiftool::{Pool, Setup};

use crate::fault::Fault;
use crate::merge::Change;
use crate::state::State;

/// Longest time that one file may take: films are copied whole.
const TIMEOUT: Duration = Duration::from_secs(300);

/// Reads and writes tags by a pool of exiftool processes.
#[derive(Debug, Clone)]
pub struct Exiftool {
    pool: Pool,
}

impl Exiftool {
    /// With so many processes of this program at once. Starts none yet.
    pub fn new(program: PathBuf, processes: usize) -> Self {
        let common = ["-charset", "filename=utf8", "-api", "largefilesupport=1"].map(str::to_owned).to_vec();
        Self { pool: Pool::new(Setup { program, common, processes, hears_errors: true, timeout: TIMEOUT }) }
    }

    /// Ends the processes that are not at work.
    pub fn close(&self) {
        self.pool.close();
    }

    /// Ends all processes, those at work as well; what they were asked fails.
    pub(crate) fn abort(&self) {
        self.pool.abort();
    }

    /// What a file says now.
    pub fn read(&self, path: &Path) -> Result<State, Fault> {
        let answer = self.ask(arguments::reading(path), path)?;
        match answers::state(&answer.output) {
            Some(state) => Ok(state),
            None => Err(Fault::Refused { text: words(&answer.errors) }),
        }
    }

    /// Changes a file in its place; for copies that nobody else knows of. What it says then, as it is read again: what was
    /// asked for, and nothing else changed.
    pub fn write(&self, path: &Path, changes: &[Change], before: &State) -> Result<State, Fault> {
        self.change(path, changes, before)?;
        let found = self.read(path)?;
        check(&before.after(changes), &found)?;
        Ok(found)
    }

    /// The same, for whoever reads it again themselves.
    pub(crate) fn change(&self, path: &Path, changes: &[Change], before: &State) -> Result<(), Fault> {
        let answer = self.ask(arguments::writing(changes, before, path), path)?;
        let said = String::from_utf8_lossy(&answer.output);
        let is_done = said.lines().any(|line| line.trim().starts_with("1 image files "));
        if is_done { Ok(()) } else { Err(Fault::Refused { text: words(&answer.errors) }) }
    }

    fn ask(&self, mut question: Vec<u8>, path: &Path) -> Result<tintype_media::exiftool::Answer, Fault> {
        let failed = |source| Fault::Exiftool { path: path.to_owned(), source };
        // An absolute path begins with a slash, so it is no option, no comment and no list of arguments.
        let absolute = std::path::absolute(path).map_err(failed)?;
        let bytes = absolute.as_os_str().as_bytes();
        if !bytes.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
            question.extend_from_slice(bytes);
            return self.pool.ask(&question).map_err(failed);
        }
        // A line is an argument, so such a name cannot be said: another name for the same file can.
        let folder = tempfile::tempdir().map_err(failed)?;
        let other = folder.path().join("file");
        std::os::unix::fs::symlink(&absolute, &other).map_err(failed)?;
        question.extend_from_slice(other.as_os_str().as_bytes());
        self.pool.ask(&question).map_err(failed)
    }
}

/// Whether a file says what it should: every tag, those that were not to change as well.
pub(crate) fn check(wanted: &State, found: &State) -> Result<(), Fault> {
    for tag in crate::tag::Tag::ALL.iter().copied() {
        let is_as_wanted = match (wanted.values.get(&tag), found.values.get(&tag)) {
            (Some(wanted), Some(found)) => crate::value::is_same(tag, wanted, found),
            (None, None) => true,
            _ => false,
        };
        if !is_as_wanted {
            return Err(Fault::NotAsWritten { tag });
        }
    }
    Ok(())
}

/// exiftool's complaint without the path behind it.
fn words(errors: &str) -> String {
    let line = errors.lines().find(|line| line.starts_with("Error")).or_else(|| errors.lines().next());
    let line = line.unwrap_or("it said nothing");
    line.split(" - /").next().unwrap_or(line).trim_start_matches("Error: ").trim().to_owned()
}
