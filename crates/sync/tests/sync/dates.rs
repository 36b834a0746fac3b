//! Dates as servers have written them over time.

use serde_json::json;
use tintype_protocol::time::Timestamp;

use crate::lines::{asset, exif, person};
use crate::scene::Scene;

/// 2024-01-02T03:04:05Z.
const SECOND: i64 = 1_704_164_645_000;

#[test]
fn a_moment_may_be_written_in_several_ways() {
    let ways = [
        ("2024-01-02T03:04:05.678Z", SECOND + 678),
        ("2024-01-02T03:04:05Z", SECOND),
        ("2024-01-02T03:04:05.6Z", SECOND + 600),
        ("2024-01-02T03:04:05.678912Z", SECOND + 678),
        ("2024-01-02T03:04:05.678+00:00", SECOND + 678),
        ("2024-01-02T05:04:05+02:00", SECOND),
        ("2024-01-01T21:34:05.678-05:30", SECOND + 678),
        ("1969-12-31T23:59:59.999Z", -1),
    ];
    let scene = Scene::new();
    for (number, (text, _)) in (2..).zip(ways) {
        scene.server.say(&asset(number, &json!({ "fileCreatedAt": text, "localDateTime": text })));
        scene.server.say(&exif(number, &json!({ "dateTimeOriginal": text, "modifyDate": text })));
    }
    assert_eq!(scene.pull().unwrap().quarantined, 0, "{:?}", scene.quarantined());
    for (number, (text, expected)) in (2..).zip(ways) {
        let asset = scene.asset(number).unwrap();
        assert_eq!(
            (asset.file_created_at, asset.local_date_time),
            (Timestamp(expected), Timestamp(expected)),
            "{text}"
        );
    }
}

/// A birthday is a day; some write the midnight of it, some only the day.
#[test]
fn a_birthday_may_be_a_moment_or_a_day() {
    let scene = Scene::new();
    scene.server.say(&person(601, "1990-05-01"));
    scene.server.say(&person(602, "1990-05-01T00:00:00.000Z"));
    scene.server.say(&person(603, "1990-05-01T00:00:00Z"));
    assert_eq!(scene.pull().unwrap().quarantined, 0, "{:?}", scene.quarantined());
    let rows = scene.rows();
    let days: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.strip_prefix("person:")?.split(" birth_date=").nth(1)?.split(' ').next())
        .collect();
    assert_eq!(days, ["641520000000"; 3]);
}

/// Two ways to say one moment are no change.
#[test]
fn another_way_to_write_a_moment_moves_nothing() {
    let scene = Scene::new();
    scene.server.say(&asset(2, &json!({ "fileCreatedAt": "2024-01-02T03:04:05.000Z" })));
    scene.pull().unwrap();
    let positions = scene.positions();
    scene.server.fall_silent();
    scene.server.say(&asset(2, &json!({ "fileCreatedAt": "2024-01-02T05:04:05+02:00" })));
    scene.server.forget_checkpoints();
    assert_eq!(scene.pull().unwrap().lines, 2);
    assert_eq!(scene.positions(), positions);
}

#[test]
fn what_is_no_date_is_kept_as_it_came() {
    let scene = Scene::new();
    scene.server.say(&asset(2, &json!({ "fileCreatedAt": "yesterday" })));
    scene.server.say(&asset(3, &json!({})));
    assert_eq!(scene.pull().unwrap().quarantined, 1);
    assert!(scene.quarantined()[0].data.contains("yesterday") && scene.asset(3).is_some());
}
