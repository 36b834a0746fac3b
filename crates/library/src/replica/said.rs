//! What people said about an asset here before its user followed the server that has it, too, and what they did to it while the
//! server did not know it any more. Nothing of that was written down.

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AlbumId, AssetId, UserId};
use tintype_protocol::model::{AlbumRole, AssetStatus, Visibility};
use tintype_protocol::sync::AssetV1;

use super::Replica;
use crate::error::LibraryError;
use crate::fields::{locked, membership};
use crate::model::{Asset, Exif, Field, Subject};

/// Fields that a person set here, and what each is as long as nobody has.
fn said(asset: &Asset, exif: &Exif) -> impl Iterator<Item = (Field, &'static str)> {
    let is_placed = !matches!(asset.visibility, Visibility::Timeline | Visibility::Hidden);
    let of_asset = [asset.is_favorite.then_some(Field::Favorite), is_placed.then_some(Field::Visibility)];
    of_asset.into_iter().flatten().chain(locked(exif)).map(|field| (field, unset(field)))
}

/// What a field is as long as nobody has set it.
pub(super) fn unset(field: Field) -> &'static str {
    match field {
        Field::Favorite => "false",
        Field::Visibility => "\"timeline\"",
        Field::Description => "\"\"",
        _ => "null",
    }
}

impl Replica<'_> {
    /// An asset that lies here turns out to be the server's as well. What was said about it here is not lost to what is
    /// said there: it goes up, and where both say something, the other value is kept as a conflict. An import that waits
    /// to go up has its rows already; what lies in the trash was deleted.
    pub(super) fn keep_what_was_said(&mut self, id: AssetId) -> Result<(), LibraryError> {
        let Some(asset) = self.tx.asset(id)? else { return Ok(()) };
        let is_mine = asset.owner_id == self.upstream.user_id && asset.status == AssetStatus::Active;
        if !is_mine || self.tx.is_remote(id)? || self.is_new_here(id)? {
            return Ok(());
        }
        let exif = self.tx.exif(id)?.unwrap_or_default();
        for (field, unset) in said(&asset, &exif) {
            self.tx.put_outbox(self.upstream.id, Subject::Asset(id), field, Some(unset), None, None)?;
        }
        Ok(())
    }

    /// The server shows an asset again whose name was lost. What became of it here meanwhile holds.
    pub(super) fn keep_what_was_done(&mut self, id: AssetId, line: &AssetV1<'_>) -> Result<(), LibraryError> {
        let here = self.tx.asset(id)?;
        let (base, detail) = match here.as_ref().map(|asset| asset.status) {
            Some(AssetStatus::Active) => return self.keep_what_was_said(id),
            Some(AssetStatus::Trashed) => (Some("\"active\""), None),
            Some(AssetStatus::Deleted) => (None, here.map(|asset| asset.checksum.to_hex())),
            None if self.was_deleted_here(self.upstream.user_id, &line.checksum)? => {
                (None, Some(line.checksum.to_hex()))
            }
            None => return Ok(()),
        };
        let subject = Subject::Asset(id);
        Ok(self.tx.put_outbox(self.upstream.id, subject, Field::Life, base, None, detail.as_deref())?)
    }

    /// Whether somebody deleted a content for good, or what it was made of or into.
    fn was_deleted_here(&self, owner: UserId, content: &Sha1) -> Result<bool, LibraryError> {
        if self.tx.is_deleted_content(owner, content)? {
            return Ok(true);
        }
        for same in self.tx.derivations(content)? {
            if self.tx.is_deleted_content(owner, &same)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// An asset stays in an album in which the server knew it under a name that was lost, and is put there again.
    pub(super) fn keep_place(&mut self, album: AlbumId, asset: AssetId) -> Result<(), LibraryError> {
        let role = self.tx.album_role(album, self.upstream.user_id)?;
        if matches!(role, Some(AlbumRole::Owner | AlbumRole::Editor)) {
            let (subject, none) = (Subject::AlbumAsset(album, asset), membership(None));
            self.tx.put_outbox(self.upstream.id, subject, Field::Membership, Some(&none), None, None)?;
        }
        Ok(())
    }
}
