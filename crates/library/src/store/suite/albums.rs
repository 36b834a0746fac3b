//! Albums.

use tintype_protocol::model::AlbumRole;

use super::Subject;
use super::scene::Scene;

pub(super) fn albums_hold_assets(subject: &Subject) {
    let scene = Scene::of(subject);
    let owner = scene.user(1);
    let (album, first, second) = (scene.album(owner, 1), scene.asset(owner, 1), scene.asset(owner, 2));
    let add = |asset| scene.write(move |tx| tx.add_album_asset(album, asset));
    assert!(add(first) && add(second) && !add(first), "what is there already is not added");
    scene.read(|tx| {
        assert_eq!(tx.album_role(album, owner)?, Some(AlbumRole::Owner));
        assert_eq!(tx.albums_with_asset(first)?, vec![album]);
        let row = tx.album(album)?.expect("the album");
        let held: Vec<_> = tx.album_assets(&row)?.into_iter().map(|asset| asset.id).collect();
        assert_eq!(held, vec![second, first], "newest first");
        let summary = tx.album_summary(album)?;
        assert_eq!(summary.asset_count, 2);
        assert!(summary.start < summary.end);
        Ok(())
    });
    let remove = |asset| scene.write(move |tx| tx.remove_album_asset(album, asset));
    assert!(remove(first) && !remove(first));
    let row = scene.read(|tx| tx.album(album)).expect("the album");
    scene.write(move |tx| tx.delete_album(&row));
    scene.read(|tx| {
        assert!(tx.album(album)?.is_none() && tx.albums_of(owner)?.is_empty());
        assert!(tx.asset(second)?.is_some(), "assets outlive their albums");
        Ok(())
    });
}

pub(super) fn covers_fall_back(subject: &Subject) {
    let scene = Scene::of(subject);
    let owner = scene.user(1);
    let (album, first, second) = (scene.album(owner, 1), scene.asset(owner, 1), scene.asset(owner, 2));
    scene.write(move |tx| {
        tx.add_album_asset(album, first)?;
        tx.add_album_asset(album, second)?;
        let mut row = tx.album(album)?.expect("the album");
        row.thumbnail_asset_id = Some(first);
        tx.update_album(&row)
    });
    let cover = |scene: &Scene| scene.read(|tx| tx.album(album)).expect("the album").thumbnail_asset_id;
    assert_eq!(cover(&scene), Some(first));
    for (gone, left) in [(first, Some(second)), (second, None)] {
        let asset = scene.read(|tx| tx.asset(gone)).expect("the asset");
        scene.write(move |tx| tx.delete_asset(&asset));
        assert_eq!(cover(&scene), left);
    }
}
