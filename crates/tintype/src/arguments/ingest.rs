//! Commands about landing zones.

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

/// `tintype ingest`
#[derive(Debug, Subcommand)]
pub(crate) enum IngestCommand {
    /// Say how each zone stands: files in each state, what waits, what cannot be read
    #[command(after_help = "Example:\n  tintype ingest status --json")]
    Status {
        /// As JSON, a line for each zone
        #[arg(long)]
        json: bool,
    },
    /// List files: how far they have come, and why they wait or failed
    #[command(after_help = "Example:\n  tintype ingest list --zone phone --state undone")]
    List {
        /// Only of this zone
        #[arg(long, value_name = "NAME")]
        zone: Option<String>,
        /// Only in this state, e.g. seen, delivered, released or undone [default: all but released]
        #[arg(long, value_name = "STATE")]
        state: Option<String>,
        /// As JSON, a line for each file
        #[arg(long)]
        json: bool,
    },
    /// Put originals from undone/ back into their zones, to begin anew
    ///
    /// What had been deleted from the library on purpose is taken in all the same this time.
    #[command(after_help = "Examples:
  tintype ingest retry phone/2026/a.jpg
  tintype ingest retry phone/2026
  tintype ingest retry --matching \"was refused\"
  tintype ingest retry --all")]
    Retry {
        #[command(flatten)]
        choice: RetryChoice,
        /// Say what was done as JSON
        #[arg(long)]
        json: bool,
    },
    /// Work on what lies in the zones until it rests, without a node; or wait for a node to do so
    #[command(after_help = "Example:\n  tintype ingest run")]
    Run {
        /// As JSON, a line for each zone
        #[arg(long)]
        json: bool,
    },
}

/// Which originals are tried again.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[group(required = true, multiple = false)]
pub(crate) struct RetryChoice {
    /// A file, a folder or a zone, as `tintype ingest list` shows them
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<String>,
    /// All of them
    #[arg(long)]
    pub(crate) all: bool,
    /// Those whose name or reason has this text in it
    #[arg(long, value_name = "TEXT")]
    pub(crate) matching: Option<String>,
}
