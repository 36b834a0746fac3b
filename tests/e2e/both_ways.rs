//! A node and its upstream, changed on both sides, by what people and programs use: the API and the commands.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tintype_testkit::{Api, Node, Upload, picture};

use crate::follow::{PATIENCE, Pair, rows};

pub(crate) fn call(api: &Api, method: &str, path: &str, body: &Value) -> Result<Value> {
    let answer = api.call(method, path, Some(body))?;
    ensure!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.text());
    Ok(if answer.body.is_empty() { Value::Null } else { answer.json()? })
}

pub(crate) fn id_of(made: &Value) -> Result<String> {
    Ok(made["id"].as_str().context("no id")?.to_owned())
}

/// What a person sees of each content: by checksum, without ids and times of the machine.
pub(crate) fn contents(api: &Api) -> Result<BTreeMap<String, Value>> {
    let mut contents = BTreeMap::new();
    for visibility in ["timeline", "archive"] {
        let wanted = json!({ "withExif": true, "withDeleted": true, "visibility": visibility });
        let found = call(api, "POST", "/search/metadata", &wanted)?;
        for asset in found["assets"]["items"].as_array().context("no list")? {
            let exif = &asset["exifInfo"];
            let tags = call(api, "GET", &format!("/assets/{}", asset["id"].as_str().context("no id")?), &Value::Null)?;
            let mut tags: Vec<Value> =
                tags["tags"].as_array().into_iter().flatten().map(|tag| tag["value"].clone()).collect();
            tags.sort_by_key(Value::to_string);
            let seen = json!({
                "favorite": asset["isFavorite"], "visibility": asset["visibility"], "trashed": asset["isTrashed"],
                "description": exif["description"], "rating": exif["rating"], "date": exif["dateTimeOriginal"],
                "latitude": exif["latitude"], "tags": tags,
            });
            contents.insert(asset["checksum"].as_str().context("no checksum")?.to_owned(), seen);
        }
    }
    Ok(contents)
}

/// Name and number of contents of each album.
fn albums(api: &Api) -> Result<Vec<(String, String, i64)>> {
    let all = call(api, "GET", "/albums", &Value::Null)?;
    let mut albums: Vec<_> = all
        .as_array()
        .context("no list")?
        .iter()
        .map(|album| {
            let text = |name: &str| album[name].as_str().unwrap_or_default().to_owned();
            (text("albumName"), text("description"), album["assetCount"].as_i64().unwrap_or(-1))
        })
        .collect();
    albums.sort();
    Ok(albums)
}

fn upload(api: &Api, number: u64) -> Result<String> {
    let name = format!("{number}.jpg");
    let upload = Upload { name: &name, bytes: &picture(number, 64, 48)?, created: "2024-05-06T07:08:09.000Z" };
    id_of(&api.upload(&upload)?.json()?)
}

/// Everything that a person can do with photos and albums, done on one side.
fn use_it(api: &Api) -> Result<()> {
    let ids = (0..6).map(|number| upload(api, number)).collect::<Result<Vec<_>>>()?;
    api.wait_for_jobs(PATIENCE)?;
    let change = |id: &str, fields: Value| call(api, "PUT", &format!("/assets/{id}"), &fields);
    change(&ids[0], json!({ "isFavorite": true, "description": "am Meer", "rating": 4 }))?;
    change(&ids[1], json!({ "visibility": "archive", "dateTimeOriginal": "2023-02-03T04:05:06.000+01:00" }))?;
    change(&ids[2], json!({ "latitude": 54.1, "longitude": 12.1 }))?;
    call(api, "DELETE", "/assets", &json!({ "ids": [ids[3]] }))?;
    call(api, "DELETE", "/assets", &json!({ "ids": [ids[4]] }))?;
    call(api, "POST", "/trash/restore/assets", &json!({ "ids": [ids[4]] }))?;
    call(api, "DELETE", "/assets", &json!({ "ids": [ids[5]], "force": true }))?;
    let album = id_of(&call(api, "POST", "/albums", &json!({ "albumName": "Sea", "assetIds": &ids[..3] }))?)?;
    call(api, "PATCH", &format!("/albums/{album}"), &json!({ "albumName": "Meer", "description": "1 week" }))?;
    call(api, "DELETE", &format!("/albums/{album}/assets"), &json!({ "ids": [ids[1]] }))?;
    let gone = id_of(&call(api, "POST", "/albums", &json!({ "albumName": "Gone" }))?)?;
    call(api, "DELETE", &format!("/albums/{gone}"), &Value::Null)?;
    let tags = call(api, "PUT", "/tags", &json!({ "tags": ["journeys/sea"] }))?;
    let tag = id_of(&tags[0])?;
    call(api, "PUT", &format!("/tags/{tag}/assets"), &json!({ "ids": [ids[0]] }))?;
    call(api, "POST", "/stacks", &json!({ "assetIds": [ids[0], ids[2]] }))?;
    api.wait_for_jobs(PATIENCE)
}

#[test]
fn what_is_done_here_reaches_the_upstream_also_when_it_was_away() -> Result<()> {
    let mut pair = Pair::new()?;
    pair.log_in()?;
    let node = pair.node.api().log_in()?;
    pair.upstream.stop()?;
    use_it(&node)?;
    let (is_well, said) = pair.run(&["sync"])?;
    ensure!(!is_well && said.contains("cannot be reached"), "{said}");
    let (_, said) = pair.run(&["status", "--json"])?;
    let status: Value = serde_json::from_str(&said).context(said)?;
    ensure!(status["waiting"].as_u64().is_some_and(|waiting| waiting > 10), "{status}");
    pair.upstream.restart()?;
    let sent = pair.sync()?;
    ensure!(sent["refused"] == 0 && sent["problem"] == Value::Null, "{sent}");
    pair.admin = pair.upstream.api().log_in()?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    let (there, here) = (contents(&pair.admin)?, contents(&node)?);
    ensure!(there == here, "there {there:#?}\nhere {here:#?}");
    ensure!(there.len() == 5, "{there:#?}");
    ensure!(albums(&pair.admin)? == [("Meer".to_owned(), "1 week".to_owned(), 2)], "{:?}", albums(&pair.admin)?);
    ensure!(call(&pair.admin, "GET", "/stacks", &Value::Null)?.as_array().is_some_and(|stacks| stacks.len() == 1));
    // What it says about all that changes nothing here, and is not sent again.
    let before = contents(&node)?;
    let echo = pair.sync()?;
    ensure!(echo["sent"] == 0 && echo["quarantined"] == 0, "{echo}");
    let again = pair.sync()?;
    ensure!(again["sent"] == 0 && again["lines"] == 1, "{again}");
    ensure!(contents(&node)? == before && albums(&node)? == albums(&pair.admin)?);
    Ok(())
}

#[test]
fn an_original_that_is_missing_holds_up_nobody_and_leaving_throws_nothing_away() -> Result<()> {
    let mut pair = Pair::new()?;
    pair.log_in()?;
    let node = pair.node.api().log_in()?;
    pair.upstream.stop()?;
    let lost = upload(&node, 1)?;
    upload(&node, 2)?;
    let path = node.get(&format!("/assets/{lost}"))?["originalPath"].as_str().context("a path")?.to_owned();
    std::fs::remove_file(pair.node.data_dir().join(path))?;
    let (is_well, said) = pair.run(&["logout"])?;
    ensure!(!is_well && said.contains("does not have") && said.contains("--force"), "{said}");

    pair.upstream.restart()?;
    let synced = pair.sync()?;
    ensure!(synced["problem"].is_null(), "{synced}");
    pair.admin = pair.upstream.api().log_in()?;
    ensure!(pair.admin.assets()?.len() == 1, "the other one went");
    let (_, said) = pair.run(&["outbox", "list"])?;
    ensure!(said.contains("its original cannot be read"), "{said}");
    let (is_well, said) = pair.run(&["logout"])?;
    ensure!(!is_well && said.contains("--force"), "{said}");
    let (is_well, said) = pair.run(&["logout", "--force"])?;
    ensure!(is_well && said.contains("no longer follows"), "{said}");
    Ok(())
}

#[test]
fn of_two_words_both_are_kept() -> Result<()> {
    let pair = Pair::new()?;
    let there = upload(&pair.admin, 1)?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    pair.log_in()?;
    pair.sync()?;
    let node = pair.node.api().log_in()?;
    let path = format!("/assets/{there}");
    call(&pair.admin, "PUT", &path, &json!({ "description": "theirs", "rating": 2 }))?;
    call(&node, "PUT", &path, &json!({ "description": "mine" }))?;
    pair.sync()?;
    let said_of = |api: &Api| -> Result<(Value, Value)> {
        let exif = call(api, "GET", &path, &Value::Null)?["exifInfo"].clone();
        Ok((exif["description"].clone(), exif["rating"].clone()))
    };
    let mine = (json!("mine"), json!(2));
    ensure!(said_of(&pair.admin)? == mine && said_of(&node)? == mine, "{:?}", said_of(&pair.admin)?);
    let (_, said) = pair.run(&["conflicts", "list", "--json"])?;
    let conflict: Value = serde_json::from_str(said.lines().next().context("no conflict")?).context(said.clone())?;
    ensure!(conflict["field"] == "description" && said.contains("theirs") && said.contains("mine"), "{said}");
    let (is_well, said) = pair.run(&["conflicts", "take-theirs", &conflict["id"].to_string()])?;
    ensure!(is_well, "{said}");
    pair.sync()?;
    let theirs = (json!("theirs"), json!(2));
    ensure!(said_of(&pair.admin)? == theirs && said_of(&node)? == theirs, "{:?}", said_of(&node)?);
    let (_, said) = pair.run(&["conflicts", "list", "--json"])?;
    ensure!(!said.contains("description"), "{said}");
    Ok(())
}

/// A session without the PIN is refused what is locked away, in the words for what is not there.
#[test]
fn what_is_locked_away_there_is_neither_gone_nor_deleted() -> Result<()> {
    let pair = Pair::new()?;
    let (liked, deleted) = (upload(&pair.admin, 1)?, upload(&pair.admin, 2)?);
    pair.admin.wait_for_jobs(PATIENCE)?;
    pair.log_in()?;
    pair.sync()?;
    let node = pair.node.api().log_in()?;
    for id in [&liked, &deleted] {
        call(&pair.admin, "PUT", &format!("/assets/{id}"), &json!({ "visibility": "locked" }))?;
    }
    call(&node, "PUT", &format!("/assets/{liked}"), &json!({ "isFavorite": true }))?;
    call(&node, "DELETE", "/assets", &json!({ "ids": [deleted], "force": true }))?;
    let synced = pair.sync()?;
    ensure!(synced["refused"] == 2 && synced["sent"] == 0, "{synced}");
    let (_, said) = pair.run(&["outbox", "list"])?;
    ensure!(said.matches("in the locked folder").count() == 2, "{said}");
    let here = rows(&pair.node)?;
    let kept = here.get(&format!("\"AssetV2\" {liked}")).context("it is gone")?;
    ensure!(kept["deletedAt"].is_null() && kept["isFavorite"] == true && kept["visibility"] == "locked", "{kept}");
    Ok(())
}

#[test]
fn a_phone_at_the_end_of_a_chain_and_its_beginning_tell_each_other() -> Result<()> {
    // The phone uses node C, which follows B, which follows A.
    let (first, c) = (Pair::new()?, Node::start()?);
    c.api().sign_up()?;
    let Pair { upstream: a, node: b, .. } = &first;
    first.log_in()?;
    let follow = |from: &Node, to: &Node| -> Result<()> {
        let (email, password) = Api::admin();
        let file = first.folder.path().join("chain");
        std::fs::write(&file, password)?;
        let file = file.to_str().context("no text")?;
        let output = from.command(&["login", to.url(), "--email", email, "--password-file", file])?.output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    };
    follow(&c, b)?;
    let sync = |node: &Node| -> Result<()> {
        let output = node.command(&["sync"])?.output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        Ok(())
    };
    let phone = upload(&c.api().log_in()?, 1)?;
    c.api().log_in()?.wait_for_jobs(PATIENCE)?;
    sync(&c)?;
    sync(b)?;
    let on_a = contents(&a.api().log_in()?)?;
    ensure!(on_a.len() == 1, "{on_a:?}");
    let there = upload(&a.api().log_in()?, 2)?;
    let first_on_a = call(&a.api().log_in()?, "POST", "/search/metadata", &json!({ "originalFileName": "1.jpg" }))?;
    let first_on_a = id_of(&first_on_a["assets"]["items"][0])?;
    call(&a.api().log_in()?, "PUT", &format!("/assets/{first_on_a}"), &json!({ "isFavorite": true }))?;
    a.api().log_in()?.wait_for_jobs(PATIENCE)?;
    sync(b)?;
    sync(&c)?;
    // As a phone hears of it.
    let heard = rows(&c)?;
    let mine = heard.get(&format!("\"AssetV2\" {phone}")).context("the phone's own is gone")?;
    ensure!(mine["isFavorite"] == true, "{mine}");
    ensure!(heard.contains_key(&format!("\"AssetV2\" {there}")), "{heard:?}");
    Ok(())
}
