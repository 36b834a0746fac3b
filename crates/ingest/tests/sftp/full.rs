//! No room: what does not fit never gets its name, and what was there stays.

use std::path::Path;
use std::process::Command;

use tintype_testkit::not_run;

use crate::raw::{CREATE, FAILURE, OK, Raw, TRUNCATE, WRITE};
use crate::site::{Site, has, limits, noise, text};

const MIB: usize = 1 << 20;
const NEW: u32 = WRITE | CREATE | TRUNCATE;

#[test]
fn a_quota_holds() {
    if !has(&["sftp", "ssh"]) {
        return;
    }
    let site = Site::with(limits(), Some(3 * MIB as u64));
    let (small, large) = (site.write_beside("small", &noise(MIB, 1)), site.write_beside("large", &noise(3 * MIB, 2)));
    site.sftp_ok(&format!("put {} a.jpg\n", small.display()));
    let refused = site.sftp(&format!("put {} a.jpg\n", large.display()));
    assert!(!refused.status.success(), "{}", text(&refused));
    assert_eq!(
        (site.names(), std::fs::read(site.in_zone("a.jpg")).unwrap()),
        (vec!["a.jpg".to_owned()], noise(MIB, 1))
    );
    // A length that is announced counts as well.
    let mut raw = Raw::open(&site);
    let handle = raw.open_file("b.jpg", NEW).handle();
    let length = [&handle[..], &1_u32.to_be_bytes(), &(1_u64 << 40).to_be_bytes()].concat();
    let answer = raw.ask(10, &length);
    assert_eq!((answer.code(), answer.message().contains("quota")), (FAILURE, true));
    drop(raw);
    // What the pipeline or the client takes away makes room.
    site.sftp_ok(&format!(
        "put {} b.jpg\nput {} c.jpg\nrm a.jpg\nput {} d.jpg\n",
        small.display(),
        small.display(),
        small.display()
    ));
    assert!(!site.sftp(&format!("put {} e.jpg\n", small.display())).status.success());
    std::fs::remove_file(site.in_zone("b.jpg")).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    site.sftp_ok(&format!("put {} e.jpg\ndf -h\n", small.display()));
    assert_eq!(site.names(), ["c.jpg", "d.jpg", "e.jpg"]);
}

/// A small disk.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    fn mount(path: &'a Path) -> Option<Disk<'a>> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(path).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Disk(path))
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_leaves_nothing_half_written() {
    if !has(&["sftp", "ssh"]) {
        return;
    }
    let mut site = Site::new();
    let zone = site.zone.clone();
    let Some(_disk) = Disk::mount(&zone) else {
        not_run("the SFTP server on a full disk", "only root may mount one");
        return;
    };
    let (small, large) = (site.write_beside("small", &noise(MIB, 1)), site.write_beside("large", &noise(3 * MIB, 2)));
    site.sftp_ok(&format!("put {} a.jpg\n", small.display()));
    let mut raw = Raw::open(&site);
    let handle = raw.open_file("a.jpg", NEW).handle();
    let bytes = noise(128 * 1024, 3);
    let answers: Vec<_> = (0..16).map(|index| raw.write(&handle, index * bytes.len() as u64, &bytes)).collect();
    let first = answers.iter().find(|answer| answer.code() != OK).expect("it does not fit");
    assert_eq!((first.code(), first.message().contains("no space left")), (FAILURE, true));
    assert_eq!(raw.close(&handle).code(), FAILURE);
    assert!(!site.sftp(&format!("put {} a.jpg\n", large.display())).status.success());
    assert_eq!(
        (site.names(), std::fs::read(site.in_zone("a.jpg")).unwrap()),
        (vec!["a.jpg".to_owned()], noise(MIB, 1))
    );
    drop(raw);
    site.stop();
}
