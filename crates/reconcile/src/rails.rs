//! What stands between a plan and a loss. Each rail only ever takes something away from what would be done.

use std::collections::HashMap;

use tintype_protocol::time::{DAY_MS, Timestamp};

use crate::diff::Sides;
use crate::plan::{Action, Bar, Bucket, Decision, Kind, ReportOnly};
use crate::settings::Strictness;

/// One in so many files of a folder may go to a trash in one run.
const CAP_SHARE: usize = 100;
/// However small the folder is, so many may.
const CAP_FLOOR: usize = 5;

/// How many deletes a run may do on each side.
pub fn cap(files: usize, allow: Option<usize>) -> usize {
    (files / CAP_SHARE).max(CAP_FLOOR).max(allow.unwrap_or(0))
}

/// Deletes that were observed too shortly wait. What is no delete (a photo that was taken out of an album) begins at no time: a person
/// decides about it at once.
pub fn quarantine(actions: &mut [Action], days: &u32, now: Timestamp) {
    for action in actions.iter_mut().filter(|action| action.kind.is_delete()) {
        let evidence = &action.evidence;
        let since = match action.kind {
            Kind::TrashAsset => evidence.gone_from_folder_since,
            _ => evidence.gone_from_library_since.or(evidence.in_trash_since).or(evidence.deleted_at),
        };
        if since.is_none() && action.bars.contains(&Bar::Review) {
            continue;
        }
        let until = Timestamp(since.unwrap_or(now).0.saturating_add(i64::from(*days) * DAY_MS));
        if until > now {
            action.bars.push(Bar::Quarantine { until });
            if action.bucket == Bucket::Trash {
                action.bucket = Bucket::Quarantine;
            }
        }
    }
}

/// What belongs together waits for the last of it, and is asked about where a part of it is. `unit_of` says of each action to
/// what it belongs.
pub fn together(actions: &mut [Action], unit_of: &[usize]) {
    let mut waiting: HashMap<(usize, Kind), Timestamp> = HashMap::new();
    let mut asked: HashMap<(usize, Kind), String> = HashMap::new();
    for (action, unit) in actions.iter().zip(unit_of).filter(|(action, _)| action.kind.is_delete()) {
        if let Some(until) = action.bars.iter().find_map(Bar::until) {
            let latest = waiting.entry((*unit, action.kind)).or_insert(until);
            *latest = until.max(*latest);
        }
        if !goes(action) {
            asked.entry((*unit, action.kind)).or_insert_with(|| action.name.clone());
        }
    }
    for (action, unit) in actions.iter_mut().zip(unit_of).filter(|(action, _)| goes(action)) {
        if let Some(until) = waiting.get(&(*unit, action.kind)) {
            action.bars.retain(|bar| bar.until().is_none());
            action.bars.push(Bar::Quarantine { until: *until });
            action.bucket = Bucket::Quarantine;
        }
        if let Some(name) = asked.get(&(*unit, action.kind)) {
            action.bars.push(Bar::Review);
            action.bucket = Bucket::Review;
            action.reason = format!("{}; {name} belongs to it, and stays", action.reason);
        }
    }
}

/// Whether nothing but time stands between an action and a trash.
fn goes(action: &Action) -> bool {
    action.kind.is_delete() && matches!(action.bucket, Bucket::Trash | Bucket::Quarantine)
}

/// An asset stays that another folder has, or is to have.
pub fn held_elsewhere(actions: &mut [Action], sides: &Sides<'_>) {
    for action in actions.iter_mut().filter(|action| action.kind == Kind::TrashAsset) {
        if let Some(folder) = sides.other_holder(action.sha1, action.asset) {
            action.bars.push(Bar::HeldBy { folder: folder.to_owned() });
            action.bucket = Bucket::Review;
        }
    }
}

/// Where more would go than may, nothing goes: a few of them each day would be no better.
pub fn cap_deletes(actions: &mut [Action], cap: usize) {
    for kind in [Kind::TrashAsset, Kind::TrashFile] {
        let count = actions.iter().filter(|action| action.kind == kind && action.bucket == Bucket::Trash).count();
        if count > cap {
            for action in actions.iter_mut().filter(|action| action.kind == kind && action.bucket == Bucket::Trash) {
                action.bars.push(Bar::Cap { count, cap });
                action.bucket = Bucket::Review;
            }
        }
    }
}

/// What nothing stands against is done; in a strict folder, deletes ask first.
pub fn ask(actions: &mut [Action], strictness: Strictness) {
    for action in actions {
        if strictness == Strictness::Strict && action.kind.is_delete() && !action.bars.contains(&Bar::Review) {
            action.bars.push(Bar::Review);
        }
        let is_free = action.kind != Kind::None && action.bars.is_empty();
        action.decision = if is_free { Decision::Do } else { Decision::Hold };
    }
}

/// Nothing is done at all.
pub fn only_report(actions: &mut [Action], why: ReportOnly) {
    let bar = match why {
        ReportOnly::FirstRun => Bar::FirstRun,
        ReportOnly::Audit => Bar::Audit,
    };
    for action in actions.iter_mut().filter(|action| action.kind != Kind::None) {
        action.bars.push(bar.clone());
        action.decision = Decision::Hold;
    }
}
