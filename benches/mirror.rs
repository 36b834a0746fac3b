//! A library that follows another one: everything comes for the first time, nothing has changed, a few assets have, and
//! the first time once more, cut short by a kill.
//!
//! 100,000 assets, or as many as `-- --assets 1000000` says.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{fs, thread};

use anyhow::{Context, Result, ensure};
use rusqlite::{Connection as Database, OpenFlags};
use serde_json::{Value, json};
use tintype_benches::process::{ended_children_seconds, peak_mib};
use tintype_benches::{ASSETS, Amounts, Connection, Figure, Report, SeededNode, Target, log_in, request};
use tintype_testkit::{Api, Relay};

/// Mirrors that are made from the beginning.
const SAMPLES: usize = 3;
/// Syncs without a change, and with a few.
const QUIET_SAMPLES: usize = 20;
const CHANGED_SAMPLES: usize = 5;
/// Assets that are changed.
const CHANGED: usize = 100;
/// Mirrors that are cut short.
const KILLS: usize = 3;
/// How often the memory of a sync is looked at.
const LOOK: Duration = Duration::from_millis(2);
/// Lines of a transaction, and those of its last batch beyond that: so many may come again at most.
const LINES_TOGETHER: f64 = 21_000.0;

fn main() -> ExitCode {
    Report::run("mirror", |report| {
        let assets = wanted()?;
        report.say(&format!("seeding a library of {assets} assets"));
        let mut node = SeededNode::with(Amounts { assets, albums: 0, people: 0, faces: 0 })?;
        node.start()?;
        let bench = Bench { node, assets };
        let (follower, lines) = bench.whole(report)?;
        bench.quiet(report, &follower)?;
        bench.changed(report, &follower)?;
        drop(follower);
        bench.requests(report)?;
        bench.killed(report, lines)
    })
}

/// The number behind `--assets`.
fn wanted() -> Result<u64> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--assets");
    match (arguments.next(), arguments.next()) {
        (Some(_), Some(number)) => number.parse().with_context(|| format!("{number} is no number of assets")),
        (Some(_), None) => anyhow::bail!("--assets wants a number"),
        (None, _) => Ok(ASSETS),
    }
}

struct Bench {
    node: SeededNode,
    assets: u64,
}

/// A library of its own that follows the node.
struct Follower {
    binary: PathBuf,
    folder: tempfile::TempDir,
}

/// A sync that has ended.
struct Synced {
    lines: u64,
    seconds: f64,
    peak_mib: f64,
}

impl Follower {
    /// By `url`, which leads to the node.
    fn of(url: &str) -> Result<Self> {
        let follower = Self {
            binary: tintype_testkit::binary()?,
            folder: tempfile::Builder::new().prefix("tintype-mirror-").tempdir()?,
        };
        let (email, password) = Api::admin();
        let file = follower.folder.path().join("password");
        fs::write(&file, password)?;
        run(follower.command(&["user", "add", "follower@example.org", "--admin"]))?;
        let file = file.to_str().context("no text")?;
        run(follower.command(&["login", url, "--email", email, "--password-file", file]))?;
        Ok(follower)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", self.folder.path());
        command.args(arguments).arg("--data").arg(self.data()).stdin(Stdio::null());
        command
    }

    /// The whole process, from its start to its end.
    fn sync(&self) -> Result<Synced> {
        let started = Instant::now();
        let mut command = self.command(&["sync", "--json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let mut peak = 0.0_f64;
        // A process that has ended has no peak any more; it hardly grows in its last milliseconds.
        while child.try_wait()?.is_none() {
            peak = peak.max(peak_mib(child.id()).unwrap_or(0.0));
            thread::sleep(LOOK);
        }
        let seconds = started.elapsed().as_secs_f64();
        let said: Value = serde_json::from_str(&said(child.wait_with_output()?)?)?;
        ensure!(said["problem"].is_null() && said["quarantined"] == 0, "{said}");
        Ok(Synced { lines: said["lines"].as_u64().context("no lines")?, seconds, peak_mib: peak })
    }

    /// Without looking at its memory, which takes time of so short a process.
    fn timed_ms(&self) -> Result<(f64, u64)> {
        let mut command = self.command(&["sync", "--json"]);
        let started = Instant::now();
        let output = command.output()?;
        let time = started.elapsed();
        let said: Value = serde_json::from_str(&said(output)?)?;
        Ok((time.as_secs_f64() * 1e3, said["lines"].as_u64().context("no lines")?))
    }

    /// Rows of assets and of what is known about them.
    fn rows(&self) -> Result<u64> {
        let path = self.data().join("library.sqlite");
        let database = Database::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let sql = "SELECT (SELECT count(*) FROM asset) + (SELECT count(*) FROM exif)";
        let rows: i64 = database.query_row(sql, [], |row| row.get(0))?;
        Ok(rows.unsigned_abs())
    }
}

fn run(mut command: Command) -> Result<String> {
    said(command.output()?)
}

fn said(output: std::process::Output) -> Result<String> {
    ensure!(output.status.success(), "a command failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

impl Bench {
    fn name(&self, text: &str) -> String {
        format!("{} assets: {text}", self.assets)
    }

    /// Everything, for the first time; a follower that has it, and how many lines it was.
    fn whole(&self, report: &mut Report) -> Result<(Follower, u64)> {
        let (mut rates, mut peaks, mut cpu) = (Vec::new(), Vec::new(), Vec::new());
        let mut kept = None;
        for _ in 0..SAMPLES {
            // The one before gives its room on the disk back first.
            drop(kept.take());
            let follower = Follower::of(self.node.0.url())?;
            let before = ended_children_seconds()?;
            let synced = follower.sync()?;
            cpu.push(ended_children_seconds()? - before);
            ensure!(synced.lines >= 2 * self.assets, "{} lines came", synced.lines);
            rates.push(synced.lines as f64 / synced.seconds);
            peaks.push(synced.peak_mib);
            kept = Some((follower, synced.lines));
        }
        // 1,000,000 assets may be a quarter slower, and no larger.
        let rate = if self.assets > ASSETS { 96_000.0 } else { 120_000.0 };
        let figure = |text: &str, unit, samples| Figure::new(self.name(text), unit, samples);
        report.figure(figure("first mirror, whole process", "lines/s", rates).target(Target::AtLeast(rate)));
        report.figure(figure("memory of the client", "MiB", peaks).target(Target::AtMost(48.0)));
        report.figure(figure("processor time of the client", "s", cpu));
        kept.context("nothing was measured")
    }

    fn quiet(&self, report: &mut Report, follower: &Follower) -> Result<()> {
        let mut times = Vec::new();
        for _ in 0..QUIET_SAMPLES {
            let (time, lines) = follower.timed_ms()?;
            ensure!(lines == 1, "{lines} lines came, though nothing changed");
            times.push(time);
        }
        let figure = Figure::new(self.name("no change, whole process"), "ms", times);
        report.figure(figure.target(Target::AtMost(30.0)));
        Ok(())
    }

    fn changed(&self, report: &mut Report, follower: &Follower) -> Result<()> {
        let token = log_in(&self.node.0)?;
        let mut connection = Connection::open(self.node.0.url())?;
        let body = json!({ "size": CHANGED }).to_string();
        let (_, found) = connection.fetch(&request("POST", "/search/metadata", &token, Some(&body)))?;
        let found: Value = serde_json::from_slice(&found)?;
        let items = found["assets"]["items"].as_array().context("no assets")?;
        let ids: Vec<&Value> = items.iter().map(|item| &item["id"]).collect();
        ensure!(ids.len() == CHANGED, "{} assets were found", ids.len());
        let mut times = Vec::new();
        for number in 0..CHANGED_SAMPLES {
            let body = json!({ "ids": ids, "isFavorite": number % 2 == 0, "rating": number % 5 + 1 }).to_string();
            let (status, _) = connection.fetch(&request("PUT", "/assets", &token, Some(&body)))?;
            ensure!(status == 204, "the change was answered with {status}");
            let (time, lines) = follower.timed_ms()?;
            ensure!(lines > CHANGED as u64, "{lines} lines came for {CHANGED} changes");
            times.push(time);
        }
        let figure = Figure::new(self.name("100 changes, whole process"), "ms", times);
        report.figure(figure.target(Target::AtMost(60.0)));
        Ok(())
    }

    /// What a sync asks when nothing has changed.
    fn requests(&self, report: &mut Report) -> Result<()> {
        let relay = Relay::to(self.node.0.url())?;
        let follower = Follower::of(relay.url())?;
        follower.sync()?;
        let before = relay.requests().len();
        follower.timed_ms()?;
        let requests = (relay.requests().len() - before) as f64;
        let figure = Figure::new(self.name("no change, requests"), "", vec![requests]);
        report.figure(figure.target(Target::AtMost(2.0)));
        Ok(())
    }

    /// Lines that come again after a kill at any moment.
    fn killed(&self, report: &mut Report, lines: u64) -> Result<()> {
        let mut repeated = Vec::new();
        for _ in 0..KILLS {
            let follower = Follower::of(self.node.0.url())?;
            let rows = kill(&follower, lines)?;
            let rest = follower.sync()?.lines;
            ensure!(follower.rows()? == 2 * self.assets, "rows are missing");
            // A handful of lines are about users, and come in front of all assets.
            repeated.push((rows + rest).saturating_sub(lines) as f64);
        }
        let figure = Figure::new(self.name("lines that come again after a kill"), "", repeated);
        report.figure(figure.target(Target::AtMost(LINES_TOGETHER)));
        Ok(())
    }
}

/// Begins a sync and kills it at a random moment, with some rows there; how many.
fn kill(follower: &Follower, lines: u64) -> Result<u64> {
    let mut child = follower.command(&["sync", "--json"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let database = follower.data().join("library.sqlite-wal");
    let begun = Instant::now();
    // The log grows with the first transaction that is safe.
    while size(&database) < 1 << 20 && child.try_wait()?.is_none() {
        thread::sleep(LOOK);
    }
    let nanoseconds = SystemTime::now().duration_since(UNIX_EPOCH)?.subsec_nanos();
    // In proportion to how long the first lines took, so that it hits a fast machine and a slow one.
    thread::sleep(begun.elapsed() * (nanoseconds / 1_000 % 8 + 1));
    child.kill()?;
    child.wait()?;
    let rows = follower.rows()?;
    ensure!(rows < lines, "it was done before it was killed");
    Ok(rows)
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |found| found.len())
}
