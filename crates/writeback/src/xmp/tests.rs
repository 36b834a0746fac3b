//! Sidecars made here are read as they were meant, here and by exiftool.

use proptest::prelude::*;

use super::*;
use crate::container::Container;
use crate::known::{Known, Person, Position, Taken};
use crate::merge::{Written, plan};
use crate::modules::Choice;
use crate::state::State;
use crate::wish::wishes;

fn of(known: &Known) -> BTreeMap<Tag, Value> {
    let choice = Choice::everything();
    let state = State::default();
    let plan = plan(&wishes(known, &choice, Container::Sidecar), &choice, &state, &Written::default());
    state.after(&plan.changes).values
}

fn known(name: &str, caption: &str, latitude: f64, longitude: f64) -> Known {
    let face = |x| tintype_media::metadata::Area { x, y: 0.4, width: 0.1, height: 0.2 };
    Known {
        people: vec![
            Person { name: name.to_owned(), faces: vec![face(0.2), face(0.8)] },
            Person { name: "Eve".to_owned(), faces: Vec::new() },
        ],
        stored_size: Some((4_000, 3_000)),
        position: Some(Position { latitude, longitude, altitude: Some(-12.25) }),
        caption: caption.to_owned(),
        taken: Some(Taken { wall_ms: 1_709_987_696_500, offset_minutes: Some(-330) }),
        rating: Some(-1),
        is_favorite: true,
        albums: vec!["Wales | 24/25".to_owned()],
        tags: vec!["a/b".to_owned()],
        ..Known::default()
    }
}

#[test]
fn exiftool_reads_what_was_meant() {
    let Some(exiftool) = crate::tests::exiftool() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xmp");
    for (name, caption, latitude, longitude) in [
        ("Ada <\"Lovelace\"> & 'co' 😀", "two\nlines\tand ]]> more & <b>", -33.856_784_1, 151.215_296_7),
        ("{a|b],c}", " x ", 0.000_000_5, -0.000_001),
        ("1.10", "true", 89.999_999_99, -179.999_999_99),
    ] {
        let values = of(&known(name, caption, latitude, longitude));
        let bytes = write(&values).unwrap();
        assert_eq!(read(&bytes).as_ref().map(BTreeMap::len), Some(values.len()), "{name}");
        std::fs::write(&path, &bytes).unwrap();
        let found = exiftool.read(&path).unwrap();
        let wanted = State { values, ..State::default() };
        crate::exiftool::check(&wanted, &found).unwrap_or_else(|error| panic!("{error}: {wanted:#?} {found:#?}"));
    }
}

#[test]
fn what_others_wrote_is_not_taken_for_ours() {
    let values = of(&known("Ada", "text", 1.0, 2.0));
    let text = String::from_utf8(write(&values).unwrap()).unwrap();
    for (from, to) in [
        ("x:xmptk='Tintype'", "x:xmptk='XMP Core 5'"),
        ("<xmp:Rating>", "<xmp:Rating xml:lang='en'>"),
        (" </rdf:Description>", "  <crs:Exposure>1</crs:Exposure>\n </rdf:Description>"),
        ("<rdf:li>Eve</rdf:li>", "<rdf:li><b/>Eve</rdf:li>"),
        ("<?xpacket end='w'?>", "<!-- mine --><?xpacket end='w'?>"),
        ("x-default", "en"),
    ] {
        assert!(text.contains(from), "{from}");
        assert_eq!(read(text.replace(from, to).as_bytes()), None, "{to}");
    }
    assert!(read(b"").is_none() && read(b"<a").is_none() && read(&[0xff, 0xfe]).is_none());
    let film = BTreeMap::from([(Tag::KeysCoordinates, Value::Text("1, 2".to_owned()))]);
    assert_eq!(write(&film), None);
}

proptest! {
    #[test]
    fn what_is_written_is_read(name in "\\PC{1,12}", caption in "[\\PC\n]{0,30}", latitude in -90.0..=90.0, longitude in -180.0..=180.0) {
        let values = of(&known(&name, &caption, latitude, longitude));
        let found = read(&write(&values).unwrap());
        prop_assert!(found.is_some());
        let (wanted, found) = (State { values, ..State::default() }, State { values: found.unwrap(), ..State::default() });
        prop_assert!(crate::exiftool::check(&wanted, &found).is_ok(), "{wanted:?} {found:?}");
    }

    #[test]
    fn nonsense_is_refused(text in "\\PC{0,200}") {
        prop_assert_eq!(read(text.as_bytes()), None);
    }
}
