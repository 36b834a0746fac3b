//! Folders that are known: how they come, how they stand, how they go.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::ensure;
use serde::{Deserialize, Serialize};
use tintype_library::Library;
use tintype_library::model::{Folder, FolderPolicy};
use tintype_reconcile::places::root_of;
use tintype_reconcile::{FolderSettings, Strictness, folders, plan_file};

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

/// What else is to be said about a folder; what is not named stays.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FolderChange {
    pub(crate) folder: String,
    pub(crate) album: Option<String>,
    /// Whether it has no album any more.
    pub(crate) drops_album: bool,
    pub(crate) tree: Option<String>,
    pub(crate) strictness: Option<Strictness>,
    pub(crate) quarantine_days: Option<u32>,
    /// Patterns that are left out, too.
    pub(crate) exclude: Vec<String>,
    /// Patterns that are not left out any more.
    pub(crate) include: Vec<String>,
}

impl FolderChange {
    /// The settings as they are then.
    fn apply_to(&self, before: &FolderSettings) -> anyhow::Result<FolderSettings> {
        let mut settings = before.clone();
        if self.album.is_some() || self.drops_album {
            settings.album.clone_from(&self.album);
        }
        settings.tree = self.tree.clone().unwrap_or(settings.tree);
        settings.strictness = self.strictness.unwrap_or(settings.strictness);
        settings.quarantine_days = self.quarantine_days.unwrap_or(settings.quarantine_days);
        for pattern in &self.include {
            let known = settings.exclude.len();
            settings.exclude.retain(|excluded| excluded != pattern);
            ensure!(settings.exclude.len() < known, "{pattern} is not left out: {}", settings.exclude.join(", "));
        }
        let new = self.exclude.iter().filter(|pattern| !before.exclude.contains(pattern));
        settings.exclude.extend(new.cloned());
        ensure!(
            settings != *before,
            "nothing of that is another than before: `tintype folder set --help` says what can be set"
        );
        Ok(settings)
    }
}

/// Says something else about a folder.
pub(crate) fn set(
    library: &Arc<Library>,
    doors: &Doors,
    change: &FolderChange,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let folder = folders::find(library, &change.folder)?;
    let settings = change.apply_to(&FolderSettings::parse(&folder.settings)?)?;
    // What is at work goes by what was said when it began.
    let changed = doors.reconciler.alone(library, |_| Ok(folders::set(library, &folder, &settings)?))?;
    tell(Event::Folder(report(library, &changed)?))
}

/// Adds a folder.
pub(crate) fn add(library: &Library, doors: &Doors, new: &NewFolder, tell: &mut Listener<'_>) -> anyhow::Result<()> {
    // A library that agrees with its own files would be its own reason.
    if let (Ok(path), Some(Ok(data))) =
        (std::fs::canonicalize(&new.path), doors.reconciler.plans.parent().map(std::fs::canonicalize))
    {
        let overlap = path.starts_with(&data) || data.starts_with(&path);
        ensure!(!overlap, "{} is, holds or lies in the library's own data folder", path.display());
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
        plan_age_seconds: folder.planned_at.map(|at| u64::try_from(library.now().0 - at.0).unwrap_or(0) / 1_000),
        failed_at: time(folder.failure.as_ref().map(|failure| failure.at)),
        failure: folder.failure.as_ref().map(|failure| failure.text.clone()),
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: FolderChange = FolderChange {
        folder: String::new(),
        album: None,
        drops_album: false,
        tree: None,
        strictness: None,
        quarantine_days: None,
        exclude: Vec::new(),
        include: Vec::new(),
    };

    #[test]
    fn what_is_not_named_stays() {
        let before = FolderSettings {
            album: Some("Frame".to_owned()),
            quarantine_days: 3,
            exclude: vec!["a/**".to_owned()],
            ..FolderSettings::default()
        };
        let change = FolderChange { exclude: vec!["b/**".to_owned(), "a/**".to_owned()], ..NOTHING };
        let after = change.apply_to(&before).unwrap();
        assert_eq!(after, FolderSettings { exclude: vec!["a/**".to_owned(), "b/**".to_owned()], ..before.clone() });
        let change = FolderChange { include: vec!["a/**".to_owned()], drops_album: true, ..NOTHING };
        let after = change.apply_to(&before).unwrap();
        assert_eq!(after, FolderSettings { album: None, exclude: Vec::new(), ..before.clone() });
        let change = FolderChange { strictness: Some(Strictness::Trusting), quarantine_days: Some(9), ..NOTHING };
        let after = change.apply_to(&before).unwrap();
        assert_eq!((after.strictness, after.quarantine_days, &after.album), (Strictness::Trusting, 9, &before.album));
        for nothing in [NOTHING, FolderChange { quarantine_days: Some(3), ..NOTHING }] {
            assert!(nothing.apply_to(&before).is_err(), "nothing would change, and nobody would notice");
        }
        assert!(FolderChange { include: vec!["c".to_owned()], ..NOTHING }.apply_to(&before).is_err());
    }
}
