//! A folder of photographs by the official command line client, until everything about them is there.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tintype_benches::photographs::{FILES, photographs};
use tintype_benches::process::{ended_children_seconds, processor_seconds};
use tintype_benches::{Figure, Report, Target};
use tintype_testkit::{Api, Javascript, Node};

/// The client, as the test packages name it: @immich/cli 3.2.2.
const CLIENT: &str = "immich-cli-3";

/// Runs that are measured. Each takes its time, so there are few.
const SAMPLES: usize = 3;

/// How often the queues are looked at, and how long all may take.
const POLL: Duration = Duration::from_millis(50);
const LIMIT: Duration = Duration::from_secs(600);

/// One asset in this many is asked for its pictures.
const CHECK_EVERY: usize = 10;

fn main() -> ExitCode {
    Report::run("ingest", measure)
}

fn measure(report: &mut Report) -> Result<()> {
    let javascript = match Javascript::with(&[CLIENT]) {
        Ok(javascript) => javascript,
        Err(error) => {
            report.not_run(&format!("{error:#}"));
            return Ok(());
        }
    };
    report.say("making photographs, where they are not there yet");
    let folder = photographs()?;
    let mut runs = Vec::with_capacity(SAMPLES);
    for number in 1..=SAMPLES {
        report.say(&format!("run {number} of {SAMPLES}"));
        runs.push(Run::of(&javascript, &folder)?);
    }
    let of = |part: fn(&Run) -> f64| runs.iter().map(part).collect::<Vec<_>>();
    let total = Figure::new("500 JPEGs of 12 MP until all is there", "s", of(|run| run.total));
    report.figure(total.reference(140.0).target(Target::AtMost(32.0)));
    report.figure(Figure::new("of this, until the client has ended", "s", of(|run| run.client)));
    report.figure(Figure::new("processor time of the node", "s", of(|run| run.node_processor)));
    report.figure(Figure::new("processor time of the client", "s", of(|run| run.client_processor)));
    Ok(())
}

/// One ingest into an empty library, in seconds.
struct Run {
    total: f64,
    client: f64,
    node_processor: f64,
    client_processor: f64,
}

impl Run {
    fn of(javascript: &Javascript, folder: &Path) -> Result<Self> {
        let node = Node::start()?;
        let admin = node.api().sign_up()?;
        let pid = node.pid().context("the node does not run")?;
        let configuration = tempfile::tempdir().context("cannot make a folder")?;
        let client = |arguments: &[&str]| -> Result<Command> {
            let mut command = javascript.package(CLIENT)?;
            command.arg("--config-directory").arg(configuration.path()).args(arguments);
            command.env_remove("IMMICH_INSTANCE_URL").env_remove("IMMICH_API_KEY").env("HOME", configuration.path());
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            Ok(command)
        };
        finish(&mut client(&["login-key", node.url(), &admin.api_key()?])?)?;

        let node_before = processor_seconds(pid)?;
        let clients_before = ended_children_seconds()?;
        let started = Instant::now();
        finish(client(&["upload", "--recursive"])?.arg(folder))?;
        let until_client = started.elapsed();
        let client_processor = ended_children_seconds()? - clients_before;
        let until_rest = rest(&admin, started)?;
        let node_processor = processor_seconds(pid)? - node_before;
        check(&admin)?;
        Ok(Self {
            total: until_rest.as_secs_f64(),
            client: until_client.as_secs_f64(),
            node_processor,
            client_processor,
        })
    }
}

fn finish(command: &mut Command) -> Result<()> {
    let output = command.output().context("cannot run the client")?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    ensure!(output.status.success(), "the client failed:\n{}{}", text(&output.stdout), text(&output.stderr));
    Ok(())
}

/// Waits until no job is active or waiting, and answers when that was first so.
fn rest(admin: &Api, started: Instant) -> Result<Duration> {
    /// One job may start another, so one quiet moment is not enough.
    const QUIET_LOOKS: usize = 4;
    let mut quiet_since = None;
    let mut looks = 0;
    while started.elapsed() < LIMIT {
        let queues = admin.get("/jobs")?;
        let count = |queue: &Value, kind: &str| queue["jobCounts"][kind].as_u64().unwrap_or(0);
        let is_busy = |queue: &Value| count(queue, "active") + count(queue, "waiting") > 0;
        if queues.as_object().context("the queues are no object")?.values().any(is_busy) {
            (quiet_since, looks) = (None, 0);
        } else {
            quiet_since = quiet_since.or_else(|| Some(started.elapsed()));
            looks += 1;
        }
        if let Some(since) = quiet_since.filter(|_| looks >= QUIET_LOOKS) {
            return Ok(since);
        }
        thread::sleep(POLL);
    }
    anyhow::bail!("jobs were still running after {} s", LIMIT.as_secs())
}

/// Every asset has its metadata and a thumbhash, which is made with its pictures; some are asked for the pictures.
fn check(admin: &Api) -> Result<()> {
    let wish = json!({ "page": 1, "size": 2 * FILES, "withExif": true });
    let answer = admin.call("POST", "/search/metadata", Some(&wish))?.json()?;
    let assets = answer["assets"]["items"].as_array().context("no list of assets")?;
    ensure!(assets.len() == FILES, "{} assets arrived, not {FILES}", assets.len());
    for (index, asset) in assets.iter().enumerate() {
        let id = asset["id"].as_str().context("an asset without an id")?;
        let exif = &asset["exifInfo"];
        ensure!(exif["exifImageWidth"].is_u64() && exif["dateTimeOriginal"].is_string(), "asset {id} has no metadata");
        ensure!(asset["thumbhash"].is_string(), "asset {id} has no thumbhash");
        if index % CHECK_EVERY == 0 {
            for size in ["thumbnail", "preview"] {
                let picture = admin.bytes(&format!("/assets/{id}/thumbnail?size={size}"))?;
                ensure!(!picture.is_empty(), "asset {id} has an empty {size}");
            }
        }
    }
    Ok(())
}
