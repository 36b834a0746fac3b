//! Kills a node at random moments while it takes in files. After a restart nothing acknowledged is lost, nothing is
//! there half or twice, and nothing is left over.
//!
//! `TINTYPE_KILL_ROUNDS` sets how often, `TINTYPE_KILL_SEED` repeats a run: a failure names its seed.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tintype_testkit::{Api, Chance, Node, Options, Upload, numbered, picture, say, sha1_hex};

use crate::scene::{JOBS_LIMIT, Scene};
use crate::stored::{assets, doctor_is_content, files_belong_to_assets, originals_are_whole};

/// Enough to see a fault that is not rare; many more where there is time.
const ROUNDS: u64 = 10;

/// Uploads at the same time.
const CLIENTS: u64 = 3;

/// Sides of the uploaded pictures. Different ones, so that kills hit all parts of an upload and of its jobs.
const SIDES: &[u16] = &[64, 240, 400, 640, 960];

/// The latest moment of a kill, after the first upload began. Long enough for some uploads and their jobs.
const LATEST_KILL_MS: u64 = 1_200;

/// A library of more assets than this is emptied between two rounds: every round looks at all of them.
const MOST_ASSETS: usize = 300;

/// How many pictures lie in the folder that is imported.
const IMPORTED: u64 = 40;

fn setting(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

fn rounds() -> u64 {
    setting("TINTYPE_KILL_ROUNDS").unwrap_or(ROUNDS)
}

fn seed() -> u64 {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    setting("TINTYPE_KILL_SEED").unwrap_or_else(now)
}

/// SHA-1 of everything that a node said it had stored.
#[derive(Default)]
struct Acknowledged(Mutex<BTreeSet<String>>);

impl Acknowledged {
    fn add(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(sha1_hex(bytes));
    }

    fn forget(&self) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
    }

    fn all(&self) -> BTreeSet<String> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

/// What the clients of one run share.
struct Uploads {
    /// One picture of each size; every upload is one of them with a number of its own.
    pictures: Vec<Vec<u8>>,
    numbers: AtomicU64,
    acknowledged: Acknowledged,
}

impl Uploads {
    fn new() -> Result<Self> {
        let pictures = SIDES.iter().map(|side| picture(u64::from(*side), *side, *side)).collect::<Result<_>>()?;
        Ok(Self { pictures, numbers: AtomicU64::new(0), acknowledged: Acknowledged::default() })
    }

    /// Uploads one new file after another until the node is gone.
    fn go_on_until(&self, stop: &AtomicBool, api: &Api) -> Result<()> {
        while !stop.load(Ordering::Relaxed) {
            let number = self.numbers.fetch_add(1, Ordering::Relaxed);
            let size = usize::try_from(number)? % self.pictures.len();
            let (name, bytes) = (format!("kill-{number}.jpg"), numbered(&self.pictures[size], number)?);
            let file = Upload { name: &name, bytes: &bytes, created: "2024-05-06T07:08:09.000Z" };
            // No answer is no acknowledgement; a refusal of a good picture is a fault.
            if let Ok(answer) = api.upload(&file) {
                ensure!(matches!(answer.status, 200 | 201), "{name}: {}: {}", answer.status, answer.text());
                self.acknowledged.add(&bytes);
            }
        }
        Ok(())
    }
}

/// Uploads with several clients, and kills the node in the middle.
fn kill_while_uploading(scene: &mut Scene, chance: &mut Chance, uploads: &Uploads) -> Result<()> {
    let stop = AtomicBool::new(false);
    let delay = Duration::from_millis(chance.below(LATEST_KILL_MS));
    let (node, api) = (&mut scene.node, &scene.admin);
    thread::scope(|scope| {
        let client = || uploads.go_on_until(&stop, api);
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        thread::sleep(delay);
        let killed = node.kill9();
        stop.store(true, Ordering::Relaxed);
        for client in clients {
            client.join().map_err(|_| anyhow::anyhow!("a client panicked"))??;
        }
        killed
    })
}

/// Deletes everything, and looks whether it is gone.
fn empty(scene: &Scene) -> Result<()> {
    let ids: Vec<Value> = scene.admin.assets()?.iter().map(|asset| asset["id"].clone()).collect();
    let answer = scene.admin.call("DELETE", "/assets", Some(&json!({ "ids": ids, "force": true })))?;
    ensure!(answer.status == 204, "deleting answered {}: {}", answer.status, answer.text());
    is_whole(scene, &BTreeSet::new())?;
    ensure!(scene.admin.assets()?.is_empty(), "deleted assets are still there");
    Ok(())
}

/// What has to hold after every restart.
fn is_whole(scene: &Scene, acknowledged: &BTreeSet<String>) -> Result<()> {
    scene.rest()?;
    let assets = assets(&scene.admin)?;
    let lost: Vec<&String> = acknowledged.iter().filter(|checksum| !assets.contains_key(*checksum)).collect();
    ensure!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    originals_are_whole(&scene.admin, &assets)?;
    files_belong_to_assets(&scene.node, &assets)?;
    doctor_is_content(&scene.node)
}

#[test]
fn nothing_is_lost_when_killed_during_uploads() -> Result<()> {
    let seed = seed();
    let mut chance = Chance::new(seed);
    let uploads = Uploads::new()?;
    let mut scene = Scene::reporting("3.2.2")?;
    let mut acknowledged = 0;
    for round in 1..=rounds() {
        let fault = || format!("TINTYPE_KILL_SEED={seed}, round {round}");
        kill_while_uploading(&mut scene, &mut chance, &uploads).with_context(fault)?;
        scene.node.restart().with_context(fault)?;
        scene.reconnect().with_context(fault)?;
        let result = is_whole(&scene, &uploads.acknowledged.all());
        result.with_context(fault).with_context(|| format!("the node wrote:\n{}", scene.node.log()))?;
        let held = uploads.acknowledged.all().len();
        if held > MOST_ASSETS {
            empty(&scene).with_context(fault)?;
            uploads.acknowledged.forget();
            acknowledged += held;
        }
    }
    acknowledged += uploads.acknowledged.all().len();
    say(&format!("killed {} times during uploads; {acknowledged} acknowledged, none lost", rounds()));
    ensure!(acknowledged > 0, "no upload was acknowledged before a kill, so this shows nothing");
    Ok(())
}

/// A node that imports the folder, as its first start would.
fn importing(folder: &Path) -> Result<Node> {
    let (email, password) = Api::admin();
    let folder = folder.to_str().context("a folder with a plain name")?;
    Options::default()
        .environment("TINTYPE_ADMIN_EMAIL", email)
        .environment("TINTYPE_ADMIN_PASSWORD", password)
        .with_setup()
        .argument("--import")
        .argument(folder)
        .start()
}

#[test]
fn nothing_is_lost_when_killed_during_an_import() -> Result<()> {
    let seed = seed();
    let mut chance = Chance::new(seed);
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    let mut expected = BTreeSet::new();
    let one = picture(seed, 480, 320)?;
    for number in 0..IMPORTED {
        let bytes = numbered(&one, number)?;
        expected.insert(sha1_hex(&bytes));
        fs::write(folder.path().join(format!("{number}.jpg")), &bytes).context("cannot write a picture")?;
    }
    for round in 1..=rounds() {
        let check = |chance: &mut Chance| -> Result<()> {
            let mut node = importing(folder.path())?;
            thread::sleep(Duration::from_millis(chance.below(LATEST_KILL_MS)));
            node.kill9()?;
            // The same command again: it goes on where it was, and takes nothing twice.
            node.restart()?;
            let admin = node.api().log_in()?;
            let scene = Scene { node, admin };
            wait_for(&scene, expected.len())?;
            is_whole(&scene, &expected)?;
            let held = assets(&scene.admin)?.len();
            ensure!(held == expected.len(), "{held} assets from {} files", expected.len());
            Ok(())
        };
        check(&mut chance).with_context(|| format!("TINTYPE_KILL_SEED={seed}, round {round}"))?;
    }
    Ok(())
}

/// Waits until the import has brought this many assets.
fn wait_for(scene: &Scene, count: usize) -> Result<()> {
    const PAUSE: Duration = Duration::from_millis(100);
    for _ in 0..JOBS_LIMIT.as_millis() / PAUSE.as_millis() {
        if assets(&scene.admin)?.len() >= count {
            return Ok(());
        }
        thread::sleep(PAUSE);
    }
    anyhow::bail!("the import did not bring {count} assets in time:\n{}", scene.node.log())
}
