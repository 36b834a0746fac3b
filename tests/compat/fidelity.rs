//! Plays the recorded conversations of the reference against a fresh node, once for each generation.
//!
//! The harness and its recordings lie beside the repository and are not published. Its full output is left in
//! `fidelity/` of cargo's target folder.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tintype_testkit::{Node, Options, not_run, not_run_without_shared, program, say, shared, target};

/// The sections in which every step has to match. The others are reported only; a section moves here when it is done.
const REQUIRED: &[&str] = &[
    "server",
    "auth",
    "users",
    "apikeys",
    "upload",
    "assets",
    "media",
    "timeline",
    "jobs",
    "sessions",
    "sync-errors",
    "sync-acks",
    "sync-initial",
    "sync-backfill",
    "sync-reset",
    "sync-types",
    "metadata",
    "edits",
    "albums",
    "sharing",
    "partners",
    "stacks",
    "memories",
    "people",
    "faces",
    "account",
    "trash",
    "tags",
    "replace",
    "faults",
    "sharedlinks",
];

/// A step that may differ: its name, the versions in which it does, and why.
type Exception = (&'static str, &'static [&'static str], &'static str);

const BOTH: &[&str] = &["2.7.5", "3.2.2"];
const OLDER: &[&str] = &["2.7.5"];
const AT_ONCE: &str = "a date set by hand holds at once, and the zone has the name of the place";
const NO_ADDRESS: &str = "guests are not told the e-mail address of the owner";
const REPLACED: &str = "what was replaced keeps what people said about it";
const OWN_MARK: &str = "what its owner likes is the owner's business, as in version 3";

/// Steps of these sections that may differ; `COMPAT.md` says why no client is hurt. Each has to differ: an entry without
/// a difference goes away.
const MAY_DIFFER: &[Exception] = &[
    ("metadata/redate-put", BOTH, AT_ONCE),
    ("metadata/redate-get", BOTH, AT_ONCE),
    ("faces/person-thumbnail", BOTH, "people whose face was drawn by hand have a picture, too"),
    ("faces/hard-delete+stream-sync1", BOTH, "somebody whose face was taken away is shown by another one"),
    ("partners/asset-update+stream-sync1", OLDER, OWN_MARK),
    ("partners/back+stream-sync2", OLDER, OWN_MARK),
    ("stacks/partner-create+stream-sync1", OLDER, OWN_MARK),
    ("stacks/partner-delete+stream-sync1", OLDER, OWN_MARK),
    ("sharedlinks/login", OLDER, NO_ADDRESS),
    ("sharedlinks/me-slug-password", OLDER, NO_ADDRESS),
    ("sync-types/user1-AssetExifsV1", BOTH, REPLACED),
    ("sync-types/user2-PartnerAssetsV1", BOTH, REPLACED),
    ("sync-types/user2-all", BOTH, REPLACED),
];

/// How many differences of one step, and how many steps, are shown here; the file has all.
const SHOWN: usize = 4;
const SHOWN_STEPS: usize = 40;

/// What the harness found.
struct Report {
    /// Of the required sections: steps that match, steps in all.
    required: (u64, u64),
    /// The same of the others.
    others: (u64, u64),
    /// Required steps that differ, with what is different.
    faults: Vec<String>,
}

impl Report {
    fn read(result: &Value, required: &[&str], may_differ: &[(&str, &str)]) -> Result<Self> {
        let sections = result["sections"].as_object().context("the harness reports no sections")?;
        let steps = result["steps"].as_array().context("the harness reports no steps")?;
        let mut report = Self { required: (0, 0), others: (0, 0), faults: Vec::new() };
        for (name, row) in sections {
            let sum = if required.contains(&name.as_str()) { &mut report.required } else { &mut report.others };
            sum.0 += row["value"].as_u64().unwrap_or(0);
            sum.1 += row["compared"].as_u64().unwrap_or(0);
        }
        let unplayed = required.iter().filter(|name| !sections.contains_key(**name));
        report.faults.extend(unplayed.map(|name| format!("section {name}: nothing was compared")));
        let differs = |step: &&Value| step["ok"] == false;
        let named = |step: &Value| step["step"].as_str().unwrap_or_default().to_owned();
        for step in steps.iter().filter(differs) {
            let name = named(step);
            let section = name.split('/').next().unwrap_or_default();
            if required.contains(&section) && !may_differ.iter().any(|(allowed, _)| *allowed == name) {
                report.faults.push(describe(&name, step));
            }
        }
        for (allowed, why) in may_differ {
            if !steps.iter().filter(differs).any(|step| named(step) == *allowed) {
                report.faults.push(format!("{allowed} matches now; remove it from the list ({why})"));
            }
        }
        Ok(report)
    }
}

fn describe(name: &str, step: &Value) -> String {
    let mut text = format!("{name}   {}", step["request"].as_str().unwrap_or_default());
    let differences = step["diffs"].as_array().map(Vec::as_slice).unwrap_or_default();
    for difference in differences.iter().take(SHOWN) {
        let part = |key: &str| difference[key].as_str().unwrap_or_default();
        text.push_str(&format!("\n      {} {}: {}", part("level"), part("path"), part("text")));
    }
    if differences.len() > SHOWN {
        text.push_str(&format!("\n      and {} more", differences.len() - SHOWN));
    }
    text
}

/// Plays everything against a node that reports this version.
fn check(version: &str) -> Result<()> {
    let what = format!("recorded conversations, as version {version}");
    let Some(harness) = shared().map(|shared| shared.join("fidelity/run")).filter(|harness| harness.is_file()) else {
        not_run_without_shared(&what);
        return Ok(());
    };
    let Some(python) = program("python3") else {
        not_run(&what, "python3 is not installed");
        return Ok(());
    };
    let mut node = Options::default().environment("TINTYPE_REPORTED_VERSION", version).start()?;
    let result = play(&python, &harness, &node, version)?;
    let of_version = |(_, versions, _): &&Exception| versions.contains(&version);
    let may_differ: Vec<_> = MAY_DIFFER.iter().filter(of_version).map(|(step, _, why)| (*step, *why)).collect();
    let report = Report::read(&result, REQUIRED, &may_differ)?;
    say(&format!(
        "recorded conversations, as version {version}: {} of {} required steps match, {} of {} others",
        report.required.0, report.required.1, report.others.0, report.others.1
    ));
    let shown = &report.faults[..report.faults.len().min(SHOWN_STEPS)];
    ensure!(
        report.faults.is_empty(),
        "{} of {} required steps differ from what the reference answers (all of them: fidelity/{version}.txt in the \
         target folder):\n\n  {}\n\nThe node wrote:\n{}",
        report.faults.len(),
        report.required.1,
        shown.join("\n  "),
        node.log()
    );
    let ended = node.stop()?;
    ensure!(ended.status.success(), "the node ended with {}:\n{}", ended.status, node.log());
    Ok(())
}

/// Runs the harness and gives what it found. Whether steps differ is for the caller to judge.
fn play(python: &Path, harness: &Path, node: &Node, version: &str) -> Result<Value> {
    let folder = target()?.join("fidelity");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let result = folder.join(format!("{version}.json"));
    let mut command = Command::new(python);
    command.arg(harness).args(["--server", node.url()]).arg("--json").arg(&result);
    let output = command.output().context("cannot run the harness")?;
    let text = [output.stdout, output.stderr].concat();
    fs::write(folder.join(format!("{version}.txt")), &text).context("cannot keep the harness's output")?;
    let text = String::from_utf8_lossy(&text);
    ensure!(matches!(output.status.code(), Some(0 | 1)), "the harness could not run:\n{text}\n{}", node.log());
    let result = fs::read(&result).with_context(|| format!("the harness left no result:\n{text}"))?;
    serde_json::from_slice(&result).context("the harness's result is no JSON")
}

#[test]
fn as_the_older_generation() -> Result<()> {
    check("2.7.5")
}

#[test]
fn as_the_newer_generation() -> Result<()> {
    check("3.2.2")
}

#[test]
fn differences_are_found() -> Result<()> {
    let result = serde_json::json!({
        "sections": { "auth": { "compared": 3, "value": 1 }, "tags": { "compared": 2, "value": 1 } },
        "steps": [
            { "step": "auth/login", "ok": false, "diffs": [{ "level": "STATUS", "path": ".", "text": "201 / 500" }] },
            { "step": "auth/logout", "ok": false, "diffs": [] },
            { "step": "tags/list", "ok": false, "diffs": [] },
        ],
    });
    let report = Report::read(&result, &["auth", "users"], &[("auth/logout", "why"), ("auth/status", "why")])?;
    assert_eq!((report.required, report.others), ((1, 3), (1, 2)));
    let starts: Vec<&str> = report.faults.iter().filter_map(|fault| fault.split(' ').next()).collect();
    assert_eq!(starts, ["section", "auth/login", "auth/status"]);
    Ok(())
}
