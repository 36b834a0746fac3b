//! Recognised text.

use rusqlite::params;
use tintype_protocol::id::{AssetId, OcrId, UserId};

use super::tx::{Result, Tombstone, Tx};
use super::value::Columns;
use crate::model::{OcrRow, TextLine};
use crate::store::{ReadOcr, WriteOcr};

/// Columns of [`ocr_row`], of the table called `o`.
pub(super) const OCR_COLUMNS: &str = "o.id, o.asset_id, o.owner_id, o.x1, o.y1, o.x2, o.y2, o.x3, o.y3, o.x4, o.y4, \
    o.box_score, o.text_score, o.text, o.is_visible";

pub(super) fn ocr_row(columns: &mut Columns<'_, '_>) -> rusqlite::Result<OcrRow> {
    Ok(OcrRow {
        id: columns.id()?,
        asset_id: columns.id()?,
        owner_id: columns.id()?,
        line: TextLine {
            corners: [
                (columns.real()?, columns.real()?),
                (columns.real()?, columns.real()?),
                (columns.real()?, columns.real()?),
                (columns.real()?, columns.real()?),
            ],
            box_score: columns.real()?,
            text_score: columns.real()?,
            text: columns.string()?,
            is_visible: columns.flag()?,
        },
    })
}

impl ReadOcr for Tx<'_> {
    fn ocr_row(&self, id: OcrId) -> Result<Option<OcrRow>> {
        let sql = format!("SELECT {OCR_COLUMNS} FROM ocr o WHERE o.id = ?1");
        self.one(&sql, params![id.as_bytes()], |row| ocr_row(&mut Columns::of(row)))
    }

    fn ocr_rows(&self, asset: AssetId) -> Result<Vec<OcrRow>> {
        let sql = format!("SELECT {OCR_COLUMNS} FROM ocr o WHERE o.asset_id = ?1 ORDER BY o.update_id");
        self.all(&sql, params![asset.as_bytes()], |row| ocr_row(&mut Columns::of(row)))
    }
}

impl WriteOcr for Tx<'_> {
    fn insert_ocr_row(&mut self, row: &OcrRow) -> Result<()> {
        self.put_text(row)
    }

    fn update_ocr_row(&mut self, row: &OcrRow) -> Result<()> {
        self.put_text(row)
    }

    fn delete_ocr_row(&mut self, row: &OcrRow) -> Result<()> {
        self.execute("DELETE FROM ocr WHERE id = ?1", params![row.id.as_bytes()])?;
        self.bury_text(row.asset_id, row.owner_id)?;
        // Who hears of that forgets all text of the asset: the rest has to come behind it.
        self.ocr_rows(row.asset_id)?.iter().try_for_each(|left| self.put_text(left))
    }

    fn delete_ocr_rows(&mut self, asset: AssetId) -> Result<bool> {
        let sql = "DELETE FROM ocr WHERE asset_id = ?1 RETURNING owner_id";
        let owners = self.all(sql, params![asset.as_bytes()], |row| Columns::of(row).id::<UserId>())?;
        let Some(owner) = owners.first() else { return Ok(false) };
        self.bury_text(asset, *owner)?;
        Ok(true)
    }
}

impl Tx<'_> {
    /// Writes a row at a new position.
    fn put_text(&self, row: &OcrRow) -> Result<()> {
        let [first, second, third, fourth] = row.line.corners;
        self.execute(
            "INSERT INTO ocr (id, asset_id, owner_id, x1, y1, x2, y2, x3, y3, x4, y4, box_score, text_score, text,
                is_visible, update_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
             ON CONFLICT (id) DO UPDATE SET x1 = excluded.x1, y1 = excluded.y1, x2 = excluded.x2, y2 = excluded.y2,
                x3 = excluded.x3, y3 = excluded.y3, x4 = excluded.x4, y4 = excluded.y4, box_score = excluded.box_score,
                text_score = excluded.text_score, text = excluded.text, is_visible = excluded.is_visible,
                update_id = excluded.update_id",
            params![
                row.id.as_bytes(),
                row.asset_id.as_bytes(),
                row.owner_id.as_bytes(),
                first.0,
                first.1,
                second.0,
                second.1,
                third.0,
                third.1,
                fourth.0,
                fourth.1,
                row.line.box_score,
                row.line.text_score,
                row.line.text,
                row.line.is_visible,
                self.next_id().as_bytes()
            ],
        )?;
        Ok(())
    }

    /// One tombstone for the asset, whatever the number of lines: that is all the line of the protocol can say.
    fn bury_text(&self, asset: AssetId, owner: UserId) -> Result<()> {
        self.bury(&Tombstone {
            kind: "ocr",
            scope: Some(owner.as_bytes()),
            key1: Some(asset.as_bytes()),
            ..Tombstone::default()
        })
    }
}
