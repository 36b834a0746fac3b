//! Albums of one's own.

use serde_json::{Value, json};
use tintype_library::synthetic::{self, Amounts};

use crate::scene::{ADMIN, Scene};

#[tokio::test]
async fn own_albums_live_their_life() {
    for version in ["2.7.5", "3.2.2"] {
        let scene = Scene::new(version).await;
        let owner = scene.library.user_by_email(ADMIN.0).unwrap().unwrap();
        synthetic::fill(&scene.library, owner.id, Amounts { assets: 3, ..Amounts::default() }, 2).unwrap();
        let token = scene.admin().await;
        let found = scene.call("POST", "/api/search/metadata", &token, json!({})).await.is(200).json();
        let ids: Vec<&str> =
            found["assets"]["items"].as_array().unwrap().iter().map(|asset| asset["id"].as_str().unwrap()).collect();
        let body = json!({ "albumName": "Trip", "assetIds": [ids[0]] });
        let made = scene.call("POST", "/api/albums", &token, body).await.is(201).json();
        assert_eq!((&made["albumThumbnailAssetId"], &made["assetCount"]), (&json!(ids[0]), &json!(1)));
        let has_owner_as_user = made["albumUsers"].as_array().unwrap().len() == 1;
        assert_eq!((has_owner_as_user, made.get("ownerId").is_some()), (version == "3.2.2", version == "2.7.5"));
        lives(&scene, &token, made["id"].as_str().unwrap(), &ids).await;
    }
}

async fn lives(scene: &Scene, token: &str, album: &str, ids: &[&str]) {
    let path = format!("/api/albums/{album}");
    let nobody = "0f9d3c1e-7a4b-4c2d-9e8f-112233445566";
    let add = json!({ "ids": [ids[0], ids[1], nobody] });
    let outcome = scene.call("PUT", &format!("{path}/assets"), token, add).await.is(200).json();
    let errors: Vec<&Value> = outcome.as_array().unwrap().iter().map(|one| &one["error"]).collect();
    assert_eq!(errors, [&json!("duplicate"), &Value::Null, &json!("no_permission")]);
    let change =
        json!({ "albumName": "Trip 2", "order": "asc", "albumThumbnailAssetId": ids[1], "isActivityEnabled": false });
    let changed = scene.call("PATCH", &path, token, change).await.is(200).json();
    assert_eq!((&changed["albumName"], &changed["order"]), (&json!("Trip 2"), &json!("asc")));
    // A cover has to be in the album.
    scene.call("PATCH", &path, token, json!({ "albumThumbnailAssetId": ids[2] })).await.is(400);
    let remove = json!({ "ids": [ids[1], ids[2]] });
    let outcome = scene.call("DELETE", &format!("{path}/assets"), token, remove).await.is(200).json();
    assert_eq!((&outcome[0]["success"], &outcome[1]["error"]), (&json!(true), &json!("not_found")));
    let album_now = scene.get(&path, token).await.is(200).json();
    assert_eq!((&album_now["albumThumbnailAssetId"], &album_now["assetCount"]), (&json!(ids[0]), &json!(1)));
    let numbers = scene.get("/api/albums/statistics", token).await.is(200).json();
    assert_eq!(numbers, json!({ "owned": 1, "shared": 0, "notShared": 1 }));
    assert_eq!(
        scene.get(&format!("/api/albums?assetId={}", ids[0]), token).await.is(200).json().as_array().unwrap().len(),
        1
    );
    assert_eq!(scene.get("/api/albums?shared=true", token).await.is(200).json(), json!([]));
    scene.call("DELETE", &path, token, Value::Null).await.is(204);
    assert_eq!(scene.get("/api/albums", token).await.is(200).json(), json!([]));
    scene.get(&path, token).await.is(400);
}
