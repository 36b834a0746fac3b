//! A server with one account over a folder of its own, and the programs that talk to it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tintype_ingest::sftp::{Account, Accounts, Limits, PublicKey, Reception, Server, Settings};
use tintype_testkit::not_run;

pub(crate) const USER: &str = "anna";
pub(crate) const PASSWORD: &str = "correct horse";

struct OneAccount {
    account: Account,
    key: PublicKey,
}

impl Accounts for OneAccount {
    fn by_password(&self, name: &str, password: &str) -> Option<Account> {
        (name == USER && password == PASSWORD).then(|| self.account.clone())
    }

    fn by_key(&self, name: &str, key: &PublicKey) -> Option<Account> {
        (name == USER && key.key_data() == self.key.key_data()).then(|| self.account.clone())
    }
}

pub(crate) struct Site {
    pub(crate) server: Option<Server>,
    pub(crate) zone: PathBuf,
    limits: Limits,
    quota_bytes: Option<u64>,
    folder: tempfile::TempDir,
}

pub(crate) fn limits() -> Limits {
    Limits { rejection_time: Duration::from_millis(20), ..Limits::default() }
}

impl Site {
    pub(crate) fn new() -> Site {
        Site::with(limits(), None)
    }

    pub(crate) fn with(limits: Limits, quota_bytes: Option<u64>) -> Site {
        let folder = tempfile::tempdir().unwrap();
        let zone = folder.path().join("zone");
        std::fs::create_dir(&zone).unwrap();
        let mut make = Command::new("ssh-keygen");
        make.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(folder.path().join("key"));
        assert!(make.status().unwrap().success());
        let mut site = Site { server: None, zone, limits, quota_bytes, folder };
        site.start();
        site
    }

    /// Starts it, again on another port.
    pub(crate) fn start(&mut self) {
        self.start_at("127.0.0.1:0");
    }

    /// Starts it at an address.
    pub(crate) fn start_at(&mut self, address: &str) {
        let account = Account { name: USER.to_owned(), root: self.zone.clone(), quota_bytes: self.quota_bytes };
        let public = std::fs::read_to_string(self.folder.path().join("key.pub")).unwrap();
        let key = PublicKey::from_openssh(&public).unwrap();
        let settings =
            Settings { listen: address.parse().unwrap(), host_key_path: self.folder.path().join("host_key") };
        let reception = Reception::new(Arc::new(OneAccount { account, key }), self.limits.clone());
        self.server = Some(Server::start(&settings, reception).unwrap());
    }

    pub(crate) fn stop(&mut self) {
        self.server.take().unwrap().stop();
    }

    pub(crate) fn port(&self) -> String {
        self.server.as_ref().unwrap().local_addr().port().to_string()
    }

    /// A file beside the zone, for clients.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write_beside(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.beside(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn in_zone(&self, name: &str) -> PathBuf {
        self.zone.join(name)
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.beside("key")
    }

    /// What ssh, sftp and scp need to be told.
    pub(crate) fn ssh_options(&self) -> Vec<String> {
        let known = self.beside("known_hosts");
        let options = [
            "StrictHostKeyChecking=accept-new".to_owned(),
            format!("UserKnownHostsFile={}", known.display()),
            "GlobalKnownHostsFile=/dev/null".to_owned(),
            "IdentitiesOnly=yes".to_owned(),
            "LogLevel=ERROR".to_owned(),
        ];
        let mut arguments = vec!["-F".to_owned(), "/dev/null".to_owned()];
        arguments.extend(options.into_iter().flat_map(|option| ["-o".to_owned(), option]));
        arguments
    }

    /// OpenSSH's sftp with the key; one command a line.
    pub(crate) fn sftp(&self, commands: &str) -> Output {
        let batch = self.write_beside("batch", commands.as_bytes());
        let mut sftp = Command::new("sftp");
        sftp.args(self.ssh_options()).arg("-i").arg(self.key()).args(["-P", &self.port(), "-b"]).arg(batch);
        sftp.arg(format!("{USER}@127.0.0.1")).output().unwrap()
    }

    /// The same, and it works.
    #[track_caller]
    pub(crate) fn sftp_ok(&self, commands: &str) -> String {
        let output = self.sftp(commands);
        let text = text(&output);
        assert!(output.status.success(), "{text}");
        text
    }

    /// One login with a password. Says whether it was let in.
    pub(crate) fn log_in(&self, password: &str) -> bool {
        let batch = self.write_beside("batch-login", b"pwd\n");
        let mut sftp = Command::new("sshpass");
        sftp.args(["-p", password, "sftp", "-o", "BatchMode=no", "-o", "PubkeyAuthentication=no"]);
        sftp.args(["-o", "NumberOfPasswordPrompts=1"]).args(self.ssh_options());
        sftp.args(["-P", &self.port(), "-b"]).arg(batch).arg(format!("{USER}@127.0.0.1"));
        sftp.output().unwrap().status.success()
    }

    /// Names of everything that lies in the zone, hidden or not.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        gather(&self.zone, &self.zone, &mut names);
        names.sort();
        names
    }
}

fn gather(root: &Path, folder: &Path, names: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        names.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
        if path.symlink_metadata().unwrap().is_dir() {
            gather(root, &path, names);
        }
    }
}

/// What a program said, on both outputs.
pub(crate) fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Whether the programs are there; notes it if not.
pub(crate) fn has(programs: &[&str]) -> bool {
    for program in programs {
        let version = if *program == "sshpass" { "-V" } else { "--version" };
        // OpenSSH's programs know no version option, but start.
        if Command::new(program).arg(version).output().is_err() {
            not_run("the SFTP server", &format!("{program} is not installed"));
            return false;
        }
    }
    true
}

/// Waits until something holds.
#[track_caller]
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(120), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Bytes that repeat nowhere.
pub(crate) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut bytes: Vec<u8> =
        std::iter::repeat_with(&mut next).take(length / 8 + 1).flat_map(u64::to_le_bytes).collect();
    bytes.truncate(length);
    bytes
}
