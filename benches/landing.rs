//! A folder of photographs through the SFTP server of a node, until everything about them is there.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tintype_benches::landing::{Clients, finish, node_with_zone};
use tintype_benches::photographs::{FILES, photographs};
use tintype_benches::process::{ended_children_seconds, processor_seconds};
use tintype_benches::{Figure, Report, Target};
use tintype_media::recipes::rebuild;
use tintype_testkit::{Api, Node, program};

/// Runs that are measured. Each takes its time, so there are few.
const SAMPLES: usize = 3;
/// Photographs that are packed by hand, to know what all of them take.
const BY_HAND: usize = 20;
/// Memory for turning one back, in bytes.
const REBUILD_BYTES: u64 = 1 << 30;
/// How much more than by hand packing may take, beside everything else.
const SLACK: f64 = 1.25;
/// Processors of the machine that the target is meant for.
const PROCESSORS: f64 = 2.0;
/// Rarely enough that looking takes nothing from what is looked at.
const POLL: Duration = Duration::from_millis(500);
const LIMIT: Duration = Duration::from_secs(900);

fn main() -> ExitCode {
    Report::run("landing", measure)
}

fn measure(report: &mut Report) -> Result<()> {
    let Some(clients) = Clients::new()? else {
        report.not_run("sftp and ssh-keygen are not installed");
        return Ok(());
    };
    report.say("making photographs, where they are not there yet");
    let photographs = photographs()?;
    let mut none = through(report, &clients, &photographs, "none", SAMPLES)?;
    none.sort_by(f64::total_cmp);
    let plain = none[none.len() / 2];
    report.figure(
        Figure::new("500 JPEGs of 12 MP by SFTP until all is there, none", "s", none).target(Target::AtMost(40.0)),
    );
    match program("cjxl") {
        Some(cjxl) => {
            let packing = packed_by_hand(report, &cjxl, &photographs)?;
            let limit = plain + SLACK * packing / PROCESSORS;
            let lossless = through(report, &clients, &photographs, "lossless", 1)?;
            report.figure(
                Figure::new("the same, until all are packed, lossless", "s", lossless).target(Target::AtMost(limit)),
            );
        }
        None => report.say("cjxl is not installed: nothing is packed"),
    }
    Ok(())
}

/// Seconds of processor time for packing all photographs and turning them back, run by hand: measured on a few of them.
fn packed_by_hand(report: &mut Report, cjxl: &Path, photographs: &Path) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let (own, mut packing, mut back) = (std::process::id(), 0.0, 0.0);
    for number in 0..BY_HAND {
        let (photograph, packed) = (photographs.join(format!("IMG_{number:04}.jpg")), folder.path().join("packed.jxl"));
        let before = ended_children_seconds()?;
        let mut command = Command::new(cjxl);
        command.args(["--lossless_jpeg=1", "--effort=7", "--num_threads=0", "--quiet"]).arg(&photograph).arg(&packed);
        finish(&mut command)?;
        packing += ended_children_seconds()? - before;
        let (before, mut rebuilt) = (processor_seconds(own)? - ended_children_seconds()?, Vec::new());
        rebuild(File::open(&packed)?, &mut rebuilt, REBUILD_BYTES)?;
        back += processor_seconds(own)? - ended_children_seconds()? - before;
        ensure!(rebuilt == fs::read(&photograph)?, "a photograph did not come back");
    }
    let all = FILES as f64 / BY_HAND as f64;
    report.say(&format!(
        "by hand: cjxl {:.1} s of processor time for all, turning back {:.1} s",
        packing * all,
        back * all
    ));
    Ok((packing + back) * all)
}

/// Seconds until every photograph has its pictures, and is packed by a recipe that does that.
fn through(
    report: &mut Report,
    clients: &Clients,
    photographs: &Path,
    recipe: &str,
    samples: usize,
) -> Result<Vec<f64>> {
    let mut taken = Vec::with_capacity(samples);
    for number in 1..=samples {
        let (node, admin, port) = node_with_zone(clients, recipe)?;
        let pid = node.pid().context("the node does not run")?;
        let (before, children) = (processor_seconds(pid)?, ended_children_seconds()?);
        let begin = Instant::now();
        let batch = format!("put {}/*.jpg /\n", photographs.display());
        let sent = clients.run(&["-P", &port, "phone@127.0.0.1"], &batch)?;
        let packed = if recipe == "none" { 0 } else { FILES };
        let (total, peak) = rest(&node, &admin, (pid, packed), begin)?;
        let processor = processor_seconds(pid)? - before;
        report.say(&format!(
            "{recipe} {number} of {samples}: {:.1} s, sent after {:.1} s, node {processor:.1} s of processor time, client {:.1} s, \
             peak memory of node and tools {peak} MiB",
            total.as_secs_f64(),
            sent.as_secs_f64(),
            ended_children_seconds()? - children
        ));
        taken.push(total.as_secs_f64());
    }
    Ok(taken)
}

/// Waits until every photograph is there, so many are packed, and no job runs.
fn rest(node: &Node, admin: &Api, (pid, packed): (u32, usize), begin: Instant) -> Result<(Duration, u64)> {
    const QUIET_LOOKS: usize = 4;
    let (mut quiet_since, mut looks, mut peak) = (None, 0, 0);
    while begin.elapsed() < LIMIT {
        peak = peak.max(memory_mib(pid)?);
        let jobs = admin.get("/jobs")?;
        let count = |queue: &Value, kind: &str| queue["jobCounts"][kind].as_u64().unwrap_or(0);
        let is_busy = |queue: &Value| count(queue, "active") + count(queue, "waiting") > 0;
        let is_idle = !jobs.as_object().context("the queues are no object")?.values().any(is_busy);
        let is_there = is_idle && admin.get("/assets/statistics")?["total"].as_u64() == Some(FILES as u64);
        let is_at_rest = is_there && packed_in(&node.data_dir().join("library"))? >= packed;
        if is_at_rest {
            quiet_since = quiet_since.or_else(|| Some(begin.elapsed()));
            looks += 1;
        } else {
            (quiet_since, looks) = (None, 0);
        }
        if let Some(since) = quiet_since.filter(|_| looks >= QUIET_LOOKS) {
            return Ok((since, peak));
        }
        thread::sleep(POLL);
    }
    anyhow::bail!("not at rest after {} s:\n{}", LIMIT.as_secs(), node.log())
}

/// Packed originals below a folder.
fn packed_in(folder: &Path) -> Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        count += if path.is_dir() {
            packed_in(&path)?
        } else {
            usize::from(path.extension().is_some_and(|extension| extension == "jxl"))
        };
    }
    Ok(count)
}

/// Resident memory of a process and of all that it has started, in MiB.
fn memory_mib(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let own = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    let mut kib: u64 = own.trim().trim_end_matches(" kB").parse().unwrap_or(0);
    for task in fs::read_dir(format!("/proc/{pid}/task"))?.flatten() {
        let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        // One that has ended in this moment takes nothing.
        kib += children.split_whitespace().filter_map(|id| memory_mib(id.parse().ok()?).ok()).sum::<u64>() << 10;
    }
    Ok(kib >> 10)
}
