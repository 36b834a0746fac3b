//! Memories: made every night, made by hand, seen, saved and gone.

use serde_json::{Value, json};
use tintype_protocol::id::AssetId;
use tintype_protocol::time::{DAY_MS, Timestamp};

use crate::scene::{ADMIN, Scene};
use crate::sharing::{BEN, Phone, runs, two};

/// 1 November of these years, at noon UTC; the scene's clock begins on that day of 2026.
const NOON_2020: i64 = 1_604_232_000_000;
const NOON_2021: i64 = 1_635_768_000_000;

/// Gives an asset a date, and a picture.
fn dated(scene: &Scene, id: &Value, at: i64) {
    let id: AssetId = id.as_str().unwrap().parse().unwrap();
    let change = move |tx: &mut dyn tintype_library::store::Write| {
        let mut asset = tx.asset(id)?.unwrap();
        (asset.local_date_time, asset.is_rendered) = (Timestamp(at), true);
        Ok(tx.update_asset(&asset)?)
    };
    scene.library.write(tintype_library::store::Durability::Relaxed, change).unwrap();
}

async fn shown(scene: &Scene, token: &str, query: &str) -> Vec<Value> {
    let found = scene.get(&format!("/api/memories{query}"), token).await.is(200).json();
    found.as_array().unwrap().clone()
}

fn lines(all: Vec<(String, usize)>) -> Vec<(String, usize)> {
    all.into_iter().filter(|(entity, _)| entity.starts_with("Memory")).collect()
}

#[tokio::test]
async fn this_day_of_earlier_years_is_remembered() {
    let (scene, ids, _) = two().await;
    let token = scene.admin().await;
    let mut phone = Phone::new(&scene, ADMIN).await;
    for (id, at) in [(&ids[0], NOON_2020), (&ids[1], NOON_2020 - 1), (&ids[2], NOON_2021)] {
        dated(&scene, id, at);
    }
    // The same day three days ahead, and one that is too far.
    dated(&scene, &ids[3], NOON_2020 + 3 * DAY_MS);
    dated(&scene, &ids[4], NOON_2020 + 4 * DAY_MS);
    scene.library.tidy().unwrap();
    scene.library.tidy().unwrap();
    assert_eq!(shown(&scene, &token, "").await.len(), 3, "each day and year once, three days ahead");
    assert_eq!(lines(phone.sync(&scene).await), runs(&[("MemoryV1", 3), ("MemoryToAssetV1", 4)]));
    let today = shown(&scene, &token, "?for=2026-11-01T10:00:00.000Z").await;
    let years: Vec<&Value> = today.iter().map(|memory| &memory["data"]["year"]).collect();
    assert_eq!(years, [2021, 2020], "the latest first");
    let assets: Vec<&Value> = today[1]["assets"].as_array().unwrap().iter().map(|asset| &asset["id"]).collect();
    assert_eq!(assets, [&ids[1], &ids[0]], "oldest first");
    assert_eq!(
        (&today[1]["showAt"], &today[1]["hideAt"]),
        (&json!("2026-11-01T00:00:00.000Z"), &json!("2026-11-01T23:59:59.999Z"))
    );
    assert_eq!(shown(&scene, &token, "?isUpcoming=true").await.len(), 1);

    // One that is deleted does not come again; photos that come late are remembered all the same.
    let path = format!("/api/memories/{}", today[0]["id"].as_str().unwrap());
    scene.call("DELETE", &path, &token, Value::Null).await.is(204);
    dated(&scene, &ids[5], NOON_2020 - 366 * DAY_MS);
    scene.library.tidy().unwrap();
    let today = shown(&scene, &token, "?for=2026-11-01T10:00:00.000Z").await;
    let years: Vec<&Value> = today.iter().map(|memory| &memory["data"]["year"]).collect();
    assert_eq!(years, [2020, 2019]);

    // The next day brings the next day ahead; after thirty days only what was saved is left.
    scene.clock.advance(DAY_MS);
    scene.library.tidy().unwrap();
    assert_eq!(shown(&scene, &token, "").await.len(), 4);
    let saved = format!("/api/memories/{}", today[0]["id"].as_str().unwrap());
    scene.call("PUT", &saved, &token, json!({ "isSaved": true })).await.is(200);
    phone.sync(&scene).await;
    scene.clock.advance(31 * DAY_MS);
    scene.library.tidy().unwrap();
    let phones_left = phone.sync(&scene).await;
    assert!(
        phones_left
            .iter()
            .any(|(entity, count)| entity == "SyncResetV1" || (entity == "MemoryDeleteV1" && *count == 3)),
        "{phones_left:?}"
    );
    let token = scene.admin().await;
    assert_eq!(shown(&scene, &token, "").await.len(), 1);
}

#[tokio::test]
async fn nobody_is_reminded_against_their_will() {
    let (scene, ids, _) = two().await;
    let token = scene.admin().await;
    dated(&scene, &ids[0], NOON_2020);
    let wish = json!({ "memories": { "enabled": false } });
    scene.call("PUT", "/api/users/me/preferences", &token, wish).await.is(200);
    scene.library.tidy().unwrap();
    assert!(shown(&scene, &token, "").await.is_empty());
}

#[tokio::test]
async fn memories_are_made_by_hand() {
    let (scene, ids, _) = two().await;
    let (token, ben) = (scene.admin().await, scene.login(BEN.0, BEN.1).await);
    let mut phone = Phone::new(&scene, ADMIN).await;
    phone.sync(&scene).await;
    let wish = |assets: Value| json!({ "type": "on_this_day", "data": { "year": 2019 }, "memoryAt": "2019-06-07T00:00:00.000Z", "assetIds": assets });
    for bad in [
        json!({ "type": "x", "data": {}, "memoryAt": "no" }),
        json!({ "type": "on_this_day", "data": { "year": 0 }, "memoryAt": "2019-06-07T00:00:00.000Z" }),
    ] {
        scene.call("POST", "/api/memories", &token, bad).await.is(400);
    }
    let made = scene.call("POST", "/api/memories", &token, wish(json!([ids[0], ids[1]]))).await.is(201).json();
    let path = format!("/api/memories/{}", made["id"].as_str().unwrap());
    assert_eq!(made["assets"].as_array().unwrap().len(), 2);
    assert_eq!(lines(phone.sync(&scene).await), runs(&[("MemoryV1", 1), ("MemoryToAssetV1", 2)]));
    let foreign = scene.call("POST", "/api/memories", &ben, wish(json!([ids[0]]))).await.is(201).json();
    assert_eq!(foreign["assets"], json!([]), "assets of others are left out");
    for (method, path, body) in
        [("GET", path.clone(), Value::Null), ("PUT", path.clone(), json!({})), ("DELETE", path.clone(), Value::Null)]
    {
        scene.call(method, &path, &ben, body).await.is(400);
    }
    let assets = format!("{path}/assets");
    let outcomes = scene.call("PUT", &assets, &token, json!({ "ids": [ids[1], ids[2]] })).await.is(200).json();
    assert_eq!((&outcomes[0]["error"], &outcomes[1]["success"]), (&json!("duplicate"), &json!(true)));
    assert_eq!(lines(phone.sync(&scene).await), runs(&[("MemoryV1", 1), ("MemoryToAssetV1", 1)]));
    let outcomes = scene.call("DELETE", &assets, &token, json!({ "ids": [ids[0], ids[5]] })).await.is(200).json();
    assert_eq!((&outcomes[0]["success"], &outcomes[1]["error"]), (&json!(true), &json!("not_found")));
    assert_eq!(lines(phone.sync(&scene).await), runs(&[("MemoryV1", 1), ("MemoryToAssetDeleteV1", 1)]));
    let seen = json!({ "seenAt": "2026-11-01T10:00:00.000Z", "isSaved": true });
    let seen = scene.call("PUT", &path, &token, seen).await.is(200).json();
    assert_eq!((&seen["seenAt"], &seen["isSaved"]), (&json!("2026-11-01T10:00:00.000Z"), &json!(true)));
    assert_eq!(shown(&scene, &token, "?isSaved=false").await.len(), 0);
    assert_eq!(scene.get("/api/memories/statistics?isSaved=true", &token).await.is(200).json(), json!({ "total": 1 }));
    // An asset that is deleted leaves its memories; the memory stays.
    let owner = scene.library.user_by_email(ADMIN.0).unwrap().unwrap();
    let caller = tintype_library::sessions::Caller::of(owner);
    scene.library.purge_now(&caller, &[ids[1].as_str().unwrap().parse().unwrap()]).unwrap();
    assert_eq!(lines(phone.sync(&scene).await), runs(&[("MemoryV1", 1), ("MemoryToAssetDeleteV1", 1)]));
    scene.call("DELETE", &path, &token, Value::Null).await.is(204);
    scene.get(&path, &token).await.is(400);
    assert_eq!(lines(phone.sync(&scene).await), runs(&[("MemoryDeleteV1", 1)]), "links go with the memory");
    assert_eq!(phone.replica.count("memory_asset").unwrap(), 0);
}
