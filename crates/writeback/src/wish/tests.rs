//! What is wished, value by value.

use tintype_media::metadata::Area;

use super::*;
use crate::known::Person;

fn text(wishes: &Wishes, module: Module, tag: Tag) -> Option<String> {
    match wishes.get(&(module, tag))? {
        Wish::Set(value) | Wish::Offer(value) => value.text().map(str::to_owned),
        Wish::Entries(entries) => Some(entries.join("; ")),
        Wish::Regions(wanted) => Some(wanted.regions.len().to_string()),
    }
}

fn all(known: &Known, container: Container) -> Wishes {
    wishes(known, &Choice::everything(), container)
}

#[test]
fn people_are_separate_entries() {
    let face = Area { x: 0.25, y: 0.5, width: 0.1, height: 0.2 };
    let people = ["Ada Lovelace", "Zoë, Duchess of \"X\"", "Ada Lovelace"];
    let people = people.map(|name| Person { name: name.to_owned(), faces: vec![face] }).to_vec();
    let known = Known { people, stored_size: Some((400, 300)), ..Known::default() };
    let found = all(&known, Container::Classic);
    let Some(Wish::Entries(entries)) = found.get(&(Module::People, Tag::XmpSubject)) else { panic!("{found:?}") };
    assert_eq!(entries, &["Ada Lovelace", "Zoë, Duchess of \"X\""]);
    assert_eq!(
        text(&found, Module::People, Tag::XmpTagsList).as_deref(),
        Some("People/Ada Lovelace; People/Zoë, Duchess of \"X\"")
    );
    assert_eq!(text(&found, Module::People, Tag::IptcCharset).as_deref(), Some("UTF8"));
    assert_eq!(text(&found, Module::Faces, Tag::XmpRegions).as_deref(), Some("3"));
    let sidecar = all(&known, Container::Sidecar);
    assert!(sidecar.keys().all(|(_, tag)| tag.is_xmp()), "{sidecar:?}");
    let long = Known { people: vec![Person { name: "ß".repeat(40), faces: Vec::new() }], ..Known::default() };
    let found = all(&long, Container::Classic);
    assert_eq!(text(&found, Module::People, Tag::IptcKeywords), Some("ß".repeat(32)), "64 bytes, whole characters");
    assert_eq!(text(&found, Module::People, Tag::XmpSubject), Some("ß".repeat(40)));
}

#[test]
fn both_hemispheres_and_no_height_where_none_is_known() {
    for (latitude, longitude, refs) in
        [(48.1, 11.5, ("N", "E")), (-33.8567, 151.2, ("S", "E")), (19.4, -99.1, ("N", "W")), (-22.9, -43.2, ("S", "W"))]
    {
        let known = Known { position: Some(Position { latitude, longitude, altitude: None }), ..Known::default() };
        let found = all(&known, Container::Classic);
        let said = |tag| text(&found, Module::Gps, tag);
        assert_eq!(said(Tag::GpsLatitudeRef).as_deref(), Some(refs.0));
        assert_eq!(said(Tag::GpsLongitudeRef).as_deref(), Some(refs.1));
        assert_eq!(said(Tag::GpsLatitude), Some(format!("{:.8}", latitude.abs())));
        assert_eq!(said(Tag::XmpLongitude), Some(format!("{longitude:.8}")));
        assert_eq!((said(Tag::GpsAltitude), said(Tag::XmpAltitude), said(Tag::GpsAltitudeRef)), (None, None, None));
    }
    let below = Position { latitude: 31.5, longitude: 35.5, altitude: Some(-430.5) };
    let found = all(&Known { position: Some(below), ..Known::default() }, Container::Classic);
    assert_eq!(text(&found, Module::Gps, Tag::GpsAltitude).as_deref(), Some("430.500"));
    assert_eq!(text(&found, Module::Gps, Tag::GpsAltitudeRef).as_deref(), Some("1"));
    let nowhere = Position { latitude: f64::NAN, longitude: 200.0, altitude: None };
    assert!(all(&Known { position: Some(nowhere), ..Known::default() }, Container::Classic).is_empty());
}

#[test]
fn times_are_those_of_the_wall_with_the_zone_beside_them() {
    // 2024-03-09 12:34:56.5 on a wall in India.
    let taken = Taken { wall_ms: 1_709_987_696_500, offset_minutes: Some(330) };
    let found = all(&Known { taken: Some(taken), ..Known::default() }, Container::Classic);
    let said = |tag| text(&found, Module::Time, tag);
    assert_eq!(said(Tag::ExifDateTimeOriginal).as_deref(), Some("2024:03:09 12:34:56"));
    assert_eq!(said(Tag::ExifOffsetOriginal).as_deref(), Some("+05:30"));
    assert_eq!(said(Tag::ExifSubSecOriginal).as_deref(), Some("500"));
    assert_eq!(said(Tag::XmpDateCreated).as_deref(), Some("2024:03:09 12:34:56.500+05:30"));
    let film = all(&Known { taken: Some(taken), ..Known::default() }, Container::Film);
    assert_eq!(text(&film, Module::Time, Tag::QuickTimeCreateDate).as_deref(), Some("2024:03:09 07:04:56"));
    assert_eq!(text(&film, Module::Time, Tag::KeysCreationDate).as_deref(), Some("2024:03:09 12:34:56+05:30"));
    let unknown = Taken { offset_minutes: None, ..taken };
    let found = all(&Known { taken: Some(unknown), ..Known::default() }, Container::Film);
    assert_eq!(text(&found, Module::Time, Tag::QuickTimeCreateDate), None, "nobody knows what UTC was");
    let west = Taken { offset_minutes: Some(-210), ..taken };
    let found = all(&Known { taken: Some(west), ..Known::default() }, Container::Classic);
    assert_eq!(text(&found, Module::Time, Tag::ExifOffsetOriginal).as_deref(), Some("-03:30"));
}

#[test]
fn nothing_is_said_of_what_has_no_stars() {
    let rated = |rating, is_favorite, favorite_as| {
        let known = Known { rating, is_favorite, ..Known::default() };
        let choice = Choice { favorite_as, ..Choice::of([Module::Rating]) };
        wishes(&known, &choice, Container::Sidecar)
    };
    assert!(rated(None, false, FavoriteAs::Rating).is_empty());
    assert!(rated(Some(0), false, FavoriteAs::Rating).is_empty());
    assert!(rated(None, true, FavoriteAs::None).is_empty());
    let stars = |wishes: &Wishes| text(wishes, Module::Rating, Tag::XmpRating);
    assert_eq!(stars(&rated(Some(3), true, FavoriteAs::Rating)).as_deref(), Some("3"));
    assert_eq!(stars(&rated(Some(-1), true, FavoriteAs::Rating)).as_deref(), Some("-1"));
    assert_eq!(stars(&rated(None, true, FavoriteAs::Rating)).as_deref(), Some("5"));
    let label = rated(None, true, FavoriteAs::Label);
    assert_eq!(text(&label, Module::Rating, Tag::XmpLabel).as_deref(), Some("Favorite"));
    assert_eq!(label.len(), 1);
}

#[test]
fn levels_are_separated_as_each_program_does() {
    let known =
        Known { albums: vec!["Wales | 2024/25".to_owned()], tags: vec!["a/b|c".to_owned()], ..Known::default() };
    let found = all(&known, Container::Sidecar);
    assert_eq!(text(&found, Module::Albums, Tag::XmpTagsList).as_deref(), Some("Albums/Wales | 2024|25"));
    assert_eq!(text(&found, Module::Albums, Tag::XmpHierarchicalSubject).as_deref(), Some("Albums|Wales / 2024/25"));
    assert_eq!(text(&found, Module::Tags, Tag::XmpTagsList).as_deref(), Some("a/b|c"));
    assert_eq!(text(&found, Module::Tags, Tag::XmpHierarchicalSubject).as_deref(), Some("a|b/c"));
}
