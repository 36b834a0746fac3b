//! The ledger of content identity.

use rusqlite::params;
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, UserId};

use super::stored::read_form;
use super::tx::{Result, Tx};
use super::value::Columns;
use crate::model::StoredForm;
use crate::store::{Ledger, ReadLedger, WriteLedger};

impl ReadLedger for Tx<'_> {
    fn is_deleted_content(&self, owner: UserId, checksum: &Sha1) -> Result<bool> {
        self.exists(
            "SELECT 1 FROM deleted_content WHERE owner_id = ?1 AND sha1 = ?2",
            params![owner.as_bytes(), checksum.0],
        )
    }

    fn has_derivations(&self) -> Result<bool> {
        self.exists("SELECT 1 FROM derivation LIMIT 1", [])
    }

    fn derivations(&self, checksum: &Sha1) -> Result<Vec<Sha1>> {
        let sql = "SELECT original FROM derivation WHERE derived = ?1 UNION SELECT derived FROM derivation WHERE original = ?1";
        self.all(sql, params![checksum.0], |row| Columns::of(row).sha1())
    }

    fn made_of(&self, derived: &Sha1) -> Result<Option<(Sha1, StoredForm)>> {
        let sql = "SELECT d.original, d.derived, c.size_bytes, c.media_type, d.recipe, d.lossless, d.verified_at
             FROM derivation d JOIN content c ON c.sha1 = d.derived WHERE d.derived = ?1 LIMIT 2";
        let found = self.all(sql, params![derived.0], |row| {
            let mut columns = Columns::of(row);
            Ok((columns.sha1()?, read_form(&mut columns)?))
        })?;
        let mut found = found.into_iter();
        Ok(found.next().filter(|_| found.next().is_none()))
    }

    fn asset_by_derivation(&self, owner: UserId, checksum: &Sha1) -> Result<Option<AssetId>> {
        let sql = "SELECT a.id FROM (SELECT original AS sha1 FROM derivation WHERE derived = ?2
                UNION ALL SELECT derived FROM derivation WHERE original = ?2) d
             CROSS JOIN asset a ON a.owner_id = ?1 AND a.checksum = d.sha1 AND a.library_id IS NULL LIMIT 1";
        self.one(sql, params![owner.as_bytes(), checksum.0], |row| Columns::of(row).id())
    }
}

impl WriteLedger for Tx<'_> {
    fn note(&mut self, entry: &Ledger) -> Result<()> {
        let now = self.time().0;
        match entry {
            Ledger::Content { sha1, size_bytes, media_type } => self.execute(
                "INSERT INTO content (sha1, size_bytes, media_type, first_seen) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                params![sha1.0, size_bytes, media_type, now],
            ),
            Ledger::Derivation { original, derived, recipe, lossless } => self.execute(
                "INSERT INTO derivation (original, derived, recipe, lossless, verified_at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET recipe = excluded.recipe, lossless = excluded.lossless, verified_at = excluded.verified_at",
                params![original.0, derived.0, recipe, lossless, now],
            ),
            Ledger::Deleted { sha1, owner, by } => self.execute(
                "INSERT INTO deleted_content (owner_id, sha1, deleted_at, deleted_by)
                 VALUES (?1, ?2, coalesce((SELECT deleted_at FROM asset WHERE owner_id = ?1 AND checksum = ?2), ?3), ?4)
                 ON CONFLICT DO UPDATE SET deleted_at = excluded.deleted_at, deleted_by = excluded.deleted_by",
                params![owner.as_bytes(), sha1.0, now, by.as_bytes()],
            ),
            Ledger::Wanted { sha1, owner } => self.execute(
                "DELETE FROM deleted_content WHERE owner_id = ?1 AND sha1 = ?2",
                params![owner.as_bytes(), sha1.0],
            ),
        }?;
        Ok(())
    }
}
