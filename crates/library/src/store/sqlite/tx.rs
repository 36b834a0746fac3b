//! A transaction on a connection: where the traits meet SQL. Each resource's statements are in a file of their own.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use rusqlite::{Connection, Params, Row, params};
use tintype_protocol::id::UpdateId;
use tintype_protocol::time::Timestamp;

use super::engine;
use crate::clock::{Clock, Entropy};
use crate::feed::UpdateIds;
use crate::store::StoreError;

pub(super) type Result<T> = std::result::Result<T, StoreError>;

/// What the writer keeps between transactions.
pub(super) struct WriteState {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    ids: RefCell<UpdateIds>,
    now: Cell<Timestamp>,
    last_given: Cell<Option<UpdateId>>,
}

impl WriteState {
    pub(super) fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>, ids: UpdateIds) -> Self {
        let now = Cell::new(clock.now());
        Self { clock, entropy, ids: RefCell::new(ids), now, last_given: Cell::new(None) }
    }

    /// A transaction begins: its time is now.
    pub(super) fn begin(&self) {
        self.now.set(self.clock.now());
        self.last_given.set(None);
    }

    /// The greatest position given out since [`Self::begin`].
    pub(super) fn last_given(&self) -> Option<UpdateId> {
        self.last_given.get()
    }
}

/// A running transaction. `state` is there in write transactions only.
pub(super) struct Tx<'c> {
    pub(super) connection: &'c Connection,
    state: Option<&'c WriteState>,
}

impl<'c> Tx<'c> {
    pub(super) fn reader(connection: &'c Connection) -> Self {
        Self { connection, state: None }
    }

    pub(super) fn writer(connection: &'c Connection, state: &'c WriteState) -> Self {
        Self { connection, state: Some(state) }
    }

    fn state(&self) -> &WriteState {
        self.state.expect("write operations are reachable through a write transaction only")
    }

    pub(super) fn time(&self) -> Timestamp {
        self.state().now.get()
    }

    /// The next position in the feed.
    pub(super) fn next_id(&self) -> UpdateId {
        let state = self.state();
        let id = state.ids.borrow_mut().next(state.now.get(), state.entropy.as_ref());
        state.last_given.set(Some(id));
        id
    }

    pub(super) fn execute(&self, sql: &str, params: impl Params) -> Result<usize> {
        self.connection.prepare_cached(sql).and_then(|mut statement| statement.execute(params)).map_err(engine)
    }

    /// The first row, if there is one.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.connection.prepare_cached(sql).map_err(engine)?;
        let mut rows = statement.query(params).map_err(engine)?;
        rows.next().map_err(engine)?.map(read).transpose().map_err(engine)
    }

    /// Every row.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql).map_err(engine)?;
        let mut rows = statement.query(params).map_err(engine)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(engine)? {
            found.push(read(row).map_err(engine)?);
        }
        Ok(found)
    }

    /// Whether there is a row.
    pub(super) fn exists(&self, sql: &str, params: impl Params) -> Result<bool> {
        self.one(sql, params, |_| Ok(())).map(|found| found.is_some())
    }

    /// Leaves a tombstone.
    pub(super) fn bury(&self, tombstone: &Tombstone<'_>) -> Result<()> {
        self.execute(
            "INSERT INTO tombstone (update_id, kind, scope, key1, key2, key3, deleted_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                self.next_id().as_bytes(),
                tombstone.kind,
                tombstone.scope,
                tombstone.key1,
                tombstone.key2,
                tombstone.key3,
                self.time().0
            ],
        )?;
        Ok(())
    }
}

/// What a tombstone says; see the table of that name.
#[derive(Default)]
pub(super) struct Tombstone<'a> {
    pub(super) kind: &'static str,
    pub(super) scope: Option<&'a [u8; 16]>,
    pub(super) key1: Option<&'a [u8; 16]>,
    pub(super) key2: Option<&'a [u8; 16]>,
    pub(super) key3: Option<&'a str>,
}
