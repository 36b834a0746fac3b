//! Files that somebody still writes to.

use std::fs::File;
use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use tintype_ingest::push::{Event, Summary};

use crate::desk::Desk;
use crate::http::{NOTHING, SIZE, scene, sha1};
use crate::site::noise;

#[test]
fn a_file_that_is_held_open_is_neither_sent_nor_deleted() {
    let (desk, server) = scene(&[]);
    let mut writer = File::options().append(true).open(desk.at("a.jpg")).unwrap();
    assert_eq!(desk.pass(&mut server.target()), Summary { waiting: 1, ..NOTHING });
    assert!(desk.at("a.jpg").is_file() && *server.uploads.lock().unwrap() == 0);
    writer.write_all(&noise(SIZE, 2)).unwrap();
    drop(writer);
    let whole = [noise(SIZE, 1), noise(SIZE, 2)].concat();
    let done = Summary { sent: 1, sent_bytes: whole.len() as u64, deleted: 1, ..NOTHING };
    assert_eq!(desk.pass(&mut server.target()), done);
    assert!(server.kept.lock().unwrap().iter().all(|(_, kept)| *kept == sha1(&whole)));
}

#[test]
fn a_writer_that_comes_while_it_is_sent_keeps_it() {
    let (desk, server) = scene(&[]);
    let (path, writer) = (desk.at("a.jpg"), Arc::new(Mutex::new(None)));
    let held = Arc::clone(&writer);
    *server.meanwhile.lock().unwrap() = Some(Box::new(move || {
        *held.lock().unwrap() = Some(File::options().append(true).open(path).unwrap());
    }));
    let sent = Summary { sent: 1, sent_bytes: SIZE as u64, waiting: 1, ..NOTHING };
    assert_eq!(desk.pass(&mut server.target()), sent);
    assert_eq!(std::fs::read_dir(&desk.settings.folder).unwrap().count(), 1, "it lies where it was, and nothing else");
    writer.lock().unwrap().take().unwrap().write_all(b"more").unwrap();
    let whole = [&noise(SIZE, 1)[..], b"more"].concat();
    let summary = desk.pass(&mut server.target());
    assert_eq!((summary.sent, summary.deleted), (1, 1));
    assert!(server.kept.lock().unwrap().iter().any(|(_, kept)| *kept == sha1(&whole)));
    assert_eq!(std::fs::read_dir(&desk.settings.folder).unwrap().count(), 0);
}

/// A file that was written this long before the time on the desk's clock.
fn aged(desk: &Desk, name: &str, age: Duration) {
    let time = SystemTime::from(desk.time.now.timestamp()) - age;
    File::options().write(true).open(desk.at(name)).unwrap().set_modified(time).unwrap();
}

#[test]
fn a_file_that_changed_a_moment_ago_is_watched_first() {
    let (mut desk, server) = scene(&[]);
    desk.settings.settle = Duration::from_secs(5);
    aged(&desk, "a.jpg", Duration::from_secs(5));
    assert_eq!(desk.pass(&mut server.target()).deleted, 1);
    assert!(desk.time.waited.lock().unwrap().is_empty(), "it has rested already");

    for (name, age) in [("b.jpg", 4), ("c.jpg", 0)] {
        desk.write(name, &noise(SIZE, 2));
        aged(&desk, name, Duration::from_secs(age));
    }
    assert_eq!(desk.pass(&mut server.target()).deleted, 2);
    assert_eq!(*desk.time.waited.lock().unwrap(), [Duration::from_secs(5)], "once for all of them");
}

#[test]
fn a_file_that_goes_on_changing_waits_for_the_next_pass() {
    let (mut desk, server) = scene(&[]);
    desk.settings.settle = Duration::from_secs(5);
    aged(&desk, "a.jpg", Duration::ZERO);
    desk.write("b.jpg", &noise(SIZE, 2));
    aged(&desk, "b.jpg", Duration::ZERO);
    let path = desk.at("a.jpg");
    *desk.time.meanwhile.lock().unwrap() = Some(Box::new(move || std::fs::write(path, noise(SIZE, 3)).unwrap()));
    let (summary, events) = desk.try_pass(&mut server.target());
    assert_eq!(summary.unwrap(), Summary { sent: 1, sent_bytes: SIZE as u64, deleted: 1, waiting: 1, ..NOTHING });
    assert!(events.contains(&Event::Busy { path: "a.jpg".to_owned() }) && desk.at("a.jpg").is_file());
    assert_eq!(desk.pass(&mut server.target()).deleted, 1);
}
