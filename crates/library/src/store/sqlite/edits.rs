//! Edits.

use rusqlite::types::Type;
use rusqlite::{Row, params};
use tintype_protocol::id::{AssetId, EditId};

use super::tx::{Result, Tombstone, Tx};
use super::value::Columns;
use crate::model::{Asset, Edit};
use crate::store::{ReadEdits, StoreError, WriteEdits};

/// Columns of [`edit_row`], of the table called `d`, behind the position.
pub(super) const EDIT_COLUMNS: &str = "d.id, d.asset_id, d.owner_id, d.sequence, d.edit, d.width, d.height";

pub(super) fn edit_row(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Edit> {
    Ok(Edit {
        id: columns.id()?,
        asset_id: columns.id()?,
        owner_id: columns.id()?,
        sequence: columns.small()?,
        edit: serde_json::from_str(columns.text()?)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(4, Type::Text, error.into()))?,
        plain_size: (columns.small()?, columns.small()?),
    })
}

fn read_edit(row: &Row<'_>) -> rusqlite::Result<Edit> {
    edit_row(&mut Columns::of(row))
}

impl ReadEdits for Tx<'_> {
    fn edit(&self, id: EditId) -> Result<Option<Edit>> {
        let sql = format!("SELECT {EDIT_COLUMNS} FROM edit d WHERE d.id = ?1");
        self.one(&sql, params![id.as_bytes()], read_edit)
    }

    fn edits(&self, asset: AssetId) -> Result<Vec<Edit>> {
        let sql = format!("SELECT {EDIT_COLUMNS} FROM edit d WHERE d.asset_id = ?1 ORDER BY d.sequence");
        self.all(&sql, params![asset.as_bytes()], read_edit)
    }
}

impl WriteEdits for Tx<'_> {
    fn replace_edits(&mut self, asset: &Asset, edits: &[Edit]) -> Result<()> {
        for old in self.edits(asset.id)? {
            self.bury_edit(&old)?;
        }
        edits.iter().try_for_each(|edit| self.insert_edit(edit))
    }
}

impl Tx<'_> {
    pub(super) fn insert_edit(&self, edit: &Edit) -> Result<()> {
        let json = serde_json::to_string(&edit.edit).map_err(|error| StoreError::Engine(Box::new(error)))?;
        self.execute(
            "INSERT INTO edit (id, asset_id, owner_id, sequence, edit, width, height, update_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                edit.id.as_bytes(),
                edit.asset_id.as_bytes(),
                edit.owner_id.as_bytes(),
                edit.sequence,
                json,
                edit.plain_size.0,
                edit.plain_size.1,
                self.next_id().as_bytes()
            ],
        )?;
        Ok(())
    }

    /// The edit goes, and leaves a tombstone.
    pub(super) fn bury_edit(&self, edit: &Edit) -> Result<()> {
        self.execute("DELETE FROM edit WHERE id = ?1", params![edit.id.as_bytes()])?;
        self.bury(&Tombstone {
            kind: "edit",
            scope: Some(edit.owner_id.as_bytes()),
            key1: Some(edit.id.as_bytes()),
            key2: Some(edit.asset_id.as_bytes()),
            ..Tombstone::default()
        })
    }
}
