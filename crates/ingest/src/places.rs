//! Moving files inside a zone so that nothing is overwritten, no link leads out of it, and a power cut leaves them in one
//! place or the other.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, RenameFlags, linkat, mkdirat, openat, renameat, renameat_with, statat, unlinkat,
};
use rustix::io::Errno;

/// Names tried for a file whose name is taken: `a.jpg`, `a+1.jpg`, …
pub(crate) const NAME_ATTEMPTS: u32 = 10_000;
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
const FOLDER_MODE: Mode = Mode::from_raw_mode(0o777);
const FILE_MODE: Mode = Mode::from_raw_mode(0o666);

/// A name in a folder of a zone, reached folder by folder: what is a link on the way is refused by the system.
pub(crate) struct Place {
    folder: OwnedFd,
    name: OsString,
}

impl Place {
    /// The place of a file of a zone.
    pub(crate) fn of(zone: &Path, path: &[u8]) -> io::Result<Place> {
        Place::reach(zone, path, false)
    }

    /// The same, with the folders on the way.
    pub(crate) fn make(zone: &Path, path: &[u8]) -> io::Result<Place> {
        Place::reach(zone, path, true)
    }

    fn reach(zone: &Path, path: &[u8], makes: bool) -> io::Result<Place> {
        let path = Path::new(OsStr::from_bytes(path));
        let mut folder = openat(CWD, zone, FOLDER, Mode::empty())?;
        for part in path.parent().into_iter().flat_map(Path::components) {
            let Component::Normal(name) = part else { return Err(io::ErrorKind::InvalidInput.into()) };
            folder = enter(&folder, name, makes)?;
        }
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
        Ok(Place { folder, name })
    }

    fn beside(&self, name: OsString) -> io::Result<Place> {
        Ok(Place { folder: self.folder.try_clone()?, name })
    }

    /// Whether anything lies here, be it a link to nowhere.
    pub(crate) fn is_taken(&self) -> bool {
        statat(&self.folder, &self.name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    /// Opens the plain file that lies here.
    pub(crate) fn open(&self) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(openat(&self.folder, &self.name, flags, Mode::empty())?.into())
    }

    /// Makes a file that was not there.
    pub(crate) fn create(&self) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(openat(&self.folder, &self.name, flags, FILE_MODE)?.into())
    }

    /// Removes what lies here; of a link, the link.
    pub(crate) fn remove(&self) -> io::Result<()> {
        Ok(unlinkat(&self.folder, &self.name, AtFlags::empty())?)
    }

    /// Gives what lies here another place, where nothing lies.
    pub(crate) fn move_to(&self, to: &Place) -> io::Result<()> {
        let (from, to) = ((&self.folder, self.name.as_bytes()), (&to.folder, to.name.as_bytes()));
        Ok(rename_free(from, to)?)
    }

    /// What the folder lists survives a power cut.
    pub(crate) fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(&self.folder)?)
    }
}

/// Gives what lies under a name of a folder another one, where nothing lies. `EXIST` where something does.
pub(crate) fn rename_free(from: (&OwnedFd, &[u8]), to: (&OwnedFd, &[u8])) -> Result<(), Errno> {
    match renameat_with(from.0, from.1, to.0, to.1, RenameFlags::NOREPLACE) {
        // File systems of cards and shares do not know the flag.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => rename_without_flag(from, to),
        renamed => renamed,
    }
}

/// A second name never takes the place of a file; where files have one name only, a look before has to do.
fn rename_without_flag(from: (&OwnedFd, &[u8]), to: (&OwnedFd, &[u8])) -> Result<(), Errno> {
    match linkat(from.0, from.1, to.0, to.1, AtFlags::empty()) {
        Ok(()) => unlinkat(from.0, from.1, AtFlags::empty()),
        Err(Errno::EXIST) => Err(Errno::EXIST),
        Err(_) if statat(to.0, to.1, AtFlags::SYMLINK_NOFOLLOW).is_ok() => Err(Errno::EXIST),
        Err(_) => renameat(from.0, from.1, to.0, to.1),
    }
}

fn enter(folder: &OwnedFd, name: &OsStr, makes: bool) -> io::Result<OwnedFd> {
    let open = || openat(folder, name, FOLDER | OFlags::NOFOLLOW, Mode::empty());
    match open() {
        Err(Errno::NOENT) if makes => match mkdirat(folder, name, FOLDER_MODE) {
            Ok(()) | Err(Errno::EXIST) => Ok(open()?),
            Err(error) => Err(error.into()),
        },
        opened => Ok(opened?),
    }
}

/// Moves a file of a zone to another place in it, or beside that where something lies there already; where it is now.
pub(crate) fn move_within(zone: &Path, from: &[u8], to: &[u8]) -> io::Result<Vec<u8>> {
    let from = Place::of(zone, from)?;
    if !from.is_taken() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let wanted = PathBuf::from(OsStr::from_bytes(to));
    let first = Place::make(zone, to)?;
    for attempt in 0..NAME_ATTEMPTS {
        let place = first.beside(numbered(&first.name, attempt))?;
        match from.move_to(&place) {
            Ok(()) => {
                place.sync()?;
                from.sync()?;
                return Ok(wanted.with_file_name(place.name).into_os_string().into_encoded_bytes());
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many files have this name"))
}

/// What a folder lists survives a power cut.
pub(crate) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Whether a name in a zone is a folder, and no link to one.
pub(crate) fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|about| about.is_dir())
}

/// `a.jpg`, `a+1.jpg`, `a+2.jpg`.
pub(crate) fn numbered(name: &OsStr, attempt: u32) -> OsString {
    if attempt == 0 {
        return name.to_owned();
    }
    let path = Path::new(name);
    let mut numbered = path.file_stem().unwrap_or_default().to_owned();
    numbered.push(format!("+{attempt}"));
    if let Some(extension) = path.extension() {
        numbered.push(".");
        numbered.push(extension);
    }
    numbered
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_is_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        fs::create_dir(at("in")).unwrap();
        for (name, content) in [("in/a.jpg", "1"), ("in/b.jpg", "2"), ("in/noextension", "3")] {
            fs::write(at(name), content).unwrap();
        }
        let to = |from: &str, path: &[u8]| move_within(dir.path(), from.as_bytes(), path).unwrap();
        assert_eq!(to("in/a.jpg", b"undone/x/a.jpg"), b"undone/x/a.jpg");
        assert_eq!(to("in/b.jpg", b"undone/x/a.jpg"), b"undone/x/a+1.jpg");
        assert_eq!(to("in/noextension", b"undone/x/a+1.jpg"), b"undone/x/a+1+1.jpg");
        let read = |path: &str| fs::read_to_string(at(path)).unwrap();
        assert_eq!([read("undone/x/a.jpg"), read("undone/x/a+1.jpg"), read("undone/x/a+1+1.jpg")], ["1", "2", "3"]);
        let gone = move_within(dir.path(), b"in/gone.jpg", b"undone/gone.jpg").unwrap_err();
        assert_eq!(gone.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn nothing_is_overwritten_where_the_flag_is_not_known() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        fs::create_dir(at("folder")).unwrap();
        for name in ["a", "b"] {
            fs::write(at(name), name).unwrap();
        }
        let folder = openat(CWD, dir.path(), FOLDER, Mode::empty()).unwrap();
        let rename = |from: &str, to: &str| rename_without_flag((&folder, from.as_bytes()), (&folder, to.as_bytes()));
        assert_eq!(rename("a", "b"), Err(Errno::EXIST));
        assert_eq!(rename("folder", "b"), Err(Errno::EXIST));
        assert_eq!((rename("a", "c"), rename("folder", "d"), rename("gone", "e")), (Ok(()), Ok(()), Err(Errno::NOENT)));
        let read = |path: &str| fs::read_to_string(at(path)).unwrap();
        assert!([read("b"), read("c")] == ["b", "a"] && !at("a").exists() && at("d").is_dir());
    }

    #[test]
    fn no_link_leads_out_of_a_zone() {
        let (zone, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(outside.path().join("victim"), "theirs").unwrap();
        fs::write(zone.path().join("a.jpg"), "1").unwrap();
        symlink(outside.path(), zone.path().join("undone")).unwrap();
        symlink(outside.path().join("victim"), zone.path().join("note")).unwrap();
        assert!(move_within(zone.path(), b"a.jpg", b"undone/a.jpg").is_err());
        assert!(move_within(zone.path(), b"undone/victim", b"stolen").is_err());
        assert!(Place::of(zone.path(), b"note").unwrap().create().is_err());
        assert!(Place::of(zone.path(), b"note").unwrap().open().is_err());
        for path in [&b"../victim"[..], b"/etc/passwd", b".."] {
            assert!(Place::make(zone.path(), path).is_err());
        }
        assert_eq!(fs::read_to_string(outside.path().join("victim")).unwrap(), "theirs");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
        assert!(zone.path().join("a.jpg").is_file() && !is_folder(&zone.path().join("undone")));
    }
}
