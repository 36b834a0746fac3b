//! Bytes that only an upstream has: fetched, verified, kept for a while, and what happens when they cannot be had.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;
use tintype_library::blobs::BlobError;
use tintype_library::fetching::{FetchError, Found};
use tintype_library::model::{Asset, Upstream};
use tintype_library::origin::{Span, Wanted};
use tintype_library::renditions::Rendition;
use tintype_library::{Library, LibraryError, Parts};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::AssetId;
use tintype_protocol::permission::Permission;
use tintype_protocol::sync::EntityType;

use crate::origin::{Mood, Shelf};
use crate::replica::{apply, asset as line, follow};
use crate::scene::{Scene, jpeg};

/// Longer than any of these fetches takes.
const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(50);
pub(crate) const THUMBNAIL: Wanted = Wanted::Picture(Rendition::Thumbnail);

/// A library that follows a server, and the server.
pub(crate) struct Distant {
    pub(crate) scene: Scene,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) upstream: Upstream,
}

pub(crate) fn sha1(bytes: &[u8]) -> Sha1 {
    use sha1::Digest as _;
    Sha1(sha1::Sha1::digest(bytes).into())
}

impl Distant {
    pub(crate) fn new() -> Self {
        Self::with_cache(1 << 30)
    }

    fn with_cache(bytes: u64) -> Self {
        Self::with(|parts| parts.settings.cache_bytes = bytes)
    }

    pub(crate) fn with(change: impl FnOnce(&mut Parts)) -> Self {
        let shelf = Shelf::new();
        let origin = Arc::clone(&shelf);
        let scene = Scene::with(move |parts| {
            parts.origin = origin;
            change(parts);
        });
        let upstream = follow(&scene);
        Self { scene, shelf, upstream }
    }

    pub(crate) fn library(&self) -> &Arc<Library> {
        &self.scene.library
    }

    /// An asset of the server, with its bytes there.
    pub(crate) fn add(&self, number: u32, original: &[u8]) -> Asset {
        let checksum = tintype_protocol::bytes::base64(&sha1(original).0);
        let line = line(number, 0, &json!({ "checksum": checksum, "thumbhash": "AQID" }));
        apply(self.library(), &self.upstream, vec![(EntityType::AssetV2, line)]);
        let asset = self.asset(number);
        self.shelf.put(asset.id.0, Wanted::Original, original.to_vec());
        self.shelf.put(asset.id.0, THUMBNAIL, jpeg(number));
        asset
    }

    pub(crate) fn asset(&self, number: u32) -> Asset {
        let id: AssetId = format!("0f9d3c1e-7a4b-4c2d-9e8f-{number:012}").parse().unwrap();
        self.library().asset(&self.scene.caller(), id, Permission::AssetRead).unwrap()
    }

    pub(crate) fn fetch(&self, asset: &Asset, wanted: Wanted) -> Result<Vec<u8>, LibraryError> {
        self.library().fetch(asset, wanted, LONG).map(bytes)
    }

    fn here(&self, asset: &Asset, wanted: Wanted) -> Option<Vec<u8>> {
        self.library().here(asset, wanted).unwrap().map(bytes)
    }

    fn kept(&self) -> Vec<String> {
        self.scene.files().into_iter().filter(|name| name.starts_with("cache/")).collect()
    }
}

fn bytes(mut found: Found) -> Vec<u8> {
    found.blob.read_whole(&found.key).unwrap()
}

fn fetch_error(outcome: Result<Vec<u8>, LibraryError>) -> FetchError {
    match outcome {
        Err(LibraryError::Fetch(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_fetched_is_here_when_the_server_is_away() {
    let distant = Distant::new();
    let (seen, unseen) = (distant.add(2, b"first original"), distant.add(3, b"second"));
    assert_eq!(distant.here(&seen, THUMBNAIL), None);
    assert_eq!(distant.fetch(&seen, THUMBNAIL).unwrap(), jpeg(2));
    assert_eq!(distant.fetch(&seen, Wanted::Original).unwrap(), b"first original");
    distant.shelf.feels(Mood::Away);
    distant.shelf.asked();
    let found = distant.library().here(&seen, THUMBNAIL).unwrap().unwrap();
    assert_eq!(found.media_type, "image/jpeg", "whatever the server makes");
    assert_eq!(distant.here(&seen, Wanted::Original).unwrap(), b"first original");
    assert!(distant.shelf.asked().is_empty());
    // One finds out that it is away; nobody else waits for it, until it is worth another look.
    assert!(matches!(fetch_error(distant.fetch(&unseen, THUMBNAIL)), FetchError::Away { .. }));
    assert!(matches!(fetch_error(distant.fetch(&seen, Wanted::Picture(Rendition::Preview))), FetchError::Away { .. }));
    let relayed = distant.library().relay(&unseen, Wanted::Playback, None);
    assert!(matches!(relayed, Err(LibraryError::Fetch(FetchError::Away { .. }))));
    assert_eq!(distant.shelf.asked().len(), 1);
    distant.shelf.feels(Mood::Well);
    assert!(matches!(fetch_error(distant.fetch(&unseen, THUMBNAIL)), FetchError::Away { .. }));
    distant.scene.clock.advance(30_000);
    assert_eq!(distant.fetch(&unseen, THUMBNAIL).unwrap(), jpeg(3));
}

#[test]
fn damaged_bytes_are_never_shown() {
    let distant = Distant::new();
    let asset = distant.add(2, b"the original");
    for (wanted, wrong) in [
        (Wanted::Original, b"another original".to_vec()),
        (Wanted::Original, Vec::new()),
        (THUMBNAIL, b"<html>sign in first</html>".to_vec()),
        (THUMBNAIL, jpeg(2)[..jpeg(2).len() / 2].to_vec()),
        (THUMBNAIL, Vec::new()),
    ] {
        distant.scene.clock.advance(60_000);
        distant.shelf.put(asset.id.0, wanted, wrong);
        let error = fetch_error(distant.fetch(&asset, wanted));
        assert!(matches!(error, FetchError::Damaged(_)), "{error}");
        distant.shelf.asked();
        assert_eq!(fetch_error(distant.fetch(&asset, wanted)), error, "remembered");
        assert!(distant.shelf.asked().is_empty());
        assert!(distant.here(&asset, wanted).is_none() && distant.kept().is_empty());
    }
    // It ends too early, in one way or another.
    distant.add(2, b"the original");
    for (mood, is_damaged) in [(Mood::Truncating, true), (Mood::Breaking(3), false)] {
        for wanted in [THUMBNAIL, Wanted::Original] {
            distant.scene.clock.advance(60_000);
            distant.shelf.feels(mood);
            let error = fetch_error(distant.fetch(&asset, wanted));
            assert_eq!(matches!(error, FetchError::Damaged(_)), is_damaged, "{error}");
            assert_eq!(matches!(error, FetchError::Away { .. }), !is_damaged, "{error}");
        }
    }
    distant.shelf.feels(Mood::Well);
    distant.scene.clock.advance(60_000);
    assert_eq!(distant.fetch(&asset, THUMBNAIL).unwrap(), jpeg(2));
    assert_eq!(distant.fetch(&asset, Wanted::Original).unwrap(), b"the original");
    assert_eq!(distant.scene.files().iter().filter(|name| name.starts_with("incoming/")).count(), 0);
}

#[test]
fn a_file_is_fetched_once_however_many_want_it() {
    let distant = Distant::new();
    let asset = distant.add(2, b"the original");
    distant.shelf.feels(Mood::Silent);
    let slow = distant.library().fetch(&asset, THUMBNAIL, SHORT);
    assert!(matches!(slow, Err(LibraryError::Fetch(FetchError::Slow))), "nobody waits for ever: {slow:?}");
    std::thread::scope(|scope| {
        let fetches: Vec<_> = (0..8).map(|_| scope.spawn(|| distant.fetch(&asset, THUMBNAIL).unwrap())).collect();
        distant.shelf.feels(Mood::Well);
        for fetch in fetches {
            assert_eq!(fetch.join().unwrap(), jpeg(2));
        }
    });
    assert_eq!(distant.shelf.asked(), [(THUMBNAIL, None)], "the one that was given up went on");
}

#[test]
fn who_has_nobody_to_ask_is_told_that_it_is_not_there() {
    let distant = Distant::new();
    let mine = distant.scene.add("a.jpg", &jpeg(1));
    let mine = distant.library().asset(&distant.scene.caller(), mine, Permission::AssetRead).unwrap();
    let missing = distant.fetch(&mine, THUMBNAIL);
    assert!(matches!(missing, Err(LibraryError::Blob(BlobError::NotFound { .. }))), "{missing:?}");
    assert_eq!(distant.here(&mine, Wanted::Original).unwrap(), jpeg(1));
    let asset = distant.add(2, b"the original");
    distant.shelf.feels(Mood::Refusing);
    assert!(matches!(fetch_error(distant.fetch(&asset, THUMBNAIL)), FetchError::Refused(_)));
    assert!(distant.shelf.asked().iter().all(|(wanted, _)| *wanted == THUMBNAIL));
}

#[test]
fn another_state_of_the_asset_has_other_pictures() {
    let distant = Distant::new();
    let before = distant.add(2, b"the original");
    distant.fetch(&before, THUMBNAIL).unwrap();
    distant.fetch(&before, Wanted::Original).unwrap();
    let checksum = tintype_protocol::bytes::base64(&before.checksum.0);
    let edited = line(2, 0, &json!({ "checksum": checksum, "thumbhash": "BAUG" }));
    apply(distant.library(), &distant.upstream, vec![(EntityType::AssetV2, edited)]);
    let after = distant.asset(2);
    assert_eq!(distant.here(&after, THUMBNAIL), None);
    assert!(distant.here(&after, Wanted::Original).is_some(), "that is the same");
    distant.shelf.put(after.id.0, THUMBNAIL, jpeg(9));
    assert_eq!(distant.fetch(&after, THUMBNAIL).unwrap(), jpeg(9));
    assert_eq!((distant.here(&before, THUMBNAIL), distant.kept().len()), (None, 2), "the old one is gone");
    // Deleted there: nothing stays here.
    let delete = json!({ "assetId": after.id });
    apply(distant.library(), &distant.upstream, vec![(EntityType::AssetDeleteV1, delete)]);
    distant.library().tidy().unwrap();
    assert!(distant.kept().is_empty());
}

#[test]
fn a_whole_original_is_proven_while_it_is_handed_on() {
    let distant = Distant::new();
    let original: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
    let asset = distant.add(2, &original);
    let read = |span| {
        let mut came = Vec::new();
        let outcome = distant.library().relay(&asset, Wanted::Original, span).unwrap().reader.read_to_end(&mut came);
        (outcome.is_ok(), came)
    };
    assert_eq!(read(None), (true, original.clone()));
    let span = Some(Span { from: 100, to: None });
    assert_eq!(read(span), (true, original[100..].to_vec()));
    let mut other = original.clone();
    other[299_999] ^= 1;
    distant.shelf.put(asset.id.0, Wanted::Original, other);
    let (is_whole, came) = read(None);
    assert!(!is_whole && came.len() < original.len());
}

#[test]
fn files_that_nobody_counts_go() {
    let distant = Distant::new();
    let asset = distant.add(2, b"the original");
    distant.fetch(&asset, THUMBNAIL).unwrap();
    let counted = distant.kept();
    let stray = distant.scene.folder.path().join("cache/00");
    std::fs::create_dir_all(&stray).unwrap();
    std::fs::write(stray.join("stray"), b"?").unwrap();
    distant.library().tidy().unwrap();
    assert_eq!(distant.kept(), counted);
}

/// What a cache of this size holds after some uses, the oldest first.
#[derive(Default)]
struct Model {
    kept: Vec<(u32, u64)>,
}

impl Model {
    fn use_it(&mut self, number: u32, size: u64, limit: u64) {
        if let Some(at) = self.kept.iter().position(|(known, _)| *known == number) {
            let known = self.kept.remove(at);
            self.kept.push(known);
            return;
        }
        if size > limit {
            return;
        }
        let used = |kept: &[(u32, u64)]| kept.iter().map(|(_, size)| size).sum::<u64>();
        if used(&self.kept) + size > limit {
            while !self.kept.is_empty() && used(&self.kept) + size > limit - limit / 20 {
                self.kept.remove(0);
            }
        }
        self.kept.push((number, size));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn the_cache_holds_what_was_used_last_and_no_more_than_it_may(
        limit in 50_u64..400, sizes in proptest::collection::vec(1_u64..120, 8),
        uses in proptest::collection::vec(0_usize..8, 1..40),
    ) {
        let distant = Distant::with_cache(limit);
        let assets: BTreeMap<usize, Asset> = sizes.iter().enumerate().map(|(at, size)| {
            let number = u32::try_from(at).unwrap() + 2;
            (at, distant.add(number, &vec![u8::try_from(at).unwrap(); usize::try_from(*size).unwrap()]))
        }).collect();
        let mut model = Model::default();
        for at in uses {
            distant.scene.clock.advance(1_000);
            let asset = &assets[&at];
            let found = match distant.here(asset, Wanted::Original) {
                Some(found) => Ok(found),
                None => distant.fetch(asset, Wanted::Original),
            };
            prop_assert_eq!(found.is_ok(), sizes[at] <= limit);
            model.use_it(u32::try_from(at).unwrap(), sizes[at], limit);
            let kept = distant.kept();
            let held: u64 = kept.iter().map(|name| distant.scene.folder.path().join(name).metadata().unwrap().len()).sum();
            prop_assert!(held <= limit, "{} of {}", held, limit);
            let mut expected: Vec<String> = model.kept.iter().map(|(at, _)| assets[&(*at as usize)].id.to_string()).collect();
            let mut there: Vec<String> = kept.iter().map(|name| name["cache/0f/".len()..][..36].to_owned()).collect();
            expected.sort();
            there.sort();
            prop_assert_eq!(there, expected);
        }
    }
}
