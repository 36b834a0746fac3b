//! What a file is while it is written, and when it becomes one for everybody else.

use std::os::unix::fs::MetadataExt as _;

use crate::raw::{
    APPEND, CREATE, DENIED, EXCLUSIVE, FAILURE, MISSING, OK, READ, Raw, TRUNCATE, UNSUPPORTED, WRITE, text,
};
use crate::site::{Site, has, noise};

const NEW: u32 = WRITE | CREATE | TRUNCATE;

#[test]
fn a_file_has_its_name_when_it_is_closed() {
    if !has(&["ssh"]) {
        return;
    }
    let site = Site::new();
    std::fs::write(site.in_zone("a.jpg"), "the old one").unwrap();
    let mut raw = Raw::open(&site);
    let handle = raw.open_file("a.jpg", NEW).handle();
    assert_eq!(raw.write(&handle, 0, b"the new one, longer").code(), OK);
    assert_eq!(std::fs::read(site.in_zone("a.jpg")).unwrap(), b"the old one");
    // Times that are set while it is open hold after it is closed.
    let times = [&handle[..], &8_u32.to_be_bytes(), &7_u32.to_be_bytes(), &1_500_000_000_u32.to_be_bytes()].concat();
    assert_eq!(raw.ask(10, &times).code(), OK);
    assert_eq!(raw.write(&handle, 3, b" ").code(), OK);
    assert_eq!(raw.ask(8, &handle).size(), 19);
    assert_eq!(raw.close(&handle).code(), OK);
    assert_eq!(std::fs::read(site.in_zone("a.jpg")).unwrap(), b"the new one, longer");
    assert_eq!(std::fs::metadata(site.in_zone("a.jpg")).unwrap().mtime(), 1_500_000_000);
    // Nothing goes because something else has its name.
    assert_eq!(std::fs::read(site.in_zone("a+1.jpg")).unwrap(), b"the old one");
    assert_eq!((raw.close(&handle).code(), site.names()), (FAILURE, vec!["a+1.jpg".to_owned(), "a.jpg".to_owned()]));
}

#[test]
fn parts_come_in_any_order_and_none_may_be_missing() {
    if !has(&["ssh"]) {
        return;
    }
    let site = Site::new();
    let mut raw = Raw::open(&site);
    let bytes = noise(64 * 1024, 3);
    let handle = raw.open_file("a.jpg", NEW).handle();
    for part in [3, 0, 2, 1, 2] {
        let at = part * 16 * 1024;
        assert_eq!(raw.write(&handle, at as u64, &bytes[at..at + 16 * 1024]).code(), OK);
    }
    assert_eq!(raw.close(&handle).code(), OK);
    assert_eq!(std::fs::read(site.in_zone("a.jpg")).unwrap(), bytes);

    let handle = raw.open_file("b.jpg", NEW).handle();
    assert_eq!(raw.write(&handle, 0, &bytes[..9_000]).code(), OK);
    assert_eq!(raw.write(&handle, 20_000, &bytes[20_000..]).code(), OK);
    let closed = raw.close(&handle);
    assert_eq!((closed.code(), closed.message().contains("never written")), (FAILURE, true));
    assert_eq!(
        (raw.stat("b.jpg").size(), site.in_zone("b.jpg").exists()),
        (9_000, false),
        "what is whole can be continued"
    );

    let handle = raw.open_file("c.jpg", NEW).handle();
    assert_eq!(raw.write(&handle, u64::MAX - 2, b"overflow").code(), FAILURE);
    assert_eq!(raw.close(&handle).code(), FAILURE);
    assert_eq!(raw.stat("c.jpg").code(), MISSING);
}

#[test]
fn ways_of_opening() {
    if !has(&["ssh"]) {
        return;
    }
    let site = Site::new();
    std::fs::write(site.in_zone("there"), "12345").unwrap();
    let mut raw = Raw::open(&site);
    for (path, flags, code) in [
        ("missing", READ, MISSING),
        ("missing", WRITE, MISSING),
        ("missing/a", NEW, MISSING),
        ("there", NEW | EXCLUSIVE, FAILURE),
        ("/", NEW, FAILURE),
        ("/", READ, FAILURE),
        ("there/a", NEW, MISSING),
    ] {
        assert_eq!(raw.open_file(path, flags).code(), code, "{path} {flags}");
    }
    // Opened to be continued, and nothing was changed: as if nothing had been.
    let before = std::fs::metadata(site.in_zone("there")).unwrap();
    let handle = raw.open_file("there", WRITE).handle();
    assert!(!site.in_zone("there").exists(), "a file that is being written is not for the scan");
    assert_eq!(raw.close(&handle).code(), OK);
    let after = std::fs::metadata(site.in_zone("there")).unwrap();
    assert_eq!((after.ino(), after.mtime_nsec()), (before.ino(), before.mtime_nsec()));

    let handle = raw.open_file("there", WRITE | APPEND).handle();
    assert_eq!(raw.write(&handle, 0, b"67").code(), OK, "wherever it says, it is appended");
    assert_eq!(raw.close(&handle).code(), OK);
    assert_eq!(std::fs::read(site.in_zone("there")).unwrap(), b"1234567");

    let handle = raw.open_file("there", READ).handle();
    assert_eq!(raw.write(&handle, 0, b"x").code(), DENIED);
    assert_eq!(raw.ask(5, &[&handle[..], &2_u64.to_be_bytes(), &99_u32.to_be_bytes()].concat()).1[4..], *b"34567");
    assert_eq!(raw.ask(200, &text("copy-data")).code(), UNSUPPORTED);
}

#[test]
fn renames() {
    if !has(&["ssh"]) {
        return;
    }
    let site = Site::new();
    for name in ["a", "b", "c"] {
        std::fs::write(site.in_zone(name), name).unwrap();
    }
    let mut raw = Raw::open(&site);
    let two = |from: &str, to: &str| [text(from), text(to)].concat();
    assert_eq!(raw.ask(18, &two("a", "b")).code(), FAILURE, "the protocol's own rename replaces nothing");
    assert_eq!(raw.ask(18, &two("missing", "d")).code(), MISSING);
    assert_eq!(raw.ask(18, &two("a", "/../d")).code(), OK);
    assert_eq!(raw.ask(200, &[text("posix-rename@openssh.com"), two("b", "c")].concat()).code(), OK);
    assert_eq!(raw.ask(18, &two("/", "e")).code(), DENIED);
    assert_eq!(
        (site.names(), std::fs::read(site.in_zone("c")).unwrap()),
        (vec!["c".to_owned(), "d".to_owned()], b"b".to_vec())
    );
    // What is unfinished keeps being unfinished under its new name.
    let handle = raw.open_file("half", NEW).handle();
    raw.write(&handle, 0, b"12");
    raw.cut();
    crate::site::eventually("the session ends", || Raw::open(&site).stat("half").0 == 105);
    let mut raw = Raw::open(&site);
    assert_eq!(raw.ask(18, &two("half", "c")).code(), FAILURE);
    assert_eq!(raw.ask(18, &two("half", "whole")).code(), OK);
    assert_eq!((raw.stat("whole").size(), site.in_zone("whole").exists()), (2, false));
}

#[test]
fn the_pipelines_folders() {
    if !has(&["ssh"]) {
        return;
    }
    let site = Site::new();
    std::fs::create_dir_all(site.in_zone("undone/2026")).unwrap();
    std::fs::create_dir(site.in_zone(".tintype-work")).unwrap();
    for name in ["undone/2026/a.jpg", ".tintype-work/x", "b.jpg"] {
        std::fs::write(site.in_zone(name), "x").unwrap();
    }
    let mut raw = Raw::open(&site);
    for (path, flags) in
        [("undone/new", NEW), ("undone/2026/a.jpg", WRITE), (".tintype-work/x", READ), (".tintype-q", NEW)]
    {
        assert_eq!(raw.open_file(path, flags).code(), DENIED, "{path}");
    }
    assert_eq!(raw.ask(14, &[text("undone/folder"), vec![0; 4]].concat()).code(), DENIED);
    assert_eq!(raw.ask(18, &[text("b.jpg"), text("undone/b.jpg")].concat()).code(), DENIED);
    assert_eq!(raw.ask(18, &[text("b.jpg"), text(".tintype-b")].concat()).code(), DENIED);
    assert_eq!(raw.stat(".tintype-work").code(), DENIED);
    assert!(!site.sftp_ok("ls -la\n").contains("tintype-work"));
    site.sftp_ok("get undone/2026/a.jpg /dev/null\nrm undone/2026/a.jpg\nrmdir undone/2026\n");
    assert_eq!(site.names(), [".tintype-work", ".tintype-work/x", "b.jpg", "undone"]);
}
