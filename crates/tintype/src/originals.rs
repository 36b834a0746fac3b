//! `tintype sync --originals`: copying originals, and what is said of it.

use indicatif::DecimalBytes;
use tintype_library::Library;
use tintype_library::model::Upstream;
use tintype_sync::{Copied, CopyProgress, CopyWishes};

use crate::arguments::Originals;
use crate::control::{Event, Listener};
use crate::follower::heard;
use crate::reports::{OriginalFailed, OriginalsCopied};

/// Copies originals as far as that is wanted. Whoever wants it to end gets what was done until then.
pub(crate) fn copy(
    library: &Library,
    upstream: &Upstream,
    which: Originals,
    tell: &mut Listener<'_>,
) -> anyhow::Result<Option<OriginalsCopied>> {
    let wishes = match which {
        Originals::None => return Ok(None),
        Originals::Recent => CopyWishes::recent(library.now()),
        Originals::All => CopyWishes::all(),
    };
    let copied = tintype_sync::copy_originals(library, upstream, wishes, &mut |progress| {
        let CopyProgress { fetched, bytes, failed } = progress;
        heard(tell(Event::Copied { fetched, bytes, failed }))
    })?;
    let Copied { progress, came, failures, stopped, held } = copied;
    let failures = failures.into_iter().map(|failure| OriginalFailed {
        asset: failure.asset.to_string(),
        name: failure.name,
        reason: failure.reason,
    });
    Ok(Some(OriginalsCopied {
        fetched: progress.fetched,
        fetched_bytes: progress.bytes,
        came_bytes: came,
        failed: progress.failed,
        failures: failures.collect(),
        stopped,
        here: held.here,
        here_bytes: held.here_bytes,
        verified: held.verified,
        verified_first: held.verified_first.map(|at| at.to_iso()),
        verified_last: held.verified_last.map(|at| at.to_iso()),
        elsewhere: held.elsewhere,
    }))
}

/// `12 originals, 34.50 MB; 1 failed`.
pub(crate) fn progress(fetched: u64, bytes: u64, failed: u64) -> String {
    format!("{fetched} originals, {}; {failed} failed", DecimalBytes(bytes))
}

/// What was fetched, a line for each that failed, and how the copy stands.
pub(crate) fn outcome(copied: &OriginalsCopied) -> String {
    let mut text = format!("\n  originals: {} fetched ({})", copied.fetched, DecimalBytes(copied.fetched_bytes));
    if copied.failed > 0 {
        text.push_str(&format!(", {} failed:", copied.failed));
    }
    for OriginalFailed { name, reason, .. } in &copied.failures {
        text.push_str(&format!("\n    {name}: {reason}"));
    }
    let more = copied.failed.saturating_sub(copied.failures.len() as u64);
    if more > 0 {
        text.push_str(&format!("\n    … and {more} more"));
    }
    if let Some(stopped) = &copied.stopped {
        text.push_str(&format!("\n  stopped: {stopped}. Run it again: it goes on."));
    }
    text.push_str(&format!("\n  {} originals lie here ({})", copied.here, DecimalBytes(copied.here_bytes)));
    if let (Some(first), Some(last)) = (&copied.verified_first, &copied.verified_last) {
        text.push_str(&format!("; {} verified by their SHA-1, between {first} and {last}", copied.verified));
    }
    text.push_str(&format!("; {} are on the server only", copied.elsewhere));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_lies_here_and_what_does_not() {
        let at = |day: u32| Some(format!("2026-11-{day:02}T10:00:00.000Z"));
        let failed = OriginalFailed { asset: "a".to_owned(), name: "a.jpg".to_owned(), reason: "gone".to_owned() };
        let copied = OriginalsCopied {
            fetched: 2,
            fetched_bytes: 3_000_000,
            came_bytes: 1_000_000,
            failed: 2,
            failures: vec![failed],
            stopped: Some("the server is away".to_owned()),
            here: 5,
            here_bytes: 9_000_000,
            verified: 5,
            verified_first: at(1),
            verified_last: at(2),
            elsewhere: 3,
        };
        let expected = "\n  originals: 2 fetched (3.00 MB), 2 failed:\n    a.jpg: gone\n    … and 1 more\n  stopped: the \
            server is away. Run it again: it goes on.\n  5 originals lie here (9.00 MB); 5 verified by their SHA-1, \
            between 2026-11-01T10:00:00.000Z and 2026-11-02T10:00:00.000Z; 3 are on the server only";
        assert_eq!(outcome(&copied), expected);
    }
}
