//! Guests: who comes by a link, and what they bring.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tintype_protocol::id::{AssetId, SharedLinkId};
use tintype_protocol::model::AlbumRole;
use tintype_protocol::permission::Permission;

use super::{Detail, SharedLinkView, is_presentable, view};
use crate::albums::has_grown;
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{SharedLink, User};
use crate::recorder::Change;
use crate::secrets::{is_password, secret_hash};
use crate::sessions::{Caller, Guest};
use crate::store::{Read, Write};

/// By what a guest names a link.
#[derive(Debug, Clone)]
pub enum LinkClaim {
    /// Its key, as written in the address.
    Key(String),
    /// Its name.
    Slug(String),
}

impl LinkClaim {
    fn refusal(&self) -> LibraryError {
        LibraryError::Unauthenticated(match self {
            Self::Key(_) => "Invalid share key",
            Self::Slug(_) => "Invalid share slug",
        })
    }
}

impl Library {
    /// Who is behind a link. A link that has expired, whose user is gone, or whose user may not share its album any
    /// more is none. `tokens` were given by [`Library::let_in`], perhaps of other links.
    pub fn authenticate_guest(&self, claim: &LinkClaim, tokens: &[String]) -> Result<Caller, LibraryError> {
        let found = self.read(|tx| find(tx, claim))?;
        let (link, user) = found.filter(|(link, _)| !link.has_expired(self.now())).ok_or_else(|| claim.refusal())?;
        let is_let_in = match &link.password_hash {
            None => true,
            Some(hash) => tokens.contains(&token(&link, hash)),
        };
        Ok(Caller { guest: Some(Guest { link, is_let_in }), ..Caller::of(user) })
    }

    /// Lets a guest in who knows the password. Returns the token that spares them saying it again until it changes;
    /// `None` where there is no password.
    pub fn let_in(&self, link: &SharedLink, password: &str) -> Result<Option<String>, LibraryError> {
        match &link.password_hash {
            None => Ok(None),
            Some(hash) if is_password(password, hash) => Ok(Some(token(link, hash))),
            Some(_) => Err(LibraryError::Unauthenticated("Invalid password")),
        }
    }

    /// What a guest's link shows.
    pub fn guest_view(&self, link: &SharedLink) -> Result<SharedLinkView, LibraryError> {
        self.read(|tx| match tx.shared_link(link.id)? {
            Some(link) => view(tx, link, Detail::Full),
            None => Err(LibraryError::NoAccess(Permission::SharedLinkRead)),
        })
    }
}

/// Puts what a guest has uploaded where their link shows it, if the link still takes uploads; also when the content was
/// there before, unless it is in the trash or locked away. Where it is shown already, nothing changes.
pub(crate) fn place(tx: &mut dyn Write, link: SharedLinkId, asset: AssetId) -> Result<Vec<Change>, LibraryError> {
    let link = tx.shared_link(link)?.filter(|link| link.allows(Permission::AssetUpload) && !link.has_expired(tx.now()));
    let Some(link) = link else { return Err(CLOSED) };
    if !is_live(tx.as_read(), &link)? {
        return Err(CLOSED);
    }
    let own = tx.asset(asset)?.filter(|asset| asset.owner_id == link.user_id && is_presentable(asset));
    let Some(asset) = own else { return Ok(Vec::new()) };
    let Some(album) = link.album_id.map(|album| tx.album(album)).transpose()?.flatten() else {
        tx.add_link_asset(link.id, asset.id)?;
        return Ok(Vec::new());
    };
    let added = if tx.add_album_asset(album.id, asset.id)? { vec![asset.id] } else { Vec::new() };
    has_grown(tx, album, added)
}

/// What a guest is told whose link ended while they sent something.
const CLOSED: LibraryError = LibraryError::Unauthenticated("This link does not take uploads any more");

fn find(tx: &dyn Read, claim: &LinkClaim) -> Result<Option<(SharedLink, User)>, LibraryError> {
    let link = match claim {
        LinkClaim::Key(text) => text.parse().ok().map(|key| tx.shared_link_by_key(&key)).transpose()?.flatten(),
        LinkClaim::Slug(slug) => tx.shared_link_by_slug(slug)?,
    };
    let Some(link) = link else { return Ok(None) };
    if !is_live(tx, &link)? {
        return Ok(None);
    }
    let user = tx.user(link.user_id)?.filter(|user| user.deleted_at.is_none());
    Ok(user.map(|user| (link, user)))
}

/// Whether the maker of a link may still share what it shows.
fn is_live(tx: &dyn Read, link: &SharedLink) -> Result<bool, LibraryError> {
    let Some(album) = link.album_id else { return Ok(true) };
    let may_share = matches!(tx.album_role(album, link.user_id)?, Some(AlbumRole::Owner | AlbumRole::Editor));
    Ok(may_share && tx.album(album)?.is_some())
}

/// Shows that a guest knew the password. It follows from what the library keeps, so there is nothing to store, and
/// another password makes it worthless.
fn token(link: &SharedLink, password_hash: &str) -> String {
    URL_SAFE_NO_PAD.encode(secret_hash(&format!("{}/{password_hash}", link.id)))
}
