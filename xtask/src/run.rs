//! Runs a child process, passes its output on as it comes and counts the tests it reports.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result};

use crate::tally::Tally;

/// How a child ended.
pub(crate) struct Finished {
    /// Whether it reported success.
    pub(crate) success: bool,
    /// The tests it reported.
    pub(crate) tally: Tally,
}

/// Runs the command to its end. An error means that it could not be run at all.
pub(crate) fn watched(command: &mut Command) -> Result<Finished> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {program}"))?;
    let errors = child.stderr.take().map(|pipe| thread::spawn(move || pass_on(pipe, io::stderr())));
    let mut tally = Tally::default();
    if let Some(pipe) = child.stdout.take() {
        tally += pass_on(pipe, io::stdout());
    }
    if let Some(Ok(counted)) = errors.map(thread::JoinHandle::join) {
        tally += counted;
    }
    let status = child.wait().with_context(|| format!("cannot wait for {program}"))?;
    Ok(Finished { success: status.success(), tally })
}

/// Runs all commands, also after one that failed, and adds up what they report.
pub(crate) fn in_turn(commands: impl IntoIterator<Item = Command>) -> Result<Finished> {
    let mut finished = Finished { success: true, tally: Tally::default() };
    for mut command in commands {
        let next = watched(&mut command)?;
        finished.tally += next.tally;
        finished.success &= next.success;
    }
    Ok(finished)
}

/// Copies line by line; output that is not UTF-8 is passed on as it is. A reader that has gone away ends nothing.
fn pass_on(from: impl Read, mut to: impl Write) -> Tally {
    let mut tally = Tally::default();
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while matches!(reader.read_until(b'\n', &mut line), Ok(length) if length > 0) {
        tally.read_line(&String::from_utf8_lossy(&line));
        let _ = to.write_all(&line).and_then(|()| to.flush());
        line.clear();
    }
    tally
}
