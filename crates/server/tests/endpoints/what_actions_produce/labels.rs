//! Tags, values that apps keep, and edits.

use serde_json::{Value, json};

use super::{Stage, Table};

async fn tag(stage: &Stage) -> String {
    let made = stage.call("POST", "/api/tags", json!({ "name": "Trip" })).await;
    format!("/api/tags/{}", made["id"].as_str().unwrap())
}

#[tokio::test]
async fn tags() {
    let mut table = Table::default();
    table.row("create a tag", async |stage| drop(tag(stage).await), ["", "", ""]).await;
    let give = async |stage: &Stage, tag: String| {
        stage.call("PUT", &format!("{tag}/assets"), json!({ "ids": &stage.ids[2..3] })).await;
    };
    let alone = ["AssetV2 AssetExifV1", "PartnerAssetV2 PartnerAssetExifV1", ""];
    table.row_after("tag", tag, give, alone).await;
    let give = async |stage: &Stage, tag: String| {
        stage.call("PUT", &format!("{tag}/assets"), json!({ "ids": &stage.ids[..1] })).await;
    };
    let shared = [
        "AssetV2 AlbumAssetUpdateV2 AssetExifV1 AlbumAssetExifUpdateV1",
        "PartnerAssetV2 PartnerAssetExifV1",
        "AlbumAssetUpdateV2 AlbumAssetExifUpdateV1",
    ];
    table.row_after("tag one in an album", tag, give, shared).await;
    let tagged = async |stage: &Stage| {
        let tag = tag(stage).await;
        stage.call("PUT", &format!("{tag}/assets"), json!({ "ids": &stage.ids[2..3] })).await;
        tag
    };
    let take = async |stage: &Stage, tag: String| {
        stage.call("DELETE", &format!("{tag}/assets"), json!({ "ids": &stage.ids[2..3] })).await;
    };
    table.row_after("untag", tagged, take, alone).await;
    let delete = async |stage: &Stage, tag: String| drop(stage.call("DELETE", &tag, Value::Null).await);
    table.row_after("delete a tag", tagged, delete, ["", "", ""]).await;
    table.end();
}

#[tokio::test]
async fn values_of_apps() {
    let mut table = Table::default();
    let put = async |stage: &Stage| {
        let items = json!({ "items": [{ "key": "mobile-app", "value": { "iCloudId": "X" } }] });
        stage.call("PUT", &format!("{}/metadata", stage.asset(0)), items).await;
    };
    table.row("put", put, ["AssetMetadataV1", "", ""]).await;
    let delete = async |stage: &Stage, ()| {
        stage.call("DELETE", &format!("{}/metadata/mobile-app", stage.asset(0)), Value::Null).await;
    };
    table.row_after("delete", put, delete, ["AssetMetadataDeleteV1", "", ""]).await;
    table.end();
}

#[tokio::test]
async fn edits() {
    let mut table = Table::default();
    let turn = |angle: u32| json!({ "edits": [{ "action": "rotate", "parameters": { "angle": angle } }] });
    // One that is no video.
    let photo = async |stage: &Stage| {
        for index in 2..stage.ids.len() {
            if stage.call("GET", &stage.asset(index), Value::Null).await["type"] == "IMAGE" {
                return format!("{}/edits", stage.asset(index));
            }
        }
        panic!("no photo");
    };
    let edit = async |stage: &Stage, path: String| drop(stage.call("PUT", &path, turn(90)).await);
    table.row_after("edit", photo, edit, ["AssetV2 AssetEditV1", "PartnerAssetV2", ""]).await;
    let edited = async |stage: &Stage| {
        let path = photo(stage).await;
        stage.call("PUT", &path, turn(90)).await;
        path
    };
    let edit = async |stage: &Stage, path: String| drop(stage.call("PUT", &path, turn(180)).await);
    let again = ["AssetV2 AssetEditDeleteV1 AssetEditV1", "PartnerAssetV2", ""];
    table.row_after("edit again", edited, edit, again).await;
    let revert = async |stage: &Stage, path: String| drop(stage.call("DELETE", &path, Value::Null).await);
    table.row_after("take back", edited, revert, ["AssetV2 AssetEditDeleteV1", "PartnerAssetV2", ""]).await;
    table.end();
}
