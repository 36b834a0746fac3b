//! Names that programs stumble over.

use std::os::unix::ffi::OsStrExt as _;

use serde_json::json;
use tintype_writeback::Targets;
use tintype_writeback::exiftool::Exiftool;
use tintype_writeback::merge::Change;
use tintype_writeback::tag::Tag;
use tintype_writeback::value::Value;

use crate::scene::{Scene, all_written, everything, jpeg, tools};

const NAMES: [&[u8]; 12] = [
    b"two words .jpg",
    b"it's \"quoted\" `here`.jpg",
    b"-overwrite_original.jpg",
    b"--.jpg",
    b"@arguments.jpg",
    b"#comment.jpg",
    "😀 naïve 写真.jpg".as_bytes(),
    b"%d%f_$HOME;rm.jpg",
    b"a\n-execute\nb.jpg",
    b"tab\there\r.jpg",
    b"{ready1}.jpg",
    b"\xff\xfe.jpg",
];

#[test]
fn odd_names_reach_exiftool_and_nothing_else_does() {
    let Some(tools) = tools("odd names") else { return };
    let exiftool = Exiftool::new(tools.exiftool.clone().unwrap().path, 1);
    let folder = tempfile::tempdir().unwrap();
    for name in NAMES {
        let path = folder.path().join(std::ffi::OsStr::from_bytes(name));
        jpeg(&path, 3);
        let found = exiftool.read(&path).unwrap_or_else(|error| panic!("{error}: {}", path.display()));
        assert!(found.values.is_empty(), "{}", path.display());
    }
    let entries = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(entries, NAMES.len());
}

#[test]
fn odd_values_arrive_as_they_are() {
    let Some(tools) = tools("odd values") else { return };
    let exiftool = Exiftool::new(tools.exiftool.clone().unwrap().path, 1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    jpeg(&path, 3);
    let texts = [
        "-execute",
        "@x",
        "#[CSTR]a\\nb",
        "a=b",
        "<x>&amp;&#x41;",
        "1.10",
        "007",
        "TRUE",
        "{a=b,c|d]}",
        "a, b; c",
        "%f $x",
        "😀é",
        "C:\\x\\",
        "\"q\" 'q'",
        "*?[a]",
        "  two  spaces  x",
    ];
    let entries: Vec<String> = texts.iter().map(|text| (*text).trim().to_owned()).collect();
    let caption = " \n first\r line\n\n-execute99\n{ready1}\n\tlast ".to_owned();
    let changes = [
        Change { tag: Tag::XmpSubject, before: None, after: Some(Value::List(entries.clone())) },
        Change { tag: Tag::XmpDescription, before: None, after: Some(Value::Text(caption)) },
    ];
    let before = exiftool.read(&path).unwrap();
    let found = exiftool.write(&path, &changes, &before).unwrap();
    // exiftool prints truths in small letters.
    let printed: Vec<String> =
        entries.iter().map(|text| if text == "TRUE" { "true".to_owned() } else { text.clone() }).collect();
    assert_eq!(found.values[&Tag::XmpSubject], Value::List(printed));
    let fewer = [Change {
        tag: Tag::XmpSubject,
        before: Some(Value::List(entries)),
        after: Some(Value::List(vec!["007".to_owned()])),
    }];
    let found = exiftool.write(&path, &fewer, &found).unwrap();
    assert_eq!(found.values[&Tag::XmpSubject], Value::List(vec!["007".to_owned()]));
}

#[test]
fn photos_with_odd_names_get_their_sidecars() {
    let Some(tools) = tools("odd names") else { return };
    let scene = Scene::new(&tools);
    let folder = tempfile::tempdir().unwrap();
    for (number, name) in NAMES.iter().enumerate().take(11) {
        let path = folder.path().join(std::ffi::OsStr::from_bytes(name));
        jpeg(&path, number as u8);
        let id = scene.add(&path);
        if number == 0 {
            scene.say_everything(id);
        } else {
            let caption =
                tintype_library::assets::AssetChange { description: Some("x".to_owned()), ..Default::default() };
            scene.library.update_asset(&scene.caller(), id, caption).unwrap();
        }
    }
    let (report, files) = scene.run(&everything(Targets::Both));
    all_written(&files);
    assert_eq!(report.written, 22);
    for file in &files {
        assert!(
            scene.ask(&scene.sidecar(file.asset).unwrap())["XMP-tiff:ImageDescription"].is_string(),
            "{}",
            file.name
        );
    }
    assert_eq!(json!(report.failures()), json!(0));
}

/// The name of an asset's file, and of its sidecar.
fn files_of(scene: &Scene, id: tintype_protocol::id::AssetId) -> (String, String) {
    let name = |path: std::path::PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    (name(scene.original(id)), name(scene.sidecar(id).unwrap()))
}

fn say(scene: &Scene, id: tintype_protocol::id::AssetId, text: &str) {
    let change = tintype_library::assets::AssetChange { description: Some(text.to_owned()), ..Default::default() };
    scene.library.update_asset(&scene.caller(), id, change).unwrap();
}

#[test]
fn every_sidecar_stays_with_its_photo_whatever_names_collide() {
    let Some(tools) = tools("names that collide") else { return };
    let scene = Scene::new(&tools);
    let folder = tempfile::tempdir().unwrap();
    let add = |number: u8, name: &str| {
        let path = folder.path().join(name);
        jpeg(&path, number);
        let id = scene.add(&path);
        say(&scene, id, &format!("word {number}"));
        id
    };
    // Three of one name, and one that is called as another one's file.
    let ids = [add(1, "photo.jpg"), add(2, "photo.jpg"), add(3, "photo+1.jpg"), add(4, "photo.jpg")];
    for _ in 0..2 {
        let (report, _) = scene.run(&everything(Targets::Both));
        assert_eq!(report.failures(), 0, "{report:?}");
        let mut seen = std::collections::BTreeSet::new();
        for (index, id) in ids.iter().enumerate() {
            let (file, sidecar) = files_of(&scene, *id);
            assert_eq!(sidecar, format!("{file}.xmp"), "other programs find it by the name");
            assert!(seen.insert(file.clone()) && file.starts_with("photo"), "{file}");
            for path in [scene.original(*id), scene.sidecar(*id).unwrap()] {
                assert_eq!(scene.ask(&path)["XMP-dc:Description"], json!(format!("word {}", index + 1)), "{file}");
            }
        }
        // Written again, each under its old name.
        assert_eq!(files_of(&scene, ids[0]).0, "photo.jpg");
        for (index, id) in ids.iter().enumerate() {
            say(&scene, *id, "other");
            say(&scene, *id, &format!("word {}", index + 1));
        }
    }
    // A sidecar whose photo goes by another name now is not taken for that of a new photo.
    let first = scene.original(ids[0]);
    let stray = first.with_file_name("stray.jpg.xmp");
    std::fs::copy(scene.sidecar(ids[0]).unwrap(), &stray).unwrap();
    let late = add(9, "stray.jpg");
    let (report, _) = scene.run(&everything(Targets::Both));
    assert_eq!(report.failures(), 0, "{report:?}");
    let (file, sidecar) = files_of(&scene, late);
    assert_eq!((file.as_str(), sidecar.as_str()), ("stray+1.jpg", "stray+1.jpg.xmp"));
    assert_eq!(scene.ask(&stray)["XMP-dc:Description"], json!("word 1"), "it was left alone");
}
