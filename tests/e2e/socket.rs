//! The websocket, heard by the official socket.io client.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use tintype_testkit::picture;

use crate::scene::{Scene, javascript, output};

const CLIENT: &str = "socket.io-client";
const SCRIPT: &str = "sdk/socket.mjs";

#[test]
fn owners_hear_what_happens() -> Result<()> {
    let Some(javascript) = javascript("the websocket", &[CLIENT]) else { return Ok(()) };
    let scene = Scene::reporting("3.2.2")?;
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    fs::write(folder.path().join("0.jpg"), picture(7, 640, 480)?).context("cannot write a picture")?;
    let mut command = javascript.script(&Path::new(env!("CARGO_MANIFEST_DIR")).join(SCRIPT));
    let (email, password) = tintype_testkit::Api::admin();
    command.env("TINTYPE_URL", scene.node.url()).env("TINTYPE_PICTURES", folder.path());
    command.env("TINTYPE_EMAIL", email).env("TINTYPE_PASSWORD", password);
    let said = output(&mut command, &scene.node)?;
    ensure!(said.contains("socket done"), "the script stopped before its end:\n{said}");
    Ok(())
}
