//! What an upstream changed is told to those who listen, as changes of users here are; but never all of a large mirror.

use std::sync::{Arc, Mutex};

use serde_json::json;
use tintype_library::Library;
use tintype_library::model::{Field, Subject};
use tintype_library::news::News;
use tintype_library::recorder::Change;
use tintype_library::replica::TOLD_IN_A_MINUTE;
use tintype_library::store::Durability;
use tintype_protocol::sync::EntityType;

use crate::mirrored_rows::{exif, person};
use crate::mirrored_sharing::album;
use crate::replica::{AT, ME, apply, asset, follow, id, local};
use crate::scene::{Scene, jpeg};

const MINUTE_MS: i64 = 60_000;

/// Everything that is told from now on.
struct Heard(Arc<Mutex<Vec<News>>>);

impl Heard {
    fn of(library: &Library) -> Self {
        let heard: Arc<Mutex<Vec<News>>> = Arc::default();
        let list = Arc::clone(&heard);
        library.listen(Box::new(move |news: &News| list.lock().unwrap().push(news.clone())));
        Self(heard)
    }

    fn take(&self) -> Vec<News> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn changed(number: u32) -> News {
    News::Changed(Change::AssetChanged(local(number), Vec::new()))
}

#[test]
fn what_changed_there_is_told_here() {
    let scene = Scene::new();
    let (library, upstream, owner) = (&scene.library, follow(&scene), scene.owner);
    let heard = Heard::of(library);
    let arrived = |number| News::Arrived { owner, asset: local(number) };
    let line = |number: u32, more| (EntityType::AssetV2, asset(number, number as u8, &more));

    // An asset is told once everything about it is here, be that in another transaction; one in the trash is not new.
    apply(library, &upstream, vec![line(2, json!({})), line(3, json!({})), line(4, json!({ "deletedAt": AT }))]);
    let told = heard.take();
    assert_eq!(told, [News::Changed(Change::AssetsTrashed(vec![local(4)]))]);
    apply(library, &upstream, vec![exif(2, &json!({})), exif(3, &json!({})), exif(4, &json!({}))]);
    assert_eq!(heard.take(), [arrived(2), arrived(3)]);

    // What is here already is not told again.
    apply(library, &upstream, vec![line(2, json!({})), exif(2, &json!({}))]);
    assert_eq!(heard.take(), []);

    for (lines, told) in [
        (vec![line(2, json!({ "isFavorite": true })), exif(3, &json!({ "rating": 4 }))], vec![changed(2), changed(3)]),
        (vec![line(3, json!({ "deletedAt": AT }))], vec![News::Changed(Change::AssetsTrashed(vec![local(3)]))]),
        (vec![line(3, json!({}))], vec![changed(3)]),
        (
            vec![album(9, ME), (EntityType::AlbumToAssetV1, json!({ "albumId": id(9), "assetId": id(2) }))],
            vec![News::Changed(Change::AlbumChanged(id(9).parse().unwrap(), Vec::new()))],
        ),
        (
            vec![person(7, "Ada", &json!(null))],
            vec![News::Changed(Change::PersonChanged(id(7).parse().unwrap(), Vec::new()))],
        ),
        (
            vec![(EntityType::AssetDeleteV1, json!({ "assetId": id(3) }))],
            vec![News::Removed { owner, asset: local(3) }],
        ),
    ] {
        apply(library, &upstream, lines);
        assert_eq!(heard.take(), told);
    }
}

#[test]
fn a_large_mirror_is_not_told_piece_by_piece() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    let heard = Heard::of(library);
    let all = TOLD_IN_A_MINUTE as u32 + 40;
    let lines = |numbers: std::ops::Range<u32>| {
        numbers.flat_map(|number| {
            let mut line = asset(number, 0, &json!({}));
            line["checksum"] = json!(tintype_protocol::bytes::base64(&[number.to_be_bytes(); 5].concat()));
            [(EntityType::AssetV2, line), exif(number, &json!({}))]
        })
    };
    for start in (100..100 + all).step_by(60) {
        apply(library, &upstream, lines(start..(start + 60).min(100 + all)).collect());
    }
    let told = heard.take();
    assert_eq!(told.len(), TOLD_IN_A_MINUTE);
    assert!(told.iter().all(|news| matches!(news, News::Arrived { .. })), "{told:?}");

    // Within the minute there is no room, afterwards there is again.
    scene.clock.advance(MINUTE_MS - 1);
    apply(library, &upstream, lines(5_000..5_001).collect());
    assert_eq!(heard.take(), []);
    scene.clock.advance(1);
    apply(library, &upstream, lines(5_001..5_002).collect());
    assert_eq!(heard.take().len(), 1);
    let everything = (100..100 + all).map(|number| exif(number, &json!({ "description": "again" }))).collect();
    apply(library, &upstream, everything);
    assert_eq!(heard.take().len(), TOLD_IN_A_MINUTE - 1);
}

#[test]
fn what_is_taken_back_is_told() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    let asset = scene.add("beach.jpg", &jpeg(1));
    library
        .write(Durability::Full, move |tx| {
            let about = Subject::Asset(asset);
            Ok(tx.put_outbox(upstream.id, about, Field::Favorite, Some("true"), Some("false"), None)?)
        })
        .unwrap();
    let row = library.outbox(upstream.id, 0, 1).unwrap()[0].id;
    let heard = Heard::of(library);
    assert_eq!(library.drop_outbox(upstream.id, &[row]).unwrap(), 1);
    assert_eq!(heard.take(), [News::Changed(Change::AssetChanged(asset, Vec::new()))]);
}
