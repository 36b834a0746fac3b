//! A full copy: originals that only an upstream has become files of the library.

use std::sync::{Arc, Mutex};

use serde_json::json;
use tintype_library::fetching::FetchError;
use tintype_library::origin::Wanted;
use tintype_library::originals::BroughtHome;
use tintype_library::recorder::{Change, Recorder};
use tintype_library::store::{StoreError, Write};
use tintype_library::{Disposition, LibraryError};
use tintype_protocol::sync::EntityType;

use crate::fetching::{Distant, THUMBNAIL, sha1};
use crate::origin::Mood;
use crate::replica::{apply, asset as line};
use crate::scene::{NOW, jpeg};

fn original(distant: &Distant, number: u32) -> Vec<u8> {
    let mut found = distant.library().here(&distant.asset(number), Wanted::Original).unwrap().expect("it is here");
    found.blob.read_whole(&found.key).unwrap()
}

fn home(distant: &Distant, number: u32) -> Result<BroughtHome, LibraryError> {
    distant.library().bring_home(distant.asset(number).id)
}

#[test]
fn an_original_becomes_a_file_of_the_library_and_stays_one() {
    let distant = Distant::new();
    let (library, bytes) = (distant.library(), jpeg(2));
    let before = distant.add(2, &bytes);
    let size = bytes.len() as u64;
    assert_eq!(home(&distant, 2).unwrap(), BroughtHome::Fetched { bytes: size, came: size });
    let after = distant.asset(2);
    assert_eq!(after.original_path, format!("library/{}/2025/08/2.jpg", storage(&distant)), "by the camera's date");
    let same = tintype_library::model::Asset {
        original_path: before.original_path.clone(),
        size_bytes: before.size_bytes,
        ..after.clone()
    };
    assert_eq!(same, before, "everything else is as it was");
    assert_eq!(home(&distant, 2).unwrap(), BroughtHome::Needless);
    let usage = || library.user(distant.scene.owner).unwrap().unwrap().usage_bytes;
    assert_eq!(usage(), bytes.len() as i64);
    let held = library.held_originals(distant.scene.owner).unwrap();
    assert_eq!((held.here, held.verified, held.elsewhere, held.here_bytes), (1, 1, 0, size));
    assert_eq!((held.verified_first, held.verified_last), (Some(NOW), Some(NOW)));
    // Later lines of the server, all of them anew, and its end.
    let checksum = tintype_protocol::bytes::base64(&before.checksum.0);
    let again = line(2, 0, &json!({ "checksum": checksum, "thumbhash": "AQID", "isFavorite": true }));
    apply(library, &distant.upstream, vec![(EntityType::AssetV2, again)]);
    assert!(distant.asset(2).is_favorite && distant.asset(2).original_path == after.original_path);
    distant.scene.work();
    let rendered = distant.asset(2);
    assert_eq!((rendered.is_rendered, &rendered.thumbhash), (true, &before.thumbhash), "as the server says it");
    library.unlink_upstream(distant.upstream.id).unwrap();
    distant.shelf.feels(Mood::Away);
    assert_eq!(original(&distant, 2), bytes);
    assert!(library.here(&distant.asset(2), THUMBNAIL).unwrap().is_some());
}

fn storage(distant: &Distant) -> String {
    let user = distant.library().user(distant.scene.owner).unwrap().unwrap();
    user.storage_label.unwrap_or_else(|| user.id.to_string())
}

#[test]
fn what_was_looked_at_does_unless_the_disk_has_damaged_it() {
    let distant = Distant::new();
    for (number, is_damaged) in [(2, false), (3, true)] {
        let bytes = jpeg(number);
        let asset = distant.add(number, &bytes);
        distant.fetch(&asset, Wanted::Original).unwrap();
        let kept =
            distant.scene.folder.path().join(distant.library().here(&asset, Wanted::Original).unwrap().unwrap().key);
        if is_damaged {
            std::fs::write(&kept, b"something else").unwrap();
        }
        let came = if is_damaged { bytes.len() as u64 } else { 0 };
        assert_eq!(home(&distant, number).unwrap(), BroughtHome::Fetched { bytes: bytes.len() as u64, came });
        assert_eq!(original(&distant, number), bytes);
    }
}

#[test]
fn an_original_that_the_disk_has_lost_or_damaged_comes_again() {
    let distant = Distant::new();
    let library = distant.library();
    for (number, damage) in [(2, None), (3, Some(b"something else"))] {
        let bytes = jpeg(number);
        distant.add(number, &bytes);
        home(&distant, number).unwrap();
        let before = distant.asset(number);
        let file = distant.scene.folder.path().join(&before.original_path);
        match damage {
            Some(damage) => std::fs::write(&file, damage).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
        let usage = || library.user(distant.scene.owner).unwrap().unwrap().usage_bytes;
        let used = usage();
        // What comes is not believed either.
        distant.shelf.put(before.id.0, Wanted::Original, jpeg(9));
        let error = library.fetch_again(before.id).unwrap_err();
        assert!(matches!(error, LibraryError::Fetch(FetchError::Damaged(_))), "{error}");
        assert_eq!(distant.asset(number), before);
        distant.shelf.put(before.id.0, Wanted::Original, bytes.clone());
        assert!(library.fetch_again(before.id).unwrap());
        assert_eq!((original(&distant, number), usage()), (bytes, used));
        if let Some(damage) = damage {
            assert_eq!(std::fs::read(&file).unwrap(), damage);
        }
    }
    library.unlink_upstream(distant.upstream.id).unwrap();
    assert!(!library.fetch_again(distant.asset(2).id).unwrap(), "nobody else has it");
}

#[test]
fn what_broke_off_goes_on_where_it_was() {
    let distant = Distant::new();
    let bytes = jpeg(2);
    distant.add(2, &bytes);
    distant.shelf.feels(Mood::Breaking(100));
    for from in [None, Some(100)] {
        let error = home(&distant, 2).unwrap_err();
        assert!(matches!(error.disposition(), Disposition::Retry { .. }), "{error}");
        assert_eq!(distant.shelf.asked(), [(Wanted::Original, from)]);
    }
    distant.shelf.feels(Mood::Well);
    let size = bytes.len() as u64;
    assert_eq!(home(&distant, 2).unwrap(), BroughtHome::Fetched { bytes: size, came: size - 200 });
    assert_eq!((original(&distant, 2), distant.shelf.asked()), (bytes, vec![(Wanted::Original, Some(200))]));
    // A server that cannot send parts sends all of it again.
    let bytes = jpeg(3);
    distant.add(3, &bytes);
    distant.shelf.feels(Mood::Breaking(100));
    home(&distant, 3).unwrap_err();
    distant.shelf.feels(Mood::WithoutParts);
    home(&distant, 3).unwrap();
    assert_eq!(original(&distant, 3), bytes);
    assert!(distant.scene.files().iter().all(|name| name.starts_with("library/")), "{:?}", distant.scene.files());
}

#[test]
fn what_is_not_the_original_never_becomes_one() {
    let distant = Distant::new();
    let asset = distant.add(2, &jpeg(2));
    // The beginning of one, and the rest of another.
    distant.shelf.feels(Mood::Breaking(100));
    home(&distant, 2).unwrap_err();
    distant.shelf.put(asset.id.0, Wanted::Original, jpeg(3));
    distant.shelf.feels(Mood::Well);
    let error = home(&distant, 2).unwrap_err();
    assert!(matches!(error, LibraryError::Fetch(FetchError::Damaged(_))), "{error}");
    assert_eq!(distant.asset(2), asset);
    assert!(distant.scene.files().is_empty(), "{:?}", distant.scene.files());
    // A longer beginning than the file has.
    distant.shelf.put(asset.id.0, Wanted::Original, [jpeg(2), vec![0; 9_000]].concat());
    distant.shelf.feels(Mood::Breaking(jpeg(2).len() + 5_000));
    home(&distant, 2).unwrap_err();
    distant.shelf.put(asset.id.0, Wanted::Original, jpeg(2));
    distant.shelf.feels(Mood::Well);
    home(&distant, 2).unwrap();
    assert_eq!(original(&distant, 2), jpeg(2));
}

#[test]
fn what_somebody_looked_at_need_not_come_again() {
    let distant = Distant::new();
    let asset = distant.add(2, &jpeg(2));
    distant.library().fetch(&asset, Wanted::Original, std::time::Duration::from_secs(60)).unwrap();
    distant.shelf.feels(Mood::Away);
    home(&distant, 2).unwrap();
    assert_eq!(original(&distant, 2), jpeg(2));
}

/// Notes what users change.
#[derive(Default)]
struct Notes(Mutex<Vec<Change>>);

impl Recorder for Notes {
    fn record(&self, _: &mut dyn Write, change: &Change) -> Result<(), StoreError> {
        self.0.lock().unwrap().push(change.clone());
        Ok(())
    }
}

#[test]
fn nothing_of_it_is_a_users_change() {
    let notes = Arc::new(Notes::default());
    let recorder = Arc::clone(&notes);
    let distant = Distant::with(|parts| parts.recorder = recorder);
    distant.add(2, &jpeg(2));
    notes.0.lock().unwrap().clear();
    home(&distant, 2).unwrap();
    distant.scene.work();
    assert!(notes.0.lock().unwrap().is_empty());
}

/// The server's user puts another photo in the place of this one, whose original lies here.
#[test]
fn a_copy_keeps_its_content_whatever_the_server_says_later() {
    let distant = Distant::new();
    distant.add(2, &jpeg(2));
    home(&distant, 2).unwrap();
    let now = distant.add(2, &jpeg(5));
    assert_eq!((now.checksum, original(&distant, 2)), (sha1(&jpeg(2)), jpeg(2)));
    assert_eq!(home(&distant, 2).unwrap(), BroughtHome::Needless);
}

#[test]
fn a_full_account_takes_no_more() {
    let distant = Distant::new();
    distant.add(2, &jpeg(2));
    let change = tintype_library::users::UserChange { quota_bytes: Some(Some(10)), ..Default::default() };
    distant.library().update_user(distant.scene.owner, change).unwrap();
    assert!(matches!(home(&distant, 2), Err(LibraryError::QuotaExceeded)));
    assert_eq!(distant.asset(2).original_path, distant.add(2, &jpeg(2)).original_path);
}
