//! What the end of a process may have left between two steps: looked after before anything else happens in a zone.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tintype_library::LibraryError;
use tintype_library::landing::IngestChange;
use tintype_library::model::{FileStamp, IngestFile, IngestState as State};
use tintype_library::store::Durability;

use crate::journal::Journal;
use crate::names::{UNDONE, WORK, group_of};
use crate::places::{is_folder, move_within};
use crate::release::ASIDE;
use crate::scan::{Found, Scan, scan};
use crate::sftp::PARTIAL_AGE;
use crate::sftp::claims::Claims;
use crate::sftp::given_up::give_up;
use crate::undone::{NOTE, read_note};
use crate::watch::new_file;
use crate::zone::Zone;

/// Folder for originals that nobody knows any more.
const FOUND: &str = "recovered";

/// Looks after one zone. What cannot be read is left for the next start.
pub(crate) fn recover(journal: &Journal, zone: &Zone) -> Result<(), LibraryError> {
    give_up_uploads(journal, zone)?;
    for outcome in [clear_exit(journal, zone)?, know_undone(journal, zone)?] {
        match outcome {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(zone = zone.name, %error, "what an earlier end left behind was not looked at");
            }
            _ => {}
        }
    }
    Ok(())
}

/// Originals on their way out of the zone.
fn clear_exit(journal: &Journal, zone: &Zone) -> Result<io::Result<()>, LibraryError> {
    if !is_folder(&zone.folder.join(WORK)) {
        return Ok(Ok(()));
    }
    let entries = match fs::read_dir(zone.folder.join(WORK)) {
        Ok(entries) => entries,
        Err(error) => return Ok(Err(error)),
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let id = name.split('.').next().and_then(|id| id.parse().ok());
        let file = id.map(|id| journal.library.ingest_file(id)).transpose()?.flatten();
        let file = file.filter(|file| file.zone == zone.name);
        if let Some((number, extension)) = name.split_once(ASIDE) {
            // One that was confirmed is released when its turn comes.
            if file.as_ref().is_none_or(|file| file.state != State::Confirmed) {
                let place = file.map_or_else(|| format!("{FOUND}/{number}{extension}").into_bytes(), |file| file.path);
                let from = [WORK.as_bytes(), b"/", entry.file_name().as_bytes()].concat();
                if let Err(error) = move_within(&zone.folder, &from, &place) {
                    return Ok(Err(error));
                }
            }
        }
    }
    Ok(Ok(()))
}

/// What was made of files that came to their end, or for which no row says so, goes; so do beginnings.
pub(crate) fn clear_work(journal: &Journal, work: &Path) -> Result<(), LibraryError> {
    for entry in fs::read_dir(work).into_iter().flatten().flatten() {
        let (name, path) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
        let id = name.split('.').next().and_then(|id| id.parse().ok());
        let file = id.map(|id| journal.library.ingest_file(id)).transpose()?.flatten();
        let is_needed = |file: &IngestFile| file.derivation.as_ref().is_some_and(|made| made.file == name);
        if file.is_some_and(|file| is_needed(&file) && !file.state.is_final()) {
            continue;
        }
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        if let Err(error) = removed {
            tracing::warn!(path = %path.display(), %error, "what was made of a file was not removed");
        }
    }
    Ok(())
}

/// Originals in `undone/` whose row was not written, or that somebody put there, are known from now on; rows whose original
/// somebody took away are not.
fn know_undone(journal: &Journal, zone: &Zone) -> Result<io::Result<()>, LibraryError> {
    let folder = zone.folder.join(UNDONE);
    let mut known = Vec::new();
    journal.library.ingest_files(&zone.name, |file| {
        if file.state == State::Undone {
            known.push(file);
        }
    })?;
    let mut changes = Vec::new();
    for file in &known {
        let is_missing =
            fs::symlink_metadata(zone.at(&file.path)).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        if is_missing {
            changes.push(IngestChange::Remove(file.id));
        }
    }
    let found = if is_folder(&folder) { scan(&folder) } else { Ok(Scan::default()) };
    for seen in found.as_ref().map(|scan| scan.files.as_slice()).unwrap_or_default() {
        let path = [UNDONE.as_bytes(), b"/", &seen.path].concat();
        if seen.path.ends_with(NOTE) || known.iter().any(|file| file.path == path) {
            continue;
        }
        changes.push(IngestChange::Add(stray(journal, zone, seen, path)));
    }
    journal.library.note_ingest(Durability::Relaxed, changes)?;
    Ok(found.map(drop))
}

fn stray(journal: &Journal, zone: &Zone, seen: &Found, path: Vec<u8>) -> IngestFile {
    let file = new_file(zone, seen, State::Undone, journal.now());
    let (reason, came_as) = read_note(&zone.folder, &path);
    let reason = reason.or_else(|| Some("it was found here, and nothing says why".to_owned()));
    let came_as = came_as.unwrap_or_else(|| seen.path.clone());
    IngestFile { path, group: group_of(&came_as), came_as: Some(came_as), reason, ..file }
}

/// Uploads that nobody went on with go to `undone/`, and are known from now on.
pub(crate) fn give_up_uploads(journal: &Journal, zone: &Zone) -> Result<(), LibraryError> {
    let now = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(journal.now().0).unwrap_or(0));
    // Whoever goes on with one touches it first, so that none is claimed that is old enough.
    let moved = match give_up(&zone.folder, &Claims::default(), now, PARTIAL_AGE) {
        Ok(moved) => moved,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            tracing::warn!(zone = zone.name, %error, "uploads that nobody goes on with were not given up");
            return Ok(());
        }
    };
    let mut changes = Vec::new();
    for path in moved {
        let Ok(about) = fs::symlink_metadata(zone.at(&path)) else { continue };
        let below = path.strip_prefix(UNDONE.as_bytes()).and_then(|path| path.strip_prefix(b"/")).unwrap_or(&path);
        let seen = Found { path: below.to_vec(), stamp: FileStamp::of(&about), device: about.dev() };
        changes.push(IngestChange::Add(stray(journal, zone, &seen, path)));
    }
    journal.library.note_ingest(Durability::Relaxed, changes)
}
