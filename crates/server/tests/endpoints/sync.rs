//! The sync stream: generations, checkpoints, resets.

use serde_json::{Value, json};
use tintype_library::synthetic::{self, Amounts};
use tintype_protocol::time::DAY_MS;

use crate::scene::{ADMIN, Scene};

/// A library with a few assets and albums.
async fn filled(version: &str) -> (Scene, String) {
    let scene = Scene::new(version).await;
    let owner = scene.library.user_by_email(ADMIN.0).unwrap().unwrap();
    synthetic::fill(&scene.library, owner.id, Amounts { assets: 40, albums: 2, ..Amounts::default() }, 5).unwrap();
    let token = scene.admin().await;
    (scene, token)
}

pub(crate) async fn stream(scene: &Scene, token: &str, types: &[&str]) -> Vec<Value> {
    scene.call("POST", "/api/sync/stream", token, json!({ "types": types })).await.is(200).lines()
}

pub(crate) fn of<'l>(lines: &'l [Value], entity: &str) -> Vec<&'l Value> {
    lines.iter().filter(|line| line["type"] == entity).collect()
}

async fn ack_all(scene: &Scene, token: &str, lines: &[Value]) {
    let acks: Vec<&Value> = lines.iter().map(|line| &line["ack"]).collect();
    for acks in acks.chunks(1_000) {
        scene.call("POST", "/api/sync/ack", token, json!({ "acks": acks })).await.is(204);
    }
}

#[tokio::test]
async fn both_generations_of_assets_are_served_and_the_older_is_left_out_where_both_are_asked_for() {
    let (scene, token) = filled("3.2.2").await;
    let lines = stream(&scene, &token, &["AssetsV1"]).await;
    let old = of(&lines, "AssetV1");
    assert_eq!(old.len(), 40);
    assert!(old.iter().all(|line| line["data"].get("createdAt").is_none()));
    assert!(old.iter().any(|line| line["data"]["duration"].as_str().is_some_and(|text| text.starts_with("00:00:"))));
    let lines = stream(&scene, &token, &["AssetsV1", "AssetsV2"]).await;
    let new = of(&lines, "AssetV2");
    assert_eq!((new.len(), of(&lines, "AssetV1").len()), (40, 0));
    assert!(new.iter().all(|line| line["data"]["createdAt"].is_string()));
    assert!(new.iter().any(|line| line["data"]["duration"].is_u64()));
}

#[tokio::test]
async fn owners_of_albums_are_rows_for_clients_of_generation_three_only() {
    let (scene, token) = filled("3.2.2").await;
    let lines = stream(&scene, &token, &["AlbumsV1", "AlbumUsersV1", "AlbumToAssetsV1"]).await;
    assert_eq!((of(&lines, "AlbumV1").len(), of(&lines, "AlbumUserV1").len()), (2, 0));
    assert!(of(&lines, "AlbumV1").iter().all(|line| line["data"]["ownerId"].is_string()));
    assert!(!of(&lines, "AlbumToAssetV1").is_empty());
    let lines = stream(&scene, &token, &["AlbumsV2", "AlbumUsersV1"]).await;
    assert!(of(&lines, "AlbumV2").iter().all(|line| line["data"].get("ownerId").is_none()));
    let owners = of(&lines, "AlbumUserV1");
    assert_eq!(owners.len(), 2);
    assert!(owners.iter().all(|line| line["data"]["role"] == "owner"));
}

#[tokio::test]
async fn what_was_acked_does_not_come_again_and_what_changes_does() {
    let (scene, token) = filled("3.2.2").await;
    let types = [
        "AuthUsersV1",
        "UsersV1",
        "AssetsV2",
        "AssetExifsV1",
        "AlbumsV2",
        "AlbumUsersV1",
        "AlbumToAssetsV1",
        "UserMetadataV1",
    ];
    let all = stream(&scene, &token, &types).await;
    ack_all(&scene, &token, &all).await;
    let rest = stream(&scene, &token, &types).await;
    assert_eq!(rest.len(), 1, "{rest:?}");
    let asset = of(&all, "AssetV2")[0]["data"]["id"].as_str().unwrap().to_owned();
    scene.call("PUT", &format!("/api/assets/{asset}"), &token, json!({ "isFavorite": true })).await.is(200);
    scene.call("PUT", "/api/users/me/onboarding", &token, json!({ "isOnboarded": true })).await.is(200);
    let changed = stream(&scene, &token, &types).await;
    assert_eq!(of(&changed, "AssetV2")[0]["data"]["isFavorite"], true);
    assert_eq!(of(&changed, "UserMetadataV1")[0]["data"]["value"], json!({ "isOnboarded": true }));
    assert_eq!(changed.len(), 3, "{changed:?}");
    ack_all(&scene, &token, &changed).await;
    scene.call("DELETE", "/api/users/me/onboarding", &token, Value::Null).await.is(204);
    let gone = stream(&scene, &token, &types).await;
    assert_eq!(of(&gone, "UserMetadataDeleteV1")[0]["data"]["key"], "onboarding");
}

#[tokio::test]
async fn deletes_reach_the_client() {
    let (scene, token) = filled("3.2.2").await;
    let types = ["AlbumsV2", "AlbumUsersV1", "AlbumToAssetsV1", "AssetMetadataV1", "AssetsV2"];
    let all = stream(&scene, &token, &types).await;
    ack_all(&scene, &token, &all).await;
    let link = &of(&all, "AlbumToAssetV1")[0]["data"];
    let (album, asset) = (link["albumId"].as_str().unwrap(), link["assetId"].as_str().unwrap());
    let path = format!("/api/albums/{album}/assets");
    scene.call("DELETE", &path, &token, json!({ "ids": [asset] })).await.is(200);
    let item = json!({ "items": [{ "key": "app", "value": { "a": 1 } }] });
    let path = format!("/api/assets/{asset}/metadata");
    scene.call("PUT", &path, &token, item).await.is(200);
    let lines = stream(&scene, &token, &types).await;
    assert_eq!(of(&lines, "AlbumToAssetDeleteV1")[0]["data"], json!({ "albumId": album, "assetId": asset }));
    assert_eq!(of(&lines, "AssetMetadataV1")[0]["data"]["value"], json!({ "a": 1 }));
    ack_all(&scene, &token, &lines).await;
    scene.call("DELETE", &format!("{path}/app"), &token, Value::Null).await.is(204);
    scene.call("DELETE", &format!("/api/albums/{album}"), &token, Value::Null).await.is(204);
    let lines = stream(&scene, &token, &types).await;
    assert_eq!(of(&lines, "AssetMetadataDeleteV1")[0]["data"], json!({ "assetId": asset, "key": "app" }));
    assert_eq!(of(&lines, "AlbumDeleteV1")[0]["data"], json!({ "albumId": album }));
}

#[tokio::test]
async fn a_late_ack_does_not_move_a_checkpoint_back() {
    let (scene, token) = filled("3.2.2").await;
    let all = stream(&scene, &token, &["AssetsV2"]).await;
    let assets = of(&all, "AssetV2");
    let ack = |line: &Value| json!({ "acks": [line["ack"]] });
    scene.call("POST", "/api/sync/ack", &token, ack(assets[39])).await.is(204);
    scene.call("POST", "/api/sync/ack", &token, ack(assets[3])).await.is(204);
    assert_eq!(of(&stream(&scene, &token, &["AssetsV2"]).await, "AssetV2").len(), 0);
}

#[tokio::test]
async fn malformed_acks_store_nothing_of_their_call() {
    let (scene, token) = filled("3.2.2").await;
    let lines = stream(&scene, &token, &["AssetsV2"]).await;
    let good = &lines[0]["ack"];
    for bad in [
        "AssetV2",
        "AssetV2|x",
        "Nope|x",
        "",
        "SyncAckV1|019b7c10-1111-7bbb-8bbb-000000000002",
        "AssetV2|ffffffff-ffff-7fff-bfff-ffffffffffff",
    ] {
        scene.call("POST", "/api/sync/ack", &token, json!({ "acks": [good, bad] })).await.is(400);
    }
    assert_eq!(scene.get("/api/sync/ack", &token).await.is(200).json(), json!([]));
}

#[tokio::test]
async fn who_was_away_for_too_long_starts_over() {
    let (scene, token) = filled("3.2.2").await;
    let lines = stream(&scene, &token, &["AssetsV2"]).await;
    ack_all(&scene, &token, &lines).await;
    scene.clock.advance(29 * DAY_MS);
    assert_eq!(stream(&scene, &token, &["AssetsV2"]).await.len(), 1);
    scene.clock.advance(2 * DAY_MS);
    let reset = stream(&scene, &token, &["AssetsV2"]).await;
    assert_eq!(reset, [json!({ "type": "SyncResetV1", "data": {}, "ack": "SyncResetV1|reset" })]);
    scene.call("POST", "/api/sync/ack", &token, json!({ "acks": ["SyncResetV1|reset"] })).await.is(204);
    assert_eq!(of(&stream(&scene, &token, &["AssetsV2"]).await, "AssetV2").len(), 40);
}

#[tokio::test]
async fn every_request_type_is_understood() {
    let (scene, token) = filled("3.2.2").await;
    let all: Vec<&str> = tintype_protocol::sync::RequestType::ALL.iter().map(|request| request.as_str()).collect();
    let lines = stream(&scene, &token, &all).await;
    assert_eq!(lines.last().unwrap()["type"], "SyncCompleteV1");
    // Parents before children: no line comes after one that needs it.
    let first = |entity: &str| lines.iter().position(|line| line["type"] == entity).unwrap_or(usize::MAX);
    let last = |entity: &str| lines.iter().rposition(|line| line["type"] == entity).unwrap_or(0);
    assert!(last("AssetV2") < first("AlbumToAssetV1") && last("AlbumV2") < first("AlbumToAssetV1"));
    assert!(last("UserV1") < first("AssetV2") && last("AssetV2") < first("AssetExifV1"));
}
