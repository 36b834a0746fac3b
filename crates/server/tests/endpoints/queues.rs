//! Job queues.

use serde_json::{Value, json};
use tintype_library::model::JobKind;

use crate::scene::Scene;

#[tokio::test]
async fn queues_rest_and_are_emptied() {
    let scene = Scene::new("3.2.2").await;
    let token = scene.admin().await;
    let path = "/api/queues/thumbnailGeneration";
    let queue = scene.get(path, &token).await.is(200).json();
    assert_eq!((&queue["name"], &queue["isPaused"]), (&json!("thumbnailGeneration"), &json!(false)));
    let queue = scene.call("PUT", path, &token, json!({ "isPaused": true })).await.is(200).json();
    assert_eq!(queue["isPaused"], true);
    assert!(scene.library.queue(JobKind::Thumbnail).unwrap().is_paused);
    scene.call("DELETE", &format!("{path}/jobs"), &token, Value::Null).await.is(204);
    scene.call("PUT", "/api/jobs/thumbnailGeneration", &token, json!({ "command": "resume" })).await.is(200);
    assert!(!scene.library.queue(JobKind::Thumbnail).unwrap().is_paused);
    scene.get("/api/queues/nope", &token).await.is(400);
    scene.call("PUT", "/api/queues/faceDetection", &token, json!({ "isPaused": true })).await.is(400);
}
