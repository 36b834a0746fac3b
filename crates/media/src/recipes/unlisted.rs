//! What a file says in blocks that a derived one may have no place for.
//!
//! IPTC-IIM and comments of JPEGs have none in JPEG XL, AVIF or films. What [`retold`](super::retold) compares by name may be
//! found under another one there; whatever else is in these blocks has to be there under its own.

use std::collections::BTreeMap;

use serde_json::Value;

use super::outcome::Reason;
use super::retold::{is_same, words};

/// The blocks, and what tells whether a date is said elsewhere.
pub(super) const ASKED: [&str; 7] =
    ["-json", "-n", "-G0", "-IPTC:all", "-XMP:all", "-File:Comment", "-EXIF:DateTimeOriginal"];
/// Everything, to find what was in the blocks.
pub(super) const SAID: [&str; 4] = ["-json", "-n", "-G0", "-all"];

/// What blocks say of themselves.
const OF_BLOCKS: [&str; 4] = ["XMPToolkit", "ApplicationRecordVersion", "EnvelopeRecordVersion", "CodedCharacterSet"];
/// IPTC's dates, without which the date of the capture is as well known where EXIF has it.
const DATES: [&str; 4] = ["DateCreated", "TimeCreated", "DigitalCreationDate", "DigitalCreationTime"];
const EXIF_DATE: &str = "EXIF:DateTimeOriginal";

fn name(key: &str) -> &str {
    key.rsplit_once(':').map_or(key, |(_, name)| name)
}

/// What is to be found in a derived file, beside what is `listed`.
pub(super) fn unlisted<'o>(
    original: &'o BTreeMap<String, Value>,
    listed: &dyn Fn(&str) -> bool,
) -> Vec<(&'o str, &'o Value)> {
    let is_dated = original.contains_key(EXIF_DATE);
    let counts = |name: &str| {
        let is_no_news = name == "SourceFile" || OF_BLOCKS.contains(&name) || is_dated && DATES.contains(&name);
        !is_no_news && !listed(name)
    };
    let said =
        original.iter().filter(|(key, value)| *key != EXIF_DATE && counts(name(key)) && !words(value).is_empty());
    said.map(|(key, value)| (key.as_str(), value)).collect()
}

/// The first of these that the derived file does not say, in whatever block.
pub(super) fn lost(said: &[(&str, &Value)], derived: &BTreeMap<String, Value>) -> Option<Reason> {
    let is_there = |key: &str, value: &Value| {
        derived.iter().any(|(other, found)| name(other) == name(key) && is_same(value, found))
    };
    let (key, value) = said.iter().find(|(key, value)| !is_there(key, value))?;
    let derived = "nothing".to_owned();
    Some(Reason::Differs { what: (*key).to_owned(), original: value.to_string(), derived })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_block_says_is_found_under_its_name_or_missed() {
        let map = |value: Value| serde_json::from_value::<BTreeMap<String, Value>>(value).unwrap();
        let listed = |name: &str| name == "Keywords";
        for (original, derived, missed) in [
            (json!({"IPTC:Credit": "me"}), json!({"XMP:Credit": "me"}), None),
            (json!({"IPTC:Credit": "me"}), json!({"XMP:Title": "me"}), Some("IPTC:Credit")),
            (json!({"IPTC:Keywords": ["a"]}), json!({}), None),
            (json!({"File:Comment": "hello"}), json!({"File:Comment": "hullo"}), Some("File:Comment")),
            (json!({"XMP:XMPToolkit": "x", "IPTC:CodedCharacterSet": "UTF8", "SourceFile": "a"}), json!({}), None),
            (json!({"IPTC:DateCreated": "2024:01:02"}), json!({}), Some("IPTC:DateCreated")),
            (
                json!({"IPTC:DateCreated": "2024:01:02", "EXIF:DateTimeOriginal": "2024:01:02 03:04:05"}),
                json!({}),
                None,
            ),
            (json!({"IPTC:Contact": " "}), json!({}), None),
        ] {
            let original = map(original);
            let found = lost(&unlisted(&original, &listed), &map(derived));
            let what = found.map(|reason| match reason {
                Reason::Differs { what, .. } => what,
                other => panic!("{other:?}"),
            });
            assert_eq!(what.as_deref(), missed, "{original:?}");
        }
    }
}
