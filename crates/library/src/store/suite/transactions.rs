//! Transactions as such.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use super::Subject;
use super::scene::{Scene, user};
use crate::store::{Durability, StoreError, Verdict};

/// Long enough for threads to stand in the queue; where it is not, the outcome is the same.
const QUEUEING: Duration = Duration::from_millis(50);

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

/// Requests that wait together may be committed together; what one of them leaves undone is its own affair.
pub(super) fn who_fails_in_a_group_leaves_the_others_alone(subject: &Subject) {
    let scene = Scene::of(subject);
    let (let_go, held) = channel::<()>();
    thread::scope(|threads| {
        let store = &scene.store;
        threads.spawn(move || {
            let wait =
                Box::new(move |_: &mut dyn crate::store::Write| held.recv().map_or(Verdict::Undo, |()| Verdict::Keep));
            store.write(Durability::Relaxed, wait).expect("the first one ends");
        });
        thread::sleep(QUEUEING);
        for number in 0..6_u8 {
            threads.spawn(move || {
                let outcome = store.write(
                    Durability::Relaxed,
                    Box::new(move |tx| {
                        tx.set_server_metadata(&format!("key {number}"), "1").expect("a value is written");
                        match number % 3 {
                            0 => Verdict::Keep,
                            1 => Verdict::Undo,
                            _ => panic!("a fault in a service"),
                        }
                    }),
                );
                assert_eq!(outcome.is_ok(), number % 3 < 2, "{outcome:?}");
            });
        }
        thread::sleep(QUEUEING);
        let_go.send(()).expect("the first one waits");
    });
    for number in 0..6_u8 {
        let found = scene.read(|tx| tx.server_metadata(&format!("key {number}")));
        assert_eq!(found.is_some(), number % 3 == 0, "key {number}");
    }
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
