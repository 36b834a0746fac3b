//! Lines as a server may write them.

use serde_json::json;
use tintype_protocol::sync::EntityType;
use tintype_sync::PullError;
use tintype_testkit::Fault;

use crate::lines::{album, asset, asset_data, assets, at, line, link_data, with_ack};
use crate::scene::Scene;

#[test]
fn a_line_separator_in_a_text_ends_no_line() {
    let scene = Scene::new();
    let name = "a\u{2028}b\u{2029}c\u{85}d.jpg";
    let text = asset(2, &json!({ "originalFileName": name }));
    assert!(text.contains('\u{2028}'), "as it is, not escaped");
    scene.server.say(&text);
    assert_eq!(scene.pull().unwrap().quarantined, 0);
    assert_eq!(scene.asset(2).unwrap().original_name, name);
}

#[test]
fn unknown_fields_are_passed_over() {
    let scene = Scene::new();
    scene.server.say(&asset(2, &json!({ "novelty": { "id": [1, "}"] }, "isFavorite": true })));
    let text = asset(3, &json!({})).replace("\"ack\":", "\"later\":[{}],\"ack\":");
    scene.server.say(&text);
    assert_eq!(scene.pull().unwrap().quarantined, 0);
    assert!(scene.asset(2).unwrap().is_favorite && scene.asset(3).is_some());
}

/// Nobody asked for them, so they are neither kept nor acked.
#[test]
fn unknown_types_are_passed_over() {
    let scene = Scene::new();
    scene.server.say(&assets(2, 3));
    scene.server.say(&line("FaceClusterV1", 4, &json!({ "id": "x" })));
    // An ack of a type that is not known, in a carrier that is.
    scene.server.say(&with_ack("SyncAckV1", &format!("FaceClusterBackfillV1|{}|complete", at(4)), &json!({})));
    scene.server.say(&assets(5, 6));
    assert_eq!(scene.pull().unwrap().quarantined, 0);
    assert!(scene.asset(2).is_some() && scene.asset(5).is_some());
    assert_eq!(scene.acked_types(), [EntityType::AssetV2, EntityType::SyncCompleteV1]);
}

/// A type that is known with an ack that is not: the line counts, and no checkpoint is moved to a place that makes no
/// sense.
#[test]
fn a_line_whose_ack_is_not_understood_is_not_lost() {
    let scene = Scene::new();
    scene.server.say(&with_ack("AssetV2", "AssetV2|from|the|future", &asset_data(2, &json!({}))));
    scene.server.say(&assets(3, 4));
    scene.pull().unwrap();
    assert!(scene.asset(2).is_some() && scene.asset(3).is_some());
    assert_eq!(scene.acked()[0], format!("AssetV2|{}", at(3)));
}

/// Members in another order, and white space where JSON allows it.
#[test]
fn a_line_may_be_written_differently() {
    let scene = Scene::new();
    let data = asset_data(2, &json!({}));
    let ack = format!("AssetV2|{}", at(2));
    scene.server.say(&format!(" {{ \"ack\": \"{ack}\",\t\"data\": {data}, \"type\": \"AssetV2\" }}\r\n"));
    assert_eq!(scene.pull().unwrap().lines, 2);
    assert!(scene.asset(2).is_some());
    assert_eq!(scene.acked()[0], ack);
}

/// The reference writes markers of several types one after the other (client-behaviour §4): each has its own ack.
#[test]
fn adjacent_markers_of_different_types_are_all_acked() {
    let scene = Scene::new();
    let done = |entity: &str| with_ack("SyncAckV1", &format!("{entity}|{}|complete", at(1)), &json!({}));
    let (users, links) = (done("AlbumUserBackfillV1"), done("AlbumToAssetBackfillV1"));
    let exifs = done("PartnerAssetExifBackfillV1");
    let lines = [assets(2, 3), users, links, exifs, album(9, &json!({}))].concat();
    scene.server.say(&lines);
    assert_eq!(scene.pull().unwrap().quarantined, 0);
    let acked = scene.acked();
    for entity in ["AlbumUserBackfillV1", "AlbumToAssetBackfillV1", "PartnerAssetExifBackfillV1"] {
        assert!(acked.contains(&format!("{entity}|{}|complete", at(1))), "{entity}: {acked:?}");
    }
    assert_eq!(scene.pull().unwrap().lines, 1, "nothing comes a second time");
}

/// Only the last ack of each type goes out, in as few calls as there are batches.
#[test]
fn one_ack_of_each_type_is_enough() {
    let scene = Scene::new();
    let links = [2, 3, 4].map(|number| line("AlbumToAssetV1", number, &link_data(9, number))).concat();
    scene.server.say(&[assets(2, 5), album(9, &json!({})), links].concat());
    scene.pull().unwrap();
    assert_eq!(scene.server.acked().len(), 1);
    let last = |entity: &str, number: u32| format!("{entity}|{}", at(number));
    let expected = [last("AssetV2", 4), last("AlbumV2", 9), last("AlbumUserV1", 9), last("AlbumToAssetV1", 4)].to_vec();
    assert_eq!(scene.acked()[..4], expected);
    assert_eq!(scene.albums(), (1, 3));
}

#[test]
fn a_line_that_is_no_json_ends_the_pull_and_the_next_one_goes_on_behind_the_last_good_line() {
    let broken = [
        "{\"type\":\"AssetV2\",\"data\":{\"id\":",
        "<html>Bad Gateway</html>",
        "",
        "null",
        "{\"type\":\"AssetV2\"}",
        "\u{0}\u{1}",
        "{\"message\":\"SyncRequestType.AssetsV1 is deprecated\",\"statusCode\":400}",
    ];
    for text in broken {
        let scene = Scene::new();
        scene.server.say(&assets(2, 6));
        scene.server.add_fault(Fault::Insert(2, text.to_owned()));
        let error = scene.pull().unwrap_err();
        assert!(matches!(error, PullError::Broken(_)), "{text}: {error:?}");
        assert!(scene.asset(3).is_some() && scene.asset(4).is_none(), "{text}");
        assert_eq!(scene.acked(), [format!("AssetV2|{}", at(3))], "{text}");
        assert_eq!(scene.upstream().synced_at, None, "{text}");
        assert_eq!(scene.pull().unwrap().lines, 3, "{text}");
        assert!(scene.asset(5).is_some() && scene.quarantined().is_empty(), "{text}");
    }
}

/// Bytes that are no text are no line, even where JSON would not look at them.
#[test]
fn a_line_that_is_not_understood_is_kept_and_stops_nothing() {
    let scene = Scene::new();
    let wrong = [json!({ "id": "x" }), json!([]), json!(null), json!(7), json!("text")];
    for (position, data) in (2..).zip(&wrong) {
        scene.server.say(&line("AssetV2", position, data));
    }
    scene.server.say(&assets(20, 21));
    let pulled = scene.pull().unwrap();
    assert_eq!(pulled.quarantined, wrong.len() as u64);
    assert!(scene.asset(20).is_some());
    assert_eq!(scene.acked()[0], format!("AssetV2|{}", at(20)));
    assert_eq!(scene.quarantined().len(), wrong.len(), "acked, and kept");
    assert_eq!(scene.pull().unwrap().lines, 1);
    assert_eq!(scene.quarantined().len(), wrong.len());
}
