//! The official command line client, in both generations: everything arrives, once, whole, and in its album.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tintype_testkit::Javascript;

use crate::album_folder::{ALBUMS, AlbumFolder};
use crate::scene::{Scene, javascript, output};
use crate::stored::{assets, doctor_is_content, files_belong_to_assets, originals_are_whole};

/// What both generations say when there is nothing to upload.
const NOTHING_TO_DO: &str = "All assets were already uploaded";

/// The client with a configuration folder of its own, logged in by an API key.
struct Client<'a> {
    javascript: Javascript,
    package: &'static str,
    configuration: TempDir,
    scene: &'a Scene,
}

impl<'a> Client<'a> {
    fn log_in(javascript: Javascript, package: &'static str, scene: &'a Scene) -> Result<Self> {
        let configuration = tempfile::tempdir().context("cannot make a folder")?;
        let client = Self { javascript, package, configuration, scene };
        let key = scene.admin.api_key()?;
        let mut command = client.command()?;
        // Without `/api`, as people type it: the client finds the rest through `/.well-known/immich`.
        command.args(["login-key", scene.node.url(), &key]);
        let said = output(&mut command, &scene.node)?;
        ensure!(said.contains("Logged in as"), "the login said:\n{said}");
        Ok(client)
    }

    fn command(&self) -> Result<Command> {
        let mut command = self.javascript.package(self.package)?;
        command.arg("--config-directory").arg(self.configuration.path());
        command.env_remove("IMMICH_INSTANCE_URL").env_remove("IMMICH_API_KEY").env("HOME", self.configuration.path());
        Ok(command)
    }

    fn upload(&self, folder: &AlbumFolder) -> Result<String> {
        let mut command = self.command()?;
        command.args(["upload", "--recursive", "--album", "--concurrency", "4"]).arg(folder.path());
        output(&mut command, &self.scene.node)
    }
}

fn check(package: &'static str, version: &str) -> Result<()> {
    let Some(javascript) = javascript(&format!("uploads by {package}"), &[package]) else { return Ok(()) };
    let scene = Scene::reporting(version)?;
    let folder = AlbumFolder::new(&scene.admin)?;
    let client = Client::log_in(javascript, package, &scene)?;

    client.upload(&folder)?;
    scene.rest()?;
    everything_arrived(&scene, &folder)?;

    let said = client.upload(&folder)?;
    ensure!(said.contains(NOTHING_TO_DO), "the second upload said:\n{said}");
    scene.rest()?;
    everything_arrived(&scene, &folder)?;
    doctor_is_content(&scene.node)
}

fn everything_arrived(scene: &Scene, folder: &AlbumFolder) -> Result<()> {
    let assets = assets(&scene.admin)?;
    let name = |checksum: &String| folder.expected.get(checksum).map_or(checksum.as_str(), |(name, _)| name).to_owned();
    let missing: Vec<String> = folder.expected.keys().filter(|sum| !assets.contains_key(*sum)).map(name).collect();
    ensure!(missing.is_empty(), "these files did not arrive: {missing:?}");
    // Motion parts of photographs become assets of their own, hidden; nothing else comes on its own.
    let uninvited =
        |(sum, asset): &(&String, &Value)| !folder.expected.contains_key(*sum) && asset["visibility"] != "hidden";
    let uninvited: Vec<&Value> = assets.iter().filter(uninvited).map(|(_, asset)| &asset["originalFileName"]).collect();
    ensure!(uninvited.is_empty(), "nobody uploaded these: {uninvited:?}");
    originals_are_whole(&scene.admin, &assets)?;
    files_belong_to_assets(&scene.node, &assets)?;
    albums_are_filled(scene, folder)
}

/// Compares numbers: what an album answers about itself has no list of assets in the newer generation.
fn albums_are_filled(scene: &Scene, folder: &AlbumFolder) -> Result<()> {
    let albums = scene.admin.get("/albums")?;
    let albums = albums.as_array().context("no list of albums")?;
    let names: BTreeSet<&str> = albums.iter().filter_map(|album| album["albumName"].as_str()).collect();
    ensure!(names == ALBUMS.iter().map(|(_, name)| *name).collect(), "the albums are {names:?}");
    for album in albums {
        let expected = folder.expected.values().filter(|(_, name)| album["albumName"] == *name).count();
        ensure!(
            album["assetCount"] == expected,
            "{}: {} assets, not {expected}",
            album["albumName"],
            album["assetCount"]
        );
    }
    Ok(())
}

#[test]
fn version_3_uploads_everything_once() -> Result<()> {
    check("immich-cli-3", "3.2.2")
}

#[test]
fn version_2_uploads_everything_once() -> Result<()> {
    check("immich-cli-2", "2.7.5")
}
