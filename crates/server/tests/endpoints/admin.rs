//! What the admin may do, and what the server says of itself.

use serde_json::json;

use crate::scene::Scene;

#[tokio::test]
async fn the_admin_changes_preferences_of_others() {
    let scene = Scene::new("2.7.5").await;
    let token = scene.admin().await;
    let body = json!({ "email": "bob@example.org", "password": "Bob-Pass-1", "name": "Bob" });
    let user = scene.call("POST", "/api/admin/users", &token, body).await.is(201).json();
    let path = format!("/api/admin/users/{}/preferences", user["id"].as_str().unwrap());
    let all = scene.call("PUT", &path, &token, json!({ "memories": { "duration": 9 } })).await.is(200).json();
    assert_eq!((&all["memories"]["duration"], &all["memories"]["enabled"]), (&json!(9), &json!(true)));
    let bob = scene.login("bob@example.org", "Bob-Pass-1").await;
    let own = scene.get("/api/users/me/preferences", &bob).await.is(200).json();
    assert_eq!(own, all);
    scene.call("PUT", &path, &bob, json!({})).await.is(403);
}

#[tokio::test]
async fn the_admin_sees_numbers_of_others() {
    let scene = Scene::new("2.7.5").await;
    let token = scene.admin().await;
    let me = scene.get("/api/users/me", &token).await.is(200).json();
    let path = format!("/api/admin/users/{}/statistics", me["id"].as_str().unwrap());
    let stats = scene.get(&path, &token).await.is(200).json();
    assert_eq!(stats, json!({ "images": 0, "videos": 0, "total": 0 }));
    let found = scene.call("POST", "/api/search/statistics", &token, json!({})).await.is(200).json();
    assert_eq!(found, json!({ "total": 0 }));
}

#[tokio::test]
async fn the_reported_version_is_the_configured_one() {
    for (version, has_prerelease) in [("2.7.5", false), ("3.2.2", true)] {
        let scene = Scene::new(version).await;
        let answer = scene.get("/api/server/version", "").await.is(200).json();
        let text = format!("{}.{}.{}", answer["major"], answer["minor"], answer["patch"]);
        assert_eq!(text, version);
        assert_eq!(answer.as_object().unwrap().contains_key("prerelease"), has_prerelease);
        let history = scene.get("/api/server/version-history", "").await.is(200).json();
        assert_eq!(history[0]["version"], version);
        assert_eq!(history[0]["createdAt"], "2026-11-01T00:00:00.000Z", "when the library was first opened");
    }
}
