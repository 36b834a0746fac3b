//! Places, cameras, the map and folders.

use tintype_protocol::id::{AssetId, UserId};
use tintype_protocol::model::Visibility;

use super::Subject;
use super::scene::Scene;
use crate::model::{Camera, Exif, MarkerFilter, MarkersOf, PlaceName};

fn known(city: &str, model: Option<&str>) -> Exif {
    let text = |text: &str| Some(text.to_owned());
    Exif {
        country: text("Fiji"),
        city: text(city),
        model: model.map(str::to_owned),
        latitude: Some(-18.1),
        longitude: Some(178.4),
        ..Exif::default()
    }
}

fn place(city: &str) -> PlaceName {
    PlaceName { country: "Fiji".to_owned(), state: None, city: Some(city.to_owned()) }
}

/// Two photos in Suva, the second archived; one in Nadi; one that says nothing.
fn four(scene: &Scene) -> (UserId, Vec<AssetId>) {
    let owner = scene.user(1);
    let ids: Vec<AssetId> = (1..=4).map(|number| scene.asset(owner, number)).collect();
    let (first, second, third) = (ids[0], ids[1], ids[2]);
    scene.write(move |tx| {
        tx.update_exif(first, &known("Suva", Some("R6")))?;
        tx.update_exif(second, &known("Suva", Some("D70")))?;
        tx.update_exif(third, &known("Nadi", None))?;
        let mut asset = tx.asset(second)?.expect("the asset");
        asset.visibility = Visibility::Archive;
        tx.update_asset(&asset)
    });
    (owner, ids)
}

pub(super) fn names_are_those_of_shown_photos(subject: &Subject) {
    let scene = Scene::of(subject);
    let (owner, ids) = four(&scene);
    assert_eq!(scene.read(|tx| tx.places(owner)), [(place("Nadi"), 1), (place("Suva"), 2)]);
    let shown = |city: &str, limit| {
        let rows = scene.read(|tx| tx.shown_at(owner, &place(city), limit));
        rows.into_iter().map(|(asset, _)| asset.id).collect::<Vec<_>>()
    };
    assert_eq!(shown("Suva", 5), [ids[0]], "the archive is not shown");
    assert_eq!((shown("Nadi", 5), shown("Nadi", 0), shown("Lima", 5)), (vec![ids[2]], vec![], vec![]));
    let other = PlaceName { state: Some("Rewa".to_owned()), ..place("Suva") };
    assert!(scene.read(|tx| tx.shown_at(owner, &other, 5)).is_empty(), "another state is another place");
    let camera = |model: &str| Camera { model: Some(model.to_owned()), ..Camera::default() };
    assert_eq!(scene.read(|tx| tx.cameras(owner)), [camera("D70"), camera("R6")]);
    assert!(scene.read(|tx| tx.is_shown_with(owner, &camera("R6"))));
    assert!(!scene.read(|tx| tx.is_shown_with(owner, &camera("D70"))), "the archive is not shown");
    let stranger = scene.user(2);
    assert!(scene.read(|tx| tx.places(stranger)).is_empty() && scene.read(|tx| tx.cameras(stranger)).is_empty());
}

pub(super) fn folders_and_maps_show_what_lies_there(subject: &Subject) {
    let scene = Scene::of(subject);
    let (owner, ids) = four(&scene);
    let count = |of, filter: MarkerFilter| scene.read(|tx| tx.markers(of, &filter)).len();
    let mine = MarkersOf::Owner(owner);
    assert_eq!(count(mine, MarkerFilter::default()), 2);
    assert_eq!(count(mine, MarkerFilter { with_archive: true, ..MarkerFilter::default() }), 3);
    assert_eq!(count(mine, MarkerFilter { is_favorite: Some(true), ..MarkerFilter::default() }), 0);
    let taken = scene.read(|tx| tx.asset(ids[0])).expect("the asset").file_created_at;
    assert_eq!(count(mine, MarkerFilter { taken: (None, Some(taken)), ..MarkerFilter::default() }), 1);
    assert_eq!(count(mine, MarkerFilter { taken: (Some(taken), None), ..MarkerFilter::default() }), 2);
    let (member, album, first) = (scene.user(2), scene.album(owner, 1), ids[0]);
    assert_eq!(count(MarkersOf::AlbumsOf(member), MarkerFilter::default()), 0);
    scene.write(move |tx| {
        tx.add_album_asset(album, first)?;
        tx.add_album_user(album, member, tintype_protocol::model::AlbumRole::Viewer)
    });
    assert_eq!(count(MarkersOf::AlbumsOf(member), MarkerFilter::default()), 1);
    assert_eq!(count(MarkersOf::AlbumsOf(owner), MarkerFilter::default()), 0, "one's own come by another way");
    let inside = |folder: &str| scene.read(|tx| tx.in_folder(owner, folder)).len();
    assert_eq!(inside(&format!("library/{owner}/2024")), 3, "without the archive");
    assert_eq!(inside(&format!("LIBRARY/{owner}/2024")), 0, "case counts");
    assert_eq!((inside(&format!("library/{owner}")), inside(&format!("library/{owner}/202")), inside("")), (0, 0, 0));
}
