//! Operations that only one generation has.

use serde_json::json;

use crate::scene::Scene;

#[tokio::test]
async fn old_syncs_answer_in_generation_two_only() {
    let full = json!({ "limit": 10, "updatedUntil": "2030-01-01T00:00:00.000Z" });
    let delta = json!({ "updatedAfter": "2000-01-01T00:00:00.000Z", "userIds": [] });
    let old = Scene::new("2.7.5").await;
    let token = old.admin().await;
    assert_eq!(old.call("POST", "/api/sync/full-sync", &token, full.clone()).await.is(200).json(), json!([]));
    let answer = old.call("POST", "/api/sync/delta-sync", &token, delta.clone()).await.is(200).json();
    assert_eq!(answer, json!({ "needsFullSync": true, "upserted": [], "deleted": [] }));
    let new = Scene::new("3.2.2").await;
    let token = new.admin().await;
    new.call("POST", "/api/sync/full-sync", &token, full).await.is(404);
    new.call("POST", "/api/sync/delta-sync", &token, delta).await.is(404);
}

#[tokio::test]
async fn the_names_of_old_command_lines_lead_to_todays_operations() {
    let scene = Scene::new("3.2.2").await;
    let token = scene.admin().await;
    for (old, new) in [
        ("/api/server-info/ping", "/api/server/ping"),
        ("/api/server-info/version", "/api/server/version"),
        ("/api/server-info/media-types", "/api/server/media-types"),
        ("/api/user/me", "/api/users/me"),
        ("/api/asset/statistics", "/api/assets/statistics"),
        ("/api/album", "/api/albums"),
    ] {
        assert_eq!(scene.get(old, &token).await.is(200).json(), scene.get(new, &token).await.is(200).json(), "{old}");
    }
    let made = scene.call("POST", "/api/album", &token, json!({ "albumName": "Trip" })).await.is(201).json();
    let path = format!("/api/album/{}/assets", made["id"].as_str().unwrap());
    assert_eq!(scene.call("PUT", &path, &token, json!({ "ids": [] })).await.is(200).json(), json!([]));
    let check = json!({ "assets": [{ "id": "a", "checksum": "da39a3ee5e6b4b0d3255bfef95601890afd80709" }] });
    let answer = scene.call("POST", "/api/asset/bulk-upload-check", &token, check).await.is(200).json();
    assert_eq!(answer["results"][0]["action"], "accept");
    // The form is read by the same handler as that of today's name.
    scene.call("POST", "/api/asset/upload", &token, json!({})).await.is(400);
}
