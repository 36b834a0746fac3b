//! What is decided about changes of both sides, and what there is no value to decide about.

use serde_json::{Value, json};
use tintype_library::albums::AlbumChange;
use tintype_library::assets::AssetChange;
use tintype_library::model::{Conflict, OutboxRow};
use tintype_protocol::bytes::base64;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::AssetStatus;
use tintype_protocol::permission::Permission;
use tintype_sync::{Pace, push};
use tintype_testkit::Fault;

use crate::lines::{album, asset, exif, id, line};
use crate::scene::Scene;

/// The server has photo 6, whose original lies here, and album 9.
struct Both {
    scene: Scene,
    photo: AssetId,
}

impl Both {
    fn new() -> Self {
        let scene = Scene::new();
        let photo = scene.import(1);
        let checksum = scene.library.asset(&scene.caller(), photo, Permission::AssetRead).unwrap().checksum;
        scene.server.say(&asset(6, &json!({ "checksum": base64(&checksum.0), "thumbhash": "AAAA", "width": 1 })));
        scene.server.say(&[exif(6, &json!({})), album(9, &json!({}))].concat());
        scene.pull().unwrap();
        let both = Self { scene, photo };
        both.rows().iter().for_each(|row| both.settle(row, None));
        both
    }

    fn settle(&self, row: &OutboxRow, value: Option<&str>) {
        self.scene.library.settle_outbox(&self.scene.upstream(), row, None, value.map(str::to_owned)).unwrap();
    }

    fn describe(&self, text: &str) {
        let change = AssetChange { description: Some(text.to_owned()), ..AssetChange::default() };
        self.scene.library.update_asset(&self.scene.caller(), self.photo, change).unwrap();
    }

    fn described(&self) -> String {
        self.scene.library.read(|tx| Ok(tx.exif(self.photo)?)).unwrap().unwrap_or_default().description
    }

    fn rename_album(&self, name: &str) {
        let change = AlbumChange { name: Some(name.to_owned()), ..AlbumChange::default() };
        self.scene.library.update_album(&self.scene.caller(), id(9).parse().unwrap(), change).unwrap();
    }

    /// The server says at a later position what the description is.
    fn hear(&self, position: u32, description: &str) {
        let said: Value = serde_json::from_str(&exif(6, &json!({ "description": description }))).unwrap();
        self.scene.server.say(&line("AssetExifV1", position, &said["data"]));
        self.scene.pull().unwrap();
    }

    fn conflicts(&self) -> Vec<Conflict> {
        self.scene.library.conflicts(self.scene.upstream().id).unwrap()
    }

    fn rows(&self) -> Vec<OutboxRow> {
        self.scene.library.outbox(self.scene.upstream().id, 0, 10).unwrap()
    }

    fn take_theirs(&self) {
        for conflict in self.conflicts() {
            assert!(self.scene.library.take_theirs(self.scene.upstream().id, conflict.id).unwrap());
        }
        assert_eq!(self.conflicts(), []);
    }
}

/// What happened there has happened here already: there is nothing to take.
#[test]
fn what_was_deleted_there_is_no_value() {
    let both = Both::new();
    both.describe("at the sea");
    both.rename_album("Meer");
    both.scene.server.say(&line("AssetDeleteV1", 20, &json!({ "assetId": id(6) })));
    both.scene.server.say(&line("AlbumDeleteV1", 21, &json!({ "albumId": id(9) })));
    both.scene.pull().unwrap();
    let conflicts = both.conflicts();
    assert!(conflicts.len() == 2 && conflicts.iter().all(Conflict::is_deleted_there), "{conflicts:?}");
    both.take_theirs();
    assert_eq!((both.described().as_str(), both.rows()), ("at the sea", Vec::new()));
}

/// A person may call a photo that.
#[test]
fn a_word_of_there_is_a_value_whatever_it_is() {
    let both = Both::new();
    both.describe("at the sea");
    both.hear(20, "deleted");
    assert!(!both.conflicts()[0].is_deleted_there());
    both.take_theirs();
    assert_eq!(both.described(), "deleted");
}

/// A value arrived, its answer did not, and the field has changed here since: nobody has changed anything there.
#[test]
fn ones_own_word_is_no_change_of_there() {
    let both = Both::new();
    both.describe("one");
    let path: &'static str = Box::leak(format!("PUT /assets/{}", id(6)).into_boxed_str());
    both.scene.server.add_fault(Fault::LoseAnswer(path));
    let Scene { library, remote, .. } = &both.scene;
    push(library, remote, &both.scene.upstream(), &Pace::default(), &|_| {}).unwrap_err();
    both.describe("two");
    both.hear(20, "one");
    let row = both.rows().remove(0);
    assert_eq!((both.conflicts(), row.base.as_deref()), (Vec::new(), Some("\"one\"")));
    assert_eq!(both.described(), "two");
    both.hear(21, "three");
    assert_eq!(both.conflicts().len(), 1, "that is somebody else's");
}

/// A no to what was sent says nothing about what the field is by then.
#[test]
fn a_refusal_does_not_hit_a_value_that_came_later() {
    let both = Both::new();
    let last_try = || OutboxRow { attempts: 9, ..both.rows().remove(0) };
    both.describe("one");
    let sent = last_try();
    both.describe("two");
    assert!(!both.scene.library.refuse_outbox(&sent, "no").unwrap());
    let row = both.rows().remove(0);
    assert_eq!((row.attempts, row.is_dead, row.error), (0, false, None));
    assert!(both.scene.library.refuse_outbox(&last_try(), "no").unwrap() && both.rows()[0].is_dead);
}

/// Somebody takes a photo out of the trash here, and somebody deletes it for good there: it lies in the trash, and that is said.
#[test]
fn what_is_taken_out_of_the_trash_and_deleted_there_is_told() {
    let both = Both::new();
    let caller = both.scene.caller();
    let there = both.scene.server.clone();
    both.scene.library.delete_assets(&caller, &[both.photo], false).unwrap();
    both.rows().iter().for_each(|row| both.settle(row, Some("\"trashed\"")));
    both.scene.library.restore_assets(&caller, &[both.photo]).unwrap();
    assert_eq!(both.rows().len(), 1);
    there.say(&line("AssetDeleteV1", 40, &json!({ "assetId": id(6) })));
    both.scene.pull().unwrap();
    let asset = both.scene.library.read(|tx| Ok(tx.asset(both.photo)?)).unwrap().unwrap();
    assert_eq!(asset.status, AssetStatus::Trashed);
    let [conflict] = both.conflicts().try_into().unwrap();
    assert_eq!((conflict.mine.as_str(), conflict.is_deleted_there()), ("\"active\"", true));
    assert!(both.rows().is_empty());
    // Who put it into the trash has lost nothing by that.
    let both = Both::new();
    both.scene.library.delete_assets(&both.scene.caller(), &[both.photo], false).unwrap();
    both.scene.server.say(&line("AssetDeleteV1", 40, &json!({ "assetId": id(6) })));
    both.scene.pull().unwrap();
    assert_eq!(both.conflicts(), []);
}
