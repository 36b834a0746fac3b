//! The embedded engine: SQLite in WAL mode, one writer thread, readers beside it.

mod activities;
mod albums;
mod asset_rows;
mod assets;
mod changes;
mod edits;
mod explore;
mod external_links;
mod faces;
mod fetched;
mod filling;
mod filters;
mod folders;
mod ingest;
mod jobs;
mod ledger;
mod memories;
mod migrations;
mod mirror;
mod notifications;
mod ocr;
mod offer;
mod outbox;
mod people;
mod pool;
mod removal;
mod shared_changes;
mod shared_links;
mod sharing;
mod stacks;
mod stored;
mod tags;
mod tx;
mod upstreams;
mod users;
mod value;
mod write_back;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::{Durability, Read, Store, StoreError, WriteWork};
use crate::clock::{Clock, Entropy};
use pool::ReaderPool;
use tx::Tx;
use writer::Writer;

pub use migrations::SCHEMA_VERSION;

/// Name of the database inside a data folder.
pub const FILE_NAME: &str = "library.sqlite";

/// A library's rows in one SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    readers: ReaderPool,
    writer: Writer,
}

impl SqliteStore {
    /// Opens the database at `path`, making or migrating it if needed. Refuses one written by a newer version.
    pub fn open(path: &Path, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Result<Self, StoreError> {
        let mut connection = connect(path, WRITER_CACHE_KIB)?;
        // What a statement in a group of requests changes is noted for the case that it is undone. Notes in memory are
        // walked from the first one at the end of each statement, which makes a change of many rows quadratic.
        connection
            .execute_batch(&format!(
                "PRAGMA temp_store = DEFAULT; PRAGMA threads = {SORTERS}; PRAGMA wal_autocheckpoint = {LOG_PAGES}"
            ))
            .map_err(engine)?;
        filling::make_all(&mut connection)?;
        migrations::run(&mut connection)?;
        let writer = Writer::start(connection, clock, entropy)?;
        Ok(Self { path: path.to_owned(), readers: ReaderPool::new(path.to_owned()), writer })
    }
}

impl Store for SqliteStore {
    fn read(&self, work: &mut dyn FnMut(&dyn Read) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let connection = self.readers.take()?;
        // Prepared once per connection: these two run for every request.
        let run = |sql| connection.prepare_cached(sql).and_then(|mut statement| statement.execute([])).map_err(engine);
        run("BEGIN DEFERRED")?;
        let outcome = work(&Tx::reader(&connection));
        run("COMMIT")?;
        outcome
    }

    fn write(&self, durability: Durability, work: WriteWork) -> Result<(), StoreError> {
        self.writer.submit(durability, work)
    }

    fn generation(&self) -> Option<u64> {
        Some(self.writer.commits())
    }

    fn is_quick(&self) -> bool {
        true
    }

    fn check(&self) -> Result<Vec<String>, StoreError> {
        let connection = connect(&self.path, READER_CACHE_KIB)?;
        let mut problems = Vec::new();
        let mut statement = connection.prepare("PRAGMA integrity_check(20)").map_err(engine)?;
        let mut rows = statement.query([]).map_err(engine)?;
        while let Some(row) = rows.next().map_err(engine)? {
            let text: String = row.get(0).map_err(engine)?;
            if text != "ok" {
                problems.push(text);
            }
        }
        let mut statement = connection.prepare("PRAGMA foreign_key_check").map_err(engine)?;
        let mut rows = statement.query([]).map_err(engine)?;
        while let Some(row) = rows.next().map_err(engine)? {
            let table: String = row.get(0).map_err(engine)?;
            problems.push(format!("a row of {table} refers to a row that does not exist"));
        }
        Ok(problems)
    }

    fn close(&self) {
        self.writer.stop();
        self.readers.close();
    }
}

/// Page cache of one reader. Small, as each stream in progress has one and reads most pages once.
const READER_CACHE_KIB: u32 = 512;
/// Page cache of the writer.
const WRITER_CACHE_KIB: u32 = 18 * 1024;
/// The same while it sorts, and the memory to sort in.
const FILLED_CACHE_KIB: u32 = 3 * 1024;
/// Threads that help to sort when an index is made.
const SORTERS: u32 = 2;
/// Pages in the log that are folded into the database while it is open. Pages that change again and again are written
/// and made safe once per fold.
const LOG_PAGES: u32 = 8 * 1024;
/// Prepared statements kept per connection.
const STATEMENT_CACHE: usize = 128;
/// How long a statement waits for another process (a `doctor` beside a running node, say).
const BUSY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

fn connect(path: &Path, cache_kib: u32) -> Result<Connection, StoreError> {
    let connection = Connection::open(path).map_err(engine)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(engine)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    // Plans do not depend on what is asked for: otherwise statements with a bound value beside a sorted answer are prepared
    // again each time that they run.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(engine)?;
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;
             PRAGMA cache_size = -{cache_kib}; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY;"
        ))
        .map_err(engine)?;
    value::register_functions(&connection).map_err(engine)?;
    Ok(connection)
}

/// Translates an error of the engine.
fn engine(error: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode::{ConstraintViolation, DiskFull};
    match &error {
        rusqlite::Error::SqliteFailure(failure, message)
            if failure.code == ConstraintViolation
                && matches!(
                    failure.extended_code,
                    rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                ) =>
        {
            StoreError::Conflict(message.clone().unwrap_or_default())
        }
        rusqlite::Error::SqliteFailure(failure, message)
            if failure.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY =>
        {
            StoreError::Dangling(message.clone().unwrap_or_default())
        }
        rusqlite::Error::SqliteFailure(failure, _) if failure.code == DiskFull => StoreError::Full,
        rusqlite::Error::FromSqlConversionFailure(_, _, source) => StoreError::Unreadable(source.to_string()),
        _ => StoreError::Engine(Box::new(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{SeededEntropy, SystemClock};
    use crate::store::{Verdict, suite};

    #[test]
    fn passes_the_suite_of_every_store() {
        suite::run(&|| {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let path = dir.path().join(FILE_NAME);
            suite::Subject {
                open: Box::new(move |clock| {
                    let store = SqliteStore::open(&path, clock, Arc::new(SeededEntropy::new(7))).expect("opens");
                    Arc::new(store)
                }),
                keep: Box::new(dir),
            }
        });
    }

    #[test]
    fn refuses_a_newer_schema() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        let open = || SqliteStore::open(&path, Arc::new(SystemClock), Arc::new(SeededEntropy::new(1)));
        open().unwrap().close();
        let raw = Connection::open(&path).unwrap();
        raw.pragma_update(None, "user_version", SCHEMA_VERSION + 1).unwrap();
        drop(raw);
        let error = open().expect_err("a newer schema must be refused");
        assert!(matches!(error, StoreError::Newer { found, known } if found == known + 1), "{error}");
    }

    #[test]
    fn a_panic_undoes_its_transaction_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        let store = SqliteStore::open(&path, Arc::new(SystemClock), Arc::new(SeededEntropy::new(1))).unwrap();
        let outcome = store.write(
            Durability::Relaxed,
            Box::new(|tx| {
                tx.set_server_metadata("a", "1").unwrap();
                panic!("a fault in a service");
            }),
        );
        assert!(matches!(outcome, Err(StoreError::Panicked)));
        store
            .write(
                Durability::Relaxed,
                Box::new(|tx| {
                    assert_eq!(tx.server_metadata("a").unwrap(), None, "the panicked transaction left something");
                    Verdict::Keep
                }),
            )
            .unwrap();
    }
}
