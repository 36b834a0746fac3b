//! What was written into files.

use rusqlite::{Row, params};
use tintype_protocol::id::{AssetId, UpdateId};

use super::tx::{Result, Tx};
use super::value::Columns;
use crate::model::{ForeignPhoto, TagChange, WriteBackRun, WriteTarget, WrittenFile};
use crate::store::{ReadWriteBack, WriteWriteBack};

const RUNS: &str = "SELECT id, wish, began_at, ended_at, undoes FROM write_back_run";

/// Something that photos had went.
const GONE: &str = "SELECT 1 FROM tombstone
    WHERE kind IN ('album', 'album_asset', 'face', 'person') AND update_id > ?1";

/// Positions are in order per owner: one look for each in most tables.
const CHANGED: &str = "SELECT a.id FROM user u CROSS JOIN asset a ON a.owner_id = u.id AND a.update_id > ?1
    UNION SELECT e.asset_id FROM user u CROSS JOIN exif e ON e.owner_id = u.id AND e.update_id > ?1
    UNION SELECT f.asset_id FROM user u CROSS JOIN face f ON f.owner_id = u.id AND f.update_id > ?1
    UNION SELECT f.asset_id FROM user u CROSS JOIN person p ON p.owner_id = u.id AND p.update_id > ?1
        CROSS JOIN face f ON f.person_id = p.id
    UNION SELECT asset_id FROM album_asset WHERE update_id > ?1
    UNION SELECT l.asset_id FROM album m CROSS JOIN album_asset l ON l.album_id = m.id WHERE m.update_id > ?1
    LIMIT ?2";

fn read_run(row: &Row<'_>) -> rusqlite::Result<WriteBackRun> {
    let mut columns = Columns::of(row);
    Ok(WriteBackRun {
        id: columns.integer()?,
        wish: columns.string()?,
        began_at: columns.time()?,
        ended_at: columns.maybe_time()?,
        undoes: columns.maybe_integer()?,
    })
}

fn read_file(row: &Row<'_>, asset: AssetId, target: WriteTarget) -> rusqlite::Result<WrittenFile> {
    let mut columns = Columns::of(row);
    Ok(WrittenFile {
        asset,
        target,
        size_bytes: columns.small()?,
        modified_ns: columns.integer()?,
        wishes: columns.array()?,
        entries: columns.string()?,
    })
}

impl ReadWriteBack for Tx<'_> {
    fn written_file(&self, asset: AssetId, target: WriteTarget) -> Result<Option<WrittenFile>> {
        let sql =
            "SELECT size_bytes, modified_ns, wishes, entries FROM written_file WHERE asset_id = ?1 AND target = ?2";
        self.one(sql, params![asset.as_bytes(), target.as_str()], |row| read_file(row, asset, target))
    }

    fn write_back_run(&self, id: i64) -> Result<Option<WriteBackRun>> {
        self.one(&format!("{RUNS} WHERE id = ?1"), [id], read_run)
    }

    fn write_back_runs(&self, limit: u32) -> Result<Vec<WriteBackRun>> {
        self.all(&format!("{RUNS} ORDER BY id DESC LIMIT ?1"), [limit], read_run)
    }

    fn write_back_changes(&self, run: i64, after: i64, limit: u32) -> Result<Vec<(i64, TagChange)>> {
        let sql = "SELECT id, asset_id, target, tag, before, after FROM write_back_change
            WHERE run = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
        self.all(sql, params![run, after, limit], |row| {
            let mut columns = Columns::of(row);
            let id = columns.integer()?;
            let change = TagChange {
                asset: columns.id()?,
                target: columns.name()?,
                tag: columns.string()?,
                before: columns.maybe_string()?,
                after: columns.maybe_string()?,
            };
            Ok((id, change))
        })
    }

    fn is_written_in(&self, run: i64, asset: AssetId) -> Result<bool> {
        self.exists("SELECT 1 FROM write_back_done WHERE run = ?1 AND asset_id = ?2", params![run, asset.as_bytes()])
    }

    fn count_written_in(&self, run: i64) -> Result<u64> {
        let sql = "SELECT count(*) FROM write_back_done WHERE run = ?1";
        Ok(self.one(sql, [run], |row| Columns::of(row).small())?.unwrap_or(0))
    }

    fn photos_changed_since(&self, position: UpdateId, most: u32) -> Result<Option<Vec<AssetId>>> {
        if self.exists(GONE, params![position.as_bytes()])? {
            return Ok(None);
        }
        let limit = most.saturating_add(1);
        let photos: Vec<AssetId> =
            self.all(CHANGED, params![position.as_bytes(), limit], |row| Columns::of(row).id())?;
        Ok(if photos.len() < limit as usize { Some(photos) } else { None })
    }

    fn foreign_photo(&self, server: &str, asset: AssetId) -> Result<Option<ForeignPhoto>> {
        let sql = "SELECT path, original, sha1, size_bytes, modified_ns FROM foreign_photo WHERE server = ?1 AND asset_id = ?2";
        self.one(sql, params![server, asset.as_bytes()], |row| {
            let mut columns = Columns::of(row);
            Ok(ForeignPhoto {
                asset,
                path: columns.string()?,
                original: columns.sha1()?,
                sha1: columns.sha1()?,
                size_bytes: columns.small()?,
                modified_ns: columns.integer()?,
            })
        })
    }

    fn foreign_file(&self, server: &str, asset: AssetId, target: WriteTarget) -> Result<Option<WrittenFile>> {
        let sql = "SELECT size_bytes, modified_ns, wishes, entries FROM foreign_file
            WHERE server = ?1 AND asset_id = ?2 AND target = ?3";
        self.one(sql, params![server, asset.as_bytes(), target.as_str()], |row| read_file(row, asset, target))
    }
}

impl WriteWriteBack for Tx<'_> {
    fn begin_write_back(&mut self, wish: &str, undoes: Option<i64>) -> Result<i64> {
        let sql = "INSERT INTO write_back_run (wish, began_at, undoes) VALUES (?1, ?2, ?3)";
        self.execute(sql, params![wish, self.time().0, undoes])?;
        Ok(self.connection.last_insert_rowid())
    }

    fn end_write_back(&mut self, run: i64) -> Result<()> {
        self.execute("UPDATE write_back_run SET ended_at = ?2 WHERE id = ?1", params![run, self.time().0])?;
        Ok(())
    }

    fn forget_write_back(&mut self, run: i64) -> Result<()> {
        self.execute("DELETE FROM write_back_run WHERE id = ?1", [run])?;
        Ok(())
    }

    fn forget_oldest_write_backs(&mut self, most_runs: u32, most_changes: i64) -> Result<u64> {
        // Changes are numbered as they come and go by whole runs, so these are about how many there are.
        let span = "SELECT coalesce(max(id) - min(id) + 1, 0) FROM write_back_change";
        let sql = "DELETE FROM write_back_run WHERE id < (SELECT max(id) FROM write_back_run)
            AND id = (SELECT min(id) FROM write_back_run)";
        let mut forgotten = 0;
        loop {
            let runs: i64 = self.one("SELECT count(*) FROM write_back_run", [], |row| row.get(0))?.unwrap_or(0);
            let changes: i64 = self.one(span, [], |row| row.get(0))?.unwrap_or(0);
            let is_enough = runs <= i64::from(most_runs) && changes <= most_changes;
            if is_enough || self.execute(sql, [])? == 0 {
                return Ok(forgotten);
            }
            forgotten += 1;
        }
    }

    fn note_tag_change(&mut self, run: i64, change: &TagChange) -> Result<()> {
        let sql = "INSERT INTO write_back_change (run, asset_id, target, tag, before, after)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let target = change.target.as_str();
        self.execute(sql, params![run, change.asset.as_bytes(), target, change.tag, change.before, change.after])?;
        Ok(())
    }

    fn note_written_file(&mut self, file: &WrittenFile) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO written_file (asset_id, target, size_bytes, modified_ns, wishes, entries)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let (target, size) = (file.target.as_str(), i64::try_from(file.size_bytes).unwrap_or(i64::MAX));
        self.execute(sql, params![file.asset.as_bytes(), target, size, file.modified_ns, file.wishes, file.entries])?;
        Ok(())
    }

    fn forget_written_file(&mut self, asset: AssetId, target: WriteTarget) -> Result<()> {
        let sql = "DELETE FROM written_file WHERE asset_id = ?1 AND target = ?2";
        self.execute(sql, params![asset.as_bytes(), target.as_str()])?;
        Ok(())
    }

    fn note_foreign_photo(&mut self, server: &str, photo: &ForeignPhoto) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO foreign_photo
            (server, asset_id, path, original, sha1, size_bytes, modified_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let (asset, size) = (photo.asset.as_bytes(), i64::try_from(photo.size_bytes).unwrap_or(i64::MAX));
        self.execute(sql, params![server, asset, photo.path, photo.original.0, photo.sha1.0, size, photo.modified_ns])?;
        Ok(())
    }

    fn note_foreign_file(&mut self, server: &str, file: &WrittenFile) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO foreign_file
            (server, asset_id, target, size_bytes, modified_ns, wishes, entries) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let (target, size) = (file.target.as_str(), i64::try_from(file.size_bytes).unwrap_or(i64::MAX));
        let asset = file.asset.as_bytes();
        self.execute(sql, params![server, asset, target, size, file.modified_ns, file.wishes, file.entries])?;
        Ok(())
    }

    fn forget_foreign_file(&mut self, server: &str, asset: AssetId, target: WriteTarget) -> Result<()> {
        let sql = "DELETE FROM foreign_file WHERE server = ?1 AND asset_id = ?2 AND target = ?3";
        self.execute(sql, params![server, asset.as_bytes(), target.as_str()])?;
        Ok(())
    }

    fn check_off(&mut self, run: i64, asset: AssetId) -> Result<()> {
        let sql = "INSERT INTO write_back_done (run, asset_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        self.execute(sql, params![run, asset.as_bytes()])?;
        Ok(())
    }

    fn clear_write_back_checkpoint(&mut self) -> Result<()> {
        self.execute("DELETE FROM write_back_done", [])?;
        Ok(())
    }

    fn set_sidecar(&mut self, asset: AssetId, key: Option<&str>) -> Result<()> {
        self.execute("UPDATE asset SET sidecar_path = ?2 WHERE id = ?1", params![asset.as_bytes(), key])?;
        Ok(())
    }
}
