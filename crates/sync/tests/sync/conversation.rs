//! Whole conversations: one of every type of line that is ours, and one that was recorded from the reference
//! (sync-protocol §15), which lies beside the repository and is not published.

use std::fs;

use tintype_protocol::sync::EntityType;
use tintype_protocol::version::Version;
use tintype_testkit::{Ending, Fault, not_run_without_shared, shared};

use crate::lines::ME;
use crate::scene::Scene;

/// Every type that generation 3 has but those that take something away.
const OURS: &str = include_str!("conversation.jsonl");
/// What was recorded, in that order.
const RECORDED: [&str; 3] = ["initial", "image-added", "image-added-to-album"];
/// Who the user of the recording is.
const RECORDED_USER: &str = "5ccc983a-db97-4f49-b29b-a832f1d3d2b5";

/// A conversation, and with whom.
struct Conversation {
    version: Version,
    user: &'static str,
    lines: Vec<String>,
    /// Lines that are about something which is not part of it, so they can only be kept.
    orphans: Vec<EntityType>,
}

impl Conversation {
    fn ours() -> Self {
        Self { version: Version::CURRENT, user: ME, lines: lines(OURS), orphans: Vec::new() }
    }

    /// Without what lies beside the repository there is none.
    fn recorded(names: &[&str]) -> Option<Self> {
        let folder = shared().map(|shared| shared.join("spec"))?;
        let read = |name: &&str| fs::read_to_string(folder.join(format!("recorded-2025-12-{name}.jsonl"))).ok();
        let text: String = names.iter().map(read).collect::<Option<Vec<String>>>()?.concat();
        Some(Self {
            version: Version { major: 2, minor: 3, patch: 1 },
            user: RECORDED_USER,
            lines: lines(&text),
            // The recording is a part of a longer one: a picture of the memory's and one with a face are missing.
            orphans: vec![EntityType::MemoryToAssetV1, EntityType::AssetFaceV1],
        })
    }

    /// A library that is going to hear it.
    fn scene(&self) -> Scene {
        let scene = Scene::of(self.version, self.user);
        scene.server.say(&format!("{}\n", self.lines.join("\n")));
        scene
    }

    fn assert_applied(&self, scene: &Scene, when: &str) {
        let kept: Vec<_> = scene.quarantined().into_iter().map(|line| (line.entity, line.reason)).collect();
        let entities: Vec<EntityType> = kept.iter().map(|(entity, _)| *entity).collect();
        assert_eq!(entities, self.orphans, "{when}: {kept:?}");
    }
}

/// The lines but the ends of streams: it is one stream here.
fn lines(text: &str) -> Vec<String> {
    text.lines().filter(|line| !line.contains("SyncCompleteV1")).map(str::to_owned).collect()
}

/// Streams it, and streams it again as to a server that has lost its checkpoints: nothing moves in the own feed.
fn twice(conversation: &Conversation) {
    let scene = conversation.scene();
    let pulled = scene.pull().unwrap();
    let count = conversation.lines.len() as u64;
    assert_eq!(pulled.lines, count + 1);
    conversation.assert_applied(&scene, "once");
    let (rows, positions) = (scene.rows(), scene.positions());
    assert_eq!(scene.pull().unwrap().lines, 1, "nothing is left to say but that");
    assert_eq!(scene.positions(), positions);
    scene.server.forget_checkpoints();
    assert_eq!(scene.pull().unwrap().lines, count + 1, "everything again");
    assert_eq!(scene.positions(), positions, "what is known already moves nothing");
    let kept = scene.quarantined().len();
    let orphans = conversation.orphans.len();
    assert!(kept <= 2 * orphans, "{kept} of {orphans}");
    let told = |rows: Vec<String>| rows.into_iter().filter(|row| !row.starts_with("quarantine:")).collect::<Vec<_>>();
    assert_eq!(told(scene.rows()), told(rows));
}

/// Streams it in three pieces, cut between any two lines, and compares with what one piece makes of it. `lengths` says
/// how many lines the second piece may have.
fn in_three_pieces(conversation: &Conversation, lengths: &[usize]) {
    let whole = conversation.scene();
    whole.pull().unwrap();
    let expected = whole.rows();
    let count = conversation.lines.len();
    let endings = [Ending::Clean, Ending::Broken, Ending::Silent];
    for first in 0..=count {
        for second in lengths.iter().map(|length| first + length).filter(|second| *second <= count) {
            let scene = conversation.scene();
            let what = format!("cut after {first} and {second} lines of {count}");
            scene.server.add_fault(Fault::CutAfterLines(first, endings[(first + second) % 3]));
            scene.pull().unwrap_err();
            scene.server.add_fault(Fault::CutAfterLines(second - first, endings[second % 3]));
            scene.pull().unwrap_err();
            scene.pull().unwrap();
            assert_eq!(scene.rows(), expected, "{what}");
            conversation.assert_applied(&scene, &what);
        }
    }
}

#[test]
fn a_conversation_of_every_type_is_applied_and_changes_nothing_the_second_time() {
    twice(&Conversation::ours());
}

#[test]
fn a_conversation_of_every_type_fills_every_table() {
    let scene = Conversation::ours().scene();
    scene.pull().unwrap();
    let rows = scene.rows();
    let count = |table: &str| rows.iter().filter(|row| row.split_once(':').is_some_and(|(of, _)| of == table)).count();
    for (table, expected) in [
        ("asset", 9),
        ("exif", 9),
        ("album", 2),
        ("album_asset", 4),
        ("album_user", 4),
        ("partner", 1),
        ("stack", 2),
        ("memory", 1),
        ("memory_asset", 1),
        ("person", 1),
        ("face", 1),
        ("edit", 1),
        ("ocr", 1),
        ("asset_metadata", 1),
        ("user_metadata", 1),
        ("quarantine", 0),
    ] {
        assert_eq!(count(table), expected, "{table}");
    }
}

#[test]
fn a_conversation_may_be_cut_anywhere() {
    // Not all lengths, as there are many lines; each of them ends and begins a piece.
    in_three_pieces(&Conversation::ours(), &[0, 1, 2, 3, 5, 8, 13, 21, 34]);
}

#[test]
fn what_was_recorded_is_applied_and_changes_nothing_the_second_time() {
    match Conversation::recorded(&RECORDED) {
        Some(recorded) => twice(&recorded),
        None => not_run_without_shared("that the recorded conversation is applied"),
    }
}

#[test]
fn what_was_recorded_may_be_cut_anywhere() {
    match Conversation::recorded(&RECORDED) {
        Some(recorded) => in_three_pieces(&recorded, &Vec::from_iter(0..=recorded.lines.len())),
        None => not_run_without_shared("that the recorded conversation may be cut anywhere"),
    }
}

/// As it was recorded: three streams, the second and third one of what had happened meanwhile.
#[test]
fn what_was_recorded_is_applied_stream_by_stream() {
    let Some(recorded) = Conversation::recorded(&RECORDED) else {
        return not_run_without_shared("that the recorded conversation is applied stream by stream");
    };
    let whole = recorded.scene();
    whole.pull().unwrap();
    let scene = Scene::of(recorded.version, recorded.user);
    for name in RECORDED {
        let Some(part) = Conversation::recorded(&[name]) else { continue };
        scene.server.say(&format!("{}\n", part.lines.join("\n")));
        assert_eq!(scene.pull().unwrap().lines, part.lines.len() as u64 + 1, "{name}");
    }
    recorded.assert_applied(&scene, "in the end");
    assert_eq!(scene.rows(), whole.rows());
}
