//! What a figure was measured on. Without it no figure says anything.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tintype_testkit::root;

/// The machine, and how busy it was with other things.
pub(crate) struct Machine {
    cores: usize,
    memory_mib: u64,
    load: f64,
    revision: String,
    unix_seconds: u64,
}

impl Machine {
    /// Looks at the machine now: before a bench has put it under load.
    pub(crate) fn look() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            cores: thread::available_parallelism().map_or(0, usize::from),
            memory_mib: memory_mib().unwrap_or(0),
            load: load().unwrap_or(f64::NAN),
            revision: revision(),
            unix_seconds: since.map_or(0, |since| since.as_secs()),
        }
    }

    /// For the heading of a table.
    pub(crate) fn sentence(&self) -> String {
        let Self { cores, memory_mib, load, revision, .. } = self;
        format!("{cores} cores, {memory_mib} MiB memory, load {load:.1} before, revision {revision}")
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "cores": self.cores, "memory_mib": self.memory_mib, "load": self.load,
            "revision": self.revision, "unix_seconds": self.unix_seconds,
        })
    }
}

fn memory_mib() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024)
}

/// Runnable processes over the last minute.
fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

/// The commit, marked when the tree has changes beside it.
fn revision() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(root()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else { return "unknown".to_owned() };
    let is_changed = git(&["status", "--porcelain"]).is_none_or(|changes| !changes.is_empty());
    if is_changed { format!("{commit} with changes") } else { commit }
}
