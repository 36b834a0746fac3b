//! How the library tells that a user changed something.
//!
//! A node with an upstream records every change in its outbox; a node that stands alone does nothing. The library
//! calls the recorder inside the transaction that makes the change, so that both commit or neither does.

use tintype_protocol::id::{AlbumId, AssetId, MemoryId, PersonId, UserId};

use crate::store::{StoreError, Write};

/// Something a user did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A new asset came in through a door of this node.
    AssetAdded(AssetId),
    /// Favourite, visibility, date, place, description or rating of an asset changed.
    AssetChanged(AssetId),
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
    /// Name, description, cover or order of an album changed.
    AlbumChanged(AlbumId),
    /// An album was deleted.
    AlbumDeleted(AlbumId),
    /// Assets were put into an album.
    AlbumAssetsAdded(AlbumId, Vec<AssetId>),
    /// Assets were taken out of an album.
    AlbumAssetsRemoved(AlbumId, Vec<AssetId>),
    /// Stacks of a user were made, turned or dissolved.
    StacksChanged(UserId),
    /// Tags of a user came, went or changed their colour.
    TagsChanged(UserId),
    /// A person was made, or their name, birthday, picture or mark changed.
    PersonChanged(PersonId),
    /// A person was deleted, or merged into another one.
    PersonDeleted(PersonId),
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
