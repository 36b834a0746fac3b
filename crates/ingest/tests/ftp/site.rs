//! A server with one account over a folder of its own, and curl to talk to it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tintype_ingest::ftp::{Certificate, Server, Settings};
use tintype_ingest::sftp::{Account, Accounts, Limits, PublicKey, Reception};
use tintype_testkit::not_run;

pub(crate) const USER: &str = "anna";
pub(crate) const PASSWORD: &str = "correct horse";
/// For what takes only as long as it has to.
const LONG: Duration = Duration::from_secs(120);

struct OneAccount(Account);

impl Accounts for OneAccount {
    fn by_password(&self, name: &str, password: &str) -> Option<Account> {
        (name == USER && password == PASSWORD).then(|| self.0.clone())
    }

    fn by_key(&self, _: &str, _: &PublicKey) -> Option<Account> {
        None
    }
}

pub(crate) struct Site {
    pub(crate) server: Server,
    pub(crate) zone: PathBuf,
    has_tls: bool,
    folder: tempfile::TempDir,
}

/// A certificate that nobody vouches for, for a machine at 127.0.0.1.
pub(crate) fn certificate(folder: &Path) -> Certificate {
    let certificate = Certificate { chain: folder.join("cert.pem"), key: folder.join("key.pem") };
    let mut make = Command::new("openssl");
    make.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]);
    make.args(["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]);
    let output = make.arg("-keyout").arg(&certificate.key).arg("-out").arg(&certificate.chain).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    certificate
}

pub(crate) fn settings(certificate: Option<Certificate>, allows_plaintext: bool) -> Settings {
    let listen = "127.0.0.1:0".parse().unwrap();
    Settings { listen, certificate, allows_plaintext, passive_ports: 40_000..=49_999 }
}

pub(crate) fn reception(zone: &Path, quota_bytes: Option<u64>) -> Arc<Reception> {
    let limits = Limits { rejection_time: Duration::from_millis(20), ..Limits::default() };
    let account = Account { name: USER.to_owned(), root: zone.to_owned(), quota_bytes };
    Reception::new(Arc::new(OneAccount(account)), limits)
}

impl Site {
    pub(crate) fn plain() -> Site {
        Site::with(false, None)
    }

    pub(crate) fn with_tls() -> Site {
        Site::with(true, None)
    }

    pub(crate) fn with(has_tls: bool, quota_bytes: Option<u64>) -> Site {
        let folder = tempfile::tempdir().unwrap();
        let zone = folder.path().join("zone");
        std::fs::create_dir(&zone).unwrap();
        let certificate = has_tls.then(|| certificate(folder.path()));
        let server = Server::start(&settings(certificate, !has_tls), reception(&zone, quota_bytes)).unwrap();
        Site { server, zone, has_tls, folder }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("ftp://{}/{path}", self.server.local_addr())
    }

    /// A file beside the zone, for clients.
    pub(crate) fn write_beside(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// curl, signed in, and with TLS where the server has it.
    pub(crate) fn curl(&self) -> Command {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--user", &format!("{USER}:{PASSWORD}"), "--max-time", "60"]);
        if self.has_tls {
            curl.arg("--ssl-reqd").arg("--cacert").arg(self.beside("cert.pem"));
        }
        curl
    }

    #[track_caller]
    pub(crate) fn curl_ok(&self, arguments: &[&str]) -> String {
        let output = self.curl().args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        text(&output)
    }

    /// A command that is refused; what the server says.
    #[track_caller]
    pub(crate) fn refused(&self, command: &str) -> String {
        let output = self.curl().args(["-v", "--quote", command, &self.url("")]).output().unwrap();
        assert!(!output.status.success(), "{command} was carried out");
        text(&output)
    }

    #[track_caller]
    pub(crate) fn upload(&self, file: &Path, path: &str) {
        self.curl_ok(&["--ftp-create-dirs", "-T", file.to_str().unwrap(), &self.url(path)]);
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.zone).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.zone.join(name)).unwrap()
    }
}

pub(crate) fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Whether the programs are there; notes it if not.
pub(crate) fn has(programs: &[&str]) -> bool {
    let missing = programs.iter().find(|program| tintype_testkit::program(program).is_none());
    if let Some(program) = missing {
        not_run("the FTP server", &format!("{program} is not installed"));
    }
    missing.is_none()
}

#[track_caller]
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < LONG, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Bytes that do not repeat soon.
pub(crate) fn noise(length: u32) -> Vec<u8> {
    (0..length).map(|number| (number.wrapping_mul(2_654_435_761) >> 21) as u8).collect()
}
