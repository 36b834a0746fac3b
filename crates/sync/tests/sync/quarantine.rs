//! Lines that come too early, or cannot be applied at all.

use std::ops::ControlFlow;

use serde_json::json;
use tintype_protocol::sync::EntityType;
use tintype_sync::{PullError, Wishes, pull};

use crate::lines::{album, asset, assets, at, id, line, link, link_data, user};
use crate::scene::Scene;

#[test]
fn a_child_that_comes_before_its_parent_waits_for_the_end_of_the_batch() {
    let scene = Scene::new();
    scene.server.say(&[link(10, 9, 2), album(9, &json!({})), assets(2, 3)].concat());
    let pulled = scene.pull().unwrap();
    assert_eq!((pulled.quarantined, pulled.released), (1, 1));
    assert_eq!((scene.albums(), scene.quarantined().len()), ((1, 1), 0));
}

#[test]
fn a_child_that_comes_a_pull_before_its_parent_waits_for_it() {
    let scene = Scene::new();
    scene.server.say(&[link(10, 9, 2), assets(2, 3)].concat());
    assert_eq!(scene.pull().unwrap().quarantined, 1);
    assert!(scene.acked().contains(&format!("AlbumToAssetV1|{}", at(10))), "kept, so acked");
    assert_eq!(scene.pull().unwrap().released, 0);
    assert_eq!(scene.quarantined().len(), 1);
    scene.server.say(&album(9, &json!({})));
    assert_eq!(scene.pull().unwrap().released, 1);
    assert_eq!((scene.albums(), scene.quarantined().len()), ((1, 1), 0));
    assert_eq!(scene.server.streamed()[2].len(), 3, "it did not have to come again");
}

/// A chain of them, the last one first.
#[test]
fn a_grandchild_waits_for_its_parent_who_waits() {
    let scene = Scene::new();
    let shown = asset(2, &json!({ "ownerId": id(50) })).replace("AssetV2", "PartnerAssetV2");
    let partner = line("PartnerV1", 60, &json!({ "sharedById": id(50), "sharedWithId": id(1), "inTimeline": true }));
    scene.server.say(&[shown, partner, assets(3, 4)].concat());
    assert_eq!(scene.pull().unwrap().quarantined, 2);
    scene.server.say(&user(50, "bob"));
    scene.pull().unwrap();
    scene.pull().unwrap();
    assert_eq!(scene.quarantined(), []);
    assert!(scene.rows().iter().any(|row| row.starts_with("asset:") && row.contains("original_name=2.jpg")));
}

/// What can never be applied does not keep what can be from coming.
#[test]
fn hopeless_lines_stand_in_nobodys_way() {
    const HOPELESS: u32 = 1_100;
    let scene = Scene::new();
    for number in 1_000..1_000 + HOPELESS {
        scene.server.say(&asset(number, &json!({ "ownerId": id(50) })));
    }
    scene.server.say(&[assets(3_000, 3_001), link(10, 9, 3_000)].concat());
    assert_eq!(scene.pull().unwrap().quarantined, u64::from(HOPELESS) + 1);
    scene.server.say(&album(9, &json!({})));
    assert_eq!(scene.pull().unwrap().released, 1);
    assert_eq!(scene.albums(), (1, 1));
}

/// The server that has lost its checkpoints says everything again, also what cannot be applied.
#[test]
fn the_same_line_is_kept_once() {
    let scene = Scene::new();
    scene.server.say(&asset(2, &json!({ "ownerId": id(50) })));
    for _ in 0..3 {
        scene.pull().unwrap();
        assert_eq!(scene.quarantined().len(), 1);
        scene.server.forget_checkpoints();
    }
}

/// What was taken away meanwhile does not come back out of quarantine.
#[test]
fn a_line_that_waits_is_forgotten_when_its_row_goes() {
    let scene = Scene::new();
    scene.server.say(&[assets(2, 3), link(10, 9, 2)].concat());
    assert_eq!(scene.pull().unwrap().quarantined, 1);
    let removed = line("AlbumToAssetDeleteV1", 11, &link_data(9, 2));
    scene.server.say(&[removed, album(9, &json!({}))].concat());
    scene.pull().unwrap();
    assert_eq!((scene.albums(), scene.quarantined().len()), ((1, 0), 0));
}

/// As many as a sync tries, and some more.
const VERY_MANY: u32 = 21_500;

/// A scene in which very many lines wait for somebody who never comes.
fn hopeless() -> Scene {
    let scene = Scene::new();
    for number in 0..VERY_MANY {
        scene.server.say(&asset(1_000 + number, &json!({ "ownerId": id(50) })));
    }
    assert_eq!(scene.pull().unwrap().quarantined, u64::from(VERY_MANY));
    scene
}

/// How often each line has been tried, in the order in which they came.
fn attempts(scene: &Scene) -> Vec<u32> {
    let upstream = scene.upstream().id;
    let ids = scene.library.read(|tx| Ok(tx.quarantined_ids(upstream, 0, u32::MAX)?)).unwrap();
    let line = |id: i64| scene.library.read(|tx| Ok(tx.quarantined_line(upstream, id)?)).unwrap().unwrap();
    ids.into_iter().map(|id| line(id).attempts).collect()
}

/// Somebody who can fill the quarantine keeps nobody else from writing: a sync tries a bounded part of it, in pieces, and the
/// next one goes on behind that. What names the row that comes is tried at once, wherever it is.
#[test]
fn very_many_lines_are_tried_a_part_at_a_time() {
    let scene = hopeless();
    let first = attempts(&scene);
    let tried = |before: &[u32]| attempts(&scene).iter().zip(before).filter(|(now, before)| now > before).count();
    // The first sync has no time before which things were in sync, and tries all.
    assert!(first.iter().all(|times| *times == 2));
    let news = |number| scene.server.say(&[asset(number, &json!({})), link(number + 1, number + 2, number)].concat());

    news(90_000);
    assert_eq!(scene.pull().unwrap().quarantined, 1);
    assert_eq!(tried(&first), 20_000);
    let second = attempts(&scene);
    scene.server.say(&album(90_002, &json!({})));
    assert_eq!(scene.pull().unwrap().released, 1, "its line is the last of all");
    assert_eq!(tried(&second), VERY_MANY as usize - 20_000, "the rest");
    // News came in between, so another round begins, and with nothing new it ends.
    for _ in 0..2 {
        scene.pull().unwrap();
    }
    let whole = attempts(&scene);
    assert!(whole.iter().all(|times| *times == 4), "{:?}", whole.iter().max());
    scene.pull().unwrap();
    assert_eq!(tried(&whole), 0, "nothing has come since");
    scene.clock.advance(3_600 * 1_000);
    scene.pull().unwrap();
    assert_eq!(tried(&whole), 20_000, "but they are not forgotten");
}

/// A piece is kept when it was tried, so whoever is interrupted goes on behind it.
#[test]
fn what_was_tried_is_not_tried_again_after_an_interruption() {
    let scene = hopeless();
    scene.server.say(&asset(90_000, &json!({})));
    let mut told = 0;
    let stopped = pull(&scene.library, &scene.remote, &scene.upstream(), Wishes::default(), &mut |_| {
        told += 1;
        if told == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(stopped, Err(PullError::Stopped)), "{stopped:?}");
    let before = attempts(&scene);
    let tried = before.iter().filter(|times| **times == 3).count();
    assert_eq!(tried, 3_000);
    assert!(!scene.library.is_quarantined(scene.upstream().id, 0).unwrap());
    scene.pull().unwrap();
    let after = attempts(&scene);
    assert!(after.iter().zip(&before).take(tried).all(|(after, before)| after == before));
    assert_eq!(after.iter().filter(|times| **times == 3).count(), VERY_MANY as usize);
}

/// What is gone takes along the lines in which its id stands, and no others.
#[test]
fn lines_that_name_what_is_gone_go_with_it() {
    let scene = Scene::new();
    let about = |number: u32| json!({ "ownerId": id(50), "originalFileName": format!("of {}.jpg", id(number)) });
    scene.server.say(&[assets(2, 3), link(10, 9, 2), asset(11, &about(2)), link(12, 9, 3)].concat());
    assert_eq!(scene.pull().unwrap().quarantined, 3);
    scene.server.say(&line("AssetDeleteV1", 13, &json!({ "assetId": id(2) })));
    scene.pull().unwrap();
    let left: Vec<_> = scene.quarantined().into_iter().map(|line| line.entity).collect();
    assert_eq!(left, [EntityType::AssetV2, EntityType::AlbumToAssetV1], "a name of a file is no name of a row");
}
