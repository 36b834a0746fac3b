//! Quotas hold, also when uploads race.

use std::sync::Barrier;
use std::thread;

use tintype_library::LibraryError;

use crate::scene::{Scene, jpeg, upload};

#[test]
fn a_quota_holds_under_uploads_at_the_same_time() {
    const CLIENTS: u32 = 8;
    let scene = Scene::new();
    let size = |number| i64::try_from(jpeg(number).len()).unwrap();
    let largest = (0..CLIENTS).map(size).max().unwrap();
    // Room for three of them.
    let quota = largest * 3 + 10;
    let user = scene.limited_user(quota);
    let begin = Barrier::new(CLIENTS as usize);
    let refused = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let (scene, begin) = (&scene, &begin);
                scope.spawn(move || {
                    let upload = upload(&scene.library, user, "a.jpg", &jpeg(number));
                    begin.wait();
                    match scene.library.add(upload) {
                        Ok(_) => 0,
                        Err(LibraryError::QuotaExceeded) => 1,
                        Err(error) => panic!("{error}"),
                    }
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().expect("a client")).sum::<u32>()
    });
    let used = scene.library.user(user).unwrap().unwrap().usage_bytes;
    assert!(used <= quota, "{used} of {quota}");
    assert_eq!(scene.files().len(), (CLIENTS - refused) as usize, "refused uploads left files");
    assert!((3..CLIENTS).contains(&(CLIENTS - refused)), "{refused} refused");
}
