//! Taking back: a run, one photo, or everything of a name. Files come back from the folder's trash, assets from the
//! library's; what was deleted for good on purpose is welcome again where a folder still has it.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::{fs, io};

use serde::{Deserialize, Serialize};
use tintype_library::folders::FolderFileChange;
use tintype_library::model::{Folder, FolderAction, FolderFile, FolderRun, JournalState};
use tintype_library::sessions::Caller;
use tintype_protocol::causes::with_causes;
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, UserId};
use tintype_protocol::model::AssetStatus;

use crate::apply::{ActionError, Became};
use crate::engine::Engine;
use crate::error::ReconcileError;
use crate::file_path::FilePath;
use crate::hashing::sha1_of;
use crate::identity::Identity;
use crate::places::{Moved, move_near, root_of};
use crate::plan::Kind;
use crate::units::stem;

/// Runs that are looked through for a photo.
const RUNS_LOOKED_AT: u32 = 10_000;

/// What was taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreReport {
    /// Files that are where they were, as paths.
    pub files: Vec<String>,
    /// Assets that are out of the trash.
    pub assets: Vec<AssetId>,
    /// What these are called, in their order.
    #[serde(default)]
    pub asset_names: Vec<String>,
    /// Of these, those whose files come into the folder with the next plan.
    #[serde(default)]
    pub come_down: Vec<String>,
    /// Contents that were deleted for good, and go into the library again with the next plan.
    pub welcome: Vec<String>,
    /// What could not be taken back, and why.
    pub failed: Vec<(String, String)>,
}

impl RestoreReport {
    fn take_out(&mut self, asset: AssetId, name: &str) {
        self.assets.push(asset);
        self.asset_names.push(name.to_owned());
    }

    /// Whether anything was found.
    pub fn is_empty(&self) -> bool {
        let lists = [&self.files, &self.asset_names, &self.come_down, &self.welcome];
        lists.iter().all(|list| list.is_empty()) && self.failed.is_empty()
    }
}

/// What is to be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Run(i64),
    Asset(AssetId),
    /// A name or path, or a pattern for one.
    Named(String),
}

impl Wanted {
    fn parse(text: &str) -> Self {
        let text = text.trim();
        match (text.parse(), text.parse()) {
            (Ok(run), _) => Self::Run(run),
            (_, Ok(asset)) => Self::Asset(asset),
            _ => Self::Named(text.to_owned()),
        }
    }

    /// Whether it is about a file in a folder: one that is called so, or that is the asset.
    fn means(&self, row: &FolderFile) -> bool {
        match self {
            Self::Run(_) => false,
            Self::Asset(asset) => row.indexed.is_some_and(|indexed| indexed.asset == *asset),
            Self::Named(text) => {
                let path = FilePath(row.path.clone());
                is_like(text, &path.to_string()) || is_like(text, &path.name())
            }
        }
    }

    fn takes(&self, action: &FolderAction) -> bool {
        match self {
            Self::Run(_) => true,
            Self::Asset(asset) => action.asset == Some(*asset),
            Self::Named(text) => {
                let path = action.path.clone().map(FilePath);
                let is_path = |path: FilePath| is_like(text, &path.to_string()) || is_like(text, &path.name());
                is_like(text, &action.name) || path.is_some_and(is_path)
            }
        }
    }
}

/// A whole name or path, or a pattern with `*` and `?` for one.
fn is_like(pattern: &str, text: &str) -> bool {
    let is_it = || glob::Pattern::new(pattern).is_ok_and(|glob| glob.matches(text));
    text == pattern || (pattern.contains(['*', '?', '[']) && is_it())
}

/// A folder, and files in it.
type Meant = (Folder, Vec<FolderFile>);

impl Engine<'_> {
    /// Takes back what a run did (its number), what was done to an asset (its id), or everything with a name or path, or a pattern
    /// for one: in one folder, or in all. A name that means something in several folders is refused without one, as others may
    /// have deleted there on purpose.
    pub fn restore(&self, what: &str, folder: Option<i64>) -> Result<RestoreReport, ReconcileError> {
        let wanted = Wanted::parse(what);
        let runs = match wanted {
            Wanted::Run(id) => self.library.folder_run(id)?.into_iter().collect::<Vec<_>>(),
            _ => self.library.folder_runs(RUNS_LOOKED_AT)?,
        };
        // A run that took another one back put nothing into a trash.
        let is_meant = |run: &FolderRun| run.restores.is_none() && folder.is_none_or(|folder| folder == run.folder);
        let runs: Vec<FolderRun> = runs.into_iter().filter(is_meant).collect();
        self.note_interrupted(&runs)?;
        let meant = self.meant(&wanted, folder)?;
        if folder.is_none() && matches!(wanted, Wanted::Named(_)) {
            self.check_one_folder(what, &wanted, &runs, &meant)?;
        }
        let mut report = RestoreReport::default();
        for run in &runs {
            self.restore_run(run, &wanted, &mut report)?;
        }
        if !matches!(wanted, Wanted::Run(_)) {
            self.welcome(&wanted, meant, &mut report)?;
        }
        if report.is_empty() {
            return Err(self.nothing_of(what, &wanted)?);
        }
        Ok(report)
    }

    /// Why nothing was found.
    fn nothing_of(&self, what: &str, wanted: &Wanted) -> Result<ReconcileError, ReconcileError> {
        let Wanted::Run(id) = wanted else {
            return Ok(ReconcileError::NothingToRestore { what: what.to_owned() });
        };
        let Some(run) = self.library.folder_run(*id)? else { return Ok(ReconcileError::UnknownRun { run: *id }) };
        let root = root_of(&run.root).display().to_string();
        Ok(ReconcileError::NothingInRun { run: *id, folder: root })
    }

    /// Files that are in folders, or in this one, and that it is about.
    fn meant(&self, wanted: &Wanted, only: Option<i64>) -> Result<Vec<Meant>, ReconcileError> {
        if matches!(wanted, Wanted::Run(_)) {
            return Ok(Vec::new());
        }
        let folders = self.library.reconciled_folders()?.into_iter();
        let folders = folders.filter(|folder| only.is_none_or(|only| only == folder.id));
        folders
            .map(|folder| {
                let rows = self.library.folder_files(folder.id)?.into_iter();
                let rows = rows.filter(|row| row.is_present() && wanted.means(row)).collect();
                Ok((folder, rows))
            })
            .collect()
    }

    /// Refuses a name that means something in several folders.
    fn check_one_folder(
        &self,
        what: &str,
        wanted: &Wanted,
        runs: &[FolderRun],
        meant: &[Meant],
    ) -> Result<(), ReconcileError> {
        let mut found = BTreeMap::new();
        for run in runs {
            if !self.taken_away(run, wanted)?.is_empty() {
                found.insert(run.folder, root_of(&run.root).display().to_string());
            }
        }
        for (folder, rows) in meant {
            let is_unheld = |row: &FolderFile| row.unheld_since.is_some() || row.indexed.is_some();
            if rows.iter().any(|row| is_unheld(row) && self.is_gone(row)) {
                found.insert(folder.id, root_of(&folder.path).display().to_string());
            }
        }
        match found.len() {
            0 | 1 => Ok(()),
            _ => Err(ReconcileError::SeveralFolders {
                what: what.to_owned(),
                folders: found.into_values().collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// Whether the asset that a file is, if it is one, is no longer there to be seen.
    fn is_gone(&self, row: &FolderFile) -> bool {
        let Some(indexed) = row.indexed else { return true };
        !self.status(indexed.asset).is_ok_and(|status| status == Some(AssetStatus::Active))
    }

    /// What a run put into a trash, and nobody has taken back.
    fn taken_away(&self, run: &FolderRun, wanted: &Wanted) -> Result<Vec<(FolderAction, Became)>, ReconcileError> {
        let is_delete =
            |action: &FolderAction| [Kind::TrashAsset, Kind::TrashFile].iter().any(|kind| kind.as_str() == action.kind);
        let mut done = self.library.folder_actions(run.id)?;
        done.retain(|(action, line)| {
            is_delete(action) && line.as_ref().is_some_and(|line| line.state == JournalState::Done)
        });
        // The files of one photo come back together: a still without its motion part would be another photo.
        let stem_of = |action: &FolderAction| {
            let is_file = action.kind == Kind::TrashFile.as_str();
            action.path.as_deref().filter(|_| is_file).map(stem)
        };
        let stems: HashSet<Vec<u8>> =
            done.iter().filter(|(action, _)| wanted.takes(action)).filter_map(|(action, _)| stem_of(action)).collect();
        let is_meant =
            |action: &FolderAction| wanted.takes(action) || stem_of(action).is_some_and(|stem| stems.contains(&stem));
        let meant = done.into_iter().filter(|(action, _)| is_meant(action));
        Ok(meant.filter_map(|(action, line)| Some((action, Became::parse(&line?.text)))).collect())
    }

    fn restore_run(&self, run: &FolderRun, wanted: &Wanted, report: &mut RestoreReport) -> Result<(), ReconcileError> {
        let to_do = self.taken_away(run, wanted)?;
        if to_do.is_empty() {
            return Ok(());
        }
        let user = self.library.user(run.owner_id)?;
        let caller = Caller::of(user.ok_or_else(|| ReconcileError::NothingToRestore { what: run.id.to_string() })?);
        let taken_back =
            FolderRun { id: 0, began_at: self.library.now(), ended_at: None, restores: Some(run.id), ..run.clone() };
        let rows = to_do.iter().zip(1..).map(|((action, _), number)| FolderAction { number, ..action.clone() });
        let id = self.library.begin_folder_run(&taken_back, rows.collect())?;
        for (number, (action, became)) in (1..).zip(&to_do) {
            self.library.note_folder_action(id, number, JournalState::Planned, "")?;
            let outcome = self.restore_one(run, &caller, action, became, report);
            let (state, text) = match &outcome {
                Ok(became) => (JournalState::Done, became.to_text()),
                Err(error) => {
                    report.failed.push((action.name.clone(), with_causes(error)));
                    (JournalState::Failed, Became::said(with_causes(error)).to_text())
                }
            };
            self.library.note_folder_action(id, number, state, &text)?;
            if outcome.is_ok() {
                self.library.note_folder_action(run.id, action.number, JournalState::Restored, &text)?;
            }
        }
        Ok(self.library.end_folder_run(id)?)
    }

    fn restore_one(
        &self,
        run: &FolderRun,
        caller: &Caller,
        action: &FolderAction,
        became: &Became,
        report: &mut RestoreReport,
    ) -> Result<Became, ActionError> {
        let (moved, lost) = bring_all_back(&root_of(&run.root), &became.moved);
        report.files.extend(moved.iter().map(|back: &Moved| back.to.to_string()));
        // On both sides: a file that comes back while its asset is in the trash would be in the way.
        if let Some(asset) = action.asset {
            let is_file = action.kind == Kind::TrashFile.as_str();
            match (self.take_out(caller, asset)?, lost) {
                (None, Some(error)) => return Err(error),
                (None, None) if is_file => {}
                (None, None) => return Err(ActionError::refused("it was deleted from the library's trash for good")),
                (Some(was_in_trash), lost) => {
                    if was_in_trash {
                        report.take_out(asset, &action.name);
                    }
                    // Tried again once what is in the folder's trash is what it was.
                    if let Some(error) = lost {
                        let why = format!(
                            "{}; the library has it, and its file comes with the next plan",
                            with_causes(&error)
                        );
                        return Err(ActionError::refused(why));
                    }
                    if !is_file {
                        report.come_down.push(action.name.clone());
                    }
                }
            }
        } else if let Some(error) = lost {
            return Err(error);
        }
        if action.kind == Kind::TrashFile.as_str() && self.is_deleted(run.owner_id, action.sha1)? {
            self.library.want_again(run.owner_id, action.sha1)?;
            report.welcome.push(action.name.clone());
        }
        self.forget_gone(run, action.sha1)?;
        Ok(Became { asset: action.asset, moved, ..Became::said("it is back") })
    }

    /// Takes an asset out of the trash, if it is in it. Whether it was; `None` where it is there no more.
    fn take_out(&self, caller: &Caller, id: AssetId) -> Result<Option<bool>, ActionError> {
        let asset = self.library.read(|tx| Ok(tx.asset(id)?))?;
        match asset.map(|asset| asset.status) {
            Some(AssetStatus::Active) => Ok(Some(false)),
            Some(AssetStatus::Trashed) => {
                self.library.restore_assets(caller, &[id])?;
                Ok(Some(true))
            }
            Some(AssetStatus::Deleted) | None => Ok(None),
        }
    }

    fn is_deleted(&self, owner: UserId, sha1: Sha1) -> Result<bool, ActionError> {
        Ok(self.library.read(|tx| Ok(tx.is_deleted_content(owner, &sha1)?))?)
    }

    /// That it was gone from the folder says nothing any more.
    fn forget_gone(&self, run: &FolderRun, sha1: Sha1) -> Result<(), ActionError> {
        let rows = self.library.folder_files_with(run.folder, &sha1)?.into_iter();
        // What a file in place was an asset of, is needed when it comes back.
        let gone = rows.filter(|row| !row.is_present() && row.indexed.is_none());
        Ok(self.library.note_folder_files(gone.map(|row| FolderFileChange::Forget(row.id)).collect())?)
    }

    /// Files of folders whose photos somebody deleted in the library, in no run of ours.
    fn welcome(&self, wanted: &Wanted, meant: Vec<Meant>, report: &mut RestoreReport) -> Result<(), ReconcileError> {
        let mut names: BTreeMap<Sha1, (UserId, String)> = BTreeMap::new();
        for (folder, rows) in meant {
            if folder.library.is_some() {
                self.welcome_in_place(&folder, rows, report)?;
                continue;
            }
            names.extend(rows.into_iter().map(|row| (row.sha1, (folder.owner_id, FilePath(row.path).to_string()))));
        }
        if let Wanted::Asset(id) = wanted
            && !report.assets.contains(id)
            && let Some(asset) = self.library.read(|tx| Ok(tx.asset(*id)?))?
        {
            names.insert(asset.checksum, (asset.owner_id, asset.original_name));
        }
        for owner in names.values().map(|(owner, _)| *owner).collect::<std::collections::BTreeSet<_>>() {
            self.welcome_of(owner, &names, report)?;
        }
        Ok(())
    }

    /// Files in place whose assets somebody put into the trash, or deleted for good.
    fn welcome_in_place(
        &self,
        folder: &Folder,
        rows: Vec<FolderFile>,
        report: &mut RestoreReport,
    ) -> Result<(), ReconcileError> {
        let Some(user) = self.library.user(folder.owner_id)? else { return Ok(()) };
        let caller = Caller::of(user);
        for row in rows {
            let path = FilePath(row.path.clone());
            match row.indexed.map(|indexed| indexed.asset) {
                Some(asset) if report.assets.contains(&asset) || self.status(asset)? == Some(AssetStatus::Active) => {}
                Some(asset) if self.status(asset)? == Some(AssetStatus::Trashed) => {
                    self.library.restore_assets(&caller, &[asset])?;
                    report.take_out(asset, &path.to_string());
                }
                _ if self.want_in_place(folder, &row)? => report.welcome.push(path.to_string()),
                _ => {}
            }
        }
        Ok(())
    }

    fn status(&self, asset: AssetId) -> Result<Option<AssetStatus>, ReconcileError> {
        Ok(self.library.read(|tx| Ok(tx.asset(asset)?))?.map(|asset| asset.status))
    }

    /// That somebody deleted a photo for good says nothing about its files in a folder any more. Whether anybody had.
    fn want_in_place(&self, folder: &Folder, row: &FolderFile) -> Result<bool, ReconcileError> {
        let is_deleted = self.library.read(|tx| Ok(tx.is_deleted_content(folder.owner_id, &row.sha1)?))?;
        if is_deleted {
            self.library.want_again(folder.owner_id, row.sha1)?;
        }
        let mut again = Vec::new();
        for alike in self.library.folder_files_with(folder.id, &row.sha1)? {
            let Some(indexed) = alike.indexed else { continue };
            if matches!(self.status(indexed.asset)?, Some(AssetStatus::Deleted) | None) {
                again.push(FolderFileChange::Update(FolderFile { indexed: None, ..alike }));
            }
        }
        let is_any = is_deleted || !again.is_empty();
        self.library.note_folder_files(again)?;
        Ok(is_any)
    }

    /// Files with a content are as if the library had never had it: what is welcome goes up like what is new.
    /// Whether there are any that it had not.
    fn begin_anew(&self, sha1: Sha1, folders: &[i64]) -> Result<bool, ReconcileError> {
        let mut changes = Vec::new();
        for folder in folders {
            let rows = self.library.folder_files_with(*folder, &sha1)?.into_iter();
            for row in rows.filter(|row| row.is_present() && row.unheld_since.is_some()) {
                let anew = FolderFile { agreed_since: None, held_last: None, unheld_since: None, ..row };
                changes.push(FolderFileChange::Update(anew));
            }
        }
        let is_any = !changes.is_empty();
        self.library.note_folder_files(changes)?;
        Ok(is_any)
    }

    fn welcome_of(
        &self,
        owner: UserId,
        names: &BTreeMap<Sha1, (UserId, String)>,
        report: &mut RestoreReport,
    ) -> Result<(), ReconcileError> {
        let holdings = self.library.holdings(owner)?;
        let identity = Identity::of(&holdings.derivations);
        let roots: BTreeMap<Sha1, &String> = names
            .iter()
            .filter(|(_, (of, _))| *of == owner)
            .map(|(sha1, (_, name))| (identity.root(*sha1), name))
            .collect();
        let Some(user) = self.library.user(owner)? else { return Ok(()) };
        let caller = Caller::of(user);
        for asset in holdings.assets.iter().filter(|asset| asset.status == AssetStatus::Trashed) {
            if roots.contains_key(&identity.root(asset.sha1)) {
                self.library.restore_assets(&caller, &[asset.asset])?;
                report.take_out(asset.asset, &asset.name);
            }
        }
        for deleted in &holdings.deleted {
            if let Some(name) = roots.get(&identity.root(deleted.sha1)) {
                self.library.want_again(owner, deleted.sha1)?;
                report.welcome.push((*name).clone());
            }
        }
        let folders = self.library.reconciled_folders()?;
        let own: Vec<i64> = folders.iter().filter(|folder| folder.owner_id == owner).map(|folder| folder.id).collect();
        let is_back = |sha1: &Sha1| {
            let root = identity.root(*sha1);
            holdings
                .assets
                .iter()
                .any(|asset| asset.status != AssetStatus::Deleted && identity.root(asset.sha1) == root)
        };
        for (sha1, (_, name)) in names.iter().filter(|(sha1, (of, _))| *of == owner && !is_back(sha1)) {
            if self.begin_anew(*sha1, &own)? && !report.welcome.contains(name) {
                report.welcome.push(name.clone());
            }
        }
        Ok(())
    }
}

/// Moves the files of a photo from the trash to where they were, or beside that where something else is now. What comes after
/// one that cannot be moved stays where it is. Those that were moved, and why one could not be.
fn bring_all_back(root: &Path, lines: &[Moved]) -> (Vec<Moved>, Option<ActionError>) {
    let mut moved: Vec<Moved> = Vec::new();
    for line in lines {
        // A sidecar goes by the name of its photo, which may be another one now.
        let photo = lines.first().zip(moved.first());
        let to = photo.and_then(|(was, is)| line.from.beside(&was.from, &is.to)).unwrap_or_else(|| line.from.clone());
        let is_sidecar = line.sha1.is_none();
        match bring_back(root, line, &to) {
            Ok(back) => moved.push(back),
            // A sidecar that lies nowhere keeps no photo from coming back.
            Err(ActionError::Io { source, .. }) if is_sidecar && source.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return (moved, Some(error)),
        }
    }
    (moved, None)
}

fn bring_back(root: &Path, line: &Moved, to: &FilePath) -> Result<Moved, ActionError> {
    if !to.is_inside() || !line.to.is_inside() {
        return Err(ActionError::refused("its path leads out of the folder"));
    }
    let from = line.to.below(root);
    let is_it = |sha1: &String| sha1_of(&to.below(root)).is_ok_and(|at| at.to_hex() == *sha1);
    // Of a sidecar nothing is known but its place.
    let is_back = || line.sha1.as_ref().map_or_else(|| to.below(root).is_file(), is_it);
    if fs::symlink_metadata(&from).is_err() && is_back() {
        // Taken back before, by a run that was interrupted or by hand.
        return Ok(Moved { from: line.to.clone(), to: to.clone(), ..line.clone() });
    }
    if let Some(expected) = &line.sha1 {
        let found = sha1_of(&from).map_err(ActionError::io("reading it in the folder's trash"))?;
        if found.to_hex() != *expected {
            let text =
                format!("{} in the folder's trash is not what was put there: its SHA-1 is {}", line.to, found.to_hex());
            return Err(ActionError::refused(text));
        }
    }
    let place = move_near(root, &from, to);
    let place = place.map_err(ActionError::io("moving it out of the folder's trash"))?;
    Ok(Moved { from: line.to.clone(), to: place, ..line.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_understood() {
        assert_eq!(Wanted::parse("7"), Wanted::Run(7));
        assert!(matches!(Wanted::parse("0b7e8c1e-4d5c-4a52-9f0a-3f1d2c7b9a10"), Wanted::Asset(_)));
        assert_eq!(Wanted::parse("IMG_*.jpg"), Wanted::Named("IMG_*.jpg".to_owned()));
        assert!(is_like("IMG_*.jpg", "IMG_1.jpg") && !is_like("IMG_*.jpg", "x/IMG_1.jpeg"));
        assert!(is_like("beach.jpg", "beach.jpg") && !is_like("beach", "beach.jpg"), "whole names");
        assert!(is_like("2024/*", "2024/beach.jpg"));
        assert!(is_like("odd[1.jpg", "odd[1.jpg"), "what is no pattern is a name");
    }
}
