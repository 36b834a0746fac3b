//! A library in a folder of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tintype_library::blobs::{Blobs, FileBlobs};
use tintype_library::clock::{ManualClock, SeededEntropy};
use tintype_library::jobs::{Toolbox, Workers};
use tintype_library::places::Gazetteer;
use tintype_library::sessions::Caller;
use tintype_library::store::Store;
use tintype_library::store::sqlite::SqliteStore;
use tintype_library::uploads::{Added, Upload};
use tintype_library::users::NewUser;
use tintype_library::{Library, LibraryError, Parts, Settings};
use tintype_media::synthetic::{Story, picture};
use tintype_media::tools::Tools;
use tintype_protocol::id::{AssetId, UserId};
use tintype_protocol::model::Visibility;
use tintype_protocol::time::Timestamp;

/// 1 November 2026.
pub(crate) const NOW: Timestamp = Timestamp(1_793_491_200_000);
/// Jobs of a test are done within this.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Scene {
    pub(crate) library: Arc<Library>,
    pub(crate) owner: UserId,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) folder: tempfile::TempDir,
}

/// The usual parts over `folder`, for tests that replace some of them.
pub(crate) fn parts(folder: &Path) -> Parts {
    parts_at(folder, Arc::new(ManualClock::new(NOW)))
}

fn parts_at(folder: &Path, clock: Arc<ManualClock>) -> Parts {
    let entropy = Arc::new(SeededEntropy::new(3));
    let store = SqliteStore::open(&folder.join("library.sqlite"), clock.clone(), entropy.clone()).expect("a store");
    let blobs = FileBlobs::open(folder).expect("blobs");
    let settings = Settings { bcrypt_cost: 4, ..Settings::default() };
    let (store, blobs): (Arc<dyn Store>, Arc<dyn Blobs>) = (Arc::new(store), Arc::new(blobs));
    Parts { clock, settings, entropy, ..Parts::new(store, blobs) }
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A library whose parts were changed before it was opened.
    pub(crate) fn with(change: impl FnOnce(&mut Parts)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::new(NOW));
        let mut parts = parts_at(folder.path(), Arc::clone(&clock));
        change(&mut parts);
        let library = Library::open(parts).expect("a library");
        let owner = library.sign_up_admin("ada@example.org", "Ada", "secret").expect("an admin").id;
        Self { library: Arc::new(library), owner, clock, folder }
    }

    pub(crate) fn caller(&self) -> Caller {
        let user = self.library.user(self.owner).expect("a read").expect("the owner");
        Caller::of(user)
    }

    pub(crate) fn limited_user(&self, quota_bytes: i64) -> UserId {
        let new = NewUser {
            email: "bob@example.org".to_owned(),
            name: "Bob".to_owned(),
            password: "secret".to_owned(),
            quota_bytes: Some(quota_bytes),
            ..NewUser::default()
        };
        self.library.create_user(&new).expect("a user").id
    }

    /// Uploads bytes under a name.
    pub(crate) fn upload(&self, name: &str, bytes: &[u8]) -> Result<Added, LibraryError> {
        self.library.add(upload(&self.library, self.owner, name, bytes))
    }

    #[track_caller]
    pub(crate) fn add(&self, name: &str, bytes: &[u8]) -> AssetId {
        match self.upload(name, bytes).expect("an upload") {
            Added::Created(id) => id,
            Added::Duplicate(_) => panic!("{name} was there already"),
        }
    }

    /// Every file below the data folder but the database, relative to it.
    pub(crate) fn files(&self) -> Vec<String> {
        files(self.folder.path())
    }

    /// Works off all jobs.
    pub(crate) fn work(&self) {
        let tools = Arc::new(Tools::default());
        let toolbox = Toolbox::new(tools, Arc::new(Gazetteer::new()), None);
        let workers = Workers::start(Arc::clone(&self.library), toolbox, 2).expect("workers");
        let begin = Instant::now();
        while self.library.pending_jobs().expect("a count") > 0 {
            assert!(begin.elapsed() < PATIENCE, "the jobs do not end");
            std::thread::yield_now();
        }
        drop(workers);
    }
}

pub(crate) fn upload(library: &Library, owner: UserId, name: &str, bytes: &[u8]) -> Upload {
    let mut incoming = library.receive().expect("a file");
    incoming.write(bytes).expect("a write");
    Upload {
        owner,
        file: incoming.finish().expect("the file"),
        sidecar: None,
        name: name.to_owned(),
        device_asset_id: name.to_owned(),
        device_id: "test".to_owned(),
        file_created_at: NOW,
        file_modified_at: NOW,
        duration_ms: None,
        is_favorite: false,
        visibility: Visibility::Timeline,
        live_photo_video_id: None,
        metadata: Vec::new(),
        expected: None,
        link: None,
    }
}

/// A small JPEG, another one for another number, taken in August 2025.
pub(crate) fn jpeg(number: u32) -> Vec<u8> {
    let story = Story { taken: "2025:08:01 10:00:00".to_owned(), place: None };
    picture(number, 64, 48, &story).expect("a picture")
}

pub(crate) fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
                if !name.starts_with("library.sqlite") {
                    found.push(name);
                }
            }
        }
    }
    found.sort();
    found
}
