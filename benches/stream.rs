//! The full sync stream of a large library, uncompressed, read as fast as it comes.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, ensure};
use tintype_benches::process::{forget_peak, peak_mib, processor_seconds, resident_alone_mib};
use tintype_benches::{ASSETS, Connection, Figure, Report, SeededNode, Target, log_in, request};

/// Streams that are measured.
const SAMPLES: usize = 5;

/// What is asked for: in the current generation of clients, and in the one before.
const CURRENT: &str = r#"{"types":["AssetsV2","AssetExifsV1"]}"#;
const OLDER: &str = r#"{"types":["AssetsV1","AssetExifsV1"]}"#;

fn main() -> ExitCode {
    Report::run("stream", measure)
}

fn measure(report: &mut Report) -> Result<()> {
    report.say("seeding a library");
    let mut node = SeededNode::new(ASSETS)?;
    node.start()?;
    let (pid, token) = (node.pid()?, log_in(&node.0)?);
    let before = resident_alone_mib(pid)?;
    forget_peak(pid)?;
    let (mut current, mut older, mut cpu, mut sizes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..SAMPLES {
        let used = processor_seconds(pid)?;
        let read = Read::of(node.0.url(), &token, CURRENT)?;
        cpu.push(processor_seconds(pid)? - used);
        sizes.push(read.bytes as f64 / read.lines as f64);
        current.push(read.lines_per_second());
    }
    let growth = peak_mib(pid)? - before;
    for _ in 0..SAMPLES {
        older.push(Read::of(node.0.url(), &token, OLDER)?.lines_per_second());
    }
    let wanted = |figure: Figure| figure.reference(70_000.0).target(Target::AtLeast(600_000.0));
    report.figure(wanted(Figure::new("AssetsV2 and AssetExifsV1", "lines/s", current)));
    report.figure(wanted(Figure::new("AssetsV1 and AssetExifsV1", "lines/s", older)));
    let growth = Figure::new("growth of the process by the first five", "MiB", vec![growth]);
    report.figure(growth.reference(500.0).target(Target::AtMost(16.0)));
    report.figure(Figure::new("processor time of the node per stream", "s", cpu));
    report.figure(Figure::new("size of a line", "bytes", sizes));
    Ok(())
}

/// A stream that was read.
struct Read {
    lines: usize,
    bytes: usize,
    seconds: f64,
}

impl Read {
    /// On a connection of its own, which is part of what a client waits for.
    fn of(url: &str, token: &str, types: &str) -> Result<Self> {
        let wish = request("POST", "/sync/stream", token, Some(types));
        let (mut lines, mut bytes) = (0, 0);
        let started = Instant::now();
        let status = Connection::open(url)?.exchange(&wish, |part| {
            lines += memchr::memchr_iter(b'\n', part).count();
            bytes += part.len();
        })?;
        let seconds = started.elapsed().as_secs_f64();
        ensure!(status == 200, "the stream was answered with {status}");
        // A line for each asset and for what is known about it, and one that says that this was all.
        let expected = usize::try_from(2 * ASSETS + 1)?;
        ensure!(lines == expected, "{lines} lines came, not {expected}");
        Ok(Self { lines, bytes, seconds })
    }

    fn lines_per_second(&self) -> f64 {
        self.lines as f64 / self.seconds
    }
}
