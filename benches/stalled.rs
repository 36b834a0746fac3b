//! Clients that stop reading a stream after a megabyte: what they cost the node, and everybody else.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tintype_benches::process::{processor_seconds, resident_alone_mib};
use tintype_benches::{ASSETS, Connection, Figure, Report, SeededNode, Target, log_in, request};

/// Clients that stop.
const CLIENTS: usize = 12;

/// Bytes that each reads first.
const READ_BYTES: usize = 1 << 20;

/// Other requests that are timed meanwhile.
const REQUESTS: usize = 2_000;

/// Changes that are written meanwhile; each moves a row.
const CHANGES: usize = 2_000;

/// How long a node may go on for a client that has gone.
const AFTER_CLOSE: Duration = Duration::from_millis(100);

/// How long the node is watched after that.
const WATCH: Duration = Duration::from_secs(1);

const TYPES: &str = r#"{"types":["AssetsV2","AssetExifsV1"]}"#;

fn main() -> ExitCode {
    Report::run("stalled", measure)
}

fn measure(report: &mut Report) -> Result<()> {
    report.say("seeding a library");
    let mut node = SeededNode::new(ASSETS)?;
    node.start()?;
    let (pid, token) = (node.pid()?, log_in(&node.0)?);
    let wish = request("POST", "/sync/stream", &token, Some(TYPES));
    // Pools and caches get their size first.
    Connection::open(node.0.url())?.exchange(&wish, |_| {})?;
    let before = resident_alone_mib(pid)?;
    let clients = (0..CLIENTS).map(|_| stalled(node.0.url(), &wish)).collect::<Result<Vec<_>>>()?;
    thread::sleep(WATCH);
    let growth = (resident_alone_mib(pid)? - before) / CLIENTS as f64;
    let growth = Figure::new("growth of the process per client", "MiB", vec![growth]);
    report.figure(growth.reference(125.0).target(Target::AtMost(2.0)));

    let mut times = timed_requests(node.0.url(), &token)?;
    times.sort_by(f64::total_cmp);
    let p99 = times[times.len() * 99 / 100];
    report.figure(Figure::new("other requests meanwhile, p99", "ms", vec![p99]).target(Target::AtMost(50.0)));
    let log = log_after_changes(&node, &token)?;
    report.figure(Figure::new("log of the database after 2,000 changes meanwhile", "MiB", vec![log]));

    drop(clients);
    let busy = busy_after_close(&node, pid, &wish)?;
    report.figure(
        Figure::new("processor time of the node 0.1 s after a close", "s", vec![busy]).target(Target::AtMost(0.02)),
    );
    Ok(())
}

/// A client that reads a megabyte and then nothing more.
fn stalled(url: &str, wish: &[u8]) -> Result<TcpStream> {
    let address = url.strip_prefix("http://").context("no address")?;
    let mut stream = TcpStream::connect(address).context("cannot connect")?;
    stream.write_all(wish)?;
    let mut part = vec![0; 64 * 1024];
    let mut read = 0;
    while read < READ_BYTES {
        let count = stream.read(&mut part)?;
        ensure!(count > 0, "the stream ended after {read} bytes");
        read += count;
    }
    Ok(stream)
}

/// Milliseconds of small requests, one after the other.
fn timed_requests(url: &str, token: &str) -> Result<Vec<f64>> {
    let mut connection = Connection::open(url)?;
    let wish = request("GET", "/users/me", token, None);
    let mut times = Vec::with_capacity(REQUESTS);
    for _ in 0..REQUESTS {
        let started = Instant::now();
        let (status, _) = connection.fetch(&wish)?;
        times.push(started.elapsed().as_secs_f64() * 1_000.0);
        ensure!(status == 200, "answered {status}");
    }
    Ok(times)
}

/// Size of the database's log, in MiB, after changes that the stalled clients' snapshots do not see.
fn log_after_changes(node: &SeededNode, token: &str) -> Result<f64> {
    let mut connection = Connection::open(node.0.url())?;
    let search = request("POST", "/search/metadata", token, Some(r#"{"size":1}"#));
    let found: serde_json::Value = serde_json::from_slice(&connection.fetch(&search)?.1)?;
    let id = found["assets"]["items"][0]["id"].as_str().context("no asset")?.to_owned();
    for number in 0..CHANGES {
        let body = json!({ "isFavorite": number % 2 == 0 }).to_string();
        let (status, _) = connection.fetch(&request("PUT", &format!("/assets/{id}"), token, Some(&body)))?;
        ensure!(status == 200, "a change was answered with {status}");
    }
    let log = node.0.data_dir().join("library.sqlite-wal");
    Ok(std::fs::metadata(log).map_or(0.0, |log| log.len() as f64 / f64::from(1 << 20)))
}

/// Processor time of the node in a second that begins a moment after a client has closed its stream.
fn busy_after_close(node: &SeededNode, pid: u32, wish: &[u8]) -> Result<f64> {
    drop(stalled(node.0.url(), wish)?);
    thread::sleep(AFTER_CLOSE);
    let before = processor_seconds(pid)?;
    thread::sleep(WATCH);
    Ok(processor_seconds(pid)? - before)
}
