//! A full copy: originals that only an upstream has are fetched into the library, a few at a time.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tintype_library::fetching::FetchError;
use tintype_library::model::{Asset, HeldOriginals, Upstream};
use tintype_library::originals::BroughtHome;
use tintype_library::{Disposition, Library, LibraryError};
use tintype_protocol::causes::with_causes;
use tintype_protocol::id::AssetId;
use tintype_protocol::time::{DAY_MS, Timestamp};

/// What counts as recent, in days of the local date.
pub const RECENT_DAYS: i64 = 90;
/// Originals that are fetched at the same time.
pub const COPIES_AT_ONCE: usize = 4;
/// Failures that are named; all are counted.
pub const NAMED_FAILURES: usize = 100;
/// Assets looked up at a time.
const PAGE: u32 = 200;
/// Tries of one original when the server does not answer, or breaks off.
const TRIES: u32 = 4;
/// Longest wait between two of them.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How often it is heard whether somebody wants an end.
const HEARD_EVERY: Duration = Duration::from_secs(1);
/// How often a wait is looked up from.
const NAP: Duration = Duration::from_millis(50);

/// Which originals to copy, and how patiently.
#[derive(Debug, Clone, Copy)]
pub struct CopyWishes {
    /// Those taken at or after this local time; all if there is none.
    pub since: Option<Timestamp>,
    /// Longest wait before an original is tried again.
    pub longest_wait: Duration,
}

impl CopyWishes {
    /// Every original.
    pub fn all() -> Self {
        Self { since: None, longest_wait: LONGEST_WAIT }
    }

    /// Those of the last [`RECENT_DAYS`] days.
    pub fn recent(now: Timestamp) -> Self {
        Self { since: Some(Timestamp(now.0 - RECENT_DAYS * DAY_MS)), ..Self::all() }
    }
}

/// How far a copy has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CopyProgress {
    /// Originals that were fetched.
    pub fetched: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Originals that could not be.
    pub failed: u64,
}

/// An original that could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct CopyFailure {
    pub asset: AssetId,
    pub name: String,
    pub reason: String,
}

/// What a copy did.
#[derive(Debug, Clone, Default)]
pub struct Copied {
    /// What was fetched.
    pub progress: CopyProgress,
    /// Bytes that came over the network for that: less where an earlier run had begun.
    pub came: u64,
    /// The first of those that failed, and why.
    pub failures: Vec<CopyFailure>,
    /// Why it did not come to its end. The next run goes on.
    pub stopped: Option<String>,
    /// How the copy stands now.
    pub held: HeldOriginals,
}

enum Outcome {
    Done(BroughtHome),
    Failed(CopyFailure),
    /// Nothing else would go better.
    Stopped(String),
}

/// Fetches the originals of the user who follows into the library. `tell` hears of each, and once a second; it may want
/// the run to end, which then ends with the files that are on their way.
pub fn copy_originals(
    library: &Library,
    upstream: &Upstream,
    wishes: CopyWishes,
    tell: &mut dyn FnMut(CopyProgress) -> ControlFlow<()>,
) -> Result<Copied, LibraryError> {
    let run = Run { library, upstream, wishes, pages: Mutex::default(), is_stopped: AtomicBool::new(false) };
    let mut copied = Copied::default();
    std::thread::scope(|scope| {
        let (sender, outcomes) = sync_channel(COPIES_AT_ONCE);
        for _ in 0..COPIES_AT_ONCE {
            let (sender, run) = (sender.clone(), &run);
            scope.spawn(move || run.work(&sender));
        }
        drop(sender);
        loop {
            match outcomes.recv_timeout(HEARD_EVERY) {
                Ok(outcome) => copied.note(outcome),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if tell(copied.progress).is_break() {
                run.is_stopped.store(true, Ordering::SeqCst);
                copied.stopped.get_or_insert_with(|| "interrupted".to_owned());
            }
        }
    });
    copied.held = library.held_originals(upstream.user_id)?;
    Ok(copied)
}

impl Copied {
    fn note(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Done(BroughtHome::Needless) => {}
            Outcome::Done(BroughtHome::Fetched { bytes, came }) => {
                self.progress.fetched += 1;
                self.progress.bytes += bytes;
                self.came += came;
            }
            Outcome::Failed(failure) => {
                self.progress.failed += 1;
                if self.failures.len() < NAMED_FAILURES {
                    self.failures.push(failure);
                }
            }
            Outcome::Stopped(reason) => self.stopped = self.stopped.take().or(Some(reason)),
        }
    }
}

#[derive(Default)]
struct Pages {
    /// The next one is last.
    page: Vec<Asset>,
    after: Option<AssetId>,
    is_last: bool,
}

struct Run<'r> {
    library: &'r Library,
    upstream: &'r Upstream,
    wishes: CopyWishes,
    pages: Mutex<Pages>,
    is_stopped: AtomicBool,
}

impl Run<'_> {
    fn work(&self, sender: &SyncSender<Outcome>) {
        while !self.is_stopped.load(Ordering::SeqCst) {
            let outcome = match self.next() {
                Ok(Some(asset)) => self.copy(&asset),
                Ok(None) => return,
                Err(error) => Outcome::Stopped(with_causes(&error)),
            };
            if matches!(outcome, Outcome::Stopped(_)) {
                self.is_stopped.store(true, Ordering::SeqCst);
            }
            if sender.send(outcome).is_err() {
                return;
            }
        }
    }

    /// The next asset to copy.
    fn next(&self) -> Result<Option<Asset>, LibraryError> {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if pages.page.is_empty() && !pages.is_last {
            let page = self.library.remote_originals(self.upstream.user_id, self.wishes.since, pages.after, PAGE)?;
            pages.is_last = page.len() < PAGE as usize;
            pages.after = page.last().map(|asset| asset.id).or(pages.after);
            pages.page = page;
            pages.page.reverse();
        }
        Ok(pages.page.pop())
    }

    fn copy(&self, asset: &Asset) -> Outcome {
        let mut tries = 1;
        loop {
            let error = match self.library.bring_home(asset.id) {
                Ok(done) => return Outcome::Done(done),
                Err(error) => error,
            };
            let wait = match &error {
                LibraryError::Fetch(FetchError::Away { after }) => *after,
                // Of this one file, or of its owner's account.
                LibraryError::Fetch(
                    FetchError::Refused(_) | FetchError::Damaged(_) | FetchError::NoSuchPart | FetchError::Busy,
                )
                | LibraryError::QuotaExceeded
                | LibraryError::Invalid(_) => return failed(asset, &error),
                error if error.disposition() == Disposition::Permanent => return failed(asset, error),
                error => return Outcome::Stopped(with_causes(error)),
            };
            if tries == TRIES || !self.rest(wait) {
                return Outcome::Stopped(with_causes(&error));
            }
            tries += 1;
        }
    }

    /// Whether the run still goes on after that.
    fn rest(&self, wait: Duration) -> bool {
        let begin = std::time::Instant::now();
        let wait = wait.min(self.wishes.longest_wait);
        while begin.elapsed() < wait && !self.is_stopped.load(Ordering::SeqCst) {
            std::thread::sleep(NAP.min(wait.saturating_sub(begin.elapsed())));
        }
        !self.is_stopped.load(Ordering::SeqCst)
    }
}

fn failed(asset: &Asset, error: &LibraryError) -> Outcome {
    Outcome::Failed(CopyFailure { asset: asset.id, name: asset.original_name.clone(), reason: with_causes(error) })
}
