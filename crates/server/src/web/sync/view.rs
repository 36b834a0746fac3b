//! What the page shows, read from the library.

use tintype_library::model::{Conflict, OutboxCounts, OutboxRow, Quarantined, Upstream};
use tintype_library::offer::Offer;
use tintype_library::titles::Appearance;
use tintype_library::{Library, LibraryError};
use tintype_protocol::id::UserId;
use tintype_protocol::time::Timestamp;

use crate::following::{Activity, Following};

/// Rows of each list; more would be no easier to act on, and each has a picture.
pub(super) const SHOWN: usize = 100;

/// Something with its looks.
pub(super) struct Seen<T> {
    pub(super) row: T,
    pub(super) looks: Appearance,
}

/// A change that has not arrived.
pub(super) struct Unsent {
    pub(super) row: OutboxRow,
    pub(super) looks: Appearance,
    /// What the field is here.
    pub(super) value: Option<String>,
}

/// How following stands.
pub(super) struct View {
    pub(super) upstream: Upstream,
    pub(super) activity: Activity,
    pub(super) counts: OutboxCounts,
    /// What is only here, and does not go by itself.
    pub(super) offer: Offer,
    pub(super) waiting: Vec<Unsent>,
    pub(super) dead: Vec<Unsent>,
    pub(super) quarantined: Vec<Seen<Quarantined>>,
    pub(super) quarantine_count: u64,
    pub(super) conflicts: Vec<Seen<Conflict>>,
    pub(super) now: Timestamp,
}

/// What there is to show to somebody who follows a server.
pub(super) fn load(library: &Library, following: &dyn Following, user: UserId) -> Result<Option<View>, LibraryError> {
    let Some(upstream) = library.upstream_of(user)? else { return Ok(None) };
    let mut quarantined = library.quarantined(upstream.id)?;
    quarantined.truncate(SHOWN);
    let looks = library.appearances_of_lines(&upstream, &quarantined)?;
    let quarantined = quarantined.into_iter().zip(looks).map(|(row, looks)| Seen { row, looks }).collect();
    let mut conflicts = library.conflicts(upstream.id)?;
    conflicts.truncate(SHOWN);
    let subjects: Vec<_> = conflicts.iter().map(|conflict| conflict.subject).collect();
    let looks = library.appearances(&subjects)?;
    let conflicts = conflicts.into_iter().zip(looks).map(|(row, looks)| Seen { row, looks }).collect();
    // Before the first sync nobody knows what the server has.
    let offer = if upstream.synced_at.is_some() { following.only_here(library, &upstream)? } else { Offer::default() };
    Ok(Some(View {
        activity: following.activity(&upstream),
        offer,
        counts: library.outbox_counts(upstream.id)?,
        waiting: unsent(library, upstream.id, false)?,
        dead: unsent(library, upstream.id, true)?,
        quarantined,
        quarantine_count: library.quarantine_count(upstream.id)?,
        conflicts,
        now: library.now(),
        upstream,
    }))
}

fn unsent(library: &Library, upstream: i64, is_dead: bool) -> Result<Vec<Unsent>, LibraryError> {
    let limit = u32::try_from(SHOWN).unwrap_or(u32::MAX);
    let rows = library.outbox_of_state(upstream, is_dead, 0, limit)?;
    let subjects: Vec<_> = rows.iter().map(|row| row.subject).collect();
    let looks = library.appearances(&subjects)?;
    let seen = rows.into_iter().zip(looks);
    seen.map(|(row, looks)| Ok(Unsent { value: library.field_value(row.subject, row.field)?, row, looks })).collect()
}
