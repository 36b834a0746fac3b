//! `tintype push`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use tintype_ingest::push::{DEFAULT_SETTLE, Window};

use super::upstreams::interval;

/// The longest time that a file may be asked to rest: a day, in seconds.
const MAX_SETTLE: u64 = 24 * 3_600;

/// `tintype push`
#[derive(Debug, Args)]
pub(crate) struct Push {
    /// Folder whose files go
    pub(crate) folder: PathBuf,
    /// Where they go: sftp://user@host:2022/folder, or an Immich-compatible server
    pub(crate) target: String,
    /// E-mail address of your account on an Immich-compatible server
    #[arg(long, value_name = "EMAIL")]
    pub(crate) email: Option<String>,
    /// File whose first line is the password there [default: asked for]
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// File whose first line is an API key there, with the permissions asset.upload and asset.read
    #[arg(long, value_name = "FILE", conflicts_with_all = ["email", "password_file"])]
    pub(crate) api_key_file: Option<PathBuf>,
    /// Private key for an SFTP server, without a passphrase
    #[arg(long, value_name = "FILE", conflicts_with_all = ["email", "password_file", "api_key_file"])]
    pub(crate) key_file: Option<PathBuf>,
    /// Folder where it is remembered what was sent [default: push, beside the configuration file or in the data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
    /// Only files like this, e.g. `*.jpg` or `2026/**`; may be given several times
    #[arg(long, value_name = "PATTERN")]
    pub(crate) include: Vec<String>,
    /// No files like this; may be given several times
    #[arg(long, value_name = "PATTERN")]
    pub(crate) exclude: Vec<String>,
    /// Delete files here once they are proven to be there, and the proof is on disk
    ///
    /// What was known before is no proof: each file is read, and the target is asked in this run. An Immich-compatible server
    /// tells the SHA-1 of what it has; what lies in its trash stays here. From an SFTP server the file is read back, under its
    /// name if it lies there and otherwise when it was sent, again if need be. A file that somebody writes to stays.
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) delete_after: bool,
    /// Read back what was sent to an SFTP server, and compare
    #[arg(long)]
    pub(crate) verify: bool,
    /// Send a file when it has not changed for so long; with 0 at once, unless somebody has it open for writing
    #[arg(long, value_name = "SECONDS", default_value_t = DEFAULT_SETTLE.as_secs(), value_parser = clap::value_parser!(u64).range(..=MAX_SETTLE))]
    pub(crate) settle: u64,
    /// Go on until interrupted, with this pause between two looks: 90, 90s, 5m or 2h [default: 60s]
    #[arg(long, value_name = "INTERVAL", num_args = 0..=1, default_missing_value = "60s", value_parser = interval, conflicts_with = "dry_run")]
    pub(crate) watch: Option<Duration>,
    /// At most so many KiB in a second
    #[arg(long, value_name = "KIB", value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    pub(crate) limit_rate: Option<u64>,
    /// Send only at these hours, e.g. 22:00-06:00; may be given several times
    #[arg(long, value_name = "HOURS")]
    pub(crate) window: Vec<Window>,
    /// Say what would go
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Say what happens as JSON, a line each
    #[arg(long)]
    pub(crate) json: bool,
}
