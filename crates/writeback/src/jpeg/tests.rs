use super::*;
use crate::exiftool::{Exiftool, check};
use crate::merge::Change;

/// A JPEG without any metadata.
fn plain() -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, 80);
    encoder.encode(&[90; 16 * 16 * 3], 16, 16, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes
}

fn text(tag: Tag, text: &str) -> Change {
    Change { tag, before: None, after: Some(Value::Text(text.to_owned())) }
}

fn list(tag: Tag, entries: &[&str]) -> Change {
    let entries = entries.iter().map(|entry| (*entry).to_owned()).collect();
    Change { tag, before: None, after: Some(Value::List(entries)) }
}

/// Changes outside XMP, with words that are hard to tell.
fn changes(words: &str, latitude: &str, number: &str) -> Vec<Change> {
    vec![
        list(Tag::IptcKeywords, &[words, number, "b"]),
        text(Tag::IptcCaption, words),
        text(Tag::ExifDescription, words),
        text(Tag::IptcCharset, "UTF8"),
        text(Tag::GpsLatitude, latitude),
        text(Tag::GpsLatitudeRef, "S"),
        text(Tag::GpsLongitude, "179.9999999"),
        text(Tag::GpsLongitudeRef, "E"),
        text(Tag::GpsAltitude, "12.5"),
        text(Tag::GpsAltitudeRef, "1"),
        text(Tag::ExifDateTimeOriginal, "2024:03:09 12:34:56"),
        text(Tag::ExifCreateDate, "2024:03:09 12:34:56"),
        text(Tag::ExifOffsetOriginal, "-03:30"),
        text(Tag::ExifOffsetDigitized, "+11:00"),
        text(Tag::ExifSubSecOriginal, "050"),
        text(Tag::ExifSubSecDigitized, "7"),
    ]
}

/// Where it claims to know, it says what exiftool says. Whether it did.
#[track_caller]
fn agrees(exiftool: &Exiftool, path: &Path) -> bool {
    let Some(ours) = state_of(path).unwrap() else { return false };
    let theirs = exiftool.read(path).unwrap();
    check(&theirs, &ours).unwrap_or_else(|error| panic!("{}: {error}: {theirs:#?} {ours:#?}", path.display()));
    assert_eq!(
        (ours.has_other_iptc, ours.has_iptc_digest),
        (theirs.has_other_iptc, theirs.has_iptc_digest),
        "{}",
        path.display()
    );
    true
}

#[test]
fn what_exiftool_wrote_is_read_as_exiftool_reads_it() {
    let Some(exiftool) = crate::tests::exiftool() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (number, (words, latitude, odd)) in
        [("two\nlines & <b>", "33.8567841", "1.10"), ("Straße 😀", "0.0000005", "true"), ("{a|b],c}", "0", "007")]
            .into_iter()
            .enumerate()
    {
        let path = folder.path().join(format!("{number}.jpg"));
        std::fs::write(&path, plain()).unwrap();
        assert!(agrees(&exiftool, &path));
        exiftool.write(&path, &changes(words, latitude, odd), &State::default()).unwrap();
        assert!(agrees(&exiftool, &path), "{words}");
        // And with XMP of ours.
        let bytes = std::fs::read(&path).unwrap();
        let (mut head, scan) = JpegHead::split(&bytes).unwrap();
        let values = BTreeMap::from([
            (Tag::XmpSubject, Value::List(vec![words.to_owned()])),
            (Tag::XmpRating, Value::Text("4".to_owned())),
        ]);
        put(&mut head, packet(&values).unwrap());
        std::fs::write(&path, [head.to_bytes().as_slice(), scan].concat()).unwrap();
        assert!(agrees(&exiftool, &path), "{words}");
        assert_eq!(state_of(&path).unwrap().unwrap().values[&Tag::XmpRating], Value::Text("4".to_owned()));
        // It goes again, and nothing else with it.
        put(&mut head, packet(&BTreeMap::new()).unwrap());
        assert_eq!([head.to_bytes().as_slice(), scan].concat(), bytes);
    }
}

#[test]
fn what_others_wrote_is_left_to_exiftool() {
    let Some(program) = crate::tests::program() else { return };
    let exiftool = Exiftool::new(program.clone(), 1);
    let folder = tempfile::tempdir().unwrap();
    for (argument, is_known) in [
        ("-XMP-dc:Subject=a", false),
        ("-IFD0:ImageDescription= padded ", false),
        ("-ExifIFD:DateTimeOriginal#=2024-03-09", false),
        ("-IPTC:Keywords=Stra\u{df}e", false),
        ("-IPTC:City=Rostock", true),
        ("-IFD0:Make=Canon", true),
        ("-Comment=hello", true),
    ] {
        let path = folder.path().join("a.jpg");
        std::fs::write(&path, plain()).unwrap();
        let mut command = std::process::Command::new(&program);
        let status = command.args(["-config", "", "-q", "-overwrite_original", argument]).arg(&path).status().unwrap();
        assert!(status.success(), "{argument}");
        assert_eq!(agrees(&exiftool, &path), is_known, "{argument}");
    }
}

#[test]
fn recorded_photos_are_read_alike() {
    let Some(exiftool) = crate::tests::exiftool() else { return };
    let photos = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/photos");
    let Ok(entries) = std::fs::read_dir(photos) else {
        return tintype_testkit::not_run_without_shared("metadata of recorded JPEGs");
    };
    let is_jpeg = |path: &std::path::PathBuf| path.extension().is_some_and(|extension| extension == "jpg");
    let known = entries.flatten().map(|entry| entry.path()).filter(is_jpeg).filter(|path| agrees(&exiftool, path));
    assert!(known.count() >= 3, "it claims to know hardly any");
}

#[test]
fn a_packet_that_is_too_long_has_no_place() {
    let long = |length: usize| BTreeMap::from([(Tag::XmpDescription, Value::Text("x".repeat(length)))]);
    assert!(packet(&long(60_000)).is_some());
    assert!(packet(&long(MAX_PACKET_BYTES)).is_none());
}
