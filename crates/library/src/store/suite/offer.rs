//! Assets that only this library has.

use tintype_protocol::id::AssetId;
use tintype_protocol::model::{AssetStatus, Visibility};
use tintype_protocol::time::Timestamp;

use super::Subject;
use super::scene::{Scene, asset, uuid};
use super::upstreams::link;
use crate::model::{ExternalKind, Field, Subject as About};

/// Assets are only here until they have a name there, or wait for one; the trash and others' assets never are.
pub(super) fn what_has_no_name_there_is_only_here(subject: &Subject) {
    let scene = Scene::of(subject);
    let (ada, ben) = (scene.user(1), scene.user(2));
    for number in 1..=9 {
        scene.asset(if number == 9 { ben } else { ada }, number);
    }
    let id = |number: u8| AssetId(uuid(100, number));
    let upstream = link(&scene, ada, "https://a/api", 1).expect("a link");
    let elsewhere = link(&scene, ben, "https://b/api", 2).expect("a link");
    let (by, other) = (upstream.clone(), elsewhere.clone());
    scene.write(move |tx| {
        // The same name there, another one, one on another server, and one of another kind.
        tx.add_external_id(&by, ExternalKind::Asset, id(1).0, id(1).0)?;
        tx.add_external_id(&by, ExternalKind::Asset, uuid(231, 2), id(2).0)?;
        tx.add_external_id(&other, ExternalKind::Asset, uuid(231, 3), id(3).0)?;
        tx.add_external_id(&by, ExternalKind::Album, id(4).0, id(4).0)?;
        // The name of something else.
        tx.add_external_id(&by, ExternalKind::Asset, id(5).0, uuid(231, 5))?;
        // One waits to be sent, of another something is known to wait.
        tx.put_outbox(by.id, About::Asset(id(6)), Field::Existence, None, None, None)?;
        tx.put_outbox(by.id, About::Asset(id(7)), Field::Description, None, None, None)?;
        let mut trashed = tx.asset(id(8))?.expect("it is there");
        (trashed.status, trashed.deleted_at) = (AssetStatus::Trashed, Some(trashed.created_at));
        tx.update_asset(&trashed)
    });
    let here = |after: Option<u8>, limit| {
        let found = scene.read(|tx| tx.only_here(&upstream, after.map(id), limit));
        found.into_iter().map(|asset| asset.id).collect::<Vec<_>>()
    };
    assert_eq!(here(None, 10), [3, 4, 5, 7].map(id));
    assert_eq!(here(Some(3), 2), [4, 5].map(id));
    assert_eq!(scene.read(|tx| tx.only_here(&elsewhere, None, 10)).len(), 1, "of whom it is about");
    for number in 1..=9 {
        let is_here = scene.read(|tx| tx.is_only_here(&upstream, id(number)));
        assert_eq!(is_here, [3, 4, 5, 7].contains(&number), "{number}");
    }
    assert_eq!(scene.read(|tx| tx.only_here_totals(&upstream)), (4, 19_000));

    // A motion part is counted by its bytes beside its still, and by itself once that is there.
    let (mut video, mut still) = (asset(ada, 10), asset(ada, 11));
    video.visibility = Visibility::Hidden;
    still.live_photo_video_id = Some(video.id);
    scene.write(move |tx| {
        tx.insert_asset(&video)?;
        tx.insert_asset(&still)
    });
    assert_eq!(scene.read(|tx| tx.only_here_totals(&upstream)), (5, 40_000));
    let by = upstream.clone();
    scene.write(move |tx| tx.add_external_id(&by, ExternalKind::Asset, id(11).0, id(11).0));
    assert_eq!(scene.read(|tx| tx.only_here_totals(&upstream)), (5, 29_000));

    // In the trash, too, those have no name there and wait for nothing.
    let before = scene.read(|tx| tx.asset(id(8))).expect("it is there").created_at;
    let trashed = |before| -> Vec<AssetId> {
        scene.read(|tx| tx.trashed_only_here(&upstream, before, 10)).into_iter().map(|asset| asset.id).collect()
    };
    assert_eq!((trashed(before), trashed(Timestamp(before.0 + 1))), (vec![], vec![id(8)]));
    let by = upstream.clone();
    scene.write(move |tx| tx.put_outbox(by.id, About::Asset(id(8)), Field::Life, None, None, None));
    assert_eq!(trashed(Timestamp(before.0 + 1)), []);
    let by = upstream.clone();
    scene.write(move |tx| {
        for number in [1, 4] {
            let mut asset = tx.asset(id(number))?.expect("it is there");
            (asset.status, asset.deleted_at) = (AssetStatus::Trashed, Some(before));
            tx.update_asset(&asset)?;
        }
        tx.add_external_id(&by, ExternalKind::Asset, uuid(231, 4), id(4).0)
    });
    assert_eq!(trashed(Timestamp(before.0 + 1)), []);
}
