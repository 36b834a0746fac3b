//! Upstreams: who follows which server, how far they have come, what rows are called there.

use rusqlite::{Row, params};
use tintype_protocol::id::{AssetId, UpdateId};
use tintype_protocol::sync::EntityType;
use tintype_protocol::version::Version;
use uuid::Uuid;

use super::tx::{Result, Tx};
use super::value::Columns;
use crate::model::{ExternalKind, LinkKind, NewUpstream, Quarantined, Upstream, UpstreamMode};
use crate::store::{ReadUpstreams, StoreError, WriteUpstreams};

pub(super) const UPSTREAMS: &str =
    "SELECT u.id, u.server_id, s.address, s.version, u.user_id, u.external_user_id, u.email,
        u.epoch, u.is_resetting, u.linked_at, u.synced_at, u.position, u.held, u.mode, u.keeps_unshown
    FROM upstream u JOIN upstream_server s ON s.id = u.server_id";

const QUARANTINED: &str = "SELECT id, entity, data, ack, reason, first_seen, attempts FROM quarantine";

pub(super) fn read_upstream(row: &Row<'_>) -> rusqlite::Result<Upstream> {
    let mut columns = Columns::of(row);
    Ok(Upstream {
        id: columns.integer()?,
        server_id: columns.integer()?,
        address: columns.string()?,
        version: columns.name()?,
        user_id: columns.id()?,
        external_user_id: columns.id()?,
        email: columns.string()?,
        epoch: columns.integer()?,
        is_resetting: columns.flag()?,
        linked_at: columns.time()?,
        synced_at: columns.maybe_time()?,
        position: columns.id()?,
        held: columns.small()?,
        mode: if columns.flag()? { UpstreamMode::Search } else { UpstreamMode::Stream },
        keeps_unshown: columns.flag()?,
    })
}

fn read_quarantined(row: &Row<'_>) -> rusqlite::Result<Quarantined> {
    let mut columns = Columns::of(row);
    Ok(Quarantined {
        id: columns.integer()?,
        entity: columns.name()?,
        data: columns.string()?,
        ack: columns.string()?,
        reason: columns.string()?,
        first_seen: columns.time()?,
        attempts: columns.small()?,
    })
}

fn read_id(row: &Row<'_>) -> rusqlite::Result<Uuid> {
    Columns::of(row).id()
}

impl ReadUpstreams for Tx<'_> {
    fn upstreams(&self) -> Result<Vec<Upstream>> {
        self.all(&format!("{UPSTREAMS} ORDER BY u.id"), [], read_upstream)
    }

    fn cursors(&self, upstream: i64) -> Result<Vec<(EntityType, String)>> {
        let sql = "SELECT entity, ack FROM upstream_cursor WHERE upstream_id = ?1";
        self.all(sql, [upstream], |row| {
            let mut columns = Columns::of(row);
            Ok((columns.name()?, columns.string()?))
        })
    }

    fn local_id(&self, server: i64, kind: ExternalKind, external: Uuid) -> Result<Option<Uuid>> {
        let sql = "SELECT local FROM external_id WHERE server_id = ?1 AND kind = ?2 AND external = ?3";
        self.one(sql, params![server, kind as i64, external.as_bytes()], read_id)
    }

    fn local_name(&self, server: i64, kind: ExternalKind, external: Uuid) -> Result<Option<(Uuid, bool)>> {
        let sql = "SELECT local, epoch = -1 FROM external_id WHERE server_id = ?1 AND kind = ?2 AND external = ?3";
        self.one(sql, params![server, kind as i64, external.as_bytes()], |row| {
            let mut columns = Columns::of(row);
            Ok((columns.id()?, columns.flag()?))
        })
    }

    fn external_id(&self, server: i64, kind: ExternalKind, local: Uuid) -> Result<Option<Uuid>> {
        // As a rule both are the same; only the others are in the index.
        let same = "SELECT external FROM external_id WHERE server_id = ?1 AND kind = ?2 AND external = ?3 AND local = ?3 AND epoch <> -1";
        if let Some(id) = self.one(same, params![server, kind as i64, local.as_bytes()], read_id)? {
            return Ok(Some(id));
        }
        let other = "SELECT external FROM external_id WHERE local = ?3 AND kind = ?2 AND local <> external AND server_id = ?1 AND epoch <> -1";
        self.one(other, params![server, kind as i64, local.as_bytes()], read_id)
    }

    fn has_lost_name(&self, server: i64, kind: ExternalKind, local: Uuid) -> Result<bool> {
        let same = "SELECT 1 FROM external_id WHERE server_id = ?1 AND kind = ?2 AND external = ?3 AND local = ?3 AND epoch = -1";
        let other = "SELECT 1 FROM external_id WHERE local = ?3 AND kind = ?2 AND local <> external AND server_id = ?1 AND epoch = -1";
        let params = params![server, kind as i64, local.as_bytes()];
        Ok(self.exists(same, params)? || self.exists(other, params)?)
    }

    fn is_remote(&self, asset: AssetId) -> Result<bool> {
        let sql = "SELECT is_remote FROM asset WHERE id = ?1";
        Ok(self.one(sql, [asset.as_bytes()], |row| Columns::of(row).flag())?.unwrap_or(false))
    }

    fn unseen(
        &self,
        upstream: &Upstream,
        kind: ExternalKind,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<(Uuid, Uuid)>> {
        let after = after.unwrap_or_default();
        let sql = "SELECT external, local FROM external_id WHERE server_id = ?1 AND kind = ?2 AND external > ?3
            AND upstream_id = ?4 AND epoch < ?5 AND epoch <> -1 ORDER BY external LIMIT ?6";
        let params = params![upstream.server_id, kind as i64, after.as_bytes(), upstream.id, upstream.epoch, limit];
        self.all(sql, params, |row| {
            let mut columns = Columns::of(row);
            Ok((columns.id()?, columns.id()?))
        })
    }

    fn seen_counts(&self, upstream: &Upstream, kind: ExternalKind) -> Result<(u64, u64)> {
        let sql = "SELECT count(*), count(*) FILTER (WHERE epoch < ?4) FROM external_id
            WHERE server_id = ?1 AND kind = ?2 AND upstream_id = ?3 AND epoch <> -1";
        let params = params![upstream.server_id, kind as i64, upstream.id, upstream.epoch];
        let counts = self.one(sql, params, |row| {
            let mut columns = Columns::of(row);
            Ok((columns.small()?, columns.small()?))
        })?;
        Ok(counts.unwrap_or_default())
    }

    fn unseen_originals(&self, upstream: &Upstream) -> Result<u64> {
        let sql = "SELECT count(*) FROM external_id x JOIN asset a ON a.id = x.local
            WHERE x.server_id = ?1 AND x.kind = ?2 AND x.upstream_id = ?3 AND x.epoch < ?4 AND x.epoch <> -1
                AND a.owner_id = ?5 AND a.is_remote = 1 AND a.status <> 'deleted'";
        let Upstream { server_id, id, epoch, user_id, .. } = upstream;
        let params = params![server_id, ExternalKind::Asset as i64, id, epoch, user_id.as_bytes()];
        Ok(self.one(sql, params, |row| Columns::of(row).small())?.unwrap_or(0))
    }

    fn quarantined(&self, upstream: i64, after: i64, limit: u32) -> Result<Vec<Quarantined>> {
        let sql = format!("{QUARANTINED} WHERE upstream_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
        self.all(&sql, params![upstream, after, limit], read_quarantined)
    }

    fn quarantined_ids(&self, upstream: i64, after: i64, limit: u32) -> Result<Vec<i64>> {
        let sql = "SELECT id FROM quarantine WHERE upstream_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
        self.all(sql, params![upstream, after, limit], |row| Columns::of(row).integer())
    }

    fn quarantined_about(&self, upstream: i64, external: Uuid, limit: u32) -> Result<Vec<i64>> {
        let sql = "SELECT quarantine_id FROM quarantine_id WHERE upstream_id = ?1 AND external = ?2
            ORDER BY quarantine_id LIMIT ?3";
        self.all(sql, params![upstream, external.as_bytes(), limit], |row| Columns::of(row).integer())
    }

    fn quarantined_line(&self, upstream: i64, id: i64) -> Result<Option<Quarantined>> {
        self.one(&format!("{QUARANTINED} WHERE upstream_id = ?1 AND id = ?2"), [upstream, id], read_quarantined)
    }

    fn has_quarantine(&self, upstream: i64) -> Result<bool> {
        self.exists("SELECT 1 FROM quarantine WHERE upstream_id = ?1", [upstream])
    }

    fn quarantine_count(&self, upstream: i64) -> Result<u64> {
        let sql = "SELECT count(*) FROM quarantine WHERE upstream_id = ?1";
        Ok(self.one(sql, [upstream], |row| Columns::of(row).small())?.unwrap_or(0))
    }
}

impl WriteUpstreams for Tx<'_> {
    fn insert_upstream(&mut self, new: &NewUpstream) -> Result<Upstream> {
        let version = new.version.to_string();
        self.execute(
            "INSERT INTO upstream_server (address, version) VALUES (?1, ?2)
             ON CONFLICT (address) DO UPDATE SET version = excluded.version",
            params![new.address, version],
        )?;
        // Never an id that marks rows which somebody was shown who follows the server no more.
        self.execute(
            "INSERT INTO upstream (id, server_id, user_id, external_user_id, email, epoch, is_resetting, linked_at, position, held, mode)
             SELECT 1 + max((SELECT coalesce(max(id), 0) FROM upstream),
                    (SELECT coalesce(max(upstream_id), 0) FROM external_id),
                    (SELECT coalesce(max(upstream_id), 0) FROM external_link)),
                s.id, ?2, ?3, ?4, 0, 0, ?5, ?6, 0, ?7 FROM upstream_server s WHERE s.address = ?1",
            params![new.address, new.user_id.as_bytes(), new.external_user_id.as_bytes(), new.email, self.time().0,
                UpdateId::MIN.as_bytes(), new.mode == UpstreamMode::Search],
        )?;
        let made = self.one(&format!("{UPSTREAMS} WHERE u.user_id = ?1"), [new.user_id.as_bytes()], read_upstream)?;
        made.ok_or(StoreError::Closed)
    }

    fn update_upstream(&mut self, upstream: &Upstream) -> Result<()> {
        self.execute(
            "UPDATE upstream SET epoch = ?2, is_resetting = ?3, synced_at = ?4, position = ?5, held = ?6,
                keeps_unshown = ?7 WHERE id = ?1",
            params![
                upstream.id,
                upstream.epoch,
                upstream.is_resetting,
                upstream.synced_at.map(|at| at.0),
                upstream.position.as_bytes(),
                i64::try_from(upstream.held).unwrap_or(i64::MAX),
                upstream.keeps_unshown
            ],
        )?;
        Ok(())
    }

    fn set_server_version(&mut self, server: i64, version: Version) -> Result<()> {
        self.execute("UPDATE upstream_server SET version = ?2 WHERE id = ?1", params![server, version.to_string()])?;
        Ok(())
    }

    fn delete_upstream(&mut self, id: i64) -> Result<()> {
        self.execute("DELETE FROM upstream WHERE id = ?1", [id])?;
        Ok(())
    }

    fn set_cursor(&mut self, upstream: i64, entity: EntityType, ack: &str) -> Result<()> {
        self.execute(
            "INSERT INTO upstream_cursor (upstream_id, entity, ack) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET ack = excluded.ack",
            params![upstream, entity.as_str(), ack],
        )?;
        Ok(())
    }

    fn clear_cursors(&mut self, upstream: i64) -> Result<()> {
        self.execute("DELETE FROM upstream_cursor WHERE upstream_id = ?1", [upstream])?;
        Ok(())
    }

    fn add_external_id(&mut self, upstream: &Upstream, kind: ExternalKind, external: Uuid, local: Uuid) -> Result<()> {
        self.execute(
            "INSERT INTO external_id (server_id, kind, external, local, upstream_id, epoch) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                upstream.server_id,
                kind as i64,
                external.as_bytes(),
                local.as_bytes(),
                upstream.id,
                upstream.epoch
            ],
        )?;
        Ok(())
    }

    fn see_external_id(&mut self, upstream: &Upstream, kind: ExternalKind, external: Uuid) -> Result<()> {
        self.execute(
            "UPDATE external_id SET upstream_id = ?4, epoch = ?5
             WHERE server_id = ?1 AND kind = ?2 AND external = ?3 AND (upstream_id, epoch) IS NOT (?4, ?5)",
            params![upstream.server_id, kind as i64, external.as_bytes(), upstream.id, upstream.epoch],
        )?;
        Ok(())
    }

    fn take_over_names(&mut self, former: i64, upstream: &Upstream) -> Result<()> {
        for table in ["external_id", "external_link"] {
            // What is lost stays so until it is shown.
            let sql = format!(
                "UPDATE {table} SET upstream_id = ?3, epoch = min(epoch, 0) WHERE server_id = ?1 AND upstream_id = ?2"
            );
            self.execute(&sql, params![upstream.server_id, former, upstream.id])?;
        }
        Ok(())
    }

    fn forget_external_id(&mut self, server: i64, kind: ExternalKind, external: Uuid) -> Result<()> {
        self.execute(
            "DELETE FROM external_id WHERE server_id = ?1 AND kind = ?2 AND external = ?3",
            params![server, kind as i64, external.as_bytes()],
        )?;
        Ok(())
    }

    fn lose_unshown(&mut self, upstream: &Upstream) -> Result<u64> {
        let own = |kind: ExternalKind, table: &str, more: &str| {
            let kind = kind as i64;
            format!("kind = {kind} AND EXISTS (SELECT 1 FROM {table} r WHERE r.id = local AND r.owner_id = ?2 {more})")
        };
        let edit = ExternalKind::Edit as i64;
        let of_user = [
            own(ExternalKind::Asset, "asset", "AND r.is_remote = 0"),
            own(ExternalKind::Album, "album", ""),
            own(ExternalKind::Stack, "stack", ""),
            own(ExternalKind::Person, "person", ""),
            own(ExternalKind::Face, "face", ""),
            format!(
                "kind = {edit} AND EXISTS (SELECT 1 FROM edit r JOIN asset a ON a.id = r.asset_id
                    WHERE r.id = local AND a.owner_id = ?2 AND a.is_remote = 0)"
            ),
        ];
        let names = format!(
            "UPDATE external_id SET epoch = -1 WHERE server_id = ?1 AND epoch <> -1
                AND (upstream_id NOT IN (SELECT u.id FROM upstream u WHERE u.server_id = ?1)
                    OR ?3 AND upstream_id = ?4 AND epoch < ?5) AND ({})",
            of_user.join(" OR ")
        );
        let Upstream { server_id, user_id, keeps_unshown, id, epoch, .. } = upstream;
        let count = self.execute(&names, params![server_id, user_id.as_bytes(), keeps_unshown, id, epoch])?;
        let links = format!(
            "DELETE FROM external_link WHERE server_id = ?1 AND kind = {} AND (upstream_id, epoch) IS NOT (?2, ?3) AND EXISTS
                (SELECT 1 FROM external_id x WHERE x.server_id = ?1 AND x.kind = {} AND x.external = parent AND x.epoch = -1)",
            LinkKind::AlbumAsset as i64,
            ExternalKind::Album as i64
        );
        self.execute(&links, params![server_id, id, epoch])?;
        Ok(count as u64)
    }

    fn quarantine(
        &mut self,
        upstream: i64,
        entity: EntityType,
        subject: &str,
        data: &str,
        ack: &str,
        reason: &str,
    ) -> Result<i64> {
        self.execute(
            "INSERT INTO quarantine (upstream_id, entity, subject, data, ack, reason, first_seen, attempts)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1)",
            params![upstream, entity.as_str(), subject, data, ack, reason, self.time().0],
        )?;
        Ok(self.connection.last_insert_rowid())
    }

    fn note_quarantined_ids(&mut self, upstream: i64, line: i64, external: &[Uuid]) -> Result<()> {
        for id in external {
            self.execute(
                "INSERT OR IGNORE INTO quarantine_id (upstream_id, external, quarantine_id) VALUES (?1, ?2, ?3)",
                params![upstream, id.as_bytes(), line],
            )?;
        }
        Ok(())
    }

    fn note_attempt(&mut self, id: i64, reason: &str) -> Result<()> {
        self.execute("UPDATE quarantine SET attempts = attempts + 1, reason = ?2 WHERE id = ?1", params![id, reason])?;
        Ok(())
    }

    fn release_quarantined_about(&mut self, upstream: i64, external: Uuid) -> Result<()> {
        let sql = "DELETE FROM quarantine WHERE id IN
            (SELECT quarantine_id FROM quarantine_id WHERE upstream_id = ?1 AND external = ?2)";
        self.execute(sql, params![upstream, external.as_bytes()])?;
        Ok(())
    }

    fn release_quarantined_subject(&mut self, upstream: i64, subject: &str) -> Result<()> {
        let sql = "DELETE FROM quarantine WHERE upstream_id = ?1 AND subject = ?2";
        self.execute(sql, params![upstream, subject])?;
        Ok(())
    }

    fn release_quarantined(&mut self, id: i64) -> Result<()> {
        self.execute("DELETE FROM quarantine WHERE id = ?1", [id])?;
        Ok(())
    }

    fn drop_quarantined(&mut self, upstream: i64, ids: Option<&[i64]>) -> Result<u64> {
        let Some(ids) = ids else {
            return Ok(self.execute("DELETE FROM quarantine WHERE upstream_id = ?1", [upstream])? as u64);
        };
        let mut dropped = 0;
        for id in ids {
            dropped += self.execute("DELETE FROM quarantine WHERE upstream_id = ?1 AND id = ?2", [upstream, *id])?;
        }
        Ok(dropped as u64)
    }
}
