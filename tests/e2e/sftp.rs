//! The SFTP server of a node: who may come in, and where what they send lies.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tintype_testkit::{Api, Node, not_run};

use crate::scene::{Scene, output};

/// One upload with a password, as a phone does it.
fn put(node: &Node, user: &str, password: &str, file: &Path) -> Result<Command> {
    let log = node.log();
    let line = log.lines().rfind(|line| line.starts_with("SFTP is listening on ")).context("SFTP is off")?;
    let port = line.split([':', ' ']).nth(5).context("no port")?;
    let batch = file.with_extension("batch");
    fs::write(&batch, format!("put {}\n", file.display()))?;
    let mut sftp = Command::new("sshpass");
    sftp.args(["-p", password, "sftp", "-F", "/dev/null", "-o", "BatchMode=no", "-o", "NumberOfPasswordPrompts=1"]);
    sftp.args([
        "-o",
        "PubkeyAuthentication=no",
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "UserKnownHostsFile=/dev/null",
    ]);
    sftp.args(["-P", port, "-o"]).arg(format!("User={user}")).arg("-b").arg(batch).arg("127.0.0.1");
    Ok(sftp)
}

#[test]
fn devices_drop_files() -> Result<()> {
    if Command::new("sshpass").arg("-V").output().is_err() || Command::new("sftp").arg("-h").output().is_err() {
        not_run("the SFTP server of a node", "sshpass or sftp is not installed");
        return Ok(());
    }
    let mut scene = Scene::reporting("3.2.2")?;
    let data = scene.node.data_dir();
    fs::write(data.join("phone.password"), "secret of the phone\n")?;
    fs::write(
        data.join("tintype.toml"),
        "[landing.sftp]\nlisten = '127.0.0.1:0'\n[[landing.sftp.account]]\nname = 'phone'\nfolder = 'dropped/phone'\n\
         password_file = 'phone.password'\n",
    )?;
    scene.node.restart()?;
    let (email, admin_password) = Api::admin();
    let away = tempfile::tempdir()?;
    let photo = away.path().join("photo.jpg");
    fs::write(&photo, b"bytes")?;
    output(&mut put(&scene.node, "phone", "secret of the phone", &photo)?, &scene.node)?;
    ensure!(fs::read(data.join("dropped/phone/photo.jpg"))? == b"bytes", "the phone's file is somewhere else");
    output(&mut put(&scene.node, email, admin_password, &photo)?, &scene.node)?;
    ensure!(fs::read(data.join("landing/admin/photo.jpg"))? == b"bytes", "the user's file is somewhere else");
    for (user, password) in [("phone", admin_password), (email, "wrong"), ("nobody", "")] {
        let refused = put(&scene.node, user, password, &photo)?.output()?;
        ensure!(!refused.status.success(), "{user} came in with {password:?}");
    }
    let doctor = output(&mut scene.node.command(&["doctor"])?, &scene.node)?;
    let log = scene.node.log();
    let shown = doctor.lines().find(|line| line.contains("SFTP host key")).context("doctor shows no key")?;
    let fingerprint = shown.split_whitespace().last().context("no fingerprint")?;
    ensure!(fingerprint.starts_with("SHA256:") && log.contains(fingerprint), "{shown} is not in:\n{log}");
    let ended = scene.node.stop()?;
    ensure!(ended.status.success(), "it ended with {}", ended.status);
    Ok(())
}
