//! Disks that are full, or may only be read.

use std::path::{Path, PathBuf};
use std::process::Command;

use tintype_library::assets::AssetChange;
use tintype_protocol::id::AssetId;
use tintype_writeback::order::Became;
use tintype_writeback::{Order, Targets};

use crate::scene::{Scene, everything, jpeg, tools};

/// Something that was mounted.
struct Mounted(PathBuf);

impl Mounted {
    fn new(path: &Path, arguments: &[&str]) -> Option<Self> {
        let output = Command::new("mount").args(arguments).arg(path).output();
        output.is_ok_and(|output| output.status.success()).then(|| Self(path.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A folder in which nobody may change anything, not even root.
struct Fixed(PathBuf);

impl Fixed {
    fn new(path: &Path) -> Option<Self> {
        let output = Command::new("chattr").arg("+i").arg(path).output();
        output.is_ok_and(|output| output.status.success()).then(|| Self(path.to_owned()))
    }
}

impl Drop for Fixed {
    fn drop(&mut self) {
        let _ = Command::new("chattr").arg("-i").arg(&self.0).status();
    }
}

fn photo(scene: &Scene, outside: &Path, number: u8) -> AssetId {
    let photo = outside.join(format!("{number}.jpg"));
    jpeg(&photo, number);
    let id = scene.add(&photo);
    let caption = AssetChange { description: Some(format!("photo {number}")), ..AssetChange::default() };
    scene.library.update_asset(&scene.caller(), id, caption).unwrap();
    id
}

#[test]
fn a_full_disk_ends_a_run_and_room_lets_it_go_on() {
    let Some(tools) = tools("write-back on a full disk") else { return };
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let Some(_disk) = Mounted::new(folder.path(), &["-t", "tmpfs", "-o", "size=8m", "tmpfs"]) else {
        tintype_testkit::not_run("write-back on a full disk", "only root may mount one");
        return;
    };
    let scene = Scene::in_folder(&tools, folder);
    let ids: Vec<AssetId> = (0..3).map(|number| photo(&scene, outside.path(), number)).collect();
    let before: Vec<Vec<u8>> = ids.iter().map(|id| std::fs::read(scene.original(*id)).unwrap()).collect();
    // The database's own files have their room; bytes of photos find none.
    let filler = scene.folder.path().join("filler");
    let order = Order { resumes: false, ..everything(Targets::Embedded) };
    let (first, _) = scene.run(&Order { is_dry: true, ..order.clone() });
    assert_eq!(first.written, 3);
    let free = || {
        let about = rustix::fs::statvfs(scene.folder.path()).unwrap();
        about.f_bavail * about.f_frsize
    };
    std::fs::write(&filler, vec![0; usize::try_from(free()).unwrap() - 300_000]).unwrap();
    let large = scene.original(ids[0]);
    // One photo is larger than what is left.
    let grown = outside.path().join("large.jpg");
    let mut bytes = std::fs::read(&large).unwrap();
    bytes.resize(bytes.len() + 200_000, 7);
    std::fs::write(&grown, &bytes).unwrap();
    drop(std::fs::remove_file(&filler));
    let large = scene.add(&grown);
    let caption = AssetChange { description: Some("large".to_owned()), ..AssetChange::default() };
    scene.library.update_asset(&scene.caller(), large, caption).unwrap();
    std::fs::write(&filler, vec![0; usize::try_from(free()).unwrap() - 250_000]).unwrap();
    let (report, files) = scene.run(&order);
    assert!(report.failed.contains_key("disk-full"), "{report:?} {files:?}");
    assert!(report.is_interrupted, "also on the last page");
    for file in files.iter().filter(|file| matches!(file.became, Became::Failed("disk-full", _))) {
        assert_eq!(scene.library.prove(file.asset).unwrap(), Some(scene.asset(file.asset).checksum));
    }
    std::fs::remove_file(&filler).unwrap();
    let (rest, files) = scene.run(&Order { resumes: true, ..order.clone() });
    assert_eq!((rest.failures(), rest.written + report.written), (0, 4), "{files:?}");
    let (again, _) = scene.run(&order);
    assert_eq!((again.written, again.equal), (0, 4));
    assert!(ids.iter().zip(before).all(|(id, before)| std::fs::read(scene.original(*id)).unwrap() != before));
}

#[test]
fn a_folder_that_may_only_be_read_is_left_as_it_is() {
    let Some(tools) = tools("write-back into a folder that may only be read") else { return };
    let outside = tempfile::tempdir().unwrap();
    let scene = Scene::new(&tools);
    let id = photo(&scene, outside.path(), 1);
    let folder = scene.original(id).parent().unwrap().to_owned();
    let Some(fixed) = Fixed::new(&folder) else {
        tintype_testkit::not_run(
            "write-back into a folder that may only be read",
            "only root may make one that holds for root",
        );
        return;
    };
    let before = std::fs::read(scene.original(id)).unwrap();
    let (report, files) = scene.run(&everything(Targets::Both));
    assert_eq!(report.failed.get("read-only"), Some(&2), "{files:?}");
    assert!(format!("{files:?}").contains("not permitted"), "{files:?}");
    assert_eq!(std::fs::read(scene.original(id)).unwrap(), before);
    assert_eq!(scene.sidecar(id), None);
    drop(fixed);
    let (report, files) = scene.run(&Order { resumes: true, ..everything(Targets::Both) });
    assert_eq!((report.written, report.failures()), (2, 0), "{files:?}");
}
