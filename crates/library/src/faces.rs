//! Faces on assets: drawn by hand, taken from files, given to people.

use tintype_media::metadata::FaceRegion;
use tintype_protocol::id::{AssetId, FaceId, PersonId};
use tintype_protocol::model::FaceSource;
use tintype_protocol::permission::Permission;

use crate::assets::{may_use, usable};
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Asset, Face, FaceBox, Person, place_in_edited, place_in_plain};
use crate::people::{own_person, refresh_feature};
use crate::recorder::Change;
use crate::sessions::Caller;
use crate::store::{Read, Write};

impl Library {
    /// Faces that are shown on an asset, each with its person, in the edited picture; only its owner sees any.
    pub fn faces(&self, caller: &Caller, asset: AssetId) -> Result<Vec<(Face, Option<Person>)>, LibraryError> {
        self.read(|tx| {
            let asset = usable(tx, caller, asset, Permission::AssetRead)?;
            if !may_use(caller, &asset) {
                return Ok(Vec::new());
            }
            shown_on(tx, asset.id)
        })
    }

    /// Faces that are shown on an asset whose row the caller has already.
    pub fn faces_on(&self, asset: AssetId) -> Result<Vec<(Face, Option<Person>)>, LibraryError> {
        self.read(|tx| shown_on(tx, asset))
    }

    /// Draws a face in the picture as it is shown, with its edits. The first one of a person becomes their picture.
    pub fn create_face(
        &self,
        caller: &Caller,
        asset: AssetId,
        person: PersonId,
        area: FaceBox,
    ) -> Result<Face, LibraryError> {
        let (caller, id) = (caller.clone(), self.new_id().into());
        self.change(move |tx| {
            let mut person = own_person(tx.as_read(), &caller, person, Permission::PersonRead)?;
            let asset = usable(tx.as_read(), &caller, asset, Permission::AssetUpdate)?;
            let edits = tx.edits(asset.id)?;
            let changes: Vec<_> = edits.iter().map(|edit| edit.edit).collect();
            // It was drawn in the edited picture, and is kept as in the original.
            let area = edits.first().map_or(area, |edit| place_in_plain(area, edit.plain_size, &changes));
            let face = Face {
                id,
                asset_id: asset.id,
                owner_id: asset.owner_id,
                person_id: Some(person.id),
                area,
                source: FaceSource::Manual,
                is_visible: true,
                deleted_at: None,
            };
            tx.insert_face(&face)?;
            let mut changes = vec![Change::FacesChanged(asset.id)];
            if person.feature_face.is_none() {
                person.feature_face = Some(id);
                tx.update_person(&person)?;
                changes.push(Change::PersonChanged(person.id, Vec::new()));
            }
            Ok((face, changes))
        })
    }

    /// Gives a face to another person.
    pub fn reassign_face(&self, caller: &Caller, id: FaceId, to: PersonId) -> Result<Person, LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            own_person(tx.as_read(), &caller, to, Permission::PersonRead)?;
            let face = own_face(tx.as_read(), &caller, id, Permission::FaceUpdate)?;
            let asset = face.asset_id;
            assign(tx, face, to)?;
            let person = own_person(tx.as_read(), &caller, to, Permission::PersonRead)?;
            Ok((person, vec![Change::FacesChanged(asset)]))
        })
    }

    /// Gives faces that people have on assets to another person: all of them or none. Answers that person.
    pub fn reassign_faces(
        &self,
        caller: &Caller,
        to: PersonId,
        items: Vec<(AssetId, PersonId)>,
    ) -> Result<Person, LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            own_person(tx.as_read(), &caller, to, Permission::PersonUpdate)?;
            let mut changes = Vec::new();
            for (asset, from) in items {
                own_person(tx.as_read(), &caller, from, Permission::PersonRead)?;
                let faces = tx.faces_on(asset)?;
                for face in faces.into_iter().filter(|face| face.person_id == Some(from)) {
                    assign(tx, face, to)?;
                }
                changes.push(Change::FacesChanged(asset));
            }
            Ok((own_person(tx.as_read(), &caller, to, Permission::PersonUpdate)?, changes))
        })
    }

    /// Takes a face away: for good, or so that it is not shown.
    pub fn delete_face(&self, caller: &Caller, id: FaceId, for_good: bool) -> Result<(), LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            let mut face = own_face(tx.as_read(), &caller, id, Permission::FaceDelete)?;
            let asset = face.asset_id;
            if for_good {
                tx.delete_face(&face)?;
            } else {
                face.deleted_at = Some(tx.now());
                let person = face.person_id;
                tx.update_face(&face)?;
                if let Some(person) = person {
                    refresh_feature(tx, person)?;
                }
            }
            Ok(((), vec![Change::FacesChanged(asset)]))
        })
    }
}

fn shown_on(tx: &dyn Read, asset: AssetId) -> Result<Vec<(Face, Option<Person>)>, LibraryError> {
    let edits = tx.edits(asset)?;
    let changes: Vec<_> = edits.iter().map(|edit| edit.edit).collect();
    let mut shown = Vec::new();
    for mut face in tx.faces_on(asset)?.into_iter().filter(Face::is_shown) {
        // People see the edited picture.
        if let Some(edit) = edits.first() {
            face.area = place_in_edited(face.area, edit.plain_size, &changes);
        }
        let person = face.person_id.map(|id| tx.person(id)).transpose()?.flatten();
        shown.push((face, person));
    }
    Ok(shown)
}

/// The face, if it is on an asset that the caller may use.
fn own_face(tx: &dyn Read, caller: &Caller, id: FaceId, need: Permission) -> Result<Face, LibraryError> {
    let face = tx.face(id)?.ok_or(LibraryError::NoAccess(need))?;
    let asset = tx.asset(face.asset_id)?.filter(|asset| may_use(caller, asset));
    asset.map(|_| face).ok_or(LibraryError::NoAccess(need))
}

fn assign(tx: &mut dyn Write, mut face: Face, to: PersonId) -> Result<(), LibraryError> {
    let from = face.person_id.replace(to);
    if from == Some(to) {
        return Ok(());
    }
    tx.update_face(&face)?;
    for person in from.into_iter().chain([to]) {
        refresh_feature(tx, person)?;
    }
    Ok(())
}

/// Makes the faces that a file names those of its asset: what it named before and no longer does goes, what is the same
/// stays as it is. Faces from elsewhere are left alone, and so are those that a person has taken away.
pub(crate) fn take_from_file(
    tx: &mut dyn Write,
    asset: &Asset,
    regions: &[FaceRegion],
    new_id: &mut dyn FnMut() -> uuid::Uuid,
) -> Result<(), LibraryError> {
    let mut known: Vec<Face> = tx.faces_on(asset.id)?;
    known.retain(|face| face.source == FaceSource::Exif);
    for region in regions {
        let area = area_of(region);
        if let Some(same) = known.iter().position(|face| face.area == area) {
            known.swap_remove(same);
            continue;
        }
        let person = person_called(tx, asset, &region.name, new_id)?;
        let face = Face {
            id: new_id().into(),
            asset_id: asset.id,
            owner_id: asset.owner_id,
            person_id: Some(person),
            area,
            source: FaceSource::Exif,
            is_visible: true,
            deleted_at: None,
        };
        tx.insert_face(&face)?;
        refresh_feature(tx, person)?;
    }
    for gone in known {
        tx.delete_face(&gone)?;
    }
    Ok(())
}

fn area_of(region: &FaceRegion) -> FaceBox {
    FaceBox {
        image_width: region.image_width,
        image_height: region.image_height,
        x1: region.x1,
        y1: region.y1,
        x2: region.x2,
        y2: region.y2,
    }
}

fn person_called(
    tx: &mut dyn Write,
    asset: &Asset,
    name: &str,
    new_id: &mut dyn FnMut() -> uuid::Uuid,
) -> Result<PersonId, LibraryError> {
    if let Some(known) = tx.person_by_name(asset.owner_id, name)? {
        return Ok(known.id);
    }
    let person = Person::new(new_id().into(), asset.owner_id, name.to_owned(), tx.now());
    tx.insert_person(&person)?;
    Ok(person.id)
}
