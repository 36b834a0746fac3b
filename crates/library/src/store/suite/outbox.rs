//! Changes that wait to reach an upstream.

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, TagId};
use tintype_protocol::time::Timestamp;

use super::Subject;
use super::scene::{Scene, uuid};
use super::upstreams::link;
use crate::model::{Field, Subject as About};

/// What waits and what was given up are two lists of each upstream, oldest first.
pub(super) fn rows_are_listed_by_their_state(subject: &Subject) {
    let scene = Scene::of(subject);
    let (ada, ben) = (scene.user(1), scene.user(2));
    let first = link(&scene, ada, "https://a/api", 1).expect("a link").id;
    let second = link(&scene, ben, "https://a/api", 2).expect("a link").id;
    scene.write(move |tx| {
        for (number, upstream) in [(1, first), (2, first), (3, second), (4, first), (5, first)] {
            let about = About::Asset(AssetId(uuid(240, number)));
            tx.put_outbox(upstream, about, Field::Favorite, Some("false"), Some("true"), None)?;
        }
        for row in tx.outbox(first, 0, 10)? {
            if [uuid(240, 2), uuid(240, 5)].contains(&row.subject.id()) {
                assert!(!tx.refuse_outbox(row.id, row.revision + 1, 10, "no", Timestamp(0), true)?);
                assert!(tx.refuse_outbox(row.id, row.revision, 10, "no", Timestamp(0), true)?);
            }
        }
        Ok(())
    });
    let list = |upstream, is_dead, after, limit| {
        let rows = scene.read(|tx| tx.outbox_of_state(upstream, is_dead, after, limit));
        assert!(rows.iter().all(|row| row.is_dead == is_dead && row.upstream_id == upstream));
        rows.into_iter().map(|row| (row.id, row.subject.id())).collect::<Vec<_>>()
    };
    let subjects = |rows: Vec<(i64, uuid::Uuid)>| rows.into_iter().map(|(_, subject)| subject).collect::<Vec<_>>();
    assert_eq!(subjects(list(first, false, 0, 10)), [uuid(240, 1), uuid(240, 4)]);
    assert_eq!(subjects(list(first, true, 0, 10)), [uuid(240, 2), uuid(240, 5)]);
    assert_eq!(subjects(list(second, false, 0, 10)), [uuid(240, 3)]);
    assert_eq!(list(second, true, 0, 10), []);
    let page = list(first, true, 0, 1);
    assert_eq!(subjects(list(first, true, page[0].0, 1)), [uuid(240, 5)]);
}

/// A content is about to be deleted there while a row that goes by itself says so: one that only a person makes go does
/// not keep others from adding the content.
pub(super) fn contents_wait_to_be_deleted(subject: &Subject) {
    let scene = Scene::of(subject);
    let (ada, ben) = (scene.user(1), scene.user(2));
    let first = link(&scene, ada, "https://a/api", 1).expect("a link").id;
    let second = link(&scene, ben, "https://a/api", 2).expect("a link").id;
    let content = |number: u8| Sha1([number; 20]);
    scene.write(move |tx| {
        for (number, field) in [(1, Field::Life), (2, Field::Existence), (3, Field::Life)] {
            let (about, detail) = (About::Asset(AssetId(uuid(240, number))), content(number).to_hex());
            tx.put_outbox(first, about, field, None, None, Some(&detail))?;
        }
        // A tag that is called like a content.
        let (tag, path) = (About::Tag(TagId(uuid(241, 4))), content(4).to_hex());
        tx.put_outbox(first, tag, Field::Life, None, None, Some(&path))?;
        // Into the trash is not for good, and names no content.
        tx.put_outbox(first, About::Asset(AssetId(uuid(240, 5))), Field::Life, Some("\"active\""), None, None)
    });
    let deleted = |upstream| -> Vec<u8> {
        let will_be = |number: &u8| scene.read(|tx| tx.will_delete_content(upstream, &content(*number)));
        (1..=5).filter(will_be).collect()
    };
    assert_eq!((deleted(first), deleted(second)), (vec![1, 3], Vec::new()));
    let [row] = scene.read(|tx| tx.pending(first, 1, uuid(240, 3))).try_into().expect("one row");
    let (id, revision) = (row.id, row.revision);
    scene.write(move |tx| tx.refuse_outbox(id, revision, 10, "no", Timestamp(0), true));
    assert_eq!(deleted(first), [1]);
    scene.write(move |tx| tx.retry_outbox(id));
    assert_eq!(deleted(first), [1, 3]);
    scene.write(move |tx| tx.drop_outbox(id));
    assert_eq!(deleted(first), [1]);
}
