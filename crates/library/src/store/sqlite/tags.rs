//! Tags.

use std::collections::HashSet;

use rusqlite::{Row, params};
use tintype_protocol::id::{AssetId, TagId, UserId};

use super::tx::{Result, Tx};
use super::value::Columns;
use crate::model::Tag;
use crate::store::{ReadTags, WriteTags};

const TAG_COLUMNS: &str = "t.id, t.owner_id, t.value, t.color, t.parent_id, t.created_at, t.updated_at";

fn read_tag(row: &Row<'_>) -> rusqlite::Result<Tag> {
    let mut columns = Columns::of(row);
    Ok(Tag {
        id: columns.id()?,
        owner_id: columns.id()?,
        value: columns.string()?,
        color: columns.maybe_string()?,
        parent_id: columns.maybe_id()?,
        created_at: columns.time()?,
        updated_at: columns.time()?,
    })
}

impl ReadTags for Tx<'_> {
    fn tag_ids(&self) -> Result<HashSet<TagId>> {
        let ids: Vec<TagId> = self.all("SELECT id FROM tag", [], |row| Columns::of(row).id())?;
        Ok(ids.into_iter().collect())
    }

    fn tag(&self, id: TagId) -> Result<Option<Tag>> {
        let sql = format!("SELECT {TAG_COLUMNS} FROM tag t WHERE t.id = ?1");
        self.one(&sql, params![id.as_bytes()], read_tag)
    }

    fn tag_by_value(&self, owner: UserId, value: &str) -> Result<Option<Tag>> {
        let sql = format!("SELECT {TAG_COLUMNS} FROM tag t WHERE t.owner_id = ?1 AND t.value = ?2");
        self.one(&sql, params![owner.as_bytes(), value], read_tag)
    }

    fn tags(&self, owner: UserId) -> Result<Vec<Tag>> {
        let sql = format!("SELECT {TAG_COLUMNS} FROM tag t WHERE t.owner_id = ?1 ORDER BY t.value");
        self.all(&sql, params![owner.as_bytes()], read_tag)
    }

    fn tags_of(&self, asset: AssetId) -> Result<Vec<Tag>> {
        let sql = format!(
            "SELECT {TAG_COLUMNS} FROM asset_tag l JOIN tag t ON t.id = l.tag_id WHERE l.asset_id = ?1 ORDER BY t.value"
        );
        self.all(&sql, params![asset.as_bytes()], read_tag)
    }
}

impl WriteTags for Tx<'_> {
    fn insert_tag(&mut self, tag: &Tag) -> Result<()> {
        self.execute(
            "INSERT INTO tag (id, owner_id, value, color, parent_id, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
            params![
                tag.id.as_bytes(),
                tag.owner_id.as_bytes(),
                tag.value,
                tag.color,
                tag.parent_id.as_ref().map(TagId::as_bytes),
                self.time().0
            ],
        )?;
        Ok(())
    }

    fn update_tag(&mut self, tag: &Tag) -> Result<()> {
        self.execute(
            "UPDATE tag SET color = ?2, updated_at = ?3 WHERE id = ?1",
            params![tag.id.as_bytes(), tag.color, self.time().0],
        )?;
        Ok(())
    }

    fn delete_tag(&mut self, id: TagId) -> Result<()> {
        // What is below it, and all links to assets, go with it.
        self.execute("DELETE FROM tag WHERE id = ?1", params![id.as_bytes()])?;
        Ok(())
    }

    fn add_asset_tag(&mut self, asset: AssetId, tag: TagId) -> Result<bool> {
        let added = self.execute(
            "INSERT INTO asset_tag (asset_id, tag_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![asset.as_bytes(), tag.as_bytes()],
        )?;
        Ok(added > 0)
    }

    fn remove_asset_tag(&mut self, asset: AssetId, tag: TagId) -> Result<bool> {
        let removed = self.execute(
            "DELETE FROM asset_tag WHERE asset_id = ?1 AND tag_id = ?2",
            params![asset.as_bytes(), tag.as_bytes()],
        )?;
        Ok(removed > 0)
    }
}
