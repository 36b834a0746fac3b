//! Where files go: this library, or another server.

use std::fs::File;
use std::time::Duration;

use tintype_protocol::checksum::Sha1;
use tintype_protocol::time::Timestamp;
use uuid::Uuid;

/// A boxed cause.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A file that is delivered.
#[derive(Debug)]
pub struct Delivery {
    /// The name that it goes under.
    pub name: String,
    /// The bytes, from the beginning.
    pub file: File,
    /// How many.
    pub size_bytes: u64,
    /// What they are.
    pub sha1: Sha1,
    /// When the device last changed it.
    pub modified: Timestamp,
    /// An XMP file that belongs to it.
    pub sidecar: Option<File>,
    /// The motion part of a live photo, delivered before.
    pub motion: Option<Uuid>,
}

/// What a destination says that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    /// What it calls the asset.
    pub asset: Uuid,
    /// Whether it had the content before.
    pub is_duplicate: bool,
}

/// What a destination knows of a content before it gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Nothing.
    New,
    /// It has it.
    Held(Uuid),
    /// It has it in the trash.
    InTrash(Uuid),
    /// Somebody deleted it there on purpose.
    DeletedOnPurpose,
}

/// Why something did not work.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The destination is not to be reached: nothing can be delivered for now, and this was no attempt.
    #[error("the destination is away")]
    Away {
        /// Not to be tried before.
        after: Option<Duration>,
        /// Why.
        #[source]
        source: Cause,
    },
    /// There is no room, or the owner's quota is used up. A person has to make room; until then it waits.
    #[error("there is no room")]
    NoRoom {
        /// Why.
        #[source]
        source: Cause,
    },
    /// It failed, and may succeed later.
    #[error("it failed")]
    Failed {
        /// Not to be tried before.
        after: Option<Duration>,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The destination does not take it.
    #[error("it was refused")]
    Refused {
        /// Why.
        #[source]
        source: Cause,
    },
}

/// Who gets files.
pub trait Destination: Send + Sync {
    /// What people call it.
    fn name(&self) -> String;

    /// What it knows of a content.
    fn look_up(&self, sha1: &Sha1) -> Result<Known, DeliveryError>;

    /// Hands a file over.
    fn deliver(&self, delivery: Delivery) -> Result<Delivered, DeliveryError>;

    /// The checksum that it has for an asset; `None` if it has no such asset.
    fn checksum(&self, asset: Uuid) -> Result<Option<Sha1>, DeliveryError>;

    /// Whether it has this XMP file for an asset; `None` if it does not say.
    fn has_sidecar(&self, asset: Uuid, sha1: &Sha1) -> Result<Option<bool>, DeliveryError>;

    /// Whether it still has the bytes of an asset that it had before the file came. Asked when the file is out of its place,
    /// before it goes: it may be the very one that the destination keeps.
    fn still_has(&self, asset: Uuid) -> Result<bool, DeliveryError>;

    /// Takes an asset out of the trash.
    fn restore(&self, asset: Uuid) -> Result<(), DeliveryError>;

    /// Puts an asset into the album of this name, which is made if there is none.
    fn add_to_album(&self, album: &str, asset: Uuid) -> Result<(), DeliveryError>;

    /// Puts assets together, the first one in front. Doing so again changes nothing.
    fn stack(&self, assets: &[Uuid]) -> Result<(), DeliveryError>;
}
