//! Albums of the server, who takes part in them, and what is in them.

use tintype_protocol::id::{AlbumId, AssetId, UserId};
use tintype_protocol::model::AlbumRole;
use tintype_protocol::sync::{AlbumToAssetV1, AlbumUserDelete, AlbumUserV1, AlbumV1, DeleteAlbum};

use super::{Outcome, Replica, named};
use crate::error::LibraryError;
use crate::model::{ExternalKind, Subject};

impl Replica<'_> {
    /// In generation 3 the owner comes as a member; until then the album counts as the user's own.
    pub(super) fn album(&mut self, line: &AlbumV1<'_>) -> Result<Outcome, LibraryError> {
        let owner = match line.owner_id {
            Some(owner) => match self.local_user(owner)? {
                Some(owner) => owner,
                None => return Ok(Outcome::waits_for("user", owner.0)),
            },
            None => self.upstream.user_id,
        };
        let mut known = self.local(ExternalKind::Album, line.id.0)?;
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
        // A cover that has not come yet is set when the album's line comes again; clients fall back to the first photo.
        let mut cover = match line.thumbnail_asset_id {
            Some(cover) => self.kept_asset(cover)?.flatten(),
            None => None,
        };
        let owner = match self.tx.album(id)? {
            Some(album) if line.owner_id.is_none() => album.owner_id,
            _ => owner,
        };
        if let Some(line) = self.mask_album(id, line, &mut cover)? {
            self.tx.mirror_album(id, owner, cover, &line)?;
        }
        self.is_shown(ExternalKind::Album, line.id.0, id.0, known.is_some())?;
        Ok(Outcome::Applied)
    }

    pub(super) fn album_is_gone(&mut self, line: DeleteAlbum) -> Result<Outcome, LibraryError> {
        let Some(id) = self.local(ExternalKind::Album, line.album_id.0)? else { return Ok(Outcome::Applied) };
        self.give_up(Subject::Album(AlbumId(id)))?;
        if let Some(album) = self.tx.album(AlbumId(id))? {
            self.tx.delete_album(&album)?;
        }
        self.forget(ExternalKind::Album, line.album_id.0)?;
        Ok(Outcome::Applied)
    }

    /// What an asset is called here, if it has been shown; nothing inside if it was deleted here and the server does not
    /// know that yet.
    fn kept_asset(&self, external: AssetId) -> Result<Option<Option<AssetId>>, LibraryError> {
        let Some(id) = self.local(ExternalKind::Asset, external.0)? else { return Ok(None) };
        Ok(Some(self.tx.asset(AssetId(id))?.map(|asset| asset.id)))
    }

    fn local_album(&self, external: AlbumId) -> Result<Option<AlbumId>, LibraryError> {
        Ok(self.local(ExternalKind::Album, external.0)?.map(AlbumId))
    }

    pub(super) fn album_user(&mut self, line: AlbumUserV1) -> Result<Outcome, LibraryError> {
        let Some(album) = self.local_album(line.album_id)? else {
            return Ok(Outcome::waits_for("album", line.album_id.0));
        };
        let Some(user) = self.local_user(line.user_id)? else {
            return Ok(Outcome::waits_for("user", line.user_id.0));
        };
        if self.holds_membership(Subject::AlbumUser(album, user), Some(line.role.as_str()))? {
            return Ok(Outcome::Applied);
        }
        self.set_role(album, user, line.role)?;
        Ok(Outcome::Applied)
    }

    /// Who joins has to be told of the album, which moves for that; a role that they have already moves nothing.
    fn set_role(&mut self, album: AlbumId, user: UserId, role: AlbumRole) -> Result<(), LibraryError> {
        match self.tx.album_role(album, user)? {
            _ if role == AlbumRole::Owner => self.tx.set_album_owner(album, user)?,
            // They counted as the owner until the owner comes.
            Some(AlbumRole::Owner) => self.tx.mirror_album_user(album, user, role)?,
            Some(known) if known == role => {}
            Some(_) => drop(self.tx.set_album_role(album, user, role)?),
            None => drop(self.tx.add_album_user(album, user, role)?),
        }
        Ok(())
    }

    pub(super) fn album_user_is_gone(&mut self, line: AlbumUserDelete) -> Result<Outcome, LibraryError> {
        if let (Some(album), Some(user)) = (self.local_album(line.album_id)?, self.local_user(line.user_id)?)
            && !self.holds_membership(Subject::AlbumUser(album, user), None)?
        {
            self.tx.remove_album_user(album, UserId(user.0))?;
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
        if let Some(asset) = asset
            && self.tx.album(album)?.is_some()
            && !self.holds_membership(Subject::AlbumAsset(album, asset), Some("member"))?
        {
            self.tx.add_album_asset(album, asset)?;
        }
        Ok(Outcome::Applied)
    }

    pub(super) fn album_asset_is_gone(&mut self, line: AlbumToAssetV1) -> Result<Outcome, LibraryError> {
        let asset = self.local(ExternalKind::Asset, line.asset_id.0)?;
        if let (Some(album), Some(asset)) = (self.local_album(line.album_id)?, asset)
            && !self.holds_membership(Subject::AlbumAsset(album, AssetId(asset)), None)?
        {
            self.tx.remove_album_asset(album, AssetId(asset))?;
        }
        Ok(Outcome::Applied)
    }
}
