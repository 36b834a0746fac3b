//! What somebody deleted on one side goes to the trash on the other; and what goes back, or elsewhere.

use std::collections::HashSet;
use std::io;

use tintype_library::folders::FolderFileChange;
use tintype_library::model::FolderFile;
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::{AssetStatus, Visibility};

use super::{ActionError, Became, Bench};
use crate::file_path::FilePath;
use crate::hashing::sha1_of;
use crate::places::{Moved, move_into, move_near, move_to_trash, sidecar_names, sidecars_of};
use crate::plan::{Action, Kind};

impl Bench<'_> {
    /// The asset gets a tag that names the run, and goes into the library's trash.
    pub(super) fn trash_asset(&self, action: &Action) -> Result<Became, ActionError> {
        let id = action.asset.ok_or_else(|| ActionError::refused("no asset is named"))?;
        if let Some(path) = &action.path
            && std::fs::symlink_metadata(path.below(&self.root)).is_ok()
            && sha1_of(&path.below(&self.root)).ok() == Some(action.sha1)
        {
            return Err(ActionError::refused("the file is in the folder again"));
        }
        match self.status(id)? {
            Some(AssetStatus::Active) => {}
            Some(_) => return Ok(Became { asset: Some(id), ..Became::said("it was in the trash by then") }),
            None => return Ok(Became::said("it was gone by then")),
        }
        let tags = self.library.upsert_tags(&self.caller, vec![run_tag(self.run)])?;
        if let Some(tag) = tags.last() {
            self.library.tag_all(&self.caller, vec![tag.id], vec![id])?;
        }
        if self.folder.library.is_some() {
            self.library.trash_gone(&self.caller, id)?;
        } else {
            self.library.delete_assets(&self.caller, &[id], false)?;
            self.note_unheld(action)?;
        }
        Ok(Became { asset: Some(id), ..Became::said("it is in the library's trash") })
    }

    /// Whether what a delete is about is still where it was.
    pub(super) fn is_undone(&self, action: &Action) -> Result<bool, ActionError> {
        Ok(match (action.kind, action.asset, &action.path) {
            (Kind::TrashAsset, Some(id), _) => self.status(id)? == Some(AssetStatus::Active),
            (_, _, Some(path)) => std::fs::symlink_metadata(path.below(&self.root)).is_ok(),
            _ => true,
        })
    }

    fn status(&self, id: AssetId) -> Result<Option<AssetStatus>, ActionError> {
        Ok(self.library.read(|tx| Ok(tx.asset(id)?))?.map(|asset| asset.status))
    }

    /// From now on, the library is known not to have it, in whatever form it lay here: whoever takes it out of the trash wants
    /// it back.
    fn note_unheld(&self, action: &Action) -> Result<(), ActionError> {
        let now = self.library.now();
        let asset = action.asset.map(|id| self.library.read(|tx| Ok(tx.asset(id)?))).transpose()?.flatten();
        let mut forms: HashSet<Sha1> = HashSet::from([action.sha1]);
        forms.extend(asset.map(|asset| asset.checksum));
        for sha1 in forms.clone() {
            forms.extend(self.library.derivations(&sha1)?);
        }
        let mut changes = Vec::new();
        for sha1 in forms {
            let rows = self.library.folder_files_with(self.folder.id, &sha1)?.into_iter();
            let gone = rows.filter(|row| !row.is_present() && row.unheld_since.is_none());
            changes.extend(gone.map(|row| {
                FolderFileChange::Update(FolderFile { held_last: Some(now), unheld_since: Some(now), ..row })
            }));
        }
        Ok(self.library.note_folder_files(changes)?)
    }

    /// The file goes into the folder's trash, with its XMP file.
    pub(super) fn trash_file(&self, action: &Action) -> Result<Became, ActionError> {
        let path = action.path.as_ref().ok_or_else(|| ActionError::refused("no file is named"))?;
        let full = path.below(&self.root);
        match sha1_of(&full) {
            Ok(sha1) if sha1 == action.sha1 => {}
            Ok(_) => {
                self.read_again_if_other(action, path, &full)?;
                return Err(ActionError::refused("the file has another content now"));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.found_moved(action, path),
            Err(source) => return Err(ActionError::Io { what: "reading the file", source }),
        }
        let is_part = self.is_part(action)?;
        let is_active = |id| Ok::<_, ActionError>(self.status(id)? == Some(AssetStatus::Active));
        if !is_part
            && action.bucket != crate::plan::Bucket::Review
            && action.asset.map(is_active).transpose()?.unwrap_or(false)
        {
            return Err(ActionError::refused("the asset is out of the trash again"));
        }
        if let Some(motion) = action.asset.filter(|_| is_part && action.bucket != crate::plan::Bucket::Review)
            && self.has_active_still(motion)?
        {
            return Err(ActionError::refused("the photo whose motion it is is out of the trash again"));
        }
        let sidecars = sidecars_of(&self.root, path);
        let mut moved = vec![self.put_into_trash(action, path, true)?];
        for sidecar in &sidecars {
            moved.push(self.put_into_trash(action, sidecar, false)?);
        }
        self.note_gone(action, path, is_part)?;
        Ok(Became { moved, ..Became::said("it is in the folder's trash") })
    }

    /// Whether it is a motion part that nobody sees any more: it goes by itself where its still has gone.
    pub(super) fn is_left_behind(&self, action: &Action) -> Result<bool, ActionError> {
        let Some(motion) = action.asset.filter(|_| action.kind == Kind::TrashAsset) else { return Ok(false) };
        Ok(self.is_part(action)? && !self.has_active_still(motion)?)
    }

    fn has_active_still(&self, motion: AssetId) -> Result<bool, ActionError> {
        for still in self.library.read(|tx| Ok(tx.stills_of(motion)?))? {
            if self.status(still)? == Some(AssetStatus::Active) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn found_moved(&self, action: &Action, path: &FilePath) -> Result<Became, ActionError> {
        if let Some(became) = self.found_in_trash(action, path)? {
            return Ok(became);
        }
        // Its row may only have been presumed to be there: the same may lie unread elsewhere.
        self.note_gone(action, path, self.is_part(action)?)?;
        Ok(Became::said("somebody took it away by then"))
    }

    /// An interrupted run moved it, and did not come to say so. What belongs to it follows, if it had not yet.
    pub(super) fn found_in_trash(&self, action: &Action, path: &FilePath) -> Result<Option<Became>, ActionError> {
        let manifest =
            crate::places::read_manifest(&self.root, self.run).map_err(ActionError::io("reading the manifest"))?;
        let is_there = |line: &Moved| line.to.is_inside() && line.to.below(&self.root).is_file();
        let (mut moved, others): (Vec<Moved>, Vec<Moved>) =
            manifest.into_iter().filter(is_there).partition(|line| line.from == *path);
        if moved.is_empty() {
            return Ok(None);
        }
        let names = sidecar_names(path);
        moved.extend(others.into_iter().filter(|line| line.sha1.is_none() && names.contains(&line.from)));
        for sidecar in sidecars_of(&self.root, path) {
            moved.push(self.put_into_trash(action, &sidecar, false)?);
        }
        self.note_gone(action, path, self.is_part(action)?)?;
        Ok(Some(Became { moved, ..Became::said("it is in the folder's trash") }))
    }

    /// Whether the asset is the motion part of another one: those are in no trash, and go with their stills.
    fn is_part(&self, action: &Action) -> Result<bool, ActionError> {
        let asset = action.asset.map(|id| self.library.read(|tx| Ok(tx.asset(id)?))).transpose()?.flatten();
        Ok(asset.is_some_and(|asset| asset.visibility == Visibility::Hidden))
    }

    fn put_into_trash(&self, action: &Action, path: &FilePath, is_photo: bool) -> Result<Moved, ActionError> {
        let at = self.library.now().to_iso();
        let line = |to: FilePath| Moved {
            from: path.clone(),
            to,
            sha1: is_photo.then(|| action.sha1.to_hex()),
            at: at.clone(),
            reason: action.reason.clone(),
        };
        let to = move_to_trash(&self.root, self.run, path, &line);
        Ok(line(to.map_err(ActionError::io("moving the file into the folder's trash"))?))
    }

    /// From now on, the folder is known not to have it: where it is put back, it is new there. Of a motion part nothing is
    /// remembered, as its asset has not gone: nothing is to follow from its absence.
    fn note_gone(&self, action: &Action, path: &FilePath, is_part: bool) -> Result<(), ActionError> {
        let now = self.library.now();
        let rows = self.library.folder_files_with(self.folder.id, &action.sha1)?.into_iter();
        // A look in between may have found it gone.
        let there = rows.filter(|row| (row.is_present() || is_part) && row.path == path.0);
        let changes = there.map(|row| match is_part {
            true => FolderFileChange::Forget(row.id),
            false => FolderFileChange::Update(FolderFile { last_seen: Some(now), absent_since: Some(now), ..row }),
        });
        Ok(self.library.note_folder_files(changes.collect())?)
    }

    /// The asset comes out of the library's trash.
    pub(super) fn restore_asset(&self, action: &Action) -> Result<Became, ActionError> {
        let id = action.asset.ok_or_else(|| ActionError::refused("no asset is named"))?;
        self.library.restore_assets(&self.caller, &[id])?;
        Ok(Became { asset: Some(id), ..Became::said("it is out of the library's trash") })
    }

    /// The file goes where its asset belongs.
    pub(super) fn move_file(&self, action: &Action) -> Result<Became, ActionError> {
        let path = action.path.as_ref().ok_or_else(|| ActionError::refused("no file is named"))?;
        let to = action.to.as_ref().filter(|to| to.is_inside());
        let to = to.ok_or_else(|| ActionError::refused("no place in the folder is named"))?;
        let rows = self.library.folder_files_with(self.folder.id, &action.sha1)?;
        let row = rows.into_iter().find(|row| row.is_present() && row.path == path.0);
        let row = row.ok_or_else(|| ActionError::refused("the file is not as it was"))?;
        let sidecars = sidecars_of(&self.root, path);
        let to = &move_near(&self.root, &path.below(&self.root), to).map_err(ActionError::io("moving the file"))?;
        for sidecar in sidecars {
            let beside = FilePath([to.0.as_slice(), b".xmp"].concat());
            let moved = move_into(&self.root, &sidecar.below(&self.root), &beside);
            moved.map_err(ActionError::io("moving its XMP file"))?;
        }
        let moved = FolderFile { path: to.0.clone(), placed: Some(to.0.clone()), ..row };
        self.library.note_folder_files(vec![FolderFileChange::Update(moved)])?;
        let line = Moved {
            from: path.clone(),
            to: to.clone(),
            sha1: Some(action.sha1.to_hex()),
            at: self.library.now().to_iso(),
            reason: action.reason.clone(),
        };
        Ok(Became { moved: vec![line], ..Became::said("it is where it belongs") })
    }
}

/// The tag of assets that a run put into the trash.
fn run_tag(run: i64) -> String {
    format!("tintype/run/{run}")
}
