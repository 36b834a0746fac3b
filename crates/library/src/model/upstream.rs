//! Servers that this library follows, and what is known of them.

use tintype_protocol::id::{UpdateId, UserId};
use tintype_protocol::sync::EntityType;
use tintype_protocol::time::Timestamp;
use tintype_protocol::version::Version;
use uuid::Uuid;

/// A user of this library who follows a server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Upstream {
    pub id: i64,
    /// The same for all who follow the same server: what rows are called there does not depend on who asks.
    pub server_id: i64,
    /// Of the server's API.
    pub address: String,
    /// What the server said it is when it was last asked.
    pub version: Version,
    pub user_id: UserId,
    /// Who the user is there.
    pub external_user_id: Uuid,
    pub email: String,
    /// One cycle of a reset.
    pub epoch: i64,
    /// Whether a reset has begun and not been completed.
    pub is_resetting: bool,
    /// Whether what is not shown in this epoch may still be somewhere else: the server is an older copy of itself, or the session a
    /// new one, so that nobody is known to have deleted it.
    pub keeps_unshown: bool,
    pub linked_at: Timestamp,
    /// When a stream was last applied to its end.
    pub synced_at: Option<Timestamp>,
    /// Where this library's own feed was then.
    pub position: UpdateId,
    /// Rows that a reset no longer showed, so many that a person is asked before they go.
    pub held: u64,
    pub mode: UpstreamMode,
}

/// How a server is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UpstreamMode {
    /// In a session, by the stream of what changed.
    #[default]
    Stream,
    /// With an API key, which the stream refuses: by searching for everything each time.
    Search,
}

/// Somebody who begins to follow a server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct NewUpstream {
    pub address: String,
    pub version: Version,
    pub user_id: UserId,
    pub external_user_id: Uuid,
    pub email: String,
    pub mode: UpstreamMode,
}

/// Kinds of rows that have another name on a server. The numbers are kept in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i64)]
#[allow(missing_docs)]
pub enum ExternalKind {
    User = 1,
    Asset = 2,
    Album = 3,
    Stack = 4,
    Memory = 5,
    Person = 6,
    Face = 7,
    Tag = 8,
    Edit = 9,
    Ocr = 10,
}

/// Kinds of rows that have no name of their own on a server, as they join two others. The numbers are kept in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i64)]
#[allow(missing_docs)]
pub enum LinkKind {
    /// Who lets see, who may see.
    Partner = 1,
    AlbumUser = 2,
    AlbumAsset = 3,
    MemoryAsset = 4,
    /// The child is a key.
    AssetMetadata = 5,
    /// The child is a key.
    UserMetadata = 6,
}

impl LinkKind {
    /// What the parent is.
    pub fn parent_kind(self) -> ExternalKind {
        match self {
            Self::Partner | Self::UserMetadata => ExternalKind::User,
            Self::AlbumUser | Self::AlbumAsset => ExternalKind::Album,
            Self::MemoryAsset => ExternalKind::Memory,
            Self::AssetMetadata => ExternalKind::Asset,
        }
    }
}

/// Such a row, by the names that what it joins has there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct ExternalLink {
    pub kind: LinkKind,
    pub parent: Uuid,
    /// The bytes of a name or of a key.
    pub child: Vec<u8>,
}

impl ExternalLink {
    /// A link between two rows that have names.
    pub fn new(kind: LinkKind, parent: impl Into<Uuid>, child: impl Into<Uuid>) -> Self {
        Self { kind, parent: parent.into(), child: child.into().as_bytes().to_vec() }
    }

    /// A value that is kept under a key.
    pub fn of_key(kind: LinkKind, parent: impl Into<Uuid>, key: &str) -> Self {
        Self { kind, parent: parent.into(), child: key.as_bytes().to_vec() }
    }

    /// The name of the child, if it is one.
    pub fn child_name(&self) -> Option<Uuid> {
        Uuid::from_slice(&self.child).ok()
    }

    /// The key of the child.
    pub fn child_key(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.child)
    }
}

/// A line of a stream that could not be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Quarantined {
    pub id: i64,
    pub entity: EntityType,
    /// JSON, as it came.
    pub data: String,
    pub ack: String,
    /// Why, for people.
    pub reason: String,
    pub first_seen: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
}
