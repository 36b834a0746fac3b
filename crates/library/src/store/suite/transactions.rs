//! Transactions as such.

use super::Subject;
use super::scene::{Scene, user};
use crate::store::{Durability, StoreError, Verdict};

pub(super) fn undone_work_leaves_no_trace(subject: &Subject) {
    let scene = Scene::of(subject);
    let before = scene.read(|tx| tx.last_update_id());
    let refused = scene.try_write(|tx| {
        tx.insert_user(&user(1))?;
        tx.set_server_metadata("a", "1")?;
        Err::<(), _>(StoreError::Unreadable("changed my mind".to_owned()))
    });
    assert!(matches!(refused, Err(StoreError::Unreadable(_))), "{refused:?}");
    scene.read(|tx| {
        assert!(tx.users(true)?.is_empty() && tx.server_metadata("a")?.is_none());
        Ok(())
    });
    // Another one in the same breath is not affected.
    let id = scene.user(2);
    scene.read(|tx| {
        assert!(tx.user(id)?.is_some());
        assert!(tx.last_update_id()? > before);
        Ok(())
    });
}

pub(super) fn a_reader_sees_one_state(subject: &Subject) {
    let scene = Scene::of(subject);
    scene.user(1);
    scene.read(|tx| {
        let before = (tx.users(true)?.len(), tx.last_update_id()?);
        scene.user(2);
        assert_eq!((tx.users(true)?.len(), tx.last_update_id()?), before, "a commit shows inside a running read");
        Ok(())
    });
    assert_eq!(scene.read(|tx| tx.users(true)).len(), 2, "a commit shows in the next read");
}

pub(super) fn what_was_written_is_there_after_reopening(subject: &Subject) {
    let scene = Scene::of(subject);
    let id = scene.user(1);
    scene.store.close();
    assert!(matches!(scene.store.write(Durability::Full, Box::new(|_| Verdict::Keep)), Err(StoreError::Closed)));
    let again = Scene::of(subject);
    assert_eq!(again.read(|tx| tx.user(id)), Some(user(1)));
    assert_eq!(again.store.check().expect("a check"), Vec::<String>::new());
}
