//! Blobs as plain files below one folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::{Blob, BlobError, Blobs, Capacity, Incoming, LocalFile, Placing, Received};

/// Folder of files that have no place yet, inside the root so that giving them one is a rename.
const INCOMING: &str = "incoming";
/// Folder of files that are received in more than one go.
const PARTIAL: &str = "partial";

/// Bytes below a folder: the key is the path.
#[derive(Debug)]
pub struct FileBlobs {
    root: PathBuf,
}

impl FileBlobs {
    /// Keeps its files below `root`, which is created if needed.
    pub fn open(root: &Path) -> Result<Self, BlobError> {
        let incoming = root.join(INCOMING);
        fs::create_dir_all(&incoming).map_err(|source| BlobError::io("creating", &incoming, source))?;
        Ok(Self { root: root.to_owned() })
    }

    fn path(&self, key: &str) -> Result<PathBuf, BlobError> {
        let relative = Path::new(key);
        let is_plain = !key.is_empty() && relative.components().all(|part| matches!(part, Component::Normal(_)));
        if is_plain { Ok(self.root.join(relative)) } else { Err(BlobError::BadKey { key: key.to_owned() }) }
    }

    fn temporary_path(&self) -> PathBuf {
        self.root.join(INCOMING).join(format!("{}.part", uuid::Uuid::new_v4()))
    }

    fn partial_path(&self, name: &str) -> Result<PathBuf, BlobError> {
        if name.contains('/') {
            return Err(BlobError::BadKey { key: name.to_owned() });
        }
        self.path(&format!("{PARTIAL}/{name}"))
    }

    /// Moves received bytes to a place that nobody has; the folder, which is not durable yet.
    fn take_free(&self, received: &mut Received, key: &str) -> Result<PathBuf, BlobError> {
        let path = self.path(key)?;
        let parent = Self::make_parent(&path)?;
        rename_to_free(received.path(), &path).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => BlobError::Occupied { key: key.to_owned() },
            _ => BlobError::io("moving", &path, source),
        })?;
        received.moved();
        Ok(parent)
    }

    /// Moves received bytes to a place, whoever has it; the folder, which is not durable yet.
    fn take_over(&self, received: &mut Received, key: &str) -> Result<PathBuf, BlobError> {
        let path = self.path(key)?;
        let parent = Self::make_parent(&path)?;
        fs::rename(received.path(), &path).map_err(|source| BlobError::io("moving", &path, source))?;
        received.moved();
        Ok(parent)
    }

    /// Gives bytes another name; the folder, which is not durable yet.
    fn link_only(&self, key: &str, other: &str) -> Result<PathBuf, BlobError> {
        let (from, to) = (self.path(key)?, self.path(other)?);
        let parent = Self::make_parent(&to)?;
        fs::hard_link(&from, &to).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => BlobError::Occupied { key: other.to_owned() },
            _ => BlobError::io("naming", &to, source),
        })?;
        Ok(parent)
    }

    fn make_parent(path: &Path) -> Result<PathBuf, BlobError> {
        let parent = path.parent().unwrap_or(path).to_owned();
        fs::create_dir_all(&parent).map_err(|source| BlobError::io("creating", &parent, source))?;
        Ok(parent)
    }
}

/// Makes the entries of a folder durable.
fn sync_folder(path: &Path) -> Result<(), BlobError> {
    sync_entries(path).map_err(|source| BlobError::io("writing", path, source))
}

fn sync_entries(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes the entries of folders durable, each folder once. A sync that failed is not tried again: the kernel tells of a fault
/// once, and the next sync would say that all is well.
fn sync_folders(
    folders: Vec<Result<PathBuf, BlobError>>,
    sync: impl Fn(&Path) -> io::Result<()>,
) -> Vec<Result<(), BlobError>> {
    let each: BTreeSet<PathBuf> = folders.iter().flatten().cloned().collect();
    let synced: BTreeMap<PathBuf, io::Result<()>> =
        each.into_iter().map(|folder| (folder.clone(), sync(&folder))).collect();
    let outcome = |folder: PathBuf| match &synced[&folder] {
        Ok(()) => Ok(()),
        Err(error) => Err(BlobError::io("writing", &folder, again(error))),
    };
    folders.into_iter().map(|folder| folder.and_then(outcome)).collect()
}

/// The same error for another file.
fn again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// Moves a file to a name that must be free. File systems that cannot check and move in one step (some network ones)
/// are checked first; the store's reservation of the key keeps our own writers apart.
fn rename_to_free(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::OPNOTSUPP) => {
            if to.try_exists()? {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            fs::rename(from, to)
        }
        Err(error) => Err(error.into()),
    }
}

impl Blobs for FileBlobs {
    fn receive(&self) -> Result<Incoming, BlobError> {
        Incoming::create(self.temporary_path())
    }

    fn resume(&self, name: &str) -> Result<Incoming, BlobError> {
        let path = self.partial_path(name)?;
        Self::make_parent(&path)?;
        Incoming::resume(path)
    }

    fn partials(&self) -> Result<Vec<(String, SystemTime)>, BlobError> {
        let mut partials = Vec::new();
        self.keys(PARTIAL, &mut |key| partials.push(key))?;
        let about = |key: String| {
            let path = self.path(&key)?;
            let modified = fs::metadata(&path).and_then(|about| about.modified());
            let modified = modified.map_err(|source| BlobError::io("reading", &path, source))?;
            Ok((key[PARTIAL.len() + 1..].to_owned(), modified))
        };
        partials.into_iter().map(about).collect()
    }

    fn remove_partial(&self, name: &str) -> Result<(), BlobError> {
        self.partial_path(name)?;
        self.remove(&format!("{PARTIAL}/{name}"))
    }

    fn adopt(&self, received: &mut Received, key: &str) -> Result<(), BlobError> {
        sync_folder(&self.take_free(received, key)?)
    }

    fn replace(&self, received: &mut Received, key: &str) -> Result<(), BlobError> {
        sync_folder(&self.take_over(received, key)?)
    }

    fn place_together(&self, files: &mut [Placing]) -> Vec<Result<(), BlobError>> {
        let place = |file: &mut Placing| match file.replaces {
            true => self.take_over(&mut file.received, &file.key),
            false => self.take_free(&mut file.received, &file.key),
        };
        sync_folders(files.iter_mut().map(place).collect(), sync_entries)
    }

    fn put(&self, key: &str, bytes: &[u8]) -> Result<(), BlobError> {
        let path = self.path(key)?;
        Self::make_parent(&path)?;
        let temporary = self.temporary_path();
        let written = File::create_new(&temporary).and_then(|mut file| file.write_all(bytes));
        written.and_then(|()| fs::rename(&temporary, &path)).map_err(|source| {
            // The error that matters is the first one.
            let _ = fs::remove_file(&temporary);
            BlobError::io("writing", &path, source)
        })
    }

    fn open(&self, key: &str) -> Result<Blob, BlobError> {
        let path = self.path(key)?;
        let file = File::open(&path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => BlobError::NotFound { key: key.to_owned() },
            _ => BlobError::io("opening", &path, source),
        })?;
        let about = file.metadata().map_err(|source| BlobError::io("reading", &path, source))?;
        let modified = about.modified().map_err(|source| BlobError::io("reading", &path, source))?;
        Ok(Blob { reader: Box::new(file), size_bytes: about.len(), modified })
    }

    fn local(&self, key: &str) -> Result<LocalFile, BlobError> {
        let path = self.path(key)?;
        if !path.is_file() {
            return Err(BlobError::NotFound { key: key.to_owned() });
        }
        // Links on the way are followed by whoever opens it; looking each part up would cost more than all else here.
        let path = std::path::absolute(&path).map_err(|source| BlobError::io("finding", &path, source))?;
        Ok(LocalFile { path })
    }

    fn local_output(&self, key: &str) -> Result<PathBuf, BlobError> {
        self.path(key)?;
        let root = fs::canonicalize(&self.root).map_err(|source| BlobError::io("finding", &self.root, source))?;
        let extension = Path::new(key).extension().and_then(|extension| extension.to_str()).unwrap_or("part");
        Ok(root.join(INCOMING).join(format!("{}.{extension}", uuid::Uuid::new_v4())))
    }

    fn keep(&self, path: &Path, key: &str) -> Result<(), BlobError> {
        let target = self.path(key)?;
        Self::make_parent(&target)?;
        fs::rename(path, &target).map_err(|source| BlobError::io("moving", &target, source))
    }

    fn link(&self, key: &str, other: &str) -> Result<(), BlobError> {
        sync_folder(&self.link_only(key, other)?)
    }

    fn link_together(&self, keys: &[(&str, &str)]) -> Vec<Result<(), BlobError>> {
        let linked: Vec<_> = keys.iter().map(|(key, other)| self.link_only(key, other)).collect();
        let is_linked: Vec<bool> = linked.iter().map(Result::is_ok).collect();
        let outcomes = sync_folders(linked, sync_entries);
        for (((_, other), outcome), is_linked) in keys.iter().zip(&outcomes).zip(is_linked) {
            // A name that may be gone after a power cut is better not there at all: nobody knows it.
            if outcome.is_err()
                && is_linked
                && let Err(error) = self.remove(other)
            {
                tracing::warn!(key = other, %error, "a name that is not durable could not be taken away");
            }
        }
        outcomes
    }

    fn remove(&self, key: &str) -> Result<(), BlobError> {
        let path = self.path(key)?;
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(BlobError::io("removing", &path, source)),
        }
        // Folders that have become empty go, too; one that is not empty refuses.
        let mut folder = path.parent();
        while let Some(parent) = folder.filter(|parent| *parent != self.root && fs::remove_dir(parent).is_ok()) {
            folder = parent.parent();
        }
        Ok(())
    }

    fn remove_leftovers(&self) -> Result<u64, BlobError> {
        let folder = self.root.join(INCOMING);
        let entries = fs::read_dir(&folder).map_err(|source| BlobError::io("reading", &folder, source))?;
        let mut removed = 0;
        for entry in entries {
            let path = entry.map_err(|source| BlobError::io("reading", &folder, source))?.path();
            fs::remove_file(&path).map_err(|source| BlobError::io("removing", &path, source))?;
            removed += 1;
        }
        Ok(removed)
    }

    fn capacity(&self) -> Result<Capacity, BlobError> {
        let about =
            rustix::fs::statvfs(&self.root).map_err(|source| BlobError::io("measuring", &self.root, source.into()))?;
        Ok(Capacity { total: about.f_blocks * about.f_frsize, available: about.f_bavail * about.f_frsize })
    }

    fn keys(&self, prefix: &str, visit: &mut dyn FnMut(String)) -> Result<(), BlobError> {
        let mut folders = vec![self.path(prefix)?];
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(source) => return Err(BlobError::io("reading", &folder, source)),
            };
            for entry in entries {
                let path = entry.map_err(|source| BlobError::io("reading", &folder, source))?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(relative) = path.strip_prefix(&self.root) {
                    visit(relative.to_string_lossy().into_owned());
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn a_folder_that_could_not_be_synced_fails_for_all_its_files() {
        let tries = std::cell::Cell::new(0);
        let full = |_: &Path| {
            tries.set(tries.get() + 1);
            // The kernel tells of a fault once.
            if tries.get() == 1 { Err(io::Error::from_raw_os_error(28)) } else { Ok(()) }
        };
        let folders = vec![Ok(PathBuf::from("/a")), Ok(PathBuf::from("/a")), Ok(PathBuf::from("/b"))];
        let outcomes = sync_folders(folders, full);
        assert!(matches!(outcomes[0], Err(BlobError::Full { .. })), "{:?}", outcomes[0]);
        assert!(outcomes[1].is_err() && outcomes[2].is_ok());
        assert_eq!(tries.get(), 2, "each folder once");
    }

    fn blobs() -> (tempfile::TempDir, FileBlobs) {
        let dir = tempfile::tempdir().unwrap();
        let blobs = FileBlobs::open(dir.path()).unwrap();
        (dir, blobs)
    }

    fn received(blobs: &FileBlobs, bytes: &[u8]) -> Received {
        let mut incoming = blobs.receive().unwrap();
        incoming.write(bytes).unwrap();
        incoming.finish().unwrap()
    }

    fn count_files(path: &Path) -> usize {
        let mut found = 0;
        FileBlobs { root: path.to_owned() }.keys("incoming", &mut |_| found += 1).unwrap();
        found
    }

    #[test]
    fn what_is_received_can_be_read_back() {
        let (dir, blobs) = blobs();
        let mut file = received(&blobs, b"hello");
        assert_eq!(file.sha1.to_hex(), "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d");
        blobs.adopt(&mut file, "library/ada/2026/01/a.jpg").unwrap();
        drop(file);
        let mut text = String::new();
        let mut blob = blobs.open("library/ada/2026/01/a.jpg").unwrap();
        blob.reader.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), blob.size_bytes), ("hello", 5));
        assert_eq!(count_files(dir.path()), 0, "the temporary file is gone");
    }

    #[test]
    fn an_occupied_key_is_never_overwritten() {
        let (dir, blobs) = blobs();
        blobs.adopt(&mut received(&blobs, b"first"), "library/a.jpg").unwrap();
        let error = blobs.adopt(&mut received(&blobs, b"second"), "library/a.jpg").unwrap_err();
        assert!(matches!(error, BlobError::Occupied { .. }), "{error}");
        assert_eq!(fs::read(dir.path().join("library/a.jpg")).unwrap(), b"first");
        assert_eq!(count_files(dir.path()), 0, "the refused file left nothing");
    }

    #[test]
    fn bytes_take_the_place_of_others() {
        let (dir, blobs) = blobs();
        blobs.adopt(&mut received(&blobs, b"first"), "library/a.xmp").unwrap();
        blobs.replace(&mut received(&blobs, b"second"), "library/a.xmp").unwrap();
        assert_eq!(fs::read(dir.path().join("library/a.xmp")).unwrap(), b"second");
        assert_eq!(count_files(dir.path()), 0);
    }

    #[test]
    fn keys_cannot_leave_the_folder() {
        let (_dir, blobs) = blobs();
        for key in ["", "/etc/passwd", "../x", "library/../../x", "./x"] {
            assert!(matches!(blobs.open(key), Err(BlobError::BadKey { .. })), "{key}");
        }
    }

    #[test]
    fn removing_takes_empty_folders_along() {
        let (dir, blobs) = blobs();
        blobs.adopt(&mut received(&blobs, b"1"), "library/a/b/1.jpg").unwrap();
        blobs.adopt(&mut received(&blobs, b"2"), "library/a/2.jpg").unwrap();
        blobs.remove("library/a/b/1.jpg").unwrap();
        assert!(!dir.path().join("library/a/b").exists());
        assert!(dir.path().join("library/a/2.jpg").exists());
        blobs.remove("library/a/b/1.jpg").unwrap();
    }

    #[test]
    fn what_was_begun_under_a_name_goes_on() {
        let (dir, blobs) = blobs();
        let mut begun = blobs.resume("a.part").unwrap();
        begun.write(b"hel").unwrap();
        drop(begun);
        drop(blobs);
        let blobs = FileBlobs::open(dir.path()).unwrap();
        assert_eq!(blobs.remove_leftovers().unwrap(), 0);
        let mut again = blobs.resume("a.part").unwrap();
        assert_eq!(again.size_bytes(), 3);
        again.write(b"lo").unwrap();
        let mut whole = again.finish().unwrap();
        assert_eq!(whole.sha1.to_hex(), "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d");
        blobs.adopt(&mut whole, "library/a.jpg").unwrap();
        assert!(blobs.partials().unwrap().is_empty());
        // From the beginning, where the other side cannot go on; and what is finished and not wanted leaves nothing.
        let mut other = blobs.resume("b.part").unwrap();
        other.write(b"wrong").unwrap();
        other.restart().unwrap();
        other.write(b"hello").unwrap();
        assert_eq!(blobs.partials().unwrap()[0].0, "b.part");
        assert_eq!(other.finish().unwrap().sha1, whole.sha1);
        assert!(blobs.partials().unwrap().is_empty());
        assert!(matches!(blobs.resume("../x"), Err(BlobError::BadKey { .. })));
    }

    #[test]
    fn leftovers_go_at_start() {
        let (dir, blobs) = blobs();
        std::mem::forget(blobs.receive().unwrap());
        assert_eq!(count_files(dir.path()), 1);
        assert_eq!(blobs.remove_leftovers().unwrap(), 1);
        assert_eq!(count_files(dir.path()), 0);
    }
}
