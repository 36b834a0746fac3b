//! People and faces: drawn, given away, merged, and what of it the stream carries.

use serde_json::{Value, json};

use crate::scene::{ADMIN, Scene};
use crate::sharing::{BEN, Phone, runs, two};
use crate::sync::{of, stream};

async fn person(scene: &Scene, token: &str, wish: Value) -> Value {
    scene.call("POST", "/api/people", token, wish).await.is(201).json()["id"].clone()
}

fn path(person: &Value) -> String {
    format!("/api/people/{}", person.as_str().unwrap())
}

fn drawn(asset: &Value, person: &Value) -> Value {
    json!({ "assetId": asset, "personId": person, "imageWidth": 1000, "imageHeight": 800, "x": 10, "y": 20,
        "width": 100, "height": 120 })
}

async fn faces(scene: &Scene, token: &str, asset: &Value) -> Value {
    scene.get(&format!("/api/faces?id={}", asset.as_str().unwrap()), token).await.is(200).json()
}

fn only_people(lines: Vec<(String, usize)>) -> Vec<(String, usize)> {
    let others = ["UserV1", "AuthUserV1", "AssetV2", "AssetExifV1", "SyncCompleteV1"];
    lines.into_iter().filter(|(entity, _)| !others.contains(&entity.as_str())).collect()
}

#[tokio::test]
async fn faces_make_people() {
    let (scene, ids, _) = two().await;
    let token = scene.admin().await;
    let mut phone = Phone::new(&scene, ADMIN).await;
    phone.sync(&scene).await;
    let born = json!({ "name": " Ada ", "birthDate": "1990-05-06", "isFavorite": true, "color": "#ff0000" });
    let ada = person(&scene, &token, born).await;
    let ben = person(&scene, &token, json!({})).await;
    for bad in [json!({ "birthDate": "3000-01-01" }), json!({ "birthDate": "x" }), json!({ "color": "red" })] {
        scene.call("POST", "/api/people", &token, bad).await.is(400);
    }
    let listed = scene.get("/api/people", &token).await.is(200).json();
    assert_eq!((&listed["total"], &listed["people"]), (&json!(0), &json!([])), "nobody is on a photo yet");
    scene.call("POST", "/api/faces", &token, drawn(&ids[0], &ada)).await.is(201);
    scene.call("POST", "/api/faces", &token, drawn(&ids[1], &ben)).await.is(201);
    let mut flat = drawn(&ids[1], &ben);
    flat["width"] = json!(0);
    for bad in [json!({ "assetId": ids[0] }), flat] {
        scene.call("POST", "/api/faces", &token, bad).await.is(400);
    }
    let stranger = scene.login(BEN.0, BEN.1).await;
    scene.call("POST", "/api/faces", &stranger, drawn(&ids[0], &ada)).await.is(400);
    let theirs = person(&scene, &stranger, json!({ "name": "Mine" })).await;
    scene.call("POST", "/api/faces", &stranger, drawn(&ids[0], &theirs)).await.is(400);

    let listed = scene.get("/api/people", &token).await.is(200).json();
    assert_eq!((&listed["total"], listed["people"].as_array().unwrap().len()), (&json!(2), 1), "named people");
    let shown = &listed["people"][0];
    assert_eq!((&shown["name"], &shown["birthDate"]), (&json!("Ada"), &json!("1990-05-06")));
    let asset = scene.get(&format!("/api/assets/{}", ids[0].as_str().unwrap()), &token).await.is(200).json();
    assert_eq!(asset["people"][0]["id"], ada);
    let search = json!({ "personIds": [ada], "withPeople": true });
    let found = scene.call("POST", "/api/search/metadata", &token, search).await.is(200).json();
    assert_eq!((found["assets"]["total"].clone(), &found["assets"]["items"][0]["people"][0]["id"]), (json!(1), &ada));
    let statistics = scene.get(&format!("{}/statistics", path(&ada)), &token).await.is(200).json();
    assert_eq!(statistics, json!({ "assets": 1 }));
    let called = scene.get("/api/search/person?name=ad", &token).await.is(200).json();
    assert_eq!(called[0]["id"], ada);
    let lines = only_people(phone.sync(&scene).await);
    assert_eq!(lines, runs(&[("PersonV1", 2), ("AssetFaceV2", 2)]));
    assert_eq!(phone.replica.column("person", "birthDate").unwrap(), ["1990-05-06T00:00:00.000Z"]);
    assert_eq!(phone.replica.column("person", "faceAssetId").unwrap().len(), 2, "the first face stands for them");
    scene.get(&path(&ada), &stranger).await.is(400);
    scene.get(&format!("{}/thumbnail", path(&ada)), &token).await.is(404);
}

#[tokio::test]
async fn faces_move_between_people() {
    let (scene, ids, _) = two().await;
    let token = scene.admin().await;
    let mut phone = Phone::new(&scene, ADMIN).await;
    let ada = person(&scene, &token, json!({ "name": "Ada" })).await;
    let ben = person(&scene, &token, json!({ "birthDate": "1980-01-02" })).await;
    for (asset, person) in [(&ids[0], &ada), (&ids[1], &ben), (&ids[2], &ben)] {
        scene.call("POST", "/api/faces", &token, drawn(asset, person)).await.is(201);
    }
    phone.sync(&scene).await;
    let face = faces(&scene, &token, &ids[0]).await[0]["id"].clone();
    let to = format!("/api/faces/{}", ben.as_str().unwrap());
    let taker = scene.call("PUT", &to, &token, json!({ "id": face })).await.is(200).json();
    assert_eq!(taker["id"], ben);
    assert_eq!(only_people(phone.sync(&scene).await), runs(&[("AssetFaceV2", 1)]), "her picture stays");
    let wish = json!({ "data": [{ "assetId": ids[1], "personId": ben }] });
    let to = format!("{}/reassign", path(&ada));
    let people = scene.call("PUT", &to, &token, wish).await.is(200).json();
    assert_eq!(people[0]["id"], ada);
    let lines = only_people(phone.sync(&scene).await);
    assert_eq!(lines, runs(&[("PersonV1", 2), ("AssetFaceV2", 1)]), "both pictures change");

    let merge = format!("{}/merge", path(&ada));
    scene.call("POST", &merge, &token, json!({ "ids": [ada] })).await.is(400);
    let stranger = json!("11111111-1111-4111-8111-111111111111");
    let merged = scene.call("POST", &merge, &token, json!({ "ids": [ben, stranger] })).await.is(200).json();
    assert_eq!((&merged[0]["success"], &merged[1]["error"]), (&json!(true), &json!("no_permission")));
    let lines = only_people(phone.sync(&scene).await);
    assert_eq!(lines, runs(&[("PersonDeleteV1", 1), ("PersonV1", 1), ("AssetFaceV2", 2)]), "she takes his birthday");
    let kept = scene.get(&path(&ada), &token).await.is(200).json();
    assert_eq!((&kept["name"], &kept["birthDate"]), (&json!("Ada"), &json!("1980-01-02")));
    assert_eq!(phone.replica.column("face", "personId").unwrap().len(), 3);

    let other = person(&scene, &token, json!({ "name": "Cy" })).await;
    let all = scene.call("POST", "/api/people/merge", &token, json!({ "ids": [ada, other] })).await.is(200).json();
    assert_eq!((&all[0]["id"], &all[0]["success"]), (&other, &json!(true)));
    scene.call("POST", "/api/people/merge", &token, json!({ "ids": [ada] })).await.is(400);
}

#[tokio::test]
async fn faces_and_people_go() {
    let (scene, ids, _) = two().await;
    let token = scene.admin().await;
    let mut phone = Phone::new(&scene, ADMIN).await;
    let ada = person(&scene, &token, json!({ "name": "Ada" })).await;
    for asset in &ids[..3] {
        scene.call("POST", "/api/faces", &token, drawn(asset, &ada)).await.is(201);
    }
    phone.sync(&scene).await;
    let face = |asset: Value| {
        let (scene, token) = (&scene, &token);
        async move { format!("/api/faces/{}", faces(scene, token, &asset).await[0]["id"].as_str().unwrap()) }
    };
    let soft = face(ids[0].clone()).await;
    scene.call("DELETE", &soft, &token, json!({ "force": false })).await.is(204);
    assert_eq!(faces(&scene, &token, &ids[0]).await, json!([]));
    let lines = only_people(phone.sync(&scene).await);
    assert_eq!(lines, runs(&[("PersonV1", 1), ("AssetFaceV2", 1)]), "another face stands for her");
    let hard = face(ids[1].clone()).await;
    scene.call("DELETE", &hard, &token, json!({ "force": true })).await.is(204);
    scene.call("DELETE", &hard, &token, json!({ "force": true })).await.is(400);
    let lines = only_people(phone.sync(&scene).await);
    assert!(lines.contains(&("AssetFaceDeleteV1".to_owned(), 1)), "{lines:?}");
    assert_eq!(phone.replica.count("face").unwrap(), 2);

    let feature = json!({ "name": "Ada L", "isHidden": true, "featureFaceAssetId": ids[2] });
    scene.call("PUT", &path(&ada), &token, feature).await.is(200);
    scene.call("PUT", &path(&ada), &token, json!({ "featureFaceAssetId": ids[4] })).await.is(400);
    let bulk = json!({ "people": [{ "id": ada, "name": "Ada" }, { "id": "11111111-1111-4111-8111-111111111111" }] });
    let outcomes = scene.call("PUT", "/api/people", &token, bulk).await.is(200).json();
    assert_eq!((&outcomes[0]["success"], &outcomes[1]["success"]), (&json!(true), &json!(false)));
    let listed = scene.get("/api/people?withHidden=true", &token).await.is(200).json();
    assert_eq!((&listed["hidden"], &listed["people"][0]["isHidden"]), (&json!(1), &json!(true)));
    assert_eq!(scene.get("/api/people", &token).await.is(200).json()["people"], json!([]));
    phone.sync(&scene).await;
    scene.call("DELETE", &path(&ada), &token, Value::Null).await.is(204);
    scene.call("DELETE", &path(&ada), &token, Value::Null).await.is(400);
    let lines = only_people(phone.sync(&scene).await);
    assert_eq!(lines, runs(&[("PersonDeleteV1", 1), ("AssetFaceV2", 2)]), "her faces lose their name");
    assert!(phone.replica.column("face", "personId").unwrap().is_empty());
}

#[tokio::test]
async fn a_photo_takes_its_faces_along() {
    let (scene, ids, _) = two().await;
    let token = scene.admin().await;
    let owner = scene.library.user_by_email(ADMIN.0).unwrap().unwrap();
    let mut phone = Phone::new(&scene, ADMIN).await;
    let ada = person(&scene, &token, json!({ "name": "Ada" })).await;
    scene.call("POST", "/api/faces", &token, drawn(&ids[0], &ada)).await.is(201);
    phone.sync(&scene).await;
    let caller = tintype_library::sessions::Caller::of(owner);
    scene.library.purge_now(&caller, &[ids[0].as_str().unwrap().parse().unwrap()]).unwrap();
    let lines = only_people(phone.sync(&scene).await);
    assert_eq!(lines, runs(&[("AssetDeleteV1", 1), ("PersonV1", 1)]), "no line for the face: clients cascade");
    assert_eq!(phone.replica.count("face").unwrap(), 0);
    assert!(phone.replica.column("person", "faceAssetId").unwrap().is_empty());
}

#[tokio::test]
async fn several_people_go_at_once() {
    let (scene, _, _) = two().await;
    let token = scene.admin().await;
    let (ada, ben) = (person(&scene, &token, json!({})).await, person(&scene, &token, json!({})).await);
    let stranger = scene.login(BEN.0, BEN.1).await;
    let theirs = person(&scene, &stranger, json!({})).await;
    scene.call("DELETE", "/api/people", &token, json!({ "ids": [ada, theirs] })).await.is(400);
    scene.get(&path(&ada), &token).await.is(200);
    scene.call("DELETE", "/api/people", &token, json!({ "ids": [ada, ben] })).await.is(204);
    scene.get(&path(&ada), &token).await.is(400);
    scene.get(&path(&ben), &token).await.is(400);
}

#[tokio::test]
async fn both_generations_of_faces_are_served_and_the_older_is_left_out_where_both_are_asked_for() {
    let (scene, ids, _) = two().await;
    let token = scene.admin().await;
    let ada = person(&scene, &token, json!({ "name": "Ada" })).await;
    scene.call("POST", "/api/faces", &token, drawn(&ids[0], &ada)).await.is(201);
    let old = stream(&scene, &token, &["AssetFacesV1"]).await;
    let old = of(&old, "AssetFaceV1");
    assert_eq!(old.len(), 1);
    assert_eq!((&old[0]["data"]["personId"], &old[0]["data"]["boundingBoxX2"]), (&ada, &json!(110)));
    assert!(old[0]["data"].get("isVisible").is_none() && old[0]["data"].get("deletedAt").is_none());
    let lines = stream(&scene, &token, &["AssetFacesV1", "AssetFacesV2"]).await;
    let new = of(&lines, "AssetFaceV2");
    assert_eq!((new.len(), of(&lines, "AssetFaceV1").len()), (1, 0));
    assert_eq!((&new[0]["data"]["isVisible"], &new[0]["data"]["deletedAt"]), (&json!(true), &Value::Null));

    // A face that is gone for good is told to both by the same line.
    let shown = faces(&scene, &token, &ids[0]).await;
    let face = format!("/api/faces/{}", shown[0]["id"].as_str().unwrap());
    scene.call("DELETE", &face, &token, json!({ "force": true })).await.is(204);
    for generation in ["AssetFacesV1", "AssetFacesV2"] {
        let lines = stream(&scene, &token, &[generation]).await;
        let gone = of(&lines, "AssetFaceDeleteV1");
        assert_eq!((gone.len(), &gone[0]["data"]["assetFaceId"]), (1, &shown[0]["id"]), "{generation}");
    }
}
