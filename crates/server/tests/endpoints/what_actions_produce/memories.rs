//! Memories.

use serde_json::{Value, json};
use tintype_protocol::id::AssetId;
use tintype_protocol::time::{DAY_MS, Timestamp};

use super::{Stage, Table};

async fn memory(stage: &Stage) -> String {
    let wish = json!({ "type": "on_this_day", "data": { "year": 2019 }, "memoryAt": "2019-06-07T00:00:00.000Z",
        "assetIds": &stage.ids[..2] });
    let made = stage.call("POST", "/api/memories", wish).await;
    format!("/api/memories/{}", made["id"].as_str().unwrap())
}

#[tokio::test]
async fn memories() {
    let mut table = Table::default();
    let make = async |stage: &Stage| drop(memory(stage).await);
    table.row("create", make, ["MemoryV1 MemoryToAssetV1×2", "", ""]).await;
    for (what, body) in
        [("seen", json!({ "seenAt": "2026-11-01T10:00:00.000Z" })), ("saved", json!({ "isSaved": true }))]
    {
        let change = async |stage: &Stage, path: String| drop(stage.call("PUT", &path, body).await);
        table.row_after(what, memory, change, ["MemoryV1", "", ""]).await;
    }
    let add = async |stage: &Stage, path: String| {
        stage.call("PUT", &format!("{path}/assets"), json!({ "ids": &stage.ids[1..3] })).await;
    };
    table.row_after("add an asset", memory, add, ["MemoryV1 MemoryToAssetV1", "", ""]).await;
    let remove = async |stage: &Stage, path: String| {
        stage.call("DELETE", &format!("{path}/assets"), json!({ "ids": &stage.ids[..1] })).await;
    };
    table.row_after("remove an asset", memory, remove, ["MemoryV1 MemoryToAssetDeleteV1", "", ""]).await;
    let delete = async |stage: &Stage, path: String| drop(stage.call("DELETE", &path, Value::Null).await);
    table.row_after("delete", memory, delete, ["MemoryDeleteV1", "", ""]).await;
    table.end();
}

#[tokio::test]
async fn nights() {
    let mut table = Table::default();
    let photographed = async |stage: &Stage| {
        let id: AssetId = stage.ids[0].as_str().unwrap().parse().unwrap();
        let change = move |tx: &mut dyn tintype_library::store::Write| {
            let (mut asset, at) = (tx.asset(id)?.unwrap(), Timestamp::parse("2020-11-02T10:00:00Z").unwrap());
            (asset.local_date_time, asset.is_rendered) = (at, true);
            Ok(tx.update_asset(&asset)?)
        };
        stage.scene.library.write(tintype_library::store::Durability::Relaxed, change).unwrap();
    };
    let night = async |stage: &Stage, ()| stage.scene.library.renew_memories().unwrap();
    table.row_after("made at night", photographed, night, ["MemoryV1 MemoryToAssetV1", "", ""]).await;
    // Twice, as apps that stay away for more than thirty days begin anew.
    let made = async |stage: &Stage| {
        photographed(stage).await;
        stage.scene.library.renew_memories().unwrap();
        stage.scene.clock.advance(20 * DAY_MS);
    };
    let cleaned = async |stage: &Stage, ()| {
        stage.scene.clock.advance(11 * DAY_MS);
        stage.scene.library.renew_memories().unwrap();
    };
    table.row_after("cleaned away", made, cleaned, ["MemoryDeleteV1", "", ""]).await;
    table.end();
}
