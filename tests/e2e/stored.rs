//! What a node holds, looked at from both sides: what its API says, and what lies in its folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tintype_testkit::{Api, Node, sha1_hex};

/// Where originals lie, below the data folder.
const ORIGINALS: &str = "library";

/// Where thumbnails and previews lie; their names begin with the asset's id.
const RENDITIONS: &str = "thumbs";

/// Where files lie that are being received. Empty at rest.
const INCOMING: &str = "incoming";

/// Assets by the SHA-1 (in hexadecimal) that the API gives for them.
pub(crate) type Assets = BTreeMap<String, Value>;

/// All assets. Two with one checksum are an error.
pub(crate) fn assets(api: &Api) -> Result<Assets> {
    let mut assets = Assets::new();
    for asset in api.assets()? {
        let checksum = checksum(&asset)?;
        let twin = assets.insert(checksum.clone(), asset);
        ensure!(twin.is_none(), "two assets have the checksum {checksum}");
    }
    Ok(assets)
}

fn checksum(asset: &Value) -> Result<String> {
    let text = asset["checksum"].as_str().context("an asset without a checksum")?;
    let bytes = STANDARD.decode(text).with_context(|| format!("{text} is no base64"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Downloads every original and compares it with its checksum.
pub(crate) fn originals_are_whole(api: &Api, assets: &Assets) -> Result<()> {
    for (checksum, asset) in assets {
        let id = asset["id"].as_str().context("an asset without an id")?;
        let bytes = api.bytes(&format!("/assets/{id}/original"))?;
        let got = sha1_hex(&bytes);
        ensure!(got == *checksum, "{} ({id}): downloaded {got}, expected {checksum}", asset["originalFileName"]);
    }
    Ok(())
}

/// The node's files are those of its assets: no original is missing or cut short, and nothing is left over.
pub(crate) fn files_belong_to_assets(node: &Node, assets: &Assets) -> Result<()> {
    let below = |folder: &str| {
        let mut paths = Vec::new();
        collect(&node.data_dir().join(folder), &mut paths).map(|()| paths)
    };
    originals_belong_to_assets(below(ORIGINALS)?, assets)?;
    let unfinished = below(INCOMING)?;
    ensure!(unfinished.is_empty(), "left over: {unfinished:?}");
    let named_after_one = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        assets.values().filter_map(|asset| asset["id"].as_str()).any(|id| name.starts_with(id))
    };
    let stray: Vec<PathBuf> = below(RENDITIONS)?.into_iter().filter(|path| !named_after_one(path)).collect();
    ensure!(stray.is_empty(), "renditions of no asset: {stray:?}");
    Ok(())
}

fn originals_belong_to_assets(paths: Vec<PathBuf>, assets: &Assets) -> Result<()> {
    let mut found: BTreeMap<String, PathBuf> = BTreeMap::new();
    for path in paths {
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let checksum = sha1_hex(&bytes);
        ensure!(assets.contains_key(&checksum), "{} belongs to no asset ({} bytes)", path.display(), bytes.len());
        let twin = found.insert(checksum, path.clone());
        ensure!(twin.is_none(), "{} and {} have the same content", path.display(), twin.unwrap_or_default().display());
    }
    let missing: Vec<&String> = assets.keys().filter(|checksum| !found.contains_key(*checksum)).collect();
    ensure!(missing.is_empty(), "no file holds {missing:?}");
    Ok(())
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry.context("cannot read an entry")?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

/// `tintype doctor` finds no fault in the node's folder.
pub(crate) fn doctor_is_content(node: &Node) -> Result<()> {
    crate::scene::output(&mut node.command(&["doctor"])?, node).map(drop)
}
