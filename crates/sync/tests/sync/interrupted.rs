//! Streams that end too early, and acks that get lost: what came whole stays, what was not acked comes again.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use proptest::prelude::*;
use serde_json::json;
use tintype_client::ClientError;
use tintype_library::Disposition;
use tintype_protocol::sync::EntityType;
use tintype_sync::{Progress, PullError, Wishes, pull};
use tintype_testkit::{Ending, Fault};

use crate::lines::{album, asset, asset_data, assets, at, exif, id, line, link, user, with_ack};
use crate::scene::Scene;

/// Lines that are applied together at most: 20,000, and what was read with the last of them.
const BATCH: usize = 21_000;
/// Lines of the long stream: of things that are not here any more, and of some that are.
const REMOVED: u32 = 45_000;
const SHOWN: u32 = 120;

#[test]
fn an_end_without_the_word_for_it_is_none() {
    for (ending, is_expected) in [
        (Ending::Clean, (|error| matches!(error, PullError::Incomplete)) as fn(&PullError) -> bool),
        (Ending::Broken, |error| matches!(error, PullError::Upstream(ClientError::Broken(_)))),
        (Ending::Silent, |error| matches!(error, PullError::Upstream(ClientError::Broken(_)))),
    ] {
        let scene = Scene::new();
        scene.server.say(&assets(2, 8));
        scene.server.add_fault(Fault::CutAfterLines(3, ending));
        let error = scene.pull().unwrap_err();
        assert!(is_expected(&error), "{ending:?}: {error:?}");
        assert_eq!(error.disposition(), Disposition::Retry { after: None }, "{ending:?}");
        assert!(scene.asset(4).is_some() && scene.asset(5).is_none(), "{ending:?}");
        assert_eq!(scene.acked(), [format!("AssetV2|{}", at(4))], "{ending:?}");
        assert_eq!(scene.upstream().synced_at, None, "{ending:?}");
        assert_eq!(scene.pull().unwrap().lines, 4, "{ending:?}: four are left, the end included");
        assert!(scene.upstream().synced_at.is_some(), "{ending:?}");
    }
}

#[test]
fn a_stream_cut_in_the_middle_of_a_line_loses_only_that_line() {
    let text =
        [assets(2, 4), album(9, &json!({})), link(10, 9, 3), exif(3, &json!({ "city": "\u{f8}\u{2028}" }))].concat();
    let whole = Scene::new();
    whole.server.say(&text);
    whole.pull().unwrap();
    for cut in (0..text.len()).step_by(61) {
        let scene = Scene::new();
        scene.server.say(&text);
        scene.server.add_fault(Fault::CutAfterBytes(cut, Ending::Clean));
        scene.pull().unwrap_err();
        let came = text.as_bytes()[..cut].iter().filter(|byte| **byte == b'\n').count();
        let types: BTreeSet<EntityType> = scene.acked_types().into_iter().collect();
        let sent = scene.server.streamed().remove(0);
        assert_eq!(sent.len(), came);
        assert_eq!(types, sent.iter().map(|line| type_of(line)).collect(), "cut after {cut} bytes");
        scene.pull().unwrap();
        assert_eq!(scene.rows(), whole.rows(), "cut after {cut} bytes");
    }
}

fn type_of(line: &str) -> EntityType {
    serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].as_str().unwrap().parse().unwrap()
}

/// Whether the request or its answer is lost makes a difference to the server only.
#[test]
fn an_ack_that_is_lost_costs_a_repetition_and_nothing_else() {
    for (fault, repeated) in [(Fault::LoseRequest("POST /sync/ack"), 4), (Fault::LoseAnswer("POST /sync/ack"), 0)] {
        let scene = Scene::new();
        scene.server.say(&assets(2, 6));
        scene.server.add_fault(fault.clone());
        let error = scene.pull().unwrap_err();
        assert!(matches!(error, PullError::Upstream(ClientError::Unreachable { .. })), "{fault:?}: {error:?}");
        assert!(scene.asset(5).is_some(), "{fault:?}: what is applied stays");
        let (positions, rows) = (scene.positions(), scene.rows());
        assert_eq!(scene.pull().unwrap().lines, repeated + 1, "{fault:?}");
        assert_eq!((scene.positions(), scene.rows()), (positions, rows), "{fault:?}");
    }
}

#[test]
fn a_server_that_cannot_be_reached_is_tried_again_later() {
    for path in ["/server/version", "/sync/stream"] {
        let scene = Scene::new();
        scene.server.say(&assets(2, 4));
        scene.server.add_fault(Fault::LoseRequest(path));
        let error = scene.pull().unwrap_err();
        assert_eq!(error.disposition(), Disposition::Retry { after: None }, "{path}");
        assert!(scene.acked().is_empty() && scene.asset(2).is_none(), "{path}");
        assert_eq!(scene.pull().unwrap().lines, 3, "{path}");
    }
}

/// The reference goes on with the row that was acked last, not behind it (sync-protocol §8).
#[test]
fn a_backfill_that_is_resumed_repeats_a_row() {
    let scene = Scene::new();
    let parent = at(1);
    let row = |number: u32| {
        let data = asset_data(number, &json!({ "ownerId": id(50) }));
        with_ack("PartnerAssetBackfillV2", &format!("PartnerAssetBackfillV2|{parent}|{}", at(number)), &data)
    };
    let partner = line("PartnerV1", 60, &json!({ "sharedById": id(50), "sharedWithId": id(1), "inTimeline": true }));
    let done = with_ack("SyncAckV1", &format!("PartnerAssetBackfillV2|{parent}|complete"), &json!({}));
    scene.server.say(&[user(50, "bob"), partner, row(2), row(3), row(4), done, assets(5, 6)].concat());
    scene.server.add_fault(Fault::CutAfterLines(4, Ending::Clean));
    scene.pull().unwrap_err();
    assert_eq!(scene.acked().last().unwrap(), &format!("PartnerAssetBackfillV2|{parent}|{}", at(3)));
    scene.pull().unwrap();
    let second = scene.server.streamed().remove(1);
    assert!(second[0].contains(&id(3)) && second[1].contains(&id(4)), "{second:?}");
    assert_eq!(scene.quarantined(), []);
    assert!(scene.acked().contains(&format!("PartnerAssetBackfillV2|{parent}|complete")));
    let assets = scene.rows().iter().filter(|row| row.starts_with("asset:")).count();
    assert_eq!(assets, 4, "none twice");
    assert_eq!(scene.pull().unwrap().lines, 1, "what is complete does not come again");
}

/// Long lines fill a batch as many do.
#[test]
fn a_batch_is_bounded_by_its_bytes() {
    let scene = Scene::new();
    let novelty = "x".repeat(300 << 10);
    for number in 2..72 {
        scene.server.say(&asset(number, &json!({ "novelty": novelty })));
    }
    scene.pull().unwrap();
    let acked = scene.server.acked().len();
    assert!(acked > 1, "20 MiB are more than go together");
    assert!(scene.asset(71).is_some());
}

/// Many lines of things that went long ago, and some of what is here.
fn long_stream() -> String {
    let gone = |number| line("AssetDeleteV1", number, &json!({ "assetId": id(500_000 + number) }));
    let removed: String = (1..=REMOVED).map(gone).collect();
    let exifs: String = (1..=SHOWN).map(|number| exif(number, &json!({}))).collect();
    removed + &assets(1, SHOWN + 1) + &exifs
}

#[derive(Debug, Clone, Copy)]
enum Trouble {
    Cut(usize, Ending),
    /// The ack of a batch is lost, and whether it arrived.
    LostAck(usize, bool),
}

fn trouble() -> impl Strategy<Value = Trouble> {
    let count = (REMOVED + 2 * SHOWN) as usize;
    // Around the ends of batches, among the kinds, and anywhere.
    let places = prop_oneof![
        (0..=2_usize, 0..=4_usize).prop_map(|(batch, more)| (batch * BATCH + more).saturating_sub(2)),
        (REMOVED as usize..=count),
        (0..=count),
    ];
    let ending = prop::sample::select(vec![Ending::Clean, Ending::Broken, Ending::Silent]);
    prop_oneof![
        3 => (places, ending).prop_map(|(at, ending)| Trouble::Cut(at, ending)),
        1 => (1..=3_usize, any::<bool>()).prop_map(|(batch, arrives)| Trouble::LostAck(batch, arrives)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_pull_that_is_resumed_repeats_at_most_one_batch(trouble in trouble()) {
        let scene = Scene::new();
        scene.server.say(&long_stream());
        if let Trouble::Cut(at, ending) = trouble {
            scene.server.add_fault(Fault::CutAfterLines(at, ending));
        }
        // Heard before the first batch, and after each.
        let (mut heard, mut told) = (0, 0);
        let mut tell = |progress: Progress| {
            heard += 1;
            told = progress.lines as usize;
            match trouble {
                Trouble::LostAck(batch, true) if batch == heard => {
                    scene.server.add_fault(Fault::LoseAnswer("POST /sync/ack"));
                }
                Trouble::LostAck(batch, false) if batch == heard => {
                    scene.server.add_fault(Fault::LoseRequest("POST /sync/ack"));
                }
                _ => {}
            }
            ControlFlow::Continue(())
        };
        let outcome = pull(&scene.library, &scene.remote, &scene.upstream(), Wishes::default(), &mut tell);
        prop_assert!(outcome.is_err());
        let first = scene.server.streamed().remove(0);
        for ack in scene.acked() {
            // No ack passes a line that is neither applied nor in quarantine.
            prop_assert!(ack.starts_with("SyncCompleteV1") || first.iter().any(|line| line.contains(&ack)), "{}", ack);
            if let Some(position) = ack.strip_prefix("AssetV2|").and_then(|id| id.rsplit('-').next()?.parse().ok()) {
                prop_assert!((1..=position).all(|number| scene.asset(number).is_some()), "{}", ack);
            }
        }
        scene.pull().unwrap();
        let second: BTreeSet<String> = scene.server.streamed().remove(1).into_iter().collect();
        let applied = match trouble {
            Trouble::Cut(..) => first.len(),
            // It stops there; what was sent behind it nobody has read.
            Trouble::LostAck(..) => first.len().min(told + BATCH),
        };
        let repeated = first.iter().take(applied).filter(|line| second.contains(*line)).count();
        prop_assert!(repeated <= BATCH, "{} lines came again", repeated);
        if matches!(trouble, Trouble::Cut(..)) {
            prop_assert_eq!(repeated, 0, "what came whole is acked before the pull ends");
        }
        let seen = first.into_iter().take(applied).chain(second).filter(|line| !line.contains("SyncCompleteV1"));
        prop_assert_eq!(seen.collect::<BTreeSet<_>>().len(), (REMOVED + 2 * SHOWN) as usize);
        prop_assert!((1..=SHOWN).all(|number| scene.asset(number).is_some()));
        prop_assert_eq!(scene.quarantined(), vec![]);
    }
}
