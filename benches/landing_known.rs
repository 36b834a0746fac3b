//! What a watched folder costs whose files are known already.

use std::fs;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tintype_benches::process::processor_seconds;
use tintype_benches::{Figure, Report, Target};
use tintype_testkit::Node;

/// Files in the folder.
const KNOWN: usize = 100_000;
/// How long they may take to be taken in.
const LIMIT: Duration = Duration::from_secs(1_800);
/// How long a node is watched to which nothing happens.
const IDLE_WATCH: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    Report::run("landing-known", known_folder)
}

/// A watched folder whose files are known: how long the first look takes after a start, and what it costs to go on.
fn known_folder(report: &mut Report) -> Result<()> {
    report.say(&format!("making {KNOWN} small files"));
    let zone = tempfile::tempdir()?;
    let picture = tintype_testkit::picture(1, 16, 16)?;
    for number in 0..KNOWN {
        let folder = zone.path().join((number / 1_000).to_string());
        if number % 1_000 == 0 {
            fs::create_dir(&folder)?;
        }
        fs::write(folder.join(format!("{number}.jpg")), tintype_testkit::numbered(&picture, number as u64)?)?;
    }
    let mut node = Node::start()?;
    node.api().sign_up()?;
    let text = format!(
        "[[landing.zone]]\nname = 'known'\nfolder = '{}'\nrecipe = 'none'\nafter = 'keep'\n",
        zone.path().display()
    );
    fs::write(node.data_dir().join("tintype.toml"), text)?;
    node.restart()?;
    report.say("taking them in");
    let admin = node.api().log_in()?;
    let begin = Instant::now();
    while admin.get("/assets/statistics")?["total"].as_u64() != Some(KNOWN as u64) {
        ensure!(begin.elapsed() < LIMIT, "not taken in after {} s:\n{}", LIMIT.as_secs(), node.log());
        thread::sleep(Duration::from_secs(1));
    }
    admin.wait_for_jobs(LIMIT)?;
    node.restart()?;
    let begin = Instant::now();
    while !looked(&node)? {
        thread::sleep(Duration::from_millis(20));
    }
    let first = begin.elapsed().as_secs_f64();
    report.figure(Figure::new("first look at 100,000 known files", "s", vec![first]).target(Target::AtMost(3.0)));
    let pid = node.pid().context("the node does not run")?;
    let before = processor_seconds(pid)?;
    thread::sleep(IDLE_WATCH);
    let share = 100.0 * (processor_seconds(pid)? - before) / IDLE_WATCH.as_secs_f64();
    report.figure(Figure::new("processor while nothing happens", "%", vec![share]).target(Target::AtMost(1.0)));
    Ok(())
}

/// Whether the zone was looked at since the start.
fn looked(node: &Node) -> Result<bool> {
    let output = node.command(&["ingest", "status", "--json"])?.output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let zone: Value = serde_json::from_str(text.lines().next().unwrap_or("null")).unwrap_or(Value::Null);
    Ok(zone["lookedAt"].is_string())
}
