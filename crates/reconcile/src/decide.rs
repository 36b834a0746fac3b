//! What is to be done about one photo by the folder's policy. A function of what the photo is on both sides; rails come after.

use tintype_library::model::{FolderPolicy, Holding};
use tintype_protocol::model::Visibility;
use tintype_protocol::time::Timestamp;

use crate::diff::{Photo, Sides};
use crate::file_path::FilePath;
use crate::plan::{Bucket, Kind, day};
use crate::tree::Tree;

/// Why a person is asked about a file that is gone from where a disk is mounted now.
pub(crate) const COVERED: &str = "another disk is mounted where it was, and may cover it";

/// What became clear about a photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Both sides have it.
    Agreed,
    /// Nobody is interested.
    Nothing,
    /// There is something to do, or to know.
    Found(Found),
}

/// Something to do, or to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// In which heap it is.
    pub bucket: Bucket,
    /// What is done.
    pub kind: Kind,
    /// Whether a person has to say yes whatever the strictness.
    pub asks: bool,
    /// Why, in words.
    pub reason: String,
    /// Where a file goes.
    pub to: Option<FilePath>,
}

/// What a library knows of a photo's life.
enum Life<'a> {
    Active(&'a Holding),
    /// Deleted then; in words, by whom.
    Deleted(Timestamp, String),
    /// It had it, and does not know that anybody deleted it.
    Lost,
    Never,
}

/// Decides.
#[derive(Debug)]
pub struct Decider<'a, 's> {
    /// The policy.
    pub policy: FolderPolicy,
    /// Both sides.
    pub sides: &'a Sides<'s>,
    /// Where photos that come down are put.
    pub tree: Option<&'a Tree>,
}

pub(crate) fn found(bucket: Bucket, kind: Kind, reason: impl Into<String>) -> Verdict {
    let asks = matches!(bucket, Bucket::Review | Bucket::Conflict | Bucket::Unexplained) && kind != Kind::None;
    Verdict::Found(Found { bucket, kind, asks, reason: reason.into(), to: None })
}

impl Decider<'_, '_> {
    /// What is to be done about a photo.
    pub fn decide(&self, photo: &Photo<'_>) -> Verdict {
        match (self.life(photo), photo.there.first(), photo.gone.first()) {
            (Life::Active(asset), Some(_), _) => self.both(photo, asset),
            (Life::Active(asset), None, Some(_)) => self.gone_here(photo, asset),
            (Life::Active(asset), None, None) => self.only_there(asset),
            (Life::Deleted(at, how), Some(_), _) => self.deleted_there(photo, at, &how),
            (Life::Lost, Some(row), _) => {
                let since = row.held_last.or(row.agreed_since).map(day).unwrap_or_default();
                let kind = if self.uploads() { Kind::Upload } else { Kind::None };
                found(Bucket::Unexplained, kind, format!("the library had it until {since}, and nobody deleted it"))
            }
            (Life::Never, Some(row), _) if self.uploads() => match &row.refused {
                Some(why) => found(Bucket::Refused, Kind::None, why),
                None => found(Bucket::Upload, Kind::Upload, "new in the folder"),
            },
            (Life::Never, Some(_), _) => {
                found(Bucket::Left, Kind::None, "only in the folder, and this policy takes nothing from there")
            }
            (Life::Lost, None, Some(row)) => {
                let since = row.absent_since.map(day).unwrap_or_default();
                let reason = format!("gone from the folder since {since}, and the library lost it without a delete");
                found(Bucket::Unexplained, Kind::None, reason)
            }
            (Life::Deleted(..) | Life::Never, None, _) | (Life::Lost, None, None) => Verdict::Nothing,
        }
    }

    fn life<'p>(&self, photo: &Photo<'p>) -> Life<'p> {
        if let Some(still) =
            photo.still.filter(|_| photo.active.iter().all(|asset| asset.visibility == Visibility::Hidden))
        {
            let at = still.deleted_at.unwrap_or_default();
            return Life::Deleted(
                at,
                format!("{}, whose motion it is, is in the library's trash since {}", still.name, day(at)),
            );
        }
        if let Some(asset) = photo.active.first() {
            return Life::Active(asset);
        }
        if let Some(asset) = photo.trashed.first() {
            let at = asset.deleted_at.unwrap_or_default();
            return Life::Deleted(at, format!("in the library's trash since {}", day(at)));
        }
        if let Some(deleted) = photo.deleted {
            let (at, by) = (deleted.at, self.sides.name_of(deleted.by));
            return Life::Deleted(at, format!("deleted in the library by {by} on {}", day(at)));
        }
        if photo.was_agreed() { Life::Lost } else { Life::Never }
    }

    fn uploads(&self) -> bool {
        matches!(self.policy, FolderPolicy::Backup | FolderPolicy::TwoWay | FolderPolicy::Audit)
    }

    fn both(&self, photo: &Photo<'_>, asset: &Holding) -> Verdict {
        let was_put = photo.there.iter().any(|row| row.placed.is_some());
        if self.policy == FolderPolicy::Mirror && was_put && !self.sides.is_in_scope(asset.asset) {
            return found(Bucket::Review, Kind::TrashFile, "not in the folder's album any more");
        }
        self.misplaced(photo, asset).unwrap_or(Verdict::Agreed)
    }

    /// What was put into the folder, and what nobody has moved since, follows the date of its asset.
    fn misplaced(&self, photo: &Photo<'_>, asset: &Holding) -> Option<Verdict> {
        let follows = matches!(self.policy, FolderPolicy::Mirror | FolderPolicy::Download);
        let [row] = photo.there.as_slice() else { return None };
        if !follows || row.placed.as_ref() != Some(&row.path) || asset.visibility == Visibility::Hidden {
            return None;
        }
        let path = FilePath(row.path.clone());
        let place = FilePath(self.tree?.place(&path.name(), asset.local_date_time, 0));
        if place.parent() == path.parent() {
            return None;
        }
        let reason = "its date in the library is another one now".to_owned();
        let to = Some(place);
        Some(Verdict::Found(Found { bucket: Bucket::Move, kind: Kind::MoveFile, asks: false, reason, to }))
    }

    /// The folder had it, and the library has it.
    fn gone_here(&self, photo: &Photo<'_>, asset: &Holding) -> Verdict {
        let row = photo.gone[0];
        let since = row.absent_since.map(day).unwrap_or_default();
        if row.replaced_by.is_some() && !(self.policy == FolderPolicy::Mirror && self.sides.is_free(row)) {
            let reason = format!("another content took its place on {since}; the library has the one before");
            let is_asked = matches!(self.policy, FolderPolicy::TwoWay | FolderPolicy::Audit);
            return match is_asked {
                true => found(Bucket::Review, Kind::TrashAsset, reason),
                false => found(Bucket::Left, Kind::None, reason),
            };
        }
        match self.policy {
            // Files in place are decided about elsewhere, by the asset that each is.
            FolderPolicy::Backup | FolderPolicy::Index => {
                found(Bucket::Left, Kind::None, format!("gone from the folder since {since}; deletes do not travel"))
            }
            FolderPolicy::Download => {
                let reason = format!("somebody took it out of the folder ({since}); it is not brought again");
                found(Bucket::Left, Kind::None, reason)
            }
            FolderPolicy::Mirror => self.only_there(asset),
            FolderPolicy::TwoWay | FolderPolicy::Audit => self.travel(photo, asset, &since),
        }
    }

    /// Whether a delete in the folder may travel.
    fn travel(&self, photo: &Photo<'_>, asset: &Holding, since: &str) -> Verdict {
        let reason = format!("deleted from the folder: gone since {since}");
        let review = |more: &str| found(Bucket::Review, Kind::TrashAsset, format!("{reason}; {more}"));
        if asset.visibility == Visibility::Locked {
            return found(Bucket::Left, Kind::None, format!("{reason}; it is locked away in the library"));
        }
        if photo.active.len() > 1 {
            return found(Bucket::Review, Kind::None, format!("{reason}; the library has it more than once"));
        }
        if !photo.was_agreed() {
            return review("it was gone before the library was found to have it");
        }
        if !self.sides.is_in_scope(asset.asset) {
            return review("it is not in the folder's album");
        }
        if photo.gone.iter().any(|row| self.sides.is_covered(row)) {
            return review(COVERED);
        }
        found(Bucket::Trash, Kind::TrashAsset, reason)
    }

    /// Only the library has it, and it was never in the folder.
    fn only_there(&self, asset: &Holding) -> Verdict {
        let comes_down = !matches!(self.policy, FolderPolicy::Backup);
        let is_shown = matches!(asset.visibility, Visibility::Timeline | Visibility::Archive);
        if comes_down && is_shown && self.sides.is_in_scope(asset.asset) {
            if self.sides.is_left_out(asset.sha1) {
                return found(Bucket::Left, Kind::None, "it was in a part of the folder that is left out now");
            }
            return found(Bucket::Download, Kind::Download, "in the library, and not in the folder");
        }
        Verdict::Nothing
    }

    /// The folder has what somebody deleted in the library.
    fn deleted_there(&self, photo: &Photo<'_>, at: Timestamp, how: &str) -> Verdict {
        let (follows, is_kept) = (
            matches!(self.policy, FolderPolicy::Mirror | FolderPolicy::TwoWay | FolderPolicy::Audit),
            matches!(self.policy, FolderPolicy::Backup | FolderPolicy::TwoWay | FolderPolicy::Audit),
        );
        if let Some(row) = photo.there.iter().find(|row| self.sides.came_after(row, at)) {
            let reason = format!("{how}, and it came into the folder after that, on {}", day(row.first_seen));
            let kind = match (is_kept, photo.trashed.is_empty()) {
                (false, _) => Kind::None,
                (true, true) => Kind::Upload,
                (true, false) => Kind::RestoreAsset,
            };
            return found(Bucket::Conflict, kind, reason);
        }
        if !follows {
            return found(Bucket::Left, Kind::None, format!("{how}: it is not brought again"));
        }
        if !photo.was_agreed() {
            let reason = format!("{how}, before this folder was compared with the library");
            return found(Bucket::Review, Kind::TrashFile, reason);
        }
        found(Bucket::Trash, Kind::TrashFile, how)
    }
}
