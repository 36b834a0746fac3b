//! A library and folders beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tintype_library::blobs::FileBlobs;
use tintype_library::clock::{Clock, ManualClock, SeededEntropy};
use tintype_library::model::{Asset, Folder, FolderPolicy};
use tintype_library::sessions::Caller;
use tintype_library::store::sqlite::SqliteStore;
use tintype_library::{Library, Parts, Settings};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, UserId};
use tintype_protocol::model::AssetStatus;
use tintype_protocol::time::{DAY_MS, Timestamp};
use tintype_reconcile::apply::RunReport;
use tintype_reconcile::plan_file::assemble;
use tintype_reconcile::{
    Action, Bucket, Decision, Engine, FolderPlan, FolderSettings, Kind, Plan, ReconcileError, Strictness, folders,
};

/// 1 November 2026.
pub(crate) const NOW: Timestamp = Timestamp(1_793_491_200_000);
/// Longer than any quarantine of these tests.
pub(crate) const LONG: i64 = 15;

pub(crate) struct Scene {
    pub(crate) library: Arc<Library>,
    pub(crate) owner: UserId,
    pub(crate) clock: Arc<ManualClock>,
    /// The first folder.
    pub(crate) folder: i64,
    pub(crate) data: tempfile::TempDir,
    files: tempfile::TempDir,
}

/// No day is waited for, and plans are applied as they are.
pub(crate) fn trusting() -> FolderSettings {
    FolderSettings { strictness: Strictness::Trusting, tree: "{name}".to_owned(), ..FolderSettings::default() }
}

impl Scene {
    pub(crate) fn new(policy: FolderPolicy) -> Self {
        Self::with(policy, &trusting())
    }

    pub(crate) fn with(policy: FolderPolicy, settings: &FolderSettings) -> Self {
        let data = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(NOW));
        let (time, entropy): (Arc<dyn Clock>, _) = (clock.clone(), Arc::new(SeededEntropy::new(3)));
        let store = SqliteStore::open(&data.path().join("library.sqlite"), Arc::clone(&time), entropy).unwrap();
        let blobs = FileBlobs::open(data.path()).unwrap();
        let quick = Settings { bcrypt_cost: 4, ..Settings::default() };
        let parts = Parts { settings: quick, clock: time, ..Parts::new(Arc::new(store), Arc::new(blobs)) };
        let library = Arc::new(Library::open(parts).unwrap());
        let owner = library.sign_up_admin("ada@example.org", "Ada", "secret").unwrap().id;
        let files = tempfile::tempdir().unwrap();
        let mut scene = Self { library, owner, clock, folder: 0, data, files };
        scene.folder = scene.add_folder("photos", policy, settings).id;
        scene
    }

    pub(crate) fn add_folder(&self, name: &str, policy: FolderPolicy, settings: &FolderSettings) -> Folder {
        let path = self.files.path().join(name);
        fs::create_dir_all(&path).unwrap();
        folders::add(&self.library, &path, self.owner, policy, settings).unwrap()
    }

    pub(crate) fn engine(&self) -> Engine<'_> {
        Engine::new(&self.library, 2)
    }

    pub(crate) fn row(&self) -> Folder {
        self.library.reconciled_folder(self.folder).unwrap().unwrap()
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.files.path().join("photos")
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub(crate) fn put(&self, path: &str, number: u16) {
        let full = self.at(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, photo(number)).unwrap();
    }

    pub(crate) fn delete(&self, path: &str) {
        fs::remove_file(self.at(path)).unwrap();
    }

    /// Photos in the folder, by their paths.
    pub(crate) fn files(&self) -> Vec<String> {
        files(&self.root())
    }

    pub(crate) fn days(&self, days: i64) {
        self.clock.advance(days * DAY_MS);
    }

    pub(crate) fn caller(&self) -> Caller {
        Caller::of(self.library.user(self.owner).unwrap().unwrap())
    }

    /// A photo comes into the library through another door.
    pub(crate) fn upload(&self, name: &str, number: u16) -> AssetId {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        fs::write(&path, photo(number)).unwrap();
        self.library.import_file(self.owner, &path).unwrap().id()
    }

    pub(crate) fn asset(&self, number: u16) -> Option<Asset> {
        let sha1 = sha1(number);
        self.library
            .read(|tx| match tx.asset_by_checksum(self.owner, &sha1)? {
                Some(known) => Ok(tx.asset(known.asset_id)?),
                None => Ok(None),
            })
            .unwrap()
    }

    pub(crate) fn status(&self, number: u16) -> Option<AssetStatus> {
        self.asset(number).map(|asset| asset.status)
    }

    pub(crate) fn trash(&self, number: u16) {
        let id = self.asset(number).unwrap().id;
        self.library.delete_assets(&self.caller(), &[id], false).unwrap();
    }

    pub(crate) fn untrash(&self, number: u16) {
        let id = self.asset(number).unwrap().id;
        self.library.restore_assets(&self.caller(), &[id]).unwrap();
    }

    /// Somebody deletes it in the library, and perhaps empties the trash.
    pub(crate) fn take_away(&self, number: u16, for_good: bool) {
        if for_good {
            self.purge(number);
        } else {
            self.trash(number);
        }
    }

    /// It is deleted for good, trash and all.
    pub(crate) fn purge(&self, number: u16) {
        let id = self.asset(number).unwrap().id;
        self.library.purge_now(&self.caller(), &[id]).unwrap();
    }

    pub(crate) fn try_plan(&self, allow: Option<usize>) -> Result<FolderPlan, ReconcileError> {
        self.engine().plan(&self.row(), allow, &mut |_| true)
    }

    #[track_caller]
    pub(crate) fn plan(&self) -> FolderPlan {
        self.try_plan(None).unwrap()
    }

    pub(crate) fn whole(&self, plan: FolderPlan) -> Plan {
        assemble(vec![plan], None, self.library.now())
    }

    pub(crate) fn try_apply(&self, plan: &Plan) -> Result<RunReport, ReconcileError> {
        let mut reports = self.engine().apply(plan, &mut |_| true)?;
        reports.remove(0).1
    }

    /// Plans, and applies what comes out as it is. What was planned.
    #[track_caller]
    pub(crate) fn run(&self) -> FolderPlan {
        let plan = self.plan();
        let report = self.try_apply(&self.whole(plan.clone())).unwrap();
        assert_eq!(report.failed, 0, "{:?}", self.library.folder_actions(report.run).unwrap());
        plan
    }

    /// The first plan reports; then both sides are brought together.
    #[track_caller]
    pub(crate) fn settle(&self) {
        self.plan();
        self.run();
        let left = self.plan();
        assert!(left.is_settled(), "{:#?}", left.actions);
    }
}

/// What a plan says about a file or asset, by its name.
#[track_caller]
pub(crate) fn about<'p>(plan: &'p FolderPlan, name: &str) -> &'p Action {
    plan.actions.iter().find(|action| action.name == name).unwrap_or_else(|| panic!("{name}: {:#?}", plan.actions))
}

/// In which heap it is, and what is done.
#[track_caller]
pub(crate) fn verdict(plan: &FolderPlan, name: &str) -> (Bucket, Kind, Decision) {
    let action = about(plan, name);
    (action.bucket, action.kind, action.decision)
}

/// A person says yes to all that can be said yes to.
pub(crate) fn accept(plan: &mut FolderPlan) {
    for action in plan.actions.iter_mut().filter(|action| action.is_open()) {
        action.decision = Decision::Do;
    }
}

/// Files below a folder that a library would take, the folder's trash left out.
fn files(root: &Path) -> Vec<String> {
    let found = tintype_reconcile::scan::scan(root, &[]).unwrap();
    let mut paths: Vec<String> = found
        .files
        .into_iter()
        .filter(|file| file.is_media)
        .map(|file| String::from_utf8_lossy(&file.path).into_owned())
        .collect();
    paths.sort();
    paths
}

/// A JPEG as far as its frame goes; another number is another picture.
pub(crate) fn photo(number: u16) -> Vec<u8> {
    with_metadata(number, &[])
}

/// The same picture with other metadata.
pub(crate) fn with_metadata(number: u16, exif: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8];
    if !exif.is_empty() {
        let length = u16::try_from(exif.len() + 8).unwrap().to_be_bytes();
        bytes.extend([&[0xff, 0xe1][..], &length, b"Exif\0\0", exif].concat());
    }
    bytes.extend([0xff, 0xe0, 0, 16, b'J', b'F', b'I', b'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]);
    bytes.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]);
    bytes.extend(format!("picture {number}").bytes());
    bytes.extend([0xff, 0xd9]);
    bytes
}

pub(crate) fn sha1(number: u16) -> Sha1 {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    fs::write(&path, photo(number)).unwrap();
    tintype_reconcile::hashing::sha1_of(&path).unwrap()
}
