//! Looking through a folder: what is there now, read where it is not known, and written down.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use tintype_library::folders::FolderFileChange;
use tintype_library::model::{Folder, FolderFile, FolderPolicy};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::time::Timestamp;

use super::{Engine, Listener, Progress};
use crate::error::ReconcileError;
use crate::hashing::hash_all;
use crate::matching::{Content, Look, is_settling, resolve, unread};
use crate::mounts::check_mounted;
use crate::scan::{Seen, is_excluded, scan};
use crate::settings::FolderSettings;

/// Read files that are written down together.
const HASHED_BATCH: usize = 500;
/// Problems that a plan names.
const PROBLEMS_SHOWN: usize = 20;

/// What was read of files, by their paths.
type Contents = HashMap<Vec<u8>, Content>;

/// What a look through a folder found.
pub(super) struct LookedThrough {
    pub(super) rows: Vec<FolderFile>,
    pub(super) left_out: HashSet<Sha1>,
    pub(super) problems: Vec<String>,
}

impl Engine<'_> {
    /// What the folder holds now, written down; and what could not be looked at.
    pub(super) fn look_through(
        &self,
        folder: &Folder,
        root: &Path,
        settings: &FolderSettings,
        now: Timestamp,
        tell: &mut Listener<'_>,
    ) -> Result<LookedThrough, ReconcileError> {
        let exclude = settings.exclusions();
        let found = scan(root, &exclude);
        let found = found.map_err(|source| ReconcileError::Unreachable { path: root.to_owned(), source })?;
        let mut known = self.library.folder_files(folder.id)?;
        let left_out: Vec<_> = known.extract_if(.., |row| is_excluded(&row.path, &exclude)).collect();
        self.library.note_folder_files(left_out.iter().filter_map(leave_out).collect())?;
        let left_out = left_out.iter().map(|row| row.sha1).collect();
        let mut problems = Vec::new();
        check_readable(root, &known, found.errors, &mut problems)?;
        let places: HashSet<&[u8]> =
            known.iter().filter(|row| row.is_present()).map(|row| row.path.as_slice()).collect();
        let seen: Vec<Seen> =
            found.files.into_iter().filter(|file| file.is_media || places.contains(file.path.as_slice())).collect();
        let known_before = places.len();
        if seen.is_empty() && known_before > 0 {
            return Err(ReconcileError::SuddenlyEmpty { path: root.to_owned(), files: known_before });
        }
        let (known, contents) =
            self.read_contents((folder.id, settings), root, known, &seen, now, (&mut problems, tell))?;
        let look = Look { folder: folder.id, before: folder.scanned_at, now };
        let changes = resolve(&known, &seen, &contents, look);
        if folder.marker.is_none() && folder.policy == FolderPolicy::Index {
            check_any_left(root, known_before, &changes, now)?;
        }
        check_mounted(root, &known, &changes, now)?;
        let rows = without(self.keep(folder.id, known, changes)?, settings);
        if let Some(current) = self.library.reconciled_folder(folder.id)? {
            self.library.update_reconciled_folder(&Folder { scanned_at: Some(now), ..current })?;
        }
        Ok(LookedThrough { rows, left_out, problems })
    }

    /// Reads files whose content is not known. What is new is written down in between: a long first look that is
    /// interrupted does not begin anew. What is known then, and what was read.
    fn read_contents(
        &self,
        (folder, settings): (i64, &FolderSettings),
        root: &Path,
        known: Vec<FolderFile>,
        seen: &[Seen],
        now: Timestamp,
        (problems, tell): (&mut Vec<String>, &mut Listener<'_>),
    ) -> Result<(Vec<FolderFile>, Contents), ReconcileError> {
        let (settling, to_read): (Vec<_>, Vec<_>) =
            unread(&known, seen).into_iter().partition(|file| is_settling(file, now));
        if !settling.is_empty() {
            problems.push(format!("{} files may still be growing: they are looked at the next time", settling.len()));
        }
        let mut contents: Contents = settling.into_iter().map(|file| (file.path, Content::Unknown)).collect();
        let bytes = to_read.iter().map(|file| file.stamp.size_bytes).sum();
        let mut goes_on = to_read.is_empty() || tell(Progress::ToRead { files: to_read.len() as u64, bytes });
        let is_first = known.is_empty();
        let (mut batch, mut done, mut failure) = (Vec::new(), 0, None);
        hash_all(root, &to_read, self.threads, |at, outcome| {
            let file = &to_read[at];
            match outcome {
                Ok(sha1) => {
                    contents.insert(file.path.clone(), Content::Is(sha1));
                    if is_first {
                        batch.push((file.clone(), sha1));
                    }
                }
                Err(error) => {
                    contents.insert(file.path.clone(), Content::Unknown);
                    name_problem(problems, &PathBuf::from(OsStr::from_bytes(&file.path)), &error);
                }
            }
            if batch.len() >= HASHED_BATCH {
                failure = self.keep_first(folder, &mut batch, now).err();
            }
            done += 1;
            goes_on = goes_on && tell(Progress::Read { files: done });
            goes_on && failure.is_none()
        });
        self.keep_first(folder, &mut batch, now)?;
        match failure {
            Some(error) => return Err(error),
            None if !goes_on => return Err(ReconcileError::Interrupted),
            None => {}
        }
        // What is left out is known as well, and none of this look's business.
        let known = if is_first { without(self.library.folder_files(folder)?, settings) } else { known };
        Ok((known, contents))
    }

    fn keep_first(&self, folder: i64, batch: &mut Vec<(Seen, Sha1)>, now: Timestamp) -> Result<(), ReconcileError> {
        let contents = batch.iter().map(|(file, sha1)| (file.path.clone(), Content::Is(*sha1))).collect();
        let seen: Vec<Seen> = batch.drain(..).map(|(file, _)| file).collect();
        let look = Look { folder, before: None, now };
        Ok(self.library.note_folder_files(resolve(&[], &seen, &contents, look))?)
    }
}

/// What becomes of a file that is left out from now on: it stays known, so that it does not come down a second time; that both
/// sides had it does not, so that nothing follows from its absence when it is looked at again. Files in place stay the assets
/// that they are.
fn leave_out(row: &FolderFile) -> Option<FolderFileChange> {
    match row {
        row if row.indexed.is_some() || row.agreed_since.is_none() => None,
        row => {
            let anew = FolderFile { agreed_since: None, held_last: None, unheld_since: None, ..row.clone() };
            Some(FolderFileChange::Update(anew))
        }
    }
}

/// Those that are not left out.
pub(super) fn without(mut rows: Vec<FolderFile>, settings: &FolderSettings) -> Vec<FolderFile> {
    let exclude = settings.exclusions();
    rows.retain(|row| !is_excluded(&row.path, &exclude));
    rows
}

/// Without a mark, a disk on which nothing of what was known is there is taken for another one.
fn check_any_left(
    root: &Path,
    known: usize,
    changes: &[FolderFileChange],
    now: Timestamp,
) -> Result<(), ReconcileError> {
    let is_gone =
        |change: &&FolderFileChange| matches!(change, FolderFileChange::Update(row) if row.absent_since == Some(now));
    match changes.iter().filter(is_gone).count() {
        gone if gone > 0 && gone == known => Err(ReconcileError::AllGone { path: root.to_owned(), files: known }),
        _ => Ok(()),
    }
}

/// What lies where nobody can look is not gone.
fn check_readable(
    root: &Path,
    known: &[FolderFile],
    errors: Vec<(PathBuf, io::Error)>,
    problems: &mut Vec<String>,
) -> Result<(), ReconcileError> {
    for (path, source) in errors {
        let is_below = |row: &&FolderFile| Path::new(OsStr::from_bytes(&row.path)).starts_with(&path);
        if known.iter().filter(|row| row.is_present()).any(|row| is_below(&row)) {
            return Err(ReconcileError::Unreadable { folder: root.to_owned(), path, source });
        }
        name_problem(problems, &path, &source);
    }
    Ok(())
}

fn name_problem(problems: &mut Vec<String>, path: &Path, error: &io::Error) {
    match problems.len() {
        length if length < PROBLEMS_SHOWN => problems.push(format!("{}: {error}", path.display())),
        PROBLEMS_SHOWN => problems.push("and more, which the log names".to_owned()),
        _ => {}
    }
    tracing::warn!(path = %path.display(), error = error as &dyn std::error::Error, "a file was not looked at");
}
