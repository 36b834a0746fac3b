//! The data folder and who owns it.
//!
//! One process owns a folder: it holds a lock on `node.lock` for as long as it lives, and answers commands of other
//! processes on `node.sock`.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use tintype_library::blobs::FileBlobs;
use tintype_library::clock::{Clock, Entropy, SystemClock, SystemEntropy};
use tintype_library::store::sqlite::{FILE_NAME, SqliteStore};
use tintype_library::{Library, Parts, Settings};

use crate::config::Config;
use crate::origin::Upstreams;

const LOCK_NAME: &str = "node.lock";
const SOCKET_NAME: &str = "node.sock";

/// Somebody else owns the folder.
#[derive(Debug)]
pub(crate) struct Held {
    folder: PathBuf,
    holder: String,
}

impl std::fmt::Display for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is in use by {}", self.folder.display(), self.holder)
    }
}

impl std::error::Error for Held {}

/// An owned folder. The lock goes when this is dropped, or when the process ends in whatever way.
pub(crate) struct Folder {
    lock: File,
    path: PathBuf,
}

impl Folder {
    /// Makes the folder if needed and takes its lock. [`Held`] says who has it.
    pub(crate) fn own(path: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(path).with_context(|| format!("{} could not be created", path.display()))?;
        let name = path.join(LOCK_NAME);
        let mut lock = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&name)
            .with_context(|| format!("{} could not be opened", name.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who holds it is a courtesy; the lock is what counts.
                let _ = lock.read_to_string(&mut holder);
                let holder = if holder.trim().is_empty() { "another process" } else { holder.trim() }.to_owned();
                return Err(Held { folder: path.to_owned(), holder }.into());
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{} could not be locked", name.display()));
            }
        }
        let mut folder = Self { lock, path: path.to_owned() };
        folder.describe("a command")?;
        Ok(folder)
    }

    /// Writes down who holds the lock, for whoever comes second.
    pub(crate) fn describe(&mut self, what: &str) -> anyhow::Result<()> {
        self.lock.set_len(0)?;
        self.lock.rewind()?;
        write!(self.lock, "process {} ({what})", std::process::id())?;
        Ok(())
    }

    /// Where the owner answers commands.
    pub(crate) fn socket(&self) -> PathBuf {
        socket(&self.path)
    }
}

/// Where the owner of a folder answers commands.
pub(crate) fn socket(data: &Path) -> PathBuf {
    data.join(SOCKET_NAME)
}

/// Opens the library of a folder that this process owns.
pub(crate) fn open(config: &Config) -> anyhow::Result<Arc<Library>> {
    open_with(config, Arc::new(SystemClock), Arc::new(SystemEntropy))
}

/// The same with another clock and other randomness.
pub(crate) fn open_with(
    config: &Config,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> anyhow::Result<Arc<Library>> {
    Ok(Arc::new(Library::open(parts(config, clock, entropy)?)?))
}

/// Looks into the library of a folder that another process owns.
pub(crate) fn open_beside(config: &Config) -> anyhow::Result<Library> {
    Ok(Library::beside(parts(config, Arc::new(SystemClock), Arc::new(SystemEntropy))?))
}

fn parts(config: &Config, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> anyhow::Result<Parts> {
    let store = SqliteStore::open(&config.data.join(FILE_NAME), Arc::clone(&clock), Arc::clone(&entropy))
        .map_err(tintype_library::LibraryError::from)?;
    let blobs = FileBlobs::open(&config.data).map_err(tintype_library::LibraryError::from)?;
    let settings = Settings {
        trash_days: config.trash_days,
        import_faces: config.import_faces,
        cache_bytes: config.cache_mib << 20,
        ..Settings::default()
    };
    let (recorder, origin) = (Arc::new(tintype_sync::Outbox), Arc::new(Upstreams::new(&config.data)));
    Ok(Parts { clock, entropy, settings, recorder, origin, ..Parts::new(Arc::new(store), Arc::new(blobs)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_owner_who_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let mut first = Folder::own(dir.path()).unwrap();
        first.describe("serving http://127.0.0.1:2283").unwrap();
        let error = Folder::own(dir.path()).err().expect("a second owner must be refused");
        assert!(error.downcast_ref::<Held>().is_some(), "{error}");
        let text = error.to_string();
        assert!(text.contains(&std::process::id().to_string()) && text.contains("2283"), "{text}");
        drop(first);
        Folder::own(dir.path()).unwrap();
    }
}
