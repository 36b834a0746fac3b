//! From the start of the process to the first answered ping, with a large library.

use std::process::ExitCode;

use anyhow::Result;
use tintype_benches::{ASSETS, Figure, Report, SeededNode, Target};

/// Starts that are measured.
const SAMPLES: usize = 10;

fn main() -> ExitCode {
    Report::run("start", measure)
}

fn measure(report: &mut Report) -> Result<()> {
    report.say("seeding a library");
    let mut node = SeededNode::new(ASSETS)?;
    // Once unmeasured, so that all measured starts find the files in the same caches.
    node.start()?;
    let mut samples = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        node.0.stop()?;
        samples.push(node.start()?.as_secs_f64());
    }
    let figure = Figure::new("start to first ping, 100,000 assets", "s", samples);
    report.figure(figure.reference(4.5).target(Target::AtMost(0.15)));
    report.note("the files of the program and of the library are in the page cache");
    Ok(())
}
