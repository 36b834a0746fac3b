//! A library that was put back to a backup of its own: the server has told it more than it knows.

use serde_json::json;
use tintype_library::assets::AssetChange;
use tintype_library::model::Field;
use tintype_sync::Pace;

use crate::lines::{album, asset, asset_data, assets, id, line, link};
use crate::scene::Scene;

/// More lines than are in one piece of a stream.
const MANY: u32 = 1_200;

/// Lines of photos, in other words than before where the number is the same.
fn favorite(number: u32, position: u32) -> String {
    line("AssetV2", position, &asset_data(number, &json!({ "isFavorite": true })))
}

#[test]
fn what_it_was_told_since_comes_again() {
    for more in [1, MANY] {
        let scene = Scene::new();
        scene.server.say(&[assets(3, 6), album(9, &json!({})), link(10, 9, 3)].concat());
        scene.pull().unwrap();
        let copy = scene.copy();
        // All this is told to a library that is no more.
        scene.server.say(&[asset(20, &json!({})), favorite(4, 21), link(22, 9, 20)].concat());
        scene.server.say(&line("AssetDeleteV1", 23, &json!({ "assetId": id(5) })));
        scene.pull().unwrap();
        drop(scene.library);
        copy.server.say(&assets(100, 100 + more));
        let pulled = copy.pull().unwrap();
        assert!(pulled.was_behind && !pulled.was_older, "{pulled:?}");
        assert!(copy.asset(20).is_some() && copy.asset(5).is_none() && copy.asset(100).is_some());
        assert!(copy.asset(4).unwrap().is_favorite);
        assert_eq!(copy.albums(), (1, 2));
        let again = copy.pull().unwrap();
        assert!(!again.was_behind && again.lines == 1, "{again:?}");
    }
}

/// Changes of that day that were sent long ago wait once more: they do not take back what was said since unseen.
#[test]
fn what_it_sent_long_ago_is_held_against_what_is_there_now() {
    let scene = Scene::new();
    scene.server.say(&assets(3, 5));
    scene.pull().unwrap();
    let change = AssetChange { is_favorite: Some(true), ..AssetChange::default() };
    scene.library.update_asset(&scene.caller(), id(3).parse().unwrap(), change).unwrap();
    let copy = scene.copy();
    scene.server.say(&favorite(3, 20));
    scene.pull().unwrap();
    drop(scene.library);
    let rows = || copy.library.outbox(copy.upstream().id, 0, 10).unwrap();
    assert_eq!(rows()[0].field, Field::Favorite);
    assert!(copy.pull().unwrap().was_behind);
    assert_eq!(rows(), [], "it is there");
    let pushed = tintype_sync::push(&copy.library, &copy.remote, &copy.upstream(), &Pace::default(), &|_| {}).unwrap();
    assert_eq!(pushed.sent, 0);
}
