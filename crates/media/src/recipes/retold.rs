//! What a file says about itself, written into another and read back.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;

use serde_json::Value;

use super::bounds::{Bounds, MAX_MEMORY_BYTES, MAX_PICTURE_TIME};
use super::error::RecipeError;
use super::outcome::Reason;
use super::program::{Halt, Runner};
use super::unlisted;
use crate::metadata::{Metadata, MetadataError, MetadataReader};
use crate::sniff::Container;
use crate::tools::{Tool, Tools};

/// How much numbers may differ, as a part of the larger: one format writes fractions, another decimals.
const NUMBER_TOLERANCE: f64 = 1e-6;

/// How far a position may move, in degrees: a tenth of a metre, and the last digit of what videos write.
const POSITION_TOLERANCE: f64 = 1e-4;

/// How far the moment of capture may move, in milliseconds: videos have no fractions of a second.
const MOMENT_TOLERANCE_MS: u64 = 999;

/// Name of the profile that may be left out, as pictures without one have it anyway.
const USUAL_PROFILE: &str = "sRGB";

/// What videos say where they know no date.
const NO_DATE: &str = "0000:00:00 00:00:00";

/// What is compared besides [`Metadata`]; tags in one line mean the same, so that any of them will do.
const SAME_TAGS: [&[&str]; 36] = [
    &["Artist", "Creator", "By-line"],
    &["Copyright", "Rights", "CopyrightNotice"],
    &["Title", "ObjectName"],
    &["Headline"],
    &["Subject", "Keywords"],
    &["HierarchicalSubject"],
    &["PersonInImage"],
    &["Label"],
    &["ImageDescription", "Description", "Caption-Abstract"],
    &["UserComment"],
    &["City"],
    &["State", "Province-State"],
    &["Country", "Country-PrimaryLocationName"],
    &["DateTimeOriginal"],
    &["CreateDate"],
    &["ModifyDate"],
    &["CreationDate"],
    &["SubSecTimeOriginal"],
    &["OffsetTime"],
    &["OffsetTimeOriginal"],
    &["GPSAltitude"],
    &["GPSImgDirection"],
    &["GPSDateStamp"],
    &["GPSTimeStamp"],
    &["SerialNumber"],
    &["LensInfo"],
    &["Flash"],
    &["WhiteBalance"],
    &["MeteringMode"],
    &["ExposureProgram"],
    &["ExposureCompensation"],
    &["FocalLengthIn35mmFormat"],
    &["ImageUniqueID"],
    &["ContentIdentifier"],
    &["MediaGroupUUID"],
    &["BurstUUID"],
];

/// Kinds of files that exiftool writes.
const WRITABLE: [Container; 9] = [
    Container::Jpeg,
    Container::Png,
    Container::Gif,
    Container::Tiff,
    Container::Heif,
    Container::Avif,
    Container::JpegXl,
    Container::Mp4,
    Container::QuickTime,
];

fn exiftool(tools: &Tools) -> Result<&Tool, Reason> {
    tools.exiftool.as_ref().ok_or_else(|| Reason::MissingTool { tool: "exiftool".to_owned() })
}

/// Refuses early where nothing could be compared later.
pub(crate) fn needs(tools: &Tools) -> Result<(), Reason> {
    exiftool(tools).map(drop)
}

fn ask(runner: &Runner<'_>, tool: &Tool, arguments: &[&str], files: &[&Path]) -> Result<Vec<u8>, Halt> {
    // No configuration of a user's changes what tags mean.
    let mut words: Vec<OsString> =
        ["-config", "", "-q", "-q", "-m", "-api", "largefilesupport=1"].map(OsString::from).to_vec();
    words.extend(arguments.iter().map(OsString::from));
    words.extend(files.iter().map(OsString::from));
    let bytes = files.iter().filter_map(|file| std::fs::metadata(file).ok()).map(|data| data.len()).sum();
    runner.run("exiftool", &tool.path, &words, Bounds::new(MAX_PICTURE_TIME, MAX_MEMORY_BYTES, bytes))
}

/// Writes everything that `from` says about itself into `to`. Does nothing for kinds of files that cannot be written: what
/// they lack is seen when they are compared.
pub(crate) fn copy(runner: &Runner<'_>, tools: &Tools, from: &Path, to: &Path, kind: Container) -> Result<(), Halt> {
    if !WRITABLE.contains(&kind) {
        return Ok(());
    }
    let source = from.to_str().ok_or(Reason::Unknown { what: "the name of the file as text" })?;
    // The encoder has turned or marked the picture itself, and describes its own film.
    let arguments =
        ["-overwrite_original", "-TagsFromFile", source, "-all:all", "-unsafe", "--Rotation", "--MatrixStructure"];
    ask(runner, exiftool(tools)?, &arguments, &[to]).map(drop)
}

/// A file and the name by which its kind is known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) path: &'a Path,
    pub(crate) name: &'a str,
}

/// Compares what two files say about themselves, read from the files.
pub(crate) fn compare(
    runner: &Runner<'_>,
    tools: &Tools,
    reader: &MetadataReader,
    original: Named<'_>,
    derived: Named<'_>,
) -> Result<(), Halt> {
    let tool = exiftool(tools)?;
    let read = |file: Named<'_>| reader.read(file.path, file.name, None).map_err(unreadable);
    if let Some(reason) = difference(&read(original)?, &read(derived)?) {
        return Err(reason.into());
    }
    let asked: Vec<String> = SAME_TAGS.iter().flat_map(|names| names.iter()).map(|name| format!("-{name}")).collect();
    let names: Vec<&str> = ["-json", "-n"].into_iter().chain(asked.iter().map(String::as_str)).collect();
    let tags = |file: Named<'_>, arguments: &[&str]| tags(runner, tool, arguments, file.path);
    if let Some(reason) = missing(&tags(original, &names)?, &tags(derived, &names)?) {
        return Err(reason.into());
    }
    let blocks = tags(original, &unlisted::ASKED)?;
    let is_listed = |name: &str| SAME_TAGS.iter().any(|names| names.contains(&name));
    let said = unlisted::unlisted(&blocks, &is_listed);
    // Most files say nothing there: then the other one is not asked.
    let lost = if said.is_empty() { None } else { unlisted::lost(&said, &tags(derived, &unlisted::SAID)?) };
    lost.map_or(Ok(()), |reason| Err(reason.into()))
}

fn unreadable(error: MetadataError) -> Halt {
    match error {
        MetadataError::Read { path, source } => RecipeError::Original { path, source }.into(),
        MetadataError::Tool { tool, source, .. } => {
            Reason::Failed { program: tool.to_owned(), status: "no answer".to_owned(), complaint: source.to_string() }
                .into()
        }
    }
}

fn tags(runner: &Runner<'_>, tool: &Tool, arguments: &[&str], path: &Path) -> Result<BTreeMap<String, Value>, Halt> {
    let printed = ask(runner, tool, arguments, &[path])?;
    let garbage = || Reason::Failed {
        program: "exiftool".to_owned(),
        status: "garbage".to_owned(),
        complaint: String::from_utf8_lossy(&printed).chars().take(100).collect(),
    };
    let mut objects: Vec<BTreeMap<String, Value>> =
        serde_json::from_str(&String::from_utf8_lossy(&printed)).map_err(|_| garbage())?;
    objects.pop().ok_or_else(|| garbage().into())
}

/// The first tag of the original that the other has not, under none of its names.
fn missing(original: &BTreeMap<String, Value>, derived: &BTreeMap<String, Value>) -> Option<Reason> {
    for names in SAME_TAGS {
        let found: Vec<&Value> = names.iter().filter_map(|name| derived.get(*name)).collect();
        for name in names {
            let Some(value) = original.get(*name).filter(|value| !words(value).is_empty()) else { continue };
            if !found.iter().any(|found| is_same(value, found)) {
                let derived = found.first().map_or_else(|| "nothing".to_owned(), ToString::to_string);
                return Some(Reason::Differs { what: (*name).to_owned(), original: value.to_string(), derived });
            }
        }
    }
    None
}

pub(super) fn words(value: &Value) -> BTreeSet<String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.trim_matches(|c: char| c.is_whitespace() || c == '\0').to_owned(),
        other => other.to_string(),
    };
    let words = match value {
        Value::Array(values) => values.iter().map(text).collect(),
        single => BTreeSet::from([text(single)]),
    };
    words.into_iter().filter(|word| !word.is_empty() && word != NO_DATE).collect()
}

pub(super) fn is_same(original: &Value, derived: &Value) -> bool {
    let (original, derived) = (words(original), words(derived));
    original.len() == derived.len() && original.iter().zip(&derived).all(|(a, b)| is_same_word(a, b))
}

fn is_same_word(a: &str, b: &str) -> bool {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => near(a, b),
        _ => a == b || stamp(a).is_some_and(|stamp_a| Some(stamp_a) == stamp(b)),
    }
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= NUMBER_TOLERANCE * a.abs().max(b.abs())
}

/// A date and time without its fraction, and its offset, where `Z` and `+00:00` are as good as none.
fn stamp(text: &str) -> Option<(&str, &str)> {
    let (moment, rest) = text.split_at_checked(19)?;
    let is_date = moment.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 | 13 | 16 => byte == b':',
        10 => byte == b' ',
        _ => byte.is_ascii_digit(),
    });
    let rest = rest.strip_prefix('.').map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    is_date.then_some((moment, if matches!(rest, "Z" | "+00:00") { "" } else { rest }))
}

/// The first thing a library would know otherwise from the derived file than from the original.
fn difference(original: &Metadata, derived: &Metadata) -> Option<Reason> {
    let differs =
        |what: &str, a: String, b: String| Some(Reason::Differs { what: what.to_owned(), original: a, derived: b });
    if let Some(captured) = &original.captured {
        let of_derived = derived.captured.as_ref();
        let is_near = of_derived.is_some_and(|other| {
            captured.instant_ms.abs_diff(other.instant_ms) <= MOMENT_TOLERANCE_MS
                && captured.local_ms.abs_diff(other.local_ms) <= MOMENT_TOLERANCE_MS
        });
        if !is_near {
            return differs("capture date", format!("{captured:?}"), format!("{of_derived:?}"));
        }
    }
    for (what, a, b, tolerance) in [
        ("latitude", original.latitude, derived.latitude, POSITION_TOLERANCE),
        ("longitude", original.longitude, derived.longitude, POSITION_TOLERANCE),
        ("aperture", original.f_number, derived.f_number, NUMBER_TOLERANCE),
        ("focal length", original.focal_length, derived.focal_length, NUMBER_TOLERANCE),
    ] {
        if a.is_some_and(|a| b.is_none_or(|b| (a - b).abs() > tolerance * a.abs().max(1.0))) {
            return differs(what, format!("{a:?}"), format!("{b:?}"));
        }
    }
    let profile =
        |metadata: &Metadata| metadata.profile_description.clone().filter(|name| !name.contains(USUAL_PROFILE));
    let set =
        |tags: &[String]| tags.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ");
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let number = |value: Option<String>| value.unwrap_or_default();
    for (what, a, b) in [
        ("time zone", text(&original.time_zone), text(&derived.time_zone)),
        ("maker", text(&original.make), text(&derived.make)),
        ("model", text(&original.model), text(&derived.model)),
        ("lens", text(&original.lens_model), text(&derived.lens_model)),
        (
            "sensitivity",
            number(original.iso.map(|iso| iso.to_string())),
            number(derived.iso.map(|iso| iso.to_string())),
        ),
        ("exposure time", text(&original.exposure_time), text(&derived.exposure_time)),
        ("projection", text(&original.projection_type), text(&derived.projection_type)),
        ("colour profile", number(profile(original)), number(profile(derived))),
        ("description", original.description.clone(), derived.description.clone()),
        ("rating", number(original.rating.map(|r| r.to_string())), number(derived.rating.map(|r| r.to_string()))),
        ("identifier of the live photo", text(&original.live_photo_cid), text(&derived.live_photo_cid)),
        ("identifier of the burst", text(&original.auto_stack_id), text(&derived.auto_stack_id)),
        ("tags", set(&original.tags), set(&derived.tags)),
        ("faces", format!("{:?}", original.faces), format!("{:?}", derived.faces)),
        (
            "displayed size in the metadata",
            format!("{:?}", original.displayed_size()),
            format!("{:?}", derived.displayed_size()),
        ),
    ] {
        if a != b {
            return differs(what, a, b);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Captured;
    use serde_json::json;

    fn full() -> Metadata {
        Metadata {
            captured: Some(Captured { instant_ms: 1_000, local_ms: 3_600_000, time_zone: Some("UTC+1".to_owned()) }),
            time_zone: Some("UTC+1".to_owned()),
            width: Some(4),
            height: Some(3),
            orientation: Some(6),
            latitude: Some(52.5),
            longitude: Some(13.4),
            make: Some("M".to_owned()),
            iso: Some(100),
            exposure_time: Some("1/500".to_owned()),
            description: "d".to_owned(),
            rating: Some(4),
            live_photo_cid: Some("x".to_owned()),
            tags: vec!["a".to_owned(), "b".to_owned()],
            profile_description: Some("sRGB IEC61966-2.1".to_owned()),
            ..Metadata::default()
        }
    }

    #[test]
    fn every_field_counts() {
        assert_eq!(difference(&full(), &full()), None);
        let changes: [fn(&mut Metadata); 12] = [
            |m| m.captured = None,
            |m| m.captured.as_mut().unwrap().instant_ms += 1_000,
            |m| m.latitude = Some(52.6),
            |m| m.longitude = None,
            |m| m.make = None,
            |m| m.iso = Some(200),
            |m| m.exposure_time = Some("1/250".to_owned()),
            |m| m.description = String::new(),
            |m| m.rating = None,
            |m| m.live_photo_cid = None,
            |m| m.tags = vec!["a".to_owned()],
            |m| m.profile_description = Some("Display P3".to_owned()),
        ];
        for (index, change) in changes.into_iter().enumerate() {
            let mut changed = full();
            change(&mut changed);
            assert!(difference(&full(), &changed).is_some(), "{index}");
        }
        let turned = Metadata { width: Some(3), height: Some(4), orientation: Some(1), ..full() };
        assert_eq!(difference(&full(), &turned), None, "stored upright it shows the same");
        let moved = Metadata { latitude: Some(52.500_01), tags: vec!["b".to_owned(), "a".to_owned()], ..full() };
        assert_eq!(difference(&full(), &moved), None);
    }

    #[test]
    fn tags_are_found_under_their_other_names_and_in_other_clothes() {
        let tags = |value: Value| serde_json::from_value::<BTreeMap<String, Value>>(value).unwrap();
        for (original, derived, is_same) in [
            (json!({"By-line": "me"}), json!({"Creator": ["me "]}), true),
            (json!({"Artist": "me"}), json!({"Artist": "you", "Creator": "me"}), true),
            (json!({"Artist": "me"}), json!({"Label": "me"}), false),
            (json!({"Keywords": ["a", "b"]}), json!({"Subject": ["b", "a"]}), true),
            (json!({"Keywords": ["a", "b"]}), json!({"Subject": "a"}), false),
            (json!({"GPSAltitude": 12.000_000_1}), json!({"GPSAltitude": "12"}), true),
            (json!({"GPSAltitude": 12}), json!({"GPSAltitude": 12.1}), false),
            (
                json!({"CreateDate": "2020:01:02 03:04:05Z"}),
                json!({"CreateDate": "2020:01:02 03:04:05.12+00:00"}),
                true,
            ),
            (json!({"CreateDate": "2020:01:02 03:04:05"}), json!({"CreateDate": "2020:01:02 03:04:06"}), false),
            (json!({"CreateDate": "2020:01:02 03:04:05+02:00"}), json!({"CreateDate": "2020:01:02 03:04:05"}), false),
            (json!({"UserComment": " \u{0}"}), json!({}), true),
        ] {
            assert_eq!(
                missing(&tags(original.clone()), &tags(derived.clone())).is_none(),
                is_same,
                "{original} {derived}"
            );
        }
    }
}
