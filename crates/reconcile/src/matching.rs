//! What became of the files that were known: which are the same, which were moved or renamed, which came, changed or went. A
//! function of what is known, what is seen and what was read.

use std::collections::{HashMap, HashSet};

use tintype_library::folders::FolderFileChange;
use tintype_library::model::{FileStamp, FolderFile};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::time::Timestamp;

use crate::scan::Seen;

/// A file that was written this shortly before may still be growing, in nanoseconds.
const SETTLE_NS: i64 = 5_000_000_000;

/// What was read of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// All of it.
    Is(Sha1),
    /// It could not be read, or somebody writes to it: what is known of it holds until it is.
    Unknown,
}

/// What a look through a folder is compared with.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// The folder.
    pub folder: i64,
    /// When the folder was looked through before.
    pub before: Option<Timestamp>,
    /// When it is looked through now.
    pub now: Timestamp,
}

/// Whether a file may still be growing. A clock that was set back makes nothing wait.
pub fn is_settling(seen: &Seen, now: Timestamp) -> bool {
    let age = i128::from(now.0) * 1_000_000 - i128::from(seen.stamp.modified_ns);
    (0..i128::from(SETTLE_NS)).contains(&age)
}

/// Whether something cannot have been missed `since` then: the clock was ahead, or it was behind, as it was there `last` after that.
pub(crate) fn is_wrong(last: Option<Timestamp>, since: Timestamp, now: Timestamp) -> bool {
    since > now || last.is_some_and(|last| since < last && last <= now)
}

/// The latest time at which a file is known to have been there. A clock that was behind in the look before says too little.
fn last_known(row: &FolderFile, before: Option<Timestamp>) -> Timestamp {
    [before, row.agreed_since].into_iter().flatten().fold(row.first_seen, Timestamp::max)
}

/// Files whose content is not known: those that are new or look otherwise than before, unless they were only moved.
pub fn unread(known: &[FolderFile], seen: &[Seen]) -> Vec<Seen> {
    let at = present(known);
    let places: HashMap<&[u8], FileStamp> = seen.iter().map(|file| (file.path.as_slice(), file.stamp)).collect();
    let mut movable = movable(known, &places);
    let is_new = |file: &&Seen| match at.get(file.path.as_slice()) {
        Some(row) if row.stamp == file.stamp => false,
        _ => take(&mut movable, file).is_none(),
    };
    sorted(seen).into_iter().filter(is_new).cloned().collect()
}

/// What is to be remembered from now on, in the order in which it has to be written down. `contents` is what was read of the
/// [unread] files.
pub fn resolve(
    known: &[FolderFile],
    seen: &[Seen],
    contents: &HashMap<Vec<u8>, Content>,
    look: Look,
) -> Vec<FolderFileChange> {
    let at = present(known);
    let places: HashMap<&[u8], FileStamp> = seen.iter().map(|file| (file.path.as_slice(), file.stamp)).collect();
    let mut movable = movable(known, &places);
    let mut outcome = Outcome::default();
    let mut others = Vec::new();
    // What was only moved is known before contents are looked at: a row is one file's.
    for file in sorted(seen) {
        match at.get(file.path.as_slice()) {
            Some(row) if row.stamp == file.stamp && row.mounts == file.mounts => outcome.keep(row),
            Some(row) if row.stamp == file.stamp => outcome.touch(row, file),
            _ => match take(&mut movable, file) {
                Some(row) => outcome.rest(row, file),
                None => others.push(file),
            },
        }
    }
    let (mut fresh, mut unread) = (Vec::new(), HashSet::new());
    for file in others {
        let row = at.get(file.path.as_slice()).filter(|row| !outcome.kept.contains(&row.id));
        match (contents.get(&file.path), row) {
            (Some(Content::Is(sha1)), Some(row)) if row.sha1 == *sha1 => outcome.touch(row, file),
            (Some(Content::Is(sha1)), _) => fresh.push((file, *sha1)),
            (_, Some(row)) => outcome.keep(row),
            (_, None) => drop(unread.insert(kept_by_copies(file.stamp))),
        }
    }
    let gone = at.values().copied().filter(|row| !outcome.kept.contains(&row.id));
    let (mut gone, mut lost) = (by_content(gone), by_content(known.iter().filter(|row| !row.is_present())));
    let mut unmoved = Vec::new();
    for (file, sha1) in &fresh {
        match gone.get_mut(sha1).and_then(Vec::pop) {
            Some(row) => outcome.rest(row, file),
            None => unmoved.push((file, sha1)),
        }
    }
    for (file, sha1) in unmoved {
        // A file that stays in place is an asset whatever its content becomes.
        let in_place = at.get(file.path.as_slice()).filter(|row| row.indexed.is_some());
        if let Some(row) = in_place.filter(|row| !outcome.kept.contains(&row.id)) {
            outcome.change(row, file, *sha1);
        } else if let Some(row) = lost.get_mut(sha1).and_then(Vec::pop) {
            outcome.come_back(row, file, look.now);
        } else {
            outcome.come(look.folder, file, *sha1, look.now);
        }
    }
    let (mut gone, lost) = (in_order(gone), in_order(lost));
    // What could not be read may be one of them, elsewhere.
    gone.retain(|row| !outcome.kept.contains(&row.id) && !unread.contains(&kept_by_copies(row.stamp)));
    outcome.note_gone(&gone, &lost, &fresh, look);
    outcome.into_changes()
}

/// In the order of their paths.
fn sorted(seen: &[Seen]) -> Vec<&Seen> {
    let mut sorted: Vec<&Seen> = seen.iter().collect();
    sorted.sort_by(|a, b| a.path.cmp(&b.path));
    sorted
}

fn by_content<'a>(rows: impl Iterator<Item = &'a FolderFile>) -> HashMap<Sha1, Vec<&'a FolderFile>> {
    let mut found: HashMap<Sha1, Vec<&FolderFile>> = HashMap::new();
    rows.for_each(|row| found.entry(row.sha1).or_default().push(row));
    found.values_mut().for_each(|rows| rows.sort_by(|a, b| a.path.cmp(&b.path)));
    found
}

fn in_order(rows: HashMap<Sha1, Vec<&FolderFile>>) -> Vec<&FolderFile> {
    let mut rows: Vec<&FolderFile> = rows.into_values().flatten().collect();
    rows.sort_by(|a, b| (&a.path, a.id).cmp(&(&b.path, b.id)));
    rows
}

/// Rows of files that are there, by their places.
fn present(known: &[FolderFile]) -> HashMap<&[u8], &FolderFile> {
    known.iter().filter(|row| row.is_present()).map(|row| (row.path.as_slice(), row)).collect()
}

type Movable<'a> = HashMap<(u64, u64, i64), Vec<&'a FolderFile>>;

fn key(stamp: FileStamp) -> (u64, u64, i64) {
    (stamp.inode, stamp.size_bytes, stamp.modified_ns)
}

/// Rows of files that are not at their places any more, by what a file keeps when it is renamed. Where a file of the same size and
/// date is at a row's place, it is rather the same with another inode: some file systems give out new ones with each mount, and
/// by them, one file would be taken for another.
fn movable<'a>(known: &'a [FolderFile], places: &HashMap<&[u8], FileStamp>) -> Movable<'a> {
    let is_alike = |row: &FolderFile, at: &FileStamp| kept_by_copies(*at) == kept_by_copies(row.stamp);
    let is_away = |row: &&FolderFile| !places.get(row.path.as_slice()).is_some_and(|at| is_alike(row, at));
    let mut movable = Movable::new();
    for row in known.iter().filter(|row| row.is_present()).filter(is_away) {
        movable.entry(key(row.stamp)).or_default().push(row);
    }
    movable
}

/// What a file keeps wherever it is copied to: its size and date.
fn kept_by_copies(stamp: FileStamp) -> (u64, i64) {
    (stamp.size_bytes, stamp.modified_ns)
}

fn take<'a>(movable: &mut Movable<'a>, file: &Seen) -> Option<&'a FolderFile> {
    movable.get_mut(&key(file.stamp))?.pop()
}

#[derive(Default)]
struct Outcome {
    /// Rows that are accounted for.
    kept: HashSet<i64>,
    /// Contents that are there.
    there: HashSet<Sha1>,
    forgotten: Vec<i64>,
    updated: Vec<FolderFile>,
    added: Vec<FolderFile>,
}

impl Outcome {
    /// It is where it was.
    fn keep(&mut self, row: &FolderFile) {
        self.kept.insert(row.id);
        self.there.insert(row.sha1);
    }

    /// It only looks otherwise, or another disk is there. What was refused is tried again once it looks otherwise.
    fn touch(&mut self, row: &FolderFile, file: &Seen) {
        self.keep(row);
        let refused = row.refused.clone().filter(|_| row.stamp == file.stamp);
        self.updated.push(FolderFile { stamp: file.stamp, mounts: file.mounts, refused, ..row.clone() });
    }

    /// Other bytes lie in its place.
    fn change(&mut self, row: &FolderFile, file: &Seen, sha1: Sha1) {
        self.kept.insert(row.id);
        self.there.insert(sha1);
        let mounts = file.mounts;
        self.updated.push(FolderFile { stamp: file.stamp, sha1, mounts, refused: None, ..row.clone() });
    }

    /// It lies somewhere else now. Rows are written anew: two files may have changed places.
    fn rest(&mut self, row: &FolderFile, file: &Seen) {
        self.keep(row);
        self.forgotten.push(row.id);
        let (path, mounts) = (file.path.clone(), file.mounts);
        self.added.push(FolderFile { path, stamp: file.stamp, mounts, refused: None, ..row.clone() });
    }

    /// It was gone, and is there again: as if it had never been there before, but for the asset that it is.
    fn come_back(&mut self, row: &FolderFile, file: &Seen, now: Timestamp) {
        self.forgotten.push(row.id);
        self.come(row.folder, file, row.sha1, now);
        if let Some(added) = self.added.last_mut() {
            added.indexed = row.indexed;
        }
    }

    fn come(&mut self, folder: i64, file: &Seen, sha1: Sha1, now: Timestamp) {
        self.there.insert(sha1);
        let seen = FolderFile::seen(folder, file.path.clone(), file.stamp, sha1, now);
        self.added.push(FolderFile { mounts: file.mounts, ..seen });
    }

    /// Of a content that is still there, nothing is gone, unless each file is an asset of its own. The first look that misses a file is the one that counts.
    fn note_gone(&mut self, gone: &[&FolderFile], lost: &[&FolderFile], fresh: &[(&Seen, Sha1)], look: Look) {
        let mut instead: HashMap<Vec<u8>, Sha1> = fresh.iter().map(|(file, sha1)| (file.path.clone(), *sha1)).collect();
        // A file that was known may have been moved over it.
        instead.extend(self.added.iter().map(|row| (row.path.clone(), row.sha1)));
        for row in gone {
            if self.there.contains(&row.sha1) && row.indexed.is_none() {
                self.forgotten.push(row.id);
                continue;
            }
            self.updated.push(FolderFile {
                last_seen: Some(last_known(row, look.before)),
                absent_since: Some(look.now),
                replaced_by: instead.get(&row.path).copied(),
                ..(*row).clone()
            });
        }
        let is_elsewhere = |row: &FolderFile| self.there.contains(&row.sha1) && row.indexed.is_none();
        let (elsewhere, lost): (Vec<&FolderFile>, Vec<&FolderFile>) = lost.iter().partition(|row| is_elsewhere(row));
        self.forgotten.extend(elsewhere.into_iter().map(|row| row.id));
        for row in lost {
            // A clock that was wrong has said when: the time begins anew.
            if row.absent_since.is_some_and(|since| is_wrong(row.last_seen, since, look.now)) {
                self.updated.push(FolderFile { absent_since: Some(look.now), ..row.clone() });
            }
        }
    }

    fn into_changes(self) -> Vec<FolderFileChange> {
        let forgotten = self.forgotten.into_iter().map(FolderFileChange::Forget);
        let updated = self.updated.into_iter().map(FolderFileChange::Update);
        let added = self.added.into_iter().map(FolderFileChange::Add);
        forgotten.chain(updated).chain(added).collect()
    }
}

#[cfg(test)]
mod tests;
