//! Memories.

use rusqlite::types::Value;
use rusqlite::{Row, params, params_from_iter};
use tintype_protocol::id::{AssetId, MemoryId, UserId};
use tintype_protocol::model::SortOrder;
use tintype_protocol::time::Timestamp;

use super::asset_rows::{ASSET_COLUMNS, read_asset};
use super::tx::{Result, Tombstone, Tx};
use super::value::Columns;
use crate::model::{Asset, Memory, MemoryFilter};
use crate::store::{ReadMemories, WriteMemories};

/// Columns of [`memory_row`], of the table called `m`, behind the position.
pub(super) const MEMORY_COLUMNS: &str = "m.id, m.owner_id, m.year, m.memory_at, m.show_at, m.hide_at, m.seen_at, \
    m.is_saved, m.created_at, m.updated_at";

pub(super) fn memory_row(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Memory> {
    Ok(Memory {
        id: columns.id()?,
        owner_id: columns.id()?,
        year: columns.small()?,
        memory_at: columns.time()?,
        show_at: columns.maybe_time()?,
        hide_at: columns.maybe_time()?,
        seen_at: columns.maybe_time()?,
        is_saved: columns.flag()?,
        created_at: columns.time()?,
        updated_at: columns.time()?,
    })
}

fn read_memory(row: &Row<'_>) -> rusqlite::Result<Memory> {
    memory_row(&mut Columns::of(row))
}

/// The condition of a filter, and its values; the owner is the first of them.
fn condition(owner: UserId, filter: &MemoryFilter) -> (String, Vec<Value>) {
    let mut sql = "m.owner_id = ?1".to_owned();
    let mut values: Vec<Value> = vec![owner.as_bytes().to_vec().into()];
    let mut add = |text: &str, value: Value| {
        values.push(value);
        sql.push_str(" AND ");
        sql.push_str(&text.replace("{}", &format!("?{}", values.len())));
    };
    if let Some(id) = filter.id {
        add("m.id = {}", id.as_bytes().to_vec().into());
    }
    if let Some(at) = filter.shown_at {
        add("ifnull(m.show_at <= {}, 1)", at.0.into());
        add("ifnull(m.hide_at >= {}, 1)", at.0.into());
    }
    if let Some(is_saved) = filter.is_saved {
        add("m.is_saved = {}", is_saved.into());
    }
    match filter.is_upcoming {
        Some((now, true)) => add("m.show_at > {}", now.0.into()),
        Some((now, false)) => add("ifnull(m.show_at <= {}, 1)", now.0.into()),
        None => {}
    }
    (sql, values)
}

impl ReadMemories for Tx<'_> {
    fn memory(&self, id: MemoryId) -> Result<Option<Memory>> {
        let sql = format!("SELECT {MEMORY_COLUMNS} FROM memory m WHERE m.id = ?1");
        self.one(&sql, params![id.as_bytes()], read_memory)
    }

    fn memories(&self, owner: UserId, filter: &MemoryFilter) -> Result<Vec<Memory>> {
        let (condition, values) = condition(owner, filter);
        let order = match filter.order {
            _ if filter.is_shuffled => "random()",
            Some(SortOrder::Ascending) => "m.memory_at, m.id",
            _ => "m.memory_at DESC, m.id",
        };
        let (limit, offset) = (filter.limit.map_or(-1, i64::from), filter.offset);
        let sql = format!(
            "SELECT {MEMORY_COLUMNS} FROM memory m WHERE {condition} ORDER BY {order} LIMIT {limit} OFFSET {offset}"
        );
        self.all(&sql, params_from_iter(values), read_memory)
    }

    fn memory_count(&self, owner: UserId, filter: &MemoryFilter) -> Result<u64> {
        let (condition, values) = condition(owner, filter);
        let sql = format!("SELECT count(*) FROM memory m WHERE {condition}");
        Ok(self.one(&sql, params_from_iter(values), |row| Columns::of(row).small())?.unwrap_or(0))
    }

    fn memory_assets(&self, id: MemoryId) -> Result<Vec<Asset>> {
        let sql = format!(
            "SELECT {ASSET_COLUMNS} FROM memory_asset l JOIN asset a ON a.id = l.asset_id
             WHERE l.memory_id = ?1 AND a.visibility = 'timeline' AND a.deleted_at IS NULL ORDER BY a.local_date_time, a.id"
        );
        self.all(&sql, params![id.as_bytes()], |row| read_asset(&mut Columns::of(row)))
    }

    fn memories_with(&self, asset: AssetId) -> Result<Vec<MemoryId>> {
        self.all("SELECT memory_id FROM memory_asset WHERE asset_id = ?1", params![asset.as_bytes()], |row| {
            Columns::of(row).id()
        })
    }

    fn stale_memories(&self, time: Timestamp, limit: u32) -> Result<Vec<Memory>> {
        let sql = format!(
            "SELECT {MEMORY_COLUMNS} FROM memory m WHERE m.is_saved = 0 AND m.created_at < ?1 ORDER BY m.created_at LIMIT {limit}"
        );
        self.all(&sql, params![time.0], read_memory)
    }

    fn is_memory_made(&self, owner: UserId, day: i64, year: i32) -> Result<bool> {
        let sql = "SELECT 1 FROM made_memory WHERE owner_id = ?1 AND day = ?2 AND year = ?3";
        self.exists(sql, params![owner.as_bytes(), day, year])
    }

    fn first_month(&self, owner: UserId) -> Result<Option<i64>> {
        let sql = "SELECT min(month) FROM asset WHERE owner_id = ?1 AND visibility = 'timeline'";
        Ok(self.one(sql, params![owner.as_bytes()], |row| Columns::of(row).maybe_integer())?.flatten())
    }

    fn pictured_between(&self, owner: UserId, from: Timestamp, to: Timestamp, limit: u32) -> Result<Vec<AssetId>> {
        // A day lies in one month: the index of the timeline leads there.
        let (year, month) = from.year_month();
        let sql = format!(
            "SELECT id FROM asset WHERE owner_id = ?1 AND visibility = 'timeline' AND month = ?2 AND deleted_at IS NULL
                AND is_rendered = 1 AND local_date_time >= ?3 AND local_date_time < ?4
             ORDER BY local_date_time, id LIMIT {limit}"
        );
        let month = year * 12 + i64::from(month) - 1;
        self.all(&sql, params![owner.as_bytes(), month, from.0, to.0], |row| Columns::of(row).id())
    }
}

impl WriteMemories for Tx<'_> {
    fn insert_memory(&mut self, memory: &Memory) -> Result<()> {
        self.execute(
            "INSERT INTO memory (id, owner_id, year, memory_at, show_at, hide_at, seen_at, is_saved, created_at,
                updated_at, update_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                memory.id.as_bytes(),
                memory.owner_id.as_bytes(),
                memory.year,
                memory.memory_at.0,
                memory.show_at.map(|at| at.0),
                memory.hide_at.map(|at| at.0),
                memory.seen_at.map(|at| at.0),
                memory.is_saved,
                memory.created_at.0,
                memory.updated_at.0,
                self.next_id().as_bytes()
            ],
        )?;
        Ok(())
    }

    fn update_memory(&mut self, memory: &Memory) -> Result<()> {
        self.execute(
            "UPDATE memory SET memory_at = ?2, show_at = ?3, hide_at = ?4, seen_at = ?5, is_saved = ?6, updated_at = ?7,
                update_id = ?8 WHERE id = ?1",
            params![
                memory.id.as_bytes(),
                memory.memory_at.0,
                memory.show_at.map(|at| at.0),
                memory.hide_at.map(|at| at.0),
                memory.seen_at.map(|at| at.0),
                memory.is_saved,
                self.time().0,
                self.next_id().as_bytes()
            ],
        )?;
        Ok(())
    }

    fn delete_memory(&mut self, memory: &Memory) -> Result<()> {
        // The links go without a line, as clients cascade.
        self.execute("DELETE FROM memory WHERE id = ?1", params![memory.id.as_bytes()])?;
        self.bury(&Tombstone {
            kind: "memory",
            scope: Some(memory.owner_id.as_bytes()),
            key1: Some(memory.id.as_bytes()),
            ..Tombstone::default()
        })
    }

    fn note_made_memory(&mut self, owner: UserId, day: i64, year: i32) -> Result<bool> {
        let noted = self.execute(
            "INSERT INTO made_memory (owner_id, day, year) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![owner.as_bytes(), day, year],
        )?;
        Ok(noted > 0)
    }

    fn forget_made_memories(&mut self, day: i64) -> Result<()> {
        self.execute("DELETE FROM made_memory WHERE day < ?1", params![day])?;
        Ok(())
    }

    fn add_memory_asset(&mut self, memory: &Memory, asset: AssetId) -> Result<bool> {
        let added = self.execute(
            "INSERT INTO memory_asset (memory_id, asset_id, owner_id, update_id) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            params![memory.id.as_bytes(), asset.as_bytes(), memory.owner_id.as_bytes(), self.next_id().as_bytes()],
        )?;
        Ok(added > 0)
    }

    fn remove_memory_asset(&mut self, memory: &Memory, asset: AssetId) -> Result<bool> {
        let removed = self.execute(
            "DELETE FROM memory_asset WHERE memory_id = ?1 AND asset_id = ?2",
            params![memory.id.as_bytes(), asset.as_bytes()],
        )?;
        if removed > 0 {
            self.bury(&Tombstone {
                kind: "memory_asset",
                scope: Some(memory.owner_id.as_bytes()),
                key1: Some(memory.id.as_bytes()),
                key2: Some(asset.as_bytes()),
                ..Tombstone::default()
            })?;
        }
        Ok(removed > 0)
    }
}

impl Tx<'_> {
    /// Takes an asset that is about to go out of its memories.
    pub(super) fn leave_memories(&mut self, asset: AssetId) -> Result<()> {
        for id in self.memories_with(asset)? {
            if let Some(memory) = self.memory(id)? {
                self.remove_memory_asset(&memory, asset)?;
            }
        }
        Ok(())
    }
}
