//! `tintype optimize` and `tintype restore-original`: a library that takes less room, and hands out the same.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tintype_testkit::{Node, Upload, not_run, picture, program};

use crate::scene::{Scene, output};
use crate::stored::{assets, originals_are_whole};

const PHOTOS: u64 = 16;
/// Longest that a run may take until something happens.
const LIMIT: Duration = Duration::from_secs(60);

fn packed(node: &Node) -> Result<usize> {
    let mut count = 0;
    let mut folders = vec![node.data_dir().join("library")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "jxl") {
                count += 1;
            }
        }
    }
    Ok(count)
}

fn lines(said: &str) -> Result<Vec<Value>> {
    said.lines().map(|line| serde_json::from_str(line).with_context(|| format!("no JSON: {line}"))).collect()
}

#[test]
fn a_library_that_is_packed_hands_out_the_same_whenever_it_is_killed() -> Result<()> {
    if program("cjxl").is_none() {
        not_run("packing a library", "cjxl is not installed");
        return Ok(());
    }
    let mut scene = Scene::reporting("3.2.2")?;
    for seed in 0..PHOTOS {
        let (name, bytes) = (format!("{seed}.jpg"), picture(seed, 1_600, 1_200)?);
        let created = "2026-11-21T10:00:00.000Z";
        scene.admin.upload(&Upload { name: &name, bytes: &bytes, created })?.json()?;
    }
    scene.rest()?;
    let before = assets(&scene.admin)?;
    // First what there is to be saved; nothing changes.
    let plan = lines(&output(&mut scene.node.command(&["optimize", "--plan", "--json"])?, &scene.node)?)?;
    let jpegs = plan.iter().find(|line| line["mediaType"] == "image/jpeg").context("no JPEGs in the plan")?;
    ensure!(jpegs["count"] == PHOTOS && jpegs["estimatedSavedBytes"].as_u64() > Some(0), "{jpegs}");
    ensure!(packed(&scene.node)? == 0, "a plan changed something");

    // The node is killed in the middle of a run; the next one goes on.
    let mut run = scene.node.command(&["optimize", "--json"])?;
    let mut run = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let start = Instant::now();
    while packed(&scene.node)? < 3 {
        ensure!(start.elapsed() < LIMIT, "nothing is packed:\n{}", scene.node.log());
        std::thread::sleep(Duration::from_millis(5));
    }
    scene.node.kill9()?;
    ensure!(!run.wait()?.success(), "the run ended before the node was killed");
    scene.node.restart()?;
    scene.reconnect()?;
    let said = lines(&output(&mut scene.node.command(&["optimize", "--json"])?, &scene.node)?)?;
    let saved = said.last().context("nothing was said")?;
    ensure!(saved["failed"] == 0 && saved["afterBytes"].as_u64() < saved["beforeBytes"].as_u64(), "{saved}");
    ensure!(packed(&scene.node)? as u64 == PHOTOS, "not everything is packed, or something is left over");
    let after = assets(&scene.admin)?;
    for (checksum, asset) in &before {
        let mut now = after.get(checksum).context("an asset is gone")?.clone();
        // Where the file lies.
        now["originalPath"] = asset["originalPath"].clone();
        ensure!(now == *asset, "clients are told something else than before:\n{asset:#}\n{now:#}");
    }
    originals_are_whole(&scene.admin, &after)?;

    // One original is put back.
    let id = after.values().next().and_then(|asset| asset["id"].as_str()).context("no id")?;
    output(&mut scene.node.command(&["restore-original", id])?, &scene.node)?;
    ensure!(packed(&scene.node)? as u64 == PHOTOS - 1, "it was not put back");
    originals_are_whole(&scene.admin, &after)
}
