//! What was done, a line of JSON each, only ever appended.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;

/// Its name in the state folder.
pub const JOURNAL_NAME: &str = "push.jsonl";

/// See the module's description.
#[derive(Debug)]
pub struct Journal(File);

/// One line.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    /// When, as RFC 3339.
    pub(crate) at: String,
    pub(crate) target: &'a str,
    #[serde(flatten)]
    pub(crate) event: &'a super::report::Event,
}

impl Journal {
    /// Opens the journal in a folder; made when it is missing.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(folder: &Path) -> io::Result<Journal> {
        Ok(Journal(OpenOptions::new().create(true).append(true).open(folder.join(JOURNAL_NAME))?))
    }

    /// One write for a line, so that it is whole or missing.
    pub(crate) fn write(&mut self, line: &Line<'_>) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.0.write_all(&text)
    }

    /// What was written is on the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}
