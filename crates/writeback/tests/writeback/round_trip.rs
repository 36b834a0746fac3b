//! A file that was written here and taken in by an empty library says the same there.

use tintype_writeback::modules::{Choice, Module};
use tintype_writeback::{Order, Targets};

use crate::scene::{Scene, all_written, jpeg, moment, tools};

#[test]
fn a_written_file_tells_an_empty_library_the_same() {
    let Some(tools) = tools("the round trip") else { return };
    let scene = Scene::new(&tools);
    let photo = scene.folder.path().join("photo.jpg");
    jpeg(&photo, 1);
    let id = scene.add(&photo);
    scene.say_everything(id);
    // Albums come as tags below `Albums`, which is more than was there: they are left out of the comparison.
    let modules = Module::ALL.into_iter().filter(|module| *module != Module::Albums);
    let (_, files) = scene.run(&Order::of(Choice::of(modules), Targets::Embedded));
    all_written(&files);

    let other = Scene::new(&tools);
    let copy = other.folder.path().join("copy.jpg");
    std::fs::copy(scene.original(id), &copy).unwrap();
    let there = other.add(&copy);
    let (mine, theirs) =
        (scene.library.facts(&[id]).unwrap().remove(0), other.library.facts(&[there]).unwrap().remove(0));
    let names = |facts: &tintype_library::write_back::Facts| -> Vec<String> {
        facts.people.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&theirs), names(&mine));
    let (face, same) = (mine.people[0].1[0], theirs.people[0].1[0]);
    assert_eq!((same.x1, same.y1, same.x2, same.y2), (face.x1, face.y1, face.x2, face.y2));
    assert_eq!((theirs.tags.clone(), theirs.exif.description.clone()), (mine.tags, mine.exif.description));
    assert_eq!(theirs.exif.rating, mine.exif.rating);
    assert!((theirs.exif.latitude.unwrap() - -33.856_784).abs() < 1e-6);
    assert!((theirs.exif.longitude.unwrap() - 151.215_297).abs() < 1e-6);
    assert_eq!(theirs.asset.file_created_at, moment("2024-03-09T01:34:56Z"));
    assert_eq!(theirs.asset.local_date_time, moment("2024-03-09T12:34:56Z"));
    assert_eq!(theirs.asset.local_date_time, mine.asset.local_date_time);
}
