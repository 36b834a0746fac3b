//! Folders coming and going.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use tintype_library::Library;
use tintype_library::model::{Folder, FolderPolicy};
use tintype_protocol::id::UserId;

use crate::error::ReconcileError;
use crate::places::{mark, root_of};
use crate::settings::FolderSettings;

/// Adds a folder. It is marked, unless it is only looked at.
pub fn add(
    library: &Library,
    path: &Path,
    owner_id: UserId,
    policy: FolderPolicy,
    settings: &FolderSettings,
) -> Result<Folder, ReconcileError> {
    settings.check(policy)?;
    let unreachable = |source| ReconcileError::Unreachable { path: path.to_owned(), source };
    let root = fs::canonicalize(path).map_err(unreachable)?;
    fs::read_dir(&root).map_err(unreachable)?;
    for other in library.reconciled_folders()? {
        let other = root_of(&other.path);
        if root.starts_with(&other) || other.starts_with(&root) {
            return Err(ReconcileError::Overlap { path: root, other });
        }
    }
    if policy == FolderPolicy::Index {
        check_index(library, &root, owner_id)?;
    }
    let marker = match policy {
        // Nothing is written there.
        FolderPolicy::Audit | FolderPolicy::Index => None,
        _ => {
            let says = uuid::Uuid::new_v4().to_string();
            Some(mark(&root, &says).map_err(ReconcileError::io("marking", root.clone()))?)
        }
    };
    let mut folder = Folder {
        id: 0,
        path: root.as_os_str().as_bytes().to_vec(),
        owner_id,
        policy,
        settings: settings.to_text(),
        marker,
        added_at: library.now(),
        scanned_at: None,
        reported_at: None,
        planned_at: None,
        summary: None,
        library: (policy == FolderPolicy::Index).then(|| uuid::Uuid::new_v4().into()),
        failure: None,
    };
    folder.id = library.add_reconciled_folder(&folder)?;
    Ok(folder)
}

/// The folder of this number, or at this path.
pub fn find(library: &Library, name: &str) -> Result<Folder, ReconcileError> {
    let path = resolved(Path::new(name));
    let folders = library.reconciled_folders()?;
    let is_it = |folder: &Folder| folder.id.to_string() == name || root_of(&folder.path) == path;
    folders.into_iter().find(is_it).ok_or_else(|| ReconcileError::UnknownFolder { name: name.to_owned() })
}

/// Without links, as far as it is there: a folder that is away now has the path that it had.
fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for there in path.ancestors() {
        if let (Ok(found), Ok(rest)) = (fs::canonicalize(there), path.strip_prefix(there)) {
            return if rest.as_os_str().is_empty() { found } else { found.join(rest) };
        }
    }
    path
}

/// Something else is said about a folder from now on: the next plan goes by it. What is left out then is not looked at any more,
/// and not taken for deleted.
pub fn set(library: &Library, folder: &Folder, settings: &FolderSettings) -> Result<Folder, ReconcileError> {
    settings.check(folder.policy)?;
    let current = library.reconciled_folder(folder.id)?;
    let current = current.ok_or_else(|| ReconcileError::UnknownFolder { name: folder.id.to_string() })?;
    let changed = Folder { settings: settings.to_text(), ..current };
    library.update_reconciled_folder(&changed)?;
    Ok(changed)
}

/// Whether files of a folder can be assets in place.
pub(crate) fn check_index(library: &Library, root: &Path, owner: UserId) -> Result<(), ReconcileError> {
    if let Some(upstream) = library.upstream_of(owner)? {
        return Err(ReconcileError::Follows { path: root.to_owned(), server: upstream.address });
    }
    match root.to_str() {
        Some(_) => Ok(()),
        None => Err(ReconcileError::NoText { path: root.to_owned() }),
    }
}

/// Forgets a folder. Its files, its trash and its mark stay, and so does the journal. Files in place are assets only as long
/// as their folder is known: where there are any, `drops_assets` has to say that they may leave the library. How many left.
pub fn remove(library: &Library, folder: &Folder, drops_assets: bool) -> Result<u64, ReconcileError> {
    let mut left = 0;
    if let Some(id) = folder.library {
        let assets = library.assets_in_place(id)?.len();
        if assets > 0 && !drops_assets {
            return Err(ReconcileError::DropsAssets { path: root_of(&folder.path), assets });
        }
        left = library.remove_in_place(folder.owner_id, id)?;
    } else if drops_assets {
        return Err(ReconcileError::NoAssets { path: root_of(&folder.path), policy: folder.policy.as_str() });
    }
    library.remove_reconciled_folder(folder.id)?;
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_away_has_the_path_that_it_had() {
        let dir = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        fs::create_dir_all(root.join("disks/usb/photos")).unwrap();
        std::os::unix::fs::symlink(root.join("disks"), root.join("link")).unwrap();
        let expected = root.join("disks/usb/photos");
        let named = [root.join("link/usb/photos"), root.join("disks/./usb//photos/")];
        for path in &named {
            assert_eq!(resolved(path), expected, "{}", path.display());
        }
        fs::remove_dir_all(root.join("disks/usb")).unwrap();
        for path in &named {
            assert_eq!(resolved(path), expected, "{} while it is away", path.display());
        }
    }
}
