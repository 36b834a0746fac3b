//! Recognised text in a store.

use tintype_protocol::id::AssetId;

use super::StoreError;
use crate::model::OcrRow;

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about recognised text.
pub trait ReadOcr {
    /// All lines of text on an asset, in the order in which they were given.
    fn ocr_rows(&self, asset: AssetId) -> Result<Vec<OcrRow>>;
}

/// Changes of recognised text.
pub trait WriteOcr {
    /// One more line of text.
    fn insert_ocr_row(&mut self, row: &OcrRow) -> Result<()>;
    /// Another visibility of a line of text.
    fn update_ocr_row(&mut self, row: &OcrRow) -> Result<()>;
    /// Every line of text on an asset goes. Whether there was one.
    fn delete_ocr_rows(&mut self, asset: AssetId) -> Result<bool>;
}
