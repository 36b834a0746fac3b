//! To our own SFTP server.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::sync::atomic::Ordering;

use tintype_ingest::push::{Event, Login, PushError, Sftp, Summary};

use crate::desk::Desk;
use crate::site::{PASSWORD, Site, USER, eventually, has, noise};

const NOTHING: Summary =
    Summary { sent: 0, sent_bytes: 0, known: 0, in_trash: 0, deleted: 0, failed: 0, left: 0, waiting: 0 };
const SIZE: usize = 1_000_000;

pub(crate) fn target(site: &Site, desk: &Desk) -> Sftp {
    let login = Login::Key(site.key());
    Sftp::new(format!("sftp://{USER}@127.0.0.1:{}/in", site.port()).parse().unwrap(), login, desk.state())
}

pub(crate) fn is_ready() -> bool {
    has(&["ssh-keygen"])
}

#[test]
fn what_is_new_goes_and_nothing_goes_twice() {
    if !is_ready() {
        return;
    }
    let (site, desk) = (Site::new(), Desk::new());
    let odd = OsStr::from_bytes(b"d\xe9j\xe0 vu.jpg").to_owned();
    desk.write("2026/a.jpg", &noise(SIZE, 1));
    desk.write("done/b.jpg", b"");
    desk.write(".hidden/c.jpg", b"c");
    desk.write("d.jpg.part", b"d");
    std::fs::write(desk.settings.folder.join(&odd), b"odd").unwrap();
    symlink(desk.at("2026"), desk.at("link")).unwrap();
    let mut target = target(&site, &desk);
    assert_eq!(desk.pass(&mut target), Summary { sent: 3, sent_bytes: SIZE as u64 + 3, left: 1, ..NOTHING });
    assert_eq!(std::fs::read(site.in_zone("in/2026/a.jpg")).unwrap(), noise(SIZE, 1));
    assert_eq!(std::fs::read(site.in_zone("in").join(&odd)).unwrap(), b"odd");
    let mtime = |path| std::fs::metadata(path).unwrap().mtime();
    assert_eq!(mtime(site.in_zone("in/2026/a.jpg")), mtime(desk.at("2026/a.jpg")));
    assert_eq!(site.names().len(), 6, "{:?}", site.names());

    // Whether the server still has it does not matter: its pipeline takes files away.
    std::fs::remove_file(site.in_zone("in/2026/a.jpg")).unwrap();
    assert_eq!(desk.pass(&mut target), Summary { known: 3, left: 1, ..NOTHING });
    // Touched, and nothing else: the content decides.
    let times = std::fs::FileTimes::new().set_modified(std::time::SystemTime::UNIX_EPOCH);
    std::fs::File::options().write(true).open(desk.at("2026/a.jpg")).unwrap().set_times(times).unwrap();
    assert_eq!(desk.pass(&mut target), Summary { known: 3, left: 1, ..NOTHING });
    desk.write("2026/a.jpg", &noise(SIZE, 2));
    assert_eq!(desk.pass(&mut target), Summary { sent: 1, sent_bytes: SIZE as u64, known: 2, left: 1, ..NOTHING });
    assert_eq!(std::fs::read(site.in_zone("in/2026/a.jpg")).unwrap(), noise(SIZE, 2));
    let journal = desk.journal();
    assert_eq!(journal.lines().count(), 4, "{journal}");
    assert!(journal.lines().all(|line| line.contains("\"event\":\"sent\"") && line.contains("\"proof\":\"closed\"")));
}

#[test]
fn what_is_deleted_was_read_back_in_this_run() {
    if !is_ready() {
        return;
    }
    let (site, mut desk) = (Site::new(), Desk::new());
    desk.write("a.jpg", &noise(SIZE, 1));
    let mut target = target(&site, &desk);
    assert_eq!(desk.pass(&mut target).sent, 1);
    desk.settings.deletes = true;
    assert_eq!(desk.pass(&mut target), Summary { known: 1, deleted: 1, ..NOTHING }, "it lies there, and is read back");
    desk.write("b.jpg", &noise(SIZE, 2));
    assert_eq!(desk.pass(&mut target), Summary { sent: 1, sent_bytes: SIZE as u64, deleted: 1, ..NOTHING });
    assert!(!desk.at("a.jpg").exists() && !desk.at("b.jpg").exists());
    assert_eq!(std::fs::read(site.in_zone("in/b.jpg")).unwrap(), noise(SIZE, 2));
    let journal = desk.journal();
    let lines: Vec<_> = journal.lines().map(|line| line.contains("read-back")).collect();
    assert_eq!(lines, [false, true, false, true, false]);
    assert!(journal.contains("\"event\":\"deleted\",\"path\":\"b.jpg\""));
}

#[test]
fn what_broke_off_goes_on() {
    if !is_ready() {
        return;
    }
    let (site, desk) = (Site::new(), Desk::new());
    desk.write("a.jpg", &noise(SIZE, 1));
    let upload = |bytes: &[u8], asked: usize| {
        desk.write("a.jpg", bytes);
        desk.time.left.store(asked, Ordering::SeqCst);
        let summary = desk.pass(&mut target(&site, &desk));
        desk.time.left.store(usize::MAX, Ordering::SeqCst);
        summary
    };
    // The end comes after some parts.
    assert_eq!(upload(&noise(SIZE, 1), 20), Summary { waiting: 1, ..NOTHING });
    eventually("it is set aside", || {
        let names = site.names();
        names.len() == 2 && names[1].starts_with("in/.tintype-part-.a.jpg.") && names[1].ends_with(".tintype-push")
    });
    let summary = upload(&noise(SIZE, 1), usize::MAX);
    assert!(summary.sent == 1 && summary.sent_bytes < SIZE as u64 && summary.sent_bytes > 0, "{summary:?}");
    assert_eq!((std::fs::read(site.in_zone("in/a.jpg")).unwrap(), site.names().len()), (noise(SIZE, 1), 2));
    assert!(desk.journal().contains("read-back"), "what went on is looked at as a whole");

    // Another content does not go on there, and replaces nothing.
    assert_eq!(upload(&noise(SIZE, 2), 20).waiting, 1);
    eventually("it is set aside", || site.names().len() == 3);
    assert_eq!(upload(&noise(SIZE, 3), usize::MAX).sent_bytes, SIZE as u64);
    let there = ["in/a.jpg", "in/a+1.jpg"].map(|name| std::fs::read(site.in_zone(name)).unwrap());
    assert_eq!((there, site.names().len()), ([noise(SIZE, 1), noise(SIZE, 3)], 4));
}

#[test]
fn another_host_key_is_refused() {
    if !is_ready() {
        return;
    }
    let (mut site, desk) = (Site::new(), Desk::new());
    desk.write("a.jpg", b"a");
    assert_eq!(desk.pass(&mut target(&site, &desk)).sent, 1);
    let port = site.port();
    site.stop();
    std::fs::remove_file(site.beside("host_key")).unwrap();
    site.start_at(&format!("127.0.0.1:{port}"));
    desk.write("b.jpg", b"b");
    let (outcome, _) = desk.try_pass(&mut target(&site, &desk));
    let Err(PushError::Hopeless { source, .. }) = outcome else { panic!("{outcome:?}") };
    let said = format!("{:?} {}", source, std::error::Error::source(&source).unwrap());
    assert!(said.contains("another key") && said.contains("known_hosts"), "{said}");
    assert_eq!(site.names(), ["in", "in/a.jpg"]);
}

#[test]
fn a_server_that_is_away_or_does_not_know_us() {
    if !is_ready() {
        return;
    }
    let (mut site, desk) = (Site::new(), Desk::new());
    desk.write("a.jpg", b"a");
    desk.write("b.jpg", b"b");
    let address: tintype_ingest::push::Address = format!("sftp://{USER}@127.0.0.1:{}/in", site.port()).parse().unwrap();
    let with = |password: &str| Sftp::new(address.clone(), Login::Password(password.to_owned()), desk.state());
    let (outcome, _) = desk.try_pass(&mut with("wrong"));
    assert!(matches!(outcome, Err(PushError::Hopeless { .. })), "{outcome:?}");
    site.stop();
    let (outcome, events) = desk.try_pass(&mut with(PASSWORD));
    assert_eq!(outcome.unwrap(), Summary { waiting: 2, ..NOTHING });
    let failed = events.iter().filter(|event| matches!(event, Event::Failed { .. })).count();
    let waited = desk.time.waited.lock().unwrap().clone();
    assert_eq!((failed, waited.len()), (6, 5));
    assert!(waited.windows(2).all(|pair| pair[0] <= pair[1] * 2) && waited[4] > waited[0], "{waited:?}");
    site.start_at(&format!("127.0.0.1:{}", address.port));
    assert_eq!(desk.pass(&mut with(PASSWORD)).sent, 2);
}

#[test]
fn hours_and_dry_runs() {
    if !is_ready() {
        return;
    }
    let (site, mut desk) = (Site::new(), Desk::new());
    desk.write("a.jpg", b"a");
    desk.settings.windows = vec!["22:00-06:00".parse().unwrap()];
    assert_eq!(desk.pass(&mut target(&site, &desk)), Summary { waiting: 1, ..NOTHING });
    desk.settings.is_dry = true;
    assert_eq!(desk.pass(&mut target(&site, &desk)), Summary { sent: 1, ..NOTHING });
    assert!(site.names().is_empty() && desk.journal().is_empty());
    desk.settings.is_dry = false;
    desk.settings.windows.push("11:59-12:01".parse().unwrap());
    assert_eq!(desk.pass(&mut target(&site, &desk)).sent, 1);
}
