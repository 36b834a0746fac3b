//! Assets.

use tintype_protocol::id::AssetId;
use tintype_protocol::model::{AssetStatus, SortOrder, Visibility};
use tintype_protocol::time::Timestamp;

use super::Subject;
use super::scene::{NOW, Scene, asset, uuid};
use crate::model::{AssetFilter, BucketFilter, Exif, Match, MonthCount, NewAsset};
use crate::store::{Ledger, StoreError};

/// With a value in every field.
fn exif() -> Exif {
    Exif {
        description: "à la mer".to_owned(),
        image_width: Some(4_000),
        image_height: Some(3_000),
        file_size_bytes: Some(1),
        orientation: Some(6),
        date_time_original: Some(NOW),
        modify_date: Some(NOW),
        time_zone: Some("UTC+2".to_owned()),
        latitude: Some(-33.86),
        longitude: Some(179.5),
        projection_type: Some("EQUIRECTANGULAR".to_owned()),
        city: Some("Suva".to_owned()),
        state: Some("Central".to_owned()),
        country: Some("Fiji".to_owned()),
        make: Some("Canon".to_owned()),
        model: Some("R6".to_owned()),
        lens_model: Some("RF".to_owned()),
        f_number: Some(1.8),
        focal_length: Some(24.0),
        iso: Some(100),
        exposure_time: Some("1/500".to_owned()),
        profile_description: Some("sRGB".to_owned()),
        rating: Some(-1),
        fps: Some(29.97),
        live_photo_cid: Some("cid".to_owned()),
        auto_stack_id: Some("burst".to_owned()),
        locked: 5,
    }
}

pub(super) fn an_asset_round_trips(subject: &Subject) {
    let scene = Scene::of(subject);
    let owner = scene.user(1);
    let id = scene.asset(owner, 1);
    let mut row = scene.read(|tx| tx.asset(id)).expect("the asset");
    assert_eq!((row.status, row.created_at, row.is_rendered), (AssetStatus::Active, NOW, false));
    assert_eq!(scene.read(|tx| tx.exif(id)).expect("its exif row").file_size_bytes, Some(1_000));
    row.visibility = Visibility::Archive;
    row.thumbhash = Some(vec![1, 2, 3]);
    (row.width, row.height, row.duration_ms) = (Some(7), Some(9), Some(1_234));
    (row.is_rendered, row.is_encoded, row.is_edited, row.is_offline) = (true, true, true, true);
    (row.status, row.deleted_at) = (AssetStatus::Trashed, Some(NOW));
    row.local_date_time = Timestamp(-1);
    let changed = row.clone();
    scene.write(move |tx| {
        tx.update_asset(&changed)?;
        tx.update_exif(id, &exif())
    });
    assert_eq!(scene.read(|tx| tx.asset(id)), Some(row));
    assert_eq!(scene.read(|tx| tx.exif(id)), Some(exif()));
}

pub(super) fn contents_and_paths_are_unique(subject: &Subject) {
    let scene = Scene::of(subject);
    let (owner, other) = (scene.user(1), scene.user(2));
    scene.asset(owner, 1);
    let same =
        |owner, path: &str| NewAsset { id: AssetId(uuid(101, 9)), original_path: path.to_owned(), ..asset(owner, 1) };
    let again = same(owner, "library/else.jpg");
    let refused = scene.try_write(move |tx| tx.insert_asset(&again));
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    let theirs = same(other, "library/other.jpg");
    scene.write(move |tx| tx.insert_asset(&theirs));
    let checksum = asset(owner, 1).checksum;
    assert_eq!(scene.read(|tx| tx.asset_by_checksum(owner, &checksum)).map(|known| known.is_trashed), Some(false));
    let reserve = |key: &'static str| scene.try_write(move |tx| tx.reserve_key(key));
    assert!(matches!(reserve("LIBRARY/Other.JPG"), Err(StoreError::Conflict(_))), "case does not make a path free");
    reserve("library/new.jpg").expect("a free path");
    assert!(matches!(reserve("library/NEW.jpg"), Err(StoreError::Conflict(_))));
    scene.write(|tx| tx.release_key("library/new.jpg"));
    reserve("library/NEW.jpg").expect("free again");
    assert_eq!(scene.read(|tx| tx.reserved_keys()), vec!["library/NEW.jpg"]);
}

pub(super) fn filters_narrow(subject: &Subject) {
    let scene = Scene::of(subject);
    let owner = scene.user(1);
    let ids: Vec<AssetId> = (1..=6).map(|number| scene.asset(owner, number)).collect();
    let album = scene.album(owner, 1);
    let (first, second) = (ids[0], ids[1]);
    scene.write(move |tx| {
        tx.update_exif(first, &exif())?;
        tx.add_album_asset(album, second).map(drop)
    });
    let day = |text: &str| Timestamp::parse(text).ok();
    let all = || AssetFilter { owners: vec![owner], ..AssetFilter::default() };
    for (what, filter, expected) in [
        ("everything", all(), 6),
        ("nothing", AssetFilter { is_nothing: true, ..all() }, 0),
        ("one of two", AssetFilter { among: Some(vec![first, AssetId(uuid(9, 9))]), ..all() }, 1),
        ("one of none", AssetFilter { among: Some(Vec::new()), ..all() }, 0),
        ("name", AssetFilter { name_contains: Some("CAFE".to_owned()), ..all() }, 6),
        ("name that is not there", AssetFilter { name_contains: Some("%".to_owned()), ..all() }, 0),
        ("description", AssetFilter { description_contains: Some("A LA".to_owned()), ..all() }, 1),
        ("favourites", AssetFilter { is_favorite: Some(true), ..all() }, 3),
        ("without a city", AssetFilter { city: Some(Match::Null), ..all() }, 5),
        ("city", AssetFilter { city: Some(Match::Is("Suva".to_owned())), ..all() }, 1),
        ("rating", AssetFilter { rating: Some(Match::Is(-1)), ..all() }, 1),
        ("album", AssetFilter { albums: vec![album], ..all() }, 1),
        ("in no album", AssetFilter { is_not_in_album: Some(true), ..all() }, 5),
        ("archive", AssetFilter { visibilities: vec![Visibility::Archive], ..all() }, 0),
        ("size", AssetFilter { min_size_bytes: Some(5_000), ..all() }, 2),
        ("taken", AssetFilter { taken: (day("2024-02-01"), day("2024-04-30")), ..all() }, 3),
        (
            "device",
            AssetFilter { device_id: Some("device".to_owned()), device_asset_id: Some("d2".to_owned()), ..all() },
            1,
        ),
        ("trash", AssetFilter { is_trashed: Some(true), ..all() }, 0),
    ] {
        let found = scene.read(|tx| tx.search(&filter, SortOrder::Ascending, 100, 0));
        assert_eq!(found.len(), expected, "{what}");
        let stats = scene.read(|tx| tx.count(&filter));
        assert_eq!((stats.images + stats.videos) as usize, expected, "{what}, counted");
    }
    let page = |offset| scene.read(|tx| tx.search(&all(), SortOrder::Descending, 2, offset));
    let names: Vec<String> = [page(0), page(2)].concat().into_iter().map(|(asset, _)| asset.original_name).collect();
    assert_eq!(names, ["Café 6.jpg", "Café 5.jpg", "Café 4.jpg", "Café 3.jpg"]);
    assert_eq!(scene.read(|tx| tx.search_largest(&all(), 1))[0].0.size_bytes, 6_000);
    assert_eq!(scene.read(|tx| tx.search_random(&all(), 4)).len(), 4);
}

pub(super) fn months_are_counted_and_listed(subject: &Subject) {
    let scene = Scene::of(subject);
    let owner = scene.user(1);
    let ids: Vec<AssetId> = [1, 2, 12, 13].into_iter().map(|number| scene.asset(owner, number)).collect();
    let filter = BucketFilter { owners: vec![owner], ..BucketFilter::default() };
    let month = |number: i64| 2024 * 12 + number - 1;
    let expected = [(12, 2), (2, 1), (1, 1)].map(|(number, count)| MonthCount { month: month(number), count });
    assert_eq!(scene.read(|tx| tx.months(&filter)), expected);
    let ascending = BucketFilter { order: Some(SortOrder::Ascending), ..filter.clone() };
    assert_eq!(scene.read(|tx| tx.months(&ascending))[0].month, month(1));
    let rows = scene.read(|tx| tx.month(&filter, month(12)));
    assert_eq!(rows.len(), 2);
    let id = ids[0];
    scene.write(move |tx| tx.update_exif(id, &exif()));
    for (bbox, expected) in
        [([179.0, -40.0, -179.0, 0.0], 1), ([0.0, -40.0, 10.0, 0.0], 0), ([170.0, -40.0, 180.0, 0.0], 1)]
    {
        let filter = BucketFilter { bbox: Some(bbox), ..filter.clone() };
        assert_eq!(scene.read(|tx| tx.months(&filter)).len(), expected, "{bbox:?}");
    }
    scene.write(move |tx| {
        let mut asset = tx.asset(id)?.expect("the asset");
        (asset.status, asset.deleted_at) = (AssetStatus::Trashed, Some(NOW));
        tx.update_asset(&asset)
    });
    let trash = BucketFilter { is_trashed: Some(true), ..filter.clone() };
    assert_eq!(scene.read(|tx| tx.months(&trash)), [MonthCount { month: month(1), count: 1 }]);
    assert_eq!(scene.read(|tx| tx.months(&filter)).len(), 2);
}

pub(super) fn removal_takes_everything_along(subject: &Subject) {
    let scene = Scene::of(subject);
    let owner = scene.user(1);
    let (still, video, album) = (scene.asset(owner, 1), scene.asset(owner, 5), scene.album(owner, 1));
    scene.write(move |tx| {
        let mut asset = tx.asset(still)?.expect("the still");
        asset.live_photo_video_id = Some(video);
        tx.update_asset(&asset)?;
        tx.set_asset_metadata(video, "k", "{}")?;
        tx.add_album_asset(album, video)?;
        let asset = tx.asset(video)?.expect("the video");
        tx.note(&Ledger::Deleted { sha1: asset.checksum, owner, by: owner })?;
        assert_eq!(tx.stills_of(video)?, [still]);
        tx.delete_asset(&asset)
    });
    scene.read(|tx| {
        assert!(tx.asset(video)?.is_none() && tx.exif(video)?.is_none() && tx.asset_metadata(video)?.is_empty());
        assert_eq!(tx.asset(still)?.expect("the still").live_photo_video_id, None);
        assert!(tx.is_deleted_content(owner, &asset(owner, 5).checksum)?, "the ledger remembers");
        Ok(())
    });
    let checksum = asset(owner, 5).checksum;
    scene.write(move |tx| tx.note(&Ledger::Wanted { sha1: checksum, owner }));
    assert!(!scene.read(|tx| tx.is_deleted_content(owner, &checksum)));
}
