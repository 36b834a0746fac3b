//! Very many assets are about to come.

use crate::error::LibraryError;
use crate::library::Library;
use crate::store::Durability;

/// From so many assets on it pays to prepare for them.
const MANY: u64 = 20_000;

impl Library {
    /// Prepares for `assets` that will come from elsewhere, if that pays: if they are many, and most of what there will be.
    /// Some questions take longer until [`Self::end_filling`].
    pub fn begin_filling(&self, assets: u64) -> Result<(), LibraryError> {
        if assets < MANY || self.read(|tx| Ok(tx.has_more_assets_than(assets / 2)?))? {
            return Ok(());
        }
        self.write(Durability::Relaxed, |tx| Ok(tx.begin_filling()?))
    }

    /// They are there, or will not come: everything is as fast again as it was.
    pub fn end_filling(&self) -> Result<(), LibraryError> {
        while self.read(|tx| Ok(tx.is_filling()?))? {
            self.write(Durability::Relaxed, |tx| Ok(tx.end_filling()?))?;
        }
        Ok(())
    }
}
