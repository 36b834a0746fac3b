//! Photos in the server's locked folder: a session without the PIN is refused in the words for what is not there, and what is
//! refused so is not taken for deleted.

use serde_json::json;
use tintype_client::Client;
use tintype_library::assets::AssetChange;
use tintype_library::model::OutboxRow;
use tintype_protocol::bytes::base64;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::AssetStatus;
use tintype_protocol::permission::Permission;
use tintype_sync::{Pace, Pushed, push};

use crate::lines::{asset, id};
use crate::scene::Scene;

const LOCKED: &str = "locked folder";

/// The server has 5, which lies only there, and a photo that lies here, too. It shows neither to whoever asks for one.
struct Hidden {
    scene: Scene,
    mine: AssetId,
    theirs: AssetId,
}

impl Hidden {
    fn new() -> Self {
        let scene = Scene::new();
        let mine = scene.import(1);
        let checksum = scene.library.asset(&scene.caller(), mine, Permission::AssetRead).unwrap().checksum;
        scene.server.say(&asset(5, &json!({})));
        scene.server.say(&asset(6, &json!({ "checksum": base64(&checksum.0), "thumbhash": "AAAA", "width": 1 })));
        scene.pull().unwrap();
        let theirs = id(5).parse().unwrap();
        let hidden = Self { scene, mine, theirs };
        assert_eq!(hidden.push(), Pushed::default(), "it is there already");
        hidden
    }

    fn push(&self) -> Pushed {
        self.push_by(&self.scene.remote)
    }

    fn push_by(&self, remote: &Client) -> Pushed {
        push(&self.scene.library, remote, &self.scene.upstream(), &Pace::default(), &|_| {}).unwrap()
    }

    fn like_both(&self) {
        for id in [self.mine, self.theirs] {
            let favorite = AssetChange { is_favorite: Some(true), ..AssetChange::default() };
            self.scene.library.update_asset(&self.scene.caller(), id, favorite).unwrap();
        }
    }

    fn statuses(&self) -> [Option<AssetStatus>; 2] {
        let status = |id| self.scene.library.read(|tx| Ok(tx.asset(id)?)).unwrap().map(|asset| asset.status);
        [status(self.mine), status(self.theirs)]
    }

    fn rows(&self) -> Vec<OutboxRow> {
        self.scene.library.outbox(self.scene.upstream().id, 0, 10).unwrap()
    }

    fn assert_refused(&self, count: usize, reason: &str) {
        let rows = self.rows();
        assert_eq!(rows.len(), count);
        assert!(rows.iter().all(|row| row.error.as_ref().is_some_and(|error| error.contains(reason))), "{rows:?}");
    }
}

#[test]
fn what_is_changed_about_it_waits_and_nothing_goes() {
    let hidden = Hidden::new();
    hidden.like_both();
    assert_eq!(hidden.push(), Pushed { sent: 0, refused: 2, dead: 0 });
    assert_eq!(hidden.statuses(), [Some(AssetStatus::Active); 2]);
    hidden.assert_refused(2, LOCKED);
}

#[test]
fn what_is_deleted_here_is_not_said_to_be_deleted_there() {
    let hidden = Hidden::new();
    let both = [hidden.mine, hidden.theirs];
    hidden.scene.library.delete_assets(&hidden.scene.caller(), &both, true).unwrap();
    assert_eq!(hidden.push(), Pushed { sent: 0, refused: 2, dead: 0 });
    hidden.assert_refused(2, LOCKED);
}

#[test]
fn a_key_that_may_not_ask_deletes_nothing() {
    let hidden = Hidden::new();
    hidden.like_both();
    let remote = hidden.scene.server.client_with_key(&["asset.read", "asset.update"]);
    assert_eq!(hidden.push_by(&remote), Pushed { sent: 0, refused: 2, dead: 0 });
    assert_eq!(hidden.statuses(), [Some(AssetStatus::Active); 2]);
    hidden.assert_refused(2, "asset.upload");
}

#[test]
fn what_is_gone_there_still_goes() {
    let hidden = Hidden::new();
    hidden.scene.server.fall_silent();
    hidden.like_both();
    assert_eq!(hidden.push(), Pushed { sent: 2, refused: 0, dead: 0 });
    assert_eq!(hidden.statuses(), [Some(AssetStatus::Trashed), None]);
    assert_eq!(hidden.rows(), []);
}
