//! The websocket, heard by the official socket.io client.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tintype_testkit::{Api, Node, picture};

use crate::follow::Pair;
use crate::scene::{Scene, javascript, output};

const CLIENT: &str = "socket.io-client";

#[test]
fn owners_hear_what_happens() -> Result<()> {
    let Some(javascript) = javascript("the websocket", &[CLIENT]) else { return Ok(()) };
    let scene = Scene::reporting("3.2.2")?;
    hear(javascript.script(&script("socket")), &scene.node, "socket done")
}

#[test]
fn what_happens_upstream_is_heard_here() -> Result<()> {
    let Some(javascript) = javascript("the websocket of a node that follows", &[CLIENT]) else { return Ok(()) };
    let pair = Pair::new()?;
    pair.log_in()?;
    let mut command = javascript.script(&script("following"));
    command.env("TINTYPE_UPSTREAM", pair.upstream.url());
    hear(command, &pair.node, "following done")
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sdk").join(name).with_extension("mjs")
}

/// Lets a script listen to a node, to its end.
fn hear(mut command: Command, node: &Node, end: &str) -> Result<()> {
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    fs::write(folder.path().join("0.jpg"), picture(7, 640, 480)?).context("cannot write a picture")?;
    let (email, password) = Api::admin();
    command.env("TINTYPE_URL", node.url()).env("TINTYPE_PICTURES", folder.path());
    command.env("TINTYPE_EMAIL", email).env("TINTYPE_PASSWORD", password);
    let said = output(&mut command, node)?;
    ensure!(said.contains(end), "the script stopped before its end:\n{said}");
    Ok(())
}
