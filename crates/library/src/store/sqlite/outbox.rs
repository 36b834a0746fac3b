//! Changes that wait to reach an upstream.

use rusqlite::{Row, params};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::UserId;
use tintype_protocol::time::Timestamp;
use uuid::Uuid;

use super::tx::{Result, Tx};
use super::upstreams::{UPSTREAMS, read_upstream};
use super::value::Columns;
use crate::model::{Conflict, Field, OutboxCounts, OutboxRow, Subject, Upstream};
use crate::store::{OutboxPlace, ReadOutbox, WriteOutbox};

const ROWS: &str =
    "SELECT id, upstream_id, kind, subject, other, field, rank, base, detail, revision, is_sent, attempts,
    not_before, error, is_dead, created_at, sent FROM outbox";
const CONFLICTS: &str = "SELECT id, upstream_id, kind, subject, other, field, base, mine, theirs, at FROM conflict";

/// Rank of what goes into the trash, comes back or is deleted.
const DELETED_ASSETS: i64 = 50;

/// In which order rows are sent: what is new, what others hang on, and removals last.
fn rank(subject: Subject, field: Field) -> i64 {
    let of_subject = match subject {
        Subject::Asset(_) => 0,
        Subject::Album(_) => 1,
        Subject::AlbumAsset(..) | Subject::AlbumUser(..) => 2,
        Subject::Stack(_) => 3,
        Subject::StackAsset(..) => 4,
        Subject::Person(_) => 5,
        Subject::AssetTag(..) => 6,
        Subject::Tag(_) => 7,
    };
    match field {
        Field::Existence => of_subject,
        // A cover has to be in the album before.
        Field::Cover => 30,
        Field::Merge => 40,
        Field::Life => DELETED_ASSETS + of_subject,
        _ => 10 + of_subject,
    }
}

fn subject(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Subject> {
    let (kind, id, other) = (columns.integer()?, columns.id()?, columns.id()?);
    Subject::of(kind, id, other).ok_or(rusqlite::Error::IntegralValueOutOfRange(2, kind))
}

fn field(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Field> {
    let name = columns.text()?;
    Field::named(name).ok_or_else(|| rusqlite::Error::InvalidColumnName(name.to_owned()))
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<OutboxRow> {
    let mut columns = Columns::of(row);
    Ok(OutboxRow {
        id: columns.integer()?,
        upstream_id: columns.integer()?,
        subject: subject(&mut columns)?,
        field: field(&mut columns)?,
        rank: columns.integer()?,
        base: columns.maybe_string()?,
        detail: columns.maybe_string()?,
        revision: columns.integer()?,
        is_sent: columns.flag()?,
        attempts: columns.small()?,
        not_before: columns.time()?,
        error: columns.maybe_string()?,
        is_dead: columns.flag()?,
        created_at: columns.time()?,
        sent: columns.maybe_string()?,
    })
}

fn read_conflict(row: &Row<'_>) -> rusqlite::Result<Conflict> {
    let mut columns = Columns::of(row);
    Ok(Conflict {
        id: columns.integer()?,
        upstream_id: columns.integer()?,
        subject: subject(&mut columns)?,
        field: field(&mut columns)?,
        base: columns.maybe_string()?,
        mine: columns.string()?,
        theirs: columns.string()?,
        at: columns.time()?,
    })
}

impl ReadOutbox for Tx<'_> {
    fn upstream_of(&self, user: UserId) -> Result<Option<Upstream>> {
        self.one(&format!("{UPSTREAMS} WHERE u.user_id = ?1"), [user.as_bytes()], read_upstream)
    }

    fn outbox_due(
        &self,
        upstream: i64,
        now: Timestamp,
        longest_ms: i64,
        after: OutboxPlace,
        limit: u32,
    ) -> Result<Vec<OutboxRow>> {
        let sql = format!(
            "{ROWS} WHERE upstream_id = ?1 AND is_dead = 0 AND (rank, id) > (?2, ?3)
             AND (not_before <= ?4 OR not_before > ?5)
             ORDER BY rank, id LIMIT ?6"
        );
        let latest = now.0.saturating_add(longest_ms);
        self.all(&sql, params![upstream, after.0, after.1, now.0, latest, limit], read_row)
    }

    fn outbox_next(&self, upstream: i64) -> Result<Option<Timestamp>> {
        let sql = "SELECT min(not_before) FROM outbox WHERE upstream_id = ?1 AND is_dead = 0";
        Ok(self.one(sql, [upstream], |row| Columns::of(row).maybe_time())?.flatten())
    }

    fn outbox(&self, upstream: i64, after: i64, limit: u32) -> Result<Vec<OutboxRow>> {
        let sql = format!("{ROWS} WHERE upstream_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
        self.all(&sql, params![upstream, after, limit], read_row)
    }

    fn outbox_of_state(&self, upstream: i64, is_dead: bool, after: i64, limit: u32) -> Result<Vec<OutboxRow>> {
        let sql = format!("{ROWS} WHERE upstream_id = ?1 AND is_dead = ?2 AND id > ?3 ORDER BY id LIMIT ?4");
        self.all(&sql, params![upstream, is_dead, after, limit], read_row)
    }

    fn outbox_row(&self, id: i64) -> Result<Option<OutboxRow>> {
        self.one(&format!("{ROWS} WHERE id = ?1"), [id], read_row)
    }

    fn pending(&self, upstream: i64, kind: i64, id: Uuid) -> Result<Vec<OutboxRow>> {
        let sql = format!("{ROWS} WHERE upstream_id = ?1 AND kind = ?2 AND subject = ?3 ORDER BY rank, id");
        self.all(&sql, params![upstream, kind, id.as_bytes()], read_row)
    }

    fn pending_on(&self, server: i64, kind: i64, id: Uuid) -> Result<Vec<OutboxRow>> {
        let sql = format!(
            "{ROWS} WHERE kind = ?2 AND subject = ?3 AND upstream_id IN (SELECT id FROM upstream WHERE server_id = ?1)
             ORDER BY rank, id"
        );
        self.all(&sql, params![server, kind, id.as_bytes()], read_row)
    }

    fn is_pending(&self, id: Uuid) -> Result<bool> {
        Ok(self.exists("SELECT 1 FROM outbox WHERE subject = ?1", [id.as_bytes()])?
            || self.exists("SELECT 1 FROM outbox WHERE other = ?1", [id.as_bytes()])?)
    }

    fn will_delete_content(&self, upstream: i64, content: &Sha1) -> Result<bool> {
        let sql = "SELECT 1 FROM outbox WHERE upstream_id = ?1 AND is_dead = 0 AND rank = ?2 AND detail = ?3";
        self.exists(sql, params![upstream, DELETED_ASSETS, content.to_hex()])
    }

    fn has_outbox(&self, server: i64) -> Result<bool> {
        let sql = "SELECT 1 FROM outbox WHERE upstream_id IN (SELECT id FROM upstream WHERE server_id = ?1)";
        self.exists(sql, [server])
    }

    fn outbox_counts(&self, upstream: i64) -> Result<OutboxCounts> {
        let sql = "SELECT count(*) FILTER (WHERE is_dead = 0), count(*) FILTER (WHERE is_dead = 1),
            (SELECT count(*) FROM conflict WHERE upstream_id = ?1) FROM outbox WHERE upstream_id = ?1";
        let counts = self.one(sql, [upstream], |row| {
            let mut columns = Columns::of(row);
            Ok(OutboxCounts { waiting: columns.small()?, dead: columns.small()?, conflicts: columns.small()? })
        })?;
        Ok(counts.unwrap_or_default())
    }

    fn conflicts(&self, upstream: i64, limit: u32) -> Result<Vec<Conflict>> {
        let sql = format!("{CONFLICTS} WHERE upstream_id = ?1 ORDER BY id LIMIT ?2");
        self.all(&sql, params![upstream, limit], read_conflict)
    }

    fn conflict(&self, id: i64) -> Result<Option<Conflict>> {
        self.one(&format!("{CONFLICTS} WHERE id = ?1"), [id], read_conflict)
    }
}

impl WriteOutbox for Tx<'_> {
    fn put_outbox(
        &mut self,
        upstream: i64,
        subject: Subject,
        field: Field,
        base: Option<&str>,
        now_is: Option<&str>,
        detail: Option<&str>,
    ) -> Result<()> {
        let (id, other) = (subject.id(), subject.other());
        let key = params![upstream, subject.kind(), id.as_bytes(), other.as_bytes(), field.as_str(), now_is];
        let cancelled = self.execute(
            "DELETE FROM outbox WHERE upstream_id = ?1 AND kind = ?2 AND subject = ?3 AND other = ?4 AND field = ?5
             AND is_sent = 0 AND base IS NOT NULL AND base = ?6",
            key,
        )?;
        if cancelled > 0 {
            return Ok(());
        }
        self.execute(
            "INSERT INTO outbox (upstream_id, kind, subject, other, field, rank, base, detail, revision, is_sent, attempts,
                not_before, is_dead, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, 0, 0, 0, 0, ?9)
             ON CONFLICT DO UPDATE SET revision = revision + 1, attempts = 0, not_before = 0, error = NULL, is_dead = 0,
                detail = coalesce(excluded.detail, detail)",
            params![
                upstream,
                subject.kind(),
                id.as_bytes(),
                other.as_bytes(),
                field.as_str(),
                rank(subject, field),
                base,
                detail,
                self.time().0
            ],
        )?;
        Ok(())
    }

    fn set_outbox_base(&mut self, id: i64, base: &str) -> Result<()> {
        self.execute("UPDATE outbox SET base = ?2 WHERE id = ?1", params![id, base])?;
        Ok(())
    }

    fn mark_sent(&mut self, rows: &[(i64, Option<String>)]) -> Result<()> {
        for (id, value) in rows {
            self.execute("UPDATE outbox SET is_sent = 1, sent = ?2 WHERE id = ?1", params![id, value])?;
        }
        Ok(())
    }

    fn settle_outbox(&mut self, id: i64, revision: i64, value: Option<&str>) -> Result<bool> {
        if self.execute("DELETE FROM outbox WHERE id = ?1 AND revision = ?2", params![id, revision])? > 0 {
            return Ok(true);
        }
        self.execute(
            "UPDATE outbox SET base = ?2, sent = NULL, attempts = 0, not_before = 0, error = NULL WHERE id = ?1",
            params![id, value],
        )?;
        Ok(false)
    }

    fn refuse_outbox(
        &mut self,
        id: i64,
        revision: i64,
        attempts: u32,
        error: &str,
        not_before: Timestamp,
        is_dead: bool,
    ) -> Result<bool> {
        let refused = self.execute(
            "UPDATE outbox SET attempts = ?3, error = ?4, not_before = ?5, is_dead = ?6 WHERE id = ?1 AND revision = ?2",
            params![id, revision, attempts, error, not_before.0, is_dead],
        )?;
        Ok(refused > 0)
    }

    fn drop_outbox(&mut self, id: i64) -> Result<bool> {
        Ok(self.execute("DELETE FROM outbox WHERE id = ?1", [id])? > 0)
    }

    fn retry_outbox(&mut self, id: i64) -> Result<bool> {
        let sql = "UPDATE outbox SET attempts = 0, not_before = 0, is_dead = 0 WHERE id = ?1";
        Ok(self.execute(sql, [id])? > 0)
    }

    fn add_conflict(&mut self, row: &OutboxRow, mine: &str, theirs: &str) -> Result<()> {
        let (id, other) = (row.subject.id(), row.subject.other());
        self.execute(
            "INSERT INTO conflict (upstream_id, kind, subject, other, field, base, mine, theirs, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                row.upstream_id,
                row.subject.kind(),
                id.as_bytes(),
                other.as_bytes(),
                row.field.as_str(),
                row.base,
                mine,
                theirs,
                self.time().0
            ],
        )?;
        Ok(())
    }

    fn resolve_conflict(&mut self, id: i64) -> Result<bool> {
        Ok(self.execute("DELETE FROM conflict WHERE id = ?1", [id])? > 0)
    }
}
