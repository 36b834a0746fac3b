//! What a line may change of an asset whose original lies here.
//!
//! This library has read the file, and a server may send a line before it has: such a line does not take away what is
//! known. What is known does not become unknown by a later line, either.

use std::borrow::Cow;

use tintype_protocol::bytes::base64;
use tintype_protocol::sync::{AssetExifV1, AssetV1, LineDuration, Number};

use crate::model::{Asset, Exif, LockedField};

/// Whether the server has not read the file yet. It says then what the device said, and what its owner chose.
pub(super) fn is_unread(line: &AssetV1<'_>) -> bool {
    line.width.flatten().is_none() && line.thumbhash.is_none()
}

/// Whether the server has not read the file yet.
pub(super) fn is_unread_exif(line: &AssetExifV1<'_>) -> bool {
    line.exif_image_width.is_none() && line.date_time_original.is_none()
}

/// The line with what is known here in the place of what it does not say. The content is that of the original here. One
/// that is `is_unread` says only what a person chooses.
pub(super) fn over_asset<'l>(line: &AssetV1<'l>, here: &'l Asset, is_unread: bool) -> AssetV1<'l> {
    let duration = match line.duration {
        LineDuration::Text(known) | LineDuration::Millis(known) => known.or(here.duration_ms),
    };
    // What was made of the original here goes by a name that says what it is.
    let is_derived = line.checksum != here.checksum;
    let name = if is_derived { Cow::Borrowed(&*here.original_name) } else { line.original_file_name.clone() };
    let known = AssetV1 {
        original_file_name: name,
        duration: LineDuration::Millis(duration),
        width: Some(line.width.flatten().or(here.width)),
        height: Some(line.height.flatten().or(here.height)),
        is_edited: Some(line.is_edited.unwrap_or(here.is_edited)),
        checksum: here.checksum,
        thumbhash: line.thumbhash.clone().or_else(|| here.thumbhash.as_deref().map(|hash| base64(hash).into())),
        ..line.clone()
    };
    if !is_unread {
        return known;
    }
    AssetV1 {
        original_file_name: Cow::Borrowed(&here.original_name),
        file_created_at: here.file_created_at,
        file_modified_at: here.file_modified_at,
        local_date_time: here.local_date_time,
        asset_type: here.asset_type,
        duration: LineDuration::Millis(here.duration_ms),
        is_edited: Some(here.is_edited),
        ..known
    }
}

/// The line with what is known here in the place of what it does not say. What a person can take away is not kept:
/// description, place and rating.
pub(super) fn over_exif<'l>(line: AssetExifV1<'l>, here: &'l Exif) -> AssetExifV1<'l> {
    let text = |known: &'l Option<String>| known.as_deref().map(Cow::Borrowed);
    let real = |number: Option<f64>| number.map(Number);
    let place = (line.latitude, line.longitude);
    // A zone belongs to its date, and to its place.
    let is_same_date = line.date_time_original.is_none_or(|date| Some(date) == here.date_time_original);
    let is_same_place = place == (real(here.latitude), real(here.longitude));
    let name = |said: Option<Cow<'l, str>>, known| said.or_else(|| text(known).filter(|_| is_same_place));
    AssetExifV1 {
        exif_image_width: line.exif_image_width.or(here.image_width),
        exif_image_height: line.exif_image_height.or(here.image_height),
        file_size_in_byte: line.file_size_in_byte.or(here.file_size_bytes),
        orientation: line.orientation.or_else(|| here.orientation.map(|number| number.to_string().into())),
        date_time_original: line.date_time_original.or(here.date_time_original),
        modify_date: line.modify_date.or(here.modify_date),
        time_zone: line.time_zone.or_else(|| text(&here.time_zone).filter(|_| is_same_date && is_same_place)),
        projection_type: line.projection_type.or_else(|| text(&here.projection_type)),
        city: name(line.city, &here.city),
        state: name(line.state, &here.state),
        country: name(line.country, &here.country),
        make: line.make.or_else(|| text(&here.make)),
        model: line.model.or_else(|| text(&here.model)),
        lens_model: line.lens_model.or_else(|| text(&here.lens_model)),
        f_number: line.f_number.or(real(here.f_number)),
        focal_length: line.focal_length.or(real(here.focal_length)),
        iso: line.iso.or(here.iso),
        exposure_time: line.exposure_time.or_else(|| text(&here.exposure_time)),
        profile_description: line.profile_description.or_else(|| text(&here.profile_description)),
        fps: line.fps.or(real(here.fps)),
        ..line
    }
}

/// What a line says otherwise than is known here, of what a person may have changed: a set of [`LockedField::bit`]s.
pub(super) fn said_otherwise(line: &AssetExifV1<'_>, here: &Exif) -> u32 {
    let place = (line.latitude.map(|number| number.0), line.longitude.map(|number| number.0));
    let (is_moved, is_redated) =
        (place != (here.latitude, here.longitude), line.date_time_original != here.date_time_original);
    // No zone is a word, too, about a date or a place that the file does not say.
    let is_zoneless = line.time_zone.is_none() && (is_moved || is_redated);
    [
        (LockedField::Description, line.description != here.description),
        (LockedField::Rating, line.rating != here.rating),
        (LockedField::Position, is_moved),
        (LockedField::DateTimeOriginal, is_redated),
        (LockedField::TimeZone, is_zoneless || line.time_zone.as_deref() != here.time_zone.as_deref()),
    ]
    .into_iter()
    .filter(|(_, is_other)| *is_other)
    .fold(0, |bits, (field, _)| bits | field.bit())
}

#[cfg(test)]
mod tests {
    use tintype_protocol::time::Timestamp;

    use super::*;

    fn line(json: &str) -> AssetExifV1<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_place_that_is_another_has_other_names() {
        let here = Exif {
            latitude: Some(43.5),
            longitude: Some(7.0),
            city: Some("Nice".to_owned()),
            make: Some("ACME".to_owned()),
            rating: Some(4),
            description: "at the sea".to_owned(),
            ..Exif::default()
        };
        let id = "0f9d3c1e-7a4b-4c2d-9e8f-112233445566";
        for (place, city) in [
            (r#""latitude":43.5,"longitude":7"#, Some("Nice")),
            (r#""latitude":1.5,"longitude":7"#, None),
            (r#""latitude":null,"longitude":null"#, None),
            (r#""latitude":1.5,"longitude":7,"city":"Rome""#, Some("Rome")),
        ] {
            let json = format!(r#"{{"assetId":"{id}","description":"",{place}}}"#);
            let said = over_exif(line(&json), &here);
            assert_eq!((said.city.as_deref(), said.make.as_deref()), (city, Some("ACME")), "{place}");
            assert_eq!((said.rating, said.description.as_ref()), (None, ""), "a person may take these away");
        }
    }

    #[test]
    fn a_date_or_place_that_is_another_has_no_zone_of_ours() {
        let date = Timestamp::parse("2025-08-01T10:00:00.000Z").unwrap();
        let here = Exif { date_time_original: Some(date), time_zone: Some("UTC+2".to_owned()), ..Exif::default() };
        let id = "0f9d3c1e-7a4b-4c2d-9e8f-112233445566";
        for (said, zone) in [
            (r#""dateTimeOriginal":"2025-08-01T10:00:00.000Z""#, Some("UTC+2")),
            (r#""dateTimeOriginal":null"#, Some("UTC+2")),
            (r#""dateTimeOriginal":"2024-05-01T08:00:00.000Z""#, None),
            (r#""dateTimeOriginal":"2024-05-01T08:00:00.000Z","timeZone":"UTC+3""#, Some("UTC+3")),
            (r#""dateTimeOriginal":"2025-08-01T10:00:00.000Z","latitude":50,"longitude":10"#, None),
        ] {
            let json = format!(r#"{{"assetId":"{id}","description":"",{said}}}"#);
            assert_eq!(over_exif(line(&json), &here).time_zone.as_deref(), zone, "{said}");
        }
    }

    #[test]
    fn a_file_counts_as_read_when_anything_of_it_is_known() {
        let id = "0f9d3c1e-7a4b-4c2d-9e8f-112233445566";
        for (more, is_unread) in [
            ("", true),
            (r#","description":"x","rating":3"#, true),
            (r#","exifImageWidth":4"#, false),
            (r#","dateTimeOriginal":"2024-01-02T03:04:05.678Z""#, false),
        ] {
            let json = format!(
                r#"{{"assetId":"{id}"{}{more}}}"#,
                if more.contains("description") { "" } else { r#","description":"""# }
            );
            assert_eq!(is_unread_exif(&line(&json)), is_unread, "{more}");
        }
    }
}
