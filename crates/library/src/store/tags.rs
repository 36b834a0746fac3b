//! Tags in a store.

use std::collections::HashSet;

use tintype_protocol::id::{AssetId, TagId, UserId};

use super::StoreError;
use crate::model::Tag;

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about tags.
pub trait ReadTags {
    /// One tag.
    fn tag(&self, id: TagId) -> Result<Option<Tag>>;
    /// The tag of a whole path such as `a/b/c`.
    fn tag_by_value(&self, owner: UserId, value: &str) -> Result<Option<Tag>>;
    /// All tags of a user, by value.
    fn tags(&self, owner: UserId) -> Result<Vec<Tag>>;
    /// All there are, of all users.
    fn tag_ids(&self) -> Result<HashSet<TagId>>;
    /// Tags of an asset, by value.
    fn tags_of(&self, asset: AssetId) -> Result<Vec<Tag>>;
}

/// Changes of tags. Tags are not part of the change feed; assets whose tags change are moved by the caller.
pub trait WriteTags {
    /// A new tag. Its times are those of the transaction; `Conflict` when its owner has the value already.
    fn insert_tag(&mut self, tag: &Tag) -> Result<()>;
    /// Another colour.
    fn update_tag(&mut self, tag: &Tag) -> Result<()>;
    /// The tag goes, with everything below it.
    fn delete_tag(&mut self, id: TagId) -> Result<()>;
    /// Whether the asset did not have it before.
    fn add_asset_tag(&mut self, asset: AssetId, tag: TagId) -> Result<bool>;
    /// Whether the asset had it.
    fn remove_asset_tag(&mut self, asset: AssetId, tag: TagId) -> Result<bool>;
}
