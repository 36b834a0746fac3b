//! Disks that are mounted below a folder, and are not there one day.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tintype_library::folders::FolderFileChange;
use tintype_library::model::{FolderFile, FolderPolicy};
use tintype_protocol::model::AssetStatus;
use tintype_reconcile::{Bucket, Decision, FolderSettings, Kind, ReconcileError, Strictness};
use tintype_testkit::not_run;

use crate::scene::{LONG, Scene, about, photo, trusting, verdict};

/// A disk of its own, mounted on a folder.
struct Disk(PathBuf);

impl Disk {
    /// `None`, noted, where nobody may mount one.
    fn mount(path: &Path) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(path);
        if mount.output().is_ok_and(|output| output.status.success()) {
            return Some(Self(path.to_owned()));
        }
        not_run("a disk below a folder that is not mounted", "only root may mount one");
        None
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn row(scene: &Scene, path: &str) -> FolderFile {
    scene.library.folder_file_at(scene.folder, path.as_bytes()).unwrap().unwrap()
}

/// A folder with photos of which some are said to have been on a disk of its own.
fn with_disk(policy: FolderPolicy) -> Scene {
    let scene = Scene::new(policy);
    for (path, number) in [("a.jpg", 1), ("usb/2024/b.jpg", 2), ("usb/c.jpg", 3)] {
        scene.put(path, number);
    }
    scene.settle();
    let on_disk = |path| FolderFileChange::Update(FolderFile { mounts: 1, ..row(&scene, path) });
    scene.library.note_folder_files(vec![on_disk("usb/2024/b.jpg"), on_disk("usb/c.jpg")]).unwrap();
    scene
}

#[test]
fn what_was_on_a_disk_that_is_not_mounted_is_not_deleted() {
    for policy in [FolderPolicy::TwoWay, FolderPolicy::Index] {
        let scene = with_disk(policy);
        // The place at which it was mounted is left, with what somebody put there meanwhile; or not even that.
        fs::remove_dir_all(scene.at("usb")).unwrap();
        for left in [Some("usb/new.jpg"), None] {
            match left {
                Some(path) => scene.put(path, 9),
                None => fs::remove_dir_all(scene.at("usb")).unwrap(),
            }
            for _ in 0..2 {
                scene.days(LONG);
                let refused = scene.try_plan(Some(99));
                assert!(matches!(refused, Err(ReconcileError::PartNotMounted { files: 2, .. })), "{refused:?}");
            }
            assert!(row(&scene, "usb/c.jpg").is_present(), "nothing was noted");
        }
        for (path, number) in [("usb/2024/b.jpg", 2), ("usb/c.jpg", 3)] {
            scene.put(path, number);
        }
        scene.run();
        assert!(scene.plan().is_settled(), "as if nothing had been");
    }
}

#[test]
fn what_lies_somewhere_else_now_needs_no_disk() {
    let scene = with_disk(FolderPolicy::TwoWay);
    fs::remove_dir_all(scene.at("usb")).unwrap();
    scene.put("kept/b.jpg", 2);
    scene.put("kept/c.jpg", 3);
    assert!(scene.run().is_settled());
}

#[test]
fn what_a_disk_covers_is_asked_about() {
    for policy in [FolderPolicy::TwoWay, FolderPolicy::Index] {
        let settings = FolderSettings { strictness: Strictness::Autonomous, quarantine_days: 0, ..trusting() };
        let scene = Scene::with(policy, &settings);
        // Copied to where a disk was not mounted, and found there.
        for (path, number) in [("a.jpg", 1), ("usb/old/b.jpg", 2), ("c.jpg", 3)] {
            scene.put(path, number);
        }
        scene.settle();
        let Some(_disk) = Disk::mount(&scene.at("usb")) else { return };
        scene.put("usb/d.jpg", 4);
        scene.delete("c.jpg");
        scene.days(LONG);
        let plan = scene.plan();
        assert_eq!(verdict(&plan, "b.jpg"), (Bucket::Review, Kind::TrashAsset, Decision::Hold), "{plan:?}");
        assert!(about(&plan, "b.jpg").reason.contains("may cover it"), "{plan:?}");
        assert_eq!(about(&plan, "c.jpg").bucket, Bucket::Trash, "it was not there");
    }
}

#[test]
fn a_real_disk_is_known_by_its_device() {
    let scene = Scene::new(FolderPolicy::TwoWay);
    let Some(disk) = Disk::mount(&scene.at("usb")) else { return };
    scene.put("a.jpg", 1);
    for (path, number) in [("usb/b.jpg", 2), ("usb/old/c.jpg", 3), ("usb/old/d.jpg", 4)] {
        scene.put(path, number);
    }
    scene.settle();
    assert_eq!(["usb/b.jpg", "a.jpg"].map(|path| row(&scene, path).mounts), [1, 0]);
    // While it is mounted, what is gone from it is gone.
    fs::remove_dir_all(scene.at("usb/old")).unwrap();
    let plan = scene.run();
    assert_eq!(verdict(&plan, "c.jpg").0, Bucket::Quarantine);
    drop(disk);
    let refused = scene.try_plan(None);
    assert!(matches!(refused, Err(ReconcileError::PartNotMounted { files: 1, .. })), "{refused:?}");
    assert!(refused.unwrap_err().to_string().contains("usb"));
    assert_eq!(scene.status(2), Some(AssetStatus::Active));
}

#[test]
fn a_disk_inside_of_another_one_is_missed_too() {
    let settings = FolderSettings { strictness: Strictness::Autonomous, quarantine_days: 0, ..trusting() };
    let scene = Scene::with(FolderPolicy::TwoWay, &settings);
    let Some(_outer) = Disk::mount(&scene.at("nas")) else { return };
    let Some(inner) = Disk::mount(&scene.at("nas/usb")) else { return };
    for (path, number) in [("a.jpg", 1), ("nas/b.jpg", 2), ("nas/old/c.jpg", 3), ("nas/usb/d.jpg", 4)] {
        scene.put(path, number);
    }
    scene.settle();
    assert_eq!(["a.jpg", "nas/old/c.jpg", "nas/usb/d.jpg"].map(|path| row(&scene, path).mounts), [0, 1, 2]);
    drop(inner);
    let refused = scene.try_plan(Some(99));
    assert!(matches!(refused, Err(ReconcileError::PartNotMounted { files: 1, .. })), "{refused:?}");
    let _inner = Disk::mount(&scene.at("nas/usb")).unwrap();
    scene.put("nas/usb/d.jpg", 4);
    assert!(scene.run().is_settled(), "as if nothing had been");
    // And one may cover files of the outer one.
    let _cover = Disk::mount(&scene.at("nas/old")).unwrap();
    assert_eq!(verdict(&scene.plan(), "c.jpg"), (Bucket::Review, Kind::TrashAsset, Decision::Hold));
}

/// The folder's trash is on the folder's own disk.
#[test]
fn what_is_on_a_disk_of_its_own_goes_to_the_trash_and_comes_back() {
    let settings = FolderSettings { quarantine_days: 0, ..trusting() };
    let scene = Scene::with(FolderPolicy::TwoWay, &settings);
    let Some(_disk) = Disk::mount(&scene.at("usb")) else { return };
    scene.put("a.jpg", 1);
    scene.put("usb/b.jpg", 2);
    scene.settle();
    scene.trash(2);
    let run = scene.try_apply(&scene.whole(scene.plan())).unwrap();
    assert_eq!((run.done, run.failed), (1, 0));
    assert_eq!(fs::read(scene.at(&format!(".tintype-trash/run-{}/usb/b.jpg", run.run))).unwrap(), photo(2));
    assert!(!scene.at("usb/b.jpg").exists());
    scene.engine().restore("b.jpg", None).unwrap();
    assert_eq!(fs::read(scene.at("usb/b.jpg")).unwrap(), photo(2));
    assert!(scene.run().is_settled());
}
