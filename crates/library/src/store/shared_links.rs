//! Shared links in a store.

use tintype_protocol::id::{AlbumId, AssetId, SharedLinkId, UserId};
use tintype_protocol::link_key::LinkKey;

use super::StoreError;
use crate::model::{Asset, SharedLink};

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about shared links.
pub trait ReadSharedLinks {
    /// One of them.
    fn shared_link(&self, id: SharedLinkId) -> Result<Option<SharedLink>>;
    /// That with a key.
    fn shared_link_by_key(&self, key: &LinkKey) -> Result<Option<SharedLink>>;
    /// That with a name.
    fn shared_link_by_slug(&self, slug: &str) -> Result<Option<SharedLink>>;
    /// Those of a user, newest first.
    fn shared_links_of(&self, user: UserId) -> Result<Vec<SharedLink>>;
    /// Assets that were put into a link one by one, newest capture first; without the trash.
    fn link_assets(&self, link: SharedLinkId) -> Result<Vec<Asset>>;
    /// Links that an asset was put into.
    fn links_with_asset(&self, asset: AssetId) -> Result<Vec<SharedLinkId>>;
    /// Whether there is a link to an album.
    fn has_shared_link(&self, album: AlbumId) -> Result<bool>;
}

/// Changes of shared links. They go with their user, with their album, and when their user leaves it.
pub trait WriteSharedLinks {
    /// A new one. `Conflict` when its slug is taken.
    fn insert_shared_link(&mut self, link: &SharedLink) -> Result<()>;
    /// Everything but key, user and album. `Conflict` when its slug is taken.
    fn update_shared_link(&mut self, link: &SharedLink) -> Result<()>;
    /// One is gone.
    fn delete_shared_link(&mut self, id: SharedLinkId) -> Result<()>;
    /// Whether it was not there before.
    fn add_link_asset(&mut self, link: SharedLinkId, asset: AssetId) -> Result<bool>;
    /// Whether it was there.
    fn remove_link_asset(&mut self, link: SharedLinkId, asset: AssetId) -> Result<bool>;
}
