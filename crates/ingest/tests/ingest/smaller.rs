//! Something smaller goes up instead of the original, and is proven to stand for it.

use std::fs;
use std::path::Path;

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use tintype_ingest::Packing;
use tintype_ingest::recipe::{Derived, Optimise, OptimiseError, Optimised};
use tintype_library::jobs::{Toolbox, work_off};
use tintype_library::model::IngestState as State;
use tintype_media::recipes::{Engine, shipped};
use tintype_media::tools::Tools;
use tintype_protocol::checksum::Sha1;

use crate::destination::Fault;
use crate::scene::{Scene, jpeg, sha1};

/// Takes the first half of a file for something that stands for the whole. What it makes is another one each time.
#[derive(Default)]
struct Halves {
    folder: std::path::PathBuf,
    made: Mutex<u32>,
    /// Told instead, once each.
    faults: Mutex<Vec<OptimiseError>>,
    claims: Mutex<Option<Sha1>>,
}

impl Optimise for Halves {
    fn optimise(&self, file: &Path, _: &str, _: &AtomicBool) -> Result<Optimised, OptimiseError> {
        if let Some(fault) = self.faults.lock().unwrap().pop() {
            return Err(fault);
        }
        let bytes = fs::read(file).unwrap();
        let mut made = self.made.lock().unwrap();
        *made += 1;
        let half = [&bytes[..bytes.len() / 2], &made.to_be_bytes()].concat();
        let path = tempfile::NamedTempFile::new_in(&self.folder).unwrap().into_temp_path();
        fs::write(&path, &half).unwrap();
        Ok(Optimised::Derived(Derived {
            path,
            original_sha1: self.claims.lock().unwrap().take().unwrap_or_else(|| sha1(&bytes)),
            sha1: sha1(&half),
            size_bytes: half.len() as u64,
            media_type: "image/jxl".to_owned(),
            extension: "jxl".to_owned(),
            recipe: "halves".to_owned(),
            is_lossless: true,
        }))
    }
}

fn scene() -> (Scene, Arc<Halves>) {
    let mut scene = Scene::elsewhere();
    let folder = scene.zone.folder.with_extension("work");
    fs::create_dir_all(&folder).unwrap();
    let halves = Arc::new(Halves { folder, ..Halves::default() });
    scene.zone.optimiser = Some(halves.clone());
    (scene, halves)
}

#[test]
fn the_derivation_goes_up_and_the_original_is_recognised_ever_after() {
    let (mut scene, halves) = scene();
    scene.drop_file("2026/a.jpg", &jpeg(1));
    scene.fake.fail(&[Fault::Fails; 2]);
    scene.rest();
    let kept = scene.fake.kept();
    assert_eq!((kept.len(), kept[0].name.as_str()), (1, "a.jxl"));
    assert_ne!(kept[0].sha1, sha1(&jpeg(1)));
    assert!(scene.paths().is_empty());
    let ledger = scene.library.derivations(&sha1(&jpeg(1))).unwrap();
    assert_eq!(ledger, [kept[0].sha1], "the pair is remembered");
    assert_eq!(*halves.made.lock().unwrap(), 1, "what lay ready was sent again");
    assert!(fs::read_dir(&halves.folder).unwrap().next().is_none(), "nothing is left over");
    // The same photo by another way, and what was made of it: both are known.
    scene.drop_file("again/b.jpg", &jpeg(1));
    scene.rest();
    assert_eq!((scene.fake.deliveries(), scene.fake.kept().len()), (3, 1));
    assert!(scene.paths().is_empty());
}

#[test]
fn what_lay_ready_and_is_lost_or_damaged_is_made_again() {
    for damage in [true, false] {
        let (mut scene, halves) = scene();
        scene.drop_file("a.jpg", &jpeg(1));
        scene.turn();
        scene.clock.advance(6_000);
        scene.fake.fail(&[Fault::Fails]);
        scene.turn();
        let file = scene.files().remove(0);
        assert_eq!(file.state, State::Verified);
        let ready = halves.folder.join(&file.derivation.unwrap().file);
        let happens = if damage { fs::write(&ready, "broken") } else { fs::remove_file(&ready) };
        happens.unwrap();
        scene.restart();
        scene.rest();
        let kept = scene.fake.kept();
        assert_eq!((kept.len(), scene.paths().len()), (1, 0), "damaged: {damage}");
        assert!(scene.library.derivations(&sha1(&jpeg(1))).unwrap().contains(&kept[0].sha1));
    }
}

#[test]
fn what_was_made_of_something_else_does_not_count() {
    let (mut scene, halves) = scene();
    scene.drop_file("a.jpg", &jpeg(1));
    *halves.claims.lock().unwrap() = Some(sha1(b"another photo"));
    scene.rest();
    assert_eq!(*halves.made.lock().unwrap(), 2);
    assert_eq!((scene.fake.kept().len(), scene.paths().len()), (1, 0));
}

#[test]
fn a_full_disk_is_waited_for() {
    let (mut scene, halves) = scene();
    scene.drop_file("a.jpg", &jpeg(1));
    let full = || OptimiseError::NotNow("the disk is full".into());
    halves.faults.lock().unwrap().extend([full(), full(), OptimiseError::Stopped]);
    scene.turn();
    scene.clock.advance(6_000);
    scene.turn();
    let told = scene.states()["a.jpg"].clone();
    assert_eq!(told.0, State::Paired);
    scene.rest();
    assert_eq!((scene.fake.kept().len(), scene.paths().len()), (1, 0));
}

/// With the real tools: the library keeps JPEG XL, and hands out what was dropped.
#[test]
fn what_lies_in_this_library_is_made_smaller_there_and_comes_back_bit_for_bit() {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let tools = Arc::new(Tools::find(&path));
    if tools.cjxl.is_none() {
        return tintype_testkit::not_run("JPEG XL in a landing zone", "cjxl is not installed");
    }
    let mut scene = Scene::here();
    let work = scene.zone.folder.with_extension("work");
    fs::create_dir_all(&work).unwrap();
    let engine = Arc::new(Engine::new(Arc::clone(&tools), path, work, None));
    let profile = shipped()["lossless"].clone();
    scene.zone.packing = Some(Packing { recipe: "lossless".to_owned(), profile, engine });
    let bytes = tintype_testkit::picture(3, 640, 480).unwrap();
    scene.drop_file("a.jpg", &bytes);
    scene.rest();
    assert!(scene.paths().is_empty());
    // Its pictures are made of the original first.
    assert!(scene.pipeline().pack().unwrap());
    assert!(scene.files()[0].derivation.is_none() && scene.files()[0].packs_with.is_some());
    work_off(&scene.library, &Toolbox::new(tools, Arc::default(), None)).unwrap();
    scene.clock.advance(60_000);
    while scene.pipeline().pack().unwrap() {}
    let file = scene.files().remove(0);
    let made = file.derivation.expect("it is kept in another form");
    assert!(made.is_lossless && made.size_bytes < bytes.len() as u64 && file.packs_with.is_none(), "{made:?}");
    let id = file.asset.unwrap().into();
    assert_eq!(scene.library.prove(id).unwrap(), Some(sha1(&bytes)));
    // Dropped again it is known.
    scene.drop_file("b.jpg", &bytes);
    scene.rest();
    assert_eq!((scene.originals().len(), scene.paths().len()), (1, 0));
}
