//! Random histories of a folder whose files stay in place: its files are left alone, each is an asset that shows its bytes, and a
//! client that follows never sees two assets at one place.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Read as _;

use proptest::prelude::*;
use tintype_library::feed::{FeedKind, FeedRow, Visit};
use tintype_library::in_place::place_checksum;
use tintype_library::model::{Asset, FolderPolicy};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, UpdateId};
use tintype_protocol::model::AssetStatus;
use tintype_reconcile::{FolderSettings, Kind, Strictness};

use crate::scene::{LONG, Scene, photo, trusting};

/// Places that files come to and go from; another one always has its file, so that the folder is never empty.
const PLACES: usize = 4;
const ANCHOR: (&str, u16) = ("anchor.jpg", 99);

#[derive(Debug, Clone)]
enum Deed {
    Put(usize, u16),
    Delete(usize),
    Rename(usize, usize),
    Trash(usize),
    Purge(usize),
    Days,
    Run,
}

fn deed() -> impl Strategy<Value = Deed> {
    let place = 0..PLACES;
    prop_oneof![
        4 => (place.clone(), 1_u16..6).prop_map(|(place, content)| Deed::Put(place, content)),
        2 => place.clone().prop_map(Deed::Delete),
        5 => (place.clone(), place.clone()).prop_map(|(from, to)| Deed::Rename(from, to)),
        1 => place.clone().prop_map(Deed::Trash),
        1 => place.prop_map(Deed::Purge),
        2 => Just(Deed::Days),
        5 => Just(Deed::Run),
    ]
}

fn name(place: usize) -> String {
    format!("{place}.jpg")
}

/// The folder as people made it, the library, and a client that asks after each run.
struct World {
    scene: Scene,
    files: BTreeMap<String, u16>,
    /// Whether somebody deleted something in the library.
    is_touched: bool,
    client: HashMap<AssetId, Sha1>,
    seen: UpdateId,
}

impl World {
    fn new() -> Self {
        let settings = FolderSettings { strictness: Strictness::Autonomous, quarantine_days: 14, ..trusting() };
        let scene = Scene::with(FolderPolicy::Index, &settings);
        scene.put(ANCHOR.0, ANCHOR.1);
        scene.plan();
        let files = BTreeMap::from([(ANCHOR.0.to_owned(), ANCHOR.1)]);
        Self { scene, files, is_touched: false, client: HashMap::new(), seen: UpdateId::MIN }
    }

    fn assets(&self) -> Vec<Asset> {
        let places = self.scene.library.assets_in_place(self.scene.row().library.unwrap()).unwrap();
        let asset = |id| self.scene.library.read(|tx| Ok(tx.asset(id)?)).unwrap();
        places.into_iter().filter_map(|place| asset(place.asset)).collect()
    }

    fn path(&self, name: &str) -> String {
        fs::canonicalize(self.scene.root()).unwrap().join(name).to_str().unwrap().to_owned()
    }

    fn shown_at(&self, name: &str) -> Option<Asset> {
        let path = self.path(name);
        self.assets().into_iter().find(|asset| asset.original_path == path)
    }

    fn act(&mut self, deed: &Deed) {
        match deed {
            Deed::Put(place, content) => {
                self.scene.put(&name(*place), *content);
                self.files.insert(name(*place), *content);
            }
            Deed::Delete(place) => {
                if self.files.remove(&name(*place)).is_some() {
                    self.scene.delete(&name(*place));
                }
            }
            Deed::Rename(from, to) => {
                if let Some(content) = self.files.remove(&name(*from)) {
                    fs::rename(self.scene.at(&name(*from)), self.scene.at(&name(*to))).unwrap();
                    self.files.insert(name(*to), content);
                }
            }
            Deed::Trash(place) | Deed::Purge(place) => {
                let asset = self.shown_at(&name(*place)).filter(|asset| asset.status == AssetStatus::Active);
                let Some(asset) = asset else { return };
                self.is_touched = true;
                let (library, caller) = (&self.scene.library, self.scene.caller());
                match deed {
                    Deed::Trash(_) => library.delete_assets(&caller, &[asset.id], false).unwrap(),
                    _ => library.purge_now(&caller, &[asset.id]).unwrap(),
                }
            }
            Deed::Days => self.scene.days(LONG),
            Deed::Run => self.run(),
        }
    }

    fn run(&mut self) {
        self.scene.run();
        self.follow();
        self.hold();
    }

    /// What a client does with what it is told, in the order in which it is told: first what is gone.
    fn follow(&mut self) {
        let (owner, after) = (self.scene.owner, self.seen);
        let (mut gone, mut rows) = (Vec::new(), Vec::new());
        let read = self.scene.library.read(|tx| {
            tx.changes(FeedKind::AssetDeletes, owner, after, &mut |_, row| {
                if let FeedRow::AssetGone(id) = row {
                    gone.push(id);
                }
                Visit::Continue
            })?;
            tx.changes(FeedKind::Assets, owner, after, &mut |_, row| {
                if let FeedRow::Asset(asset) = row {
                    rows.push((asset.id, asset.checksum));
                }
                Visit::Continue
            })?;
            Ok(tx.last_update_id()?)
        });
        self.seen = read.unwrap();
        for id in gone {
            self.client.remove(&id);
        }
        for (id, checksum) in rows {
            let other = self.client.iter().find(|(known, at)| **known != id && **at == checksum);
            assert_eq!(other, None, "two assets at one place");
            self.client.insert(id, checksum);
        }
    }

    fn hold(&self) {
        let is_active = |asset: &Asset| asset.status == AssetStatus::Active;
        for (name, content) in &self.files {
            assert_eq!(fs::read(self.scene.at(name)).unwrap(), photo(*content), "{name} was touched");
            let asset = self.shown_at(name).filter(is_active);
            assert!(asset.is_some() || self.is_touched, "{name} is no asset");
        }
        assert_eq!(self.scene.files().len(), self.files.len());
        for asset in self.assets() {
            assert_eq!(asset.checksum, place_checksum(&asset.original_path));
            let name = asset.original_path.strip_prefix(&self.path("")).unwrap_or_default().to_owned();
            if let Some(content) = self.files.get(&name).filter(|_| is_active(&asset)) {
                let mut bytes = Vec::new();
                self.scene.library.open_original(&asset).unwrap().blob.reader.read_to_end(&mut bytes).unwrap();
                assert_eq!(bytes, photo(*content), "{name} shows another file");
            }
        }
        let next = self.scene.plan();
        assert!(!next.actions.iter().any(|action| action.kind == Kind::Index), "{:#?}", next.actions);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn files_are_left_alone_and_each_is_an_asset(deeds in prop::collection::vec(deed(), 1..24)) {
        let mut world = World::new();
        world.run();
        for deed in &deeds {
            world.act(deed);
        }
        world.run();
    }
}
