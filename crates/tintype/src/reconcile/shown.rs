//! What people see of folders, plans and runs.

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use tintype_reconcile::restore::RestoreReport;
use tintype_reconcile::{Action, Bucket, Decision, FolderPlan, Kind, Plan};

use crate::control::Event;
use crate::output;
use crate::reports::{Applied, FolderReport, JournalReport};

/// Actions of one heap that are listed; the plan has all of them.
const LISTED: usize = 25;

/// Names may hold anything, and a terminal obeys some of it.
pub(super) fn plain(text: &str) -> String {
    text.replace(|c: char| c.is_control(), "\u{fffd}")
}

/// `2  /media/phone  backup  ada@example.org`.
pub(super) fn folder_line(folder: &FolderReport) -> String {
    let album = folder.album.as_ref().map(|album| format!("  album {album}")).unwrap_or_default();
    plain(&format!("{}  {}  {}  {}{album}", folder.folder, folder.path, folder.policy, folder.owner))
}

/// How many photos are as they should be.
fn agreed_text(policy: &str, count: u64) -> String {
    match policy {
        "index" => format!("{count} read where they are"),
        _ => format!("{count} on both sides"),
    }
}

/// The same with what else is said about it.
pub(super) fn folder_settings(folder: &FolderReport) -> String {
    let mut text = folder_line(folder);
    text.push_str(&format!("\n  {}, quarantine of {} days", folder.strictness, folder.quarantine_days));
    if !folder.exclude.is_empty() {
        text.push_str(&format!("\n  without {}", plain(&folder.exclude.join(", "))));
    }
    text
}

/// How long ago something was.
fn age(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..120 => return "just now".to_owned(),
        120..7_200 => (seconds / 60, "minutes"),
        7_200..172_800 => (seconds / 3_600, "hours"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{count} {unit} ago")
}

/// The same with how it stands.
pub(super) fn folder_status(folder: &FolderReport) -> String {
    let mut text = folder_settings(folder);
    if let Some(library) = &folder.library {
        text.push_str(&format!("\n  external library {library}: {} assets", folder.assets.unwrap_or(0)));
    }
    match &folder.planned_at {
        None => text.push_str("\n  no plan was made yet"),
        Some(at) => {
            let heaps: Vec<String> = folder.buckets.iter().map(|(name, count)| format!("{count} {name}")).collect();
            let heaps = if heaps.is_empty() { "nothing else".to_owned() } else { heaps.join(", ") };
            let agreed = agreed_text(&folder.policy, folder.agreed);
            let age = folder.plan_age_seconds.map(|seconds| format!(" ({})", age(seconds))).unwrap_or_default();
            text.push_str(&format!("\n  {at}{age}: {agreed}, {heaps}"));
        }
    }
    if let (Some(at), Some(failure)) = (&folder.failed_at, &folder.failure) {
        text.push_str(&format!("\n  it could not be looked at ({at}), and may have changed since: {}", plain(failure)));
    }
    text
}

/// A plan, heap by heap.
pub(super) fn plan_text(plan: &Plan) -> String {
    let parts: Vec<String> = plan.folders.iter().map(folder_plan_text).collect();
    format!("{}\nIt holds until {}.", parts.join("\n"), plan.expires_at.to_iso())
}

/// What can be done with a plan.
pub(super) fn next_step(plan: &Plan, name: &str) -> String {
    let can_be_applied = |part: &&FolderPlan| part.report_only.is_none();
    let actions: Vec<&Action> = plan.folders.iter().filter(can_be_applied).flat_map(|part| &part.actions).collect();
    let (is_done, is_open) = (
        actions.iter().any(|action| action.decision == Decision::Do),
        actions.iter().any(|action| action.decision == Decision::Hold && action.is_open()),
    );
    let yes = if is_open { "\nWhat is marked ? needs a yes: --accept ID, or --accept-all" } else { "" };
    match (is_done || is_open, plan.folders.iter().all(|part| part.actions.is_empty())) {
        // Nothing stands behind the command: it is copied as it is.
        (true, _) => format!("To do it: tintype reconcile apply {}{yes}", as_word(name)),
        (false, true) => "There is nothing to do.".to_owned(),
        (false, false)
            if plan
                .folders
                .iter()
                .any(|part| part.report_only == Some(tintype_reconcile::plan::ReportOnly::FirstRun)) =>
        {
            "To go on, make another one: tintype reconcile plan".to_owned()
        }
        (false, false) => "Nothing of it can be done now.".to_owned(),
    }
}

/// As a shell reads it: one word.
fn as_word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+=,@%".contains(c);
    if text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

fn folder_plan_text(plan: &FolderPlan) -> String {
    let agreed = agreed_text(&plan.policy, plan.agreed);
    let mut text = plain(&format!("{} ({}): {agreed}", plan.path, plan.policy));
    for bucket in Bucket::ALL {
        let actions: Vec<&Action> = plan.actions.iter().filter(|action| action.bucket == bucket).collect();
        if actions.is_empty() {
            continue;
        }
        text.push_str(&format!("\n  {}: {}", heading(bucket), actions.len()));
        for action in actions.iter().take(LISTED) {
            text.push_str(&format!("\n    {}", plain(&action_line(action))));
        }
        if actions.len() > LISTED {
            text.push_str(&format!("\n    and {} more", actions.len() - LISTED));
        }
    }
    for problem in &plan.problems {
        text.push_str(&format!("\n  {}", plain(problem)));
    }
    if let Some(why) = plan.report_only {
        text.push_str(&format!("\n  This plan only reports: {}.", why.why()));
    }
    text
}

/// A heap's name for people.
pub(super) fn heading(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Upload => "into the library",
        Bucket::Download => "into the folder",
        Bucket::Move => "to another place",
        Bucket::Trash => "to the trash",
        Bucket::Review => "to be reviewed",
        Bucket::Quarantine => "in quarantine",
        Bucket::Conflict => "conflicts",
        Bucket::Unexplained => "unexplained",
        Bucket::Refused => "cannot go in",
        Bucket::Left => "left as they are",
    }
}

fn action_line(action: &Action) -> String {
    let place = action.path.as_ref().map_or_else(|| action.name.clone(), ToString::to_string);
    let mark = match action.decision {
        Decision::Do => "+",
        Decision::Hold if action.is_open() => "?",
        Decision::Hold => "-",
    };
    // What a yes would do is not always what the reason makes one think of.
    let yes = if action.is_open() && action.decision == Decision::Hold { deed(action.kind) } else { "" };
    let bars: Vec<String> = action.bars.iter().map(|bar| format!("{bar}{yes}")).collect();
    let bars = if bars.is_empty() { String::new() } else { format!(" [{}]", bars.join("; ")) };
    let to = action.to.as_ref().map(|to| format!(" -> {to}")).unwrap_or_default();
    format!("{mark} {}  {place}{to}: {}{bars}", action.id, action.reason)
}

/// What a yes does.
fn deed(kind: Kind) -> &'static str {
    match kind {
        Kind::Upload => ": it would go into the library",
        Kind::Download => ": it would come into the folder",
        Kind::MoveFile => ": the file would be moved",
        Kind::TrashAsset => ": the library's photo would go to its trash",
        Kind::TrashFile => ": the file would go to the folder's trash",
        Kind::RestoreAsset => ": the photo would come out of the library's trash",
        Kind::Index => ": its asset would become what the file is now",
        Kind::None => "",
    }
}

/// What happens while a plan is applied.
pub(super) fn say_step(event: &Event, json: bool) -> anyhow::Result<()> {
    if json {
        if matches!(event, Event::Did { .. } | Event::Applied(_) | Event::RunBegan { .. }) {
            output::say(&serde_json::to_string(event)?);
        }
        return Ok(());
    }
    match event {
        Event::RunBegan { run, total } => output::say(&format!("run {run}: {total} to do")),
        Event::Did { action, became, failure } => {
            let place = action.path.as_ref().map_or_else(|| action.name.clone(), ToString::to_string);
            let outcome = match failure {
                Some(why) => format!("failed: {why}"),
                None => became.clone().unwrap_or_default(),
            };
            output::say(&plain(&format!("{}  {place}: {outcome}", action.kind.as_str())));
        }
        Event::Applied(applied) if applied.run == 0 => {
            output::say(&plain(&format!("{}: nothing was to be done", applied.folder)));
        }
        Event::Applied(applied) => output::say(&plain(&applied_text(applied))),
        Event::Say { text } => output::say(&plain(text)),
        _ => {}
    }
    Ok(())
}

fn applied_text(applied: &Applied) -> String {
    let Applied { folder, run, planned, done, failed, is_interrupted, was_applied } = applied;
    let mut text = format!("{folder}: {done} of {planned} done, {failed} failed (run {run})");
    if *was_applied {
        text.push_str(
            ". The plan was applied before, and nothing more is done by it: for anything else, make another one",
        );
    }
    if *is_interrupted {
        let left = planned.saturating_sub(done + failed);
        text.push_str(&format!(", {left} not tried. Apply the plan again: it goes on"));
    }
    text
}

/// A run or a line of the journal.
pub(super) fn journal_line(entry: &JournalReport) -> String {
    plain(&match entry {
        JournalReport::Run { run, folder, began_at, ended_at, restores, done, failed, planned } => {
            let end = if ended_at.is_some() { "" } else { ", did not come to its end" };
            let restores = restores.map(|run| format!(", took back run {run}")).unwrap_or_default();
            format!("{run}  {began_at}  {folder}: {done} of {planned} done, {failed} failed{restores}{end}")
        }
        JournalReport::Line { at, state, kind, name, path, text, .. } => {
            let place = path.as_ref().unwrap_or(name);
            let text = if text.is_empty() { String::new() } else { format!(": {text}") };
            format!("  {at}  {state}  {kind}  {place}{text}")
        }
    })
}

/// What was taken back.
pub(super) fn restored_text(report: &RestoreReport) -> String {
    let mut lines = Vec::new();
    lines.extend(report.files.iter().map(|file| format!("back in its folder: {file}")));
    lines.extend(report.asset_names.iter().map(|name| format!("out of the library's trash: {name}")));
    let comes = |name| format!("comes into the folder with the next plan, if it is not there: {name}");
    lines.extend(report.come_down.iter().map(comes));
    lines.extend(report.welcome.iter().map(|name| format!("goes into the library again with the next plan: {name}")));
    lines.extend(report.failed.iter().map(|(name, why)| format!("failed: {name}: {why}")));
    lines.iter().map(|line| plain(line)).collect::<Vec<_>>().join("\n")
}

/// How far reading is, on a terminal.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new(json: bool) -> Self {
        let bar = if json { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} read  {per_sec}  {eta} left  {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self(bar)
    }

    pub(super) fn take(&mut self, event: Event) {
        match event {
            Event::ToRead { files, bytes } => {
                self.0.set_length(files);
                self.0.set_position(0);
                self.0.set_message(HumanBytes(bytes).to_string());
            }
            Event::Read { files } => self.0.set_position(files),
            Event::Verifying { count } => self.0.set_position(count),
            Event::Say { text } => self.0.suspend(|| output::say(&plain(&text))),
            _ => {}
        }
    }

    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_copied() {
        for (name, expected) in [
            ("20261121093000123-1f0c2a7b", "20261121093000123-1f0c2a7b"),
            ("/mnt/plan.json", "/mnt/plan.json"),
            ("/mnt/ada's/my plan.json", "'/mnt/ada'\\''s/my plan.json'"),
        ] {
            assert_eq!(as_word(name), expected);
        }
    }

    #[test]
    fn ages_are_told_in_what_people_count() {
        for (seconds, expected) in
            [(3, "just now"), (600, "10 minutes ago"), (7_200, "2 hours ago"), (259_200, "3 days ago")]
        {
            assert_eq!(age(seconds), expected);
        }
    }
}
