//! Users, partners and settings; and what nobody is told of.

use serde_json::{Value, json};

use super::{SIGNED_OUT, Stage, Table};

#[tokio::test]
async fn partners() {
    let mut table = Table::default();
    // Cleo's app never had a partner: all comes as new. Ada's six assets, and two stacked ones among them.
    let stacked = async |stage: &Stage| {
        stage.call("POST", "/api/stacks", json!({ "assetIds": &stage.ids[2..4] })).await;
    };
    let share = async |stage: &Stage, ()| {
        stage.call("POST", "/api/partners", json!({ "sharedWithId": stage.cleo_id })).await;
    };
    let library = "PartnerV1 PartnerAssetV2×6 PartnerStackV1 PartnerAssetExifV1×6";
    table.row_after("create", stacked, share, ["PartnerV1", "", library]).await;
    // Ben's app knows Ada's library: Cleo's is filled in, and is empty.
    let other = async |stage: &Stage| {
        stage.call_as(&stage.cleo, "POST", "/api/partners", json!({ "sharedWithId": stage.ben_id })).await;
    };
    table.row("create, another one", other, ["", "PartnerV1 SyncAckV1×2", "PartnerV1"]).await;
    let path = |id: &Value| format!("/api/partners/{}", id.as_str().unwrap());
    let show = async |stage: &Stage| {
        stage.call_as(&stage.ben, "PUT", &path(&stage.ada_id), json!({ "inTimeline": true })).await;
    };
    table.row("in the timeline", show, ["PartnerV1", "PartnerV1", ""]).await;
    let remove = async |stage: &Stage| drop(stage.call("DELETE", &path(&stage.ben_id), Value::Null).await);
    table.row("remove", remove, ["PartnerDeleteV1", "PartnerDeleteV1", ""]).await;
    table.end();
}

#[tokio::test]
async fn users_and_settings() {
    let mut table = Table::default();
    for (what, body) in [
        ("name", json!({ "name": "Ada L" })),
        ("colour", json!({ "avatarColor": "red" })),
        ("e-mail", json!({ "email": "ada@example.com" })),
    ] {
        let change = async |stage: &Stage| drop(stage.call("PUT", "/api/users/me", body).await);
        table.row(what, change, ["AuthUserV1 UserV1", "UserV1", "UserV1"]).await;
    }
    let create = async |stage: &Stage| {
        let dan = json!({ "email": "dan@example.org", "password": "Dan-Pass-1", "name": "Dan" });
        stage.call("POST", "/api/admin/users", dan).await;
    };
    table.row("another user", create, ["UserV1"; 3]).await;
    let album = async |stage: &Stage| {
        let members = json!([{ "userId": stage.ada_id, "role": "viewer" }]);
        stage.call_as(&stage.cleo, "POST", "/api/albums", json!({ "albumName": "Mine", "albumUsers": members })).await;
    };
    let trash = async |stage: &Stage, ()| {
        stage.call("DELETE", &format!("/api/admin/users/{}", stage.cleo_id.as_str().unwrap()), json!({})).await;
    };
    table.row_after("a user is deleted", album, trash, ["UserV1 AlbumV2", "UserV1", SIGNED_OUT]).await;
    let deleted = async |stage: &Stage| {
        album(stage).await;
        trash(stage, ()).await;
        assert_eq!(stage.call("GET", "/api/albums?shared=true", Value::Null).await.as_array().unwrap().len(), 1);
    };
    let restore = async |stage: &Stage, ()| {
        stage.call("POST", &format!("/api/admin/users/{}/restore", stage.cleo_id.as_str().unwrap()), json!({})).await;
        assert_eq!(stage.call("GET", "/api/albums?shared=true", Value::Null).await.as_array().unwrap().len(), 2);
    };
    table.row_after("a user is restored", deleted, restore, ["UserV1 AlbumV2", "UserV1", SIGNED_OUT]).await;
    let remove = async |stage: &Stage, ()| {
        let path = format!("/api/admin/users/{}", stage.cleo_id.as_str().unwrap());
        stage.call("DELETE", &path, json!({ "force": true })).await;
        stage.scene.library.remove_marked_users().unwrap();
    };
    // Her album is gone, and her part in Ada's goes with her.
    let gone = ["UserDeleteV1 AlbumDeleteV1", "UserDeleteV1", SIGNED_OUT];
    table.row_after("a user is gone for good", album, remove, gone).await;
    let preferences = async |stage: &Stage| {
        stage.call("PUT", "/api/users/me/preferences", json!({ "memories": { "enabled": false } })).await;
    };
    table.row("preferences", preferences, ["UserMetadataV1", "", ""]).await;
    let welcome = async |stage: &Stage| {
        stage.call("PUT", "/api/users/me/onboarding", json!({ "isOnboarded": true })).await;
    };
    table.row("onboarding", welcome, ["UserMetadataV1", "", ""]).await;
    let forget = async |stage: &Stage, ()| drop(stage.call("DELETE", "/api/users/me/onboarding", Value::Null).await);
    table.row_after("onboarding again", welcome, forget, ["UserMetadataDeleteV1", "", ""]).await;
    table.end();
}

#[tokio::test]
async fn what_nobody_is_told_of() {
    let mut table = Table::default();
    let session = async |stage: &Stage| drop(stage.scene.admin().await);
    table.row("a session", session, [""; 3]).await;
    let key = async |stage: &Stage| {
        stage.call("POST", "/api/api-keys", json!({ "name": "Key", "permissions": ["all"] })).await;
    };
    table.row("an API key", key, [""; 3]).await;
    let tag = async |stage: &Stage| drop(stage.call("POST", "/api/tags", json!({ "name": "Sea" })).await);
    table.row("a tag", tag, [""; 3]).await;
    let job = async |stage: &Stage| drop(stage.call("POST", "/api/jobs", json!({ "name": "user-cleanup" })).await);
    table.row("a job", job, [""; 3]).await;
    table.end();
}
