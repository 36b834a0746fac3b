//! Whatever a client sends after it signed in: nothing outside of its folder changes, and nothing panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tintype_ingest::sftp::drive_session;

fuzz_target!(|bytes: &[u8]| {
    let dir = tempfile::tempdir().expect("a folder");
    let zone = dir.path().join("zone");
    std::fs::create_dir(&zone).expect("a zone");
    std::fs::write(dir.path().join("secret"), "secret").expect("a secret");
    std::os::unix::fs::symlink("../secret", zone.join("link")).expect("a link");
    drive_session(&zone, bytes);
    assert_eq!(std::fs::read(dir.path().join("secret")).expect("the secret"), b"secret");
    assert_eq!(std::fs::read_dir(dir.path()).expect("the folder").count(), 2);
});
