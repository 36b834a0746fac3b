//! What the reconciling of folders asks of a library: to remember what was seen in them and done about them, and to say all
//! that it holds in one go.

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, UserId};

use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{
    ActionTally, DeletedContent, Folder, FolderAction, FolderFile, FolderRun, Holding, JournalLine, JournalState,
};
use crate::store::{Durability, Ledger};

/// A change of what is known about files in folders.
#[derive(Debug, Clone)]
pub enum FolderFileChange {
    /// There is another file.
    Add(FolderFile),
    /// A file is as this says.
    Update(FolderFile),
    /// A file is not known any more.
    Forget(i64),
}

/// All that a library holds of one owner's, of one moment.
#[derive(Debug, Clone, Default)]
pub struct Holdings {
    /// Every asset, the trash and what is hidden or locked included.
    pub assets: Vec<Holding>,
    /// Pairs of the ledger: an original, and what was derived from it.
    pub derivations: Vec<(Sha1, Sha1)>,
    /// What the owner deleted on purpose.
    pub deleted: Vec<DeletedContent>,
}

impl Library {
    /// Every folder, in the order in which they came.
    pub fn reconciled_folders(&self) -> Result<Vec<Folder>, LibraryError> {
        self.read(|tx| Ok(tx.reconciled_folders()?))
    }

    /// One folder.
    pub fn reconciled_folder(&self, id: i64) -> Result<Option<Folder>, LibraryError> {
        self.read(|tx| Ok(tx.reconciled_folder(id)?))
    }

    /// Adds a folder, whose `id` is ignored. Its id.
    pub fn add_reconciled_folder(&self, folder: &Folder) -> Result<i64, LibraryError> {
        let folder = folder.clone();
        self.write(Durability::Full, move |tx| Ok(tx.add_folder(&folder)?))
    }

    /// A folder is as this says from now on.
    pub fn update_reconciled_folder(&self, folder: &Folder) -> Result<(), LibraryError> {
        let folder = folder.clone();
        self.write(Durability::Full, move |tx| Ok(tx.update_folder(&folder)?))
    }

    /// A folder is not known any more; its files, and what was done about them, stay.
    pub fn remove_reconciled_folder(&self, id: i64) -> Result<(), LibraryError> {
        self.write(Durability::Full, move |tx| Ok(tx.remove_folder(id)?))
    }

    /// Every file that is or was in a folder, in no order.
    pub fn folder_files(&self, folder: i64) -> Result<Vec<FolderFile>, LibraryError> {
        self.read(|tx| {
            // As large as it has to be: one that grows leaves holes behind, and takes half as much again.
            let mut files = Vec::with_capacity(tx.count_folder_files(folder)?);
            tx.folder_files(folder, &mut |file| files.push(file))?;
            Ok(files)
        })
    }

    /// The file that is at a place in a folder.
    pub fn folder_file_at(&self, folder: i64, path: &[u8]) -> Result<Option<FolderFile>, LibraryError> {
        self.read(|tx| Ok(tx.folder_file_at(folder, path)?))
    }

    /// Files with a content that are in a folder, or were.
    pub fn folder_files_with(&self, folder: i64, sha1: &Sha1) -> Result<Vec<FolderFile>, LibraryError> {
        self.read(|tx| Ok(tx.folder_files_with(folder, sha1)?))
    }

    /// Keeps changes in their order, together or not at all.
    pub fn note_folder_files(&self, changes: Vec<FolderFileChange>) -> Result<(), LibraryError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.write(Durability::Full, move |tx| {
            for change in &changes {
                match change {
                    FolderFileChange::Add(file) => drop(tx.add_folder_file(file)?),
                    FolderFileChange::Update(file) => tx.update_folder_file(file)?,
                    FolderFileChange::Forget(id) => tx.forget_folder_file(*id)?,
                }
            }
            Ok(())
        })
    }

    /// All that the library holds of an owner's, of one moment.
    pub fn holdings(&self, owner: UserId) -> Result<Holdings, LibraryError> {
        self.read(|tx| {
            let assets = Vec::with_capacity(tx.count_holdings(owner)?);
            let mut found = Holdings { assets, ..Holdings::default() };
            tx.holdings(owner, &mut |holding| found.assets.push(holding))?;
            tx.visit_derivations(&mut |original, derived| found.derivations.push((original, derived)))?;
            tx.visit_deleted(owner, &mut |content| found.deleted.push(content))?;
            Ok(found)
        })
    }

    /// Somebody wants a content back that was deleted on purpose: it is welcome again.
    pub fn want_again(&self, owner: UserId, sha1: Sha1) -> Result<(), LibraryError> {
        self.write(Durability::Full, move |tx| Ok(tx.note(&Ledger::Wanted { sha1, owner })?))
    }

    /// A run begins, whose `id` is ignored, with all that it is to do. Its id.
    pub fn begin_folder_run(&self, run: &FolderRun, actions: Vec<FolderAction>) -> Result<i64, LibraryError> {
        let run = run.clone();
        self.write(Durability::Full, move |tx| Ok(tx.begin_folder_run(&run, &actions)?))
    }

    /// A run has come to its end.
    pub fn end_folder_run(&self, id: i64) -> Result<(), LibraryError> {
        self.write(Durability::Full, move |tx| {
            let now = tx.now();
            Ok(tx.end_folder_run(id, now)?)
        })
    }

    /// Adds a line to the journal.
    pub fn note_folder_action(
        &self,
        run: i64,
        number: u32,
        state: JournalState,
        text: &str,
    ) -> Result<(), LibraryError> {
        let text = text.to_owned();
        self.write(Durability::Full, move |tx| Ok(tx.note_folder_action(run, number, state, &text)?))
    }

    /// Runs, the newest first.
    pub fn folder_runs(&self, limit: u32) -> Result<Vec<FolderRun>, LibraryError> {
        self.read(|tx| Ok(tx.folder_runs(limit)?))
    }

    /// One run.
    pub fn folder_run(&self, id: i64) -> Result<Option<FolderRun>, LibraryError> {
        self.read(|tx| Ok(tx.folder_run(id)?))
    }

    /// The run of a plan in a folder.
    pub fn folder_run_of(&self, plan: &str, folder: i64) -> Result<Option<FolderRun>, LibraryError> {
        self.read(|tx| Ok(tx.folder_run_of(plan, folder)?))
    }

    /// What a run was to do, in its order, each with the last line of the journal about it.
    pub fn folder_actions(&self, run: i64) -> Result<Vec<(FolderAction, Option<JournalLine>)>, LibraryError> {
        self.read(|tx| Ok(tx.folder_actions(run)?))
    }

    /// Where the file lay that the last action of one of these kinds about an asset in a folder was about.
    pub fn last_path_of(&self, folder: i64, asset: AssetId, kinds: [&str; 2]) -> Result<Option<Vec<u8>>, LibraryError> {
        self.read(|tx| Ok(tx.last_path_of(folder, asset, kinds)?))
    }

    /// How many actions of a run are of which kind and how far, in no order.
    pub fn tally_folder_actions(&self, run: i64) -> Result<Vec<ActionTally>, LibraryError> {
        self.read(|tx| Ok(tx.tally_folder_actions(run)?))
    }

    /// Lines of the journal behind `after`, in their order, of one run or of all.
    pub fn folder_journal(&self, run: Option<i64>, after: i64, limit: u32) -> Result<Vec<JournalLine>, LibraryError> {
        self.read(|tx| Ok(tx.folder_journal(run, after, limit)?))
    }
}
