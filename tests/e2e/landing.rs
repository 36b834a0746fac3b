//! The landing zone of a node that is killed again and again: every file is somewhere, once.
//!
//! `TINTYPE_STORM_KILLS` and `TINTYPE_STORM_FILES` set how often and how many, `TINTYPE_STORM_SEED` repeats a run: a failure names its seed.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use tintype_testkit::{Chance, Node, Options, numbered, picture, say, sha1_hex};

use crate::faulty_proxy::faulty_proxy;
use crate::scene::{Scene, output};
use crate::stored::{assets, originals_are_whole};

/// Kills, unless told otherwise: enough to see a fault that is not rare.
const KILLS: u64 = 12;
/// Files that are dropped, unless told otherwise.
const FILES: u64 = 100;
/// The latest moment of a kill after a start, in milliseconds.
const LATEST_KILL_MS: u64 = 700;
/// How long everything may take to come to rest at the end, in a debug build on a busy machine.
const REST_LIMIT: Duration = Duration::from_secs(900);
const SIDES: &[u16] = &[48, 200, 480];

fn setting(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

/// Everything that is dropped, by its SHA-1.
type Sources = BTreeMap<String, PathBuf>;

/// Photos in several folders, with one name in each of them and names that need care, sidecars, videos, and what is no
/// photo at all. Each has a content of its own.
fn drop_files(zone: &Path) -> Result<Sources> {
    let pictures: Vec<Vec<u8>> =
        SIDES.iter().map(|side| picture(u64::from(*side), *side, *side)).collect::<Result<_>>()?;
    let mut sources = Sources::new();
    for number in 0..setting("TINTYPE_STORM_FILES").unwrap_or(FILES) {
        let folder = ["Camera", "Camera/2026", "Ümläute & 'quotes'", "-dash", "a b\tc"][(number % 5) as usize];
        let bytes = numbered(&pictures[(number % 3) as usize], number)?;
        let (name, bytes) = match number % 20 {
            7 => (format!("notes {number}.txt"), format!("buy milk {number}").into_bytes()),
            9 => (
                format!("IMG_{}.jpg.xmp", number - 1),
                format!("<x:xmpmeta xmlns:x='adobe:ns:meta/'>{number}</x:xmpmeta>").into_bytes(),
            ),
            // Its photo, in the same folder.
            8 => (format!("IMG_{number}.jpg"), bytes),
            13 => (
                format!("clip {number}.mp4"),
                [b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".as_slice(), &number.to_be_bytes()].concat(),
            ),
            _ => (format!("IMG_{}.jpg", number / 5), bytes),
        };
        let folder = if matches!(number % 20, 8 | 9) { "pairs" } else { folder };
        fs::create_dir_all(zone.join(folder))?;
        let path = zone.join(folder).join(name);
        ensure!(!path.exists(), "{} twice", path.display());
        ensure!(sources.insert(sha1_hex(&bytes), path.clone()).is_none(), "a content twice");
        fs::write(path, bytes)?;
    }
    Ok(sources)
}

/// Every file below a folder but notes, by its SHA-1.
fn lying(folder: &Path, found: &mut BTreeMap<String, Vec<PathBuf>>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            lying(&path, found)?;
        } else if !name.ends_with(".error.toml") {
            found.entry(sha1_hex(&fs::read(&path)?)).or_default().push(path);
        }
    }
    Ok(())
}

fn write_config(node: &Node, zone: &Path, more: &str) -> Result<()> {
    let zone = zone.display();
    let text =
        format!("[[landing.zone]]\nname = 'phone'\nfolder = '{zone}'\nsettle_seconds = 0\nrecipe = 'none'\n{more}");
    Ok(fs::write(node.data_dir().join("tintype.toml"), text)?)
}

/// Kills a node at random moments, then lets it come to rest.
fn storm(node: &mut Node, chance: &mut Chance) -> Result<()> {
    for _ in 0..setting("TINTYPE_STORM_KILLS").unwrap_or(KILLS) {
        thread::sleep(Duration::from_millis(chance.below(LATEST_KILL_MS)));
        node.kill9()?;
        node.restart()?;
    }
    let begin = Instant::now();
    loop {
        let status = output(&mut node.command(&["ingest", "status", "--json"])?, node)?;
        let zone: serde_json::Value = serde_json::from_str(status.lines().next().context("no zone")?)?;
        let files = zone["files"].as_object().context("no files")?;
        let is_final = |state: &str| matches!(state, "released" | "undone" | "passed-over");
        if !files.is_empty() && files.keys().all(|state| is_final(state)) {
            return Ok(());
        }
        ensure!(begin.elapsed() < REST_LIMIT, "not at rest: {status}\n{}", node.log());
        thread::sleep(Duration::from_millis(500));
    }
}

/// Every source file is in exactly one place.
fn each_is_once(sources: &Sources, zone: &Path, destination: &Scene) -> Result<()> {
    let delivered = assets(&destination.admin)?;
    let mut left = BTreeMap::new();
    lying(zone, &mut left)?;
    let mut kept = BTreeMap::new();
    lying(&destination.node.data_dir().join("library"), &mut kept)?;
    let is_sidecar = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "xmp");
    for (sha1, path) in sources {
        let places = left.get(sha1).map(Vec::as_slice).unwrap_or_default();
        let sidecars = kept.get(sha1).into_iter().flatten().filter(is_sidecar).count();
        // Beside its photo, and kept as that could not be proven.
        let is_kept = |place: &&PathBuf| ["done", "undone"].iter().any(|folder| place.starts_with(zone.join(folder)));
        let twice = places.iter().filter(is_kept).count().min(sidecars);
        let count = places.len() + usize::from(delivered.contains_key(sha1)) + sidecars - twice;
        ensure!(count == 1, "{} is in {count} places: {places:?}", path.display());
        let is_text = path.extension().is_some_and(|extension| extension == "txt");
        let is_sidecar = path.extension().is_some_and(|extension| extension == "xmp");
        ensure!(
            is_text || is_sidecar || delivered.contains_key(sha1),
            "{} was not delivered: {places:?}",
            path.display()
        );
    }
    let strangers: Vec<_> = delivered.keys().filter(|sha1| !sources.contains_key(*sha1)).collect();
    ensure!(strangers.is_empty(), "assets that nobody dropped: {strangers:?}");
    originals_are_whole(&destination.admin, &delivered)
}

fn seed() -> u64 {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let seed = setting("TINTYPE_STORM_SEED").unwrap_or_else(now);
    say(&format!("the storm's seed is {seed}"));
    seed
}

#[test]
fn every_file_is_once_somewhere_after_a_storm_before_a_server_that_fails() -> Result<()> {
    let seed = seed();
    let destination = Scene::of(Options::default())?;
    let (proxy, calls) = faulty_proxy(destination.node.url(), seed)?;
    let mut scene = Scene::of(Options::default())?;
    let zone = tempfile::tempdir()?;
    let sources = drop_files(zone.path())?;
    fs::write(scene.node.data_dir().join("key"), destination.admin.api_key()?)?;
    write_config(&scene.node, zone.path(), &format!("server = '{proxy}'\napi_key_file = 'key'\n"))?;
    scene.node.restart()?;
    storm(&mut scene.node, &mut Chance::new(seed))?;
    each_is_once(&sources, zone.path(), &destination)?;
    let (passed, failed) = (calls.passed.load(Ordering::Relaxed), calls.failed.load(Ordering::Relaxed));
    ensure!(failed > 0, "no call failed");
    say(&format!("{passed} calls passed and {failed} failed"));
    Ok(())
}

#[test]
fn every_file_is_once_somewhere_after_a_storm_over_the_library_itself() -> Result<()> {
    let seed = seed();
    let mut scene = Scene::of(Options::default())?;
    let zone = tempfile::tempdir()?;
    let sources = drop_files(zone.path())?;
    write_config(&scene.node, zone.path(), "")?;
    scene.node.restart()?;
    storm(&mut scene.node, &mut Chance::new(seed))?;
    scene.reconnect()?;
    each_is_once(&sources, zone.path(), &scene)
}
