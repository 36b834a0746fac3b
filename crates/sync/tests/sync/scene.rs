//! A library that follows a scripted upstream.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use tintype_client::Client;
use tintype_library::blobs::{Blobs, FileBlobs};
use tintype_library::clock::{ManualClock, SeededEntropy};
use tintype_library::model::{Asset, NewUpstream, Quarantined, Upstream, UpstreamMode};
use tintype_library::sessions::Caller;
use tintype_library::store::Store;
use tintype_library::store::sqlite::SqliteStore;
use tintype_library::{Library, Parts, Settings};
use tintype_protocol::id::{AssetId, UserId};
use tintype_protocol::permission::Permission;
use tintype_protocol::sync::{AckToken, EntityType};
use tintype_protocol::time::Timestamp;
use tintype_protocol::version::Version;
use tintype_sync::{Outbox, PullError, Pulled, Wishes, pull};
use tintype_testkit::FakeUpstream;
use uuid::Uuid;

use crate::lines::{ME, id};
use crate::rows::{positions, rows};

/// 1 November 2026.
const NOW: Timestamp = Timestamp(1_793_491_200_000);

pub(crate) struct Scene {
    pub(crate) server: Arc<FakeUpstream>,
    pub(crate) remote: Client,
    pub(crate) library: Library,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) owner: UserId,
    pub(crate) folder: TempDir,
}

/// Memory where the system has some for files, so that nothing waits for a disk.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// The library of a folder.
fn open(folder: &Path) -> (Library, Arc<ManualClock>) {
    let (clock, entropy) = (Arc::new(ManualClock::new(NOW)), Arc::new(SeededEntropy::new(3)));
    let store = SqliteStore::open(&folder.join("library.sqlite"), clock.clone(), entropy.clone()).unwrap();
    let blobs = FileBlobs::open(folder).unwrap();
    let settings = Settings { bcrypt_cost: 4, ..Settings::default() };
    let (store, blobs): (Arc<dyn Store>, Arc<dyn Blobs>) = (Arc::new(store), Arc::new(blobs));
    let parts = Parts { clock: clock.clone(), settings, entropy, ..Parts::new(store, blobs) };
    (Library::open(Parts { recorder: Arc::new(Outbox), ..parts }).unwrap(), clock)
}

impl Scene {
    /// A library whose only user is [`ME`] on a server of the newest version.
    pub(crate) fn new() -> Self {
        Self::of(Version::CURRENT, ME)
    }

    /// A library whose only user is somebody on a server of a version.
    pub(crate) fn of(version: Version, user: &str) -> Self {
        let folder = folder();
        let (library, clock) = open(folder.path());
        let owner = library.sign_up_admin("ada@example.org", "Ada", "secret").unwrap().id;
        let server = FakeUpstream::new(version);
        let remote = server.client();
        let scene = Self { server, remote, library, clock, owner, folder };
        scene.follow(version, user);
        scene
    }

    /// A copy of the library as it is now, with the same session, as a backup of its folder would be.
    pub(crate) fn copy(&self) -> Self {
        let folder = folder();
        for file in std::fs::read_dir(self.folder.path()).unwrap().map(Result::unwrap) {
            if file.file_name().to_string_lossy().starts_with("library.sqlite") {
                std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
            }
        }
        let (library, clock) = open(folder.path());
        let (server, remote) = (Arc::clone(&self.server), self.remote.clone());
        Self { server, remote, library, clock, owner: self.owner, folder }
    }

    /// The user begins to follow the server.
    pub(crate) fn follow(&self, version: Version, user: &str) -> Upstream {
        let new = NewUpstream {
            address: self.remote.base().to_owned(),
            version,
            user_id: self.owner,
            external_user_id: Uuid::parse_str(user).unwrap(),
            email: "ada@example.org".to_owned(),
            mode: UpstreamMode::Stream,
        };
        self.library.link_upstream(new).unwrap()
    }

    pub(crate) fn caller(&self) -> Caller {
        Caller::of(self.library.user(self.owner).unwrap().unwrap())
    }

    pub(crate) fn upstream(&self) -> Upstream {
        self.library.upstream_of(self.owner).unwrap().unwrap()
    }

    pub(crate) fn pull(&self) -> Result<Pulled, PullError> {
        self.pull_wishing(Wishes::default())
    }

    pub(crate) fn pull_wishing(&self, wishes: Wishes) -> Result<Pulled, PullError> {
        self.pull_by(&self.remote, wishes)
    }

    /// A pull by somebody else on the same server.
    pub(crate) fn pull_by(&self, remote: &Client, wishes: Wishes) -> Result<Pulled, PullError> {
        pull(&self.library, remote, &self.upstream(), wishes, &mut |_| ControlFlow::Continue(()))
    }

    /// What is in the library, but for when it came.
    pub(crate) fn rows(&self) -> Vec<String> {
        rows(self.folder.path())
    }

    /// Where each row is in the library's own feed.
    pub(crate) fn positions(&self) -> Vec<String> {
        positions(self.folder.path())
    }

    pub(crate) fn quarantined(&self) -> Vec<Quarantined> {
        self.library.quarantined(self.upstream().id).unwrap()
    }

    /// An asset by its number there.
    pub(crate) fn asset(&self, number: u32) -> Option<Asset> {
        let caller = self.caller();
        let id: AssetId = id(number).parse().unwrap();
        self.library.asset(&caller, id, Permission::AssetRead).ok()
    }

    /// How many albums there are, and how many assets in all of them.
    pub(crate) fn albums(&self) -> (usize, i64) {
        let caller = self.caller();
        let albums = self.library.albums(&caller, None).unwrap();
        let assets = albums.iter().map(|album| i64::try_from(album.summary.asset_count).unwrap()).sum();
        (albums.len(), assets)
    }

    /// The acks that the server accepted, in order.
    pub(crate) fn acked(&self) -> Vec<String> {
        self.server.acked().concat().iter().map(ToString::to_string).collect()
    }

    /// The types whose checkpoints were moved, in order.
    pub(crate) fn acked_types(&self) -> Vec<EntityType> {
        self.server.acked().concat().iter().map(|ack: &AckToken| ack.entity).collect()
    }
}
