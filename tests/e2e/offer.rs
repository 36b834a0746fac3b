//! A library that was full before its user began to follow: what was there goes up when they say so.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tintype_testkit::Api;

use crate::both_ways::{call, contents, id_of};
use crate::follow::{PATIENCE, Pair};

fn offer(pair: &Pair, more: &[&str]) -> Result<Value> {
    let (is_well, said) = pair.run(&[&["outbox", "offer", "--json"], more].concat())?;
    ensure!(is_well, "{said}");
    serde_json::from_str(&said).with_context(|| said)
}

fn numbers(offered: &Value) -> [&Value; 3] {
    [&offered["photos"], &offered["albums"], &offered["stacks"]]
}

/// What waits; without what a failed try changes about it.
fn waiting(pair: &Pair) -> Result<Vec<Value>> {
    let (is_well, said) = pair.run(&["outbox", "list", "--json"])?;
    ensure!(is_well, "{said}");
    said.lines().map(|line| serde_json::from_str(line).with_context(|| said.clone())).collect()
}

/// Name, description, order and cover of each album, and what is in it, by checksums.
fn albums(api: &Api) -> Result<Vec<Value>> {
    let checksum = |id: &Value| -> Result<Value> {
        let Some(id) = id.as_str() else { return Ok(Value::Null) };
        Ok(call(api, "GET", &format!("/assets/{id}"), &Value::Null)?["checksum"].clone())
    };
    let mut albums = Vec::new();
    for album in call(api, "GET", "/albums", &Value::Null)?.as_array().context("no list")? {
        let id = album["id"].as_str().context("no id")?;
        let wanted = json!({ "albumIds": [id] });
        let found = call(api, "POST", "/search/metadata", &wanted)?;
        let items = found["assets"]["items"].as_array().context("no list")?;
        let mut inside: Vec<_> = items.iter().map(|asset| asset["checksum"].clone()).collect();
        inside.sort_by_key(Value::to_string);
        albums.push(json!({
            "name": album["albumName"], "description": album["description"], "order": album["order"],
            "cover": checksum(&album["albumThumbnailAssetId"])?, "inside": inside,
        }));
    }
    albums.sort_by_key(Value::to_string);
    Ok(albums)
}

/// Three photos, an album with two of them, a stack, and what one can say about photos.
fn fill(pair: &Pair, api: &Api) -> Result<Vec<String>> {
    let ids = (0..3).map(|number| pair.upload(api, number)).collect::<Result<Vec<_>>>()?;
    api.wait_for_jobs(PATIENCE)?;
    let said = json!({ "isFavorite": true, "description": "am Meer" });
    call(api, "PUT", &format!("/assets/{}", ids[0]), &said)?;
    let album = json!({ "albumName": "Sea", "description": "1 week", "assetIds": &ids[..2] });
    let album = id_of(&call(api, "POST", "/albums", &album)?)?;
    let cover = json!({ "albumThumbnailAssetId": ids[1], "order": "asc" });
    call(api, "PATCH", &format!("/albums/{album}"), &cover)?;
    let tag = id_of(&call(api, "PUT", "/tags", &json!({ "tags": ["journeys/sea"] }))?[0])?;
    call(api, "PUT", &format!("/tags/{tag}/assets"), &json!({ "ids": [ids[0]] }))?;
    call(api, "POST", "/stacks", &json!({ "assetIds": [ids[1], ids[2]] }))?;
    api.wait_for_jobs(PATIENCE)?;
    Ok(ids)
}

#[test]
fn what_was_here_before_goes_up_once() -> Result<()> {
    let mut pair = Pair::new()?;
    let node = pair.node.api().log_in()?;
    fill(&pair, &node)?;
    let (before, albums_before) = (contents(&node)?, albums(&node)?);
    let is_whole =
        |album: &Value| !album["cover"].is_null() && album["inside"].as_array().is_some_and(|all| all.len() == 2);
    ensure!(albums_before.len() == 1 && is_whole(&albums_before[0]), "{albums_before:#?}");
    // Nothing is sent in between where no node serves.
    pair.node.stop()?;
    let said = pair.log_in()?;
    ensure!(said.contains("3 photos and videos") && said.contains("`tintype outbox offer`"), "{said}");
    let first = pair.sync()?;
    ensure!(first["sent"] == 0 && waiting(&pair)?.is_empty(), "what is old does not go by itself: {first}");
    ensure!(contents(&pair.admin)?.is_empty());

    let (expected, none) = ([json!(3), json!(1), json!(1)], [json!(0), json!(0), json!(0)]);
    let counted = offer(&pair, &["--dry-run"])?;
    ensure!(numbers(&counted) == expected.each_ref() && counted["isDryRun"] == true, "{counted}");
    ensure!(counted["bytes"].as_u64() > Some(300) && waiting(&pair)?.is_empty(), "{counted}");
    let offered = offer(&pair, &[])?;
    ensure!(numbers(&offered) == expected.each_ref() && offered["bytes"] == counted["bytes"], "{offered}");
    let rows = waiting(&pair)?;
    let again = offer(&pair, &[])?;
    ensure!(numbers(&again) == none.each_ref() && waiting(&pair)? == rows, "{again} {:?}", waiting(&pair)?);

    let sent = pair.sync()?;
    ensure!(sent["refused"] == 0 && sent["problem"] == Value::Null && waiting(&pair)?.is_empty(), "{sent}");
    pair.admin.wait_for_jobs(PATIENCE)?;
    let there = contents(&pair.admin)?;
    ensure!(there == before && there.len() == 3, "there {there:#?}\nhere {before:#?}");
    ensure!(albums(&pair.admin)? == albums_before, "{:#?}\n{albums_before:#?}", albums(&pair.admin)?);
    let stacks = call(&pair.admin, "GET", "/stacks", &Value::Null)?;
    ensure!(stacks[0]["assets"].as_array().is_some_and(|assets| assets.len() == 2), "{stacks}");

    // What the server says about it changes nothing here, and there is nothing left to offer: a node that serves says so.
    pair.sync()?;
    pair.node.restart()?;
    let node = pair.node.api().log_in()?;
    ensure!(contents(&node)? == before && albums(&node)? == albums_before, "{:#?}", contents(&node)?);
    for more in [&["--dry-run"][..], &[]] {
        let offered = offer(&pair, more)?;
        ensure!(numbers(&offered) == none.each_ref() && waiting(&pair)?.is_empty(), "{offered}");
    }
    let (is_well, said) = pair.run(&["outbox", "offer"])?;
    ensure!(is_well && said.contains("nothing is only here"), "{said}");
    Ok(())
}

/// The server was set up anew, at the same address and with the same user: nothing of what it once had counts as there.
#[test]
fn a_server_that_begins_from_nothing_gets_everything_again() -> Result<()> {
    let mut pair = Pair::new()?;
    let node = pair.node.api().log_in()?;
    pair.log_in()?;
    fill(&pair, &node)?;
    pair.sync()?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    pair.sync()?;
    let (before, albums_before) = (contents(&node)?, albums(&node)?);
    ensure!(contents(&pair.admin)? == before && before.len() == 3, "{before:#?}");
    let (is_well, said) = pair.run(&["logout"])?;
    ensure!(is_well, "{said}");

    pair.upstream.stop()?;
    std::fs::remove_dir_all(pair.upstream.data_dir())?;
    pair.upstream.restart()?;
    pair.admin = pair.upstream.api().sign_up()?;
    pair.log_in()?;
    pair.sync()?;
    ensure!(contents(&node)? == before && albums(&node)? == albums_before, "nobody deleted anything");
    let offered = offer(&pair, &[])?;
    ensure!(numbers(&offered) == [&json!(3), &json!(1), &json!(1)], "{offered}");
    pair.sync()?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    ensure!(contents(&pair.admin)? == before, "{:#?}", contents(&pair.admin)?);
    ensure!(albums(&pair.admin)? == albums_before, "{:#?}", albums(&pair.admin)?);
    Ok(())
}

/// The server was put back to a backup: what it has lost is here, and goes up again when somebody says so.
#[test]
fn a_server_that_is_put_back_to_an_older_copy_gets_what_it_lost() -> Result<()> {
    let mut pair = Pair::new()?;
    let node = pair.node.api().log_in()?;
    pair.log_in()?;
    let old = pair.upload(&pair.admin, 7)?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    pair.sync()?;
    let (data, backup) = (pair.upstream.data_dir(), pair.upstream.data_dir().with_extension("backup"));
    pair.upstream.stop()?;
    copy_folder(&data, &backup)?;
    pair.upstream.restart()?;
    pair.admin = pair.upstream.api().log_in()?;
    let ids = fill(&pair, &node)?;
    pair.sync()?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    pair.sync()?;
    let albums_before = albums(&node)?;
    ensure!(contents(&pair.admin)?.len() == 4 && contents(&node)?.len() == 4);

    pair.upstream.stop()?;
    std::fs::remove_dir_all(&data)?;
    std::fs::rename(&backup, &data)?;
    call(&node, "PUT", &format!("/assets/{}", ids[2]), &json!({ "isFavorite": true }))?;
    // A node that serves may look before anybody asks it to.
    pair.node.stop()?;
    pair.upstream.restart()?;
    pair.admin = pair.upstream.api().log_in()?;
    let synced = pair.sync()?;
    ensure!(synced["wasOlder"] == true && synced["swept"] == 0 && synced["held"] == 0, "{synced}");
    ensure!(pair.sync()?["wasOlder"] == false, "once");
    pair.node.restart()?;
    let node = pair.node.api().log_in()?;
    let before = contents(&node)?;
    ensure!(before.len() == 4 && albums(&node)? == albums_before, "nobody deleted anything");
    let favorite = call(&node, "GET", &format!("/assets/{}", ids[2]), &Value::Null)?;
    ensure!(favorite["isFavorite"] == true && favorite["isTrashed"] == false, "{favorite}");

    let offered = offer(&pair, &[])?;
    ensure!(numbers(&offered) == [&json!(3), &json!(1), &json!(1)], "{offered}");
    pair.sync()?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    ensure!(contents(&pair.admin)? == before, "{:#?}\n{before:#?}", contents(&pair.admin)?);
    ensure!(albums(&pair.admin)? == albums_before, "{:#?}", albums(&pair.admin)?);
    call(&pair.admin, "GET", &format!("/assets/{old}"), &Value::Null)?;
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    let copied = Command::new("cp").arg("-a").args([from, to]).status()?;
    ensure!(copied.success(), "{} cannot be copied", from.display());
    Ok(())
}

#[test]
fn what_the_server_has_already_is_not_sent_again() -> Result<()> {
    let pair = Pair::new()?;
    let node = pair.node.api().log_in()?;
    let ids = fill(&pair, &node)?;
    let there = pair.upload(&pair.admin, 0)?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    pair.log_in()?;
    pair.sync()?;
    // Through the node that serves, which sends it by itself.
    let offered = offer(&pair, &[])?;
    ensure!(numbers(&offered) == [&json!(2), &json!(1), &json!(1)], "{offered}");
    pair.sync()?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    ensure!(waiting(&pair)?.is_empty(), "{:?}", waiting(&pair)?);
    ensure!(contents(&pair.admin)?.len() == 3, "{:#?}", contents(&pair.admin)?);
    ensure!(albums(&pair.admin)? == albums(&node)?, "{:#?}", albums(&pair.admin)?);
    // The photo that both had is in the album there by the name that it had there, and kept its name here.
    let wanted = call(&pair.admin, "GET", "/albums", &json!({}))?;
    let wanted = json!({ "albumIds": [wanted[0]["id"]] });
    let found = call(&pair.admin, "POST", "/search/metadata", &wanted)?.to_string();
    ensure!(found.contains(&there) && !found.contains(&ids[0]), "{found}");
    Ok(())
}
