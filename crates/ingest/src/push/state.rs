//! What was sent, so that it is not sent again, and by what it is known to be there.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, params};
use tintype_library::model::FileStamp;
use tintype_protocol::checksum::Sha1;

use super::target::Proof;

/// Its name in the state folder.
pub const STATE_NAME: &str = "push.db";
const SCHEMA_VERSION: u32 = 2;
const SCHEMA: &str = "
    CREATE TABLE sent (
        target TEXT NOT NULL,
        folder BLOB NOT NULL,
        path BLOB NOT NULL,
        size_bytes INTEGER NOT NULL,
        modified_ns INTEGER NOT NULL,
        inode INTEGER NOT NULL,
        sha1 BLOB NOT NULL,
        sent_at_ms INTEGER NOT NULL,
        proof TEXT NOT NULL,
        PRIMARY KEY (target, folder, path)
    ) STRICT;
    PRAGMA user_version = 2;";
/// Rows of the first version are any folder's, and no file has their inode: its content decides.
const FROM_FIRST: &str = "
    INSERT INTO sent SELECT target, X'', path, size_bytes, modified_ns, 0, sha1, sent_at_ms, proof FROM first;
    DROP TABLE first;";

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
    /// How the file looked.
    pub(crate) stamp: FileStamp,
    pub(crate) sha1: Sha1,
    pub(crate) proof: Proof,
}

/// Whose state it is: what is known of one pair of a target and a folder says nothing of another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Between<'a> {
    pub(crate) target: &'a str,
    pub(crate) folder: &'a [u8],
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
            1 => {
                let begin = "BEGIN; ALTER TABLE sent RENAME TO first;";
                database.execute_batch(&format!("{begin} {SCHEMA} {FROM_FIRST} COMMIT;"))?;
            }
            SCHEMA_VERSION => {}
            newer => return Err(StateError::Newer(newer)),
        }
        Ok(State(database))
    }

    pub(crate) fn find(&self, between: Between<'_>, path: &[u8]) -> Result<Option<Known>, StateError> {
        let mut statement = self.0.prepare_cached(
            "SELECT size_bytes, modified_ns, inode, sha1, proof FROM sent
             WHERE target = ?1 AND folder IN (?2, X'') AND path = ?3 ORDER BY length(folder) DESC LIMIT 1",
        )?;
        let row = statement.query_row(params![between.target, between.folder, path], |row| {
            let stamp = (row.get::<_, i64>(0)?, row.get(1)?, row.get::<_, i64>(2)?);
            Ok((stamp, row.get::<_, [u8; 20]>(3)?, row.get::<_, String>(4)?))
        });
        Ok(row.optional()?.and_then(|((size, modified_ns, inode), sha1, proof)| {
            let size_bytes = u64::try_from(size).ok()?;
            let stamp = FileStamp { size_bytes, modified_ns, inode: inode.cast_unsigned() };
            Some(Known { stamp, sha1: Sha1(sha1), proof: Proof::from_name(&proof)? })
        }))
    }

    pub(crate) fn note(&self, between: Between<'_>, path: &[u8], known: &Known, now_ms: i64) -> Result<(), StateError> {
        let FileStamp { size_bytes, modified_ns, inode } = known.stamp;
        let (size, inode) = (i64::try_from(size_bytes).unwrap_or(i64::MAX), inode.cast_signed());
        let mut statement =
            self.0.prepare_cached("INSERT OR REPLACE INTO sent VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
        let (Between { target, folder }, proof) = (between, known.proof.name());
        statement.execute(params![target, folder, path, size, modified_ns, inode, known.sha1.0, now_ms, proof])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: FileStamp = FileStamp { size_bytes: 5, modified_ns: -7, inode: u64::MAX };
    const KNOWN: Known = Known { stamp: STAMP, sha1: Sha1([3; 20]), proof: Proof::ReadBack };
    const PATH: &[u8] = b"a/\xff.jpg";

    fn between<'a>(target: &'a str, folder: &'a str) -> Between<'a> {
        Between { target, folder: folder.as_bytes() }
    }

    #[test]
    fn what_was_sent_is_remembered_by_target_folder_and_path() {
        let dir = tempfile::tempdir().unwrap();
        State::open(dir.path()).unwrap().note(between("sftp://a", "/card"), PATH, &KNOWN, 1).unwrap();
        let state = State::open(dir.path()).unwrap();
        assert_eq!(state.find(between("sftp://a", "/card"), PATH).unwrap(), Some(KNOWN));
        for (target, folder, path) in
            [("sftp://b", "/card", PATH), ("sftp://a", "/other", PATH), ("sftp://a", "/card", b"a")]
        {
            assert_eq!(state.find(between(target, folder), path).unwrap(), None, "{target} {folder}");
        }
        state.0.pragma_update(None, "user_version", 9).unwrap();
        assert!(matches!(State::open(dir.path()), Err(StateError::Newer(9))));
    }

    #[test]
    fn rows_of_the_first_version_look_like_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let first = Connection::open(dir.path().join(STATE_NAME)).unwrap();
        first
            .execute_batch(
                "CREATE TABLE sent (target TEXT NOT NULL, path BLOB NOT NULL, size_bytes INTEGER NOT NULL,
                     modified_ns INTEGER NOT NULL, sha1 BLOB NOT NULL, sent_at_ms INTEGER NOT NULL, proof TEXT NOT NULL,
                     PRIMARY KEY (target, path)) STRICT;
                 INSERT INTO sent VALUES ('sftp://a', X'61', 5, -7, zeroblob(20), 1, 'closed');
                 PRAGMA user_version = 1;",
            )
            .unwrap();
        drop(first);
        let state = State::open(dir.path()).unwrap();
        let old = Known { stamp: FileStamp { inode: 0, ..STAMP }, sha1: Sha1([0; 20]), proof: Proof::Closed };
        assert_eq!(state.find(between("sftp://a", "/card"), b"a").unwrap(), Some(old));
        state.note(between("sftp://a", "/card"), b"a", &KNOWN, 2).unwrap();
        assert_eq!(
            state.find(between("sftp://a", "/card"), b"a").unwrap(),
            Some(KNOWN),
            "the folder's own goes before"
        );
    }
}
