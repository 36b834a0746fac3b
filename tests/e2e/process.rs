//! How a node starts and ends.

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
