//! What can be changed in a store.

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AlbumId, ApiKeyId, AssetId, SessionId, UserId};
use tintype_protocol::model::{AssetType, UserMetadataKey};
use tintype_protocol::sync::EntityType;
use tintype_protocol::time::Timestamp;

use super::{
    Read, StoreError, WriteActivities, WriteEdits, WriteExternalLinks, WriteFetched, WriteFilling, WriteFolders,
    WriteIngest, WriteMemories, WriteMirror, WriteNotifications, WriteOcr, WriteOutbox, WritePeople, WriteSharedLinks,
    WriteSharing, WriteStacks, WriteStored, WriteTags, WriteUpstreams, WriteWriteBack,
};
use crate::model::{Album, ApiKey, Asset, Exif, Job, JobKind, NewAlbum, NewAsset, Session, User};

type Result<T> = std::result::Result<T, StoreError>;

/// A job to be done.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct NewJob {
    pub kind: JobKind,
    pub asset_id: AssetId,
    /// Earliest time.
    pub not_before: Option<Timestamp>,
}

/// What an asset consists of from now on.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct NewContent {
    pub checksum: Sha1,
    pub asset_type: AssetType,
    pub original_name: String,
    pub original_path: String,
    pub media_type: String,
    pub size_bytes: i64,
    pub device_asset_id: String,
    pub device_id: String,
    pub file_created_at: Timestamp,
    pub file_modified_at: Timestamp,
    pub duration_ms: Option<u64>,
}

/// An entry of the ledger of content identity.
#[derive(Debug, Clone)]
pub enum Ledger {
    /// A content was seen.
    Content {
        /// Its identity.
        sha1: Sha1,
        /// Its length.
        size_bytes: i64,
        /// What it is.
        media_type: String,
    },
    /// `derived` stands for `original`.
    Derivation {
        /// As the device had it.
        original: Sha1,
        /// As it is kept.
        derived: Sha1,
        /// How it was made.
        recipe: String,
        /// Whether the original can be rebuilt bit for bit.
        lossless: bool,
    },
    /// The owner deleted a content on purpose: when its asset went into the trash, if it did, else now.
    Deleted {
        /// The content.
        sha1: Sha1,
        /// Whose it was.
        owner: UserId,
        /// Who did it.
        by: UserId,
    },
    /// The owner has the content again, or wants the deletion forgotten.
    Wanted {
        /// The content.
        sha1: Sha1,
        /// Whose it is.
        owner: UserId,
    },
}

/// Changes inside one transaction. Every change of a syncable row gives it a new position in the feed; every removal
/// of one leaves a tombstone.
pub trait Write:
    Read
    + WriteUsers
    + WriteAccess
    + WriteKeys
    + WriteAssets
    + WriteAlbums
    + WriteLedger
    + WriteJobs
    + WriteTidy
    + WriteSharing
    + WriteStacks
    + WriteStored
    + WriteTags
    + WritePeople
    + WriteMemories
    + WriteOcr
    + WriteEdits
    + WriteNotifications
    + WriteActivities
    + WriteSharedLinks
    + WriteUpstreams
    + WriteOutbox
    + WriteMirror
    + WriteExternalLinks
    + WriteFetched
    + WriteFilling
    + WriteFolders
    + WriteIngest
    + WriteWriteBack
{
    /// Time of the transaction.
    fn now(&self) -> Timestamp;
    /// This transaction as a reader (for helpers that only read).
    fn as_read(&self) -> &dyn Read;
}

/// Changes of users.
#[allow(missing_docs)]
pub trait WriteUsers {
    fn insert_user(&mut self, user: &User) -> Result<()>;
    /// Everything but the usage.
    fn update_user(&mut self, user: &User) -> Result<()>;
    /// The account goes, with all that hangs on it but assets and albums, which must be gone before.
    fn delete_user(&mut self, user: &User) -> Result<()>;
    /// Adds to the bytes that the user's originals take.
    fn add_usage(&mut self, id: UserId, bytes: i64) -> Result<()>;
    fn set_user_metadata(&mut self, id: UserId, key: UserMetadataKey, json: &str) -> Result<()>;
    fn delete_user_metadata(&mut self, id: UserId, key: UserMetadataKey) -> Result<bool>;
    fn set_server_metadata(&mut self, key: &str, value: &str) -> Result<()>;
}

/// Changes of ways in.
#[allow(missing_docs)]
pub trait WriteAccess {
    fn insert_session(&mut self, session: &Session) -> Result<()>;
    fn update_session(&mut self, session: &Session) -> Result<()>;
    /// With its children and positions.
    fn delete_session(&mut self, id: SessionId) -> Result<()>;
    fn delete_expired_sessions(&mut self, unused_since: Timestamp) -> Result<u64>;
    fn insert_api_key(&mut self, key: &ApiKey) -> Result<()>;
    fn update_api_key(&mut self, key: &ApiKey) -> Result<()>;
    fn delete_api_key(&mut self, id: ApiKeyId) -> Result<()>;
    fn set_position(&mut self, session: SessionId, entity: EntityType, ack: &str) -> Result<()>;
    /// All of them when `entities` is `None`.
    fn delete_positions(&mut self, session: SessionId, entities: Option<&[EntityType]>) -> Result<()>;
}

/// Reservations of blob keys.
#[allow(missing_docs)]
pub trait WriteKeys {
    /// Reserves a key before bytes are put under it. `Conflict` when it is taken, in whatever case of letters.
    fn reserve_key(&mut self, key: &str) -> Result<()>;
    fn release_key(&mut self, key: &str) -> Result<()>;
    /// Notes that the bytes under `key` belong to no row any more.
    fn orphan_key(&mut self, key: &str) -> Result<()>;
    /// Forgets it once the bytes are gone.
    fn forget_orphan(&mut self, key: &str) -> Result<()>;
}

/// Changes of assets.
#[allow(missing_docs)]
pub trait WriteAssets {
    /// With its first exif row, which knows only the size. `Conflict` when the owner has the content already.
    fn insert_asset(&mut self, asset: &NewAsset) -> Result<()>;
    fn update_asset(&mut self, asset: &Asset) -> Result<()>;
    /// Gives an asset another content: no sidecar, no edits, nothing made of it yet. `Conflict` when the owner has the
    /// content already.
    fn replace_content(&mut self, asset: &Asset, content: &NewContent) -> Result<()>;
    fn update_exif(&mut self, id: AssetId, exif: &Exif) -> Result<()>;
    /// Removes the row and everything that hangs on it, leaving tombstones.
    fn delete_asset(&mut self, asset: &Asset) -> Result<()>;
    fn set_asset_metadata(&mut self, id: AssetId, key: &str, json: &str) -> Result<()>;
    fn delete_asset_metadata(&mut self, id: AssetId, key: &str) -> Result<bool>;
}

/// Changes of albums.
#[allow(missing_docs)]
pub trait WriteAlbums {
    fn insert_album(&mut self, album: &NewAlbum) -> Result<()>;
    fn update_album(&mut self, album: &Album) -> Result<()>;
    fn delete_album(&mut self, album: &Album) -> Result<()>;
    /// Hides all albums of an owner from everybody, or shows them again.
    fn hide_albums(&mut self, owner: UserId, hidden: bool) -> Result<()>;
    /// Whether it was not there before.
    fn add_album_asset(&mut self, album: AlbumId, asset: AssetId) -> Result<bool>;
    /// Whether it was there.
    fn remove_album_asset(&mut self, album: AlbumId, asset: AssetId) -> Result<bool>;
}

/// Entries of the ledger of content identity.
#[allow(missing_docs)]
pub trait WriteLedger {
    fn note(&mut self, entry: &Ledger) -> Result<()>;
}

/// Changes of background work.
#[allow(missing_docs)]
pub trait WriteJobs {
    /// Asking for a job that is waiting or has failed makes it wait anew; one that is active is done again afterwards.
    fn enqueue(&mut self, job: NewJob) -> Result<()>;
    /// Takes up to `limit` jobs of the given kinds that are due. Jobs that were begun before come alone.
    fn claim_jobs(&mut self, kinds: &[JobKind], limit: u32) -> Result<Vec<Job>>;
    fn finish_job(&mut self, id: i64) -> Result<()>;
    /// Tries again at `retry_at`, or gives up.
    fn fail_job(&mut self, id: i64, error: &str, retry_at: Option<Timestamp>) -> Result<()>;
    /// Puts jobs back that were being done when the process ended.
    fn requeue_active_jobs(&mut self) -> Result<u64>;
    fn clear_jobs(&mut self, kind: JobKind, failed_only: bool) -> Result<u64>;
    fn set_queue_paused(&mut self, kind: JobKind, paused: bool) -> Result<()>;
}

/// Tidying up.
#[allow(missing_docs)]
pub trait WriteTidy {
    /// Drops tombstones that are older than every client may be.
    fn delete_tombstones_before(&mut self, time: Timestamp) -> Result<u64>;
}
