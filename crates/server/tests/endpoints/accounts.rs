//! Accounts that go, pictures of users, and what they are told.

use serde_json::{Value, json};

use crate::scene::{ADMIN, Scene};
use crate::sharing::{BEN, Phone, two};

async fn share(scene: &Scene, token: &str, ids: &[Value], with: &Value) -> Value {
    let wish = json!({ "albumName": "Trip", "assetIds": ids, "albumUsers": [{ "userId": with, "role": "editor" }] });
    scene.call("POST", "/api/albums", token, wish).await.is(201).json()["id"].clone()
}

#[tokio::test]
async fn an_account_goes_with_everything_in_it() {
    let (scene, ids, ben) = two().await;
    let admin = scene.admin().await;
    let second = json!({ "email": "cy@example.org", "password": "Cy-Pass-12", "name": "Cy" });
    let cy = scene.call("POST", "/api/admin/users", &admin, second).await.is(201).json()["id"].clone();
    let (ben_token, cy_token) = (scene.login(BEN.0, BEN.1).await, scene.login("cy@example.org", "Cy-Pass-12").await);
    // Cy owns photos and an album that Ben has joined, and has put a photo into an album of Ada's.
    let owner = scene.library.user_by_email("cy@example.org").unwrap().unwrap();
    let amounts = tintype_library::synthetic::Amounts { assets: 3, ..Default::default() };
    tintype_library::synthetic::fill_more(&scene.library, owner.id, amounts, 9).unwrap();
    let found = scene.call("POST", "/api/search/metadata", &cy_token, json!({})).await.is(200).json();
    let theirs: Vec<Value> =
        found["assets"]["items"].as_array().unwrap().iter().map(|asset| asset["id"].clone()).collect();
    let album = share(&scene, &cy_token, &theirs[..2], &ben).await;
    let shared = share(&scene, &admin, &ids[..1], &cy).await;
    let put = format!("/api/albums/{}/assets", shared.as_str().unwrap());
    scene.call("PUT", &put, &cy_token, json!({ "ids": [theirs[2]] })).await.is(200);
    scene.call("POST", "/api/partners", &cy_token, json!({ "sharedWithId": ben })).await.is(201);
    scene.call("POST", "/api/people", &cy_token, json!({ "name": "Somebody" })).await.is(201);
    let (mut ada_phone, mut ben_phone) = (Phone::new(&scene, ADMIN).await, Phone::new(&scene, BEN).await);
    ada_phone.sync(&scene).await;
    ben_phone.sync(&scene).await;
    assert_eq!((ada_phone.replica.count("asset").unwrap(), ben_phone.replica.count("asset").unwrap()), (7, 3));

    let path = format!("/api/admin/users/{}", cy.as_str().unwrap());
    scene.call("DELETE", &path, &ben_token, json!({ "force": true })).await.is(403);
    scene.call("DELETE", &path, &admin, json!({})).await.is(200);
    scene.get("/api/users/me", &cy_token).await.is(401);
    let at = format!("/api/albums/{}", album.as_str().unwrap());
    scene.get(&at, &ben_token).await.is(400);
    scene.call("POST", &format!("{path}/restore"), &admin, Value::Null).await.is(200);
    scene.get(&at, &ben_token).await.is(200);
    let gone = scene.call("DELETE", &path, &admin, json!({ "force": true })).await.is(200).json();
    assert_eq!(gone["status"], "removing");
    scene.get(&path, &admin).await.is(400);
    ada_phone.sync(&scene).await;
    let lines = ben_phone.sync(&scene).await;
    assert!(lines.iter().any(|(entity, _)| entity == "UserDeleteV1"), "{lines:?}");
    for phone in [&ada_phone, &ben_phone] {
        assert_eq!(phone.replica.count("user").unwrap(), 2);
        assert!(!phone.replica.column("asset", "ownerId").unwrap().contains(&cy.as_str().unwrap().to_owned()));
    }
    assert_eq!(ada_phone.replica.count("album_asset").unwrap(), 1, "Ada's album keeps Ada's photo");
    assert_eq!((ben_phone.replica.count("album").unwrap(), ben_phone.replica.count("partner").unwrap()), (0, 0));
    scene.library.check_store().unwrap();
}

#[tokio::test]
async fn a_deletion_that_nobody_takes_back_is_carried_out() {
    let (scene, _, ben) = two().await;
    let admin = scene.admin().await;
    let path = format!("/api/admin/users/{}", ben.as_str().unwrap());
    scene.call("DELETE", &path, &admin, json!({})).await.is(200);
    scene.clock.advance(6 * tintype_protocol::time::DAY_MS);
    scene.library.tidy().unwrap();
    scene.get(&path, &admin).await.is(200);
    scene.clock.advance(2 * tintype_protocol::time::DAY_MS);
    scene.library.tidy().unwrap();
    scene.get(&path, &admin).await.is(400);
}

#[tokio::test]
async fn users_are_told_of_albums() {
    let (scene, ids, ben) = two().await;
    let (admin, token) = (scene.admin().await, scene.login(BEN.0, BEN.1).await);
    share(&scene, &admin, &ids[..1], &ben).await;
    let told = scene.get("/api/notifications?unread=true", &token).await.is(200).json();
    assert_eq!((&told[0]["type"], &told[0]["level"]), (&json!("AlbumInvite"), &json!("success")));
    assert_eq!(told[0]["description"], "Ada shared an album (Trip) with you");
    let path = format!("/api/notifications/{}", told[0]["id"].as_str().unwrap());
    scene.get(&path, &admin).await.is(400);
    let read = json!({ "readAt": "2026-11-01T10:00:00.000Z" });
    scene.call("PUT", &path, &token, read).await.is(200);
    assert_eq!(scene.get("/api/notifications?unread=true", &token).await.is(200).json(), json!([]));
    let more = json!({ "userId": ben, "title": "Tea is ready", "data": { "cups": 2 } });
    scene.call("POST", "/api/admin/notifications", &token, more.clone()).await.is(403);
    let sent = scene.call("POST", "/api/admin/notifications", &admin, more).await.is(201).json();
    let both = json!({ "ids": [sent["id"], told[0]["id"]] });
    scene.call("DELETE", "/api/notifications", &admin, both.clone()).await.is(400);
    scene.call("DELETE", "/api/notifications", &token, both).await.is(204);
    assert_eq!(scene.get("/api/notifications", &token).await.is(200).json(), json!([]));
}

#[tokio::test]
async fn notifications_are_read_and_go_one_by_one() {
    let (scene, _, ben) = two().await;
    let (admin, token) = (scene.admin().await, scene.login(BEN.0, BEN.1).await);
    let mut ids = Vec::new();
    for title in ["one", "two"] {
        let wish = json!({ "userId": ben, "title": title });
        ids.push(scene.call("POST", "/api/admin/notifications", &admin, wish).await.is(201).json()["id"].clone());
    }
    let read = json!({ "ids": ids, "readAt": "2026-11-01T10:00:00.000Z" });
    scene.call("PUT", "/api/notifications", &admin, read.clone()).await.is(400);
    scene.call("PUT", "/api/notifications", &token, read).await.is(204);
    assert_eq!(scene.get("/api/notifications?unread=true", &token).await.is(200).json(), json!([]));
    let path = format!("/api/notifications/{}", ids[0].as_str().unwrap());
    scene.call("DELETE", &path, &admin, Value::Null).await.is(400);
    scene.call("DELETE", &path, &token, Value::Null).await.is(204);
    assert_eq!(scene.get("/api/notifications", &token).await.is(200).json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn pictures_of_users_come_and_go() {
    const AT: &str = "/api/users/profile-image";
    let (scene, _, ben) = two().await;
    let (admin, token) = (scene.admin().await, scene.login(BEN.0, BEN.1).await);
    let path = format!("/api/users/{}/profile-image", ben.as_str().unwrap());
    scene.get(&path, &admin).await.is(404);
    scene.call("DELETE", AT, &token, Value::Null).await.is(400);
    let picture = tintype_testkit::picture(3, 900, 700).unwrap();
    let mut phone = Phone::new(&scene, ADMIN).await;
    phone.sync(&scene).await;
    let set = scene.send_form(AT, &token, &[], ("file", "me.jpg", &picture)).await.is(201).json();
    assert_eq!(set["userId"], ben);
    let shown = scene.get(&path, &admin).await.is(200);
    assert_eq!(shown.headers["content-type"], "image/jpeg");
    assert!(!shown.bytes.is_empty() && shown.bytes != picture, "made small");
    let lines = phone.sync(&scene).await;
    assert_eq!(lines, crate::sharing::runs(&[("UserV1", 1), ("SyncCompleteV1", 1)]));
    assert!(phone.replica.column("user", "hasProfileImage").unwrap().contains(&"1".to_owned()));
    scene.send_form(AT, &token, &[], ("file", "me.jpg", b"no picture")).await.is(400);
    scene.send_form(AT, &token, &[], ("other", "me.jpg", &picture)).await.is(400);
    scene.get(&path, &admin).await.is(200);
    scene.call("DELETE", AT, &token, Value::Null).await.is(204);
    scene.get(&path, &admin).await.is(404);
}

#[tokio::test]
async fn product_keys_have_to_look_like_some() {
    let (scene, _, _) = two().await;
    let (admin, token) = (scene.admin().await, scene.login(BEN.0, BEN.1).await);
    let activation = tintype_protocol::bytes::base64(&[7; 256]);
    let key = |prefix: &str, activation: &str| json!({ "licenseKey": format!("{prefix}-AAAA-BBBB-CCCC-DDDD-EEEE-FFFF-GGGG-HHHH"), "activationKey": activation });
    scene.get("/api/users/me/license", &token).await.is(404);
    for bad in [key("IMCL", "x"), key("XXXX", &activation), json!({ "licenseKey": "nope", "activationKey": "x" })] {
        scene.call("PUT", "/api/users/me/license", &token, bad).await.is(400);
    }
    scene.call("PUT", "/api/users/me/license", &token, key("IMCL", &activation)).await.is(200);
    scene.get("/api/users/me/license", &token).await.is(200);
    scene.call("DELETE", "/api/users/me/license", &token, Value::Null).await.is(204);
    scene.get("/api/users/me/license", &token).await.is(404);
    scene.call("PUT", "/api/server/license", &token, key("IMSV", &activation)).await.is(403);
    scene.call("PUT", "/api/server/license", &admin, key("IMCL", &activation)).await.is(400);
    scene.call("PUT", "/api/server/license", &admin, key("IMSV", &activation)).await.is(200);
    scene.get("/api/server/license", &admin).await.is(200);
    scene.call("DELETE", "/api/server/license", &admin, Value::Null).await.is(204);
    scene.get("/api/server/license", &admin).await.is(404);
}
