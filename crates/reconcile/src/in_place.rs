//! Folders whose files stay in place: each file is an asset of an external library, and is only read. What is to be done about
//! one is a function of the folder's row for it and of its asset; rails come after, as everywhere.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use tintype_library::folders::FolderFileChange;
use tintype_library::in_place::absolute;
use tintype_library::model::{DeletedContent, FolderFile, Holding, InPlace};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::Visibility;

use crate::decide::{COVERED, Verdict, found};
use crate::diff::{Photo, Sides};
use crate::file_path::FilePath;
use crate::plan::{Action, Bucket, Kind, day};

/// What deciding needs beside both sides.
#[derive(Debug)]
pub struct InPlaceGround<'a> {
    /// Where the folder is.
    pub root: &'a Path,
    /// Where the library believes the originals to be.
    pub places: &'a [InPlace],
    /// What the owner deleted on purpose.
    pub deleted: &'a [DeletedContent],
    /// How many files may be other ones than they were before a person is asked.
    pub cap: usize,
}

/// What is to be done about each photo, in their order.
pub fn decide(sides: &Sides<'_>, ground: &InPlaceGround<'_>) -> Vec<Verdict> {
    let places: HashMap<AssetId, &InPlace> = ground.places.iter().map(|place| (place.asset, place)).collect();
    let twins = twins(sides);
    let empty = empty_folders(sides, ground.root);
    let unwanted = unwanted(sides, ground.deleted);
    let decide = |photo: &Photo<'_>| match (photo.there.first(), photo.gone.first()) {
        (Some(row), _) => there(row, photo, &places, ground.root, &twins, &unwanted),
        (None, Some(row)) => gone(row, photo, &places, &empty, sides.is_covered(row)),
        (None, None) => Verdict::Nothing,
    };
    let mut verdicts = sides.photos.iter().map(decide).collect();
    ask_about_other_disk(sides, ground.cap, &mut verdicts);
    verdicts
}

/// Many files that are other ones than they were, or nothing that is as it was, may be another disk in the place of the one that
/// was mounted there: cameras give the same names again and again, and an asset would become somebody else's picture.
fn ask_about_other_disk(sides: &Sides<'_>, cap: usize, verdicts: &mut Vec<Verdict>) {
    let known = sides.photos.iter().filter(|photo| photo.asset().is_some()).count();
    // Files that changed places are the same files.
    let rows = sides.photos.iter().flat_map(|photo| photo.there.iter().chain(&photo.gone));
    let contents: HashSet<Sha1> = rows.filter_map(|row| Some(row.indexed?.sha1)).collect();
    let is_changed = |photo: &Photo<'_>| is_other(photo, &contents);
    let changed = sides.photos.iter().filter(|photo| is_changed(photo)).count();
    let gone = sides.photos.iter().filter(|photo| photo.asset().is_some() && photo.there.is_empty()).count();
    let is_nothing_left = changed > 0 && known > 1 && changed + gone == known;
    if changed <= cap && !is_nothing_left {
        return;
    }
    for (photo, verdict) in sides.photos.iter().zip(verdicts) {
        let Verdict::Found(found) = verdict else { continue };
        let is_meant = match found.kind {
            Kind::Index => is_changed(photo),
            Kind::TrashAsset => is_nothing_left,
            _ => false,
        };
        if is_meant && found.bucket != Bucket::Review {
            (found.bucket, found.asks) = (Bucket::Review, true);
            found.reason = format!("{}, as {changed} are: is another disk mounted there?", found.reason);
        }
    }
}

/// Whether a file is there, and is another one than all assets of the folder were.
fn is_other(photo: &Photo<'_>, contents: &HashSet<Sha1>) -> bool {
    let is_other = |row: &&FolderFile| row.indexed.is_some() && !contents.contains(&row.sha1);
    photo.asset().is_some() && photo.there.first().is_some_and(is_other)
}

fn there(
    row: &FolderFile,
    photo: &Photo<'_>,
    places: &HashMap<AssetId, &InPlace>,
    root: &Path,
    twins: &HashMap<i64, String>,
    unwanted: &HashMap<Sha1, String>,
) -> Verdict {
    let Some(path) = absolute_text(root, row) else { return without_text(photo, places, root) };
    if let Some(twin) = twins.get(&row.id) {
        let reason = format!("{twin} differs from it only in capital letters: give one of them another name");
        return found(Bucket::Left, Kind::None, reason);
    }
    let index = |bucket, reason: String| match &row.refused {
        Some(why) => found(Bucket::Refused, Kind::None, why),
        None => found(bucket, Kind::Index, reason),
    };
    let Some(indexed) = row.indexed else {
        return match unwanted.get(&row.sha1) {
            Some(why) => found(Bucket::Left, Kind::None, format!("{why}: it is not indexed, and the file stays")),
            None => index(Bucket::Upload, "new in the folder".to_owned()),
        };
    };
    let Some(asset) = photo.asset() else {
        let reason = "deleted in the library for good: it is not indexed again, and the file stays";
        return found(Bucket::Left, Kind::None, reason);
    };
    let place = places.get(&asset.asset);
    if place.is_some_and(|place| place.is_offline) {
        return index(Bucket::Upload, "the file is there again".to_owned());
    }
    if photo.active.is_empty() {
        let since = asset.deleted_at.map(day).unwrap_or_default();
        return found(Bucket::Left, Kind::None, format!("in the library's trash since {since}; the file stays"));
    }
    if indexed.sha1 != row.sha1 {
        return index(Bucket::Upload, "changed in the folder".to_owned());
    }
    match place {
        Some(place) if place.path != path => index(Bucket::Move, format!("it was {} before", below(root, &place.path))),
        _ => Verdict::Agreed,
    }
}

/// A file that clients could not be told of.
fn without_text(photo: &Photo<'_>, places: &HashMap<AssetId, &InPlace>, root: &Path) -> Verdict {
    let reason = "its name, or that of its folder, is no text: clients could not be told where it is";
    let shown = photo.active.first().and_then(|asset| places.get(&asset.asset));
    match shown {
        // Its asset cannot follow it, and nobody deleted it either.
        Some(place) => {
            let shown = below(root, &place.path);
            let reason = format!(
                "{reason}. Its asset still names {shown}, where it is not any more: give it a name that is text"
            );
            found(Bucket::Review, Kind::None, reason)
        }
        None => found(Bucket::Left, Kind::None, reason),
    }
}

/// Contents that were deleted for good, and of which nothing else is an asset of the folder: a copy is the same photo.
fn unwanted(sides: &Sides<'_>, deleted: &[DeletedContent]) -> HashMap<Sha1, String> {
    let mut unwanted: HashMap<Sha1, String> = deleted
        .iter()
        .map(|content| {
            (content.sha1, format!("deleted in the library by {} on {}", sides.name_of(content.by), day(content.at)))
        })
        .collect();
    for photo in sides.photos.iter().filter(|photo| photo.asset().is_none()) {
        for row in photo.there.iter().chain(&photo.gone).filter(|row| row.indexed.is_some()) {
            let path = FilePath(row.path.clone());
            unwanted
                .entry(row.sha1)
                .or_insert_with(|| format!("{path} was deleted in the library for good, and is the same"));
        }
    }
    for photo in sides.photos.iter().filter(|photo| photo.asset().is_some()) {
        photo.there.iter().chain(&photo.gone).for_each(|row| drop(unwanted.remove(&row.sha1)));
    }
    unwanted
}

fn gone(
    row: &FolderFile,
    photo: &Photo<'_>,
    places: &HashMap<AssetId, &InPlace>,
    empty: &HashSet<&[u8]>,
    is_covered: bool,
) -> Verdict {
    let Some(asset): Option<&Holding> = photo.active.first().copied() else { return Verdict::Nothing };
    let how = if row.replaced_by.is_some() { "another file has its place" } else { "gone from the folder" };
    let reason = format!("{how} since {}", row.absent_since.map(day).unwrap_or_default());
    if places.get(&asset.asset).is_some_and(|place| place.is_offline) {
        let reason = format!("{reason}; somebody took its asset out of the trash, so that stays");
        return found(Bucket::Left, Kind::None, reason);
    }
    if asset.visibility == Visibility::Locked {
        return found(Bucket::Left, Kind::None, format!("{reason}; it is locked away in the library"));
    }
    if empty.contains(parent(&row.path)) {
        let reason = format!("{reason}, and its folder is empty: is something not mounted there?");
        return found(Bucket::Review, Kind::TrashAsset, reason);
    }
    if is_covered {
        return found(Bucket::Review, Kind::TrashAsset, format!("{reason}; {COVERED}"));
    }
    found(Bucket::Trash, Kind::TrashAsset, reason)
}

/// Files that are told from an earlier one of the same folder only by capital letters, and that one's name.
fn twins(sides: &Sides<'_>) -> HashMap<i64, String> {
    let mut first: HashMap<Vec<u8>, &FolderFile> = HashMap::new();
    let mut twins = HashMap::new();
    let mut there: Vec<&FolderFile> = sides.photos.iter().filter_map(|photo| photo.there.first().copied()).collect();
    // Who is an asset already stays one.
    there.sort_by_key(|row| row.indexed.is_none());
    for row in there {
        match first.entry(row.path.to_ascii_lowercase()) {
            std::collections::hash_map::Entry::Occupied(other) => {
                twins.insert(row.id, FilePath(other.get().path.clone()).to_string());
            }
            std::collections::hash_map::Entry::Vacant(slot) => drop(slot.insert(row)),
        }
    }
    twins
}

/// Folders that held photos, and that are not there any more or have nothing in them, where the first one on the way up
/// that is there has nothing at all in it, as places where nothing is mounted have not.
fn empty_folders<'a>(sides: &Sides<'a>, root: &Path) -> HashSet<&'a [u8]> {
    let mut parents: HashSet<&[u8]> = HashSet::new();
    for row in sides.photos.iter().filter_map(|photo| photo.gone.first()) {
        parents.insert(parent(&row.path));
    }
    parents.into_iter().filter(|path| is_empty(path, root)).collect()
}

/// Whether the folder, or the first one above it that is there, has nothing in it. Whether the root has, is asked before
/// anything is planned.
fn is_empty(path: &[u8], root: &Path) -> bool {
    let mut path = path;
    while !path.is_empty() {
        match fs::read_dir(FilePath(path.to_vec()).below(root)) {
            Ok(mut entries) => return entries.next().is_none(),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => path = parent(path),
            Err(_) => return false,
        }
    }
    false
}

fn parent(path: &[u8]) -> &[u8] {
    path.iter().rposition(|byte| *byte == b'/').map_or(&[], |at| &path[..at])
}

fn absolute_text(root: &Path, row: &FolderFile) -> Option<String> {
    Some(absolute(root.to_str()?, str::from_utf8(&row.path).ok()?))
}

fn below<'p>(root: &Path, path: &'p str) -> &'p str {
    let inside = root.to_str().and_then(|root| path.strip_prefix(root));
    inside.map_or(path, |path| path.trim_start_matches('/'))
}

/// What is to be remembered of files before anything is decided: those that are gone and were never an asset are forgotten;
/// and where files changed places in a ring, each asset stays with its place. No order of moves shows every client a library
/// in which no two assets are at one place, so there the assets' contents change instead.
pub fn tidy(rows: &[FolderFile], places: &[InPlace], root: &Path) -> Vec<FolderFileChange> {
    let forgotten = rows.iter().filter(|row| !row.is_present() && row.indexed.is_none());
    let forgotten: Vec<_> = forgotten.map(|row| FolderFileChange::Forget(row.id)).collect();
    let shown: HashMap<AssetId, &str> = places.iter().map(|place| (place.asset, place.path.as_str())).collect();
    // By the place that its asset shows: the row, and the place that it is at now.
    let mut moved: HashMap<&str, (&FolderFile, String)> = HashMap::new();
    for row in rows.iter().filter(|row| row.is_present()) {
        let shown = row.indexed.and_then(|indexed| shown.get(&indexed.asset));
        if let (Some(shown), Some(now)) = (shown, absolute_text(root, row))
            && *shown != now
        {
            moved.insert(shown, (row, now));
        }
    }
    let mut looked_at: HashSet<&str> = HashSet::new();
    let mut ringed = Vec::new();
    for begin in moved.keys().copied() {
        let (mut at, mut ring) = (begin, Vec::new());
        while let Some((row, now)) = moved.get(at).filter(|_| looked_at.insert(at)) {
            let holder = moved.get(now.as_str());
            ring.push(holder.map(|(holder, _)| FolderFile { indexed: holder.indexed, ..(*row).clone() }));
            at = now;
        }
        if at == begin && !ring.is_empty() {
            ringed.extend(ring.into_iter().flatten().map(FolderFileChange::Update));
        }
    }
    forgotten.into_iter().chain(ringed).collect()
}

/// Puts actions into an order in which no asset comes to a place before the one that was there has left it.
pub(crate) fn free_places_first(actions: &mut Vec<Action>, places: &[InPlace], root: &Path) {
    let shown: HashMap<AssetId, &str> = places.iter().map(|place| (place.asset, place.path.as_str())).collect();
    let Some(root) = root.to_str() else { return };
    let mut leaving: HashMap<&str, usize> = HashMap::new();
    for (at, action) in actions.iter().enumerate().filter(|(_, action)| action.kind == Kind::Index) {
        if let Some(shown) = action.asset.and_then(|asset| shown.get(&asset)) {
            leaving.insert(shown, at);
        }
    }
    let comes_to = |at: usize| {
        let path = actions[at].path.as_ref().filter(|_| actions[at].kind == Kind::Index)?;
        Some(absolute(root, str::from_utf8(&path.0).ok()?))
    };
    let (mut order, mut placed) = (Vec::with_capacity(actions.len()), HashSet::new());
    for begin in 0..actions.len() {
        let (mut waiting, mut next) = (Vec::new(), Some(begin));
        while let Some(at) = next.filter(|at| placed.insert(*at)) {
            waiting.push(at);
            next = comes_to(at).and_then(|place| leaving.get(place.as_str()).copied());
        }
        order.extend(waiting.into_iter().rev());
    }
    let mut taken: Vec<Option<Action>> = std::mem::take(actions).into_iter().map(Some).collect();
    actions.extend(order.into_iter().filter_map(|at| taken[at].take()));
}
