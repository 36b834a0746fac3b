//! What was fetched from an upstream, and what lies there.

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::UpdateId;
use tintype_protocol::time::Timestamp;

use super::Subject;
use super::scene::{NOW, Scene};
use super::upstreams::{asset_line, link};
use crate::store::MirroredAsset;

/// Keys are listed by when they were used last, and counted.
pub(super) fn what_was_used_last_is_listed_last(subject: &Subject) {
    let scene = Scene::of(subject);
    let ada = scene.user(1);
    let (first, second) = (scene.asset(ada, 1), scene.asset(ada, 2));
    scene.write(move |tx| {
        tx.add_fetched("cache/a", first, 10)?;
        tx.add_fetched("cache/b", first, 20)?;
        tx.add_fetched("cache/c", second, 30)?;
        tx.touch_fetched("cache/a", Timestamp(NOW.0 + 2))?;
        tx.touch_fetched("cache/b", Timestamp(NOW.0 + 1))?;
        // A use that is heard of late does not make it older.
        tx.touch_fetched("cache/a", Timestamp(NOW.0 + 1))?;
        tx.touch_fetched("cache/none", NOW)
    });
    let oldest = |limit| scene.read(|tx| tx.oldest_fetched(limit));
    let listed = [("cache/c".to_owned(), 30), ("cache/b".to_owned(), 20), ("cache/a".to_owned(), 10)];
    assert_eq!((oldest(9), oldest(1)), (listed.to_vec(), listed[..1].to_vec()));
    assert_eq!(scene.read(|tx| tx.fetched_of(first)), ["cache/a", "cache/b"]);
    scene.write(move |tx| {
        tx.add_fetched("cache/b", first, 25)?;
        tx.remove_fetched("cache/c")
    });
    assert_eq!(
        scene.read(|tx| Ok((tx.fetched_bytes()?, tx.is_fetched("cache/b")?, tx.is_fetched("cache/c")?))),
        (35, true, false)
    );
}

/// An original that is brought home is here; nothing moves that clients are told of.
pub(super) fn originals_come_home(subject: &Subject) {
    let scene = Scene::of(subject);
    let ada = scene.user(1);
    let upstream = link(&scene, ada, "https://a/api", 1).expect("a link");
    scene.asset(ada, 1);
    let ids: Vec<_> = [40, 41, 42].map(|number| super::scene::asset(ada, number).id).to_vec();
    let (rows, last) = (ids.clone(), scene.read(|tx| tx.last_update_id()));
    scene.write(move |tx| {
        for (at, id) in (0_u8..).zip(rows) {
            let line = tintype_protocol::sync::AssetV1 { checksum: Sha1([60 + at; 20]), ..asset_line(id, ada) };
            let row = MirroredAsset {
                id,
                owner_id: ada,
                live_photo_video_id: None,
                stack_id: None,
                media_type: "image/jpeg",
                line: &line,
            };
            tx.insert_mirrored(row)?;
        }
        Ok(())
    });
    let elsewhere = |since, after| {
        let found = scene.read(|tx| tx.remote_originals(ada, since, after, 2));
        found.into_iter().map(|asset| asset.id).collect::<Vec<_>>()
    };
    let mut sorted = ids.clone();
    sorted.sort();
    assert_eq!((elsewhere(None, None), elsewhere(None, Some(sorted[1]))), (sorted[..2].to_vec(), sorted[2..].to_vec()));
    assert_eq!((elsewhere(Some(NOW), None).len(), elsewhere(Some(Timestamp(NOW.0 + 1)), None).len()), (2, 0));
    let held = scene.read(|tx| tx.held_originals(ada));
    assert_eq!((held.here, held.here_bytes, held.verified, held.elsewhere), (1, 1_000, 1, 3));

    let changed = |after: UpdateId| scene.read(|tx| tx.remote_changes(ada, after, 9));
    let changes = changed(last);
    assert_eq!(changes.iter().map(|(asset, _)| asset.id).collect::<Vec<_>>(), ids);
    let position = changes[2].1;
    scene.write(move |tx| tx.set_pictured(upstream.id, position));
    let again = scene.read(|tx| tx.upstreams()).remove(0);
    assert_eq!(scene.read(|tx| tx.pictured(&again)), position);
    assert!(changed(position).is_empty());

    scene.clock.advance(5);
    let (home, before) = (ids[0], scene.read(|tx| tx.last_update_id()));
    scene.write(move |tx| tx.bring_home(home, "library/one/a.jpg", 77));
    assert_eq!(scene.read(|tx| tx.last_update_id()), before, "it has not moved");
    let asset = scene.read(|tx| tx.asset(home)).expect("the asset");
    assert_eq!((asset.original_path.as_str(), asset.size_bytes), ("library/one/a.jpg", 77));
    assert!(!scene.read(|tx| tx.is_remote(home)));
    let held = scene.read(|tx| tx.held_originals(ada));
    assert_eq!((held.here, held.verified, held.elsewhere), (2, 2, 2));
    assert_eq!((held.verified_first, held.verified_last), (Some(NOW), Some(Timestamp(NOW.0 + 5))));
}
