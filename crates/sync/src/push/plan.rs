//! From a row of the outbox to what is asked of the server, by what the library holds now.

use serde_json::{Value, json};
use tintype_library::assets::offset_minutes;
use tintype_library::fields::current;
use tintype_library::model::{Asset, Exif, ExternalKind, Field, OutboxRow, Subject, Upstream};
use tintype_library::replica::album_mark;
use tintype_library::store::{Read, StoreError};
use tintype_protocol::id::{AlbumId, AssetId, PersonId, StackId, TagId, UserId};
use tintype_protocol::model::AssetStatus;
use tintype_protocol::time::Timestamp;
use uuid::Uuid;

use super::step::{Plan, Step};

type Result<T> = std::result::Result<T, StoreError>;

/// What to do about a row now.
pub(crate) fn plan(tx: &dyn Read, upstream: &Upstream, row: &OutboxRow) -> Result<Plan> {
    let planner = Planner { tx, upstream, row };
    match row.subject {
        Subject::Asset(id) => planner.asset(id),
        Subject::Album(id) => planner.album(id),
        Subject::AlbumAsset(album, asset) => planner.album_asset(album, asset),
        Subject::AlbumUser(album, user) => planner.album_user(album, user),
        Subject::Stack(id) => planner.stack(id),
        Subject::StackAsset(stack, asset) => planner.stack_asset(stack, asset),
        Subject::Person(id) => planner.person(id),
        Subject::Tag(_) => Ok(planner.tag()),
        Subject::AssetTag(asset, tag) => planner.asset_tag(asset, tag),
    }
}

struct Planner<'p> {
    tx: &'p dyn Read,
    upstream: &'p Upstream,
    row: &'p OutboxRow,
}

impl Planner<'_> {
    /// What something is called there.
    fn name(&self, kind: ExternalKind, local: Uuid) -> Result<Option<Uuid>> {
        self.tx.external_id(self.upstream.server_id, kind, local)
    }

    fn user(&self, local: UserId) -> Result<Option<Uuid>> {
        match self.tx.upstream_of(local)?.filter(|other| other.server_id == self.upstream.server_id) {
            Some(other) => Ok(Some(other.external_user_id)),
            None => self.name(ExternalKind::User, local.0),
        }
    }

    /// Something has no name there: it may get one, or never will.
    fn nameless(&self, subject: Subject) -> Result<Plan> {
        // Whoever will give it one may be another user of the same server.
        let will_have = self.tx.is_pending(subject.id())? && {
            let upstreams = self.tx.upstreams()?;
            let mut found = false;
            for upstream in upstreams.iter().filter(|upstream| upstream.server_id == self.upstream.server_id) {
                let rows = self.tx.pending(upstream.id, subject.kind(), subject.id())?;
                found |= rows.iter().any(|row| row.subject == subject && row.field == Field::Existence);
            }
            found
        };
        Ok(if will_have || self.is_lost(subject)? { Plan::Wait } else { Plan::Moot })
    }

    /// Whether something had a name there which was lost: the server may show it again.
    fn is_lost(&self, subject: Subject) -> Result<bool> {
        let kind = match subject {
            Subject::Asset(_) => ExternalKind::Asset,
            Subject::Album(_) => ExternalKind::Album,
            _ => return Ok(false),
        };
        self.tx.has_lost_name(self.upstream.server_id, kind, subject.id())
    }

    /// Sends a step; afterwards the server has what the field is now.
    fn send(&self, step: Step) -> Result<Plan> {
        Ok(Plan::Send(step, current(self.tx, self.row.subject, self.row.field)?))
    }

    fn asset(&self, id: AssetId) -> Result<Plan> {
        let name = self.name(ExternalKind::Asset, id.0)?;
        let asset = self.tx.asset(id)?.filter(|asset| asset.status != AssetStatus::Deleted);
        let (name, asset) = match (self.row.field, name, asset) {
            (Field::Existence, Some(_), _) | (Field::Existence, None, None) => return Ok(Plan::Moot),
            (Field::Existence, None, Some(asset)) => return self.upload(asset),
            (Field::Life, Some(name), None) => return Ok(Plan::Send(Step::DeleteAsset(name), None)),
            (Field::Life, None, None) => return self.delete_content(),
            (_, None, Some(_)) => return self.nameless(Subject::Asset(id)),
            (_, _, None) => return Ok(Plan::Moot),
            (_, Some(name), Some(asset)) => (name, asset),
        };
        let exif = self.tx.exif(id)?.unwrap_or_default();
        match self.row.field {
            Field::Life if asset.status == AssetStatus::Trashed => self.send(Step::TrashAsset(name)),
            Field::Life => self.send(Step::RestoreAsset(name)),
            Field::Edits => {
                let edits = self.tx.edits(id)?.iter().map(|edit| edit.edit).collect();
                self.send(Step::SetEdits(name, edits))
            }
            field => match asset_fields(field, &asset, &exif) {
                Some(fields) => self.send(Step::UpdateAsset(name, fields)),
                None => Ok(Plan::Moot),
            },
        }
    }

    fn upload(&self, asset: Asset) -> Result<Plan> {
        if self.tx.is_remote(asset.id)? {
            return Ok(Plan::Moot);
        }
        // Else what is there already would be taken for this one, and then deleted.
        if self.tx.will_delete_content(self.upstream.id, &asset.checksum)? {
            return Ok(Plan::Wait);
        }
        let motion = match asset.live_photo_video_id {
            Some(video) => match self.name(ExternalKind::Asset, video.0)? {
                Some(name) => Some(name),
                None if self.nameless(Subject::Asset(video))? == Plan::Wait => return Ok(Plan::Wait),
                None => None,
            },
            None => None,
        };
        Ok(Plan::Send(Step::Upload { asset: Box::new(asset), motion }, None))
    }

    /// What may be there, and is called something that nobody knows. It stays if somebody has added it again since.
    fn delete_content(&self) -> Result<Plan> {
        let Some(checksum) = self.row.detail.as_deref().and_then(|detail| detail.parse().ok()) else {
            return Ok(Plan::Moot);
        };
        let again = self.tx.asset_by_checksum(self.upstream.user_id, &checksum)?;
        let name = again.map(|again| self.name(ExternalKind::Asset, again.asset_id.0)).transpose()?.flatten();
        Ok(if name.is_some() { Plan::Moot } else { Plan::Send(Step::DeleteContent(checksum), None) })
    }

    fn album(&self, id: AlbumId) -> Result<Plan> {
        let (name, album) = (self.name(ExternalKind::Album, id.0)?, self.tx.album(id)?);
        let step = match (self.row.field, name, album) {
            (Field::Existence, None, Some(album)) => Step::CreateAlbum { name: album.name, mark: album_mark(id) },
            (Field::Existence, _, _) => return Ok(Plan::Moot),
            (Field::Life, Some(name), None) => Step::DeleteAlbum(name),
            (Field::Life, None, None) if self.is_lost(self.row.subject)? => return Ok(Plan::Wait),
            (Field::Life, None, None) => Step::DeleteMarkedAlbum(album_mark(id)),
            (_, None, Some(_)) => return self.nameless(Subject::Album(id)),
            (Field::Name, Some(name), Some(album)) => Step::UpdateAlbum(name, json!({ "albumName": album.name })),
            (Field::Description, Some(name), Some(album)) => {
                Step::UpdateAlbum(name, json!({ "description": album.description }))
            }
            (Field::Order, Some(name), Some(album)) => {
                Step::UpdateAlbum(name, json!({ "order": album.order.as_str() }))
            }
            (Field::Activity, Some(name), Some(album)) => {
                Step::UpdateAlbum(name, json!({ "isActivityEnabled": album.is_activity_enabled }))
            }
            (Field::Cover, Some(name), Some(album)) => match album.thumbnail_asset_id {
                Some(cover) => match self.name(ExternalKind::Asset, cover.0)? {
                    Some(cover) => Step::UpdateAlbum(name, json!({ "albumThumbnailAssetId": cover })),
                    None => return self.nameless(Subject::Asset(cover)),
                },
                // A cover cannot be taken away: the server chooses one by itself.
                None => return Ok(Plan::Moot),
            },
            _ => return Ok(Plan::Moot),
        };
        self.send(step)
    }

    fn album_asset(&self, album: AlbumId, asset: AssetId) -> Result<Plan> {
        let Some(there) = self.name(ExternalKind::Album, album.0)? else {
            return self.nameless(Subject::Album(album));
        };
        let is_member = self.tx.albums_with_asset(asset)?.contains(&album);
        match self.name(ExternalKind::Asset, asset.0)? {
            Some(asset) if is_member => self.send(Step::AddToAlbum { album: there, asset }),
            Some(asset) => self.send(Step::RemoveFromAlbum { album: there, asset }),
            None => self.nameless(Subject::Asset(asset)),
        }
    }

    fn album_user(&self, album: AlbumId, user: UserId) -> Result<Plan> {
        let Some(there) = self.name(ExternalKind::Album, album.0)? else {
            return self.nameless(Subject::Album(album));
        };
        // Somebody who has an account here only cannot take part there.
        let Some(name) = self.user(user)? else { return Ok(Plan::Moot) };
        let had_none = self.row.base.as_deref().is_none_or(|base| base == "null");
        match self.tx.album_role(album, user)? {
            None => self.send(Step::RemoveAlbumUser { album: there, user: name }),
            Some(role) if had_none => self.send(Step::AddAlbumUser { album: there, user: name, role: role.as_str() }),
            Some(role) => self.send(Step::SetAlbumRole { album: there, user: name, role: role.as_str() }),
        }
    }

    fn stack(&self, id: StackId) -> Result<Plan> {
        let (name, stack) = (self.name(ExternalKind::Stack, id.0)?, self.tx.stack(id)?);
        match (self.row.field, name, stack) {
            (Field::Existence, None, Some(stack)) => {
                let mut members = Vec::new();
                for asset in self.tx.stack_assets(&stack)? {
                    match self.name(ExternalKind::Asset, asset.id.0)? {
                        Some(name) => members.push(name),
                        None if self.nameless(Subject::Asset(asset.id))? == Plan::Wait => return Ok(Plan::Wait),
                        None => {}
                    }
                }
                if members.len() < 2 { Ok(Plan::Moot) } else { self.send(Step::CreateStack(members)) }
            }
            (Field::Front, Some(name), Some(stack)) => match self.name(ExternalKind::Asset, stack.primary.0)? {
                Some(primary) => self.send(Step::TurnStack { stack: name, primary }),
                None => self.nameless(Subject::Asset(stack.primary)),
            },
            (Field::Front, None, Some(_)) => self.nameless(Subject::Stack(id)),
            (Field::Life, Some(name), None) => self.send(Step::DeleteStack(name)),
            _ => Ok(Plan::Moot),
        }
    }

    fn stack_asset(&self, stack: StackId, asset: AssetId) -> Result<Plan> {
        let Some(name) = self.name(ExternalKind::Stack, stack.0)? else {
            return self.nameless(Subject::Stack(stack));
        };
        let is_member = self.tx.asset(asset)?.is_some_and(|asset| asset.stack_id == Some(stack));
        match self.name(ExternalKind::Asset, asset.0)? {
            Some(asset) if !is_member => self.send(Step::LeaveStack { stack: name, asset }),
            _ => Ok(Plan::Moot),
        }
    }

    fn person(&self, id: PersonId) -> Result<Plan> {
        let Some(name) = self.name(ExternalKind::Person, id.0)? else { return Ok(Plan::Moot) };
        let person = match (self.row.field, self.tx.person(id)?) {
            (Field::Merge, _) => return self.merge(name),
            (Field::Life, None) => return self.send(Step::DeletePerson(name)),
            (Field::Life, Some(_)) | (_, None) => return Ok(Plan::Moot),
            (_, Some(person)) => person,
        };
        let fields = match self.row.field {
            Field::Name => json!({ "name": person.name }),
            Field::BirthDate => json!({ "birthDate": person.birth_date.map(|at| at.to_iso()[..10].to_owned()) }),
            Field::Hidden => json!({ "isHidden": person.is_hidden }),
            Field::Favorite => json!({ "isFavorite": person.is_favorite }),
            Field::Color => json!({ "color": person.color }),
            Field::Front => {
                let face = person.feature_face.map(|face| self.tx.face(face)).transpose()?.flatten();
                let Some(face) = face else { return Ok(Plan::Moot) };
                match self.name(ExternalKind::Asset, face.asset_id.0)? {
                    Some(asset) => json!({ "featureFaceAssetId": asset }),
                    None => return self.nameless(Subject::Asset(face.asset_id)),
                }
            }
            _ => return Ok(Plan::Moot),
        };
        self.send(Step::UpdatePerson(name, fields))
    }

    fn merge(&self, other: Uuid) -> Result<Plan> {
        let into = self.row.detail.as_deref().and_then(|detail| detail.parse::<PersonId>().ok());
        let into = into.map(|into| self.name(ExternalKind::Person, into.0)).transpose()?.flatten();
        match into {
            Some(into) => self.send(Step::MergePerson { into, other }),
            None => Ok(Plan::Moot),
        }
    }

    fn tag(&self) -> Plan {
        match (self.row.field, &self.row.detail) {
            (Field::Life, Some(path)) => Plan::Send(Step::DeleteTag(path.clone()), None),
            _ => Plan::Moot,
        }
    }

    fn asset_tag(&self, asset: AssetId, tag: TagId) -> Result<Plan> {
        // With the tag its links have gone there, too.
        let Some(tag) = self.tx.tag(tag)? else { return Ok(Plan::Moot) };
        let is_tagged = self.tx.tags_of(asset)?.iter().any(|known| known.id == tag.id);
        match self.name(ExternalKind::Asset, asset.0)? {
            Some(asset) if is_tagged => self.send(Step::Tag { path: tag.value, asset }),
            Some(asset) => self.send(Step::Untag { path: tag.value, asset }),
            None => self.nameless(Subject::Asset(asset)),
        }
    }
}

/// A field as a member of `UpdateAssetDto`.
fn asset_fields(field: Field, asset: &Asset, exif: &Exif) -> Option<Value> {
    Some(match field {
        Field::Favorite => json!({ "isFavorite": asset.is_favorite }),
        Field::Visibility => json!({ "visibility": asset.visibility.as_str() }),
        Field::Description => json!({ "description": exif.description }),
        Field::Rating => json!({ "rating": exif.rating }),
        Field::Date => json!({ "dateTimeOriginal": date_text(exif.date_time_original?, exif.time_zone.as_deref()) }),
        // A place cannot be taken away by this protocol.
        Field::Place => json!({ "latitude": exif.latitude?, "longitude": exif.longitude? }),
        _ => return None,
    })
}

/// A moment as a clock in the zone showed it, with the offset: servers read the zone from that.
fn date_text(at: Timestamp, zone: Option<&str>) -> String {
    let Some(offset) = zone.and_then(|zone| offset_minutes(at, zone)).filter(|offset| *offset != 0) else {
        return at.to_iso();
    };
    let local = Timestamp(at.0 + offset * 60_000).to_iso();
    let sign = if offset < 0 { '-' } else { '+' };
    let minutes = offset.abs();
    format!("{}{sign}{:02}:{:02}", local.trim_end_matches('Z'), minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_told_as_the_clock_showed_it() {
        let at = Timestamp::parse("2025-08-01T10:00:00.000Z").unwrap();
        assert_eq!(date_text(at, Some("Europe/Berlin")), "2025-08-01T12:00:00.000+02:00");
        assert_eq!(date_text(at, Some("UTC-3:30")), "2025-08-01T06:30:00.000-03:30");
        assert_eq!(date_text(at, Some("UTC")), "2025-08-01T10:00:00.000Z");
        assert_eq!(date_text(at, None), "2025-08-01T10:00:00.000Z");
    }
}
