//! Folders that are kept in agreement with a library.

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, LibraryId, UserId};
use tintype_protocol::time::Timestamp;

use super::StoreError;
use crate::model::{
    ActionTally, DeletedContent, Folder, FolderAction, FolderFile, FolderRun, Holding, InPlace, JournalLine,
    JournalState, LibraryUsage,
};

type Result<T> = std::result::Result<T, StoreError>;

/// Where a file in place lies, and how it looks on the wire.
#[derive(Debug, Clone)]
pub struct Place {
    /// The external library that it belongs to.
    pub library: LibraryId,
    /// The wire's checksum of the place.
    pub checksum: Sha1,
    /// The file, absolute.
    pub path: String,
    /// How people call it.
    pub name: String,
    /// Its bytes.
    pub size_bytes: i64,
}

/// Questions about folders, and about all that a library holds.
pub trait ReadFolders {
    /// Every folder, in the order in which they came.
    fn reconciled_folders(&self) -> Result<Vec<Folder>>;
    /// One folder.
    fn reconciled_folder(&self, id: i64) -> Result<Option<Folder>>;
    /// How many files are or were in a folder.
    fn count_folder_files(&self, folder: i64) -> Result<usize>;
    /// Visits every file that is or was in a folder, in no order.
    fn folder_files(&self, folder: i64, visit: &mut dyn FnMut(FolderFile)) -> Result<()>;
    /// The file that is at a place in a folder.
    fn folder_file_at(&self, folder: i64, path: &[u8]) -> Result<Option<FolderFile>>;
    /// The file of a folder that is an asset in place, there or not.
    fn folder_file_of(&self, asset: AssetId) -> Result<Option<FolderFile>>;
    /// Visits the assets of an external library, those on their way out included, in no order.
    fn assets_in_place(&self, library: LibraryId, visit: &mut dyn FnMut(InPlace)) -> Result<()>;
    /// The asset whose original is a file in place; letters differ whatever their case.
    fn asset_in_place(&self, path: &str) -> Result<Option<AssetId>>;
    /// What an external library holds outside the trash.
    fn library_usage(&self, library: LibraryId) -> Result<LibraryUsage>;
    /// Files with a content that are in a folder, or were.
    fn folder_files_with(&self, folder: i64, sha1: &Sha1) -> Result<Vec<FolderFile>>;
    /// How many assets an owner has, the trash and what is hidden or locked included.
    fn count_holdings(&self, owner: UserId) -> Result<usize>;
    /// Visits every asset of an owner, the trash and what is hidden or locked included, in no order.
    fn holdings(&self, owner: UserId, visit: &mut dyn FnMut(Holding)) -> Result<()>;
    /// Visits every pair of the ledger: an original, and what was derived from it.
    fn visit_derivations(&self, visit: &mut dyn FnMut(Sha1, Sha1)) -> Result<()>;
    /// Visits every content that the owner deleted on purpose.
    fn visit_deleted(&self, owner: UserId, visit: &mut dyn FnMut(DeletedContent)) -> Result<()>;
    /// Runs, the newest first.
    fn folder_runs(&self, limit: u32) -> Result<Vec<FolderRun>>;
    /// One run.
    fn folder_run(&self, id: i64) -> Result<Option<FolderRun>>;
    /// The run of a plan in a folder.
    fn folder_run_of(&self, plan: &str, folder: i64) -> Result<Option<FolderRun>>;
    /// What a run was to do, in its order, each with the last line of the journal about it.
    fn folder_actions(&self, run: i64) -> Result<Vec<(FolderAction, Option<JournalLine>)>>;
    /// Where the file lay that the last action of one of these kinds about an asset in a folder was about.
    fn last_path_of(&self, folder: i64, asset: AssetId, kinds: [&str; 2]) -> Result<Option<Vec<u8>>>;
    /// How many actions of a run are of which kind and how far, in no order.
    fn tally_folder_actions(&self, run: i64) -> Result<Vec<ActionTally>>;
    /// Lines of the journal behind `after`, in their order, of one run or of all.
    fn folder_journal(&self, run: Option<i64>, after: i64, limit: u32) -> Result<Vec<JournalLine>>;
}

/// Changes of what is known about folders. None of them moves anything in the feed but `set_in_place`.
pub trait WriteFolders {
    /// Adds a folder, whose `id` is ignored. Its id. `Conflict` when one with this path is known.
    fn add_folder(&mut self, folder: &Folder) -> Result<i64>;
    /// A folder is as this says from now on.
    fn update_folder(&mut self, folder: &Folder) -> Result<()>;
    /// A folder is not known any more, and nothing that was in it; runs stay.
    fn remove_folder(&mut self, id: i64) -> Result<()>;
    /// Adds a file, whose `id` is ignored. Its id. `Conflict` when one is there at its place.
    fn add_folder_file(&mut self, file: &FolderFile) -> Result<i64>;
    /// A file is as this says from now on.
    fn update_folder_file(&mut self, file: &FolderFile) -> Result<()>;
    /// A file is not known any more.
    fn forget_folder_file(&mut self, id: i64) -> Result<()>;
    /// The original of an asset is a file in place from now on, at this place.
    fn set_in_place(&mut self, asset: AssetId, place: &Place) -> Result<()>;
    /// The file that an asset in place was is not remembered as that any more: should it come back, it is new.
    fn forget_indexed(&mut self, asset: AssetId) -> Result<()>;
    /// A run begins, whose `id` is ignored, with all that it is to do. Its id.
    fn begin_folder_run(&mut self, run: &FolderRun, actions: &[FolderAction]) -> Result<i64>;
    /// A run has come to its end.
    fn end_folder_run(&mut self, id: i64, at: Timestamp) -> Result<()>;
    /// Adds a line to the journal.
    fn note_folder_action(&mut self, run: i64, number: u32, state: JournalState, text: &str) -> Result<()>;
}
