//! What is to be done about a folder, each thing with its reason and its evidence. A function of both sides and the time.

use std::fmt;

use serde::{Deserialize, Serialize};
use tintype_library::model::FolderPolicy;
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::AssetId;
use tintype_protocol::time::Timestamp;

use crate::decide::{Decider, Found, Verdict};
use crate::diff::{Photo, Sides};
use crate::file_path::FilePath;
use crate::rails;
use crate::settings::FolderSettings;
use crate::tree::Tree;
use crate::units::{self, Units};

/// Heaps that actions are looked at in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bucket {
    /// Goes into the library.
    Upload,
    /// Comes into the folder.
    Download,
    /// Goes to another place in the folder.
    Move,
    /// Goes to the trash on one side.
    Trash,
    /// Somebody has to say what is meant.
    Review,
    /// A delete that is only observed for now.
    Quarantine,
    /// Both sides did something that does not go together.
    Conflict,
    /// Nobody knows what happened.
    Unexplained,
    /// The library cannot take it as it is.
    Refused,
    /// Differs, and the policy leaves it so.
    Left,
}

impl Bucket {
    /// Every heap, in the order in which they are shown.
    pub const ALL: [Self; 10] = [
        Self::Upload,
        Self::Download,
        Self::Move,
        Self::Trash,
        Self::Review,
        Self::Quarantine,
        Self::Conflict,
        Self::Unexplained,
        Self::Refused,
        Self::Left,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Download => "download",
            Self::Move => "move",
            Self::Trash => "trash",
            Self::Review => "review",
            Self::Quarantine => "quarantine",
            Self::Conflict => "conflict",
            Self::Unexplained => "unexplained",
            Self::Refused => "refused",
            Self::Left => "left",
        }
    }
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A file goes into the library.
    Upload,
    /// An original comes into the folder.
    Download,
    /// A file goes to another place in the folder.
    MoveFile,
    /// An asset goes into the library's trash.
    TrashAsset,
    /// A file goes into the folder's trash.
    TrashFile,
    /// An asset comes out of the library's trash.
    RestoreAsset,
    /// A file that stays in place becomes an asset, or its asset follows it.
    Index,
    /// Nothing.
    None,
}

impl Kind {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Download => "download",
            Self::MoveFile => "move-file",
            Self::TrashAsset => "trash-asset",
            Self::TrashFile => "trash-file",
            Self::RestoreAsset => "restore-asset",
            Self::Index => "index",
            Self::None => "none",
        }
    }

    /// Whether something goes to a trash by it.
    pub fn is_delete(self) -> bool {
        matches!(self, Self::TrashAsset | Self::TrashFile)
    }
}

/// What a person, or the folder's strictness, says about an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// It is done.
    Do,
    /// It is not done.
    Hold,
}

/// What stands between an action and its being done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "bar", rename_all = "kebab-case")]
pub enum Bar {
    /// A person has to say yes: the only one that a decision lifts.
    Review,
    /// The first plan of a folder only reports.
    FirstRun,
    /// The folder is only looked at.
    Audit,
    /// It is only observed until then.
    Quarantine {
        /// When the quarantine is over.
        until: Timestamp,
    },
    /// Too many would go at once.
    Cap {
        /// How many would.
        count: usize,
        /// How many may.
        cap: usize,
    },
    /// Another folder has it, or is to have it.
    HeldBy {
        /// Where that folder is.
        folder: String,
    },
}

impl Bar {
    /// Until when it is only observed, if that is what it is.
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Quarantine { until } => Some(*until),
            _ => None,
        }
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Review => f.write_str("somebody has to say yes"),
            Self::FirstRun => f.write_str("the first plan of a folder only reports"),
            Self::Audit => f.write_str("this folder is only looked at"),
            Self::Quarantine { until } => write!(f, "it is only observed until {}", day(*until)),
            Self::Cap { count, cap } => write!(f, "{count} would go at once, and {cap} may: plan with --allow {count}"),
            Self::HeldBy { folder } => {
                write!(f, "{folder} has it, too: where it is to go everywhere, delete it in the library")
            }
        }
    }
}

/// What is known about a photo on both sides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct Evidence {
    /// Since when the file is in the folder, or was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_folder_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_in_folder: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gone_from_folder_since: Option<Timestamp>,
    /// When the library was first found to have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_in_library: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gone_from_library_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_trash_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<String>,
}

/// Something to be done, or to be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Action {
    /// The same in the next plan, as long as it is about the same.
    pub id: String,
    /// In which heap it is.
    pub bucket: Bucket,
    /// What is done.
    pub kind: Kind,
    /// What a person says about it: this is what to change in a plan.
    pub decision: Decision,
    /// What stands in its way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bars: Vec<Bar>,
    /// Why, in words.
    pub reason: String,
    /// How people call the photo.
    pub name: String,
    /// The file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<FilePath>,
    /// Where the file goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<FilePath>,
    /// The asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<AssetId>,
    /// The content of the file or of the asset's original.
    pub sha1: Sha1,
    /// Its bytes.
    // As the journal of older versions has it: an interrupted run goes on.
    #[serde(alias = "size_bytes")]
    pub size_bytes: u64,
    /// What is known.
    #[serde(default)]
    pub evidence: Evidence,
}

impl Action {
    /// Whether something changes when it is done.
    pub fn is_doing(&self) -> bool {
        self.kind != Kind::None
    }

    /// Whether nothing but a person's yes is missing.
    pub fn is_open(&self) -> bool {
        self.is_doing() && self.bars.iter().all(|bar| *bar == Bar::Review)
    }

    /// Whether it asks a person what an earlier one did not ask: that one's decision says nothing about it.
    pub fn asks_more(&self, earlier: &Self) -> bool {
        let asks = |action: &Self| action.bars.contains(&Bar::Review);
        // What stood against it besides may have gone.
        asks(self) && !(asks(earlier) && earlier.reason.starts_with(&self.reason))
    }

    /// Whether it is about the same as another one: a plan holds as long as the next one says so.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.id, self.kind, &self.path, &self.to, self.asset, self.sha1)
            == (&other.id, other.kind, &other.path, &other.to, other.asset, other.sha1)
    }
}

/// What is to be done about one folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FolderPlan {
    /// The folder's number.
    pub folder: i64,
    /// Where it is.
    pub path: FilePath,
    /// How it agrees.
    pub policy: String,
    /// Why nothing of it can be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_only: Option<ReportOnly>,
    /// Photos that are on both sides.
    pub agreed: u64,
    /// How many deletes may be done, on each side.
    pub cap: usize,
    /// What was not looked at, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// What differs.
    pub actions: Vec<Action>,
}

impl FolderPlan {
    /// Whether there is nothing to do, and nothing to decide.
    pub fn is_settled(&self) -> bool {
        !self.actions.iter().any(|action| action.is_doing() && action.bucket != Bucket::Left)
    }
}

/// Why a plan only reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportOnly {
    /// It is the folder's first.
    FirstRun,
    /// The folder is only looked at.
    Audit,
}

impl ReportOnly {
    /// In words.
    pub fn why(self) -> &'static str {
        match self {
            Self::FirstRun => "it is the folder's first one. Look at it, then make another",
            Self::Audit => "its folder is only looked at",
        }
    }
}

/// A plan: what a person looks at before anything is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Its name.
    pub id: String,
    /// Of which form this is.
    pub version: u32,
    /// When it was made.
    pub made_at: Timestamp,
    /// Until when it holds.
    pub expires_at: Timestamp,
    /// How many deletes were allowed beyond what a folder allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow: Option<usize>,
    /// For each folder.
    pub folders: Vec<FolderPlan>,
}

/// What a plan is made of.
#[derive(Debug)]
pub struct Ground<'a> {
    /// The folder's number.
    pub folder: i64,
    /// Where it is.
    pub path: &'a [u8],
    /// How it agrees.
    pub policy: FolderPolicy,
    /// What else was said about it.
    pub settings: &'a FolderSettings,
    /// Whether no plan of it was shown before.
    pub is_first: bool,
    /// How many deletes are allowed whatever the folder's size.
    pub allow: Option<usize>,
    /// What was not looked at.
    pub problems: Vec<String>,
    /// Now.
    pub now: Timestamp,
}

/// Makes the plan.
pub fn plan(sides: &Sides<'_>, ground: &Ground<'_>) -> FolderPlan {
    let tree = Tree::parse(&ground.settings.tree).ok();
    let decider = Decider { policy: ground.policy, sides, tree: tree.as_ref() };
    let verdicts = sides.photos.iter().map(|photo| decider.decide(photo)).collect();
    with_rails(sides, verdicts, ground)
}

/// Makes a plan of what became clear about each photo, with everything that stands between it and a loss.
pub(crate) fn with_rails(sides: &Sides<'_>, mut verdicts: Vec<Verdict>, ground: &Ground<'_>) -> FolderPlan {
    let units = Units::of(sides, &verdicts);
    units::hold_together(sides, &units, &mut verdicts);
    let report_only = match ground.policy {
        FolderPolicy::Audit => Some(ReportOnly::Audit),
        _ if ground.is_first => Some(ReportOnly::FirstRun),
        _ => None,
    };
    let cap = rails::cap(sides.files_known(), ground.allow);
    let (mut actions, mut unit_of): (Vec<Action>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut agreed = 0;
    for (at, (photo, verdict)) in sides.photos.iter().zip(&verdicts).enumerate() {
        match verdict {
            Verdict::Agreed => agreed += 1,
            Verdict::Nothing => {}
            Verdict::Found(found) => actions.extend(make(sides, photo, found)),
        }
        unit_of.resize(actions.len(), units.unit(at));
    }
    rails::quarantine(&mut actions, &ground.settings.quarantine_days, ground.now);
    rails::held_elsewhere(&mut actions, sides);
    rails::together(&mut actions, &unit_of);
    rails::cap_deletes(&mut actions, cap);
    rails::ask(&mut actions, ground.settings.strictness);
    if let Some(why) = report_only {
        rails::only_report(&mut actions, why);
    }
    actions.sort_by(|a, b| (a.bucket, &a.path, &a.name, &a.id).cmp(&(b.bucket, &b.path, &b.name, &b.id)));
    FolderPlan {
        folder: ground.folder,
        path: FilePath(ground.path.to_vec()),
        policy: ground.policy.as_str().to_owned(),
        report_only,
        agreed,
        cap,
        problems: ground.problems.clone(),
        actions,
    }
}

/// An action for each file, where files are what it is about, else one.
fn make(sides: &Sides<'_>, photo: &Photo<'_>, found: &Found) -> Vec<Action> {
    let evidence = sides.evidence(photo);
    let asset = photo.asset().map(|holding| (holding.asset, holding.sha1, holding.size_bytes, holding.name.clone()));
    let of = |path: Option<FilePath>, sha1: Sha1, size_bytes: u64, name: String| Action {
        id: action_id(found.kind, &sha1, path.as_ref()),
        bucket: found.bucket,
        kind: found.kind,
        decision: Decision::Hold,
        bars: if found.asks { vec![Bar::Review] } else { Vec::new() },
        reason: found.reason.clone(),
        name,
        path,
        to: found.to.clone(),
        asset: asset.as_ref().map(|(asset, ..)| *asset),
        sha1,
        size_bytes,
        evidence: evidence.clone(),
    };
    let of_file = |row: &&tintype_library::model::FolderFile| {
        let path = FilePath(row.path.clone());
        let name = path.name();
        of(Some(path), row.sha1, row.stamp.size_bytes, name)
    };
    match found.kind {
        Kind::TrashFile => photo.there.iter().map(of_file).collect(),
        Kind::Download => asset.iter().map(|(_, sha1, size, name)| of(None, *sha1, *size, name.clone())).collect(),
        _ => {
            let row = photo.there.first().or(photo.gone.first());
            let named = row.map(of_file).into_iter();
            let held = asset.iter().map(|(_, sha1, size, name)| of(None, *sha1, *size, name.clone()));
            named.chain(held).take(1).collect()
        }
    }
}

fn action_id(kind: Kind, sha1: &Sha1, path: Option<&FilePath>) -> String {
    use sha1::Digest as _;
    let mut hasher = sha1::Sha1::new();
    hasher.update(kind.as_str());
    hasher.update(sha1.0);
    hasher.update(path.map_or(&[][..], |path| &path.0));
    Sha1(hasher.finalize().into()).to_hex()[..12].to_owned()
}

/// The day of a time, for people.
pub(crate) fn day(at: Timestamp) -> String {
    at.to_iso().get(..10).unwrap_or_default().to_owned()
}
