//! How the library tells that a user changed something.
//!
//! A node with an upstream records every change in its outbox; a node that stands alone does nothing. The library
//! calls the recorder inside the transaction that makes the change, so that both commit or neither does.

use tintype_protocol::id::{AlbumId, AssetId, MemoryId, PersonId, StackId, TagId, UserId};
use tintype_protocol::model::AlbumRole;

use crate::model::FieldValue;
use crate::store::{StoreError, Write};

/// What became of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StackChange {
    /// It was made.
    Made(StackId),
    /// Another asset is in front; the one that was before is named.
    Turned(StackId, AssetId),
    /// An asset was taken out.
    Left(StackId, AssetId),
    /// It was taken apart.
    Dissolved(StackId),
}

/// Something a user did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A new asset came in through a door of this node.
    AssetAdded(AssetId),
    /// Something about an asset changed; what fields were that a person changed.
    AssetChanged(AssetId, Vec<FieldValue>),
    /// An asset was given a tag, or a tag was taken from it.
    AssetTagChanged(AssetId, TagId),
    /// Edits of an asset were made, changed or taken back.
    EditsChanged(AssetId),
    /// Assets went to the trash.
    AssetsTrashed(Vec<AssetId>),
    /// Assets came back from the trash.
    AssetsRestored(Vec<AssetId>),
    /// Assets were deleted for good.
    AssetsDeleted(Vec<AssetId>),
    /// An album was made.
    AlbumCreated(AlbumId),
    /// An album that was here before its owner followed anybody is to go up, with all that is in it.
    AlbumOffered(AlbumId),
    /// Something about an album changed; what fields were that a person changed.
    AlbumChanged(AlbumId, Vec<FieldValue>),
    /// A user takes part in an album from now on, in another way, or no longer; what they were in it before.
    AlbumUserChanged(AlbumId, UserId, Option<AlbumRole>),
    /// An album of this user was deleted.
    AlbumDeleted(AlbumId, UserId),
    /// Assets were put into an album.
    AlbumAssetsAdded(AlbumId, Vec<AssetId>),
    /// Assets were taken out of an album.
    AlbumAssetsRemoved(AlbumId, Vec<AssetId>),
    /// Stacks of a user were made, turned or dissolved.
    StacksChanged(UserId, Vec<StackChange>),
    /// Tags of a user came, went or changed their colour.
    TagsChanged(UserId),
    /// A tag of a user, with this path, was deleted.
    TagDeleted(TagId, UserId, String),
    /// A person was made, or something about them changed; what fields were that are something else now.
    PersonChanged(PersonId, Vec<FieldValue>),
    /// A person of this user was deleted.
    PersonDeleted(PersonId, UserId),
    /// A person of this user was merged into another one, who is named last.
    PersonMerged(PersonId, UserId, PersonId),
    /// Faces on an asset were drawn, named otherwise or taken away.
    FacesChanged(AssetId),
    /// A memory was made by hand, seen, saved, or its assets changed.
    MemoryChanged(MemoryId),
    /// A memory was deleted.
    MemoryDeleted(MemoryId),
    /// Name, colour, e-mail or settings of a user changed.
    UserChanged(UserId),
    /// An account went for good, with everything in it.
    UserRemoved(UserId),
}

/// The one method through which the library tells what a user changed.
pub trait Recorder: Send + Sync {
    /// Writes whatever `change` must leave behind, in the transaction that made the change. An error undoes both.
    fn record(&self, transaction: &mut dyn Write, change: &Change) -> Result<(), StoreError>;
}

/// For a node without an upstream: nothing has to be told to anybody.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRecorder;

impl Recorder for NoRecorder {
    fn record(&self, _: &mut dyn Write, _: &Change) -> Result<(), StoreError> {
        Ok(())
    }
}
