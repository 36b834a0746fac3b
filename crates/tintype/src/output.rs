//! What people see besides answers: errors with hints, the log, completions, the manual page.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::CommandFactory as _;
use clap_complete::Shell;
use tintype_library::LibraryError;
use tintype_library::store::StoreError;
use tracing_subscriber::EnvFilter;

use crate::arguments::Arguments;
use crate::config::Config;
use crate::node::Held;

/// Prints a line for people. Where nobody reads any more (`| head`), the work goes on all the same.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// `1 change`, `2 changes`.
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// Prints an error with its causes and, where there is one, a hint; gives the exit code.
pub(crate) fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("tintype: {error:#}");
    if let Some(hint) = hint(error) {
        eprintln!("Hint: {hint}");
    }
    ExitCode::FAILURE
}

/// Prints an error that does not end the command.
pub(crate) fn warn(error: &anyhow::Error) {
    eprintln!("tintype: {error:#}");
}

fn hint(error: &anyhow::Error) -> Option<&'static str> {
    if error.downcast_ref::<Held>().is_some() {
        return Some("stop that node first, or give this one a folder of its own with --data");
    }
    if let Some(LibraryError::Store(StoreError::Newer { .. })) = error.downcast_ref::<LibraryError>() {
        return Some("libraries only move forward: an older Tintype cannot read them");
    }
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>())?;
    match io.kind() {
        std::io::ErrorKind::AddrInUse => Some("another program listens there: choose another port with --listen"),
        std::io::ErrorKind::PermissionDenied => {
            Some("the user that runs tintype may not do this: check the owner of the data folder")
        }
        std::io::ErrorKind::StorageFull => Some("make room on the disk and start again: nothing was lost"),
        _ => None,
    }
}

/// The log goes to standard error: short lines on a terminal, JSON elsewhere.
pub(crate) fn start_log(config: &Config) {
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Fails only when a log was started before, and then that one is used.
    let _ = if std::io::stderr().is_terminal() { builder.compact().try_init() } else { builder.json().try_init() };
}

/// Completions for a shell.
pub(crate) fn completions(shell: Shell) -> anyhow::Result<ExitCode> {
    clap_complete::generate(shell, &mut Arguments::command(), "tintype", &mut std::io::stdout());
    Ok(ExitCode::SUCCESS)
}

/// The manual page: one for the program with all its commands.
pub(crate) fn manual() -> anyhow::Result<ExitCode> {
    let mut page = Vec::new();
    let command = Arguments::command();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for child in command.get_subcommands().filter(|child| !child.is_hide_set()) {
        let named = child.clone().name(format!("tintype {}", child.get_name()));
        let man = clap_mangen::Man::new(named);
        man.render_synopsis_section(&mut page)?;
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
    }
    std::io::stdout().write_all(&page)?;
    Ok(ExitCode::SUCCESS)
}
