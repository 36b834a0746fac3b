//! Files that belong together arrive together.

use tintype_library::model::{IngestRole, IngestState as State};

use crate::scene::{Scene, jpeg, mp4};

#[test]
fn the_video_of_a_live_photo_goes_first_and_is_named_by_its_still() {
    let mut scene = Scene::elsewhere();
    scene.drop_file("LIVE1.JPG", &jpeg(1));
    scene.turn();
    scene.clock.advance(3_000);
    // The second half comes later: the still waits for it.
    scene.drop_file("live1.MP4", &mp4(1));
    scene.turn();
    scene.clock.advance(3_000);
    scene.turn();
    assert!(scene.fake.kept().is_empty());
    scene.rest();
    let kept = scene.fake.kept();
    assert_eq!((kept[0].name.as_str(), kept[1].name.as_str()), ("live1.MP4", "LIVE1.JPG"));
    assert_eq!((kept[0].motion, kept[1].motion), (None, Some(kept[0].id)));
    assert!(scene.paths().is_empty());
}

#[test]
fn raw_data_and_its_jpeg_become_a_stack() {
    let mut scene = Scene::elsewhere();
    scene.drop_file("a.jpg", &jpeg(1));
    let dng = [&b"II*\0\x08\0\0\0\0\0\0\0\0\0"[..], b"raw"].concat();
    scene.drop_file("a.dng", &dng);
    scene.rest();
    let kept = scene.fake.kept();
    let id = |name: &str| kept.iter().find(|kept| kept.name == name).unwrap().id;
    assert_eq!(scene.fake.stacks(), [[id("a.jpg"), id("a.dng")]]);
    let raw = scene.files().into_iter().find(|file| file.path == b"a.dng").unwrap();
    assert_eq!(raw.belongs_to.map(|(_, role)| role), Some(IngestRole::Raw));
}

#[test]
fn a_sidecar_goes_along_and_is_kept_where_nobody_proves_that_it_arrived() {
    let mut scene = Scene::elsewhere();
    scene.drop_file("x/a.jpg", &jpeg(1));
    scene.drop_file("x/a.jpg.xmp", b"<x:xmpmeta/>");
    scene.rest();
    assert_eq!(scene.fake.kept()[0].sidecar.as_deref(), Some(&b"<x:xmpmeta/>"[..]));
    assert_eq!(scene.paths(), ["done/x/a.jpg.xmp"]);

    let mut scene = Scene::here();
    scene.drop_file("x/a.jpg", &jpeg(1));
    scene.drop_file("x/a.xmp", b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>");
    scene.rest();
    assert_eq!(scene.paths(), [""; 0], "this library proves it");
    let states = scene.states();
    assert!(states.values().all(|(state, _)| *state == State::Released), "{states:?}");
}

#[test]
fn a_sidecar_without_a_photo_is_put_aside() {
    let mut scene = Scene::elsewhere();
    scene.drop_file("a.jpg", &jpeg(1));
    scene.rest();
    scene.drop_file("a.xmp", b"<x:xmpmeta/>");
    scene.rest();
    assert_eq!(scene.paths(), ["undone/a.xmp", "undone/a.xmp.error.toml"]);
}

#[test]
fn raw_data_that_comes_a_moment_later_is_stacked_too() {
    for names in [["a.jpg", "a.dng"], ["a.dng", "a.jpg"]] {
        let mut scene = Scene::elsewhere();
        for name in names {
            let dng = [&b"II*\0\x08\0\0\0\0\0\0\0\0\0"[..], b"raw"].concat();
            scene.drop_file(name, if name == "a.dng" { &dng } else { b"" });
            if name == "a.jpg" {
                scene.drop_file(name, &jpeg(1));
            }
            scene.turn();
            scene.clock.advance(6_000);
            scene.turn();
        }
        scene.rest();
        let kept = scene.fake.kept();
        let id = |name: &str| kept.iter().find(|kept| kept.name == name).unwrap().id;
        assert_eq!(scene.fake.stacks(), [[id("a.jpg"), id("a.dng")]], "{names:?}");
    }
    // Another day's photo of the same number is another photo.
    let mut scene = Scene::elsewhere();
    scene.drop_file("a.jpg", &jpeg(1));
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(86_400);
    std::fs::File::open(scene.at("a.jpg")).unwrap().set_modified(old).unwrap();
    scene.rest();
    scene.drop_file("a.dng", &[&b"II*\0\x08\0\0\0\0\0\0\0\0\0"[..], b"raw"].concat());
    scene.rest();
    assert!(scene.fake.stacks().is_empty());
}
