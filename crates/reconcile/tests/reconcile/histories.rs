//! Random histories of both sides, against a model that knows what people did.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use tintype_library::model::FolderPolicy;
use tintype_library::write_back::{Rewrite, WRITE_BACK};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::AssetStatus;
use tintype_reconcile::{Decision, FolderPlan};

use crate::scene::{LONG, Scene, accept, photo, sha1, with_metadata};

/// Pictures that come and go; another one never does, so that neither side is ever empty.
const PICTURES: u16 = 5;
const ANCHOR: u16 = 99;
/// Forms of one picture that differ in their metadata.
const EDITS: u16 = 100;

#[derive(Debug, Clone)]
enum Deed {
    Put(u16),
    Delete(u16),
    Rename(u16),
    Copy(u16),
    Edit(u16),
    Upload(u16),
    Trash(u16),
    Untrash(u16),
    Purge(u16),
    /// The ledger learns that a smaller file stands for it, which takes its place.
    Optimise(u16),
    /// Metadata is written into the file in the folder, and the ledger learns it.
    WriteFile(u16),
    /// Metadata is written into the library's original.
    WriteOriginal(u16),
    Unmount,
    Days(i64),
    Run {
        accepts: bool,
    },
}

fn deed() -> impl Strategy<Value = Deed> {
    let picture = 1..=PICTURES;
    prop_oneof![
        3 => picture.clone().prop_map(Deed::Put),
        3 => picture.clone().prop_map(Deed::Delete),
        1 => picture.clone().prop_map(Deed::Rename),
        1 => picture.clone().prop_map(Deed::Copy),
        1 => picture.clone().prop_map(Deed::Edit),
        2 => picture.clone().prop_map(Deed::Upload),
        2 => picture.clone().prop_map(Deed::Trash),
        1 => picture.clone().prop_map(Deed::Untrash),
        1 => picture.clone().prop_map(Deed::Purge),
        1 => picture.clone().prop_map(Deed::Optimise),
        1 => picture.clone().prop_map(Deed::WriteFile),
        1 => picture.prop_map(Deed::WriteOriginal),
        1 => Just(Deed::Unmount),
        2 => prop_oneof![Just(1), Just(5), Just(LONG), Just(-3)].prop_map(Deed::Days),
        6 => any::<bool>().prop_map(|accepts| Deed::Run { accepts }),
    ]
}

/// What exists where, by pictures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct World {
    files: BTreeSet<u16>,
    in_folder_trash: BTreeSet<u16>,
    active: BTreeSet<u16>,
    trashed: BTreeSet<u16>,
}

impl World {
    fn anywhere(&self) -> BTreeSet<u16> {
        [&self.files, &self.in_folder_trash, &self.active, &self.trashed].into_iter().flatten().copied().collect()
    }
}

struct Story {
    scene: Scene,
    /// Which picture a content is of.
    pictures: BTreeMap<[u8; 20], u16>,
    /// Pictures that a person took away from a side since both had it, and nobody has brought since.
    deleted: BTreeSet<u16>,
    next_name: u16,
}

impl Story {
    fn begin(policy: FolderPolicy) -> Self {
        let scene = Scene::new(policy);
        let mut pictures = BTreeMap::new();
        for number in (1..=PICTURES).chain([ANCHOR]) {
            pictures.insert(sha1(number).0, number);
        }
        // On both sides, whatever the policy brings over: an empty side is not believed, and that is another test's.
        scene.put("anchor.jpg", ANCHOR);
        scene.upload("anchor.jpg", ANCHOR);
        scene.settle();
        Self { scene, pictures, deleted: BTreeSet::new(), next_name: 0 }
    }

    fn name(&mut self) -> String {
        self.next_name += 1;
        // Names of their own: nothing belongs together here.
        format!("n{}.jpg", self.next_name)
    }

    fn content_at(&self, path: &str) -> Option<u16> {
        let sha1 = tintype_reconcile::hashing::sha1_of(&self.scene.at(path)).ok()?;
        self.pictures.get(&sha1.0).copied()
    }

    fn file_of(&self, picture: u16) -> Option<String> {
        self.scene.files().into_iter().find(|path| self.content_at(path) == Some(picture))
    }

    fn world(&self) -> World {
        let mut world = World::default();
        let all = walk(&self.scene.root());
        for path in all {
            let Ok(sha1) = tintype_reconcile::hashing::sha1_of(&path) else { continue };
            let Some(picture) = self.pictures.get(&sha1.0) else { continue };
            let is_trash = path.components().any(|part| part.as_os_str() == ".tintype-trash");
            if is_trash {
                world.in_folder_trash.insert(*picture)
            } else {
                world.files.insert(*picture)
            };
        }
        for asset in self.scene.library.holdings(self.scene.owner).unwrap().assets {
            let Some(picture) = self.pictures.get(&asset.sha1.0) else { continue };
            match asset.status {
                AssetStatus::Active => world.active.insert(*picture),
                AssetStatus::Trashed => world.trashed.insert(*picture),
                AssetStatus::Deleted => continue,
            };
        }
        world
    }

    fn asset_of(&self, picture: u16, status: AssetStatus) -> Option<tintype_protocol::id::AssetId> {
        let assets = self.scene.library.holdings(self.scene.owner).unwrap().assets;
        let is_it = |asset: &&tintype_library::model::Holding| {
            asset.status == status && self.pictures.get(&asset.sha1.0) == Some(&picture)
        };
        assets.iter().find(is_it).map(|asset| asset.asset)
    }

    fn perform(&mut self, deed: &Deed) {
        match *deed {
            Deed::Put(picture) => {
                let name = self.name();
                self.scene.put(&name, picture);
                self.deleted.remove(&picture);
            }
            Deed::Delete(picture) => {
                let had = self.world();
                while let Some(path) = self.file_of(picture) {
                    self.scene.delete(&path);
                }
                if had.files.contains(&picture) && had.active.contains(&picture) {
                    self.deleted.insert(picture);
                }
            }
            Deed::Rename(picture) => {
                let to = self.name();
                if let Some(path) = self.file_of(picture) {
                    fs::rename(self.scene.at(&path), self.scene.at(&to)).unwrap();
                }
            }
            Deed::Copy(picture) => {
                let to = self.name();
                if let Some(path) = self.file_of(picture) {
                    fs::copy(self.scene.at(&path), self.scene.at(&to)).unwrap();
                }
            }
            Deed::Edit(picture) => {
                if let Some(path) = self.file_of(picture) {
                    self.rewrite(&self.scene.at(&path), picture);
                }
            }
            Deed::WriteFile(picture) => {
                if let Some(path) = self.file_of(picture) {
                    let path = self.scene.at(&path);
                    let before = tintype_reconcile::hashing::sha1_of(&path).unwrap();
                    let written = (self.rewrite(&path, picture), 9, "image/jpeg");
                    self.scene.library.note_derivation(before, written, WRITE_BACK, true).unwrap();
                }
            }
            Deed::WriteOriginal(picture) => {
                if let Some(id) = self.asset_of(picture, AssetStatus::Active) {
                    self.write_original(id, picture);
                }
            }
            Deed::Optimise(picture) => {
                let number = EDITS + self.next_name;
                let to = self.name();
                if let Some(path) = self.file_of(picture) {
                    let original = tintype_reconcile::hashing::sha1_of(&self.scene.at(&path)).unwrap();
                    self.scene.delete(&path);
                    fs::write(self.scene.at(&to), photo(number)).unwrap();
                    let derived = sha1(number);
                    self.pictures.insert(derived.0, picture);
                    let derived = (derived, 9, "image/jpeg");
                    self.scene.library.note_derivation(original, derived, "smaller", true).unwrap();
                }
            }
            Deed::Upload(picture) => {
                let is_trashed = self.asset_of(picture, AssetStatus::Trashed).is_some();
                if !is_trashed && self.asset_of(picture, AssetStatus::Active).is_none() {
                    self.scene.upload(&format!("up{picture}.jpg"), picture);
                    self.deleted.remove(&picture);
                }
            }
            Deed::Trash(picture) => {
                let had = self.world();
                if let Some(id) = self.asset_of(picture, AssetStatus::Active) {
                    self.scene.library.delete_assets(&self.scene.caller(), &[id], false).unwrap();
                    if had.files.contains(&picture) {
                        self.deleted.insert(picture);
                    }
                }
            }
            Deed::Untrash(picture) => {
                if let Some(id) = self.asset_of(picture, AssetStatus::Trashed) {
                    self.scene.library.restore_assets(&self.scene.caller(), &[id]).unwrap();
                    self.deleted.remove(&picture);
                }
            }
            Deed::Purge(picture) => {
                let had = self.world();
                for status in [AssetStatus::Active, AssetStatus::Trashed] {
                    if let Some(id) = self.asset_of(picture, status) {
                        self.scene.library.purge_now(&self.scene.caller(), &[id]).unwrap();
                    }
                }
                if had.files.contains(&picture) && had.active.contains(&picture) {
                    self.deleted.insert(picture);
                }
            }
            Deed::Unmount => self.unmounted_look(),
            Deed::Days(days) => self.scene.days(days),
            Deed::Run { accepts } => self.run(accepts),
        }
    }

    /// The same picture with other metadata; its content then.
    fn rewrite(&mut self, path: &Path, picture: u16) -> Sha1 {
        let number = self.next_name;
        self.next_name += 1;
        fs::write(path, with_metadata(picture, format!("II*\0{number}").as_bytes())).unwrap();
        let sha1 = tintype_reconcile::hashing::sha1_of(path).unwrap();
        self.pictures.insert(sha1.0, picture);
        sha1
    }

    fn write_original(&mut self, id: AssetId, picture: u16) {
        let path = self.scene.data.path().join("written.jpg");
        self.rewrite(&path, picture);
        let form = self.scene.library.read(|tx| Ok((tx.asset(id)?, tx.stored_form(id)?))).unwrap();
        let from = form.1.map_or_else(|| form.0.unwrap().checksum, |form| form.sha1);
        let mut incoming = self.scene.library.blobs().receive().unwrap();
        incoming.write(&fs::read(&path).unwrap()).unwrap();
        let rewrite = Rewrite { asset: id, from, file: incoming.finish().unwrap() };
        let kept = self.scene.library.keep_rewritten(vec![rewrite]).remove(0).unwrap();
        assert!(kept.is_some(), "nothing came between");
    }

    /// A look while the disk is away changes nothing.
    fn unmounted_look(&self) {
        let (root, aside) = (self.scene.root(), self.scene.data.path().join("aside"));
        fs::rename(&root, &aside).unwrap();
        fs::create_dir(&root).unwrap();
        assert!(self.scene.try_plan(None).is_err());
        fs::remove_dir(&root).unwrap();
        fs::rename(&aside, &root).unwrap();
    }

    fn run(&mut self, accepts: bool) {
        let before = self.world();
        let mut plan = self.scene.plan();
        if accepts {
            accept(&mut plan);
        }
        self.scene.clock.advance(1);
        let report = self.scene.try_apply(&self.scene.whole(plan.clone())).unwrap();
        let story = || format!("{plan:#?}\n{:#?}", self.scene.library.folder_actions(report.run).unwrap());
        assert_eq!(report.failed, 0, "{}", story());
        let after = self.world();
        assert_eq!(before.anywhere(), after.anywhere(), "a run makes nothing vanish, and nothing up: {}", story());
        for picture in before.files.union(&before.active) {
            let is_left = after.files.contains(picture) || after.active.contains(picture);
            assert!(
                is_left || self.deleted.contains(picture) || accepts,
                "{picture} was deleted by nobody: {}",
                story()
            );
        }
        let next = self.scene.plan();
        assert!(!wants_more(&next), "the second plan is empty: {next:#?}\n{}", story());
    }
}

fn wants_more(plan: &FolderPlan) -> bool {
    plan.actions.iter().any(|action| action.decision == Decision::Do)
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}

/// Histories of each test: as many as the environment says, or a few.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 200, ..ProptestConfig::default() })]

    /// No run makes a photo vanish from everywhere, or takes one away that nobody deleted; a run that was made leaves
    /// nothing to do.
    #[test]
    fn nothing_vanishes_that_nobody_deleted(
        deeds in prop::collection::vec(deed(), 1..25),
        policy in prop_oneof![Just(FolderPolicy::TwoWay), Just(FolderPolicy::Backup), Just(FolderPolicy::Mirror)],
    ) {
        let mut story = Story::begin(policy);
        deeds.iter().for_each(|deed| story.perform(deed));
        story.run(false);
    }

    /// What somebody takes away on one side, after both had it, is gone from the other in the end.
    #[test]
    fn what_a_person_deletes_leaves_in_the_end(
        deeds in prop::collection::vec(deed(), 0..12),
        choices in prop::collection::vec((1..=PICTURES, any::<bool>()), 1..3),
    ) {
        let mut story = Story::begin(FolderPolicy::TwoWay);
        deeds.iter().for_each(|deed| story.perform(deed));
        let mut expected = BTreeSet::new();
        for (picture, in_folder) in choices {
            // On both sides, and known to be.
            story.perform(&Deed::Delete(picture));
            story.perform(&Deed::Purge(picture));
            story.run(true);
            story.scene.days(1);
            story.perform(&Deed::Put(picture));
            story.perform(&Deed::Upload(picture));
            story.run(true);
            let world = story.world();
            prop_assert!(world.files.contains(&picture) && world.active.contains(&picture), "{world:?}");
            story.scene.days(1);
            story.perform(&if in_folder { Deed::Delete(picture) } else { Deed::Trash(picture) });
            expected.insert(picture);
        }
        for _ in 0..3 {
            story.run(false);
            story.scene.days(LONG);
        }
        let world = story.world();
        for picture in expected {
            prop_assert!(!world.files.contains(&picture) && !world.active.contains(&picture), "{picture}: {world:?}");
        }
    }
}
