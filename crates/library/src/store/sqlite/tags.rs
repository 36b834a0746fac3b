//! Tags.

use rusqlite::params;
use tintype_protocol::id::{AssetId, TagId, UserId};

use super::tx::{Result, Tx};
use super::value::Columns;
use crate::model::{Asset, Tag};

pub(super) fn of_asset(tx: &Tx<'_>, asset: AssetId) -> Result<Vec<Tag>> {
    tx.all(
        "SELECT t.id, t.value, t.color, t.parent_id, t.created_at, t.updated_at FROM asset_tag l
         JOIN tag t ON t.id = l.tag_id WHERE l.asset_id = ?1 ORDER BY t.value",
        params![asset.as_bytes()],
        |row| {
            let mut columns = Columns::of(row);
            Ok(Tag {
                id: columns.id()?,
                value: columns.string()?,
                color: columns.maybe_string()?,
                parent_id: columns.maybe_id()?,
                created_at: columns.time()?,
                updated_at: columns.time()?,
            })
        },
    )
}

pub(super) fn set(tx: &Tx<'_>, asset: &Asset, values: &[String], new_id: &mut dyn FnMut() -> TagId) -> Result<()> {
    tx.execute("DELETE FROM asset_tag WHERE asset_id = ?1", params![asset.id.as_bytes()])?;
    for value in values {
        let Some(tag) = upsert(tx, asset.owner_id, value, new_id)? else { continue };
        tx.execute(
            "INSERT INTO asset_tag (asset_id, tag_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![asset.id.as_bytes(), tag.as_bytes()],
        )?;
    }
    Ok(())
}

/// The tag of a value, made with its parents if needed; nothing for a value without a name.
fn upsert(tx: &Tx<'_>, owner: UserId, value: &str, new_id: &mut dyn FnMut() -> TagId) -> Result<Option<TagId>> {
    let mut parent: Option<TagId> = None;
    let mut path = String::new();
    for name in value.split('/').map(str::trim).filter(|name| !name.is_empty()) {
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(name);
        let known =
            tx.one("SELECT id FROM tag WHERE owner_id = ?1 AND value = ?2", params![owner.as_bytes(), path], |row| {
                Columns::of(row).id::<TagId>()
            })?;
        let id = match known {
            Some(id) => id,
            None => {
                let id = new_id();
                tx.execute(
                    "INSERT INTO tag (id, owner_id, value, parent_id, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
                    params![id.as_bytes(), owner.as_bytes(), path, parent.as_ref().map(TagId::as_bytes), tx.time().0],
                )?;
                id
            }
        };
        parent = Some(id);
    }
    Ok(parent)
}
