//! Puts a node under load: as many requests as it answers, over a few connections that are kept alive.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tintype_testkit::{Node, program};

use crate::figure::{Figure, Target};
use crate::process::processor_seconds;
use crate::report::Report;
use crate::wire::{Connection, request};

/// Connections at the same time.
const CONNECTIONS: usize = 8;

/// How long one sample takes.
const SAMPLE: Duration = Duration::from_secs(5);

/// Samples, after a short one to warm up.
const SAMPLES: usize = 5;

/// The warm-up.
const WARM_UP: Duration = Duration::from_secs(1);

/// What a load is measured against.
pub struct Wanted {
    /// The name of the figure.
    pub name: &'static str,
    /// Requests per second of the reference server.
    pub reference: f64,
    /// Requests per second to reach.
    pub target: f64,
}

/// Measures requests per second for a path below `/api`, and what one of them costs the node.
///
/// # Errors
/// When a request is not answered with success.
pub fn measure(report: &mut Report, node: &Node, token: &str, path: &str, wanted: &Wanted) -> Result<()> {
    let pid = node.pid().context("the node does not run")?;
    let tool = program("wrk");
    let sample = |time: Duration| match tool {
        Some(_) => by_wrk(node.url(), token, path, time),
        None => by_own_loop(node.url(), token, path, time),
    };
    sample(WARM_UP)?;
    let (mut rates, mut costs) = (Vec::new(), Vec::new());
    for _ in 0..SAMPLES {
        let before = processor_seconds(pid)?;
        let rate = sample(SAMPLE)?;
        rates.push(rate);
        costs.push((processor_seconds(pid)? - before) * 1e6 / (rate * SAMPLE.as_secs_f64()));
    }
    let target = Target::AtLeast(wanted.target);
    report.figure(Figure::new(wanted.name, "requests/s", rates).reference(wanted.reference).target(target));
    report.figure(Figure::new("processor time of the node per request", "us", costs));
    report.note(match tool {
        Some(_) => "measured with wrk, two threads, eight connections",
        None => "measured with a loop of its own: wrk is not installed (Debian package wrk)",
    });
    Ok(())
}

fn by_wrk(url: &str, token: &str, path: &str, time: Duration) -> Result<f64> {
    let seconds = format!("-d{}s", time.as_secs());
    let connections = format!("-c{CONNECTIONS}");
    let header = format!("Authorization: Bearer {token}");
    let address = format!("{url}/api{path}");
    let output = Command::new("wrk").args(["-t2", &connections, &seconds, "-H", &header, &address]).output();
    let output = output.context("cannot run wrk")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success() && !text.contains("Non-2xx"), "wrk said:\n{text}");
    let rate = text.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:"));
    rate.and_then(|rate| rate.trim().parse().ok()).with_context(|| format!("wrk said:\n{text}"))
}

fn by_own_loop(url: &str, token: &str, path: &str, time: Duration) -> Result<f64> {
    let wish = request("GET", path, token, None);
    let is_over = AtomicBool::new(false);
    let ask = || -> Result<u64> {
        let mut connection = Connection::open(url)?;
        let mut answered = 0;
        while !is_over.load(Ordering::Relaxed) {
            let status = connection.exchange(&wish, |_| {})?;
            ensure!(status == 200, "GET {path} was answered with {status}");
            answered += 1;
        }
        Ok(answered)
    };
    let started = Instant::now();
    let answered = thread::scope(|scope| {
        let askers: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(ask)).collect();
        thread::sleep(time);
        is_over.store(true, Ordering::Relaxed);
        let mut sum = 0;
        for asker in askers {
            let Ok(answered) = asker.join() else { bail!("a connection's thread panicked") };
            sum += answered?;
        }
        Ok(sum)
    })?;
    // Far below the numbers that a float cannot hold.
    Ok(answered as f64 / started.elapsed().as_secs_f64())
}
