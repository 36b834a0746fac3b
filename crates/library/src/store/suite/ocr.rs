//! Recognised text.

use tintype_protocol::id::{OcrId, UpdateId};

use super::Subject;
use super::feed::changes;
use super::scene::{Scene, uuid};
use crate::feed::FeedKind;
use crate::model::{AssetFilter, OcrRow, TextLine};

pub(super) fn text_comes_and_goes_with_its_asset(subject: &Subject) {
    let scene = Scene::of(subject);
    let (owner, other) = (scene.user(1), scene.user(2));
    let id = scene.asset(owner, 1);
    let row = |number, text: &str| OcrRow {
        id: OcrId(uuid(50, number)),
        asset_id: id,
        owner_id: owner,
        line: TextLine {
            corners: [(0.0, 0.1), (0.5, 0.1), (0.5, 0.25), (0.0, 0.25)],
            box_score: 0.9,
            text_score: 1.0,
            text: text.to_owned(),
            is_visible: true,
        },
    };
    let rows = [row(1, "Café"), row(2, "Menu")];
    let written = rows.clone();
    scene.write(move |tx| written.iter().try_for_each(|row| tx.insert_ocr_row(row)));
    assert_eq!(scene.read(|tx| tx.ocr_rows(id)), rows);
    let count = |kind, user| changes(&scene, kind, user, UpdateId::MIN).len();
    assert_eq!((count(FeedKind::Ocr, owner), count(FeedKind::Ocr, other)), (2, 0));
    let found = |text: &str| {
        let filter = AssetFilter { text_contains: Some(text.to_owned()), ..AssetFilter::default() };
        scene.read(|tx| tx.search_by_id(&filter, 10)).len()
    };
    assert_eq!((found("cafe"), found("tea")), (1, 0));
    assert!(scene.write(move |tx| tx.delete_ocr_rows(id)));
    assert!(!scene.write(move |tx| tx.delete_ocr_rows(id)));
    assert_eq!((count(FeedKind::Ocr, owner), count(FeedKind::OcrDeletes, owner)), (0, 1), "one for all of them");
    assert_eq!(count(FeedKind::OcrDeletes, other), 0);
    let again = rows[0].clone();
    scene.write(move |tx| {
        tx.insert_ocr_row(&again)?;
        let asset = tx.asset(id)?.expect("the asset");
        tx.delete_asset(&asset)
    });
    assert_eq!(
        (count(FeedKind::Ocr, owner), count(FeedKind::OcrDeletes, owner)),
        (0, 0),
        "the asset's end says it all"
    );
}
