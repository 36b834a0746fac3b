//! Background work, done for real.

use tintype_library::assets::AssetChange;
use tintype_library::model::JobKind;
use tintype_protocol::model::AssetStatus;
use tintype_protocol::permission::Permission;

use crate::scene::{Scene, jpeg};

#[test]
fn new_assets_are_read_and_rendered() {
    let scene = Scene::new();
    let id = scene.add("a.jpg", &jpeg(1));
    scene.work();
    let (asset, known) = scene.library.asset_with_exif(&scene.caller(), id, Permission::AssetRead).unwrap();
    let known = known.expect("an exif row");
    assert_eq!((asset.width, asset.height, asset.is_rendered), (Some(64), Some(48), true));
    assert!(asset.thumbhash.is_some_and(|hash| hash.len() > 4));
    assert_eq!(asset.local_date_time.to_iso(), "2025-08-01T10:00:00.000Z");
    assert_eq!((known.make.as_deref(), known.model.as_deref()), (Some("Tintype"), Some("Demonstration")));
    let renditions = scene.files().into_iter().filter(|name| name.starts_with("thumbs/")).count();
    assert_eq!(renditions, 2);
}

#[test]
fn a_place_gives_its_zone_whenever_the_file_is_read() {
    let scene = Scene::new();
    let place = || AssetChange { position: Some((48.85, 2.35)), ..AssetChange::default() };
    let (early, late) = (scene.add("a.jpg", &jpeg(1)), scene.add("b.jpg", &jpeg(2)));
    let caller = scene.caller();
    scene.library.update_asset(&caller, early, place()).unwrap();
    scene.work();
    scene.library.update_asset(&caller, late, place()).unwrap();
    // And once more: what the file does not know is not lost.
    scene.library.request_jobs(&caller, &[late], JobKind::Metadata).unwrap();
    scene.work();
    for id in [early, late] {
        let (asset, known) = scene.library.asset_with_exif(&caller, id, Permission::AssetRead).unwrap();
        let known = known.expect("an exif row");
        assert_eq!(known.time_zone.as_deref(), Some("Europe/Paris"));
        let clock = (asset.file_created_at.to_iso(), asset.local_date_time.to_iso());
        assert_eq!(clock, ("2025-08-01T10:00:00.000Z".to_owned(), "2025-08-01T12:00:00.000Z".to_owned()));
        assert_eq!((known.date_time_original, known.latitude), (Some(asset.file_created_at), Some(48.85)));
    }
}

#[test]
fn a_picture_that_cannot_be_decoded_costs_its_thumbnail_and_nothing_more() {
    let scene = Scene::new();
    // A PNG whose header claims more pixels than anybody has memory for.
    let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bomb.extend(60_000_u32.to_be_bytes());
    bomb.extend(60_000_u32.to_be_bytes());
    bomb.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
    let bad = scene.add("bomb.png", &bomb);
    let good = scene.add("a.jpg", &jpeg(1));
    scene.work();
    let asset = |id| scene.library.asset(&scene.caller(), id, Permission::AssetRead).unwrap();
    assert!(!asset(bad).is_rendered && asset(good).is_rendered);
    let failed = scene.library.failed_jobs(10).unwrap();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].2, "bomb.png");
}

#[test]
fn what_is_deleted_for_good_is_gone_with_its_files() {
    let scene = Scene::new();
    let (gone, kept) = (scene.add("a.jpg", &jpeg(1)), scene.add("b.jpg", &jpeg(2)));
    scene.work();
    let caller = scene.caller();
    scene.library.delete_assets(&caller, &[gone], false).unwrap();
    assert_eq!(scene.library.empty_trash(scene.owner).unwrap(), 1);
    assert_eq!(scene.library.asset(&caller, gone, Permission::AssetRead).unwrap().status, AssetStatus::Deleted);
    // Removal waits a moment, so that deletes that follow each other are one batch.
    scene.clock.advance(1_000);
    scene.work();
    assert!(scene.library.asset(&caller, gone, Permission::AssetRead).is_err());
    scene.library.asset(&caller, kept, Permission::AssetRead).unwrap();
    let left = scene.files();
    assert_eq!(
        left.iter().filter(|name| name.contains(&gone.to_string()) || name.ends_with("a.jpg")).count(),
        0,
        "{left:?}"
    );
    assert_eq!(scene.caller().user.usage_bytes, i64::try_from(jpeg(2).len()).unwrap());
}
