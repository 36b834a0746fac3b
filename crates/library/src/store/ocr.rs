//! Recognised text in a store.

use tintype_protocol::id::{AssetId, OcrId};

use super::StoreError;
use crate::model::OcrRow;

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about recognised text.
pub trait ReadOcr {
    /// One line of text.
    fn ocr_row(&self, id: OcrId) -> Result<Option<OcrRow>>;
    /// All lines of text on an asset, in the order in which they were given.
    fn ocr_rows(&self, asset: AssetId) -> Result<Vec<OcrRow>>;
}

/// Changes of recognised text.
pub trait WriteOcr {
    /// One more line of text.
    fn insert_ocr_row(&mut self, row: &OcrRow) -> Result<()>;
    /// Everything but the asset.
    fn update_ocr_row(&mut self, row: &OcrRow) -> Result<()>;
    /// One line of text goes; as the line of the protocol speaks of all of them, those that are left move.
    fn delete_ocr_row(&mut self, row: &OcrRow) -> Result<()>;
    /// Every line of text on an asset goes. Whether there was one.
    fn delete_ocr_rows(&mut self, asset: AssetId) -> Result<bool>;
}
