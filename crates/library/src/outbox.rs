//! What waits to reach an upstream, and what both sides changed: to look at, and to decide about.

use std::collections::HashSet;
use std::time::Duration;

use tintype_protocol::time::Timestamp;
use uuid::Uuid;

use crate::clock::Entropy;
use crate::error::LibraryError;
use crate::fields::{changed, current, of_album, of_person, of_whole_asset, set};
use crate::library::Library;
use crate::model::{Conflict, ExternalKind, Field, FieldValue, OutboxCounts, OutboxRow, Subject, Upstream};
use crate::recorder::Change;
use crate::replica::{is_mark, named};
use crate::store::{Durability, OutboxPlace, Read, StoreError};

/// Refusals after which a row is given up.
const MAX_ATTEMPTS: u32 = 10;
/// How long a row rests after its first refusal; twice as long after each other one.
const FIRST_REST: Duration = Duration::from_secs(60);
/// The longest rest of a row.
pub const LONGEST_REST: Duration = Duration::from_secs(3_600);
/// Letters of a refusal that are kept.
const REASON_LIMIT: usize = 500;
/// Conflicts that are shown.
const CONFLICTS_SHOWN: u32 = 1_000;

/// How long to rest after so many refusals, a little more or less each time, so that rows do not come all at once.
fn rest(attempts: u32, entropy: &dyn Entropy) -> Duration {
    let doubled = FIRST_REST.saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(LONGEST_REST);
    let mut byte = [0];
    entropy.fill(&mut byte);
    // Between three quarters and all of it.
    doubled.mul_f64(1.0 - f64::from(byte[0]) / 1_024.0)
}

/// Whether an upstream has something, or will have it once what waits is sent.
pub fn is_known(tx: &dyn Read, upstream: &Upstream, kind: ExternalKind, subject: Subject) -> Result<bool, StoreError> {
    if tx.external_id(upstream.server_id, kind, subject.id())?.is_some() {
        return Ok(true);
    }
    let rows = tx.pending(upstream.id, subject.kind(), subject.id())?;
    Ok(rows.iter().any(|row| row.subject == subject && row.field == Field::Existence))
}

impl Library {
    /// Rows that wait, or were given up, behind the one with the id `after`, oldest first.
    pub fn outbox(&self, upstream: i64, after: i64, limit: u32) -> Result<Vec<OutboxRow>, LibraryError> {
        self.read(|tx| Ok(tx.outbox(upstream, after, limit)?))
    }

    /// Rows that wait, or with `is_dead` those that were given up, behind the one with the id `after`, oldest first.
    pub fn outbox_of_state(
        &self,
        upstream: i64,
        is_dead: bool,
        after: i64,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, LibraryError> {
        self.read(|tx| Ok(tx.outbox_of_state(upstream, is_dead, after, limit)?))
    }

    /// Rows that may be sent now, behind a place, each with what `look` says about it.
    pub fn outbox_due<T>(
        &self,
        upstream: i64,
        after: OutboxPlace,
        limit: u32,
        mut look: impl FnMut(&dyn Read, &OutboxRow) -> Result<T, StoreError>,
    ) -> Result<Vec<(OutboxRow, T)>, LibraryError> {
        let longest = i64::try_from(LONGEST_REST.as_millis()).unwrap_or(i64::MAX);
        self.read(|tx| {
            let rows = tx.outbox_due(upstream, self.clock.now(), longest, after, limit)?.into_iter();
            rows.map(|row| Ok((look(tx, &row)?, row))).map(|found| found.map(|(look, row)| (row, look))).collect()
        })
    }

    /// How many there are.
    pub fn outbox_counts(&self, upstream: i64) -> Result<OutboxCounts, LibraryError> {
        self.read(|tx| Ok(tx.outbox_counts(upstream)?))
    }

    /// The upstream has what a row was about; `value` is what the field is there, `name` what it is called there if it was
    /// new.
    pub fn settle_outbox(
        &self,
        upstream: &Upstream,
        row: &OutboxRow,
        name: Option<(ExternalKind, Uuid)>,
        value: Option<String>,
    ) -> Result<(), LibraryError> {
        let (upstream, row) = (upstream.clone(), row.clone());
        self.write(Durability::Full, move |tx| {
            if let Some((kind, external)) = name {
                named(tx, &upstream, kind, external, row.subject.id())?;
            }
            tx.settle_outbox(row.id, row.revision, value.as_deref())?;
            Ok(())
        })
    }

    /// The upstream said no to a row. Answers whether it is given up. It said nothing about what the field has become since it
    /// was asked.
    pub fn refuse_outbox(&self, row: &OutboxRow, reason: &str) -> Result<bool, LibraryError> {
        let (id, revision, attempts) = (row.id, row.revision, row.attempts + 1);
        let is_dead = attempts >= MAX_ATTEMPTS;
        let rest = i64::try_from(rest(attempts, self.entropy.as_ref()).as_millis()).unwrap_or(i64::MAX);
        let reason: String = reason.chars().take(REASON_LIMIT).collect();
        self.write(Durability::Relaxed, move |tx| {
            let not_before = Timestamp(tx.now().0 + rest);
            Ok(tx.refuse_outbox(id, revision, attempts, &reason, not_before, is_dead)? && is_dead)
        })
    }

    /// Rows are to be tried at once. Answers how many of them this upstream has; those of others are left alone.
    pub fn retry_outbox(&self, upstream: i64, ids: &[i64]) -> Result<u64, LibraryError> {
        let ids = ids.to_vec();
        self.write(Durability::Full, move |tx| {
            let mut count = 0;
            for id in ids {
                if tx.outbox_row(id)?.is_some_and(|row| row.upstream_id == upstream) {
                    count += u64::from(tx.retry_outbox(id)?);
                }
            }
            Ok(count)
        })
    }

    /// Rows are not to be sent. What they would have changed there becomes here what it is there, as far as is known.
    /// Answers how many of them this upstream has; those of others are left alone.
    pub fn drop_outbox(&self, upstream: i64, ids: &[i64]) -> Result<u64, LibraryError> {
        let ids = ids.to_vec();
        let (count, before, user) = self.write(Durability::Full, move |tx| {
            let (before, mut count) = (tx.last_update_id()?, 0);
            let user = tx.upstreams()?.into_iter().find(|known| known.id == upstream).map(|known| known.user_id);
            for id in ids {
                let Some(row) = tx.outbox_row(id)?.filter(|row| row.upstream_id == upstream) else { continue };
                if let Some(base) = row.base.as_ref().filter(|base| !is_mark(base)) {
                    match set(tx, row.subject, row.field, base) {
                        // What cannot be taken back stays as it is here.
                        Ok(_) | Err(LibraryError::Invalid(_)) => {}
                        Err(error) => return Err(error),
                    }
                }
                count += u64::from(tx.drop_outbox(id)?);
            }
            Ok((count, before, user))
        })?;
        if let Some(user) = user {
            self.tell_since(user, before, &HashSet::new());
        }
        Ok(count)
    }

    /// Conflicts that nobody has looked at, oldest first.
    pub fn conflicts(&self, upstream: i64) -> Result<Vec<Conflict>, LibraryError> {
        self.read(|tx| Ok(tx.conflicts(upstream, CONFLICTS_SHOWN)?))
    }

    /// The value of here is right. Whether there was such a conflict with this upstream.
    pub fn take_mine(&self, upstream: i64, conflict: i64) -> Result<bool, LibraryError> {
        self.write(Durability::Full, move |tx| {
            let is_there = tx.conflict(conflict)?.is_some_and(|conflict| conflict.upstream_id == upstream);
            Ok(is_there && tx.resolve_conflict(conflict)?)
        })
    }

    /// The other value is right: it is put here, and goes to the upstream again, as any change does. What was deleted there is
    /// gone here already, or in the trash: that is settled by saying so. Whether there was such a conflict with this upstream.
    pub fn take_theirs(&self, upstream: i64, conflict: i64) -> Result<bool, LibraryError> {
        self.change(move |tx| {
            let Some(conflict) = tx.conflict(conflict)?.filter(|conflict| conflict.upstream_id == upstream) else {
                return Ok((false, Vec::new()));
            };
            if conflict.is_deleted_there() {
                return Ok((tx.resolve_conflict(conflict.id)?, Vec::new()));
            }
            let before = values(tx.as_read(), conflict.subject)?;
            if !set(tx, conflict.subject, conflict.field, &conflict.theirs)? {
                return Err(LibraryError::invalid(
                    "What this is about is not in the library any more: keep the side of here, and it is settled",
                ));
            }
            let was = changed(before, &values(tx.as_read(), conflict.subject)?);
            tx.resolve_conflict(conflict.id)?;
            Ok((true, vec![change_of(conflict.subject, was)].into_iter().flatten().collect()))
        })
    }

    /// What a field is now; see [`crate::fields`].
    pub fn field_value(&self, subject: Subject, field: Field) -> Result<Option<String>, LibraryError> {
        self.read(|tx| Ok(current(tx, subject, field)?))
    }
}

fn values(tx: &dyn Read, subject: Subject) -> Result<Vec<FieldValue>, StoreError> {
    Ok(match subject {
        Subject::Asset(id) => of_whole_asset(tx, id)?,
        Subject::Album(id) => tx.album(id)?.map(|album| of_album(&album)).unwrap_or_default(),
        Subject::Person(id) => tx.person(id)?.map(|person| of_person(&person)).unwrap_or_default(),
        subject => {
            let value = current(tx, subject, Field::Membership)?;
            value.map(|value| FieldValue { field: Field::Membership, value }).into_iter().collect()
        }
    })
}

/// The change that a user makes by taking the other value.
fn change_of(subject: Subject, was: Vec<FieldValue>) -> Option<Change> {
    let was_member = was.iter().any(|was| was.field == Field::Membership && was.value != "null");
    Some(match subject {
        Subject::Asset(id) => Change::AssetChanged(id, was),
        Subject::Album(id) => Change::AlbumChanged(id, was),
        Subject::Person(id) => Change::PersonChanged(id, was),
        Subject::AlbumAsset(album, asset) if was_member => Change::AlbumAssetsRemoved(album, vec![asset]),
        Subject::AlbumAsset(album, asset) => Change::AlbumAssetsAdded(album, vec![asset]),
        Subject::AssetTag(asset, tag) => Change::AssetTagChanged(asset, tag),
        Subject::AlbumUser(..) | Subject::Stack(_) | Subject::StackAsset(..) | Subject::Tag(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;

    #[test]
    fn rests_grow_to_an_hour() {
        for (attempts, most) in [(1, 60), (2, 120), (6, 1_920), (7, 3_600), (40, 3_600)] {
            let rest = rest(attempts, &SystemEntropy).as_secs_f64();
            assert!(rest <= f64::from(most) && rest > f64::from(most) * 0.74, "{attempts}: {rest}");
        }
    }
}
