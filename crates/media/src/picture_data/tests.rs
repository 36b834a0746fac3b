//! Fingerprints stay when exiftool writes metadata, and change with the picture.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::fingerprint;
use crate::tools::Tools;

fn exiftool() -> Option<PathBuf> {
    let found = Tools::find(&std::env::var_os("PATH").unwrap_or_default()).exiftool;
    if found.is_none() {
        tintype_testkit::not_run("fingerprints of picture data", "exiftool is not installed");
    }
    found.map(|tool| tool.path)
}

fn made(folder: &Path) -> Vec<PathBuf> {
    let image = image::RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8 * 6, y as u8 * 8, 90]));
    let mut paths = Vec::new();
    for extension in ["png", "webp", "tif"] {
        let path = folder.join(format!("made.{extension}"));
        image.save(&path).unwrap();
        paths.push(path);
    }
    let path = folder.join("made.jpg");
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, 80);
    encoder.encode(image.as_raw(), 40, 30, jpeg_encoder::ColorType::Rgb).unwrap();
    std::fs::write(&path, bytes).unwrap();
    paths.push(path);
    paths
}

/// Names of recorded files whose container is known, and that exiftool can write.
const RECORDED: [&str; 9] = [
    "pl_exif.avif",
    "pl_hopper.avif",
    "ph_zPug_3.heic",
    "ph_xiaomi.heic",
    "vid_h264.mp4",
    "vid_hevc.mov",
    "pl_frozenpond.mpo",
    "et_DNG.dng",
    "pl_flower.jpg",
];

fn recorded(folder: &Path) -> Vec<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/photos");
    if !beside.is_dir() {
        tintype_testkit::not_run_without_shared("fingerprints of recorded photos and films");
        return Vec::new();
    }
    let copy = |name: &&str| {
        let to = folder.join(name);
        std::fs::write(&to, std::fs::read(beside.join(name)).unwrap()).unwrap();
        to
    };
    RECORDED.iter().map(copy).collect()
}

#[test]
fn metadata_is_no_part_of_it() {
    let Some(exiftool) = exiftool() else { return };
    let folder = tempfile::tempdir().unwrap();
    for path in made(folder.path()).into_iter().chain(recorded(folder.path())) {
        let before = fingerprint(&path).unwrap();
        assert!(before.is_some(), "{}", path.display());
        let bytes = std::fs::read(&path).unwrap();
        let status = Command::new(&exiftool)
            .args(["-q", "-q", "-overwrite_original", "-XMP-dc:Subject=Ada", "-XMP-xmp:Rating=4"])
            .args(["-XMP-dc:Description=a rather long text, so that everything behind it has to move"])
            .arg(&path)
            .status()
            .unwrap();
        assert!(status.success(), "{}", path.display());
        assert_ne!(std::fs::read(&path).unwrap(), bytes, "{}", path.display());
        assert_eq!(fingerprint(&path).unwrap(), before, "{}", path.display());
    }
}

#[test]
fn every_byte_of_the_picture_is_part_of_it() {
    let folder = tempfile::tempdir().unwrap();
    for path in made(folder.path()) {
        let before = fingerprint(&path).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert_ne!(fingerprint(&path).unwrap(), before, "{}", path.display());
        std::fs::write(&path, &bytes[..30]).unwrap();
        assert_ne!(fingerprint(&path).unwrap(), before, "{}", path.display());
    }
    let text = folder.path().join("text.txt");
    std::fs::write(&text, "no picture").unwrap();
    assert_eq!(fingerprint(&text).unwrap(), None);
}
