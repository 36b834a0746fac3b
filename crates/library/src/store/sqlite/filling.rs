//! Indexes that are put off while very many rows come.
//!
//! A row in an index of its own order costs a search and a page written per row and index; made at the end, an index is
//! sorted once and written once. What is dropped is noted in the same transaction, and made again at the latest when the
//! store is opened. Unique indexes and those of the feed stay, as rows are checked and found by them.

use rusqlite::{Connection, params};

use super::tx::{Result, Tx};
use super::{FILLED_CACHE_KIB, WRITER_CACHE_KIB, engine};
use crate::store::{ReadFilling, WriteFilling};

/// What can wait: indexes that only make questions of people faster, over every asset or nearly so.
const INDEXES: [&str; 7] =
    ["asset_timeline", "asset_taken", "asset_device", "asset_size", "exif_place", "exif_camera", "exif_position"];

/// What stands before the name of an index in the table of the store's own notes.
const NOTE: &str = "index-to-make/";

impl ReadFilling for Tx<'_> {
    fn is_filling(&self) -> Result<bool> {
        self.exists("SELECT 1 FROM server_metadata WHERE key >= ?1 AND key < ?1 || 'zzzz'", [NOTE])
    }

    fn has_more_assets_than(&self, count: u64) -> Result<bool> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.exists("SELECT 1 FROM asset LIMIT 1 OFFSET ?1", [count])
    }
}

impl WriteFilling for Tx<'_> {
    fn begin_filling(&mut self) -> Result<()> {
        for name in INDEXES {
            let sql = "INSERT INTO server_metadata (key, value)
                SELECT ?1 || name, sql FROM sqlite_schema WHERE type = 'index' AND name = ?2";
            if self.execute(sql, params![NOTE, name])? > 0 {
                self.connection.execute_batch(&format!("DROP INDEX {name}")).map_err(engine)?;
            }
        }
        Ok(())
    }

    fn end_filling(&mut self) -> Result<bool> {
        make_one(self.connection)
    }
}

/// Makes all that was put off when the process ended.
pub(super) fn make_all(connection: &mut Connection) -> Result<()> {
    // A store that is new has no notes.
    if !connection.table_exists(None, "server_metadata").map_err(engine)? {
        return Ok(());
    }
    loop {
        let transaction = connection.transaction().map_err(engine)?;
        if !make_one(&transaction)? {
            return Ok(());
        }
        transaction.commit().map_err(engine)?;
    }
}

/// Makes one index again; whether there was one to make.
fn make_one(connection: &Connection) -> Result<bool> {
    let find = "SELECT key, value FROM server_metadata WHERE key >= ?1 AND key < ?1 || 'zzzz' LIMIT 1";
    let mut statement = connection.prepare_cached(find).map_err(engine)?;
    let mut rows = statement.query([NOTE]).map_err(engine)?;
    let Some(row) = rows.next().map_err(engine)? else { return Ok(false) };
    let (key, sql): (String, String) = (row.get(0).map_err(engine)?, row.get(1).map_err(engine)?);
    drop(rows);
    // Sorting takes as much memory as pages may, and that on top of them.
    let cache = |kib: u32| connection.execute_batch(&format!("PRAGMA cache_size = -{kib}")).map_err(engine);
    cache(FILLED_CACHE_KIB)?;
    let made = connection.execute_batch(&sql).map_err(engine);
    cache(WRITER_CACHE_KIB)?;
    made?;
    connection.execute("DELETE FROM server_metadata WHERE key = ?1", [key]).map_err(engine)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::super::{FILE_NAME, SqliteStore};
    use super::*;
    use crate::clock::{SeededEntropy, SystemClock};
    use crate::store::{Durability, Store, Verdict, Write};

    fn open(path: &Path) -> SqliteStore {
        SqliteStore::open(path, Arc::new(SystemClock), Arc::new(SeededEntropy::new(1))).unwrap()
    }

    fn write(store: &SqliteStore, work: impl FnOnce(&mut dyn Write) + Send + 'static) {
        let work = Box::new(move |tx: &mut dyn Write| {
            work(tx);
            Verdict::Keep
        });
        store.write(Durability::Relaxed, work).unwrap();
    }

    /// How each index is made, by name.
    fn indexes(path: &Path) -> Vec<(String, Option<String>)> {
        let connection = Connection::open(path).unwrap();
        let mut statement =
            connection.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' ORDER BY name").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(|row| row.unwrap()).collect()
    }

    #[test]
    fn every_index_comes_back_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        let store = open(&path);
        let before = indexes(&path);
        write(&store, |tx| tx.begin_filling().unwrap());
        assert_eq!(indexes(&path).len() + INDEXES.len(), before.len());
        // One is made, and then the process ends.
        write(&store, |tx| assert!(tx.end_filling().unwrap()));
        assert_eq!(indexes(&path).len() + INDEXES.len(), before.len() + 1);
        drop(store);
        drop(open(&path));
        assert_eq!(indexes(&path), before);
    }
}
