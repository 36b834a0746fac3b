//! Stacks.

use rusqlite::{Row, params};
use tintype_protocol::id::{AssetId, StackId, UserId};

use super::asset_rows::{ASSET_COLUMNS, read_asset};
use super::tx::{Result, Tombstone, Tx};
use super::value::Columns;
use crate::feed::StackRow;
use crate::model::{Asset, Stack, StackSummary};
use crate::store::{ReadStacks, WriteStacks};

/// Columns of [`stack_row`], of the table called `s`, behind the position.
pub(super) const STACK_FEED_COLUMNS: &str = "s.id, s.owner_id, s.primary_asset_id, s.created_at, s.updated_at";

pub(super) fn stack_row(columns: &mut Columns<'_, '_>) -> rusqlite::Result<StackRow> {
    Ok(StackRow {
        stack: Stack { id: columns.id()?, owner_id: columns.id()?, primary: columns.id()? },
        created_at: columns.time()?,
        updated_at: columns.time()?,
    })
}

fn read_stack(row: &Row<'_>) -> rusqlite::Result<Stack> {
    let mut columns = Columns::of(row);
    Ok(Stack { id: columns.id()?, owner_id: columns.id()?, primary: columns.id()? })
}

impl ReadStacks for Tx<'_> {
    fn stack(&self, id: StackId) -> Result<Option<Stack>> {
        self.one("SELECT id, owner_id, primary_asset_id FROM stack WHERE id = ?1", params![id.as_bytes()], read_stack)
    }

    fn stacks_of(&self, owner: UserId, primary: Option<AssetId>) -> Result<Vec<Stack>> {
        let sql = "SELECT id, owner_id, primary_asset_id FROM stack
            WHERE owner_id = ?1 AND (?2 IS NULL OR primary_asset_id = ?2) ORDER BY created_at, rowid";
        self.all(sql, params![owner.as_bytes(), primary.as_ref().map(AssetId::as_bytes)], read_stack)
    }

    fn stack_assets(&self, stack: &Stack) -> Result<Vec<Asset>> {
        let sql = format!(
            "SELECT {ASSET_COLUMNS} FROM asset a WHERE a.stack_id = ?1 ORDER BY a.id <> ?2, a.file_created_at, a.id"
        );
        self.all(&sql, params![stack.id.as_bytes(), stack.primary.as_bytes()], |row| read_asset(&mut Columns::of(row)))
    }

    fn stack_summary(&self, id: StackId) -> Result<Option<StackSummary>> {
        let Some(stack) = self.stack(id)? else { return Ok(None) };
        let sql = "SELECT count(*) FROM asset WHERE stack_id = ?1 AND deleted_at IS NULL";
        let count = self.one(sql, params![id.as_bytes()], |row| Columns::of(row).small())?.unwrap_or(0);
        Ok(Some(StackSummary { stack, count }))
    }
}

impl WriteStacks for Tx<'_> {
    fn insert_stack(&mut self, stack: &Stack) -> Result<()> {
        self.execute(
            "INSERT INTO stack (id, owner_id, primary_asset_id, created_at, updated_at, update_id) VALUES (?1, ?2, ?3, ?4, ?4, ?5)",
            params![
                stack.id.as_bytes(),
                stack.owner_id.as_bytes(),
                stack.primary.as_bytes(),
                self.time().0,
                self.next_id().as_bytes()
            ],
        )?;
        Ok(())
    }

    fn update_stack(&mut self, stack: &Stack) -> Result<()> {
        self.execute(
            "UPDATE stack SET primary_asset_id = ?2, updated_at = ?3, update_id = ?4 WHERE id = ?1",
            params![stack.id.as_bytes(), stack.primary.as_bytes(), self.time().0, self.next_id().as_bytes()],
        )?;
        Ok(())
    }

    fn delete_stack(&mut self, stack: &Stack) -> Result<()> {
        self.execute("DELETE FROM stack WHERE id = ?1", params![stack.id.as_bytes()])?;
        self.bury(&Tombstone {
            kind: "stack",
            scope: Some(stack.owner_id.as_bytes()),
            key1: Some(stack.id.as_bytes()),
            ..Tombstone::default()
        })
    }
}
