//! What comes in.

use serde_json::json;
use tintype_testkit::{numbered, picture};

use super::{Stage, Table};

/// The beginning of any MP4 file.
const MOVIE: &[u8] = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x08free";

/// One more asset for the owner, one more row of use for everybody.
const ADDED: [&str; 3] =
    ["AuthUserV1 UserV1 AssetV2 AssetExifV1", "UserV1 PartnerAssetV2 PartnerAssetExifV1", "UserV1"];

/// As Ada, with more fields; answers the id.
async fn upload(stage: &Stage, name: &str, bytes: &[u8], more: &[(&str, &str)]) -> String {
    let answer = stage.scene.upload(&stage.ada, name, bytes, more).await;
    assert!(answer.status.is_success(), "{}", String::from_utf8_lossy(&answer.bytes));
    answer.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn uploads() {
    let photo = numbered(&picture(1, 8, 8).unwrap(), 1).unwrap();
    let mut table = Table::default();
    let add = async |stage: &Stage| upload(stage, "a.jpg", &photo, &[]).await;
    table.row("upload", async |stage| drop(add(stage).await), ADDED).await;
    table.row_after("the same again", add, async |stage, _| drop(add(stage).await), [""; 3]).await;
    let values = json!([{ "key": "mobile-app", "value": { "iCloudId": "x" } }]).to_string();
    let with_values = async |stage: &Stage| drop(upload(stage, "a.jpg", &photo, &[("metadata", &values)]).await);
    let expected = ["AuthUserV1 UserV1 AssetV2 AssetExifV1 AssetMetadataV1", ADDED[1], ADDED[2]];
    table.row("upload with a value", with_values, expected).await;
    let movie = async |stage: &Stage| upload(stage, "a.mp4", MOVIE, &[]).await;
    table.row("a video", async |stage| drop(movie(stage).await), ADDED).await;
    // The motion part is hidden when the still that shows it comes.
    let still = async |stage: &Stage, video: String| {
        upload(stage, "a.jpg", &photo, &[("livePhotoVideoId", &video)]).await;
    };
    let expected = ["AuthUserV1 UserV1 AssetV2×2 AssetExifV1", "UserV1 PartnerAssetV2×2 PartnerAssetExifV1", "UserV1"];
    table.row_after("the still of a live photo", movie, still, expected).await;
    let locked = [("visibility", "locked")];
    let lock = async |stage: &Stage| drop(upload(stage, "a.jpg", &photo, &locked).await);
    table.row("upload into the locked folder", lock, [ADDED[0], "UserV1", "UserV1"]).await;
    table.end();
}
