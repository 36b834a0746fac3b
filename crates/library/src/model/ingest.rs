//! Files in landing zones, on their way into a library.

use std::str::FromStr;

use tintype_protocol::checksum::Sha1;
use tintype_protocol::time::Timestamp;
use uuid::Uuid;

/// How far a file has come. Each state is on disk before the next one begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IngestState {
    /// It lies in the zone; it may still be growing.
    Seen,
    /// Nobody has written to it for a while.
    Settled,
    /// Its content is known, and the ledger was asked.
    Hashed,
    /// What belongs to it is known.
    Paired,
    /// What is to be delivered lies ready: something smaller that was made of it, or the file itself.
    Optimised,
    /// What lies ready was proven to stand for it.
    Verified,
    /// The destination says that it has it.
    Delivered,
    /// The destination's checksum is that of what was sent.
    Confirmed,
    /// The zone has let go of it: deleted, moved away or left alone, as the zone says.
    Released,
    /// It lies in `undone/`.
    Undone,
    /// It is none of the zone's business, and was left where it is.
    PassedOver,
}

impl IngestState {
    /// Every state, in the order in which a file goes through them.
    pub const ALL: [Self; 11] = [
        Self::Seen,
        Self::Settled,
        Self::Hashed,
        Self::Paired,
        Self::Optimised,
        Self::Verified,
        Self::Delivered,
        Self::Confirmed,
        Self::Released,
        Self::Undone,
        Self::PassedOver,
    ];

    /// Its name, for rows, people and programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Settled => "settled",
            Self::Hashed => "hashed",
            Self::Paired => "paired",
            Self::Optimised => "optimised",
            Self::Verified => "verified",
            Self::Delivered => "delivered",
            Self::Confirmed => "confirmed",
            Self::Released => "released",
            Self::Undone => "undone",
            Self::PassedOver => "passed-over",
        }
    }

    /// Whether nothing more happens to a file by itself.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Released | Self::Undone | Self::PassedOver)
    }
}

/// A text that is no state's name.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no state of a file in a landing zone")]
pub struct UnknownIngestState(String);

impl FromStr for IngestState {
    type Err = UnknownIngestState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| UnknownIngestState(text.to_owned()))
    }
}

/// What a file is to the one that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IngestRole {
    /// The video of a live photo.
    Motion,
    /// The camera's raw data beside its JPEG.
    Raw,
    /// An XMP file.
    Sidecar,
}

impl IngestRole {
    const ALL: [Self; 3] = [Self::Motion, Self::Raw, Self::Sidecar];

    /// Its name in rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Motion => "motion",
            Self::Raw => "raw",
            Self::Sidecar => "sidecar",
        }
    }
}

impl FromStr for IngestRole {
    type Err = UnknownIngestState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|role| role.as_str() == text);
        found.ok_or_else(|| UnknownIngestState(text.to_owned()))
    }
}

/// How a file looked when it was last seen: another stamp is another file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStamp {
    /// Its length.
    pub size_bytes: u64,
    /// Its modification time, in nanoseconds since 1970.
    pub modified_ns: i64,
    /// What the file system calls it.
    pub inode: u64,
}

impl FileStamp {
    /// How a file looks.
    pub fn of(about: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        let modified_ns = about.mtime().saturating_mul(1_000_000_000).saturating_add(about.mtime_nsec());
        Self { size_bytes: about.len(), modified_ns, inode: about.ino() }
    }

    /// Whether what lies at a path is still the file that was seen: plain, and with the same stamp.
    pub fn is_of(self, path: &std::path::Path) -> bool {
        std::fs::symlink_metadata(path).is_ok_and(|about| about.is_file() && Self::of(&about) == self)
    }
}

/// A derivation that goes up in the place of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngestDerivation {
    /// Its content.
    pub sha1: Sha1,
    /// Its length.
    pub size_bytes: u64,
    /// Name of the file in the zone's working folder that holds it.
    pub file: String,
    /// The file name that it goes up under.
    pub name: String,
    /// What it is.
    pub media_type: String,
    /// The recipe's name.
    pub recipe: String,
    /// Whether the original can be made of it again, bit for bit.
    pub is_lossless: bool,
}

/// A file in a landing zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngestFile {
    /// Of this store.
    pub id: i64,
    /// The zone's name.
    pub zone: String,
    /// Where it lies below the zone's folder, or lay before the zone deleted it: as the file system has it, bytes that
    /// need not be text.
    pub path: Vec<u8>,
    /// What files that belong together share.
    pub group: Vec<u8>,
    /// How it looked.
    pub stamp: FileStamp,
    /// How far it has come.
    pub state: IngestState,
    /// Its content, from [`IngestState::Hashed`] on.
    pub sha1: Option<Sha1>,
    /// The file that it belongs to, and as what.
    pub belongs_to: Option<(i64, IngestRole)>,
    /// What goes up instead of it.
    pub derivation: Option<IngestDerivation>,
    /// What the destination calls it.
    pub asset: Option<Uuid>,
    /// Whether the destination had it before.
    pub is_duplicate: bool,
    /// How often a step of it failed since it last went on.
    pub attempts: u32,
    /// Not to be gone on with before.
    pub due_at: Timestamp,
    /// Why it waits, or why it failed, for a person.
    pub reason: Option<String>,
    /// Where it was when it came, if it was moved since.
    pub came_as: Option<Vec<u8>>,
    /// Whether the zone deleted it.
    pub is_gone: bool,
    /// The recipe by which its asset in this library is still to be made smaller, once it has its pictures.
    pub packs_with: Option<String>,
    /// Whether a person said to take it in although its content had been deleted.
    pub is_wanted: bool,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it last went on.
    pub changed_at: Timestamp,
}

/// How many files of a zone are in a state, and what they take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IngestCount {
    /// The state.
    pub state: IngestState,
    /// How many files.
    pub files: u64,
    /// Of these, how many wait for something to be over.
    pub waiting: u64,
    /// Their bytes.
    pub bytes: u64,
    /// By how many bytes what went up is smaller.
    pub saved_bytes: i64,
}
