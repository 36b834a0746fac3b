//! Changes that wait to reach an upstream, and conflicts, in a store.

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::UserId;
use tintype_protocol::time::Timestamp;
use uuid::Uuid;

use super::StoreError;
use crate::model::{Conflict, Field, OutboxCounts, OutboxRow, Subject, Upstream};

type Result<T> = std::result::Result<T, StoreError>;

/// Where a walk through the outbox has come to: rank and id of a row.
pub type OutboxPlace = (i64, i64);

/// Questions about the outbox.
pub trait ReadOutbox {
    /// Whom a user follows.
    fn upstream_of(&self, user: UserId) -> Result<Option<Upstream>>;
    /// Rows that may be sent now, behind a place, in the order of sending. Those that rest for longer than `longest_ms` were
    /// sent to rest by a clock that was set back since: they may be sent, too.
    fn outbox_due(
        &self,
        upstream: i64,
        now: Timestamp,
        longest_ms: i64,
        after: OutboxPlace,
        limit: u32,
    ) -> Result<Vec<OutboxRow>>;
    /// When the next row that has to wait may be sent.
    fn outbox_next(&self, upstream: i64) -> Result<Option<Timestamp>>;
    /// All rows, oldest first.
    fn outbox(&self, upstream: i64, after: i64, limit: u32) -> Result<Vec<OutboxRow>>;
    /// Those that wait, or those that were given up, oldest first.
    fn outbox_of_state(&self, upstream: i64, is_dead: bool, after: i64, limit: u32) -> Result<Vec<OutboxRow>>;
    /// One row.
    fn outbox_row(&self, id: i64) -> Result<Option<OutboxRow>>;
    /// Rows about something: all of them whose [`Subject::kind`] and [`Subject::id`] are these.
    fn pending(&self, upstream: i64, kind: i64, id: Uuid) -> Result<Vec<OutboxRow>>;
    /// The same, for all who follow a server.
    fn pending_on(&self, server: i64, kind: i64, id: Uuid) -> Result<Vec<OutboxRow>>;
    /// Whether any upstream has a row about something of this id, in whatever role.
    fn is_pending(&self, id: Uuid) -> Result<bool>;
    /// Whether an asset with a content waits to be deleted for good there.
    fn will_delete_content(&self, upstream: i64, content: &Sha1) -> Result<bool>;
    /// Whether there is any row at all for a server.
    fn has_outbox(&self, server: i64) -> Result<bool>;
    /// How many there are.
    fn outbox_counts(&self, upstream: i64) -> Result<OutboxCounts>;
    /// Conflicts that nobody has looked at, oldest first.
    fn conflicts(&self, upstream: i64, limit: u32) -> Result<Vec<Conflict>>;
    /// One conflict.
    fn conflict(&self, id: i64) -> Result<Option<Conflict>>;
}

/// Changes of the outbox.
pub trait WriteOutbox {
    /// A field changed from `base`. There is one row for it: a row that waits already keeps its base, begins anew, and
    /// goes if nothing was ever sent and the field is what it was (`now_is` says what it is).
    fn put_outbox(
        &mut self,
        upstream: i64,
        subject: Subject,
        field: Field,
        base: Option<&str>,
        now_is: Option<&str>,
        detail: Option<&str>,
    ) -> Result<()>;
    /// Something else is known to be on the upstream.
    fn set_outbox_base(&mut self, id: i64, base: &str) -> Result<()>;
    /// Requests go out for these rows, after which the server has these values.
    fn mark_sent(&mut self, rows: &[(i64, Option<String>)]) -> Result<()>;
    /// The upstream has what the field was at `revision`. The row goes, unless the field has changed since; then `value`
    /// is its new base. Whether it went.
    fn settle_outbox(&mut self, id: i64, revision: i64, value: Option<&str>) -> Result<bool>;
    /// The upstream said no to what the field was at `revision`, or could not: not before that time again, or never by itself.
    /// Whether the field is still that.
    fn refuse_outbox(
        &mut self,
        id: i64,
        revision: i64,
        attempts: u32,
        error: &str,
        not_before: Timestamp,
        is_dead: bool,
    ) -> Result<bool>;
    /// It is not wanted any more, or has become pointless.
    fn drop_outbox(&mut self, id: i64) -> Result<bool>;
    /// To be tried again at once, as if for the first time.
    fn retry_outbox(&mut self, id: i64) -> Result<bool>;
    /// Both sides changed a field.
    fn add_conflict(&mut self, row: &OutboxRow, mine: &str, theirs: &str) -> Result<()>;
    /// Somebody has looked at it.
    fn resolve_conflict(&mut self, id: i64) -> Result<bool>;
}
