//! Assets of a server that a landing zone made smaller on their way there: here they are what devices know.

use std::sync::atomic::AtomicBool;

use serde_json::json;
use tintype_library::LibraryError;
use tintype_library::fetching::FetchError;
use tintype_library::landing::{Arrival, Standing};
use tintype_library::model::{Asset, StoredForm};
use tintype_library::origin::Wanted;
use tintype_library::originals::BroughtHome;
use tintype_library::uploads::Added;
use tintype_media::recipes::{Destination, Input, Outcome as Made, shipped};
use tintype_protocol::bytes::base64;
use tintype_protocol::sync::EntityType;
use tintype_protocol::time::Timestamp;

use crate::fetching::{Distant, sha1};
use crate::optimising::{engine, photo, tools};
use crate::replica::{apply, asset as line, retry};

const LONG: std::time::Duration = std::time::Duration::from_secs(60);

/// A zone made `derived` of `original`, with loss or without, and delivered it.
fn note(distant: &Distant, original: &[u8], derived: &[u8], media_type: &str, lossless: bool) {
    let made = (sha1(derived), derived.len() as u64, media_type);
    distant.library().note_derivation(sha1(original), made, "test/made", lossless).unwrap();
}

/// The server shows it, with its bytes there.
fn show(distant: &Distant, number: u32, bytes: &[u8], name: &str, is_favorite: bool) -> Asset {
    let more = json!({
        "checksum": base64(&sha1(bytes).0), "originalFileName": name, "thumbhash": "AQID", "isFavorite": is_favorite,
    });
    apply(distant.library(), &distant.upstream, vec![(EntityType::AssetV2, line(number, 0, &more))]);
    let asset = distant.asset(number);
    distant.shelf.put(asset.id.0, Wanted::Original, bytes.to_vec());
    asset
}

fn form(distant: &Distant, number: u32) -> Option<StoredForm> {
    distant.library().stored_form(&distant.asset(number)).unwrap()
}

/// Bytes, type and name of what is handed out.
fn handed_out(distant: &Distant, number: u32) -> Result<(Vec<u8>, String, String), LibraryError> {
    let (library, asset) = (distant.library(), distant.asset(number));
    let mut found = match library.here(&asset, Wanted::Original)? {
        Some(found) => found,
        None => library.fetch(&asset, Wanted::Original, LONG)?,
    };
    Ok((found.blob.read_whole(&found.key)?, found.media_type, found.name))
}

#[test]
fn devices_are_told_the_checksum_of_the_original() {
    let distant = Distant::new();
    let owner = distant.scene.owner;
    let (original, small) = (b"as the phone has it".as_slice(), b"small".as_slice());
    note(&distant, original, small, "image/avif", false);
    let asset = show(&distant, 2, small, "IMG.avif", false);
    assert_eq!((asset.checksum, asset.media_type.as_str()), (sha1(original), "image/avif"));
    for content in [original, small] {
        let known = distant.library().known_content(owner, &sha1(content)).unwrap();
        assert_eq!(known.map(|known| known.asset_id), Some(asset.id), "no phone sends either again");
    }
    // Later lines change what they say, and not that.
    let later = show(&distant, 2, small, "IMG.avif", true);
    assert!(later.is_favorite && later.checksum == sha1(original));
    assert_eq!(show(&distant, 2, small, "IMG.avif", true), later, "and the same again changes nothing");
    // What is handed out is what there is.
    let (bytes, media_type, name) = handed_out(&distant, 2).unwrap();
    assert_eq!((bytes.as_slice(), media_type.as_str(), name.as_str()), (small, "image/avif", "IMG.avif"));
    // Replaced there: the new content was made of nothing that is known.
    let replaced = show(&distant, 2, b"another", "IMG.avif", true);
    assert_eq!((replaced.checksum, form(&distant, 2)), (sha1(b"another"), None));
}

#[test]
fn wrong_bytes_are_not_taken_for_either() {
    let distant = Distant::new();
    note(&distant, b"original", b"small", "image/avif", false);
    let asset = show(&distant, 2, b"small", "IMG.avif", false);
    distant.shelf.put(asset.id.0, Wanted::Original, b"smell".to_vec());
    assert!(matches!(handed_out(&distant, 2), Err(LibraryError::Fetch(FetchError::Damaged(_)))));
    assert!(matches!(distant.library().bring_home(asset.id), Err(LibraryError::Fetch(FetchError::Damaged(_)))));
    let mut relayed = distant.library().relay(&asset, Wanted::Original, None).unwrap();
    assert!(std::io::copy(&mut relayed.reader, &mut std::io::sink()).is_err());
    distant.shelf.put(asset.id.0, Wanted::Original, b"small".to_vec());
    let mut relayed = distant.library().relay(&asset, Wanted::Original, None).unwrap();
    assert_eq!(std::io::copy(&mut relayed.reader, &mut std::io::sink()).unwrap(), 5);
}

#[test]
fn a_server_that_has_both_has_two_assets() {
    let distant = Distant::new();
    note(&distant, b"original", b"small", "image/avif", false);
    show(&distant, 2, b"small", "IMG.avif", false);
    let whole = show(&distant, 3, b"original", "IMG.jpg", false);
    assert_eq!(whole.checksum, sha1(b"original"));
    let small = distant.asset(2);
    assert_eq!((small.checksum, small.original_name.as_str()), (sha1(b"small"), "IMG.avif"));
    assert_eq!(form(&distant, 2), None);
    assert_eq!(retry(distant.library(), &distant.upstream), 0, "nothing waits");
    assert!(distant.library().quarantined(distant.upstream.id).unwrap().is_empty());
    // The other way round.
    let distant = Distant::new();
    note(&distant, b"original", b"small", "image/avif", false);
    show(&distant, 3, b"original", "IMG.jpg", false);
    assert_eq!(show(&distant, 2, b"small", "IMG.avif", false).checksum, sha1(b"small"));
}

#[test]
fn what_was_made_of_two_originals_is_shown_as_itself() {
    let distant = Distant::new();
    note(&distant, b"one", b"small", "image/avif", false);
    note(&distant, b"two", b"small", "image/avif", false);
    assert_eq!(show(&distant, 2, b"small", "IMG.avif", false).checksum, sha1(b"small"));
}

#[test]
fn a_copy_of_what_was_made_with_loss_is_kept_as_that() {
    let distant = Distant::new();
    note(&distant, b"original", b"small", "image/avif", false);
    let asset = show(&distant, 2, b"small", "IMG.avif", false);
    assert_eq!(distant.library().bring_home(asset.id).unwrap(), BroughtHome::Fetched { bytes: 5, came: 5 });
    let home = distant.asset(2);
    assert_eq!(home.checksum, sha1(b"original"));
    assert!(form(&distant, 2).is_some_and(|form| !form.is_exact && form.sha1 == sha1(b"small")));
    assert_eq!(distant.library().prove(asset.id).unwrap(), Some(sha1(b"original")), "what stands for it is whole");
    assert_eq!(handed_out(&distant, 2).unwrap().0, b"small");
    let again = show(&distant, 2, b"small", "IMG.avif", true);
    assert!(again.is_favorite && again.checksum == sha1(b"original"));
}

#[test]
fn the_original_itself_takes_the_place_of_what_was_made_of_it() {
    let distant = Distant::new();
    let (original, owner) = (photo(7), distant.scene.owner);
    note(&distant, &original, b"small", "image/avif", false);
    let asset = show(&distant, 2, b"small", "IMG.avif", false);
    // By another door: a landing zone of this library.
    assert_eq!(distant.library().standing(owner, &sha1(&original)).unwrap(), Standing::New, "its bytes are welcome");
    let arrival = Arrival {
        owner,
        name: "IMG.jpg".to_owned(),
        file: &mut original.as_slice(),
        expected: sha1(&original),
        modified: Timestamp(0),
        sidecar: None,
        live_photo_video_id: None,
    };
    let added = distant.library().take_in(arrival).unwrap();
    assert!(matches!(added, Added::Duplicate(known) if known.asset_id == asset.id));
    assert_eq!(form(&distant, 2), None);
    let expected = (original.clone(), "image/jpeg".to_owned(), "IMG.jpg".to_owned());
    assert_eq!(handed_out(&distant, 2).unwrap(), expected);
    // The server goes on speaking of what it has.
    let again = show(&distant, 2, b"small", "IMG.avif", true);
    assert!(again.is_favorite && again.checksum == sha1(&original) && again.original_name == "IMG.jpg");
    assert_eq!(handed_out(&distant, 2).unwrap(), expected);
}

#[test]
fn what_was_packed_comes_back_bit_for_bit() {
    let Some(tools) = tools(&["cjxl"]) else { return };
    let distant = Distant::new();
    let (original, folder) = (photo(7), distant.scene.folder.path());
    let file = folder.join("photo.jpg");
    std::fs::write(&file, &original).unwrap();
    let input = Input { path: &file, name: "IMG.jpg", destination: Destination::TakesAsIs };
    let engine = engine(folder, tools);
    let made = engine.run(&input, "lossless", &shipped()["lossless"], &AtomicBool::new(false)).unwrap();
    let Made::Derived(derived) = made else { panic!("{made:?}") };
    let packed = std::fs::read(&*derived.file).unwrap();
    note(&distant, &original, &packed, "image/jxl", true);
    let asset = show(&distant, 2, &packed, "IMG.jxl", false);
    let expected = (original.clone(), "image/jpeg".to_owned(), "IMG.jpg".to_owned());
    assert_eq!((asset.checksum, &asset.media_type, &asset.original_name), (sha1(&original), &expected.1, &expected.2));
    assert_eq!(handed_out(&distant, 2).unwrap(), expected);
    assert_eq!(show(&distant, 2, &packed, "IMG.jxl", true).original_name, expected.2);
    let size = original.len() as u64;
    assert!(
        matches!(distant.library().bring_home(asset.id).unwrap(), BroughtHome::Fetched { bytes, .. } if bytes == size)
    );
    assert_eq!(form(&distant, 2), None, "the original lies here");
    assert_eq!(handed_out(&distant, 2).unwrap(), expected);
    assert_eq!(show(&distant, 2, &packed, "IMG.jxl", false).original_name, expected.2);
}
