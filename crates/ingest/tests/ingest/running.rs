//! With threads, and time that passes.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tintype_ingest::{Here, LARGE_BYTES, Pipeline, ReadMarks, Running, Selection, Zone};
use tintype_library::model::IngestState as State;

use crate::scene::{Scene, jpeg, mp4, sha1};

/// Longest that anything here may take.
const PATIENCE: Duration = Duration::from_secs(60);

struct NoMarks;

impl ReadMarks for NoMarks {
    fn live_photo(&self, _: &std::path::Path, _: &str) -> Option<String> {
        None
    }
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "{what} does not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_file_that_is_held_open_is_waited_for() {
    let scene = Scene::ticking();
    let destination = Here::new(Arc::clone(&scene.library), scene.owner, "here".to_owned());
    let settle = Duration::from_millis(300);
    let zone = Zone { settle, destination: Arc::new(destination), ..scene.zone.clone() };
    let work = scene.zone.folder.with_extension("work");
    let pipeline = Arc::new(Pipeline::new(Arc::clone(&scene.library), vec![zone], Arc::new(NoMarks), work));
    let mut running = Running::start(Arc::clone(&pipeline), 1).unwrap();
    scene.drop_file("first.jpg", &jpeg(1));
    wait_until("taking a file", || scene.originals().len() == 1);
    // By now the system tells. The writer pauses for longer than a file has to rest.
    let bytes = jpeg(2);
    let mut file = std::fs::File::create(scene.at("slow.jpg")).unwrap();
    file.write_all(&bytes[..100]).unwrap();
    file.flush().unwrap();
    std::thread::sleep(settle * 5);
    assert_eq!(scene.originals().len(), 1, "it is still open");
    file.write_all(&bytes[100..]).unwrap();
    drop(file);
    wait_until("taking the file once it is closed", || scene.originals().contains_key(&sha1(&bytes).to_hex()));
    assert_eq!(scene.originals().len(), 2, "nothing was taken half");
    wait_until("letting go", || scene.paths().is_empty());
    running.stop();
}

#[test]
fn a_slow_destination_holds_up_neither_the_zone_nor_other_files() {
    let scene = Scene::ticking();
    let settle = Duration::from_millis(300);
    let zone = Zone { settle, destination: scene.fake.clone(), ..scene.zone.clone() };
    let work = scene.zone.folder.with_extension("work");
    std::fs::create_dir(&work).unwrap();
    let pipeline = Arc::new(Pipeline::new(Arc::clone(&scene.library), vec![zone], Arc::new(NoMarks), work));
    // A large file, and a photo, take as long as they like. One worker is left.
    for name in ["large.mp4", "slow.jpg"] {
        scene.fake.slow_down(name);
    }
    let mut video = mp4(1);
    video.resize(LARGE_BYTES as usize + 1, 7);
    scene.drop_file("large.mp4", &video);
    scene.drop_file("slow.jpg", &jpeg(1));
    let mut running = Running::start(Arc::clone(&pipeline), 2).unwrap();
    let states = || scene.states().into_values().map(|(state, _)| state).collect::<Vec<_>>();
    wait_until("sending both", || states() == [State::Verified; 2]);
    for number in 2..12 {
        scene.drop_file(&format!("{number}.jpg"), &jpeg(number));
    }
    wait_until("sending the others", || scene.fake.kept().len() == 10 && scene.paths().len() == 2);
    scene.fake.let_through();
    wait_until("letting all of them go", || scene.paths().is_empty());
    assert_eq!(scene.fake.kept().len(), 12);
    running.stop();
}

#[test]
fn what_a_person_wants_again_is_not_taken_for_new() {
    // On a real disk, which takes its time between the move and the row.
    let clock = Arc::new(tintype_library::clock::SystemClock);
    let scene = Scene::over(tempfile::tempdir().unwrap(), false, Some(clock));
    let settle = Duration::from_millis(100);
    let zone = Zone { settle, destination: scene.fake.clone(), ..scene.zone.clone() };
    let work = scene.zone.folder.with_extension("work");
    std::fs::create_dir(&work).unwrap();
    let pipeline = Arc::new(Pipeline::new(Arc::clone(&scene.library), vec![zone.clone()], Arc::new(NoMarks), work));
    scene.drop_file("a.jpg", b"no photo");
    let is_undone = || scene.states().values().any(|(state, _)| *state == State::Undone);
    while !is_undone() {
        pipeline.look(&zone).unwrap();
        while pipeline.work(tintype_ingest::Lane::All).unwrap() {}
    }
    // Somebody looks all the time while it is put back.
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(std::sync::atomic::Ordering::SeqCst) {
                pipeline.look(&zone).unwrap();
            }
        });
        for _ in 0..20 {
            assert_eq!(pipeline.retry(&Selection::All).unwrap().again, 1);
            let files = scene.files();
            assert!(files.len() == 1 && files[0].is_wanted, "{files:#?}");
            while !is_undone() {
                pipeline.work(tintype_ingest::Lane::All).unwrap();
            }
        }
        is_over.store(true, std::sync::atomic::Ordering::SeqCst);
    });
}
