//! Commands about following: what would come, going on until interrupted, and what waits in quarantine.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rusqlite::Connection;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tintype_testkit::Node;

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
