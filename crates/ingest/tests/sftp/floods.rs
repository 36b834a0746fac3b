//! Those who do not say who they are, or say it wrong.

use std::io::{ErrorKind, Read as _};
use std::net::TcpStream;
use std::time::Duration;

use tintype_ingest::sftp::Limits;

use crate::raw::Raw;
use crate::site::{PASSWORD, Site, has, limits};

/// Longer than any machine lets an end wait that comes.
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn strangers_are_few_and_do_not_stay() {
    if !has(&["sftp"]) {
        return;
    }
    let login_time = Duration::from_secs(4);
    let site = Site::with(Limits { strangers: 20, strangers_per_address: 8, login_time, ..limits() }, None);
    let address = site.server.as_ref().unwrap().local_addr();
    let mut sockets: Vec<TcpStream> = (0..60).map(|_| TcpStream::connect(address).unwrap()).collect();
    let greeted = |socket: &mut TcpStream| {
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.read(&mut [0; 200]).is_ok_and(|count| count > 0)
    };
    assert_eq!(sockets.iter_mut().map(greeted).filter(|greeted| *greeted).count(), 8);
    for socket in &mut sockets {
        let mut rest = Vec::new();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let end = socket.read_to_end(&mut rest).map_err(|error| error.kind());
        assert!(!matches!(end, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "they are sent away");
    }
    site.sftp_ok("pwd\n");
}

#[test]
fn whoever_signed_in_is_not_sent_away() {
    if !has(&["ssh"]) {
        return;
    }
    let site = Site::with(Limits { login_time: Duration::from_secs(3), ..limits() }, None);
    let mut raw = Raw::open(&site);
    std::thread::sleep(Duration::from_secs(4));
    assert_eq!(raw.stat("/").0, 105);
}

#[test]
fn sessions_of_an_account_are_bounded() {
    if !has(&["ssh"]) {
        return;
    }
    let site = Site::with(Limits { sessions_per_account: 3, ..limits() }, None);
    let mut open: Vec<Raw> = (0..3).map(|_| Raw::open(&site)).collect();
    assert!(Raw::silent(&site).packet().is_none(), "the fourth is refused");
    drop(open.pop());
    crate::site::eventually("a place is free", || {
        let mut raw = Raw::silent(&site);
        raw.send_packet(b"\x01\0\0\0\x03");
        raw.packet().is_some()
    });
}

#[test]
fn guessing_passwords_gets_slow_and_keys_still_open() {
    if !has(&["sftp", "sshpass"]) {
        return;
    }
    let site = Site::new();
    for guess in 0..10 {
        assert!(!site.log_in(&format!("guess {guess}")));
    }
    assert!(!site.log_in(PASSWORD), "even the right one has to wait");
    site.sftp_ok("pwd\n");
}

#[test]
fn silence_ends_a_connection() {
    if !has(&["ssh"]) {
        return;
    }
    let site = Site::with(Limits { idle_time: Duration::from_secs(3), ..limits() }, None);
    let mut raw = Raw::open(&site);
    assert!(raw.packet().is_none());
}
