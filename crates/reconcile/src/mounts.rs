//! Disks that are mounted below a folder: what was on one that is not there now is not gone, and neither is what one covers.

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

/// Fails where files that were on another file system than the folder are missing, and what is left of the way to them is on
/// the folder's own: the place at which a disk is not mounted.
pub(crate) fn check_mounted(
    root: &Path,
    known: &[FolderFile],
    changes: &[FolderFileChange],
    now: Timestamp,
) -> Result<(), ReconcileError> {
    let is_missing = |change: &FolderFileChange| match change {
        FolderFileChange::Update(row) if row.on_mount && row.absent_since == Some(now) => {
            Some((row.id, row.path.clone()))
        }
        _ => None,
    };
    let mut missing: HashMap<i64, Vec<u8>> = changes.iter().filter_map(is_missing).collect();
    if missing.is_empty() {
        return Ok(());
    }
    // What was gone before is noted again where a clock was set back.
    known.iter().filter(|row| !row.is_present()).for_each(|row| drop(missing.remove(&row.id)));
    let unreachable = |source| ReconcileError::Unreachable { path: root.to_owned(), source };
    let device = fs::metadata(root).map_err(unreachable)?.dev();
    let mut away: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for path in missing.into_values() {
        let file = FilePath(path);
        let (left, on) = nearest(&file.below(root), root).map_err(|source| ReconcileError::Unreadable {
            folder: root.to_owned(),
            path: file.below(Path::new("")),
            source,
        })?;
        if on == device {
            *away.entry(left).or_default() += 1;
        }
    }
    match away.pop_first() {
        Some((path, files)) => Err(ReconcileError::PartNotMounted { path, files }),
        None => Ok(()),
    }
}

/// Files that are gone from where another file system is mounted now: they may lie below it, where nobody can look.
pub(crate) fn covered(root: &Path, rows: &[FolderFile]) -> HashSet<i64> {
    let mut known: HashMap<PathBuf, bool> = HashMap::new();
    let gone = rows.iter().filter(|row| !row.is_present() && !row.on_mount);
    // Where nobody can look, nobody knows.
    let Ok(device) = fs::metadata(root).map(|about| about.dev()) else { return gone.map(|row| row.id).collect() };
    let mut is_covered = |row: &FolderFile| {
        let file = FilePath(row.path.clone()).below(root);
        let Some(folder) = file.parent() else { return false };
        let look = || nearest(&file, root).map_or(true, |(_, on)| on != device);
        *known.entry(folder.to_owned()).or_insert_with(look)
    };
    gone.filter(|row| is_covered(row)).map(|row| row.id).collect()
}

/// The nearest folder on the way up from a file that is there, and the device that it is on.
fn nearest(file: &Path, root: &Path) -> io::Result<(PathBuf, u64)> {
    for folder in file.ancestors().skip(1).take_while(|folder| *folder != root) {
        match fs::symlink_metadata(folder) {
            Ok(about) => return Ok((folder.to_owned(), about.dev())),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(error) => return Err(error),
        }
    }
    Ok((root.to_owned(), fs::metadata(root)?.dev()))
}
