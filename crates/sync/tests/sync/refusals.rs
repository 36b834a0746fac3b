//! A server that says no.

use std::error::Error as _;
use std::time::Duration;

use tintype_client::{Client, ClientError, Refusal};
use tintype_library::Disposition;
use tintype_protocol::sync::RequestType;
use tintype_protocol::version::Version;
use tintype_sync::{PullError, Wishes};
use tintype_testkit::{FakeUpstream, Fault};

use crate::lines::assets;
use crate::scene::Scene;

fn refusal(error: PullError) -> Refusal {
    match error {
        PullError::Upstream(ClientError::Refused { refusal, .. }) => refusal,
        other => panic!("{other:?}"),
    }
}

fn stream(client: &Client) -> ClientError {
    client.stream(&[RequestType::UsersV1], false).unwrap_err()
}

/// sync-protocol §2.1: a key is not enough, and the texts say why.
#[test]
fn three_kinds_of_forbidden_are_told_apart() {
    let server = FakeUpstream::new(Version::CURRENT);
    let of = |error| match error {
        ClientError::Refused { refusal, .. } => refusal,
        other => panic!("{other:?}"),
    };
    for permissions in [&["all"][..], &["sync.stream", "asset.read"]] {
        assert_eq!(of(stream(&server.client_with_key(permissions))), Refusal::NeedsSession);
    }
    let missing = Refusal::MissingPermission("sync.stream".to_owned());
    assert_eq!(of(stream(&server.client_with_key(&["asset.read"]))), missing);
    server.add_fault(Fault::Refuse("/sync/stream", 403, "Forbidden".to_owned(), None));
    let other = Refusal::Other { status: 403, message: "Forbidden".to_owned() };
    assert_eq!(of(stream(&server.client())), other);
    let missing = Refusal::MissingPermission("user.read".to_owned());
    assert_eq!(of(server.client_with_key(&["asset.read"]).account().unwrap_err()), missing);
    assert!(matches!(of(stream(&server.stranger())), Refusal::Unauthenticated(_)));
}

#[test]
fn a_key_is_refused_with_the_reason_and_nobody_tries_again() {
    let scene = Scene::new();
    scene.server.say(&assets(2, 3));
    let remote = scene.server.client_with_key(&["all"]);
    let error = scene.pull_by(&remote, Wishes::default()).unwrap_err();
    assert_eq!(error.disposition(), Disposition::Fatal);
    assert!(error.source().unwrap().to_string().contains("a session is needed"));
    assert!(scene.asset(2).is_none());
}

#[test]
fn an_ended_session_is_fatal_and_what_was_applied_stays() {
    let scene = Scene::new();
    scene.server.say(&assets(2, 4));
    scene.pull().unwrap();
    scene.server.say(&assets(4, 6));
    scene.server.end_sessions();
    let error = scene.pull().unwrap_err();
    assert_eq!(error.disposition(), Disposition::Fatal);
    assert!(matches!(refusal(error), Refusal::Unauthenticated(_)));
    assert!(scene.asset(3).is_some() && scene.asset(4).is_none());
    // A new session knows no checkpoints: everything comes again, and once more in an epoch of its own.
    let remote = scene.server.client();
    let pulled = scene.pull_by(&remote, Wishes::default()).unwrap();
    assert_eq!((pulled.lines, pulled.was_older, pulled.swept), (11, true, 0));
    assert!(scene.asset(5).is_some());
}

/// The session ends between the stream and its acks.
#[test]
fn a_session_that_ends_in_the_middle_loses_nothing() {
    let scene = Scene::new();
    scene.server.say(&assets(2, 4));
    scene.server.add_fault(Fault::Refuse("POST /sync/ack", 401, "Invalid user token".to_owned(), None));
    let error = scene.pull().unwrap_err();
    assert_eq!(error.disposition(), Disposition::Fatal);
    assert!(scene.asset(3).is_some() && scene.acked().is_empty());
    assert_eq!(scene.pull().unwrap().lines, 3);
}

#[test]
fn a_busy_server_says_when_to_come_again() {
    for (status, path) in [(429, "/sync/stream"), (503, "/sync/stream"), (503, "/server/version"), (429, "/sync/ack")] {
        let scene = Scene::new();
        scene.server.say(&assets(2, 4));
        let after = Some(Duration::from_secs(17));
        scene.server.add_fault(Fault::Refuse(path, status, "later".to_owned(), after));
        let error = scene.pull().unwrap_err();
        assert_eq!(error.disposition(), Disposition::Retry { after }, "{status} {path}");
        assert!(matches!(refusal(error), Refusal::Other { status: said, .. } if said == status));
        assert_eq!(scene.server.asked().last().unwrap().path, path, "nothing is asked after that");
        scene.pull().unwrap();
        assert!(scene.asset(3).is_some());
    }
}

/// A retired type, by a server that grew while its version was being asked for.
#[test]
fn a_refused_type_is_no_reason_to_try_again_at_once() {
    let scene = Scene::of(Version { major: 2, minor: 7, patch: 5 }, crate::lines::ME);
    let text = "SyncRequestType.AssetsV1 is deprecated, use SyncRequestType.AssetsV2 instead";
    scene.server.add_fault(Fault::Refuse("/sync/stream", 400, text.to_owned(), None));
    let error = scene.pull().unwrap_err();
    assert_eq!(error.disposition(), Disposition::Permanent);
    let message = refusal(error).to_string();
    assert!(message.contains("AssetsV1 is deprecated"), "{message}");
    scene.server.set_version(Version::CURRENT);
    scene.server.say(&assets(2, 3));
    scene.pull().unwrap();
    assert!(scene.asset(2).is_some(), "the next pull asks for what the newer version has");
    assert_eq!(scene.upstream().version, Version::CURRENT);
}
