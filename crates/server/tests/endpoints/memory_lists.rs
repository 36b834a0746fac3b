//! Memories: what lists of them are narrowed by, what they do not show, and days that few years have.

use serde_json::{Value, json};
use tintype_library::sessions::Caller;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::Visibility;
use tintype_protocol::time::{DAY_MS, Timestamp};

use crate::scene::{ADMIN, Scene};
use crate::sharing::{Phone, two};

fn path(memory: &Value) -> String {
    format!("/api/memories/{}", memory["id"].as_str().unwrap())
}

fn wish(assets: &[Value]) -> Value {
    json!({ "type": "on_this_day", "data": { "year": 2019 }, "memoryAt": "2019-06-07T00:00:00.000Z",
        "assetIds": assets })
}

fn ids(list: &Value) -> Vec<Value> {
    list.as_array().unwrap().iter().map(|item| item["id"].clone()).collect()
}

/// Changes the row of an asset behind the API's back: takes it at another time, gives it a preview.
fn photographed(scene: &Scene, id: &Value, at: &str) {
    let (id, at): (AssetId, _) = (id.as_str().unwrap().parse().unwrap(), Timestamp::parse(at).unwrap());
    let work = move |tx: &mut dyn tintype_library::store::Write| {
        let mut asset = tx.asset(id)?.unwrap();
        (asset.file_created_at, asset.local_date_time, asset.is_rendered) = (at, at, true);
        asset.visibility = Visibility::Timeline;
        Ok(tx.update_asset(&asset)?)
    };
    scene.library.write(tintype_library::store::Durability::Relaxed, work).unwrap();
}

#[tokio::test]
async fn bad_wishes_are_refused_and_lists_are_narrowed() {
    let (scene, assets, _) = two().await;
    let token = scene.admin().await;
    for (key, bad) in [
        ("type", json!("x")),
        ("data", json!({ "year": 0 })),
        ("data", json!({ "year": -1 })),
        ("data", json!({ "year": 1.5 })),
        ("data", json!({})),
        ("memoryAt", json!("no")),
        ("memoryAt", Value::Null),
        ("assetIds", json!(["x"])),
        ("isSaved", json!("perhaps")),
    ] {
        let mut body = wish(&[]);
        body[key] = bad;
        scene.call("POST", "/api/memories", &token, body).await.is(400);
    }
    let old = scene.call("POST", "/api/memories", &token, wish(&assets[..1])).await.is(201).json();
    let mut body = wish(&[]);
    body["memoryAt"] = json!("2021-06-07T00:00:00.000Z");
    body["isSaved"] = json!(true);
    body["showAt"] = json!("2026-11-02T00:00:00.000Z");
    body["hideAt"] = json!("2026-11-02T23:59:59.999Z");
    let young = scene.call("POST", "/api/memories", &token, body).await.is(201).json();
    let (old, young) = (old["id"].clone(), young["id"].clone());
    let both = vec![young.clone(), old.clone()];
    for (query, expected) in [
        ("", both.clone()),
        ("?order=asc", vec![old.clone(), young.clone()]),
        ("?isSaved=true", vec![young.clone()]),
        ("?isSaved=false", vec![old.clone()]),
        ("?isTrashed=true", vec![]),
        ("?isTrashed=false&type=on_this_day", both.clone()),
        ("?for=2026-11-02T12:00:00.000Z", both.clone()),
        ("?for=2026-11-03", vec![old.clone()]),
        ("?isUpcoming=true", vec![young.clone()]),
        ("?size=1", vec![young.clone()]),
        ("?size=1&page=2", vec![old.clone()]),
        ("?size=1&page=3", vec![]),
        ("?page=2", vec![]),
    ] {
        let listed = scene.get(&format!("/api/memories{query}"), &token).await.is(200).json();
        assert_eq!(ids(&listed), expected, "{query}");
    }
    let one = scene.get(&format!("/api/memories?id={}", old.as_str().unwrap()), &token).await.is(200).json();
    assert_eq!(ids(&one), [old]);
    for bad in ["size=0", "page=0", "size=x", "order=up", "type=x", "for=no", "isSaved=perhaps", "id=x"] {
        scene.get(&format!("/api/memories?{bad}"), &token).await.is(400);
        scene.get(&format!("/api/memories/statistics?{bad}"), &token).await.is(400);
    }
    let statistics = scene.get("/api/memories/statistics?isSaved=true", &token).await.is(200).json();
    assert_eq!(statistics, json!({ "total": 1 }));
}

#[tokio::test]
async fn what_is_not_in_the_timeline_is_not_shown() {
    let (scene, assets, _) = two().await;
    let owner = scene.library.user_by_email(ADMIN.0).unwrap().unwrap();
    let token = scene.admin().await;
    assets.iter().for_each(|id| photographed(&scene, id, "2019-06-07T10:00:00Z"));
    let memory = scene.call("POST", "/api/memories", &token, wish(&assets)).await.is(201).json();
    let mut phone = Phone::new(&scene, ADMIN).await;
    phone.sync(&scene).await;
    let change = |ids: &[Value], visibility: &str| json!({ "ids": ids, "visibility": visibility });
    scene.call("PUT", "/api/assets", &token, change(&assets[..1], "archive")).await.is(204);
    scene.call("PUT", "/api/assets", &token, change(&assets[1..2], "locked")).await.is(204);
    scene.call("DELETE", "/api/assets", &token, json!({ "ids": [assets[2]] })).await.is(204);
    let shown = scene.get(&path(&memory), &token).await.is(200).json();
    assert_eq!(shown["assets"].as_array().unwrap().len(), 3);
    phone.sync(&scene).await;
    assert_eq!(phone.replica.count("memory_asset").unwrap(), 6, "links stay: what comes back is shown again");
    // The locked one is out of reach without the PIN.
    let bulk = json!({ "ids": [assets[1]] });
    let other = scene.call("POST", "/api/memories", &token, wish(&[])).await.is(201).json();
    let added = scene.call("PUT", &format!("{}/assets", path(&other)), &token, bulk).await.is(200).json();
    assert_eq!(added[0]["error"], "no_permission");
    phone.sync(&scene).await;
    let caller = Caller::of(owner);
    scene.library.purge_now(&caller, &[assets[3].as_str().unwrap().parse().unwrap()]).unwrap();
    let lines = phone.sync(&scene).await;
    let about = |entity: &str| lines.iter().filter(|(found, _)| found.starts_with(entity)).count();
    assert_eq!((about("MemoryV1"), about("MemoryToAssetDeleteV1")), (0, 1), "{lines:?}");
    assert_eq!(phone.replica.count("memory_asset").unwrap(), 5);
}

#[tokio::test]
async fn the_leap_day_is_remembered_in_leap_years() {
    let (scene, assets, _) = two().await;
    photographed(&scene, &assets[0], "2020-02-29T10:00:00Z");
    photographed(&scene, &assets[1], "2019-03-01T10:00:00Z");
    let left_to = |text: &str| Timestamp::parse(text).unwrap().0 - scene.library.now().0;
    scene.clock.advance(left_to("2028-02-26T12:00:00Z"));
    let made = async || {
        scene.library.renew_memories().unwrap();
        let token = scene.admin().await;
        let all = scene.get("/api/memories?order=asc", &token).await.is(200).json();
        all.as_array().unwrap().iter().map(|memory| memory["memoryAt"].clone()).collect::<Vec<Value>>()
    };
    assert_eq!(made().await, ["2020-02-29T00:00:00.000Z"], "three days ahead");
    scene.clock.advance(DAY_MS);
    assert_eq!(made().await, ["2019-03-01T00:00:00.000Z", "2020-02-29T00:00:00.000Z"]);
    assert_eq!(made().await.len(), 2);
}

#[tokio::test]
async fn a_memory_shows_no_more_than_twenty() {
    let scene = Scene::new("2.7.5").await;
    let owner = scene.library.user_by_email(ADMIN.0).unwrap().unwrap();
    let amounts = tintype_library::synthetic::Amounts { assets: 25, ..Default::default() };
    tintype_library::synthetic::fill(&scene.library, owner.id, amounts, 3).unwrap();
    let all = scene.library.search_by_id(&tintype_library::model::AssetFilter::default(), 100).unwrap();
    for (minute, asset) in all.iter().enumerate() {
        photographed(&scene, &json!(asset.id), &format!("2020-11-03T10:{minute:02}:00Z"));
    }
    scene.library.renew_memories().unwrap();
    let token = scene.admin().await;
    let memories = scene.get("/api/memories", &token).await.is(200).json();
    let shown = memories[0]["assets"].as_array().unwrap();
    assert_eq!(shown.len(), 20);
}
