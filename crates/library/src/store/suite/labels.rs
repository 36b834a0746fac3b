//! Tags, people and faces.

use tintype_protocol::id::{AssetId, FaceId, PersonId, TagId, UserId};
use tintype_protocol::model::FaceSource;

use super::Subject;
use super::scene::{NOW, Scene, uuid};
use crate::model::{AssetFilter, Face, FaceBox, Match, PeopleFilter, Person, Tag};
use crate::store::StoreError;

fn tag(owner: UserId, number: u8, value: &str, parent: Option<u8>) -> Tag {
    let id = |number| TagId(uuid(20, number));
    Tag::new(id(number), owner, value.to_owned(), parent.map(id), NOW)
}

pub(super) fn tags_form_a_tree(subject: &Subject) {
    let scene = Scene::of(subject);
    let owner = scene.user(1);
    let (first, second, third) = (scene.asset(owner, 1), scene.asset(owner, 2), scene.asset(owner, 3));
    let (trips, fiji, other) =
        (tag(owner, 1, "Trips", None), tag(owner, 2, "Trips/Fiji", Some(1)), tag(owner, 3, "Other", None));
    let all = [trips.clone(), fiji.clone(), other.clone()];
    scene.write(move |tx| all.iter().try_for_each(|tag| tx.insert_tag(tag)));
    let again = tag(owner, 4, "Trips", None);
    let refused = scene.try_write(move |tx| tx.insert_tag(&again));
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    let add = |asset, tag| scene.write(move |tx| tx.add_asset_tag(asset, tag));
    assert!(add(first, fiji.id) && add(second, trips.id) && add(third, other.id) && !add(first, fiji.id));
    let found = |tags: Match<Vec<TagId>>| {
        let filter = AssetFilter { owners: vec![owner], tags: Some(tags), ..AssetFilter::default() };
        let mut ids: Vec<AssetId> =
            scene.read(|tx| tx.search_by_id(&filter, 10)).into_iter().map(|asset| asset.id).collect();
        ids.sort();
        ids
    };
    assert_eq!(found(Match::Is(vec![trips.id])), [first, second], "what is below a tag has it, too");
    assert_eq!(found(Match::Is(vec![fiji.id])), [first]);
    assert_eq!(found(Match::Is(vec![trips.id, other.id])), [], "all of them");
    assert_eq!(found(Match::Null), []);
    let remove = |asset, tag| scene.write(move |tx| tx.remove_asset_tag(asset, tag));
    assert!(remove(third, other.id) && !remove(third, other.id));
    assert_eq!(found(Match::Null), [third]);
    scene.write(move |tx| tx.delete_tag(trips.id));
    scene.read(|tx| {
        assert_eq!(tx.tags(owner)?, std::slice::from_ref(&other), "what is below a tag goes with it");
        assert!(tx.tags_of(first)?.is_empty() && tx.asset(first)?.is_some());
        assert_eq!(tx.tag_by_value(owner, "Other")?.map(|tag| tag.id), Some(other.id));
        Ok(())
    });
}

pub(super) fn person(owner: UserId, number: u8, name: &str) -> Person {
    Person::new(PersonId(uuid(30, number)), owner, name.to_owned(), NOW)
}

/// A square of `side` pixels.
pub(super) fn face(owner: UserId, number: u8, asset: AssetId, person: &Person, side: i32) -> Face {
    Face {
        id: FaceId(uuid(31, number)),
        asset_id: asset,
        owner_id: owner,
        person_id: Some(person.id),
        area: FaceBox { image_width: 100, image_height: 80, x1: 0, y1: 0, x2: side, y2: side },
        source: FaceSource::Manual,
        is_visible: true,
        deleted_at: None,
    }
}

pub(super) fn people_are_listed_by_what_they_are_on(subject: &Subject) {
    let scene = Scene::of(subject);
    let owner = scene.user(1);
    let assets: Vec<AssetId> = (1..=3).map(|number| scene.asset(owner, number)).collect();
    let (ada, ben, nobody, far) =
        (person(owner, 1, "Ada Löwe"), person(owner, 2, ""), person(owner, 3, ""), person(owner, 4, "Nowhere"));
    let mut faces = vec![face(owner, 1, assets[0], &ada, 10), face(owner, 2, assets[0], &nobody, 10)];
    faces.extend((0..3).map(|n| face(owner, 10 + n, assets[usize::from(n)], &ben, 10)));
    let (people, rows) = (vec![ada.clone(), ben.clone(), nobody, far], faces.clone());
    scene.write(move |tx| {
        people.iter().try_for_each(|person| tx.insert_person(person))?;
        rows.iter().try_for_each(|face| tx.insert_face(face))
    });
    let listed = |with_hidden| {
        let filter = PeopleFilter { with_hidden, min_faces: 3 };
        scene.read(|tx| tx.people(owner, filter, 10, 0)).into_iter().map(|person| person.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(false), [ada.id, ben.id], "a name, or three photos");
    scene.read(|tx| {
        assert_eq!(tx.people_counts(owner)?.total, 3);
        assert_eq!(tx.people_called(owner, "LOW", true, 10)?.len(), 1, "a later word, without accents");
        assert!(tx.people_called(owner, "owe", true, 10)?.is_empty(), "not from within a word");
        assert_eq!(tx.person_by_name(owner, "Ada Löwe")?.map(|person| person.id), Some(ada.id));
        assert_eq!(tx.person_asset_count(ben.id)?, 3);
        let filter = AssetFilter { people: vec![ada.id, ben.id], ..AssetFilter::default() };
        assert_eq!(tx.search_by_id(&filter, 10)?.len(), 1, "all of them");
        Ok(())
    });
    let hidden = Person { is_hidden: true, ..ada.clone() };
    scene.write(move |tx| tx.update_person(&hidden));
    assert_eq!((listed(false), listed(true)), (vec![ben.id], vec![ben.id, ada.id]), "hidden ones come last");
    let gone = Face { deleted_at: Some(NOW), ..faces[2].clone() };
    scene.write(move |tx| tx.update_face(&gone));
    assert_eq!(listed(false), [], "two photos are left");
}

pub(super) fn pictures_of_people_outlive_their_faces(subject: &Subject) {
    let scene = Scene::of(subject);
    let owner = scene.user(1);
    let (first, second) = (scene.asset(owner, 1), scene.asset(owner, 2));
    let ada = person(owner, 1, "Ada");
    let faces = [face(owner, 1, first, &ada, 40), face(owner, 2, second, &ada, 20), face(owner, 3, second, &ada, 30)];
    let featured = Person { feature_face: Some(faces[0].id), ..ada.clone() };
    let rows = faces.clone();
    scene.write(move |tx| {
        tx.insert_person(&featured)?;
        rows.iter().try_for_each(|face| tx.insert_face(face))
    });
    let shown = || scene.read(|tx| tx.person(ada.id)).expect("the person").feature_face;
    let asset = scene.read(|tx| tx.asset(first)).expect("the asset");
    scene.write(move |tx| tx.delete_asset(&asset));
    assert_eq!(shown(), Some(faces[2].id), "the largest that is left");
    let gone = faces[2].clone();
    scene.write(move |tx| tx.delete_face(&gone));
    assert_eq!(shown(), Some(faces[1].id));
    let left = faces[1].id;
    let row = scene.read(|tx| tx.person(ada.id)).expect("the person");
    scene.write(move |tx| tx.delete_person(&row));
    scene.read(|tx| {
        assert!(tx.person(ada.id)?.is_none());
        assert_eq!(tx.face(left)?.expect("the face stays").person_id, None);
        assert_eq!(tx.orphaned_keys(10)?.len(), 3, "each picture that was shown is given away");
        Ok(())
    });
}
