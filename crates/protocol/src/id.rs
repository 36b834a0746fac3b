//! Identifiers. Entities have random UUIDs (version 4) that never change; positions in the change feed have
//! time-ordered UUIDs (version 7).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Declares a newtype around a UUID for one kind of thing.
macro_rules! id_type {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The sixteen bytes, most significant first.
            pub fn as_bytes(&self) -> &[u8; 16] { self.0.as_bytes() }

            /// From sixteen bytes, most significant first.
            pub fn from_bytes(bytes: [u8; 16]) -> Self { Self(Uuid::from_bytes(bytes)) }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.as_hyphenated().fmt(f) }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            /// Accepts the hyphenated form only, in either case, as the protocol does.
            fn from_str(text: &str) -> Result<Self, InvalidId> { parse_hyphenated(text).map(Self) }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self { Self(id) }
        }
    };
}

/// A text that is no hyphenated UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a UUID")]
pub struct InvalidId {
    /// What was given.
    pub text: String,
}

fn parse_hyphenated(text: &str) -> Result<Uuid, InvalidId> {
    let invalid = || InvalidId { text: text.chars().take(64).collect() };
    if text.len() != uuid::fmt::Hyphenated::LENGTH {
        return Err(invalid());
    }
    Uuid::try_parse(text).map_err(|_| invalid())
}

id_type! {
    /// A user account.
    UserId
}
id_type! {
    /// A photo or video in a library; durable, never re-minted.
    AssetId
}
id_type! {
    /// An album.
    AlbumId
}
id_type! {
    /// A login of one device, with its own checkpoints.
    SessionId
}
id_type! {
    /// An API key.
    ApiKeyId
}
id_type! {
    /// An external library: a folder whose files are read and never moved.
    LibraryId
}
id_type! {
    /// A stack of assets that belong together.
    StackId
}
id_type! {
    /// An edit of a picture.
    EditId
}
id_type! {
    /// A memory.
    MemoryId
}
id_type! {
    /// A notification.
    NotificationId
}
id_type! {
    /// Somebody on photos.
    PersonId
}
id_type! {
    /// A face on a photo.
    FaceId
}
id_type! {
    /// A line of text that was recognised on an asset.
    OcrId
}
id_type! {
    /// A comment or a like.
    ActivityId
}
id_type! {
    /// A link by which guests see assets of a user.
    SharedLinkId
}
id_type! {
    /// A tag.
    TagId
}
id_type! {
    /// A position in the change feed: UUID version 7, strictly increasing in commit order.
    UpdateId
}

impl UpdateId {
    /// Below every id that was ever given out.
    pub const MIN: Self = Self(Uuid::nil());
    /// Above every id that will ever be given out.
    pub const MAX: Self = Self(Uuid::max());

    /// The first position of a millisecond, for what is named by the clock and not by a row.
    pub fn at(time: crate::time::Timestamp) -> Self {
        let ms = u128::try_from(time.0.max(0)).unwrap_or(0) & ((1 << 48) - 1);
        Self(Uuid::from_u128((ms << 80) | (7 << 76) | (0b10 << 62)))
    }

    /// Milliseconds since the Unix epoch in the first 48 bits.
    pub fn unix_ms(self) -> i64 {
        let bytes = self.0.as_bytes();
        bytes[..6].iter().fold(0_i64, |ms, byte| (ms << 8) | i64::from(*byte))
    }
}

/// Whether an entity id given by a client has the version the protocol demands in paths and bodies (version 4).
pub fn is_entity_id(id: Uuid) -> bool {
    id.get_version_num() == 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hyphenated_uuids_are_ids() {
        let text = "019b7c10-1111-7bbb-8bbb-000000000002";
        let id: UpdateId = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
        assert_eq!(id.unix_ms(), 0x019b_7c10_1111);
        for bad in ["", "x", "019b7c1011117bbb8bbb000000000002", "{019b7c10-1111-7bbb-8bbb-000000000002}"] {
            assert!(bad.parse::<AssetId>().is_err(), "{bad}");
        }
    }
}
