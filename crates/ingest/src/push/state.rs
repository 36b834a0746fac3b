//! What was sent, so that it is not sent again, and by what it is known to be there.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};
use tintype_library::model::FileStamp;
use tintype_protocol::checksum::Sha1;

use super::target::Proof;

/// Its name in the state folder.
pub const STATE_NAME: &str = "push.db";
const SCHEMA_VERSION: u32 = 1;
const SCHEMA: &str = "
    CREATE TABLE sent (
        target TEXT NOT NULL,
        path BLOB NOT NULL,
        size_bytes INTEGER NOT NULL,
        modified_ns INTEGER NOT NULL,
        sha1 BLOB NOT NULL,
        sent_at_ms INTEGER NOT NULL,
        proof TEXT NOT NULL,
        PRIMARY KEY (target, path)
    ) STRICT;
    PRAGMA user_version = 1;";

/// What was sent could not be read or written down.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The database says no.
    #[error("what was sent could not be read or written down")]
    Sqlite(#[from] rusqlite::Error),
    /// A later Tintype made it.
    #[error("the state was written by a later version of Tintype (its schema is {0})")]
    Newer(u32),
}

/// See the module's description.
#[derive(Debug)]
pub struct State(Connection);

/// What is known of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) size_bytes: u64,
    pub(crate) modified_ns: i64,
    pub(crate) sha1: Sha1,
    pub(crate) proof: Proof,
}

impl Known {
    /// Whether a file is as it was when it was sent.
    pub(crate) fn is(&self, stamp: FileStamp) -> bool {
        (self.size_bytes, self.modified_ns) == (stamp.size_bytes, stamp.modified_ns)
    }
}

impl State {
    /// Opens the state in a folder; made when it is missing.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn open(folder: &Path) -> Result<State, StateError> {
        let database = Connection::open(folder.join(STATE_NAME))?;
        database.pragma_update(None, "journal_mode", "WAL")?;
        // A file may be deleted because of a row: the row has to outlast a power cut.
        database.pragma_update(None, "synchronous", "FULL")?;
        let version: u32 = database.pragma_query_value(None, "user_version", |row| row.get(0))?;
        match version {
            0 => database.execute_batch(&format!("BEGIN; {SCHEMA} COMMIT;"))?,
            SCHEMA_VERSION => {}
            newer => return Err(StateError::Newer(newer)),
        }
        Ok(State(database))
    }

    pub(crate) fn find(&self, target: &str, path: &[u8]) -> Result<Option<Known>, StateError> {
        let mut statement = self
            .0
            .prepare_cached("SELECT size_bytes, modified_ns, sha1, proof FROM sent WHERE target = ?1 AND path = ?2")?;
        let row = statement.query_row(params![target, path], |row| {
            Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get::<_, [u8; 20]>(2)?, row.get::<_, String>(3)?))
        });
        Ok(row.optional()?.and_then(|(size, modified_ns, sha1, proof)| {
            let (size_bytes, proof) = (u64::try_from(size).ok()?, Proof::from_name(&proof)?);
            Some(Known { size_bytes, modified_ns, sha1: Sha1(sha1), proof })
        }))
    }

    pub(crate) fn note(&self, target: &str, path: &[u8], known: &Known, now_ms: i64) -> Result<(), StateError> {
        let size = i64::try_from(known.size_bytes).unwrap_or(i64::MAX);
        let mut statement = self.0.prepare_cached("INSERT OR REPLACE INTO sent VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
        statement.execute(params![target, path, size, known.modified_ns, known.sha1.0, now_ms, known.proof.name()])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_remembered_by_target_and_path() {
        let dir = tempfile::tempdir().unwrap();
        let known = Known { size_bytes: 5, modified_ns: -7, sha1: Sha1([3; 20]), proof: Proof::ReadBack };
        let path = b"a/\xff.jpg";
        State::open(dir.path()).unwrap().note("sftp://a", path, &known, 1).unwrap();
        let state = State::open(dir.path()).unwrap();
        assert_eq!(state.find("sftp://a", path).unwrap(), Some(known.clone()));
        assert_eq!((state.find("sftp://b", path).unwrap(), state.find("sftp://a", b"a").unwrap()), (None, None));
        let stamp = FileStamp { size_bytes: 5, modified_ns: -7, inode: 9 };
        assert!(known.is(stamp) && !known.is(FileStamp { modified_ns: 0, ..stamp }));
        state.0.pragma_update(None, "user_version", 9).unwrap();
        assert!(matches!(State::open(dir.path()), Err(StateError::Newer(9))));
    }
}
