//! The process may end at any step of an upload: afterwards there is nothing, or a complete asset. The same goes for
//! exchanging an original for something smaller, and back.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use tintype_library::blobs::{Blob, BlobError, Blobs, Capacity, FileBlobs, Incoming, LocalFile, Received};
use tintype_library::store::{Durability, Read, Store, StoreError, WriteWork};
use tintype_library::{Library, LibraryError};

use crate::optimising::{engine, optimise, photo, tools};
use crate::scene::{files, jpeg, parts, upload};

/// Steps left until the power goes. After that everything fails and changes nothing.
struct Power(AtomicU32);

impl Power {
    fn is_on(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left.saturating_sub(1))) != Ok(0)
    }
}

struct FailingStore(Arc<dyn Store>, Arc<Power>);

impl Store for FailingStore {
    fn read(&self, work: &mut dyn FnMut(&dyn Read) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.0.read(work)
    }

    fn write(&self, durability: Durability, work: WriteWork) -> Result<(), StoreError> {
        if !self.1.is_on() {
            return Err(StoreError::Closed);
        }
        self.0.write(durability, work)
    }

    fn generation(&self) -> Option<u64> {
        self.0.generation()
    }

    fn is_quick(&self) -> bool {
        self.0.is_quick()
    }

    fn check(&self) -> Result<Vec<String>, StoreError> {
        self.0.check()
    }

    fn close(&self) {
        self.0.close();
    }
}

struct FailingBlobs(FileBlobs, Arc<Power>);

fn off(path: &str) -> BlobError {
    BlobError::Io { action: "reaching", path: PathBuf::from(path), source: std::io::ErrorKind::Other.into() }
}

impl Blobs for FailingBlobs {
    fn receive(&self) -> Result<Incoming, BlobError> {
        self.0.receive()
    }

    fn resume(&self, name: &str) -> Result<Incoming, BlobError> {
        self.0.resume(name)
    }

    fn partials(&self) -> Result<Vec<(String, SystemTime)>, BlobError> {
        self.0.partials()
    }

    fn remove_partial(&self, name: &str) -> Result<(), BlobError> {
        self.0.remove_partial(name)
    }

    fn adopt(&self, received: &mut Received, key: &str) -> Result<(), BlobError> {
        if self.1.is_on() { self.0.adopt(received, key) } else { Err(off(key)) }
    }

    fn replace(&self, received: &mut Received, key: &str) -> Result<(), BlobError> {
        if self.1.is_on() { self.0.replace(received, key) } else { Err(off(key)) }
    }

    fn put(&self, key: &str, bytes: &[u8]) -> Result<(), BlobError> {
        self.0.put(key, bytes)
    }

    fn open(&self, key: &str) -> Result<Blob, BlobError> {
        self.0.open(key)
    }

    fn local(&self, key: &str) -> Result<LocalFile, BlobError> {
        self.0.local(key)
    }

    fn local_output(&self, key: &str) -> Result<PathBuf, BlobError> {
        self.0.local_output(key)
    }

    fn keep(&self, path: &Path, key: &str) -> Result<(), BlobError> {
        self.0.keep(path, key)
    }

    fn remove(&self, key: &str) -> Result<(), BlobError> {
        if self.1.is_on() { self.0.remove(key) } else { Err(off(key)) }
    }

    fn remove_leftovers(&self) -> Result<u64, BlobError> {
        self.0.remove_leftovers()
    }

    fn capacity(&self) -> Result<Capacity, BlobError> {
        self.0.capacity()
    }

    fn keys(&self, prefix: &str, visit: &mut dyn FnMut(String)) -> Result<(), BlobError> {
        self.0.keys(prefix, visit)
    }
}

/// Uploads with power for `steps` writes, then opens the library again as after a restart.
fn crash_after(steps: u32) -> Result<(), LibraryError> {
    let folder = tempfile::tempdir().expect("a folder");
    let power = Arc::new(Power(AtomicU32::new(u32::MAX)));
    let mut failing = parts(folder.path());
    let plain = Arc::clone(&failing.store);
    failing.store = Arc::new(FailingStore(plain, Arc::clone(&power)));
    failing.blobs = Arc::new(FailingBlobs(FileBlobs::open(folder.path()).expect("blobs"), Arc::clone(&power)));
    let library = Library::open(failing)?;
    let owner = library.sign_up_admin("ada@example.org", "Ada", "secret")?.id;
    let mut new = upload(&library, owner, "a.jpg", &jpeg(1));
    let sidecar = {
        let mut incoming = library.receive()?;
        incoming.write(b"<x/>")?;
        incoming.finish()?
    };
    new.sidecar = Some(sidecar);
    power.0.store(steps, Ordering::SeqCst);
    let outcome = library.add(new);
    library.close();
    drop(library);

    let again = Library::open(parts(folder.path()))?;
    let owner = again.user_by_email("ada@example.org")?.expect("the owner");
    let known = again.known_content(owner.id, &sha1_of(&jpeg(1)))?;
    let left = files(folder.path());
    match known {
        None => {
            assert_eq!(left, Vec::<String>::new(), "after {steps} steps");
            assert_eq!(owner.usage_bytes, 0, "after {steps} steps");
            assert!(outcome.is_err(), "an acknowledged upload was lost after {steps} steps");
        }
        Some(_) => {
            assert_eq!(left.len(), 2, "after {steps} steps: {left:?}");
            assert_eq!(owner.usage_bytes, i64::try_from(jpeg(1).len()).expect("small"));
        }
    }
    assert!(again.read(|tx| Ok(tx.reserved_keys()?))?.is_empty());
    assert_eq!(again.check_store()?, Vec::<String>::new());
    outcome.map(drop)
}

fn sha1_of(bytes: &[u8]) -> tintype_protocol::checksum::Sha1 {
    let folder = tempfile::tempdir().expect("a folder");
    let mut incoming = FileBlobs::open(folder.path()).expect("blobs").receive().expect("a file");
    incoming.write(bytes).expect("a write");
    incoming.finish().expect("the file").sha1
}

#[test]
fn an_upload_cut_at_any_step_is_whole_or_gone() {
    let mut steps = 0;
    while crash_after(steps).is_err() {
        steps += 1;
        assert!(steps < 50, "the upload never succeeds");
    }
    assert!(steps >= 4, "there are steps to be cut: {steps}");
}

/// Packs the original of an asset, or puts it back, with power for `steps` writes; then opens the library again.
fn exchange_cut_after(steps: u32, is_restored: bool, tools: &tintype_media::tools::Tools) -> Result<(), LibraryError> {
    let scene = crate::scene::Scene::new();
    let bytes = photo(1);
    let id = scene.add("a.jpg", &bytes);
    scene.work();
    let folder = scene.folder.path();
    if is_restored {
        optimise(&scene.library, id, &engine(folder, tools.clone()))?;
    }
    scene.library.close();
    let power = Arc::new(Power(AtomicU32::new(u32::MAX)));
    let mut failing = parts(folder);
    let plain = Arc::clone(&failing.store);
    failing.store = Arc::new(FailingStore(plain, Arc::clone(&power)));
    failing.blobs = Arc::new(FailingBlobs(FileBlobs::open(folder).expect("blobs"), Arc::clone(&power)));
    let library = Library::open(failing)?;
    power.0.store(steps, Ordering::SeqCst);
    let outcome = if is_restored {
        library.restore_original(id).map(drop)
    } else {
        optimise(&library, id, &engine(folder, tools.clone())).map(drop)
    };
    library.close();
    drop(library);

    let again = Library::open(parts(folder))?;
    let asset = again.read(|tx| Ok(tx.asset(id)?))?.expect("the asset");
    let form = again.stored_form(&asset)?;
    let left: Vec<_> = files(folder).into_iter().filter(|file| file.starts_with("library/")).collect();
    assert_eq!(left, std::slice::from_ref(&asset.original_path), "one form and nothing else, after {steps} steps");
    assert_eq!(again.prove(id)?, Some(asset.checksum), "after {steps} steps");
    let size = form.as_ref().map_or(asset.size_bytes, |form| form.size_bytes);
    let owner = again.user_by_email("ada@example.org")?.expect("the owner");
    assert_eq!(owner.usage_bytes, size, "after {steps} steps");
    if outcome.is_ok() {
        assert_eq!(form.is_some(), !is_restored, "what was acknowledged holds after {steps} steps");
    }
    assert!(again.read(|tx| Ok(tx.reserved_keys()?))?.is_empty());
    assert_eq!(again.check_store()?, Vec::<String>::new());
    outcome
}

#[test]
fn an_exchange_cut_at_any_step_leaves_one_whole_form() {
    let Some(tools) = tools(&["cjxl"]) else { return };
    for is_restored in [false, true] {
        let mut steps = 0;
        while exchange_cut_after(steps, is_restored, &tools).is_err() {
            steps += 1;
            assert!(steps < 50, "it never succeeds");
        }
        // Reserved, filed, exchanged.
        assert!(steps >= 3, "there are steps to be cut: {steps}");
        for beyond in steps + 1..steps + 4 {
            exchange_cut_after(beyond, is_restored, &tools).expect("what is left is clearing away");
        }
    }
}
