//! Assets that are kept as something smaller: what is handed out, counted, replaced and removed.

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tintype_library::optimising::{LeftAlone, Optimised, Restored};
use tintype_library::origin::Wanted;
use tintype_library::uploads::Added;
use tintype_library::{Library, LibraryError};
use tintype_media::recipes::{Engine, Profile, shipped};
use tintype_media::tools::Tools;
use tintype_protocol::id::AssetId;

use crate::scene::{Scene, files};

/// A picture that packs well.
pub(crate) fn photo(number: u32) -> Vec<u8> {
    let story = tintype_media::synthetic::Story { taken: "2025:08:01 10:00:00".to_owned(), place: Some((52.5, 13.4)) };
    tintype_media::synthetic::picture(number, 320, 240, &story).expect("a picture")
}

/// The tools of this machine; `None`, noted, where one is missing.
pub(crate) fn tools(names: &[&str]) -> Option<Tools> {
    let tools = Tools::find(&std::env::var_os("PATH").unwrap_or_default());
    for name in names {
        if tools.named(name).is_none() {
            tintype_testkit::not_run("optimising a library", &format!("{name} is not installed"));
            return None;
        }
    }
    Some(tools)
}

pub(crate) fn engine(folder: &Path, tools: Tools) -> Engine {
    let scratch = folder.join("incoming");
    Engine::new(Arc::new(tools), std::env::var_os("PATH").unwrap_or_default(), scratch, None)
}

pub(crate) fn optimise(library: &Library, id: AssetId, engine: &Engine) -> Result<Optimised, LibraryError> {
    library.optimise(id, ("lossless", &shipped()["lossless"]), engine, &AtomicBool::new(false))
}

/// A profile that makes a JPEG XL with loss.
fn lossy() -> Profile {
    toml::from_str(
        "[[step]]\ntakes = ['image/jpeg']\nuse = 'jxl'\ndistance = 3.0\ninclude = ['already-small']\nat_most = 1.0\n",
    )
    .expect("a profile")
}

fn original(scene: &Scene, id: AssetId) -> (Vec<u8>, String, String) {
    let asset = scene.library.read(|tx| Ok(tx.asset(id)?)).expect("a read").expect("the asset");
    let mut found = scene.library.here(&asset, Wanted::Original).expect("a look").expect("it is here");
    let mut bytes = Vec::new();
    found.blob.reader.read_to_end(&mut bytes).expect("bytes");
    assert_eq!(found.blob.size_bytes, bytes.len() as u64);
    (bytes, found.media_type, found.name)
}

fn usage(scene: &Scene) -> i64 {
    let used = scene.library.user(scene.owner).expect("a read").expect("the owner").usage_bytes;
    let counted = scene.library.usage().expect("a count").remove(0);
    assert_eq!(used, counted.photo_bytes + counted.video_bytes, "both ways of counting agree");
    used
}

#[test]
fn an_original_is_handed_out_bit_for_bit() {
    let Some(tools) = tools(&["cjxl"]) else { return };
    let scene = Scene::new();
    let bytes = photo(1);
    let id = scene.add("Beach.JPG", &bytes);
    let engine = engine(scene.folder.path(), tools);
    let left = |library: &Library| optimise(library, id, &engine).expect("a try");
    assert_eq!(left(&scene.library), Optimised::LeftAlone(LeftAlone::Waits), "its pictures are still to be made");
    scene.work();
    let last = scene.library.read(|tx| Ok(tx.last_update_id()?)).expect("a read");
    let asset = scene.library.read(|tx| Ok(tx.asset(id)?)).expect("a read").expect("the asset");
    let Optimised::Stored { before, after, form } = left(&scene.library) else { panic!("nothing was stored") };
    assert!(form.is_exact && after < before && before == bytes.len() as u64);
    let folder = asset.original_path.rsplit_once('/').expect("a folder").0;
    let originals =
        |scene: &Scene| scene.files().into_iter().filter(|file| file.starts_with("library/")).collect::<Vec<_>>();
    assert_eq!(originals(&scene), [format!("{folder}/Beach.jxl")]);
    assert_eq!(usage(&scene), i64::try_from(after).expect("small"));

    // Clients are told the same as before.
    let mut kept = scene.library.read(|tx| Ok(tx.asset(id)?)).expect("a read").expect("the asset");
    assert_eq!(kept.original_path, format!("{folder}/Beach.jxl"));
    kept.original_path.clone_from(&asset.original_path);
    assert_eq!(kept, asset);
    let users = |tx: &dyn tintype_library::store::Read| Ok(tx.last_update_id()?);
    assert_ne!(
        scene.library.read(users).expect("a read"),
        last,
        "only the row of the user, whose usage changed, moved"
    );
    assert_eq!(original(&scene, id), (bytes.clone(), "image/jpeg".to_owned(), "Beach.JPG".to_owned()));
    assert_eq!(scene.library.prove(id).expect("a proof"), Some(asset.checksum));
    assert_eq!(left(&scene.library), Optimised::LeftAlone(LeftAlone::Already));

    // The same photo, and what was made of it, come again by any door.
    for content in [&bytes, &std::fs::read(scene.folder.path().join(&originals(&scene)[0])).expect("the file")] {
        let name = if content == &bytes { "again.jpg" } else { "again.jxl" };
        let again = scene.upload(name, content).expect("an upload");
        assert!(matches!(again, Added::Duplicate(known) if known.asset_id == id), "{again:?}");
    }
    let mut archive = Vec::new();
    scene.library.write_archive(std::slice::from_ref(&asset), &mut archive).expect("an archive");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive)).expect("an archive");
    let mut unpacked = Vec::new();
    archive.by_name("Beach.JPG").expect("the file").read_to_end(&mut unpacked).expect("bytes");
    assert!(unpacked == bytes);

    // Pictures and metadata made anew come from the original.
    let thumbnail = format!("thumbs/{}", scene.owner);
    let pictures = |scene: &Scene| {
        let all = scene.files().into_iter().filter(|file| file.starts_with(&thumbnail));
        all.map(|file| std::fs::read(scene.folder.path().join(&file)).expect("a picture")).collect::<Vec<_>>()
    };
    let before = pictures(&scene);
    assert!(!before.is_empty(), "{:?}", scene.files());
    for kind in [tintype_library::model::JobKind::Metadata, tintype_library::model::JobKind::Thumbnail] {
        let job = tintype_library::store::NewJob { kind, asset_id: id, not_before: None };
        scene
            .library
            .write(tintype_library::store::Durability::Relaxed, move |tx| Ok(tx.enqueue(job)?))
            .expect("a job");
    }
    scene.work();
    assert!(pictures(&scene) == before);
    assert_eq!(scene.files().iter().filter(|file| file.starts_with("incoming/")).count(), 0);

    assert_eq!(
        scene.library.restore_original(id).expect("it is exact"),
        Restored::Restored { bytes: bytes.len() as u64 }
    );
    assert_eq!(originals(&scene), [format!("{folder}/Beach.JPG")]);
    assert!(std::fs::read(scene.folder.path().join(&asset.original_path)).expect("the file") == bytes);
    assert_eq!(usage(&scene), i64::try_from(bytes.len()).expect("small"));
    assert_eq!(scene.library.restore_original(id).expect("nothing to do"), Restored::Needless);
    assert_eq!(scene.library.derivations(&asset.checksum).expect("a read"), [form.sha1], "the ledger remembers");
}

#[test]
fn what_was_made_with_loss_is_handed_out_as_what_it_is() {
    let Some(tools) = tools(&["cjxl", "exiftool"]) else { return };
    let scene = Scene::new();
    let id = scene.add("a.jpg", &photo(2));
    scene.work();
    let engine = engine(scene.folder.path(), tools);
    let done = scene.library.optimise(id, ("mine", &lossy()), &engine, &AtomicBool::new(false)).expect("a try");
    let Optimised::Stored { form, .. } = done else { panic!("{done:?}") };
    assert_eq!((form.is_exact, form.recipe.as_str()), (false, "mine/jxl"));
    let (bytes, media_type, name) = original(&scene, id);
    assert_eq!((media_type.as_str(), name.as_str()), ("image/jxl", "a.jxl"));
    assert_eq!(bytes.len() as i64, form.size_bytes);
    let asset = scene.library.read(|tx| Ok(tx.asset(id)?)).expect("a read").expect("the asset");
    assert_eq!(scene.library.handed_out_type(&asset).expect("a read"), "image/jxl");
    assert_eq!(scene.library.prove(id).expect("a proof"), Some(asset.checksum));
    let again = scene.upload("again.jxl", &bytes).expect("an upload");
    assert!(matches!(again, Added::Duplicate(known) if known.asset_id == id), "{again:?}");
    let error = scene.library.restore_original(id).expect_err("it is gone");
    assert!(error.to_string().contains("made smaller with loss (mine/jxl)"), "{error}");
    // Damage is seen.
    std::fs::write(scene.folder.path().join(&asset.original_path), b"other").expect("a write");
    assert_ne!(scene.library.prove(id).expect("a proof"), Some(asset.checksum));
}

#[test]
fn trash_purge_and_replacement_take_the_stored_file_along() {
    let Some(tools) = tools(&["cjxl"]) else { return };
    let scene = Scene::new();
    let engine = engine(scene.folder.path(), tools);
    let [first, second] = [3, 4].map(|number| scene.add(&format!("{number}.jpg"), &photo(number)));
    scene.work();
    for id in [first, second] {
        assert!(matches!(optimise(&scene.library, id, &engine).expect("a try"), Optimised::Stored { .. }));
    }
    let caller = scene.caller();
    scene.library.delete_assets(&caller, &[first], false).expect("the trash");
    assert!(original(&scene, first).0 == photo(3), "it can be had from the trash");
    assert_eq!(optimise(&scene.library, first, &engine).expect("a try"), Optimised::LeftAlone(LeftAlone::Trashed));
    scene.library.restore_assets(&caller, &[first]).expect("out of the trash");
    assert!(original(&scene, first).0 == photo(3));
    scene.library.purge_now(&caller, &[first]).expect("gone");
    let library = |scene: &Scene| files(scene.folder.path()).iter().filter(|file| file.ends_with(".jxl")).count();
    assert_eq!(library(&scene), 1);

    // Replaced, the old one is an asset in the trash, and its form goes with it.
    let new = crate::scene::upload(&scene.library, scene.owner, "new.jpg", &photo(5));
    let replaced = scene.library.replace_content(&caller, second, new).expect("a replacement");
    assert!(original(&scene, second).0 == photo(5));
    assert!(original(&scene, replaced.id()).0 == photo(4));
    usage(&scene);
    scene.library.purge_now(&caller, &[second, replaced.id()]).expect("gone");
    assert_eq!((usage(&scene), library(&scene)), (0, 0));
}

#[test]
fn files_that_are_not_what_they_were_are_never_packed() {
    let Some(tools) = tools(&["cjxl"]) else { return };
    let scene = Scene::new();
    let id = scene.add("a.jpg", &photo(6));
    scene.work();
    let engine = engine(scene.folder.path(), tools.clone());
    let asset = scene.library.read(|tx| Ok(tx.asset(id)?)).expect("a read").expect("the asset");
    let path = scene.folder.path().join(&asset.original_path);
    std::fs::write(&path, photo(7)).expect("a write");
    assert_eq!(optimise(&scene.library, id, &engine).expect("a try"), Optimised::LeftAlone(LeftAlone::Damaged));
    assert!(std::fs::read(&path).expect("the file") == photo(7));
    std::fs::write(&path, photo(6)).expect("a write");

    // The asset goes into the trash while the recipe is at work.
    let program = scene.folder.path().join("cjxl");
    let (gate, real) = (scene.folder.path().join("gate"), tools.cjxl.as_ref().expect("cjxl").path.clone());
    let script = format!(
        "#!/bin/sh\ntouch {0}.in\nwhile [ ! -e {0} ]; do sleep 0.05; done\nexec {1} \"$@\"\n",
        gate.display(),
        real.display()
    );
    std::fs::write(&program, script).expect("a script");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("a program");
    let mut slow = tools;
    slow.cjxl.as_mut().expect("cjxl").path = program;
    let slow = self::engine(scene.folder.path(), slow);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| optimise(&scene.library, id, &slow).expect("a try"));
        while !scene.folder.path().join("gate.in").exists() {
            std::thread::yield_now();
        }
        scene.library.delete_assets(&scene.caller(), &[id], false).expect("the trash");
        std::fs::write(&gate, b"").expect("a gate");
        assert_eq!(running.join().expect("a thread"), Optimised::LeftAlone(LeftAlone::Changed));
    });
    assert!(original(&scene, id).0 == photo(6));
    assert!(!scene.files().iter().any(|file| file.ends_with(".jxl")), "{:?}", scene.files());
}
