//! What the benches of landing zones share: clients of SFTP, and a node that they send to.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tintype_testkit::{Api, Node, program};

/// OpenSSH's client, and a key of its own.
pub struct Clients {
    sftp: PathBuf,
    /// Where the key lies, and what else the bench needs.
    pub folder: tempfile::TempDir,
}

impl Clients {
    /// `None` where OpenSSH's client is not installed.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn new() -> Result<Option<Self>> {
        let (Some(sftp), Some(keygen)) = (program("sftp"), program("ssh-keygen")) else { return Ok(None) };
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(keygen);
        command.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(folder.path().join("key"));
        finish(&mut command)?;
        Ok(Some(Self { sftp, folder }))
    }

    /// The line of an `authorized_keys` file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn public_key(&self) -> Result<String> {
        Ok(fs::read_to_string(self.folder.path().join("key.pub"))?.trim().to_owned())
    }

    /// How long `sftp` takes for a batch of commands.
    ///
    /// # Errors
    /// When one of them fails.
    pub fn run(&self, more: &[&str], batch: &str) -> Result<Duration> {
        let file = self.folder.path().join("batch");
        fs::write(&file, batch)?;
        let mut command = Command::new(&self.sftp);
        command.args(["-q", "-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]);
        command.arg("-i").arg(self.folder.path().join("key")).arg("-b").arg(file).args(more);
        let begin = Instant::now();
        finish(&mut command)?;
        Ok(begin.elapsed())
    }
}

/// Runs a program to its end.
///
/// # Errors
/// When it cannot be started or fails, with all that it said.
pub fn finish(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().context("a program does not start")?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    ensure!(output.status.success(), "{command:?} failed:\n{}{}", text(&output.stdout), text(&output.stderr));
    Ok(())
}

/// A node with one zone that is an SFTP account's folder, and the port of that.
///
/// # Errors
/// When it does not start.
pub fn node_with_zone(clients: &Clients, recipe: &str) -> Result<(Node, Api, String)> {
    let mut node = Node::start()?;
    node.api().sign_up()?;
    let key = clients.public_key()?;
    let text = format!(
        "[[landing.zone]]\nname = 'phone'\nfolder = 'dropped'\nrecipe = '{recipe}'\nsettle_seconds = 1\n\
         [landing.sftp]\nlisten = '127.0.0.1:0'\nusers = false\n\
         [[landing.sftp.account]]\nname = 'phone'\nzone = 'phone'\nkeys = ['{key}']\n"
    );
    fs::write(node.data_dir().join("tintype.toml"), text)?;
    node.restart()?;
    let log = node.log();
    let line = log.lines().rfind(|line| line.starts_with("SFTP is listening on ")).context("SFTP is off")?;
    let port = line.split([':', ' ']).nth(5).context("no port")?.to_owned();
    let admin = node.api().log_in()?;
    Ok((node, admin, port))
}
