//! A file that stays in place becomes an asset, or its asset follows it.

use tintype_library::in_place::{FileInPlace, Took};

use super::{ActionError, Became, Bench};
use crate::plan::Action;

impl Bench<'_> {
    pub(super) fn index(&self, action: &Action) -> Result<Became, ActionError> {
        let path = action.path.as_ref().ok_or_else(|| ActionError::refused("no file is named"))?;
        let library = self.folder.library.ok_or_else(|| ActionError::refused("the folder is not indexed"))?;
        let (Ok(text), Some(root)) = (str::from_utf8(&path.0), self.root.to_str()) else {
            return Err(ActionError::refused("its name is no text"));
        };
        let row = self.library.folder_file_at(self.folder.id, &path.0)?;
        let row = row.filter(|row| row.sha1 == action.sha1);
        let row = row.ok_or_else(|| ActionError::refused("the file has another content now"))?;
        let is_changed = row.indexed.is_some_and(|indexed| indexed.sha1 != row.sha1);
        let took = self.library.take_in_place(&FileInPlace {
            folder: self.folder.id,
            library,
            owner: self.folder.owner_id,
            root: root.to_owned(),
            path: text.to_owned(),
            stamp: row.stamp,
            sha1: row.sha1,
        });
        let took = took.map_err(|error| self.note_refused(action, path, error.into()))?;
        let said = match took {
            Took::Added(asset) => {
                self.put_into_album(path, asset)?;
                "it is in the library, and stays where it is"
            }
            Took::Followed(_) if is_changed => "its asset is what the file is now",
            Took::Followed(_) => "its asset has followed it",
        };
        Ok(Became { asset: Some(took.id()), ..Became::said(said) })
    }
}
