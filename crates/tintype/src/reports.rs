//! What commands report: as JSON for programs, or as the lines that are made of it for people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tintype_library::model::{ActionTally, FolderAction, FolderRun, JournalLine, JournalState};

/// How a landing zone stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ZoneReport {
    pub(crate) name: String,
    pub(crate) folder: String,
    pub(crate) destination: String,
    /// What happens to originals: delete, keep or archive.
    pub(crate) after: String,
    /// How many files are in which state.
    pub(crate) files: BTreeMap<String, u64>,
    /// Of those on their way, how many wait for something to be over.
    pub(crate) waiting: u64,
    pub(crate) saved_bytes: i64,
    /// When it was last looked at since the process began.
    #[serde(default)]
    pub(crate) looked_at: Option<String>,
    /// Why nothing is delivered for now.
    pub(crate) away: Option<String>,
    /// What could not be read.
    pub(crate) problems: Vec<String>,
    /// Links, pipes and devices.
    pub(crate) strange: u64,
}

/// What became of a file that something was to be written into.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WrittenBack {
    pub(crate) asset: String,
    pub(crate) name: String,
    /// `sidecar` or `embedded`.
    pub(crate) target: String,
    /// `written`, `skipped` or `failed`.
    pub(crate) outcome: String,
    /// Why it was skipped or failed, as it is counted.
    pub(crate) reason: Option<String>,
    /// The same for people.
    pub(crate) text: Option<String>,
    pub(crate) changes: Vec<ChangedTag>,
    /// What was left out, and why.
    pub(crate) notes: Vec<String>,
}

/// A tag's value before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChangedTag {
    pub(crate) tag: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

/// A run that wrote into files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WriteBackRunReport {
    pub(crate) run: i64,
    pub(crate) began_at: String,
    pub(crate) ended_at: Option<String>,
    /// The run that it took back.
    pub(crate) undoes: Option<i64>,
}

/// Assets of one type that are to be optimised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Planned {
    pub(crate) media_type: String,
    pub(crate) count: u64,
    pub(crate) bytes: u64,
    /// How many were tried to estimate what is saved.
    pub(crate) tried: u64,
    /// By those that were tried.
    pub(crate) estimated_saved_bytes: u64,
}

/// What became of an asset that was to be optimised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OptimisedAsset {
    pub(crate) asset: String,
    pub(crate) name: String,
    /// `stored`, `kept`, `left-alone` or `failed`.
    pub(crate) outcome: String,
    pub(crate) before_bytes: u64,
    pub(crate) after_bytes: u64,
    /// Why it was not stored, or by which recipe it was.
    pub(crate) why: String,
}

/// What a run saved.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Saved {
    pub(crate) stored: u64,
    pub(crate) kept: u64,
    pub(crate) left_alone: u64,
    pub(crate) failed: u64,
    pub(crate) before_bytes: u64,
    pub(crate) after_bytes: u64,
}

/// What became of an original that was to be restored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RestoredOriginal {
    pub(crate) asset: String,
    /// Bytes of the original, if it was restored now.
    pub(crate) bytes: Option<u64>,
    /// Why it was not.
    pub(crate) error: Option<String>,
}

/// A file in a landing zone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Landed {
    pub(crate) id: i64,
    pub(crate) zone: String,
    /// Where it came, below the zone's folder.
    pub(crate) path: String,
    /// Where it lies, if that is elsewhere by now.
    pub(crate) lies_at: Option<String>,
    pub(crate) state: String,
    pub(crate) size_bytes: u64,
    pub(crate) sha1: Option<String>,
    /// What the destination calls it.
    pub(crate) asset: Option<String>,
    pub(crate) attempts: u32,
    pub(crate) reason: Option<String>,
    pub(crate) first_seen: String,
    pub(crate) changed_at: String,
}

/// What became of originals that were to be tried again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RetriedFiles {
    pub(crate) again: u64,
    pub(crate) gone: u64,
}

/// What became of a sync with one server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Synced {
    pub(crate) user: String,
    pub(crate) address: String,
    pub(crate) lines: u64,
    pub(crate) quarantined: u64,
    pub(crate) released: u64,
    pub(crate) was_reset: bool,
    /// Whether it turned out to be an older copy of itself, and how many rows are only here since.
    pub(crate) was_older: bool,
    /// Whether this library turned out to be one.
    #[serde(default)]
    pub(crate) was_behind: bool,
    pub(crate) only_here: u64,
    pub(crate) swept: u64,
    /// What the first photos among these were called.
    #[serde(default)]
    pub(crate) swept_names: Vec<String>,
    /// Assets of others that nobody here can see any more.
    pub(crate) pruned: u64,
    pub(crate) held: u64,
    /// Changes that were sent, those that the server said no to, and of these those that were given up.
    pub(crate) sent: u64,
    pub(crate) refused: u64,
    pub(crate) dead: u64,
    pub(crate) seconds: f64,
    /// Why it did not come to its end.
    pub(crate) problem: Option<String>,
    /// How copying originals went, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) originals: Option<OriginalsCopied>,
}

/// What became of copying originals, and how the copy stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OriginalsCopied {
    pub(crate) fetched: u64,
    pub(crate) fetched_bytes: u64,
    /// Bytes that came over the network.
    pub(crate) came_bytes: u64,
    pub(crate) failed: u64,
    /// The first of them.
    pub(crate) failures: Vec<OriginalFailed>,
    /// Why it ended early.
    pub(crate) stopped: Option<String>,
    /// Originals of the user's that lie here.
    pub(crate) here: u64,
    pub(crate) here_bytes: u64,
    /// Of these, those whose SHA-1 was computed here and was right, and when that was first and last.
    pub(crate) verified: u64,
    pub(crate) verified_first: Option<String>,
    pub(crate) verified_last: Option<String>,
    /// Originals of the user's that only the server has.
    pub(crate) elsewhere: u64,
}

/// An original that could not be copied.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OriginalFailed {
    pub(crate) asset: String,
    pub(crate) name: String,
    pub(crate) reason: String,
}

/// How following a server stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Following {
    pub(crate) user: String,
    pub(crate) address: String,
    pub(crate) email: String,
    pub(crate) version: String,
    /// `stream` or `search`.
    pub(crate) mode: String,
    /// `2026-11-21T10:00:00.000Z`.
    pub(crate) synced_at: Option<String>,
    /// How long ago that was.
    pub(crate) lag_seconds: Option<u64>,
    /// The pull that runs now.
    pub(crate) running: Option<Running>,
    /// Why the last try failed, if it did and a node that serves has made it.
    pub(crate) problem: Option<String>,
    pub(crate) is_resetting: bool,
    pub(crate) held: u64,
    pub(crate) quarantined: u64,
    /// Changes that wait to be sent, those that were given up, and conflicts that nobody has looked at.
    pub(crate) waiting: u64,
    pub(crate) dead: u64,
    pub(crate) conflicts: u64,
    /// What went the last time that the server began again.
    #[serde(default)]
    pub(crate) last_swept: Option<LastSwept>,
}

/// What went as a server no longer showed it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LastSwept {
    pub(crate) at: String,
    pub(crate) rows: u64,
    /// What the first photos among these were called.
    pub(crate) names: Vec<String>,
}

/// How far a pull has come that has not ended.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Running {
    pub(crate) lines: u64,
    /// About how many there will be, where that is known.
    pub(crate) expected: Option<u64>,
    pub(crate) seconds: f64,
}

/// What a sync would bring.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Previewed {
    pub(crate) user: String,
    pub(crate) address: String,
    pub(crate) lines: u64,
    /// Lines by type.
    pub(crate) counts: BTreeMap<String, u64>,
    pub(crate) begins_again: bool,
    /// Whether this is all there is, and not what changed.
    pub(crate) is_everything: bool,
    pub(crate) problem: Option<String>,
}

/// A line that could not be applied.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Waiting {
    pub(crate) id: i64,
    pub(crate) user: String,
    pub(crate) address: String,
    #[serde(rename = "type")]
    pub(crate) entity: String,
    pub(crate) reason: String,
    pub(crate) attempts: u32,
    /// `2026-11-21T10:00:00.000Z`.
    pub(crate) since: String,
    /// JSON, as the server said it.
    pub(crate) data: String,
}

/// What became of lines in quarantine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Cleared {
    pub(crate) user: String,
    pub(crate) address: String,
    /// Could be applied now.
    pub(crate) released: u64,
    /// Were let go.
    pub(crate) dropped: u64,
    /// Still wait.
    pub(crate) left: u64,
}

/// A change that has not reached the server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Unsent {
    pub(crate) id: i64,
    pub(crate) user: String,
    pub(crate) address: String,
    /// What it is about, e.g. `asset`.
    pub(crate) kind: String,
    /// What that is called.
    pub(crate) title: String,
    /// What of it was changed.
    pub(crate) field: String,
    /// What the field is here, as JSON in a text; missing where nothing has a value.
    pub(crate) value: Option<String>,
    /// What the server has, as far as is known.
    pub(crate) base: Option<String>,
    /// How often the server said no.
    pub(crate) attempts: u32,
    /// Why, the last time.
    pub(crate) reason: Option<String>,
    /// Given up: only a person makes it be tried again.
    pub(crate) is_dead: bool,
    /// `2026-11-21T10:00:00.000Z`.
    pub(crate) since: String,
}

/// What became of changes that waited.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Handled {
    pub(crate) user: String,
    pub(crate) address: String,
    pub(crate) sent: u64,
    /// The server said no to them.
    pub(crate) refused: u64,
    pub(crate) dropped: u64,
    /// Still wait, or are given up.
    pub(crate) left: u64,
    /// Why not all of them could be tried.
    pub(crate) problem: Option<String>,
}

/// What is only here: from now on it waits to be sent, unless it was only counted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Offered {
    pub(crate) user: String,
    pub(crate) address: String,
    /// Photos and videos; a motion part is not counted beside its photo.
    pub(crate) photos: u64,
    /// What their originals take.
    pub(crate) bytes: u64,
    pub(crate) albums: u64,
    pub(crate) stacks: u64,
    #[serde(rename = "isDryRun")]
    pub(crate) is_dry: bool,
    /// Whether it is known what the server has.
    pub(crate) was_synced: bool,
}

/// What both sides changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Disputed {
    pub(crate) id: i64,
    pub(crate) user: String,
    pub(crate) address: String,
    /// What it is about, e.g. `asset`.
    pub(crate) kind: String,
    /// What that is called.
    pub(crate) title: String,
    pub(crate) field: String,
    /// What both had before, as JSON in a text.
    pub(crate) base: Option<String>,
    /// What it was made here.
    pub(crate) mine: String,
    /// What it was made there.
    pub(crate) theirs: String,
    /// `2026-11-21T10:00:00.000Z`.
    pub(crate) since: String,
}

/// What became of conflicts.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Decided {
    pub(crate) user: String,
    pub(crate) address: String,
    pub(crate) decided: u64,
    pub(crate) left: u64,
    /// Why some could not be decided so.
    pub(crate) problems: Vec<String>,
}

/// A folder that is kept in agreement with the library.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FolderReport {
    pub(crate) folder: i64,
    pub(crate) path: String,
    pub(crate) policy: String,
    pub(crate) owner: String,
    pub(crate) album: Option<String>,
    pub(crate) tree: String,
    pub(crate) strictness: String,
    pub(crate) quarantine_days: u32,
    pub(crate) exclude: Vec<String>,
    /// `2026-11-21T10:00:00.000Z`.
    pub(crate) scanned_at: Option<String>,
    pub(crate) planned_at: Option<String>,
    /// How old the numbers are.
    #[serde(default)]
    pub(crate) plan_age_seconds: Option<u64>,
    /// When and why the folder could not be looked at, if that was so the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failed_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<String>,
    /// Photos on both sides, by the last plan.
    pub(crate) agreed: u64,
    /// How many are in which heap of it.
    pub(crate) buckets: std::collections::BTreeMap<String, u64>,
    /// The external library that it is, if its files stay in place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) library: Option<String>,
    /// What that holds outside the trash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) assets: Option<u64>,
}

/// What a run did to a folder and the library.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Applied {
    pub(crate) folder: String,
    pub(crate) run: i64,
    pub(crate) planned: u64,
    pub(crate) done: u64,
    pub(crate) failed: u64,
    pub(crate) is_interrupted: bool,
    /// Whether the plan was applied before: nothing more was done.
    pub(crate) was_applied: bool,
}

impl Applied {
    pub(crate) fn of(folder: &std::path::Path, report: tintype_reconcile::apply::RunReport) -> Self {
        let tintype_reconcile::apply::RunReport { run, planned, done, failed, is_interrupted, was_applied } = report;
        Self { folder: folder.display().to_string(), run, planned, done, failed, is_interrupted, was_applied }
    }
}

/// A run that brought a folder and the library together, or a line of the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub(crate) enum JournalReport {
    Run {
        run: i64,
        folder: String,
        began_at: String,
        ended_at: Option<String>,
        restores: Option<i64>,
        planned: u64,
        done: u64,
        failed: u64,
    },
    Line {
        run: i64,
        number: u32,
        at: String,
        state: String,
        kind: String,
        name: String,
        path: Option<String>,
        asset: Option<String>,
        text: String,
    },
}

/// Actions of a run, each with the last line about it.
impl JournalReport {
    pub(crate) fn of_run(run: &FolderRun, tally: &[ActionTally]) -> Self {
        let count = |is_it: &dyn Fn(Option<JournalState>) -> bool| {
            tally.iter().filter(|alike| is_it(alike.state)).map(|alike| alike.count).sum()
        };
        Self::Run {
            run: run.id,
            folder: String::from_utf8_lossy(&run.root).into_owned(),
            began_at: run.began_at.to_iso(),
            ended_at: run.ended_at.map(tintype_protocol::time::Timestamp::to_iso),
            restores: run.restores,
            planned: count(&|_| true),
            done: count(&|state| matches!(state, Some(JournalState::Done | JournalState::Restored))),
            failed: count(&|state| state == Some(JournalState::Failed)),
        }
    }

    /// `action` is what the line is about.
    pub(crate) fn of_line(line: &JournalLine, action: Option<&FolderAction>) -> Self {
        Self::Line {
            run: line.run,
            number: line.number,
            at: line.at.to_iso(),
            state: line.state.as_str().to_owned(),
            kind: action.map(|action| action.kind.clone()).unwrap_or_default(),
            name: action.map(|action| action.name.clone()).unwrap_or_default(),
            path: action.and_then(|action| action.path.as_ref()).map(|path| String::from_utf8_lossy(path).into_owned()),
            asset: action.and_then(|action| action.asset).map(|asset| asset.to_string()),
            text: tintype_reconcile::apply::Became::parse(&line.text).text,
        }
    }
}
