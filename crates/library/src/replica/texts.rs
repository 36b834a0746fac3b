//! Text that the server recognised on assets.

use tintype_protocol::id::OcrId;
use tintype_protocol::sync::{AssetOcrDelete, AssetOcrV1};

use super::{Outcome, Replica};
use crate::error::LibraryError;
use crate::model::{ExternalKind, OcrRow, TextLine};

impl Replica<'_> {
    pub(super) fn text(&mut self, line: &AssetOcrV1<'_>) -> Result<Outcome, LibraryError> {
        let asset = self.local_asset(line.asset_id)?.map(|id| self.tx.asset(id)).transpose()?.flatten();
        let Some(asset) = asset else { return Ok(Outcome::waits_for("asset", line.asset_id.0)) };
        let known = self.recognise(ExternalKind::Ocr, line.id.0, asset.owner_id)?.map(OcrId);
        let id = known.unwrap_or(line.id);
        let here = self.tx.ocr_row(id)?;
        if known.is_none() {
            if here.is_some() {
                return Ok(Outcome::taken("text", id.0));
            }
            self.name(ExternalKind::Ocr, line.id.0, id.0, asset.owner_id)?;
        }
        let row = OcrRow { id, asset_id: asset.id, owner_id: asset.owner_id, line: text_line(line) };
        match here {
            Some(here) if here == row => {}
            Some(_) => self.tx.update_ocr_row(&row)?,
            None => self.tx.insert_ocr_row(&row)?,
        }
        Ok(Outcome::Applied)
    }

    /// The line speaks of everything that the server knew of the asset. Text from elsewhere stays.
    pub(super) fn text_is_gone(&mut self, line: AssetOcrDelete) -> Result<Outcome, LibraryError> {
        let Some(asset) = self.local_asset(line.asset_id)? else { return Ok(Outcome::Applied) };
        let rows = self.tx.ocr_rows(asset)?;
        let mut theirs = Vec::new();
        for row in &rows {
            if let Some(external) = self.external(ExternalKind::Ocr, row.id.0)? {
                self.forget(ExternalKind::Ocr, external)?;
                theirs.push(row);
            }
        }
        if theirs.len() == rows.len() {
            self.tx.delete_ocr_rows(asset)?;
        } else {
            theirs.into_iter().try_for_each(|row| self.tx.delete_ocr_row(row))?;
        }
        Ok(Outcome::Applied)
    }

    pub(super) fn remove_text(&mut self, id: OcrId) -> Result<(), LibraryError> {
        match self.tx.ocr_row(id)? {
            Some(row) => Ok(self.tx.delete_ocr_row(&row)?),
            None => Ok(()),
        }
    }
}

fn text_line(line: &AssetOcrV1<'_>) -> TextLine {
    TextLine {
        corners: [(line.x1.0, line.y1.0), (line.x2.0, line.y2.0), (line.x3.0, line.y3.0), (line.x4.0, line.y4.0)],
        box_score: line.box_score.0,
        text_score: line.text_score.0,
        text: line.text.clone().into_owned(),
        is_visible: line.is_visible,
    }
}
