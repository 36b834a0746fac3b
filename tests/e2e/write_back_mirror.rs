//! Writing for the photos of a server that is followed, from what the mirror of it knows.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tintype_testkit::{Options, picture, program};

use crate::follow::{PATIENCE, Pair};

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn write_back(pair: &Pair, folder: &Path, more: &[&str]) -> Result<String> {
    let folder = folder.to_str().context("no text")?;
    let output = pair.node.command(&[&["write-back", "--all", "--photo-dir", folder], more].concat())?.output()?;
    let text = said(&[output.stdout, output.stderr].concat());
    ensure!(output.status.success(), "{more:?}: {text}\n{}", pair.node.log());
    Ok(text)
}

/// Three photos of which things are known, the first two of them in a folder, under names of the server's.
fn scene(pair: &Pair, folder: &Path) -> Result<Vec<String>> {
    let ids = (1..=3).map(|number| pair.upload(&pair.admin, number)).collect::<Result<Vec<_>>>()?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    let person = pair.call("POST", "/people", &json!({ "name": "Ada" }))?["id"].clone();
    for id in &ids {
        let words = json!({ "description": format!("of {id}"), "rating": 3, "latitude": -33.5, "longitude": -70.25 });
        pair.call("PUT", &format!("/assets/{id}"), &words)?;
        let face = json!({
            "assetId": id, "personId": person, "imageWidth": 64, "imageHeight": 48, "x": 8, "y": 6, "width": 16, "height": 12,
        });
        pair.call("POST", "/faces", &face)?;
    }
    pair.call("POST", "/albums", &json!({ "albumName": "Summer", "assetIds": ids }))?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    for (id, name) in ids.iter().zip(["upload/aa/one.jpg", "upload/bb/two.jpg"]) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().context("no parent")?)?;
        fs::write(path, pair.admin.bytes(&format!("/assets/{id}/original"))?)?;
    }
    // As long as one of them, and another picture.
    let mut other = fs::read(folder.join("upload/aa/one.jpg"))?;
    *other.last_mut().context("empty")? ^= 1;
    fs::write(folder.join("other.jpg"), other)?;
    fs::write(folder.join("more.jpg"), picture(77, 64, 48)?)?;
    Ok(ids)
}

#[test]
fn photos_of_a_followed_server_are_written_without_asking_it() -> Result<()> {
    let search = std::env::var("PATH").unwrap_or_default();
    if program("exiftool").is_none() {
        tintype_testkit::not_run("write-back from a mirror", "exiftool is not installed");
        return Ok(());
    }
    let mut pair = Pair::with(Options::default().environment("PATH", &search))?;
    let folder = tempfile::tempdir()?;
    let ids = scene(&pair, folder.path())?;
    pair.log_in()?;
    pair.sync()?;

    // Of two files with one content nobody knows which is the server's.
    let copy = folder.path().join("copy of two.jpg");
    fs::copy(folder.path().join("upload/bb/two.jpg"), &copy)?;
    let text = write_back(&pair, folder.path(), &["--dry-run"])?;
    ensure!(text.contains("1 would be written") && text.contains("ambiguous 1"), "{text}");
    fs::remove_file(&copy)?;
    let text = write_back(&pair, folder.path(), &["--dry-run"])?;
    ensure!(text.contains("2 would be written") && text.contains("missing 1"), "{text}");
    ensure!(!folder.path().join("upload/aa/one.jpg.xmp").exists());
    pair.upstream.stop()?;
    let text = write_back(&pair, folder.path(), &[])?;
    ensure!(text.contains("2 written") && text.contains("could not be asked"), "{text}");
    let sidecar = fs::read_to_string(folder.path().join("upload/bb/two.jpg.xmp"))?;
    for word in [&format!("of {}", ids[1]), "People/Ada", "Albums/Summer", "<xmp:Rating>3<", "33,30"] {
        ensure!(sidecar.contains(word), "{word}: {sidecar}");
    }
    ensure!(!folder.path().join("other.jpg.xmp").exists() && !folder.path().join("more.jpg.xmp").exists());
    let text = write_back(&pair, folder.path(), &["--only-new"])?;
    ensure!(text.contains("0 written, 2 equal"), "{text}");

    // Into the files themselves: the server hears of it, and what is remembered by its name holds for its key, too.
    pair.upstream.restart()?;
    let text = write_back(&pair, folder.path(), &["--to", "embedded"])?;
    ensure!(text.contains("2 written") && text.contains("was asked to read the files of 2"), "{text}");
    let text = write_back(&pair, folder.path(), &["--to", "both", "--thorough"])?;
    ensure!(text.contains("0 written, 4 equal"), "{text}");
    let output = pair.node.command(&["write-back", "undo", "1"])?.output()?;
    ensure!(output.status.success() && said(&output.stdout).contains("2 written"), "{}", said(&output.stderr));
    ensure!(!folder.path().join("upload/bb/two.jpg.xmp").exists());

    let (_, refused) = pair.run(&["logout"])?;
    let output = pair.node.command(&["write-back", "--all", "--photo-dir", "."])?.output()?;
    let text = said(&output.stderr);
    ensure!(!output.status.success() && text.contains("follow it with `tintype login`"), "{text} {refused}");
    let listed: Value = pair.node.api().log_in()?.get("/assets/statistics")?;
    ensure!(listed["total"] == 3, "{listed}");
    Ok(())
}
