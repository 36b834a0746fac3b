//! `tintype folder`, `reconcile` and `verify` against a running node: a folder and its library, week by week.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tintype_testkit::{Node, picture};

use crate::scene::{Scene, output};

/// How long something may take that happens by itself.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

fn run(node: &Node, arguments: &[&str]) -> Result<String> {
    output(&mut node.command(arguments)?, node)
}

/// What a plan says, and its name.
pub(crate) fn plan(node: &Node, folder: &Path) -> Result<Value> {
    let said = run(node, &["reconcile", "plan", folder.to_str().context("no text")?, "--json"])?;
    serde_json::from_str(said.lines().next().context("no plan")?).with_context(|| said)
}

/// Kind, name and heap of each entry.
fn heaps(plan: &Value) -> Vec<(String, String, String)> {
    let text = |action: &Value, member: &str| action[member].as_str().unwrap_or_default().to_owned();
    let actions = plan["folders"][0]["actions"].as_array().cloned().unwrap_or_default();
    actions.iter().map(|action| (text(action, "bucket"), text(action, "kind"), text(action, "name"))).collect()
}

fn entry(bucket: &str, kind: &str, name: &str) -> (String, String, String) {
    (bucket.to_owned(), kind.to_owned(), name.to_owned())
}

fn apply(node: &Node, plan: &Value, more: &[&str]) -> Result<String> {
    let id = plan["id"].as_str().context("no name")?;
    run(node, &[&["reconcile", "apply", id], more].concat())
}

fn file(folder: &Path, name: &str, number: u64) -> Result<()> {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().context("no parent")?)?;
    fs::write(&path, picture(number, 64, 48)?)?;
    // Of an age at which nobody writes to it any more.
    let date = std::time::SystemTime::now() - std::time::Duration::from_secs(3_600);
    Ok(fs::File::options().write(true).open(&path)?.set_modified(date)?)
}

fn names(scene: &Scene, trashed: bool) -> Result<Vec<String>> {
    let body =
        if trashed { json!({ "withDeleted": true, "trashedAfter": "2000-01-01T00:00:00.000Z" }) } else { json!({}) };
    let answer = scene.admin.call("POST", "/search/metadata", Some(&body))?.json()?;
    let items = answer["assets"]["items"].as_array().cloned().unwrap_or_default();
    let mut names: Vec<String> =
        items.iter().filter_map(|item| item["originalFileName"].as_str().map(str::to_owned)).collect();
    names.sort();
    Ok(names)
}

#[test]
fn a_folder_and_its_library_agree_and_deletes_can_be_taken_back() -> Result<()> {
    let scene = Scene::of(tintype_testkit::Options::default())?;
    let node = &scene.node;
    let folder = tempfile::tempdir()?;
    for (name, number) in [("a.jpg", 1), ("b.jpg", 2), ("Summer/c.jpg", 3)] {
        file(folder.path(), name, number)?;
    }
    let path = folder.path().to_str().context("no text")?;
    let album = ["--album", "{folder}", "--quarantine-days", "0"];
    let added = run(node, &[&["folder", "add", path, "--policy", "two-way"], &album[..]].concat())?;
    ensure!(added.contains("two-way") && added.contains("only reports"), "{added}");

    let first = plan(node, folder.path())?;
    ensure!(heaps(&first).len() == 3 && first["folders"][0]["reportOnly"] == "first-run", "{first}");
    let refused = node.command(&["reconcile", "apply", first["id"].as_str().context("no name")?])?.output()?;
    ensure!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("only reports"));
    let said = apply(node, &plan(node, folder.path())?, &[])?;
    ensure!(said.contains("3 of 3 done, 0 failed"), "{said}");
    scene.rest()?;
    ensure!(names(&scene, false)? == ["a.jpg", "b.jpg", "c.jpg"]);
    let albums = scene.admin.get("/albums")?;
    ensure!(
        albums.as_array().is_some_and(|albums| albums.iter().any(|album| album["albumName"] == "Summer")),
        "{albums}"
    );
    ensure!(heaps(&plan(node, folder.path())?).is_empty(), "the next plan is empty");

    // One goes on each side.
    fs::remove_file(folder.path().join("a.jpg"))?;
    let b = scene.admin.call("POST", "/search/metadata", Some(&json!({ "originalFileName": "b.jpg" })))?.json()?;
    let b = b["assets"]["items"][0]["id"].clone();
    scene.admin.call("DELETE", "/assets", Some(&json!({ "ids": [b] })))?;
    let found = plan(node, folder.path())?;
    let expected = [entry("trash", "trash-asset", "a.jpg"), entry("trash", "trash-file", "b.jpg")];
    ensure!(heaps(&found) == expected, "{found}");
    let precious = folder.path().join("Summer/c.jpg");
    let before = fs::read(&precious)?;
    let precious_name = precious.to_str().context("no text")?;
    let refused = node.command(&["reconcile", "plan", path, "-o", precious_name])?.output()?;
    ensure!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("is no plan"));
    ensure!(fs::read(&precious)? == before, "a plan replaces nothing");
    let held = apply(node, &found, &[])?;
    ensure!(held.contains("nothing was to be done"), "a strict folder asks: {held}");
    let found = plan(node, folder.path())?;
    let done = apply(node, &found, &["--accept-all"])?;
    ensure!(done.contains("2 of 2 done, 0 failed"), "{done}");
    ensure!(names(&scene, true)? == ["a.jpg", "b.jpg"] && !folder.path().join("b.jpg").exists());
    ensure!(run(node, &["verify", "--originals"])?.contains("0 faults"));

    let journal = run(node, &["reconcile", "journal", "--json"])?;
    let last: Value = serde_json::from_str(journal.lines().next().context("no journal")?)?;
    ensure!(last["done"] == 2 && last["endedAt"].is_string(), "{last}");
    let number = last["run"].to_string();
    let back = run(node, &["reconcile", "restore", &number])?;
    ensure!(back.contains("b.jpg") && back.contains("out of the library's trash"), "{back}");
    ensure!(names(&scene, false)? == ["a.jpg", "b.jpg", "c.jpg"] && folder.path().join("b.jpg").is_file());
    apply(node, &plan(node, folder.path())?, &[])?;
    ensure!(heaps(&plan(node, folder.path())?).is_empty(), "both sides have everything again");
    let status = run(node, &["folder", "status", "--json"])?;
    let status: Value = serde_json::from_str(status.trim())?;
    ensure!(status["agreed"] == 3 && status["policy"] == "two-way", "{status}");
    ensure!(run(node, &["folder", "remove", path])?.contains("Nothing in it was touched"));
    Ok(())
}

#[test]
fn a_watched_folder_is_brought_together_by_itself() -> Result<()> {
    let scene = Scene::of(tintype_testkit::Options::default())?;
    let folder = tempfile::tempdir()?;
    file(folder.path(), "a.jpg", 1)?;
    file(folder.path(), "b.jpg", 2)?;
    let path = folder.path().to_str().context("no text")?;
    let rules = ["--policy", "two-way", "--quarantine-days", "0", "--strictness", "autonomous"];
    run(&scene.node, &[&["folder", "add", path], &rules[..]].concat())?;
    let mut watching = scene.node.command(&["reconcile", "watch", "--every", "1s"])?.spawn()?;
    let outcome = watched(&scene, folder.path());
    watching.kill()?;
    watching.wait()?;
    outcome
}

fn watched(scene: &Scene, folder: &Path) -> Result<()> {
    let wait = |expected: &[&str], trashed: bool| -> Result<()> {
        let begin = std::time::Instant::now();
        while names(scene, trashed)? != expected {
            ensure!(begin.elapsed() < PATIENCE, "{:?} is what there is", names(scene, trashed)?);
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        Ok(())
    };
    wait(&["a.jpg", "b.jpg"], false)?;
    fs::remove_file(folder.join("a.jpg"))?;
    wait(&["a.jpg"], true)?;
    ensure!(names(scene, false)? == ["b.jpg"]);
    Ok(())
}

#[test]
fn the_data_folder_is_no_folder_to_agree_with() -> Result<()> {
    let scene = Scene::of(tintype_testkit::Options::default())?;
    for below in ["", "library"] {
        let folder = scene.node.data_dir().join(below);
        fs::create_dir_all(&folder)?;
        let path = folder.to_str().context("no text")?;
        let refused = scene.node.command(&["folder", "add", path, "--policy", "backup"])?.output()?;
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        ensure!(!refused.status.success() && said.contains("data folder"), "{said}");
    }
    Ok(())
}

/// Waits until the assets outside the trash are called so.
fn wait_for(scene: &Scene, expected: &[&str]) -> Result<()> {
    let begin = std::time::Instant::now();
    while names(scene, false)? != expected {
        ensure!(begin.elapsed() < PATIENCE, "{:?} is what there is", names(scene, false)?);
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    Ok(())
}

fn asset_called(scene: &Scene, name: &str) -> Result<Value> {
    let query = json!({ "originalFileName": name, "withDeleted": true });
    let found = scene.admin.call("POST", "/search/metadata", Some(&query))?.json()?;
    Ok(found["assets"]["items"][0].clone())
}

#[test]
fn files_that_stay_in_place_are_an_external_library() -> Result<()> {
    let scene = Scene::of(tintype_testkit::Options::default())?;
    let node = &scene.node;
    let folder = tempfile::tempdir()?;
    let root = fs::canonicalize(folder.path())?;
    for (name, number) in [("a.jpg", 1), ("Summer/b.jpg", 2)] {
        file(&root, name, number)?;
    }
    let path = root.to_str().context("no text")?;
    let rules = ["--policy", "index", "--quarantine-days", "0", "--strictness", "trusting"];
    run(node, &[&["folder", "add", path], &rules[..]].concat())?;
    let status: Value = serde_json::from_str(run(node, &["folder", "status", "--json"])?.trim())?;
    ensure!(status["policy"] == "index", "{status}");
    let library = status["library"].as_str().context("no library")?.to_owned();
    let scan = || scene.admin.call("POST", &format!("/libraries/{library}/scan"), None);

    // The first look only reports, whoever asks for it.
    let first = plan(node, &root)?;
    ensure!(heaps(&first).len() == 2 && first["folders"][0]["reportOnly"] == "first-run", "{first}");
    ensure!(scan()?.status == 204);
    wait_for(&scene, &["a.jpg", "b.jpg"])?;
    scene.rest()?;
    let asset = asset_called(&scene, "a.jpg")?;
    let id = asset["id"].as_str().context("no id")?.to_owned();
    ensure!(asset["libraryId"] == library.as_str() && asset["originalPath"] == format!("{path}/a.jpg"), "{asset}");
    ensure!(scene.admin.bytes(&format!("/assets/{id}/original"))? == picture(1, 64, 48)?);
    ensure!(!node.data_dir().join("library").exists(), "nothing was copied");
    let seen = scene.admin.get(&format!("/libraries/{library}/statistics"))?;
    ensure!(seen["photos"] == 2, "{seen}");

    // It is moved, and keeps all that was said of it.
    scene.admin.call("PUT", &format!("/assets/{id}"), Some(&json!({ "isFavorite": true })))?;
    fs::create_dir(root.join("Winter"))?;
    fs::rename(root.join("a.jpg"), root.join("Winter/c.jpg"))?;
    let said = apply(node, &plan(node, &root)?, &[])?;
    ensure!(said.contains("1 of 1 done, 0 failed"), "{said}");
    let moved = asset_called(&scene, "c.jpg")?;
    ensure!(moved["id"] == id.as_str() && moved["isFavorite"] == true, "{moved}");
    ensure!(moved["originalPath"] == format!("{path}/Winter/c.jpg") && moved["checksum"] != asset["checksum"]);
    ensure!(scene.admin.bytes(&format!("/assets/{id}/original"))? == picture(1, 64, 48)?);

    // One that is gone goes, and comes back with its file.
    file(&root, "Summer/rest.jpg", 9)?;
    fs::rename(root.join("Summer/b.jpg"), folder.path().join(".away"))?;
    let found = plan(node, &root)?;
    ensure!(heaps(&found).contains(&entry("trash", "trash-asset", "b.jpg")), "{found}");
    apply(node, &found, &[])?;
    ensure!(names(&scene, true)? == ["b.jpg"] && names(&scene, false)? == ["c.jpg", "rest.jpg"]);
    fs::rename(folder.path().join(".away"), root.join("Summer/b.jpg"))?;
    apply(node, &plan(node, &root)?, &[])?;
    ensure!(names(&scene, false)? == ["b.jpg", "c.jpg", "rest.jpg"]);

    // What is deleted for good stays away, and its file stays there, until somebody wants it.
    scene.admin.call("DELETE", "/assets", Some(&json!({ "ids": [id], "force": true })))?;
    wait_for(&scene, &["b.jpg", "rest.jpg"])?;
    scene.rest()?;
    let found = plan(node, &root)?;
    ensure!(heaps(&found) == [entry("left", "none", "c.jpg")], "{found}");
    ensure!(fs::read(root.join("Winter/c.jpg"))? == picture(1, 64, 48)?);
    ensure!(run(node, &["reconcile", "restore", "c.jpg"])?.contains("with the next plan"));
    apply(node, &plan(node, &root)?, &[])?;
    ensure!(names(&scene, false)? == ["b.jpg", "c.jpg", "rest.jpg"]);
    scene.rest()?;
    ensure!(run(node, &["verify", "--originals"])?.contains("0 faults"));

    let refused = node.command(&["folder", "remove", path])?.output()?;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    ensure!(!refused.status.success() && said.contains("--drop-assets"), "{said}");
    let said = run(node, &["folder", "remove", path, "--drop-assets"])?;
    ensure!(said.contains("3 assets have left the library"), "{said}");
    ensure!(names(&scene, false)?.is_empty() && root.join("Summer/b.jpg").is_file());
    Ok(())
}

#[test]
fn what_is_said_about_a_folder_can_be_changed_and_what_went_wrong_is_told() -> Result<()> {
    let scene = Scene::of(tintype_testkit::Options::default())?;
    let node = &scene.node;
    let folder = tempfile::tempdir()?;
    let root = fs::canonicalize(folder.path())?;
    let photos = root.join("photos");
    file(&photos, "a.jpg", 1)?;
    let path = photos.to_str().context("no text")?;
    run(node, &["folder", "add", path, "--policy", "backup", "--exclude", "old/**"])?;
    let changes = ["--quarantine-days", "30", "--strictness", "trusting", "--exclude", "Screenshots/**", "--json"];
    let changed: Value = serde_json::from_str(run(node, &[&["folder", "set", path], &changes[..]].concat())?.trim())?;
    ensure!(changed["quarantineDays"] == 30 && changed["strictness"] == "trusting", "{changed}");
    ensure!(changed["exclude"] == json!(["old/**", "Screenshots/**"]), "what was left out stays so: {changed}");
    let refused = |arguments: &[&str]| -> Result<String> {
        let output = node.command(arguments)?.output()?;
        ensure!(!output.status.success(), "{arguments:?} was done");
        Ok(String::from_utf8_lossy(&output.stderr).into_owned())
    };
    ensure!(refused(&["folder", "set", path, "--quarantine-days", "91"])?.contains("90 days"));
    ensure!(refused(&["folder", "remove", path, "--drop-assets"])?.contains("no assets of its own"));
    ensure!(refused(&["reconcile", "apply", "20200101"])?.contains("no plan is called 20200101"));

    plan(node, &photos)?;
    let output = root.join("my plan.json");
    let said = run(node, &["reconcile", "plan", path, "-o", output.to_str().context("no text")?])?;
    let hint = format!("To do it: tintype reconcile apply '{}'", output.display());
    ensure!(said.lines().any(|line| line == hint), "{said}");

    // While it is away, it is known, and its numbers are those of before.
    fs::rename(&photos, root.join("away"))?;
    ensure!(refused(&["reconcile", "plan", path])?.contains("photos"));
    let status = run(node, &["folder", "status"])?;
    ensure!(status.contains("could not be looked at") && status.contains("1 upload"), "{status}");
    fs::rename(root.join("away"), &photos)?;
    plan(node, &photos)?;
    ensure!(!run(node, &["folder", "status"])?.contains("could not be looked at"));
    Ok(())
}
