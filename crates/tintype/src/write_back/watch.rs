//! `[writeback] watch = true`: files follow what changes in the library.
//!
//! The change feed says whether anything did: its last position is compared with the one up to which files were looked after.
//! Nothing that is written here moves the feed, so a pass causes no other one. A pass looks at what is known of every photo,
//! but opens no file of which nothing else is known than before.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tintype_library::store::Durability;
use tintype_library::{Library, LibraryError};
use tintype_protocol::id::UpdateId;
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
    while !pause(writer, LOOK) {
        let last = library.read(|tx| Ok(tx.last_update_id()?));
        let known = position(library, order);
        let (Ok(last), Ok(known)) = (last, known) else { continue };
        if Some(last) == known {
            seen = None;
            continue;
        }
        let now = Instant::now();
        if seen.is_none() {
            first_at = now;
        }
        if seen != Some(last) {
            (seen, changed_at) = (Some(last), now);
        }
        if changed_at.elapsed() < REST && first_at.elapsed() < PATIENCE {
            continue;
        }
        match pass(library, writer, order, last) {
            Ok(true) => seen = None,
            Ok(false) if !pause(writer, LATER) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "writing into files failed; it is tried again");
                if pause(writer, LATER) {
                    return;
                }
            }
        }
    }
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

/// Writes what is not written yet of everything up to a position; whether that is all of it.
fn pass(library: &Library, writer: &Writer, order: &Order, last: UpdateId) -> anyhow::Result<bool> {
    let filter = everybody(library)?;
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
    if report.is_interrupted || waits {
        return Ok(false);
    }
    let kept = format!("{last} {}", wish(order));
    library.write(Durability::Relaxed, move |tx| Ok(tx.set_server_metadata(POSITION, &kept)?))?;
    Ok(true)
}
