//! The pages in a headless browser: one script in `journeys/` for each thing that a person does.
//!
//! A journey gets a node with an account and some pictures, unless it is about something else. It fails when a script
//! of a page throws, a request fails, a page asks another machine for anything, or a page shuts somebody out (serious
//! findings of axe-core); `browser.mjs` watches that. Screenshots are left in `screenshots/` of cargo's target folder,
//! to be looked at.

mod trouble;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tintype_testkit::{Api, Javascript, Node, Upload, not_run, picture, program, target};

/// Pictures in the library before a journey starts, one a week.
const PICTURES: u64 = 12;

/// Made-up assets of the journey through a large library.
const MANY: &str = "100000";

const JOBS_LIMIT: Duration = Duration::from_secs(180);

/// What a journey starts from.
#[derive(Clone, Copy)]
enum Start {
    /// Nobody has signed up yet.
    Nothing,
    /// An account and some pictures.
    Pictures,
    /// An account and rows without files.
    Many,
    /// An account without pictures, and another node that has some, with an account of the same name.
    Upstream,
    /// An account, some pictures, and a landing zone.
    Landing,
    /// An account, some pictures, and a folder that has one of them and one of its own.
    Folder,
    /// A node that follows another one, which is away, and much that a person has to decide.
    Trouble,
}

/// Plays `journeys/<name>.mjs`.
fn journey(name: &str, start: Start) -> Result<()> {
    let what = format!("the browser journey {name}");
    let Some(chromium) = program("chromium") else {
        not_run(&what, "chromium is not installed");
        return Ok(());
    };
    let javascript = match Javascript::with(&["playwright-core", "axe-core"]) {
        Ok(javascript) => javascript,
        Err(error) => {
            not_run(&what, &format!("{error:#}"));
            return Ok(());
        }
    };
    let mut node = Node::start()?;
    match start {
        Start::Nothing => {}
        Start::Pictures => fill(&node.api().sign_up()?)?,
        Start::Many => seed(&mut node)?,
        Start::Landing => {
            fill(&node.api().sign_up()?)?;
            let text =
                "[[landing.zone]]\nname = 'phone'\nfolder = 'landing/phone'\nsettle_seconds = 1\nrecipe = 'none'\n";
            std::fs::create_dir_all(node.data_dir().join("landing/phone"))?;
            std::fs::write(node.data_dir().join("tintype.toml"), text)?;
            node.restart()?;
        }
        Start::Folder => fill(&node.api().sign_up()?)?,
        Start::Upstream | Start::Trouble => drop(node.api().sign_up()?),
    }
    let (folder, camera) = (tempfile::tempdir().context("no folder")?, tempfile::tempdir().context("no folder")?);
    if matches!(start, Start::Folder) {
        add_folder(&node, folder.path())?;
    }
    let mut command = javascript.script(&script(name));
    command.env("TINTYPE_ZONE", node.data_dir().join("landing/phone")).env("TINTYPE_CAMERA", camera.path());
    let mut upstream = None;
    if matches!(start, Start::Upstream | Start::Trouble) {
        let upstream = upstream.insert(Node::start()?);
        fill(&upstream.api().sign_up()?)?;
        command.env("TINTYPE_UPSTREAM", upstream.url());
        if matches!(start, Start::Trouble) {
            trouble::make(&mut node, upstream)?;
        }
    }
    play(command, name, &chromium, &node)
}

/// A folder with a picture that the library has and one that it has not, in agreement with it.
fn add_folder(node: &Node, folder: &Path) -> Result<()> {
    let hour_ago = std::time::SystemTime::now() - Duration::from_secs(3_600);
    for (name, number) in [("picture-0.jpg", 0), ("fresh.jpg", PICTURES + 1)] {
        let path = folder.join(name);
        std::fs::write(&path, picture(number, 800, 600)?)?;
        std::fs::File::options().write(true).open(&path)?.set_modified(hour_ago)?;
    }
    let path = folder.to_str().context("no text")?;
    let mut command = node.command(&["folder", "add", path, "--policy", "two-way", "--quarantine-days", "0"])?;
    let output = command.output().context("cannot add the folder")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// Stops the node, fills its library with made-up rows and starts it again.
fn seed(node: &mut Node) -> Result<()> {
    let (email, password) = Api::admin();
    node.stop()?;
    let mut command = node.command(&["dev", "seed", "--assets", MANY])?;
    command.env("TINTYPE_ADMIN_EMAIL", email).env("TINTYPE_ADMIN_PASSWORD", password);
    let output = command.output().context("cannot seed the library")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    node.restart()
}

fn script(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("journeys").join(name).with_extension("mjs")
}

/// Uploads the pictures and waits until their thumbnails are there.
fn fill(admin: &Api) -> Result<()> {
    const WEEKS_IN_MONTH: u64 = 4;
    for number in 0..PICTURES {
        let (month, day) = (1 + number / WEEKS_IN_MONTH, 1 + 7 * (number % WEEKS_IN_MONTH));
        let (name, created) = (format!("picture-{number}.jpg"), format!("2024-{month:02}-{day:02}T12:00:00.000Z"));
        let bytes = picture(number, 800, 600)?;
        let answer = admin.upload(&Upload { name: &name, bytes: &bytes, created: &created })?;
        ensure!(answer.status == 201, "{name} was answered with {}: {}", answer.status, answer.text());
    }
    admin.wait_for_jobs(JOBS_LIMIT)
}

fn play(mut script: Command, name: &str, chromium: &Path, node: &Node) -> Result<()> {
    let (email, password) = Api::admin();
    let profile = tempfile::tempdir().context("cannot make a folder")?;
    script.env("TINTYPE_JOURNEY", name).env("TINTYPE_URL", node.url()).env("TINTYPE_CHROMIUM", chromium);
    script.env("TINTYPE_EMAIL", email).env("TINTYPE_PASSWORD", password);
    script.env("TINTYPE_SCREENSHOTS", target()?.join("screenshots"));
    // The browser keeps what it writes to a folder that goes away.
    script.env("HOME", profile.path());
    let output = script.output().context("cannot run the script")?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    ensure!(output.status.success() && said.contains("journey done"), "{said}\nThe node wrote:\n{}", node.log());
    Ok(())
}

#[test]
fn sign_in() -> Result<()> {
    journey("sign_in", Start::Pictures)
}

#[test]
fn welcome() -> Result<()> {
    journey("welcome", Start::Nothing)
}

#[test]
fn timeline() -> Result<()> {
    journey("timeline", Start::Many)
}

#[test]
fn viewer() -> Result<()> {
    journey("viewer", Start::Pictures)
}

#[test]
fn selection() -> Result<()> {
    journey("selection", Start::Pictures)
}

#[test]
fn upload() -> Result<()> {
    journey("upload", Start::Pictures)
}

#[test]
fn albums() -> Result<()> {
    journey("albums", Start::Pictures)
}

#[test]
fn sharing() -> Result<()> {
    journey("sharing", Start::Pictures)
}

#[test]
fn writing() -> Result<()> {
    journey("writing", Start::Pictures)
}

#[test]
fn sync() -> Result<()> {
    journey("sync", Start::Upstream)
}

#[test]
fn sync_trouble() -> Result<()> {
    journey("sync_trouble", Start::Trouble)
}

#[test]
fn ingest() -> Result<()> {
    journey("ingest", Start::Landing)
}

#[test]
fn folders() -> Result<()> {
    journey("folders", Start::Folder)
}

#[test]
fn trash() -> Result<()> {
    journey("trash", Start::Pictures)
}

#[test]
fn jobs() -> Result<()> {
    journey("jobs", Start::Pictures)
}

#[test]
fn account() -> Result<()> {
    journey("account", Start::Pictures)
}

#[test]
fn phone() -> Result<()> {
    journey("phone", Start::Pictures)
}

#[test]
fn themes() -> Result<()> {
    journey("themes", Start::Pictures)
}
