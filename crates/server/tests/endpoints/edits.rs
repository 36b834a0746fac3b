//! Edits: kept, replaced, taken back, and what they do to sizes and faces.

use serde_json::{Value, json};

use crate::scene::{ADMIN, Scene};
use crate::sharing::{BEN, Phone, runs, two};

fn crop(x: u32, y: u32, width: u32, height: u32) -> Value {
    json!({ "action": "crop", "parameters": { "x": x, "y": y, "width": width, "height": height } })
}

fn turn(angle: u32) -> Value {
    json!({ "action": "rotate", "parameters": { "angle": angle } })
}

fn path(asset: &Value) -> String {
    format!("/api/assets/{}", asset.as_str().unwrap())
}

/// A photo of 4,000 by 3,000 pixels.
async fn wide(scene: &Scene, token: &str, ids: &[Value]) -> Value {
    for id in ids {
        let asset = scene.get(&path(id), token).await.is(200).json();
        if asset["width"] == 4_000 && asset["type"] == "IMAGE" {
            return id.clone();
        }
    }
    panic!("no such photo");
}

async fn size(scene: &Scene, token: &str, asset: &Value) -> (u64, u64, bool) {
    let asset = scene.get(&path(asset), token).await.is(200).json();
    (asset["width"].as_u64().unwrap(), asset["height"].as_u64().unwrap(), asset["isEdited"].as_bool().unwrap())
}

#[tokio::test]
async fn edits_come_and_go() {
    let (scene, ids, _) = two().await;
    let (token, ben) = (scene.admin().await, scene.login(BEN.0, BEN.1).await);
    let photo = wide(&scene, &token, &ids).await;
    let mut phone = Phone::new(&scene, ADMIN).await;
    phone.sync(&scene).await;
    let edits = format!("{}/edits", path(&photo));
    let put = |edits: Vec<Value>| json!({ "edits": edits });
    for bad in [
        put(vec![]),
        put(vec![turn(45)]),
        put(vec![turn(90), crop(0, 0, 10, 10)]),
        put(vec![turn(90), turn(180)]),
        put(vec![crop(3_990, 0, 11, 10)]),
        put(vec![crop(0, 0, 0, 10)]),
        put(vec![json!({ "action": "crop", "parameters": { "x": -1 } })]),
        put(vec![json!({ "action": "blur" })]),
        json!({}),
    ] {
        scene.call("PUT", &edits, &token, bad).await.is(400);
    }
    scene.call("PUT", &edits, &ben, put(vec![turn(90)])).await.is(400);
    let made = scene.call("PUT", &edits, &token, put(vec![crop(10, 20, 200, 100), turn(90)])).await.is(200).json();
    assert_eq!(made["assetId"], photo);
    assert_eq!(made["edits"][1]["parameters"], json!({ "angle": 90 }));
    assert_eq!(scene.get(&edits, &token).await.is(200).json(), made);
    assert_eq!(size(&scene, &token, &photo).await, (100, 200, true));
    assert_eq!(phone.sync(&scene).await, runs(&[("AssetV2", 1), ("AssetEditV1", 2), ("SyncCompleteV1", 1)]));
    // Coordinates refer to the picture before any edit, however often it was edited.
    scene.call("PUT", &edits, &token, put(vec![crop(3_000, 2_000, 1_000, 1_000)])).await.is(200);
    let lines = phone.sync(&scene).await;
    let expected = [("AssetV2", 1), ("AssetEditDeleteV1", 2), ("AssetEditV1", 1), ("SyncCompleteV1", 1)];
    assert_eq!(lines, runs(&expected));
    scene.call("DELETE", &edits, &token, Value::Null).await.is(204);
    scene.call("DELETE", &edits, &token, Value::Null).await.is(204);
    assert_eq!(size(&scene, &token, &photo).await, (4_000, 3_000, false));
    let expected = [("AssetV2", 1), ("AssetEditDeleteV1", 1), ("SyncCompleteV1", 1)];
    assert_eq!(phone.sync(&scene).await, runs(&expected));
    assert_eq!(phone.replica.count("edit").unwrap(), 0);
    assert_eq!(scene.get(&edits, &token).await.is(200).json()["edits"], json!([]));
}

#[tokio::test]
async fn faces_go_with_the_picture() {
    let (scene, ids, _) = two().await;
    let token = scene.admin().await;
    let photo = wide(&scene, &token, &ids).await;
    let ada = scene.call("POST", "/api/people", &token, json!({ "name": "Ada" })).await.is(201).json()["id"].clone();
    let draw = |image: (u32, u32), x: u32, y: u32| {
        let face = json!({ "assetId": photo, "personId": ada, "imageWidth": image.0, "imageHeight": image.1, "x": x,
            "y": y, "width": 100, "height": 100 });
        scene.call("POST", "/api/faces", &token, face)
    };
    draw((4_000, 3_000), 100, 100).await.is(201);
    draw((4_000, 3_000), 3_000, 100).await.is(201);
    let edits = format!("{}/edits", path(&photo));
    let wish = json!({ "edits": [crop(0, 0, 1_000, 500), turn(90)] });
    scene.call("PUT", &edits, &token, wish).await.is(200);
    let faces =
        || async { scene.get(&format!("/api/faces?id={}", photo.as_str().unwrap()), &token).await.is(200).json() };
    let shown = faces().await;
    assert_eq!(shown.as_array().unwrap().len(), 1, "the other one was cut off");
    let face = &shown[0];
    let at = [&face["boundingBoxX1"], &face["boundingBoxY1"], &face["imageWidth"], &face["imageHeight"]];
    assert_eq!(at, [&json!(300), &json!(100), &json!(500), &json!(1_000)]);
    // Drawn where the edited picture shows it, kept where the original has it.
    draw((500, 1_000), 0, 900).await.is(201);
    scene.call("DELETE", &edits, &token, Value::Null).await.is(204);
    let shown = faces().await;
    let lefts: Vec<&Value> = shown.as_array().unwrap().iter().map(|face| &face["boundingBoxX1"]).collect();
    assert_eq!(lefts, [&json!(100), &json!(900), &json!(3_000)], "everybody is back");
    assert_eq!(shown[1]["boundingBoxY1"], json!(400));
}
