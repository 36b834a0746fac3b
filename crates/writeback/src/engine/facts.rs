//! From a library's rows to what files have a place for.

use tintype_library::model::{Exif, FaceBox, LockedField};
use tintype_library::write_back::{Facts, is_dated_by_person};
use tintype_media::metadata::{Area, FaceRegion};
use tintype_protocol::model::AssetType;

use crate::known::{Known, Person, Position, Taken};

/// Milliseconds of a minute.
const MINUTE_MS: i64 = 60_000;
/// The zone of films whose file says nothing of any.
const FILM_ZONE: &str = "UTC";

/// What is known of an asset.
pub(super) fn known(facts: &Facts) -> Known {
    let exif = &facts.exif;
    let place = exif.latitude.zip(exif.longitude);
    Known {
        people: facts.people.iter().map(|(name, faces)| person(name, faces, exif.orientation)).collect(),
        stored_size: stored_size(facts),
        position: place.map(|(latitude, longitude)| Position { latitude, longitude, altitude: None }),
        caption: exif.description.clone(),
        taken: taken(facts),
        rating: exif.rating,
        is_favorite: facts.asset.is_favorite,
        albums: facts.albums.clone(),
        tags: facts.tags.clone(),
        may_be_age: !is_dated_by_person(exif) && has_zone_of_place(exif),
        caption_is_files: !exif.is_locked(LockedField::Description),
    }
}

/// Whether the zone is that of a place which a person set: it says nothing of any date. Zones from files are offsets.
fn has_zone_of_place(exif: &Exif) -> bool {
    exif.is_locked(LockedField::Position) && exif.time_zone.as_deref().is_some_and(|zone| zone.contains('/'))
}

fn person(name: &str, faces: &[FaceBox], orientation: Option<u8>) -> Person {
    let areas = faces.iter().filter_map(|face| Some(stored(face, orientation)?.0));
    Person { name: name.to_owned(), faces: areas.collect() }
}

/// Faces are kept as in the upright original, whatever edits there are: files hold the original, not upright.
fn stored(face: &FaceBox, orientation: Option<u8>) -> Option<(Area, (u32, u32))> {
    let FaceBox { image_width, image_height, x1, y1, x2, y2 } = *face;
    FaceRegion { name: String::new(), image_width, image_height, x1, y1, x2, y2 }.stored(orientation)
}

/// The size of the original as it is stored, or at least one of its shape.
fn stored_size(facts: &Facts) -> Option<(u32, u32)> {
    let by_face = || {
        let face = facts.people.iter().flat_map(|(_, faces)| faces).next()?;
        Some(stored(face, facts.exif.orientation)?.1)
    };
    facts.exif.image_width.zip(facts.exif.image_height).or_else(by_face)
}

/// When it was taken, if that is known: without any date, an asset has the age of its file, which is nothing to write down.
fn taken(facts: &Facts) -> Option<Taken> {
    let (asset, exif) = (&facts.asset, &facts.exif);
    let is_certain = is_dated_by_person(exif);
    let zone = exif.time_zone.as_deref();
    let is_only_film = asset.asset_type == AssetType::Video && zone == Some(FILM_ZONE);
    if !is_certain && (zone.is_none() || is_only_film) {
        return None;
    }
    let ahead = asset.local_date_time.0 - asset.file_created_at.0;
    // Clocks of long ago were ahead by odd seconds, which no file can say.
    let is_whole = ahead % MINUTE_MS == 0;
    let offset_minutes = zone.filter(|_| is_whole).and_then(|_| i32::try_from(ahead / MINUTE_MS).ok());
    Some(Taken { wall_ms: asset.local_date_time.0, offset_minutes })
}
