//! A sync stream for a client that has everything already.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tintype_benches::process::processor_seconds;
use tintype_benches::{ASSETS, Connection, Figure, Report, SeededNode, Target, log_in, request};

/// Streams that are measured, and how many go before.
const SAMPLES: usize = 2_000;
const WARM_UP: usize = 100;

const TYPES: [&str; 10] = [
    "AuthUsersV1",
    "UsersV1",
    "AssetsV1",
    "AssetsV2",
    "AssetExifsV1",
    "AlbumsV1",
    "AlbumsV2",
    "AlbumUsersV1",
    "AlbumToAssetsV1",
    "UserMetadataV1",
];
const TWO_TYPES: [&str; 2] = ["AssetsV2", "AssetExifsV1"];

/// A stream without changes is this one line.
const COMPLETE: &str = "SyncCompleteV1";

fn main() -> ExitCode {
    Report::run("no-change", measure)
}

fn measure(report: &mut Report) -> Result<()> {
    report.say("seeding a library");
    let mut node = SeededNode::new(ASSETS)?;
    node.start()?;
    let (pid, token) = (node.pid()?, log_in(&node.0)?);
    let mut connection = Connection::open(node.0.url())?;
    acknowledge_everything(&mut connection, &token)?;

    let used = processor_seconds(pid)?;
    let all = times_ms(&mut connection, &token, &TYPES)?;
    let cost = (processor_seconds(pid)? - used) * 1e3 / (SAMPLES + WARM_UP) as f64;
    let two = times_ms(&mut connection, &token, &TWO_TYPES)?;
    report.figure(Figure::new("no change, ten types", "ms", all).target(Target::AtMost(0.5)));
    report.figure(Figure::new("no change, two types", "ms", two).reference(3.3).target(Target::AtMost(0.5)));
    report.figure(Figure::new("processor time of the node, ten types", "ms", vec![cost]));
    Ok(())
}

fn wish(token: &str, types: &[&str]) -> Vec<u8> {
    request("POST", "/sync/stream", token, Some(&json!({ "types": types }).to_string()))
}

/// Reads the whole stream once and acknowledges the last line of every type.
fn acknowledge_everything(connection: &mut Connection, token: &str) -> Result<()> {
    let (status, body) = connection.fetch(&wish(token, &TYPES))?;
    ensure!(status == 200, "the stream was answered with {status}");
    let mut last: BTreeMap<String, String> = BTreeMap::new();
    for line in body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let line: Value = serde_json::from_slice(line).context("a line is no JSON")?;
        let ack = line["ack"].as_str().context("a line without an ack")?;
        let (kind, _) = ack.split_once('|').context("an ack without a type")?;
        last.insert(kind.to_owned(), ack.to_owned());
    }
    let acks: Vec<&String> = last.values().collect();
    let (status, answer) =
        connection.fetch(&request("POST", "/sync/ack", token, Some(&json!({ "acks": acks }).to_string())))?;
    ensure!(status == 204, "the acks were answered with {status}: {}", String::from_utf8_lossy(&answer));
    let (_, body) = connection.fetch(&wish(token, &TYPES))?;
    let text = String::from_utf8_lossy(&body);
    ensure!(text.contains(COMPLETE) && text.lines().count() == 1, "there are still changes: {text:.400}");
    Ok(())
}

fn times_ms(connection: &mut Connection, token: &str, types: &[&str]) -> Result<Vec<f64>> {
    let wish = wish(token, types);
    let mut samples = Vec::with_capacity(SAMPLES);
    for number in 0..WARM_UP + SAMPLES {
        let started = Instant::now();
        let status = connection.exchange(&wish, |_| {})?;
        let time = started.elapsed();
        ensure!(status == 200, "a stream was answered with {status}");
        if number >= WARM_UP {
            samples.push(time.as_secs_f64() * 1e3);
        }
    }
    Ok(samples)
}
