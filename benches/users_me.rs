//! The smallest authenticated request, under load.

use std::process::ExitCode;

use anyhow::Result;
use tintype_benches::load::{self, Wanted};
use tintype_benches::{ASSETS, Report, SeededNode, log_in};

fn main() -> ExitCode {
    Report::run("users-me", measure)
}

fn measure(report: &mut Report) -> Result<()> {
    report.say("seeding a library");
    let mut node = SeededNode::new(ASSETS)?;
    node.start()?;
    let token = log_in(&node.0)?;
    let wanted = Wanted { name: "GET /api/users/me", reference: 1_644.0, target: 20_000.0 };
    load::measure(report, &node.0, &token, "/users/me", &wanted)
}
