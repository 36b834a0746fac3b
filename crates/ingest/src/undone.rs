//! Originals whose processing failed: kept in `undone/`, beside a note that says why, until a person decides.

use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use serde::Serialize;
use sha1::{Digest as _, Sha1 as Hasher};
use tintype_library::model::{IngestFile, IngestState as State};
use tintype_library::{LibraryError, store::Durability};
use tintype_protocol::checksum::Sha1;

use crate::fault::{Fault, of_file};
use crate::names::UNDONE;
use crate::places::{Place, move_within};
use crate::sftp::ZonePath;
use crate::unit::Way;
use crate::zone::{After, Zone, file_name};

/// End of the name of a note beside an original.
pub(crate) const NOTE: &[u8] = b".error.toml";

/// Longest name of a file, in bytes: what Linux's file systems take.
const NAME_BYTES: usize = 255;

/// Of a note, so much is read.
const MAX_NOTE_BYTES: u64 = 1 << 20;

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

/// Moves an original out of the way of the others. In a zone that keeps its files, and where it cannot be moved, it stays,
/// and is left alone all the same.
pub(crate) fn put_aside(way: &Way<'_>, file: &mut IngestFile, reason: &str) -> Result<(), Fault> {
    let path = [UNDONE.as_bytes(), b"/", &file.path].concat();
    let note = note(way, file, reason);
    let moved = match way.zone.after {
        // What stays when it is delivered stays when it is not.
        After::Keep if !file.stamp.is_of(&way.zone.at(&file.path)) => return Err(Fault::Changed),
        After::Keep => Ok(None),
        After::Delete | After::Archive => move_within(&way.zone.folder, &file.path, &path).map(Some),
    };
    match moved {
        Ok(None) => {}
        Ok(Some(moved)) => {
            file.came_as = Some(std::mem::replace(&mut file.path, moved));
            write_note(&way.zone.folder, &file.path, &note);
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
        try_again: format!("tintype ingest retry {}", quoted(&format!("{}/{name}", way.zone.name))),
    };
    toml::to_string(&note).unwrap_or_else(|error| format!("# the note could not be written: {error}\n"))
}

/// What the note beside an upload says that was given up. Which zone it is in is not known where that is done.
#[derive(Serialize)]
struct UploadNote {
    file: String,
    error: &'static str,
    try_again: String,
}

/// Writes a note beside an upload that broke off, and was to become the file `came_as`.
pub(crate) fn note_upload(zone: &Path, lies: &[u8], came_as: &[u8]) {
    let file = String::from_utf8_lossy(came_as).into_owned();
    let try_again = format!("tintype ingest retry --matching {}", quoted(&file));
    let error = "its upload broke off, and nobody went on with it for seven days";
    match toml::to_string(&UploadNote { file, error, try_again }) {
        Ok(note) => write_note(zone, lies, &note),
        Err(error) => tracing::warn!(%error, "the note beside an upload was not written"),
    }
}

/// What the note beside an original says: the error, and where it came from.
pub(crate) fn read_note(zone: &Path, lies: &[u8]) -> (Option<String>, Option<Vec<u8>>) {
    let note = || -> Option<toml::Table> {
        let file = Place::of(zone, &note_of(lies)).and_then(|place| place.open()).ok()?;
        let mut text = String::new();
        file.take(MAX_NOTE_BYTES).read_to_string(&mut text).ok()?;
        text.parse().ok()
    };
    let note = note().unwrap_or_default();
    let said = |key: &str| Some(note.get(key)?.as_str()?.to_owned());
    // Anybody may have written it, and what is no UTF-8 was not written as it is.
    let is_place = |path: &ZonePath| !path.is_in_own_folder() && !path.names().is_empty();
    let came_as = said("file").filter(|file| !file.contains(char::REPLACEMENT_CHARACTER));
    let came_as = came_as.and_then(|file| ZonePath::resolve(file.as_bytes()).ok()).filter(is_place);
    (said("error"), came_as.map(|path| path.names().join(&b'/')))
}

/// As a shell takes it for one word. Letters that no terminal shows are left to whoever types it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '+' | '@' | '%' | ',');
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// The original is safe already: a note that cannot be written is told to the log only.
fn write_note(zone: &Path, path: &[u8], note: &str) {
    let path = note_of(path);
    let write = || -> std::io::Result<()> {
        let place = Place::of(zone, &path)?;
        let mut output = match place.create() {
            // One of an original that is not there any more, as this one got its name.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => place.remove().and_then(|()| place.create())?,
            created => created?,
        };
        output.write_all(note.as_bytes())?;
        output.sync_all()?;
        place.sync()
    };
    if let Err(error) = write() {
        tracing::warn!(path = %String::from_utf8_lossy(&path), %error, "the note beside an original was not written");
    }
}

/// `undone/2026/a.jpg.error.toml`. A name that leaves no room for that is cut, with a part of its digest instead.
fn note_of(path: &[u8]) -> Vec<u8> {
    let begin = path.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    let (folder, name) = path.split_at(begin);
    if name.len() + NOTE.len() <= NAME_BYTES {
        return [path, NOTE].concat();
    }
    let digest = Sha1(Hasher::digest(name).into()).to_hex();
    let digest = &digest.as_bytes()[..8];
    let mut kept = NAME_BYTES - NOTE.len() - digest.len() - 1;
    // Not inside of a letter.
    while kept > 0 && name[kept] & 0xc0 == 0x80 {
        kept -= 1;
    }
    [folder, &name[..kept], b"~", digest, NOTE].concat()
}

/// Puts an original back where it came from, to begin anew. Whether it was still there.
pub(crate) fn take_back(zone: &Zone, file: &mut IngestFile) -> Result<bool, RetryError> {
    let failed = |source| RetryError::Move { name: file_name(&file.path), source };
    if let Some(came_as) = &file.came_as {
        let note = note_of(&file.path);
        let moved = match move_within(&zone.folder, &file.path, came_as) {
            Ok(moved) => moved,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(failed(error)),
        };
        file.path = moved;
        file.came_as = None;
        remove_note(zone, &note);
    }
    Ok(true)
}

fn remove_note(zone: &Zone, note: &[u8]) {
    if let Err(error) = Place::of(&zone.folder, note).and_then(|place| place.remove())
        && error.kind() != ErrorKind::NotFound
    {
        tracing::warn!(path = %String::from_utf8_lossy(note), %error, "the note of an original that is tried again was not removed");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_room_for_its_note() {
        assert_eq!(note_of(b"undone/2026/a.jpg"), b"undone/2026/a.jpg.error.toml");
        let long = |letter: &str| format!("undone/{}{letter}.jpg", "\u{e9}".repeat(125)).into_bytes();
        let (one, other) = (note_of(&long("a")), note_of(&long("b")));
        assert_ne!(one, other);
        for note in [one, other] {
            let text = String::from_utf8(note).expect("no letter is cut");
            let name = text.strip_prefix("undone/").expect("its folder");
            assert!(name.len() <= NAME_BYTES && name.ends_with(".error.toml"), "{name}");
        }
    }

    #[test]
    fn what_is_to_be_typed_is_one_word() {
        assert_eq!(quoted("phone/2026/a-1.jpg"), "phone/2026/a-1.jpg");
        assert_eq!(quoted("phone/a; touch b #.txt"), "'phone/a; touch b #.txt'");
        assert_eq!(quoted("phone/it's"), "'phone/it'\\''s'");
    }
}
