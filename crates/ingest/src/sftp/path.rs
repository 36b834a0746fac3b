//! Paths as clients send them. What comes out names something below the zone's folder, whatever came in.

/// A path of a client, at most.
const MAX_PATH_BYTES: usize = 4096;
/// One name, at most: what file systems take.
const MAX_NAME_BYTES: usize = 255;
/// Folders in folders; as deep as the scan of a zone looks.
const MAX_DEPTH: usize = 64;
/// How the names begin that are Tintype's own. Clients neither see nor make such names.
const RESERVED: &[u8] = b".tintype";

/// Where something is below the zone's folder: names that are neither `.` nor `..` and hold no `/` and no zero byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZonePath(Vec<Vec<u8>>);

/// Why a path names nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It holds a zero byte.
    #[error("a zero byte in a path")]
    Zero,
    /// It, or a name in it, is longer than file systems take.
    #[error("the path is too long")]
    TooLong,
    /// It has too many folders in folders.
    #[error("the path is too deep")]
    TooDeep,
    /// It begins like the names that Tintype makes.
    #[error("names that begin with .tintype are not for clients")]
    Reserved,
}

impl ZonePath {
    /// Reads a path. There is no working folder: `a`, `/a` and `./a` are the same, and above the zone's folder is the
    /// zone's folder again, as in a root file system. Links are never followed, so that `..` can be worked out here.
    /// Backslashes and colons are letters like others.
    ///
    /// # Errors
    /// See [`PathError`].
    pub fn resolve(raw: &[u8]) -> Result<ZonePath, PathError> {
        if raw.len() > MAX_PATH_BYTES {
            return Err(PathError::TooLong);
        }
        if raw.contains(&0) {
            return Err(PathError::Zero);
        }
        let mut names: Vec<Vec<u8>> = Vec::new();
        for name in raw.split(|byte| *byte == b'/') {
            match name {
                b"" | b"." => {}
                b".." => drop(names.pop()),
                name if name.len() > MAX_NAME_BYTES => return Err(PathError::TooLong),
                name if is_reserved(name) => return Err(PathError::Reserved),
                name => names.push(name.to_vec()),
            }
        }
        if names.len() > MAX_DEPTH {
            return Err(PathError::TooDeep);
        }
        Ok(ZonePath(names))
    }

    /// The names from the zone's folder down; none for the folder itself.
    #[must_use]
    pub fn names(&self) -> &[Vec<u8>] {
        &self.0
    }

    /// The folder's names and the last name, unless it is the zone's folder.
    pub(crate) fn split(&self) -> Option<(&[Vec<u8>], &[u8])> {
        self.0.split_last().map(|(name, folders)| (folders, name.as_slice()))
    }

    /// As it is shown to clients.
    pub(crate) fn shown(&self) -> Vec<u8> {
        [b"/".as_slice(), &self.0.join(&b'/')].concat()
    }

    /// Whether it is one of the pipeline's own folders (`undone/`, `done/`), or lies in one: there clients read and
    /// delete, and do nothing else.
    pub(crate) fn is_in_own_folder(&self) -> bool {
        use std::os::unix::ffi::OsStrExt as _;
        self.0.first().is_some_and(|name| crate::names::is_own(std::ffi::OsStr::from_bytes(name)))
    }
}

/// Whether a name is one of Tintype's own.
pub(crate) fn is_reserved(name: &[u8]) -> bool {
    name.len() >= RESERVED.len() && name[..RESERVED.len()].eq_ignore_ascii_case(RESERVED)
}

/// What holds for every path, whatever it was made of.
///
/// # Panics
/// When it does not hold.
#[doc(hidden)]
pub fn check(path: &ZonePath) {
    assert!(path.names().len() <= MAX_DEPTH);
    for name in path.names() {
        assert!(!name.is_empty() && name.len() <= MAX_NAME_BYTES, "a name's length");
        assert!(name != b"." && name != b".." && !name.contains(&b'/') && !name.contains(&0), "a name's letters");
        assert!(!is_reserved(name), "a reserved name");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_leads_out_of_the_zone() {
        for (raw, shown) in [
            ("", "/"),
            (".", "/"),
            ("/", "/"),
            ("..", "/"),
            ("/../../etc/passwd", "/etc/passwd"),
            ("a/../../b", "/b"),
            ("a//./b/", "/a/b"),
            ("a/b/../..", "/"),
            ("....//....//etc", "/..../..../etc"),
            ("..\\..\\etc", "/..\\..\\etc"),
            ("C:\\Windows", "/C:\\Windows"),
            ("%2e%2e/x", "/%2e%2e/x"),
            ("~/x", "/~/x"),
        ] {
            assert_eq!(ZonePath::resolve(raw.as_bytes()).unwrap().shown(), shown.as_bytes(), "{raw}");
        }
        for (raw, error) in [
            ("a\0b".to_owned(), PathError::Zero),
            ("x".repeat(256), PathError::TooLong),
            ("x/".repeat(3_000), PathError::TooLong),
            ("x/".repeat(65), PathError::TooDeep),
            ("a/.tintype-part-b".to_owned(), PathError::Reserved),
            (".TINTYPE/b".to_owned(), PathError::Reserved),
        ] {
            assert_eq!(ZonePath::resolve(raw.as_bytes()), Err(error), "{raw:.20}");
        }
    }

    #[test]
    fn the_pipelines_folders_are_known_at_the_top_only() {
        for (raw, own) in [("undone", true), ("undone/a/b", true), ("x/../done/a", true), ("a/undone", false)] {
            assert_eq!(ZonePath::resolve(raw.as_bytes()).unwrap().is_in_own_folder(), own, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn every_path_stays_inside(raw in proptest::collection::vec(
            prop_oneof![Just(b'/'), Just(b'.'), Just(b'\\'), Just(0_u8), Just(b't'), any::<u8>()], 0..400)) {
            if let Ok(path) = ZonePath::resolve(&raw) {
                super::check(&path);
                prop_assert_eq!(ZonePath::resolve(&path.shown()), Ok(path));
            }
        }
    }
}
