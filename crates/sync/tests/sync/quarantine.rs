//! Lines that come too early, or cannot be applied at all.

use serde_json::json;

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
