//! Links of servers, and accesses that have ended.

use rusqlite::params;
use tintype_protocol::id::{AlbumId, UpdateId};
use uuid::Uuid;

use super::tx::{Result, Tx};
use super::value::Columns;
use crate::model::{ExternalKind, ExternalLink, LinkKind, Upstream};
use crate::store::{ReadExternalLinks, WriteExternalLinks};

impl ReadExternalLinks for Tx<'_> {
    fn link_shown(&self, server: i64, link: &ExternalLink) -> Result<Option<(i64, i64)>> {
        let sql = "SELECT upstream_id, epoch FROM external_link
            WHERE server_id = ?1 AND kind = ?2 AND parent = ?3 AND child = ?4";
        self.one(sql, params![server, link.kind as i64, link.parent.as_bytes(), link.child], |row| {
            let mut columns = Columns::of(row);
            Ok((columns.integer()?, columns.integer()?))
        })
    }

    fn unseen_links(
        &self,
        upstream: &Upstream,
        kind: LinkKind,
        after: Option<&ExternalLink>,
        limit: u32,
    ) -> Result<Vec<ExternalLink>> {
        let (parent, child) = after.map_or((Uuid::nil(), &[] as &[u8]), |link| (link.parent, &link.child));
        let sql = "SELECT parent, child FROM external_link WHERE server_id = ?1 AND kind = ?2
            AND (parent, child) > (?3, ?4) AND upstream_id = ?5 AND epoch < ?6 ORDER BY parent, child LIMIT ?7";
        let params =
            params![upstream.server_id, kind as i64, parent.as_bytes(), child, upstream.id, upstream.epoch, limit];
        self.all(sql, params, |row| {
            let mut columns = Columns::of(row);
            Ok(ExternalLink { kind, parent: columns.id()?, child: columns.bytes()?.to_vec() })
        })
    }

    fn seen_link_counts(&self, upstream: &Upstream, kind: LinkKind) -> Result<(u64, u64)> {
        let sql = "SELECT count(*), count(*) FILTER (WHERE epoch < ?4) FROM external_link
            WHERE server_id = ?1 AND kind = ?2 AND upstream_id = ?3";
        let params = params![upstream.server_id, kind as i64, upstream.id, upstream.epoch];
        let counts = self.one(sql, params, |row| {
            let mut columns = Columns::of(row);
            Ok((columns.small()?, columns.small()?))
        })?;
        Ok(counts.unwrap_or_default())
    }

    fn ended_accesses(&self, server: i64, kind: ExternalKind, limit: u32) -> Result<Vec<(Uuid, UpdateId)>> {
        let sql = "SELECT local, position FROM ended_access WHERE server_id = ?1 AND kind = ?2 LIMIT ?3";
        self.all(sql, params![server, kind as i64, limit], |row| {
            let mut columns = Columns::of(row);
            Ok((columns.id()?, columns.id()?))
        })
    }
}

impl WriteExternalLinks for Tx<'_> {
    fn see_link(&mut self, upstream: &Upstream, link: &ExternalLink) -> Result<()> {
        self.execute(
            "INSERT INTO external_link (server_id, kind, parent, child, upstream_id, epoch) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET upstream_id = excluded.upstream_id, epoch = excluded.epoch
             WHERE (external_link.upstream_id, external_link.epoch) IS NOT (excluded.upstream_id, excluded.epoch)",
            params![
                upstream.server_id,
                link.kind as i64,
                link.parent.as_bytes(),
                link.child,
                upstream.id,
                upstream.epoch
            ],
        )?;
        Ok(())
    }

    fn forget_link(&mut self, server: i64, link: &ExternalLink) -> Result<()> {
        self.execute(
            "DELETE FROM external_link WHERE server_id = ?1 AND kind = ?2 AND parent = ?3 AND child = ?4",
            params![server, link.kind as i64, link.parent.as_bytes(), link.child],
        )?;
        Ok(())
    }

    fn forget_links_of(&mut self, server: i64, kind: LinkKind, parent: Uuid) -> Result<()> {
        self.execute(
            "DELETE FROM external_link WHERE server_id = ?1 AND kind = ?2 AND parent = ?3",
            params![server, kind as i64, parent.as_bytes()],
        )?;
        Ok(())
    }

    fn note_ended_access(&mut self, server: i64, kind: ExternalKind, local: Uuid) -> Result<()> {
        // What began to be looked at is looked at from the beginning again.
        self.execute(
            "INSERT INTO ended_access (server_id, kind, local, position) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET position = excluded.position",
            params![server, kind as i64, local.as_bytes(), UpdateId::MIN.as_bytes()],
        )?;
        Ok(())
    }

    fn note_ended_access_to_album(&mut self, server: i64, album: AlbumId) -> Result<()> {
        self.execute(
            "INSERT INTO ended_access (server_id, kind, local, position)
             SELECT ?1, ?2, l.asset_id, ?3 FROM album_asset l CROSS JOIN asset a ON a.id = l.asset_id
             WHERE l.album_id = ?4 AND a.owner_id NOT IN (SELECT u.user_id FROM upstream u WHERE u.server_id = ?1)
             ON CONFLICT DO NOTHING",
            params![server, ExternalKind::Asset as i64, UpdateId::MIN.as_bytes(), album.as_bytes()],
        )?;
        Ok(())
    }

    fn move_ended_access(&mut self, server: i64, kind: ExternalKind, local: Uuid, position: UpdateId) -> Result<()> {
        self.execute(
            "UPDATE ended_access SET position = ?4 WHERE server_id = ?1 AND kind = ?2 AND local = ?3",
            params![server, kind as i64, local.as_bytes(), position.as_bytes()],
        )?;
        Ok(())
    }

    fn forget_ended_access(&mut self, server: i64, kind: ExternalKind, local: Uuid) -> Result<()> {
        self.execute(
            "DELETE FROM ended_access WHERE server_id = ?1 AND kind = ?2 AND local = ?3",
            params![server, kind as i64, local.as_bytes()],
        )?;
        Ok(())
    }
}
