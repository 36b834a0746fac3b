//! Paths below a folder, as they are written into plans.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A path below a folder, as the file system has it. In plans it is a text, or `{"bytes": [...]}` where it is none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct FilePath(pub Vec<u8>);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Raw { bytes: Vec<u8> },
}

impl From<FilePath> for Written {
    fn from(path: FilePath) -> Self {
        String::from_utf8(path.0).map_or_else(|error| Self::Raw { bytes: error.into_bytes() }, Self::Text)
    }
}

impl From<Written> for FilePath {
    fn from(written: Written) -> Self {
        match written {
            Written::Text(text) => Self(text.into_bytes()),
            Written::Raw { bytes } => Self(bytes),
        }
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

/// Where the stem of a path ends: before the last dot of its name, unless the name begins with that.
pub(crate) fn stem_end(path: &[u8]) -> usize {
    let start = path.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    path.iter().rposition(|byte| *byte == b'.').filter(|at| *at > start).unwrap_or(path.len())
}

impl FilePath {
    /// Where it is, below `root`.
    pub fn below(&self, root: &Path) -> PathBuf {
        root.join(OsStr::from_bytes(&self.0))
    }

    /// The name without folders, for people.
    pub fn name(&self) -> String {
        String::from_utf8_lossy(self.0.rsplit(|byte| *byte == b'/').next().unwrap_or_default()).into_owned()
    }

    /// The folder it lies in; empty for the root.
    pub fn parent(&self) -> &[u8] {
        self.0.iter().rposition(|byte| *byte == b'/').map_or(&[], |at| &self.0[..at])
    }

    /// The same with a number behind its stem: `a/b+1.jpg`; 0 is none.
    pub fn numbered(&self, attempt: u32) -> Self {
        if attempt == 0 {
            return self.clone();
        }
        let end = stem_end(&self.0);
        Self([&self.0[..end], format!("+{attempt}").as_bytes(), &self.0[end..]].concat())
    }

    /// Where this, a sidecar of the photo `was`, belongs once that is `now`. `None` if it goes by another name.
    pub fn beside(&self, was: &Self, now: &Self) -> Option<Self> {
        let end = self.0.strip_prefix(was.0.as_slice()).filter(|end| !end.is_empty() && self != was);
        if let Some(end) = end {
            return Some(Self([now.0.as_slice(), end].concat()));
        }
        let end = self.0.strip_prefix(&was.0[..stem_end(&was.0)]).filter(|end| end.starts_with(b"."))?;
        (self != was).then(|| Self([&now.0[..stem_end(&now.0)], end].concat()))
    }

    /// Whether it stays below the folder that it is put behind: a plan is a file that anybody may have written.
    pub fn is_inside(&self) -> bool {
        let path = Path::new(OsStr::from_bytes(&self.0));
        let mut parts = path.components().peekable();
        parts.peek().is_some() && parts.all(|part| matches!(part, std::path::Component::Normal(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_a_plan_whatever_their_bytes() {
        for bytes in [&b"a/\xc3\xa9.jpg"[..], b"\xff/b.jpg", b"\"quoted\"\n"] {
            let path = FilePath(bytes.to_vec());
            let text = serde_json::to_string(&path).unwrap();
            assert_eq!(serde_json::from_str::<FilePath>(&text).unwrap(), path, "{text}");
        }
    }

    #[test]
    fn numbers_stand_behind_stems() {
        for (path, attempt, expected) in
            [("a.b/c.jpg", 2, "a.b/c+2.jpg"), ("a.b/c", 1, "a.b/c+1"), ("c.jpg", 0, "c.jpg")]
        {
            assert_eq!(FilePath(path.into()).numbered(attempt).to_string(), expected);
        }
    }

    #[test]
    fn sidecars_follow_their_photos() {
        let of = |name: &str| FilePath(name.into());
        for (sidecar, expected) in [
            ("a/se.xmp", Some("a/se+1.xmp")),
            ("a/se.jpg.xmp", Some("a/se+1.jpg.xmp")),
            ("a/se.jpg", None),
            ("a/seven.xmp", None),
            ("b/se.xmp", None),
        ] {
            let found = of(sidecar).beside(&of("a/se.jpg"), &of("a/se+1.jpg"));
            assert_eq!(found, expected.map(of), "{sidecar}");
        }
    }

    #[test]
    fn paths_that_lead_out_are_known() {
        for (path, is_inside) in
            [("a/b.jpg", true), ("../b", false), ("a/../../b", false), ("/etc/x", false), ("", false)]
        {
            assert_eq!(FilePath(path.into()).is_inside(), is_inside, "{path}");
        }
    }
}
