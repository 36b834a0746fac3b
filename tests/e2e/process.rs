//! How a node starts and ends.

use std::process::Command;

use anyhow::{Result, ensure};
use tintype_testkit::{Node, Upload, picture};

use crate::scene::Scene;
use crate::stored::{assets, doctor_is_content, files_belong_to_assets, originals_are_whole};

#[test]
fn ends_cleanly_and_keeps_everything() -> Result<()> {
    let mut scene = Scene::reporting("3.2.2")?;
    let bytes = picture(1, 640, 480)?;
    let answer = scene.admin.upload(&Upload { name: "one.jpg", bytes: &bytes, created: "2024-05-06T07:08:09.000Z" })?;
    ensure!(answer.status == 201, "the upload answered {}: {}", answer.status, answer.text());
    let ended = scene.node.stop()?;
    ensure!(ended.status.success(), "it ended with {} after {:?}:\n{}", ended.status, ended.time, scene.node.log());
    doctor_is_content(&scene.node)?;
    scene.node.restart()?;
    scene.reconnect()?;
    scene.rest()?;
    let assets = assets(&scene.admin)?;
    ensure!(assets.len() == 1, "{} assets after the restart", assets.len());
    originals_are_whole(&scene.admin, &assets)?;
    files_belong_to_assets(&scene.node, &assets)
}

#[test]
fn a_second_node_does_not_take_the_folder() -> Result<()> {
    let node = Node::start()?;
    let output = node.command(&["serve", "--listen", "127.0.0.1:0", "--no-setup"])?.output()?;
    ensure!(!output.status.success(), "a second node took the same folder");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let pid = node.pid().map(|pid| pid.to_string()).unwrap_or_default();
    ensure!(said.contains(&pid), "it does not say that process {pid} holds the folder:\n{said}");
    node.api().get("/server/ping").map(drop)
}

#[test]
fn a_folder_without_a_library_is_not_taken_for_an_empty_one() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("mistyped");
    let asks: [&[&str]; 9] = [
        &["verify", "--originals"],
        &["write-back", "--all"],
        &["optimize", "--plan"],
        &["reconcile", "plan"],
        &["folder", "list"],
        &["ingest", "status"],
        &["outbox", "list"],
        &["sync"],
        &["user", "list"],
    ];
    for ask in asks {
        let mut command = Command::new(tintype_testkit::binary()?);
        let output = command.args(ask).arg("--data").arg(&data).env_clear().current_dir(folder.path()).output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(!output.status.success() && said.contains("there is no library in"), "{ask:?}: {said}");
        ensure!(!data.exists(), "{ask:?} made something");
    }
    Ok(())
}
