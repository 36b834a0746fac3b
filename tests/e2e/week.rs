//! A week of use in a minute: photos come, are looked at, sorted and deleted, clients break off and come back, and at
//! the end of each day everything is deleted again. What grows then, grows without a reason.
//!
//! `TINTYPE_WEEK_DAYS` makes the week longer.

use std::env;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tintype_testkit::{Answer, Api, Node, Upload, not_run, numbered, picture, say};

use crate::scene::Scene;
use crate::stored::{assets, doctor_is_content, files_belong_to_assets, originals_are_whole};

/// Days of the week.
const DAYS: u64 = 7;

/// Days until caches, pools and the allocator have the size that they keep.
const WARM_DAYS: u64 = 2;

/// Photos of a day.
const PHOTOS: u64 = 30;

/// What the process may grow by after the first days, in MiB: an allocator never gives back the same twice.
const GROWTH_MIB: f64 = 8.0;

/// What the database may grow by after the first days, as a factor: space that became free is used again.
const DATABASE_FACTOR: f64 = 1.3;

fn days() -> u64 {
    env::var("TINTYPE_WEEK_DAYS").ok().and_then(|text| text.parse().ok()).unwrap_or(DAYS)
}

/// What is measured at the end of a day.
struct Evening {
    memory_mib: f64,
    database_bytes: u64,
    files: usize,
}

impl Evening {
    fn of(node: &Node) -> Result<Option<Self>> {
        let pid = node.pid().context("the node does not run")?;
        let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else { return Ok(None) };
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().context("VmRSS is no number")?;
        let (mut files, mut database_bytes) = (0, 0);
        count(&node.data_dir(), &mut |path, bytes| {
            files += 1;
            if path.extension().is_some_and(|extension| extension == "sqlite" || extension == "db") {
                database_bytes += bytes;
            }
        })?;
        Ok(Some(Self { memory_mib: kib / 1024.0, database_bytes, files }))
    }
}

fn count(folder: &Path, visit: &mut impl FnMut(&Path, u64)) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            count(&entry.path(), visit)?;
        } else {
            visit(&entry.path(), entry.metadata()?.len());
        }
    }
    Ok(())
}

fn succeed(answer: &Answer) -> Result<()> {
    ensure!((200..300).contains(&answer.status), "answered {}: {}", answer.status, answer.text());
    Ok(())
}

fn ids(assets: &[Value]) -> Vec<Value> {
    assets.iter().map(|asset| asset["id"].clone()).collect()
}

/// The photos of a day come from a phone that sends some of them twice, and some that are none.
fn morning(api: &Api, day: u64, pictures: &[Vec<u8>]) -> Result<()> {
    for number in 0..PHOTOS {
        let picture = &pictures[usize::try_from(number)? % pictures.len()];
        let bytes = numbered(picture, day * PHOTOS + number)?;
        let name = format!("day-{day}-{number}.jpg");
        let file = Upload { name: &name, bytes: &bytes, created: "2024-05-06T07:08:09.000Z" };
        ensure!(api.upload(&file)?.status == 201, "{name} was not taken");
        if number % 5 == 0 {
            ensure!(api.upload(&file)?.status == 200, "{name} was taken twice");
            let empty = Upload { bytes: b"", ..file };
            ensure!(api.upload(&empty)?.status == 400, "an empty file was taken");
            let text = Upload { bytes: b"this is no photograph at all", ..file };
            ensure!(api.upload(&text)?.status == 400, "a text was taken for a photo");
        }
    }
    Ok(())
}

/// A client that goes away in the middle of an upload, and one in the middle of an answer.
fn broken_connections(node: &Node, api: &Api) -> Result<()> {
    let key = api.api_key()?;
    let host = node.url().trim_start_matches("http://").to_owned();
    let head = format!(
        "POST /api/assets HTTP/1.1\r\nHost: {host}\r\nx-api-key: {key}\r\nContent-Length: 5000000\r\n\
         Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nContent-Disposition: form-data; \
         name=\"assetData\"; filename=\"cut.jpg\"\r\n\r\n"
    );
    let mut upload = TcpStream::connect(&host).context("cannot connect")?;
    upload.write_all(head.as_bytes())?;
    upload.write_all(&vec![7; 300_000])?;
    drop(upload);
    let mut listing = TcpStream::connect(&host).context("cannot connect")?;
    let wish = format!("GET /api/timeline/buckets HTTP/1.1\r\nHost: {host}\r\nx-api-key: {key}\r\n\r\n");
    listing.write_all(wish.as_bytes())?;
    listing.read_exact(&mut [0; 12])?;
    Ok(())
}

/// Looking at photos, sorting them, and the sync of a phone that logs in for it and out again.
fn afternoon(node: &Node, api: &Api) -> Result<()> {
    let all = api.assets()?;
    for asset in &all {
        let id = asset["id"].as_str().context("an asset without an id")?;
        api.bytes(&format!("/assets/{id}/thumbnail?size=preview"))?;
        api.bytes(&format!("/assets/{id}/thumbnail"))?;
        let change = json!({ "isFavorite": true, "description": "seen" });
        succeed(&api.call("PUT", &format!("/assets/{id}"), Some(&change))?)?;
    }
    let wish = json!({ "albumName": "Holiday", "assetIds": ids(&all) });
    let album = api.call("POST", "/albums", Some(&wish))?.json()?;
    let album = album["id"].as_str().context("an album without an id")?.to_owned();
    let some = json!({ "ids": ids(&all[..all.len() / 2]) });
    succeed(&api.call("DELETE", &format!("/albums/{album}/assets"), Some(&some))?)?;
    succeed(&api.call("POST", "/download/archive", Some(&json!({ "assetIds": ids(&all) })))?)?;
    let phone = node.api().log_in()?;
    let types = json!({ "types": ["AuthUsersV1", "AssetsV2", "AssetExifsV1", "AlbumsV2", "AlbumToAssetsV1"] });
    for _ in 0..3 {
        let stream = phone.call("POST", "/sync/stream", Some(&types))?;
        succeed(&stream)?;
        let lines = String::from_utf8(stream.body)?;
        let lines = lines.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
        let acks: Vec<Value> = lines.iter().map(|line| line["ack"].clone()).collect();
        succeed(&phone.call("POST", "/sync/ack", Some(&json!({ "acks": acks })))?)?;
    }
    succeed(&phone.call("POST", "/auth/logout", None)?)?;
    succeed(&api.call("DELETE", &format!("/albums/{album}"), None)?)
}

/// Into the trash, out of it, and away.
fn night(api: &Api) -> Result<()> {
    let all = ids(&api.assets()?);
    succeed(&api.call("DELETE", "/assets", Some(&json!({ "ids": all })))?)?;
    succeed(&api.call("POST", "/trash/restore/assets", Some(&json!({ "ids": all })))?)?;
    let (half, rest) = all.split_at(all.len() / 2);
    succeed(&api.call("DELETE", "/assets", Some(&json!({ "ids": half, "force": true })))?)?;
    succeed(&api.call("DELETE", "/assets", Some(&json!({ "ids": rest })))?)?;
    succeed(&api.call("POST", "/trash/empty", None)?)?;
    for key in api.get("/api-keys")?.as_array().context("no list of keys")? {
        let id = key["id"].as_str().context("a key without an id")?;
        succeed(&api.call("DELETE", &format!("/api-keys/{id}"), None)?)?;
    }
    Ok(())
}

/// What has to hold at every end of a day: nothing is there that belongs to nobody.
fn is_tidy(scene: &Scene) -> Result<()> {
    scene.rest()?;
    let all = assets(&scene.admin)?;
    originals_are_whole(&scene.admin, &all)?;
    files_belong_to_assets(&scene.node, &all)?;
    doctor_is_content(&scene.node)
}

#[test]
fn a_week_leaves_nothing_behind() -> Result<()> {
    let scene = Scene::reporting("3.2.2")?;
    let pictures =
        [64, 400, 1_600].map(|side| picture(u64::from(side), side, side)).into_iter().collect::<Result<Vec<_>>>()?;
    let mut evenings = Vec::new();
    for day in 1..=days() {
        let context = || format!("day {day}");
        morning(&scene.admin, day, &pictures).with_context(context)?;
        broken_connections(&scene.node, &scene.admin).with_context(context)?;
        scene.rest()?;
        afternoon(&scene.node, &scene.admin).with_context(context)?;
        is_tidy(&scene).with_context(context)?;
        night(&scene.admin).with_context(context)?;
        is_tidy(&scene).with_context(context)?;
        ensure!(scene.admin.assets()?.is_empty(), "photos came back on day {day}");
        let Some(evening) = Evening::of(&scene.node)? else {
            not_run("a week of use", "memory is measured through /proc, which is not there");
            return Ok(());
        };
        evenings.push(evening);
    }
    let warm = evenings.get(usize::try_from(WARM_DAYS - 1)?).context("too few days")?;
    let last = evenings.last().context("no day")?;
    say(&format!(
        "{} days: {:.1} MiB after day {WARM_DAYS}, {:.1} MiB at the end; database {} and {} bytes; {} and {} files",
        evenings.len(),
        warm.memory_mib,
        last.memory_mib,
        warm.database_bytes,
        last.database_bytes,
        warm.files,
        last.files
    ));
    ensure!(last.memory_mib <= warm.memory_mib + GROWTH_MIB, "the process grows");
    ensure!(last.database_bytes > 0, "the database was not found, so this shows nothing");
    ensure!(last.database_bytes as f64 <= warm.database_bytes as f64 * DATABASE_FACTOR, "the database grows");
    ensure!(last.files <= warm.files, "files are left behind: {} and {}", warm.files, last.files);
    Ok(())
}
