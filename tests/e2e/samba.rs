//! A landing zone that is a share of the host's Samba (docs/ingest.md): a real server, and a real client.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tintype_testkit::{Options, not_run, picture, program, sha1_hex};

use crate::scene::Scene;
use crate::stored::assets;

/// Longest that anything here may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// A server that ends with the test.
struct Samba {
    child: Child,
    port: u16,
}

impl Drop for Samba {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The share of docs/ingest.md, for guests, and everything else in a folder of its own.
fn start(smbd: &Path, folder: &Path, zone: &Path) -> Result<Samba> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let own = |name: &str| folder.join(name).display().to_string();
    for name in ["private", "lock", "state", "cache", "pid", "ncalrpc"] {
        fs::create_dir_all(folder.join(name))?;
    }
    let text = format!(
        "[global]\nserver role = standalone server\nmap to guest = Bad User\nguest account = root\ninterfaces = lo\n\
         bind interfaces only = yes\ndisable netbios = yes\nload printers = no\nprinting = bsd\nlog file = {}\n\
         private dir = {}\nlock directory = {}\nstate directory = {}\ncache directory = {}\npid directory = {}\n\
         ncalrpc dir = {}\n[landing]\npath = {}\nread only = no\nguest ok = yes\nforce user = root\n\
         veto files = /.tintype-work/\nstrict sync = yes\n",
        own("log"),
        own("private"),
        own("lock"),
        own("state"),
        own("cache"),
        own("pid"),
        own("ncalrpc"),
        zone.display()
    );
    let config = folder.join("smb.conf");
    fs::write(&config, text)?;
    let mut command = Command::new(smbd);
    command.args(["--foreground", "--no-process-group", "--port"]).arg(port.to_string());
    command.arg("--configfile").arg(&config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let samba = Samba { child: command.spawn().context("smbd does not start")?, port };
    until("a connection to smbd", || Ok(TcpStream::connect(("127.0.0.1", port)).is_ok()))?;
    Ok(samba)
}

fn until(what: &str, mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    let begin = Instant::now();
    while !is_so()? {
        ensure!(begin.elapsed() < PATIENCE, "{what} did not come");
        thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

#[test]
fn what_is_put_on_a_share_arrives_and_leaves_it() -> Result<()> {
    let smbd =
        program("smbd").or_else(|| Some("/usr/sbin/smbd".into()).filter(|path: &std::path::PathBuf| path.is_file()));
    let (Some(smbd), Some(smbclient)) = (smbd, program("smbclient")) else {
        not_run("the landing zone on a Samba share", "smbd and smbclient are not installed");
        return Ok(());
    };
    if !rustix::process::geteuid().is_root() {
        not_run("the landing zone on a Samba share", "smbd is started by root only");
        return Ok(());
    }
    let (folder, zone) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let samba = start(&smbd, folder.path(), zone.path())?;
    let mut scene = Scene::of(Options::default())?;
    let text = format!("[[landing.zone]]\nname = 'share'\nfolder = '{}'\nsettle_seconds = 1\n", zone.path().display());
    fs::write(scene.node.data_dir().join("tintype.toml"), text)?;
    scene.node.restart()?;
    scene.reconnect()?;
    let photos: Vec<Vec<u8>> = (0..3).map(|seed| picture(seed, 320, 200)).collect::<Result<_>>()?;
    let camera = folder.path().join("camera");
    fs::create_dir(&camera)?;
    for (number, bytes) in photos.iter().enumerate() {
        fs::write(camera.join(format!("Döner & {number}.jpg")), bytes)?;
    }
    let mut client = Command::new(smbclient);
    client.arg("//127.0.0.1/landing").args(["-p", &samba.port.to_string(), "-N", "-c"]);
    client.arg(format!("lcd \"{}\"; mkdir DCIM; cd DCIM; prompt; mput *.jpg", camera.display()));
    let output = client.env("HOME", folder.path()).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&[output.stdout, output.stderr].concat()));
    until("every photo", || Ok(assets(&scene.admin)?.len() == photos.len()))?;
    let known = assets(&scene.admin)?;
    for bytes in &photos {
        ensure!(known.contains_key(&sha1_hex(bytes)), "a photo is another one");
    }
    until("an empty share", || Ok(fs::read_dir(zone.path().join("DCIM"))?.next().is_none()))
}
