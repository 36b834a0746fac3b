//! From what lies in a zone to rows: what is new, what stands still, what is gone.

use std::collections::HashMap;

use tintype_library::LibraryError;
use tintype_library::landing::IngestChange;
use tintype_library::model::{FileStamp, IngestFile, IngestState as State};
use tintype_library::store::Durability;
use tintype_protocol::time::Timestamp;

use crate::journal::Journal;
use crate::names::group_of;
use crate::scan::{Found, Scan, scan};
use crate::zone::Zone;

/// Changes that are kept in one transaction.
const CHANGES_AT_ONCE: usize = 1_000;

/// What a look at a zone found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looked {
    /// Files that had not been seen, or not like this.
    pub new: u64,
    /// Files that have come to rest.
    pub settled: u64,
    /// Files that somebody took away.
    pub gone: u64,
    /// Links, pipes and devices, which are left alone.
    pub strange: u64,
    /// Files that still move, or that are waited for.
    pub moving: u64,
    /// What could not be read, and why.
    pub errors: Vec<String>,
}

/// What is known about whoever writes a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writer {
    /// They said that it is complete.
    Done,
    /// They have it open.
    Busy,
    /// Nothing: that it rests is all there is to go by.
    Unknown,
}

/// A file as it was known before the look.
struct Before {
    file: i64,
    stamp: FileStamp,
    state: State,
    /// When it was last seen to change.
    changed_at: Timestamp,
}

/// Looks at a zone and keeps what was found. `writer` says what is known about who writes a file.
pub(crate) fn look(
    journal: &Journal,
    zone: &Zone,
    writer: &dyn Fn(&Found) -> Writer,
) -> Result<Result<Looked, std::io::Error>, LibraryError> {
    // Rows first: what is moved by the pipeline between the two is not taken for new.
    let mut before = HashMap::new();
    journal.library.ingest_files(&zone.name, |file| {
        let IngestFile { id, stamp, state, changed_at, .. } = file;
        if !file.is_gone {
            before.insert(file.path, Before { file: id, stamp, state, changed_at });
        }
    })?;
    let found = match scan(&zone.folder) {
        Ok(found) => found,
        Err(error) => return Ok(Err(error)),
    };
    let mut looked = Looked { strange: found.strange, errors: told(&found), ..Looked::default() };
    let mut changes = Vec::new();
    let (now, is_empty) = (journal.now(), found.files.is_empty());
    for seen in found.files {
        let was = before.remove(&seen.path);
        if let Some(change) = judge(journal, zone, &seen, was, now, writer, &mut looked)? {
            changes.push(change);
        }
        flush(journal, &mut changes, CHANGES_AT_ONCE)?;
    }
    // An empty folder may be one whose disk is not mounted: what is known of its files stays until one is there again.
    if is_empty && !before.is_empty() {
        looked.errors.push("the folder is empty; what is known of its files is kept until one comes".to_owned());
    } else if found.errors.is_empty() {
        for (path, missing) in before.into_iter().filter(|(_, missing)| is_forgotten(missing)) {
            looked.gone += 1;
            // It may have been brought on its way since the rows were read.
            changes.push(IngestChange::Miss { id: missing.file, path, state: missing.state });
            flush(journal, &mut changes, CHANGES_AT_ONCE)?;
        }
    }
    flush(journal, &mut changes, 1)?;
    Ok(Ok(looked))
}

/// Whether a row goes whose file is not there. What the destination has is brought to its end, and what lies elsewhere
/// has its own end.
fn is_forgotten(missing: &Before) -> bool {
    !matches!(missing.state, State::Delivered | State::Confirmed | State::Undone)
}

fn told(found: &Scan) -> Vec<String> {
    found.errors.iter().map(|(path, error)| format!("{}: {error}", path.display())).collect()
}

fn flush(journal: &Journal, changes: &mut Vec<IngestChange>, least: usize) -> Result<(), LibraryError> {
    if changes.len() < least {
        return Ok(());
    }
    // It would be found again.
    journal.library.note_ingest(Durability::Relaxed, std::mem::take(changes))
}

/// What a file that lies there means.
fn judge(
    journal: &Journal,
    zone: &Zone,
    seen: &Found,
    was: Option<Before>,
    now: Timestamp,
    writer: &dyn Fn(&Found) -> Writer,
    looked: &mut Looked,
) -> Result<Option<IngestChange>, LibraryError> {
    let Some(was) = was else {
        looked.new += 1;
        let state = if writer(seen) == Writer::Done { State::Settled } else { State::Seen };
        looked.moving += u64::from(state == State::Seen);
        return Ok(Some(IngestChange::Add(new_file(zone, seen, state, now))));
    };
    if was.stamp != seen.stamp {
        looked.new += 1;
        looked.moving += 1;
        return Ok(Some(IngestChange::Add(new_file(zone, seen, State::Seen, now))));
    }
    if was.state != State::Seen {
        return Ok(None);
    }
    let rest = u64::try_from(now.0.saturating_sub(was.changed_at.0)).ok();
    let Some(rest) = rest else {
        // The clock was set back: it begins to rest now.
        looked.moving += 1;
        return Ok(Some(IngestChange::Add(new_file(zone, seen, State::Seen, now))));
    };
    let has_rested = match writer(seen) {
        Writer::Done => true,
        Writer::Busy => false,
        Writer::Unknown => u128::from(rest) >= zone.settle.as_millis(),
    };
    if !has_rested {
        looked.moving += 1;
        return Ok(None);
    }
    let Some(mut file) = journal.library.ingest_file(was.file)? else { return Ok(None) };
    looked.settled += 1;
    (file.state, file.changed_at, file.due_at) = (State::Settled, now, now);
    Ok(Some(IngestChange::Update(file)))
}

/// A row for what has not been seen before.
pub(crate) fn new_file(zone: &Zone, seen: &Found, state: State, now: Timestamp) -> IngestFile {
    IngestFile {
        id: 0,
        zone: zone.name.clone(),
        path: seen.path.clone(),
        group: group_of(&seen.path),
        stamp: seen.stamp,
        state,
        sha1: None,
        belongs_to: None,
        derivation: None,
        asset: None,
        is_duplicate: false,
        attempts: 0,
        due_at: now,
        reason: None,
        came_as: None,
        is_gone: false,
        is_wanted: false,
        packs_with: None,
        first_seen: now,
        changed_at: now,
    }
}
