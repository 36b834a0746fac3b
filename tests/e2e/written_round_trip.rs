//! Files that a node wrote, taken in by an empty one: what that one streams to apps is what the first one streams.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tintype_testkit::{Node, Options, Upload, picture};

use crate::follow::rows;
use crate::scene::{Scene, output};

/// What a library knows of a photo that files have a place for, as apps are told.
const TOLD: [&str; 5] = ["description", "rating", "latitude", "longitude", "dateTimeOriginal"];

fn upload(scene: &Scene) -> Result<String> {
    let bytes = picture(1, 320, 240)?;
    let upload = Upload { name: "one photo.jpg", bytes: &bytes, created: "2024-05-06T07:08:09.000Z" };
    let id = scene.admin.upload(&upload)?.json()?["id"].as_str().context("an id")?.to_owned();
    scene.rest()?;
    let call = |method: &str, path: &str, body: &Value| -> Result<Value> {
        let answer = scene.admin.call(method, path, Some(body))?;
        ensure!((200..300).contains(&answer.status), "{method} {path}: {}", answer.text());
        Ok(answer.json().unwrap_or_default())
    };
    let words = json!({
        "description": "Zwei Zeilen:\nStraße & <Dom> 😀", "rating": 4, "latitude": -33.856_784, "longitude": 151.215_297,
        "dateTimeOriginal": "2024-03-09T12:34:56.000+11:00",
    });
    call("PUT", &format!("/assets/{id}"), &words)?;
    let tags = call("PUT", "/tags", &json!({ "tags": ["Travel/Wales", "plain"] }))?;
    for tag in tags.as_array().context("no tags")? {
        let path = format!("/tags/{}/assets", tag["id"].as_str().context("an id")?);
        call("PUT", &path, &json!({ "ids": [id] }))?;
    }
    for (name, x) in [("Ada \"Lovelace\", Countess", 32), ("Żaneta", 200)] {
        let person = call("POST", "/people", &json!({ "name": name }))?["id"].clone();
        let face = json!({
            "assetId": id, "personId": person, "imageWidth": 320, "imageHeight": 240, "x": x, "y": 24, "width": 64,
            "height": 48,
        });
        call("POST", "/faces", &face)?;
    }
    call("POST", "/albums", &json!({ "albumName": "Summer", "assetIds": [id] }))?;
    Ok(id)
}

/// What a node streams of its only photo, its people and where their faces are.
fn told(node: &Node) -> Result<Value> {
    let rows = rows(node)?;
    let of = |kind: &str| -> Vec<Value> {
        let begin = format!("\"{kind}\" ");
        rows.iter().filter(|(key, _)| key.starts_with(&begin)).map(|(_, row)| row.clone()).collect()
    };
    let (exif, asset) = (of("AssetExifV1"), of("AssetV2"));
    ensure!(exif.len() == 1 && asset.len() == 1, "{rows:#?}");
    let mut said: Value = TOLD.iter().map(|name| ((*name).to_owned(), exif[0][*name].clone())).collect();
    // Files have the offset of a zone, which both of these together are, and no name of one.
    for name in ["localDateTime", "fileCreatedAt"] {
        said[name] = asset[0][name].clone();
    }
    // They have degrees as fractions of whole numbers.
    for name in ["latitude", "longitude"] {
        said[name] = format!("{:.6}", said[name].as_f64().context("no place")?).into();
    }
    let people = of("PersonV1");
    let mut faces: Vec<String> = of("AssetFaceV2")
        .iter()
        .map(|face| {
            let person = people.iter().find(|person| person["id"] == face["personId"]);
            let sides = ["boundingBoxX1", "boundingBoxY1", "boundingBoxX2", "boundingBoxY2"].map(|side| &face[side]);
            format!("{}: {sides:?}", person.map_or("nobody", |person| person["name"].as_str().unwrap_or_default()))
        })
        .collect();
    faces.sort();
    said["faces"] = faces.into();
    Ok(said)
}

/// Paths of the tags of a node's only photo.
fn tags(scene: &Scene) -> Result<Vec<String>> {
    let id = scene.admin.assets()?[0]["id"].as_str().context("an id")?.to_owned();
    let asset = scene.admin.get(&format!("/assets/{id}"))?;
    let tags = asset["tags"].as_array().context("no tags")?.iter();
    let mut tags: Vec<String> = tags.filter_map(|tag| tag["value"].as_str().map(str::to_owned)).collect();
    tags.sort();
    Ok(tags)
}

fn empty(search: &str, takes_faces: bool) -> Result<Scene> {
    let mut scene = Scene::of(Options::default().environment("PATH", search))?;
    std::fs::write(scene.node.data_dir().join("tintype.toml"), format!("import_faces = {takes_faces}\n"))?;
    scene.node.restart()?;
    scene.reconnect()?;
    Ok(scene)
}

fn take_in(scene: &Scene, folder: &Path) -> Result<()> {
    output(scene.node.command(&["import"])?.arg(folder), &scene.node)?;
    scene.rest()
}

#[test]
fn an_empty_node_streams_what_was_written_into_files() -> Result<()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if !std::env::split_paths(&path).any(|folder| folder.join("exiftool").is_file()) {
        tintype_testkit::not_run("the round trip through files", "exiftool is not installed");
        return Ok(());
    }
    let search = std::env::var("PATH").unwrap_or_default();
    let scene = Scene::of(Options::default().environment("PATH", &search))?;
    let id = upload(&scene)?;
    let (mine, own_tags) = (told(&scene.node)?, tags(&scene)?);
    ensure!(mine["rating"] == 4 && mine["faces"].as_array().is_some_and(|faces| faces.len() == 2), "{mine:#}");
    for target in ["sidecar", "embedded"] {
        let folder = tempfile::tempdir()?;
        let copy = folder.path().join("one photo.jpg");
        let place = |scene: &Scene| -> Result<PathBuf> {
            let asset = scene.admin.get(&format!("/assets/{id}"))?;
            Ok(scene.node.data_dir().join(asset["originalPath"].as_str().context("a path")?))
        };
        let command = ["write-back", "--all", "--to", target];
        let said = output(scene.node.command(&command)?.env("PATH", &search), &scene.node)?;
        ensure!(said.contains("1 written"), "{said}");
        let original = place(&scene)?;
        std::fs::copy(&original, &copy)?;
        if target == "sidecar" {
            std::fs::copy(original.with_extension("jpg.xmp"), copy.with_extension("jpg.xmp"))?;
        }

        let other = empty(&search, true)?;
        take_in(&other, folder.path())?;
        let theirs = told(&other.node)?;
        ensure!(theirs == mine, "{target}: written\n{mine:#}\nread\n{theirs:#}");
        let (mut expected, found) = (own_tags.clone(), tags(&other)?);
        expected.push("Albums/Summer".to_owned());
        expected.sort();
        ensure!(found == expected, "{target}: {found:?}");

        // A node that takes no faces from files has people as tags.
        let plain = empty(&search, false)?;
        take_in(&plain, folder.path())?;
        let theirs = told(&plain.node)?;
        ensure!(TOLD.iter().all(|name| theirs[*name] == mine[*name]), "{target}: {theirs:#}");
        expected.extend(["People/Ada \"Lovelace\", Countess".to_owned(), "People/Żaneta".to_owned()]);
        expected.sort();
        let found = tags(&plain)?;
        ensure!(found == expected, "{target}: {found:?}");
    }
    Ok(())
}
