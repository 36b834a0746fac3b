//! Files that can never go in: tried once, remembered, told, and tried again when they are others.

use std::fs;

use tintype_library::model::FolderPolicy;
use tintype_protocol::model::AssetStatus;
use tintype_reconcile::{Bucket, Decision, Kind};

use crate::scene::{Scene, about, photo, verdict};

/// With a photo, an empty file and a text that is called like a photo; all were tried once.
fn tried(policy: FolderPolicy) -> Scene {
    let scene = Scene::new(policy);
    scene.put("a.jpg", 1);
    fs::write(scene.at("empty.jpg"), "").unwrap();
    fs::write(scene.at("text.jpg"), "this is no photo").unwrap();
    scene.plan();
    let report = scene.try_apply(&scene.whole(scene.plan())).unwrap();
    assert_eq!((report.done, report.failed), (1, 2));
    scene
}

#[test]
fn what_cannot_go_in_is_told_and_not_tried_in_each_run() {
    for policy in [FolderPolicy::Backup, FolderPolicy::TwoWay, FolderPolicy::Index] {
        let scene = tried(policy);
        for _ in 0..2 {
            scene.days(1);
            let plan = scene.run();
            assert_eq!(verdict(&plan, "empty.jpg"), (Bucket::Refused, Kind::None, Decision::Hold));
            assert_eq!(about(&plan, "empty.jpg").reason, "empty.jpg is empty");
            assert_eq!(about(&plan, "text.jpg").bucket, Bucket::Refused);
            assert!(plan.is_settled(), "{plan:?}");
        }
        assert_eq!(tintype_reconcile::plan_file::count(&scene.plan()).buckets["refused"], 2);
    }
}

#[test]
fn what_could_not_go_in_is_tried_again_once_it_is_another_file() {
    let scene = tried(FolderPolicy::Backup);
    scene.put("text.jpg", 7);
    assert_eq!(verdict(&scene.run(), "text.jpg"), (Bucket::Upload, Kind::Upload, Decision::Do));
    assert_eq!(scene.status(7), Some(AssetStatus::Active));
    assert_eq!(about(&scene.plan(), "empty.jpg").bucket, Bucket::Refused);
    // Or when somebody asks.
    scene.engine().try_refused_again(&scene.row()).unwrap();
    assert_eq!(about(&scene.plan(), "empty.jpg").bucket, Bucket::Upload);
}

#[test]
fn what_was_changed_and_kept_its_date_is_read_again_and_fails_once() {
    let scene = Scene::new(FolderPolicy::Backup);
    scene.put("a.jpg", 1);
    scene.plan();
    let plan = scene.plan();
    let path = scene.at("a.jpg");
    let date = fs::metadata(&path).unwrap().modified().unwrap();
    assert_eq!(photo(1).len(), photo(2).len(), "it is as long as before");
    fs::write(&path, photo(2)).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(date).unwrap();
    let report = scene.try_apply(&scene.whole(plan)).unwrap();
    assert_eq!((report.done, report.failed), (0, 1));
    let plan = scene.run();
    assert_eq!(verdict(&plan, "a.jpg"), (Bucket::Upload, Kind::Upload, Decision::Do));
    assert_eq!((scene.status(1), scene.status(2)), (None, Some(AssetStatus::Active)));
    assert!(scene.plan().is_settled());
}
