//! What users let each other see: albums, partners, and what of it the stream carries.

use serde_json::{Value, json};
use tintype_library::synthetic::{self, Amounts};
use tintype_testkit::Replica;

use crate::scene::{ADMIN, Scene};

/// Everything that an app of generation 3 asks for, as far as it is about sharing.
pub(crate) const TYPES: &[&str] = &[
    "AuthUsersV1",
    "UsersV1",
    "PartnersV1",
    "AssetsV2",
    "StacksV1",
    "PartnerAssetsV2",
    "PartnerStacksV1",
    "AlbumAssetsV2",
    "AlbumsV2",
    "AlbumUsersV1",
    "AlbumToAssetsV1",
    "AssetExifsV1",
    "AlbumAssetExifsV1",
    "AssetOcrV1",
    "PartnerAssetExifsV1",
    "MemoriesV1",
    "MemoryToAssetsV1",
    "PeopleV1",
    "AssetFacesV2",
    "UserMetadataV1",
    "AssetMetadataV1",
    "AssetEditsV1",
];

pub(crate) const BEN: (&str, &str) = ("ben@example.org", "Ben-Pass-1");

/// An app: its session, and what it has been sent.
pub(crate) struct Phone {
    token: String,
    pub(crate) replica: Replica,
}

impl Phone {
    pub(crate) async fn new(scene: &Scene, (email, password): (&str, &str)) -> Self {
        Self { token: scene.login(email, password).await, replica: Replica::new().unwrap() }
    }

    /// Whether its session is good for anything.
    pub(crate) async fn is_signed_in(&self, scene: &Scene) -> bool {
        scene.get("/api/users/me", &self.token).await.status.is_success()
    }

    /// Takes a stream, applies it, acks it, and gives the types of its lines with their numbers.
    pub(crate) async fn sync(&mut self, scene: &Scene) -> Vec<(String, usize)> {
        let lines =
            scene.call("POST", "/api/sync/stream", &self.token, json!({ "types": TYPES })).await.is(200).lines();
        let acks = self.replica.apply(&lines).unwrap();
        scene.call("POST", "/api/sync/ack", &self.token, json!({ "acks": acks })).await.is(204);
        let mut runs: Vec<(String, usize)> = Vec::new();
        for line in &lines {
            let entity = line["type"].as_str().unwrap();
            match runs.last_mut() {
                Some((last, count)) if last == entity => *count += 1,
                _ => runs.push((entity.to_owned(), 1)),
            }
        }
        runs
    }
}

/// Two users; the first has six assets.
pub(crate) async fn two() -> (Scene, Vec<Value>, Value) {
    let scene = Scene::new("3.2.2").await;
    let owner = scene.library.user_by_email(ADMIN.0).unwrap().unwrap();
    synthetic::fill(&scene.library, owner.id, Amounts { assets: 6, ..Amounts::default() }, 3).unwrap();
    let admin = scene.admin().await;
    let ben = json!({ "email": BEN.0, "password": BEN.1, "name": "Ben" });
    let ben = scene.call("POST", "/api/admin/users", &admin, ben).await.is(201).json()["id"].clone();
    let found = scene.call("POST", "/api/search/metadata", &admin, json!({})).await.is(200).json();
    let ids = found["assets"]["items"].as_array().unwrap().iter().map(|asset| asset["id"].clone()).collect();
    (scene, ids, ben)
}

pub(crate) fn runs(expected: &[(&str, usize)]) -> Vec<(String, usize)> {
    expected.iter().map(|(entity, count)| ((*entity).to_owned(), *count)).collect()
}

#[tokio::test]
async fn members_see_and_do_what_their_role_allows() {
    let (scene, ids, ben) = two().await;
    let (ada_token, ben_token) = (scene.admin().await, scene.login(BEN.0, BEN.1).await);
    let wish =
        json!({ "albumName": "Trip", "assetIds": &ids[..2], "albumUsers": [{ "userId": ben, "role": "viewer" }] });
    let album = scene.call("POST", "/api/albums", &ada_token, wish).await.is(201).json();
    let path = format!("/api/albums/{}", album["id"].as_str().unwrap());
    let asset = format!("/api/assets/{}", ids[0].as_str().unwrap());
    scene.get(&asset, &ben_token).await.is(200);
    scene.get(&format!("/api/assets/{}", ids[5].as_str().unwrap()), &ben_token).await.is(400);
    scene.call("PUT", &asset, &ben_token, json!({ "isFavorite": true })).await.is(400);
    scene.call("PATCH", &path, &ben_token, json!({ "albumName": "Mine" })).await.is(400);
    let member = format!("{path}/user/{}", ben.as_str().unwrap());
    scene.call("PUT", &member, &ada_token, json!({ "role": "editor" })).await.is(204);
    scene.call("PATCH", &path, &ben_token, json!({ "albumName": "Ours" })).await.is(200);
    let taken = scene.call("DELETE", &format!("{path}/assets"), &ben_token, json!({ "ids": [ids[0]] })).await.is(200);
    assert_eq!(taken.json()[0]["error"], "no_permission", "members take out what they put in");
    scene.call("DELETE", &path, &ben_token, Value::Null).await.is(400);
    scene.call("PUT", &format!("{path}/users"), &ada_token, json!({ "albumUsers": [{ "userId": ben }] })).await.is(400);
    scene.call("PUT", &format!("{path}/users"), &ada_token, json!({ "albumUsers": [] })).await.is(400);
    scene.call("PUT", &member, &ada_token, json!({ "role": "owner" })).await.is(400);
    scene.call("DELETE", &format!("{path}/user/me"), &ada_token, Value::Null).await.is(400);
    scene.call("DELETE", &format!("{path}/user/me"), &ben_token, Value::Null).await.is(204);
    scene.get(&asset, &ben_token).await.is(400);
    scene.get(&path, &ben_token).await.is(400);
}

#[tokio::test]
async fn who_joins_late_is_sent_what_was_there_before() {
    let (scene, ids, ben) = two().await;
    let (admin, mut phone) = (scene.admin().await, Phone::new(&scene, BEN).await);
    // A first album gives the phone positions; the second one is older than they are.
    let album = |name: &str, ids: &[Value]| json!({ "albumName": name, "assetIds": ids });
    let old = scene.call("POST", "/api/albums", &admin, album("Old", &ids[..2])).await.is(201).json();
    let new = scene.call("POST", "/api/albums", &admin, album("New", &ids[2..4])).await.is(201).json();
    let users = |album: &Value| format!("/api/albums/{}/users", album["id"].as_str().unwrap());
    let members = json!({ "albumUsers": [{ "userId": ben, "role": "editor" }] });
    scene.call("PUT", &users(&new), &admin, members.clone()).await.is(200);
    phone.sync(&scene).await;
    assert_eq!(phone.replica.count("asset").unwrap(), 2);
    scene.call("PUT", &users(&old), &admin, members).await.is(200);
    let got = phone.sync(&scene).await;
    assert_eq!(
        got,
        runs(&[
            ("AlbumAssetBackfillV2", 2),
            ("SyncAckV1", 1),
            ("AlbumV2", 1),
            ("SyncAckV1", 1),
            ("AlbumUserV1", 2),
            ("AlbumToAssetBackfillV1", 2),
            ("SyncAckV1", 1),
            ("AlbumAssetExifBackfillV1", 2),
            ("SyncAckV1", 1),
            ("SyncCompleteV1", 1),
        ])
    );
    assert_eq!(phone.replica.count("album_asset").unwrap(), 4);
    assert_eq!(phone.sync(&scene).await, runs(&[("SyncCompleteV1", 1)]), "and nothing twice");
    // A change of an asset that is known by its link is an update.
    let asset = format!("/api/assets/{}", ids[0].as_str().unwrap());
    scene.call("PUT", &asset, &admin, json!({ "isFavorite": true })).await.is(200);
    assert_eq!(phone.sync(&scene).await, runs(&[("AlbumAssetUpdateV2", 1), ("SyncCompleteV1", 1)]));
    assert_eq!(phone.replica.column("asset", "isFavorite").unwrap(), ["0"; 4], "what Ada likes is hers to know");
}

#[tokio::test]
async fn partners_get_everything_but_what_is_locked_away() {
    let (scene, ids, ben) = two().await;
    let (admin, ben_token) = (scene.admin().await, scene.login(BEN.0, BEN.1).await);
    let mut phone = Phone::new(&scene, BEN).await;
    scene.call("POST", "/api/partners", &admin, json!({ "sharedWithId": ben })).await.is(201);
    scene.call("POST", "/api/partners", &admin, json!({ "sharedWithId": ben })).await.is(400);
    phone.sync(&scene).await;
    assert_eq!((phone.replica.count("asset").unwrap(), phone.replica.count("exif").unwrap()), (6, 6));
    let asset = format!("/api/assets/{}", ids[0].as_str().unwrap());
    scene.get(&asset, &ben_token).await.is(200);
    scene.call("PUT", &asset, &admin, json!({ "visibility": "locked" })).await.is(200);
    scene.get(&asset, &ben_token).await.is(400);
    assert_eq!(phone.sync(&scene).await, runs(&[("PartnerAssetDeleteV1", 1), ("SyncCompleteV1", 1)]));
    assert_eq!(phone.replica.count("asset").unwrap(), 5);
    // Only its owner, with the PIN, gets it out again; it comes back whole.
    scene.call("POST", "/api/auth/pin-code", &admin, json!({ "pinCode": "123456" })).await.is(204);
    scene.call("POST", "/api/auth/session/unlock", &admin, json!({ "pinCode": "123456" })).await.is(204);
    scene.call("PUT", &asset, &admin, json!({ "visibility": "timeline" })).await.is(200);
    phone.sync(&scene).await;
    assert_eq!((phone.replica.count("asset").unwrap(), phone.replica.count("exif").unwrap()), (6, 6));
    let ada = scene.library.user_by_email(ADMIN.0).unwrap().unwrap().id;
    let shown = scene.call("PUT", &format!("/api/partners/{ada}"), &ben_token, json!({ "inTimeline": true })).await;
    assert_eq!(shown.is(200).json()["inTimeline"], true);
    let buckets = scene.get("/api/timeline/buckets?visibility=timeline&withPartners=true", &ben_token).await.is(200);
    let count: u64 = buckets.json().as_array().unwrap().iter().map(|bucket| bucket["count"].as_u64().unwrap()).sum();
    let own = scene.get("/api/timeline/buckets?visibility=timeline", &admin).await.is(200).json();
    let expected: u64 = own.as_array().unwrap().iter().map(|bucket| bucket["count"].as_u64().unwrap()).sum();
    assert!(count == expected && count > 0, "{count} of {expected}");
    scene.call("DELETE", &format!("/api/partners/{}", ben.as_str().unwrap()), &admin, Value::Null).await.is(204);
    assert_eq!(phone.sync(&scene).await, runs(&[("PartnerDeleteV1", 1), ("SyncCompleteV1", 1)]));
    scene.get(&asset, &ben_token).await.is(400);
    // The older form of the request begins it again.
    scene.call("POST", &format!("/api/partners/{}", ben.as_str().unwrap()), &admin, Value::Null).await.is(201);
    scene.get(&asset, &ben_token).await.is(200);
}

#[tokio::test]
async fn who_is_removed_loses_the_album_and_the_others_a_member() {
    let (scene, ids, ben) = two().await;
    let admin = scene.admin().await;
    let (mut owner, mut member) = (Phone::new(&scene, ADMIN).await, Phone::new(&scene, BEN).await);
    let wish =
        json!({ "albumName": "Trip", "assetIds": &ids[..1], "albumUsers": [{ "userId": ben, "role": "editor" }] });
    let album = scene.call("POST", "/api/albums", &admin, wish).await.is(201).json();
    owner.sync(&scene).await;
    member.sync(&scene).await;
    let path = format!("/api/albums/{}/user/{}", album["id"].as_str().unwrap(), ben.as_str().unwrap());
    scene.call("DELETE", &path, &admin, Value::Null).await.is(204);
    assert_eq!(owner.sync(&scene).await, runs(&[("AlbumUserDeleteV1", 1), ("SyncCompleteV1", 1)]));
    assert_eq!(member.sync(&scene).await, runs(&[("AlbumDeleteV1", 1), ("SyncCompleteV1", 1)]));
    assert_eq!((owner.replica.count("album_user").unwrap(), member.replica.count("album").unwrap()), (1, 0));
}

#[tokio::test]
async fn a_partner_who_comes_later_is_filled_in() {
    let (scene, ids, ben) = two().await;
    let admin = scene.admin().await;
    let cy = serde_json::json!({ "email": "cy@example.org", "password": "Cy-Pass-12", "name": "Cy" });
    scene.call("POST", "/api/admin/users", &admin, cy).await.is(201);
    let owner = scene.library.user_by_email("cy@example.org").unwrap().unwrap();
    synthetic::fill_more(&scene.library, owner.id, Amounts { assets: 3, ..Amounts::default() }, 9).unwrap();
    // What Ben knows of Ada lies behind everything of Cy's.
    scene.call("PUT", "/api/assets", &admin, json!({ "ids": ids, "description": "later" })).await.is(204);
    scene.call("POST", "/api/partners", &admin, json!({ "sharedWithId": ben })).await.is(201);
    let mut phone = Phone::new(&scene, BEN).await;
    phone.sync(&scene).await;
    let cy = scene.login("cy@example.org", "Cy-Pass-12").await;
    scene.call("POST", "/api/partners", &cy, json!({ "sharedWithId": ben })).await.is(201);
    let expected = [
        ("PartnerV1", 1),
        ("PartnerAssetBackfillV2", 3),
        ("SyncAckV1", 1),
        ("PartnerAssetExifBackfillV1", 3),
        ("SyncAckV1", 1),
        ("SyncCompleteV1", 1),
    ];
    assert_eq!(phone.sync(&scene).await, runs(&expected));
    assert_eq!(phone.replica.count("asset").unwrap(), 9);
    assert_eq!(phone.sync(&scene).await, runs(&[("SyncCompleteV1", 1)]));
}
