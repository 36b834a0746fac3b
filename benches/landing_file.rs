//! How fast one large file comes in by SFTP, beside OpenSSH's own server on the same machine.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tintype_benches::landing::{Clients, finish, node_with_zone};
use tintype_benches::{Figure, Report, Target};

/// Runs that are measured, each of both servers.
const SAMPLES: usize = 3;
/// The file, in bytes.
const LARGE_BYTES: usize = 1 << 30;
const POLL: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    Report::run("landing-file", |report| match Clients::new()? {
        Some(clients) => one_file(report, &clients),
        None => {
            report.not_run("sftp and ssh-keygen are not installed");
            Ok(())
        }
    })
}

fn one_file(report: &mut Report, clients: &Clients) -> Result<()> {
    let large = clients.folder.path().join("large.bin");
    let mut file = File::create(&large)?;
    let piece: Vec<u8> = (0..1_u32 << 20).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for _ in 0..LARGE_BYTES >> 20 {
        file.write_all(&piece)?;
    }
    drop(file);
    let rate = |took: Duration| LARGE_BYTES as f64 / 1e6 / took.as_secs_f64();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for number in 0..SAMPLES {
        let (node, _, port) = node_with_zone(clients, "none")?;
        // Hidden names are left alone by the zone.
        let batch = format!("put {} /.large{number}\n", large.display());
        ours.push(rate(clients.run(&["-P", &port, "phone@127.0.0.1"], &batch)?));
        drop(node);
        if let Some(server) = OpenSsh::start(clients)? {
            let target = server.folder.path().join("large");
            let batch = format!("put {} {}\n", large.display(), target.display());
            theirs.push(rate(clients.run(&["-P", &server.port.to_string(), "127.0.0.1"], &batch)?));
        }
    }
    report.figure(Figure::new("one file of 1 GiB by SFTP", "MB/s", ours.clone()));
    if theirs.is_empty() {
        report.say("sshd is not installed: there is nothing to compare with");
        return Ok(());
    }
    let median = |samples: &mut Vec<f64>| {
        samples.sort_by(f64::total_cmp);
        samples[samples.len() / 2]
    };
    report.figure(Figure::new("the same into OpenSSH's internal-sftp", "MB/s", theirs.clone()));
    let share = 100.0 * median(&mut ours) / median(&mut theirs);
    report.figure(Figure::new("ours of that", "%", vec![share]).target(Target::AtLeast(60.0)));
    Ok(())
}

/// The reference server, with a key of its own.
struct OpenSsh {
    child: std::process::Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl OpenSsh {
    fn start(clients: &Clients) -> Result<Option<Self>> {
        let sshd = Path::new("/usr/sbin/sshd");
        if !sshd.is_file() {
            return Ok(None);
        }
        fs::create_dir_all("/run/sshd")?;
        let folder = tempfile::tempdir()?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut keygen = Command::new("ssh-keygen");
        finish(keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(folder.path().join("host")))?;
        let (host, keys) = (folder.path().join("host"), clients.folder.path().join("key.pub"));
        let text = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\n\
             PermitRootLogin yes\nSubsystem sftp internal-sftp\nPidFile none\n",
            host.display(),
            keys.display()
        );
        let config = folder.path().join("sshd_config");
        fs::write(&config, text)?;
        let mut command = Command::new(sshd);
        let child = command.arg("-D").arg("-f").arg(&config).stdin(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let begin = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            ensure!(begin.elapsed() < Duration::from_secs(10), "sshd does not listen");
            thread::sleep(POLL);
        }
        Ok(Some(Self { child, port, folder }))
    }
}

impl Drop for OpenSsh {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
