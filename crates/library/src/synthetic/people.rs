//! Made-up people and their faces.

use tintype_protocol::id::{AssetId, FaceId, PersonId, UserId};
use tintype_protocol::model::FaceSource;

use super::{Amounts, BATCH, Dice};
use crate::clock::SeededEntropy;
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Face, FaceBox, Person};
use crate::store::{Durability, Write};

/// One person in this many has no name yet.
const UNNAMED_EVERY: u64 = 2;
/// One person in this many is hidden.
const HIDDEN_EVERY: u64 = 50;
/// Size of the images that boxes refer to.
const IMAGE: (i32, i32) = (1_440, 1_080);

pub(super) fn fill(
    library: &Library,
    owner: UserId,
    amounts: Amounts,
    assets: &[AssetId],
    seed: u64,
) -> Result<(), LibraryError> {
    let mut dice = Dice(SeededEntropy::new(seed ^ 0x7065_6f70_6c65));
    let people: Vec<PersonId> = (0..amounts.people).map(|_| PersonId(dice.id())).collect();
    for (batch, ids) in people.chunks(BATCH as usize).enumerate() {
        let (ids, first) = (ids.to_vec(), batch as u64 * BATCH);
        library.write(Durability::Relaxed, move |tx| {
            (first..).zip(ids).try_for_each(|(index, id)| add_person(tx, owner, id, index))
        })?;
    }
    if assets.is_empty() || people.is_empty() {
        return Ok(());
    }
    let mut left = amounts.faces;
    while left > 0 {
        let count = left.min(BATCH);
        left -= count;
        let faces: Vec<Face> = (0..count).map(|_| face(&dice, owner, assets, &people)).collect();
        library.write(Durability::Relaxed, move |tx| {
            faces.iter().try_for_each(|face| tx.insert_face(face)).map_err(LibraryError::from)
        })?;
        dice = Dice(SeededEntropy::new(dice.number()));
    }
    Ok(())
}

fn add_person(tx: &mut dyn Write, owner: UserId, id: PersonId, index: u64) -> Result<(), LibraryError> {
    let is_named = !index.is_multiple_of(UNNAMED_EVERY);
    let name = if is_named { format!("Person {index}") } else { String::new() };
    let is_hidden = index % HIDDEN_EVERY == HIDDEN_EVERY - 1;
    Ok(tx.insert_person(&Person { is_hidden, ..Person::new(id, owner, name, tx.now()) })?)
}

fn face(dice: &Dice, owner: UserId, assets: &[AssetId], people: &[PersonId]) -> Face {
    let below = |limit: i32| dice.below(limit.unsigned_abs().into()) as i32;
    let (x1, y1, side) = (below(IMAGE.0 - 300), below(IMAGE.1 - 300), 40 + below(260));
    Face {
        id: FaceId(dice.id()),
        asset_id: assets[dice.below(assets.len() as u64) as usize],
        owner_id: owner,
        person_id: Some(people[dice.below(people.len() as u64) as usize]),
        area: FaceBox { image_width: IMAGE.0, image_height: IMAGE.1, x1, y1, x2: x1 + side, y2: y1 + side },
        source: FaceSource::Manual,
        is_visible: true,
        deleted_at: None,
    }
}
