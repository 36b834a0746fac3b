//! How zones stand, for people.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use tintype_library::LibraryError;
use tintype_library::model::{IngestCount, IngestState};
use tintype_protocol::time::Timestamp;

use crate::open::open_seen;
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
    /// Files and bytes that were delivered, for each minute of the last five; `None` if there were none.
    pub rate: Option<(f64, f64)>,
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

/// How long the rate looks back, in milliseconds.
const RATE_MS: i64 = 300_000;
/// Less time than this says little about a minute.
const SHORTEST_MS: i64 = 10_000;

/// Files and bytes for each minute.
fn rate(recent: &VecDeque<(Timestamp, u64)>, now: Timestamp) -> Option<(f64, f64)> {
    let begin = now.0 - RATE_MS;
    let counted: Vec<_> = recent.iter().filter(|(at, _)| at.0 > begin).collect();
    let first = counted.first()?.0;
    let minutes = (now.0 - first.0).max(SHORTEST_MS) as f64 / 60_000.0;
    let bytes: u64 = counted.iter().map(|(_, bytes)| bytes).sum();
    Some((counted.len() as f64 / minutes, bytes as f64 / minutes))
}

impl Pipeline {
    /// The bytes of a file in `undone/`, if they are at most `limit`.
    pub fn undone(&self, id: i64, limit: u64) -> Result<Option<Vec<u8>>, LibraryError> {
        let file = self.journal.library.ingest_file(id)?.filter(|file| file.state == IngestState::Undone);
        let Some(file) = file.filter(|file| file.stamp.size_bytes <= limit) else { return Ok(None) };
        let Some(zone) = self.zones.iter().find(|zone| zone.name == file.zone) else { return Ok(None) };
        let path = PathBuf::from(OsStr::from_bytes(&file.path));
        let Ok(Some(opened)) = open_seen(zone, &path, file.stamp) else { return Ok(None) };
        let mut bytes = Vec::new();
        Ok(opened.take(limit).read_to_end(&mut bytes).is_ok().then_some(bytes))
    }

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
                rate: rate(&state.recent, now),
                looked: state.looked,
                looked_at: state.looked_at,
            });
        }
        Ok(all)
    }
}
