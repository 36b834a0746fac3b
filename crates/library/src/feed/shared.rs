//! What others share with a user: rows that were there before access began, and rows that the user knows by a link.

use tintype_protocol::id::{AlbumId, UpdateId, UserId};

/// What gives access to rows of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParentKey {
    /// A partner who shares their library.
    Partner(UserId),
    /// An album that somebody else owns.
    Album(AlbumId),
}

impl ParentKey {
    /// The bytes of the identifier.
    pub fn as_bytes(&self) -> &[u8; 16] {
        match self {
            Self::Partner(user) => user.as_bytes(),
            Self::Album(album) => album.as_bytes(),
        }
    }
}

/// One access of a user to rows of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    /// When access began.
    pub created: UpdateId,
    /// To what.
    pub key: ParentKey,
}

/// Rows of a parent that lie behind the position of a user who got access later (sync-protocol §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackfillKind {
    /// Assets of a partner.
    PartnerAssets,
    /// What is known about them.
    PartnerExifs,
    /// Stacks of a partner.
    PartnerStacks,
    /// Members of an album. Its owner's row moves with each new member, and is sent as an ordinary row therefore.
    AlbumUsers,
    /// Assets of an album, at the positions of their links.
    AlbumAssets,
    /// What is known about them, at the same positions.
    AlbumExifs,
    /// Links of an album.
    AlbumLinks,
}

impl BackfillKind {
    /// Whether the parents are partners; else they are albums.
    pub fn is_of_partners(self) -> bool {
        matches!(self, Self::PartnerAssets | Self::PartnerExifs | Self::PartnerStacks)
    }
}

/// Rows of assets in albums that changed themselves, while their link did not (sync-protocol §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkedKind {
    /// The assets.
    Assets,
    /// What is known about them.
    Exifs,
}
