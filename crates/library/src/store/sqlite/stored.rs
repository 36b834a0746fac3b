//! Assets that are kept as something made from their original.

use rusqlite::params;
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, UserId};

use super::tx::{Result, Tx};
use super::value::Columns;
use crate::model::{KnownContent, StoredForm};
use crate::store::{ReadStored, WriteStored};

impl ReadStored for Tx<'_> {
    fn stored_form(&self, asset: AssetId) -> Result<Option<StoredForm>> {
        let sql =
            "SELECT sha1, size_bytes, media_type, recipe, is_exact, stored_at FROM stored_form WHERE asset_id = ?1";
        self.one(sql, params![asset.as_bytes()], |row| read_form(&mut Columns::of(row)))
    }

    fn asset_by_stored_form(&self, owner: UserId, sha1: &Sha1) -> Result<Option<KnownContent>> {
        let sql = "SELECT a.id, a.deleted_at IS NOT NULL FROM stored_form s JOIN asset a ON a.id = s.asset_id
             WHERE s.sha1 = ?2 AND a.owner_id = ?1 AND a.library_id IS NULL LIMIT 1";
        self.one(sql, params![owner.as_bytes(), sha1.0], |row| {
            let mut columns = Columns::of(row);
            Ok(KnownContent { asset_id: columns.id()?, is_trashed: columns.flag()? })
        })
    }

    fn has_jobs(&self, asset: AssetId) -> Result<bool> {
        self.exists("SELECT 1 FROM job WHERE asset_id = ?1 AND state <> 'failed'", params![asset.as_bytes()])
    }

    fn has_failed_jobs(&self, asset: AssetId) -> Result<bool> {
        self.exists("SELECT 1 FROM job WHERE asset_id = ?1 AND state = 'failed'", params![asset.as_bytes()])
    }
}

/// A form, from its content to its time.
pub(super) fn read_form(columns: &mut Columns<'_, '_>) -> rusqlite::Result<StoredForm> {
    Ok(StoredForm {
        sha1: columns.sha1()?,
        size_bytes: columns.integer()?,
        media_type: columns.string()?,
        recipe: columns.string()?,
        is_exact: columns.flag()?,
        stored_at: columns.time()?,
    })
}

impl WriteStored for Tx<'_> {
    fn set_stored_form(&mut self, asset: AssetId, key: &str, form: Option<&StoredForm>) -> Result<()> {
        self.execute("UPDATE asset SET original_path = ?2 WHERE id = ?1", params![asset.as_bytes(), key])?;
        self.execute("DELETE FROM stored_form WHERE asset_id = ?1", params![asset.as_bytes()])?;
        let Some(form) = form else { return Ok(()) };
        self.execute(
            "INSERT INTO stored_form (asset_id, sha1, size_bytes, media_type, recipe, is_exact, stored_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                asset.as_bytes(),
                form.sha1.0,
                form.size_bytes,
                form.media_type,
                form.recipe,
                form.is_exact,
                form.stored_at.0
            ],
        )?;
        Ok(())
    }

    fn show_as(&mut self, asset: AssetId, checksum: &Sha1, media_type: &str, name: &str) -> Result<()> {
        self.execute(
            "UPDATE asset SET checksum = ?2, media_type = ?3, original_name = ?4, updated_at = ?5, update_id = ?6 WHERE id = ?1",
            params![asset.as_bytes(), checksum.0, media_type, name, self.time().0, self.next_id().as_bytes()],
        )?;
        Ok(())
    }

    fn move_stored_form(&mut self, from: AssetId, to: AssetId) -> Result<()> {
        let sql = "UPDATE stored_form SET asset_id = ?2 WHERE asset_id = ?1";
        self.execute(sql, params![from.as_bytes(), to.as_bytes()])?;
        Ok(())
    }
}
