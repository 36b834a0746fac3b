//! Answers in general: errors, conditions, compression.

use serde_json::{Value, json};

use crate::scene::Scene;

#[tokio::test]
async fn errors_carry_the_id_of_their_request() {
    let scene = Scene::new("3.2.2").await;
    let answer = scene.send("GET", "/api/nope", &[("x-immich-cid", "abc")], Value::Null).await.is(404);
    assert_eq!(
        answer.json(),
        json!({ "message": "Cannot GET /api/nope", "error": "Not Found", "statusCode": 404, "correlationId": "abc" })
    );
    assert_eq!(answer.headers["x-immich-cid"], "abc");
}

#[tokio::test]
async fn unchanged_answers_are_not_sent_again() {
    let scene = Scene::new("3.2.2").await;
    let token = scene.admin().await;
    let authorization = format!("Bearer {token}");
    let first = scene.get("/api/users/me", &token).await.is(200);
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    let headers = [("authorization", authorization.as_str()), ("if-none-match", tag.as_str())];
    let second = scene.send("GET", "/api/users/me", &headers, Value::Null).await.is(304);
    assert!(second.bytes.is_empty());
    scene.call("PUT", "/api/users/me", &token, json!({ "name": "Ada L." })).await.is(200);
    scene.send("GET", "/api/users/me", &headers, Value::Null).await.is(200);
}

#[tokio::test]
async fn texts_are_compressed_for_those_who_ask() {
    let scene = Scene::new("3.2.2").await;
    let token = scene.admin().await;
    let authorization = format!("Bearer {token}");
    let headers = [("authorization", authorization.as_str()), ("accept-encoding", "gzip, br")];
    let answer = scene.send("GET", "/api/system-config", &headers, Value::Null).await.is(200);
    assert_eq!(answer.headers["content-encoding"], "gzip");
    assert_eq!(answer.bytes[..2], [0x1f, 0x8b]);
}
