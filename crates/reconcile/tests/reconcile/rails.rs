//! Each rail, holding.

use std::fs;

use tintype_library::model::FolderPolicy;
use tintype_protocol::model::AssetStatus;
use tintype_reconcile::places::MARKER;
use tintype_reconcile::{Bar, Bucket, Decision, FolderSettings, Kind, ReconcileError, Strictness};

use crate::scene::{LONG, Scene, about, accept, trusting, verdict};

/// Two-way, with so many photos on both sides.
fn settled(count: u16) -> Scene {
    let scene = Scene::new(FolderPolicy::TwoWay);
    (1..=count).for_each(|number| scene.put(&format!("{number}.jpg"), number));
    scene.settle();
    scene
}

#[test]
fn the_first_plan_of_a_folder_only_reports() {
    let scene = Scene::new(FolderPolicy::TwoWay);
    scene.put("a.jpg", 1);
    let plan = scene.plan();
    assert_eq!(verdict(&plan, "a.jpg"), (Bucket::Upload, Kind::Upload, Decision::Hold));
    let mut forced = plan.clone();
    forced.actions[0].decision = Decision::Do;
    (forced.actions[0].bars, forced.report_only) = (Vec::new(), None);
    for plan in [plan, forced] {
        let refused = scene.try_apply(&scene.whole(plan));
        // One that was made up is looked at again: what it says is of no use without a second plan.
        let is_refused = matches!(refused, Err(ReconcileError::ReportOnly { .. }));
        assert!(is_refused || scene.row().reported_at.is_some(), "{refused:?}");
    }
    scene.settle();
    assert_eq!(scene.status(1), Some(AssetStatus::Active));
}

#[test]
fn a_folder_that_is_not_mounted_is_no_delete() {
    let scene = settled(3);
    fs::rename(scene.root(), scene.data.path().join("elsewhere")).unwrap();
    assert!(matches!(scene.try_plan(None), Err(ReconcileError::Unreachable { .. })));
    fs::create_dir(scene.root()).unwrap();
    assert!(matches!(scene.try_plan(None), Err(ReconcileError::NotMounted { .. })));
    scene.put("1.jpg", 1);
    assert!(matches!(scene.try_plan(None), Err(ReconcileError::NotMounted { .. })), "another disk");
    fs::write(scene.at(MARKER), "somebody else's").unwrap();
    assert!(matches!(scene.try_plan(None), Err(ReconcileError::NotMounted { .. })));
    fs::remove_dir_all(scene.root()).unwrap();
    fs::rename(scene.data.path().join("elsewhere"), scene.root()).unwrap();
    assert!(scene.plan().is_settled(), "as if nothing had been");
}

#[test]
fn a_folder_that_is_suddenly_empty_is_no_delete() {
    let scene = settled(3);
    (1..=3).for_each(|number| scene.delete(&format!("{number}.jpg")));
    for _ in 0..3 {
        scene.days(LONG);
        assert!(matches!(scene.try_plan(Some(99)), Err(ReconcileError::SuddenlyEmpty { files: 3, .. })));
    }
    assert_eq!(scene.status(1), Some(AssetStatus::Active));
}

#[test]
fn a_folder_inside_that_cannot_be_read_is_no_delete() {
    use std::os::unix::fs::PermissionsExt as _;
    let scene = Scene::new(FolderPolicy::TwoWay);
    scene.put("a.jpg", 1);
    scene.put("inside/b.jpg", 2);
    scene.settle();
    let inside = scene.at("inside");
    fs::set_permissions(&inside, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read_dir(&inside).is_ok() {
        // Root reads everything: let it be a folder that nobody can go into.
        fs::set_permissions(&inside, fs::Permissions::from_mode(0o755)).unwrap();
        deepen(&scene);
    }
    let refused = scene.try_plan(None);
    fs::set_permissions(&inside, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(matches!(refused, Err(ReconcileError::Unreadable { .. })), "{refused:?}");
}

/// Moves what is known so deep down that it is not looked at any more.
fn deepen(scene: &Scene) {
    let deep = scene.at("x").join(["d"; 70].join("/"));
    fs::create_dir_all(deep.parent().unwrap()).unwrap();
    let rows = scene.library.folder_files(scene.folder).unwrap();
    let row = rows.into_iter().find(|row| row.path == b"inside/b.jpg").unwrap();
    let path = [&b"x/"[..], ["d"; 70].join("/").as_bytes(), b"/b.jpg"].concat();
    fs::create_dir_all(&deep).unwrap();
    fs::rename(scene.at("inside/b.jpg"), deep.join("b.jpg")).unwrap();
    let moved = tintype_library::model::FolderFile { path, ..row };
    let change = tintype_library::folders::FolderFileChange::Update(moved);
    scene.library.note_folder_files(vec![change]).unwrap();
}

#[test]
fn a_library_that_has_nothing_is_not_believed() {
    let scene = settled(3);
    (1..=3).for_each(|number| scene.purge(number));
    for _ in 0..2 {
        scene.days(LONG);
        assert!(matches!(scene.try_plan(Some(99)), Err(ReconcileError::LibraryEmpty { files: 3 })));
    }
    assert_eq!(scene.files().len(), 3);
}

#[test]
fn too_many_deletes_at_once_go_nowhere_until_somebody_allows_them() {
    let scene = settled(20);
    (1..=6).for_each(|number| scene.delete(&format!("{number}.jpg")));
    scene.run();
    scene.days(LONG);
    let mut plan = scene.plan();
    assert_eq!(plan.cap, 5, "one in a hundred, and five at least");
    for number in 1..=6 {
        let action = about(&plan, &format!("{number}.jpg"));
        assert_eq!((action.bucket, action.decision), (Bucket::Review, Decision::Hold));
        assert!(action.bars.contains(&Bar::Cap { count: 6, cap: 5 }), "{:?}", action.bars);
    }
    accept(&mut plan);
    assert!(plan.actions.iter().all(|action| action.decision == Decision::Hold), "it is no question of a yes");
    plan.actions.iter_mut().for_each(|action| action.decision = Decision::Do);
    let refused = scene.try_apply(&scene.whole(plan));
    assert!(matches!(refused, Err(ReconcileError::Barred { .. })), "{refused:?}");
    assert_eq!(scene.status(1), Some(AssetStatus::Active));
    let allowed = scene.try_plan(Some(6)).unwrap();
    let mut whole = scene.whole(allowed);
    whole.allow = Some(6);
    assert_eq!(scene.try_apply(&whole).unwrap().done, 6);
    assert_eq!(scene.status(1), Some(AssetStatus::Trashed));
}

#[test]
fn files_have_a_cap_too() {
    let scene = settled(20);
    (1..=6).for_each(|number| scene.trash(number));
    scene.run();
    scene.days(LONG);
    let plan = scene.run();
    assert!(plan.actions.iter().all(|action| action.bucket == Bucket::Review && action.decision == Decision::Hold));
    assert_eq!(scene.files().len(), 20);
}

#[test]
fn a_delete_is_observed_for_days_from_the_first_look_that_missed_it() {
    let settings = FolderSettings { quarantine_days: 3, ..trusting() };
    let scene = Scene::with(FolderPolicy::TwoWay, &settings);
    scene.put("a.jpg", 1);
    scene.put("b.jpg", 2);
    scene.settle();
    scene.delete("a.jpg");
    scene.days(30);
    let plan = scene.run();
    assert_eq!(verdict(&plan, "a.jpg").0, Bucket::Quarantine, "nobody saw it go before");
    scene.days(2);
    assert_eq!(verdict(&scene.run(), "a.jpg").0, Bucket::Quarantine);
    scene.days(1);
    let mut forced = plan;
    forced.actions[0].decision = Decision::Do;
    assert_eq!(verdict(&scene.run(), "a.jpg"), (Bucket::Trash, Kind::TrashAsset, Decision::Do));
    assert_eq!(scene.status(1), Some(AssetStatus::Trashed));
}

#[test]
fn a_yes_does_not_shorten_the_quarantine() {
    let scene = settled(2);
    scene.delete("1.jpg");
    let mut plan = scene.plan();
    assert_eq!(verdict(&plan, "1.jpg").0, Bucket::Quarantine);
    plan.actions[0].decision = Decision::Do;
    plan.actions[0].bars.clear();
    let refused = scene.try_apply(&scene.whole(plan));
    assert!(matches!(refused, Err(ReconcileError::Barred { .. })), "{refused:?}");
    assert_eq!(scene.status(1), Some(AssetStatus::Active));
}

#[test]
fn what_comes_back_in_time_was_not_deleted() {
    let scene = settled(2);
    scene.delete("1.jpg");
    scene.run();
    scene.days(10);
    scene.put("back/1.jpg", 1);
    assert!(scene.run().is_settled());
    scene.delete("back/1.jpg");
    scene.days(10);
    scene.run();
    scene.days(10);
    assert_eq!(verdict(&scene.run(), "1.jpg").0, Bucket::Quarantine, "the days begin anew");
}

#[test]
fn a_clock_that_was_set_back_begins_the_days_anew() {
    let scene = settled(2);
    scene.days(1_000);
    scene.delete("1.jpg");
    scene.run();
    scene.days(-1_000);
    assert_eq!(verdict(&scene.run(), "1.jpg").0, Bucket::Quarantine);
    scene.days(LONG);
    assert_eq!(verdict(&scene.run(), "1.jpg").0, Bucket::Trash);
}

#[test]
fn an_asset_stays_that_another_folder_holds() {
    let scene = settled(2);
    let other = scene.add_folder("other", FolderPolicy::Backup, &trusting());
    fs::write(scene.root().with_file_name("other").join("copy.jpg"), crate::scene::photo(1)).unwrap();
    scene.engine().plan(&other, None, &mut |_| true).unwrap();
    scene.delete("1.jpg");
    scene.run();
    scene.days(LONG);
    let plan = scene.run();
    let action = about(&plan, "1.jpg");
    assert_eq!((action.bucket, action.decision), (Bucket::Review, Decision::Hold));
    assert!(action.bars.iter().any(|bar| matches!(bar, Bar::HeldBy { folder } if folder.ends_with("other"))));
    assert_eq!(scene.status(1), Some(AssetStatus::Active));
}

#[test]
fn what_another_folder_leaves_out_holds_nothing_there() {
    let scene = settled(2);
    let other = scene.add_folder("other", FolderPolicy::Backup, &trusting());
    fs::write(scene.root().with_file_name("other").join("copy.jpg"), crate::scene::photo(1)).unwrap();
    let plan = || {
        let row = scene.library.reconciled_folder(other.id).unwrap().unwrap();
        scene.engine().plan(&row, None, &mut |_| true).unwrap()
    };
    plan();
    let without = FolderSettings { exclude: vec!["copy.*".to_owned()], ..trusting() };
    tintype_reconcile::folders::set(&scene.library, &other, &without).unwrap();
    plan();
    scene.delete("1.jpg");
    scene.run();
    scene.days(LONG);
    assert_eq!(verdict(&scene.run(), "1.jpg"), (Bucket::Trash, Kind::TrashAsset, Decision::Do));
}

#[test]
fn an_asset_stays_that_an_album_brings_into_another_folder() {
    let scene = settled(2);
    let id = scene.asset(1).unwrap().id;
    let (name, order) = ("Frame".to_owned(), tintype_protocol::model::SortOrder::Descending);
    scene.library.create_album(&scene.caller(), name, String::new(), order, vec![id], Vec::new()).unwrap();
    let by_album = FolderSettings { album: Some("Frame".to_owned()), ..trusting() };
    scene.add_folder("frame", FolderPolicy::Download, &by_album);
    scene.delete("1.jpg");
    scene.run();
    scene.days(LONG);
    let plan = scene.run();
    assert!(about(&plan, "1.jpg").bars.iter().any(|bar| matches!(bar, Bar::HeldBy { .. })));
    assert_eq!(scene.status(1), Some(AssetStatus::Active));
}

#[test]
fn a_strict_folder_asks_and_a_trusting_one_does_not() {
    for strictness in [Strictness::Strict, Strictness::Trusting] {
        let scene = Scene::with(FolderPolicy::TwoWay, &FolderSettings { strictness, ..trusting() });
        scene.put("a.jpg", 1);
        scene.put("b.jpg", 2);
        scene.settle();
        scene.delete("a.jpg");
        scene.run();
        scene.days(LONG);
        let mut plan = scene.run();
        let expected = if strictness == Strictness::Strict { AssetStatus::Active } else { AssetStatus::Trashed };
        assert_eq!(scene.status(1), Some(expected));
        if strictness == Strictness::Strict {
            accept(&mut plan);
            scene.clock.advance(1);
            scene.try_apply(&scene.whole(plan)).unwrap();
            assert_eq!(scene.status(1), Some(AssetStatus::Trashed));
        }
    }
}

#[test]
fn excluded_files_are_neither_new_nor_deleted() {
    let settings = FolderSettings { exclude: vec!["Screenshots/**".to_owned()], ..trusting() };
    let scene = Scene::with(FolderPolicy::TwoWay, &settings);
    scene.put("a.jpg", 1);
    scene.put("Screenshots/b.jpg", 2);
    scene.settle();
    assert_eq!(scene.status(2), None);
    // What is left out from now on is not deleted either.
    let later = FolderSettings { exclude: vec!["a.*".to_owned(), "Screenshots/**".to_owned()], ..trusting() };
    scene.put("c.jpg", 3);
    scene.run();
    let row = tintype_library::model::Folder { settings: later.to_text(), ..scene.row() };
    scene.library.update_reconciled_folder(&row).unwrap();
    scene.delete("a.jpg");
    scene.run();
    scene.days(LONG);
    scene.run();
    assert_eq!(scene.status(1), Some(AssetStatus::Active));
}

#[test]
fn what_is_in_a_folder_that_is_left_out_by_its_name_is_not_deleted() {
    let settings = FolderSettings { quarantine_days: 0, ..trusting() };
    let scene = Scene::with(FolderPolicy::TwoWay, &settings);
    scene.put("a.jpg", 1);
    scene.put("Screenshots/2024/b.jpg", 2);
    scene.settle();
    let later = FolderSettings { exclude: vec!["Screenshots".to_owned()], ..settings };
    tintype_reconcile::folders::set(&scene.library, &scene.row(), &later).unwrap();
    let plan = scene.run();
    assert_eq!(verdict(&plan, "b.jpg"), (Bucket::Left, Kind::None, Decision::Hold), "it does not come down again");
    scene.days(LONG);
    assert!(scene.run().is_settled());
    // What went while nobody looked is no delete that anybody saw.
    scene.delete("Screenshots/2024/b.jpg");
    scene.run();
    tintype_reconcile::folders::set(&scene.library, &scene.row(), &FolderSettings { quarantine_days: 0, ..trusting() })
        .unwrap();
    assert_eq!(verdict(&scene.run(), "b.jpg").0, Bucket::Review);
    assert_eq!(scene.status(2), Some(AssetStatus::Active));
}

/// Nothing is left that is looked at, which is not the same as a folder that was never looked at.
#[test]
fn a_folder_of_which_all_is_left_out_later_loses_and_brings_nothing() {
    let settings = FolderSettings { quarantine_days: 0, ..trusting() };
    let scene = Scene::with(FolderPolicy::TwoWay, &settings);
    scene.put("2024/a.jpg", 1);
    scene.put("2024/b.jpg", 2);
    scene.settle();
    let later = FolderSettings { exclude: vec!["2024".to_owned()], ..settings };
    tintype_reconcile::folders::set(&scene.library, &scene.row(), &later).unwrap();
    for _ in 0..3 {
        let plan = scene.run();
        assert_eq!(verdict(&plan, "a.jpg"), (Bucket::Left, Kind::None, Decision::Hold), "it does not come down again");
        scene.days(LONG);
    }
    assert!(scene.root().join("2024/a.jpg").exists() && !scene.root().join("a.jpg").exists());
    assert_eq!((scene.status(1), scene.status(2)), (Some(AssetStatus::Active), Some(AssetStatus::Active)));
}

#[test]
fn why_a_folder_could_not_be_looked_at_is_remembered_until_it_can_be() {
    let scene = settled(3);
    let numbers = scene.row().summary;
    assert_eq!(scene.row().failure, None);
    let elsewhere = scene.data.path().join("elsewhere");
    fs::rename(scene.root(), &elsewhere).unwrap();
    scene.days(2);
    assert!(scene.try_plan(None).is_err());
    let row = scene.row();
    let failure = row.failure.unwrap();
    assert_eq!(failure.at, scene.library.now());
    assert!(failure.text.contains("photos"), "{failure:?}");
    assert_eq!(row.summary, numbers, "those of the plan before");
    assert!(row.planned_at.is_some_and(|at| at < failure.at));
    fs::rename(&elsewhere, scene.root()).unwrap();
    scene.plan();
    assert_eq!(scene.row().failure, None);
    // Whoever ends a look says nothing about the folder.
    scene.put("new.jpg", 9);
    assert!(matches!(scene.engine().plan(&scene.row(), None, &mut |_| false), Err(ReconcileError::Interrupted)));
    assert_eq!(scene.row().failure, None);
}

#[test]
fn what_is_set_is_checked_as_what_is_added() {
    let scene = settled(1);
    let set = |settings| tintype_reconcile::folders::set(&scene.library, &scene.row(), &settings);
    let refused = set(FolderSettings { quarantine_days: 91, ..trusting() });
    assert!(matches!(refused, Err(ReconcileError::Settings { .. })), "{refused:?}");
    let changed = set(FolderSettings { quarantine_days: 30, ..trusting() }).unwrap();
    assert_eq!(scene.row(), changed);
    assert!(changed.planned_at.is_some() && changed.marker.is_some(), "the rest stays");
}

#[test]
fn what_belongs_together_goes_together_or_not_at_all() {
    let scene = Scene::new(FolderPolicy::TwoWay);
    for (path, number) in [("a.jpg", 1), ("a.dng.jpg", 2), ("x/b.jpg", 3), ("x/B.jpeg", 4), ("c.jpg", 5)] {
        scene.put(path, number);
    }
    scene.settle();
    scene.delete("x/b.jpg");
    scene.run();
    scene.days(LONG);
    let plan = scene.run();
    assert_eq!(verdict(&plan, "b.jpg").0, Bucket::Review, "half of a pair");
    assert_eq!(scene.status(3), Some(AssetStatus::Active));
    scene.delete("x/B.jpeg");
    scene.run();
    scene.days(LONG);
    scene.run();
    assert_eq!((scene.status(3), scene.status(4)), (Some(AssetStatus::Trashed), Some(AssetStatus::Trashed)));
}

#[test]
fn a_plan_expires_and_does_not_hold_when_a_side_has_changed() {
    let scene = settled(2);
    scene.put("new.jpg", 9);
    let plan = scene.whole(scene.plan());
    scene.days(2);
    assert!(matches!(scene.try_apply(&plan), Err(ReconcileError::Expired { .. })));
    let plan = scene.whole(scene.plan());
    scene.put("new.jpg", 10);
    assert!(matches!(scene.try_apply(&plan), Err(ReconcileError::Changed { .. })));
    let plan = scene.whole(scene.plan());
    scene.upload("elsewhere.jpg", 10);
    assert!(matches!(scene.try_apply(&plan), Err(ReconcileError::Changed { .. })));
    assert_eq!(scene.status(9), None);
}

#[test]
fn what_was_deleted_and_is_left_out_since_does_not_come_again() {
    let settings = FolderSettings { quarantine_days: 14, ..trusting() };
    let scene = Scene::with(FolderPolicy::TwoWay, &settings);
    scene.put("a.jpg", 1);
    scene.put("shots/b.jpg", 2);
    scene.settle();
    scene.delete("shots/b.jpg");
    assert_eq!(verdict(&scene.run(), "b.jpg").0, Bucket::Quarantine);
    let later = FolderSettings { exclude: vec!["shots/**".to_owned()], ..settings };
    tintype_reconcile::folders::set(&scene.library, &scene.row(), &later).unwrap();
    for _ in 0..2 {
        scene.days(LONG);
        assert_eq!(verdict(&scene.run(), "b.jpg"), (Bucket::Left, Kind::None, Decision::Hold));
        assert_eq!(scene.files(), ["a.jpg"]);
    }
    assert_eq!(scene.status(2), Some(AssetStatus::Active));
}

#[test]
fn a_plan_that_could_compare_nothing_is_not_the_first() {
    let scene = Scene::new(FolderPolicy::TwoWay);
    std::fs::write(scene.at("a.jpg"), crate::scene::photo(1)).unwrap();
    let now = std::time::UNIX_EPOCH + std::time::Duration::from_millis(scene.library.now().0.unsigned_abs());
    std::fs::File::options().write(true).open(scene.at("a.jpg")).unwrap().set_modified(now).unwrap();
    assert!(scene.plan().report_only.is_some());
    scene.days(1);
    assert!(scene.plan().report_only.is_some(), "nothing was shown before");
    assert!(scene.plan().report_only.is_none());
}
