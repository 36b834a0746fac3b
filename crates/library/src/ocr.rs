//! Text on assets. Whoever recognised it, here or elsewhere, hands it over as a whole.

use std::sync::Arc;

use tintype_protocol::id::AssetId;
use tintype_protocol::permission::Permission;

use crate::assets::usable;
use crate::clock::random_uuid;
use crate::edits::is_left;
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{OcrRow, TextLine};
use crate::sessions::Caller;
use crate::store::Durability;

impl Library {
    /// The lines of text that are to be seen on an asset.
    pub fn ocr_of(&self, caller: &Caller, id: AssetId) -> Result<Vec<OcrRow>, LibraryError> {
        self.read(|tx| {
            usable(tx, caller, id, Permission::AssetRead)?;
            let rows = tx.ocr_rows(id)?;
            Ok(rows.into_iter().filter(|row| row.line.is_visible).collect())
        })
    }

    /// Replaces what is known of the text on an asset; the same text again changes nothing. For recognisers and imports:
    /// no caller is asked for. Answers whether anything changed.
    pub fn replace_ocr(&self, id: AssetId, lines: Vec<TextLine>) -> Result<bool, LibraryError> {
        if let Some(problem) = lines.iter().find_map(problem) {
            return Err(LibraryError::invalid(problem));
        }
        let entropy = Arc::clone(&self.entropy);
        self.write(Durability::Relaxed, move |tx| {
            let asset = tx.asset(id)?.ok_or_else(|| LibraryError::NotFound("Asset not found".to_owned()))?;
            let mut lines = lines;
            let edits = tx.edits(id)?;
            if let Some(plain_size) = edits.first().map(|edit| edit.plain_size) {
                let edits: Vec<_> = edits.iter().map(|edit| edit.edit).collect();
                lines.iter_mut().for_each(|line| line.is_visible &= is_left(line, plain_size, &edits));
            }
            if tx.ocr_rows(id)?.iter().map(|row| &row.line).eq(&lines) {
                return Ok(false);
            }
            // First, as its line makes clients forget everything they have of the asset.
            tx.delete_ocr_rows(id)?;
            for line in lines {
                let row =
                    OcrRow { id: random_uuid(entropy.as_ref()).into(), asset_id: id, owner_id: asset.owner_id, line };
                tx.insert_ocr_row(&row)?;
            }
            Ok(true)
        })
    }
}

/// What is wrong with a line, if anything is. Numbers that JSON cannot write would break every later stream.
fn problem(line: &TextLine) -> Option<&'static str> {
    let is_part = |number: f64| (0.0..=1.0).contains(&number);
    if !line.corners.iter().all(|(x, y)| is_part(*x) && is_part(*y)) {
        Some("corners must be parts of width and height, from 0 to 1")
    } else if !line.box_score.is_finite() || !line.text_score.is_finite() {
        Some("scores must be finite")
    } else {
        None
    }
}
