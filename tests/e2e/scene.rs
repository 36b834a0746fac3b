//! A node with its first account, and what is the same in all journeys.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tintype_testkit::{Api, Javascript, Node, Options, not_run};

/// How long thumbnails and metadata of one test's files may take in a debug build on a busy machine.
pub(crate) const JOBS_LIMIT: Duration = Duration::from_secs(180);

/// A node and its admin.
pub(crate) struct Scene {
    pub(crate) node: Node,
    pub(crate) admin: Api,
}

impl Scene {
    /// A node that reports this version.
    pub(crate) fn reporting(version: &str) -> Result<Self> {
        Self::of(Options::default().environment("TINTYPE_REPORTED_VERSION", version))
    }

    pub(crate) fn of(options: Options) -> Result<Self> {
        let node = options.start()?;
        let admin = node.api().sign_up()?;
        Ok(Self { node, admin })
    }

    /// Logs in anew at the port of the restarted node.
    pub(crate) fn reconnect(&mut self) -> Result<()> {
        self.admin = self.node.api().log_in()?;
        Ok(())
    }

    /// Everything below holds for a library at rest, so this waits for the jobs first.
    pub(crate) fn rest(&self) -> Result<()> {
        self.admin.wait_for_jobs(JOBS_LIMIT).with_context(|| format!("the node wrote:\n{}", self.node.log()))
    }
}

/// The JavaScript packages, or a note that the journey did not run.
pub(crate) fn javascript(what: &str, packages: &[&str]) -> Option<Javascript> {
    Javascript::with(packages).inspect_err(|error| not_run(what, &format!("{error:#}"))).ok()
}

/// Runs a command that has to succeed, and gives what it wrote.
pub(crate) fn output(command: &mut Command, node: &Node) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot run {}", command.get_program().display()))?;
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    ensure!(
        output.status.success(),
        "{command:?} ended with {}:\n{text}\nThe node wrote:\n{}",
        output.status,
        node.log()
    );
    Ok(text)
}
