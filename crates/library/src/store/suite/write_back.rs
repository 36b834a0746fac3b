//! What was written into files.

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::AssetId;

use super::Subject;
use super::labels::{face, person};
use super::scene::{NOW, Scene};
use crate::model::{ForeignPhoto, Person, TagChange, WriteTarget, WrittenFile};
use crate::store::Write;

/// Runs, what they changed and what they are done with.
pub(super) fn runs_keep_their_changes_in_order(subject: &Subject) {
    let scene = Scene::of(subject);
    let ada = scene.user(1);
    let (first, second) = (scene.asset(ada, 1), scene.asset(ada, 2));
    let run = scene.write(|tx| tx.begin_write_back("{}", None));
    let undo = scene.write(move |tx| tx.begin_write_back("{}", Some(run)));
    assert!(undo > run);
    let change = |asset, tag: &str| TagChange {
        asset,
        target: WriteTarget::Sidecar,
        tag: tag.to_owned(),
        before: None,
        after: Some("\"5\"".to_owned()),
    };
    let changes = [change(first, "a"), change(second, "b"), change(first, "c")];
    let noted = changes.clone();
    scene.write(move |tx| noted.iter().try_for_each(|change| tx.note_tag_change(run, change)));
    let page = scene.read(|tx| tx.write_back_changes(run, 0, 2));
    let rest = scene.read(|tx| tx.write_back_changes(run, page[1].0, 2));
    let found: Vec<TagChange> = page.into_iter().chain(rest).map(|(_, change)| change).collect();
    assert_eq!(found, changes);
    assert_eq!(scene.read(|tx| tx.write_back_changes(undo, 0, 9)), []);

    scene.write(move |tx| tx.check_off(run, first).and_then(|()| tx.check_off(run, first)));
    let is_done = |run, asset| scene.read(|tx| tx.is_written_in(run, asset));
    assert!(is_done(run, first) && !is_done(run, second) && !is_done(undo, first));
    assert_eq!(scene.read(|tx| tx.count_written_in(run)), 1);
    scene.write(|tx| tx.clear_write_back_checkpoint());
    assert!(!is_done(run, first));

    scene.write(move |tx| tx.end_write_back(run));
    let runs = scene.read(|tx| tx.write_back_runs(9));
    let seen: Vec<_> = runs.iter().map(|run| (run.id, run.undoes, run.ended_at.is_some())).collect();
    assert_eq!(seen, [(undo, Some(run), false), (run, None, true)]);
    scene.write(move |tx| tx.check_off(undo, first));
    scene.write(move |tx| tx.forget_write_back(undo));
    assert_eq!(scene.read(|tx| tx.write_back_run(undo)), None);
    assert_eq!(scene.read(|tx| tx.count_written_in(undo)), 0, "with what it was done with");
    assert_eq!(scene.read(|tx| tx.write_back_run(run)).map(|run| run.began_at), Some(NOW));
}

/// What a file was given goes with its asset, and none of it moves anything in the feed.
pub(super) fn what_files_were_given_goes_with_their_assets(subject: &Subject) {
    let scene = Scene::of(subject);
    let ada = scene.user(1);
    let (first, second) = (scene.asset(ada, 1), scene.asset(ada, 2));
    let last = scene.read(|tx| tx.last_update_id());
    let file = |asset, target, size_bytes| WrittenFile {
        asset,
        target,
        size_bytes,
        modified_ns: -5,
        wishes: [7; 20],
        entries: "[]".to_owned(),
    };
    let (beside, inside) = (file(first, WriteTarget::Sidecar, 1), file(first, WriteTarget::Embedded, 2));
    let (other, again) = (file(second, WriteTarget::Sidecar, 3), file(first, WriteTarget::Sidecar, 4));
    let noted = [beside, inside.clone(), other.clone(), again.clone()];
    scene.write(move |tx| noted.iter().try_for_each(|file| tx.note_written_file(file)));
    let known = |asset, target| scene.read(|tx| tx.written_file(asset, target));
    assert_eq!(known(first, WriteTarget::Sidecar), Some(again));
    assert_eq!(known(first, WriteTarget::Embedded), Some(inside));
    scene.write(move |tx| tx.forget_written_file(first, WriteTarget::Embedded));
    assert_eq!(known(first, WriteTarget::Embedded), None);

    scene.write(move |tx| tx.set_sidecar(first, Some("library/a.jpg.xmp")));
    let sidecar = |asset| scene.read(|tx| tx.asset(asset)).and_then(|asset| asset.sidecar_path);
    assert_eq!(sidecar(first).as_deref(), Some("library/a.jpg.xmp"));
    scene.write(move |tx| tx.set_sidecar(first, None));
    assert_eq!(sidecar(first), None);
    assert_eq!(scene.read(|tx| tx.last_update_id()), last, "nothing has moved");

    scene.write(move |tx| {
        let asset = tx.asset(first)?.expect("the asset");
        tx.delete_asset(&asset)
    });
    assert_eq!(known(first, WriteTarget::Sidecar), None);
    assert_eq!(known(second, WriteTarget::Sidecar), Some(other));
}

/// A file has to say something else when its photo, a person on it or an album of it changed. What went leaves no trace of the
/// photos that it was on.
pub(super) fn photos_that_may_have_something_else_to_say_are_found(subject: &Subject) {
    let scene = Scene::of(subject);
    let owners = [scene.user(1), scene.user(2)];
    let [first, second, third] = [1, 2, 3].map(|number| scene.asset(owners[usize::from(number % 2)], number));
    let album = scene.album(owners[1], 1);
    let ada = person(owners[1], 1, "Ada");
    let shown = face(owners[1], 1, first, &ada, 10);
    let (new, on) = (ada.clone(), shown.clone());
    scene.write(move |tx| tx.insert_person(&new).and_then(|()| tx.insert_face(&on)));
    let begin = scene.read(|tx| tx.last_update_id());
    let changed = |since| {
        let photos = scene.read(|tx| tx.photos_changed_since(since, 2));
        photos.map(|mut photos| {
            photos.sort();
            photos
        })
    };
    let after = |work: &dyn Fn()| {
        let since = scene.read(|tx| tx.last_update_id());
        work();
        changed(since)
    };
    let sorted = |mut photos: Vec<AssetId>| {
        photos.sort();
        Some(photos)
    };
    assert_eq!(changed(begin), Some(Vec::new()));
    let renamed = after(&|| {
        let person = Person { name: "Ada Löwe".to_owned(), ..ada.clone() };
        scene.write(move |tx| tx.update_person(&person));
    });
    assert_eq!(renamed, Some(vec![first]));
    let moved = move |id: AssetId| {
        move |tx: &mut dyn Write| {
            let asset = tx.asset(id)?.expect("the asset");
            tx.update_asset(&asset)
        }
    };
    assert_eq!(after(&|| scene.write(moved(third))), Some(vec![third]));
    let both = after(&|| {
        scene.write(moved(second));
        scene.write(move |tx| tx.add_album_asset(album, first).map(drop));
    });
    assert_eq!(both, sorted(vec![first, second]), "of all owners, each once");
    let named = after(&|| {
        scene.write(move |tx| {
            let mut one = tx.album(album)?.expect("the album");
            one.name = "Summer".to_owned();
            tx.update_album(&one)
        });
    });
    assert_eq!(named, Some(vec![first]));
    assert_eq!(changed(begin), None, "there are more than were asked for");
    let gone = [
        after(&|| {
            scene.write(move |tx| tx.remove_album_asset(album, first).map(drop));
        }),
        after(&|| {
            let face = shown.clone();
            scene.write(move |tx| tx.delete_face(&face));
        }),
        after(&|| {
            let person = ada.clone();
            scene.write(move |tx| tx.delete_person(&person));
        }),
    ];
    assert_eq!(gone, [None, None, None]);
}

/// What is known of photos of other servers is known server by server, and needs no asset here.
pub(super) fn photos_of_other_servers_are_told_apart(subject: &Subject) {
    let scene = Scene::of(subject);
    let asset = scene.asset(scene.user(1), 1);
    let photo = |path: &str, sha1: u8| ForeignPhoto {
        asset,
        path: path.to_owned(),
        original: Sha1([1; 20]),
        sha1: Sha1([sha1; 20]),
        size_bytes: 7,
        modified_ns: -3,
    };
    let file = move |size_bytes| WrittenFile {
        asset,
        target: WriteTarget::Sidecar,
        size_bytes,
        modified_ns: 5,
        wishes: [7; 20],
        entries: "[]".to_owned(),
    };
    let (one, two) = (photo("/a", 1), photo("/b", 2));
    let (first, second) = (one.clone(), two.clone());
    scene.write(move |tx| {
        tx.note_foreign_photo("x", &first)?;
        tx.note_foreign_photo("y", &first)?;
        tx.note_foreign_photo("y", &second)?;
        tx.note_foreign_file("x", &file(1))?;
        tx.note_foreign_file("y", &file(2))
    });
    let known = |server: &'static str| scene.read(|tx| tx.foreign_photo(server, asset));
    assert_eq!((known("x"), known("y"), known("z")), (Some(one), Some(two), None));
    let given = |server: &'static str| scene.read(|tx| tx.foreign_file(server, asset, WriteTarget::Sidecar));
    assert_eq!((given("x"), given("y")), (Some(file(1)), Some(file(2))));
    assert_eq!(scene.read(|tx| tx.written_file(asset, WriteTarget::Sidecar)), None, "it is no file of this library");
    scene.write(move |tx| tx.forget_foreign_file("x", asset, WriteTarget::Sidecar));
    assert_eq!((given("x"), given("y")), (None, Some(file(2))));
}

/// Old runs make room for new ones; the newest stays whole.
pub(super) fn the_oldest_runs_are_forgotten(subject: &Subject) {
    let scene = Scene::of(subject);
    let asset = scene.asset(scene.user(1), 1);
    let change = TagChange { asset, target: WriteTarget::Sidecar, tag: "a".to_owned(), before: None, after: None };
    let runs: Vec<i64> = (0..4).map(|_| scene.write(|tx| tx.begin_write_back("{}", None))).collect();
    let all = runs.clone();
    scene.write(move |tx| {
        for run in &all {
            (0..10).try_for_each(|_| tx.note_tag_change(*run, &change))?;
        }
        tx.check_off(all[0], asset)
    });
    let left = || -> Vec<i64> { scene.read(|tx| tx.write_back_runs(9)).into_iter().map(|run| run.id).rev().collect() };
    assert_eq!(scene.write(|tx| tx.forget_oldest_write_backs(4, 40)), 0);
    assert_eq!(scene.write(|tx| tx.forget_oldest_write_backs(3, 40)), 1, "by their number");
    assert_eq!(left(), runs[1..]);
    let first = runs[0];
    assert_eq!(scene.read(|tx| tx.count_written_in(first)), 0, "with what it was done with");
    assert_eq!(scene.write(|tx| tx.forget_oldest_write_backs(3, 25)), 1, "by their changes");
    assert_eq!(left(), runs[2..]);
    assert_eq!(scene.write(|tx| tx.forget_oldest_write_backs(0, 5)), 1);
    assert_eq!(left(), runs[3..], "the newest stays");
    let newest = runs[3];
    assert_eq!(scene.read(|tx| tx.write_back_changes(newest, 0, 99)).len(), 10);
}
