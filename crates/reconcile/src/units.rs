//! What belongs together goes together: the files of one name in one folder (live photos, raw data beside a JPEG), the motion
//! part of a still, the assets of a stack. Where only a part of them would go, a person is asked.

use std::collections::{HashMap, HashSet};

use tintype_protocol::model::Visibility;

use crate::decide::Verdict;
use crate::diff::{Photo, Sides};
use crate::file_path::stem_end;
use crate::plan::{Bucket, Kind};

/// Sets that can be joined.
struct Sets(Vec<usize>);

impl Sets {
    fn root(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[b] = a;
    }
}

/// Which photos belong together: for each, by which one its unit is known. Nothing where nothing goes: it takes a moment.
#[derive(Debug)]
pub(crate) struct Units(Option<Vec<usize>>);

impl Units {
    /// Of what becomes of each photo.
    pub(crate) fn of(sides: &Sides<'_>, verdicts: &[Verdict]) -> Self {
        let is_any = verdicts.iter().any(|verdict| matches!(verdict, Verdict::Found(found) if found.kind.is_delete()));
        Self(is_any.then(|| {
            let mut sets = joined(sides);
            (0..sides.photos.len()).map(|at| sets.root(at)).collect()
        }))
    }

    /// The unit of a photo.
    pub(crate) fn unit(&self, photo: usize) -> usize {
        self.0.as_ref().map_or(photo, |units| units[photo])
    }
}

/// Holds deletes back of which something stays that belongs to them.
pub(crate) fn hold_together(sides: &Sides<'_>, units: &Units, verdicts: &mut [Verdict]) {
    if !verdicts.iter().any(|verdict| goes(verdict).is_some()) {
        return;
    }
    let mut members: HashMap<usize, Vec<usize>> = HashMap::new();
    for at in 0..sides.photos.len() {
        members.entry(units.unit(at)).or_default().push(at);
    }
    for unit in members.values().filter(|unit| unit.len() > 1) {
        for kind in [Kind::TrashAsset, Kind::TrashFile] {
            if !unit.iter().any(|at| goes(&verdicts[*at]) == Some(kind)) {
                continue;
            }
            let stays = unit.iter().find(|at| stays(&sides.photos[**at], &verdicts[**at], kind));
            let Some(stays) = stays.map(|at| name_of(&sides.photos[*at])) else { continue };
            for at in unit {
                hold(&mut verdicts[*at], kind, &stays);
            }
        }
    }
}

fn goes(verdict: &Verdict) -> Option<Kind> {
    match verdict {
        Verdict::Found(found) if found.bucket == Bucket::Trash => Some(found.kind),
        _ => None,
    }
}

/// Whether a member stays where it is while another one of its unit goes by `kind`.
fn stays(photo: &Photo<'_>, verdict: &Verdict, kind: Kind) -> bool {
    match kind {
        _ if goes(verdict) == Some(kind) => false,
        // A motion part has no file of its own where the still's app keeps both in one; it goes with its still.
        Kind::TrashAsset => {
            photo.active.iter().any(|asset| asset.visibility != Visibility::Hidden) || !photo.there.is_empty()
        }
        _ => !photo.there.is_empty(),
    }
}

fn hold(verdict: &mut Verdict, kind: Kind, stays: &str) {
    if goes(verdict) == Some(kind)
        && let Verdict::Found(found) = verdict
    {
        found.bucket = Bucket::Review;
        found.asks = true;
        found.reason = format!("{}; {stays} belongs to it, and stays", found.reason);
    }
}

fn name_of(photo: &Photo<'_>) -> String {
    let path = photo.there.first().or(photo.gone.first()).map(|row| String::from_utf8_lossy(&row.path).into_owned());
    path.or_else(|| photo.asset().map(|asset| asset.name.clone())).unwrap_or_default()
}

fn joined(sides: &Sides<'_>) -> Sets {
    let mut sets = Sets((0..sides.photos.len()).collect());
    let (mut stems, mut stacks) = (HashMap::new(), HashMap::new());
    let there = sides.photos.iter().flat_map(|photo| &photo.there);
    let there: HashSet<&[u8]> = there.map(|row| row.path.as_slice()).collect();
    for (at, photo) in sides.photos.iter().enumerate() {
        // What took the place of a file does not belong to it.
        let gone = photo.gone.iter().filter(|row| !there.contains(row.path.as_slice()));
        for row in photo.there.iter().chain(gone) {
            let other = *stems.entry(stem(&row.path)).or_insert(at);
            sets.join(other, at);
        }
        for asset in photo.active.iter().chain(&photo.trashed) {
            if let Some(stack) = asset.stack {
                let other = *stacks.entry(stack).or_insert(at);
                sets.join(other, at);
            }
            if let Some(motion) = asset.motion.and_then(|motion| sides.photo_of_asset.get(&motion)) {
                sets.join(*motion, at);
            }
        }
    }
    sets
}

/// The folder and the name up to its last dot, without case.
pub(crate) fn stem(path: &[u8]) -> Vec<u8> {
    let start = path.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    [&path[..start], &path[start..stem_end(path)].to_ascii_lowercase()].concat()
}
