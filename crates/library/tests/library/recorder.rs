//! A change and what it leaves in the outbox are one transaction.

use std::sync::{Arc, Mutex};

use serde_json::json;
use tintype_library::assets::AssetChange;
use tintype_library::model::{Field, FieldValue};
use tintype_library::recorder::{Change, Recorder};
use tintype_library::replica::Outcome;
use tintype_library::store::{StoreError, Write};
use tintype_protocol::permission::Permission;
use tintype_protocol::sync::EntityType;

use crate::replica::{apply, asset, follow};
use crate::scene::{Scene, jpeg};

/// Writes down every change, in the transaction; refuses when told to.
#[derive(Default)]
struct Outbox {
    seen: Mutex<Vec<Change>>,
    refuses: Mutex<bool>,
}

impl Recorder for Outbox {
    fn record(&self, transaction: &mut dyn Write, change: &Change) -> Result<(), StoreError> {
        if *self.refuses.lock().unwrap() {
            return Err(StoreError::Unreadable("the outbox is broken".to_owned()));
        }
        transaction.set_server_metadata("outbox", &format!("{change:?}"))?;
        self.seen.lock().unwrap().push(change.clone());
        Ok(())
    }
}

#[test]
fn a_change_commits_with_its_record_or_not_at_all() {
    let outbox = Arc::new(Outbox::default());
    let recorder = Arc::clone(&outbox);
    let scene = Scene::with(move |parts| parts.recorder = recorder);
    let id = scene.add("a.jpg", &jpeg(1));
    let kept = |scene: &Scene| scene.library.read(|tx| Ok(tx.server_metadata("outbox")?)).unwrap();
    assert_eq!(kept(&scene), Some(format!("{:?}", Change::AssetAdded(id))));
    *outbox.refuses.lock().unwrap() = true;
    let favourite = AssetChange { is_favorite: Some(true), ..AssetChange::default() };
    let before = scene.library.last_update_id().unwrap();
    scene.library.update_asset(&scene.caller(), id, favourite.clone()).unwrap_err();
    scene.upload("b.jpg", &jpeg(2)).unwrap_err();
    scene.library.delete_assets(&scene.caller(), &[id], true).unwrap_err();
    let asset = scene.library.asset(&scene.caller(), id, Permission::AssetRead).unwrap();
    assert!(!asset.is_favorite && !asset.is_trashed());
    assert_eq!(scene.files(), ["library/admin/2025/08/a.jpg"], "the refused upload left nothing");
    assert_eq!(
        scene
            .library
            .read(|tx| {
                let mut changed = 0;
                tx.changes(tintype_library::feed::FeedKind::Assets, scene.owner, before, &mut |_, _| {
                    changed += 1;
                    tintype_library::feed::Visit::Continue
                })?;
                Ok(changed)
            })
            .unwrap(),
        0
    );
    *outbox.refuses.lock().unwrap() = false;
    scene.library.update_asset(&scene.caller(), id, favourite).unwrap();
    assert_eq!(
        outbox.seen.lock().unwrap().last(),
        Some(&Change::AssetChanged(id, vec![FieldValue { field: Field::Favorite, value: "false".to_owned() }]))
    );
}

#[test]
fn what_an_upstream_says_is_recorded_nowhere() {
    let outbox = Arc::new(Outbox::default());
    let recorder = Arc::clone(&outbox);
    let scene = Scene::with(move |parts| parts.recorder = recorder);
    let upstream = follow(&scene);
    outbox.seen.lock().unwrap().clear();
    let lines = vec![
        (EntityType::AssetV2, asset(2, 2, &json!({ "isFavorite": true }))),
        (EntityType::AssetV2, asset(2, 2, &json!({ "isFavorite": false }))),
        (EntityType::AssetDeleteV1, json!({ "assetId": "0f9d3c1e-7a4b-4c2d-9e8f-000000000002" })),
    ];
    assert_eq!(apply(&scene.library, &upstream, lines), vec![Outcome::Applied; 3]);
    assert!(outbox.seen.lock().unwrap().is_empty());
}
