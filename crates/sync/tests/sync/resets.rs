//! A server that begins again (sync-protocol §3), and one that cannot stop doing so.

use serde_json::json;
use tintype_library::Disposition;
use tintype_protocol::sync::AckToken;
use tintype_sync::{PullError, Wishes};
use tintype_testkit::{Ending, Fault};

use crate::lines::{album, assets, link};
use crate::scene::Scene;

/// Five pictures, two of them in an album; then the server begins again and has three, and no album.
fn scene() -> Scene {
    let scene = Scene::new();
    scene.server.say(&[assets(2, 7), album(9, &json!({})), link(10, 9, 2), link(11, 9, 3)].concat());
    scene.pull().unwrap();
    assert_eq!(scene.albums(), (1, 2));
    scene.server.fall_silent();
    scene.server.say(&assets(2, 5));
    scene.server.begin_reset();
    scene
}

fn there(scene: &Scene) -> Vec<u32> {
    (2..7).filter(|number| scene.asset(*number).is_some()).collect()
}

fn streams(scene: &Scene) -> usize {
    scene.server.asked().iter().filter(|asked| asked.is("POST /sync/stream")).count()
}

#[test]
fn what_is_no_longer_shown_goes_after_the_end_of_the_stream() {
    let scene = scene();
    let calls = scene.server.acked().len();
    let pulled = scene.pull().unwrap();
    assert!(pulled.was_reset);
    assert_eq!((there(&scene), scene.albums()), (vec![2, 3, 4], (0, 0)));
    assert_eq!(scene.server.acked()[calls], [AckToken::RESET], "alone, as other acks of the call are lost");
    assert_eq!(streams(&scene), 4, "the first pull, the word that it begins again, all of it, and what came meanwhile");
    assert!(!scene.upstream().is_resetting);
    let again = scene.pull().unwrap();
    assert!(!again.was_reset && again.lines == 1 && again.swept == 0);
    let gone = scene.library.last_swept(scene.upstream().id).unwrap().unwrap();
    assert_eq!((gone.rows, gone.names), (pulled.swept, vec!["5.jpg".to_owned(), "6.jpg".to_owned()]));
}

#[test]
fn a_reset_that_is_not_acked_is_said_again() {
    for fault in [Fault::LoseRequest("POST /sync/ack"), Fault::LoseAnswer("POST /sync/ack")] {
        let scene = scene();
        scene.server.add_fault(fault.clone());
        scene.pull().unwrap_err();
        assert!(scene.upstream().is_resetting, "{fault:?}");
        assert_eq!(there(&scene), [2, 3, 4, 5, 6], "{fault:?}: nothing goes before the end");
        scene.pull().unwrap();
        assert_eq!((there(&scene), scene.albums()), (vec![2, 3, 4], (0, 0)), "{fault:?}");
        assert!(!scene.upstream().is_resetting, "{fault:?}");
    }
}

/// It says that it has understood, and begins again all the same.
#[test]
fn a_server_that_never_stops_beginning_again_is_left_alone() {
    let scene = scene();
    for _ in 0..2 {
        scene.server.add_fault(Fault::Refuse("POST /sync/ack", 204, String::new(), None));
    }
    let before = streams(&scene);
    let error = scene.pull().unwrap_err();
    assert!(matches!(error, PullError::Restless), "{error:?}");
    assert_eq!(error.disposition(), Disposition::Retry { after: None });
    assert_eq!(streams(&scene) - before, 2, "it is asked no third time");
    assert_eq!(there(&scene), [2, 3, 4, 5, 6]);
    scene.pull().unwrap();
    assert_eq!(there(&scene), [2, 3, 4], "when it comes to its senses");
}

#[test]
fn a_reset_that_is_interrupted_goes_on() {
    for lines in 0..=3 {
        let scene = scene();
        // The first stream is the word that it begins again; the second one is cut.
        scene.server.add_fault(Fault::LoseAnswer("POST /sync/ack"));
        scene.pull().unwrap_err();
        scene.server.add_fault(Fault::CutAfterLines(lines, Ending::Broken));
        scene.pull().unwrap_err();
        assert_eq!((there(&scene), scene.albums()), (vec![2, 3, 4, 5, 6], (1, 2)), "{lines}: nothing goes yet");
        assert!(scene.upstream().is_resetting);
        let pulled = scene.pull().unwrap();
        assert_eq!(there(&scene), [2, 3, 4], "{lines}: {pulled:?}");
        assert!(!scene.upstream().is_resetting);
    }
}

/// The end of the stream is applied and acked, and then nothing more happens: the sweep is made up for.
#[test]
fn a_pull_that_dies_before_the_sweep_is_made_up_for() {
    let scene = scene();
    scene.server.add_fault(Fault::LoseAnswer("POST /sync/ack"));
    scene.pull().unwrap_err();
    // The ack of the whole second stream arrives, its answer does not.
    scene.server.add_fault(Fault::LoseAnswer("POST /sync/ack"));
    scene.pull().unwrap_err();
    assert!(scene.upstream().is_resetting);
    let pulled = scene.pull().unwrap();
    assert_eq!(pulled.lines, 1, "the server has nothing more to say");
    assert_eq!((there(&scene), scene.albums()), (vec![2, 3, 4], (0, 0)));
}

#[test]
fn a_server_that_shows_almost_nothing_is_doubted_until_somebody_says_so() {
    let scene = Scene::new();
    scene.server.say(&assets(2, 82));
    scene.pull().unwrap();
    scene.server.fall_silent();
    scene.server.say(&assets(2, 3));
    scene.server.begin_reset();
    let pulled = scene.pull().unwrap();
    assert_eq!((pulled.held, pulled.swept), (79, 0));
    assert!(scene.asset(81).is_some() && scene.upstream().held == 79);
    assert_eq!(scene.pull().unwrap().held, 79, "nobody said anything");
    let pulled = scene.pull_wishing(Wishes { sweep: true }).unwrap();
    assert_eq!((pulled.held, pulled.swept), (0, 79));
    assert!(scene.asset(81).is_none() && scene.asset(2).is_some() && !scene.upstream().is_resetting);
}

/// What waits in quarantine is of the time before: it comes again, or it is not true any more.
#[test]
fn what_waited_before_a_reset_does_not_come_after_it() {
    let scene = Scene::new();
    scene.server.say(&[assets(2, 3), link(10, 9, 2)].concat());
    assert_eq!(scene.pull().unwrap().quarantined, 1);
    scene.server.fall_silent();
    scene.server.say(&[assets(2, 3), album(9, &json!({}))].concat());
    scene.server.begin_reset();
    scene.pull().unwrap();
    assert_eq!((scene.albums(), scene.quarantined().len()), ((1, 0), 0));
}
