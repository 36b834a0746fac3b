//! A file goes into the library.

use std::fs::File;

use tintype_library::folders::FolderFileChange;
use tintype_library::landing::{Arrival, Standing};
use tintype_library::model::{FileStamp, FolderFile};
use tintype_library::uploads::Added;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::SortOrder;
use tintype_protocol::time::Timestamp;

use super::{ActionError, Became, Bench};
use crate::file_path::FilePath;
use crate::places::sidecars_of;
use crate::plan::{Action, Bucket};

impl Bench<'_> {
    pub(super) fn upload(&self, action: &Action) -> Result<Became, ActionError> {
        let path = action.path.as_ref().ok_or_else(|| ActionError::refused("no file is named"))?;
        let owner = self.folder.owner_id;
        match self.library.standing(owner, &action.sha1)? {
            Standing::Held(asset) => {
                return Ok(Became { asset: Some(asset), ..Became::said("the library had it by then") });
            }
            Standing::InTrash(_) => return Err(ActionError::refused("somebody put it into the trash meanwhile")),
            // A person said that they want it again, or nobody knows why it is not there any more.
            Standing::DeletedOnPurpose if action.bucket != Bucket::Upload => {}
            Standing::DeletedOnPurpose => return Err(ActionError::refused("somebody deleted it meanwhile")),
            Standing::New => {}
        }
        let added = self.send(action, path).map_err(|error| self.note_refused(action, path, error))?;
        let asset = added.id();
        self.note_agreed(action, path)?;
        self.put_into_album(path, asset)?;
        let text = match added {
            Added::Created(_) => "it is in the library",
            Added::Duplicate(_) => "the library had it by then",
        };
        Ok(Became { asset: Some(asset), ..Became::said(text) })
    }

    /// The library has proven that it has it: from now on, both have.
    fn note_agreed(&self, action: &Action, path: &FilePath) -> Result<(), ActionError> {
        let row = self.library.folder_file_at(self.folder.id, &path.0)?;
        let Some(row) = row.filter(|row| row.sha1 == action.sha1) else { return Ok(()) };
        let agreed_since = row.agreed_since.or(Some(self.library.now()));
        let agreed = FolderFile { agreed_since, held_last: None, unheld_since: None, ..row };
        Ok(self.library.note_folder_files(vec![FolderFileChange::Update(agreed)])?)
    }

    fn send(&self, action: &Action, path: &FilePath) -> Result<Added, ActionError> {
        let full = path.below(&self.root);
        let mut file = File::open(&full).map_err(ActionError::io("opening the file"))?;
        let about = file.metadata().map_err(ActionError::io("looking at the file"))?;
        let modified = FileStamp::of(&about).modified_ns.div_euclid(1_000_000);
        let sidecar = sidecars_of(&self.root, path).into_iter().next();
        let mut sidecar = sidecar
            .map(|sidecar| File::open(sidecar.below(&self.root)))
            .transpose()
            .map_err(ActionError::io("opening its XMP file"))?;
        // What it is not any more, the library refuses.
        Ok(self.library.take_in(Arrival {
            owner: self.folder.owner_id,
            name: path.name(),
            file: &mut file,
            expected: action.sha1,
            modified: Timestamp(modified),
            sidecar: sidecar.as_mut().map(|file| file as &mut dyn std::io::Read),
            live_photo_video_id: None,
        })?)
    }

    /// Puts an asset into the album that the folder's rule names.
    pub(super) fn put_into_album(&self, path: &FilePath, asset: AssetId) -> Result<(), ActionError> {
        let root_name = self.root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(name) = self.settings.album_for(&root_name, path.parent()) else { return Ok(()) };
        let owner = self.caller.user.id;
        let known = self.library.read(|tx| Ok(tx.owned_albums(owner)?))?;
        match known.into_iter().find(|album| album.name == name) {
            Some(album) => drop(self.library.add_album_assets(&self.caller, album.id, vec![asset])?),
            None => {
                let (text, order) = (String::new(), SortOrder::Descending);
                self.library.create_album(&self.caller, name, text, order, vec![asset], Vec::new())?;
            }
        }
        Ok(())
    }
}
