//! Notifications: made by sharing and by the admin, read, and removed by whom they are for.

use serde_json::{Value, json};

use crate::scene::Scene;
use crate::sharing::BEN;

/// A server with Ben: it, the admin's token, Ben's token, and Ben's id.
async fn scene() -> (Scene, String, String, Value) {
    let scene = Scene::new("2.7.5").await;
    let ada = scene.admin().await;
    let user = json!({ "email": BEN.0, "password": BEN.1, "name": "Ben" });
    let id = scene.call("POST", "/api/admin/users", &ada, user).await.is(201).json()["id"].clone();
    let ben = scene.login(BEN.0, BEN.1).await;
    (scene, ada, ben, id)
}

async fn list(scene: &Scene, token: &str, query: &str) -> Vec<Value> {
    scene.get(&format!("/api/notifications{query}"), token).await.is(200).json().as_array().unwrap().clone()
}

fn path(notification: &Value) -> String {
    format!("/api/notifications/{}", notification["id"].as_str().unwrap())
}

#[tokio::test]
async fn who_joins_an_album_is_told() {
    let (scene, ada, ben, id) = scene().await;
    let new = json!({ "albumName": "Trip", "albumUsers": [{ "userId": id, "role": "viewer" }] });
    let first = scene.call("POST", "/api/albums", &ada, new).await.is(201).json();
    let album = scene.call("POST", "/api/albums", &ada, json!({ "albumName": "Old" })).await.is(201).json();
    let share = format!("/api/albums/{}/users", album["id"].as_str().unwrap());
    let body = json!({ "albumUsers": [{ "userId": id, "role": "editor" }] });
    scene.call("PUT", &share, &ada, body.clone()).await.is(200);
    // Who is a member already is not invited again.
    scene.call("PUT", &share, &ada, body).await.is(400);
    let told = list(&scene, &ben, "").await;
    assert_eq!(told.len(), 2);
    assert_eq!(told[0]["description"], "Ada shared an album (Old) with you");
    assert_eq!((&told[0]["type"], &told[0]["level"]), (&json!("AlbumInvite"), &json!("success")));
    let data: Value = serde_json::from_str(told[1]["data"].as_str().unwrap()).unwrap();
    assert_eq!(data, json!({ "albumId": first["id"] }));
    assert!(told[0].get("readAt").is_none());
    assert!(list(&scene, &ada, "").await.is_empty());
}

#[tokio::test]
async fn notifications_are_read_and_removed() {
    let (scene, ada, ben, id) = scene().await;
    let new = json!({ "userId": id, "title": "Mind the gap", "level": "warning", "data": { "gap": 1 } });
    let first = scene.call("POST", "/api/admin/notifications", &ada, new).await.is(201).json();
    assert_eq!((&first["type"], &first["data"]), (&json!("Custom"), &json!(r#"{"gap":1}"#)));
    let new = json!({ "userId": id, "title": "Backup", "type": "SystemMessage" });
    let second = scene.call("POST", "/api/admin/notifications", &ada, new).await.is(201).json();
    assert_eq!(second["level"], "info");
    assert_eq!(list(&scene, &ben, "?level=warning").await, std::slice::from_ref(&first));
    assert_eq!(list(&scene, &ben, "?type=SystemMessage").await, std::slice::from_ref(&second));
    let at = "2026-11-01T10:00:00.000Z";
    let read = scene.call("PUT", &path(&first), &ben, json!({ "readAt": at })).await.is(200).json();
    assert_eq!(read["readAt"], at);
    // What is not said stays, null makes it unread.
    let same = scene.call("PUT", &path(&first), &ben, json!({})).await.is(200).json();
    assert_eq!(same["readAt"], at);
    assert_eq!(list(&scene, &ben, "?unread=true").await, std::slice::from_ref(&second));
    let both = json!([first["id"], second["id"]]);
    scene.call("PUT", "/api/notifications", &ben, json!({ "ids": both, "readAt": at })).await.is(204);
    assert!(list(&scene, &ben, "?unread=true").await.is_empty());
    scene.call("PUT", "/api/notifications", &ben, json!({ "ids": both, "readAt": null })).await.is(204);
    assert_eq!(list(&scene, &ben, "?unread=true").await.len(), 2);
    scene.call("DELETE", &path(&first), &ben, Value::Null).await.is(204);
    scene.get(&path(&first), &ben).await.is(400);
    scene.call("DELETE", "/api/notifications", &ben, json!({ "ids": [second["id"], second["id"]] })).await.is(204);
    assert!(list(&scene, &ben, "").await.is_empty());
}

#[tokio::test]
async fn others_notifications_are_out_of_reach() {
    let (scene, ada, ben, id) = scene().await;
    let new = |title: &str| json!({ "userId": id, "title": title });
    let of_ben = scene.call("POST", "/api/admin/notifications", &ada, new("x")).await.is(201).json();
    let of_ada = json!({ "userId": scene.get("/api/users/me", &ada).await.json()["id"], "title": "x" });
    let of_ada = scene.call("POST", "/api/admin/notifications", &ada, of_ada).await.is(201).json();
    let refused = scene.get(&path(&of_ben), &ada).await.is(400).json();
    assert_eq!(refused["message"], "Not found or no notification.read access");
    scene.call("PUT", &path(&of_ben), &ada, json!({ "readAt": null })).await.is(400);
    scene.call("DELETE", &path(&of_ben), &ada, Value::Null).await.is(400);
    // One that is not theirs undoes the whole call.
    let both = json!({ "ids": [of_ada["id"], of_ben["id"]] });
    scene.call("DELETE", "/api/notifications", &ada, both).await.is(400);
    assert_eq!(list(&scene, &ada, "").await.len(), 1);
    scene.call("POST", "/api/admin/notifications", &ben, new("x")).await.is(403);
    scene.call("POST", "/api/admin/notifications", &ada, new("")).await.is(400);
    let nobody = json!({ "userId": "00000000-0000-4000-8000-000000000000", "title": "x" });
    scene.call("POST", "/api/admin/notifications", &ada, nobody).await.is(400);
    scene.get("/api/notifications?level=x", &ben).await.is(400);
    scene.get("/api/notifications?unread=x", &ben).await.is(400);
}
