//! Shared links: what guests see, what they may do, and when a link opens nothing any more.

use serde_json::{Value, json};
use tintype_library::renditions::Rendition;
use tintype_library::synthetic::{self, Amounts};
use tintype_testkit::picture;

use crate::scene::{ADMIN, Answer, Scene};
use crate::sharing::BEN;

struct Home {
    scene: Scene,
    ada: String,
    ben: String,
    ben_id: Value,
    /// Ada's, newest first.
    assets: Vec<String>,
    album: String,
}

/// An album of Ada's with two of her four assets, on which Ben may work.
async fn home(version: &str) -> Home {
    let scene = Scene::new(version).await;
    let owner = scene.library.user_by_email(ADMIN.0).unwrap().unwrap();
    synthetic::fill(&scene.library, owner.id, Amounts { assets: 4, ..Amounts::default() }, 3).unwrap();
    let ada = scene.admin().await;
    let found = scene.call("POST", "/api/search/metadata", &ada, json!({})).await.is(200).json();
    let items = found["assets"]["items"].as_array().unwrap();
    let assets: Vec<String> = items.iter().map(|asset| asset["id"].as_str().unwrap().to_owned()).collect();
    let user = json!({ "email": BEN.0, "password": BEN.1, "name": "Ben" });
    let ben_id = scene.call("POST", "/api/admin/users", &ada, user).await.is(201).json()["id"].clone();
    let ben = scene.login(BEN.0, BEN.1).await;
    let new = json!({
        "albumName": "Trip", "assetIds": &assets[..2], "albumUsers": [{ "userId": ben_id, "role": "editor" }],
    });
    let album = scene.call("POST", "/api/albums", &ada, new).await.is(201).json()["id"].as_str().unwrap().to_owned();
    Home { scene, ada, ben, ben_id, assets, album }
}

struct Link {
    id: String,
    key: String,
}

impl Home {
    async fn make(&self, token: &str, wish: Value) -> Answer {
        self.scene.call("POST", "/api/shared-links", token, wish).await
    }

    async fn link(&self, token: &str, wish: Value) -> Link {
        let made = self.make(token, wish).await.is(201).json();
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        Link { id: text("id"), key: text("key") }
    }

    /// A link to the first asset, with more said.
    async fn individual(&self, more: Value) -> Link {
        let mut wish = json!({ "type": "INDIVIDUAL", "assetIds": [self.assets[0]] });
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.link(&self.ada, wish).await
    }

    async fn to_album(&self, more: Value) -> Link {
        let mut wish = json!({ "type": "ALBUM", "albumId": self.album });
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.link(&self.ada, wish).await
    }

    async fn patch(&self, link: &Link, change: Value) -> Value {
        let path = format!("/api/shared-links/{}", link.id);
        self.scene.call("PATCH", &path, &self.ada, change).await.is(200).json()
    }

    async fn guest(&self, link: &Link, method: &str, path: &str, body: Value) -> Answer {
        self.scene.send(method, path, &[("x-immich-share-key", &link.key)], body).await
    }

    async fn look(&self, link: &Link, path: &str) -> Answer {
        self.guest(link, "GET", path, Value::Null).await
    }

    /// What a guest is shown.
    async fn me(&self, link: &Link) -> Value {
        self.look(link, "/api/shared-links/me").await.is(200).json()
    }

    /// Ids that a guest is shown.
    async fn shown(&self, link: &Link) -> Vec<String> {
        let me = self.me(link).await;
        me["assets"].as_array().unwrap().iter().map(|asset| asset["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Sends a picture as a guest.
    async fn bring(&self, link: &Link, number: u64, more: &[(&str, &str)]) -> Answer {
        let at = "2025-08-01T10:00:00.000Z";
        let mut fields =
            vec![("deviceAssetId", "x"), ("deviceId", "web"), ("fileCreatedAt", at), ("fileModifiedAt", at)];
        fields.extend(more);
        let picture = picture(number, 64, 48).unwrap();
        let path = format!("/api/assets?key={}", link.key);
        self.scene.send_form(&path, "", &fields, ("assetData", "guest.jpg", &picture)).await
    }
}

#[tokio::test]
async fn guests_see_what_the_link_shows_and_nothing_else() {
    let home = home("2.7.5").await;
    let link = home.individual(json!({})).await;
    let (inside, outside) = (&home.assets[0], &home.assets[3]);
    home.scene.call("PUT", &format!("/api/assets/{inside}"), &home.ada, json!({ "isFavorite": true })).await.is(200);
    let shown = home.look(&link, &format!("/api/assets/{inside}")).await.is(200).json();
    assert_eq!(shown["isFavorite"], false, "the owner's mark is not the guest's business");
    assert_eq!((&shown["people"], &shown["stack"], &shown["owner"]), (&json!([]), &Value::Null, &Value::Null));
    for path in ["", "/thumbnail", "/original", "/video/playback"] {
        let refused = home.look(&link, &format!("/api/assets/{outside}{path}")).await.is(400).json();
        assert!(refused["message"].as_str().unwrap().starts_with("Not found or no asset."), "{refused}");
    }
    // It is no key to albums, timelines, archives of others, or to changes.
    home.look(&link, &format!("/api/albums/{}", home.album)).await.is(400);
    home.look(&link, "/api/timeline/buckets").await.is(400);
    home.look(&link, &format!("/api/timeline/buckets?albumId={}", home.album)).await.is(400);
    let owner = home.scene.library.user_by_email(ADMIN.0).unwrap().unwrap().id.to_string();
    for wish in [json!({ "userId": owner }), json!({ "albumId": home.album }), json!({ "assetIds": [outside] })] {
        home.guest(&link, "POST", "/api/download/info", wish).await.is(400);
    }
    home.guest(&link, "POST", "/api/download/archive", json!({ "assetIds": [inside, outside] })).await.is(400);
    let plan = home.guest(&link, "POST", "/api/download/info", json!({ "assetIds": [inside] })).await.is(201).json();
    assert_eq!(plan["archives"][0]["assetIds"], json!([inside]));
    home.guest(&link, "PUT", &format!("/api/assets/{inside}"), json!({ "isFavorite": false })).await.is(403);
    home.guest(&link, "DELETE", "/api/assets", json!({ "ids": [inside] })).await.is(403);
    let path = format!("/api/shared-links/{}/assets", link.id);
    let add = home.guest(&link, "PUT", &path, json!({ "assetIds": [outside] })).await;
    assert_eq!(add.is(200).json(), json!([{ "assetId": outside, "success": false, "error": "no_permission" }]));
    // A page that is open in the owner's browser knows the owner, not the guest.
    home.scene.send("GET", "/photos", &[("x-immich-share-key", &link.key)], Value::Null).await.is(303);
}

#[tokio::test]
async fn an_album_is_shown_as_it_is_at_any_time() {
    let home = home("3.2.2").await;
    let link = home.to_album(json!({ "allowUpload": false })).await;
    let path = format!("/api/albums/{}", home.album);
    let album = home.look(&link, &path).await.is(200).json();
    assert_eq!(
        (&album["assetCount"], &album["hasSharedLink"], &album["shared"]),
        (&json!(2), &json!(true), &json!(true))
    );
    assert_eq!(album["albumUsers"].as_array().unwrap().len(), 1, "members are not told: {album}");
    assert_eq!(album.get("contributorCounts"), None);
    let buckets = format!("/api/timeline/buckets?albumId={}", home.album);
    let count = async || {
        let months = home.look(&link, &buckets).await.is(200).json();
        months.as_array().unwrap().iter().map(|month| month["count"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(count().await, 2);
    home.scene.call("PUT", &format!("{path}/assets"), &home.ben, json!({ "ids": [home.assets[2]] })).await.is(200);
    home.scene.call("PUT", &format!("{path}/assets"), &home.ada, json!({ "ids": [home.assets[2]] })).await.is(200);
    assert_eq!(count().await, 3);
    for more in ["&isFavorite=true", "&isTrashed=true", "&userId=0f9d3c1e-7a4b-4c2d-9e8f-112233445566"] {
        home.look(&link, &format!("{buckets}{more}")).await.is(400);
    }
    // Without the right to upload nothing comes in, whatever way.
    home.bring(&link, 1, &[]).await.is(401);
    home.guest(&link, "PUT", &format!("{path}/assets"), json!({ "ids": [home.assets[3]] })).await.is(400);
    let several = json!({ "albumIds": [home.album], "assetIds": [home.assets[3]] });
    let told = home.guest(&link, "PUT", "/api/albums/assets", several).await.is(200).json();
    assert_eq!(told, json!({ "success": false, "error": "no_permission" }));
    assert_eq!(count().await, 3);
    let lists = |query: &'static str| home.scene.get(query, &home.ada);
    assert_eq!(lists("/api/albums?isShared=true").await.is(200).json()[0]["id"], json!(home.album));
    assert_eq!(lists("/api/albums?isShared=false").await.is(200).json(), json!([]));
}

#[tokio::test]
async fn an_album_that_only_a_link_shows_counts_as_shared() {
    let home = home("3.2.2").await;
    let alone = home.scene.call("POST", "/api/albums", &home.ada, json!({ "albumName": "Alone" })).await.is(201).json();
    let wish = json!({ "type": "ALBUM", "albumId": alone["id"] });
    home.link(&home.ada, wish).await;
    let numbers = home.scene.get("/api/albums/statistics", &home.ada).await.is(200).json();
    assert_eq!(numbers, json!({ "owned": 2, "shared": 2, "notShared": 0 }));
}

#[tokio::test]
async fn what_guests_bring_is_the_owners_and_is_shown() {
    for version in ["2.7.5", "3.2.2"] {
        let home = home(version).await;
        let link = home.individual(json!({ "allowUpload": true })).await;
        let fields = [("isFavorite", "true"), ("visibility", "locked")];
        let brought = home.bring(&link, 1, &fields).await.is(201).json()["id"].clone();
        let row = home.scene.get(&format!("/api/assets/{}", brought.as_str().unwrap()), &home.ada).await.is(200).json();
        assert_eq!((&row["isFavorite"], &row["visibility"]), (&json!(false), &json!("timeline")));
        assert_eq!(home.shown(&link).await.len(), 2);
        // Again: it is there, and stays there.
        let again = home.bring(&link, 1, &[]).await.is(200).json();
        assert_eq!((&again["id"], &again["status"]), (&brought, &json!("duplicate")));
        assert_eq!(home.shown(&link).await.len(), 2);
        // Apps put it in once more themselves.
        let path = format!("/api/shared-links/{}/assets", link.id);
        let added = home.guest(&link, "PUT", &path, json!({ "assetIds": [brought] })).await.is(200).json();
        assert_eq!(added[0]["error"], "duplicate");
        // The owner has the content, so another link shows it, too; unless it is in the trash.
        let album = home.to_album(json!({})).await;
        home.bring(&album, 1, &[]).await.is(200);
        let album_path = format!("/api/albums/{}", home.album);
        assert_eq!(home.look(&album, &album_path).await.is(200).json()["assetCount"], 3);
        let put = home.guest(&album, "PUT", &format!("{album_path}/assets"), json!({ "ids": [brought] })).await;
        assert_eq!(put.is(200).json()[0]["error"], "duplicate");
        home.scene.call("DELETE", "/api/assets", &home.ada, json!({ "ids": [brought] })).await.is(204);
        assert_eq!(home.shown(&link).await.len(), 1);
        let other = home.individual(json!({})).await;
        home.bring(&other, 1, &[]).await.is(200);
        assert_eq!(home.shown(&other).await.len(), 1);
    }
}

#[tokio::test]
async fn a_guest_shows_a_content_by_sending_it() {
    let home = home("3.2.2").await;
    let link = home.individual(json!({})).await;
    let secret =
        home.scene.upload(&home.ada, "a.jpg", &picture(7, 64, 48).unwrap(), &[]).await.is(201).json()["id"].clone();
    let row = home.scene.get(&format!("/api/assets/{}", secret.as_str().unwrap()), &home.ada).await.is(200).json();
    // Who only knows a digest gets nothing by it.
    let headers = [("x-immich-share-key", link.key.as_str()), ("x-immich-checksum", row["checksum"].as_str().unwrap())];
    home.scene.send("POST", "/api/assets", &headers, json!({})).await.is(400);
    assert_eq!(home.shown(&link).await.len(), 1);
}

#[tokio::test]
async fn without_metadata_there_are_no_files_no_places_and_no_names() {
    for version in ["2.7.5", "3.2.2"] {
        let home = home(version).await;
        let said = json!({ "latitude": 48.85, "longitude": 2.35, "description": "at home" });
        home.scene.call("PUT", &format!("/api/assets/{}", home.assets[0]), &home.ada, said).await.is(200);
        let link = home.to_album(json!({ "showMetadata": false, "allowDownload": true })).await;
        assert_eq!(home.me(&link).await["allowDownload"], false);
        assert_eq!(home.patch(&link, json!({ "allowDownload": true })).await["allowDownload"], false);
        let asset = home.look(&link, &format!("/api/assets/{}", home.assets[0])).await.is(200).json();
        assert_eq!(asset["hasMetadata"], false);
        for name in ["originalFileName", "exifInfo", "checksum", "originalPath", "ownerId", "fileCreatedAt"] {
            assert_eq!(asset.get(name), None, "{name} is told");
        }
        home.look(&link, &format!("/api/assets/{}/original", home.assets[0])).await.is(400);
        home.guest(&link, "POST", "/api/download/info", json!({ "albumId": home.album })).await.is(400);
        home.guest(&link, "POST", "/api/download/archive", json!({ "assetIds": [home.assets[0]] })).await.is(400);
        let query = format!("albumId={}&withCoordinates=true", home.album);
        let months = home.look(&link, &format!("/api/timeline/buckets?{query}")).await.is(200).json();
        for month in months.as_array().unwrap() {
            let path = format!("/api/timeline/bucket?{query}&timeBucket={}", month["timeBucket"].as_str().unwrap());
            let bucket = home.look(&link, &path).await.is(200).json();
            for name in ["city", "country", "latitude", "longitude"] {
                assert!(bucket[name].as_array().unwrap().iter().all(Value::is_null), "{name}: {bucket}");
            }
        }
        home.look(&link, &format!("/api/timeline/buckets?{query}&bbox=2,48,3,49")).await.is(400);
        let album = home.look(&link, &format!("/api/albums/{}", home.album)).await.is(200).json();
        let told = album["assets"].as_array().into_iter().flatten().all(|asset| asset.get("exifInfo").is_none());
        assert!(told, "{album}");
    }
}

#[tokio::test]
async fn a_password_opens_the_link_and_is_kept_nowhere() {
    const SECRET: &str = "open-sesame-9f3k";
    let home = home("3.2.2").await;
    let link = home.to_album(json!({ "password": SECRET, "slug": "our-trip" })).await;
    let album = format!("/api/albums/{}", home.album);
    let thumbnail = format!("/api/assets/{}/thumbnail", home.assets[0]);
    for path in ["/api/shared-links/me", &album, &thumbnail] {
        assert_eq!(home.look(&link, path).await.is(401).json()["message"], "Password required");
    }
    home.look(&link, "/api/shared-links/me?password=wrong").await.is(401);
    home.look(&link, &format!("/api/shared-links/me?password={SECRET}")).await.is(200);
    home.scene.send("GET", &format!("{album}?slug=our-trip&password={SECRET}"), &[], Value::Null).await.is(200);
    home.guest(&link, "POST", "/api/shared-links/login", json!({ "password": "wrong" })).await.is(401);
    home.guest(&link, "POST", "/api/shared-links/login", json!({})).await.is(400);
    let answer = home.guest(&link, "POST", "/api/shared-links/login", json!({ "password": SECRET })).await.is(201);
    let cookie = answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let with = async |path: &str| {
        let headers = [("x-immich-share-key", link.key.as_str()), ("cookie", cookie.as_str())];
        home.scene.send("GET", path, &headers, Value::Null).await.status.as_u16()
    };
    assert_eq!(with(&album).await, 200);
    // One cookie serves several links.
    let second = home.individual(json!({ "password": "other" })).await;
    let headers = [("x-immich-share-key", second.key.as_str()), ("cookie", cookie.as_str())];
    let answer =
        home.scene.send("POST", "/api/shared-links/login", &headers, json!({ "password": "other" })).await.is(201);
    let both = answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    for key in [&link.key, &second.key] {
        let headers = [("x-immich-share-key", key.as_str()), ("cookie", both.as_str())];
        home.scene.send("GET", "/api/shared-links/me", &headers, Value::Null).await.is(200);
    }
    // The owner is told that there is one. Sent back with other changes, it stays; another one makes cookies worthless.
    let told = home.scene.get(&format!("/api/shared-links/{}", link.id), &home.ada).await.is(200).json();
    let mark = told["password"].as_str().unwrap().to_owned();
    home.patch(&link, json!({ "description": "New", "password": mark })).await;
    assert_eq!(with(&album).await, 200);
    home.patch(&link, json!({ "password": "another" })).await;
    assert_eq!(with(&album).await, 401);
    let listed = home.scene.get("/api/shared-links", &home.ada).await.is(200);
    assert!(!String::from_utf8_lossy(&listed.bytes).contains(SECRET));
    for file in std::fs::read_dir(home.scene.folder()).unwrap().map(|file| file.unwrap().path()) {
        if let Ok(bytes) = std::fs::read(&file) {
            let is_there = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
            assert!(!is_there, "{} holds the password", file.display());
        }
    }
    home.patch(&link, json!({ "password": null })).await;
    home.look(&link, "/api/shared-links/me").await.is(200);
}

#[tokio::test]
async fn a_link_ends_with_its_time_its_user_and_their_rights() {
    let home = home("3.2.2").await;
    let soon = "2026-11-01T01:00:00.000Z";
    let link = home.individual(json!({ "expiresAt": soon })).await;
    assert_eq!(home.me(&link).await["expiresAt"], soon);
    home.scene.clock.advance(3_600_000);
    assert_eq!(home.look(&link, "/api/shared-links/me").await.is(401).json()["message"], "Invalid share key");
    home.patch(&link, json!({ "expiresAt": null })).await;
    home.me(&link).await;
    home.patch(&link, json!({ "expiresAt": soon })).await;
    home.look(&link, "/api/shared-links/me").await.is(401);
    home.patch(&link, json!({ "changeExpiryTime": true })).await;
    home.me(&link).await;

    // Ben may share the album while he works on it.
    let of_ben = home.link(&home.ben, json!({ "type": "ALBUM", "albumId": home.album })).await;
    home.me(&of_ben).await;
    let path = format!("/api/albums/{}/user/{}", home.album, home.ben_id.as_str().unwrap());
    home.scene.call("PUT", &path, &home.ada, json!({ "role": "viewer" })).await.is(204);
    home.look(&of_ben, "/api/shared-links/me").await.is(401);
    home.make(&home.ben, json!({ "type": "ALBUM", "albumId": home.album })).await.is(400);
    home.scene.call("PUT", &path, &home.ada, json!({ "role": "editor" })).await.is(204);
    home.me(&of_ben).await;
    home.scene.call("DELETE", &path, &home.ada, Value::Null).await.is(204);
    home.look(&of_ben, "/api/shared-links/me").await.is(401);
    assert_eq!(home.scene.get("/api/shared-links", &home.ben).await.is(200).json(), json!([]));

    home.scene.call("DELETE", &format!("/api/shared-links/{}", link.id), &home.ada, Value::Null).await.is(204);
    home.look(&link, "/api/shared-links/me").await.is(401);
}

#[tokio::test]
async fn what_is_locked_away_or_trashed_leaves_links() {
    let home = home("3.2.2").await;
    let both = json!({ "type": "INDIVIDUAL", "assetIds": &home.assets[..2] });
    let link = home.link(&home.ada, both).await;
    assert_eq!(home.shown(&link).await.len(), 2);
    let path = format!("/api/assets/{}", home.assets[0]);
    home.scene.call("PUT", &path, &home.ada, json!({ "visibility": "locked" })).await.is(200);
    assert_eq!(home.shown(&link).await, &home.assets[1..2]);
    home.look(&link, &path).await.is(400);
    // It can't be shared either, also while the folder is open.
    let (token, pin) = (home.scene.admin().await, json!({ "pinCode": "123456" }));
    home.scene.call("POST", "/api/auth/pin-code", &token, pin.clone()).await.is(204);
    home.scene.call("POST", "/api/auth/session/unlock", &token, pin).await.is(204);
    let locked = [home.assets[0].as_str()];
    home.make(&token, json!({ "type": "INDIVIDUAL", "assetIds": locked })).await.is(400);
    let add = async |path: String, ids: Value| home.scene.call("PUT", &path, &token, ids).await;
    let told = add(format!("/api/shared-links/{}/assets", link.id), json!({ "assetIds": locked })).await.is(200).json();
    assert_eq!(told[0]["error"], "no_permission");
    let told = add(format!("/api/albums/{}/assets", home.album), json!({ "ids": locked })).await.is(200).json();
    assert_eq!(told[0]["error"], "no_permission");
    home.scene.call("PUT", &path, &token, json!({ "visibility": "timeline" })).await.is(200);
    assert_eq!(home.shown(&link).await, &home.assets[1..2], "what came out is not shared again by itself");
    home.scene.call("DELETE", "/api/assets", &home.ada, json!({ "ids": [home.assets[1]] })).await.is(204);
    assert_eq!(home.shown(&link).await.len(), 0);
    home.look(&link, &format!("/api/assets/{}", home.assets[1])).await.is(400);
}

#[tokio::test]
async fn links_are_their_makers_business() {
    let home = home("3.2.2").await;
    let link = home.individual(json!({ "slug": "mine" })).await;
    let path = format!("/api/shared-links/{}", link.id);
    home.scene.get(&path, &home.ben).await.is(400);
    home.scene.call("PATCH", &path, &home.ben, json!({ "allowUpload": true })).await.is(400);
    home.scene.call("DELETE", &path, &home.ben, Value::Null).await.is(400);
    home.scene.call("PUT", &format!("{path}/assets"), &home.ben, json!({ "assetIds": [] })).await.is(400);
    assert_eq!(home.scene.get("/api/shared-links", &home.ben).await.is(200).json(), json!([]));
    home.make(&home.ben, json!({ "type": "INDIVIDUAL", "assetIds": [home.assets[3]] })).await.is(400);
    for wish in [
        json!({ "type": "INDIVIDUAL" }),
        json!({ "type": "ALBUM" }),
        json!({ "type": "X" }),
        json!({ "type": "ALBUM", "albumId": home.album, "expiresAt": "tomorrow" }),
        json!({ "type": "ALBUM", "albumId": home.album, "slug": "mine" }),
        json!({ "type": "ALBUM", "albumId": home.album, "slug": "a/b" }),
        json!({ "type": "ALBUM", "albumId": home.album, "slug": ".." }),
        json!({ "type": "ALBUM", "albumId": home.album, "slug": "a".repeat(101) }),
        json!({ "type": "ALBUM", "albumId": home.album, "description": "a".repeat(2_001) }),
    ] {
        home.make(&home.ada, wish).await.is(400);
    }
    let to_album = home.to_album(json!({})).await;
    let album_path = format!("/api/shared-links/{}/assets", to_album.id);
    home.scene.call("PUT", &album_path, &home.ada, json!({ "assetIds": [home.assets[0]] })).await.is(400);
    let of_album = home.scene.get(&format!("/api/shared-links?albumId={}", home.album), &home.ada).await.is(200).json();
    assert_eq!(of_album.as_array().unwrap().len(), 1);
    assert_eq!(of_album[0]["id"], json!(to_album.id));
    // Sessions have no link of their own, and links are no sessions.
    home.scene.get("/api/shared-links/me", &home.ada).await.is(403);
    home.scene.call("POST", "/api/shared-links/login", &home.ada, json!({ "password": "x" })).await.is(403);
    home.guest(&link, "POST", "/api/sync/stream", json!({ "types": ["UsersV1"] })).await.is(403);
    home.guest(&link, "POST", "/api/auth/validateToken", Value::Null).await.is(403);
}

#[tokio::test]
async fn a_copy_is_in_the_links_of_its_source() {
    let home = home("3.2.2").await;
    let link = home.individual(json!({})).await;
    let copy = async |more: Value| {
        let mut wish = json!({ "sourceId": home.assets[0], "targetId": home.assets[3] });
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        home.scene.call("PUT", "/api/assets/copy", &home.ada, wish).await.is(204);
        home.shown(&link).await.len()
    };
    assert_eq!(copy(json!({ "sharedLinks": false })).await, 1);
    assert_eq!(copy(json!({})).await, 2);
}

#[tokio::test]
async fn what_is_told_beside_the_picture_is_as_little_as_the_link_allows() {
    let home = home("2.7.5").await;
    let link = home.individual(json!({ "allowUpload": true })).await;
    let brought = home.bring(&link, 1, &[]).await.is(201).json()["id"].as_str().unwrap().to_owned();
    let owner = home.scene.library.user_by_email(ADMIN.0).unwrap().unwrap().id;
    let preview = home.scene.folder().join(Rendition::Preview.key(owner, brought.parse().unwrap()));
    std::fs::create_dir_all(preview.parent().unwrap()).unwrap();
    std::fs::write(&preview, picture(1, 64, 48).unwrap()).unwrap();
    let tag = json!({ "tags": ["secret/plans"] });
    let tags = home.scene.call("PUT", "/api/tags", &home.ada, tag).await.is(200).json();
    let tagged = json!({ "assetIds": [brought], "tagIds": [tags[0]["id"]] });
    home.scene.call("PUT", "/api/tags/assets", &home.ada, tagged).await.is(200);
    let asset = home.look(&link, &format!("/api/assets/{brought}")).await.is(200).json();
    assert_eq!((&asset["tags"], &asset["originalPath"]), (&json!([]), &json!("guest.jpg")));
    let album = home.to_album(json!({})).await;
    let shown = home.look(&album, &format!("/api/albums/{}", home.album)).await.is(200).json();
    assert_eq!((&shown["owner"]["email"], &shown["owner"]["name"]), (&json!(""), &json!("Ada")));

    // The way to the full size keeps the key, and leads to what the guest may have.
    let full = format!("/api/assets/{brought}/thumbnail?size=fullsize&key={}&edited=true", link.key);
    let target = async || {
        let answer = home.scene.send("GET", &full, &[], Value::Null).await.is(302);
        answer.headers["location"].to_str().unwrap().to_owned()
    };
    assert_eq!(target().await, format!("original?key={}&edited=true", link.key));
    home.patch(&link, json!({ "allowDownload": false })).await;
    let preview = target().await;
    assert_eq!(preview, format!("/api/assets/{brought}/thumbnail?size=preview&key={}&edited=true", link.key));
    let name = async || {
        let answer = home.scene.send("GET", &preview, &[], Value::Null).await.is(200);
        answer.headers["content-disposition"].to_str().unwrap().to_owned()
    };
    assert!(name().await.contains("guest_preview"));
    home.patch(&link, json!({ "showMetadata": false })).await;
    assert!(name().await.contains(&format!("{brought}_preview")), "{}", name().await);
}

#[tokio::test]
async fn guests_cannot_replace_what_they_see_or_draw_out_what_is_hidden() {
    let home = home("2.7.5").await;
    let link = home.individual(json!({ "allowUpload": true })).await;
    let path = format!("/api/assets/{}/original", home.assets[0]);
    let fields = [("deviceAssetId", "x"), ("deviceId", "web")];
    let path = format!("{path}?key={}", link.key);
    let bytes = picture(9, 64, 48).unwrap();
    let refused = home.scene.form("PUT", &path, "", &fields, ("assetData", "x.jpg", &bytes)).await.is(400).json();
    assert_eq!(refused["message"], "Not found or no asset.replace access");
    // The motion part of what is shown can be played, and not be made a picture of its own.
    let motion = &home.assets[3];
    let change = json!({ "livePhotoVideoId": motion });
    home.scene.call("PUT", &format!("/api/assets/{}", home.assets[0]), &home.ada, change).await.is(200);
    home.look(&link, &format!("/api/assets/{motion}")).await.is(200);
    let add = format!("/api/shared-links/{}/assets", link.id);
    let told = home.guest(&link, "PUT", &add, json!({ "assetIds": [motion] })).await.is(200).json();
    assert_eq!(told[0]["error"], "no_permission");
    assert_eq!(home.shown(&link).await, &home.assets[..1]);
}

#[tokio::test]
async fn an_archive_holds_each_photo_once() {
    let home = home("3.2.2").await;
    let link = home.individual(json!({ "allowUpload": true })).await;
    let id = home.bring(&link, 1, &[]).await.is(201).json()["id"].clone();
    let size = async |ids: Value| {
        let wish = json!({ "assetIds": ids });
        home.guest(&link, "POST", "/api/download/archive", wish).await.is(200).bytes.len()
    };
    assert_eq!(size(json!([id, id, id, id])).await, size(json!([id])).await);
}

#[tokio::test]
async fn guessing_passwords_gets_slow() {
    let home = home("3.2.2").await;
    let link = home.to_album(json!({ "password": "sesame" })).await;
    let answer = home.guest(&link, "POST", "/api/shared-links/login", json!({ "password": "sesame" })).await.is(201);
    let cookie = answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    for number in 0..10 {
        let path = format!("/api/shared-links/me?password=guess-{number}");
        home.look(&link, &path).await.is(401);
    }
    let refused = home.look(&link, "/api/shared-links/me?password=sesame").await.is(429);
    assert_eq!(refused.headers["retry-after"], "60");
    home.guest(&link, "POST", "/api/shared-links/login", json!({ "password": "sesame" })).await.is(429);
    // Who was let in stays in, and other links are not concerned.
    let headers = [("x-immich-share-key", link.key.as_str()), ("cookie", cookie.as_str())];
    home.scene.send("GET", "/api/shared-links/me", &headers, Value::Null).await.is(200);
    let other = home.individual(json!({ "password": "open" })).await;
    home.look(&other, "/api/shared-links/me?password=open").await.is(200);
    home.scene.clock.advance(60_000);
    home.look(&link, "/api/shared-links/me?password=sesame").await.is(200);
}

#[tokio::test]
async fn addresses_of_pictures_lead_to_the_page_that_shows_them() {
    let home = home("3.2.2").await;
    let link = home.individual(json!({ "slug": "été" })).await;
    let picture = &home.assets[0];
    for named in [format!("/share/{}", link.key), "/s/%C3%A9t%C3%A9".to_owned()] {
        let moved = home.scene.send("GET", &format!("{named}/photos/{picture}"), &[], Value::Null).await.is(308);
        let place = moved.headers["location"].to_str().unwrap().to_owned();
        assert_eq!(place, format!("{named}/{picture}"));
        let shown = home.scene.send("GET", &place, &[], Value::Null).await.is(200);
        let text = String::from_utf8(shown.bytes).unwrap();
        assert!(text.contains(&format!("data-path=\"{named}\"")), "{text}");
    }
    for unknown in ["/share/abc", "/s/abc", "/share/abc/x", "/s/%FF"] {
        let status = if unknown.contains('%') { 400 } else { 404 };
        home.scene.send("GET", unknown, &[], Value::Null).await.is(status);
    }
}
