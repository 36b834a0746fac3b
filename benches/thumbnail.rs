//! Thumbnails under load: one of about 20 kB, again and again.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tintype_benches::load::{self, Wanted};
use tintype_benches::{Report, log_in, photographs::photograph};
use tintype_testkit::{Api, Node, Upload};

/// What the thumbnail should have, more or less.
const BYTES: usize = 20_000;
const TOLERANCE: usize = 6_000;

/// Pictures to choose from: the same one with more and more noise, which makes its thumbnail larger.
const NOISE: [u64; 5] = [8, 16, 32, 64, 96];
/// Small enough that the noise does not vanish when the picture is made smaller.
const SIZE: (u16, u16) = (400, 300);

/// Longer than the thumbnails take.
const JOBS_LIMIT: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    Report::run("thumbnail", measure)
}

fn measure(report: &mut Report) -> Result<()> {
    let node = Node::start()?;
    let admin = node.api().sign_up()?;
    let (path, bytes) = thumbnail(&admin)?;
    ensure!(bytes.abs_diff(BYTES) <= TOLERANCE, "no thumbnail of about {BYTES} bytes; the nearest has {bytes}");
    let token = log_in(&node)?;
    let wanted = Wanted { name: "GET of a thumbnail", reference: 675.0, target: 8_000.0 };
    load::measure(report, &node, &token, &path, &wanted)?;
    report.note(format!("the thumbnail has {bytes} bytes"));
    Ok(())
}

/// Uploads all pictures; answers the path of the thumbnail that is nearest to the wanted size.
fn thumbnail(admin: &Api) -> Result<(String, usize)> {
    let mut paths = Vec::new();
    for noise in NOISE {
        let file = photograph(1, SIZE.0, SIZE.1, noise)?;
        let name = format!("noise-{noise}.jpg");
        let answer =
            admin.upload(&Upload { name: &name, bytes: &file, created: "2025-08-01T10:00:00.000Z" })?.json()?;
        paths.push(format!("/assets/{}/thumbnail", answer["id"].as_str().context("an upload without an id")?));
    }
    admin.wait_for_jobs(JOBS_LIMIT)?;
    let mut sizes = Vec::new();
    for path in paths {
        let bytes = admin.bytes(&path)?.len();
        sizes.push((path, bytes));
    }
    sizes.into_iter().min_by_key(|(_, bytes)| bytes.abs_diff(BYTES)).context("no thumbnail")
}
