//! People of the server, and their faces.

use tintype_protocol::id::{FaceId, PersonId};
use tintype_protocol::sync::{AssetFaceDelete, AssetFaceV1, PersonDelete, PersonV1};

use super::{Outcome, Replica};
use crate::error::LibraryError;
use crate::model::{Asset, ExternalKind, Face, FaceBox, Person, Subject};

impl Replica<'_> {
    pub(super) fn person(&mut self, line: &PersonV1<'_>) -> Result<Outcome, LibraryError> {
        let Some(owner_id) = self.local_user(line.owner_id)? else {
            return Ok(Outcome::waits_for("user", line.owner_id.0));
        };
        let known = self.recognise(ExternalKind::Person, line.id.0, owner_id)?.map(PersonId);
        let mut person = Person {
            id: known.unwrap_or(line.id),
            owner_id,
            name: line.name.clone().into_owned(),
            birth_date: line.birth_date,
            is_hidden: line.is_hidden,
            is_favorite: line.is_favorite,
            color: line.color.as_deref().map(str::to_owned),
            feature_face: self.face_of(line.face_asset_id)?,
            created_at: line.created_at,
            updated_at: line.updated_at,
        };
        if known.is_none() {
            match self.same_person(&person)? {
                Some(same) => person.id = same,
                None if self.tx.person(line.id)?.is_some() => return Ok(Outcome::taken("person", line.id.0)),
                None => {}
            }
            self.name(ExternalKind::Person, line.id.0, person.id.0, owner_id)?;
        }
        let Some(person) = self.mask_person(line, person)? else { return Ok(Outcome::Applied) };
        match self.tx.person(person.id)? {
            Some(here) if is_same(&here, &person) => {}
            Some(_) => self.tx.update_person(&person)?,
            None => self.tx.insert_person(&person)?,
        }
        Ok(Outcome::Applied)
    }

    /// Somebody here of that name, whom the server does not know yet.
    fn same_person(&self, person: &Person) -> Result<Option<PersonId>, LibraryError> {
        let Some(same) = self.tx.person_by_name(person.owner_id, &person.name)? else { return Ok(None) };
        Ok(if self.external(ExternalKind::Person, same.id.0)?.is_none() { Some(same.id) } else { None })
    }

    /// The face that stands for somebody. Lines of faces come behind those of people: until then it has the name that it
    /// will have, unless that is somebody else's.
    fn face_of(&self, external: Option<FaceId>) -> Result<Option<FaceId>, LibraryError> {
        let Some(external) = external else { return Ok(None) };
        match self.local(ExternalKind::Face, external.0)? {
            Some(face) => Ok(Some(FaceId(face))),
            None => Ok(if self.tx.face(external)?.is_none() { Some(external) } else { None }),
        }
    }

    pub(super) fn person_is_gone(&mut self, line: PersonDelete) -> Result<Outcome, LibraryError> {
        if let Some(id) = self.local(ExternalKind::Person, line.person_id.0)? {
            self.give_up(Subject::Person(PersonId(id)))?;
            self.remove_person(PersonId(id))?;
            self.forget(ExternalKind::Person, line.person_id.0)?;
        }
        Ok(Outcome::Applied)
    }

    pub(super) fn remove_person(&mut self, id: PersonId) -> Result<(), LibraryError> {
        match self.tx.person(id)? {
            Some(person) => Ok(self.tx.delete_person(&person)?),
            None => Ok(()),
        }
    }

    pub(super) fn face(&mut self, line: AssetFaceV1) -> Result<Outcome, LibraryError> {
        let asset = self.local_asset(line.asset_id)?.map(|id| self.tx.asset(id)).transpose()?.flatten();
        let Some(asset) = asset else { return Ok(Outcome::waits_for("asset", line.asset_id.0)) };
        let known = self.recognise(ExternalKind::Face, line.id.0, asset.owner_id)?.map(FaceId);
        let person_id = match line.person_id {
            None => None,
            Some(person) => match self.local(ExternalKind::Person, person.0)?.map(PersonId) {
                Some(person) if self.tx.person(person)?.is_some() => Some(person),
                // Gone here, or part of another one; the face is whose it is.
                Some(_) => known.map(|face| self.tx.face(face)).transpose()?.flatten().and_then(|face| face.person_id),
                None => return Ok(Outcome::waits_for("person", person.0)),
            },
        };
        let mut face = drawn(&line, &asset, known.unwrap_or(line.id), person_id);
        if known.is_none() {
            match self.same_face(&face)? {
                Some(same) => face.id = same,
                None if self.tx.face(line.id)?.is_some() => return Ok(Outcome::taken("face", line.id.0)),
                None => {}
            }
            self.name(ExternalKind::Face, line.id.0, face.id.0, asset.owner_id)?;
        }
        let here = self.tx.face(face.id)?;
        if let Some(here) = &here {
            // The first form of the line says nothing of these.
            face.deleted_at = line.deleted_at.unwrap_or(here.deleted_at);
            face.is_visible = line.is_visible.unwrap_or(here.is_visible);
        }
        match here {
            Some(here) if here == face => {}
            Some(_) => self.tx.update_face(&face)?,
            None => self.tx.insert_face(&face)?,
        }
        self.feature(&line, &face)?;
        Ok(Outcome::Applied)
    }

    /// The same box around a face, read from the file here, too.
    fn same_face(&self, face: &Face) -> Result<Option<FaceId>, LibraryError> {
        for here in self.tx.faces_on(face.asset_id)? {
            let is_same = (here.area, here.source) == (face.area, face.source);
            if is_same && self.external(ExternalKind::Face, here.id.0)?.is_none() {
                return Ok(Some(here.id));
            }
        }
        Ok(None)
    }

    /// Somebody for whom the face stands was told its name there; here it has another one.
    fn feature(&mut self, line: &AssetFaceV1, face: &Face) -> Result<(), LibraryError> {
        let Some(person) = face.person_id.filter(|_| face.id != line.id) else { return Ok(()) };
        match self.tx.person(person)? {
            Some(person) if person.feature_face == Some(line.id) => {
                Ok(self.tx.update_person(&Person { feature_face: Some(face.id), ..person })?)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn face_is_gone(&mut self, line: AssetFaceDelete) -> Result<Outcome, LibraryError> {
        if let Some(id) = self.local(ExternalKind::Face, line.asset_face_id.0)? {
            self.remove_face(FaceId(id))?;
            self.forget(ExternalKind::Face, line.asset_face_id.0)?;
        }
        Ok(Outcome::Applied)
    }

    pub(super) fn remove_face(&mut self, id: FaceId) -> Result<(), LibraryError> {
        match self.tx.face(id)? {
            Some(face) => Ok(self.tx.delete_face(&face)?),
            None => Ok(()),
        }
    }
}

/// A face as a line draws it.
fn drawn(line: &AssetFaceV1, asset: &Asset, id: FaceId, person_id: Option<PersonId>) -> Face {
    Face {
        id,
        asset_id: asset.id,
        owner_id: asset.owner_id,
        person_id,
        area: FaceBox {
            image_width: line.image_width,
            image_height: line.image_height,
            x1: line.x1,
            y1: line.y1,
            x2: line.x2,
            y2: line.y2,
        },
        source: line.source_type,
        is_visible: line.is_visible.unwrap_or(true),
        deleted_at: line.deleted_at.flatten(),
    }
}

/// Whether nothing differs but the times of the row.
fn is_same(here: &Person, there: &Person) -> bool {
    let times = |person: &Person| Person { created_at: here.created_at, updated_at: here.updated_at, ..person.clone() };
    times(here) == times(there)
}
