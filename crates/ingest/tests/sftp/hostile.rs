//! Clients that want out of their folder, or the server down.

use std::os::unix::fs::symlink;

use crate::raw::{BAD, CREATE, DENIED, FAILURE, OK, READ, Raw, TRUNCATE, WRITE, text};
use crate::site::{Site, has};

const NEW: u32 = WRITE | CREATE | TRUNCATE;

#[test]
fn no_path_leads_out() {
    if !has(&["ssh"]) {
        return;
    }
    let site = Site::new();
    let secret = site.write_beside("outside/secret", b"secret");
    let absolute = secret.to_str().unwrap();
    let mut raw = Raw::open(&site);
    let up = [
        "../outside/secret",
        "/../outside/secret",
        "a/../../outside/secret",
        "./.././outside/secret",
        "..\\outside\\secret",
    ];
    for path in up.iter().copied().chain([
        absolute,
        "....//outside/secret",
        "%2e%2e/outside/secret",
        "/proc/self/root/etc/passwd",
    ]) {
        assert_ne!(raw.open_file(path, READ).0, 102, "{path}");
        assert_ne!(raw.stat(path).0, 105, "{path}");
        assert_ne!(raw.ask(11, &text(path)).0, 102, "{path}");
        let _ = raw.ask(13, &text(path));
        let _ = raw.ask(18, &[text(path), text("stolen")].concat());
        let written = raw.open_file(path, NEW);
        if written.0 == 102 {
            assert_eq!(raw.close(&written.handle()).code(), OK); // a name with backslashes is a name
        }
    }
    for path in [b"a\0b".to_vec(), vec![b'x'; 300], b"x/".repeat(3_000)] {
        assert_eq!(raw.open_file(&path, NEW).code(), FAILURE);
    }
    assert_eq!(std::fs::read(&secret).unwrap(), b"secret");
    let beside: Vec<_> = std::fs::read_dir(site.beside("outside")).unwrap().collect();
    assert_eq!((beside.len(), site.names()), (1, vec!["..\\outside\\secret".to_owned()]));
}

#[test]
fn links_are_neither_followed_nor_made() {
    if !has(&["ssh"]) {
        return;
    }
    let site = Site::new();
    let secret = site.write_beside("outside/secret", b"secret");
    symlink(site.beside("outside"), site.in_zone("folder")).unwrap();
    symlink(&secret, site.in_zone("file")).unwrap();
    symlink("nowhere", site.in_zone("dangling")).unwrap();
    std::fs::create_dir(site.in_zone("in")).unwrap();
    symlink("in", site.in_zone("inner")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(site.in_zone("pipe")).status().unwrap().success());
    let mut raw = Raw::open(&site);
    for path in ["folder/secret", "file", "dangling", "inner/x", "pipe", "folder"] {
        for flags in [READ, WRITE, NEW, WRITE | CREATE] {
            assert_ne!(raw.open_file(path, flags).0, 102, "{path} {flags}");
        }
    }
    for path in ["folder", "inner", "file"] {
        assert_ne!(raw.ask(11, &text(path)).0, 102, "{path} is not listed");
        let seen = raw.stat(path);
        let mode = u32::from_be_bytes(seen.1[12..16].try_into().unwrap());
        assert_eq!((seen.0, mode & 0o170_000), (105, 0o120_000), "{path} is a link and nothing else");
    }
    let two = |from: &str, to: &str| [text(from), text(to)].concat();
    assert_eq!(raw.ask(20, &two("/etc", "link")).code(), DENIED);
    assert_eq!(raw.ask(19, &text("folder")).code(), DENIED);
    assert_eq!(raw.ask(200, &[text("hardlink@openssh.com"), two("file", "hard")].concat()).code(), DENIED);
    assert_ne!(raw.ask(18, &two("folder/secret", "stolen")).code(), OK);
    assert_ne!(raw.ask(13, &text("folder/secret")).code(), OK);
    assert_ne!(raw.ask(14, &[text("folder/new"), vec![0; 4]].concat()).code(), OK);
    // What is set on a link is set on the link.
    let _ = raw.ask(9, &[text("file"), 8_u32.to_be_bytes().to_vec(), vec![0; 8]].concat());
    assert!(std::fs::metadata(&secret).unwrap().modified().unwrap().elapsed().unwrap().as_secs() < 3_600);
    assert_eq!(raw.ask(13, &text("file")).code(), OK, "a link can be removed");
    assert_eq!(std::fs::read(&secret).unwrap(), b"secret");
    assert_eq!(std::fs::read_dir(site.beside("outside")).unwrap().count(), 1);
}

#[test]
fn handles_run_out_and_come_back() {
    if !has(&["ssh"]) {
        return;
    }
    let site = Site::new();
    let mut raw = Raw::open(&site);
    let handles: Vec<_> =
        (0..tintype_ingest::sftp::MAX_HANDLES).map(|index| raw.open_file(format!("{index}"), NEW).handle()).collect();
    assert_eq!(raw.open_file("more", NEW).code(), FAILURE);
    assert_eq!(raw.ask(11, &text("/")).code(), FAILURE);
    assert_eq!(raw.close(&handles[5]).code(), OK);
    assert_eq!(raw.open_file("more", NEW).0, 102);
    for made_up in [&b"\0\0\0\x04\xff\xff\xff\xff"[..], b"\0\0\0\0", b"\0\0\0\x02ab"] {
        assert_eq!(raw.close(made_up).code(), FAILURE);
    }
}

#[test]
fn packets_that_are_none() {
    if !has(&["ssh"]) {
        return;
    }
    let site = Site::new();
    for bytes in [&b"\xff\xff\xff\xff"[..], b"\0\x04\0\x01\x06", b"\0\0\0\x02\x06\0", b"\0\0\0\0"] {
        let mut raw = Raw::open(&site);
        raw.send_bytes(bytes);
        raw.send_bytes(&[0; 1_000]);
        assert!(raw.packet().is_none(), "{bytes:?} ends the session");
    }
    let mut raw = Raw::open(&site);
    assert_eq!(raw.ask(3, b"\xff\xff\xff\xff").code(), BAD);
    assert_eq!(raw.ask(6, &[&b"\0\0\0\x04\0\0\0\0"[..], &[0; 8], b"\0\0\xff\xffshort"].concat()).code(), BAD);
    assert_eq!(raw.ask(99, b"").code(), 8);
    // More requests than anybody waits for, and nobody reads the answers for a while.
    std::fs::write(site.in_zone("big"), vec![7; 128 * 1024]).unwrap();
    let handle = raw.open_file("big", READ).handle();
    let read = [&handle[..], &[0; 8], &(128_u32 * 1024).to_be_bytes()].concat();
    let ids: Vec<u32> = (0..300).map(|_| raw.send(5, &read)).collect();
    for id in ids {
        let packet = raw.packet().expect("an answer");
        assert_eq!((packet[0], packet.len(), &packet[1..5]), (103, 9 + 128 * 1024, &id.to_be_bytes()[..]));
    }
}
