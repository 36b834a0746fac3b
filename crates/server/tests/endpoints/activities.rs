//! Comments and likes: who may leave them, see them and take them back, and what they go with.

use serde_json::{Value, json};
use tintype_library::synthetic::{self, Amounts};

use crate::scene::{ADMIN, Scene};
use crate::sharing::BEN;

struct Album {
    scene: Scene,
    ada: String,
    ben: String,
    id: String,
    assets: Vec<String>,
}

/// An album of Ada's with two of her three assets, that Ben may look at.
async fn album() -> Album {
    let scene = Scene::new("2.7.5").await;
    let owner = scene.library.user_by_email(ADMIN.0).unwrap().unwrap();
    synthetic::fill(&scene.library, owner.id, Amounts { assets: 3, ..Amounts::default() }, 3).unwrap();
    let ada = scene.admin().await;
    let found = scene.call("POST", "/api/search/metadata", &ada, json!({})).await.is(200).json();
    let items = found["assets"]["items"].as_array().unwrap();
    let assets: Vec<String> = items.iter().map(|asset| asset["id"].as_str().unwrap().to_owned()).collect();
    let user = json!({ "email": BEN.0, "password": BEN.1, "name": "Ben" });
    let user = scene.call("POST", "/api/admin/users", &ada, user).await.is(201).json();
    let ben = scene.login(BEN.0, BEN.1).await;
    let new = json!({
        "albumName": "Trip", "assetIds": &assets[..2], "albumUsers": [{ "userId": user["id"], "role": "viewer" }],
    });
    let id = scene.call("POST", "/api/albums", &ada, new).await.is(201).json()["id"].as_str().unwrap().to_owned();
    Album { scene, ada, ben, id, assets }
}

impl Album {
    async fn leave(&self, token: &str, status: u16, body: Value) -> Value {
        let mut body = body;
        body["albumId"] = json!(self.id);
        self.scene.call("POST", "/api/activities", token, body).await.is(status).json()
    }

    async fn list(&self, query: &str) -> Vec<Value> {
        let path = format!("/api/activities?albumId={}{query}", self.id);
        self.scene.get(&path, &self.ada).await.is(200).json().as_array().unwrap().clone()
    }

    async fn delete(&self, token: &str, activity: &Value, status: u16) {
        let path = format!("/api/activities/{}", activity["id"].as_str().unwrap());
        self.scene.call("DELETE", &path, token, Value::Null).await.is(status);
    }
}

#[tokio::test]
async fn members_comment_and_like() {
    let album = album().await;
    let (scene, asset) = (&album.scene, &album.assets[0]);
    let comment = album.leave(&album.ben, 201, json!({ "type": "comment", "comment": "nice", "assetId": asset })).await;
    assert_eq!((&comment["comment"], &comment["assetId"]), (&json!("nice"), &json!(asset)));
    assert_eq!(comment["user"]["name"], "Ben");
    let like = album.leave(&album.ben, 201, json!({ "type": "like", "comment": "ignored" })).await;
    assert_eq!((&like["comment"], &like["assetId"]), (&Value::Null, &Value::Null));
    // Liking twice is liking once; the asset and the album are liked apart, and by each member.
    assert_eq!(album.leave(&album.ben, 200, json!({ "type": "like" })).await["id"], like["id"]);
    album.leave(&album.ben, 201, json!({ "type": "like", "assetId": asset })).await;
    album.leave(&album.ada, 201, json!({ "type": "like" })).await;
    album.leave(&album.ben, 201, json!({ "type": "comment", "comment": "nice", "assetId": asset })).await;
    assert_eq!(album.list("").await.len(), 5);
    assert_eq!(album.list("&level=album").await.len(), 2);
    assert_eq!(album.list("&type=comment").await.len(), 2);
    assert_eq!(album.list(&format!("&assetId={asset}&type=like")).await.len(), 1);
    assert_eq!(album.list(&format!("&userId={}", like["user"]["id"].as_str().unwrap())).await.len(), 4);
    let path = format!("/api/activities/statistics?albumId={}", album.id);
    let numbers = scene.get(&path, &album.ben).await.is(200).json();
    assert_eq!(numbers, json!({ "comments": 2, "likes": 3 }));
    let numbers = scene.get(&format!("{path}&assetId={asset}"), &album.ben).await.is(200).json();
    assert_eq!(numbers, json!({ "comments": 2, "likes": 1 }));
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let album = album().await;
    let scene = &album.scene;
    for body in [
        json!({ "type": "comment" }),
        json!({ "type": "comment", "comment": "" }),
        json!({ "type": "shout", "comment": "x" }),
        json!({ "type": "like", "assetId": album.assets[2] }),
        json!({ "type": "like", "assetId": "x" }),
    ] {
        album.leave(&album.ben, 400, body).await;
    }
    for query in ["", "?albumId=x", &format!("?albumId={}&type=x", album.id), &format!("?albumId={}&level=x", album.id)]
    {
        scene.get(&format!("/api/activities{query}"), &album.ada).await.is(400);
    }
    scene.get("/api/activities/statistics", &album.ada).await.is(400);
    let path = format!("/api/albums/{}", album.id);
    scene.call("PATCH", &path, &album.ada, json!({ "isActivityEnabled": false })).await.is(200);
    let refused = album.leave(&album.ben, 400, json!({ "type": "like" })).await;
    assert_eq!(refused["message"], "Not found or no activity.create access");
}

#[tokio::test]
async fn strangers_see_and_leave_nothing_and_the_owner_may_tidy_up() {
    let album = album().await;
    let scene = &album.scene;
    let eve = json!({ "email": "eve@example.org", "password": "Eve-Pass-1", "name": "Eve" });
    scene.call("POST", "/api/admin/users", &album.ada, eve).await.is(201);
    let eve = scene.login("eve@example.org", "Eve-Pass-1").await;
    let of_ben = album.leave(&album.ben, 201, json!({ "type": "comment", "comment": "one" })).await;
    let of_ada = album.leave(&album.ada, 201, json!({ "type": "comment", "comment": "two" })).await;
    let refused = scene.get(&format!("/api/activities?albumId={}", album.id), &eve).await.is(400).json();
    assert_eq!(refused["message"], "Not found or no album.read access");
    scene.get(&format!("/api/activities/statistics?albumId={}", album.id), &eve).await.is(400);
    album.leave(&eve, 400, json!({ "type": "like" })).await;
    album.delete(&eve, &of_ben, 400).await;
    // A member takes back what is theirs; the owner of the album anything.
    album.delete(&album.ben, &of_ada, 400).await;
    album.delete(&album.ada, &of_ben, 204).await;
    album.delete(&album.ada, &of_ben, 400).await;
    assert_eq!(album.list("").await.len(), 1);
}

#[tokio::test]
async fn what_is_said_goes_with_what_it_is_about() {
    let album = album().await;
    let (scene, asset) = (&album.scene, &album.assets[0]);
    album.leave(&album.ben, 201, json!({ "type": "like", "assetId": asset })).await;
    album.leave(&album.ben, 201, json!({ "type": "like", "assetId": album.assets[1] })).await;
    album.leave(&album.ada, 201, json!({ "type": "like" })).await;
    // The trash hides it, and gives it back.
    scene.call("DELETE", "/api/assets", &album.ada, json!({ "ids": [asset] })).await.is(204);
    assert_eq!(album.list("").await.len(), 2);
    scene.call("POST", "/api/trash/restore/assets", &album.ada, json!({ "ids": [asset] })).await.is(200);
    assert_eq!(album.list("").await.len(), 3);
    let path = format!("/api/albums/{}/assets", album.id);
    scene.call("DELETE", &path, &album.ada, json!({ "ids": [asset] })).await.is(200);
    assert_eq!(album.list("").await.len(), 2);
    // And everything of Ben's goes with Ben.
    let ben = scene.library.user_by_email(BEN.0).unwrap().unwrap();
    let path = format!("/api/admin/users/{}", ben.id);
    scene.call("DELETE", &path, &album.ada, json!({ "force": true })).await.is(200);
    assert_eq!(album.list("").await.len(), 1);
}
