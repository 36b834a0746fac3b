//! `[writeback] watch = true`: files follow what changes in the library.
//!
//! The change feed says whether anything did: its last position is compared with the one up to which files were looked after.
//! Nothing that is written here moves the feed, so a pass causes no other one. A pass looks after the photos that the feed has
//! something new about, and now and then after all of them; it opens no file of which nothing else is known than before.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tintype_library::model::AssetFilter;
use tintype_library::store::Durability;
use tintype_library::{Library, LibraryError};
use tintype_protocol::id::{TagId, UpdateId};
use tintype_writeback::order::{Became, Happened};
use tintype_writeback::{Halt, Order};

use super::{Writer, everybody};
use crate::control::Doors;

/// How often the feed's last position is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How long nothing may have changed before files are written: people rarely change one thing only.
const REST: Duration = Duration::from_secs(3);
/// While changes go on, files are written this long after the first of them all the same.
const PATIENCE: Duration = Duration::from_secs(300);
/// After a pass that failed, or found photos that were not read yet, the next one waits.
const LATER: Duration = Duration::from_secs(20);
/// All photos are looked after when a node has started, after a pass with failures, and when the last time was this long ago:
/// others may have written to files as well.
const WHOLE: Duration = Duration::from_secs(24 * 3600);
/// Where more photos changed, all of them are looked after.
const MOST_PICKED: u32 = 1_000;
/// Under which name the position is kept.
const POSITION: &str = "write-back-position";

/// Watches until [`Writer::end`], if that is wished.
pub(crate) fn start(library: &Arc<Library>, doors: &Arc<Doors>) -> anyhow::Result<Option<JoinHandle<()>>> {
    let Some(order) = doors.writer.watch.clone() else { return Ok(None) };
    let (library, doors) = (Arc::clone(library), Arc::clone(doors));
    let thread = std::thread::Builder::new().name("write-back".to_owned());
    Ok(Some(thread.spawn(move || watch(&library, &doors.writer, &order))?))
}

fn watch(library: &Library, writer: &Writer, order: &Order) {
    let (mut seen, mut changed_at, mut first_at) = (None, Instant::now(), Instant::now());
    let mut looked = Looked::default();
    while !pause(writer, LOOK) {
        let now = library.read(|tx| Ok((tx.last_update_id()?, tx.tag_ids()?)));
        let (Ok((last, tags)), Ok(known)) = (now, position(library, order)) else { continue };
        let has_lost_tags = looked.tags.as_ref().is_some_and(|before| !before.is_subset(&tags));
        if Some(last) == known && !has_lost_tags {
            (seen, looked.tags) = (None, Some(tags));
            continue;
        }
        let now = Instant::now();
        if seen.is_none() {
            first_at = now;
        }
        let found = Some((last, tags.len()));
        if seen != found {
            (seen, changed_at) = (found, now);
        }
        if changed_at.elapsed() < REST && first_at.elapsed() < PATIENCE {
            continue;
        }
        let since = known.filter(|_| !has_lost_tags && looked.may_pick());
        match pass(library, writer, order, (since, last)) {
            Ok(Passed { is_all: true, has_failures }) => {
                seen = None;
                looked.tags = Some(tags);
                if since.is_none() {
                    looked.whole_at = Some(now);
                }
                if has_failures {
                    looked.whole_at = None;
                }
            }
            Ok(_) if !pause(writer, LATER) => {}
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "writing into files failed; it is tried again");
                if pause(writer, LATER) {
                    return;
                }
            }
        }
    }
}

/// What this process has looked at so far.
#[derive(Debug, Default)]
struct Looked {
    /// When the files of all photos were looked after, if none of them failed since.
    whole_at: Option<Instant>,
    /// Tags there were. One that is deleted does not move the feed.
    tags: Option<HashSet<TagId>>,
}

impl Looked {
    /// Whether it is enough to look after photos that changed.
    fn may_pick(&self) -> bool {
        self.whole_at.is_some_and(|at| at.elapsed() < WHOLE)
    }
}

/// How a pass went.
struct Passed {
    /// Whether all of it is done.
    is_all: bool,
    /// Whether files could not be written: they are tried again with the next change.
    has_failures: bool,
}

/// Waits; whether the end was asked for.
fn pause(writer: &Writer, time: Duration) -> bool {
    let begin = Instant::now();
    while !writer.ends.load(Ordering::SeqCst) {
        let Some(left) = time.checked_sub(begin.elapsed()) else { return false };
        std::thread::sleep(left.min(LOOK / 4));
    }
    true
}

/// What was kept: the position, for what is wished now. With another wish everything is looked at once more.
fn position(library: &Library, order: &Order) -> Result<Option<UpdateId>, LibraryError> {
    let kept = library.read(|tx| Ok(tx.server_metadata(POSITION)?))?;
    let wish = wish(order);
    let position = kept.as_deref().and_then(|kept| kept.strip_suffix(&wish)).map(|rest| rest.trim().parse());
    Ok(position.and_then(Result::ok))
}

fn wish(order: &Order) -> String {
    serde_json::to_string(order).unwrap_or_default()
}

/// The photos that a pass looks after: those that changed since a position, or all of them.
fn photos(library: &Library, since: Option<UpdateId>) -> anyhow::Result<AssetFilter> {
    let all = everybody(library)?;
    let Some(since) = since else { return Ok(all) };
    let among = library.read(|tx| Ok(tx.photos_changed_since(since, MOST_PICKED)?))?;
    Ok(AssetFilter { among, ..all })
}

/// Writes what is not written yet of what changed between two positions, or of everything up to the second.
fn pass(
    library: &Library,
    writer: &Writer,
    order: &Order,
    (since, last): (Option<UpdateId>, UpdateId),
) -> anyhow::Result<Passed> {
    let filter = photos(library, since)?;
    let (mut waits, mut told) = (false, 0_u64);
    let report = writer.alone(library, &Halt::default(), |engine| {
        let report = engine.run(order, filter, &mut |happened| {
            if let Happened::File(file) = happened {
                match file.became {
                    // It came in just now, and will have changed once it was read.
                    Became::Skipped("not-read-yet", _) => waits = true,
                    Became::Failed(..) => told += 1,
                    _ => {}
                }
            }
            !writer.ends.load(Ordering::SeqCst)
        });
        Ok(report?)
    })?;
    if report.written > 0 || told > 0 {
        tracing::info!(written = report.written, failed = told, "wrote what changed into files");
    }
    let passed = Passed { is_all: !report.is_interrupted && !waits, has_failures: told > 0 };
    if passed.is_all {
        let kept = format!("{last} {}", wish(order));
        library.write(Durability::Relaxed, move |tx| Ok(tx.set_server_metadata(POSITION, &kept)?))?;
    }
    Ok(passed)
}
