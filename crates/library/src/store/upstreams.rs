//! Upstreams and what came from them, in a store.

use tintype_protocol::id::{AlbumId, AssetId, StackId, UpdateId, UserId};
use tintype_protocol::model::AlbumRole;
use tintype_protocol::sync::{AlbumV1, AssetExifV1, AssetV1, EntityType, UserV1};
use tintype_protocol::time::Timestamp;
use tintype_protocol::version::Version;
use uuid::Uuid;

use super::StoreError;
use crate::model::{Edit, ExternalKind, NewUpstream, Quarantined, Stack, Upstream};

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about upstreams.
pub trait ReadUpstreams {
    /// All of them, in the order they were linked.
    fn upstreams(&self) -> Result<Vec<Upstream>>;
    /// The last ack of each type that was applied.
    fn cursors(&self, upstream: i64) -> Result<Vec<(EntityType, String)>>;
    /// What a row of a server is called here.
    fn local_id(&self, server: i64, kind: ExternalKind, external: Uuid) -> Result<Option<Uuid>>;
    /// What a row of a server is called here, and whether that name [was lost](Self::has_lost_name).
    fn local_name(&self, server: i64, kind: ExternalKind, external: Uuid) -> Result<Option<(Uuid, bool)>>;
    /// What a row of this library is called on a server.
    fn external_id(&self, server: i64, kind: ExternalKind, local: Uuid) -> Result<Option<Uuid>>;
    /// Whether a row of this library had a name there that was lost: see [`WriteUpstreams::lose_unshown`].
    fn has_lost_name(&self, server: i64, kind: ExternalKind, local: Uuid) -> Result<bool>;
    /// Whether only an upstream has the bytes of an asset.
    fn is_remote(&self, asset: AssetId) -> Result<bool>;
    /// Rows of a kind that this upstream showed last, but not in this epoch: external and local id, by external id,
    /// which lies behind `after`.
    fn unseen(
        &self,
        upstream: &Upstream,
        kind: ExternalKind,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<(Uuid, Uuid)>>;
    /// How many rows of a kind this upstream showed last, and how many of them not in this epoch.
    fn seen_counts(&self, upstream: &Upstream, kind: ExternalKind) -> Result<(u64, u64)>;
    /// Assets of the user's own that only the server had, and that it did not show in this epoch.
    fn unseen_originals(&self, upstream: &Upstream) -> Result<u64>;
    /// Lines in quarantine behind the one with the id `after`, oldest first.
    fn quarantined(&self, upstream: i64, after: i64, limit: u32) -> Result<Vec<Quarantined>>;
    /// The ids of lines in quarantine behind the one with the id `after`, oldest first.
    fn quarantined_ids(&self, upstream: i64, after: i64, limit: u32) -> Result<Vec<i64>>;
    /// The ids of those in which an id of the server's stands, oldest first.
    fn quarantined_about(&self, upstream: i64, external: Uuid, limit: u32) -> Result<Vec<i64>>;
    /// One of them.
    fn quarantined_line(&self, upstream: i64, id: i64) -> Result<Option<Quarantined>>;
    /// Whether there are any.
    fn has_quarantine(&self, upstream: i64) -> Result<bool>;
    /// How many there are.
    fn quarantine_count(&self, upstream: i64) -> Result<u64>;
}

/// Changes of upstreams. They go with their user, and take cursors and quarantine along.
pub trait WriteUpstreams {
    /// A new one. `Conflict` when the user follows a server already, or somebody else here is the same user there.
    fn insert_upstream(&mut self, new: &NewUpstream) -> Result<Upstream>;
    /// Its epoch, its state, and when it was synced.
    fn update_upstream(&mut self, upstream: &Upstream) -> Result<()>;
    /// What the server says it is.
    fn set_server_version(&mut self, server: i64, version: Version) -> Result<()>;
    /// Stops following; rows that came from there stay.
    fn delete_upstream(&mut self, id: i64) -> Result<()>;
    /// Everything up to this ack is applied.
    fn set_cursor(&mut self, upstream: i64, entity: EntityType, ack: &str) -> Result<()>;
    /// Forgets all of them.
    fn clear_cursors(&mut self, upstream: i64) -> Result<()>;
    /// An upstream shows a row that it did not show before, which is called `local` here. `Conflict` when it did.
    fn add_external_id(&mut self, upstream: &Upstream, kind: ExternalKind, external: Uuid, local: Uuid) -> Result<()>;
    /// An upstream shows a row again.
    fn see_external_id(&mut self, upstream: &Upstream, kind: ExternalKind, external: Uuid) -> Result<()>;
    /// Of a user's own assets whose originals lie here with their edits, albums, stacks, people and faces: names are lost that were
    /// shown to nobody who follows the server now, or to this user and not in this epoch where it keeps what is unshown. What has
    /// lost its name has none, until the server shows it again. Links of such albums to assets go. How many names.
    fn lose_unshown(&mut self, upstream: &Upstream) -> Result<u64>;
    /// What `former` marked, whom nobody is any more, is marked by this upstream, before its first epoch.
    fn take_over_names(&mut self, former: i64, upstream: &Upstream) -> Result<()>;
    /// A server has no such row any more.
    fn forget_external_id(&mut self, server: i64, kind: ExternalKind, external: Uuid) -> Result<()>;
    /// Keeps a line that could not be applied, and says its id. Lines about the same have the same subject.
    fn quarantine(
        &mut self,
        upstream: i64,
        entity: EntityType,
        subject: &str,
        data: &str,
        ack: &str,
        reason: &str,
    ) -> Result<i64>;
    /// These ids of the server's stand in a line in quarantine.
    fn note_quarantined_ids(&mut self, upstream: i64, line: i64, external: &[Uuid]) -> Result<()>;
    /// It was tried again in vain.
    fn note_attempt(&mut self, id: i64, reason: &str) -> Result<()>;
    /// Lines in which an id stands that the server does not have any more are not wanted.
    fn release_quarantined_about(&mut self, upstream: i64, external: Uuid) -> Result<()>;
    /// Lines about the same as a newer one are not wanted.
    fn release_quarantined_subject(&mut self, upstream: i64, subject: &str) -> Result<()>;
    /// It was applied, or is not wanted.
    fn release_quarantined(&mut self, id: i64) -> Result<()>;
    /// Lets these lines of an upstream go, or all of them; answers how many there were.
    fn drop_quarantined(&mut self, upstream: i64, ids: Option<&[i64]>) -> Result<u64>;
}

/// What an asset line says, in terms of this library.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct MirroredAsset<'l> {
    pub id: AssetId,
    pub owner_id: UserId,
    pub live_photo_video_id: Option<AssetId>,
    pub stack_id: Option<StackId>,
    pub media_type: &'l str,
    pub line: &'l AssetV1<'l>,
}

/// Rows that came from an upstream. A row that is as the line says already does not move in the feed.
pub trait WriteMirror {
    /// A user who has no account here. `Conflict` when somebody else has the e-mail address.
    fn mirror_user(&mut self, id: UserId, email: &str, line: &UserV1<'_>) -> Result<()>;
    /// A new asset, without a row for what is known about it (see [`WriteMirror::complete_exif`]). `Conflict` when its
    /// name is taken, or the owner has the content already.
    fn insert_mirrored(&mut self, asset: MirroredAsset<'_>) -> Result<()>;
    /// An asset that is here. `Conflict` when the owner has the content already.
    fn update_mirrored(&mut self, asset: MirroredAsset<'_>) -> Result<()>;
    /// Gives assets that have moved in the feed since `after` a row for what is known about them, where the upstream said
    /// nothing.
    fn complete_exif(&mut self, after: UpdateId) -> Result<()>;
    /// A still waits for a video of this name on the server.
    fn await_motion(&mut self, server: i64, video: Uuid, still: AssetId) -> Result<()>;
    /// A video has arrived: stills that waited for it get it.
    fn end_awaiting(&mut self, server: i64, external: Uuid, video: AssetId) -> Result<()>;
    /// What is known about an asset of `owner` that has no row for it yet. Whether there was none.
    fn insert_mirrored_exif(&mut self, id: AssetId, owner: UserId, line: &AssetExifV1<'_>) -> Result<bool>;
    /// What is known about an asset.
    fn update_mirrored_exif(&mut self, id: AssetId, owner: UserId, line: &AssetExifV1<'_>) -> Result<()>;
    /// What is known of an asset does not become what its file says any more: a set of [`crate::model::LockedField::bit`]s.
    fn lock_exif(&mut self, id: AssetId, fields: u32) -> Result<()>;
    /// An album, whose owner is in `album_user`, too.
    fn mirror_album(&mut self, id: AlbumId, owner: UserId, cover: Option<AssetId>, line: &AlbumV1<'_>) -> Result<()>;
    /// Gives an album to somebody; who had it before has no part in it any more.
    fn set_album_owner(&mut self, album: AlbumId, owner: UserId) -> Result<()>;
    /// A user's part in an album, the owner's too. Nobody is told of the album; see
    /// [`super::WriteSharing::add_album_user`].
    fn mirror_album_user(&mut self, album: AlbumId, user: UserId, role: AlbumRole) -> Result<()>;
    /// A stack.
    fn mirror_stack(&mut self, stack: &Stack, created_at: Timestamp) -> Result<()>;
    /// An edit of an asset. The asset has one of each number in the sequence: another one goes.
    fn mirror_edit(&mut self, edit: &Edit) -> Result<()>;
    /// The edit goes.
    fn delete_edit(&mut self, edit: &Edit) -> Result<()>;
}
