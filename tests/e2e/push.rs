//! `tintype push`: to a node by HTTP, killed in the middle, and by SFTP into a landing zone and on into the library.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tintype_testkit::{Api, picture};

use crate::scene::{JOBS_LIMIT, Scene, output};
use crate::stored::{assets, originals_are_whole};

const PHOTOS: u64 = 12;

/// A folder of photos, and a file with a password.
fn away(password: &str) -> Result<tempfile::TempDir> {
    let away = tempfile::tempdir()?;
    fs::create_dir_all(away.path().join("photos/2026"))?;
    for seed in 0..PHOTOS {
        fs::write(away.path().join(format!("photos/2026/{seed}.jpg")), picture(seed, 640, 480)?)?;
    }
    fs::write(away.path().join("password"), format!("{password}\n"))?;
    Ok(away)
}

fn push(scene: &Scene, away: &Path, target: &str, more: &[&str]) -> Result<Command> {
    let mut push = scene.node.command(&["push"])?;
    push.arg(away.join("photos")).arg(target).arg("--password-file").arg(away.join("password"));
    push.arg("--state").arg(away.join("state")).args(more);
    Ok(push)
}

fn left(away: &Path) -> Result<usize> {
    Ok(fs::read_dir(away.join("photos/2026"))?.count())
}

#[test]
fn a_push_that_is_killed_goes_on() -> Result<()> {
    let scene = Scene::reporting("3.2.2")?;
    let (email, password) = Api::admin();
    let away = away(password)?;
    let (url, delete) = (scene.node.url().to_owned(), ["--email", email, "--delete-after"]);
    let mut slow = push(&scene, away.path(), &url, &[&delete[..], &["--limit-rate", "100"]].concat())?;
    let mut child = slow.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let start = Instant::now();
    while left(away.path())? as u64 > PHOTOS - 2 {
        ensure!(start.elapsed() < Duration::from_secs(60), "nothing is sent:\n{}", scene.node.log());
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill()?;
    child.wait()?;
    ensure!(left(away.path())? > 0, "the push was over before it was killed");
    output(&mut push(&scene, away.path(), &url, &delete)?, &scene.node)?;
    ensure!(left(away.path())? == 0, "not everything was deleted after it was proven to be there");
    scene.rest()?;
    let assets = assets(&scene.admin)?;
    ensure!(assets.len() as u64 == PHOTOS, "{} assets of {PHOTOS} photos", assets.len());
    originals_are_whole(&scene.admin, &assets)?;
    let said = output(&mut push(&scene, away.path(), &url, &["--email", email, "--json"])?, &scene.node)?;
    ensure!(said.contains("\"sent\":0"), "an empty folder sends something: {said}");
    Ok(())
}

#[test]
fn what_is_pushed_into_a_zone_comes_into_the_library() -> Result<()> {
    let mut scene = Scene::reporting("3.2.2")?;
    let (email, password) = Api::admin();
    let away = away(password)?;
    fs::write(
        scene.node.data_dir().join("tintype.toml"),
        "[[landing.zone]]\nname = 'admin'\nfolder = 'landing/admin'\nrecipe = 'none'\nsettle_seconds = 0\n\
         [landing.sftp]\nlisten = '127.0.0.1:0'\n",
    )?;
    scene.node.restart()?;
    scene.reconnect()?;
    let log = scene.node.log();
    let line = log.lines().rfind(|line| line.starts_with("SFTP is listening on ")).context("SFTP is off")?;
    let port = line.split([':', ' ']).nth(5).context("no port")?;
    let target = format!("sftp://{email}@127.0.0.1:{port}/");
    output(&mut push(&scene, away.path(), &target, &["--delete-after"])?, &scene.node)?;
    ensure!(left(away.path())? == 0, "not everything was deleted after it was read back");
    let start = Instant::now();
    while assets(&scene.admin)?.len() as u64 != PHOTOS {
        ensure!(start.elapsed() < JOBS_LIMIT, "the photos do not come into the library:\n{}", scene.node.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    originals_are_whole(&scene.admin, &assets(&scene.admin)?)?;
    // A password that is wrong ends it at once, and nothing is sent.
    fs::write(away.path().join("password"), "wrong")?;
    fs::write(away.path().join("photos/new.jpg"), picture(99, 64, 64)?)?;
    let refused = push(&scene, away.path(), &target, &[])?.output()?;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    ensure!(refused.status.code() == Some(1) && said.contains("does not let"), "{} {said}", refused.status);
    Ok(())
}
