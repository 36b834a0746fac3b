//! Files in folders that are not the library's: laid complete, or not at all, and never over what somebody wrote meanwhile.
//!
//! New bytes have no name until all of them are on disk, where the file system allows that; then they take the old file's
//! place in one step.

use std::fs::{File, Metadata};
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::SystemTime;

use rustix::fs::{AtFlags, CWD, linkat};
use sha1::{Digest as _, Sha1 as Hasher};
use tintype_library::blobs::Received;
use tintype_library::model::ForeignPhoto;
use tintype_library::write_back::{WRITE_BACK, stamp};
use tintype_media::formats;
use tintype_media::sniff::{HEAD_BYTES, sniff};
use tintype_protocol::checksum::Sha1;

use super::Engine;
use super::sidecar::{MAX_SIDECAR_BYTES, too_long};
use super::subject::InFolder;
use crate::container::Container;
use crate::fault::Fault;

/// Bytes copied at a time.
const COPY_BYTES: usize = 1 << 20;

/// A file's content, and what it looked like while it was read.
pub(super) struct Content {
    pub(super) sha1: Sha1,
    pub(super) stamp: (u64, i64),
}

/// What a file holds; `Changed` where somebody wrote to it meanwhile.
pub(super) fn content(path: &Path) -> Result<Content, Fault> {
    let reading = |error| Fault::io("reading", path, error);
    let before = stamp(path).map_err(reading)?;
    let (mut file, mut hasher) = (File::open(path).map_err(reading)?, Hasher::new());
    let mut buffer = vec![0; COPY_BYTES];
    loop {
        let count = file.read(&mut buffer).map_err(reading)?;
        if count == 0 {
            break;
        }
        hasher.update(&buffer[..count]);
    }
    if stamp(path).map_err(reading)? != before {
        return Err(Fault::Changed);
    }
    Ok(Content { sha1: Sha1(hasher.finalize().into()), stamp: before })
}

/// What is written into a photo's file; `None` where nothing is. Raw files begin like TIFF, and their names tell.
pub(super) fn container(path: &Path) -> Result<Option<Container>, Fault> {
    let by_name = path.file_name().and_then(|name| formats::by_name(&name.to_string_lossy()));
    if by_name.is_some_and(|format| Container::of(format.media_type).is_none()) {
        return Ok(None);
    }
    Ok(media_type(path)?.and_then(Container::of))
}

/// What a file's first bytes say that it is.
fn media_type(path: &Path) -> Result<Option<&'static str>, Fault> {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD_BYTES as u64).read_to_end(&mut head));
    read.map_err(|error| Fault::io("reading", path, error))?;
    Ok(sniff(&head).map(|container| container.media_type()))
}

impl Engine<'_> {
    /// Gives a copy with other metadata the place of the photo, with its rights and the given age. The ledger knows before that
    /// the new content stands for the old one.
    pub(super) fn replace_photo(
        &self,
        found: &InFolder,
        made: &Received,
        modified: SystemTime,
    ) -> Result<ForeignPhoto, Fault> {
        let path = Path::new(&found.photo.path);
        let reading = |error| Fault::io("reading", path, error);
        let about = std::fs::symlink_metadata(path).map_err(reading)?;
        let copy = made.path();
        let kind = media_type(copy)?.unwrap_or("application/octet-stream");
        self.library.note_derivation(found.photo.original, (made.sha1, made.size_bytes, kind), WRITE_BACK, false)?;
        let new = Unnamed::copy_of(copy, path, &about, modified)?;
        let is_as_known = stamp(path).map_err(reading)? == (found.photo.size_bytes, found.photo.modified_ns);
        if !is_as_known || !about.is_file() {
            return Err(Fault::Changed);
        }
        new.replace(path)?;
        let (size_bytes, modified_ns) = stamp(path).map_err(reading)?;
        Ok(ForeignPhoto { sha1: made.sha1, size_bytes, modified_ns, ..found.photo.clone() })
    }
}

/// The path of a sidecar in a folder as text, and its bytes, if it is there.
pub(super) fn sidecar(path: &Path) -> Result<(String, Option<Vec<u8>>), Fault> {
    let reading = |error| Fault::io("reading", path, error);
    let key = path.to_str().ok_or_else(|| reading(io::ErrorKind::InvalidFilename.into()))?.to_owned();
    match std::fs::symlink_metadata(path) {
        Ok(about) if !about.is_file() => Err(Fault::Occupied { key }),
        Ok(about) if about.len() > MAX_SIDECAR_BYTES => Err(too_long()),
        Ok(_) => Ok((key, Some(std::fs::read(path).map_err(reading)?))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((key, None)),
        Err(error) => Err(reading(error)),
    }
}

/// Puts a sidecar into a folder: a new one, or in the place of the one that has these bytes. Whether it did; it does not
/// where another one lies there. No bytes: it goes.
pub(super) fn lay_sidecar(path: &Path, before: Option<&[u8]>, bytes: &[u8]) -> Result<bool, Fault> {
    let reading = |error| Fault::io("reading", path, error);
    if let Some(before) = before
        && std::fs::read(path).map_err(reading)? != before
    {
        return Ok(false);
    }
    let about = before.map(|_| std::fs::symlink_metadata(path)).transpose().map_err(reading)?;
    if about.as_ref().is_some_and(|about| !about.is_file()) {
        return Ok(false);
    }
    if bytes.is_empty() {
        std::fs::remove_file(path).map_err(|error| Fault::io("removing", path, error))?;
        return sync_folder(path).map(|()| true);
    }
    let new = Unnamed::of(bytes, path, about.as_ref())?;
    match before {
        Some(_) => new.replace(path).map(|()| true),
        None => new.lay(path),
    }
}

/// Bytes on disk that have no name yet, or a hidden one.
struct Unnamed {
    file: File,
    /// Where the file system knows no files without names.
    named: Option<tempfile::TempPath>,
}

impl Unnamed {
    fn begin(beside: &Path) -> Result<Self, Fault> {
        let folder = beside.parent().unwrap_or(beside);
        let failed = |error| Fault::io("writing", beside, error);
        let is_linkable = |file: &File| file.metadata().is_ok_and(|about| about.nlink() == 0);
        let unnamed = rustix::fs::openat(
            CWD,
            folder,
            rustix::fs::OFlags::TMPFILE | rustix::fs::OFlags::RDWR | rustix::fs::OFlags::CLOEXEC,
            rustix::fs::Mode::from_raw_mode(0o644),
        );
        match unnamed.map(File::from) {
            Ok(file) if is_linkable(&file) => Ok(Self { file, named: None }),
            // Not every file system can; whatever else is wrong shows again.
            _ => {
                let made = hidden().tempfile_in(folder);
                let (file, path) = made.map_err(failed)?.into_parts();
                Ok(Self { file, named: Some(path) })
            }
        }
    }

    fn of(bytes: &[u8], beside: &Path, like: Option<&Metadata>) -> Result<Self, Fault> {
        let mut new = Self::begin(beside)?;
        new.file.write_all(bytes).map_err(|error| Fault::io("writing", beside, error))?;
        new.finish(beside, like, None)
    }

    fn copy_of(from: &Path, beside: &Path, like: &Metadata, modified: SystemTime) -> Result<Self, Fault> {
        let mut new = Self::begin(beside)?;
        let mut source = File::open(from).map_err(|error| Fault::io("reading", from, error))?;
        io::copy(&mut source, &mut new.file).map_err(|error| Fault::io("writing", beside, error))?;
        new.finish(beside, Some(like), Some(modified))
    }

    /// With the rights of another file, and of an age if that is wished; on disk.
    fn finish(self, beside: &Path, like: Option<&Metadata>, modified: Option<SystemTime>) -> Result<Self, Fault> {
        let failed = |error| Fault::io("writing", beside, error);
        if let Some(like) = like {
            self.file.set_permissions(like.permissions()).map_err(failed)?;
            // Only root may give files away; whoever may not owns what they write.
            let _ = std::os::unix::fs::fchown(&self.file, Some(like.uid()), Some(like.gid()));
        } else {
            self.file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644)).map_err(failed)?;
        }
        if let Some(modified) = modified {
            self.file.set_modified(modified).map_err(failed)?;
        }
        self.file.sync_all().map_err(failed)?;
        Ok(self)
    }

    /// Gives it a name that nobody has; whether it did.
    fn lay(self, path: &Path) -> Result<bool, Fault> {
        let laid = match self.named {
            None => link(&self.file, path),
            Some(named) => named.persist_noclobber(path).map_err(|error| error.error),
        };
        match laid {
            Ok(()) => sync_folder(path).map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(Fault::io("writing", path, error)),
        }
    }

    /// Gives it the name of another file, which goes.
    fn replace(self, path: &Path) -> Result<(), Fault> {
        let failed = |error| Fault::io("writing", path, error);
        let named = match self.named {
            Some(named) => named,
            None => {
                // A name can only be taken over from a file that has one.
                let folder = path.parent().unwrap_or(path);
                let named = hidden().make_in(folder, |place| link(&self.file, place));
                named.map_err(failed)?.into_temp_path()
            }
        };
        named.persist(path).map_err(|error| failed(error.error))?;
        sync_folder(path)
    }
}

fn link(file: &File, path: &Path) -> io::Result<()> {
    let own = format!("/proc/self/fd/{}", file.as_fd().as_raw_fd());
    Ok(linkat(CWD, own, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

/// Names that nobody has and nobody shows.
fn hidden<'a>() -> tempfile::Builder<'a, 'a> {
    let mut names = tempfile::Builder::new();
    names.prefix(".tintype-").suffix(".part");
    names
}

fn sync_folder(path: &Path) -> Result<(), Fault> {
    let folder = path.parent().unwrap_or(path);
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| Fault::io("writing", folder, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_files_are_left_alone_whatever_they_begin_like() {
        let dir = tempfile::tempdir().unwrap();
        let tiff = b"II*\0\x08\0\0\0\0\0\0\0\0\0";
        for (name, expected) in [
            ("a.tif", Some(Container::Classic)),
            ("a.dng", None),
            ("a.NEF", None),
            ("a.arw", None),
            ("a.pef", None),
            ("a", Some(Container::Classic)),
        ] {
            let path = dir.path().join(name);
            std::fs::write(&path, tiff).unwrap();
            assert_eq!(container(&path).unwrap(), expected, "{name}");
        }
    }
}
