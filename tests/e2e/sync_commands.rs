//! Commands about following: what would come, going on until interrupted, and what waits in quarantine.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rusqlite::Connection;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tintype_testkit::{Node, Upload, picture};

use crate::fake_server::fake_server;
use crate::follow::{PATIENCE, Pair};

fn lines(said: &str) -> Result<Vec<Value>> {
    said.lines().map(|line| serde_json::from_str(line).with_context(|| line.to_owned())).collect()
}

#[test]
fn what_would_come_is_told_and_stays_to_come() -> Result<()> {
    let pair = Pair::new()?;
    for number in 1..4 {
        pair.upload(&pair.admin, number)?;
    }
    pair.admin.wait_for_jobs(PATIENCE)?;
    pair.log_in()?;
    // Not by itself meanwhile.
    let mut pair = pair;
    pair.node.stop()?;
    let forecast = |pair: &Pair| -> Result<Value> {
        let (is_well, said) = pair.run(&["sync", "--dry-run", "--json"])?;
        ensure!(is_well, "{said}");
        serde_json::from_str(&said).context(said)
    };
    let first = forecast(&pair)?;
    ensure!(first["counts"]["AssetV2"] == 3 && first["counts"]["AssetExifV1"] == 3, "{first}");
    ensure!(first["beginsAgain"] == false && first["problem"] == Value::Null, "{first}");
    ensure!(forecast(&pair)? == first, "it was only looked at");
    let (_, said) = pair.run(&["status"])?;
    ensure!(said.contains("in sync at: never"), "{said}");
    let synced = pair.sync()?;
    // The end of the stream is a line, too.
    ensure!(synced["lines"].as_u64() == first["lines"].as_u64().map(|lines| lines + 1), "{synced} {first}");
    let nothing = forecast(&pair)?;
    ensure!(nothing["lines"] == 0, "{nothing}");
    let (is_well, said) = pair.run(&["sync", "--dry-run"])?;
    ensure!(is_well && said.contains("0 lines would come"), "{said}");
    let (is_well, said) = pair.run(&["sync", "--dry-run", "--sweep"])?;
    ensure!(!is_well && said.contains("--dry-run"), "{said}");
    Ok(())
}

/// Lets a command run on; its first line of output.
fn begin(node: &Node, arguments: &[&str]) -> Result<(Child, String)> {
    let mut child = node.command(arguments)?.stdout(Stdio::piped()).spawn().context("cannot run a command")?;
    let mut output = BufReader::new(child.stdout.take().context("no output")?);
    let mut line = String::new();
    output.read_line(&mut line)?;
    // Whoever closes the pipe does not end the command.
    std::thread::spawn(move || output.lines().map_while(Result::ok).for_each(drop));
    Ok((child, line))
}

fn interrupt(mut child: Child) -> Result<bool> {
    kill_process(Pid::from_child(&child), Signal::INT)?;
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill()?;
    anyhow::bail!("it does not end")
}

#[test]
fn a_watch_goes_on_until_interrupted() -> Result<()> {
    let mut pair = Pair::new()?;
    pair.log_in()?;
    for is_served in [true, false] {
        if !is_served {
            pair.node.stop()?;
        }
        let (child, first) = begin(&pair.node, &["sync", "--watch", "1s", "--json"])?;
        ensure!(lines(&first)?[0]["problem"] == Value::Null, "{first}");
        let number = if is_served { 1 } else { 2 };
        pair.upload(&pair.admin, number)?;
        pair.admin.wait_for_jobs(PATIENCE)?;
        // Others are answered meanwhile, by the node or by the command.
        let begin = Instant::now();
        loop {
            let (is_well, said) = pair.run(&["sync", "--dry-run", "--json"])?;
            ensure!(is_well, "{said}");
            let (_, status) = pair.run(&["status", "--json"])?;
            let status = &lines(&status)?[0];
            if lines(&said)?[0]["lines"] == 0 && status["lagSeconds"].as_u64().is_some() {
                break;
            }
            ensure!(begin.elapsed() < PATIENCE, "{said} {status}");
        }
        ensure!(interrupt(child)?, "it ends well");
    }
    let (is_well, said) = pair.run(&["sync", "--json"])?;
    ensure!(is_well && lines(&said)?[0]["lines"] == 1, "all of it came: {said}");
    Ok(())
}

#[test]
fn a_command_that_has_the_library_waits_for_those_that_it_answers() -> Result<()> {
    let mut pair = Pair::new()?;
    pair.log_in()?;
    let mut large = picture(1, 64, 48)?;
    large.resize(6 << 20, 0);
    let upload = Upload { name: "large.jpg", bytes: &large, created: "2024-05-06T07:08:09.000Z" };
    let api = pair.node.api().log_in()?;
    api.upload(&upload)?;
    api.wait_for_jobs(PATIENCE)?;
    pair.node.stop()?;
    let (owner, first) = begin(&pair.node, &["sync", "--watch", "1h", "--json"])?;
    ensure!(lines(&first)?[0]["problem"] == Value::Null, "{first}");
    // Six seconds at this rate.
    let slow = ["verify", "--originals", "--rate", "1", "--json"];
    let answered = pair.node.command(&slow)?.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    std::thread::sleep(Duration::from_secs(2));
    ensure!(interrupt(owner)?, "it ends well");
    let answered = answered.wait_with_output()?;
    let said = String::from_utf8_lossy(&[answered.stdout, answered.stderr].concat()).into_owned();
    ensure!(answered.status.success(), "{said}");
    ensure!(lines(&said)?.last().is_some_and(|last| last["lookedAt"] == 1), "{said}");
    Ok(())
}

#[test]
fn times_and_servers_that_are_not_there_are_told() -> Result<()> {
    let mut pair = Pair::new()?;
    let (is_well, said) = pair.run(&["sync", "--watch", "soon"])?;
    ensure!(!is_well && said.contains("5m"), "{said}");
    let (is_well, said) = pair.run(&["sync", "--watch"])?;
    ensure!(!is_well && said.contains("tintype login"), "{said}");
    let (is_well, said) = pair.run(&["quarantine", "list"])?;
    ensure!(!is_well && said.contains("tintype login"), "{said}");
    pair.log_in()?;
    pair.upstream.stop()?;
    let (is_well, said) = pair.run(&["sync", "--dry-run"])?;
    ensure!(!is_well && said.contains("cannot be reached"), "{said}");
    Ok(())
}

/// Puts a line into quarantine, as a pull does with one that cannot be applied.
fn put_aside(node: &Node, entity: &str, data: &Value) -> Result<()> {
    let store = Connection::open(node.data_dir().join("library.sqlite"))?;
    store.busy_timeout(PATIENCE)?;
    store.execute(
        "INSERT INTO quarantine (upstream_id, entity, data, ack, reason, first_seen, attempts)
         SELECT id, ?1, ?2, ?1 || '|019b7c10-1111-7bbb-8bbb-000000000002', 'too early', 1793491200000, 1 FROM upstream",
        [entity, &data.to_string()],
    )?;
    Ok(())
}

#[test]
fn what_waits_is_listed_tried_again_and_let_go() -> Result<()> {
    let mut pair = Pair::new()?;
    let photo = pair.upload(&pair.admin, 1)?;
    let album = pair.call("POST", "/albums", &json!({ "albumName": "Trip" }))?["id"].clone();
    pair.admin.wait_for_jobs(PATIENCE)?;
    pair.log_in()?;
    pair.sync()?;
    pair.node.stop()?;
    let stranger = json!({ "assetId": "0f9d3c1e-7a4b-4c2d-9e8f-000000000009", "albumId": album });
    for is_served in [false, true] {
        for _ in 0..3 {
            put_aside(&pair.node, "AlbumToAssetV1", &stranger)?;
        }
        put_aside(&pair.node, "AlbumToAssetV1", &json!({ "assetId": photo, "albumId": album }))?;
        if is_served {
            pair.node.restart()?;
        }
        let list = |pair: &Pair| lines(&pair.run(&["quarantine", "list", "--json"])?.1);
        let waiting = list(&pair)?;
        // A node that serves may have tried them already.
        let ids: Vec<String> = waiting.iter().map(|line| line["id"].to_string()).collect();
        ensure!(ids.len() == 4 || is_served, "{waiting:?}");
        ensure!(waiting[0]["type"] == "AlbumToAssetV1" && waiting[0]["attempts"].as_u64() >= Some(1), "{waiting:?}");
        ensure!(waiting[0]["since"] == "2026-11-01T00:00:00.000Z", "{waiting:?}");
        let (_, said) = pair.run(&["quarantine", "list"])?;
        ensure!(said.contains("AlbumToAssetV1") && said.contains("since 2026-11-01"), "{said}");

        let (is_well, said) = pair.run(&["quarantine", "retry", "--json"])?;
        ensure!(is_well, "{said}");
        let tried = &lines(&said)?[0];
        ensure!(tried["left"] == 3 && (tried["released"] == 1 || is_served), "{said}");
        let again = list(&pair)?;
        ensure!(again.len() == 3 && again[0]["attempts"].as_u64() >= Some(2), "{again:?}");
        ensure!(again[0]["reason"].as_str().is_some_and(|reason| reason.contains("is not here")), "{again:?}");
        let (is_well, said) = pair.run(&["quarantine", "retry", &ids[0]])?;
        ensure!(is_well && said.contains("0 applied, 3 left"), "{said}");

        let (is_well, said) = pair.run(&["quarantine", "drop"])?;
        ensure!(!is_well && said.contains("--all"), "{said}");
        let (is_well, said) = pair.run(&["quarantine", "drop", "99999"])?;
        ensure!(!is_well && said.contains("no line 99999"), "{said}");
        ensure!(list(&pair)?.len() == 3);
        let (is_well, said) = pair.run(&["quarantine", "drop", &ids[0]])?;
        ensure!(is_well && said.contains("1 let go, 2 left"), "{said}");
        let (_, said) = pair.run(&["status"])?;
        ensure!(said.contains("2 lines in quarantine"), "{said}");
        let (is_well, said) = pair.run(&["quarantine", "drop", "--all", "--json"])?;
        ensure!(is_well && lines(&said)?[0]["dropped"] == 2 && lines(&said)?[0]["left"] == 0, "{said}");
        let (_, said) = pair.run(&["quarantine", "list"])?;
        ensure!(said.contains("Nothing is in quarantine"), "{said}");
    }
    Ok(())
}

/// A node that cannot reach its upstream, with a photo of it.
fn cut_off() -> Result<(Pair, String)> {
    let mut pair = Pair::new()?;
    let photo = pair.upload(&pair.admin, 1)?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    pair.log_in()?;
    pair.sync()?;
    pair.upstream.stop()?;
    Ok((pair, photo))
}

/// Does something on the node.
fn here(pair: &Pair, method: &str, path: &str, body: &Value) -> Result<Value> {
    let answer = pair.node.api().log_in()?.call(method, path, Some(body))?;
    ensure!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.text());
    Ok(if answer.body.is_empty() { Value::Null } else { answer.json()? })
}

#[test]
fn what_was_not_sent_is_listed_and_can_be_given_up() -> Result<()> {
    let (mut pair, photo) = cut_off()?;
    let (_, said) = pair.run(&["outbox", "list"])?;
    ensure!(said.contains("Everything has reached"), "{said}");
    let path = format!("/assets/{photo}");
    here(&pair, "PUT", &path, &json!({ "isFavorite": true, "description": "at the sea" }))?;
    let list = |pair: &Pair| lines(&pair.run(&["outbox", "list", "--json"])?.1);
    let of = |rows: &[Value], field: &str| -> Result<Value> {
        rows.iter().find(|row| row["field"] == field).cloned().with_context(|| format!("no {field} in {rows:?}"))
    };
    let waiting = list(&pair)?;
    let (favorite, description) = (of(&waiting, "favorite")?, of(&waiting, "description")?);
    ensure!(waiting.len() == 2 && favorite["kind"] == "asset" && favorite["title"] == "1.jpg", "{waiting:?}");
    ensure!(favorite["value"] == "true" && favorite["base"] == "false" && favorite["isDead"] == false, "{favorite}");
    let (_, said) = pair.run(&["outbox", "list"])?;
    ensure!(said.contains("asset 1.jpg: favorite true, there false"), "{said}");
    let (is_well, said) = pair.run(&["outbox", "retry"])?;
    ensure!(!is_well && said.contains("cannot be reached") && said.contains("2 left"), "{said}");

    let (is_well, said) = pair.run(&["outbox", "drop"])?;
    ensure!(!is_well && said.contains("--all"), "{said}");
    let (is_well, said) = pair.run(&["outbox", "drop", "4711"])?;
    ensure!(!is_well && said.contains("no change 4711"), "{said}");
    let (is_well, said) = pair.run(&["outbox", "drop", &favorite["id"].to_string(), "--json"])?;
    ensure!(is_well && lines(&said)?[0]["dropped"] == 1 && lines(&said)?[0]["left"] == 1, "{said}");
    ensure!(here(&pair, "GET", &path, &Value::Null)?["isFavorite"] == false, "it is what it is there");

    pair.upstream.restart()?;
    // It listens elsewhere now: the node is told by the address that it keeps.
    let store = Connection::open(pair.node.data_dir().join("library.sqlite"))?;
    store.busy_timeout(PATIENCE)?;
    store.execute("UPDATE upstream_server SET address = ?1", [format!("{}/api", pair.upstream.url())])?;
    let (is_well, said) = pair.run(&["outbox", "retry", &description["id"].to_string(), "--json"])?;
    ensure!(is_well && lines(&said)?[0]["sent"] == 1 && lines(&said)?[0]["left"] == 0, "{said}");
    let there = pair.upstream.api().log_in()?.get(&path)?;
    ensure!(there["exifInfo"]["description"] == "at the sea" && there["isFavorite"] == false, "{there}");
    Ok(())
}

#[test]
fn conflicts_are_listed_and_decided() -> Result<()> {
    let pair = Pair::new()?;
    let photos = [1, 2, 3].map(|number| pair.upload(&pair.admin, number));
    let photos = photos.into_iter().collect::<Result<Vec<_>>>()?;
    pair.admin.wait_for_jobs(PATIENCE)?;
    pair.log_in()?;
    pair.sync()?;
    let (_, said) = pair.run(&["conflicts", "list"])?;
    ensure!(said.contains("no conflicts"), "{said}");
    for photo in &photos {
        let path = format!("/assets/{photo}");
        pair.call("PUT", &path, &json!({ "description": "theirs" }))?;
        here(&pair, "PUT", &path, &json!({ "description": "mine" }))?;
    }
    pair.sync()?;
    let list = |pair: &Pair| lines(&pair.run(&["conflicts", "list", "--json"])?.1);
    let conflicts = list(&pair)?;
    ensure!(conflicts.len() == 3, "{conflicts:?}");
    let first = &conflicts[0];
    ensure!(first["mine"] == "\"mine\"" && first["theirs"] == "\"theirs\"", "{first}");
    ensure!(first["field"] == "description" && first["title"].as_str().is_some_and(|name| name.ends_with(".jpg")));
    let (_, said) = pair.run(&["conflicts", "list"])?;
    ensure!(said.contains("description here \"mine\", there \"theirs\""), "{said}");

    let (is_well, said) = pair.run(&["conflicts", "take-theirs"])?;
    ensure!(!is_well && said.contains("--all"), "{said}");
    let (is_well, said) = pair.run(&["conflicts", "take-mine", "4711"])?;
    ensure!(!is_well && said.contains("no conflict 4711"), "{said}");
    let id = |conflict: &Value| conflict["id"].to_string();
    let (is_well, said) = pair.run(&["conflicts", "take-theirs", &id(first)])?;
    ensure!(is_well && said.contains("1 decided, 2 left"), "{said}");
    let (is_well, said) = pair.run(&["conflicts", "take-mine", "--all", "--json"])?;
    ensure!(is_well && lines(&said)?[0]["decided"] == 2 && lines(&said)?[0]["left"] == 0, "{said}");
    pair.sync()?;
    ensure!(list(&pair)?.is_empty());
    let mut said = Vec::new();
    for photo in &photos {
        let path = format!("/assets/{photo}");
        let (ours, there) = (here(&pair, "GET", &path, &Value::Null)?, pair.admin.get(&path)?);
        ensure!(ours["exifInfo"]["description"] == there["exifInfo"]["description"], "{ours}\n{there}");
        said.push(there["exifInfo"]["description"].clone());
    }
    said.sort_by_key(Value::to_string);
    ensure!(said == ["mine", "mine", "theirs"], "{said:?}");
    Ok(())
}

/// A server whose stream begins and does not go on.
fn hesitating() -> Result<String> {
    fake_server(|path| match path {
        "/api/auth/login" => Some((
            201,
            r#"{"accessToken":"x","userId":"0f9d3c1e-7a4b-4c2d-9e8f-000000000001","userEmail":"a@b.c","name":"A"}"#,
        )),
        "/api/assets/statistics" => Some((200, r#"{"images":4,"videos":1,"total":5}"#)),
        "/api/sync/stream" => None,
        _ => Some((404, r#"{"message":"no"}"#)),
    })
}

#[test]
fn a_sync_that_runs_is_seen_and_can_be_ended() -> Result<()> {
    let mut pair = Pair::new()?;
    pair.node.stop()?;
    let file = pair.folder.path().join("password");
    std::fs::write(&file, "secret")?;
    let file = file.to_str().context("no text")?;
    let (is_well, said) = pair.run(&["login", &hesitating()?, "--email", "a@b.c", "--password-file", file])?;
    ensure!(is_well, "{said}");
    let child = pair.node.command(&["sync"])?.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let begin = Instant::now();
    let (status, said) = loop {
        ensure!(begin.elapsed() < PATIENCE, "nothing is seen of it");
        // Until it owns the folder and answers, others may find it in either state.
        let (is_well, json) = pair.run(&["status", "--json"])?;
        if is_well && lines(&json)?.first().is_some_and(|line| line["running"]["expected"] == 10) {
            break (lines(&json)?.remove(0), pair.run(&["status"])?.1);
        }
    };
    ensure!(status["running"]["lines"] == 0 && status["lagSeconds"] == Value::Null, "{status}");
    ensure!(said.contains("a sync runs: 0 of about 10 lines"), "{said}");
    // It waits for the server and hears of the first wish later; the second one is not kept waiting.
    kill_process(Pid::from_child(&child), Signal::INT)?;
    std::thread::sleep(Duration::from_millis(200));
    ensure!(!interrupt(child)?, "it was not done");
    let (is_well, said) = pair.run(&["status"])?;
    ensure!(is_well && said.contains("never") && !said.contains("a sync runs"), "{said}");
    Ok(())
}
