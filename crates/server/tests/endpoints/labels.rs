//! Tags, and values that apps keep with many assets at once.

use serde_json::{Value, json};

use crate::scene::ADMIN;
use crate::sharing::{BEN, Phone, runs, two};

fn moved(count: usize) -> Vec<(String, usize)> {
    runs(&[("AssetV2", count), ("AssetExifV1", count), ("SyncCompleteV1", 1)])
}

#[tokio::test]
async fn tags_are_made_given_and_searched_by() {
    let (scene, ids, _) = two().await;
    let token = scene.admin().await;
    let mut phone = Phone::new(&scene, ADMIN).await;
    phone.sync(&scene).await;
    let wish = json!({ "name": "Trips", "color": "0f0" });
    let trips = scene.call("POST", "/api/tags", &token, wish).await.is(201).json();
    assert_eq!((&trips["value"], &trips["color"], &trips["parentId"]), (&json!("Trips"), &json!("#0f0"), &Value::Null));
    let child = json!({ "name": "Fiji", "parentId": trips["id"] });
    let fiji = scene.call("POST", "/api/tags", &token, child.clone()).await.is(201).json();
    assert_eq!((&fiji["value"], &fiji["name"]), (&json!("Trips/Fiji"), &json!("Fiji")));
    scene.call("POST", "/api/tags", &token, child).await.is(400);
    for bad in [json!({ "name": " " }), json!({ "name": "a/b" }), json!({ "name": "x", "color": "red" }), json!({})] {
        scene.call("POST", "/api/tags", &token, bad).await.is(400);
    }
    let upserted =
        scene.call("PUT", "/api/tags", &token, json!({ "tags": ["Trips/Fiji", " / ", "A/B"] })).await.is(200);
    let values: Vec<Value> = upserted.json().as_array().unwrap().iter().map(|tag| tag["value"].clone()).collect();
    assert_eq!(values, ["Trips/Fiji", "A/B"]);
    assert_eq!(scene.get("/api/tags", &token).await.is(200).json().as_array().unwrap().len(), 4);
    assert_eq!(phone.sync(&scene).await, runs(&[("SyncCompleteV1", 1)]), "tags are not in the stream");

    let path = |tag: &Value| format!("/api/tags/{}", tag["id"].as_str().unwrap());
    let assets = format!("{}/assets", path(&fiji));
    let stranger = json!("11111111-1111-4111-8111-111111111111");
    let given = scene.call("PUT", &assets, &token, json!({ "ids": [ids[0], ids[0], stranger] })).await.is(200).json();
    let errors: Vec<&Value> = given.as_array().unwrap().iter().map(|outcome| &outcome["error"]).collect();
    assert_eq!(errors, [&Value::Null, &json!("duplicate"), &json!("no_permission")]);
    assert_eq!(phone.sync(&scene).await, moved(1), "the photo's rows move");
    let bulk = json!({ "tagIds": [trips["id"], fiji["id"]], "assetIds": [ids[0], ids[1]] });
    let count = scene.call("PUT", "/api/tags/assets", &token, bulk).await.is(200).json();
    assert_eq!(count, json!({ "count": 3 }));
    assert_eq!(phone.sync(&scene).await, moved(2));

    let search = |tags: Value| scene.call("POST", "/api/search/metadata", &token, json!({ "tagIds": tags }));
    let found = |answer: Value| answer["assets"]["items"].as_array().unwrap().len();
    assert_eq!(found(search(json!([trips["id"]])).await.is(200).json()), 2);
    assert_eq!(found(search(json!(null)).await.is(200).json()), 4, "those without any");
    let buckets = format!("/api/timeline/buckets?tagId={}", trips["id"].as_str().unwrap());
    let months = scene.get(&buckets, &token).await.is(200).json();
    let sum: u64 = months.as_array().unwrap().iter().map(|month| month["count"].as_u64().unwrap()).sum();
    assert_eq!(sum, 2);

    let ben = scene.login(BEN.0, BEN.1).await;
    for (method, path) in [("GET", path(&fiji)), ("DELETE", path(&fiji))] {
        scene.call(method, &path, &ben, Value::Null).await.is(400);
    }
    scene.get(&buckets, &ben).await.is(400);
    scene.call("PUT", &assets, &ben, json!({ "ids": [ids[2]] })).await.is(400);

    let taken = scene.call("DELETE", &assets, &token, json!({ "ids": [ids[0], ids[2]] })).await.is(200).json();
    assert_eq!((&taken[0]["success"], &taken[1]["error"]), (&json!(true), &json!("not_found")));
    assert_eq!(phone.sync(&scene).await, moved(1));
    let plain = scene.call("PUT", &path(&trips), &token, json!({ "color": null })).await.is(200).json();
    assert!(plain.get("color").is_none(), "{plain}");
    scene.call("DELETE", &path(&trips), &token, Value::Null).await.is(204);
    scene.call("DELETE", &path(&fiji), &token, Value::Null).await.is(400);
    assert_eq!(phone.sync(&scene).await, runs(&[("SyncCompleteV1", 1)]));
}

#[tokio::test]
async fn values_of_many_assets_come_and_go_together() {
    let (scene, ids, _) = two().await;
    let token = scene.admin().await;
    let mut phone = Phone::new(&scene, ADMIN).await;
    phone.sync(&scene).await;
    let item = |asset: &Value, key: &str, n: u64| json!({ "assetId": asset, "key": key, "value": { "n": n } });
    let put = |items: Vec<Value>| scene.call("PUT", "/api/assets/metadata", &token, json!({ "items": items }));
    let written = put(vec![item(&ids[0], "k", 1), item(&ids[1], "k", 2)]).await.is(200).json();
    assert_eq!((&written[0]["assetId"], &written[1]["value"]["n"]), (&ids[0], &json!(2)));
    assert_eq!(phone.sync(&scene).await, runs(&[("AssetMetadataV1", 2), ("SyncCompleteV1", 1)]));
    put(vec![item(&ids[2], "k", 1), item(&ids[2], "k", 2)]).await.is(400);
    let stranger = json!("11111111-1111-4111-8111-111111111111");
    put(vec![item(&ids[2], "k", 1), item(&stranger, "k", 2)]).await.is(400);
    put(vec![item(&ids[2], "", 1)]).await.is(400);
    assert_eq!(phone.sync(&scene).await, runs(&[("SyncCompleteV1", 1)]), "all or nothing");
    let gone = json!({ "items": [{ "assetId": ids[0], "key": "k" }, { "assetId": ids[1], "key": "none" }] });
    scene.call("DELETE", "/api/assets/metadata", &token, gone).await.is(204);
    assert_eq!(phone.sync(&scene).await, runs(&[("AssetMetadataDeleteV1", 1), ("SyncCompleteV1", 1)]));
    assert_eq!(phone.replica.count("metadata").unwrap(), 1);
}
