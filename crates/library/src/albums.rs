//! Albums of one's own, and those one has joined.

use std::collections::HashMap;

use tintype_protocol::id::{AlbumId, AssetId, UserId};
use tintype_protocol::model::{AlbumRole, BulkError, SortOrder, Visibility};
use tintype_protocol::permission::Permission;

use crate::assets::usable;
use crate::error::LibraryError;
use crate::fields;
use crate::library::Library;
use crate::model::{Album, AlbumSummary, AlbumUser, Asset, NewAlbum};
use crate::notifications::invite;
use crate::recorder::Change;
use crate::sessions::Caller;
use crate::sharing::join;
use crate::store::{Read, Write};

/// An album with everything that an answer shows of it.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct AlbumView {
    pub album: Album,
    pub users: Vec<AlbumUser>,
    pub summary: AlbumSummary,
    /// Whether guests can see it by a link.
    pub has_shared_link: bool,
}

impl AlbumView {
    /// Whether anybody but the owner can see it.
    pub fn is_shared(&self) -> bool {
        self.users.len() > 1 || self.has_shared_link
    }
}

/// Changes of an album; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct AlbumChange {
    pub name: Option<String>,
    pub description: Option<String>,
    pub thumbnail_asset_id: Option<AssetId>,
    pub is_activity_enabled: Option<bool>,
    pub order: Option<SortOrder>,
}

/// The outcome for one asset of a bulk request.
pub type BulkOutcome = (AssetId, Result<(), BulkError>);

/// Numbers of albums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct AlbumCounts {
    pub owned: u64,
    pub shared: u64,
    pub not_shared: u64,
}

impl Library {
    /// Makes an album. Assets that the caller may not use are left out; the first one that is not becomes the cover.
    pub fn create_album(
        &self,
        caller: &Caller,
        name: String,
        description: String,
        order: SortOrder,
        assets: Vec<AssetId>,
        members: Vec<(UserId, AlbumRole)>,
    ) -> Result<AlbumView, LibraryError> {
        let new = NewAlbum { id: self.new_id().into(), owner_id: caller.user.id, name, description, order };
        let (asker, invitations) = (caller.clone(), self.invitations(caller, members.iter().map(|(user, _)| *user)));
        let (made, told) = self.change(move |tx| {
            tx.insert_album(&new)?;
            let allowed: Vec<AssetId> = assets.into_iter().filter(|id| is_usable(tx, &asker, *id)).collect();
            for asset in &allowed {
                tx.add_album_asset(new.id, *asset)?;
            }
            if let (Some(cover), Some(mut album)) = (allowed.first(), tx.album(new.id)?) {
                album.thumbnail_asset_id = Some(*cover);
                tx.update_album(&album)?;
            }
            let mut changes = vec![Change::AlbumCreated(new.id), Change::AlbumAssetsAdded(new.id, allowed)];
            for (user, role) in members {
                join(tx, new.id, user, role)?;
                changes.push(Change::AlbumUserChanged(new.id, user, None));
            }
            let view = view(tx.as_read(), new.id)?;
            let told = invite(tx, &view.album, invitations)?;
            Ok(((view, told), changes))
        })?;
        self.tell_of(told);
        Ok(made)
    }

    /// Albums that the caller owns or has joined, newest first; with `asset` only those that hold it.
    pub fn albums(&self, caller: &Caller, asset: Option<AssetId>) -> Result<Vec<AlbumView>, LibraryError> {
        self.read(|tx| {
            let holding = asset.map(|asset| tx.albums_with_asset(asset)).transpose()?;
            let mut views = Vec::new();
            for album in tx.albums_of(caller.user.id)? {
                if holding.as_ref().is_none_or(|holding| holding.contains(&album.id)) {
                    views.push(view_of(tx, album)?);
                }
            }
            Ok(views)
        })
    }

    /// One album.
    pub fn album(&self, caller: &Caller, id: AlbumId) -> Result<AlbumView, LibraryError> {
        self.read(|tx| {
            allowed(tx, caller, id, Permission::AlbumRead)?;
            view(tx, id)
        })
    }

    /// What is in an album, in its order, without the trash.
    pub fn album_assets(&self, album: &Album) -> Result<Vec<Asset>, LibraryError> {
        self.read(|tx| Ok(tx.album_assets(album)?))
    }

    /// How many of an album's assets are whose, most first, without the trash.
    pub fn album_contributors(&self, album: &Album) -> Result<Vec<(UserId, u64)>, LibraryError> {
        let mut counts: HashMap<UserId, u64> = HashMap::new();
        for asset in self.album_assets(album)? {
            *counts.entry(asset.owner_id).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(user, count)| (std::cmp::Reverse(*count), *user));
        Ok(counts)
    }

    /// Numbers of the caller's albums.
    pub fn album_counts(&self, caller: &Caller) -> Result<AlbumCounts, LibraryError> {
        let mut counts = AlbumCounts::default();
        for view in self.albums(caller, None)? {
            let is_shared = view.is_shared();
            counts.owned += u64::from(view.album.owner_id == caller.user.id);
            counts.shared += u64::from(is_shared);
            counts.not_shared += u64::from(!is_shared);
        }
        Ok(counts)
    }

    /// Changes an album.
    pub fn update_album(&self, caller: &Caller, id: AlbumId, change: AlbumChange) -> Result<AlbumView, LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            let mut album = allowed(tx.as_read(), &caller, id, Permission::AlbumUpdate)?;
            let before = fields::of_album(&album);
            if let Some(cover) = change.thumbnail_asset_id {
                if !tx.albums_with_asset(cover)?.contains(&id) {
                    return Err(LibraryError::invalid("Invalid album thumbnail"));
                }
                album.thumbnail_asset_id = Some(cover);
            }
            album.name = change.name.unwrap_or(album.name);
            album.description = change.description.unwrap_or(album.description);
            album.is_activity_enabled = change.is_activity_enabled.unwrap_or(album.is_activity_enabled);
            album.order = change.order.unwrap_or(album.order);
            tx.update_album(&album)?;
            let was = fields::changed(before, &fields::of_album(&album));
            Ok((view(tx.as_read(), id)?, vec![Change::AlbumChanged(id, was)]))
        })
    }

    /// Deletes an album; its assets stay.
    pub fn delete_album(&self, caller: &Caller, id: AlbumId) -> Result<(), LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            let album = allowed(tx.as_read(), &caller, id, Permission::AlbumDelete)?;
            tx.delete_album(&album)?;
            Ok(((), vec![Change::AlbumDeleted(id, album.owner_id)]))
        })
    }

    /// Puts assets into an album. The outcomes come in the order of the request.
    pub fn add_album_assets(
        &self,
        caller: &Caller,
        id: AlbumId,
        assets: Vec<AssetId>,
    ) -> Result<Vec<BulkOutcome>, LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            let album = allowed(tx.as_read(), &caller, id, Permission::AlbumAssetCreate)?;
            let (mut outcomes, mut added) = (Vec::with_capacity(assets.len()), Vec::new());
            for asset in assets {
                let outcome = if !is_usable(tx, &caller, asset) {
                    Err(BulkError::NoPermission)
                } else if tx.add_album_asset(id, asset)? {
                    added.push(asset);
                    Ok(())
                } else {
                    Err(BulkError::Duplicate)
                };
                outcomes.push((asset, outcome));
            }
            Ok((outcomes, has_grown(tx, album, added)?))
        })
    }

    /// Takes assets out of an album. The outcomes come in the order of the request.
    pub fn remove_album_assets(
        &self,
        caller: &Caller,
        id: AlbumId,
        assets: Vec<AssetId>,
    ) -> Result<Vec<BulkOutcome>, LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            let mut album = allowed(tx.as_read(), &caller, id, Permission::AlbumAssetDelete)?;
            let (mut outcomes, mut removed) = (Vec::with_capacity(assets.len()), Vec::new());
            for asset in assets {
                let outcome = if !tx.albums_with_asset(asset)?.contains(&id) {
                    Err(BulkError::NotFound)
                } else if album.owner_id != caller.user.id && !is_usable(tx, &caller, asset) {
                    // Members take out what they put in.
                    Err(BulkError::NoPermission)
                } else {
                    tx.remove_album_asset(id, asset)?;
                    removed.push(asset);
                    Ok(())
                };
                outcomes.push((asset, outcome));
            }
            if album.thumbnail_asset_id.is_some_and(|cover| removed.contains(&cover)) {
                album.thumbnail_asset_id = tx.album_assets(&album)?.first().map(|asset| asset.id);
                tx.update_album(&album)?;
            }
            Ok((outcomes, vec![Change::AlbumAssetsRemoved(id, removed)]))
        })
    }
}

/// Whether the caller may put an asset where others see it. What is locked away stays there, also while the folder is
/// open.
fn is_usable(tx: &dyn Write, caller: &Caller, asset: AssetId) -> bool {
    usable(tx.as_read(), caller, asset, Permission::AssetShare)
        .is_ok_and(|asset| asset.visibility != Visibility::Locked)
}

/// What follows when an album has got assets: the first ones give it a cover.
pub(crate) fn has_grown(
    tx: &mut dyn Write,
    mut album: Album,
    added: Vec<AssetId>,
) -> Result<Vec<Change>, LibraryError> {
    if let Some(first) = added.first() {
        album.thumbnail_asset_id = album.thumbnail_asset_id.or(Some(*first));
        tx.update_album(&album)?;
    }
    Ok(vec![Change::AlbumAssetsAdded(album.id, added)])
}

/// The album, if the caller's role allows what `need` names: viewers look, editors also change, the owner may delete.
/// Guests do with the album of their link what the link allows.
pub(crate) fn allowed(tx: &dyn Read, caller: &Caller, id: AlbumId, need: Permission) -> Result<Album, LibraryError> {
    let role = tx.album_role(id, caller.user.id)?;
    let is_enough = match (caller.link(), need) {
        (Some(link), _) => link.album_id == Some(id) && link.allows(need),
        (None, Permission::AlbumRead | Permission::AlbumDownload) => role.is_some(),
        (None, Permission::AlbumDelete) => role == Some(AlbumRole::Owner),
        (None, _) => matches!(role, Some(AlbumRole::Owner | AlbumRole::Editor)),
    };
    tx.album(id)?.filter(|_| is_enough).ok_or(LibraryError::NoAccess(need))
}

pub(crate) fn view(tx: &dyn Read, id: AlbumId) -> Result<AlbumView, LibraryError> {
    let album = tx.album(id)?.ok_or(LibraryError::NoAccess(Permission::AlbumRead))?;
    view_of(tx, album)
}

fn view_of(tx: &dyn Read, album: Album) -> Result<AlbumView, LibraryError> {
    let (users, summary) = (tx.album_users(album.id)?, tx.album_summary(album.id)?);
    let has_shared_link = tx.has_shared_link(album.id)?;
    Ok(AlbumView { album, users, summary, has_shared_link })
}
