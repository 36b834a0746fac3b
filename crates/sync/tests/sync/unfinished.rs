//! A pull that cannot come to its end does not keep what users did here from being sent, as far as that overrules nothing unseen.

use std::ops::ControlFlow;

use serde_json::{Value, json};
use tintype_client::Client;
use tintype_library::albums::AlbumChange;
use tintype_library::assets::AssetChange;
use tintype_library::model::{Field, Upstream, UpstreamMode};
use tintype_library::store::Durability;
use tintype_protocol::model::Visibility;
use tintype_sync::{Pace, PullError, PushError, Pushed, Sends, Wishes, pull, push_after};
use tintype_testkit::Fault;

use crate::lines::{album, asset, asset_data, assets, id};
use crate::scene::Scene;

fn damage() -> Fault {
    Fault::Insert(0, "{\"type\":\"AssetV2\",\"da\n".to_owned())
}

/// Pulls, and then sends what may be sent after that.
fn sync(scene: &Scene, remote: &Client) -> (Option<PullError>, Result<Pushed, PushError>) {
    let go_on = &mut |_| ControlFlow::Continue(());
    let error = pull(&scene.library, remote, &scene.upstream(), Wishes::default(), go_on).err();
    let after = error.as_ref().expect("an error");
    let pushed = push_after(after, &scene.library, remote, &scene.upstream(), &Pace::unbounded(), &|_| {});
    (error, pushed)
}

/// As a server shows a photo to whoever asks for it.
fn shown(number: u32, more: &Value) -> Value {
    let mut shown = asset_data(number, more);
    let known = json!({ "isTrashed": shown["deletedAt"].is_string(), "updatedAt": shown["createdAt"] });
    shown.as_object_mut().unwrap().extend(known.as_object().unwrap().clone());
    shown
}

fn favorite() -> AssetChange {
    AssetChange { is_favorite: Some(true), ..AssetChange::default() }
}

fn waiting(scene: &Scene) -> Vec<Field> {
    scene.library.outbox(scene.upstream().id, 0, 10).unwrap().into_iter().map(|row| row.field).collect()
}

/// The user has 3 and an album there, and has changed both here.
fn changed() -> Scene {
    let scene = Scene::new();
    scene.server.say(&[assets(3, 5), album(9, &json!({}))].concat());
    scene.pull().unwrap();
    scene.library.update_asset(&scene.caller(), id(3).parse().unwrap(), favorite()).unwrap();
    let name = AlbumChange { name: Some("Elsewhere".to_owned()), ..AlbumChange::default() };
    scene.library.update_album(&scene.caller(), id(9).parse().unwrap(), name).unwrap();
    scene
}

#[test]
fn what_was_said_of_a_photo_goes_although_a_line_is_damaged() {
    let scene = changed();
    scene.server.show(shown(3, &json!({})));
    for round in 0..2 {
        scene.server.say(&asset(40 + round, &json!({})));
        scene.server.add_fault(damage());
        let (error, pushed) = sync(&scene, &scene.remote);
        assert!(matches!(error, Some(PullError::Broken(_))), "{error:?}");
        assert_eq!(pushed.unwrap().sent, u64::from(round == 0));
    }
    assert_eq!(scene.server.shown(&id(3)).unwrap()["isFavorite"], true);
    assert_eq!(waiting(&scene), [Field::Name], "what an album is called there is not known");
    assert_eq!(scene.library.conflicts(scene.upstream().id).unwrap(), []);
}

/// Somebody has said something else there, in a line that did not come.
#[test]
fn what_was_changed_there_unseen_is_kept_as_a_conflict() {
    let scene = Scene::new();
    scene.server.say(&assets(3, 5));
    scene.pull().unwrap();
    let change = AssetChange { visibility: Some(Visibility::Archive), ..AssetChange::default() };
    scene.library.update_asset(&scene.caller(), id(3).parse().unwrap(), change).unwrap();
    scene.server.show(shown(3, &json!({ "visibility": "hidden" })));
    scene.server.add_fault(damage());
    assert_eq!(sync(&scene, &scene.remote).1.unwrap().sent, 1);
    let [conflict] = scene.library.conflicts(scene.upstream().id).unwrap().try_into().unwrap();
    assert_eq!((conflict.mine.as_str(), conflict.theirs.as_str()), ("\"archive\"", "\"hidden\""));
    assert_eq!(scene.server.shown(&id(3)).unwrap()["visibility"], "archive");
}

#[test]
fn nothing_goes_to_an_older_copy_or_before_everything_has_come() {
    let scene = Scene::new();
    scene.server.say(&assets(3, 5));
    scene.pull().unwrap();
    scene.server.back_up();
    scene.server.say(&assets(6, 7));
    scene.pull().unwrap();
    scene.library.update_asset(&scene.caller(), id(3).parse().unwrap(), favorite()).unwrap();
    scene.server.show(shown(3, &json!({})));
    scene.server.put_back();
    scene.server.add_fault(damage());
    // Noticed, and not acted on.
    let (error, pushed) = sync(&scene, &scene.remote);
    assert!(matches!(error, Some(PullError::Broken(_))), "{error:?}");
    assert!(matches!(pushed, Err(PushError::Older)), "{pushed:?}");

    let scene = changed();
    scene.server.show(shown(3, &json!({})));
    let halfway = Upstream { is_resetting: true, ..scene.upstream() };
    scene.library.write(Durability::Relaxed, move |tx| Ok(tx.update_upstream(&halfway)?)).unwrap();
    scene.server.add_fault(damage());
    let (error, pushed) = sync(&scene, &scene.remote);
    assert_eq!(Sends::after(&error.unwrap(), &scene.upstream()), Sends::NotYet);
    assert_eq!(pushed.unwrap(), Pushed::default());
    assert_eq!(scene.server.shown(&id(3)).unwrap()["isFavorite"], false);
}

#[test]
fn a_server_that_is_away_is_sent_nothing() {
    let scene = changed();
    scene.server.show(shown(3, &json!({})));
    for fault in [
        Fault::LoseRequest("/sync/stream"),
        Fault::Refuse("/sync/stream", 401, "no".to_owned(), None),
        Fault::Refuse("/sync/stream", 503, "busy".to_owned(), None),
    ] {
        scene.server.add_fault(fault);
        assert_eq!(sync(&scene, &scene.remote).1.unwrap(), Pushed::default());
    }
    assert_eq!(waiting(&scene).len(), 2);
    let in_doubt = PullError::InDoubt { count: 1, permission: "asset.upload".to_owned() };
    let searching = Upstream { mode: UpstreamMode::Search, is_resetting: true, ..scene.upstream() };
    assert_eq!(Sends::after(&in_doubt, &searching), Sends::All);
}
