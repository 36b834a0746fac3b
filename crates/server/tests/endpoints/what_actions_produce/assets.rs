//! Changes of assets.

use serde_json::{Value, json};

use super::{Stage, Table};

/// An asset in an album, to owner, partner and member.
const ASSET: [&str; 3] = ["AssetV2 AlbumAssetUpdateV2", "PartnerAssetV2", "AlbumAssetUpdateV2"];
/// What is known about it moves, and the asset with it.
const BOTH: [&str; 3] = [
    "AssetV2 AlbumAssetUpdateV2 AssetExifV1 AlbumAssetExifUpdateV1",
    "PartnerAssetV2 PartnerAssetExifV1",
    "AlbumAssetUpdateV2 AlbumAssetExifUpdateV1",
];

#[tokio::test]
async fn changes() {
    let mut table = Table::default();
    let put = async |stage: &Stage, body: Value| drop(stage.call("PUT", &stage.asset(0), body).await);
    table.row("favourite", async |stage| put(stage, json!({ "isFavorite": true })).await, ASSET).await;
    table.row("archive", async |stage| put(stage, json!({ "visibility": "archive" })).await, ASSET).await;
    table
        .row(
            "lock",
            async |stage| put(stage, json!({ "visibility": "locked" })).await,
            // Out of the album, whose cover it was; what is locked away is gone for partners.
            ["AssetV2 AlbumV2 AlbumToAssetDeleteV1", "PartnerAssetDeleteV1", "AlbumV2 AlbumToAssetDeleteV1"],
        )
        .await;
    for (what, body) in [
        ("description", json!({ "description": "At sea" })),
        ("date", json!({ "dateTimeOriginal": "2020-01-02T03:04:05.000Z" })),
        ("place", json!({ "latitude": 54.1, "longitude": 12.1 })),
        ("rating", json!({ "rating": 4 })),
    ] {
        table.row(what, async |stage| put(stage, body).await, BOTH).await;
    }
    let many = async |stage: &Stage| {
        stage.call("PUT", "/api/assets", json!({ "ids": &stage.ids[2..4], "isFavorite": true })).await;
    };
    let expected = ["AssetV2×2 AssetExifV1×2", "PartnerAssetV2×2 PartnerAssetExifV1×2", ""];
    table.row("several at once", many, expected).await;
    table.end();
}

#[tokio::test]
async fn the_trash() {
    let mut table = Table::default();
    let trash = async |stage: &Stage| {
        stage.call("DELETE", "/api/assets", json!({ "ids": &stage.ids[..1] })).await;
    };
    let restore = async |stage: &Stage, ()| {
        stage.call("POST", "/api/trash/restore/assets", json!({ "ids": &stage.ids[..1] })).await;
    };
    table.row("trash", trash, ASSET).await;
    table.row_after("restore", trash, restore, ASSET).await;
    table
        .row_after(
            "restore everything",
            trash,
            async |stage, ()| drop(stage.call("POST", "/api/trash/restore", Value::Null).await),
            ASSET,
        )
        .await;
    table
        .row(
            "delete for good",
            async |stage| stage.purge(0),
            [
                "AuthUserV1 UserV1 AssetDeleteV1 AlbumV2 AlbumToAssetDeleteV1",
                "UserV1 PartnerAssetDeleteV1",
                "UserV1 AlbumV2 AlbumToAssetDeleteV1",
            ],
        )
        .await;
    table
        .row(
            "delete for good, no cover",
            async |stage| stage.purge(1),
            [
                "AuthUserV1 UserV1 AssetDeleteV1 AlbumToAssetDeleteV1",
                "UserV1 PartnerAssetDeleteV1",
                "UserV1 AlbumToAssetDeleteV1",
            ],
        )
        .await;
    let remembered = async |stage: &Stage| {
        let memory = json!({ "type": "on_this_day", "data": { "year": 2019 }, "memoryAt": "2019-06-07T00:00:00.000Z",
            "assetIds": [stage.ids[2]] });
        stage.call("POST", "/api/memories", memory).await;
        let stack = json!({ "assetIds": [stage.ids[3], stage.ids[2], stage.ids[4]] });
        stage.call("POST", "/api/stacks", stack).await;
    };
    table
        .row_after(
            "delete for good, in a memory and a stack",
            remembered,
            async |stage, ()| stage.purge(2),
            ["AuthUserV1 UserV1 AssetDeleteV1 MemoryToAssetDeleteV1", "UserV1 PartnerAssetDeleteV1", "UserV1"],
        )
        .await;
    table
        .row_after(
            "delete for good, the front of a stack",
            remembered,
            async |stage, ()| stage.purge(3),
            ["AuthUserV1 UserV1 AssetDeleteV1 StackV1", "UserV1 PartnerAssetDeleteV1 PartnerStackV1", "UserV1"],
        )
        .await;
    table.end();
}

#[tokio::test]
async fn values_and_tags() {
    let mut table = Table::default();
    let set = async |stage: &Stage| {
        let body = json!({ "items": [{ "key": "k", "value": { "a": 1 } }] });
        stage.call("PUT", &format!("{}/metadata", stage.asset(0)), body).await;
    };
    table.row("a value", set, ["AssetMetadataV1", "", ""]).await;
    let delete = async |stage: &Stage, ()| {
        stage.call("DELETE", &format!("{}/metadata/k", stage.asset(0)), Value::Null).await;
    };
    table.row_after("a value less", set, delete, ["AssetMetadataDeleteV1", "", ""]).await;
    let tag = async |stage: &Stage| {
        let tags = stage.call("PUT", "/api/tags", json!({ "tags": ["Sea"] })).await;
        format!("/api/tags/{}/assets", tags[0]["id"].as_str().unwrap())
    };
    let ids = |stage: &Stage| json!({ "ids": &stage.ids[..1] });
    table.row_after("tag", tag, async |stage, path| drop(stage.call("PUT", &path, ids(stage)).await), BOTH).await;
    let tagged = async |stage: &Stage| {
        let path = tag(stage).await;
        stage.call("PUT", &path, ids(stage)).await;
        path
    };
    table
        .row_after("untag", tagged, async |stage, path| drop(stage.call("DELETE", &path, ids(stage)).await), BOTH)
        .await;
    table.end();
}
