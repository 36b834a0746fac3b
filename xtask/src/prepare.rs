//! The step `prepare`: installs what the tests need and this machine lacks, or says exactly what to install.
//!
//! Nothing here is needed to build or run Tintype. What is already there is left alone.

mod debian;
mod node;

use anyhow::Result;

use crate::report;
use crate::steps::Outcome;
use crate::test::Run;

/// Looks for programs first, because npm may be one of those that are missing.
pub(crate) fn prepare(run: &Run<'_>) -> Result<Outcome> {
    let mut to_do = Vec::new();
    to_do.extend(debian::prepare()?);
    to_do.extend(node::prepare(run.workspace)?);
    if to_do.is_empty() {
        report::say("everything is there");
        return Ok(Outcome::passed());
    }
    Ok(Outcome::not_run(to_do.join("; ")))
}
