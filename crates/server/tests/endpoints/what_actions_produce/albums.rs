//! Albums and their members.

use serde_json::{Value, json};

use super::{Stage, Table};

/// What a member who has albums already is sent of a new one with one asset. The marks end the backfills, which are
/// empty: everything in the album is newer than what the app has.
const JOINED: &str = "SyncAckV1×2 AlbumAssetCreateV2 AlbumV2 SyncAckV1 AlbumUserV1×2 SyncAckV1 AlbumToAssetV1
    SyncAckV1×2 AlbumAssetExifCreateV1";
/// What somebody is sent of an asset that is new in an album.
const ADDED: &str = "SyncAckV1 AlbumAssetCreateV2 AlbumV2 AlbumToAssetV1 SyncAckV1 AlbumAssetExifCreateV1";

#[tokio::test]
async fn albums() {
    let mut table = Table::default();
    let create = async |stage: &Stage| {
        let wish = json!({ "albumName": "New", "assetIds": [stage.ids[2]],
            "albumUsers": [{ "userId": stage.cleo_id, "role": "viewer" }] });
        stage.call("POST", "/api/albums", wish).await;
    };
    let made = "SyncAckV1 AlbumAssetCreateV2 AlbumV2 AlbumUserV1×2 AlbumToAssetV1 SyncAckV1 AlbumAssetExifCreateV1";
    table.row("create", create, [made, "", JOINED]).await;
    for (what, body) in [
        ("rename", json!({ "albumName": "Journey" })),
        ("description", json!({ "description": "Far" })),
        ("order", json!({ "order": "asc" })),
        ("activity", json!({ "isActivityEnabled": false })),
    ] {
        let change = async |stage: &Stage| drop(stage.call("PATCH", &stage.album, body).await);
        table.row(what, change, ["AlbumV2", "", "AlbumV2"]).await;
    }
    let cover = async |stage: &Stage| {
        stage.call("PATCH", &stage.album, json!({ "albumThumbnailAssetId": stage.ids[1] })).await;
    };
    table.row("cover", cover, ["AlbumV2", "", "AlbumV2"]).await;
    let add = async |stage: &Stage| {
        stage.call("PUT", &format!("{}/assets", stage.album), json!({ "ids": [stage.ids[2]] })).await;
    };
    table.row("add an asset", add, [ADDED, "", ADDED]).await;
    let again = async |stage: &Stage| {
        stage.call("PUT", &format!("{}/assets", stage.album), json!({ "ids": [stage.ids[0]] })).await;
    };
    table.row("add what is there", again, ["", "", ""]).await;
    let remove = |number: usize| {
        async move |stage: &Stage| {
            let body = json!({ "ids": [stage.ids[number]] });
            drop(stage.call("DELETE", &format!("{}/assets", stage.album), body).await);
        }
    };
    let gone = "AlbumToAssetDeleteV1";
    table.row("remove an asset", remove(1), [gone, "", gone]).await;
    let gone = "AlbumV2 AlbumToAssetDeleteV1";
    table.row("remove the cover", remove(0), [gone, "", gone]).await;
    let delete = async |stage: &Stage| drop(stage.call("DELETE", &stage.album, Value::Null).await);
    table.row("delete", delete, ["AlbumDeleteV1", "", "AlbumDeleteV1"]).await;
    table.end();
}

#[tokio::test]
async fn members() {
    let mut table = Table::default();
    let user = |stage: &Stage, id: &Value| format!("{}/user/{}", stage.album, id.as_str().unwrap());
    let share = async |stage: &Stage| {
        let body = json!({ "albumUsers": [{ "userId": stage.ben_id, "role": "viewer" }] });
        stage.call("PUT", &format!("{}/users", stage.album), body).await;
    };
    // Ben's app never had an album: all comes as new. The owner's row moves with each new member.
    let first =
        "SyncAckV1 AlbumAssetCreateV2×2 AlbumV2 AlbumUserV1×3 AlbumToAssetV1×2 SyncAckV1 AlbumAssetExifCreateV1×2";
    table.row("share", share, ["AlbumV2 AlbumUserV1×2", first, "AlbumV2 AlbumUserV1×2"]).await;
    let role = async |stage: &Stage| {
        stage.call("PUT", &user(stage, &stage.cleo_id), json!({ "role": "viewer" })).await;
    };
    table.row("role", role, ["AlbumUserV1", "", "AlbumUserV1"]).await;
    let unshare = async |stage: &Stage| drop(stage.call("DELETE", &user(stage, &stage.cleo_id), Value::Null).await);
    table.row("unshare", unshare, ["AlbumUserDeleteV1", "", "AlbumDeleteV1"]).await;
    let leave = async |stage: &Stage| {
        stage.call_as(&stage.cleo, "DELETE", &format!("{}/user/me", stage.album), Value::Null).await;
    };
    table.row("leave", leave, ["AlbumUserDeleteV1", "", "AlbumDeleteV1"]).await;
    // All of it is older than what Cleo's app has seen, but for the album and its rows of users; that she left comes
    // before that she is back.
    let again = "AlbumAssetBackfillV2×2 SyncAckV1 AlbumV2 AlbumUserDeleteV1 SyncAckV1 AlbumUserV1×2 AlbumToAssetBackfillV1×2 SyncAckV1
        AlbumAssetExifBackfillV1×2 SyncAckV1";
    let back = async |stage: &Stage, ()| {
        let body = json!({ "albumUsers": [{ "userId": stage.cleo_id, "role": "viewer" }] });
        stage.call("PUT", &format!("{}/users", stage.album), body).await;
    };
    table.row_after("share again", leave, back, ["AlbumV2 AlbumUserV1×2", "", again]).await;
    table.end();
}
