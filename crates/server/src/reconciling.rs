//! Folders that are kept in agreement with the library: whoever runs this server brings it along.

use std::collections::BTreeSet;

use tintype_library::LibraryError;
use tintype_protocol::time::Timestamp;

/// Plans, applies and takes back, in the background. Calls block shortly.
pub trait Reconciling: Send + Sync {
    /// Adds a folder. Nothing happens in it before a plan was made.
    fn add(&self, wish: &FolderWish) -> Result<(), ReconcilingError>;

    /// Begins to make a plan for a folder, unless something is at work.
    fn plan(&self, folder: i64) -> Result<(), ReconcilingError>;

    /// Begins to look through a folder and to do what needs no person, unless something is at work.
    fn scan(&self, folder: i64) -> Result<(), ReconcilingError>;

    /// Begins to do these actions of the plan that is shown, and no others, unless something is at work.
    fn apply(&self, plan: &str, chosen: BTreeSet<String>) -> Result<(), ReconcilingError>;

    /// Begins to take back a run, or everything with a text in its name, unless something is at work.
    fn restore(&self, what: &str) -> Result<(), ReconcilingError>;

    /// What is at work ends after the photo at hand.
    fn stop(&self);

    /// How it stands.
    fn state(&self) -> Result<ReconcilingState, LibraryError>;

    /// The file that an action of the plan that is shown is about, if browsers can show it, and what it is.
    fn picture(&self, action: &str) -> Option<(&'static str, Vec<u8>)>;
}

/// A folder that is to be added.
#[derive(Debug, Clone)]
pub struct FolderWish {
    /// Where it is, as people write it.
    pub path: String,
    /// How it is to agree: the name of a policy.
    pub policy: String,
    /// The rule of albums for what it brings, e.g. `{folder}`.
    pub album: Option<String>,
    /// With whose photos: their e-mail address.
    pub owner: String,
}

/// Why nothing was begun.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct ReconcilingError {
    /// For people.
    pub text: String,
}

/// How reconciling stands.
#[derive(Debug, Clone, Default)]
pub struct ReconcilingState {
    /// The folders.
    pub folders: Vec<ReconciledFolder>,
    /// What is at work, in words.
    pub at_work: Option<&'static str>,
    /// How much of it is done, and all of it.
    pub progress: Option<(u64, u64)>,
    /// How the last work ended, in words; and whether that was well.
    pub ended: Option<(String, bool)>,
    /// The plan that was made last.
    pub plan: Option<ReviewedPlan>,
    /// The last runs, newest first.
    pub runs: Vec<ReconciledRun>,
}

/// A folder.
#[derive(Debug, Clone)]
pub struct ReconciledFolder {
    /// Its number.
    pub folder: i64,
    /// Where it is.
    pub path: String,
    /// How it agrees.
    pub policy: &'static str,
    /// Whether its files are read where they are.
    pub is_in_place: bool,
    /// When a plan for it was last made.
    pub planned_at: Option<Timestamp>,
    /// When and why it could not be looked at, if that was so the last time.
    pub failure: Option<(Timestamp, String)>,
    /// Photos on both sides then.
    pub agreed: u64,
    /// How many were in which heap.
    pub buckets: Vec<(String, u64)>,
}

/// A plan, as people look at it.
#[derive(Debug, Clone)]
pub struct ReviewedPlan {
    /// Its name.
    pub plan: String,
    /// Where the folder is.
    pub path: String,
    /// Why nothing of it can be done.
    pub report_only: Option<&'static str>,
    /// What was not looked at.
    pub problems: Vec<String>,
    /// Heaps with their names for people, and what is in them: the first ones, and how many more.
    pub heaps: Vec<(String, Vec<ReviewedAction>, u64)>,
}

/// Something to be done, or to be known.
#[derive(Debug, Clone)]
pub struct ReviewedAction {
    /// Its name in the plan.
    pub id: String,
    /// How people call the photo.
    pub name: String,
    /// Where its file is, and where that goes.
    pub path: Option<String>,
    /// What is done, in words; nothing is, without it.
    pub does: Option<&'static str>,
    /// Why.
    pub reason: String,
    /// What stands in its way.
    pub bars: Vec<String>,
    /// Whether it is done when nobody says otherwise.
    pub is_chosen: bool,
    /// Whether a yes is all that it takes.
    pub is_open: bool,
    /// Whether something goes to a trash by it.
    pub is_delete: bool,
    /// Whether the file can be shown.
    pub has_file: bool,
    /// Id of the asset that can be shown.
    pub asset: Option<String>,
}

/// A run.
#[derive(Debug, Clone)]
pub struct ReconciledRun {
    /// Its number.
    pub run: i64,
    /// Where its folder was.
    pub path: String,
    /// When it began.
    pub began_at: Timestamp,
    /// Whether it came to its end.
    pub has_ended: bool,
    /// The run that it took back.
    pub restores: Option<i64>,
    /// How many photos it was about, and how many could not be done.
    pub counts: (u64, u64),
    /// Whether something of it can be taken back.
    pub can_be_restored: bool,
}
