//! Runs over a library: plan a batch, note what will be changed, write it, note what became of it.
//!
//! What a batch will change is on disk before the first of its files is touched, and what was done is on disk before the
//! next one begins. A process that ends in between leaves whole files, old or new, and a run that can go on or be undone.

mod backup;
mod batch;
mod decide;
mod embedded;
mod facts;
mod in_folder;
mod keeping;
mod mirror;
mod remote;
mod remote_facts;
mod sidecar;
mod subject;
mod taken_back;
mod turns;

use std::path::{Path, PathBuf};
use std::time::Instant;

use tintype_library::Library;
use tintype_library::each::each;
use tintype_library::model::AssetFilter;
use tintype_library::store::Durability;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::{AssetStatus, Visibility};

use crate::exiftool::Exiftool;
use crate::halt::Halt;
use crate::order::{Happened, Order, Report, RunError};
use batch::{Batch, Went};
use keeping::Keeping;
pub use mirror::Mirrored;
pub use remote::Source;
use subject::Subject;
use turns::Turns;

/// Photos and videos of one batch.
const BATCH: u32 = 512;

/// Files that are worked on beside one for each thread: some wait for the disk while others are hashed.
const SPARE_TURNS: usize = 1;

/// Runs that can be taken back; older ones are forgotten when another one begins.
const MAX_RUNS: u32 = 500;
/// Changed tags that can be taken back, of all runs together. The newest run is kept whole.
const MAX_CHANGES: i64 = 5_000_000;

/// Told of what happens; answers whether to go on. A run that is not to go on ends after the batch at hand.
pub type Listener<'l> = dyn FnMut(Happened) -> bool + 'l;

/// What is done with a page of photos.
type PageWork<'w> = dyn FnMut(&[AssetId], &mut Report, &mut Listener<'_>) -> Result<Went, RunError> + 'w;

/// Writes what a library knows into its files.
#[derive(Debug)]
pub struct Engine<'l> {
    pub(crate) library: &'l Library,
    pub(crate) exiftool: Option<Exiftool>,
    /// A folder of its own, for copies that are worked on.
    pub(crate) scratch: PathBuf,
    pub(crate) threads: usize,
    pub(crate) halt: Halt,
    turns: Turns,
    keeping: Keeping,
}

impl<'l> Engine<'l> {
    /// Over a library, with so many threads. `program` is exiftool's path, where it is installed; without it only sidecars
    /// that hold nothing of others can be written. `scratch` is a folder that nobody else writes to; what an earlier
    /// process left there is removed.
    pub fn new(
        library: &'l Library,
        program: Option<&Path>,
        scratch: PathBuf,
        threads: usize,
    ) -> std::io::Result<Self> {
        match std::fs::remove_dir_all(&scratch) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => std::fs::create_dir_all(&scratch)?,
        }
        let threads = threads.max(1);
        let exiftool = program.map(|program| Exiftool::new(program.to_owned(), threads));
        let turns = Turns::new(threads + SPARE_TURNS);
        Ok(Self { library, exiftool, scratch, threads, halt: Halt::default(), turns, keeping: Keeping::default() })
    }

    /// The same, until somebody wants the end at once.
    #[must_use]
    pub fn until(mut self, halt: &Halt) -> Self {
        self.halt = halt.clone();
        if let Some(exiftool) = &self.exiftool {
            halt.watch_over(exiftool);
        }
        self
    }

    /// Writes for the assets of a filter what is ordered. Only those whose file is to be shown are taken: no trash, no
    /// hidden parts of live photos.
    pub fn run(&self, order: &Order, filter: AssetFilter, tell: &mut Listener<'_>) -> Result<Report, RunError> {
        let began = Instant::now();
        let mut filter = AssetFilter { statuses: vec![AssetStatus::Active], ..filter };
        if filter.visibilities.is_empty() {
            filter.visibilities = vec![Visibility::Timeline, Visibility::Archive, Visibility::Locked];
        }
        let run = if order.is_dry { None } else { Some(self.begin(order, &order.wish(None))?) };
        let mut report = Report { run, ..Report::default() };
        self.page_by_page(filter, &mut report, tell, &mut |ids, report, tell| {
            let ids = self.left(run.filter(|_| order.resumes), ids.iter().copied())?;
            let subjects = self.subjects(&ids)?;
            Batch { engine: self, run, order, server: None }.write(&subjects, report, tell)
        })?;
        self.close(order, &report)?;
        report.seconds = began.elapsed().as_secs_f64();
        Ok(report)
    }

    /// Takes the photos of a filter page by page, in the order of their ids, until there are no more or `work` or `tell` wants
    /// the end.
    fn page_by_page(
        &self,
        mut filter: AssetFilter,
        report: &mut Report,
        tell: &mut Listener<'_>,
        work: &mut PageWork<'_>,
    ) -> Result<(), RunError> {
        let counts = self.library.read(|tx| Ok(tx.count(&filter)?))?;
        let mut goes_on = tell(Happened::Began { run: report.run, total: counts.images + counts.videos });
        let (mut done, mut has_more) = (0, true);
        while goes_on && has_more {
            let page = self.library.search_by_id(&filter, BATCH)?;
            let Some(last) = page.last() else { break };
            filter.after_id = Some(last.id);
            has_more = page.len() == BATCH as usize;
            done += page.len() as u64;
            let ids: Vec<AssetId> = page.iter().map(|asset| asset.id).collect();
            let went = work(&ids, report, tell)?;
            report.is_interrupted |= went.is_cut;
            goes_on = went.goes_on && tell(Happened::Progress { done });
        }
        report.is_interrupted |= has_more && !goes_on;
        Ok(())
    }

    /// What the library knows of its own photos, in their order.
    fn subjects(&self, ids: &[AssetId]) -> Result<Vec<Subject>, RunError> {
        let share = ids.len().div_ceil(self.threads).max(1);
        let shares: Vec<&[AssetId]> = ids.chunks(share).collect();
        let mut subjects = Vec::with_capacity(ids.len());
        for facts in each(&shares, self.threads, |ids| self.library.facts(ids)) {
            subjects.extend(facts?.into_iter().map(Subject::own));
        }
        Ok(subjects)
    }

    /// A run that came to its end is done; one of many that wrote nothing is forgotten.
    fn close(&self, order: &Order, report: &Report) -> Result<(), RunError> {
        let Some(run) = report.run.filter(|_| !report.is_interrupted) else { return Ok(()) };
        let is_nothing = order.watches && report.written == 0 && report.failures() == 0;
        Ok(self.library.write(Durability::Full, move |tx| {
            if is_nothing { Ok(tx.forget_write_back(run)?) } else { Ok(tx.end_write_back(run)?) }
        })?)
    }

    /// A new run, or the last one once more.
    fn begin(&self, order: &Order, wish: &str) -> Result<i64, RunError> {
        if order.resumes {
            let last = self.library.read(|tx| Ok(tx.write_back_runs(BATCH)?))?;
            let mut runs = last.into_iter().filter(|run| run.undoes.is_none()).peekable();
            let is_any = runs.peek().is_some();
            let same = runs.find(|run| run.wish == wish).map(|run| run.id);
            return same.ok_or(if is_any { RunError::OtherChoice } else { RunError::NothingToResume });
        }
        let (watches, wish) = (order.watches, wish.to_owned());
        Ok(self.library.write(Durability::Full, move |tx| {
            if !watches {
                tx.clear_write_back_checkpoint()?;
            }
            let run = tx.begin_write_back(&wish, None)?;
            tx.forget_oldest_write_backs(MAX_RUNS, MAX_CHANGES)?;
            Ok(run)
        })?)
    }

    /// Those that the run is not done with.
    fn left(&self, run: Option<i64>, ids: impl Iterator<Item = AssetId>) -> Result<Vec<AssetId>, RunError> {
        let Some(run) = run else { return Ok(ids.collect()) };
        Ok(self.library.read(|tx| {
            let mut left = Vec::new();
            for id in ids {
                if !tx.is_written_in(run, id)? {
                    left.push(id);
                }
            }
            Ok(left)
        })?)
    }

    /// Forgets what runs are done with.
    pub fn clear_checkpoint(&self) -> Result<(), RunError> {
        Ok(self.library.write(Durability::Full, |tx| Ok(tx.clear_write_back_checkpoint()?))?)
    }
}

impl Drop for Engine<'_> {
    fn drop(&mut self) {
        if let Some(exiftool) = &self.exiftool {
            exiftool.close();
        }
        // What cannot be removed now is removed by the next one.
        let _ = std::fs::remove_dir_all(&self.scratch);
    }
}
