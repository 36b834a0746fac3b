//! What becomes of uploads.

use std::sync::Barrier;
use std::thread;

use tintype_library::uploads::Added;
use tintype_protocol::model::{AssetType, Visibility};
use tintype_protocol::permission::Permission;

use crate::scene::{Scene, jpeg, upload};

#[test]
fn an_upload_gets_a_readable_path_by_the_date_in_the_file() {
    let scene = Scene::new();
    let id = scene.add("Beach.JPG", &jpeg(1));
    assert_eq!(scene.files(), ["library/admin/2025/08/Beach.JPG"]);
    let asset = scene.library.asset(&scene.caller(), id, Permission::AssetRead).unwrap();
    assert_eq!((asset.original_name.as_str(), asset.asset_type), ("Beach.JPG", AssetType::Image));
    assert_eq!(scene.caller().user.usage_bytes, asset.size_bytes);
    assert!(scene.library.read(|tx| Ok(tx.reserved_keys()?)).unwrap().is_empty());
}

#[test]
fn equal_names_do_not_collide_in_whatever_case() {
    let scene = Scene::new();
    for (number, name) in ["a.jpg", "A.JPG", "a.jpg", "../a.jpg"].into_iter().enumerate() {
        scene.add(name, &jpeg(u32::try_from(number).unwrap()));
    }
    let folder = "library/admin/2025/08";
    let found = scene.files();
    // The name that tried to leave its folder lost what it tried it with.
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found.iter().all(|name| name.starts_with(folder) && name.matches('/').count() == 4), "{found:?}");
}

#[test]
fn a_file_that_is_not_ours_is_left_alone() {
    let scene = Scene::new();
    let folder = scene.folder.path().join("library/admin/2025/08");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("a.jpg"), b"somebody's").unwrap();
    scene.add("a.jpg", &jpeg(1));
    assert_eq!(std::fs::read(folder.join("a.jpg")).unwrap(), b"somebody's");
    assert_eq!(std::fs::read(folder.join("a+1.jpg")).unwrap(), jpeg(1));
}

#[test]
fn the_same_content_at_once_is_one_asset_and_one_file() {
    const CLIENTS: usize = 8;
    let scene = Scene::new();
    let begin = Barrier::new(CLIENTS);
    let outcomes: Vec<Added> = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| {
                    begin.wait();
                    scene.upload("same.jpg", &jpeg(1)).expect("an upload")
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().expect("a client")).collect()
    });
    let created = outcomes.iter().filter(|added| matches!(added, Added::Created(_))).count();
    assert_eq!(created, 1);
    assert!(outcomes.iter().all(|added| added.id() == outcomes[0].id()));
    // Whoever came first may have been given the second name.
    let files = scene.files();
    assert!(files.len() == 1 && files[0].starts_with("library/admin/2025/08/same"), "{files:?}");
}

#[test]
fn what_was_deleted_for_good_may_come_again_at_once() {
    let scene = Scene::new();
    let first = scene.add("a.jpg", &jpeg(1));
    let sha1 = scene.library.asset(&scene.caller(), first, Permission::AssetRead).unwrap().checksum;
    scene.library.delete_assets(&scene.caller(), &[first], true).unwrap();
    // The background has not come to it.
    assert_eq!(scene.library.known_content(scene.owner, &sha1).unwrap(), None);
    let again = scene.add("a.jpg", &jpeg(1));
    assert_ne!(again, first);
    scene.work();
    let kept = scene.library.asset(&scene.caller(), again, Permission::AssetRead).unwrap();
    assert!(scene.library.blobs().open(&kept.original_path).is_ok(), "the bytes of the later one stay");
    assert!(scene.library.asset(&scene.caller(), first, Permission::AssetRead).is_err());
    assert_eq!(scene.files().iter().filter(|name| name.starts_with("library/")).count(), 1);
}

#[test]
fn a_picture_under_another_name_is_what_its_bytes_say() {
    let scene = Scene::new();
    let id = scene.add("phone.heic", &jpeg(1));
    let asset = scene.library.asset(&scene.caller(), id, Permission::AssetRead).unwrap();
    assert_eq!((asset.original_name.as_str(), asset.media_type.as_str()), ("phone.heic", "image/jpeg"));
}

#[test]
fn a_motion_part_is_hidden_and_must_be_ones_own_video() {
    let scene = Scene::new();
    let mut video = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
    video.extend([0; 64]);
    let part = scene.add("a.mp4", &video);
    let still = scene.add("b.jpg", &jpeg(2));
    let link = |number: u32, to| {
        let mut with_part = upload(&scene.library, scene.owner, "c.jpg", &jpeg(number));
        with_part.live_photo_video_id = Some(to);
        scene.library.add(with_part)
    };
    let error = link(3, still).unwrap_err();
    assert_eq!(error.to_string(), "Live photo video must be a video");
    link(3, part).unwrap();
    let asset = scene.library.asset(&scene.caller(), part, Permission::AssetRead).unwrap();
    assert_eq!(asset.visibility, Visibility::Hidden);
}
