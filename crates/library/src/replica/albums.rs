//! Albums of the server, who takes part in them, and what is in them.

use tintype_protocol::id::{AlbumId, AssetId, UserId};
use tintype_protocol::model::AlbumRole;
use tintype_protocol::sync::{AlbumToAssetV1, AlbumUserDelete, AlbumUserV1, AlbumV1, DeleteAlbum};

use super::pending::marked;
use super::{Outcome, Replica, named};
use crate::error::LibraryError;
use crate::model::{ExternalKind, ExternalLink, Field, LinkKind, Subject, Upstream};

impl Replica<'_> {
    /// In generation 3 the owner comes as a member; until then the album counts as the user's own.
    pub(super) fn album(&mut self, line: &AlbumV1<'_>) -> Result<Outcome, LibraryError> {
        let here = self.local_album(line.id)?.map(|id| self.tx.album(id)).transpose()?.flatten();
        let owner = match (line.owner_id, &here) {
            (Some(owner), _) => match self.local_user(owner)? {
                Some(owner) => owner,
                None => return Ok(Outcome::waits_for("user", owner.0)),
            },
            (None, Some(here)) => here.owner_id,
            (None, None) => self.upstream.user_id,
        };
        let mut known = self.recognise(ExternalKind::Album, line.id.0, owner)?;
        if known.is_none()
            && let Some(album) = self.marked_album(line)?
        {
            named(self.tx, &self.upstream, ExternalKind::Album, line.id.0, album.id.0)?;
            known = Some(album.id.0);
        }
        let id = known.map_or(line.id, AlbumId);
        if known.is_none() && self.tx.album(id)?.is_some() {
            return Ok(Outcome::taken("album", id.0));
        }
        if known.is_none() && owner == self.upstream.user_id && self.is_twin_of_deleted(line)? {
            self.name(ExternalKind::Album, line.id.0, id.0, owner)?;
            self.tx.put_outbox(self.upstream.id, Subject::Album(id), Field::Life, None, None, None)?;
            return Ok(Outcome::Applied);
        }
        // A cover that has not come yet is set when the album's line comes again; clients fall back to the first photo.
        let mut cover = match line.thumbnail_asset_id {
            Some(cover) => self.kept_asset(cover)?.flatten(),
            None => None,
        };
        if let Some(line) = self.mask_album(id, line, &mut cover)? {
            self.tx.mirror_album(id, owner, cover, &line)?;
        }
        if known.is_none() {
            self.name(ExternalKind::Album, line.id.0, id.0, owner)?;
            self.take_mark_off_twin(id, &line.description)?;
        }
        Ok(Outcome::Applied)
    }

    /// A request to make an album may come to the server twice. The one that was found first is ours; the other keeps the
    /// mark until it is taken off.
    fn take_mark_off_twin(&mut self, twin: AlbumId, description: &str) -> Result<(), LibraryError> {
        let Some(first) = marked(description).filter(|first| *first != twin) else { return Ok(()) };
        let is_mine = self.tx.album(first)?.is_some_and(|album| album.owner_id == self.upstream.user_id);
        if is_mine && self.external(ExternalKind::Album, first.0)?.is_some() {
            let (subject, base) = (Subject::Album(twin), format!("\"{description}\""));
            self.tx.put_outbox(self.upstream.id, subject, Field::Description, Some(&base), None, None)?;
        }
        Ok(())
    }

    /// Whether an album was made for one that has been deleted here since, as when its request came twice or its answer was
    /// lost: it is deleted, too.
    fn is_twin_of_deleted(&self, line: &AlbumV1<'_>) -> Result<bool, LibraryError> {
        let Some(first) = marked(&line.description) else { return Ok(false) };
        let is_here = self.tx.album(first)?.is_some();
        Ok(!is_here && self.pending(Subject::Album(first))?.iter().any(|row| row.field == Field::Life))
    }

    pub(super) fn album_is_gone(&mut self, line: DeleteAlbum) -> Result<Outcome, LibraryError> {
        if let Some(id) = self.local_album(line.album_id)? {
            self.lose_album(line.album_id, id)?;
        }
        Ok(Outcome::Applied)
    }

    /// The user cannot see an album any more: it is gone, or they are no longer in it, which the server does not tell
    /// apart. Somebody else here who is in it is told by their own lines. Whether it went.
    pub(super) fn lose_album(&mut self, external: AlbumId, id: AlbumId) -> Result<bool, LibraryError> {
        let me = self.upstream.user_id;
        let album = self.tx.album(id)?;
        let other = if album.as_ref().is_some_and(|album| album.owner_id == me) { None } else { self.other_in(id)? };
        if let Some(other) = other {
            self.tx.remove_album_user(id, me)?;
            self.forget_link(&member_link(external, UserId(self.upstream.external_user_id)))?;
            self.tx.see_external_id(&other, ExternalKind::Album, external.0)?;
            return Ok(false);
        }
        let server = self.upstream.server_id;
        self.give_up(Subject::Album(id))?;
        if let Some(album) = album {
            self.tx.note_ended_access_to_album(server, id)?;
            self.tx.delete_album(&album)?;
        }
        for kind in [LinkKind::AlbumUser, LinkKind::AlbumAsset] {
            self.tx.forget_links_of(server, kind, external.0)?;
        }
        self.forget(ExternalKind::Album, external.0)?;
        Ok(true)
    }

    /// Whether the server has shown in this epoch that the user is in an album. Who is sees all of it.
    pub(super) fn is_in_shown_album(&self, external: AlbumId, id: AlbumId) -> Result<bool, LibraryError> {
        if self.tx.album(id)?.is_some_and(|album| album.owner_id == self.upstream.user_id) {
            return Ok(true);
        }
        let mine = member_link(external, UserId(self.upstream.external_user_id));
        let shown = self.tx.link_shown(self.upstream.server_id, &mine)?;
        Ok(shown == Some((self.upstream.id, self.upstream.epoch)))
    }

    /// Somebody else here who follows the server and is in an album.
    pub(super) fn other_in(&self, album: AlbumId) -> Result<Option<Upstream>, LibraryError> {
        for other in &self.others {
            if self.tx.album_role(album, other.user_id)?.is_some() {
                return Ok(Some(other.clone()));
            }
        }
        Ok(None)
    }

    pub(super) fn local_album(&self, external: AlbumId) -> Result<Option<AlbumId>, LibraryError> {
        Ok(self.local(ExternalKind::Album, external.0)?.map(AlbumId))
    }

    pub(super) fn album_user(&mut self, line: AlbumUserV1) -> Result<Outcome, LibraryError> {
        let Some(album) = self.local_album(line.album_id)? else {
            return Ok(Outcome::waits_for("album", line.album_id.0));
        };
        let Some(user) = self.local_user(line.user_id)? else {
            return Ok(Outcome::waits_for("user", line.user_id.0));
        };
        if !self.holds_membership(Subject::AlbumUser(album, user), Some(line.role.as_str()))? {
            self.set_role(album, user, line.role)?;
        }
        if line.role != AlbumRole::Owner {
            self.link_is_shown(&member_link(line.album_id, line.user_id))?;
        }
        Ok(Outcome::Applied)
    }

    /// Who joins has to be told of the album, which moves for that; a role that they have already moves nothing.
    fn set_role(&mut self, album: AlbumId, user: UserId, role: AlbumRole) -> Result<(), LibraryError> {
        match self.tx.album_role(album, user)? {
            _ if role == AlbumRole::Owner => self.tx.set_album_owner(album, user)?,
            // They counted as the owner until the owner comes.
            Some(AlbumRole::Owner) => self.tx.mirror_album_user(album, user, role)?,
            Some(known) if known == role => {}
            Some(_) => {
                self.tx.set_album_role(album, user, role)?;
            }
            None => {
                self.tx.add_album_user(album, user, role)?;
            }
        }
        Ok(())
    }

    pub(super) fn album_user_is_gone(&mut self, line: AlbumUserDelete) -> Result<Outcome, LibraryError> {
        self.forget_link(&member_link(line.album_id, line.user_id))?;
        if let (Some(album), Some(user)) = (self.local_album(line.album_id)?, self.local_user(line.user_id)?)
            && !self.holds_membership(Subject::AlbumUser(album, user), None)?
        {
            self.tx.remove_album_user(album, user)?;
        }
        Ok(Outcome::Applied)
    }

    pub(super) fn album_asset(&mut self, line: AlbumToAssetV1) -> Result<Outcome, LibraryError> {
        let Some(album) = self.local_album(line.album_id)? else {
            return Ok(Outcome::waits_for("album", line.album_id.0));
        };
        let Some(asset) = self.kept_asset(line.asset_id)? else {
            return Ok(Outcome::waits_for("asset", line.asset_id.0));
        };
        self.link_is_shown(&ExternalLink::new(LinkKind::AlbumAsset, line.album_id.0, line.asset_id.0))?;
        if let Some(asset) = asset
            && self.tx.album(album)?.is_some()
            && !self.holds_membership(Subject::AlbumAsset(album, asset), Some("member"))?
        {
            self.tx.add_album_asset(album, asset)?;
        }
        Ok(Outcome::Applied)
    }

    pub(super) fn album_asset_is_gone(&mut self, line: AlbumToAssetV1) -> Result<Outcome, LibraryError> {
        self.forget_link(&ExternalLink::new(LinkKind::AlbumAsset, line.album_id.0, line.asset_id.0))?;
        if let (Some(album), Some(asset)) = (self.local_album(line.album_id)?, self.local_asset(line.asset_id)?)
            && !self.holds_membership(Subject::AlbumAsset(album, asset), None)?
        {
            self.leave_album(album, asset)?;
        }
        Ok(Outcome::Applied)
    }

    /// An asset is not in an album any more.
    pub(super) fn leave_album(&mut self, album: AlbumId, asset: AssetId) -> Result<(), LibraryError> {
        self.tx.remove_album_asset(album, asset)?;
        if self.tx.asset(asset)?.is_some_and(|asset| !self.follows(asset.owner_id)) {
            self.tx.note_ended_access(self.upstream.server_id, ExternalKind::Asset, asset.0)?;
        }
        Ok(())
    }
}

fn member_link(album: AlbumId, user: UserId) -> ExternalLink {
    ExternalLink::new(LinkKind::AlbumUser, album.0, user.0)
}
