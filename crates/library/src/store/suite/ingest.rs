//! Files in landing zones.

use tintype_protocol::checksum::Sha1;
use tintype_protocol::time::Timestamp;
use uuid::Uuid;

use super::Subject;
use super::scene::{NOW, Scene};
use crate::model::{FileStamp, IngestCount, IngestDerivation, IngestFile, IngestRole, IngestState};

fn file(zone: &str, path: &[u8]) -> IngestFile {
    IngestFile {
        id: 0,
        zone: zone.to_owned(),
        path: path.to_vec(),
        stamp: FileStamp { size_bytes: 100, modified_ns: 1_780_000_000_123_456_789, inode: u64::MAX - 1 },
        state: IngestState::Seen,
        sha1: None,
        belongs_to: None,
        derivation: None,
        asset: None,
        is_duplicate: false,
        attempts: 0,
        due_at: NOW,
        reason: None,
        came_as: None,
        is_gone: false,
        is_wanted: false,
        packs_with: None,
        group: path.to_ascii_lowercase(),
        first_seen: NOW,
        changed_at: NOW,
    }
}

fn derivation() -> IngestDerivation {
    IngestDerivation {
        sha1: Sha1([9; 20]),
        size_bytes: 80,
        file: "1.jxl".to_owned(),
        name: "a.jxl".to_owned(),
        media_type: "image/jxl".to_owned(),
        recipe: "lossless".to_owned(),
        is_lossless: true,
    }
}

/// Every column comes back, names need not be text, and a place holds one file.
pub(super) fn files_in_zones_are_kept_with_all_that_is_known(subject: &Subject) {
    let scene = Scene::of(subject);
    let full = IngestFile {
        state: IngestState::Confirmed,
        sha1: Some(Sha1([7; 20])),
        belongs_to: Some((1, IngestRole::Motion)),
        derivation: Some(derivation()),
        asset: Some(Uuid::from_u128(5)),
        is_duplicate: true,
        attempts: 3,
        reason: Some("the destination is away".to_owned()),
        came_as: Some(b"2026/a.jpg".to_vec()),
        is_gone: true,
        is_wanted: true,
        packs_with: Some("lossless".to_owned()),
        ..file("phone", b"2026/\xff\xfe.jpg")
    };
    let stored = full.clone();
    let [seen, id] = scene.write(move |tx| {
        let seen = tx.add_ingest_file(&file("phone", b"2026/a.jpg"))?;
        tx.add_ingest_file(&file("card", b"2026/a.jpg"))?;
        let id = tx.add_ingest_file(&file("phone", b"2026/\xff\xfe.jpg"))?;
        tx.update_ingest_file(&IngestFile { id, ..stored })?;
        Ok([seen, id])
    });
    let full = IngestFile { id, ..full };
    assert_eq!(scene.read(|tx| tx.ingest_file(id)), Some(full.clone()));
    assert_eq!(scene.read(|tx| tx.ingest_group("phone", &full.group)), [full]);
    let mut all = Vec::new();
    scene.read(|tx| tx.ingest_files("phone", &mut |file| all.push(file.id)));
    all.sort_unstable();
    assert_eq!(all, [seen, id]);
    let to_pack = |now| scene.read(|tx| tx.ingest_files_to_pack("phone", now, 9)).len();
    assert_eq!(to_pack(NOW), 0, "it is not released yet");
    scene.write(move |tx| {
        let file = tx.ingest_file(id)?.expect("it is there");
        tx.update_ingest_file(&IngestFile { state: IngestState::Released, ..file })
    });
    assert_eq!((to_pack(NOW), to_pack(Timestamp(NOW.0 - 1))), (1, 0));
    let successor = scene.write(move |tx| tx.add_ingest_file(&file("phone", b"2026/\xff\xfe.jpg")));
    assert_eq!((to_pack(NOW), successor > id), (1, true), "what is gone leaves its place to others, and is remembered");
    let again = scene.write(move |tx| tx.add_ingest_file(&file("phone", b"2026/a.jpg")));
    assert_eq!((scene.read(|tx| tx.ingest_file(seen)), again > successor), (None, true), "another file at its place");
}

/// What has come to an end, is not complete yet or waits is not due; all of it is counted.
pub(super) fn what_is_due_is_listed_and_counted(subject: &Subject) {
    let scene = Scene::of(subject);
    let later = Timestamp(NOW.0 + 10);
    let ids = scene.write(move |tx| {
        let mut ids = Vec::new();
        for (number, state) in IngestState::ALL.into_iter().enumerate() {
            let path = format!("{number}").into_bytes();
            ids.push(tx.add_ingest_file(&IngestFile { state, ..file("phone", &path) })?);
        }
        let waits = IngestFile {
            state: IngestState::Verified,
            due_at: later,
            reason: Some("later".to_owned()),
            derivation: Some(derivation()),
            ..file("phone", b"waits")
        };
        ids.push(tx.add_ingest_file(&waits)?);
        Ok(ids)
    });
    let due = |now, limit| {
        let found = scene.read(|tx| tx.due_ingest_files("phone", now, 0..=u64::MAX, limit));
        found.into_iter().map(|file| file.id).collect::<Vec<_>>()
    };
    let waits = *ids.last().expect("files were added");
    assert_eq!((due(NOW, 99), due(NOW, 2)), (ids[1..8].to_vec(), ids[1..3].to_vec()));
    assert_eq!(due(later, 99), [&ids[1..8], &[waits]].concat(), "what waits longest comes first");
    let large = scene.read(|tx| tx.due_ingest_files("phone", later, 101..=u64::MAX, 99));
    assert_eq!((large.len(), scene.read(|tx| tx.ingest_group("phone", b"waits")).len()), (0, 1));
    let counts = scene.read(|tx| tx.ingest_counts("phone"));
    let of = |state| counts.iter().find(|count| count.state == state).copied().expect("a count");
    let verified = IngestCount { state: IngestState::Verified, files: 2, waiting: 1, bytes: 200, saved_bytes: 20 };
    assert_eq!((of(IngestState::Verified), of(IngestState::Seen).files), (verified, 1));
    let in_state = scene.read(|tx| tx.ingest_files_in(None, IngestState::Verified, ids[5], 9));
    assert_eq!(in_state.into_iter().map(|file| file.id).collect::<Vec<_>>(), [waits]);
    let forgotten = scene.write(move |tx| {
        // What the zone keeps where it is must not be taken for new.
        let kept = tx.forget_released("phone", later)?;
        let gone = IngestFile { id: ids[8], state: IngestState::Released, ..file("phone", b"8") };
        tx.update_ingest_file(&IngestFile { is_gone: true, ..gone })?;
        Ok((kept, tx.forget_released("phone", NOW)?, tx.forget_released("phone", later)?))
    });
    assert_eq!(forgotten, (0, 0, 1));
}
