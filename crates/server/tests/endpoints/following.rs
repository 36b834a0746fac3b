//! The page about the server that one follows: what it shows, and whose rows its actions touch.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tintype_library::model::{ExternalKind, Field, NewUpstream, Subject, Upstream, UpstreamMode, User};
use tintype_library::offer::Offer;
use tintype_library::store::Durability;
use tintype_library::{Library, LibraryError};
use tintype_protocol::id::{AssetId, UserId};
use tintype_protocol::sync::EntityType;
use tintype_protocol::time::Timestamp;
use tintype_protocol::version::Version;
use tintype_server::following::{
    About, Activity, Credentials, FollowError, Following, Problem, ProblemKind, Running, Wish,
};
use tintype_testkit::picture;
use uuid::Uuid;

use crate::scene::{ADMIN, Answer, Scene};
use crate::sharing::BEN;

const SERVER: &str = "https://photos.example.org/api";
const PASSWORD: &str = "there";

/// Follows without a network.
#[derive(Default)]
struct Paper {
    wishes: Mutex<Vec<(i64, Wish)>>,
    activity: Mutex<Activity>,
    /// What is only here, for whom.
    offer: Mutex<Option<(i64, Offer)>>,
}

impl Paper {
    fn wishes(&self) -> Vec<(i64, Wish)> {
        std::mem::take(&mut self.wishes.lock().unwrap())
    }
}

impl Following for Paper {
    fn begin(&self, library: &Library, user: &User, address: &str, by: &Credentials) -> Result<(), FollowError> {
        let refused = |about, text: &str| FollowError { about, text: text.to_owned() };
        if address != "photos.example.org" {
            return Err(refused(About::Address, "nobody answers <there>"));
        }
        let (email, mode) = match by {
            Credentials::Password { email, password } if password == PASSWORD => (email.clone(), UpstreamMode::Stream),
            Credentials::Key(key) if key == PASSWORD => ("key@example.org".to_owned(), UpstreamMode::Search),
            _ => return Err(refused(About::Credentials, "not known there")),
        };
        let linked = link(library, user.id, &email, mode);
        linked.map(drop).map_err(|error| refused(About::Else, &error.to_string()))
    }

    fn end(&self, library: &Library, user: &User) -> Result<Option<String>, FollowError> {
        let upstream = library.upstream_of(user.id).unwrap().unwrap();
        library.unlink_upstream(upstream.id).unwrap();
        Ok(Some("The session there could not be ended".to_owned()))
    }

    fn wish(&self, upstream: &Upstream, wish: Wish) {
        self.wishes.lock().unwrap().push((upstream.id, wish));
    }

    fn only_here(&self, _: &Library, upstream: &Upstream) -> Result<Offer, LibraryError> {
        let offer = self.offer.lock().unwrap();
        Ok(offer.filter(|(id, _)| *id == upstream.id).map(|(_, offer)| offer).unwrap_or_default())
    }

    fn offer(&self, library: &Library, upstream: &Upstream) -> Result<Offer, LibraryError> {
        let offer = self.only_here(library, upstream);
        *self.offer.lock().unwrap() = None;
        self.wish(upstream, Wish::Push);
        offer
    }

    fn activity(&self, _: &Upstream) -> Activity {
        self.activity.lock().unwrap().clone()
    }
}

/// An id for each text.
fn id_of(text: &str) -> Uuid {
    Uuid::from_u128(text.bytes().fold(7, |id: u128, byte| id.wrapping_mul(257).wrapping_add(byte.into())))
}

fn link(library: &Library, user: UserId, email: &str, mode: UpstreamMode) -> Result<Upstream, LibraryError> {
    library.link_upstream(NewUpstream {
        address: SERVER.to_owned(),
        version: Version::CURRENT,
        user_id: user,
        external_user_id: id_of(email),
        email: email.to_owned(),
        mode,
    })
}

/// Two users who follow the same server, each with a photo and with rows of every kind.
struct Two {
    scene: Scene,
    paper: Arc<Paper>,
    ada: Party,
    ben: Party,
}

struct Party {
    token: String,
    upstream: Upstream,
    asset: AssetId,
    waiting: i64,
    dead: i64,
    line: i64,
    conflict: i64,
}

impl Party {
    async fn new(scene: &Scene, (email, password): (&str, &str)) -> Self {
        let token = scene.login(email, password).await;
        let user = scene.library.user_by_email(email).unwrap().unwrap().id;
        let name = format!("photo of {email}.jpg");
        let id =
            scene.upload(&token, &name, &picture(email.len() as u64, 64, 48).unwrap(), &[]).await.is(201).json()["id"]
                .clone();
        let asset = AssetId(Uuid::try_parse(id.as_str().unwrap()).unwrap());
        let upstream = link(&scene.library, user, &format!("there-{email}"), UpstreamMode::Stream).unwrap();
        let (id, by) = (upstream.id, upstream.clone());
        let external = id_of(&format!("photo of {email}"));
        scene
            .library
            .write(Durability::Full, move |tx| {
                let about = Subject::Asset(asset);
                tx.put_outbox(id, about, Field::Favorite, Some("true"), Some("false"), None)?;
                tx.put_outbox(id, about, Field::Description, Some("\"before\""), Some("\"\""), None)?;
                let rows = tx.outbox(id, 0, 10)?;
                let dead = rows.iter().find(|row| row.field == Field::Description).unwrap();
                tx.refuse_outbox(dead.id, dead.revision, 10, "the description is too long", Timestamp(0), true)?;
                tx.add_conflict(dead, "\"of here\"", "\"of there\"")?;
                tx.add_external_id(&by, ExternalKind::Asset, external, asset.0)?;
                let data = json!({ "albumId": Uuid::nil(), "assetId": external }).to_string();
                tx.quarantine(id, EntityType::AlbumToAssetV1, "x", &data, "AlbumToAssetV1|z", "the album is not here")?;
                Ok(())
            })
            .unwrap();
        let rows = scene.library.outbox(id, 0, 10).unwrap();
        let row = |is_dead| rows.iter().find(|row| row.is_dead == is_dead).unwrap().id;
        Self {
            token,
            asset,
            waiting: row(false),
            dead: row(true),
            line: scene.library.quarantined(id).unwrap()[0].id,
            conflict: scene.library.conflicts(id).unwrap()[0].id,
            upstream,
        }
    }

    /// How many rows wait, were given up, lie in quarantine and are disputed.
    fn counts(&self, scene: &Scene) -> [u64; 4] {
        let counts = scene.library.outbox_counts(self.upstream.id).unwrap();
        let lines = scene.library.quarantine_count(self.upstream.id).unwrap();
        [counts.waiting, counts.dead, lines, counts.conflicts]
    }

    fn description(&self, scene: &Scene) -> String {
        let id = self.asset;
        scene.library.read(|tx| Ok(tx.exif(id)?)).unwrap().unwrap().description
    }
}

impl Two {
    async fn new() -> Self {
        let paper = Arc::new(Paper::default());
        let scene = Scene::following(paper.clone()).await;
        let admin = scene.admin().await;
        let ben = json!({ "email": BEN.0, "password": BEN.1, "name": "Ben" });
        scene.call("POST", "/api/admin/users", &admin, ben).await.is(201);
        let (ada, ben) = (Party::new(&scene, ADMIN).await, Party::new(&scene, BEN).await);
        Self { scene, paper, ada, ben }
    }

    async fn page(&self, party: &Party) -> String {
        text(self.scene.get("/sync", &party.token).await.is(200))
    }

    /// As the page's script sends it.
    async fn act(&self, party: &Party, path: &str, body: Value) -> Answer {
        let authorization = format!("Bearer {}", party.token);
        let headers = [("authorization", authorization.as_str()), ("accept", "application/json")];
        self.scene.send("POST", path, &headers, body).await
    }
}

fn text(answer: Answer) -> String {
    String::from_utf8(answer.bytes).unwrap()
}

#[tokio::test]
async fn the_page_shows_what_there_is_of_ones_own() {
    let two = Two::new().await;
    let page = two.page(&two.ada).await;
    let thumbnail = format!("/api/assets/{}/thumbnail", two.ada.asset);
    // Waiting, given up, quarantine, conflict.
    assert_eq!(page.matches(&thumbnail).count(), 4, "{page}");
    for shown in [
        "photos.example.org",
        "as there-ada@example.org",
        "Waits for you",
        "never",
        "photo of ada@example.org.jpg",
        "Not a favourite",
        "the description is too long",
        "refused 10 times",
        "AlbumToAssetV1",
        "the album is not here",
        "tried once",
        "of here",
        "of there",
        "Before: before",
    ] {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    for hidden in [&two.ben.asset.to_string(), "ben@example.org"] {
        assert!(!page.contains(hidden), "{hidden} in {page}");
    }
    // The navigation leads there, and the account does.
    assert!(text(two.scene.get("/photos", &two.ada.token).await).contains("href=\"/sync\""));
    assert!(text(two.scene.get("/account", &two.ada.token).await).contains(SERVER));
    assert_eq!(two.scene.get("/sync", "").await.status, 303);
}

#[tokio::test]
async fn what_runs_and_what_is_wrong_is_told() {
    let two = Two::new().await;
    let running = Running { lines: 40_000, expected: Some(200_000), sent: None, time: Duration::from_secs(10) };
    two.paper.activity.lock().unwrap().running = Some(running);
    let page = two.page(&two.ada).await;
    for shown in ["Syncing", "40,000 of about 200,000 entries, 4,000 a second, about 40 seconds left", "max=\"200000\""]
    {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    let away = Problem { kind: ProblemKind::Away, text: "refused <b>".to_owned(), at: two.scene.library.now() };
    *two.paper.activity.lock().unwrap() = Activity { problem: Some(away.clone()), ..Activity::default() };
    let page = two.page(&two.ada).await;
    assert!(page.contains("Not reachable") && page.contains("refused &lt;b&gt;"), "{page}");
    assert!(!page.contains("Sign in there again"), "{page}");
    let out = Problem { kind: ProblemKind::LoggedOut, ..away };
    two.paper.activity.lock().unwrap().problem = Some(out);
    assert!(two.page(&two.ada).await.contains("Password of there-ada@example.org there"));

    // What is held wants a person.
    let mut upstream = two.ada.upstream.clone();
    upstream.held = 1_234;
    two.scene.library.write(Durability::Full, move |tx| Ok(tx.update_upstream(&upstream)?)).unwrap();
    assert!(two.page(&two.ada).await.contains("1,234 items that are here"));
    two.act(&two.ada, "/sync/now", json!({ "sweep": "true" })).await.is(200);
    two.act(&two.ben, "/sync/now", json!({})).await.is(200);
    assert_eq!(two.paper.wishes(), [(two.ada.upstream.id, Wish::Sweep), (two.ben.upstream.id, Wish::Sync)]);
}

#[tokio::test]
async fn rows_of_others_are_out_of_reach() {
    let two = Two::new().await;
    let (ada, ben) = (&two.ada, &two.ben);
    let all = [1, 1, 1, 1];
    for (path, actions, ids) in [
        ("/sync/outbox", ["retry", "drop"], vec![ben.waiting, ben.dead]),
        ("/sync/quarantine", ["retry", "drop"], vec![ben.line]),
        ("/sync/conflicts", ["mine", "theirs"], vec![ben.conflict]),
    ] {
        for action in actions {
            for id in &ids {
                let body = json!({ "action": action, "id": id.to_string() });
                let answer = two.act(ada, path, body).await.is(400).json();
                assert_eq!(answer["message"], "That is no longer there", "{path} {action}");
            }
        }
    }
    assert_eq!((ada.counts(&two.scene), ben.counts(&two.scene)), (all, all));
    assert_eq!(two.paper.wishes(), []);

    // Everything is everything of one's own.
    two.act(ada, "/sync/conflicts", json!({ "action": "theirs", "all": "all" })).await.is(200);
    for list in ["waiting", "dead"] {
        two.act(ada, "/sync/outbox", json!({ "action": "drop", "all": list })).await.is(200);
    }
    two.act(ada, "/sync/quarantine", json!({ "action": "drop", "all": "all" })).await.is(200);
    assert_eq!((ada.counts(&two.scene), ben.counts(&two.scene)), ([0; 4], all));
    assert_eq!(ben.description(&two.scene), "");
}

#[tokio::test]
async fn actions_do_what_the_commands_do() {
    let two = Two::new().await;
    let ada = &two.ada;
    let of = |id: i64, action: &str| json!({ "action": action, "id": id.to_string() });
    two.act(ada, "/sync/outbox", of(ada.dead, "retry")).await.is(200);
    assert_eq!(ada.counts(&two.scene), [2, 0, 1, 1]);
    assert_eq!(two.paper.wishes(), [(ada.upstream.id, Wish::Push)]);
    // It has what it needs no more than before.
    let said = two.act(ada, "/sync/quarantine", of(ada.line, "retry")).await.is(200).json();
    assert_eq!(said["message"], "That is still not possible");
    assert_eq!(two.scene.library.quarantined(ada.upstream.id).unwrap()[0].attempts, 2);

    let said = two.act(ada, "/sync/conflicts", of(ada.conflict, "theirs")).await.is(200).json();
    assert_eq!(said["message"], "The other value is here now");
    assert_eq!(ada.description(&two.scene), "of there");
    two.act(ada, "/sync/conflicts", of(ada.conflict, "theirs")).await.is(400);
    let ben = &two.ben;
    two.act(ben, "/sync/conflicts", of(ben.conflict, "mine")).await.is(200);
    assert_eq!((ben.description(&two.scene).as_str(), ben.counts(&two.scene)), ("", [1, 1, 1, 0]));

    // What is dropped is what it was there.
    two.act(ada, "/sync/outbox", of(ada.waiting, "drop")).await.is(200);
    let id = ada.asset;
    assert!(two.scene.library.read(|tx| Ok(tx.asset(id)?)).unwrap().unwrap().is_favorite);
    for body in [json!({}), json!({ "action": "retry" }), json!({ "action": "burn", "id": "1" }), of(-1, "drop")] {
        two.act(ada, "/sync/outbox", body).await.is(400);
    }
    two.act(ada, "/sync/outbox", json!({ "action": "drop", "id": "x" })).await.is(400);

    // Without a script, one lands on the page again; from another site, nowhere.
    let body = of(ben.line, "drop");
    let answer = two.scene.call("POST", "/sync/quarantine", &ben.token, body).await.is(303);
    assert_eq!(answer.headers["location"], "/sync");
    assert_eq!(ben.counts(&two.scene)[2], 0);
    let cookie = format!("immich_access_token={}", ben.token);
    let foreign = [("cookie", cookie.as_str()), ("host", "photos.lan"), ("origin", "https://evil.example")];
    two.scene.send("POST", "/sync/outbox", &foreign, of(ben.waiting, "drop")).await.is(403);
    let own = [("cookie", cookie.as_str()), ("host", "photos.lan"), ("origin", "http://photos.lan")];
    assert_eq!(ben.counts(&two.scene)[0], 1);
    two.scene.send("POST", "/sync/outbox", &own, of(ben.waiting, "drop")).await.is(303);
    assert_eq!(ben.counts(&two.scene)[0], 0);
}

#[tokio::test]
async fn what_is_only_here_is_sent_when_somebody_says_so() {
    let two = Two::new().await;
    let (ada, ben) = (&two.ada, &two.ben);
    let offer = Offer { photos: 1_234, bytes: 2_500_000, albums: 1, stacks: 0 };
    *two.paper.offer.lock().unwrap() = Some((ada.upstream.id, offer));
    assert!(!two.page(ada).await.contains("only here"), "before the first sync nobody knows");
    for party in [ada, ben] {
        let synced = Upstream { synced_at: Some(two.scene.library.now()), ..party.upstream.clone() };
        two.scene.library.write(Durability::Full, move |tx| Ok(tx.update_upstream(&synced)?)).unwrap();
    }
    let page = two.page(ada).await;
    for shown in
        ["1,234 photos and 1 album are only here. <span>2.5 MB</span>", "action=\"/sync/offer\"", ">Send them<"]
    {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    assert!(!two.page(ben).await.contains("/sync/offer"), "there is nothing of the other's");

    let said = two.act(ben, "/sync/offer", json!({})).await.is(200).json();
    assert_eq!(said["message"], "Nothing is only here any more");
    *two.paper.offer.lock().unwrap() = Some((ada.upstream.id, offer));
    two.paper.wishes();
    let said = two.act(ada, "/sync/offer", json!({})).await.is(200).json();
    assert_eq!(said["message"], "1,234 photos and 1 album will be sent");
    assert_eq!(two.paper.wishes(), [(ada.upstream.id, Wish::Push)]);
    assert!(!two.page(ada).await.contains("only here"));
    // Without a script one lands on the page again.
    let answer = two.scene.call("POST", "/sync/offer", &ada.token, json!({})).await.is(303);
    assert_eq!(answer.headers["location"], "/sync");
}

#[tokio::test]
async fn one_begins_to_follow_and_stops() {
    let paper = Arc::new(Paper::default());
    let scene = Scene::following(paper.clone()).await;
    let token = scene.admin().await;
    assert!(!text(scene.get("/photos", &token).await).contains("href=\"/sync\""), "there is nothing to see yet");
    assert!(text(scene.get("/account", &token).await).contains("Follow a server"));
    assert!(text(scene.get("/sync", &token).await.is(200)).contains("Password there"));
    let page = text(scene.call("POST", "/sync/now", &token, json!({})).await.is(400));
    assert!(page.contains("You follow no server"), "{page}");

    let authorization = format!("Bearer {token}");
    let script = [("authorization", authorization.as_str()), ("accept", "application/json")];
    let with = |address: &str, password: &str| json!({ "address": address, "email": "ada@there.example", "password": password });
    let said = scene.send("POST", "/sync/follow", &script, with("nowhere", PASSWORD)).await.is(400).json();
    assert_eq!((&said["about"], &said["message"]), (&json!("address"), &json!("nobody answers <there>")));
    let said = scene.send("POST", "/sync/follow", &script, with("photos.example.org", "x")).await.is(400).json();
    assert_eq!(said["about"], "credentials");
    // Without a script the page says it in the same place, and keeps what is no secret.
    let page = text(scene.call("POST", "/sync/follow", &token, with("nowhere", "secret-word")).await.is(400));
    assert!(page.contains("data-about=\"address\">nobody answers &lt;there&gt;"), "{page}");
    assert!(page.contains("value=\"nowhere\"") && page.contains("value=\"ada@there.example\""), "{page}");
    assert!(!page.contains("secret-word"), "{page}");

    scene.send("POST", "/sync/follow", &script, with(" photos.example.org ", PASSWORD)).await.is(200);
    let user = scene.library.user_by_email(ADMIN.0).unwrap().unwrap().id;
    let upstream = scene.library.upstream_of(user).unwrap().unwrap();
    assert_eq!(paper.wishes(), [(upstream.id, Wish::Sync)]);
    assert!(text(scene.get("/photos", &token).await).contains("href=\"/sync\""));
    let said = scene.send("POST", "/sync/stop", &script, json!({})).await.is(200).json();
    assert!(said["message"].as_str().unwrap().ends_with("The session there could not be ended"), "{said}");
    assert_eq!(scene.library.upstream_of(user).unwrap(), None);

    let key = json!({ "address": "photos.example.org", "key": PASSWORD });
    scene.send("POST", "/sync/follow", &script, key).await.is(200);
    assert!(text(scene.get("/sync", &token).await.is(200)).contains("an API key"));
}

#[tokio::test]
async fn a_node_without_a_way_to_others_says_so() {
    let scene = Scene::new("3.2.2").await;
    let token = scene.admin().await;
    assert!(text(scene.get("/sync", &token).await.is(200)).contains("This node follows nobody"));
    assert!(!text(scene.get("/account", &token).await.is(200)).contains("/sync"));
    let authorization = format!("Bearer {token}");
    let script = [("authorization", authorization.as_str()), ("accept", "application/json")];
    for path in ["now", "follow", "stop", "offer", "outbox", "quarantine", "conflicts"] {
        let body = json!({ "action": "drop", "all": "all" });
        scene.send("POST", &format!("/sync/{path}"), &script, body).await.is(400);
    }
}
