//! What belongs together, where its parts went at different times, or something stands against a part of it.

use std::fs;

use tintype_library::model::{Asset, FolderPolicy, NewUpstream, UpstreamMode};
use tintype_library::store::Durability;
use tintype_protocol::model::{AssetStatus, SortOrder, Visibility};
use tintype_protocol::version::Version;
use tintype_reconcile::{Bar, Bucket, Decision, FolderSettings, Kind, ReconcileError, Strictness};

use crate::scene::{LONG, Scene, about, accept, trusting, verdict};

/// A raw file and the JPEG beside it, on both sides, and another photo.
fn raw_pair() -> Scene {
    let scene = Scene::new(FolderPolicy::TwoWay);
    for (path, number) in [("x/i.jpg", 1), ("x/i.jpeg", 2), ("other.jpg", 3)] {
        scene.put(path, number);
    }
    scene.settle();
    scene
}

#[test]
fn a_pair_waits_for_the_one_that_went_last() {
    let scene = raw_pair();
    scene.delete("x/i.jpg");
    scene.run();
    scene.days(10);
    scene.delete("x/i.jpeg");
    scene.run();
    scene.days(5);
    let plan = scene.run();
    for name in ["i.jpg", "i.jpeg"] {
        assert_eq!(verdict(&plan, name).0, Bucket::Quarantine, "{plan:?}");
    }
    // It comes back in time: the other one is asked about.
    scene.put("x/i.jpeg", 2);
    let plan = scene.run();
    assert_eq!(verdict(&plan, "i.jpg"), (Bucket::Review, Kind::TrashAsset, Decision::Hold));
    scene.delete("x/i.jpeg");
    scene.run();
    scene.days(LONG);
    scene.run();
    assert_eq!((scene.status(1), scene.status(2)), (Some(AssetStatus::Trashed), Some(AssetStatus::Trashed)));
}

#[test]
fn where_a_part_has_to_stay_the_rest_is_asked_about() {
    let scene = raw_pair();
    let other = scene.add_folder("other", FolderPolicy::Backup, &trusting());
    fs::write(scene.root().with_file_name("other").join("i.jpeg"), crate::scene::photo(2)).unwrap();
    scene.engine().plan(&other, None, &mut |_| true).unwrap();
    scene.delete("x/i.jpg");
    scene.delete("x/i.jpeg");
    scene.run();
    scene.days(LONG);
    let plan = scene.run();
    assert!(about(&plan, "i.jpeg").bars.iter().any(|bar| matches!(bar, Bar::HeldBy { .. })));
    let still = about(&plan, "i.jpg");
    assert_eq!((still.bucket, still.decision), (Bucket::Review, Decision::Hold), "{still:?}");
    assert!(still.reason.ends_with("i.jpeg belongs to it, and stays"), "{}", still.reason);
    assert_eq!(scene.status(1), Some(AssetStatus::Active));
}

#[test]
fn a_motion_part_waits_for_its_still_however_late_that_was_seen() {
    let settings = FolderSettings { strictness: Strictness::Autonomous, ..trusting() };
    let scene = Scene::with(FolderPolicy::TwoWay, &settings);
    for (path, number) in [("live.jpg", 1), ("live.jpeg", 2), ("other.jpg", 3)] {
        scene.put(path, number);
    }
    scene.settle();
    let (still, motion) = (scene.asset(1).unwrap(), scene.asset(2).unwrap());
    let link = move |tx: &mut dyn tintype_library::store::Write| {
        tx.update_asset(&Asset { live_photo_video_id: Some(motion.id), ..still })?;
        Ok(tx.update_asset(&Asset { visibility: Visibility::Hidden, ..motion })?)
    };
    scene.library.write(Durability::Full, link).unwrap();
    scene.run();
    scene.trash(1);
    // Nobody looks for longer than the quarantine.
    scene.days(LONG + 5);
    let plan = scene.run();
    for name in ["live.jpg", "live.jpeg"] {
        assert_eq!(verdict(&plan, name).0, Bucket::Quarantine, "{plan:?}");
    }
    scene.days(LONG);
    let plan = scene.whole(scene.plan());
    scene.untrash(1);
    assert!(matches!(scene.try_apply(&plan), Err(ReconcileError::Changed { .. })));
    assert_eq!(scene.files(), ["live.jpeg", "live.jpg", "other.jpg"]);
}

#[test]
fn a_plan_does_not_hold_where_a_person_is_asked_since() {
    let scene = raw_pair();
    scene.delete("x/i.jpg");
    scene.delete("x/i.jpeg");
    scene.run();
    scene.days(LONG);
    let plan = scene.whole(scene.plan());
    assert_eq!(verdict(&plan.folders[0], "i.jpg"), (Bucket::Trash, Kind::TrashAsset, Decision::Do));
    // What belongs to it lies there again.
    scene.put("x/i.png", 9);
    let refused = scene.try_apply(&plan).unwrap_err().to_string();
    assert!(refused.contains("i.png belongs to it, and stays"), "{refused}");
    assert_eq!(scene.status(1), Some(AssetStatus::Active));
    // A yes that was given for another reason is none for this one.
    let mut plan = scene.plan();
    accept(&mut plan);
    let plan = scene.whole(plan);
    scene.delete("x/i.png");
    scene.put("x/i.gif", 8);
    assert!(matches!(scene.try_apply(&plan), Err(ReconcileError::Changed { .. })));
    assert_eq!(scene.status(1), Some(AssetStatus::Active));
}

#[test]
fn what_nobody_observes_is_decided_by_a_person_at_once() {
    let settings = FolderSettings { album: Some("Frame".to_owned()), ..trusting() };
    let scene = Scene::with(FolderPolicy::Mirror, &settings);
    let (kept, out) = (scene.upload("kept.jpg", 1), scene.upload("out.jpg", 2));
    let (name, order) = ("Frame".to_owned(), SortOrder::Descending);
    let album =
        scene.library.create_album(&scene.caller(), name, String::new(), order, vec![kept, out], Vec::new()).unwrap();
    scene.plan();
    scene.run();
    assert_eq!(scene.files(), ["kept.jpg", "out.jpg"]);
    scene.library.remove_album_assets(&scene.caller(), album.album.id, vec![out]).unwrap();
    let mut plan = scene.plan();
    assert_eq!(verdict(&plan, "out.jpg"), (Bucket::Review, Kind::TrashFile, Decision::Hold));
    accept(&mut plan);
    let report = scene.try_apply(&scene.whole(plan)).unwrap();
    assert_eq!((report.done, report.failed), (1, 0));
    assert_eq!(scene.files(), ["kept.jpg"]);
}

#[test]
fn of_several_files_that_are_gone_the_last_one_counts() {
    let scene = Scene::new(FolderPolicy::TwoWay);
    scene.put("Originals/a.jpg", 1);
    scene.put("b.jpg", 3);
    fs::write(scene.at("a.jpg"), crate::scene::with_metadata(1, b"edited")).unwrap();
    scene.put("c.jpg", 4);
    let edited = tintype_reconcile::hashing::sha1_of(&scene.at("a.jpg")).unwrap();
    scene.plan();
    scene.library.note_derivation(crate::scene::sha1(1), (edited, 99, "image/jpeg"), "test", false).unwrap();
    scene.run();
    scene.run();
    scene.delete("Originals/a.jpg");
    scene.run();
    scene.days(100);
    scene.delete("a.jpg");
    let plan = scene.run();
    assert_eq!(verdict(&plan, "a.jpg").0, Bucket::Quarantine, "{:#?}", plan.actions);
    scene.days(LONG);
    scene.run();
    assert_eq!(scene.status(1), Some(AssetStatus::Trashed));
    // Whoever takes it out of the trash wants it, whatever form lay here.
    scene.untrash(1);
    let plan = scene.run();
    assert!(plan.actions.iter().all(|action| !action.kind.is_delete()), "{:#?}", plan.actions);
    assert_eq!(scene.status(1), Some(AssetStatus::Active));
}

#[test]
fn a_conflict_is_one_also_when_the_trash_is_emptied() {
    let settings = FolderSettings { strictness: Strictness::Autonomous, ..trusting() };
    let scene = Scene::with(FolderPolicy::TwoWay, &settings);
    scene.put("a.jpg", 1);
    scene.put("other.jpg", 2);
    scene.settle();
    scene.days(1);
    scene.trash(1);
    scene.days(1);
    scene.put("again.jpg", 1);
    assert_eq!(verdict(&scene.run(), "a.jpg").0, Bucket::Conflict);
    scene.days(29);
    scene.purge(1);
    let plan = scene.run();
    assert_eq!(verdict(&plan, "a.jpg").0, Bucket::Conflict, "{:#?}", plan.actions);
    scene.days(LONG);
    scene.run();
    assert_eq!(scene.files(), ["a.jpg", "again.jpg", "other.jpg"]);
}

#[test]
fn a_photo_comes_with_its_motion_part_or_not_yet() {
    let scene = Scene::new(FolderPolicy::Download);
    scene.upload("live.jpg", 1);
    scene.upload("live.jpeg", 2);
    let (still, motion) = (scene.asset(1).unwrap(), scene.asset(2).unwrap());
    let (part, from) = (motion.clone(), scene.data.path().join(&motion.original_path));
    let link = move |tx: &mut dyn tintype_library::store::Write| {
        tx.update_asset(&Asset { live_photo_video_id: Some(part.id), ..still })?;
        Ok(tx.update_asset(&Asset { visibility: Visibility::Hidden, ..part })?)
    };
    scene.library.write(Durability::Full, link).unwrap();
    // Its disk is away for a while.
    fs::rename(&from, from.with_extension("away")).unwrap();
    scene.plan();
    let report = scene.try_apply(&scene.whole(scene.plan())).unwrap();
    assert_eq!((report.done, report.failed), (0, 1));
    assert!(scene.files().is_empty(), "{:?}", scene.files());
    fs::rename(from.with_extension("away"), &from).unwrap();
    scene.days(1);
    scene.run();
    assert_eq!(scene.files(), ["live.jpeg", "live.jpg"]);
}

#[test]
fn what_another_program_wrote_is_noticed_also_when_the_server_was_not_known_whole() {
    let scene = Scene::new(FolderPolicy::TwoWay);
    scene.put("a.jpg", 1);
    scene.put("b.jpg", 2);
    scene.settle();
    let upstream = scene
        .library
        .link_upstream(NewUpstream {
            address: "https://photos.example.org".to_owned(),
            version: Version { major: 3, minor: 2, patch: 0 },
            user_id: scene.owner,
            external_user_id: uuid::Uuid::from_u128(1),
            email: "ada@example.org".to_owned(),
            mode: UpstreamMode::Stream,
        })
        .unwrap();
    fs::write(scene.at("a.jpg"), crate::scene::with_metadata(1, b"II*\0words")).unwrap();
    assert!(matches!(scene.try_plan(None), Err(ReconcileError::LibraryIncomplete { .. })));
    scene.days(1);
    scene.library.unlink_upstream(upstream.id).unwrap();
    let plan = scene.run();
    assert!(plan.is_settled(), "{:#?}", plan.actions);
}

#[test]
fn a_live_photo_of_an_album_stays_whole_in_its_mirror_and_goes_whole() {
    let settings = FolderSettings { album: Some("Frame".to_owned()), ..trusting() };
    let scene = Scene::with(FolderPolicy::Mirror, &settings);
    let (kept, live) = (scene.upload("kept.jpg", 1), scene.upload("live.jpg", 2));
    scene.upload("live.jpeg", 3);
    let (still, motion) = (scene.asset(2).unwrap(), scene.asset(3).unwrap());
    let link = move |tx: &mut dyn tintype_library::store::Write| {
        tx.update_asset(&Asset { live_photo_video_id: Some(motion.id), ..still })?;
        Ok(tx.update_asset(&Asset { visibility: Visibility::Hidden, ..motion })?)
    };
    scene.library.write(Durability::Full, link).unwrap();
    let (name, order) = ("Frame".to_owned(), SortOrder::Descending);
    let album =
        scene.library.create_album(&scene.caller(), name, String::new(), order, vec![kept, live], Vec::new()).unwrap();
    scene.plan();
    scene.run();
    assert_eq!(scene.files(), ["kept.jpg", "live.jpeg", "live.jpg"]);
    assert!(scene.plan().is_settled(), "the motion part is in the album with its still");
    scene.library.remove_album_assets(&scene.caller(), album.album.id, vec![live]).unwrap();
    let mut plan = scene.plan();
    for name in ["live.jpg", "live.jpeg"] {
        assert_eq!(verdict(&plan, name), (Bucket::Review, Kind::TrashFile, Decision::Hold));
    }
    accept(&mut plan);
    let report = scene.try_apply(&scene.whole(plan)).unwrap();
    assert_eq!((report.done, report.failed), (2, 0));
    assert_eq!(scene.files(), ["kept.jpg"]);
    assert!(scene.plan().is_settled());
}
