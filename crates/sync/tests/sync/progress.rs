//! What a pull says while it runs, and a look at what it would bring.

use std::ops::ControlFlow;

use tintype_sync::{PullError, Wishes, preview, pull};
use tintype_testkit::{Ending, Fault};

use crate::lines::assets;
use crate::scene::Scene;

#[test]
fn progress_knows_about_where_it_ends_and_may_be_told_to_stop() {
    let scene = Scene::new();
    scene.server.say(&assets(2, 72));
    let mut told = Vec::new();
    let outcome = pull(&scene.library, &scene.remote, &scene.upstream(), Wishes::default(), &mut |progress| {
        told.push((progress.lines, progress.expected));
        if progress.lines > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(outcome, Err(PullError::Stopped)), "{outcome:?}");
    assert_eq!(told, [(0, Some(140)), (71, Some(140))]);
    assert!(scene.asset(71).is_some(), "what came so far is kept");
    assert_eq!(scene.server.asked().last().unwrap().path, "/sync/ack");
    scene.server.say(&assets(72, 74));
    assert_eq!(scene.pull().unwrap().lines, 3);
    assert!(scene.asset(73).is_some());
}

#[test]
fn a_preview_asks_for_nothing_but_the_stream() {
    let scene = Scene::new();
    scene.server.say(&assets(2, 5));
    let look = || preview(&scene.remote, &scene.upstream(), &mut |_| ControlFlow::Continue(()));
    let first = look().unwrap();
    assert_eq!((first.counts.get("AssetV2"), first.counts.len(), first.begins_again), (Some(&3), 1, false));
    scene.server.begin_reset();
    let second = look().unwrap();
    assert!(second.begins_again && second.counts.is_empty());
    assert!(look().unwrap().begins_again, "nobody told it that the word was heard");
    assert!(!scene.server.asked().iter().any(|asked| asked.path == "/sync/ack"));
    assert!(scene.asset(2).is_none());
}

#[test]
fn a_preview_of_a_stream_that_is_cut_is_none() {
    let scene = Scene::new();
    scene.server.say(&assets(2, 5));
    scene.server.add_fault(Fault::CutAfterLines(1, Ending::Clean));
    let look = preview(&scene.remote, &scene.upstream(), &mut |_| ControlFlow::Continue(()));
    assert!(matches!(look, Err(PullError::Incomplete)), "{look:?}");
}
