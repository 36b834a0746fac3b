//! Assets of the server that were made of an original which the ledger knows: a landing zone made the file smaller on its way
//! there. Devices know the original, so the asset has the original's checksum here; what the server has is its stored form.
//!
//! Two assets of one owner never have the same checksum: where the server has the original, too, each shows its own.

use std::borrow::Cow;

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::AssetId;
use tintype_protocol::sync::AssetV1;

use super::Replica;
use crate::error::LibraryError;
use crate::model::StoredForm;
use crate::store::{MirroredAsset, StoreError};
use crate::stored::name_with_extension_of;

/// What an original is that can be rebuilt: nothing else can be.
const REBUILT: (&str, &str) = ("image/jpeg", "x.jpg");

/// A line of the server, as it is said of the original.
pub(super) struct AsOriginal<'l> {
    line: AssetV1<'l>,
    media_type: &'l str,
}

impl<'l> AsOriginal<'l> {
    fn new(row: MirroredAsset<'l>, original: Sha1, form: &StoredForm) -> Self {
        let mut line = AssetV1 { checksum: original, ..row.line.clone() };
        let mut media_type = row.media_type;
        // What cannot be rebuilt is handed out as what it is, under the name that says so.
        if form.is_exact {
            media_type = REBUILT.0;
            line.original_file_name = Cow::Owned(name_with_extension_of(&line.original_file_name, REBUILT.1));
        }
        Self { line, media_type }
    }

    pub(super) fn row<'r>(&'r self, row: MirroredAsset<'r>) -> MirroredAsset<'r> {
        MirroredAsset { line: &self.line, media_type: self.media_type, ..row }
    }
}

impl Replica<'_> {
    /// Adds an asset that stands for an original, if it does, and if the original is no asset here; whether it was added.
    pub(super) fn add_as_original(&mut self, row: MirroredAsset<'_>) -> Result<bool, LibraryError> {
        if !self.has_derivations {
            return Ok(false);
        }
        let Some((original, form)) = self.tx.made_of(&row.line.checksum)? else { return Ok(false) };
        let is_here = self.tx.asset_by_checksum(row.owner_id, &original)?.is_some()
            || self.tx.asset_by_checksum(row.owner_id, &row.line.checksum)?.is_some();
        if is_here {
            return Ok(false);
        }
        match self.tx.insert_mirrored(AsOriginal::new(row, original, &form).row(row)) {
            Ok(()) => {}
            Err(StoreError::Conflict(_)) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        if let Some(added) = self.tx.asset(row.id)? {
            self.tx.set_stored_form(row.id, &added.original_path, Some(&form))?;
        }
        Ok(true)
    }

    /// A later line about an asset whose bytes only the server has, if that stands for an original. One whose content was
    /// replaced there stands for it no more.
    pub(super) fn again_as_original<'l>(
        &mut self,
        row: MirroredAsset<'l>,
    ) -> Result<Option<AsOriginal<'l>>, LibraryError> {
        if !self.has_derivations {
            return Ok(None);
        }
        let Some((form, here)) = self.tx.stored_form(row.id)?.zip(self.tx.asset(row.id)?) else { return Ok(None) };
        if row.line.checksum == form.sha1 || row.line.checksum == here.checksum {
            return Ok(Some(AsOriginal::new(row, here.checksum, &form)));
        }
        self.tx.set_stored_form(row.id, &here.original_path, None)?;
        Ok(None)
    }

    /// The server turned out to have the original, too: what was shown in its place shows its own content from now on.
    /// Whether it was.
    pub(super) fn show_own_content(&mut self, id: AssetId) -> Result<bool, LibraryError> {
        let Some((form, here)) = self.tx.stored_form(id)?.zip(self.tx.asset(id)?) else { return Ok(false) };
        if !self.tx.is_remote(id)? || self.tx.asset_by_checksum(here.owner_id, &form.sha1)?.is_some() {
            return Ok(false);
        }
        let extension = form.media_type.rsplit_once('/').map_or("bin", |(_, name)| name);
        let name = name_with_extension_of(&here.original_name, &format!("x.{extension}"));
        self.tx.set_stored_form(id, &here.original_path, None)?;
        self.tx.show_as(id, &form.sha1, &form.media_type, &name)?;
        Ok(true)
    }
}
