//! A process may end anywhere.

use std::fs;

use tintype_library::model::IngestState as State;

use crate::destination::Fault;
use crate::scene::{Scene, jpeg, sha1};

#[test]
fn what_lies_between_two_places_is_brought_to_one() {
    let mut scene = Scene::elsewhere();
    // Confirmed, moved out of the way, and not removed yet.
    scene.drop_file("a.jpg", &jpeg(1));
    scene.turn();
    scene.clock.advance(6_000);
    scene.fake.fail(&[Fault::Away]);
    scene.turn();
    let file = scene.files().remove(0);
    fs::create_dir_all(scene.at(".tintype-work")).unwrap();
    fs::rename(scene.at("a.jpg"), scene.at(&format!(".tintype-work/{}.original.jpg", file.id))).unwrap();
    // It had not been confirmed: it comes back.
    scene.restart();
    assert_eq!(scene.disk()["a.jpg"], jpeg(1));
    // Somebody's leftovers go, and an original that nobody knows stays.
    let leftover = scene.zone.folder.with_extension("work").join("99.jxl");
    fs::write(&leftover, "made").unwrap();
    fs::write(scene.at(".tintype-work/99.original.jpg"), jpeg(9)).unwrap();
    // In undone without a row.
    scene.drop_file("undone/b.jpg", &jpeg(2));
    scene.drop_file("undone/b.jpg.error.toml", b"error = \"it was refused\"\n");
    scene.restart();
    assert!(!leftover.exists());
    assert_eq!(scene.states()["undone/b.jpg"], (State::Undone, Some("it was refused".to_owned())));
    scene.rest();
    assert_eq!(scene.paths(), ["undone/b.jpg", "undone/b.jpg.error.toml"]);
    let kept: Vec<_> = scene.fake.kept().into_iter().map(|kept| kept.sha1).collect();
    assert!(kept.contains(&sha1(&jpeg(1))) && kept.contains(&sha1(&jpeg(9))));
    // A person took it away.
    fs::remove_file(scene.at("undone/b.jpg")).unwrap();
    scene.restart();
    assert!(!scene.states().contains_key("undone/b.jpg"));
}
