//! One batch: decide, note, write, settle.

use std::path::PathBuf;

use tintype_library::each::each;
use tintype_library::model::{ForeignPhoto, TagChange, WriteTarget, WrittenFile};
use tintype_library::write_back::{ForeignSettled, NewSidecar, Settled, stamp};
use tintype_protocol::causes::with_causes;
use tintype_protocol::id::AssetId;

use super::decide::{Base, Decision, Draft, in_between};
use super::embedded::Rewritten;
use super::subject::{Place, Subject};
use super::{Engine, Listener, in_folder};
use crate::fault::Fault;
use crate::order::{Became, FileReport, Happened, Order, Report, RunError};

/// Files that are on their way at once for each thread: most of them are done and wait to be kept together.
const LANES: usize = 8;

pub(super) struct Batch<'e, 'l> {
    pub(super) engine: &'e Engine<'l>,
    /// `None`: nothing is written.
    pub(super) run: Option<i64>,
    pub(super) order: &'e Order,
    /// Whose photos they are, if not the library's: where its API is.
    pub(super) server: Option<&'e str>,
}

/// How a batch went.
#[derive(Debug, Default)]
pub(super) struct Went {
    /// Whether to go on.
    pub(super) goes_on: bool,
    /// Whether some of the files were not even tried, or found no room.
    pub(super) is_cut: bool,
    /// Photos of which a file was changed.
    pub(super) changed: Vec<AssetId>,
    /// Whether one of them has a sidecar that it had not before.
    pub(super) has_new_sidecars: bool,
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
    /// The key that the original has now, if it was written.
    key: Option<String>,
    /// Where a photo in a folder lies now, if its own file was written.
    photo: Option<ForeignPhoto>,
}

impl Outcome {
    fn of(subject: &Subject) -> Self {
        Self { result: Ok(()), settled: Settled::of(subject.id), key: None, photo: None }
    }
}

impl Batch<'_, '_> {
    /// Writes the files of photos.
    pub(super) fn write(
        &self,
        subjects: &[Subject],
        report: &mut Report,
        tell: &mut Listener<'_>,
    ) -> Result<Went, RunError> {
        let targets = self.order.targets.each();
        let all: Vec<(usize, WriteTarget)> =
            (0..subjects.len()).flat_map(|of| targets.iter().map(move |target| (of, *target))).collect();
        let files = each(&all, self.engine.threads, |(of, target)| File {
            of: *of,
            target: *target,
            decision: self.unless_halted(|| self.engine.decide(&subjects[*of], self.order, *target)),
        });
        self.carry_out(subjects, files, report, tell)
    }

    fn unless_halted<T>(&self, work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
        if self.engine.halt.is_set() { Err(Fault::Stopped) } else { work() }
    }

    /// Does what was decided, one file of a photo after the other.
    pub(super) fn carry_out(
        &self,
        subjects: &[Subject],
        files: Vec<File>,
        report: &mut Report,
        tell: &mut Listener<'_>,
    ) -> Result<Went, RunError> {
        let Some(run) = self.run else {
            let goes_on = files.into_iter().all(|file| self.tell(subjects, file, None, report, tell));
            return Ok(Went { goes_on, is_cut: self.engine.halt.is_set(), ..Went::default() });
        };
        let taken = self.note(run, subjects, &files)?;
        let outcomes = self.written(subjects, &files, &taken);
        let mut settled: Vec<(usize, Settled, Option<ForeignPhoto>)> = Vec::new();
        let mut results = Vec::with_capacity(files.len());
        let is_halted = self.engine.halt.is_set();
        let mut went = Went { goes_on: !is_halted, is_cut: is_halted, ..Went::default() };
        for (file, outcome) in files.iter().zip(outcomes) {
            let mut one = outcome.settled;
            // Looking again at what is as it was left costs less than noting that it was looked at.
            let is_as_left = self.order.only_new && matches!(file.decision, Ok(Decision::Equal(None)));
            one.is_done = !self.order.watches && !is_as_left && file.decision.is_ok() && outcome.result.is_ok();
            if let (Ok(Decision::Write(draft)), Ok(())) = (&file.decision, &outcome.result) {
                went.changed.push(subjects[file.of].id);
                went.has_new_sidecars |= matches!(draft.base, Base::Sidecar { bytes: None, .. });
            }
            // Files of one photo follow on one another.
            match settled.last_mut().filter(|(of, ..)| *of == file.of) {
                Some((_, known, photo)) => {
                    join(known, one);
                    *photo = outcome.photo.or(photo.take());
                }
                None => settled.push((file.of, one, outcome.photo)),
            }
            results.push(outcome.result);
        }
        went.changed.dedup();
        self.settle(run, subjects, settled)?;
        for (file, result) in files.into_iter().zip(results) {
            // Nothing else would find room either.
            let is_full = result.as_ref().is_err_and(Fault::is_full);
            went.is_cut |= is_full;
            went.goes_on &= !is_full;
            went.goes_on &= self.tell(subjects, file, Some(result), report, tell);
        }
        Ok(went)
    }

    /// What is about to happen is on disk before it does. Keys of new sidecars that others have.
    fn note(&self, run: i64, subjects: &[Subject], files: &[File]) -> Result<Vec<String>, RunError> {
        let (mut changes, mut given) = (Vec::new(), Vec::new());
        let (mut keys, mut photos) = (Vec::new(), Vec::new());
        for file in files {
            let Ok(Decision::Write(draft)) = &file.decision else { continue };
            let subject = &subjects[file.of];
            given.extend(draft.remembered.as_ref().map(|remembered| in_between(subject, file.target, remembered)));
            let json = |value: &crate::value::Value| serde_json::to_string(value).ok();
            changes.extend(draft.changes.iter().map(|change| TagChange {
                asset: subject.id,
                target: file.target,
                tag: change.tag.name().to_owned(),
                before: change.before.as_ref().and_then(json),
                after: change.after.as_ref().and_then(json),
            }));
            match (&subject.place, &draft.base) {
                (Place::Own { .. }, Base::Sidecar { key, bytes: None, .. }) => keys.push(key.clone()),
                (Place::Folder(found), _) => photos.push(found.photo.clone()),
                _ => {}
            }
        }
        match self.server {
            None => Ok(self.engine.library.begin_writes(run, changes, given, keys)?),
            Some(server) => {
                self.engine.library.begin_foreign_writes(run, server, changes, given, photos)?;
                Ok(Vec::new())
            }
        }
    }

    /// Notes what became of all of them.
    fn settle(
        &self,
        run: i64,
        subjects: &[Subject],
        settled: Vec<(usize, Settled, Option<ForeignPhoto>)>,
    ) -> Result<(), RunError> {
        let library = self.engine.library;
        let Some(server) = self.server else {
            return Ok(library.settle_writes(run, settled.into_iter().map(|(_, settled, _)| settled).collect())?);
        };
        let in_folders = settled.into_iter().filter_map(|(of, settled, photo)| match &subjects[of].place {
            Place::Folder(found) => {
                Some(ForeignSettled { settled, photo: photo.unwrap_or_else(|| found.photo.clone()) })
            }
            Place::Own { .. } | Place::Withheld(..) => None,
        });
        Ok(library.settle_foreign_writes(run, server, in_folders.collect())?)
    }

    /// Writes files at the same time: first sidecars of the library's own photos, all together, then the others, those of
    /// one photo one after the other.
    fn written(&self, subjects: &[Subject], files: &[File], taken: &[String]) -> Vec<Outcome> {
        let is_own_sidecar = |file: &File| {
            let is_own = matches!(subjects[file.of].place, Place::Own { .. });
            is_own && matches!(&file.decision, Ok(Decision::Write(draft)) if matches!(draft.base, Base::Sidecar { .. }))
        };
        let (beside, others): (Vec<usize>, Vec<usize>) =
            (0..files.len()).partition(|index| is_own_sidecar(&files[*index]));
        let mut outcomes: Vec<(usize, Outcome)> = self.sidecars(subjects, files, &beside, taken);
        let is_written = |index: &usize| matches!(files[*index].decision, Ok(Decision::Write(_)));
        let (others, done): (Vec<usize>, Vec<usize>) = others.into_iter().partition(is_written);
        outcomes.extend(done.into_iter().map(|index| (index, self.outcome(&subjects[files[index].of], &files[index]))));
        let groups: Vec<&[usize]> = others.chunk_by(|one, other| files[*one].of == files[*other].of).collect();
        let write = |group: &&[usize]| -> Vec<(usize, Outcome)> {
            let one = |index: &usize| (*index, self.outcome(&subjects[files[*index].of], &files[*index]));
            group.iter().map(one).collect()
        };
        outcomes.extend(each(&groups, self.engine.threads * LANES, write).into_iter().flatten());
        outcomes.sort_by_key(|(index, _)| *index);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    /// Makes sidecars of the library's own photos, lays them, and says what became of each.
    fn sidecars(
        &self,
        subjects: &[Subject],
        files: &[File],
        which: &[usize],
        taken: &[String],
    ) -> Vec<(usize, Outcome)> {
        let drafts: Vec<(usize, &Subject, &Draft, &String)> = which
            .iter()
            .filter_map(|index| {
                let file = &files[*index];
                let Ok(Decision::Write(draft)) = &file.decision else { return None };
                let Base::Sidecar { key, .. } = &draft.base else { return None };
                Some((*index, &subjects[file.of], draft.as_ref(), key))
            })
            .collect();
        let made = each(&drafts, self.engine.threads, |(_, _, draft, key)| {
            if draft.base.is_new() && taken.contains(key) {
                return Err(Fault::Occupied { key: (*key).clone() });
            }
            self.engine.made_sidecar(draft)
        });
        let mut new = Vec::new();
        for ((_, _, draft, key), made) in drafts.iter().zip(&made) {
            if let Ok(bytes) = made
                && !bytes.is_empty()
            {
                new.push(NewSidecar {
                    key: (*key).clone(),
                    before: draft.base.bytes().map(<[u8]>::to_vec),
                    bytes: bytes.clone(),
                });
            }
        }
        let mut laid = self.engine.library.lay_sidecars(&new).into_iter();
        let settle = |((index, subject, draft, key), made): (&(usize, &Subject, &Draft, &String), _)| {
            let mut outcome = Outcome::of(subject);
            let is_new = draft.base.is_new();
            let result = match made {
                Err(fault) => Err(fault),
                Ok(bytes) if Vec::is_empty(&bytes) => {
                    outcome.settled.emptied = Some((*key).clone());
                    Ok(true)
                }
                Ok(_) => laid.next().unwrap_or(Ok(false)).map_err(Fault::from),
            };
            // Of what others have reserved nothing is given back.
            let is_ours = !matches!(result, Err(Fault::Occupied { .. }));
            if is_new && is_ours {
                outcome.settled.reserved = Some(((*key).clone(), matches!(result, Ok(true))));
            }
            outcome.result = match result {
                Ok(true) => self.engine.remember(subject, &files[*index], draft, None, &mut outcome.settled),
                Ok(false) => Err(Fault::Changed),
                Err(fault) => Err(fault),
            };
            (*index, outcome)
        };
        drafts.iter().zip(made).map(settle).collect()
    }

    fn outcome(&self, subject: &Subject, file: &File) -> Outcome {
        let mut outcome = Outcome::of(subject);
        match &file.decision {
            Ok(Decision::Write(draft)) => {
                outcome.result =
                    self.unless_halted(|| self.engine.carry_out(subject, file, draft, self.order, &mut outcome));
            }
            Ok(Decision::Equal(seen)) => outcome.settled.written.extend(seen.clone()),
            Ok(Decision::Skip(..)) | Err(_) => {}
        }
        outcome
    }

    /// Counts a file and tells of it; whether to go on.
    fn tell(
        &self,
        subjects: &[Subject],
        file: File,
        result: Option<Result<(), Fault>>,
        report: &mut Report,
        tell: &mut Listener<'_>,
    ) -> bool {
        let subject = &subjects[file.of];
        let failed = |fault: Fault| {
            tracing::warn!(asset = %subject.id, target = file.target.as_str(), error = &fault as &dyn std::error::Error, "a file was not written");
            Became::Failed(fault.reason(), with_causes(&fault))
        };
        let (became, notes) = match (file.decision, result) {
            (Err(fault), _) | (Ok(_), Some(Err(fault))) => (failed(fault), Vec::new()),
            (Ok(Decision::Skip(reason, text)), _) => (Became::Skipped(reason, text), Vec::new()),
            (Ok(Decision::Equal(_)), _) => (Became::Equal, Vec::new()),
            (Ok(Decision::Write(draft)), _) => (Became::Written(draft.changes), draft.notes),
        };
        report.count(&became);
        let name = subject.name.clone();
        tell(Happened::File(FileReport { asset: subject.id, name, target: file.target, became, notes }))
    }
}

impl Engine<'_> {
    /// Writes one file that is no sidecar of the library's own photos.
    fn carry_out(
        &self,
        subject: &Subject,
        file: &File,
        draft: &Draft,
        order: &Order,
        outcome: &mut Outcome,
    ) -> Result<(), Fault> {
        match (&draft.base, &subject.place) {
            (Base::Original, _) => match self.write_embedded(subject, draft, order)? {
                Rewritten::Own(key) => outcome.key = Some(key),
                Rewritten::InFolder(photo) => outcome.photo = Some(photo),
            },
            (Base::Sidecar { bytes, .. }, Place::Folder(found)) => {
                let made = self.made_sidecar(draft)?;
                if !in_folder::lay_sidecar(&found.sidecar, bytes.as_deref(), &made)? {
                    return Err(Fault::Changed);
                }
                if made.is_empty() {
                    outcome.settled.emptied = Some(found.sidecar.display().to_string());
                }
            }
            (Base::Sidecar { .. }, _) => return Err(Fault::Changed),
        }
        let Outcome { settled, key, .. } = outcome;
        self.remember(subject, file, draft, key.as_deref(), settled)
    }

    /// Notes what a file was given and what it looks like now.
    fn remember(
        &self,
        subject: &Subject,
        file: &File,
        draft: &Draft,
        moved_to: Option<&str>,
        settled: &mut Settled,
    ) -> Result<(), Fault> {
        let Some(remembered) = &draft.remembered else {
            settled.forgotten.push(file.target);
            return Ok(());
        };
        let path = match (&draft.base, moved_to) {
            (_, Some(key)) => self.path(subject, key)?,
            (Base::Sidecar { key, .. }, None) if settled.emptied.is_none() => self.path(subject, key)?,
            (Base::Sidecar { .. }, None) => PathBuf::new(),
            (Base::Original, None) => self.original(subject)?,
        };
        // A sidecar that is not there has no size.
        let (size_bytes, modified_ns) = match settled.emptied {
            Some(_) => (0, 0),
            None => stamp(&path).map_err(|error| Fault::io("reading", &path, error))?,
        };
        let (wishes, entries) = (remembered.wishes, remembered.entries.clone());
        let target = file.target;
        settled.written.push(WrittenFile { asset: subject.id, target, size_bytes, modified_ns, wishes, entries });
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
