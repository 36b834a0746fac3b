//! Pulls from a server that says what a test wants it to.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::collections::VecDeque;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tintype_client::{Answer, Client, NoAnswer, Request, Transport};
use tintype_library::blobs::FileBlobs;
use tintype_library::clock::{SystemClock, SystemEntropy};
use tintype_library::model::{NewUpstream, Upstream, UpstreamMode};
use tintype_library::store::sqlite::SqliteStore;
use tintype_library::{Library, Parts};
use tintype_protocol::bytes::base64;
use tintype_sync::{PullError, Pulled, Wishes, preview, pull};

const ME: &str = "0f9d3c1e-7a4b-4c2d-9e8f-000000000001";

/// Streams that are still to come, and what was asked.
#[derive(Default)]
struct Server {
    streams: Mutex<VecDeque<Vec<Value>>>,
    asked: Mutex<Vec<String>>,
}

impl Transport for Server {
    fn exchange(&self, request: Request, _patience: Duration) -> Result<Answer, NoAnswer> {
        let url = request.uri().to_string();
        let path = request.uri().path().to_owned();
        self.asked.lock().unwrap().push(path.clone());
        let (status, body) = match path.as_str() {
            "/api/server/version" => ("200", json!({ "major": 3, "minor": 2, "patch": 2 }).to_string()),
            "/api/assets/statistics" => ("200", json!({ "images": 70, "videos": 0, "total": 70 }).to_string()),
            "/api/sync/stream" => {
                let lines = self.streams.lock().unwrap().pop_front().unwrap();
                ("200", lines.iter().map(|line| format!("{line}\n")).collect())
            }
            "/api/sync/ack" => ("204", String::new()),
            other => return Err(format!("nobody expected {other}").into()),
        };
        let (status, headers) = (status.parse()?, Default::default());
        Ok(Answer { status, headers, url, body: Box::new(Cursor::new(body.into_bytes())) })
    }
}

fn line(entity: &str, data: &Value) -> Value {
    json!({ "type": entity, "data": data, "ack": format!("{entity}|019b7c10-1111-7bbb-8bbb-000000000002") })
}

fn asset(number: u8) -> Value {
    let at = "2024-01-02T03:04:05.678Z";
    let data = json!({
        "id": format!("0f9d3c1e-7a4b-4c2d-9e8f-{number:012}"), "ownerId": ME, "originalFileName": "a.jpg",
        "type": "IMAGE", "fileCreatedAt": at, "fileModifiedAt": at, "localDateTime": at, "createdAt": at,
        "deletedAt": null, "isFavorite": false, "visibility": "timeline", "duration": null, "livePhotoVideoId": null,
        "stackId": null, "libraryId": null, "width": 4, "height": 3, "isEdited": false,
        "checksum": base64(&[number; 20]), "thumbhash": null,
    });
    line("AssetV2", &data)
}

fn assets(numbers: impl IntoIterator<Item = u8>) -> Vec<Value> {
    numbers.into_iter().map(asset).chain([line("SyncCompleteV1", &json!({}))]).collect()
}

fn reset() -> Vec<Value> {
    vec![json!({ "type": "SyncResetV1", "data": {}, "ack": "SyncResetV1|reset" })]
}

struct Scene {
    library: Library,
    server: Arc<Server>,
    client: Client,
    _folder: tempfile::TempDir,
}

impl Scene {
    /// A library whose admin follows a server, with these streams to come.
    fn new(streams: Vec<Vec<Value>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
        let store = SqliteStore::open(&folder.path().join("library.sqlite"), clock, entropy).unwrap();
        let blobs = FileBlobs::open(folder.path()).unwrap();
        let library = Library::open(Parts::new(Arc::new(store), Arc::new(blobs))).unwrap();
        let owner = library.sign_up_admin("ada@example.org", "Ada", "secret").unwrap().id;
        let new = NewUpstream {
            address: "http://nas/api".to_owned(),
            version: "3.2.2".parse().unwrap(),
            user_id: owner,
            external_user_id: ME.parse().unwrap(),
            email: "ada@example.org".to_owned(),
            mode: UpstreamMode::Stream,
        };
        library.link_upstream(new).unwrap();
        let server = Arc::new(Server { streams: Mutex::new(streams.into()), ..Server::default() });
        let client = Client::over(Arc::clone(&server) as Arc<dyn Transport>, "http://nas/api");
        Self { library, server, client, _folder: folder }
    }

    fn upstream(&self) -> Upstream {
        self.library.upstreams().unwrap().remove(0)
    }

    fn pull(&self, sweep: bool) -> Pulled {
        let tell = &mut |_| ControlFlow::Continue(());
        pull(&self.library, &self.client, &self.upstream(), Wishes { sweep }, tell).unwrap()
    }

    fn assets(&self) -> u64 {
        let owners = vec![self.upstream().user_id];
        let filter = tintype_library::model::AssetFilter { owners, ..Default::default() };
        self.library.count_assets(&filter).unwrap().images
    }
}

#[test]
fn what_a_reset_no_longer_shows_goes() {
    let scene = Scene::new(vec![assets(1..=3), reset(), assets([1, 3])]);
    scene.pull(false);
    assert_eq!(scene.assets(), 3);
    let again = scene.pull(false);
    assert_eq!((again.was_reset, again.swept, again.held), (true, 1, 0));
    assert_eq!(scene.assets(), 2);
    assert!(!scene.upstream().is_resetting && scene.upstream().synced_at.is_some());
}

#[test]
fn a_reset_that_would_take_too_much_waits_for_a_person() {
    let scene = Scene::new(vec![assets(1..=70), reset(), assets([1]), assets([]), assets([]), assets([])]);
    scene.pull(false);
    let again = scene.pull(false);
    assert_eq!((again.swept, again.held, scene.assets()), (0, 69, 70));
    assert_eq!((scene.upstream().held, scene.upstream().is_resetting), (69, true));
    assert_eq!(scene.pull(false).held, 69, "it goes on waiting");
    assert_eq!((scene.pull(true).swept, scene.assets()), (69, 1));
    assert_eq!((scene.upstream().held, scene.upstream().is_resetting), (0, false));
    assert_eq!(scene.pull(false).swept, 0);
}

#[test]
fn progress_knows_about_where_it_ends_and_may_be_told_to_stop() {
    let scene = Scene::new(vec![assets(1..=3), assets(4..=5)]);
    let mut told = Vec::new();
    let outcome = pull(&scene.library, &scene.client, &scene.upstream(), Wishes::default(), &mut |progress| {
        told.push((progress.lines, progress.expected));
        if progress.lines > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(outcome, Err(PullError::Stopped)), "{outcome:?}");
    assert_eq!(told, [(0, Some(140)), (4, Some(140))]);
    assert_eq!(scene.assets(), 3, "what came so far is kept");
    assert_eq!(scene.server.asked.lock().unwrap().last().map(String::as_str), Some("/api/sync/ack"));
    scene.pull(false);
    assert_eq!(scene.assets(), 5);
}

#[test]
fn a_preview_asks_for_nothing_but_the_stream() {
    let scene = Scene::new(vec![assets(1..=3), reset(), vec![asset(1)]]);
    let look = || preview(&scene.client, &scene.upstream(), &mut |_| ControlFlow::Continue(()));
    let first = look().unwrap();
    assert_eq!((first.counts.get("AssetV2"), first.counts.len(), first.begins_again), (Some(&3), 1, false));
    let second = look().unwrap();
    assert!(second.begins_again && second.counts.is_empty());
    assert!(matches!(look(), Err(PullError::Incomplete)));
    assert!(!scene.server.asked.lock().unwrap().iter().any(|path| path.ends_with("/ack")));
    assert_eq!(scene.assets(), 0);
}

#[test]
fn a_reset_that_is_cut_off_takes_nothing_until_it_was_whole() {
    let scene = Scene::new(vec![assets(1..=3), reset(), vec![asset(3)], assets([1])]);
    scene.pull(false);
    let tell = &mut |_| ControlFlow::Continue(());
    let cut = pull(&scene.library, &scene.client, &scene.upstream(), Wishes::default(), tell);
    assert!(matches!(cut, Err(PullError::Incomplete)), "{cut:?}");
    assert!(scene.upstream().is_resetting && scene.assets() == 3);
    let whole = scene.pull(false);
    assert_eq!((whole.swept, scene.assets(), scene.upstream().is_resetting), (1, 2, false));
}

#[test]
fn what_nobody_here_can_see_any_more_goes_at_the_end_of_a_stream() {
    const EVE: &str = "0f9d3c1e-7a4b-4c2d-9e8f-000000000099";
    let at = "2024-01-02T03:04:05.678Z";
    let eve = line(
        "UserV1",
        &json!({
            "id": EVE, "name": "Eve", "email": "eve@example.org", "avatarColor": null, "deletedAt": null,
            "profileChangedAt": at, "hasProfileImage": false,
        }),
    );
    let partner = |entity| line(entity, &json!({ "sharedById": EVE, "sharedWithId": ME, "inTimeline": true }));
    let theirs = |number| {
        let mut line = asset(number);
        (line["type"], line["ack"]) =
            (json!("PartnerAssetV2"), json!("PartnerAssetV2|019b7c10-1111-7bbb-8bbb-000000000002"));
        line["data"]["ownerId"] = json!(EVE);
        line
    };
    let shown = [vec![eve, partner("PartnerV1")], (1..=3).map(theirs).collect(), assets([])].concat();
    let scene = Scene::new(vec![shown, vec![partner("PartnerDeleteV1")], assets([]), assets([])]);
    assert_eq!(scene.pull(false).pruned, 0);
    let here = || {
        let seen = |number: u8| format!("0f9d3c1e-7a4b-4c2d-9e8f-{number:012}").parse().unwrap();
        let found = scene.library.read(|tx| Ok([1, 2, 3].map(|number| tx.asset(seen(number)).unwrap().is_some())));
        found.unwrap().iter().filter(|is_here| **is_here).count()
    };
    assert_eq!(here(), 3);
    let tell = &mut |_| ControlFlow::Continue(());
    let cut = pull(&scene.library, &scene.client, &scene.upstream(), Wishes::default(), tell);
    assert!(matches!(cut, Err(PullError::Incomplete)), "{cut:?}");
    assert_eq!(here(), 3, "the rest of the stream may show them again");
    assert_eq!((scene.pull(false).pruned, here()), (3, 0));
    assert_eq!(scene.pull(false).pruned, 0);
}
