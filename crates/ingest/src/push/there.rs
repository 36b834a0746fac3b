//! Where a file goes at an SFTP server: under its own name or, where something else has that, beside it. What lies there is
//! never replaced.

use sha1::Digest as _;
use tintype_protocol::checksum::Sha1;

use super::remote::{Remote, RemoteError};
use crate::sftp::wire::Attributes;

/// What stands around a name until the file is complete.
const START: &[u8] = b".";
const END: &[u8] = b".tintype-push";
const MAX_NAME_BYTES: usize = 255;
/// Letters of the content's SHA-1 in the name of an upload.
const CONTENT_LETTERS: usize = 16;
/// Names tried for a file whose name is taken: `a.jpg`, `a+1.jpg`, …
const MAX_NAMES: u32 = 10_000;
/// The type in a mode, and that of a plain file.
const TYPE_BITS: u32 = 0o170_000;
const PLAIN: u32 = 0o100_000;

/// The paths of one file there.
pub(super) struct There {
    pub(super) folder: Vec<u8>,
    name: Vec<u8>,
    /// Until it is complete. It is the content's: no other content goes on there, whatever its name is.
    pub(super) partial: Vec<u8>,
    sha1: Sha1,
    length: u64,
}

/// Where it may go.
pub(super) enum Room {
    /// Under the name of this number.
    Free(u32),
    /// Nowhere: this very content lies there already, at this path, and was read back.
    Same(Vec<u8>),
}

impl There {
    /// `path` is below `base`, which may be empty.
    pub(super) fn new(base: &[u8], path: &[u8], sha1: Sha1, length: u64) -> There {
        let whole = if base.is_empty() { path.to_vec() } else { [base, b"/", path].concat() };
        let (folder, name) = match whole.iter().rposition(|byte| *byte == b'/') {
            Some(end) => (whole[..end].to_vec(), whole[end + 1..].to_vec()),
            None => (Vec::new(), whole),
        };
        let content = [b".", &sha1.to_hex().as_bytes()[..CONTENT_LETTERS], END].concat();
        let hidden = if START.len() + name.len() + content.len() <= MAX_NAME_BYTES {
            [START, &name, &content].concat()
        } else {
            [START, Sha1(sha1::Sha1::digest(&name).into()).to_hex().as_bytes(), &content].concat()
        };
        let partial = joined(&folder, &hidden);
        There { folder, name, partial, sha1, length }
    }

    /// The path with a number in the name: `a.jpg`, `a+1.jpg`, `a+2.jpg`.
    pub(super) fn numbered(&self, number: u32) -> Vec<u8> {
        if number == 0 {
            return joined(&self.folder, &self.name);
        }
        let dot = self.name.iter().rposition(|byte| *byte == b'.').filter(|at| *at > 0).unwrap_or(self.name.len());
        let (stem, extension) = self.name.split_at(dot);
        let number = format!("+{number}");
        let room = MAX_NAME_BYTES.saturating_sub(extension.len() + number.len());
        joined(&self.folder, &[shortened(stem, room), number.as_bytes(), extension].concat())
    }

    /// The first name from a number on that nothing has, unless the content lies under one of those before.
    pub(super) fn room(&self, remote: &mut Remote, from: u32) -> Result<Room, RemoteError> {
        for number in from..MAX_NAMES {
            let path = self.numbered(number);
            match remote.look(&path)? {
                None => return Ok(Room::Free(number)),
                Some(about) if self.may_be(&about) && self.lies_at(remote, &path)? => return Ok(Room::Same(path)),
                Some(_) => {}
            }
        }
        Err(RemoteError::Taken)
    }

    fn may_be(&self, about: &Attributes) -> bool {
        about.size_bytes == Some(self.length) && about.mode.is_none_or(|mode| mode & TYPE_BITS == PLAIN)
    }

    /// Whether the content is what can be read under a path. What may not be read is something else.
    pub(super) fn lies_at(&self, remote: &mut Remote, path: &[u8]) -> Result<bool, RemoteError> {
        match remote.content(path, self.length) {
            Ok((sha1, length)) => Ok((sha1, length) == (self.sha1, self.length)),
            Err(RemoteError::Refused { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

fn joined(folder: &[u8], name: &[u8]) -> Vec<u8> {
    // On a server whose root is the account's folder an absolute path and a relative one are the same.
    if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() }
}

/// As much of a name as there is room for. No letter of UTF-8 is cut.
fn shortened(stem: &[u8], room: usize) -> &[u8] {
    let mut end = stem.len().min(room);
    while end < stem.len() && end > 0 && stem[end] & 0b1100_0000 == 0b1000_0000 {
        end -= 1;
    }
    &stem[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA1: Sha1 = Sha1([0xab; 20]);

    fn text(path: &[u8]) -> &str {
        std::str::from_utf8(path).unwrap()
    }

    #[test]
    fn files_lie_below_the_base() {
        for (base, path, folder, whole, partial) in [
            ("", "a.jpg", "", "a.jpg", ".a.jpg.abababababababab.tintype-push"),
            ("", "x/a.jpg", "x", "x/a.jpg", "x/.a.jpg.abababababababab.tintype-push"),
            ("/in", "x/a.jpg", "/in/x", "/in/x/a.jpg", "/in/x/.a.jpg.abababababababab.tintype-push"),
            ("in", "a.jpg", "in", "in/a.jpg", "in/.a.jpg.abababababababab.tintype-push"),
        ] {
            let there = There::new(base.as_bytes(), path.as_bytes(), SHA1, 0);
            let whole_there = there.numbered(0);
            assert_eq!([&there.folder, &whole_there, &there.partial].map(|path| text(path)), [folder, whole, partial]);
        }
        assert!(There::new(b"", &[b'x'; 250], SHA1, 0).partial.len() <= MAX_NAME_BYTES);
    }

    #[test]
    fn numbers_stand_before_the_extension_and_names_stay_short_enough() {
        let numbered = |name: &[u8], number| There::new(b"in", name, SHA1, 0).numbered(number);
        for (name, number, expected) in [
            ("a.b.jpg", 0, "in/a.b.jpg"),
            ("a.b.jpg", 1, "in/a.b+1.jpg"),
            ("noextension", 12, "in/noextension+12"),
            (".hidden", 1, "in/.hidden+1"),
        ] {
            assert_eq!(text(&numbered(name.as_bytes(), number)), expected);
        }
        let long = format!("{}.jpg", "é".repeat(125));
        let shown = numbered(long.as_bytes(), 10);
        assert_eq!(text(&shown), format!("in/{}+10.jpg", "é".repeat(124)));
        assert!(shown.len() - "in/".len() <= MAX_NAME_BYTES);
    }
}
