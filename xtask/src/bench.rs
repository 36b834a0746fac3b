//! `cargo xtask bench`: lists and runs the bench programs of the package in `benches/`.
//!
//! A bench program is an ordinary `[[bench]]` target of that package with `harness = false`; adding one there is all
//! that is needed for it to appear here. Figures belong into `docs/performance.md`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::report;
use crate::run;
use crate::workspace::Workspace;

/// The folder, below the workspace's root, of the package that holds the bench programs.
const FOLDER: &str = "benches";

/// A package and its bench programs.
struct Benches {
    package: String,
    programs: Vec<String>,
}

/// Runs one bench program or all, or lists them.
pub(crate) fn bench(workspace: &Workspace, name: Option<&str>, list: bool) -> Result<ExitCode> {
    let Some(benches) = find(workspace) else {
        bail!("there is no package with bench programs in {FOLDER}/ yet");
    };
    if let Some(name) = name.filter(|name| !benches.programs.iter().any(|program| program == name)) {
        bail!("there is no bench {name:?}; there are: {}", benches.programs.join(", "));
    }
    if list {
        benches.programs.iter().for_each(|program| report::say(program));
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = benches.programs.iter().filter(|program| name.is_none_or(|name| name == *program));
    let commands = chosen.map(|program| workspace.cargo(["bench", "--package", &benches.package, "--bench", program]));
    let finished = run::in_turn(commands)?;
    Ok(if finished.success { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn find(workspace: &Workspace) -> Option<Benches> {
    let manifest = workspace.root.join(FOLDER).join("Cargo.toml");
    let packages = workspace.metadata["packages"].as_array()?;
    let package = packages
        .iter()
        .find(|package| package["manifest_path"].as_str().is_some_and(|path| manifest == Path::new(path)))?;
    let is_bench =
        |target: &&Value| target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "bench"));
    let targets = package["targets"].as_array()?.iter().filter(is_bench);
    let programs: Vec<String> = targets.filter_map(|target| target["name"].as_str().map(str::to_owned)).collect();
    (!programs.is_empty())
        .then(|| Benches { package: package["name"].as_str().unwrap_or_default().to_owned(), programs })
}
