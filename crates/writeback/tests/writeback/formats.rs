//! Every format that something is written into: all modules, read again, and the picture is the same.

use std::path::{Path, PathBuf};

use serde_json::json;
use tintype_media::picture_data::fingerprint;
use tintype_writeback::Targets;
use tintype_writeback::order::Became;

use crate::scene::{Scene, everything, jpeg, tools};

/// Recorded files, and those of which only the sidecar is written.
const RECORDED: [(&str, bool); 9] = [
    ("ph_zPug_3.heic", true),
    ("pl_exif.avif", true),
    ("vid_h264.mp4", true),
    ("vid_hevc.mov", true),
    ("pl_xmp_test.jpg", true),
    ("px_r_canon.jpg", true),
    ("et_DNG.dng", false),
    ("et_CanonRaw.cr2", false),
    ("et_Nikon.nef", false),
];

fn made(folder: &Path) -> Vec<(PathBuf, bool)> {
    let image = image::RgbImage::from_fn(400, 300, |x, y| image::Rgb([(x / 2) as u8, y as u8, 90]));
    let mut paths = Vec::new();
    for extension in ["png", "webp", "tif"] {
        let path = folder.join(format!("made.{extension}"));
        image.save(&path).unwrap();
        paths.push((path, true));
    }
    let path = folder.join("made.jpg");
    jpeg(&path, 7);
    paths.push((path, true));
    paths
}

fn made_jxl(scene: &Scene, folder: &Path) -> Option<PathBuf> {
    let Some(cjxl) = &scene.tools.cjxl else {
        tintype_testkit::not_run("metadata in JPEG XL", "cjxl is not installed");
        return None;
    };
    let path = folder.join("made.jxl");
    let status =
        std::process::Command::new(&cjxl.path).arg(folder.join("made.png")).arg(&path).output().unwrap().status;
    assert!(status.success());
    Some(path)
}

fn recorded(folder: &Path) -> Vec<(PathBuf, bool)> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/photos");
    if !beside.is_dir() {
        tintype_testkit::not_run_without_shared("metadata in recorded photos and films");
        return Vec::new();
    }
    let copy = |(name, is_written): &(&str, bool)| {
        let to = folder.join(name);
        std::fs::write(&to, std::fs::read(beside.join(name)).unwrap()).unwrap();
        (to, *is_written)
    };
    RECORDED.iter().map(copy).collect()
}

#[test]
fn every_module_reaches_every_format() {
    let Some(tools) = tools("metadata in every format") else { return };
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::new(&tools);
    let mut files = made(folder.path());
    files.extend(made_jxl(&scene, folder.path()).map(|path| (path, true)));
    files.extend(recorded(folder.path()));
    for (path, is_written) in files {
        check(&Scene::new(&tools), &path, is_written);
    }
}

fn check(scene: &Scene, path: &Path, is_written: bool) {
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let before = scene.ask(path);
    let id = scene.add(path);
    scene.say_everything(id);
    let picture = fingerprint(path).unwrap();
    let (report, files) = scene.run(&everything(Targets::Both));
    assert_eq!(report.failures(), 0, "{name}: {files:#?}");
    let mine: Vec<_> = files.iter().filter(|file| file.asset == id).collect();
    assert!(matches!(mine[0].became, Became::Written(_)), "{name}: {mine:?}");
    let beside = scene.ask(&scene.sidecar(id).unwrap());
    let mut places = vec![&beside];
    let inside = scene.ask(&scene.original(id));
    if is_written {
        assert!(matches!(mine[1].became, Became::Written(_)), "{name}: {mine:?}");
        assert_eq!(fingerprint(&scene.original(id)).unwrap(), picture, "{name}");
        places.push(&inside);
    } else {
        assert!(matches!(mine[1].became, Became::Skipped("sidecar-only", _)), "{name}: {mine:?}");
        assert_eq!(std::fs::read(scene.original(id)).unwrap(), std::fs::read(path).unwrap(), "{name}");
    }
    for said in places {
        let entries = |tag: &str| said.get(tag).map(|value| value.to_string()).unwrap_or_default();
        assert!(entries("XMP-dc:Subject").contains("Lovelace"), "{name}");
        assert!(entries("XMP-iptcExt:PersonInImage").contains("Lovelace"), "{name}");
        for path in ["People/Ada", "Albums/Summer & Sun", "Travel/Wales"] {
            assert!(entries("XMP-digiKam:TagsList").contains(path), "{name}: {path}");
        }
        assert!(entries("XMP-lr:HierarchicalSubject").contains("Travel|Wales"), "{name}");
        assert!(entries("XMP-mwg-rs:RegionInfo").contains("Lovelace"), "{name}");
        assert_eq!(said["XMP-dc:Description"], json!("Zwei Zeilen:\nStraße & <Dom> 😀"), "{name}");
        assert_eq!(said["XMP-photoshop:DateCreated"], json!("2024:03:09 12:34:56+11:00"), "{name}");
        assert_eq!(said["XMP-xmp:Rating"], json!(4), "{name}");
        assert!((said["XMP-exif:GPSLatitude"].as_f64().unwrap() + 33.856_784).abs() < 1e-6, "{name}");
        assert!((said["XMP-exif:GPSLongitude"].as_f64().unwrap() - 151.215_297).abs() < 1e-6, "{name}");
    }
    if is_written {
        let is_film = name.ends_with("mp4") || name.ends_with("mov");
        if is_film {
            assert_eq!(inside["QuickTime:CreateDate"], json!("2024:03:09 01:34:56"), "{name}: in UTC");
            assert_eq!(inside["Keys:CreationDate"], json!("2024:03:09 12:34:56+11:00"), "{name}");
            assert!(inside["Keys:GPSCoordinates"].as_str().unwrap().starts_with("-33.85"), "{name}");
        } else {
            assert_eq!(inside["ExifIFD:DateTimeOriginal"], json!("2024:03:09 12:34:56"), "{name}");
            assert_eq!(inside["ExifIFD:OffsetTimeOriginal"], json!("+11:00"), "{name}");
            assert_eq!(inside["GPS:GPSLatitudeRef"], json!("S"), "{name}");
            assert_eq!(inside["IFD0:ImageDescription"], json!("Zwei Zeilen:\nStraße & <Dom> 😀"), "{name}");
        }
        // What others wrote is there, with what was added.
        for (tag, value) in &before {
            let is_kept = [
                "XMP-xmp:Label",
                "XMP-digiKam:ColorLabel",
                "XMP-dc:Creator",
                "IFD0:Make",
                "IFD0:Model",
                "IFD0:Orientation",
            ];
            assert!(!is_kept.contains(&tag.as_str()) || inside.get(tag) == Some(value), "{name}: {tag}");
            if ["XMP-dc:Subject", "IPTC:Keywords"].contains(&tag.as_str()) {
                for entry in value.as_array().map_or_else(|| vec![value.clone()], Clone::clone) {
                    assert!(inside[tag].to_string().contains(&entry.to_string()), "{name}: {tag} {entry}");
                }
            }
        }
    }
    let (again, files) = scene.run(&everything(Targets::Both));
    assert_eq!((again.written, again.failures()), (0, 0), "{name}: {files:#?}");
}
