//! Runs: what the journal says, going on after an interruption, doing nothing twice, and taking back.

use std::fs;

use tintype_library::model::{FolderPolicy, JournalState};
use tintype_protocol::model::AssetStatus;
use tintype_reconcile::apply::Step;
use tintype_reconcile::{FolderSettings, ReconcileError};

use crate::scene::{LONG, Scene, photo, trusting};

/// Two-way, with one photo deleted on each side, the quarantine over.
fn deleted_on_both() -> Scene {
    let scene = Scene::new(FolderPolicy::TwoWay);
    for (path, number) in [("a.jpg", 1), ("x/b.jpg", 2), ("c.jpg", 3)] {
        scene.put(path, number);
    }
    fs::write(scene.at("x/b.jpg.xmp"), "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>").unwrap();
    scene.settle();
    scene.delete("a.jpg");
    scene.trash(2);
    scene.run();
    scene.days(LONG);
    scene
}

#[test]
fn the_journal_says_what_is_going_to_be_done_and_what_became_of_it() {
    let scene = deleted_on_both();
    let report = scene.try_apply(&scene.whole(scene.plan())).unwrap();
    assert_eq!((report.planned, report.done), (2, 2));
    let journal = scene.library.folder_journal(Some(report.run), 0, 99).unwrap();
    let lines: Vec<_> = journal.iter().map(|line| (line.number, line.state)).collect();
    use JournalState::{Done, Planned};
    assert_eq!(lines, [(1, Planned), (1, Done), (2, Planned), (2, Done)]);
    // The asset carries the run's tag.
    let asset = scene.asset(1).unwrap();
    let tags = scene.library.tags_of(asset.id).unwrap();
    assert_eq!(tags[0].value, format!("tintype/run/{}", report.run));
    // The file lies in the folder's trash with its XMP file, and the manifest says where it was.
    let trash = scene.at(&format!(".tintype-trash/run-{}", report.run));
    assert_eq!(fs::read(trash.join("x/b.jpg")).unwrap(), photo(2));
    assert!(trash.join("x/b.jpg.xmp").is_file() && !scene.at("x/b.jpg.xmp").exists());
    let manifest = fs::read_to_string(trash.join("manifest.jsonl")).unwrap();
    assert!(manifest.lines().count() == 2 && manifest.contains(r#""from":"x/b.jpg""#), "{manifest}");
}

#[test]
fn a_plan_that_was_applied_does_nothing_again() {
    let scene = deleted_on_both();
    let plan = scene.whole(scene.plan());
    let first = scene.try_apply(&plan).unwrap();
    scene.untrash(1);
    let again = scene.try_apply(&plan).unwrap();
    assert_eq!((again.run, again.done), (first.run, 2));
    assert_eq!(scene.status(1), Some(AssetStatus::Active), "nothing was done");
    assert_eq!(scene.library.folder_journal(Some(first.run), 0, 99).unwrap().len(), 4);
}

#[test]
fn a_run_that_was_interrupted_goes_on() {
    let scene = deleted_on_both();
    let plan = scene.whole(scene.plan());
    let mut reports = scene.engine().apply(&plan, &mut |step| !matches!(step, Step::Did { .. })).unwrap();
    let first = reports.remove(0).1.unwrap();
    assert!(first.is_interrupted && first.done == 1);
    assert_eq!(scene.library.folder_run(first.run).unwrap().unwrap().ended_at, None);
    let rest = scene.try_apply(&plan).unwrap();
    assert_eq!((rest.run, rest.done, rest.failed), (first.run, 2, 0));
    assert!(scene.library.folder_run(first.run).unwrap().unwrap().ended_at.is_some());
    assert_eq!(scene.files(), ["c.jpg"]);
}

#[test]
fn a_run_that_was_killed_before_it_could_say_so_finds_what_it_did() {
    let scene = deleted_on_both();
    let plan = scene.whole(scene.plan());
    // Interrupted before the file; then the file is moved as it would be, and the process dies.
    let mut reports = scene.engine().apply(&plan, &mut |step| !matches!(step, Step::Did { .. })).unwrap();
    let run = reports.remove(0).1.unwrap().run;
    let path = tintype_reconcile::FilePath(b"x/b.jpg".to_vec());
    let line = |to| tintype_reconcile::places::Moved {
        from: path.clone(),
        to,
        sha1: None,
        at: String::new(),
        reason: String::new(),
    };
    tintype_reconcile::places::move_to_trash(&scene.root(), run, &path, &line).unwrap();
    let report = scene.try_apply(&plan).unwrap();
    assert_eq!((report.done, report.failed), (2, 0));
    scene.engine().restore(&run.to_string(), None).unwrap();
    assert_eq!(fs::read(scene.at("x/b.jpg")).unwrap(), photo(2), "and it can be taken back");
}

#[test]
fn one_that_cannot_be_done_stops_no_other() {
    let scene = Scene::new(FolderPolicy::Backup);
    scene.put("a.jpg", 1);
    scene.put("b.jpg", 2);
    fs::write(scene.at("c.jpg"), "no picture at all").unwrap();
    scene.plan();
    let report = scene.try_apply(&scene.whole(scene.plan())).unwrap();
    assert_eq!((report.done, report.failed), (2, 1));
    let failed = scene.library.folder_actions(report.run).unwrap();
    let (action, line) = failed.iter().find(|(action, _)| action.name == "c.jpg").unwrap();
    let line = line.as_ref().unwrap();
    assert!(
        action.kind == "upload" && line.state == JournalState::Failed && line.text.contains("no photo"),
        "{line:?}"
    );
}

#[test]
fn a_run_is_taken_back_on_both_sides() {
    let scene = deleted_on_both();
    let report = scene.try_apply(&scene.whole(scene.plan())).unwrap();
    assert_eq!(scene.files(), ["c.jpg"]);
    let back = scene.engine().restore(&report.run.to_string(), None).unwrap();
    assert_eq!(back.files, ["x/b.jpg", "x/b.jpg.xmp"]);
    assert_eq!((back.assets.len(), back.failed.len()), (2, 0));
    assert_eq!((scene.status(1), scene.status(2)), (Some(AssetStatus::Active), Some(AssetStatus::Active)));
    scene.run();
    assert_eq!(scene.files().len(), 3, "what was deleted from the folder comes again: {:?}", scene.files());
    assert!(scene.plan().is_settled());
    assert!(matches!(scene.engine().restore(&report.run.to_string(), None), Err(ReconcileError::NothingInRun { .. })));
    let states: Vec<_> = scene.library.folder_actions(report.run).unwrap();
    assert!(states.iter().all(|(_, line)| line.as_ref().is_some_and(|line| line.state == JournalState::Restored)));
}

#[test]
fn one_photo_is_taken_back_by_its_id_or_name() {
    for by_id in [true, false] {
        let scene = deleted_on_both();
        scene.try_apply(&scene.whole(scene.plan())).unwrap();
        let id = scene.asset(1).unwrap().id.to_string();
        let back = scene.engine().restore(if by_id { &id } else { "a.*" }, None).unwrap();
        assert_eq!((back.assets.len(), back.files.len()), (1, 0));
        assert_eq!((scene.status(1), scene.status(2)), (Some(AssetStatus::Active), Some(AssetStatus::Trashed)));
    }
}

#[test]
fn a_name_is_a_whole_one_and_means_one_folder() {
    let scene = deleted_on_both();
    scene.try_apply(&scene.whole(scene.plan())).unwrap();
    assert!(matches!(scene.engine().restore("a", None), Err(ReconcileError::NothingToRestore { .. })), "no part of it");
    // The same name in another folder, whose photo is gone from the library as well.
    let other = scene.add_folder("other", FolderPolicy::Backup, &crate::scene::trusting());
    let place = scene.root().with_file_name("other").join("a.jpg");
    fs::write(&place, photo(40)).unwrap();
    for _ in 0..2 {
        let row = scene.library.reconciled_folder(other.id).unwrap().unwrap();
        let part = scene.engine().plan(&row, None, &mut |_| true).unwrap();
        scene.clock.advance(1);
        // The first one only reports.
        let _ = scene.try_apply(&scene.whole(part));
    }
    scene.purge(40);
    let row = scene.library.reconciled_folder(other.id).unwrap().unwrap();
    scene.engine().plan(&row, None, &mut |_| true).unwrap();
    let refused = scene.engine().restore("a.jpg", None).unwrap_err();
    assert!(matches!(&refused, ReconcileError::SeveralFolders { .. }), "{refused}");
    let back = scene.engine().restore("a.jpg", Some(scene.folder)).unwrap();
    assert_eq!((back.assets.len(), back.welcome.len()), (1, 0), "nothing of the other folder: {back:?}");
}

#[test]
fn what_lies_in_the_way_is_not_replaced() {
    let scene = deleted_on_both();
    let report = scene.try_apply(&scene.whole(scene.plan())).unwrap();
    scene.put("x/b.jpg", 7);
    let back = scene.engine().restore(&report.run.to_string(), None).unwrap();
    assert_eq!(back.files[0], "x/b+1.jpg");
    assert_eq!(fs::read(scene.at("x/b.jpg")).unwrap(), photo(7));
    assert_eq!(fs::read(scene.at("x/b+1.jpg")).unwrap(), photo(2));
}

#[test]
fn what_was_deleted_for_good_is_welcome_again_from_the_folder() {
    let scene = deleted_on_both();
    let report = scene.try_apply(&scene.whole(scene.plan())).unwrap();
    scene.purge(1);
    scene.purge(2);
    let back = scene.engine().restore(&report.run.to_string(), None).unwrap();
    assert_eq!(back.failed.len(), 1, "one is nowhere any more: {back:?}");
    assert_eq!(back.welcome, ["b.jpg"]);
    scene.days(1);
    scene.run();
    assert_eq!(scene.status(2), Some(AssetStatus::Active));
}

#[test]
fn what_was_altered_in_the_trash_is_not_put_back() {
    let scene = deleted_on_both();
    let run = scene.try_apply(&scene.whole(scene.plan())).unwrap().run;
    let there = scene.at(&format!(".tintype-trash/run-{run}/x/b.jpg"));
    fs::write(&there, photo(99)).unwrap();
    let report = scene.engine().restore(&run.to_string(), None).unwrap();
    assert_eq!(report.failed.len(), 1, "{report:?}");
    assert!(report.failed[0].1.contains("not what was put there"), "{report:?}");
    assert!(report.failed[0].1.contains("comes with the next plan"), "{report:?}");
    assert_eq!((report.files.len(), report.assets.len()), (0, 2), "both are out of the library's trash");
    assert!(there.is_file() && !scene.at("x/b.jpg").exists());
    assert_eq!(scene.status(2), Some(AssetStatus::Active), "what the library has is safe");
    // Once it is what it was, it comes back.
    fs::write(&there, photo(2)).unwrap();
    assert_eq!(scene.engine().restore(&run.to_string(), None).unwrap().files.len(), 2);
    assert_eq!(fs::read(scene.at("x/b.jpg")).unwrap(), photo(2));
}

#[test]
fn the_journal_says_of_what_is_taken_back_that_it_is_back() {
    let scene = deleted_on_both();
    let run = scene.try_apply(&scene.whole(scene.plan())).unwrap().run;
    scene.engine().restore(&run.to_string(), None).unwrap();
    let journal = scene.library.folder_journal(Some(run), 0, 99).unwrap();
    let restored = journal.iter().filter(|line| line.state == JournalState::Restored);
    let texts: Vec<String> = restored.map(|line| tintype_reconcile::apply::Became::parse(&line.text).text).collect();
    assert_eq!(texts, ["it is back", "it is back"]);
}

#[test]
fn what_somebody_takes_out_of_the_library_s_trash_lies_where_it_lay() {
    let settings = tintype_reconcile::FolderSettings { tree: "{year}/{name}".to_owned(), ..crate::scene::trusting() };
    let scene = Scene::with(FolderPolicy::TwoWay, &settings);
    for (path, number) in [("x/b.jpg", 2), ("c.jpg", 3)] {
        scene.put(path, number);
    }
    scene.settle();
    for other in [false, true] {
        scene.trash(2);
        scene.run();
        scene.days(LONG);
        scene.run();
        assert_eq!(scene.files(), if other { vec!["c.jpg", "x/c.jpg"] } else { vec!["c.jpg"] });
        scene.untrash(2);
        scene.run();
        let expected = if other { vec!["c.jpg", "x/b.jpg", "x/c.jpg"] } else { vec!["c.jpg", "x/b.jpg"] };
        assert_eq!(scene.files(), expected);
        assert!(scene.plan().is_settled());
        scene.put("x/c.jpg", 4);
        scene.run();
    }
}

#[test]
fn what_is_gone_from_the_folders_trash_comes_from_the_library() {
    let scene = deleted_on_both();
    let run = scene.try_apply(&scene.whole(scene.plan())).unwrap().run;
    fs::remove_dir_all(scene.at(".tintype-trash")).unwrap();
    let report = scene.engine().restore("b.jpg", None).unwrap();
    assert!(report.failed[0].1.contains("comes with the next plan"), "{report:?}");
    assert_eq!(scene.status(2), Some(AssetStatus::Active));
    scene.run();
    assert_eq!(fs::read(scene.at("x/b.jpg")).unwrap(), photo(2), "where it lay");
    assert!(scene.library.folder_run(run).unwrap().is_some());
}

#[test]
fn what_the_folder_deleted_comes_back_to_where_it_lay() {
    let scene = Scene::with(FolderPolicy::TwoWay, &FolderSettings { quarantine_days: 0, ..trusting() });
    scene.put("trip/a.jpg", 1);
    scene.put("b.jpg", 2);
    scene.settle();
    scene.delete("trip/a.jpg");
    scene.run();
    assert_eq!(scene.status(1), Some(AssetStatus::Trashed));
    scene.untrash(1);
    scene.run();
    assert_eq!(scene.files(), ["b.jpg", "trip/a.jpg"]);
}

#[test]
fn a_sidecar_comes_back_beside_its_own_photo() {
    let scene = deleted_on_both();
    let run = scene.try_apply(&scene.whole(scene.plan())).unwrap().run;
    scene.put("x/b.jpg", 7);
    let report = scene.engine().restore(&run.to_string(), None).unwrap();
    assert_eq!(report.files, ["x/b+1.jpg", "x/b+1.jpg.xmp"]);
    assert!(!scene.at("x/b.jpg.xmp").exists(), "it would be the other one's");
}

#[test]
fn a_folder_that_is_only_looked_at_keeps_no_other_one_from_a_plan() {
    let scene = Scene::new(FolderPolicy::TwoWay);
    scene.put("a.jpg", 1);
    scene.settle();
    let audited = scene.add_folder("audited", FolderPolicy::Audit, &trusting());
    fs::write(std::path::Path::new(std::str::from_utf8(&audited.path).unwrap()).join("z.jpg"), photo(5)).unwrap();
    scene.put("b.jpg", 2);
    let mut plan = scene.whole(scene.plan());
    plan.folders.insert(0, scene.engine().plan(&audited, None, &mut |_| true).unwrap());
    let done = scene.engine().apply(&plan, &mut |_| true).unwrap();
    assert_eq!(done.len(), 1);
    assert_eq!(done[0].1.as_ref().unwrap().done, 1);
    assert!(scene.status(2).is_some());
}
