//! Cities, suggestions, the map and folders: what is there, and what is nobody else's business.

use serde_json::{Value, json};
use tintype_library::store::Durability;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::Visibility;

use crate::scene::Scene;
use crate::sharing::{BEN, two};

/// All of them in Suva and in the timeline, none a favourite, the last two archived.
fn place(scene: &Scene, ids: &[Value]) {
    let ids: Vec<AssetId> = ids.iter().map(|id| serde_json::from_value(id.clone()).unwrap()).collect();
    let work = move |tx: &mut dyn tintype_library::store::Write| {
        for (index, id) in ids.iter().enumerate() {
            let (mut asset, mut exif) = (tx.asset(*id)?.unwrap(), tx.exif(*id)?.unwrap());
            (exif.city, exif.state, exif.country) = (Some("Suva".into()), None, Some("Fiji".into()));
            (exif.latitude, exif.longitude, exif.make) = (Some(-18.5), Some(178.0), Some("Canon".into()));
            exif.model = Some(format!("Model {}", index % 2));
            asset.visibility = if index < 4 { Visibility::Timeline } else { Visibility::Archive };
            asset.is_favorite = false;
            tx.update_exif(*id, &exif)?;
            tx.update_asset(&asset)?;
        }
        Ok(())
    };
    scene.library.write(Durability::Full, work).unwrap();
}

async fn count(scene: &Scene, path: &str, token: &str) -> usize {
    scene.get(path, token).await.is(200).json().as_array().unwrap().len()
}

#[tokio::test]
async fn a_city_is_shown_from_five_photos_on() {
    let (scene, ids, _) = two().await;
    let (token, ben) = (scene.admin().await, scene.login(BEN.0, BEN.1).await);
    place(&scene, &ids);
    let explore = scene.get("/api/search/explore", &token).await.is(200).json();
    assert_eq!(explore, json!([{ "fieldName": "exifInfo.city", "items": [] }]), "four are too few");
    let show = json!({ "visibility": "timeline" });
    scene.call("PUT", &format!("/api/assets/{}", ids[4].as_str().unwrap()), &token, show).await.is(200);
    let explore = scene.get("/api/search/explore", &token).await.is(200).json();
    assert_eq!(explore[0]["items"][0]["value"], "Suva");
    assert_eq!(explore[0]["items"][0]["data"]["exifInfo"]["city"], "Suva");
    assert_eq!(count(&scene, "/api/search/cities", &token).await, 1);
    assert_eq!(count(&scene, "/api/search/cities", &ben).await, 0);
}

#[tokio::test]
async fn suggestions_go_with_what_is_chosen() {
    let (scene, ids, _) = two().await;
    let token = scene.admin().await;
    place(&scene, &ids);
    for (query, expected) in [
        ("type=country", json!(["Fiji"])),
        ("type=state", json!([])),
        ("type=city&includeNull=true", json!(["Suva", null])),
        ("type=city&country=Peru", json!([])),
        ("type=city&country=", json!(["Suva"])),
        ("type=camera-make", json!(["Canon"])),
        ("type=camera-model&make=Canon", json!(["Model 0", "Model 1"])),
        ("type=camera-model&make=Nikon", json!([])),
        ("type=camera-make&model=Model%200", json!(["Canon"])),
    ] {
        let found = scene.get(&format!("/api/search/suggestions?{query}"), &token).await.is(200).json();
        assert_eq!(found, expected, "{query}");
    }
    for bad in ["", "?type=x", "?type=city&includeNull=perhaps"] {
        scene.get(&format!("/api/search/suggestions{bad}"), &token).await.is(400);
    }
    scene.get("/api/search/suggestions?type=city", "").await.is(401);
}

#[tokio::test]
async fn partners_are_found_once_they_are_in_the_timeline() {
    let (scene, ids, ben) = two().await;
    let (token, ben_token) = (scene.admin().await, scene.login(BEN.0, BEN.1).await);
    place(&scene, &ids);
    let cities = "/api/search/suggestions?type=city";
    let map = "/api/map/markers?withPartners=true&isArchived=true";
    scene.call("POST", "/api/partners", &token, json!({ "sharedWithId": ben })).await.is(201);
    assert_eq!((count(&scene, cities, &ben_token).await, count(&scene, map, &ben_token).await), (0, 0));
    let ada = scene.get("/api/users/me", &token).await.is(200).json()["id"].as_str().unwrap().to_owned();
    scene.call("PUT", &format!("/api/partners/{ada}"), &ben_token, json!({ "inTimeline": true })).await.is(200);
    assert_eq!(count(&scene, cities, &ben_token).await, 1);
    assert_eq!(count(&scene, map, &ben_token).await, 4, "another's archive is theirs");
    assert_eq!(count(&scene, "/api/map/markers", &ben_token).await, 0, "not asked for");
    let like = json!({ "isFavorite": true });
    scene.call("PUT", &format!("/api/assets/{}", ids[0].as_str().unwrap()), &token, like).await.is(200);
    assert_eq!(count(&scene, &format!("{map}&isFavorite=true"), &ben_token).await, 0, "another's marks, too");
    assert_eq!(count(&scene, &format!("{map}&isFavorite=true"), &token).await, 1);
}

#[tokio::test]
async fn maps_and_folders_show_what_lies_there() {
    let (scene, ids, ben) = two().await;
    let (token, ben_token) = (scene.admin().await, scene.login(BEN.0, BEN.1).await);
    place(&scene, &ids);
    assert_eq!(count(&scene, "/api/map/markers", &token).await, 4);
    assert_eq!(count(&scene, "/api/map/markers?isArchived=true", &token).await, 6);
    assert_eq!(count(&scene, "/api/map/markers?fileCreatedAfter=2100-01-01T00:00:00Z", &token).await, 0);
    scene.get("/api/map/markers?fileCreatedAfter=soon", &token).await.is(400);
    scene.get("/api/map/markers?isArchived=x", &token).await.is(400);
    let marker = scene.get("/api/map/markers", &token).await.is(200).json()[0].clone();
    let id = marker["id"].clone();
    let whole = json!({ "id": id, "lat": -18.5, "lon": 178, "city": "Suva", "state": null, "country": "Fiji" });
    assert_eq!(marker, whole);
    let album = json!({ "albumName": "Trip", "assetIds": [id], "albumUsers": [{ "userId": ben, "role": "viewer" }] });
    scene.call("POST", "/api/albums", &token, album).await.is(201);
    assert_eq!(count(&scene, "/api/map/markers", &ben_token).await, 0);
    assert_eq!(count(&scene, "/api/map/markers?withSharedAlbums=true", &ben_token).await, 1);
    for (path, expected) in [("synthetic", 4), ("/synthetic/", 4), ("synth", 0), ("SYNTHETIC", 0), ("", 0)] {
        assert_eq!(count(&scene, &format!("/api/view/folder?path={path}"), &token).await, expected, "{path}");
    }
    assert_eq!(count(&scene, "/api/view/folder?path=synthetic", &ben_token).await, 0);
    scene.get("/api/view/folder", &token).await.is(400);
}
