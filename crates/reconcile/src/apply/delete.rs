//! What somebody deleted on one side goes to the trash on the other; and what goes back, or elsewhere.

use std::io;

use tintype_library::folders::FolderFileChange;
use tintype_library::model::FolderFile;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::{AssetStatus, Visibility};

use super::{ActionError, Became, Bench};
use crate::file_path::FilePath;
use crate::hashing::sha1_of;
use crate::places::{Moved, move_into, move_near, move_to_trash, sidecars_of};
use crate::plan::Action;

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

    fn status(&self, id: AssetId) -> Result<Option<AssetStatus>, ActionError> {
        Ok(self.library.read(|tx| Ok(tx.asset(id)?))?.map(|asset| asset.status))
    }

    /// From now on, the library is known not to have it: whoever takes it out of the trash wants it back.
    fn note_unheld(&self, action: &Action) -> Result<(), ActionError> {
        let now = self.library.now();
        let rows = self.library.folder_files_with(self.folder.id, &action.sha1)?.into_iter();
        let gone = rows.filter(|row| !row.is_present() && row.unheld_since.is_none());
        let changes = gone
            .map(|row| FolderFileChange::Update(FolderFile { held_last: Some(now), unheld_since: Some(now), ..row }));
        Ok(self.library.note_folder_files(changes.collect())?)
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
        let asset = action.asset.map(|id| self.library.read(|tx| Ok(tx.asset(id)?))).transpose()?.flatten();
        // Motion parts are in no trash: they go with their stills.
        let is_part = asset.as_ref().is_some_and(|asset| asset.visibility == Visibility::Hidden);
        if asset.is_some_and(|asset| asset.status == AssetStatus::Active)
            && !is_part
            && action.bucket != crate::plan::Bucket::Review
        {
            return Err(ActionError::refused("the asset is out of the trash again"));
        }
        let sidecars = sidecars_of(&self.root, path);
        let mut moved = vec![self.put_into_trash(action, path, true)?];
        for sidecar in &sidecars {
            moved.push(self.put_into_trash(action, sidecar, false)?);
        }
        self.note_gone(action, path, is_part)?;
        Ok(Became { moved, ..Became::said("it is in the folder's trash") })
    }

    /// An interrupted run moved it, and did not come to say so.
    fn found_moved(&self, action: &Action, path: &FilePath) -> Result<Became, ActionError> {
        let manifest =
            crate::places::read_manifest(&self.root, self.run).map_err(ActionError::io("reading the manifest"))?;
        let is_there = |line: &Moved| line.to.is_inside() && line.to.below(&self.root).is_file();
        let moved: Vec<Moved> = manifest.into_iter().filter(|line| line.from == *path && is_there(line)).collect();
        if moved.is_empty() {
            return Ok(Became::said("somebody took it away by then"));
        }
        self.note_gone(action, path, false)?;
        Ok(Became { moved, ..Became::said("it is in the folder's trash") })
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
        let there = rows.filter(|row| row.is_present() && row.path == path.0);
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
