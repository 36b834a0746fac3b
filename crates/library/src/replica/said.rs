//! What people said about an asset here before its user followed the server that has it, too.

use tintype_protocol::id::AssetId;
use tintype_protocol::model::{AssetStatus, Visibility};

use super::Replica;
use crate::error::LibraryError;
use crate::model::{Asset, Exif, Field, LockedField, Subject};

/// Fields that a person set here, and what each is as long as nobody has.
fn said(asset: &Asset, exif: &Exif) -> Vec<(Field, &'static str)> {
    let is_dated = exif.is_locked(LockedField::DateTimeOriginal) || exif.is_locked(LockedField::TimeZone);
    let all = [
        (Field::Favorite, "false", asset.is_favorite),
        (Field::Visibility, "\"timeline\"", !matches!(asset.visibility, Visibility::Timeline | Visibility::Hidden)),
        (Field::Description, "\"\"", exif.is_locked(LockedField::Description)),
        (Field::Rating, "null", exif.is_locked(LockedField::Rating)),
        (Field::Place, "null", exif.is_locked(LockedField::Position)),
        (Field::Date, "null", is_dated),
    ];
    all.into_iter().filter(|(.., is_said)| *is_said).map(|(field, unset, _)| (field, unset)).collect()
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
