//! The official SDK, in both generations, in a script that uses it as an application would.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use tintype_testkit::picture;

use crate::scene::{Scene, javascript, output};

const SCRIPT: &str = "sdk/journey.mjs";

/// Pictures for the journey; it says itself what it does with them.
const PICTURES: u64 = 3;

fn check(package: &str, version: &str) -> Result<()> {
    let Some(javascript) = javascript(&format!("the journey with {package}"), &[package]) else { return Ok(()) };
    let scene = Scene::reporting(version)?;
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    for seed in 0..PICTURES {
        fs::write(folder.path().join(format!("{seed}.jpg")), picture(seed, 640, 480)?)
            .context("cannot write a picture")?;
    }
    let mut command = javascript.script(&Path::new(env!("CARGO_MANIFEST_DIR")).join(SCRIPT));
    let (email, password) = tintype_testkit::Api::admin();
    command.env("TINTYPE_SDK", package).env("TINTYPE_URL", scene.node.url()).env("TINTYPE_PICTURES", folder.path());
    command.env("TINTYPE_EMAIL", email).env("TINTYPE_PASSWORD", password);
    let said = output(&mut command, &scene.node)?;
    ensure!(said.contains("journey done"), "the script stopped before its end:\n{said}");
    Ok(())
}

#[test]
fn version_3_goes_through() -> Result<()> {
    check("immich-sdk-3", "3.2.2")
}

#[test]
fn version_2_goes_through() -> Result<()> {
    check("immich-sdk-2", "2.7.5")
}
