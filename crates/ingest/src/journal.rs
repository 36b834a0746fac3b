//! How far files have come is written down before anything further happens to them.

use std::sync::Arc;

use tintype_library::landing::IngestChange;
use tintype_library::model::{IngestFile, IngestState};
use tintype_library::store::Durability;
use tintype_library::{Library, LibraryError};
use tintype_protocol::time::Timestamp;

/// The library's rows about files in zones.
#[derive(Clone)]
pub(crate) struct Journal {
    pub(crate) library: Arc<Library>,
}

impl Journal {
    pub(crate) fn now(&self) -> Timestamp {
        self.library.now()
    }

    /// A file has come further; what kept it before is over. How often it failed on its way is not forgotten. On disk when
    /// this returns.
    pub(crate) fn advance(&self, file: &mut IngestFile, state: IngestState) -> Result<(), LibraryError> {
        file.state = state;
        file.changed_at = self.now();
        file.due_at = file.changed_at;
        file.reason = None;
        self.keep(file, Durability::Full)
    }

    /// Something else about a file changed.
    pub(crate) fn keep(&self, file: &IngestFile, durability: Durability) -> Result<(), LibraryError> {
        self.library.note_ingest(durability, vec![IngestChange::Update(file.clone())])
    }

    pub(crate) fn forget(&self, file: &IngestFile) -> Result<(), LibraryError> {
        self.library.note_ingest(Durability::Full, vec![IngestChange::Remove(file.id)])
    }
}
