//! Assets of the server, and what is known about them.

use tintype_media::formats;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::AssetType;
use tintype_protocol::sync::{AssetDelete, AssetExifV1, AssetV1};
use uuid::Uuid;

use super::{Outcome, Replica};
use crate::error::LibraryError;
use crate::jobs::remove_asset;
use crate::model::{ExternalKind, Subject};
use crate::store::{MirroredAsset, StoreError};
use crate::trash::trash;

impl Replica<'_> {
    pub(super) fn asset(&mut self, line: &AssetV1<'_>) -> Result<Outcome, LibraryError> {
        let Some(owner_id) = self.local_user(line.owner_id)? else {
            return Ok(Outcome::waits_for("user", line.owner_id.0));
        };
        let motion = line.live_photo_video_id.map(|video| video.0);
        let live_photo_video_id = self.local_motion(motion)?;
        let known = self.local(ExternalKind::Asset, line.id.0)?.map(AssetId);
        let id = known.unwrap_or(line.id);
        let row = MirroredAsset { id, owner_id, live_photo_video_id, media_type: media_type(line), line };
        let id = match known {
            Some(id) => {
                self.update(row)?;
                id
            }
            None => match self.new_asset(row)? {
                Ok(id) => id,
                Err(refused) => return Ok(refused),
            },
        };
        self.is_shown(ExternalKind::Asset, line.id.0, id.0, known.is_some())?;
        if let Some(video) = motion.filter(|_| live_photo_video_id.is_none()) {
            self.tx.await_motion(self.upstream.server_id, video, id)?;
        }
        if line.asset_type == AssetType::Video {
            self.tx.end_awaiting(self.upstream.server_id, line.id.0, id)?;
        }
        Ok(Outcome::Applied)
    }

    /// An asset that had no name there until now is the one here with its content, if there is one. Else it is new, and
    /// takes the name that it has there, unless something of ours has it: a server must not reach that by its name.
    fn new_asset(&mut self, row: MirroredAsset<'_>) -> Result<Result<AssetId, Outcome>, LibraryError> {
        let taken = match self.tx.insert_mirrored(row) {
            Ok(()) => return Ok(Ok(row.id)),
            Err(StoreError::Conflict(taken)) => taken,
            Err(error) => return Err(error.into()),
        };
        let Some(same) = self.tx.asset_by_checksum(row.owner_id, &row.line.checksum)? else {
            return Ok(Err(Outcome::Refused(format!("there is another asset {} here: {taken}", row.id))));
        };
        if let Some(other) = self.tx.external_id(self.upstream.server_id, ExternalKind::Asset, same.asset_id.0)? {
            return Ok(Err(Outcome::Refused(format!("the same content has another name there: {other}"))));
        }
        self.update(MirroredAsset { id: same.asset_id, ..row })?;
        Ok(Ok(same.asset_id))
    }

    /// An asset that is here becomes what the line says, but for what waits to be sent.
    fn update(&mut self, row: MirroredAsset<'_>) -> Result<(), LibraryError> {
        if let Some(line) = self.mask_asset(row.id, row.line)? {
            self.tx.update_mirrored(MirroredAsset { line: &line, ..row })?;
        }
        Ok(())
    }

    fn local_motion(&self, video: Option<Uuid>) -> Result<Option<AssetId>, LibraryError> {
        match video {
            Some(video) => Ok(self.local(ExternalKind::Asset, video)?.map(AssetId)),
            None => Ok(None),
        }
    }

    pub(super) fn asset_is_gone(&mut self, line: AssetDelete) -> Result<Outcome, LibraryError> {
        let Some(id) = self.local(ExternalKind::Asset, line.asset_id.0)? else { return Ok(Outcome::Applied) };
        self.give_up(Subject::Asset(AssetId(id)))?;
        self.remove_mirrored(AssetId(id))?;
        self.forget(ExternalKind::Asset, line.asset_id.0)?;
        Ok(Outcome::Applied)
    }

    /// Somebody deleted it there. What only the server had is gone; an original that lies here goes to the trash, where a
    /// person can take it back.
    pub(super) fn remove_mirrored(&mut self, id: AssetId) -> Result<(), LibraryError> {
        let Some(asset) = self.tx.asset(id)? else { return Ok(()) };
        if self.tx.is_remote(id)? { remove_asset(self.tx, &asset) } else { trash(self.tx, asset) }
    }

    pub(super) fn exif(&mut self, line: &AssetExifV1<'_>) -> Result<Outcome, LibraryError> {
        let Some(id) = self.local(ExternalKind::Asset, line.asset_id.0)? else {
            return Ok(Outcome::waits_for("asset", line.asset_id.0));
        };
        let line = self.mask_exif(AssetId(id), line)?;
        self.tx.mirror_exif(AssetId(id), &line)?;
        Ok(Outcome::Applied)
    }
}

/// What the bytes are, by the name, as lines do not say.
fn media_type(line: &AssetV1<'_>) -> &'static str {
    match (formats::by_name(&line.original_file_name), line.asset_type) {
        (Some(format), _) => format.media_type,
        (None, AssetType::Video) => "video/mp4",
        (None, _) => "image/jpeg",
    }
}
