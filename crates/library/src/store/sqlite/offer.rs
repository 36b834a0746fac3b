//! What an upstream is not told of by itself.

use rusqlite::params;
use tintype_protocol::id::AssetId;
use tintype_protocol::time::Timestamp;
use uuid::Uuid;

use super::asset_rows::{ASSET_COLUMNS, read_asset};
use super::tx::{Result, Tx};
use super::value::Columns;
use crate::model::{Asset, ExternalKind, Field, Subject, Upstream};
use crate::store::ReadOffer;

/// What holds for assets that are only here, of a table called `name`. Parameters: user, server, upstream.
fn only_here(name: &str) -> String {
    let (asset, of_asset) = (ExternalKind::Asset as i64, Subject::Asset(AssetId(Uuid::nil())).kind());
    let existence = Field::Existence.as_str();
    // By the plus sign rows are found by their ids, or all of them read as they lie: an index by owner would sort a whole
    // library for each page, and count it more slowly. As a rule names are the same on both sides; only the others
    // are in the index by the name of here.
    format!(
        "+{name}.owner_id = ?1 AND {name}.is_remote = 0 AND {name}.status = 'active' AND {name}.is_offline = 0
         AND NOT EXISTS (SELECT 1 FROM external_id x
            WHERE x.server_id = ?2 AND x.kind = {asset} AND x.external = {name}.id AND x.local = {name}.id AND x.epoch <> -1)
         AND NOT EXISTS (SELECT 1 FROM external_id x
            WHERE x.local = {name}.id AND x.kind = {asset} AND x.local <> x.external AND x.server_id = ?2 AND x.epoch <> -1)
         AND NOT EXISTS (SELECT 1 FROM outbox o
            WHERE o.upstream_id = ?3 AND o.kind = {of_asset} AND o.subject = {name}.id AND o.field = '{existence}')"
    )
}

impl ReadOffer for Tx<'_> {
    fn only_here(&self, upstream: &Upstream, after: Option<AssetId>, limit: u32) -> Result<Vec<Asset>> {
        let (after, only_here) = (after.unwrap_or(AssetId(Uuid::nil())), only_here("a"));
        let sql = format!("SELECT {ASSET_COLUMNS} FROM asset a WHERE {only_here} AND a.id > ?4 ORDER BY a.id LIMIT ?5");
        let Upstream { id, server_id, user_id, .. } = upstream;
        let params = params![user_id.as_bytes(), server_id, id, after.as_bytes(), limit];
        self.all(&sql, params, |row| read_asset(&mut Columns::of(row)))
    }

    fn trashed_only_here(&self, upstream: &Upstream, before: Timestamp, limit: u32) -> Result<Vec<Asset>> {
        let asset = ExternalKind::Asset as i64;
        let sql = format!(
            "SELECT {ASSET_COLUMNS} FROM asset a
             WHERE a.owner_id = ?1 AND a.status = 'trashed' AND a.deleted_at < ?3 AND a.is_remote = 0
                AND NOT EXISTS (SELECT 1 FROM external_id x
                    WHERE x.server_id = ?2 AND x.kind = {asset} AND x.external = a.id AND x.local = a.id AND x.epoch <> -1)
                AND NOT EXISTS (SELECT 1 FROM external_id x
                    WHERE x.local = a.id AND x.kind = {asset} AND x.local <> x.external AND x.server_id = ?2 AND x.epoch <> -1)
                AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.subject = a.id)
             ORDER BY a.id LIMIT ?4"
        );
        let Upstream { server_id, user_id, .. } = upstream;
        let params = params![user_id.as_bytes(), server_id, before.0, limit];
        self.all(&sql, params, |row| read_asset(&mut Columns::of(row)))
    }

    fn is_only_here(&self, upstream: &Upstream, asset: AssetId) -> Result<bool> {
        let sql = format!("SELECT 1 FROM asset a WHERE {} AND a.id = ?4", only_here("a"));
        let Upstream { id, server_id, user_id, .. } = upstream;
        self.exists(&sql, params![user_id.as_bytes(), server_id, id, asset.as_bytes()])
    }

    fn only_here_totals(&self, upstream: &Upstream) -> Result<(u64, u64)> {
        let sql = format!(
            "SELECT count(*) FILTER (WHERE a.visibility <> 'hidden' OR NOT EXISTS
                (SELECT 1 FROM asset s WHERE s.live_photo_video_id = a.id AND {})), coalesce(sum(a.size_bytes), 0)
             FROM asset a WHERE {}",
            only_here("s"),
            only_here("a")
        );
        let Upstream { id, server_id, user_id, .. } = upstream;
        let totals = self.one(&sql, params![user_id.as_bytes(), server_id, id], |row| {
            let mut columns = Columns::of(row);
            Ok((columns.small()?, columns.small()?))
        })?;
        Ok(totals.unwrap_or_default())
    }
}
