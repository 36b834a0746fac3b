//! External libraries: folders whose files stay in place.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tintype_library::folders::FolderFileChange;
use tintype_library::in_place::{FileInPlace, place_checksum};
use tintype_library::jobs::{Toolbox, Workers};
use tintype_library::model::{FileStamp, Folder, FolderFile, FolderPolicy};
use tintype_library::places::Gazetteer;
use tintype_media::synthetic::{Story, picture};
use tintype_media::tools::Tools;
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, LibraryId};

use crate::scene::{ADMIN, Scene};

/// Jobs of a test are done within this.
const PATIENCE: Duration = Duration::from_secs(120);
const LIBRARY: &str = "0b7e8c1e-4d5c-4a52-9f0a-3f1d2c7b9a10";

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

/// Indexes a photo in a folder; the asset.
fn index(scene: &Scene, root: &Path, bytes: &[u8]) -> AssetId {
    fs::write(root.join("beach.jpg"), bytes).expect("a file");
    let owner = scene.library.user_by_email(ADMIN.0).expect("a read").expect("the admin").id;
    let library: LibraryId = LIBRARY.parse().expect("an id");
    let folder = Folder {
        id: 0,
        path: root.as_os_str().as_bytes().to_vec(),
        owner_id: owner,
        policy: FolderPolicy::Index,
        settings: json!({ "exclude": ["Screenshots/**"] }).to_string(),
        marker: None,
        added_at: scene.library.now(),
        scanned_at: None,
        reported_at: None,
        planned_at: None,
        summary: None,
        library: Some(library),
        failure: None,
    };
    let folder = scene.library.add_reconciled_folder(&folder).expect("a folder");
    let stamp = FileStamp::of(&fs::metadata(root.join("beach.jpg")).expect("the file"));
    let (sha1, now) = (Sha1([7; 20]), scene.library.now());
    let row = FolderFile::seen(folder, b"beach.jpg".to_vec(), stamp, sha1, now);
    scene.library.note_folder_files(vec![FolderFileChange::Add(row)]).expect("a row");
    let (root, path) = (root.to_str().expect("text").to_owned(), "beach.jpg".to_owned());
    scene
        .library
        .take_in_place(&FileInPlace { folder, library, owner, root, path, stamp, sha1 })
        .expect("an asset")
        .id()
}

/// A folder, and one photo in it that is an asset.
async fn indexed() -> (Scene, tempfile::TempDir, PathBuf, AssetId, Vec<u8>) {
    let scene = Scene::new("3.2.2").await;
    let dir = tempfile::tempdir().expect("a folder");
    let root = fs::canonicalize(dir.path()).expect("the folder");
    let bytes = picture(1, 640, 480, &Story { taken: "2025:08:01 10:00:00".to_owned(), place: None }).expect("a photo");
    let id = index(&scene, &root, &bytes);
    work(&scene);
    (scene, dir, root, id, bytes)
}

#[tokio::test]
async fn admins_see_folders_that_are_indexed_as_libraries() {
    let (scene, _dir, root, _, bytes) = indexed().await;
    let token = scene.admin().await;
    let library = scene.get("/api/libraries", &token).await.is(200).json()[0].clone();
    assert_eq!((&library["id"], &library["assetCount"]), (&json!(LIBRARY), &json!(1)));
    assert_eq!(library["importPaths"], json!([root.to_str().expect("text")]));
    assert_eq!(library["exclusionPatterns"], json!(["Screenshots/**"]));
    assert_eq!((&library["refreshedAt"], &library["name"]), (&Value::Null, &json!(root.file_name().unwrap().to_str())));
    let path = format!("/api/libraries/{LIBRARY}");
    assert_eq!(scene.get(&path, &token).await.is(200).json(), library);
    let statistics = scene.get(&format!("{path}/statistics"), &token).await.is(200).json();
    assert_eq!(statistics, json!({ "photos": 1, "videos": 0, "total": 1, "usage": bytes.len() }));
    scene.get("/api/libraries/7e7e8c1e-4d5c-4a52-9f0a-3f1d2c7b9a10", &token).await.is(400);
    // Nobody is there who looks through folders.
    scene.call("POST", &format!("{path}/scan"), &token, Value::Null).await.is(503);
    let usage = scene.get("/api/users/me", &token).await.is(200).json()["quotaUsageInBytes"].clone();
    assert_eq!(usage, 0, "no quota counts what lies elsewhere");
}

#[tokio::test]
async fn originals_come_from_where_they_lie() {
    let (scene, _dir, root, id, bytes) = indexed().await;
    let token = scene.admin().await;
    let path = root.join("beach.jpg").to_str().expect("text").to_owned();
    let address = format!("/api/assets/{id}");
    let asset = scene.get(&address, &token).await.is(200).json();
    let checksum = place_checksum(&path).to_string();
    assert_eq!((&asset["libraryId"], &asset["originalPath"]), (&json!(LIBRARY), &json!(path)));
    assert_eq!((&asset["checksum"], &asset["isOffline"]), (&json!(checksum), &json!(false)));
    let stream = scene.call("POST", "/api/sync/stream", &token, json!({ "types": ["AssetsV1"] })).await.is(200);
    let line = stream.lines().into_iter().find(|line| line["type"] == "AssetV1").expect("a line");
    assert_eq!((&line["data"]["libraryId"], &line["data"]["checksum"]), (&json!(LIBRARY), &json!(checksum)));

    assert!(scene.get(&format!("{address}/original"), &token).await.is(200).bytes == bytes);
    let authorization = format!("Bearer {token}");
    let ranged = [("authorization", authorization.as_str()), ("range", "bytes=10-19")];
    let part = scene.send("GET", &format!("{address}/original"), &ranged, Value::Null).await.is(206);
    assert_eq!(part.bytes, bytes[10..20]);
    let ids = json!({ "assetIds": [id] });
    let archive = scene.call("POST", "/api/download/archive", &token, ids.clone()).await.is(200).bytes;
    assert!(archive.len() > bytes.len());

    // Its disk is away: whoever wants the original is told so, and the pictures stay.
    fs::rename(root.join("beach.jpg"), root.join("away")).expect("a move");
    let answer = scene.get(&format!("{address}/original"), &token).await.is(503).json();
    assert!(answer["message"].as_str().is_some_and(|text| text.contains("cannot be read now")), "{answer}");
    scene.call("POST", "/api/download/archive", &token, ids).await.is(503);
    scene.get(&format!("{address}/thumbnail?size=preview"), &token).await.is(200);
    scene.get(&format!("{address}/thumbnail"), &token).await.is(200);
}

#[tokio::test]
async fn no_delete_at_any_door_touches_the_file() {
    let (scene, _dir, root, id, bytes) = indexed().await;
    let token = scene.admin().await;
    scene.call("DELETE", "/api/assets", &token, json!({ "ids": [id] })).await.is(204);
    scene.call("POST", "/api/trash/empty", &token, Value::Null).await.is(200);
    scene.clock.advance(1_000);
    work(&scene);
    scene.get(&format!("/api/assets/{id}"), &token).await.is(400);
    assert!(fs::read(root.join("beach.jpg")).expect("the file") == bytes);
}
