//! What each policy does and leaves.

use std::fs;

use tintype_library::assets::{AssetChange, DateTimeOriginal};
use tintype_library::model::{Asset, FolderPolicy};
use tintype_library::store::{Durability, Write};
use tintype_protocol::model::{AssetStatus, SortOrder, Visibility};
use tintype_reconcile::{Bucket, Decision, FolderSettings, Kind, Strictness};

use crate::scene::{LONG, Scene, about, accept, trusting, verdict};

#[test]
fn a_backup_takes_what_is_new_and_nothing_else() {
    let scene = Scene::new(FolderPolicy::Backup);
    scene.put("2024/a.jpg", 1);
    fs::write(scene.at("2024/a.jpg.xmp"), "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>").unwrap();
    scene.upload("only there.jpg", 2);
    scene.settle();
    assert!(scene.asset(1).unwrap().sidecar_path.is_some(), "with its XMP file");
    scene.delete("2024/a.jpg");
    scene.put("b.jpg", 3);
    scene.run();
    scene.days(LONG);
    let plan = scene.run();
    assert_eq!(verdict(&plan, "a.jpg"), (Bucket::Left, Kind::None, Decision::Hold));
    assert_eq!((scene.status(1), scene.status(3)), (Some(AssetStatus::Active), Some(AssetStatus::Active)));
    assert_eq!(scene.files(), ["b.jpg"]);
}

#[test]
fn what_went_up_is_on_both_sides_at_once() {
    let scene = Scene::new(FolderPolicy::TwoWay);
    scene.put("a.jpg", 1);
    scene.put("b.jpg", 2);
    scene.plan();
    scene.run();
    // No plan has seen it on both sides: that it went up is proof enough.
    scene.delete("a.jpg");
    assert_eq!(verdict(&scene.plan(), "a.jpg"), (Bucket::Quarantine, Kind::TrashAsset, Decision::Hold));
}

#[test]
fn rules_put_what_is_new_into_albums() {
    let settings = FolderSettings { album: Some("{folder}".to_owned()), ..trusting() };
    let scene = Scene::with(FolderPolicy::Backup, &settings);
    for (path, number) in [("Summer/a.jpg", 1), ("Summer/b.jpg", 2), ("c.jpg", 3)] {
        scene.put(path, number);
    }
    scene.settle();
    let albums = scene.library.albums(&scene.caller(), None).unwrap();
    let mut counts: Vec<_> = albums.iter().map(|view| (view.album.name.as_str(), view.summary.asset_count)).collect();
    counts.sort();
    assert_eq!(counts, [("Summer", 2), ("photos", 1)]);
}

#[test]
fn a_mirror_follows_the_library() {
    let scene = Scene::with(FolderPolicy::Mirror, &FolderSettings { tree: "{year}/{name}".to_owned(), ..trusting() });
    let a = scene.upload("a.jpg", 1);
    scene.upload("b.jpg", 2);
    scene.upload("a.jpg", 3);
    scene.put("mine.jpg", 4);
    scene.settle();
    let year = scene.files()[0][..4].to_owned();
    let place = |name: &str| format!("{year}/{name}");
    assert_eq!(scene.files(), [place("a+1.jpg"), place("a.jpg"), place("b.jpg"), "mine.jpg".to_owned()]);
    assert_eq!(scene.status(4), None, "what only the folder has stays there, and there only");
    assert_eq!(verdict(&scene.plan(), "mine.jpg").0, Bucket::Left);
    // What somebody takes away comes again; what is deleted there goes here.
    scene.delete(&place("b.jpg"));
    scene.trash(3);
    scene.run();
    assert_eq!(scene.files().len(), 4);
    assert_eq!(scene.plan().actions.iter().filter(|action| action.bucket == Bucket::Quarantine).count(), 1);
    scene.days(LONG);
    scene.run();
    assert_eq!(scene.files().len(), 3);
    // Another date is another place.
    let dated = DateTimeOriginal::parse("1999-05-05T12:00:00Z");
    let change = AssetChange { date_time_original: dated, ..AssetChange::default() };
    scene.library.update_asset(&scene.caller(), a, change).unwrap();
    let plan = scene.run();
    assert_eq!(plan.actions.iter().filter(|action| action.bucket == Bucket::Move).count(), 1);
    assert!(scene.files().iter().any(|path| path.starts_with("1999/a")), "{:?}", scene.files());
    assert!(scene.plan().is_settled());
}

#[test]
fn a_download_brings_an_album_and_takes_nothing_away() {
    let settings = FolderSettings { album: Some("Frame".to_owned()), ..trusting() };
    let scene = Scene::with(FolderPolicy::Download, &settings);
    let (a, b) = (scene.upload("a.jpg", 1), scene.upload("b.jpg", 2));
    scene.upload("c.jpg", 3);
    let order = SortOrder::Descending;
    let album = scene
        .library
        .create_album(&scene.caller(), "Frame".to_owned(), String::new(), order, vec![a, b], Vec::new())
        .unwrap();
    scene.settle();
    assert_eq!(scene.files(), ["a.jpg", "b.jpg"]);
    assert_eq!(fs::read(scene.at("a.jpg")).unwrap(), crate::scene::photo(1));
    scene.delete("a.jpg");
    scene.trash(2);
    scene.run();
    scene.days(LONG);
    let plan = scene.run();
    assert_eq!(scene.files(), ["b.jpg"], "neither comes again nor goes");
    assert!(plan.is_settled() && about(&plan, "a.jpg").bucket == Bucket::Left);
    scene.library.remove_album_assets(&scene.caller(), album.album.id, vec![b]).unwrap();
    assert_eq!(scene.files(), ["b.jpg"]);
}

#[test]
fn photos_that_stay_in_place_come_down_with_their_album() {
    let scene = Scene::new(FolderPolicy::Index);
    scene.put("a.jpg", 1);
    scene.put("b.jpg", 2);
    fs::write(scene.at("a.jpg.xmp"), "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>").unwrap();
    scene.settle();
    let places = scene.library.assets_in_place(scene.row().library.unwrap()).unwrap();
    let ids = places.iter().filter(|place| place.path.ends_with("a.jpg")).map(|place| place.asset).collect();
    let (name, order) = ("Frame".to_owned(), SortOrder::Descending);
    scene.library.create_album(&scene.caller(), name, String::new(), order, ids, Vec::new()).unwrap();
    for policy in [FolderPolicy::Download, FolderPolicy::Mirror] {
        let settings = FolderSettings { album: Some("Frame".to_owned()), ..trusting() };
        let frame = scene.add_folder(policy.as_str(), policy, &settings);
        let run = || {
            let row = scene.library.reconciled_folder(frame.id).unwrap().unwrap();
            let plan = scene.engine().plan(&row, None, &mut |_| true).unwrap();
            if plan.report_only.is_none() {
                assert_eq!(scene.try_apply(&scene.whole(plan.clone())).unwrap().failed, 0);
            }
            plan
        };
        run();
        let plan = run();
        assert_eq!(verdict(&plan, "a.jpg"), (Bucket::Download, Kind::Download, Decision::Do));
        assert_eq!(plan.actions.len(), 1, "{plan:?}");
        let there = scene.root().with_file_name(policy.as_str());
        assert_eq!(fs::read(there.join("a.jpg")).unwrap(), crate::scene::photo(1));
        assert!(there.join("a.jpg.xmp").is_file(), "with its XMP file");
        scene.clock.advance(1);
        assert!(run().actions.is_empty(), "both have it");
        // It goes from there, and what stays in place does so.
        fs::write(there.join("mine.jpg"), crate::scene::photo(3)).unwrap();
        fs::remove_file(there.join("a.jpg")).unwrap();
        for _ in 0..2 {
            scene.days(LONG);
            let plan = run();
            assert!(!plan.actions.iter().any(|action| action.kind.is_delete()), "{plan:?}");
        }
        assert_eq!(there.join("a.jpg").exists(), policy == FolderPolicy::Mirror, "a mirror brings it again");
        assert_eq!(scene.files(), ["a.jpg", "b.jpg"]);
    }
}

#[test]
fn what_is_hidden_or_locked_does_not_come_down_and_counts_as_held() {
    let scene = Scene::new(FolderPolicy::TwoWay);
    let ids =
        [("archived.jpg", 1), ("hidden.jpg", 2), ("locked.jpg", 3)].map(|(name, number)| scene.upload(name, number));
    let visibilities = [Visibility::Archive, Visibility::Hidden, Visibility::Locked];
    for (id, visibility) in ids.into_iter().zip(visibilities) {
        let change = AssetChange { visibility: Some(visibility), ..AssetChange::default() };
        scene.library.update_asset(&scene.caller(), id, change).unwrap();
    }
    scene.put("mine.jpg", 3);
    scene.settle();
    assert_eq!(scene.files(), ["archived.jpg", "mine.jpg"]);
    scene.delete("mine.jpg");
    scene.run();
    scene.days(LONG);
    scene.run();
    assert_eq!(scene.status(3), Some(AssetStatus::Active), "what is locked away is not deleted from outside");
}

#[test]
fn two_ways_go_both_ways() {
    let scene = Scene::new(FolderPolicy::TwoWay);
    scene.put("here.jpg", 1);
    scene.upload("there.jpg", 2);
    scene.put("both.jpg", 3);
    scene.upload("both.jpg", 3);
    scene.settle();
    assert_eq!(scene.files(), ["both.jpg", "here.jpg", "there.jpg"]);
    scene.trash(1);
    scene.delete("there.jpg");
    scene.run();
    scene.days(LONG);
    scene.run();
    assert_eq!(scene.files(), ["both.jpg"]);
    assert_eq!(scene.status(2), Some(AssetStatus::Trashed));
    assert!(scene.at(".tintype-trash").is_dir());
    // Whoever takes it out of the trash has it on both sides again.
    scene.untrash(2);
    scene.run();
    assert_eq!(scene.files(), ["both.jpg", "there.jpg"]);
    assert!(scene.plan().is_settled());
}

#[test]
fn an_audit_only_tells() {
    let scene = Scene::new(FolderPolicy::Audit);
    scene.put("here.jpg", 1);
    scene.upload("there.jpg", 2);
    scene.plan();
    let mut plan = scene.plan();
    assert_eq!(verdict(&plan, "here.jpg").0, Bucket::Upload);
    assert_eq!(verdict(&plan, "there.jpg").0, Bucket::Download);
    accept(&mut plan);
    assert!(scene.try_apply(&scene.whole(plan)).is_err());
    assert_eq!((scene.files().len(), scene.status(1)), (1, None));
    assert!(!scene.at(tintype_reconcile::places::MARKER).exists(), "nothing is written there");
}

#[test]
fn what_the_library_lost_without_a_delete_asks() {
    let scene = Scene::new(FolderPolicy::Backup);
    scene.put("a.jpg", 1);
    scene.put("b.jpg", 2);
    scene.settle();
    scene.purge(1);
    // As after a backup of the library was put back: nobody remembers anything.
    scene.library.want_again(scene.owner, crate::scene::sha1(1)).unwrap();
    let mut plan = scene.plan();
    assert_eq!(verdict(&plan, "a.jpg"), (Bucket::Unexplained, Kind::Upload, Decision::Hold));
    accept(&mut plan);
    scene.try_apply(&scene.whole(plan)).unwrap();
    assert_eq!(scene.status(1), Some(AssetStatus::Active));
}

/// A still and its motion part, each a file of its own, which the library has as one photo.
fn live_pair(settings: &FolderSettings) -> Scene {
    let scene = Scene::with(FolderPolicy::TwoWay, settings);
    for (path, number) in [("x/live.jpg", 1), ("x/live.jpeg", 2), ("other.jpg", 3)] {
        scene.put(path, number);
    }
    scene.settle();
    let (still, motion) = (scene.asset(1).unwrap(), scene.asset(2).unwrap());
    let link = move |tx: &mut dyn Write| {
        tx.update_asset(&Asset { live_photo_video_id: Some(motion.id), ..still })?;
        Ok(tx.update_asset(&Asset { visibility: Visibility::Hidden, ..motion })?)
    };
    scene.library.write(Durability::Full, link).unwrap();
    assert!(scene.plan().is_settled());
    scene
}

#[test]
fn a_motion_part_goes_and_comes_back_with_its_still() {
    for strictness in [Strictness::Trusting, Strictness::Autonomous] {
        let scene = live_pair(&FolderSettings { strictness, ..trusting() });
        scene.trash(1);
        let plan = scene.run();
        for name in ["live.jpg", "live.jpeg"] {
            assert_eq!(verdict(&plan, name).0, Bucket::Quarantine, "{plan:?}");
        }
        scene.days(LONG);
        let plan = scene.run();
        for name in ["live.jpg", "live.jpeg"] {
            assert_eq!(verdict(&plan, name), (Bucket::Trash, Kind::TrashFile, Decision::Do), "{plan:?}");
        }
        assert_eq!(scene.files(), ["other.jpg"]);
        assert!(scene.plan().is_settled());
        // By the name of one, both: a still without its motion would be another photo.
        let back = scene.engine().restore("live.jpg", None).unwrap();
        assert_eq!((back.files.len(), back.assets.len(), back.failed.len()), (2, 1, 0), "{back:?}");
        assert_eq!(scene.files(), ["other.jpg", "x/live.jpeg", "x/live.jpg"]);
        scene.run();
        assert!(scene.plan().is_settled());
        let still = scene.asset(1).unwrap();
        assert_eq!(still.live_photo_video_id, Some(scene.asset(2).unwrap().id));
    }
}

#[test]
fn a_motion_part_of_another_photo_too_stays() {
    let scene = live_pair(&trusting());
    let (motion, other) = (scene.asset(2).unwrap().id, scene.asset(3).unwrap());
    let link = move |tx: &mut dyn Write| Ok(tx.update_asset(&Asset { live_photo_video_id: Some(motion), ..other })?);
    scene.library.write(Durability::Full, link).unwrap();
    scene.trash(1);
    scene.days(LONG);
    scene.run();
    scene.days(LONG);
    scene.run();
    assert!(scene.files().contains(&"x/live.jpeg".to_owned()), "{:?}", scene.files());
}

#[test]
fn a_mirror_brings_again_what_another_file_had_replaced_and_left() {
    let scene = Scene::new(FolderPolicy::Mirror);
    scene.upload("a.jpg", 1);
    scene.upload("b.jpg", 2);
    scene.settle();
    scene.put("a.jpg", 9);
    let plan = scene.run();
    let left = plan.actions.iter().find(|action| action.sha1 == crate::scene::sha1(1)).unwrap();
    assert_eq!((left.bucket, left.kind), (Bucket::Left, Kind::None));
    scene.delete("a.jpg");
    scene.run();
    assert_eq!(std::fs::read(scene.at("a.jpg")).unwrap(), crate::scene::photo(1));
    assert!(scene.plan().is_settled());
}

/// Nobody deleted it: somebody moved another one over it.
#[test]
fn a_photo_that_a_known_one_was_moved_over_is_asked_about() {
    let scene = Scene::with(FolderPolicy::TwoWay, &FolderSettings { quarantine_days: 0, ..trusting() });
    for number in 1..=3 {
        scene.put(&format!("{number}.jpg"), number);
    }
    scene.settle();
    std::fs::rename(scene.at("2.jpg"), scene.at("3.jpg")).unwrap();
    let plan = scene.run();
    let about = plan.actions.iter().find(|action| action.sha1 == crate::scene::sha1(3)).unwrap();
    assert_eq!((about.bucket, about.kind, about.decision), (Bucket::Review, Kind::TrashAsset, Decision::Hold));
    assert_eq!(scene.status(3), Some(AssetStatus::Active));
}
