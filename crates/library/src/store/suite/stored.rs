//! Assets that are kept as something made from their original.

use tintype_protocol::checksum::Sha1;

use super::Subject;
use super::scene::{NOW, Scene};
use crate::model::StoredForm;
use crate::store::NewJob;

fn form() -> StoredForm {
    StoredForm {
        sha1: Sha1([77; 20]),
        size_bytes: 600,
        media_type: "image/jxl".to_owned(),
        recipe: "lossless/x".to_owned(),
        is_exact: true,
        stored_at: NOW,
    }
}

/// A form is kept beside its asset, moves nothing in the feed, and counts for what is used.
pub(super) fn forms_stand_for_originals(subject: &Subject) {
    let scene = Scene::of(subject);
    let (ada, bob) = (scene.user(1), scene.user(2));
    let (first, second) = (scene.asset(ada, 1), scene.asset(ada, 2));
    let before = scene.read(|tx| tx.asset(first)).expect("the asset");
    let (last, used) = (scene.read(|tx| tx.last_update_id()), scene.read(|tx| tx.usage()));
    scene.write(move |tx| tx.set_stored_form(first, "library/a.jxl", Some(&form())));
    assert_eq!(scene.read(|tx| tx.last_update_id()), last, "it has not moved");
    assert_eq!(scene.read(|tx| tx.stored_form(first)), Some(form()));
    assert_eq!(scene.read(|tx| tx.stored_form(second)), None);
    let after = scene.read(|tx| tx.asset(first)).expect("the asset");
    assert_eq!(after.original_path, "library/a.jxl");
    assert_eq!(
        (after.checksum, after.size_bytes, &after.media_type),
        (before.checksum, before.size_bytes, &before.media_type)
    );
    let bytes = |usage: &[crate::model::OwnerUsage]| usage[0].photo_bytes;
    assert_eq!(bytes(&scene.read(|tx| tx.usage())), bytes(&used) - before.size_bytes + 600);
    let holder = |owner, sha1| scene.read(|tx| tx.asset_by_stored_form(owner, &sha1)).map(|known| known.asset_id);
    assert_eq!((holder(ada, Sha1([77; 20])), holder(bob, Sha1([77; 20]))), (Some(first), None));
    assert_eq!(holder(ada, before.checksum), None);

    scene.write(move |tx| tx.move_stored_form(first, second));
    assert_eq!(scene.read(|tx| Ok((tx.stored_form(first)?, tx.stored_form(second)?))), (None, Some(form())));
    scene.write(move |tx| tx.set_stored_form(second, "library/b.jpg", None));
    assert_eq!(scene.read(|tx| tx.stored_form(second)), None);

    // Unless it is said, clients hear of none of it.
    let last = scene.read(|tx| tx.last_update_id());
    scene.write(move |tx| tx.show_as(first, &Sha1([78; 20]), "image/avif", "a.avif"));
    let shown = scene.read(|tx| tx.asset(first)).expect("the asset");
    assert_eq!(
        (shown.checksum, shown.media_type.as_str(), shown.original_name.as_str()),
        (Sha1([78; 20]), "image/avif", "a.avif")
    );
    assert_ne!(scene.read(|tx| tx.last_update_id()), last);
    let taken = scene.read(|tx| tx.asset(second)).expect("the asset").checksum;
    assert!(scene.try_write(move |tx| tx.show_as(first, &taken, "image/avif", "a.avif")).is_err());

    scene.write(move |tx| {
        tx.set_stored_form(first, "library/a.jxl", Some(&form()))?;
        let asset = tx.asset(first)?.expect("the asset");
        tx.delete_asset(&asset)
    });
    assert_eq!(scene.read(|tx| tx.stored_form(first)), None, "it goes with its asset");
}

/// What is still to be done in the background is seen, and keys that were given away are not given out again.
pub(super) fn work_and_cleared_keys_are_seen(subject: &Subject) {
    let scene = Scene::of(subject);
    let ada = scene.user(1);
    let (first, second) = (scene.asset(ada, 1), scene.asset(ada, 2));
    scene.write(move |tx| {
        tx.enqueue(NewJob { kind: crate::model::JobKind::Thumbnail, asset_id: first, not_before: None })?;
        tx.orphan_key("library/gone.jpg")
    });
    assert_eq!(scene.read(|tx| Ok((tx.has_jobs(first)?, tx.has_jobs(second)?))), (true, false));
    let reserve = |key: &'static str| scene.try_write(move |tx| tx.reserve_key(key)).is_ok();
    assert!(!reserve("library/gone.jpg") && reserve("library/free.jpg"));
    scene.write(|tx| tx.forget_orphan("library/gone.jpg"));
    assert!(reserve("library/gone.jpg"));
}
