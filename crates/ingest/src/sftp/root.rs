//! An account's folder. Everything below it is reached name by name from its descriptor, and no link is followed on the
//! way: what was a folder a moment ago and is a link now is refused by the system, not by a check that came before.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, openat, statat};

use super::path::ZonePath;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// Without waiting for whoever is at the other end of a pipe.
const READ: OFlags = OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Root(OwnedFd);

/// A name in a folder that is open.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) folder: OwnedFd,
    pub(crate) name: Vec<u8>,
}

impl Root {
    /// Opens an account's folder. That may be a link: it is the administrator's.
    pub(crate) fn open(folder: &Path) -> io::Result<Root> {
        Ok(Root(rustix::fs::open(folder, FOLDER, Mode::empty())?))
    }

    /// Opens a folder below, for listing.
    pub(crate) fn folder(&self, path: &ZonePath) -> io::Result<OwnedFd> {
        self.walk(path.names())
    }

    fn walk(&self, names: &[Vec<u8>]) -> io::Result<OwnedFd> {
        let mut folder = openat(&self.0, ".", FOLDER, Mode::empty())?;
        for name in names {
            folder = openat(&folder, name.as_slice(), FOLDER | OFlags::NOFOLLOW, Mode::empty())?;
        }
        Ok(folder)
    }

    /// The folder that something lies in, and its name there. `None` for the account's folder itself.
    pub(crate) fn place(&self, path: &ZonePath) -> io::Result<Option<Place>> {
        let Some((folders, name)) = path.split() else { return Ok(None) };
        Ok(Some(Place { folder: self.walk(folders)?, name: name.to_vec() }))
    }

    /// The folder itself.
    pub(crate) fn descriptor(&self) -> &OwnedFd {
        &self.0
    }
}

impl Place {
    /// What lies here, if anything does. A link is a link.
    pub(crate) fn look(&self) -> io::Result<Option<Stat>> {
        look(&self.folder, &self.name)
    }

    /// The same name in the same folder, with another name.
    pub(crate) fn sibling(&self, name: Vec<u8>) -> io::Result<Place> {
        Ok(Place { folder: self.folder.try_clone()?, name })
    }

    /// Opens a plain file for reading. Links, pipes and devices are not opened.
    pub(crate) fn open_file(&self) -> io::Result<File> {
        match self.look()? {
            None => return Err(io::ErrorKind::NotFound.into()),
            Some(stat) if kind(&stat) != FileType::RegularFile => return Err(not_plain()),
            Some(_) => {}
        }
        let file = File::from(openat(&self.folder, self.name.as_slice(), READ, Mode::empty())?);
        // Between the look and the opening it may have become something else.
        if file.metadata()?.is_file() { Ok(file) } else { Err(not_plain()) }
    }
}

/// What lies under a name in a folder, if anything does.
pub(crate) fn look(folder: &OwnedFd, name: &[u8]) -> io::Result<Option<Stat>> {
    match statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(stat)),
        Err(rustix::io::Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The type in a mode.
pub(crate) fn kind(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

pub(crate) fn not_plain() -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, "that is no plain file")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(raw: &str) -> ZonePath {
        ZonePath::resolve(raw.as_bytes()).unwrap()
    }

    #[test]
    fn links_lead_nowhere() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::create_dir(outside.path().join("inner")).unwrap();
        std::fs::write(outside.path().join("secret"), "x").unwrap();
        let zone = tempfile::tempdir().unwrap();
        let at = |name: &str| zone.path().join(name);
        std::os::unix::fs::symlink(outside.path(), at("out")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret"), at("link")).unwrap();
        std::fs::create_dir(at("in")).unwrap();
        std::fs::write(at("in/file"), "y").unwrap();
        std::os::unix::fs::symlink("in", at("alias")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        let root = Root::open(zone.path()).unwrap();
        for raw in ["out", "out/inner", "alias", "in/../out"] {
            assert!(root.folder(&path(raw)).is_err(), "{raw}");
        }
        assert!(root.place(&path("out/secret")).is_err());
        for raw in ["link", "out", "pipe", "in"] {
            assert!(root.place(&path(raw)).unwrap().unwrap().open_file().is_err(), "{raw}");
        }
        assert!(root.place(&path("in/file")).unwrap().unwrap().open_file().is_ok());
        assert!(root.place(&path("/")).unwrap().is_none());
    }
}
