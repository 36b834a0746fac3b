//! A folder of photographs through the SFTP server of a node, until everything about them is there; how fast one file comes
//! in, beside OpenSSH's own server; and what a folder costs that is known already.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
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
/// One file that comes in, in bytes.
const LARGE_BYTES: usize = 1 << 30;
/// Files in a folder that is known already.
const KNOWN: usize = 100_000;
const POLL: Duration = Duration::from_millis(100);
const LIMIT: Duration = Duration::from_secs(900);
/// How long a node with a known folder is watched.
const IDLE_WATCH: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    Report::run("landing", measure)
}

fn measure(report: &mut Report) -> Result<()> {
    let (Some(sftp), Some(keygen)) = (program("sftp"), program("ssh-keygen")) else {
        report.not_run("sftp and ssh-keygen are not installed");
        return Ok(());
    };
    let clients = Clients::new(sftp, &keygen)?;
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
    one_file(report, &clients)?;
    known_folder(report)
}

/// The client, and a key of its own.
struct Clients {
    sftp: PathBuf,
    folder: tempfile::TempDir,
}

impl Clients {
    fn new(sftp: PathBuf, keygen: &Path) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(keygen);
        command.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(folder.path().join("key"));
        finish(&mut command)?;
        Ok(Self { sftp, folder })
    }

    fn public_key(&self) -> Result<String> {
        Ok(fs::read_to_string(self.folder.path().join("key.pub"))?.trim().to_owned())
    }

    /// `sftp` with a batch of commands.
    fn run(&self, more: &[&str], batch: &str) -> Result<Duration> {
        let file = self.folder.path().join("batch");
        fs::write(&file, batch)?;
        let mut command = Command::new(&self.sftp);
        command.args(["-q", "-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]);
        command.arg("-i").arg(self.folder.path().join("key")).arg("-b").arg(file).args(more);
        let begin = Instant::now();
        finish(&mut command)?;
        Ok(begin.elapsed())
    }
}

fn finish(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().context("a program does not start")?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    ensure!(output.status.success(), "{command:?} failed:\n{}{}", text(&output.stdout), text(&output.stderr));
    Ok(())
}

/// A node with one zone that is an SFTP account's folder, and the port of that.
fn node_with_zone(clients: &Clients, recipe: &str) -> Result<(Node, Api, String)> {
    let mut node = Node::start()?;
    node.api().sign_up()?;
    let key = clients.public_key()?;
    let text = format!(
        "[[landing.zone]]\nname = 'phone'\nfolder = 'dropped'\nrecipe = '{recipe}'\nsettle_seconds = 1\n\
         [landing.sftp]\nlisten = '127.0.0.1:0'\nusers = false\n\
         [[landing.sftp.account]]\nname = 'phone'\nzone = 'phone'\nkeys = ['{key}']\n"
    );
    fs::write(node.data_dir().join("tintype.toml"), text)?;
    node.restart()?;
    let log = node.log();
    let line = log.lines().rfind(|line| line.starts_with("SFTP is listening on ")).context("SFTP is off")?;
    let port = line.split([':', ' ']).nth(5).context("no port")?.to_owned();
    let admin = node.api().log_in()?;
    Ok((node, admin, port))
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

/// One large file, beside OpenSSH's own server on the same machine.
fn one_file(report: &mut Report, clients: &Clients) -> Result<()> {
    let large = clients.folder.path().join("large.bin");
    let mut file = File::create(&large)?;
    let piece: Vec<u8> = (0..1_u32 << 20).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for _ in 0..LARGE_BYTES >> 20 {
        file.write_all(&piece)?;
    }
    drop(file);
    let rate = |took: Duration| LARGE_BYTES as f64 / 1e6 / took.as_secs_f64();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for number in 0..SAMPLES {
        let (node, _, port) = node_with_zone(clients, "none")?;
        // Hidden names are left alone by the zone.
        let batch = format!("put {} /.large{number}\n", large.display());
        ours.push(rate(clients.run(&["-P", &port, "phone@127.0.0.1"], &batch)?));
        drop(node);
        if let Some(server) = OpenSsh::start(clients)? {
            let target = server.folder.path().join("large");
            let batch = format!("put {} {}\n", large.display(), target.display());
            theirs.push(rate(clients.run(&["-P", &server.port.to_string(), "127.0.0.1"], &batch)?));
        }
    }
    report.figure(Figure::new("one file of 1 GiB by SFTP", "MB/s", ours.clone()));
    if theirs.is_empty() {
        report.say("sshd is not installed: there is nothing to compare with");
        return Ok(());
    }
    let median = |samples: &mut Vec<f64>| {
        samples.sort_by(f64::total_cmp);
        samples[samples.len() / 2]
    };
    report.figure(Figure::new("the same into OpenSSH's internal-sftp", "MB/s", theirs.clone()));
    let share = 100.0 * median(&mut ours) / median(&mut theirs);
    report.figure(Figure::new("ours of that", "%", vec![share]).target(Target::AtLeast(60.0)));
    Ok(())
}

/// The reference server, with a key of its own.
struct OpenSsh {
    child: std::process::Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl OpenSsh {
    fn start(clients: &Clients) -> Result<Option<Self>> {
        let sshd = Path::new("/usr/sbin/sshd");
        if !sshd.is_file() {
            return Ok(None);
        }
        fs::create_dir_all("/run/sshd")?;
        let folder = tempfile::tempdir()?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut keygen = Command::new("ssh-keygen");
        finish(keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(folder.path().join("host")))?;
        let (host, keys) = (folder.path().join("host"), clients.folder.path().join("key.pub"));
        let text = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\n\
             PermitRootLogin yes\nSubsystem sftp internal-sftp\nPidFile none\n",
            host.display(),
            keys.display()
        );
        let config = folder.path().join("sshd_config");
        fs::write(&config, text)?;
        let mut command = Command::new(sshd);
        let child = command.arg("-D").arg("-f").arg(&config).stdin(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let begin = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            ensure!(begin.elapsed() < Duration::from_secs(10), "sshd does not listen");
            thread::sleep(POLL);
        }
        Ok(Some(Self { child, port, folder }))
    }
}

impl Drop for OpenSsh {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
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
