//! Folders that are known: how they come, how they stand, how they go.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tintype_library::Library;
use tintype_library::model::{Folder, FolderPolicy};
use tintype_reconcile::places::root_of;
use tintype_reconcile::{FolderSettings, folders, plan_file};

use crate::control::{Doors, Event, Listener};
use crate::folder::owner;
use crate::read_only;
use crate::reports::FolderReport;

/// What is said about a new folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NewFolder {
    pub(crate) path: PathBuf,
    pub(crate) policy: String,
    pub(crate) owner: Option<String>,
    pub(crate) settings: FolderSettings,
}

/// Adds a folder.
pub(crate) fn add(library: &Library, doors: &Doors, new: &NewFolder, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    // A library that agrees with its own files would be its own reason.
    if let (Ok(path), Some(Ok(data))) =
        (std::fs::canonicalize(&new.path), doors.reconciler.plans.parent().map(std::fs::canonicalize))
    {
        let overlap = path.starts_with(&data) || data.starts_with(&path);
        anyhow::ensure!(!overlap, "{} is, holds or lies in the library's own data folder", path.display());
    }
    let (owner, policy) = (owner(library, new.owner.as_deref())?, new.policy.parse()?);
    if policy == FolderPolicy::Index {
        read_only::refuse_zones(&new.path, &doors.reconciler.zones)?;
    }
    let folder = folders::add(library, &new.path, owner.id, policy, &new.settings)?;
    tell(Event::Folder(report(library, &folder)?))
}

/// Tells of the folders.
pub(crate) fn list(library: &Library, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    library.reconciled_folders()?.iter().try_for_each(|folder| tell(Event::Folder(report(library, folder)?)))
}

/// Forgets a folder.
pub(crate) fn remove(
    library: &Arc<Library>,
    doors: &Doors,
    name: &str,
    drops_assets: bool,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let folder = folders::find(library, name)?;
    let told = report(library, &folder)?;
    // A run would bring back what leaves with its folder.
    let left = doors.reconciler.alone(library, |_| Ok(folders::remove(library, &folder, drops_assets)?))?;
    let left = if left == 0 { String::new() } else { format!(" {left} assets have left the library with it.") };
    let path = root_of(&folder.path);
    tell(Event::Folder(told))?;
    tell(Event::Say { text: format!("{} is on its own again. Nothing in it was touched.{left}", path.display()) })
}

fn report(library: &Library, folder: &Folder) -> anyhow::Result<FolderReport> {
    let settings = FolderSettings::parse(&folder.settings)?;
    let summary: plan_file::Summary =
        folder.summary.as_deref().map(serde_json::from_str).transpose()?.unwrap_or_default();
    let owner = library.user(folder.owner_id)?.map(|user| user.email).unwrap_or_default();
    let time = |at: Option<tintype_protocol::time::Timestamp>| at.map(tintype_protocol::time::Timestamp::to_iso);
    Ok(FolderReport {
        folder: folder.id,
        path: root_of(&folder.path).display().to_string(),
        policy: folder.policy.as_str().to_owned(),
        owner,
        album: settings.album,
        tree: settings.tree,
        strictness: settings.strictness.as_str().to_owned(),
        quarantine_days: settings.quarantine_days,
        exclude: settings.exclude,
        scanned_at: time(folder.scanned_at),
        planned_at: time(folder.planned_at),
        agreed: summary.agreed,
        buckets: summary.buckets,
        library: folder.library.map(|id| id.to_string()),
        assets: folder
            .library
            .map(|id| library.library_usage(id))
            .transpose()?
            .map(|usage| usage.photos + usage.videos),
    })
}
