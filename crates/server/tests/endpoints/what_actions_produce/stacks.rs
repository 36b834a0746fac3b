//! Stacks.

use serde_json::{Value, json};

use super::{Stage, Table};

/// A stack of assets with these numbers; answers its path.
async fn stack(stage: &Stage, numbers: &[usize]) -> String {
    let ids: Vec<&Value> = numbers.iter().map(|number| &stage.ids[*number]).collect();
    let made = stage.call("POST", "/api/stacks", json!({ "assetIds": ids })).await;
    format!("/api/stacks/{}", made["id"].as_str().unwrap())
}

#[tokio::test]
async fn stacks() {
    let mut table = Table::default();
    let of = |numbers: &'static [usize]| async move |stage: &Stage| stack(stage, numbers).await;
    let make = async |stage: &Stage| drop(stack(stage, &[3, 4]).await);
    table.row("create", make, ["AssetV2×2 StackV1", "PartnerAssetV2×2 PartnerStackV1", ""]).await;
    table
        .row(
            "create, one in an album",
            async |stage| drop(stack(stage, &[0, 4]).await),
            ["AssetV2×2 StackV1 AlbumAssetUpdateV2", "PartnerAssetV2×2 PartnerStackV1", "AlbumAssetUpdateV2"],
        )
        .await;
    table
        .row_after(
            "create from another one's front",
            of(&[3, 4]),
            async |stage, _| drop(stack(stage, &[2, 3]).await),
            ["AssetV2×3 StackDeleteV1 StackV1", "PartnerAssetV2×3 PartnerStackDeleteV1 PartnerStackV1", ""],
        )
        .await;
    let turn = async |stage: &Stage, path: String| {
        stage.call("PUT", &path, json!({ "primaryAssetId": stage.ids[4] })).await;
    };
    table.row_after("another front", of(&[3, 4]), turn, ["StackV1", "PartnerStackV1", ""]).await;
    let remove = async |stage: &Stage, path: String| {
        stage.call("DELETE", &format!("{path}/assets/{}", stage.ids[5].as_str().unwrap()), Value::Null).await;
    };
    table.row_after("one asset less", of(&[3, 4, 5]), remove, ["AssetV2", "PartnerAssetV2", ""]).await;
    let delete = async |stage: &Stage, path: String| drop(stage.call("DELETE", &path, Value::Null).await);
    let expected = ["AssetV2×2 StackDeleteV1", "PartnerAssetV2×2 PartnerStackDeleteV1", ""];
    table.row_after("delete", of(&[3, 4]), delete, expected).await;
    table.end();
}
