//! Shared links.

use tintype_protocol::id::{AlbumId, AssetId, SharedLinkId, UserId};
use tintype_protocol::link_key::LinkKey;
use tintype_protocol::model::{AlbumRole, AssetStatus};
use tintype_protocol::time::Timestamp;

use super::Subject;
use super::scene::{NOW, Scene, uuid};
use crate::model::SharedLink;
use crate::store::StoreError;

fn link(number: u8, user_id: UserId, album_id: Option<AlbumId>) -> SharedLink {
    SharedLink {
        id: SharedLinkId(uuid(220, number)),
        user_id,
        key: LinkKey([number; 50]),
        slug: Some(format!("link-{number}")),
        album_id,
        description: number.is_multiple_of(2).then(|| format!("Link {number}")),
        password_hash: number.is_multiple_of(3).then(|| "hash".to_owned()),
        expires_at: number.is_multiple_of(2).then_some(NOW),
        allow_upload: number.is_multiple_of(2),
        allow_download: number.is_multiple_of(3),
        show_metadata: !number.is_multiple_of(2),
        created_at: Timestamp(NOW.0 + i64::from(number)),
    }
}

/// A link is found by its key and its name, which nobody else's may have.
pub(super) fn links_are_found_and_unique(subject: &Subject) {
    let scene = Scene::of(subject);
    let (ada, ben) = (scene.user(1), scene.user(2));
    let album = scene.album(ada, 1);
    let [first, second, of_ben] = [link(1, ada, None), link(2, ada, Some(album)), link(3, ben, None)];
    assert!(!scene.read(|tx| tx.has_shared_link(album)));
    let rows = [first.clone(), second.clone(), of_ben.clone()];
    scene.write(move |tx| rows.iter().try_for_each(|row| tx.insert_shared_link(row)));
    assert!(scene.read(|tx| tx.has_shared_link(album)));
    assert_eq!(scene.read(|tx| tx.shared_links_of(ada)), [second.clone(), first.clone()]);
    assert_eq!(scene.read(|tx| tx.shared_link(of_ben.id)), Some(of_ben.clone()));
    assert_eq!(scene.read(|tx| tx.shared_link_by_key(&LinkKey([2; 50]))), Some(second));
    assert_eq!(scene.read(|tx| tx.shared_link_by_key(&LinkKey([9; 50]))), None);
    assert_eq!(scene.read(|tx| tx.shared_link_by_slug("link-3")), Some(of_ben.clone()));

    let taken = SharedLink { slug: first.slug.clone(), ..link(4, ben, None) };
    assert!(matches!(scene.try_write(move |tx| tx.insert_shared_link(&taken)), Err(StoreError::Conflict(_))));
    let mut taken = of_ben.clone();
    taken.slug.clone_from(&first.slug);
    assert!(matches!(scene.try_write(move |tx| tx.update_shared_link(&taken)), Err(StoreError::Conflict(_))));

    let changed = SharedLink {
        slug: None,
        description: Some("New".to_owned()),
        password_hash: None,
        expires_at: None,
        allow_upload: !of_ben.allow_upload,
        allow_download: !of_ben.allow_download,
        show_metadata: !of_ben.show_metadata,
        ..of_ben
    };
    let row = changed.clone();
    scene.write(move |tx| tx.update_shared_link(&row));
    assert_eq!(scene.read(|tx| tx.shared_link(changed.id)), Some(changed.clone()));
    assert_eq!(scene.read(|tx| tx.shared_link_by_slug("link-3")), None);
    scene.write(move |tx| tx.delete_shared_link(changed.id));
    assert_eq!(scene.read(|tx| tx.shared_links_of(ben)), []);
}

/// What a link shows comes newest first, without the trash; a link goes with its user, its album, and its user's place
/// in the album.
pub(super) fn links_go_with_what_they_show(subject: &Subject) {
    let scene = Scene::of(subject);
    let (ada, ben) = (scene.user(1), scene.user(2));
    let (older, newer) = (scene.asset(ada, 1), scene.asset(ada, 2));
    let (of_ada, of_ben) = (scene.album(ada, 1), scene.album(ben, 2));
    let (chosen, other) = (link(1, ada, None), link(2, ada, None));
    let (visiting, own) = (link(3, ada, Some(of_ben)), link(4, ada, Some(of_ada)));
    let rows = [chosen.clone(), other.clone(), visiting.clone(), own.clone()];
    let added = scene.write(move |tx| {
        tx.add_album_user(of_ben, ada, AlbumRole::Editor)?;
        rows.iter().try_for_each(|row| tx.insert_shared_link(row))?;
        let mut newest = tx.asset(newer)?.expect("the asset");
        newest.file_created_at = Timestamp(newest.file_created_at.0 + 1_000);
        tx.update_asset(&newest)?;
        let mut add = |asset| tx.add_link_asset(chosen.id, asset);
        Ok([add(older)?, add(newer)?, add(older)?])
    });
    assert_eq!(added, [true, true, false]);
    let shown = |id| scene.read(|tx| tx.link_assets(id)).iter().map(|asset| asset.id).collect::<Vec<AssetId>>();
    assert_eq!(shown(chosen.id), [newer, older]);
    assert_eq!(scene.read(|tx| tx.links_with_asset(older)), [chosen.id]);
    let trash = |status, deleted_at| {
        scene.write(move |tx| {
            let mut asset = tx.asset(newer)?.expect("the asset");
            (asset.status, asset.deleted_at) = (status, deleted_at);
            tx.update_asset(&asset)
        });
    };
    trash(AssetStatus::Trashed, Some(NOW));
    assert_eq!(shown(chosen.id), [older]);
    trash(AssetStatus::Active, None);
    assert_eq!(
        scene.write(move |tx| Ok([tx.remove_link_asset(chosen.id, older)?, tx.remove_link_asset(chosen.id, older)?])),
        [true, false]
    );
    scene.write(move |tx| {
        let asset = tx.asset(newer)?.expect("the asset");
        tx.delete_asset(&asset)
    });
    assert_eq!(shown(chosen.id), []);

    let left = || scene.read(|tx| tx.shared_links_of(ada)).iter().map(|link| link.id).collect::<Vec<_>>();
    assert_eq!(left(), [own.id, visiting.id, other.id, chosen.id]);
    scene.write(move |tx| tx.remove_album_user(of_ben, ada));
    assert_eq!(left(), [own.id, other.id, chosen.id]);
    scene.write(move |tx| {
        let album = tx.album(of_ada)?.expect("the album");
        tx.delete_album(&album)
    });
    assert_eq!(left(), [other.id, chosen.id]);
    scene.write(move |tx| {
        let asset = tx.asset(older)?.expect("the asset");
        tx.delete_asset(&asset)?;
        let user = tx.user(ada)?.expect("the user");
        tx.delete_user(&user)
    });
    assert_eq!(left(), []);
}
