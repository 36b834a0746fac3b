//! Resident memory of a node with a large library: idle, after work, and idle again.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tintype_benches::process::resident_mib;
use tintype_benches::{ASSETS, Connection, Figure, Report, SeededNode, Target, log_in, request};

/// How long it rests after its start, and how long after work.
const FIRST_REST: Duration = Duration::from_secs(10);
const SECOND_REST: Duration = Duration::from_secs(40);

/// Asked for by clients of the current generation.
const STREAM: &str = r#"{"types":["AssetsV2","AssetExifsV1"]}"#;

fn main() -> ExitCode {
    Report::run("memory", measure)
}

fn measure(report: &mut Report) -> Result<()> {
    report.say("seeding a library, then waiting for it to rest");
    let mut node = SeededNode::new(ASSETS)?;
    node.start()?;
    thread::sleep(FIRST_REST);
    let pid = node.pid()?;
    let idle = Figure::new("resident, idle for 10 s, 100,000 assets", "MiB", vec![resident_mib(pid)?]);
    report.figure(idle.reference(1205.0).target(Target::AtMost(60.0)));

    let token = log_in(&node.0)?;
    timeline(&mut Connection::open(node.0.url())?, &token)?;
    report.figure(Figure::new("after the full timeline", "MiB", vec![resident_mib(pid)?]));
    let status =
        Connection::open(node.0.url())?.exchange(&request("POST", "/sync/stream", &token, Some(STREAM)), |_| {})?;
    ensure!(status == 200, "the stream was answered with {status}");
    report.figure(Figure::new("after a full stream, too", "MiB", vec![resident_mib(pid)?]));
    thread::sleep(SECOND_REST);
    let again = Figure::new("idle again for 40 s", "MiB", vec![resident_mib(pid)?]);
    report.figure(again.reference(1205.0).target(Target::AtMost(60.0)));
    report.note("all processes of the node together; of what is mapped from files, shared pages count as well");
    Ok(())
}

/// Reads what a client reads that scrolls through everything.
fn timeline(connection: &mut Connection, token: &str) -> Result<()> {
    let mut get = |path: &str| -> Result<serde_json::Value> {
        let (status, body) = connection.fetch(&request("GET", path, token, None))?;
        ensure!(status == 200, "GET {path} was answered with {status}");
        serde_json::from_slice(&body).with_context(|| format!("GET {path} gave no JSON"))
    };
    let buckets = get("/timeline/buckets")?;
    for bucket in buckets.as_array().context("no list of buckets")? {
        let name = bucket["timeBucket"].as_str().context("a bucket without a name")?;
        get(&format!("/timeline/bucket?timeBucket={name}"))?;
    }
    Ok(())
}
