//! What guests of shared links bring: it arrives where the link shows it, or not at all.

use tintype_library::LibraryError;
use tintype_library::model::AssetFilter;
use tintype_library::shared_links::{LinkTarget, NewSharedLink, SharedLinkChange};
use tintype_library::uploads::{Added, Upload};
use tintype_protocol::id::SharedLinkId;
use tintype_protocol::time::Timestamp;

use crate::scene::{Scene, jpeg, upload};

fn link(scene: &Scene) -> SharedLinkId {
    let first = scene.add("first.jpg", &jpeg(1));
    let new = NewSharedLink {
        target: LinkTarget::Assets(vec![first]),
        description: None,
        password: None,
        slug: None,
        expires_at: None,
        allow_upload: true,
        allow_download: true,
        show_metadata: true,
    };
    scene.library.create_shared_link(&scene.caller(), new).unwrap().link.id
}

fn brought(scene: &Scene, link: SharedLinkId, number: u32) -> Result<Added, LibraryError> {
    let upload = upload(&scene.library, scene.owner, "../../guest.jpg", &jpeg(number));
    scene.library.add(Upload { link: Some(link), ..upload })
}

fn shown(scene: &Scene, link: SharedLinkId) -> usize {
    scene.library.shared_link(&scene.caller(), link).unwrap().assets.len()
}

/// While a guest sends a file, the link may be taken back, expire, or no longer take uploads.
#[test]
fn a_link_that_ended_takes_nothing() {
    let scene = Scene::new();
    let (library, caller, id) = (&scene.library, scene.caller(), link(&scene));
    let change = |change| library.update_shared_link(&caller, id, change).unwrap();
    let (files, before) = (scene.files(), shown(&scene, id));
    let refused = |number| {
        let outcome = brought(&scene, id, number);
        assert!(matches!(outcome, Err(LibraryError::Unauthenticated(_))), "{outcome:?}");
        assert_eq!(scene.files(), files, "something was left");
        let all = AssetFilter { owners: vec![scene.owner], ..AssetFilter::default() };
        assert_eq!(library.count_assets(&all).unwrap().images, 1);
    };
    change(SharedLinkChange { allow_upload: Some(false), ..SharedLinkChange::default() });
    refused(2);
    // Also what is there already does not get into the link.
    refused(1);
    let past = Some(Some(Timestamp(library.now().0 - 1)));
    change(SharedLinkChange { allow_upload: Some(true), expires_at: past, ..SharedLinkChange::default() });
    refused(2);
    change(SharedLinkChange { expires_at: Some(None), ..SharedLinkChange::default() });
    assert_eq!(shown(&scene, id), before);
    assert!(matches!(brought(&scene, id, 2), Ok(Added::Created(_))));
    assert_eq!(shown(&scene, id), before + 1);
    let files = scene.files();
    library.delete_shared_link(&caller, id).unwrap();
    assert!(brought(&scene, id, 3).is_err());
    assert_eq!(scene.files(), files);
}

#[test]
fn a_guest_does_not_choose_a_folder() {
    let scene = Scene::new();
    let id = link(&scene);
    let asset = brought(&scene, id, 2).unwrap().id();
    let view = scene.library.shared_link(&scene.caller(), id).unwrap();
    let (row, _) = view.assets.iter().find(|(row, _)| row.id == asset).unwrap();
    assert_eq!(row.original_name, "guest.jpg");
}
