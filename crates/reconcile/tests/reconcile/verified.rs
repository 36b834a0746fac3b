//! Originals that are read again.

use std::fs;

use tintype_library::model::FolderPolicy;
use tintype_reconcile::verify::{Fault, Happened, Verified, Wish};

use crate::scene::Scene;

fn verify(scene: &Scene, wish: Wish) -> (Verified, Vec<Fault>) {
    let mut faults = Vec::new();
    let done = scene.engine().verify(wish, &mut |happened| {
        if let Happened::Found(finding) = happened {
            faults.push(finding.fault);
        }
        true
    });
    faults.sort_by_key(|fault| fault.as_str());
    (done.unwrap(), faults)
}

const READING: Wish = Wish { reads: true, fetches: false, rate: None, anew: false, mends: false };

#[test]
fn what_is_missing_or_changed_is_told() {
    let scene = Scene::new(FolderPolicy::Backup);
    for number in 1..=4 {
        scene.upload(&format!("{number}.jpg"), number);
    }
    assert_eq!(verify(&scene, READING).1, []);
    let original = |number| scene.data.path().join(scene.asset(number).unwrap().original_path);
    fs::remove_file(original(1)).unwrap();
    let mut bytes = fs::read(original(2)).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(original(2), bytes).unwrap();
    assert_eq!(verify(&scene, Wish::default()).1, [Fault::Missing], "what is not read is not known to be changed");
    let (done, faults) = verify(&scene, READING);
    assert_eq!(faults, [Fault::Changed, Fault::Missing]);
    assert_eq!((done.looked_at, done.faults), (4, 2));
}

#[test]
fn a_file_among_the_originals_that_is_no_assets_is_told() {
    let scene = Scene::new(FolderPolicy::Backup);
    scene.upload("a.jpg", 1);
    let original = scene.data.path().join(scene.asset(1).unwrap().original_path);
    fs::write(original.with_file_name("stray.jpg"), "nobody's").unwrap();
    for wish in [Wish::default(), READING] {
        let (done, faults) = verify(&scene, wish);
        assert_eq!((done.looked_at, done.faults, faults), (1, 1, vec![Fault::Extra]));
    }
}

#[test]
fn it_goes_on_where_it_was() {
    let scene = Scene::new(FolderPolicy::Backup);
    (1..=6).for_each(|number| {
        scene.upload(&format!("{number}.jpg"), number);
    });
    let first = scene.engine().verify(READING, &mut |happened| !matches!(happened, Happened::LookedAt(2))).unwrap();
    assert!(first.is_interrupted && first.looked_at == 2);
    assert_eq!(verify(&scene, READING).0.looked_at, 4);
    assert_eq!(verify(&scene, READING).0.looked_at, 6, "once it is through, it begins anew");
}

#[test]
fn reading_is_no_faster_than_it_may_be() {
    let scene = Scene::new(FolderPolicy::Backup);
    (1..=3).for_each(|number| {
        scene.upload(&format!("{number}.jpg"), number);
    });
    let begin = std::time::Instant::now();
    let (done, _) = verify(&scene, Wish { rate: Some(500), ..READING });
    assert!(begin.elapsed().as_secs_f64() >= done.bytes as f64 / 500.0, "{:?} for {}", begin.elapsed(), done.bytes);
}

#[test]
fn files_of_a_folder_are_read_too() {
    let scene = Scene::new(FolderPolicy::Backup);
    (1..=3).for_each(|number| scene.put(&format!("{number}.jpg"), number));
    scene.settle();
    scene.put("new.jpg", 9);
    scene.delete("1.jpg");
    // Bytes that rot keep their date.
    let rotten = scene.at("2.jpg");
    let date = fs::metadata(&rotten).unwrap().modified().unwrap();
    let mut bytes = fs::read(&rotten).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&rotten, bytes).unwrap();
    fs::File::options().write(true).open(&rotten).unwrap().set_modified(date).unwrap();
    let mut faults = Vec::new();
    let done = scene.engine().verify_folder(&scene.row(), READING, &mut |happened| {
        if let Happened::Found(finding) = happened {
            faults.push((finding.name, finding.fault));
        }
        true
    });
    let expected = [("1.jpg", Fault::Missing), ("2.jpg", Fault::Changed), ("new.jpg", Fault::Extra)];
    assert_eq!(faults, expected.map(|(name, fault)| (name.to_owned(), fault)));
    assert_eq!(done.unwrap().looked_at, 3);
}

#[test]
fn what_cannot_be_looked_at_in_a_folder_is_no_proof() {
    let scene = Scene::new(FolderPolicy::Backup);
    scene.put("a.jpg", 1);
    scene.settle();
    // So deep that nobody looks into it, whoever may.
    fs::create_dir_all(scene.at("x").join(["d"; 70].join("/"))).unwrap();
    let mut faults = Vec::new();
    let done = scene.engine().verify_folder(&scene.row(), READING, &mut |happened| {
        if let Happened::Found(finding) = happened {
            faults.push((finding.fault, finding.name.starts_with("x/d")));
        }
        true
    });
    assert_eq!(faults, [(Fault::Unreadable, true)]);
    assert_eq!(done.unwrap().faults, 1);
}

#[test]
fn what_is_planned_while_a_folder_is_read_is_nothing_extra() {
    let scene = Scene::new(FolderPolicy::Backup);
    (1..=3).for_each(|number| scene.put(&format!("{number}.jpg"), number));
    scene.settle();
    let done = scene.engine().verify_folder(&scene.row(), READING, &mut |happened| {
        if let Happened::LookedAt(1) = happened {
            scene.put("new.jpg", 9);
            scene.plan();
        }
        true
    });
    let done = done.unwrap();
    assert_eq!((done.looked_at, done.faults), (3, 0));
}
