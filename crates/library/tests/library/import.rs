//! Taking in a folder.

use tintype_library::import::scan;
use tintype_library::uploads::Added;
use tintype_protocol::permission::Permission;

use crate::scene::{Scene, files, jpeg};

#[test]
fn a_folder_is_taken_in_once_and_left_as_it_is() {
    let scene = Scene::new();
    let source = tempfile::tempdir().unwrap();
    let folder = source.path().join("a/b");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(source.path().join("one.jpg"), jpeg(1)).unwrap();
    std::fs::write(source.path().join("one.jpg.xmp"), b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>").unwrap();
    std::fs::write(folder.join("two.JPG"), jpeg(2)).unwrap();
    std::fs::write(folder.join("copy.jpg"), jpeg(2)).unwrap();
    std::fs::write(folder.join(".hidden.jpg"), jpeg(3)).unwrap();
    std::fs::write(folder.join("notes.txt"), b"text").unwrap();
    let before = files(source.path());
    let found = scan(source.path());
    assert_eq!((found.found.len(), found.ignored, found.errors.len()), (3, 3, 0));
    let take = || -> Vec<Added> {
        found.found.iter().map(|file| scene.library.import_file(scene.owner, &file.path).unwrap()).collect()
    };
    let created = |outcomes: &[Added]| outcomes.iter().filter(|added| matches!(added, Added::Created(_))).count();
    let first = take();
    assert_eq!(created(&first), 2);
    assert_eq!(created(&take()), 0, "the second run takes nothing");
    assert_eq!(files(source.path()), before);
    assert!(scene.files().iter().any(|name| name.ends_with("one.jpg.xmp")), "{:?}", scene.files());
    let one = scene.library.asset(&scene.caller(), first[2].id(), Permission::AssetRead).unwrap();
    assert_eq!(one.original_name, "one.jpg");
    assert!(one.sidecar_path.is_some());
}
