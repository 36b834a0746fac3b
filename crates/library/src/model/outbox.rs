//! What has been changed here and not yet reached the upstream, and what both sides changed.

use tintype_protocol::id::{AlbumId, AssetId, PersonId, StackId, TagId, UserId};
use tintype_protocol::time::Timestamp;
use uuid::Uuid;

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Subject {
    Asset(AssetId),
    Album(AlbumId),
    /// An asset's place in an album.
    AlbumAsset(AlbumId, AssetId),
    /// A user's part in an album.
    AlbumUser(AlbumId, UserId),
    Stack(StackId),
    /// An asset's place in a stack.
    StackAsset(StackId, AssetId),
    Person(PersonId),
    Tag(TagId),
    /// A tag on an asset.
    AssetTag(AssetId, TagId),
}

/// Number of [`Subject::other`] where there is no other.
const NONE: Uuid = Uuid::nil();

impl Subject {
    /// Number of its kind, as kept in the store.
    pub fn kind(self) -> i64 {
        match self {
            Self::Asset(_) => 1,
            Self::Album(_) => 2,
            Self::AlbumAsset(..) => 3,
            Self::AlbumUser(..) => 4,
            Self::Stack(_) => 5,
            Self::StackAsset(..) => 6,
            Self::Person(_) => 7,
            Self::Tag(_) => 8,
            Self::AssetTag(..) => 9,
        }
    }

    /// What it is about first.
    pub fn id(self) -> Uuid {
        match self {
            Self::Asset(id) | Self::AssetTag(id, _) => id.0,
            Self::Album(id) | Self::AlbumAsset(id, _) | Self::AlbumUser(id, _) => id.0,
            Self::Stack(id) | Self::StackAsset(id, _) => id.0,
            Self::Person(id) => id.0,
            Self::Tag(id) => id.0,
        }
    }

    /// What else it is about; nil where there is nothing.
    pub fn other(self) -> Uuid {
        match self {
            Self::AlbumAsset(_, id) | Self::StackAsset(_, id) => id.0,
            Self::AlbumUser(_, id) => id.0,
            Self::AssetTag(_, id) => id.0,
            Self::Asset(_) | Self::Album(_) | Self::Stack(_) | Self::Person(_) | Self::Tag(_) => NONE,
        }
    }

    /// From what [`Subject::kind`], [`Subject::id`] and [`Subject::other`] said.
    pub fn of(kind: i64, id: Uuid, other: Uuid) -> Option<Self> {
        Some(match kind {
            1 => Self::Asset(AssetId(id)),
            2 => Self::Album(AlbumId(id)),
            3 => Self::AlbumAsset(AlbumId(id), AssetId(other)),
            4 => Self::AlbumUser(AlbumId(id), UserId(other)),
            5 => Self::Stack(StackId(id)),
            6 => Self::StackAsset(StackId(id), AssetId(other)),
            7 => Self::Person(PersonId(id)),
            8 => Self::Tag(TagId(id)),
            9 => Self::AssetTag(AssetId(id), TagId(other)),
            _ => return None,
        })
    }

    /// What it is, for people.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Asset(_) => "asset",
            Self::Album(_) => "album",
            Self::AlbumAsset(..) => "asset in album",
            Self::AlbumUser(..) => "user in album",
            Self::Stack(_) => "stack",
            Self::StackAsset(..) => "asset in stack",
            Self::Person(_) => "person",
            Self::Tag(_) => "tag",
            Self::AssetTag(..) => "tag on asset",
        }
    }
}

/// What of it has changed: what is sent, fails, and conflicts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Field {
    /// It is new here.
    Existence,
    /// Active, in the trash, or deleted for good.
    Life,
    Favorite,
    Visibility,
    Description,
    Rating,
    /// Instant and zone of the capture.
    Date,
    Place,
    /// Crop, turn, mirror.
    Edits,
    Name,
    Cover,
    Order,
    Activity,
    /// Whether it is part of the other, and as what.
    Membership,
    Hidden,
    BirthDate,
    Color,
    /// Which face stands for a person, which asset for a stack.
    Front,
    /// Made one with another person.
    Merge,
}

impl Field {
    /// Every field, in the order in which fields of one subject are sent.
    pub const ALL: [Self; 19] = [
        Self::Existence,
        Self::Favorite,
        Self::Visibility,
        Self::Description,
        Self::Rating,
        Self::Date,
        Self::Place,
        Self::Edits,
        Self::Name,
        Self::Membership,
        Self::Cover,
        Self::Order,
        Self::Activity,
        Self::Hidden,
        Self::BirthDate,
        Self::Color,
        Self::Front,
        Self::Merge,
        Self::Life,
    ];

    /// Its name in the store and for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Existence => "existence",
            Self::Life => "life",
            Self::Favorite => "favorite",
            Self::Visibility => "visibility",
            Self::Description => "description",
            Self::Rating => "rating",
            Self::Date => "date",
            Self::Place => "place",
            Self::Edits => "edits",
            Self::Name => "name",
            Self::Cover => "cover",
            Self::Order => "order",
            Self::Activity => "activity",
            Self::Membership => "membership",
            Self::Hidden => "hidden",
            Self::BirthDate => "birth-date",
            Self::Color => "color",
            Self::Front => "front",
            Self::Merge => "merge",
        }
    }

    /// By what [`Field::as_str`] said.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == name)
    }
}

/// What a field was, or is: JSON, the same text for the same value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct FieldValue {
    pub field: Field,
    pub value: String,
}

/// A change that waits to be sent. What is sent is what the field is then.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct OutboxRow {
    pub id: i64,
    pub upstream_id: i64,
    pub subject: Subject,
    pub field: Field,
    /// Its place in the order of sending.
    pub rank: i64,
    /// What the upstream has, as far as is known.
    pub base: Option<String>,
    /// What will be gone from the library when the row is sent: the checksum of a deleted asset, the path of a tag.
    pub detail: Option<String>,
    /// Another one after each change of the field.
    pub revision: i64,
    /// Whether it may have reached the upstream already, as a request went out and no answer was kept.
    pub is_sent: bool,
    /// What went out last, as long as no answer was kept. The server may have it.
    pub sent: Option<String>,
    /// How often the upstream said no.
    pub attempts: u32,
    pub not_before: Timestamp,
    /// Why it said no, for people.
    pub error: Option<String>,
    /// Given up: only a person makes it be tried again.
    pub is_dead: bool,
    pub created_at: Timestamp,
}

/// How many changes wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct OutboxCounts {
    pub waiting: u64,
    pub dead: u64,
    /// Conflicts that nobody has looked at.
    pub conflicts: u64,
}

/// What both sides changed: the value of here went to the upstream, the other one is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Conflict {
    pub id: i64,
    pub upstream_id: i64,
    pub subject: Subject,
    pub field: Field,
    /// What both had before.
    pub base: Option<String>,
    pub mine: String,
    pub theirs: String,
    pub at: Timestamp,
}

impl Conflict {
    /// What is kept as the value of there where the thing itself was deleted there. No value of a field is written like this:
    /// those are JSON.
    pub const DELETED: &'static str = "deleted";

    /// Whether it was deleted there, so that there is no value to take.
    pub fn is_deleted_there(&self) -> bool {
        self.theirs == Self::DELETED
    }
}
