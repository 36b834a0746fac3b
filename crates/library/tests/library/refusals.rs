//! What is refused leaves nothing behind.

use tintype_library::LibraryError;
use tintype_protocol::checksum::Sha1;

use crate::scene::{Scene, jpeg, upload};

fn assert_nothing_left(scene: &Scene) {
    assert_eq!(scene.files(), Vec::<String>::new());
    assert!(scene.library.read(|tx| Ok(tx.reserved_keys()?)).unwrap().is_empty());
    assert_eq!(scene.caller().user.usage_bytes, 0);
}

#[test]
fn files_that_are_no_pictures_are_refused() {
    let scene = Scene::new();
    for (name, bytes, reason) in [
        ("a.jpg", &b""[..], "a.jpg is empty"),
        ("a.jpg", b"this is not a jpeg at all", "a.jpg is no photo or video that is supported"),
        ("a.txt", b"text", "Unsupported file type a.txt"),
        ("a", b"text", "Unsupported file type a"),
    ] {
        let error = scene.upload(name, bytes).unwrap_err();
        assert!(matches!(error, LibraryError::Unrecognised(_)), "{error}");
        assert_eq!(error.to_string(), reason);
        assert_nothing_left(&scene);
    }
}

#[test]
fn bytes_that_differ_from_their_checksum_are_refused() {
    let scene = Scene::new();
    let mut wrong = upload(&scene.library, scene.owner, "a.jpg", &jpeg(1));
    wrong.expected = Some(Sha1([1; 20]));
    let error = scene.library.add(wrong).unwrap_err();
    assert!(error.to_string().contains("x-immich-checksum"), "{error}");
    assert_nothing_left(&scene);
    let mut right = upload(&scene.library, scene.owner, "a.jpg", &jpeg(1));
    right.expected = Some(right.file.sha1);
    scene.library.add(right).unwrap();
}

#[test]
fn an_upload_that_is_broken_off_leaves_nothing() {
    let scene = Scene::new();
    let mut incoming = scene.library.receive().unwrap();
    incoming.write(&jpeg(1)[..100]).unwrap();
    assert_eq!(scene.files().len(), 1);
    drop(incoming);
    assert_nothing_left(&scene);
}
