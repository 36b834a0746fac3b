//! The own account: sessions, PIN, licence.

use serde_json::{Value, json};

use crate::scene::Scene;

#[tokio::test]
async fn other_sessions_can_be_ended() {
    let scene = Scene::new("2.7.5").await;
    let (one, two) = (scene.admin().await, scene.admin().await);
    scene.call("DELETE", "/api/sessions", &one, Value::Null).await.is(204);
    scene.get("/api/users/me", &one).await.is(200);
    scene.get("/api/users/me", &two).await.is(401);
}

#[tokio::test]
async fn a_session_can_be_locked_from_another() {
    let scene = Scene::new("2.7.5").await;
    let (one, two) = (scene.admin().await, scene.admin().await);
    scene.call("POST", "/api/auth/pin-code", &one, json!({ "pinCode": "123456" })).await.is(204);
    scene.call("POST", "/api/auth/session/unlock", &two, json!({ "pinCode": "123456" })).await.is(204);
    assert_eq!(scene.get("/api/auth/status", &two).await.is(200).json()["isElevated"], true);
    let sessions = scene.get("/api/sessions", &two).await.is(200).json();
    let current = sessions.as_array().unwrap().iter().find(|session| session["current"] == true).unwrap();
    let path = format!("/api/sessions/{}/lock", current["id"].as_str().unwrap());
    scene.call("POST", &path, &one, Value::Null).await.is(204);
    assert_eq!(scene.get("/api/auth/status", &two).await.is(200).json()["isElevated"], false);
}

#[tokio::test]
async fn an_open_folder_closes_by_itself_and_stays_open_in_use() {
    let scene = Scene::new("2.7.5").await;
    let token = scene.admin().await;
    scene.call("POST", "/api/auth/pin-code", &token, json!({ "pinCode": "123456" })).await.is(204);
    scene.call("POST", "/api/auth/session/unlock", &token, json!({ "pinCode": "123456" })).await.is(204);
    let minutes = |minutes: i64| minutes * 60_000;
    // With one minute left, a request makes it five again.
    scene.clock.advance(minutes(14));
    scene.get("/api/users/me", &token).await.is(200);
    scene.clock.advance(minutes(4));
    assert_eq!(scene.get("/api/auth/status", &token).await.is(200).json()["isElevated"], true);
    scene.clock.advance(minutes(6));
    assert_eq!(scene.get("/api/auth/status", &token).await.is(200).json()["isElevated"], false);
}

#[tokio::test]
async fn the_pin_is_changed_and_removed_by_who_knows_it_or_the_password() {
    let scene = Scene::new("2.7.5").await;
    let token = scene.admin().await;
    scene.call("POST", "/api/auth/pin-code", &token, json!({ "pinCode": "123456" })).await.is(204);
    let change = |body: Value| scene.call("PUT", "/api/auth/pin-code", &token, body);
    change(json!({ "newPinCode": "654321", "pinCode": "000000" })).await.is(400);
    change(json!({ "newPinCode": "12", "pinCode": "123456" })).await.is(400);
    change(json!({ "newPinCode": "654321", "pinCode": "123456" })).await.is(204);
    scene.call("POST", "/api/auth/session/unlock", &token, json!({ "pinCode": "123456" })).await.is(400);
    scene.call("POST", "/api/auth/session/unlock", &token, json!({ "pinCode": "654321" })).await.is(204);
    scene.call("POST", "/api/auth/session/lock", &token, Value::Null).await.is(204);
    scene.call("DELETE", "/api/auth/pin-code", &token, json!({ "password": "wrong" })).await.is(400);
    scene.call("DELETE", "/api/auth/pin-code", &token, json!({ "password": crate::scene::ADMIN.1 })).await.is(204);
    assert_eq!(scene.get("/api/auth/status", &token).await.is(200).json()["pinCode"], false);
}

#[tokio::test]
async fn there_is_no_licence() {
    let scene = Scene::new("2.7.5").await;
    let token = scene.admin().await;
    scene.get("/api/users/me/license", &token).await.is(404);
}
