//! Merging, undoing, and what must hold of both whatever is known and whatever is there.

use proptest::prelude::*;
use tintype_media::metadata::Area;

use super::*;
use crate::container::Container;
use crate::known::{Known, Person, Position, Taken};
use crate::wish::wishes;

fn list(entries: &[&str]) -> Value {
    Value::List(entries.iter().map(|entry| (*entry).to_owned()).collect())
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn state<const N: usize>(values: [(Tag, Value); N]) -> State {
    State { values: values.into_iter().collect(), ..State::default() }
}

fn person(name: &str) -> Person {
    Person { name: name.to_owned(), faces: vec![Area { x: 0.3, y: 0.4, width: 0.1, height: 0.2 }] }
}

fn with_people(names: &[&str]) -> Known {
    Known { people: names.iter().map(|name| person(name)).collect(), stored_size: Some((400, 300)), ..Known::default() }
}

/// Plans, and what the file says and what is remembered afterwards.
fn run(known: &Known, choice: &Choice, state: &State, written: &Written) -> (Plan, State, Written) {
    let plan = plan(&wishes(known, choice, Container::Classic), choice, state, written);
    let after = state.after(&plan.changes);
    let written = plan.written.clone();
    (plan, after, written)
}

#[test]
fn a_person_who_is_renamed_changes_only_the_own_entry() {
    let before = state([(Tag::XmpSubject, list(&["holiday", "Eve"])), (Tag::XmpLabel, text("Red"))]);
    let everything = Choice::everything();
    let (_, after, written) = run(&with_people(&["Ada", "Eve"]), &everything, &before, &Written::default());
    assert_eq!(after.values[&Tag::XmpSubject], list(&["holiday", "Eve", "Ada"]));
    let (_, after, written) = run(&with_people(&["Ada L.", "Eve"]), &everything, &after, &written);
    assert_eq!(after.values[&Tag::XmpSubject], list(&["holiday", "Eve", "Ada L."]));
    assert_eq!(after.values[&Tag::XmpPersonInImage], list(&["Eve", "Ada L."]));
    let (_, after, _) = run(&with_people(&[]), &everything, &after, &written);
    assert_eq!(after.values[&Tag::XmpSubject], list(&["holiday", "Eve"]), "Eve stood there before");
    assert_eq!(after.values.get(&Tag::XmpPersonInImage), None);
    assert_eq!(after.values[&Tag::XmpLabel], text("Red"));
    assert_eq!(after.values.get(&Tag::XmpRegions), None);
}

#[test]
fn what_other_modules_wrote_stays() {
    let known = Known { albums: vec!["Wales".to_owned()], ..with_people(&["Ada"]) };
    let (_, after, written) = run(&known, &Choice::everything(), &State::default(), &Written::default());
    assert_eq!(after.values[&Tag::XmpTagsList], list(&["People/Ada", "Albums/Wales"]));
    let (plan, after, _) = run(&Known::default(), &Choice::of([Module::People]), &after, &written);
    assert_eq!(after.values[&Tag::XmpTagsList], list(&["Albums/Wales"]));
    assert!(plan.written.of(Module::Albums, Tag::XmpTagsList).is_some());
}

#[test]
fn labels_of_others_are_seen_beside_a_list_that_begins() {
    let people = Choice::of([Module::People]);
    let begun = |before: &State| {
        let (_, after, written) = run(&with_people(&["Ada"]), &people, before, &Written::default());
        let (plan, ..) = run(&with_people(&["Ada"]), &people, &after, &written);
        assert_eq!(plan.changes, [], "a second run finds nothing to do");
        (after.values[&Tag::XmpTagsList].clone(), after, written)
    };
    let lightroom = state([
        (Tag::XmpHierarchicalSubject, list(&["Places|Paris", "Rock/Pop"])),
        (Tag::XmpSubject, list(&["Paris"])),
    ]);
    let (labels, after, written) = begun(&lightroom);
    assert_eq!(labels, list(&["Places/Paris", "Rock|Pop", "People/Ada"]));
    let (_, without, _) = run(&with_people(&[]), &people, &after, &written);
    assert_eq!(without.values[&Tag::XmpTagsList], list(&["Places/Paris", "Rock|Pop"]), "only Ada was ours");
    assert_eq!(
        undo(&run(&with_people(&["Ada"]), &people, &lightroom, &Written::default()).0.changes, &after).0.len(),
        4
    );
    let (labels, ..) = begun(&state([(Tag::IptcKeywords, list(&["holiday"]))]));
    assert_eq!(labels, list(&["holiday", "People/Ada"]));
    let mut beside = State::default();
    beside.beside.insert(Tag::XmpSubject, list(&["holiday"]));
    assert_eq!(begun(&beside).0, list(&["holiday", "People/Ada"]), "what the original of a sidecar says");

    // What was written here is no label of others, and what the library has as well belongs to the library.
    let known =
        Known { albums: vec!["Wales".to_owned()], tags: vec!["Places/Paris".to_owned()], ..with_people(&["Ada"]) };
    let (_, after, written) = run(&known, &people, &lightroom, &Written::default());
    let (_, after, written) = run(&known, &Choice::everything(), &after, &written);
    assert_eq!(
        after.values[&Tag::XmpHierarchicalSubject],
        list(&["Places|Paris", "Rock/Pop", "Albums|Wales"]),
        "it was there"
    );
    assert_eq!(written.of(Module::Tags, Tag::XmpTagsList), None, "it stood there before");
    let (_, all, written) =
        run(&known, &Choice::everything(), &state([(Tag::XmpSubject, list(&["Ada", "x"]))]), &Written::default());
    assert_eq!(all.values[&Tag::XmpHierarchicalSubject], list(&["Ada", "x", "Albums|Wales", "Places|Paris"]));
    assert_eq!(written.of(Module::Tags, Tag::XmpTagsList), Some(&list(&["Places/Paris"])));
}

#[test]
fn stars_of_others_are_not_overruled_by_a_heart() {
    let favorite = Known { is_favorite: true, ..Known::default() };
    let choice = Choice::of([Module::Rating]);
    let (plan, ..) = run(&favorite, &choice, &state([(Tag::XmpRating, text("3"))]), &Written::default());
    assert_eq!(plan.changes, []);
    let (_, after, written) = run(&favorite, &choice, &State::default(), &Written::default());
    assert_eq!(after.values[&Tag::XmpRating], text("5"));
    let (_, without, _) = run(&Known::default(), &choice, &after, &written);
    assert_eq!(without.values.get(&Tag::XmpRating), None, "it was written here");
    let changed = state([(Tag::XmpRating, text("2"))]);
    let (plan, ..) = run(&Known::default(), &choice, &changed, &written);
    assert_eq!(plan.changes, [], "somebody else has given two stars since");
    let label = Choice { favorite_as: crate::modules::FavoriteAs::Label, ..choice };
    let (plan, ..) = run(&favorite, &label, &state([(Tag::XmpLabel, text("Red"))]), &Written::default());
    assert_eq!(plan.changes, []);
}

#[test]
fn regions_of_others_stay_with_all_that_they_say() {
    let theirs = regions::value(
        regions::size((400, 300)),
        vec![Node::Fields(vec![
            ("Area".to_owned(), Node::Fields(vec![("X".to_owned(), Node::Text("0.9".to_owned()))])),
            ("Name".to_owned(), Node::Text("Rex".to_owned())),
            ("Type".to_owned(), Node::Text("Pet".to_owned())),
            ("Extensions".to_owned(), Node::Fields(vec![("a".to_owned(), Node::Text("b".to_owned()))])),
        ])],
    );
    let before = state([(Tag::XmpRegions, theirs.clone())]);
    let faces = Choice::of([Module::Faces]);
    let (_, after, written) = run(&with_people(&["Ada"]), &faces, &before, &Written::default());
    let found = regions::list(&after.values[&Tag::XmpRegions]);
    assert_eq!((found.len(), &found[0]), (2, &regions::list(&theirs)[0]));
    let (_, after, _) = run(&Known::default(), &faces, &after, &written);
    assert_eq!(after.values[&Tag::XmpRegions], theirs);
    let cropped = regions::value(regions::size((100, 300)), regions::list(&theirs).to_vec());
    let (plan, ..) = run(&with_people(&["Ada"]), &faces, &state([(Tag::XmpRegions, cropped)]), &Written::default());
    assert_eq!((plan.changes.len(), plan.notes.len()), (0, 1));
}

#[test]
fn a_list_that_begins_in_a_sidecar_begins_with_the_originals() {
    let beside = State { beside: [(Tag::XmpSubject, list(&["holiday"]))].into(), ..State::default() };
    let people = Choice::of([Module::People]);
    let (plan, after, _) = run(&with_people(&["Ada"]), &people, &beside, &Written::default());
    assert_eq!(after.values[&Tag::XmpSubject], list(&["holiday", "Ada"]));
    let change = plan.changes.iter().find(|change| change.tag == Tag::XmpSubject).unwrap();
    assert_eq!(change.before, None);
}

#[test]
fn an_iptc_block_in_other_characters_is_left_alone() {
    let latin = State { has_other_iptc: true, ..state([(Tag::IptcKeywords, list(&["Zürich"]))]) };
    let people = Choice::of([Module::People]);
    let (plan, after, _) = run(&with_people(&["Żaneta"]), &people, &latin, &Written::default());
    assert_eq!(after.values[&Tag::IptcKeywords], list(&["Zürich"]));
    assert_eq!(after.values[&Tag::XmpSubject], list(&["Żaneta"]));
    assert_eq!(plan.notes.len(), 1);
    let (_, after, _) = run(&with_people(&["Ada"]), &people, &latin, &Written::default());
    assert_eq!(after.values[&Tag::IptcKeywords], list(&["Zürich", "Ada"]));
}

#[test]
fn what_somebody_changed_since_is_not_undone() {
    let done = [
        Change { tag: Tag::XmpSubject, before: Some(list(&["a"])), after: Some(list(&["a", "Ada"])) },
        Change { tag: Tag::XmpRating, before: None, after: Some(text("5")) },
    ];
    let now = state([(Tag::XmpSubject, list(&["a", "Ada", "new"])), (Tag::XmpRating, text("1"))]);
    let (changes, is_whole) = undo(&done, &now);
    assert!(!is_whole, "the stars are somebody else's now");
    assert_eq!(now.after(&changes).values[&Tag::XmpSubject], list(&["a", "new"]));
    assert_eq!(now.after(&changes).values[&Tag::XmpRating], text("1"));
}

fn names() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec("[a-cA-CéÜ/|{},\\[\\]& 😀]{1,6}", 0..4)
}

prop_compose! {
    fn known()(
        people in names(),
        albums in names(),
        tags in names(),
        caption in "\\PC{0,20}",
        place in proptest::option::of((-90.0..90.0, -180.0..180.0, proptest::option::of(-400.0..9_000.0))),
        taken in proptest::option::of((0_i64..2_000_000_000_000, proptest::option::of(-720..720))),
        rating in proptest::option::of(-1_i8..=5),
        is_favorite in any::<bool>(),
        side in 0.0..1.0,
    ) -> Known {
        let face = Area { x: 0.5, y: side, width: 0.1, height: 0.1 };
        Known {
            people: people.into_iter().filter(|name| !name.trim().is_empty()).map(|name| Person { name, faces: vec![face] }).collect(),
            stored_size: Some((400, 300)),
            position: place.map(|(latitude, longitude, altitude)| Position { latitude, longitude, altitude }),
            caption,
            taken: taken.map(|(wall_ms, offset_minutes)| Taken { wall_ms, offset_minutes }),
            rating,
            is_favorite,
            albums,
            tags,
            ..Known::default()
        }
    }
}

prop_compose! {
    fn foreign()(
        subjects in names(),
        tags in names(),
        people in names(),
        rating in proptest::option::of("[1-5]"),
        label in proptest::option::of("Red|Blue"),
        caption in proptest::option::of("[a-z]{1,9}"),
    ) -> State {
        let lists = [(Tag::XmpSubject, subjects), (Tag::XmpTagsList, tags), (Tag::XmpPersonInImage, people)];
        let mut values: BTreeMap<Tag, Value> =
            lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(tag, list)| (tag, Value::List(list))).collect();
        values.extend(rating.map(|stars| (Tag::XmpRating, Value::Text(stars))));
        values.extend(label.map(|label| (Tag::XmpLabel, Value::Text(label))));
        values.extend(caption.map(|caption| (Tag::XmpDescription, Value::Text(caption))));
        State { values, ..State::default() }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn planning_again_finds_nothing_to_do(known in known(), state in foreign()) {
        let (_, after, written) = run(&known, &Choice::everything(), &state, &Written::default());
        let (again, _, remembered) = run(&known, &Choice::everything(), &after, &written);
        prop_assert_eq!(again.changes, []);
        prop_assert_eq!(remembered, written);
    }

    #[test]
    fn nothing_of_others_is_ever_lost(first in known(), second in known(), state in foreign()) {
        let (_, after, written) = run(&first, &Choice::everything(), &state, &Written::default());
        let (_, after, written) = run(&second, &Choice::everything(), &after, &written);
        let (_, emptied, _) = run(&Known::default(), &Choice::everything(), &after, &written);
        for (tag, value) in state.values.iter().filter(|(tag, _)| tag.kind() == Kind::List) {
            for entry in value.entries() {
                prop_assert!(after.values[tag].entries().contains(entry), "{tag:?} {entry}");
                prop_assert!(emptied.values[tag].entries().contains(entry), "{tag:?} {entry}");
            }
            prop_assert_eq!(emptied.values[tag].entries().len(), value.entries().len(), "and nothing is left behind");
        }
        prop_assert_eq!(emptied.values.get(&Tag::XmpLabel), state.values.get(&Tag::XmpLabel));
    }

    #[test]
    fn undoing_gives_back_what_was_there(known in known(), state in foreign()) {
        let (plan, after, _) = run(&known, &Choice::everything(), &state, &Written::default());
        let (changes, is_whole) = undo(&plan.changes, &after);
        prop_assert!(is_whole);
        let back = after.after(&changes);
        for tag in Tag::ALL {
            match (back.values.get(tag), state.values.get(tag)) {
                (None, None) => {}
                (Some(back), Some(before)) => prop_assert!(is_same(*tag, back, before), "{tag:?}"),
                other => prop_assert!(false, "{tag:?}: {other:?}"),
            }
        }
    }
}
