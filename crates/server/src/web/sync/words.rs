//! Changes, fields and their values in words.

use serde_json::Value;
use tintype_library::model::{Field, Subject};
use tintype_protocol::id::AssetId;
use tintype_protocol::sync::EntityType;
use tintype_protocol::time::Timestamp;
use uuid::Uuid;

use crate::web::text::{clock, day};

const MINUTE_MS: i64 = 60_000;
const MINUTES_IN_HOUR: i64 = 60;

/// What a field is, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    Text(String),
    /// A picture says it.
    Asset(AssetId),
    /// There is none; the text says so.
    Nothing(&'static str),
}

/// What is done by a change: `Upload`, `Add to the album`, `Description`. `value` is what the field is here.
pub(super) fn deed(subject: Subject, field: Field, value: Option<&str>) -> &'static str {
    let value = value.and_then(|text| serde_json::from_str::<Value>(text).ok()).unwrap_or_default();
    let is_member = !value.is_null();
    match (field, subject) {
        (Field::Existence, Subject::Asset(_)) => "Upload",
        (Field::Existence, Subject::Album(_)) => "Create the album",
        (Field::Existence, Subject::Stack(_)) => "Make the stack",
        (Field::Existence, _) => "Create",
        (Field::Life, Subject::Asset(_)) => match value.as_str() {
            Some("active") => "Take out of the trash",
            Some("trashed") => "Move to the trash",
            _ => "Delete for good",
        },
        (Field::Life, _) => "Delete",
        (Field::Membership, Subject::AlbumAsset(..)) if is_member => "Add to the album",
        (Field::Membership, Subject::AlbumAsset(..)) => "Take out of the album",
        (Field::Membership, Subject::AlbumUser(..)) if is_member => "Share the album",
        (Field::Membership, Subject::AlbumUser(..)) => "End sharing of the album",
        (Field::Membership, Subject::StackAsset(..)) if is_member => "Add to the stack",
        (Field::Membership, Subject::StackAsset(..)) => "Take out of the stack",
        (Field::Membership, Subject::AssetTag(..)) if is_member => "Tag",
        (Field::Membership, Subject::AssetTag(..)) => "Remove the tag",
        (Field::Merge, _) => "Merge with another person",
        (field, _) => name(field),
    }
}

/// What a field is called.
pub(super) fn name(field: Field) -> &'static str {
    match field {
        Field::Existence => "Existence",
        Field::Life => "Trash",
        Field::Favorite => "Favourite",
        Field::Visibility => "Where it is shown",
        Field::Description => "Description",
        Field::Rating => "Rating",
        Field::Date => "Date",
        Field::Place => "Place",
        Field::Edits => "Edits",
        Field::Name => "Name",
        Field::Cover => "Cover",
        Field::Order => "Order",
        Field::Activity => "Comments and likes",
        Field::Membership => "Membership",
        Field::Hidden => "Hidden",
        Field::BirthDate => "Date of birth",
        Field::Color => "Colour",
        Field::Front => "Picture in front",
        Field::Merge => "Merge",
    }
}

/// Beginnings of the names of lines, but for why they are shown, and what they are about; the first that fits counts.
const KINDS: [(&str, &str); 16] = [
    ("AlbumToAsset", "Photo in an album"),
    ("AlbumUser", "Member of an album"),
    ("MemoryToAsset", "Photo in a memory"),
    ("AssetExif", "Details of a photo"),
    ("AssetFace", "Face in a photo"),
    ("AssetEdit", "Edit of a photo"),
    ("AssetOcr", "Text in a photo"),
    ("AssetMetadata", "Note of an app about a photo"),
    ("Asset", "Photo"),
    ("Album", "Album"),
    ("Memory", "Memory"),
    ("Stack", "Stack"),
    ("Person", "Person"),
    ("UserMetadata", "Setting"),
    ("User", "User"),
    ("Partner", "Partner"),
];

/// What a line of the server is about: `Photo in an album`, `Album, deleted`.
pub(super) fn kind(entity: EntityType) -> String {
    let name = entity.as_str();
    let inner = ["Partner", "Album"].iter().find_map(|through| {
        let rest = name.strip_prefix(through)?;
        if rest.starts_with("Asset") || rest.starts_with("Stack") { Some(rest) } else { None }
    });
    let inner = inner.unwrap_or(name);
    let kind = KINDS.iter().find(|(start, _)| inner.starts_with(start)).map_or(name, |(_, kind)| kind);
    if name.contains("Delete") { format!("{kind}, deleted") } else { kind.to_owned() }
}

/// Whether the value says more about a change than [`deed`] does.
pub(super) fn is_telling(field: Field) -> bool {
    !matches!(field, Field::Existence | Field::Life | Field::Membership | Field::Merge | Field::Edits)
}

/// A value as it is kept, in words.
pub(super) fn value(subject: Subject, field: Field, text: &str) -> Said {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return Said::Text(text.to_owned()) };
    let plain = |text: &str| Said::Text(text.to_owned());
    match (field, &value) {
        (Field::Favorite, Value::Bool(is)) => plain(if *is { "A favourite" } else { "Not a favourite" }),
        (Field::Hidden, Value::Bool(is)) => plain(if *is { "Hidden" } else { "Shown" }),
        (Field::Activity, Value::Bool(is)) => plain(if *is { "Allowed" } else { "Not allowed" }),
        (Field::Visibility | Field::Life | Field::Order, Value::String(word)) => plain(known_word(word)),
        (Field::Rating, Value::Number(number)) if number.as_i64() == Some(-1) => plain("Rejected"),
        (Field::Rating, Value::Number(number)) => Said::Text(format!("{number} of 5 stars")),
        (Field::Date, Value::Object(_)) => date(&value).map_or(Said::Nothing("No date"), Said::Text),
        (Field::BirthDate, Value::String(at)) => Said::Text(Timestamp::parse(at).map_or_else(|_| at.clone(), day)),
        (Field::Place, Value::Array(_)) => place(&value).map_or(Said::Nothing("No place"), Said::Text),
        (Field::Membership, Value::Null) => plain("Not part of it"),
        (Field::Membership, Value::String(role)) if role == "member" => plain("Part of it"),
        (Field::Cover | Field::Front, Value::String(id)) if !matches!(subject, Subject::Person(_)) => {
            Uuid::try_parse(id).map_or_else(|_| Said::Text(id.clone()), |id| Said::Asset(AssetId(id)))
        }
        (Field::Front, Value::String(_)) => plain("Another face"),
        (field, Value::Null) => Said::Nothing(none(field)),
        (field, Value::String(text)) if text.is_empty() => Said::Nothing(none(field)),
        (_, Value::String(text)) => Said::Text(text.clone()),
        (_, other) => Said::Text(other.to_string()),
    }
}

fn known_word(word: &str) -> &str {
    match word {
        "timeline" => "In the timeline",
        "archive" => "In the archive",
        "hidden" => "Hidden",
        "locked" => "In the locked folder",
        "active" => "Not in the trash",
        "trashed" => "In the trash",
        "deleted" => "Deleted for good",
        "asc" => "Oldest first",
        "desc" => "Newest first",
        other => other,
    }
}

fn none(field: Field) -> &'static str {
    match field {
        Field::Description => "No description",
        Field::Rating => "No rating",
        Field::Place => "No place",
        Field::Name => "No name",
        Field::Cover => "No cover",
        Field::BirthDate => "No date of birth",
        Field::Color => "No colour",
        _ => "Nothing",
    }
}

/// `3 May 2024, 14:05 (UTC+2)`, as the clock was where it happened.
fn date(value: &Value) -> Option<String> {
    let at = Timestamp::parse(value.get("at")?.as_str()?).ok()?;
    let offset = value.get("offsetMinutes").and_then(Value::as_i64);
    let local = Timestamp(at.0 + offset.unwrap_or(0) * MINUTE_MS);
    let zone = match offset {
        None => String::new(),
        Some(minutes) => {
            let (sign, minutes) = if minutes < 0 { ('-', -minutes) } else { ('+', minutes) };
            let rest = match minutes % MINUTES_IN_HOUR {
                0 => String::new(),
                rest => format!(":{rest:02}"),
            };
            format!(" (UTC{sign}{}{rest})", minutes / MINUTES_IN_HOUR)
        }
    };
    Some(format!("{}, {}{zone}", day(local), clock(local)))
}

/// `48.1372, 11.5756`.
fn place(value: &Value) -> Option<String> {
    Some(format!("{:.4}, {:.4}", value.get(0)?.as_f64()?, value.get(1)?.as_f64()?))
}

#[cfg(test)]
mod tests {
    use tintype_protocol::id::{AlbumId, PersonId};

    use super::*;

    const ID: &str = "0f9d3c1e-7a4b-4c2d-9e8f-000000000009";

    fn asset() -> Subject {
        Subject::Asset(AssetId(Uuid::from_u128(1)))
    }

    #[test]
    fn values_read_well() {
        let text = |text: &str| Said::Text(text.to_owned());
        let album = Subject::Album(AlbumId(Uuid::from_u128(2)));
        let person = Subject::Person(PersonId(Uuid::from_u128(3)));
        let cover = format!("\"{ID}\"");
        for (subject, field, value_text, said) in [
            (asset(), Field::Favorite, "true", text("A favourite")),
            (asset(), Field::Visibility, "\"archive\"", text("In the archive")),
            (asset(), Field::Life, "\"trashed\"", text("In the trash")),
            (asset(), Field::Description, "\"at sea\"", text("at sea")),
            (asset(), Field::Description, "\"\"", Said::Nothing("No description")),
            (asset(), Field::Rating, "4", text("4 of 5 stars")),
            (asset(), Field::Rating, "-1", text("Rejected")),
            (asset(), Field::Rating, "null", Said::Nothing("No rating")),
            (
                asset(),
                Field::Date,
                r#"{"at":"2025-08-01T22:30:00.000Z","offsetMinutes":120}"#,
                text("2 August 2025, 00:30 (UTC+2)"),
            ),
            (
                asset(),
                Field::Date,
                r#"{"at":"2025-08-01T10:00:00.000Z","offsetMinutes":-210}"#,
                text("1 August 2025, 06:30 (UTC-3:30)"),
            ),
            (
                asset(),
                Field::Date,
                r#"{"at":"2025-08-01T10:00:00.000Z","offsetMinutes":null}"#,
                text("1 August 2025, 10:00"),
            ),
            (asset(), Field::Date, r#"{"at":null,"offsetMinutes":null}"#, Said::Nothing("No date")),
            (asset(), Field::Place, "[48.13721,11.57562]", text("48.1372, 11.5756")),
            (asset(), Field::Place, "null", Said::Nothing("No place")),
            (album, Field::Order, "\"asc\"", text("Oldest first")),
            (album, Field::Cover, &cover, Said::Asset(AssetId(Uuid::try_parse(ID).unwrap()))),
            (album, Field::Cover, "null", Said::Nothing("No cover")),
            (person, Field::Front, &cover, text("Another face")),
            (person, Field::Hidden, "false", text("Shown")),
            // What is not understood is shown as it is.
            (person, Field::Name, "{", text("{")),
        ] {
            assert_eq!(value(subject, field, value_text), said, "{field:?} {value_text}");
        }
    }

    #[test]
    fn lines_are_called_by_what_they_are_about() {
        for (entity, said) in [
            (EntityType::AlbumToAssetBackfillV1, "Photo in an album"),
            (EntityType::AlbumAssetExifUpdateV1, "Details of a photo"),
            (EntityType::PartnerAssetDeleteV1, "Photo, deleted"),
            (EntityType::PartnerStackV1, "Stack"),
            (EntityType::PartnerV1, "Partner"),
            (EntityType::AlbumDeleteV1, "Album, deleted"),
            (EntityType::UserMetadataV1, "Setting"),
            (EntityType::AssetFaceV2, "Face in a photo"),
        ] {
            assert_eq!(kind(entity), said);
        }
    }

    #[test]
    fn deeds_say_what_will_happen_there() {
        let entry = Subject::AlbumAsset(AlbumId(Uuid::from_u128(2)), AssetId(Uuid::from_u128(1)));
        for (subject, field, value, said) in [
            (asset(), Field::Existence, None, "Upload"),
            (asset(), Field::Life, Some("\"trashed\""), "Move to the trash"),
            (asset(), Field::Life, Some("\"active\""), "Take out of the trash"),
            // Its row is gone.
            (asset(), Field::Life, None, "Delete for good"),
            (asset(), Field::Rating, Some("4"), "Rating"),
            (entry, Field::Membership, Some("\"member\""), "Add to the album"),
            (entry, Field::Membership, Some("null"), "Take out of the album"),
        ] {
            assert_eq!(deed(subject, field, value), said);
        }
    }
}
