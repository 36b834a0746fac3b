//! What can be asked of a store.

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AlbumId, ApiKeyId, AssetId, SessionId, UpdateId, UserId};
use tintype_protocol::model::{AlbumRole, SortOrder};
use tintype_protocol::sync::EntityType;

use super::{
    ReadActivities, ReadEdits, ReadExplore, ReadExternalLinks, ReadFetched, ReadFilling, ReadFolders, ReadIngest,
    ReadMemories, ReadNotifications, ReadOcr, ReadOffer, ReadOutbox, ReadPeople, ReadSharedLinks, ReadSharing,
    ReadStacks, ReadStored, ReadTags, ReadUpstreams, ReadWriteBack, StoreError,
};
use crate::feed::{BackfillKind, FeedKind, LinkedKind, Parent, ParentKey, Visitor};
use crate::model::{
    Album, AlbumSummary, AlbumUser, ApiKey, Asset, AssetFilter, AssetMetadata, AssetStats, BucketFilter, BucketRow,
    Exif, JobKind, KnownContent, MonthCount, OwnerUsage, QueueCounts, Session, StoredForm, User, UserMetadata,
};

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about one consistent state. Lists that can be long are paged or visited row by row.
pub trait Read:
    ReadUsers
    + ReadAccess
    + ReadAssets
    + ReadAlbums
    + ReadLedger
    + ReadJobs
    + ReadFeed
    + ReadSharing
    + ReadStacks
    + ReadStored
    + ReadTags
    + ReadPeople
    + ReadMemories
    + ReadOcr
    + ReadEdits
    + ReadNotifications
    + ReadExplore
    + ReadActivities
    + ReadSharedLinks
    + ReadUpstreams
    + ReadOutbox
    + ReadOffer
    + ReadExternalLinks
    + ReadFetched
    + ReadFilling
    + ReadFolders
    + ReadIngest
    + ReadWriteBack
{
}

impl<T> Read for T where
    T: ReadUsers
        + ReadAccess
        + ReadAssets
        + ReadAlbums
        + ReadLedger
        + ReadJobs
        + ReadFeed
        + ReadSharing
        + ReadStacks
        + ReadStored
        + ReadTags
        + ReadPeople
        + ReadMemories
        + ReadOcr
        + ReadEdits
        + ReadNotifications
        + ReadExplore
        + ReadActivities
        + ReadSharedLinks
        + ReadUpstreams
        + ReadOutbox
        + ReadOffer
        + ReadExternalLinks
        + ReadFetched
        + ReadFilling
        + ReadFolders
        + ReadIngest
        + ReadWriteBack
{
}

/// Questions about users.
#[allow(missing_docs)]
pub trait ReadUsers {
    fn user(&self, id: UserId) -> Result<Option<User>>;
    fn user_by_email(&self, email: &str) -> Result<Option<User>>;
    fn user_by_storage_label(&self, label: &str) -> Result<Option<User>>;
    /// Ordered by creation.
    fn users(&self, with_deleted: bool) -> Result<Vec<User>>;
    fn has_admin(&self) -> Result<bool>;
    fn user_metadata(&self, id: UserId) -> Result<Vec<UserMetadata>>;
    /// A value of the library as a whole.
    fn server_metadata(&self, key: &str) -> Result<Option<String>>;
    fn usage(&self) -> Result<Vec<OwnerUsage>>;
}

/// Questions about ways in.
#[allow(missing_docs)]
pub trait ReadAccess {
    fn session_by_token(&self, token_hash: &[u8; 32]) -> Result<Option<(Session, User)>>;
    fn session(&self, id: SessionId) -> Result<Option<Session>>;
    /// Ordered by last use, newest first.
    fn sessions_of(&self, user: UserId) -> Result<Vec<Session>>;
    fn api_key_by_secret(&self, secret_hash: &[u8; 32]) -> Result<Option<(ApiKey, User)>>;
    fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKey>>;
    fn api_keys_of(&self, user: UserId) -> Result<Vec<ApiKey>>;
    /// Checkpoints of a session: type and the full ack text.
    fn positions(&self, session: SessionId) -> Result<Vec<(EntityType, String)>>;
}

/// Questions about assets.
#[allow(missing_docs)]
pub trait ReadAssets {
    fn asset(&self, id: AssetId) -> Result<Option<Asset>>;
    fn exif(&self, id: AssetId) -> Result<Option<Exif>>;
    /// Among assets outside external libraries, the trash included.
    fn asset_by_checksum(&self, owner: UserId, checksum: &Sha1) -> Result<Option<KnownContent>>;
    fn search(
        &self,
        filter: &AssetFilter,
        order: SortOrder,
        limit: u32,
        offset: u64,
    ) -> Result<Vec<(Asset, Option<Exif>)>>;
    /// As [`ReadAssets::search`], in an order of chance.
    fn search_random(&self, filter: &AssetFilter, limit: u32) -> Result<Vec<(Asset, Option<Exif>)>>;
    /// As [`ReadAssets::search`], largest file first.
    fn search_largest(&self, filter: &AssetFilter, limit: u32) -> Result<Vec<(Asset, Option<Exif>)>>;
    /// As [`ReadAssets::search`], by id.
    fn search_by_id(&self, filter: &AssetFilter, limit: u32) -> Result<Vec<Asset>>;
    fn count(&self, filter: &AssetFilter) -> Result<AssetStats>;
    fn months(&self, filter: &BucketFilter) -> Result<Vec<MonthCount>>;
    fn month(&self, filter: &BucketFilter, month: i64) -> Result<Vec<BucketRow>>;
    fn device_asset_ids(&self, owner: UserId, device: &str) -> Result<Vec<String>>;
    /// Folders of originals that are in the timeline, sorted, without the file names.
    fn folders(&self, owner: UserId) -> Result<Vec<String>>;
    fn asset_metadata(&self, asset: AssetId) -> Result<Vec<AssetMetadata>>;
    /// Stills that show this video as their motion part.
    fn stills_of(&self, video: AssetId) -> Result<Vec<AssetId>>;
    /// An asset of the owner with the same content identifier and the other type: the other half of a live photo.
    fn live_photo_partner(&self, asset: &Asset, content_identifier: &str) -> Result<Option<Asset>>;
    /// Every key of a blob that a row refers to, originals and sidecars.
    fn visit_blob_keys(&self, visit: &mut dyn FnMut(&str)) -> Result<()>;
}

/// Questions about albums.
#[allow(missing_docs)]
pub trait ReadAlbums {
    fn album(&self, id: AlbumId) -> Result<Option<Album>>;
    fn album_users(&self, id: AlbumId) -> Result<Vec<AlbumUser>>;
    fn album_role(&self, album: AlbumId, user: UserId) -> Result<Option<AlbumRole>>;
    /// Owned or joined; newest first.
    fn albums_of(&self, user: UserId) -> Result<Vec<Album>>;
    /// All albums of an owner, hidden ones too.
    fn owned_albums(&self, owner: UserId) -> Result<Vec<Album>>;
    fn album_summary(&self, id: AlbumId) -> Result<AlbumSummary>;
    /// In the album's order, without the trash.
    fn album_assets(&self, album: &Album) -> Result<Vec<Asset>>;
    fn albums_with_asset(&self, asset: AssetId) -> Result<Vec<AlbumId>>;
}

/// Questions to the ledger of content identity.
#[allow(missing_docs)]
pub trait ReadLedger {
    /// Whether the owner deleted this content on purpose.
    fn is_deleted_content(&self, owner: UserId, checksum: &Sha1) -> Result<bool>;
    /// Whether any content is known to be made of another one.
    fn has_derivations(&self) -> Result<bool>;
    /// What a content was made of, and what was made of it.
    fn derivations(&self, checksum: &Sha1) -> Result<Vec<Sha1>>;
    /// What a content was made of, and by what, if that is one content.
    fn made_of(&self, derived: &Sha1) -> Result<Option<(Sha1, StoredForm)>>;
    /// An asset of the owner that holds what this content was derived from, or what was derived from it.
    fn asset_by_derivation(&self, owner: UserId, checksum: &Sha1) -> Result<Option<AssetId>>;
}

/// Questions about background work and files.
#[allow(missing_docs)]
pub trait ReadJobs {
    fn queue_counts(&self) -> Result<Vec<(JobKind, QueueCounts)>>;
    /// Names of queues that do nothing until resumed.
    fn paused_queues(&self) -> Result<Vec<JobKind>>;
    /// Failed jobs with their asset's name and what went wrong, newest first.
    fn failed_jobs(&self, limit: u32) -> Result<Vec<(JobKind, AssetId, String, String)>>;
    /// Blob keys that were reserved and not yet given to a row.
    fn reserved_keys(&self) -> Result<Vec<String>>;
    /// Blob keys whose rows are gone and whose bytes may still be there.
    fn orphaned_keys(&self, limit: u32) -> Result<Vec<String>>;
}

/// Questions to the change feed.
#[allow(missing_docs)]
pub trait ReadFeed {
    /// The greatest position given out so far.
    fn last_update_id(&self) -> Result<UpdateId>;
    /// Shows `visit` every row of `kind` that concerns `user` and lies behind `after`, in the order of positions.
    fn changes(&self, kind: FeedKind, user: UserId, after: UpdateId, visit: &mut Visitor<'_>) -> Result<()>;
    /// Shows rows of assets in albums of `user` that changed behind `after`, while the links to them did not change
    /// behind `known`. Each row once, in however many albums it is.
    fn linked_changes(
        &self,
        kind: LinkedKind,
        user: UserId,
        after: UpdateId,
        known: UpdateId,
        visit: &mut Visitor<'_>,
    ) -> Result<()>;
    /// What gives `user` access to rows of others since `from` (included), in the order of beginning.
    fn accesses(&self, kind: BackfillKind, user: UserId, from: UpdateId) -> Result<Vec<Parent>>;
    /// Shows the rows of one parent between two positions, both included.
    fn backfill(
        &self,
        kind: BackfillKind,
        parent: ParentKey,
        from: UpdateId,
        to: UpdateId,
        visit: &mut Visitor<'_>,
    ) -> Result<()>;
}
