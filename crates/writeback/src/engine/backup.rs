//! Copies of files before something is written into them, where the user wants them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tintype_protocol::checksum::Sha1;

use super::{Engine, in_folder};
use crate::fault::Fault;

/// Names that are tried where copies of other photos lie.
const MAX_NAMES: u32 = 1_000;

impl Engine<'_> {
    /// Puts a copy of a file at a place, durably, once: an older copy of the same photo is nearer to the camera's. `first` is
    /// the photo's original content. Where another photo's copy lies, the name gets a number.
    pub(super) fn back_up(&self, file: &Path, place: &Path, first: Sha1) -> Result<(), Fault> {
        for number in 0..MAX_NAMES {
            let place = numbered(place, number);
            match fs::symlink_metadata(&place) {
                Ok(about) if about.is_file() => {
                    let found = in_folder::content(&place)?.sha1;
                    if self.library.stands_for(&first, &found)? {
                        return Ok(());
                    }
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return copy(file, &place).map_err(|error| Fault::io("writing", &place, error));
                }
                Err(error) => return Err(Fault::io("reading", &place, error)),
            }
        }
        let source = io::Error::new(io::ErrorKind::AlreadyExists, "too many other files of this name lie there");
        Err(Fault::io("writing", place, source))
    }
}

/// `a.jpg`, `a+1.jpg`, `a+2.jpg`.
fn numbered(place: &Path, number: u32) -> PathBuf {
    let stem = place.file_stem().filter(|_| number > 0);
    let Some(stem) = stem else { return place.to_owned() };
    let mut name = stem.to_owned();
    name.push(format!("+{number}"));
    if let Some(extension) = place.extension() {
        name.push(".");
        name.push(extension);
    }
    place.with_file_name(name)
}

/// A copy is there after a power cut, too: the original goes next.
fn copy(file: &Path, place: &Path) -> io::Result<()> {
    let folder = place.parent().unwrap_or(place);
    let made: Vec<&Path> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
    fs::create_dir_all(folder)?;
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    io::copy(&mut File::open(file)?, &mut new)?;
    new.as_file().sync_all()?;
    new.persist_noclobber(place).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()?;
    made.into_iter().filter_map(Path::parent).try_for_each(|folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_numbers_before_their_extension() {
        assert_eq!(numbered(Path::new("/b/a.jpg"), 0), Path::new("/b/a.jpg"));
        assert_eq!(numbered(Path::new("/b/a.tar.gz"), 2), Path::new("/b/a.tar+2.gz"));
        assert_eq!(numbered(Path::new("/b/plain"), 1), Path::new("/b/plain+1"));
    }

    #[test]
    fn a_copy_is_made_with_its_folders_and_replaces_nothing() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("from"), "bytes").unwrap();
        let place = dir.path().join("x/y/a.jpg");
        copy(&dir.path().join("from"), &place).unwrap();
        assert_eq!(fs::read(&place).unwrap(), b"bytes");
        fs::write(dir.path().join("from"), "other").unwrap();
        assert!(copy(&dir.path().join("from"), &place).is_err());
        assert_eq!(fs::read(&place).unwrap(), b"bytes");
    }
}
