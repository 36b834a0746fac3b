//! What this library knows of rows that a server has listed, or has not: for servers that say everything each time
//! instead of what changed.

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::AssetId;
use uuid::Uuid;

use super::Replica;
use super::sweep::is_too_much;
use crate::error::LibraryError;
use crate::model::{Asset, Exif, ExternalKind};

/// An asset of the server, as it is here.
#[derive(Debug, Clone)]
pub struct KnownAsset {
    /// With the names that it has here.
    pub asset: Asset,
    /// What is known about it.
    pub exif: Option<Exif>,
    /// What the server has of it: its original, or what was made of that.
    pub content: Sha1,
    /// What its motion part is called there.
    pub motion: Option<AssetId>,
}

impl Replica<'_> {
    /// An asset that the server has shown before.
    pub fn known(&self, external: AssetId) -> Result<Option<KnownAsset>, LibraryError> {
        let Some(id) = self.local(ExternalKind::Asset, external.0)?.map(AssetId) else { return Ok(None) };
        let Some(asset) = self.tx.asset(id)? else { return Ok(None) };
        let motion = match asset.live_photo_video_id {
            Some(video) => self.tx.external_id(self.upstream.server_id, ExternalKind::Asset, video.0)?.map(AssetId),
            None => None,
        };
        let form = self.tx.stored_form(id)?.filter(|form| !form.is_exact || matches!(self.tx.is_remote(id), Ok(true)));
        let content = form.map_or(asset.checksum, |form| form.sha1);
        Ok(Some(KnownAsset { exif: self.tx.exif(id)?, asset, content, motion }))
    }

    /// Assets that the server showed before and has not shown in this epoch; `None` when they are so many that a person
    /// has to be asked first (see [`Replica::sweep`]).
    pub fn unseen(&self, is_confirmed: bool) -> Result<Option<Vec<AssetId>>, LibraryError> {
        let (all, gone) = self.tx.seen_counts(&self.upstream, ExternalKind::Asset)?;
        if is_too_much(all, gone) && !is_confirmed {
            return Ok(None);
        }
        // Bounded by what was just counted: two names for each.
        let rows: Vec<(Uuid, Uuid)> = self.tx.unseen(&self.upstream, ExternalKind::Asset, None, u32::MAX)?;
        Ok(Some(rows.into_iter().map(|(external, _)| AssetId(external)).collect()))
    }
}
