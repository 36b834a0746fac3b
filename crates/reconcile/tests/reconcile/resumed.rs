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
    for name in ["c.jpg", "c.jpg.xmp"] {
        fs::rename(scene.at(&format!(".tintype-trash/run-{}/{name}", report.run)), scene.at(name)).unwrap();
    }
    let back = scene.engine().restore("c.jpg", None).unwrap();
    assert!(back.failed.is_empty(), "{back:?}");
    assert_eq!(scene.files(), ["c.jpg", "kept.jpg"]);
    assert_eq!(scene.status(3), Some(AssetStatus::Active));
}

#[test]
fn what_it_did_itself_keeps_a_run_from_nothing() {
    // Parts of one photo that a person is asked about, each for its own reason and for the other's.
    let scene = Scene::with(
        FolderPolicy::TwoWay,
        &tintype_reconcile::FolderSettings {
            strictness: tintype_reconcile::Strictness::Strict,
            ..crate::scene::trusting()
        },
    );
    for (path, number) in [("x/i.jpg", 1), ("x/i.jpeg", 2), ("other.jpg", 3)] {
        scene.put(path, number);
    }
    scene.settle();
    let other = scene.add_folder("other", FolderPolicy::Backup, &crate::scene::trusting());
    let held = scene.root().with_file_name("other").join("i.jpeg");
    fs::write(&held, photo(2)).unwrap();
    scene.engine().plan(&other, None, &mut |_| true).unwrap();
    scene.delete("x/i.jpg");
    scene.delete("x/i.jpeg");
    scene.run();
    scene.days(LONG);
    fs::remove_file(&held).unwrap();
    fs::write(held.with_file_name("else.jpg"), photo(9)).unwrap();
    scene.engine().plan(&other, None, &mut |_| true).unwrap();
    let mut plan = scene.plan();
    crate::scene::accept(&mut plan);
    let plan = scene.whole(plan);
    begin(&scene, &plan);
    let report = scene.try_apply(&plan).unwrap();
    assert_eq!((report.planned, report.done, report.failed), (2, 2, 0));
}

#[test]
fn a_killed_run_that_emptied_the_folder_ends() {
    let scene = Scene::new(FolderPolicy::TwoWay);
    for (path, number) in [("a.jpg", 1), ("b.jpg", 2)] {
        scene.put(path, number);
    }
    scene.settle();
    scene.upload("elsewhere.png", 7);
    scene.trash(1);
    scene.trash(2);
    scene.run();
    fs::remove_file(scene.at("elsewhere.png")).unwrap();
    scene.run();
    scene.days(LONG);
    let mut plan = scene.plan();
    // Nothing else of it: what was removed by hand is another matter.
    plan.actions.retain(|action| action.kind == tintype_reconcile::Kind::TrashFile);
    let plan = scene.whole(plan);
    let run = begin(&scene, &plan);
    let path = FilePath(b"b.jpg".to_vec());
    let sha1 = Some(crate::scene::sha1(2).to_hex());
    let line = |to| Moved { from: path.clone(), to, sha1: sha1.clone(), at: String::new(), reason: String::new() };
    move_to_trash(&scene.root(), run, &path, &line).unwrap();
    assert!(scene.files().is_empty());
    let report = scene.try_apply(&plan).unwrap();
    assert_eq!((report.planned, report.done, report.failed), (2, 2, 0));
    assert!(scene.library.folder_run(run).unwrap().unwrap().ended_at.is_some());
}
