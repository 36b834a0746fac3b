//! To OpenSSH's server: an ordinary disk, where what lies under a name is what somebody put there.

use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;

use tintype_ingest::push::{Login, Sftp, Summary};
use tintype_testkit::not_run;

use crate::desk::Desk;
use crate::http::NOTHING;
use crate::site::{eventually, has, noise};

const SSHD: &str = "/usr/sbin/sshd";
const SIZE: usize = 1_000_000;
const NAME: &str = "DCIM/IMG_1.JPG";
const ONE_GONE: Summary = Summary { sent: 1, sent_bytes: SIZE as u64, deleted: 1, ..NOTHING };

struct OpenSsh {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl OpenSsh {
    /// Notes it if there is none.
    fn start() -> Option<OpenSsh> {
        if !PathBuf::from(SSHD).is_file() || !has(&["ssh-keygen", "id"]) {
            not_run("a push to OpenSSH", &format!("{SSHD} is not installed"));
            return None;
        }
        // Where it locks itself in when it is root's.
        let _ = std::fs::create_dir_all("/run/sshd");
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for key in ["host", "key"] {
            let mut make = Command::new("ssh-keygen");
            assert!(make.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(at(key)).status().unwrap().success());
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let text = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\n\
             PermitRootLogin yes\nSubsystem sftp internal-sftp\nPidFile none\n",
            at("host").display(),
            at("key.pub").display()
        );
        std::fs::write(at("config"), text).unwrap();
        std::fs::create_dir(at("in")).unwrap();
        let mut sshd = Command::new(SSHD);
        let child = sshd.arg("-D").arg("-f").arg(at("config")).stdin(Stdio::null()).stderr(Stdio::null()).spawn();
        let server = OpenSsh { child: child.unwrap(), port, folder };
        eventually("sshd listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        Some(server)
    }

    fn target(&self, desk: &Desk) -> Sftp {
        let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
        let address = format!("sftp://{}@127.0.0.1:{}{}", user.trim(), self.port, self.at("").display());
        Sftp::new(address.parse().unwrap(), Login::Key(self.folder.path().join("key")), desk.state())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join("in").join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.at("DCIM")).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Drop for OpenSsh {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn nothing_that_lies_there_is_replaced() {
    let (Some(server), mut desk) = (OpenSsh::start(), Desk::new()) else { return };
    desk.settings.deletes = true;
    std::fs::create_dir(server.at("DCIM")).unwrap();
    symlink(server.at("nowhere"), server.at(NAME)).unwrap();
    for card in [1, 2] {
        desk.change_folder(&card.to_string());
        desk.write(NAME, &noise(SIZE, card));
        let modified = std::fs::metadata(desk.at(NAME)).unwrap().mtime();
        assert_eq!(desk.pass(&mut server.target(&desk)), ONE_GONE);
        let there = server.at(&format!("DCIM/IMG_1+{card}.JPG"));
        assert_eq!(std::fs::read(&there).unwrap(), noise(SIZE, card));
        assert_eq!(std::fs::metadata(&there).unwrap().mtime(), modified);
    }
    assert_eq!(server.names(), ["IMG_1+1.JPG", "IMG_1+2.JPG", "IMG_1.JPG"]);
    assert!(!server.at("nowhere").exists(), "a link leads nowhere still");
    desk.write(NAME, &noise(SIZE, 1));
    assert_eq!(desk.pass(&mut server.target(&desk)), Summary { sent_bytes: 0, ..ONE_GONE }, "it lies there as +1");
}

#[test]
fn what_broke_off_goes_on() {
    let (Some(server), mut desk) = (OpenSsh::start(), Desk::new()) else { return };
    desk.settings.deletes = true;
    desk.write(NAME, &noise(SIZE, 1));
    desk.time.left.store(20, Ordering::SeqCst);
    assert_eq!(desk.pass(&mut server.target(&desk)), Summary { waiting: 1, ..NOTHING });
    desk.time.left.store(usize::MAX, Ordering::SeqCst);
    eventually("something lies there", || server.names().len() == 1);
    assert!(server.names()[0].starts_with(".IMG_1.JPG."), "{:?}", server.names());
    let summary = desk.pass(&mut server.target(&desk));
    assert!(summary.deleted == 1 && summary.sent_bytes > 0 && summary.sent_bytes < SIZE as u64, "{summary:?}");
    assert_eq!(std::fs::read(server.at(NAME)).unwrap(), noise(SIZE, 1));
    assert_eq!(server.names(), ["IMG_1.JPG"]);
}
