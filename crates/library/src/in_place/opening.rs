//! Opening files of indexed folders, for reading only.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, openat};
use tintype_media::sniff::HEAD_BYTES;

use super::FileInPlace;
use crate::blobs::Blob;
use crate::error::LibraryError;
use crate::import::sidecars_of;
use crate::model::{Asset, FileStamp};
use crate::uploads::{Recognised, recognise};

/// What the file is, if it is still the one whose content is known.
pub(super) fn look_at(file: &FileInPlace) -> Result<Recognised, LibraryError> {
    let path = file.absolute();
    let out_of_reach = |source| LibraryError::OutOfReach { path: path.clone().into(), source };
    let opened = open_plain(Path::new(&path)).map_err(out_of_reach)?;
    if FileStamp::of(&opened.metadata().map_err(out_of_reach)?) != file.stamp {
        return Err(LibraryError::invalid(format!("{path} was changed meanwhile")));
    }
    let mut head = Vec::with_capacity(HEAD_BYTES);
    opened.take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(out_of_reach)?;
    recognise(&file.name(), file.stamp.size_bytes, &head)
}

/// The bytes of an asset in place.
pub(crate) fn open_in_place(asset: &Asset) -> Result<Blob, LibraryError> {
    let out_of_reach = |source| LibraryError::OutOfReach { path: asset.original_path.clone().into(), source };
    let file = open_plain(Path::new(&asset.original_path)).map_err(out_of_reach)?;
    let about = file.metadata().map_err(out_of_reach)?;
    let modified = about.modified().map_err(out_of_reach)?;
    Ok(Blob { reader: Box::new(file), size_bytes: about.len(), modified })
}

/// The sidecar beside a file in place. A link is none: it would show what another file says.
pub(crate) fn sidecar_in_place(path: &Path) -> Option<PathBuf> {
    sidecars_of(path).into_iter().find(|sidecar| open_plain(sidecar).is_ok())
}

/// The same, opened.
pub(super) fn open_sidecar(path: &Path) -> Option<File> {
    sidecars_of(path).into_iter().find_map(|sidecar| open_plain(&sidecar).ok())
}

/// Opens a plain file at an absolute path none of whose parts is a link: whoever may write into the folder must not lead
/// readers out of it.
fn open_plain(path: &Path) -> io::Result<File> {
    let (step, last) = (OFlags::PATH | OFlags::DIRECTORY, OFlags::RDONLY | OFlags::NONBLOCK);
    let mut at = openat(CWD, "/", step | OFlags::CLOEXEC, Mode::empty())?;
    let mut parts = path.components().skip(1).peekable();
    while let Some(part) = parts.next() {
        let Component::Normal(name) = part else { return Err(io::ErrorKind::InvalidInput.into()) };
        let flags = if parts.peek().is_some() { step } else { last };
        at = openat(&at, name, flags | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
    }
    let file = File::from(at);
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is no plain file")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_link_leads_out() {
        let dir = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(dir.path()).unwrap();
        std::fs::create_dir(root.join("a")).unwrap();
        std::fs::write(root.join("a/b.jpg"), "x").unwrap();
        std::os::unix::fs::symlink(root.join("a"), root.join("link")).unwrap();
        std::os::unix::fs::symlink(root.join("a/b.jpg"), root.join("a/c.jpg")).unwrap();
        assert!(open_plain(&root.join("a/b.jpg")).is_ok());
        for wrong in ["link/b.jpg", "a/c.jpg", "a", "a/../a/b.jpg", "none.jpg"] {
            assert!(open_plain(&root.join(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_link_is_no_sidecar() {
        let dir = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(dir.path()).unwrap();
        let (photo, other) = (root.join("a.jpg"), root.join("other"));
        std::fs::write(&other, "x").unwrap();
        std::os::unix::fs::symlink(&other, root.join("a.jpg.xmp")).unwrap();
        assert_eq!(sidecar_in_place(&photo), None);
        std::fs::write(root.join("a.xmp"), "x").unwrap();
        assert_eq!(sidecar_in_place(&photo), Some(root.join("a.xmp")));
    }
}
