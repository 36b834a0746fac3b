//! Disks that are really full: that of the library, of the zone, and of the folder where files are made smaller.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tintype_ingest::recipe::{Derived, Optimise, OptimiseError, Optimised};
use tintype_library::model::IngestState as State;
use tintype_testkit::not_run;

use crate::destination::Fault;
use crate::scene::{Scene, folder, jpeg, sha1};

/// Room of a disk, in bytes. The database needs some of it.
const DISK_BYTES: u64 = 12 << 20;
/// What a photo takes.
const PHOTO_BYTES: usize = 3 << 20;
const PIECE_BYTES: usize = 64 * 1024;
const MINUTE_MS: i64 = 60_000;

/// A disk of its own, mounted on a folder.
struct Disk(PathBuf);

impl Disk {
    /// `None`, noted, where nobody may mount one.
    fn mount(path: &Path) -> Option<Disk> {
        fs::create_dir_all(path).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={DISK_BYTES}"), "tmpfs"]).arg(path);
        if mount.output().is_ok_and(|output| output.status.success()) {
            return Some(Disk(path.to_owned()));
        }
        not_run("zones on full disks", "only root may mount one");
        None
    }

    /// Takes all but so many bytes.
    fn fill(&self, left: u64) {
        let mut ballast = File::create(self.ballast()).unwrap();
        let piece = [7_u8; PIECE_BYTES];
        while self.free() > left + PIECE_BYTES as u64 && ballast.write_all(&piece).is_ok() {}
        while left == 0 && ballast.write_all(&piece[..512]).is_ok() {}
    }

    /// As `df` says it.
    fn free(&self) -> u64 {
        let output = Command::new("df").args(["--output=avail", "-B1"]).arg(&self.0).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().last().and_then(|line| line.trim().parse().ok()).unwrap()
    }

    fn make_room(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }

    fn remount(&self, how: &str) {
        let remounted = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(&self.0).status().unwrap();
        assert!(remounted.success());
    }

    fn ballast(&self) -> PathBuf {
        self.0.join(".ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn photo(number: u64) -> Vec<u8> {
    let mut bytes = jpeg(number);
    bytes.resize(PHOTO_BYTES, 9);
    bytes
}

/// Looks and works, whatever comes of it.
fn try_turns(scene: &mut Scene, turns: u32) {
    for _ in 0..turns {
        let zone = scene.zone.clone();
        let pipeline = scene.pipeline();
        // Rows that could not be written are written the next time.
        if pipeline.look(&zone).is_ok() {
            while pipeline.work(tintype_ingest::Lane::All).unwrap_or(false) {}
        }
        scene.clock.advance(MINUTE_MS);
    }
}

#[test]
fn a_library_without_room_takes_nothing_and_loses_nothing() {
    // Room for rows, and room for nothing at all.
    for left in [2 << 20, 0] {
        let all = folder();
        let Some(disk) = Disk::mount(&all.path().join("data")) else { return };
        let mut scene = Scene::over(all, true, None);
        disk.fill(left);
        scene.drop_file("2026/a.jpg", &photo(1));
        try_turns(&mut scene, 10);
        assert_eq!(scene.disk()["2026/a.jpg"], photo(1), "{left} bytes are left");
        assert!(scene.originals().is_empty(), "{left}");
        if left > 0 {
            let (state, reason) = scene.states()["2026/a.jpg"].clone();
            let reason = reason.unwrap_or_default();
            assert!(!state.is_final() && reason.contains("space"), "{state:?}: {reason}");
        }
        disk.make_room();
        scene.restart();
        scene.rest();
        assert!(scene.originals().contains_key(&sha1(&photo(1)).to_hex()), "{left}");
        assert!(scene.paths().is_empty(), "{left}");
    }
}

#[test]
fn a_zone_without_room_lets_go_of_what_was_delivered() {
    let mut scene = Scene::elsewhere();
    let Some(disk) = Disk::mount(&scene.zone.folder) else { return };
    for (name, number) in [("2026/good.jpg", 1), ("2026/bad.jpg", 2)] {
        scene.drop_file(name, &photo(number));
    }
    scene.fake.fail_file("bad.jpg", Fault::Refuses);
    disk.fill(0);
    try_turns(&mut scene, 10);
    disk.make_room();
    scene.restart();
    scene.rest();
    assert_eq!(scene.fake.names(), ["good.jpg"]);
    let kept = scene.disk();
    let kept: Vec<_> = kept.iter().filter(|(name, _)| name.ends_with(".jpg")).collect();
    assert_eq!(kept, [(&"undone/2026/bad.jpg".to_owned(), &photo(2))]);
}

#[test]
fn what_cannot_be_let_go_of_waits_however_long() {
    let mut scene = Scene::elsewhere();
    let Some(disk) = Disk::mount(&scene.zone.folder) else { return };
    scene.drop_file("2026/a.jpg", &photo(1));
    scene.drop_file("2026/no.txt", b"no photo");
    disk.remount("ro");
    for _ in 0..3 {
        scene.clock.advance(86_400_000);
        try_turns(&mut scene, 20);
    }
    let (state, reason) = scene.states()["2026/a.jpg"].clone();
    let reason = reason.unwrap_or_default();
    assert!(state == State::Confirmed && reason.contains("cannot be let go of"), "{state:?}: {reason}");
    disk.remount("rw");
    scene.restart();
    scene.rest();
    assert_eq!((scene.fake.names(), scene.fake.deliveries()), (vec!["a.jpg".to_owned()], 1));
    assert!(!scene.paths().contains(&"2026/a.jpg".to_owned()), "{:?}", scene.paths());
}

/// Makes half of a file, in the folder for that.
struct Halves(PathBuf);

impl Optimise for Halves {
    fn optimise(&self, file: &Path, _: &str, _: &AtomicBool) -> Result<Optimised, OptimiseError> {
        let bytes = fs::read(file).unwrap();
        let half = &bytes[..bytes.len() / 2];
        let make = || {
            let mut made = tempfile::NamedTempFile::new_in(&self.0)?;
            made.write_all(half)?;
            Ok(made.into_temp_path())
        };
        let path = make().map_err(|error: std::io::Error| OptimiseError::NotNow(error.into()))?;
        Ok(Optimised::Derived(Derived {
            path,
            original_sha1: sha1(&bytes),
            sha1: sha1(half),
            size_bytes: half.len() as u64,
            media_type: "image/jxl".to_owned(),
            extension: "jxl".to_owned(),
            recipe: "halves".to_owned(),
            is_lossless: true,
        }))
    }
}

#[test]
fn no_room_to_make_files_smaller_is_waited_for() {
    let mut scene = Scene::elsewhere();
    let work = scene.zone.folder.with_extension("work");
    let Some(disk) = Disk::mount(&work) else { return };
    scene.zone.optimiser = Some(Arc::new(Halves(work)));
    disk.fill(0);
    scene.drop_file("a.jpg", &photo(1));
    try_turns(&mut scene, 10);
    let (state, reason) = scene.states()["a.jpg"].clone();
    assert_eq!(state, State::Paired, "{reason:?}");
    assert!(reason.is_some_and(|reason| reason.to_lowercase().contains("space")));
    assert_eq!(scene.disk()["a.jpg"], photo(1));
    disk.make_room();
    scene.rest();
    assert_eq!((scene.fake.names(), scene.paths().len()), (vec!["a.jxl".to_owned()], 0));
}
