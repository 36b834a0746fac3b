//! With threads, and time that passes.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tintype_ingest::{Here, Pipeline, ReadMarks, Running, Zone};

use crate::scene::{Scene, jpeg, sha1};

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
