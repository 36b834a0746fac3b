//! Everything that can go wrong on the way, and what is left of the original then.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use tintype_ingest::{After, MAX_ATTEMPTS, Selection};
use tintype_library::model::IngestState as State;

use crate::destination::Fault;
use crate::scene::{Scene, jpeg, sha1};

/// Moments at which another photo gets the name of one that is archived.
const ARCHIVE_ROUNDS: u32 = 40;
const ARCHIVE_STEP: Duration = Duration::from_micros(150);

#[test]
fn faults_that_pass_are_waited_for_and_nothing_is_sent_twice() {
    for fault in [Fault::Away, Fault::Fails, Fault::Full, Fault::LosesAnswer] {
        let mut scene = Scene::elsewhere();
        for number in 0..3 {
            scene.drop_file(&format!("{number}.jpg"), &jpeg(number));
        }
        scene.fake.fail(&[fault; 2]);
        scene.turn();
        scene.clock.advance(6_000);
        scene.turn();
        let waiting = scene.files().into_iter().filter(|file| !file.state.is_final()).count();
        assert!(waiting > 0, "{fault:?}");
        scene.rest();
        assert_eq!(scene.fake.names(), ["0.jpg", "1.jpg", "2.jpg"], "{fault:?}");
        assert!(scene.paths().is_empty(), "{fault:?}");
    }
}

#[test]
fn a_destination_that_is_away_for_long_costs_no_attempts() {
    let mut scene = Scene::elsewhere();
    scene.drop_file("a.jpg", &jpeg(1));
    scene.fake.fail(&[Fault::Away; 30]);
    for _ in 0..30 {
        scene.clock.advance(3_600_000);
        scene.turn();
    }
    let files = scene.files();
    assert_eq!((files[0].attempts, files[0].state, scene.paths().len()), (0, State::Verified, 1));
    assert!(files[0].reason.as_deref().is_some_and(|reason| reason.contains("away")));
    scene.rest();
    assert!(scene.paths().is_empty());
}

#[test]
fn a_server_that_fails_for_everything_is_not_the_files_fault() {
    let mut scene = Scene::elsewhere();
    scene.drop_file("a.jpg", &jpeg(1));
    scene.drop_file("b.jpg", &jpeg(2));
    scene.fake.fail_file("a.jpg", Fault::Fails);
    scene.fake.fail_file("b.jpg", Fault::Fails);
    for _ in 0..3 * MAX_ATTEMPTS {
        scene.turn();
        scene.clock.advance(3_600_000);
    }
    assert_eq!(scene.paths(), ["a.jpg", "b.jpg"]);
    // With others getting through it is.
    for number in 10..40 {
        scene.drop_file(&format!("{number}.jpg"), &jpeg(number));
        scene.turn();
        scene.clock.advance(3_600_000);
    }
    scene.rest();
    let undone = ["undone/a.jpg", "undone/a.jpg.error.toml", "undone/b.jpg", "undone/b.jpg.error.toml"];
    assert_eq!(scene.paths(), undone);
    assert_eq!(scene.fake.names().len(), 30);
}

#[test]
fn what_is_refused_is_put_aside_whole_and_can_be_tried_again() {
    let mut scene = Scene::elsewhere();
    scene.drop_file("2026/ümläut 'quote' \n.jpg", &jpeg(1));
    scene.fake.fail_file("ümläut 'quote' \n.jpg", Fault::Refuses);
    scene.rest();
    assert_eq!(scene.disk()["undone/2026/ümläut 'quote' \n.jpg"], jpeg(1));
    let note = fs::read_to_string(scene.at("undone/2026/ümläut 'quote' \n.jpg.error.toml")).unwrap();
    let note: toml::Table = note.parse().unwrap();
    for (key, value) in [("zone", "phone"), ("got_as_far_as", "verified"), ("error", "it was refused: Refuses")] {
        assert_eq!(note[key].as_str(), Some(value), "{note:?}");
    }
    // A person may try again, whatever was there meanwhile.
    scene.drop_file("2026/ümläut 'quote' \n.jpg", &jpeg(2));
    scene.fake.recover();
    let nobody = scene.pipeline().retry(&Selection::Matching("nothing like it".to_owned())).unwrap();
    let retried = scene.pipeline().retry(&Selection::Matching("REFUSED".to_owned())).unwrap();
    assert_eq!((nobody.again, retried.again), (0, 1));
    scene.rest();
    assert_eq!((scene.paths().len(), scene.fake.kept().len()), (0, 2));
}

#[test]
fn a_wrong_checksum_is_no_proof() {
    let mut scene = Scene::elsewhere();
    scene.drop_file("a.jpg", &jpeg(1));
    scene.fake.fail(&[Fault::Damages; 2]);
    scene.rest();
    assert!(scene.paths().is_empty(), "the third time it arrived");
    assert!(scene.fake.kept().iter().any(|kept| kept.sha1 == sha1(&jpeg(1))));

    let mut scene = Scene::elsewhere();
    scene.drop_file("a.jpg", &jpeg(1));
    scene.fake.fail_file("a.jpg", Fault::Damages);
    scene.rest();
    assert_eq!(scene.disk()["undone/a.jpg"], jpeg(1));
    assert_eq!(scene.fake.deliveries(), u64::from(MAX_ATTEMPTS));
    let note = fs::read_to_string(scene.at("undone/a.jpg.error.toml")).unwrap();
    assert!(note.contains("has the checksum"), "{note}");
}

#[test]
fn a_file_that_changes_or_goes_on_its_way_begins_again_or_is_forgotten() {
    let mut scene = Scene::elsewhere();
    scene.drop_file("a.jpg", &jpeg(1));
    scene.drop_file("b.jpg", &jpeg(2));
    scene.fake.fail(&[Fault::Away]);
    scene.turn();
    scene.clock.advance(6_000);
    scene.turn();
    scene.drop_file("a.jpg", &jpeg(3));
    fs::remove_file(scene.at("b.jpg")).unwrap();
    scene.rest();
    let kept = scene.fake.kept();
    assert!(kept.iter().any(|kept| kept.sha1 == sha1(&jpeg(3))), "what it is now arrived");
    assert!(kept.iter().all(|kept| kept.sha1 != sha1(&jpeg(1))), "what it was did not");
    assert!(scene.paths().is_empty());
}

#[test]
fn a_clock_that_is_set_back_delays_nothing_for_long() {
    let mut scene = Scene::elsewhere();
    scene.drop_file("a.jpg", &jpeg(1));
    scene.turn();
    scene.clock.advance(-10 * 86_400_000);
    scene.turn();
    scene.clock.advance(6_000);
    scene.turn();
    assert_eq!(scene.fake.names(), ["a.jpg"]);
}

#[test]
fn ten_thousand_files_at_once_all_arrive() {
    let mut scene = Scene::elsewhere();
    for number in 0..10_000 {
        scene.drop_file(&format!("{}/{number}.jpg", number % 10), &jpeg(number));
    }
    scene.rest();
    assert_eq!((scene.fake.kept().len(), scene.paths().len()), (10_000, 0));
}

#[test]
fn a_zone_that_cannot_be_read_loses_no_rows() {
    let mut scene = Scene::elsewhere();
    scene.drop_file("a.jpg", &jpeg(1));
    scene.turn();
    let moved = scene.zone.folder.with_extension("away");
    fs::rename(&scene.zone.folder, &moved).unwrap();
    scene.turn();
    assert_eq!(scene.files().len(), 1, "a folder that is not mounted is no empty folder");
    fs::rename(&moved, &scene.zone.folder).unwrap();
    scene.rest();
    assert_eq!(scene.fake.names(), ["a.jpg"]);
}

/// Looking who writes to a file takes milliseconds, and what gets its name in these is another photo.
#[test]
fn what_gets_the_name_of_a_file_that_is_archived_is_delivered_too() {
    for delay in 0..ARCHIVE_ROUNDS {
        let mut scene = Scene::elsewhere();
        scene.zone.after = After::Archive;
        scene.drop_file("a.jpg", &jpeg(1));
        let other = scene.zone.folder.with_extension("jpg");
        std::fs::write(&other, jpeg(2)).unwrap();
        let (fake, name) = (Arc::clone(&scene.fake), scene.at("a.jpg"));
        let newcomer = std::thread::spawn(move || {
            while fake.kept().is_empty() {
                std::thread::yield_now();
            }
            std::thread::sleep(ARCHIVE_STEP * delay);
            std::fs::rename(other, name).unwrap();
        });
        scene.rest();
        newcomer.join().unwrap();
        scene.rest();
        let kept = scene.fake.kept();
        for photo in [jpeg(1), jpeg(2)] {
            assert!(kept.iter().any(|kept| kept.sha1 == sha1(&photo)), "{delay}: {:?}", scene.states());
        }
        assert!(scene.disk().values().any(|bytes| *bytes == jpeg(2)), "{delay}");
    }
}

#[test]
fn an_upload_that_nobody_goes_on_with_is_undone_until_a_person_wants_it() {
    let mut scene = Scene::here();
    // The disk has the machine's time, and the scene's stands.
    scene.drop_file("2026/.tintype-part-a.jpg", &jpeg(1));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let later = now + tintype_ingest::sftp::PARTIAL_AGE + Duration::from_secs(60);
    scene.clock.advance(i64::try_from(later.as_millis()).unwrap() - crate::scene::NOW.0);
    scene.pipeline().give_up_uploads().unwrap();
    assert_eq!(scene.paths(), ["undone/2026/a.incomplete.jpg", "undone/2026/a.incomplete.jpg.error.toml"]);
    let (state, reason) = scene.states().remove("undone/2026/a.incomplete.jpg").unwrap();
    assert!(state == State::Undone && reason.unwrap().contains("broke off"), "a person finds it without a restart");
    // What the note says, before and after a restart.
    scene.restart();
    let retried = scene.pipeline().retry(&Selection::Matching("2026/a.jpg".to_owned())).unwrap();
    assert_eq!((retried.again, scene.paths()), (1, vec!["2026/a.jpg".to_owned()]));
    scene.rest();
    assert_eq!(scene.originals().into_values().collect::<Vec<_>>(), ["a.jpg"]);
}
