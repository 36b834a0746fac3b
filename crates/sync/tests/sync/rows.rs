//! Everything in a library, as text that two libraries can be compared by.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

/// Columns that say when a row was written, not what it says.
const VOLATILE: &[&str] = &[
    "update_id",
    "create_id",
    "asset_update_id",
    "position",
    "synced_at",
    "first_seen",
    "attempts",
    "last_update_id",
    "removal_id",
];
/// Where the bytes of assets would lie: named by when the row came.
const PATH: &str = "original_path=upstream/";
/// The ack of the end of a stream, another one each time.
const END: &str = "SyncCompleteV1|";
/// When lines in quarantine were tried last.
const TRIED: &str = "key=quarantine-tried/";
/// Tables of which no two libraries have the same rows: secrets, what is only about time, and what is found by how often lines came.
const PASSED_OVER: &[&str] = &["feed_position", "user", "quarantine_id"];

/// Each row of each table in a data folder, sorted, without what depends on how often and when it was written.
pub(crate) fn rows(folder: &Path) -> Vec<String> {
    let database = open(folder);
    let mut rows: Vec<String> = tables(&database).iter().flat_map(|table| rows_of(&database, table)).collect();
    rows.retain(|row| !row.contains(END) && !row.contains(TRIED));
    rows.sort();
    rows
}

/// The position of each row in the library's own feed: a row that is written gets another one.
pub(crate) fn positions(folder: &Path) -> Vec<String> {
    let database = open(folder);
    let mut positions = Vec::new();
    for table in tables(&database) {
        let Ok(mut statement) = database.prepare(&format!("SELECT hex(update_id) FROM \"{table}\"")) else { continue };
        let found = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        positions.extend(found.map(|position| format!("{table}: {}", position.unwrap())));
    }
    positions.sort();
    positions
}

fn open(folder: &Path) -> Connection {
    Connection::open_with_flags(folder.join("library.sqlite"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

fn tables(database: &Connection) -> Vec<String> {
    let sql =
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut statement = database.prepare(sql).unwrap();
    let names = statement.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap);
    names.filter(|name| !PASSED_OVER.contains(&name.as_str())).collect()
}

fn rows_of(database: &Connection, table: &str) -> Vec<String> {
    let mut statement = database.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let is_told = |name: &&(usize, &String)| !VOLATILE.contains(&name.1.as_str());
    let told: Vec<(usize, &String)> = names.iter().enumerate().filter(|name| is_told(&name)).collect();
    let mut rows = statement.query([]).unwrap();
    let mut texts = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let cells = told.iter().map(|(index, name)| format!("{name}={}", cell(row.get_ref(*index).unwrap())));
        let cells = cells.map(|cell| format!(" {}", if cell.starts_with(PATH) { PATH } else { &cell }));
        texts.push(format!("{table}:{}", cells.collect::<String>()));
    }
    texts
}

fn cell(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "-".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}
