//! `tintype folder`, `tintype reconcile` and `tintype verify`: where the library is.

pub(crate) mod commands;
mod desk;
mod known;
mod planning;
mod relay;
mod runs;
mod shown;
mod verifying;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, TryLockError};

use anyhow::ensure;
use tintype_library::Library;
use tintype_reconcile::{Engine, ReconcileError};

use crate::config::Config;
pub(crate) use desk::Desk;
pub(crate) use known::{FolderChange, NewFolder, add, list, remove, set};
pub(crate) use planning::{PlanWish, plan};
pub(crate) use runs::{apply, journal, pass, restore};
pub(crate) use verifying::verify;

/// Folder of plans, in the data folder.
const PLANS: &str = "plans";

/// What reconciling needs beside the library.
pub(crate) struct Reconciler {
    plans: PathBuf,
    /// Folders from which files are taken.
    zones: Vec<PathBuf>,
    /// Held by the one run that there is at a time.
    running: Mutex<()>,
    ends: AtomicBool,
}

impl Reconciler {
    pub(crate) fn new(config: &Config) -> Self {
        let zones = config.zones.iter().map(|zone| zone.folder.clone()).collect();
        Self { plans: plans_of(config), zones, running: Mutex::new(()), ends: AtomicBool::new(false) }
    }

    /// What runs ends after the action at hand.
    pub(crate) fn end(&self) {
        self.ends.store(true, Ordering::SeqCst);
    }

    /// Runs something while nothing else of the kind runs.
    fn alone<T>(
        &self,
        library: &Arc<Library>,
        work: impl FnOnce(&Engine<'_>) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let _running = match self.running.try_lock() {
            Ok(running) => running,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(ReconcileError::Busy.into()),
        };
        work(&Engine::new(library, std::thread::available_parallelism().map_or(1, std::num::NonZero::get)))
    }

    fn goes_on(&self) -> bool {
        !self.ends.load(Ordering::SeqCst)
    }
}

/// Where plans are kept.
pub(crate) fn plans_of(config: &Config) -> PathBuf {
    config.data.join(PLANS)
}

/// The file of a plan: that of this name, or this file.
pub(crate) fn plan_path(plans: &Path, plan: &str) -> anyhow::Result<PathBuf> {
    let kept = plans.join(format!("{plan}.json"));
    if !plan.contains('/') && kept.is_file() {
        return Ok(kept);
    }
    let file = std::path::absolute(plan)?;
    ensure!(file.exists(), "no plan is called {plan}, and no file is: `tintype reconcile plan` makes one");
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_found_by_its_name_or_as_a_file_and_a_missing_one_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let (kept, file) = (dir.path().join("20261121.json"), dir.path().join("mine.json"));
        std::fs::write(&kept, "{}").unwrap();
        std::fs::write(&file, "{}").unwrap();
        assert_eq!(plan_path(dir.path(), "20261121").unwrap(), kept);
        assert_eq!(plan_path(dir.path(), file.to_str().unwrap()).unwrap(), file);
        let missing = plan_path(dir.path(), "20200101").unwrap_err().to_string();
        assert!(missing.contains("no plan is called 20200101"), "{missing}");
    }
}
