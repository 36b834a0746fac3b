//! Values that apps keep with assets.

use tintype_protocol::id::AssetId;
use tintype_protocol::permission::Permission;

use crate::assets::usable;
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::AssetMetadata;
use crate::recorder::Change;
use crate::sessions::Caller;

impl Library {
    /// Everything that is kept with an asset.
    pub fn asset_metadata(&self, caller: &Caller, id: AssetId) -> Result<Vec<AssetMetadata>, LibraryError> {
        self.read(|tx| {
            usable(tx, caller, id, Permission::AssetRead)?;
            Ok(tx.asset_metadata(id)?)
        })
    }

    /// Keeps values (key and JSON object) with assets: all of them or none.
    pub fn set_asset_metadata(
        &self,
        caller: &Caller,
        items: Vec<(AssetId, String, String)>,
    ) -> Result<(), LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            for (id, _, _) in &items {
                usable(tx.as_read(), &caller, *id, Permission::AssetUpdate)?;
            }
            for (id, key, json) in &items {
                tx.set_asset_metadata(*id, key, json)?;
            }
            Ok(((), items.into_iter().map(|(id, _, _)| Change::AssetChanged(id, Vec::new())).collect()))
        })
    }

    /// Forgets values; keys that are not there are fine.
    pub fn delete_asset_metadata(&self, caller: &Caller, items: Vec<(AssetId, String)>) -> Result<(), LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            for (id, _) in &items {
                usable(tx.as_read(), &caller, *id, Permission::AssetUpdate)?;
            }
            for (id, key) in &items {
                tx.delete_asset_metadata(*id, key)?;
            }
            Ok(((), items.into_iter().map(|(id, _)| Change::AssetChanged(id, Vec::new())).collect()))
        })
    }
}
