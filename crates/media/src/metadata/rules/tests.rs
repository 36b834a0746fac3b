//! One test per rule.

use serde_json::{Value, json};

use super::*;

const PICTURE: Kind = Kind { is_video: false, may_have_duration: false };
const VIDEO: Kind = Kind { is_video: true, may_have_duration: true };

fn tags(value: Value) -> Tags {
    let Value::Object(object) = value else { panic!("an object") };
    Tags::from_json(object)
}

fn picture(value: Value) -> Metadata {
    resolve(&tags(value), None, PICTURE)
}

fn with_sidecar(media: Value, sidecar: Value) -> Metadata {
    resolve(&tags(media), Some(&tags(sidecar)), PICTURE)
}

fn ms(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

fn captured_at(instant: &str, local: &str, zone: Option<&str>) -> Option<Captured> {
    Some(Captured { instant_ms: ms(instant), local_ms: ms(local), time_zone: zone.map(str::to_owned) })
}

#[test]
fn the_first_date_tag_with_a_date_decides() {
    for (index, name) in DATE_TAGS.iter().enumerate() {
        let mut all = Tags::default();
        for (later, other) in DATE_TAGS.iter().enumerate().skip(index) {
            all.set(other, format!("20{:02}:01:01 10:00:00", 10 + later));
        }
        if let Some(earlier) = index.checked_sub(1) {
            all.set(DATE_TAGS[earlier], "0000:00:00 00:00:00");
        }
        let captured = resolve(&all, None, PICTURE).captured.unwrap();
        let year = jiff::Timestamp::from_millisecond(captured.instant_ms).unwrap().to_string()[..4].to_owned();
        assert_eq!(year, format!("20{:02}", 10 + index), "{name}");
    }
}

#[test]
fn dates_that_are_none() {
    for text in ["0000:00:00 00:00:00", "2024:13:01 10:00:00", "2004:02:26", "", "soon"] {
        assert_eq!(picture(json!({"DateTimeOriginal": text})).captured, None, "{text}");
    }
    assert_eq!(picture(json!({"DateTimeOriginal": 2010})).captured, None);
}

#[test]
fn a_date_without_zone_counts_as_utc() {
    let found = picture(json!({"DateTimeOriginal": "2003:12:04 06:46:52"}));
    assert_eq!(found.captured, captured_at("2003-12-04T06:46:52Z", "2003-12-04T06:46:52Z", None));
}

#[test]
fn offsets_shift_the_instant_not_the_wall_clock() {
    let found = picture(json!({"SubSecDateTimeOriginal": "2020:09:14 11:09:34.641-05:00"}));
    assert_eq!(found.captured, captured_at("2020-09-14T16:09:34.641Z", "2020-09-14T11:09:34.641Z", Some("UTC-5")));
    let found = picture(json!({"DateTimeOriginal": "2020:09:14 11:09:34", "OffsetTimeOriginal": "+05:45"}));
    assert_eq!(found.captured, captured_at("2020-09-14T05:24:34Z", "2020-09-14T11:09:34Z", Some("UTC+5:45")));
}

#[test]
fn zero_offsets_are_named_by_where_they_stand() {
    for text in ["2020:09:14 11:09:34Z", "2020:09:14 11:09:34+00:00"] {
        let found = picture(json!({"DateTimeOriginal": text}));
        assert_eq!(
            found.captured,
            captured_at("2020-09-14T11:09:34Z", "2020-09-14T11:09:34Z", Some("UTC+0")),
            "{text}"
        );
    }
    let found = picture(json!({"DateTimeOriginal": "2020:09:14 11:09:34+00:00", "OffsetTimeOriginal": "+00:00"}));
    assert_eq!(found.time_zone.as_deref(), Some("UTC"));
}

#[test]
fn the_position_gives_the_zone() {
    let found =
        picture(json!({"DateTimeOriginal": "2016:09:28 18:18:05.813", "GPSLatitude": 53.38, "GPSLongitude": -1.456}));
    assert_eq!(
        found.captured,
        captured_at("2016-09-28T17:18:05.813Z", "2016-09-28T18:18:05.813Z", Some("Europe/London"))
    );
}

#[test]
fn videos_are_utc_and_shown_where_they_were_taken() {
    let media = json!({"CreateDate": "2024:07:01 10:00:00", "GPSLatitude": 52.52, "GPSLongitude": 13.405});
    let found = resolve(&tags(media), None, VIDEO);
    assert_eq!(found.captured, captured_at("2024-07-01T10:00:00Z", "2024-07-01T12:00:00Z", Some("Europe/Berlin")));
    let found = resolve(&tags(json!({})), None, VIDEO);
    assert_eq!((found.captured, found.time_zone.as_deref()), (None, Some("UTC")));
    let media = json!({"CreationDate": "2024:07:01 12:00:00+02:00", "CreateDate": "2024:07:01 10:00:00"});
    let found = resolve(&tags(media), None, VIDEO);
    assert_eq!(found.captured, captured_at("2024-07-01T10:00:00Z", "2024-07-01T12:00:00Z", Some("UTC+2")));
}

#[test]
fn sidecar_values_win() {
    let found = with_sidecar(
        json!({"Rating": 2, "ImageDescription": "camera", "Make": "M"}),
        json!({"Rating": 4, "ImageDescription": "person"}),
    );
    assert_eq!((found.rating, found.description.as_str(), found.make.as_deref()), (Some(4), "person", Some("M")));
}

#[test]
fn a_date_in_the_sidecar_replaces_all_dates_and_zones_of_the_media() {
    let media = json!({"SubSecDateTimeOriginal": "2020:01:01 10:00:00.5+02:00", "OffsetTimeOriginal": "+02:00"});
    let found = with_sidecar(media.clone(), json!({"DateTimeOriginal": "2021:05:05 12:00:00"}));
    assert_eq!(found.captured, captured_at("2021-05-05T12:00:00Z", "2021-05-05T12:00:00Z", None));
    let found = with_sidecar(media, json!({"Rating": 1}));
    assert_eq!(found.time_zone.as_deref(), Some("UTC+2"));
}

#[test]
fn a_position_in_the_sidecar_moves_the_wall_clock() {
    let media = json!({"DateTimeOriginal": "2024:07:01 10:00:00"});
    let found = with_sidecar(media, json!({"GPSLatitude": 52.52, "GPSLongitude": 13.405}));
    assert_eq!(found.captured, captured_at("2024-07-01T10:00:00Z", "2024-07-01T12:00:00Z", Some("Europe/Berlin")));
}

#[test]
fn size_comes_from_image_size_first() {
    let found = picture(json!({"ImageSize": "3456x2304", "ImageWidth": 1536, "ImageHeight": 1024, "Orientation": 6}));
    assert_eq!((found.width, found.height), (Some(3456), Some(2304)));
    assert_eq!(found.displayed_size(), Some((2304, 3456)));
    let found = picture(json!({"ImageWidth": 1536, "ImageHeight": 1024, "Orientation": 4}));
    assert_eq!(found.displayed_size(), Some((1536, 1024)));
    assert_eq!(picture(json!({"ImageWidth": 1536})).width, None);
    assert_eq!(picture(json!({"ImageSize": "3456 2304"})).width, Some(3456));
}

#[test]
fn positions_need_two_sensible_numbers() {
    let position = |latitude: Value, longitude: Value| {
        let found = picture(json!({"GPSLatitude": latitude, "GPSLongitude": longitude}));
        found.latitude.zip(found.longitude)
    };
    assert_eq!(position(json!(1.5), json!(0)), Some((1.5, 0.0)));
    assert_eq!(position(json!(0), json!(0)), None);
    assert_eq!(position(json!("1.5 N"), json!(2)), None);
    assert_eq!(position(json!(4294967295u32), json!(2)), None);
    assert_eq!(picture(json!({"GPSLatitude": 3})).latitude, None);
}

#[test]
fn orientations() {
    assert_eq!(picture(json!({"Orientation": 8})).orientation, Some(8));
    for wrong in [json!(0), json!(9), json!(1.5), json!("Rotate 90 CW")] {
        assert_eq!(picture(json!({"Orientation": wrong})).orientation, None);
    }
}

#[test]
fn cameras() {
    let camera = |value| {
        let found = picture(value);
        (found.make.unwrap_or_default(), found.model.unwrap_or_default())
    };
    let device = json!({"Manufacturer": "b", "ModelName": "c"});
    assert_eq!(camera(json!({"Make": "a", "Device": device, "Model": "m"})), ("a".into(), "m".into()));
    assert_eq!(camera(json!({"Device": device, "AndroidMake": "d"})), ("b".into(), "c".into()));
    assert_eq!(camera(json!({"AndroidMake": "d", "AndroidModel": "e"})), ("d".into(), "e".into()));
    assert_eq!(camera(json!({"DeviceManufacturer": "f", "DeviceModelName": "g"})), ("f".into(), "g".into()));
}

#[test]
fn the_first_lens_tag_decides_even_when_it_says_nothing() {
    let lens = |value| picture(value).lens_model;
    assert_eq!(lens(json!({"LensID": "A", "LensModel": "B"})).as_deref(), Some("A"));
    assert_eq!(lens(json!({"LensID": "Unknown 18-55mm", "LensModel": "B"})), None);
    assert_eq!(lens(json!({"LensType": "----"})), None);
    assert_eq!(lens(json!({"LensSpec": "35mm F2"})).as_deref(), Some("35mm F2"));
    assert_eq!(lens(json!({"LensModel": "GR LENS      "})).as_deref(), Some("GR LENS"));
    assert_eq!(lens(json!({"LensModel": "  "})), None);
}

#[test]
fn descriptions_are_trimmed() {
    let description = |value| picture(value).description;
    assert_eq!(description(json!({"ImageDescription": " a ", "Description": "b"})), "a");
    assert_eq!(description(json!({"ImageDescription": "", "Description": "b"})), "b");
    assert_eq!(description(json!({"ImageDescription": "   ", "Description": "b"})), "", "spaces are text");
    assert_eq!(description(json!({})), "");
}

#[test]
fn ratings() {
    let cases = [(0, None), (1, Some(1)), (5, Some(5)), (-1, Some(-1)), (6, None), (-2, None), (99, None)];
    for (rating, expected) in cases {
        assert_eq!(picture(json!({"Rating": rating})).rating, expected, "{rating}");
    }
}

#[test]
fn numbers_must_be_numbers_and_fit() {
    let found = picture(json!({"FNumber": 2.8, "FocalLength": 50, "ISO": 100}));
    assert_eq!((found.f_number, found.focal_length, found.iso), (Some(2.8), Some(50.0), Some(100)));
    let found = picture(json!({"FNumber": "undef", "FocalLength": 4294967295u32, "ISO": "100, 0"}));
    assert_eq!((found.f_number, found.focal_length, found.iso), (None, None, None));
}

#[test]
fn exposure_time_is_text() {
    assert_eq!(picture(json!({"ExposureTime": "1/500"})).exposure_time.as_deref(), Some("1/500"));
    assert_eq!(picture(json!({"ExposureTime": 4.0})).exposure_time.as_deref(), Some("4"));
}

#[test]
fn frame_rate_projection_and_profile() {
    let found =
        picture(json!({"VideoFrameRate": 29.97, "ProjectionType": "equirectangular", "ProfileDescription": "P3"}));
    assert_eq!(found.fps, Some(29.97));
    assert_eq!(found.projection_type.as_deref(), Some("EQUIRECTANGULAR"));
    assert_eq!(found.profile_description.as_deref(), Some("P3"));
    assert_eq!(picture(json!({"VideoFrameRate": "n/a"})).fps, None);
}

#[test]
fn ids_of_live_photos_and_bursts() {
    let found =
        picture(json!({"ContentIdentifier": "x", "MediaGroupUUID": "y", "BurstUUID": "b", "MediaUniqueID": "m"}));
    assert_eq!((found.live_photo_cid.as_deref(), found.auto_stack_id.as_deref()), (Some("x"), Some("b")));
    let found = picture(json!({"MediaGroupUUID": "y", "MediaUniqueID": "m"}));
    assert_eq!((found.live_photo_cid.as_deref(), found.auto_stack_id.as_deref()), (Some("y"), Some("m")));
}

#[test]
fn tags_come_from_the_richest_source() {
    let found = |value| picture(value).tags;
    assert_eq!(found(json!({"TagsList": ["a/b"], "HierarchicalSubject": ["c"], "Keywords": ["d"]})), ["a/b"]);
    assert_eq!(found(json!({"HierarchicalSubject": ["c|d/e"], "Keywords": ["d"]})), ["c/d|e"]);
    assert_eq!(found(json!({"Keywords": "single"})), ["single"]);
    assert_eq!(found(json!({"Keywords": [2024, "x"]})), ["2024", "x"]);
}

#[test]
fn durations() {
    let duration = |value: Value, kind| resolve(&tags(json!({"Duration": value})), None, kind).duration_ms;
    assert_eq!(duration(json!(4.966667), VIDEO), Some(4966));
    assert_eq!(duration(json!(2.299), VIDEO), Some(2299));
    assert_eq!(duration(json!("00:01:03.500000000"), VIDEO), Some(63_500));
    assert_eq!(duration(json!(4), PICTURE), None);
    assert_eq!(duration(json!(-1), VIDEO), None);
    assert_eq!(duration(json!("forever"), VIDEO), None);
}
