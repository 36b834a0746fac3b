//! Recognised text, as whoever recognised it hands it over.

use serde_json::{Value, json};
use tintype_library::model::TextLine;
use tintype_protocol::id::AssetId;

use crate::scene::{ADMIN, Scene};
use crate::sharing::{BEN, Phone, runs, two};

fn line(text: &str) -> TextLine {
    TextLine {
        corners: [(0.0, 0.125), (1.0, 0.125), (1.0, 0.25), (0.0, 0.25)],
        box_score: 0.75,
        text_score: 1.0,
        text: text.to_owned(),
        is_visible: true,
    }
}

fn id(asset: &Value) -> AssetId {
    asset.as_str().unwrap().parse().unwrap()
}

async fn stream(scene: &Scene, token: &str) -> Vec<Value> {
    scene.call("POST", "/api/sync/stream", token, json!({ "types": ["AssetOcrV1"] })).await.is(200).lines()
}

#[tokio::test]
async fn text_is_replaced_as_a_whole() {
    let (scene, assets, _) = two().await;
    let token = scene.admin().await;
    let mut phone = Phone::new(&scene, ADMIN).await;
    phone.sync(&scene).await;
    let asset = id(&assets[0]);
    assert!(scene.library.replace_ocr(asset, vec![line("Café"), line("Menu")]).unwrap());
    let lines = stream(&scene, &token).await;
    let mut data = lines[0]["data"].clone();
    assert!(data.as_object_mut().unwrap().remove("id").unwrap().is_string());
    assert_eq!(
        data,
        json!({ "assetId": assets[0], "x1": 0, "y1": 0.125, "x2": 1, "y2": 0.125, "x3": 1, "y3": 0.25, "x4": 0,
            "y4": 0.25, "boxScore": 0.75, "textScore": 1, "text": "Café", "isVisible": true })
    );
    assert_eq!(phone.sync(&scene).await, runs(&[("AssetOcrV1", 2), ("SyncCompleteV1", 1)]));
    assert!(!scene.library.replace_ocr(asset, vec![line("Café"), line("Menu")]).unwrap());
    assert_eq!(phone.sync(&scene).await, runs(&[("SyncCompleteV1", 1)]), "the same again is no news");
    let hidden = TextLine { is_visible: false, ..line("cut off") };
    assert!(scene.library.replace_ocr(asset, vec![line("Tea"), hidden]).unwrap());
    let gone = stream(&scene, &token).await[0].clone();
    assert_eq!((&gone["type"], &gone["data"]["assetId"]), (&json!("AssetOcrDeleteV1"), &assets[0]));
    assert_eq!(gone["ack"], format!("AssetOcrDeleteV1|{}", gone["data"]["id"].as_str().unwrap()));
    assert_eq!(gone["data"]["deletedAt"], scene.library.now().to_iso());
    let lines = phone.sync(&scene).await;
    assert_eq!(lines, runs(&[("AssetOcrDeleteV1", 1), ("AssetOcrV1", 2), ("SyncCompleteV1", 1)]));
    assert_eq!(phone.replica.column("ocr", "text").unwrap(), ["Tea", "cut off"]);
    let read = scene.get(&format!("/api/assets/{asset}/ocr"), &token).await.is(200).json();
    assert_eq!((read.as_array().unwrap().len(), &read[0]["text"], &read[0]["x2"]), (1, &json!("Tea"), &json!(1)));
    let found = scene.call("POST", "/api/search/metadata", &token, json!({ "ocr": "tea" })).await.is(200).json();
    assert_eq!(found["assets"]["items"][0]["id"], assets[0]);
    scene.library.replace_ocr(asset, vec![]).unwrap();
    assert_eq!(phone.sync(&scene).await, runs(&[("AssetOcrDeleteV1", 1), ("SyncCompleteV1", 1)]));
}

#[tokio::test]
async fn text_is_for_those_who_see_the_asset() {
    let (scene, assets, ben) = two().await;
    let (token, other) = (scene.admin().await, scene.login(BEN.0, BEN.1).await);
    scene.library.replace_ocr(id(&assets[0]), vec![line("Secret")]).unwrap();
    let path = format!("/api/assets/{}/ocr", assets[0].as_str().unwrap());
    scene.get(&path, &other).await.is(400);
    scene.call("POST", "/api/partners", &token, json!({ "sharedWithId": ben })).await.is(201);
    assert_eq!(scene.get(&path, &other).await.is(200).json()[0]["text"], "Secret");
    assert_eq!(stream(&scene, &other).await.len(), 1, "the stream carries one's own only");
    assert_eq!(stream(&scene, &token).await.len(), 2);
}

#[tokio::test]
async fn what_cannot_be_written_down_is_refused() {
    let (scene, assets, _) = two().await;
    let asset = id(&assets[0]);
    let mut outside = line("x");
    outside.corners[2] = (1.5, 0.0);
    let mut no_number = line("x");
    no_number.corners[0] = (f64::NAN, 0.0);
    let unsure = TextLine { text_score: f64::INFINITY, ..line("x") };
    for bad in [outside, no_number, unsure] {
        scene.library.replace_ocr(asset, vec![line("fine"), bad]).unwrap_err();
    }
    scene.library.replace_ocr("11111111-1111-4111-8111-111111111111".parse().unwrap(), vec![]).unwrap_err();
    assert_eq!(stream(&scene, &scene.admin().await).await.len(), 1);
}

#[tokio::test]
async fn what_a_crop_cuts_off_is_not_shown() {
    let (scene, assets, _) = two().await;
    let token = scene.admin().await;
    let path = |what: &str| format!("/api/assets/{}/{what}", assets[0].as_str().unwrap());
    let low = TextLine { corners: [(0.0, 0.75), (1.0, 0.75), (1.0, 1.0), (0.0, 1.0)], ..line("low") };
    scene.library.replace_ocr(id(&assets[0]), vec![line("high"), low.clone()]).unwrap();
    let mut phone = Phone::new(&scene, ADMIN).await;
    phone.sync(&scene).await;
    let asset = scene.get(&format!("/api/assets/{}", assets[0].as_str().unwrap()), &token).await.is(200).json();
    let half = json!({ "x": 0, "y": 0, "width": asset["width"], "height": asset["height"].as_u64().unwrap() / 2 });
    let crop = json!({ "edits": [{ "action": "crop", "parameters": half }] });
    scene.call("PUT", &path("edits"), &token, crop).await.is(200);
    let texts = || async {
        let shown = scene.get(&path("ocr"), &token).await.is(200).json();
        shown.as_array().unwrap().iter().map(|line| line["text"].clone()).collect::<Vec<Value>>()
    };
    assert_eq!(texts().await, ["high"]);
    let lines = phone.sync(&scene).await;
    assert!(lines.contains(&("AssetOcrV1".to_owned(), 1)), "{lines:?}");
    // Read anew, it is hidden all the same.
    scene.library.replace_ocr(id(&assets[0]), vec![low]).unwrap();
    assert!(texts().await.is_empty());
    scene.call("DELETE", &path("edits"), &token, Value::Null).await.is(204);
    assert_eq!(texts().await, ["low"]);
}
