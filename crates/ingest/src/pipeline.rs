//! The pipeline: looks at zones, takes what is due, and brings it on its way until it rests.

use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tintype_library::model::{IngestFile, IngestRole, IngestState as State};
use tintype_library::store::Durability;
use tintype_library::{Library, LibraryError};
use tintype_protocol::time::Timestamp;

use crate::events::Open;
use crate::fault::Fault;
use crate::group::{self, ReadMarks, travel_alone, units};
use crate::journal::Journal;
use crate::undone::put_aside;
use crate::unit::{Unit, Way};
use crate::watch::{Looked, Writer, look};
use crate::writers::Writers;
use crate::zone::Zone;

/// Files longer than this have a thread of their own, so that photos do not wait behind videos.
pub const LARGE_BYTES: u64 = 64 << 20;
/// Tries of a file until it goes to `undone/`.
pub const MAX_ATTEMPTS: u32 = 10;
/// Wait before the second try, doubled for each further one.
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// The longest wait before a try.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);
/// How long a destination that is away is left alone at first, doubled while it stays away.
const FIRST_AWAY: Duration = Duration::from_secs(1);
/// And at most.
const LONGEST_AWAY: Duration = Duration::from_secs(300);
/// The shortest wait for others of a group.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);
/// Deliveries that the rate is computed from, at most.
const MAX_RECENT: usize = 4_096;
/// Rows looked at to find one that nobody works on.
const LOOK_AHEAD: u32 = 64;
/// At most, however many of them are taken.
const FARTHEST_AHEAD: u32 = 32_768;

/// Which files a thread takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Photos and short videos.
    Quick,
    /// The rest.
    Large,
    /// Any.
    All,
}

impl Lane {
    fn sizes(self) -> RangeInclusive<u64> {
        match self {
            Self::Quick => 0..=LARGE_BYTES,
            Self::Large => LARGE_BYTES + 1..=u64::MAX,
            Self::All => 0..=u64::MAX,
        }
    }
}

/// What is known about a zone while the process lives.
#[derive(Debug, Clone, Default)]
pub(crate) struct ZoneState {
    /// Until when nothing is delivered, why, and how often that was so in a row.
    pub(crate) away: Option<(Timestamp, String, u32)>,
    /// Files that reached the destination.
    pub(crate) delivered: u64,
    /// The last of these: when, and how many bytes.
    pub(crate) recent: VecDeque<(Timestamp, u64)>,
    /// What the last look found, or why there was none.
    pub(crate) looked: Option<Result<Looked, String>>,
    pub(crate) looked_at: Option<Timestamp>,
    /// When files last failed in a way that may be the destination's, and how many had been delivered by then.
    failures: HashMap<i64, u64>,
    /// Files whose writer said that they are complete.
    closed: HashSet<Vec<u8>>,
}

/// See the module's description.
pub struct Pipeline {
    pub(crate) journal: Journal,
    pub(crate) zones: Vec<Zone>,
    pub(crate) states: Mutex<HashMap<String, ZoneState>>,
    marks: Arc<dyn ReadMarks>,
    /// Folder for what is made of files until it is delivered.
    pub(crate) work: PathBuf,
    /// Files that somebody writes to, as far as the system tells.
    pub(crate) open: Arc<Open>,
    /// The same, asked of the kernel.
    writers: Writers,
    /// Held while files are looked for, and by whoever puts one back into a zone: between the move and its row it would be
    /// taken for a new one.
    looking: Mutex<()>,
    /// Groups that a thread works on: zone and group.
    busy: Mutex<HashSet<(String, Vec<u8>)>>,
    pub(crate) stop: AtomicBool,
}

impl Pipeline {
    /// A pipeline over zones, whose names differ. `work` is a folder of its own for what is made of files until it is
    /// delivered; it need not be there.
    pub fn new(library: Arc<Library>, zones: Vec<Zone>, marks: Arc<dyn ReadMarks>, work: PathBuf) -> Self {
        let states = zones.iter().map(|zone| (zone.name.clone(), ZoneState::default())).collect();
        Self {
            journal: Journal { library },
            zones,
            states: Mutex::new(states),
            marks,
            work,
            open: Arc::default(),
            writers: Writers::default(),
            looking: Mutex::default(),
            busy: Mutex::new(HashSet::new()),
            stop: AtomicBool::new(false),
        }
    }

    /// The zones.
    pub fn zones(&self) -> &[Zone] {
        &self.zones
    }

    pub(crate) fn states(&self) -> MutexGuard<'_, HashMap<String, ZoneState>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_state<T>(&self, zone: &str, work: impl FnOnce(&mut ZoneState) -> T) -> T {
        work(self.states().entry(zone.to_owned()).or_default())
    }

    /// Looks after what the end of an earlier process may have left. To be called before anything else.
    pub fn recover(&self) -> Result<(), LibraryError> {
        crate::recover::clear_work(&self.journal, &self.work)?;
        self.zones.iter().try_for_each(|zone| crate::recover::recover(&self.journal, zone))
    }

    /// Puts uploads aside that nobody goes on with. To be called now and then.
    pub fn give_up_uploads(&self) -> Result<(), LibraryError> {
        self.zones.iter().try_for_each(|zone| crate::recover::give_up_uploads(&self.journal, zone))
    }

    /// Forgets files that a zone let go of so long ago.
    pub(crate) fn forget_released(&self, zone: &Zone, age: Duration) -> Result<(), LibraryError> {
        let before = Timestamp(self.journal.now().0 - milliseconds(age));
        self.journal.library.forget_released(&zone.name, before)?;
        Ok(())
    }

    /// Whoever wrote a file says that it is complete: it need not rest.
    pub fn closed(&self, zone: &str, path: &[u8]) {
        self.with_state(zone, |state| state.closed.insert(path.to_vec()));
    }

    /// Nobody looks at zones while this is held.
    pub(crate) fn hold_looks(&self) -> MutexGuard<'_, ()> {
        self.looking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at a zone once.
    pub fn look(&self, zone: &Zone) -> Result<Looked, LibraryError> {
        let closed = self.with_state(&zone.name, |state| std::mem::take(&mut state.closed));
        let _looking = self.hold_looks();
        let begin = Instant::now();
        let looked = look(&self.journal, zone, &|seen| match () {
            () if self.writers.have((seen.device, seen.stamp.inode), begin) => Writer::Busy,
            () if closed.contains(&seen.path) => Writer::Done,
            () if self.open.has(&zone.at(&seen.path)) => Writer::Busy,
            () => Writer::Unknown,
        })?;
        let now = self.journal.now();
        let told = looked.map_err(|error| format!("{} cannot be read: {error}", zone.folder.display()));
        self.with_state(&zone.name, |state| {
            (state.looked, state.looked_at) = (Some(told.clone()), Some(now));
        });
        Ok(told.unwrap_or_default())
    }

    /// Takes files that are due and brings them on; whether there were any.
    pub fn work(&self, lane: Lane) -> Result<bool, LibraryError> {
        let Some((zone, group)) = self.claim(lane)? else { return Ok(false) };
        let _busy = Busy { pipeline: self, key: (zone.name.clone(), group.clone()) };
        self.advance(zone, &group)?;
        self.put_off(zone, &group)?;
        Ok(true)
    }

    /// Files that are still due wait for others of their group, or would be taken again at once without end.
    fn put_off(&self, zone: &Zone, group: &[u8]) -> Result<(), LibraryError> {
        let mut files = self.journal.library.ingest_group(&zone.name, group)?;
        let now = self.journal.now();
        let later = Timestamp(now.0 + milliseconds(zone.settle.max(SHORTEST_WAIT)));
        let is_stuck =
            |file: &&mut IngestFile| file.due_at <= now && file.state >= State::Settled && !file.state.is_final();
        let is_away = self.with_state(&zone.name, |state| state.away.is_some());
        for file in files.iter_mut().filter(|_| !is_away && !self.stop.load(Ordering::SeqCst)).filter(is_stuck) {
            file.due_at = later;
            self.journal.keep(file, Durability::Relaxed)?;
        }
        Ok(())
    }

    /// Whether files are due that nobody keeps from going on.
    pub fn has_due(&self) -> Result<bool, LibraryError> {
        let now = self.journal.now();
        for zone in &self.zones {
            let is_away = self.with_state(&zone.name, |state| state.away.as_ref().is_some_and(|away| away.0 > now));
            if !is_away && !self.journal.library.due_ingest_files(&zone.name, Lane::All.sizes(), 1)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes a name for as long as what it stands for is worked on; nothing if somebody has it.
    pub(crate) fn busy_with(&self, zone: &str, name: &[u8]) -> Option<Busy<'_>> {
        let key = (zone.to_owned(), name.to_vec());
        let is_free = self.busy.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone());
        is_free.then_some(Busy { pipeline: self, key })
    }

    /// Whether the process is about to end.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    fn claim(&self, lane: Lane) -> Result<Option<(&Zone, Vec<u8>)>, LibraryError> {
        if self.stop.load(Ordering::SeqCst) {
            return Ok(None);
        }
        let now = self.journal.now();
        for zone in &self.zones {
            let is_away = self.with_state(&zone.name, |state| state.away.as_ref().is_some_and(|away| away.0 > now));
            if is_away {
                continue;
            }
            // Many files may share a name, and with that the thread that is at work on them: others are behind these.
            let mut ahead = LOOK_AHEAD;
            loop {
                let due = self.journal.library.due_ingest_files(&zone.name, lane.sizes(), ahead)?;
                let is_all = due.len() < ahead as usize || ahead >= FARTHEST_AHEAD;
                let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
                let mut groups = due.into_iter().map(|file| file.group);
                if let Some(group) = groups.find(|group| busy.insert((zone.name.clone(), group.clone()))) {
                    return Ok(Some((zone, group)));
                }
                if is_all {
                    break;
                }
                ahead *= 8;
            }
        }
        Ok(None)
    }

    fn advance(&self, zone: &Zone, group: &[u8]) -> Result<(), LibraryError> {
        let way = Way { journal: &self.journal, zone, work: &self.work, stop: &self.stop, writers: &self.writers };
        let mut files = self.journal.library.ingest_group(&zone.name, group)?;
        if files.iter().any(|file| file.state == State::Seen) {
            // Somebody may still be writing what belongs to these.
            return Ok(());
        }
        for file in files.iter_mut().filter(|file| file.state == State::Settled && self.is_due(file)) {
            if let Err(fault) = group::hash(&way, file) {
                self.stumble(&way, &mut [file], fault)?;
            }
        }
        files = self.journal.library.ingest_group(&zone.name, group)?;
        if files.iter().any(|file| matches!(file.state, State::Seen | State::Settled)) {
            return Ok(());
        }
        if let Err(fault) = group::join(&way, &mut files, self.marks.as_ref()) {
            let mut stopped: Vec<&mut IngestFile> = files.iter_mut().filter(|file| !file.state.is_final()).collect();
            return self.stumble(&way, &mut stopped, fault);
        }
        let (units, lone) = units(files);
        let whole = units.into_iter().map(|unit| (unit, true));
        for (mut unit, is_whole) in whole.chain(lone.into_iter().map(|unit| (unit, false))) {
            if !self.is_due(&unit.leader) {
                continue;
            }
            match if is_whole { way.travel(&mut unit) } else { travel_alone(&way, &mut unit) } {
                Ok(()) => self.arrived(&way, &unit)?,
                Err(fault) => self.stumble(&way, &mut unit.files().collect::<Vec<_>>(), fault)?,
            }
        }
        Ok(())
    }

    fn is_due(&self, file: &IngestFile) -> bool {
        file.due_at <= self.journal.now() && !self.stop.load(Ordering::SeqCst)
    }

    /// A unit has come to its end. Raw data beside a JPEG becomes one picture with it.
    fn arrived(&self, way: &Way<'_>, unit: &Unit) -> Result<(), LibraryError> {
        let now = self.journal.now();
        self.with_state(&way.zone.name, |state| {
            (state.away, state.delivered) = (None, state.delivered + 1);
            state.recent.push_back((now, unit.leader.stamp.size_bytes));
            if state.recent.len() > MAX_RECENT {
                state.recent.pop_front();
            }
            state.failures.remove(&unit.leader.id);
        });
        let group = self.journal.library.ingest_group(&way.zone.name, &unit.leader.group)?;
        for raw in group.iter().filter(|file| matches!(file.belongs_to, Some((_, IngestRole::Raw)))) {
            let still = group.iter().find(|file| raw.belongs_to.is_some_and(|(leader, _)| leader == file.id));
            if let (Some(front), Some(back)) = (still.and_then(|file| file.asset), raw.asset)
                && (raw.id == unit.leader.id || still.is_some_and(|still| still.id == unit.leader.id))
                && let Err(error) = way.zone.destination.stack(&[front, back])
            {
                // Both are there; that they are shown as two is no reason to keep the originals.
                tracing::warn!(error = &error as &dyn std::error::Error, "a photo and its raw data were not stacked");
            }
        }
        Ok(())
    }

    /// Does about a fault what it calls for.
    fn stumble(&self, way: &Way<'_>, files: &mut [&mut IngestFile], fault: Fault) -> Result<(), LibraryError> {
        let now = self.journal.now();
        match fault {
            Fault::Stopped => Ok(()),
            Fault::Gone | Fault::Changed => self.begin_again(way, files),
            Fault::Away { after, reason } => {
                self.destination_is_away(way.zone, after, &reason);
                self.wait(files, now, Some(&reason), false)
            }
            Fault::Waits { reason } => {
                let later = Timestamp(now.0 + milliseconds(LONGEST_AWAY));
                self.wait(files, later, Some(&reason), false)
            }
            Fault::Failed { after, reason, is_files } => {
                let counts = is_files || self.others_got_through(way.zone, files);
                let attempts = files.iter().map(|file| file.attempts).max().unwrap_or(0) + 1;
                if counts && attempts >= MAX_ATTEMPTS {
                    return self.give_up(way, files, &reason);
                }
                let wait = (FIRST_WAIT * (1 << attempts.saturating_sub(1).min(10))).min(LONGEST_WAIT);
                let later = Timestamp(now.0 + milliseconds(wait.max(after.unwrap_or_default())));
                self.wait(files, later, Some(&reason), counts)
            }
            Fault::Hopeless { reason } => self.give_up(way, files, &reason),
        }
    }

    /// Whether the destination took something else since one of these failed there last.
    fn others_got_through(&self, zone: &Zone, files: &[&mut IngestFile]) -> bool {
        self.with_state(&zone.name, |state| {
            let delivered = state.delivered;
            let first = files.first().map(|file| file.id);
            first.is_some_and(|id| state.failures.insert(id, delivered).is_none_or(|before| before < delivered))
        })
    }

    fn destination_is_away(&self, zone: &Zone, after: Option<Duration>, reason: &str) {
        let now = self.journal.now();
        self.with_state(&zone.name, |state| {
            let times = state.away.as_ref().map_or(0, |away| away.2);
            let wait = (FIRST_AWAY * (1 << times.min(10))).min(LONGEST_AWAY).max(after.unwrap_or_default());
            state.away = Some((Timestamp(now.0 + milliseconds(wait)), reason.to_owned(), times + 1));
        });
    }

    fn wait(
        &self,
        files: &mut [&mut IngestFile],
        due_at: Timestamp,
        reason: Option<&str>,
        is_attempt: bool,
    ) -> Result<(), LibraryError> {
        for file in files.iter_mut().filter(|file| !file.state.is_final()) {
            (file.due_at, file.reason) = (due_at, reason.map(str::to_owned));
            file.attempts += u32::from(is_attempt);
            self.journal.keep(file, Durability::Relaxed)?;
        }
        Ok(())
    }

    fn give_up(&self, way: &Way<'_>, files: &mut [&mut IngestFile], reason: &str) -> Result<(), LibraryError> {
        for file in files.iter_mut().filter(|file| !file.state.is_final()) {
            // What the destination proved to have is not undone because of what belongs to it.
            if file.state == State::Confirmed {
                match crate::release::release(way, file) {
                    Ok(()) | Err(Fault::Stopped) => {}
                    Err(Fault::Gone | Fault::Changed) => self.begin_again(way, &mut [file])?,
                    // It is safe there, and stays here until it can be let go of.
                    Err(fault) => {
                        let later = Timestamp(self.journal.now().0 + milliseconds(LONGEST_AWAY));
                        let reason = format!("it was delivered, and cannot be let go of: {}", fault.reason());
                        self.wait(&mut [file], later, Some(&reason), false)?;
                    }
                }
                continue;
            }
            match put_aside(way, file, reason) {
                Ok(()) => tracing::warn!(zone = way.zone.name, reason, "an original went to undone"),
                Err(Fault::Gone | Fault::Changed) => self.begin_again(way, &mut [file])?,
                Err(Fault::Waits { reason } | Fault::Failed { reason, .. }) => {
                    let later = Timestamp(self.journal.now().0 + milliseconds(LONGEST_AWAY));
                    self.wait(&mut [file], later, Some(&reason), false)?;
                }
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// What is not what it was is forgotten; the next look finds what lies there now.
    fn begin_again(&self, way: &Way<'_>, files: &mut [&mut IngestFile]) -> Result<(), LibraryError> {
        for file in files.iter_mut().filter(|file| !file.state.is_final()) {
            if file.stamp.is_of(&way.zone.at(&file.path)) {
                // Another one of the unit; it goes on when the one that changed has come to rest.
                let later = Timestamp(self.journal.now().0 + milliseconds(way.zone.settle));
                self.wait(&mut [file], later, None, false)?;
                continue;
            }
            way.discard(file);
            self.journal.forget(file)?;
        }
        Ok(())
    }
}

pub(crate) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// A group that is worked on, until this is dropped.
pub(crate) struct Busy<'p> {
    pipeline: &'p Pipeline,
    key: (String, Vec<u8>),
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.pipeline.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}
