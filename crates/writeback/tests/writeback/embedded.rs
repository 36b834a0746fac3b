//! Writing into originals: the picture stays, the ledger knows, nothing is uploaded again.

use serde_json::json;
use tintype_library::assets::AssetChange;
use tintype_library::landing::Standing;
use tintype_library::write_back::WRITE_BACK;
use tintype_media::picture_data::fingerprint;
use tintype_protocol::checksum::Sha1;
use tintype_writeback::modules::{Choice, Module};
use tintype_writeback::{Order, Targets};

use crate::scene::{Scene, all_written, everything, jpeg, tools};

fn sha1(path: &std::path::Path) -> Sha1 {
    use sha1::Digest as _;
    Sha1(sha1::Sha1::digest(std::fs::read(path).unwrap()).into())
}

#[test]
fn the_photo_says_it_and_stays_the_same_asset() {
    let Some(tools) = tools("embedded metadata") else { return };
    let scene = Scene::new(&tools);
    let photo = scene.folder.path().join("photo.jpg");
    jpeg(&photo, 1);
    scene.write_as_other(&photo, &["-IPTC:Keywords=Urlaub", "-XMP-dc:Subject=Urlaub", "-XMP-xmp:Label=Red"]);
    let content = sha1(&photo);
    let id = scene.add(&photo);
    let modified = std::fs::metadata(scene.original(id)).unwrap().modified().unwrap();
    let (picture, usage) = (fingerprint(&photo).unwrap(), scene.library.usage().unwrap()[0].photo_bytes);
    scene.say_everything(id);
    let backup = tempfile::tempdir().unwrap();
    let order = Order { backup: Some(backup.path().to_owned()), ..everything(Targets::Embedded) };
    let (report, files) = scene.run(&order);
    all_written(&files);
    assert_eq!((report.written, report.failures()), (1, 0));

    let original = scene.original(id);
    let said = scene.ask(&original);
    assert_eq!(said["IPTC:Keywords"], json!(["Urlaub", "Ada \"Lovelace\", Countess"]));
    assert_eq!(said["XMP-dc:Subject"], json!(["Urlaub", "Ada \"Lovelace\", Countess"]));
    assert_eq!((&said["XMP-xmp:Label"], &said["XMP-xmp:Rating"]), (&json!("Red"), &json!(4)));
    assert_eq!((&said["GPS:GPSLatitudeRef"], &said["GPS:GPSLongitudeRef"]), (&json!("S"), &json!("E")));
    assert!((said["GPS:GPSLatitude"].as_f64().unwrap() - 33.856_784).abs() < 1e-6);
    assert!(!said.contains_key("GPS:GPSAltitude"));
    assert_eq!(said["ExifIFD:DateTimeOriginal"], json!("2024:03:09 12:34:56"));
    assert_eq!(said["ExifIFD:OffsetTimeOriginal"], json!("+11:00"));
    for caption in ["IFD0:ImageDescription", "XMP-dc:Description", "IPTC:Caption-Abstract"] {
        assert_eq!(said[caption], json!("Zwei Zeilen:\nStraße & <Dom> 😀"), "{caption}");
    }
    assert_eq!(fingerprint(&original).unwrap(), picture);
    assert_eq!(std::fs::metadata(&original).unwrap().modified().unwrap(), modified);
    let kept = backup.path().join("library");
    assert!(walk(&kept).iter().any(|path| sha1(path) == content), "the old file was kept");

    // The same asset, by the name that devices know it by and by its new one.
    let asset = scene.asset(id);
    assert_eq!(asset.checksum, content);
    assert_eq!(scene.library.standing(scene.owner, &content).unwrap(), Standing::Held(id));
    assert_eq!(scene.library.standing(scene.owner, &sha1(&original)).unwrap(), Standing::Held(id));
    assert_eq!(scene.library.prove(id).unwrap(), Some(content));
    let form = scene.library.stored_form(&asset).unwrap().unwrap();
    assert_eq!(
        (form.recipe.as_str(), form.sha1, form.media_type.as_str()),
        (WRITE_BACK, sha1(&original), "image/jpeg")
    );
    let opened = scene.library.open_original(&asset).unwrap();
    assert_eq!((opened.media_type.as_str(), opened.name.as_str()), ("image/jpeg", "photo.jpg"));
    let grown = std::fs::metadata(&original).unwrap().len() as i64 - std::fs::metadata(&photo).unwrap().len() as i64;
    assert_eq!(scene.library.usage().unwrap()[0].photo_bytes - usage, grown);
    let refused = scene.library.restore_original(id).unwrap_err().to_string();
    assert!(refused.contains("write-back undo"), "{refused}");
}

#[test]
fn captions_in_other_languages_stay() {
    let Some(tools) = tools("captions in several languages") else { return };
    let scene = Scene::new(&tools);
    let photo = scene.folder.path().join("photo.jpg");
    jpeg(&photo, 2);
    scene.write_as_other(
        &photo,
        &["-XMP-dc:Description-x-default=old", "-XMP-dc:Description-de=alt", "-XMP-dc:Description-fr=vieux"],
    );
    let id = scene.add(&photo);
    scene.say_everything(id);
    for target in [Targets::Embedded, Targets::Sidecar] {
        all_written(&scene.run(&everything(target)).1);
    }
    let said = scene.ask(&scene.original(id));
    assert_eq!(said["XMP-dc:Description"], json!("Zwei Zeilen:\nStraße & <Dom> 😀"));
    assert_eq!((&said["XMP-dc:Description-de"], &said["XMP-dc:Description-fr"]), (&json!("alt"), &json!("vieux")));
}

#[test]
fn a_caption_that_is_too_long_is_not_cut_off_where_all_of_it_is() {
    let Some(tools) = tools("long captions") else { return };
    let scene = Scene::new(&tools);
    let photo = scene.folder.path().join("photo.jpg");
    jpeg(&photo, 3);
    let long = format!("{}end", "word ".repeat(600));
    scene.write_as_other(&photo, &[&format!("-XMP-dc:Description={long}")]);
    let id = scene.add(&photo);
    let captions = |targets| Order { choice: Choice::of([Module::Caption]), ..everything(targets) };
    let (report, _) = scene.run(&captions(Targets::Sidecar));
    assert_eq!((report.written, report.equal), (0, 1), "a sidecar would hide the end of it");
    let (report, files) = scene.run(&captions(Targets::Embedded));
    assert_eq!(report.failures(), 0, "{files:?}");
    let said = scene.ask(&scene.original(id));
    assert_eq!(said["XMP-dc:Description"], json!(long));
    assert!(said["IPTC:Caption-Abstract"].as_str().is_some_and(|text| text.len() <= 2_000 && long.starts_with(text)));
}

#[test]
fn a_place_makes_no_date_of_the_files_age() {
    let Some(tools) = tools("dates of photos without one") else { return };
    let scene = Scene::new(&tools);
    let (dated, undated) = (scene.folder.path().join("dated.jpg"), scene.folder.path().join("undated.jpg"));
    jpeg(&dated, 4);
    jpeg(&undated, 5);
    scene.write_as_other(&dated, &["-ExifIFD:DateTimeOriginal=2024:07:01 10:00:00"]);
    let ids = [scene.add(&dated), scene.add(&undated)];
    let place = AssetChange { position: Some((48.85, 2.35)), ..AssetChange::default() };
    scene.library.update_assets(&scene.caller(), &ids, place).unwrap();
    for targets in [Targets::Sidecar, Targets::Embedded] {
        let (report, files) = scene.run(&Order { choice: Choice::of([Module::Time]), ..everything(targets) });
        assert_eq!((report.written, report.equal, report.failures()), (1, 1, 0), "{files:?}");
    }
    let [dated, undated] = ids.map(|id| scene.ask(&scene.original(id)));
    assert_eq!(dated["ExifIFD:OffsetTimeOriginal"], json!("+02:00"));
    assert!(!undated.contains_key("ExifIFD:DateTimeOriginal"), "{undated:?}");
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn it_is_written_again_and_taken_back() {
    let Some(tools) = tools("embedded metadata") else { return };
    let scene = Scene::new(&tools);
    let photo = scene.folder.path().join("photo.jpg");
    jpeg(&photo, 1);
    scene.write_as_other(&photo, &["-XMP-dc:Subject=holiday"]);
    let id = scene.add(&photo);
    let before = scene.ask(&photo);
    scene.say_everything(id);
    let order = everything(Targets::Embedded);
    let (first, _) = scene.run(&order);
    let caption = AssetChange { description: Some("another".to_owned()), ..AssetChange::default() };
    scene.library.update_asset(&scene.caller(), id, caption).unwrap();
    let (second, _) = scene.run(&order);
    assert_eq!((second.written, second.failures()), (1, 0));
    assert_eq!(scene.ask(&scene.original(id))["XMP-dc:Description"], json!("another"));
    let files = walk(&scene.folder.path().join("library"));
    assert_eq!(files, [scene.original(id)], "older files have gone");

    for run in [second.run, first.run] {
        let back = scene.undo(run.unwrap());
        assert_eq!((back.written, back.failures()), (1, 0), "{back:?}");
    }
    let after = scene.ask(&scene.original(id));
    let is_tag = |name: &&String| ["XMP", "IPTC", "GPS", "IFD0", "ExifIFD"].iter().any(|group| name.starts_with(group));
    for name in after.keys().chain(before.keys()).filter(is_tag) {
        // Blocks that had to be made for a while keep their own bookkeeping.
        let is_bookkeeping = ["Version", "ComponentsConfiguration", "ColorSpace", "ResolutionUnit", "Resolution"]
            .iter()
            .any(|word| name.contains(word))
            || ["XMP-x:XMPToolkit", "IFD0:YCbCrPositioning", "IPTC:CodedCharacterSet"].contains(&name.as_str());
        assert!(is_bookkeeping || after.get(name) == before.get(name), "{name}: {:?}", after.get(name));
    }
}
