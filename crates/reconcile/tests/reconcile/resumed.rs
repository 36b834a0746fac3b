//! Runs that were interrupted, when much has happened since.

use std::fs;

use tintype_library::model::FolderPolicy;
use tintype_protocol::model::AssetStatus;
use tintype_reconcile::FilePath;
use tintype_reconcile::apply::Step;
use tintype_reconcile::places::{Moved, move_to_trash};

use crate::scene::{LONG, Scene, photo};

/// Two-way, with two photos deleted in the folder, and two in the library, the quarantine over.
fn deleted() -> Scene {
    let scene = Scene::new(FolderPolicy::TwoWay);
    for (path, number) in [("a.jpg", 1), ("b.jpg", 2), ("c.jpg", 3), ("d.jpg", 4), ("kept.jpg", 5)] {
        scene.put(path, number);
    }
    fs::write(scene.at("c.jpg.xmp"), "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>").unwrap();
    scene.settle();
    scene.delete("a.jpg");
    scene.delete("b.jpg");
    scene.trash(3);
    scene.trash(4);
    scene.run();
    scene.days(LONG);
    scene
}

/// Applies a plan up to its first action. The run.
fn begin(scene: &Scene, plan: &tintype_reconcile::Plan) -> i64 {
    let mut reports = scene.engine().apply(plan, &mut |step| !matches!(step, Step::Did { .. })).unwrap();
    let report = reports.remove(0).1.unwrap();
    assert!(report.is_interrupted && report.done == 1);
    report.run
}

#[test]
fn what_nobody_asks_for_any_more_is_not_done() {
    let scene = deleted();
    let plan = scene.whole(scene.plan());
    begin(&scene, &plan);
    assert_eq!(scene.status(1), Some(AssetStatus::Trashed));
    // Elsewhere in the folder, and out of the trash.
    scene.put("again/b.jpg", 2);
    scene.untrash(3);
    scene.days(100);
    let report = scene.try_apply(&plan).unwrap();
    assert_eq!((report.planned, report.done, report.failed), (4, 2, 2));
    assert_eq!(scene.status(2), Some(AssetStatus::Active));
    assert_eq!(scene.files(), ["again/b.jpg", "c.jpg", "kept.jpg"], "what is still asked for is done");
}

#[test]
fn what_a_killed_run_moved_can_be_taken_back_without_its_plan() {
    let scene = deleted();
    let plan = scene.whole(scene.plan());
    let run = begin(&scene, &plan);
    let mut reports = scene.engine().apply(&plan, &mut |step| !matches!(step, Step::Did { .. })).unwrap();
    assert!(reports.remove(0).1.unwrap().is_interrupted);
    // The photo is moved as it would be, its sidecar is not, and the process dies.
    let path = FilePath(b"c.jpg".to_vec());
    let line = |to| Moved {
        from: path.clone(),
        to,
        sha1: Some(crate::scene::sha1(3).to_hex()),
        at: String::new(),
        reason: String::new(),
    };
    move_to_trash(&scene.root(), run, &path, &line).unwrap();
    let actions = scene.library.folder_actions(run).unwrap();
    let number = actions.iter().find(|(action, _)| action.name == "c.jpg").unwrap().0.number;
    let planned = tintype_library::model::JournalState::Planned;
    scene.library.note_folder_action(run, number, planned, "").unwrap();
    drop(plan);
    let back = scene.engine().restore("c.jpg", None).unwrap();
    assert!(back.failed.is_empty() && back.files == ["c.jpg", "c.jpg.xmp"], "{back:?}");
    assert_eq!(fs::read(scene.at("c.jpg")).unwrap(), photo(3));
    assert!(scene.at("c.jpg.xmp").is_file());
    assert_eq!(scene.status(3), Some(AssetStatus::Active));
}

#[test]
fn what_was_taken_back_before_is_back() {
    let scene = deleted();
    let report = scene.try_apply(&scene.whole(scene.plan())).unwrap();
    assert_eq!(scene.files(), ["kept.jpg"]);
    // By hand, or by a run that was killed before it could say so.
    fs::rename(scene.at(&format!(".tintype-trash/run-{}/c.jpg", report.run)), scene.at("c.jpg")).unwrap();
    let back = scene.engine().restore("c.jpg", None).unwrap();
    assert!(back.failed.is_empty(), "{back:?}");
    assert_eq!(scene.files(), ["c.jpg", "kept.jpg"]);
    assert_eq!(scene.status(3), Some(AssetStatus::Active));
}
