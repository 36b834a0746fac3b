//! Originals whose processing failed: kept in `undone/`, beside a note that says why, until a person decides.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tintype_library::model::{IngestFile, IngestState as State};
use tintype_library::{LibraryError, store::Durability};

use crate::fault::{Fault, of_file};
use crate::names::UNDONE;
use crate::places::{move_to, sync};
use crate::unit::Way;
use crate::zone::{Zone, file_name};

/// What the note beside an original says.
#[derive(Serialize)]
struct Note<'n> {
    file: String,
    zone: &'n str,
    error: &'n str,
    failed_at: String,
    first_seen: String,
    attempts: u32,
    got_as_far_as: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha1: Option<String>,
    try_again: String,
}

/// Moves an original out of the way of the others. Where it cannot be moved, it stays, and is left alone all the same.
pub(crate) fn put_aside(way: &Way<'_>, file: &mut IngestFile, reason: &str) -> Result<(), Fault> {
    let (from, path) = (way.zone.at(&file.path), [UNDONE.as_bytes(), b"/", &file.path].concat());
    let note = note(way, file, reason);
    match move_to(&from, &way.zone.folder, &path) {
        Ok(moved) => {
            file.came_as = Some(std::mem::replace(&mut file.path, moved));
            write_note(way.zone, file, &note);
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(Fault::Gone),
        Err(error) => {
            let fault = of_file("moving it to undone", &error);
            // A card that cannot be written to: what it holds stays there.
            let is_fixed = matches!(error.kind(), ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied);
            if !is_fixed {
                return Err(fault);
            }
        }
    }
    way.discard(file);
    file.derivation = None;
    file.reason = Some(reason.to_owned());
    (file.state, file.changed_at) = (State::Undone, way.journal.now());
    Ok(way.journal.keep(file, Durability::Full)?)
}

fn note(way: &Way<'_>, file: &IngestFile, reason: &str) -> String {
    let name = String::from_utf8_lossy(&file.path);
    let note = Note {
        file: name.clone().into_owned(),
        zone: &way.zone.name,
        error: reason,
        failed_at: way.journal.now().to_iso(),
        first_seen: file.first_seen.to_iso(),
        attempts: file.attempts + 1,
        got_as_far_as: file.state.as_str(),
        sha1: file.sha1.map(|sha1| sha1.to_hex()),
        try_again: format!("tintype ingest retry {}/{name}", way.zone.name),
    };
    toml::to_string(&note).unwrap_or_else(|error| format!("# the note could not be written: {error}\n"))
}

/// The original is safe already: a note that cannot be written is told to the log only.
fn write_note(zone: &Zone, file: &IngestFile, note: &str) {
    let path = note_of(zone, file);
    let write = || -> std::io::Result<()> {
        let mut output = fs::File::create(&path)?;
        output.write_all(note.as_bytes())?;
        output.sync_all()?;
        path.parent().map_or(Ok(()), sync)
    };
    if let Err(error) = write() {
        tracing::warn!(path = %path.display(), %error, "the note beside an original was not written");
    }
}

/// `undone/2026/a.jpg.error.toml`.
fn note_of(zone: &Zone, file: &IngestFile) -> PathBuf {
    let mut path = zone.at(&file.path).into_os_string();
    path.push(".error.toml");
    PathBuf::from(path)
}

/// Puts an original back where it came from, to begin anew. Whether it was still there.
pub(crate) fn take_back(zone: &Zone, file: &mut IngestFile) -> Result<bool, RetryError> {
    let failed = |source| RetryError::Move { name: file_name(&file.path), source };
    if let Some(came_as) = &file.came_as {
        let note = note_of(zone, file);
        let moved = match move_to(&zone.at(&file.path), &zone.folder, came_as) {
            Ok(moved) => moved,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(failed(error)),
        };
        file.path = moved;
        file.came_as = None;
        remove_note(&note);
    }
    Ok(true)
}

fn remove_note(note: &Path) {
    if let Err(error) = fs::remove_file(note)
        && error.kind() != ErrorKind::NotFound
    {
        tracing::warn!(path = %note.display(), %error, "the note of an original that is tried again was not removed");
    }
}

/// Why an original could not be tried again.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum RetryError {
    #[error("{name} could not be moved back")]
    Move {
        name: String,
        #[source]
        source: std::io::Error,
    },
    #[error(transparent)]
    Library(#[from] LibraryError),
}
