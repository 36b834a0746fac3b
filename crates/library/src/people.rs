//! People: named, hidden, merged, and what stands for them in lists.

use tintype_protocol::id::{AssetId, PersonId};
use tintype_protocol::model::BulkError;
use tintype_protocol::permission::Permission;
use tintype_protocol::time::Timestamp;

use crate::error::LibraryError;
use crate::fields;
use crate::library::Library;
use crate::model::{PeopleCounts, PeopleFilter, Person};
use crate::recorder::Change;
use crate::sessions::Caller;
use crate::store::{Read, Write};

/// Most people found by name.
const MAX_FOUND: u32 = 1_000;

/// Changes of a person; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct PersonChange {
    pub name: Option<String>,
    /// A calendar day, as its midnight in UTC.
    pub birth_date: Option<Option<Timestamp>>,
    pub is_hidden: Option<bool>,
    pub is_favorite: Option<bool>,
    pub color: Option<Option<String>>,
    /// An asset on which the person is: their face there stands for them.
    pub feature_asset: Option<AssetId>,
}

/// A page of people.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct PeoplePage {
    pub people: Vec<Person>,
    pub counts: PeopleCounts,
    pub has_more: bool,
}

/// The outcome for one person of a bulk request.
pub type PersonOutcome = (PersonId, Result<(), BulkError>);

impl Library {
    /// A page of the caller's people.
    pub fn people(
        &self,
        caller: &Caller,
        filter: PeopleFilter,
        limit: u32,
        offset: u64,
    ) -> Result<PeoplePage, LibraryError> {
        self.read(|tx| {
            // One more than asked for tells whether there is a next page.
            let mut people = tx.people(caller.user.id, filter, limit.saturating_add(1), offset)?;
            let has_more = people.len() > limit as usize;
            people.truncate(limit as usize);
            Ok(PeoplePage { people, counts: tx.people_counts(caller.user.id)?, has_more })
        })
    }

    /// One person.
    pub fn person(&self, caller: &Caller, id: PersonId) -> Result<Person, LibraryError> {
        self.read(|tx| own_person(tx, caller, id, Permission::PersonRead))
    }

    /// The caller's people with such a name.
    pub fn people_called(&self, caller: &Caller, name: &str, with_hidden: bool) -> Result<Vec<Person>, LibraryError> {
        self.read(|tx| Ok(tx.people_called(caller.user.id, name, with_hidden, MAX_FOUND)?))
    }

    /// On how many assets of the timeline somebody is.
    pub fn person_asset_count(&self, caller: &Caller, id: PersonId) -> Result<u64, LibraryError> {
        self.read(|tx| {
            own_person(tx, caller, id, Permission::PersonStatistics)?;
            Ok(tx.person_asset_count(id)?)
        })
    }

    /// Makes a person without a face.
    pub fn create_person(&self, caller: &Caller, change: PersonChange) -> Result<Person, LibraryError> {
        let (caller, id) = (caller.clone(), self.new_id().into());
        self.change(move |tx| {
            let mut person = Person::new(id, caller.user.id, String::new(), tx.now());
            apply(tx.as_read(), &mut person, change)?;
            tx.insert_person(&person)?;
            Ok((person, vec![Change::PersonChanged(id, Vec::new())]))
        })
    }

    /// Changes a person.
    pub fn update_person(&self, caller: &Caller, id: PersonId, change: PersonChange) -> Result<Person, LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            let mut person = own_person(tx.as_read(), &caller, id, Permission::PersonUpdate)?;
            let before = fields::of_person(&person);
            apply(tx.as_read(), &mut person, change)?;
            person.updated_at = tx.now();
            tx.update_person(&person)?;
            let was = fields::changed(before, &fields::of_person(&person));
            Ok((person, vec![Change::PersonChanged(id, was)]))
        })
    }

    /// Changes several people, each by itself. The outcomes come in the order of the request.
    pub fn update_people(
        &self,
        caller: &Caller,
        items: Vec<(PersonId, PersonChange)>,
    ) -> Result<Vec<PersonOutcome>, LibraryError> {
        items
            .into_iter()
            .map(|(id, change)| match self.update_person(caller, id, change) {
                Ok(_) => Ok((id, Ok(()))),
                Err(LibraryError::NoAccess(_) | LibraryError::Invalid(_)) => Ok((id, Err(BulkError::Unknown))),
                Err(error) => Err(error),
            })
            .collect()
    }

    /// Deletes people: all of them or none. Their faces stay, without a name.
    pub fn delete_people(&self, caller: &Caller, ids: &[PersonId]) -> Result<(), LibraryError> {
        let (caller, ids) = (caller.clone(), ids.to_vec());
        self.change(move |tx| {
            let mut people = Vec::with_capacity(ids.len());
            for id in &ids {
                people.push(own_person(tx.as_read(), &caller, *id, Permission::PersonDelete)?);
            }
            for person in people {
                tx.delete_person(&person)?;
            }
            let owner = caller.user.id;
            Ok(((), ids.into_iter().map(|id| Change::PersonDeleted(id, owner)).collect()))
        })
    }

    /// Makes several people one: faces of the others become faces of the first, which also takes over a name, a birthday
    /// and a picture where it has none. The outcomes come in the order of the request.
    pub fn merge_people(
        &self,
        caller: &Caller,
        into: PersonId,
        others: Vec<PersonId>,
    ) -> Result<Vec<PersonOutcome>, LibraryError> {
        if others.contains(&into) {
            return Err(LibraryError::invalid("Cannot merge a person into themselves"));
        }
        let caller = caller.clone();
        self.change(move |tx| {
            let mut person = own_person(tx.as_read(), &caller, into, Permission::PersonUpdate)?;
            let before = person.clone();
            let (mut outcomes, mut changes) = (Vec::with_capacity(others.len()), Vec::new());
            for id in others {
                let Ok(other) = own_person(tx.as_read(), &caller, id, Permission::PersonMerge) else {
                    outcomes.push((id, Err(BulkError::NoPermission)));
                    continue;
                };
                for mut face in tx.faces_of(id)? {
                    face.person_id = Some(into);
                    tx.update_face(&face)?;
                }
                tx.delete_person(&other)?;
                if person.name.is_empty() {
                    person.name = other.name;
                }
                person.birth_date = person.birth_date.or(other.birth_date);
                person.feature_face = person.feature_face.or(other.feature_face);
                changes.push(Change::PersonMerged(id, caller.user.id, into));
                outcomes.push((id, Ok(())));
            }
            if person != before {
                tx.update_person(&person)?;
            }
            // What the merged person took over, the other side of a merge takes over by itself.
            changes.push(Change::PersonChanged(into, Vec::new()));
            Ok((outcomes, changes))
        })
    }
}

/// The person, if they are the caller's.
pub(crate) fn own_person(
    tx: &dyn Read,
    caller: &Caller,
    id: PersonId,
    need: Permission,
) -> Result<Person, LibraryError> {
    tx.person(id)?.filter(|person| person.owner_id == caller.user.id).ok_or(LibraryError::NoAccess(need))
}

fn apply(tx: &dyn Read, person: &mut Person, change: PersonChange) -> Result<(), LibraryError> {
    if let Some(asset) = change.feature_asset {
        let faces = tx.faces_on(asset)?;
        let face = faces.into_iter().find(|face| face.person_id == Some(person.id) && face.deleted_at.is_none());
        let face = face.ok_or_else(|| LibraryError::invalid("The person has no face on that asset"))?;
        person.feature_face = Some(face.id);
    }
    if let Some(name) = change.name {
        person.name = name.trim().to_owned();
    }
    person.birth_date = change.birth_date.unwrap_or(person.birth_date);
    person.is_hidden = change.is_hidden.unwrap_or(person.is_hidden);
    person.is_favorite = change.is_favorite.unwrap_or(person.is_favorite);
    if let Some(color) = change.color {
        person.color = color;
    }
    Ok(())
}

/// A person whose picture shows a face that is not theirs any more gets another one. Without another face the picture
/// stays: it still shows what was meant.
pub(crate) fn refresh_feature(tx: &mut dyn Write, id: PersonId) -> Result<(), LibraryError> {
    let Some(mut person) = tx.person(id)? else { return Ok(()) };
    let shown = person.feature_face.map(|face| tx.face(face)).transpose()?.flatten();
    if shown.is_some_and(|face| face.person_id == Some(id) && face.is_shown()) {
        return Ok(());
    }
    if let Some(best) = tx.best_face(id)?.filter(|best| person.feature_face != Some(*best)) {
        person.feature_face = Some(best);
        tx.update_person(&person)?;
    }
    Ok(())
}
