//! `tintype write-back` against a running node: what its API was told is in the files, by exiftool's word.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tintype_testkit::{Options, Upload, not_run, picture};

use crate::scene::{Scene, output};
use crate::stored::{assets, doctor_is_content};

/// How long a run takes whose exiftool is slow to start.
const SLOW: Duration = Duration::from_secs(4);
/// How long a command may take to be at work.
const PATIENCE: Duration = Duration::from_secs(60);

fn exiftool(what: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("exiftool")).find(|path| path.is_file());
    if found.is_none() {
        not_run(what, "exiftool is not installed");
    }
    found
}

fn said_of(exiftool: &Path, path: &Path) -> Result<Value> {
    let output = Command::new(exiftool).args(["-json", "-G1", "-n"]).arg(path).output()?;
    let mut objects: Vec<Value> = serde_json::from_slice(&output.stdout)?;
    objects.pop().context("exiftool said nothing")
}

fn upload(scene: &Scene, number: u64) -> Result<String> {
    let (name, bytes) = (format!("photo {number}.jpg"), picture(number, 320, 240)?);
    let answer = scene.admin.upload(&Upload { name: &name, bytes: &bytes, created: "2024-05-06T07:08:09.000Z" })?;
    ensure!(answer.status == 201, "{}", answer.text());
    let id = answer.json()?["id"].as_str().context("an id")?.to_owned();
    scene.rest()?;
    let words = json!({
        "description": format!("word {number}"), "rating": 3, "latitude": -33.5, "longitude": -70.25,
        "dateTimeOriginal": "2024-03-09T12:34:56.000-03:00"
    });
    let answer = scene.admin.call("PUT", &format!("/assets/{id}"), Some(&words))?;
    ensure!(answer.status == 200, "{}", answer.text());
    Ok(id)
}

fn original(scene: &Scene, id: &str) -> Result<PathBuf> {
    let asset = scene.admin.get(&format!("/assets/{id}"))?;
    Ok(scene.node.data_dir().join(asset["originalPath"].as_str().context("a path")?))
}

#[test]
fn what_the_api_was_told_is_in_the_files() -> Result<()> {
    let Some(exiftool) = exiftool("write-back of a node") else { return Ok(()) };
    let search = std::env::var("PATH").unwrap_or_default();
    let scene = Scene::of(Options::default().environment("PATH", &search))?;
    let ids = [upload(&scene, 1)?, upload(&scene, 2)?];
    let command = |arguments: &[&str]| -> Result<String> {
        output(scene.node.command(&[&["write-back"], arguments].concat())?.env("PATH", &search), &scene.node)
    };
    let table = command(&["--all", "--dry-run"])?;
    ensure!(table.contains("XMP-dc:Description") && table.contains("(none) -> word 1"), "{table}");
    ensure!(!original(&scene, &ids[0])?.with_extension("jpg.xmp").exists(), "a dry run wrote");

    let stats = scene.node.data_dir().join("stats.json");
    let log = scene.node.data_dir().join("write.log");
    let (stats_text, log_text) = (stats.display().to_string(), log.display().to_string());
    let done = command(&["--all", "--export-stats", "json", &stats_text, "--log-file", &log_text])?;
    ensure!(done.contains("2 written"), "{done}");
    let numbers: Value = serde_json::from_str(&std::fs::read_to_string(&stats)?)?;
    ensure!(numbers["written"] == 2 && numbers["seen"] == 2 && numbers["rate"].is_number(), "{numbers}");
    let logged = std::fs::read_to_string(&log)?;
    ensure!(logged.contains("photo 1.jpg (sidecar)") && logged.lines().count() >= 4, "{logged}");
    let sidecar = original(&scene, &ids[0])?.with_extension("jpg.xmp");
    let words = said_of(&exiftool, &sidecar)?;
    ensure!(words["XMP-dc:Description"] == "word 1" && words["XMP-xmp:Rating"] == 3, "{words}");
    ensure!(words["XMP-exif:GPSLatitude"] == -33.5 && words["XMP-exif:GPSLongitude"] == -70.25, "{words}");
    ensure!(words["XMP-photoshop:DateCreated"] == "2024:03:09 12:34:56-03:00", "{words}");
    let again = command(&["--all", "--only-new"])?;
    ensure!(again.contains("0 written, 2 equal"), "{again}");

    let done = command(&["--all", "--to", "embedded", "--json"])?;
    let report: Value = serde_json::from_str(done.lines().last().unwrap_or_default())?;
    ensure!(report["written"] == 2, "{done}");
    let words = said_of(&exiftool, &original(&scene, &ids[1])?)?;
    ensure!(words["IFD0:ImageDescription"] == "word 2" && words["GPS:GPSLongitudeRef"] == "W", "{words}");
    // The devices' photos are still known by their own names.
    let answer = scene.admin.upload(&Upload {
        name: "photo 2.jpg",
        bytes: &picture(2, 320, 240)?,
        created: "2024-05-06T07:08:09.000Z",
    })?;
    ensure!(answer.status == 200, "it was taken for a new one: {}", answer.text());
    let written = std::fs::read(original(&scene, &ids[1])?)?;
    let answer =
        scene.admin.upload(&Upload { name: "back.jpg", bytes: &written, created: "2024-05-06T07:08:09.000Z" })?;
    ensure!(answer.status == 200, "what was written came back as a new one: {}", answer.text());
    ensure!(assets(&scene.admin)?.len() == 2);

    let runs = command(&["runs", "--json"])?;
    let newest: Value = serde_json::from_str(runs.lines().next().unwrap_or_default())?;
    let number = newest["run"].to_string();
    let back = command(&["undo", &number])?;
    ensure!(back.contains("2 written"), "{back}");
    let words = said_of(&exiftool, &original(&scene, &ids[1])?)?;
    ensure!(words["IFD0:ImageDescription"].is_null() && words["XMP-xmp:Rating"].is_null(), "{words}");
    doctor_is_content(&scene.node)
}

#[test]
fn one_run_at_a_time_and_it_can_be_interrupted() -> Result<()> {
    let Some(exiftool) = exiftool("interrupted write-back") else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let slow = folder.path().join("exiftool");
    let text = format!(
        "#!/bin/sh\ncase \"$*\" in *-stay_open*) sleep {};; esac\nexec '{}' \"$@\"\n",
        SLOW.as_secs(),
        exiftool.display()
    );
    std::fs::write(&slow, text)?;
    std::fs::set_permissions(&slow, std::fs::Permissions::from_mode(0o755))?;
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap_or_default());
    let scene = Scene::of(Options::default().environment("PATH", &path))?;
    upload(&scene, 1)?;
    let arguments = ["write-back", "--caption", "--to", "embedded"];
    let mut first = scene.node.command(&arguments)?;
    let first = first.env("PATH", &path).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    // The first one is at work once its folder is there.
    let (scratch, begin) = (scene.node.data_dir().join("writing-back"), Instant::now());
    while !scratch.is_dir() {
        ensure!(begin.elapsed() < PATIENCE, "the first run does not begin");
        std::thread::sleep(Duration::from_millis(20));
    }
    let second = scene.node.command(&arguments)?.env("PATH", &path).output()?;
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    ensure!(!second.status.success() && said.contains("another run is writing"), "{said}");

    let pid = rustix::process::Pid::from_child(&first);
    rustix::process::kill_process(pid, rustix::process::Signal::INT)?;
    let ended = first.wait_with_output()?;
    let told = String::from_utf8_lossy(&ended.stdout).into_owned();
    ensure!(ended.status.code() == Some(130) && told.contains("--resume"), "{} {told}", ended.status);
    let begin = Instant::now();
    // The node finishes the batch at hand; then the next one may begin.
    let resumed = loop {
        let output = scene.node.command(&[&arguments[..], &["--resume"]].concat())?.env("PATH", &path).output()?;
        if output.status.success() {
            break String::from_utf8_lossy(&output.stdout).into_owned();
        }
        ensure!(begin.elapsed() < PATIENCE, "{}", String::from_utf8_lossy(&output.stderr));
        std::thread::sleep(Duration::from_millis(200));
    };
    ensure!(resumed.contains("0 files") || resumed.contains("1 equal"), "the batch had been finished: {resumed}");
    let left: Vec<_> = std::fs::read_dir(scene.node.data_dir().join("incoming"))?.collect();
    ensure!(left.is_empty() && !scratch.exists(), "left over: {left:?}");
    ensure!(assets(&scene.admin)?.len() == 1);

    doctor_is_content(&scene.node)
}

/// How long an exiftool sleeps that does not wake up by itself in time.
const DEAF_SECONDS: u64 = 120;

#[test]
fn a_second_signal_ends_the_work_of_a_node_at_once() -> Result<()> {
    let Some(exiftool) = exiftool("write-back that is ended at once") else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let deaf = folder.path().join("exiftool");
    let search = std::env::var("PATH").unwrap_or_default();
    let scene = Scene::of(Options::default().environment("PATH", &format!("{}:{search}", folder.path().display())))?;
    let id = upload(&scene, 1)?;
    let before = std::fs::read(original(&scene, &id)?)?;
    // From now on it hangs.
    let text = format!(
        "#!/bin/sh\ncase \"$*\" in *-stay_open*) sleep {DEAF_SECONDS};; esac\nexec '{}' \"$@\"\n",
        exiftool.display()
    );
    std::fs::write(&deaf, text)?;
    std::fs::set_permissions(&deaf, std::fs::Permissions::from_mode(0o755))?;
    let arguments = ["write-back", "--caption", "--to", "embedded"];
    let run = scene.node.command(&arguments)?.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (scratch, begin) = (scene.node.data_dir().join("writing-back"), Instant::now());
    while !scratch.is_dir() {
        ensure!(begin.elapsed() < PATIENCE, "the run does not begin");
        std::thread::sleep(Duration::from_millis(20));
    }
    let pid = rustix::process::Pid::from_child(&run);
    for _ in 0..2 {
        rustix::process::kill_process(pid, rustix::process::Signal::INT)?;
        std::thread::sleep(Duration::from_millis(300));
    }
    let ended = run.wait_with_output()?;
    ensure!(ended.status.code() == Some(130), "{}", ended.status);
    // The folder goes with the run, also in the node.
    while scratch.exists() {
        ensure!(begin.elapsed() < PATIENCE, "the node works on");
        std::thread::sleep(Duration::from_millis(50));
    }
    ensure!(std::fs::read(original(&scene, &id)?)? == before, "the photo was changed");
    std::fs::remove_file(&deaf)?;
    std::os::unix::fs::symlink(&exiftool, &deaf)?;
    let resumed = output(&mut scene.node.command(&[&arguments[..], &["--resume"]].concat())?, &scene.node)?;
    ensure!(resumed.contains("1 written"), "{resumed}");
    let left: Vec<_> = std::fs::read_dir(scene.node.data_dir().join("incoming"))?.collect();
    ensure!(left.is_empty() && begin.elapsed() < Duration::from_secs(DEAF_SECONDS), "left over: {left:?}");
    doctor_is_content(&scene.node)
}

/// Waits until a file says something.
fn until(exiftool: &Path, path: &Path, tag: &str, wanted: &Value) -> Result<()> {
    let begin = Instant::now();
    loop {
        let words = if path.is_file() { said_of(exiftool, path)? } else { Value::Null };
        if &words[tag] == wanted {
            return Ok(());
        }
        ensure!(begin.elapsed() < PATIENCE, "{tag} is not {wanted}: {words}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn files_follow_what_changes_by_themselves() -> Result<()> {
    let Some(exiftool) = exiftool("files that follow changes") else { return Ok(()) };
    let search = std::env::var("PATH").unwrap_or_default();
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("tintype.toml");
    std::fs::write(&config, "[writeback]\nwatch = true\nmodules = [\"caption\", \"rating\", \"albums\", \"tags\"]\n")?;
    let options =
        Options::default().environment("PATH", &search).environment("TINTYPE_CONFIG", &config.display().to_string());
    let mut scene = Scene::of(options)?;
    let id = upload(&scene, 1)?;
    let sidecar = original(&scene, &id)?.with_extension("jpg.xmp");
    until(&exiftool, &sidecar, "XMP-dc:Description", &json!("word 1"))?;
    let change = json!({ "description": "another word" });
    ensure!(scene.admin.call("PUT", &format!("/assets/{id}"), Some(&change))?.status == 200);
    until(&exiftool, &sidecar, "XMP-dc:Description", &json!("another word"))?;
    let words = said_of(&exiftool, &sidecar)?;
    ensure!(words["XMP-xmp:Rating"] == 3 && words["XMP-exif:GPSLatitude"].is_null(), "{words}");
    // What the photo is in, which changes without it, and what goes without a trace in the feed.
    let call = |method: &str, path: &str, body: Option<&Value>| -> Result<Value> {
        let answer = scene.admin.call(method, path, body)?;
        ensure!((200..300).contains(&answer.status), "{method} {path}: {}", answer.text());
        Ok(answer.json().unwrap_or_default())
    };
    let labels = |wanted: Value| until(&exiftool, &sidecar, "XMP-digiKam:TagsList", &wanted);
    let album = call("POST", "/albums", Some(&json!({ "albumName": "Summer", "assetIds": [id] })))?;
    labels(json!("Albums/Summer"))?;
    let album = format!("/albums/{}", album["id"].as_str().context("an album")?);
    call("PATCH", &album, Some(&json!({ "albumName": "Autumn" })))?;
    labels(json!("Albums/Autumn"))?;
    let tags = call("PUT", "/tags", Some(&json!({ "tags": ["Wales"] })))?;
    let tag = format!("/tags/{}", tags[0]["id"].as_str().context("a tag")?);
    call("PUT", &format!("{tag}/assets"), Some(&json!({ "ids": [id] })))?;
    labels(json!(["Albums/Autumn", "Wales"]))?;
    call("DELETE", &album, None)?;
    labels(json!("Wales"))?;
    call("DELETE", &tag, None)?;
    labels(Value::Null)?;
    let runs = |scene: &Scene| -> Result<usize> {
        let text = output(&mut scene.node.command(&["write-back", "runs", "--json"])?, &scene.node)?;
        Ok(text.lines().filter(|line| line.starts_with('{')).count())
    };
    let before = runs(&scene)?;
    ensure!((1..=9).contains(&before), "{before} runs");
    // What was written moved nothing, so nothing more happens, also after a restart.
    let ended = scene.node.stop()?;
    ensure!(ended.status.success(), "{}", ended.status);
    scene.node.restart()?;
    std::thread::sleep(SLOW * 2);
    ensure!(runs(&scene)? == before, "it went on writing");
    doctor_is_content(&scene.node)
}

/// Where a photo of another server lies in a copy of its folder, found by the last three parts of its path.
fn copied(scene: &Scene, id: &str, folder: &Path) -> Result<PathBuf> {
    let original = original(scene, id)?;
    let parts: Vec<_> = original.components().rev().take(3).collect();
    let place = folder.join(parts.iter().rev().collect::<PathBuf>());
    std::fs::create_dir_all(place.parent().context("a folder")?)?;
    std::fs::copy(original, &place)?;
    Ok(place)
}

#[test]
fn photos_of_another_server_are_written_by_its_key() -> Result<()> {
    let Some(exiftool) = exiftool("write-back for another server") else { return Ok(()) };
    let search = std::env::var("PATH").unwrap_or_default();
    let there = Scene::of(Options::default())?;
    let ids = (1..=3).map(|number| upload(&there, number)).collect::<Result<Vec<_>>>()?;
    let album = json!({ "albumName": "Summer", "assetIds": [ids[0]] });
    ensure!(there.admin.call("POST", "/albums", Some(&album))?.status == 201);
    let tags = there.admin.call("PUT", "/tags", Some(&json!({ "tags": ["Travel/Wales"] })))?.json()?;
    let tag = tags[0]["id"].as_str().context("a tag")?;
    ensure!(there.admin.call("PUT", &format!("/tags/{tag}/assets"), Some(&json!({ "ids": [ids[0]] })))?.status == 200);
    let person = there.admin.call("POST", "/people", Some(&json!({ "name": "Ada" })))?.json()?["id"].clone();
    let face = json!({
        "assetId": ids[0], "personId": person, "imageWidth": 320, "imageHeight": 240, "x": 32, "y": 24, "width": 64,
        "height": 48,
    });
    ensure!(there.admin.call("POST", "/faces", Some(&face))?.status == 201);
    // Its files lie in a folder here; one is missing, one is another one.
    let folder = tempfile::tempdir()?;
    let place = copied(&there, &ids[0], folder.path())?;
    std::fs::write(copied(&there, &ids[1], folder.path())?, picture(77, 320, 240)?)?;

    // The proxy lets one of ten calls fail; the pace is the server's business, so it is not measured here.
    let (proxy, calls) = crate::faulty_proxy::faulty_proxy(there.node.url(), 7)?;
    let here = Scene::of(Options::default().environment("PATH", &search))?;
    let key = there.admin.api_key()?;
    let command = |url: &str, arguments: &[&str]| -> Result<std::process::Output> {
        let mut command = here.node.command(&[&["write-back"], arguments].concat())?;
        command.env("PATH", &search).env("IMMICH_INSTANCE_URL", url).env("IMMICH_API_KEY", &key);
        Ok(command.env("PHOTO_DIR", folder.path()).env("CAPTION_MAX_LEN", "5").output()?)
    };
    let run = |url: &str, arguments: &[&str]| -> Result<String> {
        let output = command(url, arguments)?;
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        ensure!(output.status.success(), "{arguments:?}: {said}\n{}", here.node.log());
        Ok(said)
    };
    let api = format!("{}/api", there.node.url());
    let said = run(&api, &["--all", "--dry-run"])?;
    ensure!(said.contains("(none) -> word 1") && said.contains("1 would be written"), "{said}");
    ensure!(said.contains("other-content 1") && said.contains("missing 1"), "{said}");
    let said = run(&proxy, &["--all", "--to", "both"])?;
    ensure!(said.contains("2 written") && said.contains("failed 0"), "{said}");
    ensure!(said.contains("was asked to read the files of 1"), "{said}");
    let sidecar = place.with_extension("jpg.xmp");
    for words in [said_of(&exiftool, &sidecar)?, said_of(&exiftool, &place)?] {
        ensure!(words["XMP-dc:Description"] == "word 1", "50 characters at least: {words}");
        ensure!(words["XMP-xmp:Rating"] == 3 && words["XMP-exif:GPSLatitude"] == -33.5, "{words}");
        ensure!(words["XMP-photoshop:DateCreated"] == "2024:03:09 12:34:56-03:00", "{words}");
        let tags = json!(["People/Ada", "Albums/Summer", "Travel/Wales"]);
        ensure!(words["XMP-digiKam:TagsList"] == tags && words["XMP-mwg-rs:RegionName"] == "Ada", "{words}");
    }
    // Whatever failed on the way: nothing is written twice.
    let said = run(&proxy, &["--all", "--to", "both", "--only-new"])?;
    ensure!(said.contains("0 written, 2 equal"), "{said}");
    let failed = calls.failed.load(std::sync::atomic::Ordering::Relaxed);
    ensure!(failed > 0, "the proxy let everything pass");
    let said = run(&api, &["undo", "1"])?;
    ensure!(said.contains("2 written") && !sidecar.exists(), "{said}");
    ensure!(said_of(&exiftool, &place)?["XMP-dc:Description"].is_null(), "not taken back");

    let poor = json!({ "name": "poor", "permissions": ["asset.read"] });
    let poor = there.admin.call("POST", "/api-keys", Some(&poor))?.json()?["secret"].clone();
    let file = folder.path().join("key");
    std::fs::write(&file, poor.as_str().context("a key")?)?;
    let output = command(&api, &["--all", "--api-key-file", file.to_str().context("a path")?])?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(!output.status.success() && said.contains("lacks the permission user.read"), "{said}");
    doctor_is_content(&here.node)
}

/// Kills of the node while it writes, unless told otherwise.
const KILLS: u64 = 4;
/// Photos that are written.
const PHOTOS: u64 = 8;
/// The latest moment of a kill after a run began, in milliseconds.
const LATEST_KILL_MS: u64 = 1_500;

#[test]
fn a_node_that_is_killed_while_it_writes_damages_nothing() -> Result<()> {
    let Some(exiftool) = exiftool("kills during write-back") else { return Ok(()) };
    let search = std::env::var("PATH").unwrap_or_default();
    let mut scene = Scene::of(Options::default().environment("PATH", &search))?;
    let ids = (1..=PHOTOS).map(|number| upload(&scene, number)).collect::<Result<Vec<_>>>()?;
    let kills = std::env::var("TINTYPE_KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let seed = std::env::var("TINTYPE_KILL_SEED").ok().and_then(|text| text.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| u64::from(std::process::id()));
    for round in 0..kills {
        let arguments = ["write-back", "--all", "--to", "both"];
        let mut run = scene.node.command(&arguments)?;
        let mut run = run.env("PATH", &search).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        // Spread over the run, and another spread for another seed.
        let pause = (seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(round * 977)) % LATEST_KILL_MS;
        std::thread::sleep(Duration::from_millis(pause));
        scene.node.kill9()?;
        run.wait()?;
        scene.node.restart()?;
        scene.reconnect()?;
        scene.rest()?;
        doctor_is_content(&scene.node)
            .with_context(|| format!("seed {seed}, round {round}, killed after {pause} ms"))?;
    }
    let done = output(scene.node.command(&["write-back", "--all", "--to", "both"])?.env("PATH", &search), &scene.node)?;
    ensure!(done.contains("failed 0"), "seed {seed}: {done}");
    let again =
        output(scene.node.command(&["write-back", "--all", "--to", "both"])?.env("PATH", &search), &scene.node)?;
    ensure!(again.contains("0 written, 16 equal"), "seed {seed}: {again}");
    for (index, id) in ids.iter().enumerate() {
        let original = original(&scene, id)?;
        let words = said_of(&exiftool, &original)?;
        ensure!(words["IFD0:ImageDescription"] == format!("word {}", index + 1), "seed {seed}: {words}");
        ensure!(words["XMP-dc:Description"] == format!("word {}", index + 1), "seed {seed}: {words}");
    }
    ensure!(assets(&scene.admin)?.len() == ids.len());
    doctor_is_content(&scene.node)
}

#[test]
fn a_folder_without_a_library_is_refused() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    for arguments in [&["--all", "--dry-run"][..], &["runs"], &["undo", "1"]] {
        let refused = Command::new(tintype_testkit::binary()?)
            .arg("write-back")
            .args(arguments)
            .arg("--data")
            .arg(&data)
            .output()?;
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        ensure!(!refused.status.success() && said.contains("there is no library in"), "{arguments:?}: {said}");
        ensure!(!data.exists(), "{arguments:?} has made one");
    }
    Ok(())
}
