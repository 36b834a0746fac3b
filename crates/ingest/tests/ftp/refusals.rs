//! What is not let in, and not let out.

use std::os::unix::fs::symlink;

use tintype_ingest::ftp::{Certificate, Server, StartError};

use crate::site::{PASSWORD, Site, USER, certificate, has, noise, reception, settings, text};

#[test]
fn nothing_goes_in_the_clear_unless_that_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let start = |certificate, allows| Server::start(&settings(certificate, allows), reception(folder.path(), None));
    assert!(matches!(start(None, false), Err(StartError::InTheClear)));
    let nowhere = Certificate { chain: folder.path().join("no.pem"), key: folder.path().join("no.pem") };
    assert!(matches!(start(Some(nowhere), false), Err(StartError::Certificate(_))));
    if !has(&["curl", "openssl"]) {
        return;
    }
    assert!(start(Some(certificate(folder.path())), true).is_ok(), "both at once");
    let site = Site::with_tls();
    let mut plain = std::process::Command::new("curl");
    plain.args(["-sSv", "--user", &format!("{USER}:{PASSWORD}"), &site.url("")]);
    let said = text(&plain.output().unwrap());
    assert!(!said.contains("230") && !said.contains("PASS"), "the password was not even asked for: {said}");
    // Nor files, when only the commands are protected.
    let mut half = std::process::Command::new("curl");
    half.args(["-sSv", "--user", &format!("{USER}:{PASSWORD}"), "--ftp-ssl-control", "--disable-epsv", "--cacert"]);
    let half = half.arg(site.beside("cert.pem")).arg(site.url("")).output().unwrap();
    assert!(!half.status.success() && text(&half).contains("230 "), "signed in, and no further: {}", text(&half));
}

#[test]
fn nothing_leads_out_of_the_folder() {
    if !has(&["curl"]) {
        return;
    }
    let site = Site::plain();
    site.write_beside("secret", b"secret");
    symlink("../secret", site.zone.join("link")).unwrap();
    symlink("..", site.zone.join("up")).unwrap();
    std::fs::create_dir(site.zone.join("undone")).unwrap();
    for path in ["%2e%2e/secret", "//../secret", "link", "up/secret", "%2Fetc%2Fpasswd"] {
        let output = site.curl().args(["--path-as-is", &site.url(path)]).output().unwrap();
        assert!(!output.status.success(), "{path}: {}", text(&output));
    }
    for command in [
        "CWD up",
        "CWD undone/../../up",
        "DELE ../secret",
        "RNFR ../secret",
        "MKD .tintype-work",
        "MKD undone/x",
        "RMD /",
        "SITE CHMOD 777 link",
    ] {
        site.refused(command);
    }
    let photo = site.write_beside("photo.jpg", b"x");
    for path in ["link", "up/photo.jpg", "undone/photo.jpg", ".tintype-part-x"] {
        let output = site.curl().arg("-T").arg(&photo).arg(site.url(path)).output().unwrap();
        assert!(!output.status.success(), "{path}: {}", text(&output));
    }
    assert_eq!(std::fs::read(site.beside("secret")).unwrap(), b"secret");
    assert_eq!(site.names(), ["link", "undone", "up"]);
}

#[test]
fn guessing_is_slowed_down_and_sessions_are_one_persons() {
    if !has(&["curl"]) {
        return;
    }
    let site = Site::plain();
    let log_in = |user: &str, password: &str| {
        let mut curl = std::process::Command::new("curl");
        curl.args(["-sS", "--user", &format!("{user}:{password}"), &site.url("")]).output().unwrap().status.success()
    };
    assert!(log_in(USER, PASSWORD) && !log_in("anonymous", "a@b") && !log_in(USER, ""));
    for _ in 0..10 {
        assert!(!log_in(USER, "wrong"));
    }
    assert!(!log_in(USER, PASSWORD), "the address has to wait");
}

#[test]
fn a_full_account_is_told_so() {
    if !has(&["curl"]) {
        return;
    }
    let site = Site::with(false, Some(1_000_000));
    let photo = site.write_beside("photo.jpg", &noise(700_000));
    site.upload(&photo, "a.jpg");
    let output = site.curl().args(["-v", "-T"]).arg(&photo).arg(site.url("b.jpg")).output().unwrap();
    assert!(!output.status.success() && text(&output).contains("552"), "{}", text(&output));
    assert_eq!(site.names(), ["a.jpg"]);
    // What fits comes in.
    let small = site.write_beside("small.jpg", &noise(1_000));
    site.upload(&small, "b.jpg");
}
