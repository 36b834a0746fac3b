//! Sidecars: made, merged, left alone, taken back.

use serde_json::json;
use tintype_library::assets::AssetChange;
use tintype_library::people::PersonChange;
use tintype_writeback::modules::{Choice, Module};
use tintype_writeback::order::Became;
use tintype_writeback::{Order, Targets};

use crate::scene::{Scene, all_written, everything, jpeg, tools};

#[test]
fn everything_that_is_known_is_beside_the_photo() {
    let Some(tools) = tools("sidecars") else { return };
    let scene = Scene::new(&tools);
    let photo = scene.folder.path().join("photo.jpg");
    jpeg(&photo, 1);
    scene.write_as_other(&photo, &["-Orientation#=6", "-XMP-dc:Subject=holiday", "-XMP-xmp:Label=Red"]);
    let id = scene.add(&photo);
    // Turned upright it is 300 wide: the face is drawn in that.
    scene.say_everything(id);
    let (report, files) = scene.run(&everything(Targets::Sidecar));
    all_written(&files);
    assert_eq!((report.seen, report.written), (1, 1));
    let sidecar = scene.sidecar(id).unwrap();
    assert_eq!(sidecar, scene.original(id).with_extension("jpg.xmp"));
    let said = scene.ask(&sidecar);
    assert_eq!(said["XMP-dc:Subject"], json!(["holiday", "Ada \"Lovelace\", Countess"]));
    assert_eq!(said["XMP-iptcExt:PersonInImage"], json!(["Ada \"Lovelace\", Countess"]));
    assert_eq!(
        said["XMP-digiKam:TagsList"],
        json!(["holiday", "People/Ada \"Lovelace\", Countess", "Albums/Summer & Sun", "Travel/Wales"])
    );
    assert_eq!(said["XMP-lr:HierarchicalSubject"], json!(["holiday", "Albums|Summer & Sun", "Travel|Wales"]));
    assert_eq!(said["XMP-dc:Description"], json!("Zwei Zeilen:\nStraße & <Dom> 😀"));
    assert_eq!(said["XMP-xmp:Rating"], json!(4));
    assert_eq!(said["XMP-photoshop:DateCreated"], json!("2024:03:09 12:34:56+11:00"));
    assert!((said["XMP-exif:GPSLatitude"].as_f64().unwrap() + 33.856_784).abs() < 1e-6);
    assert!((said["XMP-exif:GPSLongitude"].as_f64().unwrap() - 151.215_297).abs() < 1e-6);
    assert!(!said.contains_key("XMP-exif:GPSAltitude") && !said.contains_key("XMP-xmp:Label"));
    // Stored on its side: across is down. The box was 40..120 of 400 and 60..120 of 300 in the upright picture.
    let info = &said["XMP-mwg-rs:RegionInfo"];
    assert_eq!(info["AppliedToDimensions"], json!({ "W": 400, "H": 300, "Unit": "pixel" }));
    let area = &info["RegionList"][0]["Area"];
    let near = |name: &str, wanted: f64| assert!((area[name].as_f64().unwrap() - wanted).abs() < 1e-5, "{name} {area}");
    near("X", 0.3);
    near("Y", 0.8);
    near("W", 0.2);
    near("H", 0.2);
    assert_eq!(info["RegionList"][0]["Type"], json!("Face"));
}

#[test]
fn a_second_run_writes_nothing_and_asks_nobody() {
    let Some(tools) = tools("sidecars") else { return };
    let scene = Scene::new(&tools);
    let ids: Vec<_> = (0..5)
        .map(|number| {
            let photo = scene.folder.path().join(format!("{number}.jpg"));
            jpeg(&photo, number);
            scene.add(&photo)
        })
        .collect();
    scene.say_everything(ids[0]);
    scene.say_everything(ids[1]);
    let order = everything(Targets::Both);
    let (first, _) = scene.run(&order);
    assert_eq!((first.written, first.equal, first.failures()), (4, 6, 0), "{first:?}");
    let (second, _) = scene.run(&order);
    assert_eq!((second.written, second.equal), (0, 10));
    let only_new = Order { only_new: true, ..order };
    let (third, files) = scene.run_with(&only_new, None);
    assert_eq!((third.written, third.equal), (0, 10), "without exiftool: {files:?}");
    // Somebody else writes into one of them, and something else is known of another one.
    scene.write_as_other(&scene.sidecar(ids[0]).unwrap(), &["-XMP-dc:Description=", "-XMP-dc:Title=mine"]);
    let caption = AssetChange { description: Some("new".to_owned()), ..AssetChange::default() };
    scene.library.update_asset(&scene.caller(), ids[2], caption).unwrap();
    let (fourth, files) = scene.run(&only_new);
    assert_eq!((fourth.written, fourth.failures()), (3, 0), "{files:?}");
    let said = scene.ask(&scene.sidecar(ids[0]).unwrap());
    assert_eq!(said["XMP-dc:Title"], json!("mine"));
    assert!(said.contains_key("XMP-dc:Description"));
}

#[test]
fn a_sidecar_of_others_is_merged_into() {
    let Some(tools) = tools("sidecars") else { return };
    let scene = Scene::new(&tools);
    let photo = scene.folder.path().join("photo.jpg");
    jpeg(&photo, 1);
    let id = scene.add(&photo);
    scene.say_everything(id);
    scene.run(&Order::of(Choice::of([Module::Tags]), Targets::Sidecar));
    let sidecar = scene.sidecar(id).unwrap();
    let regions = "-XMP-mwg-rs:RegionInfo={AppliedToDimensions={W=400,H=300,Unit=pixel},RegionList=[{Area={X=0.9,Y=0.9,\
                   W=0.1,H=0.1,Unit=normalized},Name=Rex,Type=Pet,Description=a dog}]}";
    scene.write_as_other(
        &sidecar,
        &[
            "-XMP-dc:Subject=holiday",
            "-XMP-xmp:Label=Red",
            "-XMP-digiKam:ColorLabel=3",
            "-XMP-crs:Exposure2012=0.5",
            regions,
        ],
    );
    let (report, files) = scene.run(&everything(Targets::Sidecar));
    assert_eq!(report.written, 1, "{files:?}");
    let said = scene.ask(&sidecar);
    assert_eq!(said["XMP-dc:Subject"], json!(["holiday", "Ada \"Lovelace\", Countess"]));
    assert_eq!((&said["XMP-xmp:Label"], &said["XMP-digiKam:ColorLabel"]), (&json!("Red"), &json!(3)));
    assert_eq!(said["XMP-crs:Exposure2012"], json!(0.5));
    let list = said["XMP-mwg-rs:RegionInfo"]["RegionList"].as_array().unwrap();
    assert_eq!((list.len(), &list[0]["Name"], &list[0]["Description"]), (2, &json!("Rex"), &json!("a dog")));
    assert_eq!(list[1]["Name"], json!("Ada \"Lovelace\", Countess"));

    let person = scene.library.people_called(&scene.caller(), "Ada", true).unwrap().remove(0);
    let name = PersonChange { name: Some("Ada L.".to_owned()), ..PersonChange::default() };
    scene.library.update_person(&scene.caller(), person.id, name).unwrap();
    scene.run(&everything(Targets::Sidecar));
    let said = scene.ask(&sidecar);
    assert_eq!(said["XMP-dc:Subject"], json!(["holiday", "Ada L."]));
    assert_eq!(said["XMP-mwg-rs:RegionInfo"]["RegionList"].as_array().unwrap().len(), 2);
}

#[test]
fn a_run_is_taken_back() {
    let Some(tools) = tools("sidecars") else { return };
    let scene = Scene::new(&tools);
    let photos: Vec<_> = (0..2)
        .map(|number| {
            let photo = scene.folder.path().join(format!("{number}.jpg"));
            jpeg(&photo, number);
            let id = scene.add(&photo);
            scene.say_everything(id);
            id
        })
        .collect();
    let (first, _) = scene.run(&Order::of(Choice::of([Module::Caption]), Targets::Sidecar));
    let before = scene.ask(&scene.sidecar(photos[0]).unwrap());
    let (second, _) = scene.run(&everything(Targets::Sidecar));
    assert_eq!(second.written, 2);
    let back = scene.undo(second.run.unwrap());
    assert_eq!((back.written, back.failures()), (2, 0), "{back:?}");
    let mut after = scene.ask(&scene.sidecar(photos[0]).unwrap());
    for name in before.keys().filter(|name| name.starts_with("XMP-")) {
        assert_eq!(after.remove(name), before.get(name).cloned(), "{name}");
    }
    assert!(!after.keys().any(|name| name.starts_with("XMP-")), "{after:?}");
    // What the first run wrote is still known as written here.
    let none = AssetChange { description: Some(String::new()), ..AssetChange::default() };
    scene.library.update_asset(&scene.caller(), photos[1], none).unwrap();
    let (emptied, _) = scene.run(&Order::of(Choice::of([Module::Caption]), Targets::Sidecar));
    assert_eq!((emptied.written, scene.sidecar(photos[1])), (1, None));
    assert_eq!(scene.undo(emptied.run.unwrap()).written, 1);
    assert!(scene.sidecar(photos[1]).is_some_and(|path| path.exists()), "it is there again");
    let back = scene.undo(first.run.unwrap());
    assert_eq!((back.written, back.failures()), (2, 0), "{back:?}");
    assert_eq!((scene.sidecar(photos[0]), scene.sidecar(photos[1])), (None, None), "they said nothing any more");
    assert!(!scene.original(photos[0]).with_extension("jpg.xmp").exists());
    let (again, _) = scene.run(&everything(Targets::Sidecar));
    assert_eq!(again.written, 2);
}

#[test]
fn a_dry_run_says_it_all_and_does_nothing() {
    let Some(tools) = tools("sidecars") else { return };
    let scene = Scene::new(&tools);
    let photo = scene.folder.path().join("photo.jpg");
    jpeg(&photo, 1);
    let id = scene.add(&photo);
    scene.say_everything(id);
    let dry = Order { is_dry: true, ..everything(Targets::Both) };
    let (report, files) = scene.run(&dry);
    assert_eq!((report.run, report.written), (None, 2));
    let Became::Written(changes) = &files[0].became else { panic!("{files:?}") };
    assert!(changes.iter().any(|change| change.tag.name() == "XMP-xmp:Rating" && change.before.is_none()));
    assert_eq!(scene.sidecar(id), None);
    assert!(scene.library.read(|tx| Ok(tx.write_back_runs(9)?)).unwrap().is_empty());
}

#[test]
fn what_was_written_here_is_no_news_when_it_is_read_again() {
    let Some(tools) = tools("sidecars") else { return };
    let scene = Scene::new(&tools);
    let photo = scene.folder.path().join("photo.jpg");
    jpeg(&photo, 1);
    let id = scene.add(&photo);
    let person = scene.person("Ada");
    let area = tintype_library::model::FaceBox { image_width: 400, image_height: 300, x1: 4, y1: 6, x2: 120, y2: 120 };
    scene.library.create_face(&scene.caller(), id, person.id, area).unwrap();
    let favorite = AssetChange { is_favorite: Some(true), ..AssetChange::default() };
    scene.library.update_asset(&scene.caller(), id, favorite).unwrap();
    scene.run(&everything(Targets::Both));
    assert_eq!(scene.ask(&scene.sidecar(id).unwrap())["XMP-xmp:Rating"], json!(5));
    let kind = tintype_library::model::JobKind::Metadata;
    scene.library.request_jobs(&scene.caller(), &[id], kind).unwrap();
    scene.work();
    let exif = scene.library.exif_of(id).unwrap().unwrap();
    assert_eq!(exif.rating, None, "the stars stand for the heart");
    let tags: Vec<String> = scene.library.tags_of(id).unwrap().into_iter().map(|tag| tag.value).collect();
    assert_eq!(tags, Vec::<String>::new());
}
