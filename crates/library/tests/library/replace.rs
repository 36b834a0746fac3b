//! Another original for an asset: nothing is lost, and nothing of the old one sticks to the new one.

use tintype_library::LibraryError;
use tintype_library::copies::CopyExtent;
use tintype_library::uploads::Added;
use tintype_protocol::dto::edit::AssetEdit;
use tintype_protocol::model::{AlbumRole, AssetStatus, SortOrder, Visibility};
use tintype_protocol::permission::Permission;

use crate::scene::{Scene, jpeg, upload};

#[test]
fn the_old_original_is_kept_in_the_trash() {
    let scene = Scene::new();
    let id = scene.add("a.jpg", &jpeg(1));
    scene.work();
    let (caller, library) = (scene.caller(), &scene.library);
    let before = library.asset(&caller, id, Permission::AssetRead).unwrap();
    library.edit_asset(&caller, id, vec![AssetEdit::Rotate { angle: 90 }]).unwrap();
    scene.work();
    let new = upload(library, scene.owner, "b.jpg", &jpeg(2));
    let Added::Created(kept) = library.replace_content(&caller, id, new).unwrap() else { panic!("a duplicate") };
    assert!(!scene.files().iter().any(|name| name.contains("_edited")), "pictures of edits that are gone stayed");
    scene.work();
    let asset = library.asset(&caller, id, Permission::AssetRead).unwrap();
    let old = library.asset(&caller, kept, Permission::AssetRead).unwrap();
    assert_eq!((asset.original_name.as_str(), asset.is_edited), ("b.jpg", false));
    assert_eq!((asset.width, asset.height), (before.width, before.height));
    assert_ne!(asset.checksum, before.checksum);
    assert_eq!((old.checksum, &old.original_path, old.width), (before.checksum, &before.original_path, before.width));
    assert_eq!((old.status, asset.status), (AssetStatus::Trashed, AssetStatus::Active));
    let sizes = i64::try_from(jpeg(1).len() + jpeg(2).len()).unwrap();
    assert_eq!(library.user(scene.owner).unwrap().unwrap().usage_bytes, sizes);
    let originals = |name: &String| name.ends_with(".jpg");
    assert_eq!(scene.files().iter().filter(|name| originals(name)).count(), 2);
    // Once more the same, and the old one again: both are known.
    for number in [2, 1] {
        let again = upload(library, scene.owner, "c.jpg", &jpeg(number));
        assert!(matches!(library.replace_content(&caller, id, again).unwrap(), Added::Duplicate(_)));
    }
    assert_eq!(scene.files().iter().filter(|name| originals(name)).count(), 2, "a refused file stayed");
    library.delete_assets(&caller, &[id], true).unwrap();
    let late = upload(library, scene.owner, "d.jpg", &jpeg(4));
    assert!(matches!(library.replace_content(&caller, id, late), Err(LibraryError::NoAccess(_))));
}

#[test]
fn copies_join_only_what_the_caller_may_change() {
    let scene = Scene::new();
    let (source, target, locked) =
        (scene.add("a.jpg", &jpeg(1)), scene.add("b.jpg", &jpeg(2)), scene.add("c.jpg", &jpeg(3)));
    let (ada, library) = (scene.caller(), &scene.library);
    let bob = scene.limited_user(1 << 30);
    let theirs = tintype_library::sessions::Caller { user: library.user(bob).unwrap().unwrap(), ..ada.clone() };
    let album = |caller, members| {
        let made = library.create_album(caller, "A".into(), String::new(), SortOrder::Descending, vec![], members);
        made.unwrap().album.id
    };
    let (mine, shared) = (album(&ada, vec![]), album(&theirs, vec![(scene.owner, AlbumRole::Editor)]));
    for id in [mine, shared] {
        library.add_album_assets(&ada, id, vec![source]).unwrap();
    }
    library.set_album_role(&theirs, shared, scene.owner, AlbumRole::Viewer).unwrap();
    library
        .write(tintype_library::store::Durability::Full, move |tx| {
            let mut asset = tx.asset(locked)?.unwrap();
            asset.visibility = Visibility::Locked;
            Ok(tx.update_asset(&asset)?)
        })
        .unwrap();
    let elevated = tintype_library::sessions::Caller { is_elevated: true, ..ada.clone() };
    let extent = CopyExtent { albums: true, favorite: true, sidecar: true, stack: true, shared_links: true };
    library.copy_asset(&elevated, source, target, extent).unwrap();
    library.copy_asset(&elevated, source, locked, extent).unwrap();
    let albums = |id| library.read(|tx| Ok(tx.albums_with_asset(id)?)).unwrap();
    assert_eq!(albums(target), [mine], "a viewer adds nothing");
    assert!(albums(locked).is_empty(), "what is locked away is in no album");
    assert!(matches!(library.copy_asset(&ada, source, locked, extent), Err(LibraryError::NoAccess(_))));
    assert!(matches!(library.copy_asset(&ada, source, source, extent), Err(LibraryError::Invalid(_))));
    assert!(matches!(library.copy_asset(&theirs, source, target, extent), Err(LibraryError::NoAccess(_))));
}
