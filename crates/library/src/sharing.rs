//! What users let each other see: partners, and members of albums.

use tintype_protocol::id::{AlbumId, UserId};
use tintype_protocol::model::{AlbumRole, Visibility};
use tintype_protocol::permission::Permission;

use crate::albums::{AlbumView, allowed, view};
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Asset, Partner, User};
use crate::notifications::invite;
use crate::recorder::Change;
use crate::sessions::Caller;
use crate::store::{Durability, Read, Write};

/// Which way a partner's access goes, as seen from the one who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// I let them see my library.
    SharedBy,
    /// They let me see theirs.
    SharedWith,
}

impl Library {
    /// The caller's partners in one direction, by name.
    pub fn partners(&self, caller: &Caller, direction: Direction) -> Result<Vec<(Partner, User)>, LibraryError> {
        let me = caller.user.id;
        self.read(|tx| {
            let mut partners = Vec::new();
            for partner in tx.partners(me)? {
                let (mine, other) = match direction {
                    Direction::SharedBy => (partner.shared_by, partner.shared_with),
                    Direction::SharedWith => (partner.shared_with, partner.shared_by),
                };
                if mine == me
                    && let Some(user) = tx.user(other)?.filter(|user| user.deleted_at.is_none())
                {
                    partners.push((partner, user));
                }
            }
            partners.sort_by(|(_, a), (_, b)| (&a.name, a.id).cmp(&(&b.name, b.id)));
            Ok(partners)
        })
    }

    /// Users whose assets the caller wants in their own timeline, themselves first.
    pub fn timeline_owners(&self, caller: &Caller) -> Result<Vec<UserId>, LibraryError> {
        let partners = self.partners(caller, Direction::SharedWith)?;
        let others = partners.into_iter().filter(|(partner, _)| partner.in_timeline).map(|(_, user)| user.id);
        Ok(std::iter::once(caller.user.id).chain(others).collect())
    }

    /// Lets another user see the caller's library.
    pub fn add_partner(&self, caller: &Caller, with: UserId) -> Result<(Partner, User), LibraryError> {
        let partner = Partner { shared_by: caller.user.id, shared_with: with, in_timeline: false };
        self.write(Durability::Full, move |tx| {
            let user = tx.user(with)?.filter(|user| user.deleted_at.is_none() && user.id != partner.shared_by);
            let user = user.ok_or_else(|| LibraryError::invalid("User not found"))?;
            if !tx.add_partner(&partner)? {
                return Err(LibraryError::invalid("Partner already exists"));
            }
            Ok((partner, user))
        })
    }

    /// Shows a partner's assets in the caller's timeline, or no longer.
    pub fn show_partner(
        &self,
        caller: &Caller,
        by: UserId,
        in_timeline: bool,
    ) -> Result<(Partner, User), LibraryError> {
        let partner = Partner { shared_by: by, shared_with: caller.user.id, in_timeline };
        self.write(Durability::Full, move |tx| {
            let is_partner = |known: &Partner| (known.shared_by, known.shared_with) == (by, partner.shared_with);
            let user = if tx.partners(by)?.iter().any(is_partner) { tx.user(by)? } else { None };
            let user = user.ok_or(LibraryError::NoAccess(Permission::PartnerUpdate))?;
            tx.update_partner(&partner)?;
            Ok((partner, user))
        })
    }

    /// The caller's library is no longer shown to a user.
    pub fn remove_partner(&self, caller: &Caller, with: UserId) -> Result<(), LibraryError> {
        let me = caller.user.id;
        self.write(Durability::Full, move |tx| {
            let was_there = tx.remove_partner(me, with)?;
            if was_there { Ok(()) } else { Err(LibraryError::invalid("Partner not found")) }
        })
    }

    /// Lets users see an album, or work on it.
    pub fn share_album(
        &self,
        caller: &Caller,
        id: AlbumId,
        members: Vec<(UserId, AlbumRole)>,
    ) -> Result<AlbumView, LibraryError> {
        let (asker, invitations) = (caller.clone(), self.invitations(caller, members.iter().map(|(user, _)| *user)));
        let (shared, told) = self.change(move |tx| {
            allowed(tx.as_read(), &asker, id, Permission::AlbumShare)?;
            let mut changes = vec![Change::AlbumChanged(id, Vec::new())];
            for (user, role) in members {
                join(tx, id, user, role)?;
                changes.push(Change::AlbumUserChanged(id, user, None));
            }
            let view = view(tx.as_read(), id)?;
            let told = invite(tx, &view.album, invitations)?;
            Ok(((view, told), changes))
        })?;
        self.tell_of(told);
        Ok(shared)
    }

    /// Changes what a member may do.
    pub fn set_album_role(
        &self,
        caller: &Caller,
        id: AlbumId,
        user: UserId,
        role: AlbumRole,
    ) -> Result<(), LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            allowed(tx.as_read(), &caller, id, Permission::AlbumShare)?;
            let before = tx.album_role(id, user)?;
            if role == AlbumRole::Owner || !tx.set_album_role(id, user, role)? {
                return Err(LibraryError::invalid("Album not shared with user"));
            }
            Ok(((), vec![Change::AlbumChanged(id, Vec::new()), Change::AlbumUserChanged(id, user, before)]))
        })
    }

    /// Takes a member out of an album; members may leave by themselves.
    pub fn leave_album(&self, caller: &Caller, id: AlbumId, user: UserId) -> Result<(), LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            let need = if user == caller.user.id { Permission::AlbumRead } else { Permission::AlbumShare };
            let album = allowed(tx.as_read(), &caller, id, need)?;
            if album.owner_id == user {
                return Err(LibraryError::invalid("Cannot remove album owner"));
            }
            let before = tx.album_role(id, user)?;
            if !tx.remove_album_user(id, user)? {
                return Err(LibraryError::invalid("Album not shared with user"));
            }
            Ok(((), vec![Change::AlbumChanged(id, Vec::new()), Change::AlbumUserChanged(id, user, before)]))
        })
    }
}

/// A user joins an album.
pub(crate) fn join(tx: &mut dyn Write, album: AlbumId, user: UserId, role: AlbumRole) -> Result<(), LibraryError> {
    if tx.user(user)?.is_none_or(|user| user.deleted_at.is_some()) {
        return Err(LibraryError::invalid("User not found"));
    }
    match tx.album_role(album, user)? {
        Some(AlbumRole::Owner) => Err(LibraryError::invalid("Cannot be shared with owner")),
        Some(_) => Err(LibraryError::invalid("User already added")),
        None if role == AlbumRole::Owner => Err(LibraryError::invalid("An album has one owner")),
        None => {
            tx.add_album_user(album, user, role)?;
            Ok(())
        }
    }
}

/// Whether an asset of somebody else is shown to `me` for `need`: through an album, or by a partner. What is in the
/// trash or locked away is nobody else's business.
pub(crate) fn is_shown(tx: &dyn Read, me: UserId, asset: &Asset, need: Permission) -> Result<bool, LibraryError> {
    if asset.owner_id == me || asset.deleted_at.is_some() || asset.visibility == Visibility::Locked {
        return Ok(false);
    }
    let is_looking = matches!(need, Permission::AssetRead | Permission::AssetView | Permission::AssetDownload);
    if !is_looking && need != Permission::AssetShare {
        return Ok(false);
    }
    let is_open = matches!(asset.visibility, Visibility::Timeline | Visibility::Hidden);
    let is_partners = |partner: &Partner| partner.shared_by == asset.owner_id && partner.shared_with == me;
    if is_open && tx.partners(me)?.iter().any(is_partners) {
        return Ok(true);
    }
    Ok(is_looking && tx.is_in_album_of(asset, me)?)
}
