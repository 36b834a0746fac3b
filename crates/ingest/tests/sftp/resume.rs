//! Connections that break, and clients that go on where they were.

use std::process::Command;

use tintype_testkit::picture;

use crate::raw::{CREATE, FAILURE, MISSING, OK, Raw, TRUNCATE, WRITE, text};
use crate::site::{Site, USER, eventually, has, noise, text as said};

const NEW: u32 = WRITE | CREATE | TRUNCATE;
const SIZE: usize = 300_000;
const SENT: usize = 120_000;

/// Sends the beginning of a file, and leaves.
fn leave_in_the_middle(site: &Site, name: &str, bytes: &[u8]) {
    let mut raw = Raw::open(site);
    let handle = raw.open_file(name, NEW).handle();
    for (index, part) in bytes[..SENT].chunks(30_000).enumerate() {
        assert_eq!(raw.write(&handle, index as u64 * 30_000, part).code(), OK);
    }
    // A part that came out of order is not what a client may go on behind.
    assert_eq!(raw.write(&handle, 200_000, &bytes[200_000..]).code(), OK);
    raw.cut();
    let mut raw = Raw::open(site);
    eventually("the upload is set aside", || {
        let seen = raw.stat(name);
        seen.0 == 105 && seen.size() == SENT as u64
    });
    assert!(!site.in_zone(name).exists());
}

#[test]
fn openssh_goes_on() {
    if !has(&["sftp", "ssh"]) {
        return;
    }
    let site = Site::new();
    let bytes = noise(SIZE, 5);
    let photo = site.write_beside("photo.jpg", &bytes);
    for command in ["put -a", "reput"] {
        leave_in_the_middle(&site, "a.jpg", &bytes);
        assert!(site.sftp_ok("ls -l\n").contains("a.jpg"), "it is seen where it will be");
        site.sftp_ok(&format!("{command} {} a.jpg\n", photo.display()));
        assert_eq!(std::fs::read(site.in_zone("a.jpg")).unwrap(), bytes);
        assert_eq!(site.names(), ["a.jpg"]);
        site.sftp_ok("rm a.jpg\n");
    }
}

#[test]
fn lftp_goes_on() {
    if !has(&["lftp", "ssh"]) {
        return;
    }
    let site = Site::new();
    let bytes = noise(SIZE, 6);
    let photo = site.write_beside("a.jpg", &bytes);
    leave_in_the_middle(&site, "a.jpg", &bytes);
    let ssh = format!("ssh -a -x {} -i {}", site.ssh_options().join(" "), site.key().display());
    let commands = format!(
        "set sftp:connect-program \"{ssh}\"; set cmd:fail-exit true; open -p {} sftp://{USER}:@127.0.0.1; put -c {}; bye",
        site.port(),
        photo.display()
    );
    let output = Command::new("lftp").args(["--norc", "-c", &commands]).env("HOME", site.beside("")).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!((std::fs::read(site.in_zone("a.jpg")).unwrap(), site.names()), (bytes, vec!["a.jpg".to_owned()]));
}

#[test]
fn an_upload_outlasts_the_server_and_can_be_removed() {
    if !has(&["ssh", "sftp"]) {
        return;
    }
    let mut site = Site::new();
    let bytes = noise(SIZE, 7);
    let mut raw = Raw::open(&site);
    let handle = raw.open_file("a.jpg", NEW).handle();
    assert_eq!(raw.write(&handle, 0, &bytes[..SENT]).code(), OK);
    let fingerprint = site.server.as_ref().unwrap().fingerprint().to_owned();
    site.stop();
    assert!(raw.packet().is_none(), "the connection is cut");
    assert_eq!(site.names(), [".tintype-part-a.jpg"]);
    site.start();
    assert_eq!(site.server.as_ref().unwrap().fingerprint(), fingerprint);
    let photo = site.write_beside("photo.jpg", &bytes);
    site.sftp_ok(&format!("reput {} a.jpg\n", photo.display()));
    assert_eq!(std::fs::read(site.in_zone("a.jpg")).unwrap(), bytes);

    leave_in_the_middle(&site, "b.jpg", &bytes);
    site.sftp_ok("rm b.jpg\n");
    assert_eq!(site.names(), ["a.jpg"]);
}

#[test]
fn whoever_comes_last_has_the_file() {
    if !has(&["ssh"]) {
        return;
    }
    let site = Site::new();
    let (mut first, mut second) = (Raw::open(&site), Raw::open(&site));
    let one = first.open_file("a.jpg", NEW).handle();
    assert_eq!(first.write(&one, 0, b"first").code(), OK);
    // The server does not know yet that the first one is gone.
    let two = second.open_file("a.jpg", WRITE | CREATE).handle();
    assert_eq!(first.write(&one, 5, b"first").code(), FAILURE);
    assert_eq!(second.write(&two, 5, b" second").code(), OK);
    assert_eq!(first.close(&one).code(), FAILURE);
    assert_eq!(second.close(&two).code(), OK);
    assert_eq!(std::fs::read(site.in_zone("a.jpg")).unwrap(), b"first second");

    let one = first.open_file("a.jpg", NEW).handle();
    assert_eq!(first.write(&one, 0, b"first").code(), OK);
    assert_eq!(second.ask(13, &text("a.jpg")).code(), OK, "removed with what was on its way");
    assert_eq!((first.close(&one).code(), second.stat("a.jpg").code()), (FAILURE, MISSING));
    assert!(site.names().is_empty());
}

/// A session that opens what lies there to go on with it, and what writing there is answered.
fn go_on(site: &Site, flags: u32, offset: u64, bytes: &[u8]) -> Option<(u32, u32)> {
    let mut raw = Raw::open(site);
    let opened = raw.open_file("a.jpg", flags);
    if opened.0 != 102 {
        return None;
    }
    let handle = opened.handle();
    let written = raw.write(&handle, offset, bytes).code();
    Some((written, raw.close(&handle).code()))
}

#[test]
fn nobody_goes_on_with_a_photo_that_is_whole() {
    if !has(&["ssh", "sftp"]) {
        return;
    }
    let site = Site::new();
    let (one, other) = (picture(1, 64, 48).unwrap(), site.write_beside("other.jpg", &picture(2, 640, 480).unwrap()));
    std::fs::write(site.in_zone("a.jpg"), &one).unwrap();
    for flags in [WRITE, WRITE | CREATE] {
        for offset in [0, one.len() as u64] {
            assert_eq!(go_on(&site, flags, offset, b"another photo"), None, "{flags} {offset}");
        }
    }
    let said = site.sftp(&format!("reput {} a.jpg\n", other.display()));
    assert!(!said.status.success(), "whoever deletes theirs then has been told: {}", crate::site::text(&said));
    assert_eq!((site.names(), std::fs::read(site.in_zone("a.jpg")).unwrap()), (vec!["a.jpg".to_owned()], one.clone()));
    // Sent as a whole, both are here.
    site.sftp_ok(&format!("put {} a.jpg\n", other.display()));
    assert_eq!(std::fs::read(site.in_zone("a+1.jpg")).unwrap(), one);
}

#[test]
fn a_photo_whose_end_is_missing_is_gone_on_with() {
    if !has(&["ssh", "sftp"]) {
        return;
    }
    let site = Site::new();
    let whole = picture(1, 640, 480).unwrap();
    let (photo, cut) = (site.write_beside("photo.jpg", &whole), &whole[..whole.len() / 2]);
    // A client that was stopped by hand closes its files.
    std::fs::write(site.in_zone("a.jpg"), cut).unwrap();
    site.sftp_ok(&format!("reput {} a.jpg\n", photo.display()));
    assert_eq!(
        (site.names(), std::fs::read(site.in_zone("a.jpg")).unwrap()),
        (vec!["a.jpg".to_owned()], whole.clone())
    );
    // What it had been closed with may come again, and stays what it was.
    std::fs::write(site.in_zone("a.jpg"), cut).unwrap();
    assert_eq!(go_on(&site, WRITE | CREATE, 0, b"another photo"), Some((FAILURE, FAILURE)));
    assert_eq!((site.names(), std::fs::read(site.in_zone("a.jpg")).unwrap()), (vec!["a.jpg".to_owned()], cut.to_vec()));
    assert_eq!(go_on(&site, WRITE | CREATE, 0, &whole), Some((OK, OK)));
    assert_eq!(std::fs::read(site.in_zone("a.jpg")).unwrap(), whole);
}
