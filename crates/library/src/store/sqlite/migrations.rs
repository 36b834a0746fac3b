//! The schema's versions: forward only, embedded, all that are missing in one transaction.

use rusqlite::Connection;

use super::engine;
use crate::store::StoreError;

/// Every migration in order; the schema version is how many of them have run.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_sharing.sql"),
    include_str!("migrations/0003_stacks.sql"),
    include_str!("migrations/0004_people.sql"),
    include_str!("migrations/0005_memories.sql"),
    include_str!("migrations/0006_edits.sql"),
    include_str!("migrations/0007_notifications.sql"),
    include_str!("migrations/0008_memory_lists.sql"),
    include_str!("migrations/0009_ocr.sql"),
    include_str!("migrations/0010_search.sql"),
    include_str!("migrations/0011_activities.sql"),
    include_str!("migrations/0012_shared_links.sql"),
    include_str!("migrations/0013_upstreams.sql"),
    include_str!("migrations/0014_outbox.sql"),
    include_str!("migrations/0015_external_links.sql"),
    include_str!("migrations/0016_fetched.sql"),
    include_str!("migrations/0017_search_mode.sql"),
    include_str!("migrations/0018_ingest.sql"),
    include_str!("migrations/0019_stored_form.sql"),
    include_str!("migrations/0020_write_back.sql"),
    include_str!("migrations/0021_foreign_files.sql"),
    include_str!("migrations/0022_folders.sql"),
    include_str!("migrations/0023_indexed.sql"),
    include_str!("migrations/0024_folder_faults.sql"),
    include_str!("migrations/0025_older_copies.sql"),
    include_str!("migrations/0026_said_there.sql"),
    include_str!("migrations/0027_quarantine_ids.sql"),
];

/// The newest schema version this program knows.
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// Brings the database to [`SCHEMA_VERSION`].
pub(super) fn run(connection: &mut Connection) -> Result<(), StoreError> {
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(engine)?;
    if found > SCHEMA_VERSION {
        return Err(StoreError::Newer { found, known: SCHEMA_VERSION });
    }
    if found == SCHEMA_VERSION {
        return Ok(());
    }
    let transaction = connection.transaction().map_err(engine)?;
    for sql in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(sql).map_err(engine)?;
    }
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION).map_err(engine)?;
    transaction.commit().map_err(engine)
}
