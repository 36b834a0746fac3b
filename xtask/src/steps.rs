//! The steps of `cargo xtask test`, in the order in which they run.

use std::process::{Command, ExitCode, Stdio};

use anyhow::Result;

use crate::not_run::VARIABLE;
use crate::prepare;
use crate::report::{self, Verdict};
use crate::run::{self, Finished};
use crate::tally::Tally;
use crate::test::Run;
use crate::workspace::Workspace;

/// One step.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    /// What it does, for headings and lists.
    pub(crate) what: &'static str,
    /// Steps without which this one makes no sense.
    pub(crate) needs: &'static [&'static str],
    pub(crate) run: fn(&Run<'_>) -> Result<Outcome>,
}

/// How a step ended, and the tests it ran.
pub(crate) struct Outcome {
    pub(crate) verdict: Verdict,
    pub(crate) tally: Tally,
}

/// All steps. `build` makes the binary that `compat`, `e2e` and `web` start.
pub(crate) const STEPS: &[Step] = &[
    Step { name: "prepare", what: "programs and packages that the tests need", needs: &[], run: prepare::prepare },
    Step { name: "fmt", what: "formatting", needs: &[], run: fmt },
    Step { name: "clippy", what: "lints, warnings denied", needs: &[], run: clippy },
    Step { name: "doc", what: "documentation, warnings denied", needs: &[], run: doc },
    Step { name: "build", what: "the binary", needs: &[], run: build },
    Step { name: "unit", what: "unit and library tests", needs: &[], run: unit },
    Step { name: "compat", what: "tidy, table of operations, recorded conversations", needs: &["build"], run: compat },
    Step { name: "e2e", what: "official clients, kill tests", needs: &["build"], run: e2e },
    Step { name: "web", what: "the pages in a browser", needs: &["build"], run: web },
];

/// The test binaries that start the built node, and the packages they belong to. They have steps of their own.
const COMPAT: &str = "compat";
const E2E: &str = "e2e";
const WEB: &str = "web";
/// What is built in besides; `doc` looks at what is there without it.
const FEATURES: &str = "tintype/ftp";
const STARTING_NODES: &[&str] = &["tintype-compat", "tintype-e2e", "tintype-web"];

/// The names of all steps.
pub(crate) fn names() -> Vec<&'static str> {
    STEPS.iter().map(|step| step.name).collect()
}

/// The steps to run: all, or those named and what they need.
pub(crate) fn chosen(only: &[String]) -> Vec<&'static Step> {
    let named = |name: &str| only.iter().any(|chosen| chosen == name);
    let needed = |name: &str| STEPS.iter().any(|step| named(step.name) && step.needs.contains(&name));
    STEPS.iter().filter(|step| only.is_empty() || named(step.name) || needed(step.name)).collect()
}

impl Outcome {
    pub(crate) fn passed() -> Self {
        Self { verdict: Verdict::Passed, tally: Tally::default() }
    }

    pub(crate) fn failed(why: String) -> Self {
        Self { verdict: Verdict::Failed(why), tally: Tally::default() }
    }

    pub(crate) fn not_run(why: String) -> Self {
        Self { verdict: Verdict::NotRun(why), tally: Tally::default() }
    }
}

impl From<Finished> for Outcome {
    fn from(finished: Finished) -> Self {
        let why = match finished.tally.failed {
            0 => "see above".to_owned(),
            1 => "1 test failed".to_owned(),
            number => format!("{number} tests failed"),
        };
        let verdict = if finished.success { Verdict::Passed } else { Verdict::Failed(why) };
        Self { verdict, tally: finished.tally }
    }
}

fn fmt(run: &Run<'_>) -> Result<Outcome> {
    plain(run, &["fmt", "--all", "--check"])
}

fn clippy(run: &Run<'_>) -> Result<Outcome> {
    plain(run, &["clippy", "--workspace", "--all-targets", "--features", FEATURES, "--", "-D", "warnings"])
}

fn doc(run: &Run<'_>) -> Result<Outcome> {
    let mut command = cargo(run, &["doc", "--workspace", "--no-deps", "--document-private-items"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    Ok(run::watched(&mut command)?.into())
}

fn build(run: &Run<'_>) -> Result<Outcome> {
    plain(run, &["build", "--workspace", "--bin", "tintype", "--features", FEATURES])
}

/// Everything but what has a step of its own.
fn unit(run: &Run<'_>) -> Result<Outcome> {
    let exclude = |command: &mut Command| {
        for name in STARTING_NODES.iter().filter(|name| run.workspace.has_package(name)) {
            command.args(["--exclude", name]);
        }
    };
    let mut commands = Vec::new();
    if has_nextest(run.workspace) {
        commands.push(cargo(run, &["nextest", "run", "--workspace", "--features", FEATURES, "--no-fail-fast"]));
        // nextest runs no documentation tests.
        commands.push(cargo(run, &["test", "--doc", "--workspace", "--features", FEATURES, "--no-fail-fast"]));
    } else {
        commands.push(cargo(run, &["test", "--workspace", "--features", FEATURES, "--no-fail-fast"]));
    }
    commands.iter_mut().for_each(exclude);
    Ok(run::in_turn(commands)?.into())
}

fn compat(run: &Run<'_>) -> Result<Outcome> {
    test_binary(run, COMPAT)
}

fn e2e(run: &Run<'_>) -> Result<Outcome> {
    test_binary(run, E2E)
}

fn web(run: &Run<'_>) -> Result<Outcome> {
    test_binary(run, WEB)
}

/// Named within the whole workspace and with the same features, not by package: every package would be compiled again with
/// the features that it has on its own.
fn test_binary(run: &Run<'_>, name: &str) -> Result<Outcome> {
    plain(run, &["test", "--workspace", "--features", FEATURES, "--test", name])
}

/// `cargo xtask tidy`: only the checks that read files.
pub(crate) fn tidy(workspace: &Workspace) -> Result<ExitCode> {
    let finished = run::watched(&mut workspace.cargo([
        "test",
        "--quiet",
        "--workspace",
        "--features",
        FEATURES,
        "--test",
        COMPAT,
        "tidy::",
    ]))?;
    Ok(if finished.success { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn plain(run: &Run<'_>, arguments: &[&str]) -> Result<Outcome> {
    Ok(run::watched(&mut cargo(run, arguments))?.into())
}

fn cargo(run: &Run<'_>, arguments: &[&str]) -> Command {
    let mut command = run.workspace.cargo(arguments.iter().copied());
    command.env(VARIABLE, run.notes.path());
    if report::colour() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    command
}

fn has_nextest(workspace: &Workspace) -> bool {
    let mut question = workspace.cargo(["nextest", "--version"]);
    question.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(only: &[&str], expected: &[&str]) {
        let only: Vec<String> = only.iter().map(ToString::to_string).collect();
        let names: Vec<&str> = chosen(&only).iter().map(|step| step.name).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn a_chosen_step_brings_what_it_needs() {
        check(&["fmt"], &["fmt"]);
        check(&["e2e"], &["build", "e2e"]);
        check(&["web", "fmt"], &["fmt", "build", "web"]);
        check(&[], &names());
    }

    #[test]
    fn a_step_needs_only_earlier_ones() {
        for (index, step) in STEPS.iter().enumerate() {
            let before = &names()[..index];
            assert!(step.needs.iter().all(|need| before.contains(need)), "{}", step.name);
        }
    }
}
