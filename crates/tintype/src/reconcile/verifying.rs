//! Reading originals again.

use std::sync::Arc;

use tintype_library::Library;
use tintype_reconcile::folders;
use tintype_reconcile::verify::{Finding, Happened, Verified, Wish};

use super::relay::Relay;
use super::shown;
use crate::control::{Doors, Event, Listener};
use crate::output::count;

/// Reads originals again.
pub(crate) fn verify(
    library: &Arc<Library>,
    doors: &Doors,
    folder: Option<&str>,
    wish: Wish,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let folder = folder.map(|name| folders::find(library, name)).transpose()?;
    let mut relay = Relay::new(&doors.reconciler, tell);
    let done = doors.reconciler.alone(library, |engine| {
        let mut witness = |happened| {
            relay.pass_on(match happened {
                Happened::LookedAt(count) => Event::Verifying { count },
                Happened::Found(finding) => Event::Fault(finding),
            })
        };
        let done = match &folder {
            Some(folder) => engine.verify_folder(folder, wish, &mut witness),
            None => engine.verify(wish, &mut witness),
        };
        relay.end(done)
    })?;
    tell(Event::Verified(done))
}

/// A fault, as it is told.
pub(crate) fn fault_line(finding: &Finding) -> String {
    let asset = finding.asset.map(|asset| format!(" ({asset})")).unwrap_or_default();
    let mended = if finding.mended { "; it came again, and is as it should be" } else { "" };
    shown::plain(&format!("{}  {}{asset}: {}{mended}", finding.fault.as_str(), finding.name, finding.text))
}

/// How a verification ended.
pub(crate) fn verified_line(done: &Verified) -> String {
    let elsewhere = match done.elsewhere {
        0 => String::new(),
        count => format!(", {count} are on another server only"),
    };
    let mut faults = count(done.faults, "fault", "faults");
    if done.mended > 0 {
        faults.push_str(&format!(" ({} mended)", done.mended));
    }
    let end = if done.is_interrupted { ", ended before its end" } else { "" };
    let bytes = indicatif::HumanBytes(done.bytes);
    format!("{} looked at, {bytes} read, {faults}{elsewhere}{end}", done.looked_at)
}
