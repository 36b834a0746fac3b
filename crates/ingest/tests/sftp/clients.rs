//! What people use: OpenSSH's sftp and scp, lftp, rclone; and rsync, which has to be told.

use std::os::unix::fs::{MetadataExt as _, symlink};
use std::process::Command;

use crate::site::{PASSWORD, Site, USER, has, noise, text};

/// Some name that devices make, with everything that shells and protocols stumble over.
const AWKWARD: &str = "IMG 1 (copy) 'x' \"y\" ä€😀 #%&.jpg";

#[test]
fn openssh_does_all_it_can() {
    if !has(&["sftp", "ssh-keygen"]) {
        return;
    }
    let site = Site::new();
    let photo = site.write_beside("photo.jpg", &noise(700_000, 1));
    let old = Command::new("touch").args(["-d", "2019-05-04T03:02:01Z"]).arg(&photo).status().unwrap();
    assert!(old.success());
    let back = site.beside("back.jpg");
    let said = site.sftp_ok(&format!(
        "mkdir 2019\ncd 2019\nput -p {photo} a.jpg\nput -f {photo} b.jpg\nls -la\nchmod 600 b.jpg\nrename b.jpg c.jpg\nget a.jpg {back}\n\
         df\nrm c.jpg\nmkdir x\nrmdir x\npwd\nls -1 /2019\n",
        photo = photo.display(),
        back = back.display()
    ));
    assert!(said.contains("Remote working directory: /2019") && said.contains("a.jpg"), "{said}");
    assert_eq!(site.names(), ["2019", "2019/a.jpg"]);
    assert_eq!(std::fs::read(&back).unwrap(), std::fs::read(site.in_zone("2019/a.jpg")).unwrap());
    assert_eq!(std::fs::read(&back).unwrap(), noise(700_000, 1));
    assert_eq!(std::fs::metadata(site.in_zone("2019/a.jpg")).unwrap().mtime(), 1_556_938_921);
    let refused = site.sftp("ln -s a.jpg /2019/link\n");
    assert!(!refused.status.success(), "{}", text(&refused));
    assert!(!site.sftp("ln /2019/a.jpg /2019/link\n").status.success());
    assert!(!site.sftp("get missing.jpg\n").status.success());
    assert_eq!(site.names(), ["2019", "2019/a.jpg"]);
}

#[test]
fn passwords_and_awkward_names() {
    if !has(&["sftp", "sshpass"]) {
        return;
    }
    let site = Site::new();
    assert!(site.log_in(PASSWORD) && !site.log_in("wrong"));
    let photo = site.write_beside(AWKWARD, b"awkward");
    let quoted = |name: &str| format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
    site.sftp_ok(&format!("put {} {}\n", quoted(photo.to_str().unwrap()), quoted(AWKWARD)));
    assert_eq!(site.names(), [AWKWARD]);
}

#[test]
fn scp_and_folders() {
    if !has(&["scp"]) {
        return;
    }
    let site = Site::new();
    for name in ["tree/a/1.jpg", "tree/a/b/2.jpg", "tree/3.jpg"] {
        site.write_beside(name, name.as_bytes());
    }
    let mut scp = Command::new("scp");
    scp.args(["-r", "-p", "-s"]).args(site.ssh_options()).arg("-i").arg(site.key()).args(["-P", &site.port()]);
    let output = scp.arg(site.beside("tree")).arg(format!("{USER}@127.0.0.1:/")).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(site.names(), ["tree", "tree/3.jpg", "tree/a", "tree/a/1.jpg", "tree/a/b", "tree/a/b/2.jpg"]);
}

#[test]
fn lftp_mirrors() {
    if !has(&["lftp"]) {
        return;
    }
    let site = Site::new();
    for index in 0..30 {
        site.write_beside(&format!("tree/{}/{index}.jpg", index % 3), &noise(10_000 + index, index as u64));
    }
    symlink(site.beside("tree"), site.beside("tree/0/link")).unwrap();
    let ssh = format!("ssh -a -x {} -i {}", site.ssh_options().join(" "), site.key().display());
    let mirror = |site: &Site| {
        let commands = format!(
            "set sftp:connect-program \"{ssh}\"; set cmd:fail-exit true; open -p {} sftp://{USER}:@127.0.0.1; \
             mirror -R --parallel=3 --no-symlinks {} tree; cls -l tree/1; bye",
            site.port(),
            site.beside("tree").display()
        );
        let output =
            Command::new("lftp").args(["--norc", "-c", &commands]).env("HOME", site.beside("")).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        text(&output)
    };
    assert!(mirror(&site).contains("28.jpg"));
    for index in 0..30 {
        let sent = std::fs::read(site.in_zone(&format!("tree/{}/{index}.jpg", index % 3))).unwrap();
        assert_eq!(sent, noise(10_000 + index, index as u64), "{index}");
    }
    assert_eq!(site.names().len(), 34);
    let before = std::fs::metadata(site.in_zone("tree/1/28.jpg")).unwrap().ino();
    mirror(&site);
    assert_eq!(
        std::fs::metadata(site.in_zone("tree/1/28.jpg")).unwrap().ino(),
        before,
        "times are kept: nothing is sent twice"
    );
}

#[test]
fn rclone_syncs() {
    if !has(&["rclone"]) {
        return;
    }
    let site = Site::new();
    for index in 0..20_u64 {
        site.write_beside(&format!("tree/{index}.jpg"), &noise(300_000, index));
    }
    let rclone = |arguments: &[&str]| {
        let remote = format!(
            ":sftp,host=127.0.0.1,port={},user={USER},key_file='{}',shell_type=none,known_hosts_file='{}':tree",
            site.port(),
            site.key().display(),
            site.beside("known_hosts").display()
        );
        let mut command = Command::new("rclone");
        command.args(["--config", "/dev/null", "--retries", "1"]).args(arguments).arg(site.beside("tree")).arg(remote);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        text(&output)
    };
    site.sftp_ok("pwd\n"); // so that the host is known
    rclone(&["sync"]);
    rclone(&["check", "--download"]);
    assert_eq!(std::fs::read(site.in_zone("tree/7.jpg")).unwrap(), noise(300_000, 7));
    std::fs::remove_file(site.beside("tree/7.jpg")).unwrap();
    site.write_beside("tree/8.jpg", b"changed");
    let said = rclone(&["sync", "-v"]);
    assert!(said.contains("1 / 1, 100%") && !said.contains("9.jpg"), "times are kept, so one file was sent: {said}");
    assert_eq!(std::fs::read(site.in_zone("tree/8.jpg")).unwrap(), b"changed");
    // What had the name stays until the pipeline has taken it in.
    assert_eq!(std::fs::read(site.in_zone("tree/8+1.jpg")).unwrap(), noise(300_000, 8));
    assert_eq!(site.names().len(), 21, "{:?}", site.names());
}

#[test]
fn rsync_is_told_that_only_sftp_is_served() {
    if !has(&["rsync", "ssh"]) {
        return;
    }
    let site = Site::new();
    let photo = site.write_beside("photo.jpg", b"x");
    let ssh = format!("ssh {} -i {} -p {}", site.ssh_options().join(" "), site.key().display(), site.port());
    let output =
        Command::new("rsync").args(["-e", &ssh]).arg(photo).arg(format!("{USER}@127.0.0.1:/")).output().unwrap();
    assert!(!output.status.success() && text(&output).contains("SFTP only"), "{}", text(&output));
    assert!(site.names().is_empty());
}
