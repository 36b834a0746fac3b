//! What others showed and do not show any more. The server does not say so of each row (sync-protocol §11).

use serde_json::{Value, json};
use tintype_protocol::version::Version;
use tintype_sync::{PullError, Wishes};
use tintype_testkit::{Ending, Fault};

use crate::lines::{ME, asset, assets, id, line, user};
use crate::scene::Scene;

/// Somebody else there.
const EVE: u32 = 50;

fn partner() -> Value {
    json!({ "sharedById": id(EVE), "sharedWithId": ME, "inTimeline": true })
}

#[test]
fn what_nobody_here_can_see_any_more_goes_at_the_end_of_a_stream() {
    let scene = Scene::new();
    let shown = |number| asset(number, &json!({ "ownerId": id(EVE) })).replace("AssetV2", "PartnerAssetV2");
    let theirs: String = (2..5).map(shown).collect();
    scene.server.say(&[user(EVE, "Eve"), line("PartnerV1", 60, &partner()), theirs].concat());
    assert_eq!(scene.pull().unwrap().pruned, 0);
    let here = || scene.rows().iter().filter(|row| row.starts_with("asset:")).count();
    assert_eq!(here(), 3);
    scene.server.say(&line("PartnerDeleteV1", 61, &partner()));
    scene.server.add_fault(Fault::CutAfterLines(1, Ending::Clean));
    assert!(matches!(scene.pull(), Err(PullError::Incomplete)));
    assert_eq!(here(), 3, "the rest of the stream may show them again");
    assert_eq!((scene.pull().unwrap().pruned, here()), (3, 0));
    assert_eq!(scene.pull().unwrap().pruned, 0);
}

/// What was not to be seen any more while nobody followed the server goes when its user follows it again. Of photos that only the
/// server had, nobody knows that they were deleted: a person says so.
#[test]
fn who_follows_again_is_asked_for_what_they_were_shown_before() {
    let scene = Scene::new();
    let shown = |number| asset(number, &json!({ "ownerId": id(EVE) })).replace("AssetV2", "PartnerAssetV2");
    let mine = assets(70, 72);
    scene.server.say(&[user(EVE, "Eve"), line("PartnerV1", 60, &partner()), shown(2), shown(3), mine].concat());
    scene.pull().unwrap();
    let here = || scene.rows().iter().filter(|row| row.starts_with("asset:")).count();
    assert_eq!(here(), 4);
    for (rest, held, left) in [(assets(70, 72), 0, 2), (assets(70, 71), 1, 1)] {
        scene.library.unlink_upstream(scene.upstream().id).unwrap();
        scene.server.fall_silent();
        scene.server.say(&[user(EVE, "Eve"), rest].concat());
        scene.follow(Version::CURRENT, ME);
        let remote = scene.server.client();
        let pulled = scene.pull_by(&remote, Wishes::default()).unwrap();
        assert_eq!((pulled.held, here()), (held, 2), "{pulled:?}");
        let confirmed = scene.pull_by(&remote, Wishes { sweep: true }).unwrap();
        assert_eq!((confirmed.held, here()), (0, left), "{confirmed:?}");
        assert!(!scene.upstream().is_resetting && !scene.upstream().keeps_unshown);
    }
}
