//! Copying originals and fetching thumbnails ahead, from a server that is well, picky or away.

use std::collections::HashMap;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tintype_library::blobs::FileBlobs;
use tintype_library::clock::{ManualClock, SeededEntropy};
use tintype_library::model::{NewUpstream, Upstream, UpstreamMode};
use tintype_library::origin::{Arriving, Ask, Origin, OriginError, Wanted};
use tintype_library::renditions::Rendition;
use tintype_library::replica::Outcome;
use tintype_library::sessions::Caller;
use tintype_library::store::sqlite::SqliteStore;
use tintype_library::{Library, Parts, Settings};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::AssetId;
use tintype_protocol::permission::Permission;
use tintype_protocol::sync::EntityType;
use tintype_protocol::time::{DAY_MS, Timestamp};
use tintype_protocol::version::Version;
use tintype_sync::{Ahead, CopyWishes, copy_originals, fetch_thumbnails};
use uuid::Uuid;

/// 1 November 2026.
const NOW: Timestamp = Timestamp(1_793_491_200_000);
const ME: Uuid = Uuid::from_u128(0x0f9d_3c1e_7a4b_4c2d_9e8f_0000_0000_0001);
/// SHA-1 of an empty file, which none of these is.
const EMPTY: &str = "2jmj7l5rSw0yVb/vlWAYkK/YBwk=";
/// A GIF of one pixel.
const DOT: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

#[derive(Default)]
struct Server {
    files: Mutex<HashMap<Uuid, Vec<u8>>>,
    is_away: Mutex<bool>,
    asked: Mutex<u32>,
}

impl Origin for Server {
    fn ask(&self, ask: &Ask<'_>) -> Result<Arriving, OriginError> {
        *self.asked.lock().unwrap() += 1;
        if *self.is_away.lock().unwrap() {
            return Err(OriginError::Away { after: None, source: "no route".into() });
        }
        let file = match ask.wanted {
            Wanted::Original => self.files.lock().unwrap().get(&ask.asset).cloned(),
            _ => Some(DOT.to_vec()),
        };
        let file = file.ok_or_else(|| OriginError::Refused { source: "gone".into() })?;
        let length = Some(file.len() as u64);
        Ok(Arriving { reader: Box::new(Cursor::new(file)), begins_at: 0, length, whole: length, media_type: None })
    }
}

struct Scene {
    library: Arc<Library>,
    server: Arc<Server>,
    clock: Arc<ManualClock>,
    upstream: Upstream,
    _folder: tempfile::TempDir,
}

/// The content of a number, and its SHA-1 as lines carry it.
fn content(number: u8) -> (Vec<u8>, String) {
    // SHA-1 of "1", "2" and so on, as any other program computes it.
    let sums = [
        "356a192b7913b04c54574d18c28d46e6395428ab",
        "da4b9237bacccdf19c0760cab7aec4a8359010b0",
        "77de68daecd823babbb58edb1c8e14d7106e83bb",
        "1b6453892473a467d07372d45eb05abc2031647a",
        "ac3478d69a3c81fa62e60f5c3696165a4e5e6ac4",
        "c1dfd96eea8cc2b62785275bca38ac261256e278",
    ];
    let sum: Sha1 = sums[usize::from(number) - 1].parse().unwrap();
    (number.to_string().into_bytes(), tintype_protocol::bytes::base64(&sum.0))
}

fn id(number: u8) -> Uuid {
    Uuid::from_u128(ME.as_u128() + 0x100 + u128::from(number))
}

impl Scene {
    fn new(cache_bytes: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (clock, entropy) = (Arc::new(ManualClock::new(NOW)), Arc::new(SeededEntropy::new(5)));
        let server = Arc::new(Server::default());
        let store = SqliteStore::open(&folder.path().join("library.sqlite"), clock.clone(), entropy.clone()).unwrap();
        let blobs = FileBlobs::open(folder.path()).unwrap();
        let settings = Settings { bcrypt_cost: 4, cache_bytes, ..Settings::default() };
        let origin = Arc::clone(&server);
        let parts =
            Parts { clock: clock.clone(), entropy, settings, origin, ..Parts::new(Arc::new(store), Arc::new(blobs)) };
        let library = Arc::new(Library::open(parts).unwrap());
        let user_id = library.sign_up_admin("ada@example.org", "Ada", "secret").unwrap().id;
        let new = NewUpstream {
            address: "https://photos.example.org/api".to_owned(),
            version: Version::CURRENT,
            user_id,
            external_user_id: ME,
            email: "ada@example.org".to_owned(),
            mode: UpstreamMode::Stream,
        };
        let upstream = library.link_upstream(new).unwrap();
        Self { library, server, clock, upstream, _folder: folder }
    }

    /// A photo of the server's, so many days old.
    fn add(&self, number: u8, checksum: &str, days: i64) {
        let at = Timestamp(NOW.0 - days * DAY_MS).to_iso();
        let line = json!({
            "id": id(number), "ownerId": ME, "originalFileName": format!("{number}.jpg"), "type": "IMAGE",
            "fileCreatedAt": at, "fileModifiedAt": at, "localDateTime": at, "createdAt": at, "deletedAt": null,
            "isFavorite": false, "visibility": "timeline", "duration": null, "livePhotoVideoId": null, "stackId": null,
            "libraryId": null, "width": 4, "height": 3, "isEdited": false, "checksum": checksum, "thumbhash": null,
        });
        let apply = move |replica: &mut tintype_library::replica::Replica<'_>| {
            replica.apply(EntityType::AssetV2, line.to_string().as_bytes())
        };
        assert_eq!(self.library.replicate(&self.upstream, apply).unwrap(), Outcome::Applied);
        self.server.files.lock().unwrap().insert(id(number), content(number).0);
    }

    fn is_away(&self, is_away: bool) {
        *self.server.is_away.lock().unwrap() = is_away;
    }

    fn asked(&self) -> u32 {
        std::mem::take(&mut *self.server.asked.lock().unwrap())
    }

    fn copy(&self, wishes: CopyWishes) -> tintype_sync::Copied {
        let wishes = CopyWishes { longest_wait: Duration::from_millis(1), ..wishes };
        copy_originals(&self.library, &self.upstream, wishes, &mut |_| ControlFlow::Continue(())).unwrap()
    }

    fn has_thumbnail(&self, number: u8) -> bool {
        let caller = Caller::of(self.library.user(self.upstream.user_id).unwrap().unwrap());
        let asset = self.library.asset(&caller, AssetId(id(number)), Permission::AssetRead).unwrap();
        self.library.here(&asset, Wanted::Picture(Rendition::Thumbnail)).unwrap().is_some()
    }
}

#[test]
fn what_can_be_copied_is_and_the_rest_is_told() {
    let scene = Scene::new(1 << 30);
    for number in 1..=4 {
        scene.add(number, &content(number).1, 10);
    }
    scene.add(5, EMPTY, 10);
    scene.add(6, &content(6).1, 10);
    scene.server.files.lock().unwrap().remove(&id(6));
    let mut told = Vec::new();
    let mut tell = |progress| {
        told.push(progress);
        ControlFlow::Continue(())
    };
    let copied = copy_originals(&scene.library, &scene.upstream, CopyWishes::all(), &mut tell).unwrap();
    assert_eq!((copied.progress.fetched, copied.progress.bytes, copied.progress.failed), (4, 4, 2));
    assert!(told.len() >= 6 && told.last() == Some(&copied.progress), "{told:?}");
    let mut failures: Vec<_> = copied.failures.iter().map(|failure| (failure.name.as_str(), &failure.reason)).collect();
    failures.sort();
    assert!(
        matches!(failures[..], [("5.jpg", damaged), ("6.jpg", gone)]
        if damaged.contains("SHA-1") && gone.contains("gone")),
        "{failures:?}"
    );
    assert_eq!((copied.held.here, copied.held.verified, copied.held.elsewhere, copied.stopped), (4, 4, 2, None));
    scene.asked();
    let again = scene.copy(CopyWishes::all());
    assert_eq!((again.progress.fetched, again.progress.failed, scene.asked()), (0, 2, 2), "only those that failed");
}

#[test]
fn recent_ones_are_of_the_last_days() {
    let scene = Scene::new(1 << 30);
    for (number, days) in [(1, 0), (2, 90), (3, 91), (4, 4_000)] {
        scene.add(number, &content(number).1, days);
    }
    let copied = scene.copy(CopyWishes::recent(NOW));
    assert_eq!((copied.progress.fetched, copied.held.elsewhere), (2, 2));
}

#[test]
fn a_server_that_is_away_ends_a_copy_and_the_next_one_goes_on() {
    let scene = Scene::new(1 << 30);
    for number in 1..=3 {
        scene.add(number, &content(number).1, 10);
    }
    scene.is_away(true);
    let copied = scene.copy(CopyWishes::all());
    assert_eq!((copied.progress, copied.held.elsewhere), (tintype_sync::CopyProgress::default(), 3));
    assert!(copied.stopped.unwrap().contains("cannot be reached"));
    scene.is_away(false);
    scene.clock.advance(60_000);
    assert_eq!(scene.copy(CopyWishes::all()).progress.fetched, 3);
}

#[test]
fn who_wants_it_to_end_is_heard() {
    let scene = Scene::new(1 << 30);
    for number in 1..=6 {
        scene.add(number, &content(number).1, 10);
    }
    let wishes = CopyWishes::all();
    let copied = copy_originals(&scene.library, &scene.upstream, wishes, &mut |_| ControlFlow::Break(())).unwrap();
    assert_eq!(copied.stopped.as_deref(), Some("interrupted"));
    let rest = scene.copy(CopyWishes::all());
    assert_eq!((copied.progress.fetched + rest.progress.fetched, rest.held.here, rest.stopped), (6, 6, None));
}

#[test]
fn thumbnails_ahead_come_once_and_make_nothing_go() {
    let scene = Scene::new(1 << 30);
    scene.add(1, &content(1).1, 10);
    scene.is_away(true);
    assert!(fetch_thumbnails(&scene.library, &scene.upstream).is_err());
    scene.is_away(false);
    scene.clock.advance(60_000);
    scene.add(2, &content(2).1, 10);
    let ahead = |assets| Ahead { assets, is_full: false };
    assert_eq!(fetch_thumbnails(&scene.library, &scene.upstream).unwrap(), ahead(2), "also what failed before");
    assert!(scene.has_thumbnail(1) && scene.has_thumbnail(2));
    scene.asked();
    assert_eq!(fetch_thumbnails(&scene.library, &scene.upstream).unwrap(), ahead(0));
    scene.add(3, &content(3).1, 10);
    assert_eq!(fetch_thumbnails(&scene.library, &scene.upstream).unwrap(), ahead(1));
    assert_eq!(scene.asked(), 1);

    let small = Scene::new(1_000);
    small.add(1, &content(1).1, 10);
    assert_eq!(fetch_thumbnails(&small.library, &small.upstream).unwrap(), Ahead { assets: 0, is_full: true });
    assert!(!small.has_thumbnail(1));
}
