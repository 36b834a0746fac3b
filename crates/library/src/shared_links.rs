//! Shared links: what guests see, and who may change that.
//!
//! A guest acts in the name of the link's user, but only with what the link shows and only as far as the link allows
//! (see [`SharedLink::allows`]); `usable`, `allowed` and the timeline ask here.

mod guests;

pub use guests::LinkClaim;
pub(crate) use guests::place;

use tintype_protocol::id::{AlbumId, AssetId, SharedLinkId, UserId};
use tintype_protocol::link_key::LinkKey;
use tintype_protocol::model::{AssetStatus, BulkError, Visibility};
use tintype_protocol::permission::Permission;
use tintype_protocol::time::Timestamp;

use crate::albums::{AlbumView, BulkOutcome, allowed, view as album_view};
use crate::assets::usable;
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Asset, Exif, SharedLink};
use crate::secrets::hash_password;
use crate::sessions::Caller;
use crate::sharing::is_shown;
use crate::store::{Durability, Read};

/// Longest name of a link, in characters: it becomes part of an address.
const SLUG_LIMIT: usize = 100;
/// Longest note for guests, in characters.
const DESCRIPTION_LIMIT: usize = 2_000;
/// Most assets in one link: each answer to a guest names all of them. Albums have no such limit.
const ASSETS_LIMIT: usize = 20_000;

/// A link with what it shows.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct SharedLinkView {
    pub link: SharedLink,
    pub album: Option<AlbumView>,
    /// Newest first; empty for albums. What is known about them only in [`Detail::Full`].
    pub assets: Vec<(Asset, Option<Exif>)>,
}

/// How much is read of what a link shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// The assets.
    Brief,
    /// With what is known about them.
    Full,
}

/// What a link is to show.
#[derive(Debug, Clone)]
pub enum LinkTarget {
    /// An album, with what is in it at any time.
    Album(AlbumId),
    /// These assets.
    Assets(Vec<AssetId>),
}

/// What somebody wants to share. Texts that are empty count as none.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct NewSharedLink {
    pub target: LinkTarget,
    pub description: Option<String>,
    pub password: Option<String>,
    pub slug: Option<String>,
    pub expires_at: Option<Timestamp>,
    pub allow_upload: bool,
    pub allow_download: bool,
    pub show_metadata: bool,
}

/// Changes of a link; `None` leaves a field as it is, an empty text takes it away.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct SharedLinkChange {
    pub description: Option<Option<String>>,
    pub password: Option<Option<String>>,
    pub slug: Option<Option<String>>,
    pub expires_at: Option<Option<Timestamp>>,
    pub allow_upload: Option<bool>,
    pub allow_download: Option<bool>,
    pub show_metadata: Option<bool>,
}

impl Library {
    /// Makes a link. Its user has to be allowed to share all that it shows.
    pub fn create_shared_link(&self, caller: &Caller, new: NewSharedLink) -> Result<SharedLinkView, LibraryError> {
        let mut key = [0; LinkKey::BYTES];
        self.entropy.fill(&mut key);
        let mut link = SharedLink {
            id: self.new_id().into(),
            user_id: caller.user.id,
            key: LinkKey(key),
            slug: filled(new.slug),
            album_id: None,
            description: filled(new.description),
            password_hash: self.link_password(new.password)?,
            expires_at: new.expires_at,
            allow_upload: new.allow_upload,
            allow_download: new.allow_download && new.show_metadata,
            show_metadata: new.show_metadata,
            created_at: self.clock.now(),
        };
        let (caller, target) = (caller.clone(), new.target);
        self.write(Durability::Full, move |tx| {
            check_texts(tx.as_read(), &link)?;
            let assets = match target {
                LinkTarget::Album(id) => {
                    allowed(tx.as_read(), &caller, id, Permission::AlbumShare)?;
                    link.album_id = Some(id);
                    Vec::new()
                }
                LinkTarget::Assets(assets) => assets,
            };
            check_number(assets.len())?;
            tx.insert_shared_link(&link)?;
            for asset in assets {
                may_link(tx.as_read(), &caller, asset)?;
                tx.add_link_asset(link.id, asset)?;
            }
            view(tx.as_read(), link, Detail::Brief)
        })
    }

    /// Links that the caller has made, newest first; with `album` only those to it.
    pub fn shared_links(&self, caller: &Caller, album: Option<AlbumId>) -> Result<Vec<SharedLinkView>, LibraryError> {
        self.read(|tx| {
            let mut views = Vec::new();
            for link in tx.shared_links_of(caller.user.id)? {
                let is_wanted = album.is_none() || link.album_id == album;
                // Albums of users who were deleted are hidden, and so are links to them.
                let is_hidden = link.album_id.map(|album| tx.album(album)).transpose()?.is_some_and(|it| it.is_none());
                if is_wanted && !is_hidden {
                    views.push(view(tx, link, Detail::Brief)?);
                }
            }
            Ok(views)
        })
    }

    /// A link that the caller has made.
    pub fn shared_link(&self, caller: &Caller, id: SharedLinkId) -> Result<SharedLinkView, LibraryError> {
        self.read(|tx| view(tx, own(tx, caller, id)?, Detail::Full))
    }

    /// Changes a link. Who must not see metadata must not have the files either, as they hold it.
    pub fn update_shared_link(
        &self,
        caller: &Caller,
        id: SharedLinkId,
        change: SharedLinkChange,
    ) -> Result<SharedLinkView, LibraryError> {
        let caller = caller.clone();
        // Hashing takes long: not for strangers.
        self.read(|tx| own(tx, &caller, id))?;
        let password_hash = change.password.map(|password| self.link_password(password)).transpose()?;
        self.write(Durability::Full, move |tx| {
            let mut link = own(tx.as_read(), &caller, id)?;
            link.description = change.description.map_or(link.description, filled);
            link.slug = change.slug.map_or(link.slug, filled);
            link.password_hash = password_hash.unwrap_or(link.password_hash);
            link.expires_at = change.expires_at.unwrap_or(link.expires_at);
            link.allow_upload = change.allow_upload.unwrap_or(link.allow_upload);
            link.show_metadata = change.show_metadata.unwrap_or(link.show_metadata);
            link.allow_download = change.allow_download.unwrap_or(link.allow_download) && link.show_metadata;
            check_texts(tx.as_read(), &link)?;
            tx.update_shared_link(&link)?;
            view(tx.as_read(), link, Detail::Brief)
        })
    }

    /// Takes a link back: its key opens nothing any more.
    pub fn delete_shared_link(&self, caller: &Caller, id: SharedLinkId) -> Result<(), LibraryError> {
        let caller = caller.clone();
        self.write(Durability::Full, move |tx| {
            own(tx.as_read(), &caller, id)?;
            Ok(tx.delete_shared_link(id)?)
        })
    }

    /// Puts assets into a link. The outcomes come in the order of the request. Guests add what they have uploaded
    /// through the link, which is there already.
    pub fn add_link_assets(
        &self,
        caller: &Caller,
        id: SharedLinkId,
        assets: Vec<AssetId>,
    ) -> Result<Vec<BulkOutcome>, LibraryError> {
        let caller = caller.clone();
        self.write(Durability::Full, move |tx| {
            individual(tx.as_read(), &caller, id)?;
            check_number(tx.link_assets(id)?.len() + assets.len())?;
            let outcomes = assets.into_iter().map(|asset| {
                let outcome = match may_link(tx.as_read(), &caller, asset) {
                    Err(LibraryError::NoAccess(_)) => Err(BulkError::NoPermission),
                    Err(error) => return Err(error),
                    Ok(()) if tx.add_link_asset(id, asset)? => Ok(()),
                    Ok(()) => Err(BulkError::Duplicate),
                };
                Ok((asset, outcome))
            });
            outcomes.collect()
        })
    }

    /// Takes assets out of a link. The outcomes come in the order of the request.
    pub fn remove_link_assets(
        &self,
        caller: &Caller,
        id: SharedLinkId,
        assets: Vec<AssetId>,
    ) -> Result<Vec<BulkOutcome>, LibraryError> {
        let caller = caller.clone();
        self.write(Durability::Full, move |tx| {
            individual(tx.as_read(), &caller, id)?;
            let outcomes = assets.into_iter().map(|asset| {
                let was_there = tx.remove_link_asset(id, asset)?;
                Ok((asset, if was_there { Ok(()) } else { Err(BulkError::NotFound) }))
            });
            outcomes.collect()
        })
    }

    fn link_password(&self, password: Option<String>) -> Result<Option<String>, LibraryError> {
        filled(password).map(|password| hash_password(&password, self.settings.bcrypt_cost)).transpose()
    }
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// A name has to be free, and fit into an address as it is.
fn check_texts(tx: &dyn Read, link: &SharedLink) -> Result<(), LibraryError> {
    if link.description.as_ref().is_some_and(|text| text.chars().count() > DESCRIPTION_LIMIT) {
        return Err(LibraryError::invalid(format!("The description may have {DESCRIPTION_LIMIT} characters at most")));
    }
    let Some(slug) = &link.slug else { return Ok(()) };
    let is_plain = slug.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if slug.chars().count() > SLUG_LIMIT || !is_plain || slug.chars().all(|c| c == '.') {
        return Err(LibraryError::invalid(format!(
            "The custom URL may have letters, digits, hyphens, underscores and dots, {SLUG_LIMIT} at most"
        )));
    }
    match tx.shared_link_by_slug(slug)? {
        Some(other) if other.id != link.id => Err(LibraryError::invalid("Another shared link has this custom URL")),
        _ => Ok(()),
    }
}

fn check_number(assets: usize) -> Result<(), LibraryError> {
    if assets > ASSETS_LIMIT {
        return Err(LibraryError::invalid(format!(
            "A link shows {ASSETS_LIMIT} assets at most: share an album instead"
        )));
    }
    Ok(())
}

/// The link, if the caller has made it; to a guest their own, as far as it allows uploads.
fn own(tx: &dyn Read, caller: &Caller, id: SharedLinkId) -> Result<SharedLink, LibraryError> {
    let is_own = |link: &SharedLink| match caller.link() {
        Some(guests) => guests.id == link.id && link.allows(Permission::AssetUpload),
        None => link.user_id == caller.user.id,
    };
    tx.shared_link(id)?.filter(is_own).ok_or_else(|| LibraryError::invalid("Shared link not found"))
}

/// What is in an album is changed there.
fn individual(tx: &dyn Read, caller: &Caller, id: SharedLinkId) -> Result<(), LibraryError> {
    match own(tx, caller, id)?.album_id {
        None => Ok(()),
        Some(_) => Err(LibraryError::invalid("This link shows an album: change what is in the album")),
    }
}

/// Whether the caller may put an asset where guests see it.
fn may_link(tx: &dyn Read, caller: &Caller, asset: AssetId) -> Result<(), LibraryError> {
    let asset = usable(tx, caller, asset, Permission::AssetShare)?;
    if is_presentable(&asset) { Ok(()) } else { Err(LibraryError::NoAccess(Permission::AssetShare)) }
}

/// Guests see neither what is in the trash nor what is locked away.
pub(crate) fn is_presentable(asset: &Asset) -> bool {
    asset.status == AssetStatus::Active && asset.deleted_at.is_none() && asset.visibility != Visibility::Locked
}

/// Whether the one who made the link may still show this asset of theirs, or of somebody who shares with them.
fn is_still_shown(tx: &dyn Read, user: UserId, asset: &Asset) -> Result<bool, LibraryError> {
    Ok(is_presentable(asset) && (asset.owner_id == user || is_shown(tx, user, asset, Permission::AssetShare)?))
}

/// Whether a link shows an asset, by itself or, to be looked at, as the motion part of one that it shows.
pub(crate) fn is_behind(
    tx: &dyn Read,
    link: &SharedLink,
    asset: &Asset,
    need: Permission,
) -> Result<bool, LibraryError> {
    if is_listed(tx, link, asset)? {
        return Ok(true);
    }
    if need == Permission::AssetShare || !is_presentable(asset) {
        return Ok(false);
    }
    for still in tx.stills_of(asset.id)? {
        if let Some(still) = tx.asset(still)?
            && is_listed(tx, link, &still)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_listed(tx: &dyn Read, link: &SharedLink, asset: &Asset) -> Result<bool, LibraryError> {
    Ok(match link.album_id {
        Some(album) => is_presentable(asset) && tx.albums_with_asset(asset.id)?.contains(&album),
        None => tx.links_with_asset(asset.id)?.contains(&link.id) && is_still_shown(tx, link.user_id, asset)?,
    })
}

fn view(tx: &dyn Read, link: SharedLink, detail: Detail) -> Result<SharedLinkView, LibraryError> {
    let album = link.album_id.map(|id| album_view(tx, id)).transpose()?;
    let mut assets = Vec::new();
    for asset in tx.link_assets(link.id)? {
        if is_still_shown(tx, link.user_id, &asset)? {
            let known = if detail == Detail::Full { tx.exif(asset.id)? } else { None };
            assets.push((asset, known));
        }
    }
    Ok(SharedLinkView { link, album, assets })
}
