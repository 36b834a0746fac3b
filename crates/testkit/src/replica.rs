//! A replica of what the official app keeps: the tables that its sync lines fill, with foreign keys on.
//!
//! Lines are applied in the order of the stream, a batch at a time, each batch in one transaction. A line whose parent
//! is not there, a missing value, or two assets of one owner with one checksum is an error that names the line
//! (client-behaviour §2 and §3). The tables are our own; their columns are those that the protocol makes necessary.

mod tables;

use anyhow::{Context, Result, bail};
use rusqlite::types::Value as Cell;
use rusqlite::{Connection, Transaction, params_from_iter};
use serde_json::Value;

use tables::{Rule, SCHEMA, TABLES, rule};

/// Lines that the app applies at a time.
pub const BATCH: usize = 5_000;

/// What an app knows.
#[derive(Debug)]
pub struct Replica {
    database: Connection,
}

impl Replica {
    /// One that knows nothing.
    ///
    /// # Errors
    /// When the tables cannot be made.
    pub fn new() -> Result<Self> {
        let database = Connection::open_in_memory().context("no database in memory")?;
        database.execute_batch(SCHEMA).context("the tables cannot be made")?;
        Ok(Self { database })
    }

    /// Applies the lines of a stream, and gives the acks that the app sends: the last one of each kind of ack.
    ///
    /// # Errors
    /// At the first line that cannot be applied.
    pub fn apply(&mut self, lines: &[Value]) -> Result<Vec<String>> {
        let mut acks: Vec<(String, String)> = Vec::new();
        for batch in lines.chunks(BATCH) {
            let transaction = self.database.transaction()?;
            for line in batch {
                apply(&transaction, line).with_context(|| format!("{line}"))?;
                let ack = line["ack"].as_str().with_context(|| format!("no ack in {line}"))?;
                let kind = ack.split('|').next().unwrap_or_default().to_owned();
                acks.retain(|(known, _)| *known != kind);
                acks.push((kind, ack.to_owned()));
            }
            transaction.commit()?;
        }
        Ok(acks.into_iter().map(|(_, ack)| ack).collect())
    }

    /// One column of a table, as text, sorted.
    ///
    /// # Errors
    /// When there is no such column.
    pub fn column(&self, table: &str, column: &str) -> Result<Vec<String>> {
        let sql = format!("SELECT CAST({column} AS TEXT) FROM {table} WHERE {column} IS NOT NULL ORDER BY 1");
        let mut statement = self.database.prepare(&sql)?;
        let rows = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    /// How many rows a table has.
    ///
    /// # Errors
    /// When there is no such table.
    pub fn count(&self, table: &str) -> Result<u64> {
        let count: i64 = self.database.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |row| row.get(0))?;
        Ok(u64::try_from(count)?)
    }
}

fn apply(transaction: &Transaction<'_>, line: &Value) -> Result<()> {
    let entity = line["type"].as_str().context("no type")?;
    match rule(entity) {
        None => bail!("{entity} is not known to the app"),
        Some(Rule::Nothing) => Ok(()),
        Some(Rule::Reset) => {
            // Children first.
            for table in TABLES.iter().rev() {
                transaction.execute(&format!("DELETE FROM {table}"), [])?;
            }
            Ok(())
        }
        Some(Rule::Put { table, key, columns }) => put(transaction, table, key, columns, &line["data"]),
        Some(Rule::Take { table, columns }) => take(transaction, table, columns, &line["data"]),
    }
}

/// Adds or changes a row. An `?` behind a column's name says that it may be null.
fn put(transaction: &Transaction<'_>, table: &str, key: &str, columns: &[&str], data: &Value) -> Result<()> {
    let names: Vec<&str> = columns.iter().map(|column| column.trim_end_matches('?')).collect();
    let mut cells = Vec::with_capacity(columns.len());
    for (column, name) in columns.iter().zip(&names) {
        let value = data.get(*name).with_context(|| format!("{name} is missing"))?;
        if value.is_null() && !column.ends_with('?') {
            bail!("{name} is null");
        }
        cells.push(cell(value));
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let marks = vec!["?"; names.len()].join(", ");
    let changes: Vec<String> = quoted.iter().map(|name| format!("{name} = excluded.{name}")).collect();
    let sql = format!(
        "INSERT INTO {table} ({}) VALUES ({marks}) ON CONFLICT ({key}) DO UPDATE SET {}",
        quoted.join(", "),
        changes.join(", ")
    );
    transaction.prepare_cached(&sql)?.execute(params_from_iter(cells))?;
    Ok(())
}

/// Removes a row, if it is there. Each column is `name` or `name=key`: its value in the line's data under another key.
fn take(transaction: &Transaction<'_>, table: &str, columns: &[&str], data: &Value) -> Result<()> {
    let mut conditions = Vec::with_capacity(columns.len());
    let mut cells = Vec::with_capacity(columns.len());
    for column in columns {
        let (name, key) = column.split_once('=').unwrap_or((column, column));
        conditions.push(format!("\"{name}\" = ?"));
        cells.push(cell(data.get(key).with_context(|| format!("{key} is missing"))?));
    }
    let sql = format!("DELETE FROM {table} WHERE {}", conditions.join(" AND "));
    transaction.prepare_cached(&sql)?.execute(params_from_iter(cells))?;
    Ok(())
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Bool(is_set) => Cell::Integer(i64::from(*is_set)),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| Cell::Real(number.as_f64().unwrap_or(0.0)), Cell::Integer)
        }
        Value::String(text) => Cell::Text(text.clone()),
        Value::Array(_) | Value::Object(_) => Cell::Text(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn line(entity: &str, data: impl Into<Value>) -> Value {
        let data: Value = data.into();
        json!({ "type": entity, "data": data, "ack": format!("{entity}|019b7c10-1111-7bbb-8bbb-000000000002") })
    }

    fn user(id: &str) -> Value {
        line(
            "UserV1",
            json!({ "id": id, "name": "Ada", "email": "a@b", "avatarColor": null, "deletedAt": null,
            "profileChangedAt": "2026-01-01T00:00:00.000Z", "hasProfileImage": false }),
        )
    }

    fn asset(id: &str, owner: &str, checksum: &str) -> Value {
        line(
            "AssetV2",
            json!({ "id": id, "ownerId": owner, "originalFileName": "a.jpg", "fileCreatedAt": null,
            "fileModifiedAt": null, "localDateTime": null, "type": "IMAGE", "deletedAt": null, "isFavorite": false,
            "visibility": "timeline", "duration": null, "livePhotoVideoId": null, "stackId": null, "libraryId": null,
            "width": 1, "height": 1, "isEdited": false, "checksum": checksum, "thumbhash": null, "createdAt": null }),
        )
    }

    #[test]
    fn lines_need_their_parents_and_their_values() {
        let mut replica = Replica::new().unwrap();
        assert!(replica.apply(&[asset("x", "u", "c")]).is_err(), "an asset without its owner");
        let acks = replica.apply(&[user("u"), asset("x", "u", "c"), asset("x", "u", "c")]).unwrap();
        assert_eq!(acks.len(), 2, "one ack of each kind: {acks:?}");
        assert!(replica.apply(&[asset("y", "u", "c")]).is_err(), "one checksum twice");
        assert!(replica.apply(&[line("UserV1", json!({ "id": "v" }))]).is_err(), "a value is missing");
        assert!(replica.apply(&[line("UserV9", json!({}))]).is_err(), "a type that nobody knows");
        assert_eq!(replica.column("asset", "id").unwrap(), ["x"]);
        replica.apply(&[line("UserDeleteV1", json!({ "userId": "u" }))]).unwrap();
        assert_eq!(replica.count("asset").unwrap(), 0, "children go with their parents");
    }

    #[test]
    fn a_reset_forgets_everything() {
        let mut replica = Replica::new().unwrap();
        replica.apply(&[user("u"), asset("x", "u", "c"), line("SyncResetV1", json!({}))]).unwrap();
        assert_eq!(replica.count("user").unwrap(), 0);
    }
}
