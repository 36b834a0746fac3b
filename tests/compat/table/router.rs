//! The server's own list of routes, held against the table.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Result, ensure};
use tintype_library::blobs::FileBlobs;
use tintype_library::clock::{SystemClock, SystemEntropy};
use tintype_library::places::Gazetteer;
use tintype_library::store::sqlite::SqliteStore;
use tintype_library::{Library, Parts};
use tintype_server::{App, Options, operations};

use super::agree::disagreements;
use super::rows::all;

#[test]
fn the_table_and_the_routes_agree() -> Result<()> {
    // The list belongs to a server, and a server to a library; an empty one will do.
    let folder = tempfile::tempdir()?;
    let store = SqliteStore::open(&folder.path().join("rows.db"), Arc::new(SystemClock), Arc::new(SystemEntropy))?;
    let blobs = FileBlobs::open(folder.path())?;
    let library = Library::open(Parts::new(Arc::new(store), Arc::new(blobs)))?;
    let app = App::new(Arc::new(library), Arc::new(Gazetteer::new()), Options::default());
    let routed: BTreeSet<String> =
        operations(&app).iter().map(|operation| format!("{} {}", operation.method, operation.path)).collect();
    let faults = disagreements(&all(), &routed);
    ensure!(faults.is_empty(), "COMPAT.md and the routes of the server disagree.\n\n  {}\n", faults.join("\n  "));
    Ok(())
}
