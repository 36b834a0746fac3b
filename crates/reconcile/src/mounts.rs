//! Disks that are mounted below a folder: what was on one that is not there now is not gone, and neither is what one covers.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use tintype_library::folders::FolderFileChange;
use tintype_library::model::FolderFile;
use tintype_protocol::time::Timestamp;

use crate::error::ReconcileError;
use crate::file_path::FilePath;

/// Fails where files that lay inside of other file systems than the folder's are missing, and what is left of the way to them
/// goes into fewer: the place at which a disk is not mounted.
pub(crate) fn check_mounted(
    root: &Path,
    known: &[FolderFile],
    changes: &[FolderFileChange],
    now: Timestamp,
) -> Result<(), ReconcileError> {
    let mut missing: HashMap<i64, &FolderFile> = changes.iter().filter_map(|change| missed(change, now)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    // What was gone before is noted again where a clock was set back.
    let gone_before: HashSet<i64> = known.iter().filter(|row| !row.is_present()).map(|row| row.id).collect();
    missing.retain(|id, _| !gone_before.contains(id));
    let unreachable = |source| ReconcileError::Unreachable { path: root.to_owned(), source };
    let device = fs::metadata(root).map_err(unreachable)?.dev();
    let mut away: BTreeMap<PathBuf, usize> = BTreeMap::new();
    // Many files of one folder have one way.
    let mut ways: HashMap<&[u8], Left> = HashMap::new();
    for row in missing.into_values() {
        let end = row.path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        let left = match ways.entry(&row.path[..end]) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(slot) => {
                let file = FilePath(row.path.clone()).below(Path::new(""));
                let unreadable =
                    |source| ReconcileError::Unreadable { folder: root.to_owned(), path: file.clone(), source };
                slot.insert(Left::of_way(root, device, &file).map_err(unreadable)?)
            }
        };
        if left.mounts < row.mounts {
            *away.entry(left.folder.clone()).or_default() += 1;
        }
    }
    match away.pop_first() {
        Some((path, files)) => Err(ReconcileError::PartNotMounted { path, files }),
        None => Ok(()),
    }
}

/// A file that this look is the first to miss, and that lay on a disk of its own.
fn missed(change: &FolderFileChange, now: Timestamp) -> Option<(i64, &FolderFile)> {
    match change {
        FolderFileChange::Update(row) if row.mounts > 0 && row.absent_since == Some(now) => Some((row.id, row)),
        _ => None,
    }
}

/// Files that are gone from where another file system is mounted now: they may lie below it, where nobody can look.
pub(crate) fn covered(root: &Path, rows: &[FolderFile]) -> HashSet<i64> {
    let mut known: HashMap<PathBuf, Option<u32>> = HashMap::new();
    let gone = rows.iter().filter(|row| !row.is_present());
    // Where nobody can look, nobody knows.
    let Ok(device) = fs::metadata(root).map(|about| about.dev()) else { return gone.map(|row| row.id).collect() };
    let mut is_covered = |row: &FolderFile| {
        let file = FilePath(row.path.clone()).below(Path::new(""));
        let Some(folder) = file.parent() else { return false };
        let look = || Left::of_way(root, device, &file).ok().map(|left| left.mounts);
        known.entry(folder.to_owned()).or_insert_with(look).is_none_or(|mounts| mounts > row.mounts)
    };
    gone.filter(|row| is_covered(row)).map(|row| row.id).collect()
}

/// What is there of the way from a folder to a file.
struct Left {
    /// The last folder on it.
    folder: PathBuf,
    /// How many other file systems it goes into.
    mounts: u32,
}

impl Left {
    /// Goes from `root`, which is on `device`, towards `file` below it.
    fn of_way(root: &Path, device: u64, file: &Path) -> io::Result<Self> {
        let (mut left, mut device) = (Self { folder: root.to_owned(), mounts: 0 }, device);
        for name in file.parent().into_iter().flat_map(Path::components) {
            let folder = left.folder.join(name);
            match fs::symlink_metadata(&folder) {
                Ok(about) if about.is_dir() => {
                    // Opened first: a disk may be mounted by that.
                    let opened = fs::read_dir(&folder).and_then(|_| fs::metadata(&folder));
                    let now = opened.map_or(about.dev(), |about| about.dev());
                    left.mounts += u32::from(now != device);
                    (left.folder, device) = (folder, now);
                }
                // Links are not followed.
                Ok(_) => break,
                Err(error) if error.kind() == ErrorKind::NotFound => break,
                Err(error) => return Err(error),
            }
        }
        Ok(left)
    }
}
