//! API keys, and what they may do.

use serde_json::{Value, json};

use crate::scene::Scene;

async fn key(scene: &Scene, token: &str, permissions: Value) -> (String, String) {
    let body = json!({ "name": "k", "permissions": permissions });
    let made = scene.call("POST", "/api/api-keys", token, body).await.is(201).json();
    (made["apiKey"]["id"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn keys_are_renamed_and_limited() {
    let scene = Scene::new("2.7.5").await;
    let token = scene.admin().await;
    let (id, secret) = key(&scene, &token, json!(["all"])).await;
    let body = json!({ "name": "new", "permissions": ["asset.read"] });
    let changed = scene.call("PUT", &format!("/api/api-keys/{id}"), &token, body).await.is(200).json();
    assert_eq!((&changed["name"], &changed["permissions"]), (&json!("new"), &json!(["asset.read"])));
    let headers = [("x-api-key", secret.as_str())];
    scene.send("GET", "/api/users/me", &headers, Value::Null).await.is(403);
    scene.call("PUT", &format!("/api/api-keys/{id}"), &token, json!({ "permissions": [] })).await.is(400);
}

#[tokio::test]
async fn a_rotated_key_has_a_new_secret_and_the_old_one_ends() {
    let scene = Scene::new("3.2.2").await;
    let token = scene.admin().await;
    let (id, old) = key(&scene, &token, json!(["user.read"])).await;
    let made = scene.call("POST", &format!("/api/api-keys/{id}/rotate"), &token, Value::Null).await.is(200).json();
    let new = made["secret"].as_str().unwrap();
    scene.send("GET", "/api/users/me", &[("x-api-key", &old)], Value::Null).await.is(401);
    scene.send("GET", "/api/users/me", &[("x-api-key", new)], Value::Null).await.is(200);
}

/// Every operation that is not public refuses callers without credentials, and keys without its permission.
#[tokio::test]
async fn every_operation_is_guarded() {
    use std::sync::Arc;
    use tintype_library::places::Gazetteer;
    use tintype_server::{Access, App, Options, operations};
    let scene = Scene::new("3.2.2").await;
    let token = scene.admin().await;
    // A permission that no operation needs.
    let (_, weak) = key(&scene, &token, json!(["maintenance"])).await;
    let album = scene.call("POST", "/api/albums", &token, json!({ "albumName": "Trip" })).await.is(201).json();
    let wish = json!({ "type": "ALBUM", "albumId": album["id"], "password": "sesame" });
    let link = scene.call("POST", "/api/shared-links", &token, wish).await.is(201).json();
    let link = link["key"].as_str().unwrap().to_owned();
    let app = App::new(Arc::clone(&scene.library), Arc::new(Gazetteer::new()), Options::default());
    let all = operations(&app);
    assert!(all.len() > 100, "only {} operations", all.len());
    for operation in all.iter().filter(|operation| operation.access != Access::Public) {
        let id = "0f9d3c1e-7a4b-4c2d-9e8f-112233445566";
        let path = format!("/api{}", operation.path.replace("{name}", "library").replace("{deviceId}", "x"));
        let path = path.replace("{id}", id).replace("{key}", "k");
        scene.send(operation.method, &path, &[], Value::Null).await.is(401);
        if operation.access != Access::AnyCaller {
            scene.send(operation.method, &path, &[("x-api-key", &weak)], Value::Null).await.is(403);
        }
        // Guests of links get to a few of them only, and to those after giving the password.
        let at_the_door = [("x-immich-share-key", link.as_str())];
        let answer = scene.send(operation.method, &path, &at_the_door, Value::Null).await;
        let told = if operation.access.is_open_to_guests() { (401, "pass") } else { (403, "Forbidden") };
        let told_at_door =
            (answer.status.as_u16(), answer.json()["message"].as_str().unwrap_or_default().to_lowercase());
        let is_right = told_at_door.0 == told.0 && told_at_door.1.starts_with(&told.1.to_lowercase());
        assert!(is_right || operation.access == Access::GuestAtTheDoor, "{operation:?} told a guest {told_at_door:?}");
    }
}
