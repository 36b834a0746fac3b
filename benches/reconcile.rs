//! A folder and a library of as many assets: looking through the folder, and planning what keeps the two in agreement.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use rusqlite::Connection as Database;
use serde_json::Value;
use sha1::{Digest as _, Sha1};
use tintype_benches::photographs::{FILES, photographs};
use tintype_benches::process::{forget_peak, peak_mib};
use tintype_benches::{Figure, Report, SeededNode, Target};
use tintype_testkit::{Options, numbered, picture, program};

/// Files in the folder, and assets in the library.
const COUNT: usize = 100_000;
/// Files in one folder below it.
const IN_A_FOLDER: usize = 1_000;
/// Files that the library does not have, so that the plan is not empty.
const NEW: usize = 10;
/// Runs that are measured.
const SAMPLES: usize = 5;
/// Older than anything that may still be growing.
const AGE: Duration = Duration::from_secs(3_600);

fn main() -> ExitCode {
    Report::run("reconcile", measure)
}

fn measure(report: &mut Report) -> Result<()> {
    report.say("making 100,000 small files, and a library that has them");
    let folder = tempfile::tempdir()?;
    let contents = make_files(folder.path())?;
    // The parts of a plan are told by the log.
    let options = Options::default().environment("TINTYPE_LOG", "tintype_reconcile=info");
    let mut node = SeededNode::started_like(options, COUNT as u64)?;
    say_contents(&node.0.data_dir().join("library.sqlite"), &contents)?;
    node.start()?;
    let bench = Bench { node };
    looking(report, &bench, folder.path())?;
    drop(folder);
    hashing(report, &bench)
}

/// A running node.
struct Bench {
    node: SeededNode,
}

impl Bench {
    fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = self.node.0.command(arguments)?.stdin(Stdio::null()).output().context("cannot run tintype")?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        ensure!(output.status.success(), "{arguments:?} failed: {}", text(&output.stderr));
        Ok(text(&output.stdout))
    }

    fn add(&self, folder: &Path) -> Result<()> {
        self.run(&["folder", "add", utf8(folder)?, "--policy", "backup"]).map(drop)
    }

    /// What a plan of a folder takes that has to find so many files to upload.
    fn plan(&self, folder: &Path, uploads: usize) -> Result<Planned> {
        let begin = Instant::now();
        let said = self.run(&["reconcile", "plan", utf8(folder)?, "--json"])?;
        let whole = begin.elapsed().as_secs_f64();
        let plan: Value = serde_json::from_str(said.lines().next().context("no plan")?)?;
        let part = &plan["folders"][0];
        let found = part["actions"].as_array().map_or(0, Vec::len);
        ensure!(found == uploads, "the plan has {found} entries instead of {uploads}");
        let log = self.node.0.log();
        let line = log.lines().rev().find(|line| line.contains("plan_ms")).context("the log has no plan")?;
        Ok(Planned { whole, scan: logged_seconds(line, "look_ms")?, plan: logged_seconds(line, "plan_ms")? })
    }
}

/// Milliseconds that a line of the log names, in seconds.
fn logged_seconds(line: &str, name: &str) -> Result<f64> {
    let line: Value = serde_json::from_str(line).context("the log has another form")?;
    let value = line["fields"][name].to_string();
    let milliseconds: f64 = value.trim_matches('"').parse().context("no number in the log")?;
    Ok(milliseconds / 1_000.0)
}

/// Seconds.
struct Planned {
    /// The command, from its start to its end.
    whole: f64,
    /// Looking through the folder, with what had to be read.
    scan: f64,
    /// Everything after that.
    plan: f64,
}

/// The first look at a folder, and looks at which nothing is new.
fn looking(report: &mut Report, bench: &Bench, folder: &Path) -> Result<()> {
    let pid = bench.node.pid()?;
    forget_peak(pid)?;
    bench.add(folder)?;
    let first = bench.plan(folder, NEW)?;
    let (mut scans, mut plans, mut wholes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..SAMPLES {
        let again = bench.plan(folder, NEW)?;
        scans.push(again.scan);
        plans.push(again.plan);
        wholes.push(again.whole);
    }
    let memory = peak_mib(pid)?;
    report.figure(Figure::new("first look at 100,000 small files", "s", vec![first.scan]));
    report.figure(Figure::new("a later look, nothing is new", "s", scans).target(Target::AtMost(3.0)));
    report.figure(Figure::new("the plan for it, 100,000 assets", "s", plans).target(Target::AtMost(1.0)));
    report.figure(Figure::new("the whole command", "s", wholes));
    report.figure(Figure::new("the most memory of the node", "MiB", vec![memory]).target(Target::AtMost(mib(150e6))));
    bench.run(&["folder", "remove", utf8(folder)?]).map(drop)
}

/// The first look at photographs, beside one `sha1sum` on each processor over the same files.
fn hashing(report: &mut Report, bench: &Bench) -> Result<()> {
    let Some(sha1sum) = program("sha1sum") else {
        report.say("sha1sum is not installed: there is nothing to compare with");
        return Ok(());
    };
    report.say("making photographs, where they are not there yet");
    let photographs = photographs()?;
    let files: Vec<PathBuf> = (0..FILES).map(|number| photographs.join(format!("IMG_{number:04}.jpg"))).collect();
    // Once for nothing: both find the files in memory then.
    by_hand(&sha1sum, &files)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..SAMPLES {
        bench.add(&photographs)?;
        ours.push(bench.plan(&photographs, FILES)?.scan);
        bench.run(&["folder", "remove", utf8(&photographs)?])?;
        theirs.push(by_hand(&sha1sum, &files)?);
    }
    let (ours, theirs) = (
        Figure::new("first look at 500 photographs of 2.7 MB", "s", ours),
        Figure::new("sha1sum by hand, one on each processor", "s", theirs),
    );
    let share = 100.0 * theirs.median() / ours.median();
    report.figure(ours);
    report.figure(theirs);
    report.figure(Figure::new("our rate of theirs", "%", vec![share]).target(Target::AtLeast(80.0)));
    Ok(())
}

/// Seconds that `sha1sum` takes, with a process on each processor.
fn by_hand(sha1sum: &Path, files: &[PathBuf]) -> Result<f64> {
    let share = files.len().div_ceil(thread::available_parallelism().map_or(1, usize::from));
    let begin = Instant::now();
    let start = |some: &[PathBuf]| Command::new(sha1sum).args(some).stdout(Stdio::null()).spawn();
    let mut running = files.chunks(share).map(start).collect::<Result<Vec<_>, _>>()?;
    for process in &mut running {
        ensure!(process.wait()?.success(), "sha1sum failed");
    }
    Ok(begin.elapsed().as_secs_f64())
}

/// Fills the folder; the contents of its files but for the new ones.
fn make_files(folder: &Path) -> Result<Vec<[u8; 20]>> {
    let plain = picture(1, 16, 16)?;
    let date = SystemTime::now() - AGE;
    let mut contents = Vec::with_capacity(COUNT);
    for number in 0..COUNT {
        let parent = folder.join((number / IN_A_FOLDER).to_string());
        if number % IN_A_FOLDER == 0 {
            fs::create_dir(&parent)?;
        }
        let (path, bytes) = (parent.join(format!("{number}.jpg")), numbered(&plain, number as u64)?);
        fs::write(&path, &bytes)?;
        File::options().write(true).open(&path)?.set_modified(date)?;
        if number >= NEW {
            contents.push(Sha1::digest(&bytes).into());
        }
    }
    Ok(contents)
}

/// Gives the made-up assets of a library these contents.
fn say_contents(path: &Path, contents: &[[u8; 20]]) -> Result<()> {
    let mut database = Database::open(path)?;
    let transaction = database.transaction()?;
    {
        let mut list = transaction.prepare("SELECT rowid FROM asset WHERE library_id IS NULL")?;
        let rows: Vec<i64> = list.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        ensure!(rows.len() == COUNT, "the library has {} assets", rows.len());
        let mut update = transaction.prepare("UPDATE asset SET checksum = ?1 WHERE rowid = ?2")?;
        for (content, row) in contents.iter().zip(rows) {
            update.execute((content.as_slice(), row))?;
        }
    }
    Ok(transaction.commit()?)
}

fn utf8(path: &Path) -> Result<&str> {
    path.to_str().context("no text")
}

/// Bytes in MiB.
fn mib(bytes: f64) -> f64 {
    bytes / (1_024.0 * 1_024.0)
}
