//! Stacks: made, merged, turned, dissolved, and what is left when assets go.

use serde_json::{Value, json};
use tintype_library::synthetic::{self, Amounts};

use crate::scene::{ADMIN, Scene};
use crate::sharing::Phone;

async fn filled() -> (Scene, String, Vec<Value>) {
    let scene = Scene::new("3.2.2").await;
    let owner = scene.library.user_by_email(ADMIN.0).unwrap().unwrap();
    synthetic::fill(&scene.library, owner.id, Amounts { assets: 6, ..Amounts::default() }, 3).unwrap();
    let token = scene.admin().await;
    let found = scene.call("POST", "/api/search/metadata", &token, json!({})).await.is(200).json();
    let ids = found["assets"]["items"].as_array().unwrap().iter().map(|asset| asset["id"].clone()).collect();
    (scene, token, ids)
}

async fn stack(scene: &Scene, token: &str, ids: &[Value]) -> Value {
    scene.call("POST", "/api/stacks", token, json!({ "assetIds": ids })).await.is(201).json()
}

fn path(stack: &Value) -> String {
    format!("/api/stacks/{}", stack["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_stack_lives_its_life() {
    let (scene, token, ids) = filled().await;
    let mut phone = Phone::new(&scene, ADMIN).await;
    scene.call("POST", "/api/stacks", &token, json!({ "assetIds": [ids[0], ids[0]] })).await.is(400);
    let first = stack(&scene, &token, &ids[..3]).await;
    assert_eq!((&first["primaryAssetId"], &first["assets"][0]["id"]), (&ids[0], &ids[0]));
    let asset = format!("/api/assets/{}", ids[1].as_str().unwrap());
    assert_eq!(scene.get(&asset, &token).await.is(200).json()["stack"]["assetCount"], 3);
    phone.sync(&scene).await;
    assert_eq!(phone.replica.column("asset", "stackId").unwrap().len(), 3);
    // The one in front of another stack brings all of that stack along; a member comes alone.
    let second = stack(&scene, &token, &[ids[3].clone(), ids[0].clone()]).await;
    assert_eq!(second["assets"].as_array().unwrap().len(), 4);
    scene.get(&path(&first), &token).await.is(400);
    phone.sync(&scene).await;
    assert_eq!(phone.replica.column("stack", "primaryAssetId").unwrap(), [ids[3].as_str().unwrap()]);
    let turned = scene.call("PUT", &path(&second), &token, json!({ "primaryAssetId": ids[2] })).await.is(200).json();
    assert_eq!(turned["assets"][0]["id"], ids[2]);
    scene.call("PUT", &path(&second), &token, json!({ "primaryAssetId": ids[5] })).await.is(400);
    let member = |id: &Value| format!("{}/assets/{}", path(&second), id.as_str().unwrap());
    scene.call("DELETE", &member(&ids[2]), &token, Value::Null).await.is(400);
    scene.call("DELETE", &member(&ids[5]), &token, Value::Null).await.is(400);
    scene.call("DELETE", &member(&ids[3]), &token, Value::Null).await.is(204);
    scene.call("DELETE", &path(&second), &token, Value::Null).await.is(204);
    phone.sync(&scene).await;
    assert_eq!(phone.replica.count("stack").unwrap(), 0);
    assert!(phone.replica.column("asset", "stackId").unwrap().is_empty());
}

#[tokio::test]
async fn the_next_comes_to_the_front_and_one_is_no_stack() {
    let (scene, token, ids) = filled().await;
    let owner = scene.library.user_by_email(ADMIN.0).unwrap().unwrap();
    let caller = tintype_library::sessions::Caller::of(owner);
    let mut phone = Phone::new(&scene, ADMIN).await;
    let stack = stack(&scene, &token, &ids[..3]).await;
    phone.sync(&scene).await;
    let id = |index: usize| ids[index].as_str().unwrap().parse().unwrap();
    scene.library.purge_now(&caller, &[id(0)]).unwrap();
    phone.sync(&scene).await;
    let front = phone.replica.column("stack", "primaryAssetId").unwrap();
    assert!(front == [ids[1].as_str().unwrap()] || front == [ids[2].as_str().unwrap()], "{front:?}");
    scene.library.purge_now(&caller, &[id(1)]).unwrap();
    phone.sync(&scene).await;
    assert_eq!(phone.replica.count("stack").unwrap(), 0);
    assert!(phone.replica.column("asset", "stackId").unwrap().is_empty());
    scene.get(&path(&stack), &token).await.is(400);
}

#[tokio::test]
async fn a_bucket_shows_the_one_in_front() {
    let (scene, token, ids) = filled().await;
    let stack = stack(&scene, &token, &ids[..3]).await;
    let count = |buckets: &Value| -> u64 {
        buckets.as_array().unwrap().iter().map(|bucket| bucket["count"].as_u64().unwrap()).sum()
    };
    let all = scene.get("/api/timeline/buckets", &token).await.is(200).json();
    let stacked = scene.get("/api/timeline/buckets?withStacked=true", &token).await.is(200).json();
    assert_eq!(count(&all), count(&stacked) + 2);
    let mut seen = Vec::new();
    for bucket in stacked.as_array().unwrap() {
        let month = bucket["timeBucket"].as_str().unwrap();
        let path = format!("/api/timeline/bucket?withStacked=true&timeBucket={month}");
        let rows = scene.get(&path, &token).await.is(200).json();
        let shown = rows["id"].as_array().unwrap().iter().zip(rows["stack"].as_array().unwrap());
        seen.extend(shown.filter(|(_, stack)| !stack.is_null()).map(|(id, stack)| (id.clone(), stack.clone())));
    }
    assert_eq!(seen, [(ids[0].clone(), json!([stack["id"], "3"]))]);
}

#[tokio::test]
async fn others_stacks_are_none_of_ones_business() {
    let (scene, token, ids) = filled().await;
    let made = stack(&scene, &token, &ids[..2]).await;
    let ben = json!({ "email": "ben@example.org", "password": "Ben-Pass-1", "name": "Ben" });
    let ben = scene.call("POST", "/api/admin/users", &token, ben).await.is(201).json();
    let other = scene.login("ben@example.org", "Ben-Pass-1").await;
    scene.get(&path(&made), &other).await.is(400);
    scene.call("DELETE", "/api/stacks", &other, json!({ "ids": [made["id"]] })).await.is(400);
    scene.call("POST", "/api/stacks", &other, json!({ "assetIds": &ids[..2] })).await.is(400);
    // A partner sees them.
    scene.call("POST", "/api/partners", &token, json!({ "sharedWithId": ben["id"] })).await.is(201);
    let mut phone = Phone::new(&scene, ("ben@example.org", "Ben-Pass-1")).await;
    phone.sync(&scene).await;
    assert_eq!(phone.replica.count("stack").unwrap(), 1);
    scene.call("DELETE", &path(&made), &token, Value::Null).await.is(204);
    phone.sync(&scene).await;
    assert_eq!(phone.replica.count("stack").unwrap(), 0);
}
