//! The things a library knows, as they are kept.

mod activity;
mod album;
mod asset;
mod edit;
mod explore;
mod fetched;
mod filter;
mod folder;
mod ingest;
mod job;
mod memory;
mod notification;
mod ocr;
mod outbox;
mod partner;
mod person;
mod shared_link;
mod stack;
mod stored;
mod upstream;
mod user;
mod write_back;

pub use activity::{Activity, ActivityFilter};
pub use album::{Album, AlbumSummary, AlbumUser, NewAlbum};
pub use asset::{
    Asset, AssetMetadata, AssetStats, BucketRow, Exif, KnownContent, LockedField, MonthCount, NewAsset, OwnerUsage, Tag,
};
pub use edit::{Edit, edited_size, picture_edits, place_in_edited, place_in_plain, visible_share};
pub use explore::{Camera, Marker, MarkerFilter, MarkersOf, PlaceName};
pub use fetched::HeldOriginals;
pub use filter::{AssetFilter, BucketFilter, Match};
pub use folder::{
    ActionTally, DeletedContent, Folder, FolderAction, FolderFailure, FolderFile, FolderPolicy, FolderRun, Holding,
    InPlace, Indexed, JournalLine, JournalState, LibraryUsage, UnknownFolderName,
};
pub use ingest::{FileStamp, IngestCount, IngestDerivation, IngestFile, IngestRole, IngestState, UnknownIngestState};
pub use job::{Job, JobKind, JobState, QueueCounts};
pub use memory::{Memory, MemoryFilter};
pub use notification::{Notification, NotificationFilter};
pub use ocr::{OcrRow, TextLine};
pub use outbox::{Conflict, Field, FieldValue, OutboxCounts, OutboxRow, Subject};
pub use partner::Partner;
pub use person::{Face, FaceBox, PeopleCounts, PeopleFilter, Person};
pub use shared_link::SharedLink;
pub use stack::{Stack, StackSummary};
pub use stored::StoredForm;
pub use upstream::{ExternalKind, ExternalLink, LinkKind, NewUpstream, Quarantined, Upstream, UpstreamMode};
pub use user::{ApiKey, Session, User, UserMetadata};
pub use write_back::{ForeignPhoto, TagChange, UnknownWriteTarget, WriteBackRun, WriteTarget, WrittenFile};
