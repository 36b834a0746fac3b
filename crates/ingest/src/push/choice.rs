//! Which files of a folder are sent. Links are not followed; hidden and unfinished files are nobody's.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use glob::{MatchOptions, Pattern};

use crate::scan::Scan;
use tintype_media::clutter::is_ignored;

/// `*` stops at folders, `**` does not.
const MATCHING: MatchOptions =
    MatchOptions { case_sensitive: false, require_literal_separator: true, require_literal_leading_dot: false };

/// Patterns for paths below the folder. One without `/` is for names, wherever they are.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
}

/// A pattern is none.
#[derive(Debug, thiserror::Error)]
#[error("{text} is no pattern")]
pub struct BadPattern {
    text: String,
    source: glob::PatternError,
}

impl Choice {
    /// Files that match one of `include` (all, if there is none) and none of `exclude`.
    ///
    /// # Errors
    /// When a text is no pattern.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Choice, BadPattern> {
        let parse = |texts: &[String]| {
            let one = |text: &String| Pattern::new(text).map_err(|source| BadPattern { text: text.clone(), source });
            texts.iter().map(one).collect::<Result<Vec<_>, _>>()
        };
        Ok(Choice { include: parse(include)?, exclude: parse(exclude)? })
    }

    /// Whether a path below the folder is chosen.
    pub(crate) fn takes(&self, path: &[u8]) -> bool {
        let text = String::from_utf8_lossy(path);
        let name = text.rsplit('/').next().unwrap_or(&text);
        let any = |patterns: &[Pattern]| {
            patterns.iter().any(|pattern| {
                let whole = if pattern.as_str().contains('/') { text.as_ref() } else { name };
                pattern.matches_with(whole, MATCHING)
            })
        };
        !is_ignored(OsStr::from_bytes(name.as_bytes()))
            && (self.include.is_empty() || any(&self.include))
            && !any(&self.exclude)
    }

    /// What is chosen of a folder, in the order of the paths.
    pub(crate) fn scan(&self, folder: &Path) -> std::io::Result<Scan> {
        let mut scan = crate::scan::scan_all(folder)?;
        scan.files.retain(|file| self.takes(&file.path));
        scan.files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(scan)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_choose() {
        let choice = |include: &[&str], exclude: &[&str]| {
            let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
            Choice::new(&texts(include), &texts(exclude)).unwrap()
        };
        for (include, exclude, path, takes) in [
            (&[][..], &[][..], "a/b.jpg", true),
            (&[], &[], "a/.hidden.jpg", false),
            (&[], &[], "b.jpg.part", false),
            (&["*.jpg"], &[], "a/b/C.JPG", true),
            (&["*.jpg"], &[], "a.mov", false),
            (&["a/*.jpg"], &[], "a/b/c.jpg", false),
            (&["a/**/*.jpg"], &[], "a/b/c.jpg", true),
            (&[], &["Screenshots/**"], "Screenshots/x.png", false),
            (&["*.png"], &["x.*"], "x.png", false),
        ] {
            assert_eq!(choice(include, exclude).takes(path.as_bytes()), takes, "{include:?} {exclude:?} {path}");
        }
        assert!(Choice::new(&["[".to_owned()], &[]).is_err());
    }
}
