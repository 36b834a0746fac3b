//! One batch: decide, note, write, settle.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use tintype_library::model::{TagChange, WriteTarget, WrittenFile};
use tintype_library::write_back::{Facts, Settled, stamp};
use tintype_protocol::id::AssetId;

use super::decide::{Base, Decision, Draft};
use super::{Engine, Listener};
use crate::fault::Fault;
use crate::order::{Became, FileReport, Happened, Order, Report, RunError};

pub(super) struct Batch<'e, 'l> {
    pub(super) engine: &'e Engine<'l>,
    /// `None`: nothing is written.
    pub(super) run: Option<i64>,
    pub(super) order: &'e Order,
}

/// A file and what is to be done with it, then what became of it.
pub(super) struct File {
    /// Which of the facts it belongs to.
    of: usize,
    target: WriteTarget,
    decision: Result<Decision, Fault>,
}

/// What became of a written file.
struct Outcome {
    result: Result<(), Fault>,
    settled: Settled,
}

impl Batch<'_, '_> {
    /// Writes the files of assets; whether to go on.
    pub(super) fn write(
        &self,
        ids: &[AssetId],
        report: &mut Report,
        tell: &mut Listener<'_>,
    ) -> Result<bool, RunError> {
        let facts = self.engine.library.facts(ids)?;
        let targets = self.order.targets.each();
        let all: Vec<(usize, WriteTarget)> =
            (0..facts.len()).flat_map(|of| targets.iter().map(move |target| (of, *target))).collect();
        let files = each(&all, self.engine.threads, |(of, target)| File {
            of: *of,
            target: *target,
            decision: self.engine.decide(&facts[*of], self.order, *target),
        });
        self.carry_out(&facts, files, report, tell)
    }

    /// Does what was decided, one file of an asset after the other.
    pub(super) fn carry_out(
        &self,
        facts: &[Facts],
        files: Vec<File>,
        report: &mut Report,
        tell: &mut Listener<'_>,
    ) -> Result<bool, RunError> {
        let Some(run) = self.run else {
            return Ok(files.into_iter().all(|file| self.tell(facts, file, None, report, tell)));
        };
        let taken = self.note(run, facts, &files)?;
        let outcomes = self.written(facts, &files, &taken);
        let mut settled: Vec<Settled> = Vec::new();
        let mut results = Vec::with_capacity(files.len());
        for (file, outcome) in files.iter().zip(outcomes) {
            let id = facts[file.of].asset.id;
            let mut one = outcome.settled;
            one.is_done = !self.order.watches && file.decision.is_ok() && outcome.result.is_ok();
            match settled.iter_mut().find(|known| known.asset == id) {
                Some(known) => join(known, one),
                None => settled.push(one),
            }
            results.push(outcome.result);
        }
        self.engine.library.settle_writes(run, settled)?;
        let mut goes_on = true;
        for (file, result) in files.into_iter().zip(results) {
            // Nothing else would find room either.
            goes_on &= !result.as_ref().is_err_and(Fault::is_full);
            goes_on &= self.tell(facts, file, Some(result), report, tell);
        }
        Ok(goes_on)
    }

    /// What is about to happen is on disk before it does. Keys of new sidecars that others have.
    fn note(&self, run: i64, facts: &[Facts], files: &[File]) -> Result<Vec<String>, RunError> {
        let (mut changes, mut keys) = (Vec::new(), Vec::new());
        for file in files {
            let Ok(Decision::Write(draft)) = &file.decision else { continue };
            let json = |value: &crate::value::Value| serde_json::to_string(value).ok();
            changes.extend(draft.changes.iter().map(|change| TagChange {
                asset: facts[file.of].asset.id,
                target: file.target,
                tag: change.tag.name().to_owned(),
                before: change.before.as_ref().and_then(json),
                after: change.after.as_ref().and_then(json),
            }));
            if let Base::Sidecar { key, bytes: None, .. } = &draft.base {
                keys.push(key.clone());
            }
        }
        Ok(self.engine.library.begin_writes(run, changes, keys)?)
    }

    /// Writes files at the same time, but those of one asset one after the other: an original that is exchanged must not
    /// be read for its sidecar meanwhile.
    fn written(&self, facts: &[Facts], files: &[File], taken: &[String]) -> Vec<Outcome> {
        let mut groups: Vec<&[File]> = files.chunk_by(|one, other| one.of == other.of).collect();
        groups.retain(|group| !group.is_empty());
        let write = |group: &&[File]| -> Vec<Outcome> {
            group.iter().map(|file| self.outcome(&facts[file.of], file, taken)).collect()
        };
        each(&groups, self.engine.threads, write).into_iter().flatten().collect()
    }

    fn outcome(&self, facts: &Facts, file: &File, taken: &[String]) -> Outcome {
        let mut settled = Settled::of(facts.asset.id);
        let result = match &file.decision {
            Ok(Decision::Write(draft)) => {
                self.engine.carry_out(facts, file.target, draft, self.order, taken, &mut settled)
            }
            Ok(Decision::Equal(seen)) => {
                settled.written.extend(seen.clone());
                Ok(())
            }
            Ok(Decision::Skip(..)) | Err(_) => Ok(()),
        };
        Outcome { result, settled }
    }

    /// Counts a file and tells of it; whether to go on.
    fn tell(
        &self,
        facts: &[Facts],
        file: File,
        result: Option<Result<(), Fault>>,
        report: &mut Report,
        tell: &mut Listener<'_>,
    ) -> bool {
        let asset = &facts[file.of].asset;
        let failed = |fault: Fault| {
            tracing::warn!(asset = %asset.id, target = file.target.as_str(), error = &fault as &dyn std::error::Error, "a file was not written");
            Became::Failed(fault.reason(), said(&fault))
        };
        let (became, notes) = match (file.decision, result) {
            (Err(fault), _) | (Ok(_), Some(Err(fault))) => (failed(fault), Vec::new()),
            (Ok(Decision::Skip(reason, text)), _) => (Became::Skipped(reason, text), Vec::new()),
            (Ok(Decision::Equal(_)), _) => (Became::Equal, Vec::new()),
            (Ok(Decision::Write(draft)), _) => (Became::Written(draft.changes), draft.notes),
        };
        report.count(&became);
        let name = asset.original_name.clone();
        tell(Happened::File(FileReport { asset: asset.id, name, target: file.target, became, notes }))
    }
}

impl Engine<'_> {
    /// Writes one file.
    fn carry_out(
        &self,
        facts: &Facts,
        target: WriteTarget,
        draft: &Draft,
        order: &Order,
        taken: &[String],
        settled: &mut Settled,
    ) -> Result<(), Fault> {
        let key = match &draft.base {
            Base::Original => self.write_embedded(facts, draft, order)?,
            Base::Sidecar { key, bytes, is_foreign } => {
                let is_new = bytes.is_none();
                if is_new && taken.contains(key) {
                    return Err(Fault::Occupied { key: key.clone() });
                }
                if is_new {
                    settled.reserved = Some((key.clone(), false));
                }
                let made = self.made_sidecar(draft, bytes.as_deref(), *is_foreign)?;
                if made.is_empty() {
                    settled.emptied = Some(key.clone());
                } else if !self.library.lay_sidecar(key, bytes.as_deref(), &made)? {
                    return Err(Fault::Changed);
                }
                if is_new {
                    settled.reserved = Some((key.clone(), true));
                }
                key.clone()
            }
        };
        let Some(remembered) = &draft.remembered else {
            settled.forgotten.push(target);
            return Ok(());
        };
        let (size_bytes, modified_ns) = if settled.emptied.is_some() {
            (0, 0)
        } else {
            let path = self.library.blobs().local(&key).map_err(tintype_library::LibraryError::from)?.path;
            stamp(&path).map_err(|error| Fault::io("reading", &path, error))?
        };
        let (wishes, entries) = (remembered.wishes, remembered.entries.clone());
        settled.written.push(WrittenFile { asset: facts.asset.id, target, size_bytes, modified_ns, wishes, entries });
        Ok(())
    }
}

impl File {
    pub(super) fn new(of: usize, target: WriteTarget, decision: Result<Decision, Fault>) -> Self {
        Self { of, target, decision }
    }
}

/// Two files of one asset.
fn join(known: &mut Settled, other: Settled) {
    known.reserved = known.reserved.take().or(other.reserved);
    known.emptied = known.emptied.take().or(other.emptied);
    known.written.extend(other.written);
    known.forgotten.extend(other.forgotten);
    known.is_done &= other.is_done;
}

/// An error with its causes.
fn said(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

/// Does something with each of `items` on so many threads; the results are in their order.
fn each<T: Sync, R: Send>(items: &[T], threads: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(items.len())));
    std::thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { return };
                    let result = work(item);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
