//! People and faces.

use serde_json::{Value, json};

use super::{Stage, Table};

async fn person(stage: &Stage, name: &str) -> Value {
    stage.call("POST", "/api/people", json!({ "name": name })).await["id"].clone()
}

/// Draws a face of a person on an asset; answers the path of the face.
async fn face(stage: &Stage, person: &Value, asset: usize) -> String {
    let face = json!({ "assetId": stage.ids[asset], "personId": person, "imageWidth": 1000, "imageHeight": 800, "x": 1,
        "y": 2, "width": 100, "height": 100 + asset });
    stage.call("POST", "/api/faces", face).await;
    let list = format!("/api/faces?id={}", stage.ids[asset].as_str().unwrap());
    let faces = stage.call("GET", &list, Value::Null).await;
    format!("/api/faces/{}", faces[0]["id"].as_str().unwrap())
}

fn path(person: &Value) -> String {
    format!("/api/people/{}", person.as_str().unwrap())
}

#[tokio::test]
async fn people() {
    let mut table = Table::default();
    let ada = async |stage: &Stage| person(stage, "Ada").await;
    table.row("create", async |stage| drop(person(stage, "Ada").await), ["PersonV1", "", ""]).await;
    for (what, body) in [
        ("rename", json!({ "name": "Ada L" })),
        ("hide", json!({ "isHidden": true })),
        ("mark", json!({ "isFavorite": true })),
        ("birthday", json!({ "birthDate": "1990-05-06" })),
    ] {
        let change = async |stage: &Stage, ada: Value| drop(stage.call("PUT", &path(&ada), body).await);
        table.row_after(what, ada, change, ["PersonV1", "", ""]).await;
    }
    let two = async |stage: &Stage| {
        let (ada, ben) = (person(stage, "Ada").await, person(stage, "Ben").await);
        face(stage, &ada, 0).await;
        face(stage, &ben, 1).await;
        face(stage, &ben, 2).await;
        (ada, ben)
    };
    let merge = async |stage: &Stage, (ada, ben): (Value, Value)| {
        stage.call("POST", &format!("{}/merge", path(&ada)), json!({ "ids": [ben] })).await;
    };
    table.row_after("merge", two, merge, ["PersonDeleteV1 AssetFaceV2×2", "", ""]).await;
    let delete = async |stage: &Stage, (_, ben): (Value, Value)| {
        stage.call("DELETE", &path(&ben), Value::Null).await;
    };
    table.row_after("delete", two, delete, ["PersonDeleteV1 AssetFaceV2×2", "", ""]).await;
    table.end();
}

#[tokio::test]
async fn faces() {
    let mut table = Table::default();
    let ada = async |stage: &Stage| person(stage, "Ada").await;
    let draw = async |stage: &Stage, ada: Value| drop(face(stage, &ada, 0).await);
    table.row_after("the first of a person", ada, draw, ["PersonV1 AssetFaceV2", "", ""]).await;
    // The larger one of two stands for her once the first is gone.
    let two = async |stage: &Stage| {
        let ada = person(stage, "Ada").await;
        (face(stage, &ada, 0).await, face(stage, &ada, 1).await, ada)
    };
    let draw = async |stage: &Stage, (_, _, ada): (String, String, Value)| drop(face(stage, &ada, 2).await);
    table.row_after("one more", two, draw, ["AssetFaceV2", "", ""]).await;
    for (what, force, expected) in
        [("taken away, another one's", false, "AssetFaceV2"), ("removed, another one's", true, "AssetFaceDeleteV1")]
    {
        let take = async |stage: &Stage, (_, second, _): (String, String, Value)| {
            stage.call("DELETE", &second, json!({ "force": force })).await;
        };
        table.row_after(what, two, take, [expected, "", ""]).await;
    }
    for (what, force, expected) in [
        ("taken away, that of the picture", false, "PersonV1 AssetFaceV2"),
        ("removed, that of the picture", true, "PersonV1 AssetFaceDeleteV1"),
    ] {
        let take = async |stage: &Stage, (first, _, _): (String, String, Value)| {
            stage.call("DELETE", &first, json!({ "force": force })).await;
        };
        table.row_after(what, two, take, [expected, "", ""]).await;
    }
    let given = async |stage: &Stage| {
        let (_, second, _) = two(stage).await;
        let ben = person(stage, "Ben").await;
        face(stage, &ben, 3).await;
        (second, ben)
    };
    let give = async |stage: &Stage, (face, ben): (String, Value)| {
        let id = face.rsplit('/').next().unwrap();
        stage.call("PUT", &format!("/api/faces/{}", ben.as_str().unwrap()), json!({ "id": id })).await;
    };
    table.row_after("given to somebody else", given, give, ["AssetFaceV2", "", ""]).await;
    let purge = async |stage: &Stage, (_, _, _): (String, String, Value)| stage.purge(2);
    let gone = ["AuthUserV1 UserV1 AssetDeleteV1", "UserV1 PartnerAssetDeleteV1", "UserV1"];
    table.row_after("an asset without her is deleted", two, purge, gone).await;
    let only = async |stage: &Stage| {
        let ada = person(stage, "Ada").await;
        face(stage, &ada, 2).await;
    };
    let purge = async |stage: &Stage, ()| stage.purge(2);
    let gone = ["AuthUserV1 UserV1 AssetDeleteV1 PersonV1", "UserV1 PartnerAssetDeleteV1", "UserV1"];
    table.row_after("the asset of her picture is deleted", only, purge, gone).await;
    table.end();
}
