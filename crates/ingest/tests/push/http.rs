//! To an Immich-compatible server.

use std::sync::Arc;
use std::time::Duration;

use tintype_ingest::push::{PushError, Summary};
use tintype_protocol::checksum::Sha1;

use crate::desk::Desk;
use crate::immich::{Fault, Immich};
use crate::site::noise;

pub(crate) const NOTHING: Summary =
    Summary { sent: 0, sent_bytes: 0, known: 0, in_trash: 0, deleted: 0, failed: 0, left: 0, waiting: 0 };
pub(crate) const SIZE: usize = 300_000;

pub(crate) fn sha1(bytes: &[u8]) -> Sha1 {
    use sha1::Digest as _;
    Sha1(sha1::Sha1::digest(bytes).into())
}

/// A desk with one photo that is to be deleted, and a server with faults.
pub(crate) fn scene(faults: &[Fault]) -> (Desk, Arc<Immich>) {
    let (mut desk, server) = (Desk::new(), Arc::new(Immich::default()));
    desk.settings.deletes = true;
    desk.write("a.jpg", &noise(SIZE, 1));
    server.faults.lock().unwrap().extend(faults);
    (desk, server)
}

#[test]
fn what_the_server_has_is_deleted_here() {
    let (desk, server) = scene(&[]);
    desk.write("notes.txt", b"no photo");
    desk.write("copy.jpg", &noise(SIZE, 1));
    let done = Summary { sent: 2, sent_bytes: SIZE as u64, deleted: 2, left: 1, ..NOTHING };
    assert_eq!(desk.pass(&mut server.target()), done, "the second one was there");
    assert_eq!(*server.uploads.lock().unwrap(), 1);
    assert!(!desk.at("a.jpg").exists() && desk.at("notes.txt").exists());
    assert!(desk.journal().contains("\"proof\":\"checksum\""));
}

#[test]
fn faults_pass_and_nothing_is_deleted_before() {
    for (faults, uploads, waits) in [
        (&[Fault::Status(500, None), Fault::Status(502, None)][..], 3, &[0, 0][..]),
        (&[Fault::Status(503, Some(30))], 2, &[30]),
        (&[Fault::LostAnswer], 1, &[0]),
    ] {
        let (desk, server) = scene(faults);
        let summary = desk.pass(&mut server.target());
        assert_eq!((summary.sent, summary.deleted, summary.failed), (1, 1, 0), "{faults:?}");
        assert_eq!((*server.uploads.lock().unwrap(), server.kept.lock().unwrap().len()), (uploads, 1), "{faults:?}");
        let waited = desk.time.waited.lock().unwrap();
        let is_long =
            |(waited, least): (&Duration, &u64)| *waited >= Duration::from_secs(*least).max(Duration::from_millis(500));
        assert!(waited.len() == waits.len() && waited.iter().zip(waits).all(is_long), "{faults:?} {waited:?}");
    }
}

#[test]
fn what_is_refused_or_damaged_stays() {
    for (fault, uploads) in [
        (Fault::Status(413, None), 1),
        (Fault::Status(400, None), 1),
        (Fault::Damage, 5),
        (Fault::Status(500, None), 5),
    ] {
        let (desk, server) = scene(&[fault; 5]);
        assert_eq!(desk.pass(&mut server.target()), Summary { failed: 1, ..NOTHING }, "{fault:?}");
        assert_eq!(*server.uploads.lock().unwrap(), uploads, "{fault:?}");
        assert!(desk.at("a.jpg").is_file() && desk.journal().contains("\"event\":\"failed\""));
        // It is not known to be there: the next pass sends it.
        server.faults.lock().unwrap().clear();
        assert_eq!(desk.pass(&mut server.target()).sent, 1, "{fault:?}");
    }
    let (desk, server) = scene(&[Fault::Status(401, None)]);
    let (outcome, _) = desk.try_pass(&mut server.target());
    assert!(matches!(outcome, Err(PushError::Hopeless { .. })), "{outcome:?}");
}

#[test]
fn a_sidecar_goes_with_its_photo_and_stays_here() {
    let (desk, server) = scene(&[]);
    desk.write("a.jpg.xmp", b"<x:xmpmeta/>");
    desk.write("b.jpg", &noise(SIZE, 5));
    assert_eq!(
        desk.pass(&mut server.target()),
        Summary { sent: 2, sent_bytes: 2 * SIZE as u64, deleted: 2, left: 1, ..NOTHING }
    );
    assert_eq!(*server.sidecars.lock().unwrap(), ["<x:xmpmeta/>"]);
    assert!(desk.at("a.jpg.xmp").is_file(), "no server proves that it has a sidecar");
}

#[test]
fn what_was_deleted_there_is_neither_sent_nor_deleted() {
    let (desk, server) = scene(&[]);
    server.trashed.lock().unwrap().push(sha1(&noise(SIZE, 1)));
    assert_eq!(desk.pass(&mut server.target()), Summary { in_trash: 1, ..NOTHING });
    assert_eq!(desk.pass(&mut server.target()), Summary { in_trash: 1, ..NOTHING }, "a new run asks again");
    assert!(desk.at("a.jpg").is_file() && *server.uploads.lock().unwrap() == 0);
}

#[test]
fn a_file_that_changes_while_it_is_sent_is_sent_again() {
    for (length, seed) in [(SIZE, 2), (SIZE / 2, 3), (SIZE * 2, 4)] {
        let (desk, server) = scene(&[]);
        let (path, other) = (desk.at("a.jpg"), noise(length, seed));
        let bytes = other.clone();
        *server.meanwhile.lock().unwrap() = Some(Box::new(move || std::fs::write(path, bytes).unwrap()));
        let summary = desk.pass(&mut server.target());
        assert_eq!((summary.sent, summary.deleted), (1, 1), "{length}");
        assert!(server.kept.lock().unwrap().iter().any(|(_, kept)| *kept == sha1(&other)), "{length}");
    }
}
