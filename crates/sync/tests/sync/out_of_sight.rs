//! What others showed and do not show any more. The server does not say so of each row (sync-protocol §11).

use serde_json::{Value, json};
use tintype_sync::PullError;
use tintype_testkit::{Ending, Fault};

use crate::lines::{ME, asset, id, line, user};
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
