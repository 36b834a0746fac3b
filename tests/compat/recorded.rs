//! A conversation of the official app with the reference, as it was recorded (sync-protocol §15): its lines are ours,
//! byte for byte, and the same actions bring the same lines.
//!
//! The recordings lie beside the repository and are not published.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tintype_protocol::sync::{
    AlbumToAssetV1, AlbumV1, AssetExifV1, AssetFaceV1, AssetV1, AuthUserV1, Empty, EntityType, Line, MemoryDelete,
    MemoryToAssetV1, MemoryV1, UserMetadataV1, UserV1,
};
use tintype_testkit::{Api, Options, Upload, not_run_without_shared, picture, shared};

/// What the app of that time asked for.
const TYPES: &[&str] = &[
    "AuthUsersV1",
    "UsersV1",
    "AssetsV1",
    "AlbumAssetsV1",
    "AlbumsV1",
    "AlbumUsersV1",
    "AlbumToAssetsV1",
    "AssetExifsV1",
    "AlbumAssetExifsV1",
    "MemoriesV1",
    "MemoryToAssetsV1",
    "AssetFacesV1",
    "UserMetadataV1",
];

/// Longest that background work may take.
const WORK_LIMIT: Duration = Duration::from_secs(60);

/// The lines of a recording; nothing without the recordings.
fn recording(name: &str) -> Result<Option<Vec<String>>> {
    let Some(path) = shared().map(|shared| shared.join("spec").join(name)).filter(|path| path.is_file()) else {
        not_run_without_shared(&format!("the recorded conversation {name}"));
        return Ok(None);
    };
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Some(text.lines().map(str::to_owned).collect()))
}

/// Reads a line as what it says it is, and writes it again.
fn again(text: &str) -> Result<String> {
    #[derive(Deserialize)]
    struct Kind<'a> {
        #[serde(rename = "type")]
        entity: EntityType,
        #[serde(borrow, rename = "data")]
        _data: &'a RawValue,
    }
    fn through<'a, T: Deserialize<'a> + Serialize>(text: &'a str) -> Result<String> {
        Ok(serde_json::to_string(&serde_json::from_str::<Line<T>>(text)?)?)
    }
    match serde_json::from_str::<Kind<'_>>(text)?.entity {
        EntityType::AuthUserV1 => through::<AuthUserV1<'_>>(text),
        EntityType::UserV1 => through::<UserV1<'_>>(text),
        EntityType::AssetV1 | EntityType::AlbumAssetCreateV1 => through::<AssetV1<'_>>(text),
        EntityType::AssetExifV1 | EntityType::AlbumAssetExifCreateV1 => through::<AssetExifV1<'_>>(text),
        EntityType::AlbumV1 => through::<AlbumV1<'_>>(text),
        EntityType::AlbumToAssetV1 => through::<AlbumToAssetV1>(text),
        EntityType::MemoryV1 => through::<MemoryV1>(text),
        EntityType::MemoryDeleteV1 => through::<MemoryDelete>(text),
        EntityType::MemoryToAssetV1 => through::<MemoryToAssetV1>(text),
        EntityType::AssetFaceV1 => through::<AssetFaceV1>(text),
        EntityType::UserMetadataV1 => through::<UserMetadataV1<'_>>(text),
        EntityType::SyncAckV1 | EntityType::SyncCompleteV1 => through::<Empty>(text),
        other => bail!("{other} is not in the recordings"),
    }
}

#[test]
fn recorded_lines_are_read_and_written_byte_for_byte() -> Result<()> {
    for name in ["initial", "image-added", "image-added-to-album"] {
        let Some(lines) = recording(&format!("recorded-2025-12-{name}.jsonl"))? else { return Ok(()) };
        ensure!(!lines.is_empty(), "{name} is empty");
        for line in lines {
            let again = again(&line).with_context(|| line.clone())?;
            ensure!(again == line, "{name}:\n  recorded {line}\n  written  {again}");
        }
    }
    Ok(())
}

/// The types of lines in their order, and for carriers what they carry; one for each run.
fn sequence<'a>(lines: impl IntoIterator<Item = &'a Value>) -> Vec<String> {
    let mut sequence: Vec<String> = lines
        .into_iter()
        .map(|line| {
            let entity = line["type"].as_str().unwrap_or_default();
            let carried = line["ack"].as_str().and_then(|ack| ack.split('|').next()).unwrap_or_default();
            if entity == "SyncAckV1" { format!("{entity} {carried}") } else { entity.to_owned() }
        })
        .collect();
    sequence.dedup();
    sequence
}

fn recorded_sequence(name: &str) -> Result<Option<Vec<String>>> {
    let Some(lines) = recording(name)? else { return Ok(None) };
    let lines = lines.iter().map(|line| serde_json::from_str(line)).collect::<Result<Vec<Value>, _>>()?;
    Ok(Some(sequence(&lines)))
}

/// Waits until all background work is done, takes a stream and acknowledges it.
fn synced(api: &Api) -> Result<Vec<String>> {
    api.wait_for_jobs(WORK_LIMIT)?;
    let answer = api.call("POST", "/sync/stream", Some(&json!({ "types": TYPES })))?;
    let text = String::from_utf8(answer.body).context("no UTF-8")?;
    let lines = text.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    let acks: Vec<&Value> = lines.iter().map(|line| &line["ack"]).collect();
    let acked = api.call("POST", "/sync/ack", Some(&json!({ "acks": acks })))?;
    ensure!(acked.status == 204, "the acks were answered with {}", acked.status);
    Ok(sequence(&lines))
}

#[test]
fn the_same_actions_bring_the_same_lines() -> Result<()> {
    let (Some(added), Some(linked)) = (
        recorded_sequence("recorded-2025-12-image-added.jsonl")?,
        recorded_sequence("recorded-2025-12-image-added-to-album.jsonl")?,
    ) else {
        return Ok(());
    };
    let node = Options::default().environment("TINTYPE_REPORTED_VERSION", "2.7.5").start()?;
    let api = node.api().sign_up()?;
    let upload = |name: &str, seed: u64| -> Result<Value> {
        let bytes = picture(seed, 640, 480)?;
        let upload = Upload { name, bytes: &bytes, created: "2024-05-06T07:08:09.000Z" };
        Ok(api.upload(&upload)?.json()?["id"].clone())
    };
    let first = upload("first.jpg", 1)?;
    let album = api.call("POST", "/albums", Some(&json!({ "albumName": "Trip", "assetIds": [first] })))?.json()?;
    synced(&api)?;
    ensure!(synced(&api)? == ["SyncCompleteV1"], "without changes only the end comes");
    let second = upload("second.jpg", 2)?;
    let sent = synced(&api)?;
    ensure!(sent == added, "a photo was added:\n  recorded {added:?}\n  sent     {sent:?}");
    let path = format!("/albums/{}/assets", album["id"].as_str().context("no album")?);
    api.call("PUT", &path, Some(&json!({ "ids": [second] })))?.json()?;
    let sent = synced(&api)?;
    ensure!(sent == linked, "it was put into an album:\n  recorded {linked:?}\n  sent     {sent:?}");
    Ok(())
}
