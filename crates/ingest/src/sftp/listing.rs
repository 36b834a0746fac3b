//! What lies in a folder, as clients see it.

use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{Dir, FileType, Stat};

use super::partial::final_name;
use super::path::is_reserved;
use super::root::{kind, look};
use super::wire::{Attributes, Entry};

/// Names in one answer.
const BATCH: usize = 128;
/// Set in the mode of what one may look into or run.
const RUN_BITS: u32 = 0o777;

/// A folder that is being listed.
pub(crate) struct Listing {
    folder: OwnedFd,
    entries: Dir,
    /// The zone's own folders `.` and `..` are said once, in the beginning.
    is_begun: bool,
}

impl Listing {
    pub(crate) fn new(folder: OwnedFd) -> io::Result<Listing> {
        Ok(Listing { entries: Dir::read_from(&folder)?, folder, is_begun: false })
    }

    /// The next names; none at the end.
    pub(crate) fn next(&mut self) -> io::Result<Vec<Entry>> {
        let mut names = Vec::new();
        if !std::mem::replace(&mut self.is_begun, true) {
            let own = rustix::fs::fstat(&self.folder)?;
            names.extend([b".".as_slice(), b".."].map(|name| shown(name, &own)));
        }
        while names.len() < BATCH {
            let Some(entry) = self.entries.next() else { break };
            let entry = entry?;
            names.extend(self.entry(entry.file_name().to_bytes())?);
        }
        Ok(names)
    }

    pub(crate) fn attributes(&self) -> io::Result<Attributes> {
        Ok(attributes(&rustix::fs::fstat(&self.folder)?))
    }

    /// One entry under the name that clients know it by. Uploads that broke off are shown where they will be.
    fn entry(&self, lies: &[u8]) -> io::Result<Option<Entry>> {
        let name = match final_name(lies) {
            _ if matches!(lies, b"." | b"..") => return Ok(None),
            Some(name) if look(&self.folder, name)?.is_none() => name,
            _ if is_reserved(lies) => return Ok(None),
            _ => lies,
        };
        Ok(look(&self.folder, lies)?.map(|stat| shown(name, &stat)))
    }
}

fn shown(name: &[u8], stat: &Stat) -> Entry {
    Entry { name: name.to_vec(), line: line(name, stat), attributes: attributes(stat) }
}

/// What the protocol says of a file.
pub(crate) fn attributes(stat: &Stat) -> Attributes {
    let seconds = |value: i64| u32::try_from(value).unwrap_or(0);
    Attributes {
        size_bytes: u64::try_from(stat.st_size).ok(),
        mode: Some(stat.st_mode),
        times: Some((seconds(stat.st_atime), seconds(stat.st_mtime))),
    }
}

/// A line as `ls -l` prints it: some clients show nothing else, and some read it.
fn line(name: &[u8], stat: &Stat) -> Vec<u8> {
    let kind = match kind(stat) {
        FileType::Directory => 'd',
        FileType::Symlink => 'l',
        FileType::RegularFile => '-',
        _ => '?',
    };
    let bits = stat.st_mode & RUN_BITS;
    let rights: String = "rwxrwxrwx"
        .chars()
        .enumerate()
        .map(|(index, letter)| if bits & (0o400 >> index) != 0 { letter } else { '-' })
        .collect();
    let time = jiff::Timestamp::from_second(stat.st_mtime).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let time = time.strftime("%b %e  %Y");
    let mut line =
        format!("{kind}{rights} {:4} tintype  tintype  {:8} {time} ", stat.st_nlink, stat.st_size).into_bytes();
    line.extend_from_slice(name);
    line
}

#[cfg(test)]
mod tests {
    use super::super::path::ZonePath;
    use super::super::root::Root;
    use super::*;

    #[test]
    fn uploads_are_shown_where_they_will_be_and_our_own_names_are_not() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join(".tintype-work")).unwrap();
        std::fs::create_dir(dir.path().join("undone")).unwrap();
        for (name, text) in [
            ("a.jpg", "complete"),
            (".tintype-part-a.jpg", "x"),
            (".tintype-part-b.jpg", "half"),
            (".tintype-long-1", ""),
        ] {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        std::os::unix::fs::symlink("/etc", dir.path().join("link")).unwrap();
        let root = Root::open(dir.path()).unwrap();
        let mut listing = Listing::new(root.folder(&ZonePath::resolve(b"/").unwrap()).unwrap()).unwrap();
        let mut seen: Vec<_> = listing.next().unwrap();
        seen.sort_by(|one, other| one.name.cmp(&other.name));
        let seen: Vec<_> = seen
            .iter()
            .map(|entry| {
                let kind = char::from(entry.line[0]);
                let size = entry.attributes.size_bytes.filter(|_| kind == '-');
                (std::str::from_utf8(&entry.name).unwrap(), kind, size)
            })
            .collect();
        assert_eq!(
            seen,
            [
                (".", 'd', None),
                ("..", 'd', None),
                ("a.jpg", '-', Some(8)),
                ("b.jpg", '-', Some(4)),
                ("link", 'l', None),
                ("undone", 'd', None)
            ]
        );
        assert!(listing.next().unwrap().is_empty());
    }
}
