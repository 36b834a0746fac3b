//! What users changed here and the server does not know yet stays as it is here, field by field.
//!
//! A field that waits to be sent keeps its value. What the server says about it becomes the base against which the next
//! word of the server is held. If it is neither what both had before nor what is here, both have changed it: what is here
//! goes up, and what was there is kept as a conflict.

use std::borrow::Cow;

use tintype_protocol::id::{AlbumId, AssetId, StackId};
use tintype_protocol::model::{AssetStatus, SortOrder};
use tintype_protocol::sync::{AlbumV1, AssetExifV1, AssetV1, Number, PersonV1};
use uuid::Uuid;

use super::Replica;
use crate::error::LibraryError;
use crate::fields;
use crate::model::{Album, Conflict, ExternalKind, Field, FieldValue, OutboxRow, Person, Stack, Subject, Upstream};
use crate::store::{StoreError, Write};

/// What stands before an album's id in the description of one that was made on a server and whose answer may be lost.
const MARK: &str = "tintype:";

/// The description that an album has on a server until it is known there.
pub fn album_mark(id: AlbumId) -> String {
    format!("{MARK}{id}")
}

/// The album that a description stands for, if it is a mark and nothing that a person wrote.
pub(super) fn marked(description: &str) -> Option<AlbumId> {
    description.strip_prefix(MARK)?.parse().ok()
}

/// The line of an album, without a mark in the place of its description.
fn unmarked(line: AlbumV1<'_>) -> AlbumV1<'_> {
    if marked(&line.description).is_some() { AlbumV1 { description: Cow::Borrowed(""), ..line } } else { line }
}

/// Whether what waits to be said of something's life is that somebody took it out of the trash. That it is in there, or deleted,
/// is no other word than that it was deleted there.
fn is_restored(mine: &str) -> bool {
    serde_json::from_str::<String>(mine).is_ok_and(|mine| mine == AssetStatus::Active.as_str())
}

/// Whether the value of a field is a mark.
pub(crate) fn is_mark(value: &str) -> bool {
    serde_json::from_str::<String>(value).is_ok_and(|text| marked(&text).is_some())
}

impl Replica<'_> {
    /// Rows about something that wait for this server, whoever sends them.
    pub(super) fn pending(&self, subject: Subject) -> Result<Vec<OutboxRow>, LibraryError> {
        if !self.tx.has_outbox(self.upstream.server_id)? {
            return Ok(Vec::new());
        }
        let mut rows = self.tx.pending_on(self.upstream.server_id, subject.kind(), subject.id())?;
        rows.retain(|row| row.subject == subject);
        Ok(rows)
    }

    /// Fields of `rows` that stay as they are here, after the server has said what they are there.
    pub(super) fn held(&mut self, rows: &[OutboxRow], theirs: &[FieldValue]) -> Result<Vec<Field>, LibraryError> {
        let mut held = Vec::new();
        for row in rows {
            let Some(theirs) = theirs.iter().find(|theirs| theirs.field == row.field) else { continue };
            let Some(mine) = fields::current(self.tx.as_read(), row.subject, row.field)? else { continue };
            if mine == theirs.value {
                self.tx.drop_outbox(row.id)?;
                continue;
            }
            held.push(row.field);
            if row.base.as_ref() == Some(&theirs.value) {
                continue;
            }
            // What went up from here and whose answer was lost is nobody's change of there.
            if row.base.is_some() && row.sent.as_ref() != Some(&theirs.value) {
                self.tx.add_conflict(row, &mine, &theirs.value)?;
            }
            self.tx.set_outbox_base(row.id, &theirs.value)?;
        }
        Ok(held)
    }

    /// The server was asked what it says of something here that waits to be told it: what both have changed is kept as a conflict.
    /// What is on its way out has nothing to say.
    pub fn note_theirs(&mut self, subject: Subject, theirs: &[FieldValue]) -> Result<(), LibraryError> {
        if let Subject::Asset(id) = subject
            && self.tx.asset(id)?.is_none_or(|asset| asset.status == AssetStatus::Deleted)
        {
            return Ok(());
        }
        let rows = self.pending(subject)?;
        self.held(&rows, theirs).map(drop)
    }

    /// What an asset line says, with the fields that stay; nothing if the asset is on its way out here.
    pub(super) fn mask_asset<'l>(
        &mut self,
        id: AssetId,
        line: &AssetV1<'l>,
    ) -> Result<Option<AssetV1<'l>>, LibraryError> {
        let mut line = line.clone();
        let rows = self.pending(Subject::Asset(id))?;
        let Some(asset) = self.tx.asset(id)?.filter(|_| !rows.is_empty()) else {
            let is_going = rows.iter().any(|row| row.field == Field::Life);
            return Ok((!is_going).then_some(line));
        };
        if asset.status == AssetStatus::Deleted {
            return Ok(None);
        }
        for field in self.held(&rows, &fields::of_asset_line(&line))? {
            match field {
                Field::Favorite => line.is_favorite = asset.is_favorite,
                Field::Visibility => line.visibility = asset.visibility,
                Field::Life => line.deleted_at = asset.deleted_at,
                _ => {}
            }
        }
        // What hangs on fields that other lines speak of.
        if rows.iter().any(|row| row.field == Field::Date || row.field == Field::Place) {
            (line.local_date_time, line.file_created_at) = (asset.local_date_time, asset.file_created_at);
        }
        if rows.iter().any(|row| row.field == Field::Edits) {
            line.is_edited = Some(asset.is_edited);
            (line.width, line.height) = (Some(asset.width), Some(asset.height));
        }
        Ok(Some(line))
    }

    /// What a line says beside the asset, with the fields that stay.
    pub(super) fn mask_exif<'l>(
        &mut self,
        id: AssetId,
        line: &AssetExifV1<'l>,
    ) -> Result<AssetExifV1<'l>, LibraryError> {
        let mut line = line.clone();
        let rows = self.pending(Subject::Asset(id))?;
        let Some(exif) = self.tx.exif(id)?.filter(|_| !rows.is_empty()) else { return Ok(line) };
        for field in self.held(&rows, &fields::of_exif_line(&line))? {
            match field {
                Field::Description => line.description = Cow::Owned(exif.description.clone()),
                Field::Rating => line.rating = exif.rating,
                Field::Date => {
                    line.date_time_original = exif.date_time_original;
                    line.time_zone = exif.time_zone.clone().map(Cow::Owned);
                }
                Field::Place => {
                    line.latitude = exif.latitude.map(Number);
                    line.longitude = exif.longitude.map(Number);
                    line.city = exif.city.clone().map(Cow::Owned);
                    line.state = exif.state.clone().map(Cow::Owned);
                    line.country = exif.country.clone().map(Cow::Owned);
                    line.time_zone = exif.time_zone.clone().map(Cow::Owned);
                }
                _ => {}
            }
        }
        Ok(line)
    }

    /// What an album line says, with the fields that stay; nothing if the album is gone here. `cover` is what its cover is
    /// called here, and becomes the one that it has here if that stays.
    pub(super) fn mask_album<'l>(
        &mut self,
        id: AlbumId,
        line: &AlbumV1<'l>,
        cover: &mut Option<AssetId>,
    ) -> Result<Option<AlbumV1<'l>>, LibraryError> {
        let mut line = line.clone();
        let rows = self.pending(Subject::Album(id))?;
        let Some(album) = self.tx.album(id)?.filter(|_| !rows.is_empty()) else {
            let is_going = rows.iter().any(|row| row.field == Field::Life);
            return Ok((!is_going).then(|| unmarked(line)));
        };
        let theirs = fields::of_album_line(&line, cover.map(|cover| cover.0));
        for field in self.held(&rows, &theirs)? {
            match field {
                Field::Name => line.name = Cow::Owned(album.name.clone()),
                Field::Description => line.description = Cow::Owned(album.description.clone()),
                Field::Order => line.order = album.order,
                Field::Activity => line.is_activity_enabled = album.is_activity_enabled,
                Field::Cover => *cover = album.thumbnail_asset_id,
                _ => {}
            }
        }
        Ok(Some(unmarked(line)))
    }

    /// What a line says of a person, with the fields that stay; nothing if the person is gone here, or part of another
    /// one. `there` is the person as the line says, by the names of here.
    pub(super) fn mask_person(
        &mut self,
        line: &PersonV1<'_>,
        mut there: Person,
    ) -> Result<Option<Person>, LibraryError> {
        let rows = self.pending(Subject::Person(there.id))?;
        let Some(here) = self.tx.person(there.id)?.filter(|_| !rows.is_empty()) else {
            return Ok(rows.is_empty().then_some(there));
        };
        let theirs = fields::of_person_line(line, there.feature_face.map(|face| face.0));
        for field in self.held(&rows, &theirs)? {
            match field {
                Field::Name => there.name.clone_from(&here.name),
                Field::BirthDate => there.birth_date = here.birth_date,
                Field::Hidden => there.is_hidden = here.is_hidden,
                Field::Favorite => there.is_favorite = here.is_favorite,
                Field::Color => there.color.clone_from(&here.color),
                Field::Front => there.feature_face = here.feature_face,
                _ => {}
            }
        }
        Ok(Some(there))
    }

    /// What a line says of a stack, with what stays in front; nothing if the stack is gone here.
    pub(super) fn mask_stack(&mut self, there: Stack) -> Result<Option<Stack>, LibraryError> {
        let rows = self.pending(Subject::Stack(there.id))?;
        let Some(here) = self.tx.stack(there.id)?.filter(|_| !rows.is_empty()) else {
            return Ok(rows.is_empty().then_some(there));
        };
        let theirs = fields::of_stack(&there);
        let is_held = !self.held(&rows, &theirs)?.is_empty();
        Ok(Some(if is_held { here } else { there }))
    }

    /// Whether the server's word about the stack of an asset is to be passed over. The one that it is in here (`here`) was
    /// made here and is not known there yet, or the asset waits to leave the one that the server says (`there`, by its name
    /// here), or that one is gone here.
    pub(super) fn holds_stack(
        &mut self,
        asset: AssetId,
        here: Option<StackId>,
        there: Option<StackId>,
    ) -> Result<bool, LibraryError> {
        if !self.tx.has_outbox(self.upstream.server_id)? {
            return Ok(false);
        }
        if let Some(here) = here
            && self.external(ExternalKind::Stack, here.0)?.is_none()
            && self.tx.is_pending(here.0)?
        {
            return Ok(true);
        }
        let Some(there) = there else { return Ok(false) };
        if self.holds_membership(Subject::StackAsset(there, asset), Some("member"))? {
            return Ok(true);
        }
        Ok(self.tx.stack(there)?.is_none() && self.tx.is_pending(there.0)?)
    }

    /// Whether edits of an asset wait to be sent: those of the server are about to be replaced.
    pub(super) fn holds_edits(&self, asset: AssetId) -> Result<bool, LibraryError> {
        Ok(self.pending(Subject::Asset(asset))?.iter().any(|row| row.field == Field::Edits))
    }

    /// Whether a row of this library, or what is linked to it, has a change that the server does not know. What the server
    /// no longer shows does not take such a row away.
    pub(super) fn has_pending_change(&self, local: Uuid) -> Result<bool, LibraryError> {
        Ok(self.tx.has_outbox(self.upstream.server_id)? && self.tx.is_pending(local)?)
    }

    /// Whether the server's word about a membership is to be passed over, as it waits to be changed from here.
    pub(super) fn holds_membership(&mut self, subject: Subject, theirs: Option<&str>) -> Result<bool, LibraryError> {
        let rows = self.pending(subject)?;
        if rows.is_empty() {
            return Ok(false);
        }
        let theirs = FieldValue { field: Field::Membership, value: fields::membership(theirs) };
        Ok(!self.held(&rows, &[theirs])?.is_empty())
    }

    /// Somebody deleted it there, which beats what was changed here: that is kept as conflicts, and never sent.
    pub(super) fn give_up(&mut self, subject: Subject) -> Result<(), LibraryError> {
        for row in self.pending(subject)? {
            if row.field != Field::Existence
                && let Some(mine) = fields::current(self.tx.as_read(), row.subject, row.field)?
                && (row.field != Field::Life || is_restored(&mine))
            {
                self.tx.add_conflict(&row, &mine, Conflict::DELETED)?;
            }
            self.tx.drop_outbox(row.id)?;
        }
        Ok(())
    }

    /// The album here that was made on the server under a mark, if its name there is not known yet.
    pub(super) fn marked_album(&self, line: &AlbumV1<'_>) -> Result<Option<Album>, LibraryError> {
        let Some(id) = marked(&line.description) else { return Ok(None) };
        let is_named = self.tx.external_id(self.upstream.server_id, ExternalKind::Album, id.0)?.is_some();
        Ok(self.tx.album(id)?.filter(|album| !is_named && album.owner_id == self.upstream.user_id))
    }
}

/// The server has something that was made here, and this is what it is called there. What a new album is not given when
/// it is made follows.
pub(crate) fn named(
    tx: &mut dyn Write,
    upstream: &Upstream,
    kind: ExternalKind,
    external: Uuid,
    local: Uuid,
) -> Result<(), StoreError> {
    match tx.add_external_id(upstream, kind, external, local) {
        // A pull was faster.
        Err(StoreError::Conflict(_)) => return Ok(()),
        other => other?,
    }
    let Some(album) = (if kind == ExternalKind::Album { tx.album(AlbumId(local))? } else { None }) else {
        return Ok(());
    };
    let there = Album { description: album_mark(album.id), thumbnail_asset_id: None, ..album.clone() };
    let there = Album { order: SortOrder::Descending, is_activity_enabled: true, ..there };
    let now = fields::of_album(&album);
    for was in fields::changed(fields::of_album(&there), &now) {
        // The first asset that is put into it becomes the cover on both sides.
        if was.field != Field::Cover {
            tx.put_outbox(upstream.id, Subject::Album(album.id), was.field, Some(&was.value), None, None)?;
        }
    }
    Ok(())
}
