//! Who there is: an upstream, nodes that follow it, and people who use them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tempfile::TempDir;
use tintype_client::Client;
use tintype_library::blobs::FileBlobs;
use tintype_library::clock::{ManualClock, SeededEntropy};
use tintype_library::jobs::{Toolbox, work_off};
use tintype_library::model::{NewUpstream, Upstream, UpstreamMode};
use tintype_library::places::Gazetteer;
use tintype_library::sessions::Device;
use tintype_library::store::Store as _;
use tintype_library::store::sqlite::{FILE_NAME, SqliteStore};
use tintype_library::users::NewUser;
use tintype_library::{Library, LibraryError, Parts, Settings};
use tintype_media::tools::Tools;
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, UserId};
use tintype_protocol::time::Timestamp;
use tintype_sync::{Outbox, Pace, PullError, PushError, Wishes};

use crate::disk::{Disk, Fuse};
use crate::files::Files;
use crate::network::{ADDRESS, Network, Server, serve};
use crate::story::Story;

/// 1 November 2026.
const BEGIN: Timestamp = Timestamp(1_793_491_200_000);
const PASSWORD: &str = "a password";
/// Jobs look for nothing outside.
static TOOLBOX: LazyLock<Toolbox> =
    LazyLock::new(|| Toolbox::new(Arc::new(Tools::default()), Arc::new(Gazetteer::new()), None));

/// An empty database, so that its schema is made only once.
static EMPTY: LazyLock<TempDir> = LazyLock::new(|| {
    let (folder, clock) = (folder(), Arc::new(ManualClock::new(BEGIN)));
    let store = SqliteStore::open(&folder.path().join(FILE_NAME), clock, Arc::new(SeededEntropy::new(0)));
    store.expect("a store").close();
    folder
});

pub(crate) type Outcome<T> = Result<T, String>;

/// A library on a disk of its own.
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) library: Arc<Library>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) fuse: Arc<Fuse>,
    folder: TempDir,
    seed: u64,
}

/// Memory where the system has some for files, so that nothing waits for a disk.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.expect("a folder")
}

impl Place {
    fn new(name: String, seed: u64) -> Self {
        let (folder, clock, fuse) = (folder(), Arc::new(ManualClock::new(BEGIN)), Fuse::new());
        std::fs::copy(EMPTY.path().join(FILE_NAME), folder.path().join(FILE_NAME)).expect("a copy");
        let library = open(folder.path(), &clock, &fuse, seed);
        Self { name, library, clock, fuse, folder, seed }
    }

    /// The process has ended, and another one begins.
    pub(crate) fn restart(&mut self) {
        self.library.close();
        self.fuse.renew();
        self.seed += 1;
        self.library = open(self.folder.path(), &self.clock, &self.fuse, self.seed);
    }
}

/// The router of a server and its library hold each other for as long as a process lives, and a test lives thousands of lives.
impl Drop for Place {
    fn drop(&mut self) {
        self.library.close();
    }
}

fn open(folder: &Path, clock: &Arc<ManualClock>, fuse: &Arc<Fuse>, seed: u64) -> Arc<Library> {
    let entropy = Arc::new(SeededEntropy::new(seed));
    let store = SqliteStore::open(&folder.join(FILE_NAME), clock.clone(), entropy.clone()).expect("a store");
    let blobs = Files { blobs: FileBlobs::open(folder).expect("blobs"), fuse: Arc::clone(fuse) };
    let store = Arc::new(Disk { store, fuse: Arc::clone(fuse) });
    let settings = Settings { bcrypt_cost: 4, ..Settings::default() };
    let parts = Parts {
        clock: clock.clone(),
        entropy,
        settings,
        recorder: Arc::new(Outbox),
        ..Parts::new(store, Arc::new(blobs))
    };
    Arc::new(Library::open(parts).expect("a library"))
}

/// Somebody's node.
pub(crate) struct Node {
    pub(crate) place: Place,
    /// Who they are here, and there.
    pub(crate) user: UserId,
    pub(crate) user_there: UserId,
    upstream_id: i64,
    client: Client,
    pub(crate) network: Arc<Network>,
    /// What the contents that were added here are called here.
    pub(crate) names: BTreeMap<Sha1, AssetId>,
}

/// Everything.
pub(crate) struct World {
    pub(crate) rng: StdRng,
    pub(crate) story: Story,
    pub(crate) upstream: Place,
    server: Arc<Mutex<Server>>,
    pub(crate) people: Vec<UserId>,
    pub(crate) nodes: Vec<Node>,
    /// Contents that were acknowledged, and whose they are there.
    pub(crate) added: BTreeMap<Sha1, UserId>,
    /// Contents that somebody wanted gone.
    pub(crate) doomed: BTreeSet<Sha1>,
    pub(crate) pictures: u32,
}

impl World {
    pub(crate) fn new_at(seed: u64) -> Self {
        let nodes = StdRng::seed_from_u64(seed).random_range(2..=4);
        Self::with_nodes(seed, nodes)
    }

    /// So many nodes.
    pub(crate) fn with_nodes(seed: u64, nodes: usize) -> Self {
        let mut rng = StdRng::seed_from_u64(seed.wrapping_add(1));
        let upstream = Place::new("upstream".to_owned(), rng.random());
        let people = vec![person(&upstream.library, 0), person(&upstream.library, 1)];
        let server = Arc::new(Mutex::new(serve(&upstream.library)));
        let mut world = Self {
            rng,
            story: Story::default(),
            upstream,
            server,
            people,
            nodes: Vec::new(),
            added: BTreeMap::new(),
            doomed: BTreeSet::new(),
            pictures: 0,
        };
        for number in 0..nodes {
            // The first two are the same person's, so that changes meet.
            let whose = if number < 2 { 0 } else { world.rng.random_range(0..2) };
            let node = world.node(number, whose);
            world.nodes.push(node);
        }
        world
    }

    fn node(&mut self, number: usize, whose: usize) -> Node {
        let place = Place::new(format!("node {number}"), self.rng.random());
        let user = person(&place.library, whose);
        let user_there = self.people[whose];
        let (_, token) = self.upstream.library.login(&email(whose), PASSWORD, Device::default()).expect("a session");
        let network = Network::new(Arc::clone(&self.server), self.rng.random());
        let client = Client::over(network.clone(), ADDRESS).with_token(token);
        let new = NewUpstream {
            address: ADDRESS.to_owned(),
            version: client.version().expect("a version"),
            user_id: user,
            external_user_id: user_there.0,
            email: email(whose),
            mode: UpstreamMode::Stream,
        };
        let upstream_id = place.library.link_upstream(new).expect("a link").id;
        Node { place, user, user_there, upstream_id, client, network, names: BTreeMap::new() }
    }

    pub(crate) fn tell(&mut self, line: String) {
        self.story.tell(line);
    }

    /// Whatever crashed begins anew.
    pub(crate) fn restart_dead(&mut self) {
        for node in &mut self.nodes {
            if node.place.fuse.is_dead() {
                node.place.restart();
                self.story.tell(format!("{} begins again", node.place.name));
            }
        }
        if self.upstream.fuse.is_dead() {
            self.upstream.restart();
            *self.server.lock().expect("no panic holds it") = serve(&self.upstream.library);
            self.story.tell("the upstream begins again".to_owned());
        }
    }

    /// Background work of everybody.
    pub(crate) fn work(&mut self) {
        for place in self.nodes.iter().map(|node| &node.place).chain([&self.upstream]) {
            place.clock.advance(1_000);
            // A crash in the middle is one of the things that happen.
            let _ = work_off(&place.library, &TOOLBOX);
        }
    }
}

/// What a node did in a sync.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Synced {
    pub(crate) lines: u64,
    pub(crate) sent: u64,
}

impl Node {
    pub(crate) fn upstream(&self) -> Result<Upstream, LibraryError> {
        let all = self.place.library.upstreams()?;
        all.into_iter()
            .find(|upstream| upstream.id == self.upstream_id)
            .ok_or_else(|| LibraryError::invalid("no upstream"))
    }

    /// Brings in, and sends.
    pub(crate) fn sync(&self) -> Outcome<Synced> {
        let library = &self.place.library;
        let upstream = self.upstream().map_err(|error| error.to_string())?;
        let go_on = &mut |_| ControlFlow::Continue(());
        let pulled = tintype_sync::pull(library, &self.client, &upstream, Wishes { sweep: true }, go_on)
            .map_err(|error: PullError| format!("pull: {error:?}"))?;
        let upstream = self.upstream().map_err(|error| error.to_string())?;
        let pushed = tintype_sync::push(library, &self.client, &upstream, &Pace::unbounded(), &|_| {})
            .map_err(|error: PushError| format!("push: {error:?}"))?;
        Ok(Synced { lines: pulled.lines, sent: pushed.sent })
    }
}

fn email(number: usize) -> String {
    format!("person-{number}@example.org")
}

fn person(library: &Library, number: usize) -> UserId {
    let name = format!("Person {number}");
    let new = NewUser { email: email(number), name, password: PASSWORD.to_owned(), ..NewUser::default() };
    library.create_user(&new).expect("a user").id
}
