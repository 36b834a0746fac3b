//! Guests: who comes by a link, and what they bring.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::AlbumRole;
use tintype_protocol::permission::Permission;

use super::{SharedLinkView, is_presentable, view};
use crate::albums::has_grown;
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{SharedLink, User};
use crate::secrets::{is_password, secret_hash};
use crate::sessions::{Caller, Guest};
use crate::store::Read;

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

/// What a guest shows to be let in where there is a password.
#[derive(Debug, Clone, Default)]
pub struct LinkProof {
    /// The password.
    pub password: Option<String>,
    /// What they got when they gave it before, perhaps among tokens of other links.
    pub tokens: Vec<String>,
}

impl Library {
    /// Who is behind a link. A link that has expired, whose user is gone, or whose user may not share its album any
    /// more is none. Takes long only where a password is given.
    pub fn authenticate_guest(&self, claim: &LinkClaim, proof: &LinkProof) -> Result<Caller, LibraryError> {
        let found = self.read(|tx| find(tx, claim))?;
        let (link, user) = found.filter(|(link, _)| !link.has_expired(self.now())).ok_or_else(|| claim.refusal())?;
        let is_let_in = match &link.password_hash {
            None => true,
            Some(hash) => {
                proof.tokens.contains(&token(&link, hash))
                    || proof.password.as_ref().is_some_and(|password| is_password(password, hash))
            }
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
            Some(link) => view(tx, link),
            None => Err(LibraryError::NoAccess(Permission::SharedLinkRead)),
        })
    }

    /// Puts what a guest has uploaded where their link shows it; also when the content was there before, unless it is
    /// in the trash or locked away. Where it is shown already, nothing changes.
    pub fn receive_from_guest(&self, link: &SharedLink, asset: AssetId) -> Result<(), LibraryError> {
        let id = link.id;
        self.change(move |tx| {
            let Some(link) = tx.shared_link(id)?.filter(|link| link.allows(Permission::AssetUpload)) else {
                return Err(LibraryError::NoAccess(Permission::AssetUpload));
            };
            let own = tx.asset(asset)?.filter(|asset| asset.owner_id == link.user_id && is_presentable(asset));
            let Some(asset) = own else { return Ok(((), Vec::new())) };
            let Some(album) = link.album_id.map(|album| tx.album(album)).transpose()?.flatten() else {
                tx.add_link_asset(id, asset.id)?;
                return Ok(((), Vec::new()));
            };
            let added = if tx.add_album_asset(album.id, asset.id)? { vec![asset.id] } else { Vec::new() };
            Ok(((), has_grown(tx, album, added)?))
        })
    }
}

fn find(tx: &dyn Read, claim: &LinkClaim) -> Result<Option<(SharedLink, User)>, LibraryError> {
    let link = match claim {
        LinkClaim::Key(text) => text.parse().ok().map(|key| tx.shared_link_by_key(&key)).transpose()?.flatten(),
        LinkClaim::Slug(slug) => tx.shared_link_by_slug(slug)?,
    };
    let Some(link) = link else { return Ok(None) };
    if let Some(album) = link.album_id {
        let may_share = matches!(tx.album_role(album, link.user_id)?, Some(AlbumRole::Owner | AlbumRole::Editor));
        if !may_share || tx.album(album)?.is_none() {
            return Ok(None);
        }
    }
    let user = tx.user(link.user_id)?.filter(|user| user.deleted_at.is_none());
    Ok(user.map(|user| (link, user)))
}

/// Shows that a guest knew the password. It follows from what the library keeps, so there is nothing to store, and
/// another password makes it worthless.
fn token(link: &SharedLink, password_hash: &str) -> String {
    URL_SAFE_NO_PAD.encode(secret_hash(&format!("{}/{password_hash}", link.id)))
}
