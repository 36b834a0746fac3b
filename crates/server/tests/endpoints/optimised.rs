//! Photos that are kept as something smaller: clients cannot tell.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use axum::http::header;
use serde_json::{Value, json};
use tintype_library::jobs::{Toolbox, Workers};
use tintype_library::optimising::Optimised;
use tintype_library::places::Gazetteer;
use tintype_media::recipes::{Engine, shipped};
use tintype_media::synthetic::{Story, picture};
use tintype_media::tools::Tools;
use tintype_protocol::id::AssetId;

use crate::scene::Scene;

/// Jobs of a test are done within this.
const PATIENCE: Duration = Duration::from_secs(120);

fn work(scene: &Scene) {
    let toolbox = Toolbox::new(Arc::new(Tools::default()), Arc::new(Gazetteer::new()), None);
    let workers = Workers::start(Arc::clone(&scene.library), toolbox, 1).expect("workers");
    let begin = Instant::now();
    while scene.library.pending_jobs().expect("a count") > 0 {
        assert!(begin.elapsed() < PATIENCE, "the jobs do not end");
        std::thread::yield_now();
    }
    drop(workers);
}

#[tokio::test]
async fn a_packed_photo_downloads_bit_for_bit_and_says_what_it_said() {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let tools = Tools::find(&path);
    if tools.cjxl.is_none() {
        tintype_testkit::not_run("downloads of packed photos", "cjxl is not installed");
        return;
    }
    let scene = Scene::new("3.2.2").await;
    let token = scene.admin().await;
    let story = Story { taken: "2025:08:01 10:00:00".to_owned(), place: None };
    let bytes = picture(1, 1_200, 800, &story).expect("a picture");
    let id = scene.upload(&token, "Beach.JPG", &bytes, &[]).await.is(201).json()["id"].clone();
    work(&scene);
    let address = format!("/api/assets/{}", id.as_str().expect("an id"));
    let said = |mut asset: Value| {
        // Where the file lies is all that may differ.
        asset.as_object_mut().expect("an asset").remove("originalPath");
        asset
    };
    let before = said(scene.get(&address, &token).await.is(200).json());
    let thumbnail = scene.get(&format!("{address}/thumbnail"), &token).await.is(200).bytes;

    let asset: AssetId = id.as_str().expect("an id").parse().expect("an id");
    let engine = Engine::new(Arc::new(tools), path, scene.folder().join("incoming"), None);
    let recipe = ("lossless", &shipped()["lossless"]);
    let done = scene.library.optimise(asset, recipe, &engine, &AtomicBool::new(false)).expect("a try");
    let Optimised::Stored { form, .. } = done else { panic!("{done:?}") };

    assert_eq!(said(scene.get(&address, &token).await.is(200).json()), before);
    assert!(scene.get(&format!("{address}/thumbnail"), &token).await.is(200).bytes == thumbnail);
    let original = format!("{address}/original");
    let whole = scene.get(&original, &token).await.is(200);
    assert!(whole.bytes == bytes);
    assert_eq!(whole.headers[header::CONTENT_TYPE], "image/jpeg");
    assert!(whole.headers[header::CONTENT_DISPOSITION].to_str().expect("text").contains("Beach.JPG"));
    let authorization = format!("Bearer {token}");
    let tag = whole.headers[header::ETAG].to_str().expect("text").to_owned();
    let middle = bytes.len() / 2;
    let range = format!("bytes={middle}-{}", middle + 99);
    let part = [("authorization", authorization.as_str()), ("range", range.as_str()), ("if-range", tag.as_str())];
    let part = scene.send("GET", &original, &part, Value::Null).await.is(206);
    assert!(part.bytes == bytes[middle..middle + 100], "a part, of the same file as before");
    let full = scene.get(&format!("{address}/thumbnail?size=fullsize"), &token).await.is(302);
    assert!(full.headers[header::LOCATION].to_str().expect("text").starts_with("original?"));

    // What lies in its place is known, too.
    let assets = json!([{ "id": "a", "checksum": form.sha1.to_string() }]);
    let check = scene.call("POST", "/api/assets/bulk-upload-check", &token, json!({ "assets": assets })).await.is(200);
    let result = &check.json()["results"][0];
    assert_eq!((&result["action"], &result["assetId"]), (&json!("reject"), &id));
}
