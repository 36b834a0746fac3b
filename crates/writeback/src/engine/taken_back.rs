//! Taking a run back: every tag that it changed, as it was before.

use std::time::Instant;

use tintype_library::model::{WriteTarget, WrittenFile};
use tintype_library::store::Durability;
use tintype_protocol::id::AssetId;

use super::batch::{Batch, File};
use super::decide::{Base, Decision, Draft, Remembered, entries, remembered};
use super::subject::{Place, Subject};
use super::{Engine, Listener};
use crate::fault::Fault;
use crate::merge::{Change, Written, undo};
use crate::modules::Choice;
use crate::order::{Happened, Order, Report, RunError, Targets, server_of};
use crate::regions;
use crate::state::State;
use crate::tag::{Kind, Tag};
use crate::value::{Node, Value, is_same, is_same_entry};

/// Rows read at a time.
const PAGE: u32 = 5_000;
/// Files of one batch.
const BATCH: usize = 512;

/// What a run changed in one file, each tag once.
struct Done {
    asset: AssetId,
    target: WriteTarget,
    changes: Vec<Change>,
}

impl Engine<'_> {
    /// Takes back what a run changed. What somebody has changed since stays, and is said to. This is a run as well, and can
    /// itself be taken back.
    pub fn undo(&self, run: i64, is_dry: bool, tell: &mut Listener<'_>) -> Result<Report, RunError> {
        let began = Instant::now();
        let found = self.library.read(|tx| Ok(tx.write_back_run(run)?))?.ok_or(RunError::NoSuchRun(run))?;
        let done = self.done_by(run)?;
        let server = server_of(&found.wish);
        let order = Order { is_dry, ..Order::of(Choice::of([]), Targets::Both) };
        let wish = found.wish;
        let new = if is_dry {
            None
        } else {
            Some(self.library.write(Durability::Full, move |tx| Ok(tx.begin_write_back(&wish, Some(run))?))?)
        };
        let mut report = Report { run: new, ..Report::default() };
        let mut goes_on = tell(Happened::Began { run: new, total: done.len() as u64 });
        let mut count = 0;
        for page in done.chunks(BATCH) {
            if !goes_on {
                report.is_interrupted = true;
                break;
            }
            let (subjects, files) = self.taken_back(page, server.as_deref())?;
            let batch = Batch { engine: self, run: new, order: &order, server: server.as_deref() };
            goes_on = batch.carry_out(&subjects, files, &mut report, tell)?.goes_on;
            count += page.len() as u64;
            goes_on &= tell(Happened::Progress { done: count });
        }
        if let Some(new) = new
            && !report.is_interrupted
        {
            self.library.write(Durability::Full, move |tx| Ok(tx.end_write_back(new)?))?;
        }
        report.seconds = began.elapsed().as_secs_f64();
        Ok(report)
    }

    /// Files that a run changed, and how, the last ones first.
    fn done_by(&self, run: i64) -> Result<Vec<Done>, RunError> {
        let (mut done, mut after): (Vec<Done>, i64) = (Vec::new(), 0);
        let mut places = std::collections::HashMap::new();
        loop {
            let page = self.library.read(|tx| Ok(tx.write_back_changes(run, after, PAGE)?))?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            for (_, row) in page {
                let Some(tag) = Tag::named(&row.tag) else { continue };
                let value = |json: Option<String>| -> Option<Value> { serde_json::from_str(&json?).ok() };
                let change = Change { tag, before: value(row.before), after: value(row.after) };
                let place = *places.entry((row.asset, row.target)).or_insert_with(|| {
                    done.push(Done { asset: row.asset, target: row.target, changes: Vec::new() });
                    done.len() - 1
                });
                // A run that went on may have changed a tag twice.
                match done[place].changes.iter_mut().find(|known| known.tag == tag) {
                    Some(known) => known.after = change.after,
                    None => done[place].changes.push(change),
                }
            }
        }
        done.sort_by_key(|file| file.asset);
        Ok(done)
    }

    fn taken_back(&self, page: &[Done], server: Option<&str>) -> Result<(Vec<Subject>, Vec<File>), RunError> {
        let mut ids: Vec<AssetId> = page.iter().map(|file| file.asset).collect();
        ids.dedup();
        let subjects = match server {
            None => self.library.facts(&ids)?.into_iter().map(Subject::own).collect(),
            Some(server) => self.remembered_subjects(server, &ids)?,
        };
        let files = page.iter().filter_map(|file| {
            let of = subjects.iter().position(|subject: &Subject| subject.id == file.asset)?;
            Some(File::new(of, file.target, self.decide_back(&subjects[of], file)))
        });
        let files = files.collect();
        Ok((subjects, files))
    }

    fn decide_back(&self, subject: &Subject, file: &Done) -> Result<Decision, Fault> {
        if let Place::Withheld(reason, text) = &subject.place {
            return Ok(Decision::Skip(reason, text.clone()));
        }
        let (base, state) = match file.target {
            WriteTarget::Sidecar => self.sidecar(subject)?,
            WriteTarget::Embedded => (Base::Original, self.said_by(&self.original(subject)?)?),
        };
        let (changes, is_whole) = undo(&file.changes, &state);
        if changes.is_empty() {
            let text = "somebody has changed since what was written".to_owned();
            return Ok(if is_whole { Decision::Equal(None) } else { Decision::Skip("changed-since", text) });
        }
        let notes = if is_whole { Vec::new() } else { vec!["some tags were changed by somebody since and stay"] };
        let known = subject.file(file.target);
        let remembered = known.map(|known| still_remembered(known, &changes, &state.after(&changes)));
        Ok(Decision::Write(Box::new(Draft { base, state, changes, remembered, notes })))
    }
}

/// What earlier runs wrote and is still there after changes are taken back. No digest is like this one, so the file is
/// read again.
fn still_remembered(known: &WrittenFile, changes: &[Change], after: &State) -> Remembered {
    let mut written = Written::default();
    for (module, tag, value) in remembered(Some(known)).iter() {
        let is_changed = changes.iter().any(|change| change.tag == tag);
        let Some(now) = after.values.get(&tag) else { continue };
        match tag.kind() {
            Kind::List => {
                let is_there = |entry: &&String| now.entries().iter().any(|found| is_same_entry(found, entry));
                let left: Vec<String> = value.entries().iter().filter(is_there).cloned().collect();
                if !left.is_empty() {
                    written.put(module, tag, Value::List(left));
                }
            }
            Kind::Regions => {
                let is_there =
                    |region: &&Node| regions::list(now).iter().any(|found| regions::is_same_region(found, region));
                let left: Vec<Node> = regions::list(value).iter().filter(is_there).cloned().collect();
                if let Some(size) = regions::size_of(value).filter(|_| !left.is_empty()) {
                    written.put(module, tag, regions::value(size.clone(), left));
                }
            }
            _ if !is_changed || is_same(tag, now, value) => written.put(module, tag, now.clone()),
            _ => {}
        }
    }
    Remembered { wishes: [0; 20], entries: entries(&written) }
}
