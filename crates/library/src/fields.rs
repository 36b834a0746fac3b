//! What fields are, as values that can be compared, kept and shown: JSON, the same text for the same value.
//!
//! A field is what is pushed, conflicts and is taken back by itself; see [`Field`].

mod set;

pub(crate) use set::set;

use serde::Serialize;
use serde_json::json;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::AssetStatus;
use tintype_protocol::sync::{AlbumV1, AssetExifV1, AssetV1, PersonV1};
use tintype_protocol::time::Timestamp;
use uuid::Uuid;

use crate::assets::offset_minutes;
use crate::model::{Album, Asset, Exif, Field, FieldValue, LockedField, Person, Stack, Subject};
use crate::store::{Read, StoreError};

fn value(field: Field, value: impl Serialize) -> FieldValue {
    let value = serde_json::to_value(value).unwrap_or_default().to_string();
    FieldValue { field, value }
}

/// Whether an asset is there, in the trash, or deleted for good.
fn life(status: AssetStatus) -> FieldValue {
    value(Field::Life, status.as_str())
}

/// The moment of a capture, and how far the clock was off UTC, in minutes; what a zone is called does not matter.
fn date(at: Option<Timestamp>, zone: Option<&str>) -> FieldValue {
    let offset = at.and_then(|at| offset_minutes(at, zone?));
    value(Field::Date, json!({ "at": at.map(Timestamp::to_iso), "offsetMinutes": offset }))
}

fn place(latitude: Option<f64>, longitude: Option<f64>) -> FieldValue {
    value(Field::Place, latitude.zip(longitude))
}

/// Fields that stand on the row of an asset itself.
pub fn of_asset(asset: &Asset) -> Vec<FieldValue> {
    vec![
        value(Field::Favorite, asset.is_favorite),
        value(Field::Visibility, asset.visibility.as_str()),
        life(asset.status),
    ]
}

/// Fields of an asset that stand beside it.
pub fn of_exif(exif: &Exif) -> Vec<FieldValue> {
    vec![
        value(Field::Description, &exif.description),
        value(Field::Rating, exif.rating),
        date(exif.date_time_original, exif.time_zone.as_deref()),
        place(exif.latitude, exif.longitude),
    ]
}

/// Those that a person set, so that what the file says does not come back.
pub fn locked(exif: &Exif) -> impl Iterator<Item = Field> {
    let is_dated = exif.is_locked(LockedField::DateTimeOriginal) || exif.is_locked(LockedField::TimeZone);
    let all = [
        (Field::Description, exif.is_locked(LockedField::Description)),
        (Field::Rating, exif.is_locked(LockedField::Rating)),
        (Field::Place, exif.is_locked(LockedField::Position)),
        (Field::Date, is_dated),
    ];
    all.into_iter().filter(|(_, is_locked)| *is_locked).map(|(field, _)| field)
}

/// All fields of an asset; none if it is gone.
pub fn of_whole_asset(tx: &dyn Read, id: AssetId) -> Result<Vec<FieldValue>, StoreError> {
    let Some(asset) = tx.asset(id)? else { return Ok(Vec::new()) };
    let exif = tx.exif(id)?.map(|exif| of_exif(&exif)).unwrap_or_default();
    Ok(of_asset(&asset).into_iter().chain(exif).collect())
}

/// The same as a line says it.
pub fn of_asset_line(line: &AssetV1<'_>) -> Vec<FieldValue> {
    let status = if line.deleted_at.is_some() { AssetStatus::Trashed } else { AssetStatus::Active };
    vec![value(Field::Favorite, line.is_favorite), value(Field::Visibility, line.visibility.as_str()), life(status)]
}

/// The same as a line says it.
pub fn of_exif_line(line: &AssetExifV1<'_>) -> Vec<FieldValue> {
    vec![
        value(Field::Description, &line.description),
        value(Field::Rating, line.rating),
        date(line.date_time_original, line.time_zone.as_deref()),
        place(line.latitude.map(|number| number.0), line.longitude.map(|number| number.0)),
    ]
}

/// Fields of an album.
pub fn of_album(album: &Album) -> Vec<FieldValue> {
    vec![
        value(Field::Name, &album.name),
        value(Field::Description, &album.description),
        value(Field::Cover, album.thumbnail_asset_id),
        value(Field::Order, album.order.as_str()),
        value(Field::Activity, album.is_activity_enabled),
    ]
}

/// The same as a line says it; its cover is called `cover` here.
pub fn of_album_line(line: &AlbumV1<'_>, cover: Option<Uuid>) -> Vec<FieldValue> {
    vec![
        value(Field::Name, &line.name),
        value(Field::Description, &line.description),
        value(Field::Cover, cover),
        value(Field::Order, line.order.as_str()),
        value(Field::Activity, line.is_activity_enabled),
    ]
}

/// Fields of a person.
pub fn of_person(person: &Person) -> Vec<FieldValue> {
    vec![
        value(Field::Name, &person.name),
        value(Field::BirthDate, person.birth_date.map(Timestamp::to_iso)),
        value(Field::Hidden, person.is_hidden),
        value(Field::Favorite, person.is_favorite),
        value(Field::Color, &person.color),
        value(Field::Front, person.feature_face),
    ]
}

/// The same as a line says it; the face that stands for the person is called `face` here.
pub fn of_person_line(line: &PersonV1<'_>, face: Option<Uuid>) -> Vec<FieldValue> {
    vec![
        value(Field::Name, &line.name),
        value(Field::BirthDate, line.birth_date.map(Timestamp::to_iso)),
        value(Field::Hidden, line.is_hidden),
        value(Field::Favorite, line.is_favorite),
        value(Field::Color, &line.color),
        value(Field::Front, face),
    ]
}

/// What can be another in a stack.
pub fn of_stack(stack: &Stack) -> Vec<FieldValue> {
    vec![value(Field::Front, stack.primary)]
}

/// Whether something is part of something, and as what.
pub fn membership(role: Option<&str>) -> String {
    json!(role).to_string()
}

/// What was before, of those fields that are something else now.
pub fn changed(before: Vec<FieldValue>, now: &[FieldValue]) -> Vec<FieldValue> {
    before.into_iter().filter(|was| now.iter().any(|is| is.field == was.field && is.value != was.value)).collect()
}

/// What a field is now; nothing if what it belongs to is gone, or if it has no value that can be compared.
pub fn current(tx: &dyn Read, subject: Subject, field: Field) -> Result<Option<String>, StoreError> {
    let values = match subject {
        Subject::Asset(id) => of_whole_asset(tx, id)?,
        Subject::Album(id) => tx.album(id)?.map(|album| of_album(&album)).unwrap_or_default(),
        Subject::Person(id) => tx.person(id)?.map(|person| of_person(&person)).unwrap_or_default(),
        Subject::AlbumAsset(album, asset) => {
            let is_member = tx.albums_with_asset(asset)?.contains(&album);
            return Ok(Some(membership(is_member.then_some("member"))));
        }
        Subject::AlbumUser(album, user) => {
            return Ok(Some(membership(tx.album_role(album, user)?.map(|role| role.as_str()))));
        }
        Subject::AssetTag(asset, tag) => {
            let is_tagged = tx.tags_of(asset)?.iter().any(|known| known.id == tag);
            return Ok(Some(membership(is_tagged.then_some("member"))));
        }
        Subject::StackAsset(stack, asset) => {
            let is_member = tx.asset(asset)?.is_some_and(|asset| asset.stack_id == Some(stack));
            return Ok(Some(membership(is_member.then_some("member"))));
        }
        Subject::Stack(id) => tx.stack(id)?.map(|stack| of_stack(&stack)).unwrap_or_default(),
        Subject::Tag(id) => tx.tag(id)?.map(|tag| value(Field::Color, tag.color)).into_iter().collect::<Vec<_>>(),
    };
    Ok(values.into_iter().find(|known| known.field == field).map(|known| known.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_counts_by_its_offset() {
        let at = Some(Timestamp::parse("2025-08-01T10:00:00.000Z").unwrap());
        assert_eq!(date(at, Some("Europe/Berlin")), date(at, Some("UTC+2")));
        assert_ne!(date(at, Some("UTC+2")), date(at, None));
    }

    #[test]
    fn only_what_is_another_is_changed() {
        let before = vec![value(Field::Name, "a"), value(Field::Hidden, false)];
        let now = [value(Field::Name, "a"), value(Field::Hidden, true)];
        assert_eq!(changed(before, &now), [value(Field::Hidden, false)]);
    }
}
