//! What a person sees of the queues, and what they can do with them.

use tintype_protocol::id::AssetId;
use tintype_protocol::model::{AssetStatus, AssetType, Visibility};

use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{AssetFilter, JobKind, QueueCounts};
use crate::store::{Durability, NewJob, Write};

/// Assets queued in one transaction.
const PAGE: u32 = 1_000;

/// One queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct QueueState {
    pub counts: QueueCounts,
    pub is_paused: bool,
}

impl Library {
    /// The state of a queue.
    pub fn queue(&self, kind: JobKind) -> Result<QueueState, LibraryError> {
        let all = self.queues()?;
        Ok(all.into_iter().find(|(of, _)| *of == kind).map(|(_, state)| state).unwrap_or_default())
    }

    /// The state of every queue.
    pub fn queues(&self) -> Result<Vec<(JobKind, QueueState)>, LibraryError> {
        self.read(|tx| {
            let (counts, paused) = (tx.queue_counts()?, tx.paused_queues()?);
            let of = |kind| counts.iter().find(|(of, _)| *of == kind).map(|(_, counts)| *counts).unwrap_or_default();
            Ok(JobKind::ALL
                .map(|kind| (kind, QueueState { counts: of(kind), is_paused: paused.contains(&kind) }))
                .to_vec())
        })
    }

    /// Failed jobs, newest first: kind, asset, name of the asset, what went wrong.
    pub fn failed_jobs(&self, limit: u32) -> Result<Vec<(JobKind, AssetId, String, String)>, LibraryError> {
        self.read(|tx| Ok(tx.failed_jobs(limit)?))
    }

    /// Lets a queue rest, or go on.
    pub fn pause_queue(&self, kind: JobKind, paused: bool) -> Result<(), LibraryError> {
        self.write(Durability::Full, move |tx| Ok(tx.set_queue_paused(kind, paused)?))?;
        self.signal.ring();
        Ok(())
    }

    /// Drops jobs that wait, or those that have failed.
    pub fn clear_queue(&self, kind: JobKind, failed_only: bool) -> Result<u64, LibraryError> {
        self.write(Durability::Full, move |tx| Ok(tx.clear_jobs(kind, failed_only)?))
    }

    /// Queues work on the assets that miss its result, or on all.
    pub fn start_queue(&self, kind: JobKind, all: bool) -> Result<u64, LibraryError> {
        let mut filter =
            AssetFilter { statuses: vec![AssetStatus::Active, AssetStatus::Trashed], ..Default::default() };
        if kind == JobKind::Video {
            filter.asset_type = Some(AssetType::Video);
        }
        if kind == JobKind::Thumbnail {
            filter.visibilities = vec![Visibility::Timeline, Visibility::Archive, Visibility::Locked];
        }
        let mut queued = 0;
        loop {
            let page = self.search_by_id(&filter, PAGE)?;
            let Some(last) = page.last().map(|asset| asset.id) else { break };
            filter.after_id = Some(last);
            let wanted: Vec<AssetId> = page
                .into_iter()
                .filter(|asset| match kind {
                    _ if all && kind != JobKind::Edit => true,
                    JobKind::Thumbnail => !asset.is_rendered,
                    JobKind::Video => !asset.is_encoded,
                    JobKind::Edit => asset.is_edited,
                    JobKind::Metadata => asset.width.is_none(),
                    JobKind::Purge => false,
                })
                .map(|asset| asset.id)
                .collect();
            queued += self.write(Durability::Full, move |tx| enqueue_all(tx, kind, wanted))?;
        }
        self.signal.ring();
        Ok(queued)
    }

    /// How many jobs wait or are being done.
    pub fn pending_jobs(&self) -> Result<u64, LibraryError> {
        let queues = self.queues()?;
        Ok(queues.iter().map(|(_, state)| state.counts.waiting + state.counts.active).sum())
    }
}

/// Queues work on assets; where only an upstream has the bytes there is nothing to work on.
pub(crate) fn enqueue_all(tx: &mut dyn Write, kind: JobKind, assets: Vec<AssetId>) -> Result<u64, LibraryError> {
    let mut queued = 0;
    for asset_id in assets {
        if !tx.is_remote(asset_id)? {
            tx.enqueue(NewJob { kind, asset_id, not_before: None })?;
            queued += 1;
        }
    }
    Ok(queued)
}
