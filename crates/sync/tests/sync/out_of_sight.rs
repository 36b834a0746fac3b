//! What others showed and do not show any more. The server does not say so of each row (sync-protocol §11).

use serde_json::{Value, json};
use tintype_protocol::bytes::base64;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::AssetStatus;
use tintype_protocol::permission::Permission;
use tintype_protocol::time::DAY_MS;
use tintype_protocol::version::Version;
use tintype_sync::{Pace, PullError, Wishes, push};
use tintype_testkit::{Ending, Fault};

use crate::lines::{ME, asset, asset_data, assets, id, line, user};
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

/// What is in the trash there as well expires there, and here nothing would come of it any more once it is gone there.
#[test]
fn the_trash_of_what_the_server_has_no_more_expires_here() {
    let scene = Scene::new();
    let photos = [scene.import(1), scene.import(2)];
    for (number, photo) in (6..).zip(photos) {
        let checksum = scene.library.asset(&scene.caller(), photo, Permission::AssetRead).unwrap().checksum;
        scene.server.say(&asset(number, &json!({ "checksum": base64(&checksum.0), "thumbhash": "AAAA", "width": 1 })));
    }
    scene.pull().unwrap();
    push(&scene.library, &scene.remote, &scene.upstream(), &Pace::default(), &|_| {}).unwrap();
    // Both are in the trash; one is still there.
    scene.server.say(&line("AssetDeleteV1", 20, &json!({ "assetId": id(6) })));
    scene.server.say(&line("AssetV2", 21, &trashed(&scene, photos[1])));
    scene.pull().unwrap();
    assert_eq!(scene.library.expire_trash().unwrap(), 0, "it is new");
    scene.clock.advance(31 * DAY_MS);
    assert_eq!(scene.library.expire_trash().unwrap(), 1);
    let status = |id| scene.library.read(|tx| Ok(tx.asset(id)?)).unwrap().map(|asset| asset.status);
    assert_eq!(photos.map(status), [Some(AssetStatus::Deleted), Some(AssetStatus::Trashed)]);
}

fn trashed(scene: &Scene, photo: AssetId) -> Value {
    let checksum = scene.library.asset(&scene.caller(), photo, Permission::AssetRead).unwrap().checksum;
    let more = json!({ "checksum": base64(&checksum.0), "thumbhash": "AAAA", "deletedAt": "2026-10-01T00:00:00.000Z" });
    asset_data(7, &more)
}
