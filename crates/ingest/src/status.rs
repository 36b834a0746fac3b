//! How zones stand, for people.

use std::path::PathBuf;

use tintype_library::LibraryError;
use tintype_library::model::{IngestCount, IngestState};
use tintype_protocol::time::Timestamp;

use crate::pipeline::Pipeline;
use crate::watch::Looked;
use crate::zone::After;

/// A destination that is left alone for now.
#[derive(Debug, Clone)]
pub struct Away {
    /// Not to be tried before.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
}

/// How a zone stands.
#[derive(Debug, Clone)]
pub struct ZoneStatus {
    /// Its name.
    pub name: String,
    /// Where files are dropped.
    pub folder: PathBuf,
    /// Who gets them.
    pub destination: String,
    /// What happens to originals.
    pub after: After,
    /// Files in each state.
    pub counts: Vec<IngestCount>,
    /// Whether the destination is left alone, and why.
    pub away: Option<Away>,
    /// Files that were delivered since the process began.
    pub delivered: u64,
    /// What the last look found, or why there was none; `None` before the first.
    pub looked: Option<Result<Looked, String>>,
    /// When that was.
    pub looked_at: Option<Timestamp>,
}

impl ZoneStatus {
    /// Files in a state.
    pub fn files_in(&self, state: IngestState) -> u64 {
        self.counts.iter().find(|count| count.state == state).map_or(0, |count| count.files)
    }

    /// Files that have not come to an end.
    pub fn on_the_way(&self) -> u64 {
        self.counts.iter().filter(|count| !count.state.is_final()).map(|count| count.files).sum()
    }

    /// Bytes by which what was delivered is smaller than the originals.
    pub fn saved_bytes(&self) -> i64 {
        self.counts.iter().map(|count| count.saved_bytes).sum()
    }
}

impl Pipeline {
    /// How each zone stands.
    pub fn status(&self) -> Result<Vec<ZoneStatus>, LibraryError> {
        let now = self.journal.now();
        let mut all = Vec::with_capacity(self.zones.len());
        for zone in &self.zones {
            let counts = self.journal.library.ingest_counts(&zone.name)?;
            let state = self.states().get(&zone.name).cloned().unwrap_or_default();
            let away = state.away.filter(|(until, ..)| *until > now);
            all.push(ZoneStatus {
                name: zone.name.clone(),
                folder: zone.folder.clone(),
                destination: zone.destination.name(),
                after: zone.after,
                counts,
                away: away.map(|(until, reason, _)| Away { until, reason }),
                delivered: state.delivered,
                looked: state.looked,
                looked_at: state.looked_at,
            });
        }
        Ok(all)
    }
}
