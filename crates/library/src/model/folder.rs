//! Folders that are kept in agreement with a library, and what was done about them.

use std::str::FromStr;

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, LibraryId, StackId, UserId};
use tintype_protocol::model::{AssetStatus, Visibility};
use tintype_protocol::time::Timestamp;

use super::FileStamp;

/// How a folder and a library are brought into agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FolderPolicy {
    /// New files go into the library; deletes never travel.
    Backup,
    /// The folder follows the library.
    Mirror,
    /// Both follow each other.
    TwoWay,
    /// The library, or an album of it, comes into the folder; deletes never travel.
    Download,
    /// Nothing is done, only told.
    Audit,
    /// Files stay where they are, and are only read: an external library.
    Index,
}

impl FolderPolicy {
    /// Every policy.
    pub const ALL: [Self; 6] = [Self::Backup, Self::Mirror, Self::TwoWay, Self::Download, Self::Audit, Self::Index];

    /// Its name, for rows, people and programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Mirror => "mirror",
            Self::TwoWay => "two-way",
            Self::Download => "download",
            Self::Audit => "audit",
            Self::Index => "index",
        }
    }
}

/// A text that is no name of a policy or of a state.
#[derive(Debug, thiserror::Error)]
#[error("{text} is none of {expected}")]
pub struct UnknownFolderName {
    text: String,
    expected: &'static str,
}

impl FromStr for FolderPolicy {
    type Err = UnknownFolderName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "backup, mirror, two-way, download, audit, index";
        let found = Self::ALL.into_iter().find(|policy| policy.as_str() == text);
        found.ok_or_else(|| UnknownFolderName { text: text.to_owned(), expected })
    }
}

/// A folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Of this store.
    pub id: i64,
    /// Where it is, absolute: bytes that need not be text.
    pub path: Vec<u8>,
    /// With whose photos it agrees.
    pub owner_id: UserId,
    /// How.
    pub policy: FolderPolicy,
    /// The rest of what was said about it, as JSON.
    pub settings: String,
    /// What the marker in it says, unless nothing may be written there.
    pub marker: Option<String>,
    /// Since when it is known.
    pub added_at: Timestamp,
    /// When it was last looked through.
    pub scanned_at: Option<Timestamp>,
    /// When a plan for it was first shown.
    pub reported_at: Option<Timestamp>,
    /// When a plan for it was last made.
    pub planned_at: Option<Timestamp>,
    /// Numbers of that plan, as JSON.
    pub summary: Option<String>,
    /// The external library that it is on the wire, if its files stay in place.
    pub library: Option<LibraryId>,
    /// Why it could not be looked at the last time.
    pub failure: Option<FolderFailure>,
}

/// Why a folder could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderFailure {
    /// When that was noticed last.
    pub at: Timestamp,
    /// Why, for people.
    pub text: String,
}

/// A file that is in a folder, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderFile {
    /// Of this store.
    pub id: i64,
    /// Which folder.
    pub folder: i64,
    /// Below the folder, as the file system has it.
    pub path: Vec<u8>,
    /// How it looked.
    pub stamp: FileStamp,
    /// Its content.
    pub sha1: Sha1,
    /// Since when it is there, or was.
    pub first_seen: Timestamp,
    /// When it was last there, if it is gone.
    pub last_seen: Option<Timestamp>,
    /// When it was first seen to be gone.
    pub absent_since: Option<Timestamp>,
    /// The content that took its place.
    pub replaced_by: Option<Sha1>,
    /// When the library was first found to have the content.
    pub agreed_since: Option<Timestamp>,
    /// When the library was last found to have it, if it has not any more.
    pub held_last: Option<Timestamp>,
    /// When the library was first found not to have it any more.
    pub unheld_since: Option<Timestamp>,
    /// Where it was put from the library.
    pub placed: Option<Vec<u8>>,
    /// Which asset it is, if it stays in place.
    pub indexed: Option<Indexed>,
    /// How many other file systems, mounted inside of each other, the way to it from its folder went into.
    pub mounts: u32,
    /// Why it cannot go into the library as it is.
    pub refused: Option<String>,
}

/// The asset that a file in place is, or was: it may be gone from the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Indexed {
    /// The asset.
    pub asset: AssetId,
    /// The content that its metadata and pictures were made of.
    pub sha1: Sha1,
}

/// Where the original of an asset in place is, as the library knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InPlace {
    /// The asset.
    pub asset: AssetId,
    /// The file, absolute.
    pub path: String,
    /// Whether it went to the trash because its file was gone.
    pub is_offline: bool,
}

impl FolderFile {
    /// A file that was never seen before, and of which the library knows nothing yet.
    pub fn seen(folder: i64, path: Vec<u8>, stamp: FileStamp, sha1: Sha1, first_seen: Timestamp) -> Self {
        Self {
            id: 0,
            folder,
            path,
            stamp,
            sha1,
            first_seen,
            last_seen: None,
            absent_since: None,
            replaced_by: None,
            agreed_since: None,
            held_last: None,
            unheld_since: None,
            placed: None,
            indexed: None,
            mounts: 0,
            refused: None,
        }
    }

    /// Whether it is there.
    pub fn is_present(&self) -> bool {
        self.absent_since.is_none()
    }
}

/// What an external library holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct LibraryUsage {
    pub photos: u64,
    pub videos: u64,
    /// Of the originals, wherever they lie.
    pub bytes: i64,
}

/// What a library holds of a content, as short as it can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Holding {
    pub asset: AssetId,
    /// Of the original.
    pub sha1: Sha1,
    pub status: AssetStatus,
    /// Since when it is in the trash, or on its way out.
    pub deleted_at: Option<Timestamp>,
    pub visibility: Visibility,
    pub motion: Option<AssetId>,
    pub stack: Option<StackId>,
    /// The external library whose file it is.
    pub library: Option<LibraryId>,
    pub name: String,
    pub size_bytes: u64,
    /// Wall-clock time of the capture, as if UTC.
    pub local_date_time: Timestamp,
}

/// A content that was deleted on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct DeletedContent {
    pub sha1: Sha1,
    pub at: Timestamp,
    pub by: UserId,
}

/// A run that brought a folder and the library together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderRun {
    /// Of this store.
    pub id: i64,
    /// The plan's name.
    pub plan: String,
    /// Which folder; it may have been removed since.
    pub folder: i64,
    /// Where it was.
    pub root: Vec<u8>,
    /// With whose photos.
    pub owner_id: UserId,
    /// When it began.
    pub began_at: Timestamp,
    /// `None`: it is at work, or was interrupted.
    pub ended_at: Option<Timestamp>,
    /// The run that this one took back.
    pub restores: Option<i64>,
}

/// Something that a run is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderAction {
    /// Its place in the run.
    pub number: u32,
    /// What is done, by the plan's name for it.
    pub kind: String,
    /// How people call the photo.
    pub name: String,
    /// Below the folder.
    pub path: Option<Vec<u8>>,
    /// The photo's asset.
    pub asset: Option<AssetId>,
    /// The photo's content.
    pub sha1: Sha1,
    /// All of it, as JSON.
    pub action: String,
}

/// How far an action is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JournalState {
    /// It is going to be done.
    Planned,
    /// It is done.
    Done,
    /// It could not be done.
    Failed,
    /// It was taken back.
    Restored,
}

impl JournalState {
    const ALL: [Self; 4] = [Self::Planned, Self::Done, Self::Failed, Self::Restored];

    /// Its name, for rows, people and programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Restored => "restored",
        }
    }
}

impl FromStr for JournalState {
    type Err = UnknownFolderName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "planned, done, failed, restored";
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| UnknownFolderName { text: text.to_owned(), expected })
    }
}

/// How many actions of a run are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionTally {
    /// What is done, by the plan's name for it.
    pub kind: String,
    /// What the journal said last; `None` where it says nothing yet.
    pub state: Option<JournalState>,
    /// How many.
    pub count: u64,
}

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalLine {
    /// Of this store, rising.
    pub id: i64,
    /// Of which run.
    pub run: i64,
    /// The action's place in it.
    pub number: u32,
    /// How far it is now.
    pub state: JournalState,
    /// More about it, for people and for taking it back.
    pub text: String,
    /// When.
    pub at: Timestamp,
}
