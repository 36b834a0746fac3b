//! A library in a folder of its own, with one photo of which everything is known.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use tintype_library::assets::{AssetChange, DateTimeOriginal};
use tintype_library::blobs::FileBlobs;
use tintype_library::clock::{Clock, ManualClock, SystemEntropy};
use tintype_library::jobs::{Toolbox, work_off};
use tintype_library::model::{AssetFilter, FaceBox, Person};
use tintype_library::people::PersonChange;
use tintype_library::places::Gazetteer;
use tintype_library::sessions::Caller;
use tintype_library::store::sqlite::SqliteStore;
use tintype_library::uploads::Added;
use tintype_library::{Library, Parts, Settings};
use tintype_media::tools::Tools;
use tintype_protocol::id::{AssetId, UserId};
use tintype_protocol::model::SortOrder;
use tintype_protocol::time::Timestamp;
use tintype_writeback::modules::Choice;
use tintype_writeback::order::{Became, FileReport, Happened};
use tintype_writeback::{Engine, Order, Report, Targets};

/// The tools, if exiftool is among them; what misses it is noted.
pub(crate) fn tools(what: &str) -> Option<Arc<Tools>> {
    let tools = Tools::find(&std::env::var_os("PATH").unwrap_or_default());
    if tools.exiftool.is_none() {
        tintype_testkit::not_run(what, "exiftool is not installed");
        return None;
    }
    Some(Arc::new(tools))
}

/// 1 November 2026.
const NOW: Timestamp = Timestamp(1_793_491_200_000);

pub(crate) struct Scene {
    pub(crate) library: Arc<Library>,
    pub(crate) owner: UserId,
    pub(crate) tools: Arc<Tools>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) folder: tempfile::TempDir,
}

fn opened(folder: &Path) -> (Arc<Library>, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(NOW));
    let (time, entropy): (Arc<dyn Clock>, _) = (clock.clone(), Arc::new(SystemEntropy));
    let store = SqliteStore::open(&folder.join("library.sqlite"), Arc::clone(&time), entropy);
    let blobs = FileBlobs::open(folder).unwrap();
    let settings = Settings { bcrypt_cost: 4, import_faces: true, ..Settings::default() };
    let parts = Parts { settings, clock: time, ..Parts::new(Arc::new(store.unwrap()), Arc::new(blobs)) };
    (Arc::new(Library::open(parts).unwrap()), clock)
}

impl Scene {
    pub(crate) fn new(tools: &Arc<Tools>) -> Self {
        Self::in_folder(tools, tempfile::tempdir().unwrap())
    }

    pub(crate) fn in_folder(tools: &Arc<Tools>, folder: tempfile::TempDir) -> Self {
        let (library, clock) = opened(folder.path());
        let owner = library.sign_up_admin("ada@example.org", "Ada", "secret").unwrap().id;
        Self { library, owner, tools: Arc::clone(tools), clock, folder }
    }

    /// The library of another scene, in a copy of its folder.
    pub(crate) fn again(&self, folder: tempfile::TempDir) -> Self {
        let (library, clock) = opened(folder.path());
        Self { library, owner: self.owner, tools: Arc::clone(&self.tools), clock, folder }
    }

    pub(crate) fn caller(&self) -> Caller {
        Caller::of(self.library.user(self.owner).unwrap().unwrap())
    }

    /// Takes a file in, and reads its metadata.
    pub(crate) fn add(&self, path: &Path) -> AssetId {
        let added = self.library.import_file(self.owner, path).unwrap();
        self.work();
        let Added::Created(id) = added else { panic!("{} was there already", path.display()) };
        id
    }

    pub(crate) fn work(&self) {
        let toolbox = Toolbox::new(Arc::clone(&self.tools), Arc::new(Gazetteer::new()), None);
        // Pictures of odd files fail; after a few tries, for good.
        for _ in 0..4 {
            work_off(&self.library, &toolbox).unwrap();
            self.clock.advance(60_000);
        }
        toolbox.metadata.shutdown();
    }

    pub(crate) fn program(&self) -> &Path {
        &self.tools.exiftool.as_ref().unwrap().path
    }

    /// Says everything about an asset that can be said.
    pub(crate) fn say_everything(&self, id: AssetId) {
        let caller = self.caller();
        let change = AssetChange {
            is_favorite: Some(true),
            description: Some("Zwei Zeilen:\nStraße & <Dom> 😀".to_owned()),
            rating: Some(Some(4)),
            position: Some((-33.856_784, 151.215_297)),
            date_time_original: DateTimeOriginal::parse("2024-03-09T12:34:56.000+11:00"),
            ..AssetChange::default()
        };
        self.library.update_asset(&caller, id, change).unwrap();
        let ada = self.person("Ada \"Lovelace\", Countess");
        let area = FaceBox { image_width: 400, image_height: 300, x1: 40, y1: 60, x2: 120, y2: 120 };
        self.library.create_face(&caller, id, ada.id, area).unwrap();
        let tags = self.library.upsert_tags(&caller, vec!["Travel/Wales".to_owned()]).unwrap();
        let leaf = tags.last().unwrap().id;
        self.library.tag_assets(&caller, leaf, vec![id]).unwrap();
        let (name, order) = ("Summer & Sun".to_owned(), SortOrder::Descending);
        self.library.create_album(&caller, name, String::new(), order, vec![id], Vec::new()).unwrap();
    }

    pub(crate) fn person(&self, name: &str) -> Person {
        let change = PersonChange { name: Some(name.to_owned()), ..PersonChange::default() };
        self.library.create_person(&self.caller(), change).unwrap()
    }

    /// Runs an order over everything.
    pub(crate) fn run(&self, order: &Order) -> (Report, Vec<FileReport>) {
        self.run_with(order, Some(self.program()))
    }

    pub(crate) fn run_with(&self, order: &Order, program: Option<&Path>) -> (Report, Vec<FileReport>) {
        let engine = self.engine(program);
        let mut files = Vec::new();
        let report = engine.run(order, self.filter(), &mut |happened| {
            if let Happened::File(file) = happened {
                files.push(file);
            }
            true
        });
        (report.unwrap(), files)
    }

    pub(crate) fn engine(&self, program: Option<&Path>) -> Engine<'_> {
        Engine::new(&self.library, program, self.folder.path().join("write-back"), 2).unwrap()
    }

    pub(crate) fn filter(&self) -> AssetFilter {
        AssetFilter { owners: vec![self.owner], ..AssetFilter::default() }
    }

    pub(crate) fn undo(&self, run: i64) -> Report {
        self.engine(Some(self.program())).undo(run, false, &mut |_| true).unwrap()
    }

    pub(crate) fn original(&self, id: AssetId) -> PathBuf {
        self.folder.path().join(self.asset(id).original_path)
    }

    pub(crate) fn sidecar(&self, id: AssetId) -> Option<PathBuf> {
        self.asset(id).sidecar_path.map(|key| self.folder.path().join(key))
    }

    pub(crate) fn asset(&self, id: AssetId) -> tintype_library::model::Asset {
        self.library.read(|tx| Ok(tx.asset(id)?)).unwrap().unwrap()
    }

    /// What exiftool says of a file, asked as anybody would: group and name, numbers as numbers.
    pub(crate) fn ask(&self, path: &Path) -> BTreeMap<String, Value> {
        let output = Command::new(self.program())
            .args(["-config", "", "-json", "-struct", "-G1", "-n", "-all", "-XMP-mwg-rs:all"])
            .arg(path)
            .output()
            .unwrap();
        let mut objects: Vec<BTreeMap<String, Value>> = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        objects.remove(0)
    }

    /// Writes into a file as another program would.
    pub(crate) fn write_as_other(&self, path: &Path, arguments: &[&str]) {
        let output = Command::new(self.program())
            .args(["-config", "", "-q", "-overwrite_original", "-charset", "iptc=utf8"])
            .args(arguments)
            .arg(path)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

pub(crate) fn everything(targets: Targets) -> Order {
    Order::of(Choice::everything(), targets)
}

/// A JPEG of 400 by 300, another one for another number.
pub(crate) fn jpeg(path: &Path, number: u8) {
    let image = image::RgbImage::from_fn(400, 300, |x, y| image::Rgb([(x / 2) as u8, y as u8, number]));
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, 80);
    encoder.encode(image.as_raw(), 400, 300, jpeg_encoder::ColorType::Rgb).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// The only thing that became of files: it panics unless each was written.
#[track_caller]
pub(crate) fn all_written(files: &[FileReport]) {
    for file in files {
        assert!(matches!(file.became, Became::Written(_)), "{file:?}");
    }
}

pub(crate) fn moment(text: &str) -> Timestamp {
    DateTimeOriginal::parse(text).unwrap().instant
}
