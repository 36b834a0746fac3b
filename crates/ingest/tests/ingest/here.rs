//! Into the library of this node.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::time::{Duration, UNIX_EPOCH};

use tintype_ingest::{After, AlbumRule, Selection};
use tintype_library::landing::IngestChange;
use tintype_library::model::IngestState as State;
use tintype_library::sessions::Caller;
use tintype_library::store::Durability;

use crate::scene::{Scene, jpeg, sha1};

fn caller(scene: &Scene) -> Caller {
    Caller::of(scene.library.user(scene.owner).unwrap().unwrap())
}

#[test]
fn a_file_is_taken_in_when_it_rests_and_then_let_go() {
    let mut scene = Scene::here();
    let bytes = jpeg(1);
    scene.drop_file("2026/a.jpg", &bytes[..10]);
    scene.turn();
    scene.clock.advance(4_000);
    // Still being written.
    scene.drop_file("2026/a.jpg", &bytes);
    let taken = UNIX_EPOCH + Duration::from_millis(1_751_328_000_123);
    File::options().write(true).open(scene.at("2026/a.jpg")).unwrap().set_modified(taken).unwrap();
    scene.turn();
    scene.clock.advance(4_000);
    scene.turn();
    assert!(scene.originals().is_empty(), "it has not rested for long enough");
    scene.clock.advance(1_000);
    scene.turn();
    assert_eq!(scene.originals().into_iter().collect::<Vec<_>>(), [(sha1(&bytes).to_hex(), "a.jpg".to_owned())]);
    assert!(scene.paths().is_empty());
    let files = scene.files();
    assert_eq!((files[0].state, files[0].is_gone, files[0].sha1), (State::Released, true, Some(sha1(&bytes))));
    let asset = scene.library.prove(files[0].asset.unwrap().into()).unwrap();
    assert_eq!(asset, Some(sha1(&bytes)));
    let asset = scene.library.known_content(scene.owner, &sha1(&bytes)).unwrap().unwrap().asset_id;
    let asset = scene.library.assets(&caller(&scene), &[asset], tintype_protocol::permission::Permission::AssetRead);
    assert_eq!(asset.unwrap()[0].file_modified_at.0, 1_751_328_000_123);
}

#[test]
fn what_the_library_keeps_is_not_let_go_of() {
    let mut scene = Scene::here();
    scene.drop_file("a.jpg", &jpeg(1));
    scene.rest();
    let kept = scene.originals();
    // Where its originals lie is mounted as a zone.
    scene.zone.folder = scene.zone.folder.with_file_name("data").join("library");
    scene.restart();
    for _ in 0..5 {
        scene.turn();
        scene.clock.advance(3_600_000);
    }
    let state = scene.states().into_values().find(|(state, _)| *state != State::Released).unwrap();
    assert!(state.1.as_ref().is_some_and(|reason| reason.contains("the destination keeps")), "{state:?}");
    assert_eq!((scene.originals(), scene.disk().into_values().collect::<Vec<_>>()), (kept, vec![jpeg(1)]));
}

#[test]
fn what_is_moved_while_somebody_looks_keeps_its_row() {
    let mut scene = Scene::here();
    scene.drop_file("a.jpg", &jpeg(1));
    scene.turn();
    let before = scene.files().remove(0);
    scene.rest();
    let change = |state| IngestChange::Miss { id: before.id, path: before.path.clone(), state };
    scene.library.note_ingest(Durability::Relaxed, vec![change(State::Seen), change(State::Settled)]).unwrap();
    assert_eq!(scene.files().len(), 1, "it was brought on its way since");
    scene.library.note_ingest(Durability::Relaxed, vec![IngestChange::Remove(before.id)]).unwrap();
    scene.drop_file("b.jpg", &jpeg(2));
    scene.turn();
    fs::remove_file(scene.at("b.jpg")).unwrap();
    scene.drop_file("c.jpg", &jpeg(3));
    scene.turn();
    assert_eq!(scene.files().len(), 1, "what somebody took away is forgotten");
}

#[test]
fn originals_stay_or_go_as_the_zone_says() {
    for (after, paths) in [
        (After::Delete, vec![]),
        (After::Keep, vec!["a.jpg", "b/a.jpg", "b/c.jpg"]),
        (After::Archive, vec!["done/a.jpg", "done/b/a.jpg", "done/b/c.jpg"]),
    ] {
        let mut scene = Scene::here();
        scene.zone.after = after;
        // The same name in two folders, and the same content under two names.
        for (path, number) in [("a.jpg", 1), ("b/a.jpg", 2), ("b/c.jpg", 1)] {
            scene.drop_file(path, &jpeg(number));
        }
        scene.rest();
        assert_eq!(scene.originals().len(), 2, "{after:?}");
        assert_eq!(scene.paths(), paths, "{after:?}");
        // Another look, and another process, change nothing.
        scene.restart();
        scene.rest();
        assert_eq!((scene.originals().len(), scene.paths()), (2, paths.iter().map(|p| (*p).to_owned()).collect()));
    }
}

#[test]
fn a_file_that_takes_the_place_of_another_is_taken_in_too() {
    let mut scene = Scene::here();
    for number in 1..=3 {
        scene.drop_file("IMG_1.jpg", &jpeg(number));
        scene.rest();
    }
    assert_eq!((scene.originals().len(), scene.paths().len()), (3, 0));
}

#[test]
fn what_somebody_deleted_is_for_a_person_to_decide() {
    for for_good in [false, true] {
        let mut scene = Scene::here();
        scene.drop_file("a.jpg", &jpeg(1));
        scene.rest();
        let id = scene.files()[0].asset.unwrap().into();
        scene.library.delete_assets(&caller(&scene), &[id], for_good).unwrap();
        scene.drop_file("again/a.jpg", &jpeg(1));
        scene.rest();
        assert_eq!(scene.paths(), ["undone/again/a.jpg", "undone/again/a.jpg.error.toml"]);
        let note = fs::read_to_string(scene.at("undone/again/a.jpg.error.toml")).unwrap();
        assert!(note.contains("somebody deleted it") && note.contains("ingest retry phone/again/a.jpg"), "{note}");
        let retried = scene.pipeline().retry(&Selection::Below("phone/again".to_owned())).unwrap();
        assert_eq!((retried.again, retried.gone), (1, 0));
        assert_eq!(scene.paths(), ["again/a.jpg"]);
        scene.rest();
        let known = scene.library.known_content(scene.owner, &sha1(&jpeg(1))).unwrap().unwrap();
        assert!(!known.is_trashed && scene.paths().is_empty(), "{for_good}");
    }
}

#[test]
fn files_go_into_the_albums_of_their_folders() {
    let mut scene = Scene::here();
    scene.zone.album = Some(AlbumRule("{folder}".to_owned()));
    for (path, number) in [("Nice/a.jpg", 1), ("Nice/b.jpg", 2), ("c.jpg", 3), ("2026/Rome/d.jpg", 4)] {
        scene.drop_file(path, &jpeg(number));
    }
    scene.rest();
    let mut albums: Vec<_> = scene
        .library
        .albums(&caller(&scene), None)
        .unwrap()
        .into_iter()
        .map(|view| {
            let count = scene.library.album_assets(&view.album).unwrap().len();
            (view.album.name, count)
        })
        .collect();
    albums.sort();
    assert_eq!(albums, [("Nice".to_owned(), 2), ("Rome".to_owned(), 1)]);
}

#[test]
fn a_writer_that_says_so_is_believed() {
    let mut scene = Scene::here();
    scene.drop_file("a.jpg", &jpeg(1));
    scene.pipeline().closed("phone", b"a.jpg");
    scene.turn();
    assert_eq!((scene.originals().len(), scene.paths().len()), (1, 0), "it need not rest");
}

#[test]
fn what_is_no_photo_is_put_aside_or_passed_over() {
    for (after, paths, state) in [
        (After::Delete, vec!["undone/notes.txt", "undone/notes.txt.error.toml"], State::Undone),
        (After::Keep, vec!["notes.txt"], State::PassedOver),
    ] {
        let mut scene = Scene::here();
        scene.zone.after = after;
        scene.drop_file("notes.txt", b"buy milk");
        scene.rest();
        assert_eq!((scene.paths(), scene.files()[0].state), (paths.iter().map(|p| (*p).to_owned()).collect(), state));
        scene.restart();
        scene.rest();
        assert_eq!(scene.paths(), paths, "a note is no original");
    }
}

#[test]
fn what_somebody_has_open_is_not_taken_and_not_let_go_of() {
    let mut scene = Scene::elsewhere();
    let whole = [jpeg(1), vec![7; 5_000]].concat();
    let mut writer = fs::File::create(scene.at("slow.jpg")).unwrap();
    writer.write_all(&whole[..200]).unwrap();
    for _ in 0..3 {
        scene.turn();
        scene.clock.advance(60_000);
    }
    assert!(scene.fake.kept().is_empty(), "it rests, and is not complete");
    writer.write_all(&whole[200..]).unwrap();
    drop(writer);
    scene.rest();
    assert_eq!((scene.fake.kept().len(), scene.fake.kept()[0].sha1), (1, sha1(&whole)));

    // Opened again between the look and the end.
    scene.drop_file("again.jpg", &jpeg(2));
    scene.turn();
    scene.clock.advance(6_000);
    let zone = scene.zone.clone();
    scene.pipeline().look(&zone).unwrap();
    let mut writer = fs::OpenOptions::new().append(true).open(scene.at("again.jpg")).unwrap();
    while scene.pipeline().work(tintype_ingest::Lane::All).unwrap() {}
    assert_eq!(scene.paths(), ["again.jpg"], "it stays for whoever writes to it");
    writer.write_all(b"more").unwrap();
    drop(writer);
    scene.rest();
    let more = sha1(&[jpeg(2), b"more".to_vec()].concat());
    assert!(scene.fake.kept().iter().any(|kept| kept.sha1 == more) && scene.paths().is_empty());
}

#[test]
fn a_folder_that_keeps_its_files_keeps_all_of_them() {
    let mut scene = Scene::here();
    scene.zone.after = After::Keep;
    scene.drop_file("a.jpg", &jpeg(1));
    scene.drop_file("a.jpg.xmp", b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>");
    scene.drop_file("broken.jpg", b"");
    scene.rest();
    // A program writes into its file, and beside a photo that is known.
    scene.drop_file("a.jpg.xmp", b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>rated</x:xmpmeta>");
    scene.drop_file("a.xmp", b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>by another</x:xmpmeta>");
    scene.rest();
    assert_eq!(scene.paths(), ["a.jpg", "a.jpg.xmp", "a.xmp", "broken.jpg"]);
    let states = scene.states();
    let of = |name: &str| states[name].0;
    assert_eq!((of("a.jpg.xmp"), of("a.xmp"), of("broken.jpg")), (State::PassedOver, State::PassedOver, State::Undone));
    // Its disk is not mounted for a while: nothing is read again afterwards.
    let (folder, away) = (scene.zone.folder.clone(), scene.zone.folder.with_extension("away"));
    fs::rename(&folder, &away).unwrap();
    fs::create_dir(&folder).unwrap();
    scene.turn();
    fs::remove_dir(&folder).unwrap();
    fs::rename(&away, &folder).unwrap();
    let zone = scene.zone.clone();
    let looked = scene.pipeline().look(&zone).unwrap();
    assert_eq!((looked.new, looked.gone), (0, 0));
}

#[test]
fn what_was_archived_is_remembered() {
    let mut scene = Scene::here();
    scene.zone.after = After::Archive;
    scene.drop_file("2026/a.jpg", &jpeg(1));
    scene.rest();
    scene.turn();
    scene.restart();
    scene.turn();
    let told = scene.pipeline().status().unwrap().remove(0);
    assert_eq!(told.files_in(State::Released), 1);
    let file = scene.files().remove(0);
    assert_eq!((file.path.as_slice(), file.came_as.as_deref()), (&b"done/2026/a.jpg"[..], Some(&b"2026/a.jpg"[..])));
}

#[test]
fn no_link_in_a_zone_leads_out_of_it() {
    let mut scene = Scene::elsewhere();
    let outside = scene.zone.folder.with_extension("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("victim"), "theirs").unwrap();
    symlink(&outside, scene.at("undone")).unwrap();
    symlink(&outside, scene.at("done")).unwrap();
    scene.drop_file("a.txt", b"no photo");
    for _ in 0..5 {
        scene.turn();
        scene.clock.advance(3_600_000);
    }
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 1, "nothing was put there");
    assert_eq!(fs::read(scene.at("a.txt")).unwrap(), b"no photo");
    // And no note is written through one.
    fs::remove_file(scene.at("undone")).unwrap();
    fs::create_dir(scene.at("undone")).unwrap();
    symlink(outside.join("victim"), scene.at("undone/a.txt.error.toml")).unwrap();
    scene.rest();
    assert_eq!(fs::read(scene.at("undone/a.txt")).unwrap(), b"no photo");
    assert_eq!(fs::read(outside.join("victim")).unwrap(), b"theirs");
}
