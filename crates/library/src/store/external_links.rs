//! What servers show that has no name of its own, and what they no longer let anybody here see.

use tintype_protocol::id::{AlbumId, UpdateId};
use uuid::Uuid;

use super::StoreError;
use crate::model::{ExternalKind, ExternalLink, LinkKind, Upstream};

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about links of servers.
pub trait ReadExternalLinks {
    /// By which upstream and in which epoch a server has shown a link last, if it ever did.
    fn link_shown(&self, server: i64, link: &ExternalLink) -> Result<Option<(i64, i64)>>;
    /// Links of a kind behind `after` that this upstream showed last, but not in this epoch, in their order.
    fn unseen_links(
        &self,
        upstream: &Upstream,
        kind: LinkKind,
        after: Option<&ExternalLink>,
        limit: u32,
    ) -> Result<Vec<ExternalLink>>;
    /// How many links of a kind this upstream showed last, and how many of them not in this epoch.
    fn seen_link_counts(&self, upstream: &Upstream, kind: LinkKind) -> Result<(u64, u64)>;
    /// Users or assets to which somebody's access has ended, and the position up to which they were looked at.
    fn ended_accesses(&self, server: i64, kind: ExternalKind, limit: u32) -> Result<Vec<(Uuid, UpdateId)>>;
}

/// Changes of links of servers.
pub trait WriteExternalLinks {
    /// An upstream shows a link, for the first time or again.
    fn see_link(&mut self, upstream: &Upstream, link: &ExternalLink) -> Result<()>;
    /// A server has no such link any more.
    fn forget_link(&mut self, server: i64, link: &ExternalLink) -> Result<()>;
    /// Nor any other of this kind and parent.
    fn forget_links_of(&mut self, server: i64, kind: LinkKind, parent: Uuid) -> Result<()>;
    /// Somebody who follows the server may not see a user's assets any more, or one asset.
    fn note_ended_access(&mut self, server: i64, kind: ExternalKind, local: Uuid) -> Result<()>;
    /// Somebody who follows the server may not see what is in an album any more.
    fn note_ended_access_to_album(&mut self, server: i64, album: AlbumId) -> Result<()>;
    /// Up to this position they were looked at.
    fn move_ended_access(&mut self, server: i64, kind: ExternalKind, local: Uuid, position: UpdateId) -> Result<()>;
    /// All of them were.
    fn forget_ended_access(&mut self, server: i64, kind: ExternalKind, local: Uuid) -> Result<()>;
}
