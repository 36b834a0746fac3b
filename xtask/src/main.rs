//! `cargo xtask`: the project's own tooling.
//!
//! [`mod@test`] runs everything that has to hold before a change is taken, in named steps; [`mod@bench`] runs the measuring
//! programs; `tidy` runs only the checks that need nothing but the source files.

mod bench;
mod not_run;
mod prepare;
mod report;
mod run;
mod steps;
mod tally;
mod test;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Tests, benches and checks of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run every step of the test suite (or some of them) and close with a summary.
    Test {
        /// Run only this step, and the steps it cannot do without. May be given several times.
        #[arg(long, value_name = "STEP", value_parser = PossibleValuesParser::new(steps::names()))]
        only: Vec<String>,
        /// List the steps and stop.
        #[arg(long)]
        list: bool,
    },
    /// Build the program as it is released, and run the bench programs of the package in benches/.
    Bench {
        /// Run only these.
        #[arg(value_name = "NAME")]
        names: Vec<String>,
        /// List the bench programs and stop.
        #[arg(long)]
        list: bool,
    },
    /// Check what can be checked by reading files: dependency direction, file lengths, forbidden words and paths.
    Tidy,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let workspace = Workspace::find()?;
    match arguments.command {
        Task::Test { list: true, .. } => test::list(),
        Task::Test { only, .. } => test::test(&workspace, &only),
        Task::Bench { names, list } => bench::bench(&workspace, &names, list),
        Task::Tidy => steps::tidy(&workspace),
    }
}
