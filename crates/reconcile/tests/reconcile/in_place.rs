//! Folders whose files stay in place.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;

use tintype_library::feed::{FeedKind, FeedRow, Visit};
use tintype_library::in_place::place_checksum;
use tintype_library::model::{Asset, FolderPolicy, NewUpstream, UpstreamMode};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::AssetStatus;
use tintype_protocol::version::Version;
use tintype_reconcile::verify::{Happened, Wish};
use tintype_reconcile::{Bar, Bucket, Decision, FolderSettings, Kind, ReconcileError, Strictness, folders};

use crate::scene::{LONG, Scene, about, accept, photo, trusting, verdict};

fn indexed(count: u16) -> Scene {
    let scene = Scene::new(FolderPolicy::Index);
    (1..=count).for_each(|number| scene.put(&format!("{number}.jpg"), number));
    scene.settle();
    scene
}

/// The assets of the folder's library, whatever their state.
fn assets(scene: &Scene) -> Vec<Asset> {
    let places = scene.library.assets_in_place(scene.row().library.unwrap()).unwrap();
    let asset = |id: AssetId| scene.library.read(|tx| Ok(tx.asset(id)?)).unwrap().unwrap();
    let mut assets: Vec<Asset> = places.into_iter().map(|place| asset(place.asset)).collect();
    assets.sort_by(|a, b| a.original_path.cmp(&b.original_path));
    assets
}

/// The asset that shows this place, which has to be its file's.
#[track_caller]
fn at(scene: &Scene, path: &str) -> Asset {
    let place = fs::canonicalize(scene.root()).unwrap().join(path).to_str().unwrap().to_owned();
    let found = assets(scene).into_iter().find(|asset| asset.original_path == place);
    let asset = found.unwrap_or_else(|| panic!("{path}: {:#?}", assets(scene)));
    assert_eq!(asset.checksum, place_checksum(&place));
    asset
}

fn bytes(scene: &Scene, asset: &Asset) -> Vec<u8> {
    let mut bytes = Vec::new();
    scene.library.open_original(asset).unwrap().blob.reader.read_to_end(&mut bytes).unwrap();
    bytes
}

fn rename(scene: &Scene, from: &str, to: &str) {
    fs::create_dir_all(scene.at(to).parent().unwrap()).unwrap();
    fs::rename(scene.at(from), scene.at(to)).unwrap();
}

#[test]
fn files_are_indexed_where_they_are() {
    let scene = Scene::new(FolderPolicy::Index);
    scene.put("2024/a.jpg", 1);
    scene.put("b.jpg", 2);
    // The same picture twice is two files, and two assets.
    scene.put("copy.jpg", 2);
    let first = scene.plan();
    assert!(first.report_only.is_some());
    assert_eq!(verdict(&first, "a.jpg"), (Bucket::Upload, Kind::Index, Decision::Hold));
    assert!(assets(&scene).is_empty(), "the first plan only reports");
    scene.settle();
    assert_eq!(assets(&scene).len(), 3);
    assert_eq!(bytes(&scene, &at(&scene, "2024/a.jpg")), photo(1));
    assert_eq!(scene.library.user(scene.owner).unwrap().unwrap().usage_bytes, 0);
    let names: BTreeSet<_> = fs::read_dir(scene.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "nothing was written there, no mark either: {names:?}");
    assert!(!scene.data.path().join("library").exists(), "nothing was copied");
}

#[test]
fn who_follows_a_server_has_no_files_in_place() {
    let scene = Scene::new(FolderPolicy::Backup);
    let link = || {
        scene.library.link_upstream(NewUpstream {
            address: "https://photos.example.org/api".to_owned(),
            version: Version { major: 2, minor: 7, patch: 5 },
            user_id: scene.owner,
            external_user_id: AssetId::from_bytes([5; 16]).0,
            email: "ada@example.org".to_owned(),
            mode: UpstreamMode::Stream,
        })
    };
    let upstream = link().unwrap();
    let path = scene.root().with_file_name("other");
    fs::create_dir(&path).unwrap();
    let add = || folders::add(&scene.library, &path, scene.owner, FolderPolicy::Index, &trusting());
    assert!(matches!(add(), Err(ReconcileError::Follows { .. })));
    scene.library.unlink_upstream(upstream.id).unwrap();
    add().unwrap();
    let refused = link().unwrap_err().to_string();
    assert!(refused.contains("folder remove"), "{refused}");
}

#[test]
fn a_folder_may_name_albums() {
    let settings = FolderSettings { album: Some("{folder}".to_owned()), ..trusting() };
    let scene = Scene::with(FolderPolicy::Index, &settings);
    scene.put("Summer/a.jpg", 1);
    scene.settle();
    let albums = scene.library.read(|tx| Ok(tx.owned_albums(scene.owner)?)).unwrap();
    assert_eq!(albums.iter().map(|album| album.name.as_str()).collect::<Vec<_>>(), ["Summer"]);
}

#[test]
fn a_file_that_is_moved_keeps_its_asset() {
    let scene = indexed(3);
    let ids = [1, 2, 3].map(|number| at(&scene, &format!("{number}.jpg")).id);
    rename(&scene, "1.jpg", "old/one.jpg");
    // A row of moves, each to where another one was.
    rename(&scene, "3.jpg", "4.jpg");
    rename(&scene, "2.jpg", "3.jpg");
    let plan = scene.plan();
    assert_eq!(verdict(&plan, "one.jpg"), (Bucket::Move, Kind::Index, Decision::Do));
    assert!(about(&plan, "one.jpg").reason.contains("1.jpg"), "{plan:?}");
    let begin = scene.library.read(|tx| Ok(tx.last_update_id()?)).unwrap();
    scene.run();
    assert!(scene.plan().is_settled());
    let after = ["old/one.jpg", "3.jpg", "4.jpg"].map(|path| at(&scene, path));
    assert_eq!(after.clone().map(|asset| asset.id), ids);
    assert_eq!(bytes(&scene, &after[1]), photo(2));
    assert_eq!(after[0].original_name, "one.jpg");
    assert_ne!(scene.library.read(|tx| Ok(tx.last_update_id()?)).unwrap(), begin, "clients are told");
    // Also by who only copies and deletes, and while nobody looked.
    scene.put("new/place.jpg", 3);
    scene.delete("4.jpg");
    scene.run();
    assert_eq!(at(&scene, "new/place.jpg").id, ids[2]);
    assert_eq!(assets(&scene).len(), 3);
}

/// Clients learn of moves one after the other, by their positions: at no point may two assets show one place.
#[test]
fn moves_in_a_row_never_show_two_assets_at_one_place() {
    let scene = indexed(4);
    let mut shown: Vec<(AssetId, Sha1)> = assets(&scene).into_iter().map(|asset| (asset.id, asset.checksum)).collect();
    let begin = scene.library.read(|tx| Ok(tx.last_update_id()?)).unwrap();
    for number in (1..=4).rev() {
        rename(&scene, &format!("{number}.jpg"), &format!("{}.jpg", number + 1));
    }
    scene.run();
    let mut told = 0;
    let mut take = |row: FeedRow<'_>| {
        let FeedRow::Asset(asset) = row else { panic!("an asset") };
        assert!(!shown.iter().any(|(id, at)| *id != asset.id && *at == asset.checksum), "two at one place");
        shown.iter_mut().find(|(id, _)| *id == asset.id).unwrap().1 = asset.checksum;
        told += 1;
    };
    let read = scene.library.read(|tx| {
        Ok(tx.changes(FeedKind::Assets, scene.owner, begin, &mut |_, row| {
            take(row);
            Visit::Continue
        })?)
    });
    read.unwrap();
    assert_eq!(told, 4);
}

#[test]
fn files_that_changed_places_leave_assets_where_they_were() {
    let scene = indexed(2);
    let ids = [1, 2].map(|number| at(&scene, &format!("{number}.jpg")).id);
    rename(&scene, "1.jpg", "x.jpg");
    rename(&scene, "2.jpg", "1.jpg");
    rename(&scene, "x.jpg", "2.jpg");
    let plan = scene.run();
    assert!(about(&plan, "1.jpg").reason.contains("changed"), "{plan:?}");
    assert!(scene.plan().is_settled());
    assert_eq!([1, 2].map(|number| at(&scene, &format!("{number}.jpg")).id), ids);
    assert_eq!(bytes(&scene, &at(&scene, "1.jpg")), photo(2));
}

#[test]
fn a_file_that_is_changed_is_read_again() {
    let scene = indexed(1);
    let before = at(&scene, "1.jpg");
    let jobs = scene.library.pending_jobs().unwrap();
    scene.put("1.jpg", 7);
    let plan = scene.plan();
    assert_eq!(verdict(&plan, "1.jpg"), (Bucket::Upload, Kind::Index, Decision::Do));
    scene.run();
    let run = scene.library.folder_runs(1).unwrap()[0].id;
    let text = scene.library.folder_actions(run).unwrap().remove(0).1.unwrap().text;
    assert!(text.contains("what the file is now"), "it has moved nowhere: {text}");
    assert!(scene.plan().is_settled());
    let after = at(&scene, "1.jpg");
    assert_eq!((after.id, assets(&scene).len()), (before.id, 1));
    assert_eq!(bytes(&scene, &after), photo(7));
    // The first one still waits here: asking twice is asking once.
    assert_eq!((jobs, scene.library.pending_jobs().unwrap()), (1, 1));
}

#[test]
fn an_asset_goes_and_comes_with_its_file() {
    let scene = indexed(8);
    let id = at(&scene, "3.jpg").id;
    scene.delete("3.jpg");
    assert_eq!(verdict(&scene.run(), "3.jpg"), (Bucket::Quarantine, Kind::TrashAsset, Decision::Hold));
    assert_eq!(at(&scene, "3.jpg").status, AssetStatus::Active);
    scene.days(LONG);
    assert_eq!(verdict(&scene.run(), "3.jpg"), (Bucket::Trash, Kind::TrashAsset, Decision::Do));
    let gone = at(&scene, "3.jpg");
    assert_eq!((gone.id, gone.status, gone.is_offline), (id, AssetStatus::Trashed, true));
    assert!(scene.plan().is_settled());
    scene.put("3.jpg", 3);
    assert_eq!(verdict(&scene.run(), "3.jpg"), (Bucket::Upload, Kind::Index, Decision::Do));
    let back = at(&scene, "3.jpg");
    assert_eq!((back.id, back.status, back.is_offline), (id, AssetStatus::Active, false));
    assert!(scene.plan().is_settled());
}

#[test]
fn what_somebody_takes_out_of_the_trash_stays_without_its_file() {
    let scene = indexed(8);
    let id = at(&scene, "3.jpg").id;
    scene.delete("3.jpg");
    scene.plan();
    scene.days(LONG);
    scene.run();
    let run = scene.library.folder_runs(1).unwrap()[0].id;
    let report = scene.engine().restore(&run.to_string(), None).unwrap();
    assert_eq!(report.assets, [id]);
    for _ in 0..3 {
        scene.days(LONG);
        assert_eq!(verdict(&scene.run(), "3.jpg"), (Bucket::Left, Kind::None, Decision::Hold));
    }
    scene.put("other.jpg", 3);
    scene.run();
    assert_eq!(at(&scene, "other.jpg").id, id, "and the file finds it again");
    assert!(!at(&scene, "other.jpg").is_offline);
}

#[test]
fn what_went_with_its_file_and_was_cleared_away_is_new_when_it_comes_back() {
    let scene = indexed(8);
    let id = at(&scene, "3.jpg").id;
    scene.delete("3.jpg");
    scene.plan();
    scene.days(LONG);
    scene.run();
    scene.library.purge_now(&scene.caller(), &[id]).unwrap();
    scene.run();
    scene.put("3.jpg", 3);
    scene.run();
    assert_ne!(at(&scene, "3.jpg").id, id);
    assert_eq!(assets(&scene).len(), 8);
}

#[test]
fn what_is_deleted_on_purpose_is_not_indexed_again() {
    let scene = indexed(3);
    let (first, second) = (at(&scene, "1.jpg").id, at(&scene, "2.jpg").id);
    scene.library.delete_assets(&scene.caller(), &[first], false).unwrap();
    scene.library.purge_now(&scene.caller(), &[second]).unwrap();
    for _ in 0..2 {
        scene.days(LONG);
        let plan = scene.run();
        assert_eq!(verdict(&plan, "1.jpg"), (Bucket::Left, Kind::None, Decision::Hold));
        assert_eq!(verdict(&plan, "2.jpg"), (Bucket::Left, Kind::None, Decision::Hold));
    }
    // Not under another name either, nor when it was away for a while.
    rename(&scene, "2.jpg", "two.jpg");
    assert_eq!(verdict(&scene.run(), "two.jpg"), (Bucket::Left, Kind::None, Decision::Hold));
    scene.delete("two.jpg");
    scene.run();
    scene.put("two.jpg", 2);
    assert_eq!(verdict(&scene.run(), "two.jpg"), (Bucket::Left, Kind::None, Decision::Hold));
    assert_eq!(fs::read(scene.at("two.jpg")).unwrap(), photo(2), "the file stays");
    // Until somebody wants it.
    let report = scene.engine().restore("two.jpg", None).unwrap();
    assert_eq!(report.welcome, ["two.jpg"]);
    let report = scene.engine().restore(&first.to_string(), None).unwrap();
    assert_eq!(report.assets, [first]);
    assert_eq!(verdict(&scene.run(), "two.jpg"), (Bucket::Upload, Kind::Index, Decision::Do));
    assert_eq!(at(&scene, "1.jpg").status, AssetStatus::Active);
    assert_eq!(at(&scene, "two.jpg").status, AssetStatus::Active);
    assert!(scene.plan().is_settled());
}

#[test]
fn another_file_takes_the_place_of_one_that_is_gone() {
    let scene = indexed(8);
    let (first, second) = (at(&scene, "1.jpg").id, at(&scene, "2.jpg").id);
    scene.delete("2.jpg");
    rename(&scene, "1.jpg", "2.jpg");
    scene.run();
    assert_eq!(at(&scene, "2.jpg").id, first);
    let checksums: BTreeSet<_> = assets(&scene).iter().map(|asset| asset.checksum).collect();
    assert_eq!(checksums.len(), 8);
    scene.days(LONG);
    scene.run();
    let gone = assets(&scene).into_iter().find(|asset| asset.id == second).unwrap();
    assert_eq!((gone.status, gone.original_name.as_str()), (AssetStatus::Trashed, "2.jpg"));
    scene.put("back.jpg", 2);
    scene.run();
    assert_eq!(at(&scene, "back.jpg").id, second);
}

#[test]
fn a_copy_of_what_was_deleted_for_good_is_not_indexed_either() {
    let scene = indexed(3);
    scene.upload("own.jpg", 9);
    scene.purge(9);
    scene.library.purge_now(&scene.caller(), &[at(&scene, "2.jpg").id]).unwrap();
    scene.put("own copy.jpg", 9);
    scene.put("two.jpg", 2);
    // Of one that is there, a copy is one more.
    scene.put("one.jpg", 1);
    let plan = scene.run();
    for name in ["own copy.jpg", "two.jpg", "2.jpg"] {
        assert_eq!(verdict(&plan, name), (Bucket::Left, Kind::None, Decision::Hold), "{plan:?}");
    }
    assert!(about(&plan, "own copy.jpg").reason.contains("Ada"), "by whom: {plan:?}");
    assert!(about(&plan, "two.jpg").reason.contains("2.jpg"), "of what: {plan:?}");
    assert_eq!(assets(&scene).len(), 3);
    // Until somebody wants them.
    assert_eq!(scene.engine().restore("own copy.jpg", None).unwrap().welcome, ["own copy.jpg"]);
    assert_eq!(scene.engine().restore("two.jpg", None).unwrap().welcome, ["two.jpg"]);
    scene.run();
    assert_eq!(assets(&scene).len(), 6, "a photo is all its files");
    assert!(scene.plan().is_settled());
}

#[test]
fn a_file_whose_new_place_is_no_text_is_told_with_the_place_that_its_asset_names() {
    use std::os::unix::ffi::OsStrExt as _;
    let scene = indexed(2);
    let odd = scene.root().join(std::ffi::OsStr::from_bytes(b"b\xfc"));
    fs::create_dir(&odd).unwrap();
    fs::rename(scene.at("1.jpg"), odd.join("1.jpg")).unwrap();
    for _ in 0..2 {
        let plan = scene.run();
        assert_eq!(verdict(&plan, "1.jpg"), (Bucket::Review, Kind::None, Decision::Hold));
        assert!(about(&plan, "1.jpg").reason.contains("still names 1.jpg"), "{plan:?}");
        scene.days(LONG);
    }
    let id = at(&scene, "1.jpg").id;
    fs::rename(&odd, scene.at("text")).unwrap();
    scene.run();
    assert_eq!(at(&scene, "text/1.jpg").id, id);
}

#[test]
fn what_is_left_out_later_stays_the_asset_that_it_is() {
    let settings = FolderSettings { strictness: Strictness::Autonomous, quarantine_days: 0, ..trusting() };
    let scene = Scene::with(FolderPolicy::Index, &settings);
    scene.put("Old/a.jpg", 1);
    scene.put("b.jpg", 2);
    scene.settle();
    let id = at(&scene, "Old/a.jpg").id;
    let without = FolderSettings { exclude: vec!["Old/**".to_owned()], ..settings.clone() };
    folders::set(&scene.library, &scene.row(), &without).unwrap();
    scene.put("c.jpg", 3);
    assert!(!scene.run().actions.iter().any(|action| action.kind == Kind::TrashAsset));
    scene.days(LONG);
    scene.run();
    assert_eq!(at(&scene, "Old/a.jpg").status, AssetStatus::Active);
    folders::set(&scene.library, &scene.row(), &settings).unwrap();
    scene.run();
    assert_eq!(at(&scene, "Old/a.jpg").id, id, "and is found again");
    assert!(scene.plan().is_settled());
}

#[test]
fn not_many_go_at_once() {
    let settings = FolderSettings { strictness: Strictness::Autonomous, quarantine_days: 0, ..trusting() };
    let scene = Scene::with(FolderPolicy::Index, &settings);
    (1..=20).for_each(|number| scene.put(&format!("{number}.jpg"), number));
    scene.settle();
    (1..=6).for_each(|number| scene.delete(&format!("{number}.jpg")));
    let plan = scene.run();
    let held = about(&plan, "1.jpg");
    assert_eq!(held.bars, [Bar::Cap { count: 6, cap: 5 }]);
    assert!(assets(&scene).iter().all(|asset| asset.status == AssetStatus::Active));
    scene.put("1.jpg", 1);
    scene.run();
    assert_eq!(assets(&scene).iter().filter(|asset| asset.status == AssetStatus::Trashed).count(), 5);
}

#[test]
fn a_place_that_is_not_mounted_is_no_delete() {
    let scene = indexed(3);
    let elsewhere = scene.data.path().join("elsewhere");
    fs::rename(scene.root(), &elsewhere).unwrap();
    assert!(matches!(scene.try_plan(None), Err(ReconcileError::Unreachable { .. })));
    fs::create_dir(scene.root()).unwrap();
    assert!(matches!(scene.try_plan(None), Err(ReconcileError::SuddenlyEmpty { files: 3, .. })));
    scene.put("other.jpg", 9);
    for _ in 0..2 {
        scene.days(LONG);
        assert!(matches!(scene.try_plan(None), Err(ReconcileError::AllGone { files: 3, .. })), "another disk");
    }
    fs::remove_dir_all(scene.root()).unwrap();
    fs::rename(elsewhere, scene.root()).unwrap();
    assert!(scene.plan().is_settled(), "as if nothing had been");
}

#[test]
fn a_folder_inside_that_is_suddenly_empty_is_asked_about() {
    let settings = FolderSettings { strictness: Strictness::Autonomous, quarantine_days: 0, ..trusting() };
    let scene = Scene::with(FolderPolicy::Index, &settings);
    scene.put("disk/a.jpg", 1);
    scene.put("b.jpg", 2);
    scene.settle();
    scene.delete("disk/a.jpg");
    let mut plan = scene.run();
    assert_eq!(verdict(&plan, "a.jpg"), (Bucket::Review, Kind::TrashAsset, Decision::Hold));
    assert!(about(&plan, "a.jpg").reason.contains("mounted"));
    assert_eq!(at(&scene, "disk/a.jpg").status, AssetStatus::Active);
    plan = scene.plan();
    accept(&mut plan);
    scene.try_apply(&scene.whole(plan)).unwrap();
    assert_eq!(at(&scene, "disk/a.jpg").status, AssetStatus::Trashed);
}

#[test]
fn a_disk_inside_that_is_not_mounted_is_asked_about_whatever_folders_it_had() {
    let settings = FolderSettings { strictness: Strictness::Autonomous, quarantine_days: 0, ..trusting() };
    let scene = Scene::with(FolderPolicy::Index, &settings);
    scene.put("usb/2024/may/a.jpg", 1);
    scene.put("old/2023/c.jpg", 3);
    scene.put("old/d.jpg", 4);
    scene.put("b.jpg", 2);
    scene.settle();
    // What is left is the folder at which it was mounted.
    fs::remove_dir_all(scene.at("usb/2024")).unwrap();
    fs::remove_dir_all(scene.at("old/2023")).unwrap();
    let plan = scene.plan();
    assert_eq!(about(&plan, "a.jpg").bucket, Bucket::Review, "{plan:?}");
    assert_eq!(about(&plan, "c.jpg").bucket, Bucket::Trash, "its folder went, and others are there: {plan:?}");
}

#[test]
fn the_last_ones_may_go_and_come_back() {
    let settings = FolderSettings { strictness: Strictness::Autonomous, quarantine_days: 0, ..trusting() };
    let scene = Scene::with(FolderPolicy::Index, &settings);
    scene.put("a.jpg", 1);
    scene.put("b.jpg", 2);
    scene.settle();
    scene.delete("a.jpg");
    scene.run();
    let library = &scene.library;
    library.delete_assets(&scene.caller(), &[at(&scene, "b.jpg").id], false).unwrap();
    // Now nothing is shown at all; a library that says so is believed, as nothing follows from that.
    scene.put("a.jpg", 1);
    scene.run();
    assert_eq!(at(&scene, "a.jpg").status, AssetStatus::Active);
}

#[test]
fn names_that_differ_only_in_capital_letters_are_told() {
    let scene = Scene::new(FolderPolicy::Index);
    scene.put("a.jpg", 1);
    scene.put("A.JPG", 2);
    scene.plan();
    let plan = scene.run();
    assert_eq!(plan.actions.iter().filter(|action| action.bucket == Bucket::Left).count(), 1, "{plan:?}");
    assert_eq!(assets(&scene).len(), 1);
    assert!(scene.plan().is_settled(), "and nothing fails again and again");
}

#[test]
fn a_folder_leaves_with_its_assets_only_where_that_is_meant() {
    let scene = indexed(2);
    let own = scene.upload("own.jpg", 9);
    let other = scene.add_folder("other", FolderPolicy::Backup, &trusting());
    let refused = folders::remove(&scene.library, &other, true);
    assert!(matches!(refused, Err(ReconcileError::NoAssets { policy: "backup", .. })), "{refused:?}");
    assert_eq!(folders::remove(&scene.library, &other, false).unwrap(), 0);
    let refused = folders::remove(&scene.library, &scene.row(), false);
    assert!(matches!(refused, Err(ReconcileError::DropsAssets { assets: 2, .. })), "{refused:?}");
    assert_eq!(folders::remove(&scene.library, &scene.row(), true).unwrap(), 2);
    assert_eq!(scene.files(), ["1.jpg", "2.jpg"]);
    assert!(scene.library.read(|tx| Ok(tx.asset(own)?)).unwrap().is_some());
    // Added again, they come again: nobody deleted them.
    let mut scene = scene;
    scene.folder = scene.add_folder("photos", FolderPolicy::Index, &trusting()).id;
    scene.settle();
    assert_eq!(assets(&scene).len(), 2);
}

#[test]
fn originals_in_place_are_verified_by_what_they_were() {
    let scene = indexed(3);
    let look = || {
        let mut found = Vec::new();
        let wish = Wish { reads: true, anew: true, ..Wish::default() };
        let witness = &mut |happened| {
            if let Happened::Found(finding) = happened {
                found.push((finding.name, finding.fault.as_str()));
            }
            true
        };
        scene.engine().verify(wish, witness).unwrap();
        found.sort();
        found
    };
    assert!(look().is_empty());
    let path = scene.at("1.jpg");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let damaged = photo(1).into_iter().map(|byte| byte ^ 1).collect::<Vec<_>>();
    fs::write(&path, damaged).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    scene.put("2.jpg", 22);
    scene.delete("3.jpg");
    assert_eq!(look(), [("1.jpg".to_owned(), "changed"), ("3.jpg".to_owned(), "missing")]);
}

/// Cameras give the same names again and again: an asset is not to become another picture because of that.
#[test]
fn another_disk_with_the_same_names_is_asked_about() {
    for (known, replaced, is_asked) in [(9, 9, true), (9, 6, true), (3, 3, true), (9, 2, false)] {
        let scene = indexed(known);
        let before: Vec<Asset> = assets(&scene);
        (1..=replaced).for_each(|number| scene.put(&format!("{number}.jpg"), 100 + number));
        let plan = scene.plan();
        let expected = match is_asked {
            true => (Bucket::Review, Kind::Index, Decision::Hold),
            false => (Bucket::Upload, Kind::Index, Decision::Do),
        };
        assert_eq!(verdict(&plan, "1.jpg"), expected, "{replaced} of {known}");
        scene.try_apply(&scene.whole(plan.clone())).unwrap();
        let is_same = bytes(&scene, &before[0]) == photo(1);
        assert!(!is_same, "the file is what it is");
        let shown = scene.library.folder_file_of(before[0].id).unwrap().unwrap().indexed.unwrap();
        assert_eq!(shown.sha1 == crate::scene::sha1(1), is_asked, "{replaced} of {known}");
        // Who means it says so.
        let mut plan = scene.plan();
        accept(&mut plan);
        scene.try_apply(&scene.whole(plan)).unwrap();
        assert!(scene.plan().is_settled(), "{replaced} of {known}");
    }
    // With some gone, and nothing as it was.
    let scene = indexed(4);
    scene.delete("3.jpg");
    scene.delete("4.jpg");
    (1..=2).for_each(|number| scene.put(&format!("{number}.jpg"), 100 + number));
    let plan = scene.plan();
    for name in ["1.jpg", "4.jpg"] {
        assert_eq!(verdict(&plan, name).0, Bucket::Review, "{plan:?}");
        assert!(about(&plan, name).reason.contains("another disk"), "{plan:?}");
    }
}
