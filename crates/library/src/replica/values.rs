//! Values that apps keep on the server: with assets, and as settings of a user.

use serde_json::Value;
use serde_json::value::RawValue;
use tintype_protocol::id::{AssetId, UserId};
use tintype_protocol::sync::{AssetMetadataDelete, AssetMetadataV1, UserMetadataDelete, UserMetadataV1};

use super::{Outcome, Replica};
use crate::error::LibraryError;
use crate::model::{ExternalLink, LinkKind};

impl Replica<'_> {
    pub(super) fn asset_value(&mut self, line: &AssetMetadataV1<'_>) -> Result<Outcome, LibraryError> {
        let Some(asset) = self.local_asset(line.asset_id)? else {
            return Ok(Outcome::waits_for("asset", line.asset_id.0));
        };
        let here = self.tx.asset_metadata(asset)?.into_iter().find(|here| here.key == line.key);
        if !here.is_some_and(|here| is_same(&here.value, line.value)) {
            self.tx.set_asset_metadata(asset, &line.key, line.value.get())?;
        }
        self.link_is_shown(&asset_link(line.asset_id, &line.key))?;
        Ok(Outcome::Applied)
    }

    pub(super) fn asset_value_is_gone(&mut self, line: &AssetMetadataDelete<'_>) -> Result<Outcome, LibraryError> {
        // What an app keeps here only is not the server's.
        if self.forget_link(&asset_link(line.asset_id, &line.key))?
            && let Some(asset) = self.local_asset(line.asset_id)?
        {
            self.tx.delete_asset_metadata(asset, &line.key)?;
        }
        Ok(Outcome::Applied)
    }

    pub(super) fn setting(&mut self, line: &UserMetadataV1<'_>) -> Result<Outcome, LibraryError> {
        let Some(user) = self.local_user(line.user_id)? else {
            return Ok(Outcome::waits_for("user", line.user_id.0));
        };
        let here = self.tx.user_metadata(user)?.into_iter().find(|here| here.key == line.key);
        if !here.is_some_and(|here| is_same(&here.value, line.value)) {
            self.tx.set_user_metadata(user, line.key, line.value.get())?;
        }
        self.link_is_shown(&user_link(line.user_id, line.key.as_str()))?;
        Ok(Outcome::Applied)
    }

    pub(super) fn setting_is_gone(&mut self, line: UserMetadataDelete) -> Result<Outcome, LibraryError> {
        if self.forget_link(&user_link(line.user_id, line.key.as_str()))?
            && let Some(user) = self.local_user(line.user_id)?
        {
            self.tx.delete_user_metadata(user, line.key)?;
        }
        Ok(Outcome::Applied)
    }
}

fn asset_link(asset: AssetId, key: &str) -> ExternalLink {
    ExternalLink::of_key(LinkKind::AssetMetadata, asset.0, key)
}

fn user_link(user: UserId, key: &str) -> ExternalLink {
    ExternalLink::of_key(LinkKind::UserMetadata, user.0, key)
}

/// Whether two texts are the same JSON: order and blanks do not matter.
fn is_same(here: &str, there: &RawValue) -> bool {
    let value = |text: &str| serde_json::from_str::<Value>(text).ok();
    here == there.get() || value(here).is_some_and(|here| Some(here) == value(there.get()))
}
