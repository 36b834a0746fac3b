//! The threads that work off the queue.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tintype_media::metadata::MetadataReader;
use tintype_media::pictures::{Limits, Renderer};
use tintype_media::places::Gazetteer;
use tintype_media::tools::Tools;
use tintype_protocol::time::Timestamp;

use super::{JobError, edit, metadata, purge, thumbnail, video};
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Job, JobKind};
use crate::store::Durability;
use tintype_protocol::disposition::Disposition;

/// Jobs a thread takes at once: enough to spare the store, few enough to share the work.
const CLAIM: u32 = 4;
/// With jobs waiting that are not due yet, a thread looks again after this long.
const SOON: Duration = Duration::from_millis(100);
/// With nothing waiting, a thread is woken by the bell; it looks by itself this often all the same.
const IDLE_LOOK: Duration = Duration::from_secs(10);
/// With nothing to do for this long, data that is only needed for work is given back to the system.
const RELEASE_AFTER: Duration = Duration::from_secs(30);
/// Tries of one job.
const MAX_ATTEMPTS: u32 = 3;
/// Wait before the second try, doubled for the third.
const RETRY_DELAY_MS: i64 = 10_000;

/// What jobs work with.
pub struct Toolbox {
    /// External programs.
    pub tools: Arc<Tools>,
    /// Reads metadata.
    pub metadata: MetadataReader,
    /// Makes pictures.
    pub renderer: Renderer,
    /// Names places.
    pub places: Arc<Gazetteer>,
}

impl Toolbox {
    /// Tools with the usual limits. `decoder_program` is this program's own path: risky files are decoded in a child.
    pub fn new(tools: Arc<Tools>, places: Arc<Gazetteer>, decoder_program: Option<PathBuf>) -> Self {
        let metadata = MetadataReader::new(Arc::clone(&tools));
        let renderer = Renderer::new(Arc::clone(&tools), Limits::default(), decoder_program);
        Self { tools, metadata, renderer, places }
    }
}

/// Running threads. Stopped, they finish the job at hand.
pub struct Workers {
    library: Arc<Library>,
    toolbox: Arc<Toolbox>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Starts `threads` threads for pictures and metadata, and one for videos.
    pub fn start(library: Arc<Library>, toolbox: Toolbox, threads: usize) -> std::io::Result<Self> {
        let toolbox = Arc::new(toolbox);
        let stop = Arc::new(AtomicBool::new(false));
        let mut workers = Self { library, toolbox, stop, threads: Vec::new() };
        for index in 0..threads.max(1) {
            // Edits first: somebody looks at them. Then metadata: it decides what the pictures are of. Removal is quick and frees space.
            workers.spawn(
                format!("job-{index}"),
                &[JobKind::Edit, JobKind::Purge, JobKind::Metadata, JobKind::Thumbnail],
            )?;
        }
        workers.spawn("job-video".to_owned(), &[JobKind::Video])?;
        Ok(workers)
    }

    fn spawn(&mut self, name: String, kinds: &'static [JobKind]) -> std::io::Result<()> {
        let (library, toolbox) = (Arc::clone(&self.library), Arc::clone(&self.toolbox));
        let stop = Arc::clone(&self.stop);
        let thread = std::thread::Builder::new().name(name).spawn(move || serve(&library, &toolbox, &stop, kinds))?;
        self.threads.push(thread);
        Ok(())
    }

    /// Lets the jobs at hand finish and ends the threads and their programs.
    pub fn stop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.library.signal.ring();
        video::interrupt();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
        self.toolbox.metadata.shutdown();
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Does what is due on the thread that asks, one job after the other: for simulations, where nothing may happen by
/// itself. Answers how many jobs that were.
pub fn work_off(library: &Library, toolbox: &Toolbox) -> Result<u64, LibraryError> {
    let mut done = 0;
    loop {
        let (jobs, _) = claim(library, &JobKind::ALL)?;
        if jobs.is_empty() {
            return Ok(done);
        }
        done += jobs.len() as u64;
        jobs.iter().for_each(|job| run(library, toolbox, job));
    }
}

fn serve(library: &Library, toolbox: &Toolbox, stop: &AtomicBool, kinds: &'static [JobKind]) {
    let mut idle_since = Some(Instant::now());
    while !stop.load(Ordering::SeqCst) {
        let seen = library.signal.count();
        let (jobs, is_waiting) = match claim(library, kinds) {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "no job could be taken");
                (Vec::new(), false)
            }
        };
        if jobs.is_empty() {
            if idle_since.is_some_and(|since| since.elapsed() >= RELEASE_AFTER) {
                toolbox.places.release();
                idle_since = None;
            }
            library.signal.wait(seen, if is_waiting { SOON } else { IDLE_LOOK });
            continue;
        }
        idle_since = Some(Instant::now());
        for job in jobs {
            if stop.load(Ordering::SeqCst) {
                give_back(library, &job);
            } else {
                run(library, toolbox, &job);
            }
        }
    }
}

/// Takes jobs, and says whether there are any that wait. Looks before it writes: an idle node must not write anything.
fn claim(library: &Library, kinds: &'static [JobKind]) -> Result<(Vec<Job>, bool), LibraryError> {
    let is_waiting = library.read(|tx| {
        let (counts, paused) = (tx.queue_counts()?, tx.paused_queues()?);
        let is_ours = |kind: &JobKind| kinds.contains(kind) && !paused.contains(kind);
        Ok(counts.iter().any(|(kind, counts)| is_ours(kind) && counts.waiting > 0))
    })?;
    if !is_waiting {
        return Ok((Vec::new(), false));
    }
    Ok((library.write(Durability::Relaxed, move |tx| Ok(tx.claim_jobs(kinds, CLAIM)?))?, true))
}

/// A job that was taken and not begun is not counted as a try.
fn give_back(library: &Library, job: &Job) {
    let (kind, asset_id, id) = (job.kind, job.asset_id, job.id);
    let given = library.write(Durability::Relaxed, move |tx| {
        tx.finish_job(id)?;
        Ok(tx.enqueue(crate::store::NewJob { kind, asset_id, not_before: None })?)
    });
    if let Err(error) = given {
        tracing::warn!(error = &error as &dyn std::error::Error, "a job could not be given back");
    }
}

fn run(library: &Library, toolbox: &Toolbox, job: &Job) {
    let outcome = catch_unwind(AssertUnwindSafe(|| match job.kind {
        JobKind::Metadata => metadata::run(library, toolbox, job),
        JobKind::Thumbnail => thumbnail::run(library, toolbox, job),
        JobKind::Edit => edit::run(library, toolbox, job),
        JobKind::Video => video::run(library, toolbox, job),
        JobKind::Purge => purge::run(library, job),
    }));
    let Err(error) = outcome.unwrap_or(Err(JobError::Panicked)) else { return };
    let disposition = error.disposition();
    let text = error.chain();
    tracing::warn!(kind = ?job.kind, asset = %job.asset_id, attempts = job.attempts + 1, error = text, "a job failed");
    let retry_at = match disposition {
        Disposition::Retry { after } if job.attempts + 1 < MAX_ATTEMPTS => {
            let wait = after.map_or(RETRY_DELAY_MS << job.attempts, |wait| wait.as_millis() as i64);
            Some(Timestamp(library.now().0 + wait))
        }
        _ => None,
    };
    let id = job.id;
    if let Err(error) = library.write(Durability::Relaxed, move |tx| Ok(tx.fail_job(id, &text, retry_at)?)) {
        tracing::error!(error = &error as &dyn std::error::Error, "a failed job could not be noted");
    }
}
