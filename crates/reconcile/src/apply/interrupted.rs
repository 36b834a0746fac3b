//! Runs that were interrupted between doing something and saying so.

use tintype_library::model::{Folder, FolderRun, JournalState};

use super::{ActionError, read_action};
use crate::engine::Engine;
use crate::error::ReconcileError;
use crate::plan::Kind;

impl Engine<'_> {
    /// Says of files that a killed run put into a folder's trash that they lie there: only what was said can be taken back. The
    /// trash's manifest knows, as a line is in it before a file goes.
    pub(crate) fn note_interrupted(&self, runs: &[FolderRun]) -> Result<(), ReconcileError> {
        for run in runs.iter().filter(|run| run.ended_at.is_none() && run.restores.is_none()) {
            // Of a folder that is known no more, nothing is looked up.
            if let Some(folder) = self.library.reconciled_folder(run.folder)? {
                self.note_one(run, &folder)?;
            }
        }
        Ok(())
    }

    fn note_one(&self, run: &FolderRun, folder: &Folder) -> Result<(), ReconcileError> {
        let bench = self.bench(folder, run.id)?;
        for (row, line) in self.library.folder_actions(run.id)? {
            let is_said = line.is_some_and(|line| line.state != JournalState::Planned);
            if is_said || row.kind != Kind::TrashFile.as_str() {
                continue;
            }
            let action = read_action(&row, &[])?;
            let Some(path) = action.path.as_ref().filter(|path| path.is_inside()) else { continue };
            let found = match bench.is_undone(&action) {
                Ok(false) => bench.found_in_trash(&action, path),
                Ok(true) => continue,
                Err(error) => Err(error),
            };
            match found {
                Ok(Some(became)) => {
                    self.library.note_folder_action(run.id, row.number, JournalState::Done, &became.to_text())?;
                }
                Ok(None) => {}
                Err(ActionError::Library(error)) => return Err(error.into()),
                // A disk that is away says nothing.
                Err(error) => tracing::warn!(run = run.id, error = &error as &dyn std::error::Error, "not looked up"),
            }
        }
        Ok(())
    }
}
