//! From what another server says of a photo to what files have a place for.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use tintype_client::{AssetDetails, FoundAsset, FoundPerson};
use tintype_media::metadata::FaceRegion;
use tintype_protocol::model::AssetType;

use crate::known::{Known, Person, Position, Taken};
use crate::wish::{ALBUMS, PEOPLE};

/// Milliseconds of a minute.
const MINUTE_MS: i64 = 60_000;
/// The zone of films whose file says nothing of any.
const FILM_ZONE: &str = "UTC";
/// A date this close to that of the file is the file's, in milliseconds.
const SAME_AGE_MS: i64 = 1_000;

/// What is known of an asset. `zone` is that of photos of which the server knows none.
pub(super) fn known(asset: &FoundAsset, details: &AssetDetails, albums: Vec<String>, zone: Option<&TimeZone>) -> Known {
    let exif = asset.exif_info.clone().unwrap_or_default();
    let orientation = exif.orientation.as_deref().and_then(|text| text.parse().ok());
    let place = exif.latitude.zip(exif.longitude);
    // Faces of an edited picture are said to be where the edited one has them.
    let has_faces = asset.is_edited != Some(true);
    let is_shown = |person: &&FoundPerson| !person.is_hidden && !person.name.trim().is_empty();
    let shown: Vec<&FoundPerson> = details.people.iter().filter(is_shown).collect();
    let regions = |person: &FoundPerson| -> Vec<_> {
        let faces = person.faces.iter().flatten().filter(|_| has_faces);
        faces.filter_map(|face| region(face).stored(orientation)).collect()
    };
    let by_face = || shown.iter().find_map(|person| Some(regions(person).first()?.1));
    let tags = details.tags.iter().map(|tag| tag.value.clone()).filter(|tag| !is_ours(tag));
    Known {
        people: shown
            .iter()
            .map(|person| Person {
                name: person.name.clone(),
                faces: regions(person).into_iter().map(|(area, _)| area).collect(),
            })
            .collect(),
        stored_size: exif.exif_image_width.zip(exif.exif_image_height).or_else(by_face),
        position: place.map(|(latitude, longitude)| Position {
            latitude: latitude.0,
            longitude: longitude.0,
            altitude: None,
        }),
        caption: exif.description.clone().unwrap_or_default(),
        taken: taken(asset, exif.time_zone.as_deref(), zone),
        rating: exif.rating,
        is_favorite: asset.is_favorite,
        albums,
        tags: tags.collect(),
        // A server says a zone of a photo on its map, whether its file has a date or not.
        may_be_age: is_age(asset) && exif.time_zone.as_deref().is_some_and(|zone| zone.contains('/')),
        caption_is_files: false,
    }
}

fn region(face: &tintype_client::FoundFace) -> FaceRegion {
    FaceRegion {
        name: String::new(),
        image_width: face.image_width,
        image_height: face.image_height,
        x1: face.bounding_box_x1,
        y1: face.bounding_box_y1,
        x2: face.bounding_box_x2,
        y2: face.bounding_box_y2,
    }
}

/// Whether a tag stands for somebody or an album, as what was written for them is read by servers: it is no news, and may be
/// an old one.
fn is_ours(tag: &str) -> bool {
    [PEOPLE, ALBUMS].iter().any(|root| tag.strip_prefix(root).is_some_and(|rest| rest.starts_with('/')))
}

/// When it was taken, if that is known: a date in no zone may be the file's age, which is nothing to write down.
fn taken(asset: &FoundAsset, known: Option<&str>, fallback: Option<&TimeZone>) -> Option<Taken> {
    let wall_ms = asset.local_date_time.0;
    if known.is_some() {
        if asset.asset_type == AssetType::Video && known == Some(FILM_ZONE) {
            return None;
        }
        let ahead = wall_ms - asset.file_created_at.0;
        let is_whole = ahead % MINUTE_MS == 0;
        let offset_minutes = i32::try_from(ahead / MINUTE_MS).ok().filter(|_| is_whole);
        return Some(Taken { wall_ms, offset_minutes });
    }
    let zone = fallback.filter(|_| !is_age(asset))?;
    let wall = civil(wall_ms)?;
    let seconds = zone.to_ambiguous_timestamp(wall).compatible().ok().map(|at| zone.to_offset(at).seconds());
    let offset_minutes = seconds.filter(|seconds| seconds % 60 == 0).map(|seconds| seconds / 60);
    Some(Taken { wall_ms, offset_minutes })
}

/// Whether the date may be the file's.
fn is_age(asset: &FoundAsset) -> bool {
    (asset.file_created_at.0 - asset.file_modified_at.0).abs() <= SAME_AGE_MS
}

fn civil(ms: i64) -> Option<DateTime> {
    Some(jiff::Timestamp::from_millisecond(ms).ok()?.to_zoned(TimeZone::UTC).datetime())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn found(more: &Value) -> FoundAsset {
        let mut asset = json!({
            "id": "0f9d3c1e-7a4b-4c2d-9e8f-000000000002", "ownerId": "0f9d3c1e-7a4b-4c2d-9e8f-000000000001",
            "type": "IMAGE", "originalFileName": "a.jpg", "originalPath": "/data/2024/07/a.jpg", "thumbhash": null,
            "fileCreatedAt": "2024-07-02T10:00:00.000Z", "fileModifiedAt": "2024-07-05T00:00:00.000Z",
            "localDateTime": "2024-07-02T12:00:00.000Z", "updatedAt": "2024-07-05T00:00:00.000Z",
            "isFavorite": true, "isTrashed": false, "visibility": "timeline", "duration": "0:00:00.00000",
            "checksum": "AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        });
        asset.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(asset).unwrap()
    }

    fn taken_of(more: &Value, zone: Option<&str>) -> Option<Option<i32>> {
        let zone = zone.map(|name| TimeZone::get(name).unwrap());
        let known = known(&found(more), &AssetDetails::default(), Vec::new(), zone.as_ref());
        known.taken.map(|taken| taken.offset_minutes)
    }

    #[test]
    fn dates_have_the_zone_of_the_photo_or_the_one_that_is_set() {
        let berlin = json!({ "exifInfo": { "timeZone": "Europe/Berlin" } });
        assert_eq!(taken_of(&berlin, Some("Asia/Tokyo")), Some(Some(120)), "the photo knows");
        assert_eq!(taken_of(&json!({}), None), None, "nobody knows");
        assert_eq!(taken_of(&json!({}), Some("Asia/Tokyo")), Some(Some(540)));
        let age = json!({ "fileModifiedAt": "2024-07-02T10:00:00.500Z" });
        assert_eq!(taken_of(&age, Some("Asia/Tokyo")), None, "that is only the file's age");
        let film = json!({ "type": "VIDEO", "exifInfo": { "timeZone": "UTC" } });
        assert_eq!(taken_of(&film, Some("Asia/Tokyo")), None, "nobody knows where it was taken");
    }

    #[test]
    fn people_are_those_with_a_name_and_tags_those_of_others() {
        let face = json!({
            "imageWidth": 400, "imageHeight": 300, "boundingBoxX1": 40, "boundingBoxX2": 80, "boundingBoxY1": 30,
            "boundingBoxY2": 90,
        });
        let person = |name: &str, is_hidden: bool| {
            let id = "0f9d3c1e-7a4b-4c2d-9e8f-000000000009";
            json!({ "id": id, "name": name, "isHidden": is_hidden, "faces": [face] })
        };
        let details = json!({
            "people": [person("Ada", false), person(" ", false), person("Eve", true)],
            "tags": [{ "value": "a/b" }, { "value": "People/Ada" }, { "value": "Peoples/x" }],
        });
        let details: AssetDetails = serde_json::from_value(details).unwrap();
        let of = |more: &Value| known(&found(more), &details, Vec::new(), None);
        let said = of(&json!({ "exifInfo": { "orientation": "1", "latitude": -3, "longitude": 4.5 } }));
        assert_eq!((said.people.len(), said.people[0].name.as_str(), said.people[0].faces.len()), (1, "Ada", 1));
        assert_eq!(said.tags, ["a/b", "Peoples/x"], "the other one is our own word for Ada");
        assert_eq!(said.stored_size, Some((400, 300)));
        assert_eq!(said.position.map(|at| (at.latitude, at.longitude)), Some((-3.0, 4.5)));
        let turned = of(&json!({ "exifInfo": { "orientation": "6" } }));
        assert_eq!(turned.stored_size, Some((300, 400)));
        assert!(of(&json!({ "isEdited": true })).people[0].faces.is_empty());
    }
}
