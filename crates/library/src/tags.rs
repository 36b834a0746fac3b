//! Tags: labels that people give, as a tree of paths.

use tintype_protocol::id::{AssetId, TagId, UserId};
use tintype_protocol::model::BulkError;
use tintype_protocol::permission::Permission;

use crate::albums::BulkOutcome;
use crate::assets::usable;
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Asset, LockedField, Tag};
use crate::recorder::Change;
use crate::sessions::Caller;
use crate::store::{Read, StoreError, Write};

/// What separates the levels of a path.
const SEPARATOR: char = '/';

/// Makes an id.
type NewId<'f> = dyn FnMut() -> TagId + 'f;

impl Library {
    /// The caller's tags, by value.
    pub fn tags(&self, caller: &Caller) -> Result<Vec<Tag>, LibraryError> {
        self.read(|tx| Ok(tx.tags(caller.user.id)?))
    }

    /// One tag.
    pub fn tag(&self, caller: &Caller, id: TagId, need: Permission) -> Result<Tag, LibraryError> {
        self.read(|tx| own(tx, caller, id, need))
    }

    /// Makes a tag, below another one or at the top.
    pub fn create_tag(
        &self,
        caller: &Caller,
        name: &str,
        parent: Option<TagId>,
        color: Option<String>,
    ) -> Result<Tag, LibraryError> {
        let name = name.trim().to_owned();
        if name.is_empty() || name.contains(SEPARATOR) {
            return Err(LibraryError::invalid("A tag's name must not be empty and must not contain '/'"));
        }
        let (caller, id) = (caller.clone(), self.new_id().into());
        self.change(move |tx| {
            let parent = parent.map(|id| own(tx.as_read(), &caller, id, Permission::TagRead)).transpose()?;
            let value = parent.as_ref().map_or(name.clone(), |parent| format!("{}{SEPARATOR}{name}", parent.value));
            if tx.tag_by_value(caller.user.id, &value)?.is_some() {
                return Err(LibraryError::invalid("A tag with that name already exists"));
            }
            let parent_id = parent.map(|parent| parent.id);
            let tag = Tag { color, ..Tag::new(id, caller.user.id, value, parent_id, tx.now()) };
            tx.insert_tag(&tag)?;
            Ok((tag, vec![Change::TagsChanged(caller.user.id)]))
        })
    }

    /// The tags of these paths, made with their parents where they are missing. Paths without a name are left out.
    pub fn upsert_tags(&self, caller: &Caller, values: Vec<String>) -> Result<Vec<Tag>, LibraryError> {
        let (owner, entropy) = (caller.user.id, std::sync::Arc::clone(&self.entropy));
        self.change(move |tx| {
            let mut new_id = || crate::clock::random_uuid(entropy.as_ref()).into();
            let mut tags = Vec::with_capacity(values.len());
            for value in &values {
                tags.extend(upsert(tx, owner, value, &mut new_id)?);
            }
            Ok((tags, vec![Change::TagsChanged(owner)]))
        })
    }

    /// Gives a tag another colour.
    pub fn update_tag(&self, caller: &Caller, id: TagId, color: Option<String>) -> Result<Tag, LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            let tag = own(tx.as_read(), &caller, id, Permission::TagUpdate)?;
            let tag = Tag { color, updated_at: tx.now(), ..tag };
            tx.update_tag(&tag)?;
            Ok((tag, vec![Change::TagsChanged(caller.user.id)]))
        })
    }

    /// Deletes a tag and everything below it. Assets stay.
    pub fn delete_tag(&self, caller: &Caller, id: TagId) -> Result<(), LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            let tag = own(tx.as_read(), &caller, id, Permission::TagDelete)?;
            tx.delete_tag(id)?;
            let owner = caller.user.id;
            Ok(((), vec![Change::TagsChanged(owner), Change::TagDeleted(id, owner, tag.value)]))
        })
    }

    /// Gives assets a tag. The outcomes come in the order of the request.
    pub fn tag_assets(
        &self,
        caller: &Caller,
        id: TagId,
        assets: Vec<AssetId>,
    ) -> Result<Vec<BulkOutcome>, LibraryError> {
        let add = move |tx: &mut dyn Write, asset| tx.add_asset_tag(asset, id);
        self.change_links(caller, id, assets, add, BulkError::NoPermission, BulkError::Duplicate)
    }

    /// Takes a tag from assets. The outcomes come in the order of the request.
    pub fn untag_assets(
        &self,
        caller: &Caller,
        id: TagId,
        assets: Vec<AssetId>,
    ) -> Result<Vec<BulkOutcome>, LibraryError> {
        let remove = move |tx: &mut dyn Write, asset| tx.remove_asset_tag(asset, id);
        self.change_links(caller, id, assets, remove, BulkError::NotFound, BulkError::NotFound)
    }

    /// Changes the links of assets to a tag. `change` tells whether there was something to do; `refused` and `unchanged`
    /// are the outcomes for assets that the caller may not change and where there was nothing.
    fn change_links(
        &self,
        caller: &Caller,
        id: TagId,
        assets: Vec<AssetId>,
        change: impl Fn(&mut dyn Write, AssetId) -> Result<bool, StoreError> + Send + 'static,
        refused: BulkError,
        unchanged: BulkError,
    ) -> Result<Vec<BulkOutcome>, LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            own(tx.as_read(), &caller, id, Permission::TagAsset)?;
            let (mut outcomes, mut changes) = (Vec::with_capacity(assets.len()), Vec::new());
            for asset in assets {
                let outcome = match usable(tx.as_read(), &caller, asset, Permission::AssetUpdate) {
                    Err(_) => Err(refused),
                    Ok(row) if change(tx, asset)? => {
                        moved(tx, &row)?;
                        changes.extend([Change::AssetChanged(asset, Vec::new()), Change::AssetTagChanged(asset, id)]);
                        Ok(())
                    }
                    Ok(_) => Err(unchanged),
                };
                outcomes.push((asset, outcome));
            }
            Ok((outcomes, changes))
        })
    }

    /// Gives each of the assets each of the tags: all of it or nothing. Answers how many links are new.
    pub fn tag_all(&self, caller: &Caller, tags: Vec<TagId>, assets: Vec<AssetId>) -> Result<u64, LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            for tag in &tags {
                own(tx.as_read(), &caller, *tag, Permission::TagAsset)?;
            }
            let (mut count, mut changes) = (0, Vec::new());
            for asset in assets {
                let row = usable(tx.as_read(), &caller, asset, Permission::AssetUpdate)?;
                let known = changes.len();
                for tag in &tags {
                    if tx.add_asset_tag(asset, *tag)? {
                        changes.push(Change::AssetTagChanged(asset, *tag));
                        count += 1;
                    }
                }
                if changes.len() > known {
                    moved(tx, &row)?;
                    changes.push(Change::AssetChanged(asset, Vec::new()));
                }
            }
            Ok((count, changes))
        })
    }
}

fn own(tx: &dyn Read, caller: &Caller, id: TagId, need: Permission) -> Result<Tag, LibraryError> {
    tx.tag(id)?.filter(|tag| tag.owner_id == caller.user.id).ok_or(LibraryError::NoAccess(need))
}

/// A person changed the tags of an asset: both of its rows move in the feed, and its file no longer decides.
fn moved(tx: &mut dyn Write, asset: &Asset) -> Result<(), LibraryError> {
    if let Some(mut exif) = tx.exif(asset.id)? {
        exif.locked |= LockedField::Tags.bit();
        tx.update_exif(asset.id, &exif)?;
    }
    Ok(tx.update_asset(asset)?)
}

/// The tag of a path, made with its parents if needed; nothing for a path without a name.
fn upsert(tx: &mut dyn Write, owner: UserId, value: &str, new_id: &mut NewId<'_>) -> Result<Option<Tag>, LibraryError> {
    let mut tag: Option<Tag> = None;
    for name in value.split(SEPARATOR).map(str::trim).filter(|name| !name.is_empty()) {
        let path = tag.as_ref().map_or(name.to_owned(), |parent| format!("{}{SEPARATOR}{name}", parent.value));
        let known = match tx.tag_by_value(owner, &path)? {
            Some(known) => known,
            None => {
                let new = Tag::new(new_id(), owner, path, tag.map(|parent| parent.id), tx.now());
                tx.insert_tag(&new)?;
                new
            }
        };
        tag = Some(known);
    }
    Ok(tag)
}

/// Gives an asset exactly the tags that its file names.
pub(crate) fn take_from_file(
    tx: &mut dyn Write,
    asset: &Asset,
    values: &[String],
    new_id: &mut NewId<'_>,
) -> Result<(), LibraryError> {
    let mut wanted = Vec::with_capacity(values.len());
    for value in values {
        wanted.extend(upsert(tx, asset.owner_id, value, new_id)?.map(|tag| tag.id));
    }
    for tag in tx.tags_of(asset.id)? {
        if !wanted.contains(&tag.id) {
            tx.remove_asset_tag(asset.id, tag.id)?;
        }
    }
    for tag in wanted {
        tx.add_asset_tag(asset.id, tag)?;
    }
    Ok(())
}
