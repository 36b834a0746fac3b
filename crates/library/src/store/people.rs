//! People and faces in a store.

use tintype_protocol::id::{AssetId, FaceId, PersonId, UserId};

use super::StoreError;
use crate::model::{Face, PeopleCounts, PeopleFilter, Person};

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about people and faces.
pub trait ReadPeople {
    /// One person.
    fn person(&self, id: PersonId) -> Result<Option<Person>>;
    /// People with a face in the owner's timeline: hidden ones last, favourites first, named ones first, those on many
    /// assets first.
    fn people(&self, owner: UserId, filter: PeopleFilter, limit: u32, offset: u64) -> Result<Vec<Person>>;
    /// How many there are, with a name or without.
    fn people_counts(&self, owner: UserId) -> Result<PeopleCounts>;
    /// People whose name, or a later word of it, begins with `text`; case and accents do not matter.
    fn people_called(&self, owner: UserId, text: &str, with_hidden: bool, limit: u32) -> Result<Vec<Person>>;
    /// The person of exactly this name, the oldest if there are several.
    fn person_by_name(&self, owner: UserId, name: &str) -> Result<Option<Person>>;
    /// On how many assets of the timeline a person is shown.
    fn person_asset_count(&self, id: PersonId) -> Result<u64>;
    /// One face.
    fn face(&self, id: FaceId) -> Result<Option<Face>>;
    /// All faces on an asset, shown or not, from left to right.
    fn faces_on(&self, asset: AssetId) -> Result<Vec<Face>>;
    /// All faces of a person, shown or not.
    fn faces_of(&self, person: PersonId) -> Result<Vec<Face>>;
    /// The largest shown face of a person: what a list may show of them.
    fn best_face(&self, person: PersonId) -> Result<Option<FaceId>>;
}

/// Changes of people and faces.
pub trait WritePeople {
    /// A new person.
    fn insert_person(&mut self, person: &Person) -> Result<()>;
    /// Everything but the owner.
    fn update_person(&mut self, person: &Person) -> Result<()>;
    /// The person goes; their faces stay, without a name.
    fn delete_person(&mut self, person: &Person) -> Result<()>;
    /// A new face.
    fn insert_face(&mut self, face: &Face) -> Result<()>;
    /// Everything but the asset.
    fn update_face(&mut self, face: &Face) -> Result<()>;
    /// The face goes. People it stood for get another one, if they have any.
    fn delete_face(&mut self, face: &Face) -> Result<()>;
}
