//! A library, a zone and a clock that stands.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tintype_ingest::delivery::Destination;
use tintype_ingest::{After, Here, Lane, Pipeline, ReadMarks, Zone};
use tintype_library::blobs::FileBlobs;
use tintype_library::clock::{Clock, ManualClock, SeededEntropy};
use tintype_library::model::{IngestFile, IngestState};
use tintype_library::store::sqlite::SqliteStore;
use tintype_library::{Library, Parts, Settings};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::UserId;
use tintype_protocol::time::Timestamp;

use crate::destination::FakeDestination;

/// 1 November 2026.
pub(crate) const NOW: Timestamp = Timestamp(1_793_491_200_000);
const HOUR_MS: i64 = 3_600_000;
/// Turns until everything has to be at rest.
const TURNS: u32 = 40;

/// The mark of a file is what stands before the first dot of its name, if that begins with `live`.
struct ByName;

impl ReadMarks for ByName {
    fn live_photo(&self, _: &Path, name: &str) -> Option<String> {
        let stem = name.split('.').next().unwrap_or_default().to_lowercase();
        stem.starts_with("live").then_some(stem)
    }
}

pub(crate) struct Scene {
    pub(crate) library: Arc<Library>,
    pub(crate) owner: UserId,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) zone: Zone,
    pub(crate) fake: Arc<FakeDestination>,
    pipeline: Option<Pipeline>,
    _folder: TempDir,
}

/// Memory where the system has some for files, so that nothing waits for a disk.
pub(crate) fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// Bytes that are a JPEG, each number another one.
pub(crate) fn jpeg(number: u64) -> Vec<u8> {
    let picture = tintype_testkit::picture(7, 32, 24).unwrap();
    tintype_testkit::numbered(&picture, number).unwrap()
}

/// Bytes that are an MP4 by their beginning.
pub(crate) fn mp4(number: u64) -> Vec<u8> {
    [&b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"[..], &number.to_be_bytes()].concat()
}

pub(crate) fn sha1(bytes: &[u8]) -> Sha1 {
    use sha1::Digest as _;
    Sha1(sha1::Sha1::digest(bytes).into())
}

impl Scene {
    /// Files go into the library itself.
    pub(crate) fn here() -> Self {
        Self::new(true)
    }

    /// Files go to a server that can be told to fail.
    pub(crate) fn elsewhere() -> Self {
        Self::new(false)
    }

    /// The same with the machine's clock instead of one that stands.
    pub(crate) fn ticking() -> Self {
        Self::with(true, Some(Arc::new(tintype_library::clock::SystemClock)))
    }

    fn new(is_here: bool) -> Self {
        Self::with(is_here, None)
    }

    fn with(is_here: bool, ticking: Option<Arc<dyn Clock>>) -> Self {
        Self::over(folder(), is_here, ticking)
    }

    /// Everything lies in a given folder.
    pub(crate) fn over(folder: TempDir, is_here: bool, ticking: Option<Arc<dyn Clock>>) -> Self {
        let (standing, entropy) = (Arc::new(ManualClock::new(NOW)), Arc::new(SeededEntropy::new(3)));
        let clock = ticking.unwrap_or_else(|| standing.clone());
        let data = folder.path().join("data");
        fs::create_dir_all(&data).unwrap();
        let store = SqliteStore::open(&data.join("library.sqlite"), clock.clone(), entropy.clone()).unwrap();
        let blobs = FileBlobs::open(&data).unwrap();
        let settings = Settings { bcrypt_cost: 4, ..Settings::default() };
        let parts = Parts::new(Arc::new(store), Arc::new(blobs));
        let library = Library::open(Parts { clock: clock.clone(), entropy, settings, ..parts }).unwrap();
        let library = Arc::new(library);
        let owner = library.sign_up_admin("ada@example.org", "Ada", "secret").unwrap().id;
        let fake = Arc::new(FakeDestination::default());
        let destination: Arc<dyn Destination> = match is_here {
            true => Arc::new(Here::new(Arc::clone(&library), owner, "this library".to_owned())),
            false => fake.clone(),
        };
        let zone = Zone {
            name: "phone".to_owned(),
            folder: folder.path().join("landing"),
            destination,
            optimiser: None,
            packing: None,
            after: After::Delete,
            album: None,
            settle: tintype_ingest::DEFAULT_SETTLE,
        };
        fs::create_dir(&zone.folder).unwrap();
        Self { library, owner, clock: standing, zone, fake, pipeline: None, _folder: folder }
    }

    /// The pipeline over the zone as it is now; another zone needs another process.
    pub(crate) fn pipeline(&mut self) -> &Pipeline {
        let (library, zone) = (Arc::clone(&self.library), self.zone.clone());
        self.pipeline.get_or_insert_with(|| {
            let work = zone.folder.with_extension("work");
            fs::create_dir_all(&work).unwrap();
            Pipeline::new(library, vec![zone], Arc::new(ByName), work)
        })
    }

    /// The process ends, and another one begins.
    pub(crate) fn restart(&mut self) {
        self.pipeline = None;
        self.pipeline().recover().unwrap();
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.zone.folder.join(path)
    }

    pub(crate) fn drop_file(&self, path: &str, bytes: &[u8]) {
        let at = self.at(path);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::write(at, bytes).unwrap();
    }

    /// Looks, and does what is due, once.
    pub(crate) fn turn(&mut self) {
        let zone = self.zone.clone();
        let pipeline = self.pipeline();
        pipeline.look(&zone).unwrap();
        while pipeline.work(Lane::All).unwrap() {}
    }

    /// Time passes until nothing is left to do.
    pub(crate) fn rest(&mut self) {
        for _ in 0..TURNS {
            self.turn();
            if self.files().iter().all(|file| file.state.is_final()) {
                return;
            }
            self.clock.advance(HOUR_MS);
        }
        panic!("not at rest: {:#?}", self.files());
    }

    pub(crate) fn files(&self) -> Vec<IngestFile> {
        let mut files = Vec::new();
        self.library.ingest_files("phone", |file| files.push(file)).unwrap();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files
    }

    /// State and reason of each file, by its path.
    pub(crate) fn states(&self) -> BTreeMap<String, (IngestState, Option<String>)> {
        let told = |file: IngestFile| (String::from_utf8_lossy(&file.path).into_owned(), (file.state, file.reason));
        self.files().into_iter().map(told).collect()
    }

    /// Every file below the zone's folder, with its bytes.
    pub(crate) fn disk(&self) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        visit(&self.zone.folder, &self.zone.folder, &mut found);
        found
    }

    /// Paths below the zone's folder.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.disk().into_keys().collect()
    }

    /// Every original in the library, by its checksum.
    pub(crate) fn originals(&self) -> BTreeMap<String, String> {
        let filter = tintype_library::model::AssetFilter::default();
        let assets = self.library.search_by_id(&filter, 10_000).unwrap();
        assets.into_iter().map(|asset| (asset.checksum.to_hex(), asset.original_name)).collect()
    }
}

fn visit(folder: &Path, root: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, root, found);
        } else if path.is_file() {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            found.insert(name, fs::read(&path).unwrap());
        }
    }
}
