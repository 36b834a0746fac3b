//! `cargo xtask bench`: builds the program as it is released, and runs the bench programs of the package in `benches/`.
//!
//! A bench program is an ordinary `[[bench]]` target of that package with `harness = false`; adding one there is all
//! that is needed for it to appear here. Figures belong into `docs/performance.md`.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Result, bail, ensure};
use serde_json::Value;

use crate::not_run::{Notes, VARIABLE};
use crate::report;
use crate::run;
use crate::workspace::Workspace;

/// The folder, below the workspace's root, of the package that holds the bench programs.
const FOLDER: &str = "benches";

/// The program that is measured. Cargo puts it beside the bench programs, where they look for it.
const BINARY: &str = "tintype";

/// A package and its bench programs.
struct Benches {
    package: String,
    programs: Vec<String>,
}

/// Runs the named bench programs, or all when none is named, or lists them.
pub(crate) fn bench<N: AsRef<str>>(
    workspace: &Workspace,
    names: impl IntoIterator<Item = N>,
    list: bool,
) -> Result<ExitCode> {
    let Some(benches) = find(workspace) else {
        bail!("there is no package with bench programs in {FOLDER}/ yet");
    };
    let chosen = choose(&benches, names)?;
    if list {
        chosen.iter().for_each(|program| report::say(program));
        return Ok(ExitCode::SUCCESS);
    }
    // Everything is built before anything is measured: a compiler beside a bench would be measured, too.
    let built = run::in_turn([
        workspace.cargo(["build", "--release", "--package", BINARY]),
        programs(workspace, &benches, &chosen, &["--no-run"]),
    ])?;
    ensure!(built.success, "the release build failed");
    let notes = Notes::start(workspace)?;
    let finished = run::in_turn(chosen.iter().map(|program| {
        let mut command = programs(workspace, &benches, &[program], &["--quiet"]);
        command.env(VARIABLE, notes.path());
        command
    }))?;
    close(&notes)?;
    Ok(if finished.success { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The named programs, in the order of the package; all when none is named.
fn choose<N: AsRef<str>>(benches: &Benches, names: impl IntoIterator<Item = N>) -> Result<Vec<&str>> {
    let names: Vec<N> = names.into_iter().collect();
    let known = |name: &str| benches.programs.iter().any(|program| program == name);
    if let Some(name) = names.iter().map(AsRef::as_ref).find(|name| !known(name)) {
        bail!("there is no bench {name:?}; there are: {}", benches.programs.join(", "));
    }
    let is_chosen = |program: &&str| names.is_empty() || names.iter().any(|name| name.as_ref() == *program);
    Ok(benches.programs.iter().map(String::as_str).filter(is_chosen).collect())
}

/// `cargo bench` for these programs.
fn programs(workspace: &Workspace, benches: &Benches, chosen: &[&str], options: &[&str]) -> Command {
    let mut command = workspace.cargo(["bench", "--package", &benches.package]);
    command.args(chosen.iter().flat_map(|program| ["--bench", program])).args(options);
    command
}

/// Says once more what did not run, where it is not overlooked.
fn close(notes: &Notes) -> Result<()> {
    let missing = notes.read()?;
    if !missing.is_empty() {
        report::say("\nnot run:");
        missing.iter().for_each(|entry| report::say(&format!("  {}: {}", entry.what, entry.why)));
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_chosen_by_name() {
        let benches = Benches { package: "p".to_owned(), programs: vec!["a".to_owned(), "b".to_owned()] };
        let none: [&str; 0] = [];
        assert_eq!(choose(&benches, none).unwrap(), ["a", "b"]);
        assert_eq!(choose(&benches, ["b"]).unwrap(), ["b"]);
        assert!(choose(&benches, ["c"]).is_err());
    }
}
