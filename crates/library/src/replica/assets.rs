//! Assets of the server, and what is known about them.

use std::borrow::Cow;

use tintype_media::formats;
use tintype_protocol::id::{AlbumId, AssetId, UserId};
use tintype_protocol::model::{AssetType, Visibility};
use tintype_protocol::sync::{AssetDelete, AssetExifV1, AssetV1, Number};

use super::known::{is_unread, is_unread_exif, over_asset, over_exif, said_otherwise};
use super::news::TOLD_IN_A_MINUTE;
use super::said::unset;
use super::{Outcome, Replica};
use crate::error::LibraryError;
use crate::fields;
use crate::jobs::remove_asset;
use crate::model::{Asset, ExternalKind, Field, Subject, UpstreamMode};
use crate::store::{Ledger, MirroredAsset, StoreError};
use crate::trash::trash;

/// Why the server shows an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Through {
    /// It is the user's own.
    Own,
    /// It is a partner's.
    Partner,
    /// It is in an album that the user can see, whoever's it is.
    Album,
}

impl Replica<'_> {
    pub(super) fn asset(&mut self, line: &AssetV1<'_>, through: Through) -> Result<Outcome, LibraryError> {
        let Some(owner_id) = self.local_user(line.owner_id)? else {
            return Ok(Outcome::waits_for("user", line.owner_id.0));
        };
        // A search does not say why it found something.
        let is_others = through != Through::Own || owner_id != self.upstream.user_id;
        if is_others && self.is_said_by_owner(owner_id, line.id)? {
            return Ok(Outcome::Applied);
        }
        let name = self.recognise_name(ExternalKind::Asset, line.id.0, owner_id)?;
        let known = name.map(|(id, _)| AssetId(id));
        if let Some((id, true)) = name
            && owner_id == self.upstream.user_id
        {
            self.keep_what_was_done(AssetId(id), line)?;
        }
        let row = self.row_of(line, owner_id, known, through)?;
        let id = match known {
            Some(id) => {
                self.change_asset(row)?;
                id
            }
            None => match self.new_asset(row)? {
                Ok(id) => id,
                Err(refused) => return Ok(refused),
            },
        };
        if known.is_none() {
            self.name(ExternalKind::Asset, line.id.0, id.0, owner_id)?;
        }
        self.pair(line, row, id)?;
        Ok(Outcome::Applied)
    }

    /// A line of a user's own says everything that others are told, and more: these find it here already.
    fn is_said_by_owner(&self, owner: UserId, external: AssetId) -> Result<bool, LibraryError> {
        Ok(self.follows(owner) && self.local_asset(external)?.is_some())
    }

    /// What a line says, in terms of this library.
    fn row_of<'l>(
        &mut self,
        line: &'l AssetV1<'l>,
        owner_id: UserId,
        known: Option<AssetId>,
        through: Through,
    ) -> Result<MirroredAsset<'l>, LibraryError> {
        let live_photo_video_id = match line.live_photo_video_id {
            Some(video) => self.local_asset(video)?,
            None => None,
        };
        // Members of an album are not told of stacks.
        let may_come = through != Through::Album || owner_id == self.upstream.user_id;
        let stack_id = self.stack_of(line.stack_id, may_come, known)?;
        let id = known.unwrap_or(line.id);
        Ok(MirroredAsset { id, owner_id, live_photo_video_id, stack_id, media_type: media_type(line), line })
    }

    /// Stills find their motion parts, whichever comes first.
    fn pair(&mut self, line: &AssetV1<'_>, row: MirroredAsset<'_>, id: AssetId) -> Result<(), LibraryError> {
        if let Some(video) = line.live_photo_video_id.filter(|_| row.live_photo_video_id.is_none()) {
            self.tx.await_motion(self.upstream.server_id, video.0, id)?;
        }
        if line.asset_type == AssetType::Video {
            self.tx.end_awaiting(self.upstream.server_id, line.id.0, id)?;
        }
        Ok(())
    }

    /// An asset that is here becomes what the line says, but for what waits to be sent, and for what the line does not
    /// know. One that was deleted here stays so until the server hears of it.
    fn change_asset(&mut self, row: MirroredAsset<'_>) -> Result<(), LibraryError> {
        let Some(line) = self.mask_asset(row.id, row.line)? else { return Ok(()) };
        let is_unread = is_unread(row.line);
        let row = MirroredAsset { line: &line, ..row };
        if self.tx.is_remote(row.id)? {
            let original = self.again_as_original(row)?;
            return Ok(self.tx.update_mirrored(original.as_ref().map_or(row, |original| original.row(row)))?);
        }
        let Some(here) = self.tx.asset(row.id)? else { return Ok(self.tx.insert_mirrored(row)?) };
        let line = over_asset(&line, &here, is_unread);
        let (live_photo_video_id, stack_id) =
            if is_unread { (here.live_photo_video_id, here.stack_id) } else { (row.live_photo_video_id, row.stack_id) };
        Ok(self.tx.update_mirrored(MirroredAsset { live_photo_video_id, stack_id, line: &line, ..row })?)
    }

    /// An asset that had no name there until now is the one here with its content, if there is one, or with what that was
    /// made into. Else it is new, and takes the name that it has there, unless something of ours has it: a server must not
    /// reach that by its name. Where the ledger knows what it was made of, it is shown [as that](super::derived).
    fn new_asset(&mut self, row: MirroredAsset<'_>) -> Result<Result<AssetId, Outcome>, LibraryError> {
        let (sha1, owner) = (row.line.checksum, row.owner_id);
        if self.tx.is_deleted_content(owner, &sha1)? {
            // Somebody put it there again.
            self.tx.note(&Ledger::Wanted { sha1, owner })?;
        }
        if let Some(same) = self.derived(row)? {
            self.adopt(same, row)?;
            return Ok(Ok(same));
        }
        if self.add_as_original(row)? {
            return Ok(Ok(row.id));
        }
        let taken = match self.tx.insert_mirrored(row) {
            Ok(()) => return Ok(Ok(row.id)),
            Err(StoreError::Conflict(taken)) => taken,
            Err(error) => return Err(error.into()),
        };
        let Some(same) = self.tx.asset_by_checksum(row.owner_id, &row.line.checksum)? else {
            return Ok(Err(Outcome::Refused(format!("there is another asset {} here: {taken}", row.id))));
        };
        if let Some(other) = self.external(ExternalKind::Asset, same.asset_id.0)? {
            if self.show_own_content(same.asset_id)? {
                self.tx.insert_mirrored(row)?;
                return Ok(Ok(row.id));
            }
            return Ok(Err(Outcome::Refused(format!("the same content has another name there: {other}"))));
        }
        if row.line.deleted_at.is_some() && self.is_new_here(same.asset_id)? {
            return Ok(Err(Outcome::Refused("it is in the trash there, and has been added here since".to_owned())));
        }
        self.adopt(same.asset_id, row)?;
        Ok(Ok(same.asset_id))
    }

    /// Whether an asset waits to go up. What is in the trash there must not take it along: it may be on its way out.
    pub(super) fn is_new_here(&self, id: AssetId) -> Result<bool, LibraryError> {
        Ok(self.pending(Subject::Asset(id))?.iter().any(|row| row.field == Field::Existence))
    }

    /// A line turned out to be about an asset here. Where that is will be told by lines to come, or waits to be sent; what
    /// it was in under an earlier name, before it was deleted there, it is not in any more. A name that was lost says nothing of
    /// a delete.
    fn adopt(&mut self, same: AssetId, row: MirroredAsset<'_>) -> Result<(), LibraryError> {
        let was_lost = self.tx.has_lost_name(self.upstream.server_id, ExternalKind::Asset, same.0)?;
        for album in self.tx.albums_with_asset(same)? {
            if !self.pending(Subject::AlbumAsset(album, same))?.is_empty() || !self.is_followed(album)? {
                continue;
            }
            match was_lost {
                true => self.keep_place(album, same)?,
                false => self.leave_album(album, same)?,
            }
        }
        self.keep_what_was_said(same)?;
        let stack_id = self.stack_of(row.line.stack_id, row.stack_id.is_some(), Some(same))?;
        self.change_asset(MirroredAsset { id: same, stack_id, ..row })
    }

    /// The asset here that the ledger knows by another content: one was made of the other. Where the server has both, each
    /// is an asset of its own.
    fn derived(&self, row: MirroredAsset<'_>) -> Result<Option<AssetId>, LibraryError> {
        if !self.has_derivations {
            return Ok(None);
        }
        let Some(same) = self.tx.asset_by_derivation(row.owner_id, &row.line.checksum)? else { return Ok(None) };
        let is_free = self.external(ExternalKind::Asset, same.0)?.is_none()
            && self.tx.asset_by_checksum(row.owner_id, &row.line.checksum)?.is_none();
        Ok(if is_free { Some(same) } else { None })
    }

    /// Whether an album is, or will be, one of the server's.
    fn is_followed(&self, album: AlbumId) -> Result<bool, LibraryError> {
        Ok(self.external(ExternalKind::Album, album.0)?.is_some() || self.has_pending_change(album.0)?)
    }

    pub(super) fn asset_is_gone(&mut self, line: AssetDelete) -> Result<Outcome, LibraryError> {
        let Some(id) = self.local_asset(line.asset_id)? else { return Ok(Outcome::Applied) };
        self.give_up(Subject::Asset(id))?;
        self.note_deleted(id)?;
        self.remove_mirrored(id)?;
        self.forget(ExternalKind::Asset, line.asset_id.0)?;
        Ok(Outcome::Applied)
    }

    /// The ledger remembers of what only the server had that it was deleted there: a folder or a phone that still has it does
    /// not bring it again. What lies here goes to the trash, which says as much.
    pub(super) fn note_deleted(&mut self, id: AssetId) -> Result<(), LibraryError> {
        if let Some(asset) = self.tx.asset(id)?
            && self.tx.is_remote(id)?
        {
            let (sha1, owner) = (asset.checksum, asset.owner_id);
            self.tx.note(&Ledger::Deleted { sha1, owner, by: owner })?;
        }
        Ok(())
    }

    /// Somebody deleted it there. What only the server had is gone; an original that lies here goes to the trash, where a
    /// person can take it back.
    pub(super) fn remove_mirrored(&mut self, id: AssetId) -> Result<(), LibraryError> {
        let Some(asset) = self.tx.asset(id)? else { return Ok(()) };
        if self.tx.is_remote(id)? {
            return remove_asset(self.tx, &asset);
        }
        self.forget_findings(id)?;
        trash(self.tx, asset)
    }

    /// What the server found in a picture went with the picture: if that comes again, it will be found again, and called
    /// something else.
    fn forget_findings(&mut self, id: AssetId) -> Result<(), LibraryError> {
        for face in self.tx.faces_on(id)? {
            if let Some(name) = self.external(ExternalKind::Face, face.id.0)? {
                self.remove_face(face.id)?;
                self.forget(ExternalKind::Face, name)?;
            }
        }
        for text in self.tx.ocr_rows(id)? {
            if let Some(name) = self.external(ExternalKind::Ocr, text.id.0)? {
                self.remove_text(text.id)?;
                self.forget(ExternalKind::Ocr, name)?;
            }
        }
        // Edits are a person's: they stay, and go up again with the picture.
        for edit in self.tx.edits(id)? {
            if let Some(name) = self.external(ExternalKind::Edit, edit.id.0)? {
                self.forget(ExternalKind::Edit, name)?;
            }
        }
        Ok(())
    }

    /// A partner's asset was deleted, or locked away.
    pub(super) fn partner_asset_is_gone(&mut self, line: AssetDelete) -> Result<Outcome, LibraryError> {
        let asset = self.local_asset(line.asset_id)?.map(|id| self.tx.asset(id)).transpose()?.flatten();
        if let Some(asset) = asset.filter(|asset| !self.follows(asset.owner_id)) {
            self.withdraw(&asset)?;
        }
        Ok(Outcome::Applied)
    }

    /// The server does not let anybody here see an asset any more. What only the server has goes; an original that lies
    /// here is nobody else's business: it stays, without its name there. Whether there was a name.
    pub(super) fn withdraw(&mut self, asset: &Asset) -> Result<bool, LibraryError> {
        let Some(external) = self.external(ExternalKind::Asset, asset.id.0)? else { return Ok(false) };
        if self.tx.is_remote(asset.id)? {
            // First, as with its still it would count as deleted on purpose.
            if let Some(part) = self.motion_part(asset)? {
                self.withdraw(&part)?;
            }
            remove_asset(self.tx, asset)?;
        }
        self.forget(ExternalKind::Asset, external)?;
        Ok(true)
    }

    /// The motion part of a still that is no other still's.
    fn motion_part(&self, still: &Asset) -> Result<Option<Asset>, LibraryError> {
        let Some(video) = still.live_photo_video_id else { return Ok(None) };
        if self.tx.stills_of(video)?.iter().any(|other| *other != still.id) {
            return Ok(None);
        }
        Ok(self.tx.asset(video)?.filter(|part| part.visibility == Visibility::Hidden))
    }

    pub(super) fn exif(&mut self, line: &AssetExifV1<'_>, through: Through) -> Result<Outcome, LibraryError> {
        let Some(id) = self.local_asset(line.asset_id)? else {
            return Ok(Outcome::waits_for("asset", line.asset_id.0));
        };
        let is_own = through == Through::Own && self.upstream.mode == UpstreamMode::Stream;
        let owner = if is_own { Some(self.upstream.user_id) } else { self.tx.asset(id)?.map(|asset| asset.owner_id) };
        let Some(owner) = owner else { return Ok(Outcome::Applied) };
        if self.tx.insert_mirrored_exif(id, owner, line)? {
            if self.arrived.len() < TOLD_IN_A_MINUTE {
                self.arrived.insert(id);
            }
            return Ok(Outcome::Applied);
        }
        if through == Through::Own || !self.follows(owner) {
            self.change_exif(id, owner, line)?;
        }
        Ok(Outcome::Applied)
    }

    /// The line of a file that the server has not read, with what is known here in the place of what nobody said there; nothing
    /// where all of it waits to be sent from here, or nobody said a word.
    fn said_before_reading<'l>(
        &mut self,
        id: AssetId,
        line: &AssetExifV1<'l>,
    ) -> Result<Option<AssetExifV1<'l>>, LibraryError> {
        let mut theirs = fields::of_exif_line(line);
        theirs.retain(|theirs| theirs.field != Field::Date && theirs.value != unset(theirs.field));
        let Some(here) = self.tx.exif(id)?.filter(|_| !theirs.is_empty()) else { return Ok(None) };
        let rows = self.pending(Subject::Asset(id))?;
        let held = self.held(&rows, &theirs)?;
        theirs.retain(|theirs| !held.contains(&theirs.field));
        let is_said = |field| theirs.iter().any(|theirs| theirs.field == field);
        let mut line = line.clone();
        if !is_said(Field::Description) {
            line.description = Cow::Owned(here.description);
        }
        if !is_said(Field::Rating) {
            line.rating = here.rating;
        }
        if !is_said(Field::Place) {
            (line.latitude, line.longitude) = (here.latitude.map(Number), here.longitude.map(Number));
        }
        Ok((!theirs.is_empty()).then_some(line))
    }

    /// What is known about an asset that is here becomes what the line says, but for what waits to be sent, and for what
    /// the line does not know.
    fn change_exif(&mut self, id: AssetId, owner: UserId, line: &AssetExifV1<'_>) -> Result<(), LibraryError> {
        let is_remote = self.tx.is_remote(id)?;
        let line = match !is_remote && is_unread_exif(line) {
            true => self.said_before_reading(id, line)?,
            false => Some(self.mask_exif(id, line)?),
        };
        let Some(line) = line else { return Ok(()) };
        let Some(here) = self.tx.exif(id)?.filter(|_| !is_remote) else {
            return Ok(self.tx.update_mirrored_exif(id, owner, &line)?);
        };
        let line = over_exif(line, &here);
        // Else what the file says would come back when it is read here, now or some day.
        self.tx.lock_exif(id, said_otherwise(&line, &here))?;
        Ok(self.tx.update_mirrored_exif(id, owner, &line)?)
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
