//! Folders whose files are only read (policy `index`): whatever else writes to files keeps out of them.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use tintype_library::Library;
use tintype_library::model::FolderPolicy;
use tintype_reconcile::places::root_of;

/// Refuses a folder that is, holds or lies in one whose files are only read.
pub(crate) fn refuse(library: &Library, folder: &Path) -> anyhow::Result<()> {
    let folder = resolved(folder);
    for other in library.reconciled_folders()?.iter().filter(|other| other.policy == FolderPolicy::Index) {
        let root = root_of(&other.path);
        let overlap = folder.starts_with(&root) || root.starts_with(&folder);
        ensure!(
            !overlap,
            "{} is, holds or lies in {}, whose files are only read (policy index): `tintype folder remove` ends that",
            folder.display(),
            root.display()
        );
    }
    Ok(())
}

/// Refuses a folder whose files are to be only read where one of these, from which files are taken, is, holds or lies in it.
pub(crate) fn refuse_zones(folder: &Path, zones: &[PathBuf]) -> anyhow::Result<()> {
    let folder = resolved(folder);
    for zone in zones.iter().map(|zone| resolved(zone)) {
        let overlap = folder.starts_with(&zone) || zone.starts_with(&folder);
        ensure!(!overlap, "{} is a landing zone, from which files are taken: {}", zone.display(), folder.display());
    }
    Ok(())
}

/// Without links, where it is there.
fn resolved(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_and_folders_that_are_only_read_keep_apart() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir_all(at("photos/phone")).unwrap();
        std::os::unix::fs::symlink(at("photos"), at("link")).unwrap();
        for (folder, zone, is_well) in [
            ("photos", "landing", true),
            ("photos", "photos/phone", false),
            ("photos/phone", "photos", false),
            ("link", "photos/phone", false),
        ] {
            let outcome = refuse_zones(&at(folder), &[at(zone)]);
            assert_eq!(outcome.is_ok(), is_well, "{folder} and {zone}");
        }
    }
}
