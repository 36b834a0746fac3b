//! What was fetched from upstreams, and what could be.

use rusqlite::params;
use tintype_protocol::id::{AssetId, UpdateId, UserId};
use tintype_protocol::time::Timestamp;

use super::asset_rows::{ASSET_COLUMNS, read_asset};
use super::tx::{Result, Tx};
use super::value::Columns;
use crate::model::{Asset, HeldOriginals, Upstream};
use crate::store::{ReadFetched, WriteFetched};

impl ReadFetched for Tx<'_> {
    fn fetched_bytes(&self) -> Result<u64> {
        let sql = "SELECT coalesce(sum(size_bytes), 0) FROM fetched";
        Ok(self.one(sql, [], |row| Columns::of(row).small())?.unwrap_or(0))
    }

    fn oldest_fetched(&self, limit: u32) -> Result<Vec<(String, u64)>> {
        self.all("SELECT key, size_bytes FROM fetched ORDER BY used_at, key LIMIT ?1", [limit], |row| {
            let mut columns = Columns::of(row);
            Ok((columns.string()?, columns.small()?))
        })
    }

    fn fetched_of(&self, asset: AssetId) -> Result<Vec<String>> {
        self.all("SELECT key FROM fetched WHERE asset_id = ?1", [asset.as_bytes()], |row| Columns::of(row).string())
    }

    fn is_fetched(&self, key: &str) -> Result<bool> {
        self.exists("SELECT 1 FROM fetched WHERE key = ?1", [key])
    }

    fn remote_originals(
        &self,
        owner: UserId,
        since: Option<Timestamp>,
        after: Option<AssetId>,
        limit: u32,
    ) -> Result<Vec<Asset>> {
        // In the order of ids through the table: what was fetched meanwhile does not shift the pages.
        let sql = format!(
            "SELECT {ASSET_COLUMNS} FROM asset a WHERE +a.owner_id = ?1 AND a.is_remote = 1 AND a.local_date_time >= ?2
                AND a.status <> 'deleted' AND a.id > ?3 ORDER BY a.id LIMIT ?4"
        );
        let (since, after) = (since.map_or(i64::MIN, |since| since.0), after.as_ref().map(AssetId::as_bytes));
        let params = params![owner.as_bytes(), since, after.map_or(&[][..], |id| &id[..]), limit];
        self.all(&sql, params, |row| read_asset(&mut Columns::of(row)))
    }

    fn remote_changes(&self, owner: UserId, after: UpdateId, limit: u32) -> Result<Vec<(Asset, UpdateId)>> {
        let sql = format!(
            "SELECT a.update_id, {ASSET_COLUMNS} FROM asset a WHERE a.owner_id = ?1 AND a.update_id > ?2
                AND a.is_remote = 1 ORDER BY a.update_id LIMIT ?3"
        );
        self.all(&sql, params![owner.as_bytes(), after.as_bytes(), limit], |row| {
            let mut columns = Columns::of(row);
            let position = columns.id()?;
            Ok((read_asset(&mut columns)?, position))
        })
    }

    fn held_originals(&self, owner: UserId) -> Result<HeldOriginals> {
        let sql = "SELECT count(*) FILTER (WHERE is_remote = 0),
                coalesce(sum(size_bytes) FILTER (WHERE is_remote = 0), 0),
                count(*) FILTER (WHERE is_remote = 0 AND verified_at IS NOT NULL),
                min(verified_at) FILTER (WHERE is_remote = 0), max(verified_at) FILTER (WHERE is_remote = 0),
                count(*) FILTER (WHERE is_remote = 1)
            FROM asset WHERE owner_id = ?1 AND status <> 'deleted'";
        let held = self.one(sql, [owner.as_bytes()], |row| {
            let mut columns = Columns::of(row);
            Ok(HeldOriginals {
                here: columns.small()?,
                here_bytes: columns.small()?,
                verified: columns.small()?,
                verified_first: columns.maybe_time()?,
                verified_last: columns.maybe_time()?,
                elsewhere: columns.small()?,
            })
        })?;
        Ok(held.unwrap_or_default())
    }

    fn pictured(&self, upstream: &Upstream) -> Result<UpdateId> {
        let sql = "SELECT pictured FROM upstream WHERE id = ?1 AND pictured IS NOT NULL";
        Ok(self.one(sql, [upstream.id], |row| Columns::of(row).id())?.unwrap_or(UpdateId::MIN))
    }
}

impl WriteFetched for Tx<'_> {
    fn add_fetched(&mut self, key: &str, asset: AssetId, size_bytes: u64) -> Result<()> {
        self.execute(
            "INSERT INTO fetched (key, asset_id, size_bytes, used_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET size_bytes = excluded.size_bytes, used_at = excluded.used_at",
            params![key, asset.as_bytes(), i64::try_from(size_bytes).unwrap_or(i64::MAX), self.time().0],
        )?;
        Ok(())
    }

    fn touch_fetched(&mut self, key: &str, at: Timestamp) -> Result<()> {
        self.execute("UPDATE fetched SET used_at = ?2 WHERE key = ?1 AND used_at < ?2", params![key, at.0])?;
        Ok(())
    }

    fn remove_fetched(&mut self, key: &str) -> Result<()> {
        self.execute("DELETE FROM fetched WHERE key = ?1", [key])?;
        Ok(())
    }

    fn bring_home(&mut self, asset: AssetId, key: &str, size_bytes: i64) -> Result<()> {
        // Nothing of it is part of a line, so the asset does not move in the feed.
        self.execute(
            "UPDATE asset SET is_remote = 0, original_path = ?2, size_bytes = ?3, verified_at = ?4 WHERE id = ?1",
            params![asset.as_bytes(), key, size_bytes, self.time().0],
        )?;
        Ok(())
    }

    fn set_pictured(&mut self, upstream: i64, position: UpdateId) -> Result<()> {
        self.execute("UPDATE upstream SET pictured = ?2 WHERE id = ?1", params![upstream, position.as_bytes()])?;
        Ok(())
    }
}
