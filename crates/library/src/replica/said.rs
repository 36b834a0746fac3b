//! What people said about an asset here before its user followed the server that has it, too.

use tintype_protocol::id::AssetId;
use tintype_protocol::model::{AssetStatus, Visibility};

use super::Replica;
use crate::error::LibraryError;
use crate::fields::locked;
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
}
