//! A log in a file that is begun anew before it gets too long.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// A file is begun anew when it has so many bytes.
const MAX_BYTES: u64 = 10 << 20;
/// Older files that are kept, as `NAME.1` (the newest) and so on.
const KEPT: u32 = 5;

/// The log. Every line begins with the time.
pub(crate) struct LogFile {
    path: PathBuf,
    file: File,
    bytes: u64,
    most: u64,
}

impl LogFile {
    /// Goes on with the file, or begins it.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        Self::open_with(path, MAX_BYTES)
    }

    fn open_with(path: &Path, most: u64) -> anyhow::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path);
        let file = file.with_context(|| format!("{} could not be opened", path.display()))?;
        let bytes = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, bytes, most })
    }

    /// Adds a text, which becomes one line.
    pub(crate) fn add(&mut self, text: &str) -> anyhow::Result<()> {
        if self.bytes >= self.most {
            self.turn()?;
        }
        let line = format!("{} {}\n", jiff::Timestamp::now(), text.replace('\n', "\\n"));
        self.file
            .write_all(line.as_bytes())
            .with_context(|| format!("{} could not be written", self.path.display()))?;
        self.bytes += line.len() as u64;
        Ok(())
    }

    fn turn(&mut self) -> anyhow::Result<()> {
        let older = |number: u32| {
            let mut name = self.path.as_os_str().to_owned();
            name.push(format!(".{number}"));
            PathBuf::from(name)
        };
        for number in (1..KEPT).rev().filter(|number| older(*number).exists()) {
            std::fs::rename(older(number), older(number + 1))?;
        }
        std::fs::rename(&self.path, older(1))?;
        *self = Self::open_with(&self.path, self.most)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_files_are_kept_for_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        let mut log = LogFile::open_with(&path, 1).unwrap();
        for number in 0..9 {
            log.add(&format!("line {number}\nof two")).unwrap();
        }
        let text = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap_or_default();
        assert!(text("a.log").ends_with("line 8\\nof two\n"));
        assert!(text("a.log.5").contains("line 3"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 6);
    }
}
