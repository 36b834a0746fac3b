//! What an account may leave in its folder. The pipeline takes files away while clients bring new ones, so what lies
//! there is counted anew before anybody is refused.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A full folder is not counted more often than this, however often a client asks.
const COUNT_INTERVAL: Duration = Duration::from_secs(1);
/// Folders in folders that are counted; deeper than clients can reach.
const MAX_DEPTH: usize = 80;

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Quota {
    folder: PathBuf,
    limit_bytes: Option<u64>,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    bytes: u64,
    /// When it was counted; `None` before that, and when something was removed since.
    counted: Option<Instant>,
}

/// The account has no room for that.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("quota exceeded: {limit_bytes} bytes may lie here")]
pub(crate) struct Exceeded {
    limit_bytes: u64,
}

impl Quota {
    pub(crate) fn new(folder: &Path, limit_bytes: Option<u64>) -> Quota {
        Quota { folder: folder.to_owned(), limit_bytes, used: Mutex::default() }
    }

    /// A file is about to grow.
    pub(crate) fn grow(&self, bytes: u64) -> Result<(), Exceeded> {
        let Some(limit_bytes) = self.limit_bytes else { return Ok(()) };
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let is_room = |used: &Used| used.bytes.checked_add(bytes).is_some_and(|sum| sum <= limit_bytes);
        let is_stale = used.counted.is_none_or(|at| !is_room(&used) && at.elapsed() >= COUNT_INTERVAL);
        if is_stale {
            *used = Used { bytes: count(&self.folder, 0), counted: Some(Instant::now()) };
        }
        if !is_room(&used) {
            return Err(Exceeded { limit_bytes });
        }
        used.bytes += bytes;
        Ok(())
    }

    /// Something was removed, replaced or given up: count before the next refusal.
    pub(crate) fn shrink(&self) {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).counted = None;
    }

    /// What may lie here and what does, in bytes, if there is a limit.
    pub(crate) fn state(&self) -> Option<(u64, u64)> {
        self.limit_bytes.map(|limit| (limit, count(&self.folder, 0)))
    }
}

/// Bytes of all plain files below a folder. What cannot be read counts nothing.
fn count(folder: &Path, depth: usize) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(about) if about.is_file() => about.len(),
        Ok(about) if about.is_dir() && depth < MAX_DEPTH => count(&entry.path(), depth + 1),
        _ => 0,
    });
    sizes.fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_there_counts() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("a")).unwrap();
        std::fs::write(dir.path().join("a/b"), [0; 60]).unwrap();
        std::os::unix::fs::symlink("/usr/bin/env", dir.path().join("link")).unwrap();
        let quota = Quota::new(dir.path(), Some(100));
        assert_eq!(quota.grow(41), Err(Exceeded { limit_bytes: 100 }));
        assert_eq!(
            (quota.grow(40), quota.grow(1), quota.grow(u64::MAX)),
            (Ok(()), Err(Exceeded { limit_bytes: 100 }), Err(Exceeded { limit_bytes: 100 }))
        );
        std::fs::remove_file(dir.path().join("a/b")).unwrap();
        quota.shrink();
        assert_eq!((quota.grow(100), quota.state()), (Ok(()), Some((100, 0))));
        assert_eq!(Quota::new(dir.path(), None).grow(u64::MAX), Ok(()));
    }
}
