//! A node whose upstream is away, with some of everything that a person has to decide: rows that take ten refusals, or
//! a server that loses its photos, are put into its library while it rests.

use std::fs;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use tintype_library::blobs::FileBlobs;
use tintype_library::clock::{SystemClock, SystemEntropy};
use tintype_library::model::{AssetFilter, ExternalKind, Field, Subject, Upstream};
use tintype_library::store::sqlite::{FILE_NAME, SqliteStore};
use tintype_library::store::{Durability, Write};
use tintype_library::{Library, LibraryError, Parts};
use tintype_protocol::id::{AssetId, UpdateId};
use tintype_protocol::sync::{AckToken, EntityType};
use tintype_protocol::time::Timestamp;
use tintype_testkit::{Api, Node};

/// Rows that a reset did not show.
const HELD: u64 = 1_234;
/// Refusals after which a change is given up.
const REFUSALS: u32 = 10;
/// Some time.
const AT: &str = "2024-01-02T03:04:05.678Z";
/// Albums that only the server has.
const ALBUM: &str = "0f9d3c1e-7a4b-4c2d-9e8f-000000000009";
const UNKNOWN_ALBUM: &str = "0f9d3c1e-7a4b-4c2d-9e8f-00000000000a";

/// Lets a node follow an upstream, sync, and fall into trouble; the upstream ends.
pub(crate) fn make(node: &mut Node, upstream: &mut Node) -> Result<()> {
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    let (email, password) = Api::admin();
    let file = folder.path().join("password");
    fs::write(&file, password).context("cannot write the password")?;
    let file = file.to_str().context("no text")?;
    run(node, &["login", upstream.url(), "--email", email, "--password-file", file])?;
    run(node, &["sync"])?;
    upstream.stop()?;
    node.stop()?;
    fill(node)?;
    node.restart()
}

fn run(node: &Node, arguments: &[&str]) -> Result<()> {
    let output = node.command(arguments)?.output().context("cannot run a command")?;
    ensure!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn fill(node: &Node) -> Result<()> {
    let folder = node.data_dir();
    let store = SqliteStore::open(&folder.join(FILE_NAME), Arc::new(SystemClock), Arc::new(SystemEntropy))?;
    let library = Library::beside(Parts::new(Arc::new(store), Arc::new(FileBlobs::open(&folder)?)));
    let upstream = library.upstreams()?.pop().context("nobody is followed")?;
    library.write(Durability::Full, move |tx| {
        let filter = AssetFilter { owners: vec![upstream.user_id], ..AssetFilter::default() };
        let assets: Vec<AssetId> = tx.search_by_id(&filter, 4)?.into_iter().map(|asset| asset.id).collect();
        changes(tx, &upstream, &assets)?;
        lines(tx, &upstream, assets[0])?;
        Ok(tx.update_upstream(&Upstream { held: HELD, ..upstream })?)
    })?;
    library.close();
    Ok(())
}

/// Changes that were given up, one that waits, and one that both sides made.
fn changes(tx: &mut dyn Write, upstream: &Upstream, assets: &[AssetId]) -> Result<(), LibraryError> {
    let put = |tx: &mut dyn Write, asset: usize, field, base, here| {
        let about = Subject::Asset(assets[asset]);
        tx.put_outbox(upstream.id, about, field, Some(base), Some(here), None)?;
        Ok::<_, LibraryError>(tx.outbox(upstream.id, 0, 10)?.into_iter().find(|row| row.subject == about))
    };
    for (asset, field, base, here, refusal) in [
        (0, Field::Rating, "3", "null", "rating must not be empty"),
        (1, Field::Favorite, "true", "false", "Not enough asset.update access"),
    ] {
        if let Some(row) = put(tx, asset, field, base, here)? {
            tx.refuse_outbox(row.id, row.revision, REFUSALS, refusal, Timestamp(0), true)?;
        }
    }
    let (here, there) = ("\"The harbour in the evening, before the rain came\"", "\"The harbour\"");
    if let Some(row) = put(tx, 3, Field::Description, "\"\"", here)? {
        tx.add_conflict(&row, here, there)?;
        tx.drop_outbox(row.id)?;
    }
    put(tx, 2, Field::Favorite, "true", "false").map(drop)
}

/// Lines that could not be applied: one that can be now, and one about an album that never comes.
fn lines(tx: &mut dyn Write, upstream: &Upstream, asset: AssetId) -> Result<(), LibraryError> {
    let asset = tx.external_id(upstream.server_id, ExternalKind::Asset, asset.0)?.unwrap_or_default();
    let album = format!(
        r#"{{"id":"{ALBUM}","name":"Lake","description":"","createdAt":"{AT}","updatedAt":"{AT}","thumbnailAssetId":null,"isActivityEnabled":true,"order":"desc"}}"#
    );
    let link = format!(r#"{{"albumId":"{UNKNOWN_ALBUM}","assetId":"{asset}"}}"#);
    let waits = format!("the album {UNKNOWN_ALBUM} is not here");
    for (entity, data, reason) in
        [(EntityType::AlbumV2, &album, "the disk was full"), (EntityType::AlbumToAssetV1, &link, &waits)]
    {
        let ack = AckToken::at(entity, UpdateId::MIN).to_string();
        tx.quarantine(upstream.id, entity, data, data, &ack, reason)?;
    }
    Ok(())
}
