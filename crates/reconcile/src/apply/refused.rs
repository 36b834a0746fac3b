//! Files that would fail in each run: what the library cannot take, and what is not what it was read as.

use std::path::Path;

use tintype_library::LibraryError;
use tintype_library::folders::FolderFileChange;
use tintype_library::model::{FileStamp, FolderFile};

use super::{ActionError, Bench};
use crate::file_path::FilePath;
use crate::hashing::sha1_of;
use crate::plan::Action;

/// What no file looks like: one of which this is remembered is read at the next look.
const UNREAD: FileStamp = FileStamp { size_bytes: 0, modified_ns: i64::MIN, inode: 0 };

impl Bench<'_> {
    /// Remembers of a file why it cannot go in, as long as it is the one that it is now; or that it has to be read again, where
    /// its bytes are not those that are known. What went wrong stays what it was.
    pub(super) fn note_refused(&self, action: &Action, path: &FilePath, error: ActionError) -> ActionError {
        let full = path.below(&self.root);
        let noted = match &error {
            ActionError::Library(LibraryError::Unrecognised(why)) => self.refuse(action, path, why),
            ActionError::Library(LibraryError::Invalid(_)) => self.read_again_if_other(action, path, &full),
            _ => Ok(()),
        };
        noted.err().unwrap_or(error)
    }

    fn refuse(&self, action: &Action, path: &FilePath, why: &str) -> Result<(), ActionError> {
        let row = self.library.folder_file_at(self.folder.id, &path.0)?.filter(|row| row.sha1 == action.sha1);
        let Some(row) = row.filter(|row| row.stamp.is_of(&path.below(&self.root))) else { return Ok(()) };
        let refused = FolderFile { refused: Some(why.to_owned()), ..row };
        Ok(self.library.note_folder_files(vec![FolderFileChange::Update(refused)])?)
    }

    /// A file that was changed and kept its date looks as it did: nothing but its bytes tells.
    pub(super) fn read_again_if_other(&self, action: &Action, path: &FilePath, full: &Path) -> Result<(), ActionError> {
        let row = self.library.folder_file_at(self.folder.id, &path.0)?.filter(|row| row.sha1 == action.sha1);
        let Some(row) = row.filter(|row| row.stamp.is_of(full)) else { return Ok(()) };
        if sha1_of(full).is_ok_and(|sha1| sha1 != row.sha1) {
            let unread = FolderFile { stamp: UNREAD, ..row };
            self.library.note_folder_files(vec![FolderFileChange::Update(unread)])?;
        }
        Ok(())
    }
}
