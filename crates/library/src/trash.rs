//! Trashing, restoring, deleting for good.
//!
//! A permanent delete marks the asset first and removes row and bytes in the background, in batches: the call answers
//! at once, a crash in between leaves a job, and the ledger remembers what was deleted on purpose.

use tintype_protocol::id::{AssetId, UserId};
use tintype_protocol::model::AssetStatus;
use tintype_protocol::permission::Permission;
use tintype_protocol::time::{DAY_MS, Timestamp};

use crate::assets::usable;
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Asset, AssetFilter, JobKind, Upstream};
use crate::recorder::Change;
use crate::sessions::Caller;
use crate::store::{Ledger, NewJob, Read, StoreError, Write};

/// Removal waits this long, so that deletes that follow each other closely are one batch.
const PURGE_DELAY_MS: i64 = 250;
/// Assets marked in one transaction.
const MARK_BATCH: u32 = 1_000;

impl Library {
    /// Puts assets into the trash, or deletes them for good.
    pub fn delete_assets(&self, caller: &Caller, ids: &[AssetId], for_good: bool) -> Result<(), LibraryError> {
        let (caller, ids) = (caller.clone(), ids.to_vec());
        self.change(move |tx| {
            let mut assets = Vec::with_capacity(ids.len());
            for id in &ids {
                assets.push(usable(tx.as_read(), &caller, *id, Permission::AssetDelete)?);
            }
            for asset in assets {
                if for_good { mark_deleted(tx, asset, caller.user.id)? } else { trash(tx, asset)? }
            }
            let change = if for_good { Change::AssetsDeleted(ids) } else { Change::AssetsTrashed(ids) };
            Ok(((), vec![change]))
        })?;
        self.signal.ring();
        Ok(())
    }

    /// Takes assets out of the trash. Those that are not in it count, but stay as they are.
    pub fn restore_assets(&self, caller: &Caller, ids: &[AssetId]) -> Result<u64, LibraryError> {
        let (caller, ids) = (caller.clone(), ids.to_vec());
        self.change(move |tx| {
            let mut restored = Vec::new();
            for id in &ids {
                let asset = usable(tx.as_read(), &caller, *id, Permission::AssetDelete)?;
                if asset.status == AssetStatus::Trashed {
                    restore(tx, asset)?;
                    restored.push(*id);
                }
            }
            Ok((restored.len() as u64, vec![Change::AssetsRestored(restored)]))
        })
    }

    /// Takes everything of the user's out of the trash.
    pub fn restore_trash(&self, user: UserId) -> Result<u64, LibraryError> {
        self.each_trashed(user, None, move |tx, assets| {
            let ids: Vec<AssetId> = assets.iter().map(|asset| asset.id).collect();
            for asset in assets {
                restore(tx, asset)?;
            }
            Ok(Change::AssetsRestored(ids))
        })
    }

    /// Deletes everything in the user's trash for good.
    pub fn empty_trash(&self, user: UserId) -> Result<u64, LibraryError> {
        self.each_trashed(user, None, move |tx, assets| mark_all_deleted(tx, assets, user))
    }

    /// Deletes for good what has been in the trash for longer than the setting says.
    pub fn expire_trash(&self) -> Result<u64, LibraryError> {
        let before = Timestamp(self.clock.now().0 - i64::from(self.settings.trash_days) * DAY_MS);
        let mut expired = 0;
        for user in self.users(true)? {
            let id = user.id;
            let delete = move |tx: &mut dyn Write, assets| mark_all_deleted(tx, assets, id);
            expired += match self.upstream_of(id)? {
                None => self.each_trashed(id, Some(before), delete)?,
                Some(upstream) => self.each_found(trashed_only_here(upstream, before), delete)?,
            };
        }
        Ok(expired)
    }

    /// Works through the trash in batches. `work` must take each asset out of it.
    fn each_trashed(
        &self,
        user: UserId,
        before: Option<Timestamp>,
        work: impl Fn(&mut dyn Write, Vec<Asset>) -> Result<Change, LibraryError> + Send + Clone + 'static,
    ) -> Result<u64, LibraryError> {
        let filter = AssetFilter {
            owners: vec![user],
            statuses: vec![AssetStatus::Trashed],
            trashed: (None, before),
            ..AssetFilter::default()
        };
        self.each_found(move |tx| tx.search_by_id(&filter, MARK_BATCH), work)
    }

    /// Works through what is found in batches. `work` must make each asset something that is not found any more.
    fn each_found(
        &self,
        find: impl Fn(&dyn Read) -> Result<Vec<Asset>, StoreError> + Send + Clone + 'static,
        work: impl Fn(&mut dyn Write, Vec<Asset>) -> Result<Change, LibraryError> + Send + Clone + 'static,
    ) -> Result<u64, LibraryError> {
        let mut done = 0;
        loop {
            let (find, work) = (find.clone(), work.clone());
            let count = self.change(move |tx| {
                let assets = find(tx.as_read())?;
                let count = assets.len() as u64;
                let changes = if assets.is_empty() { Vec::new() } else { vec![work(tx, assets)?] };
                Ok((count, changes))
            })?;
            done += count;
            self.signal.ring();
            if count < u64::from(MARK_BATCH) {
                return Ok(done);
            }
        }
    }
}

/// What is in the trash of somebody who follows a server, and only here. What is kept there, too, expires there: this library must
/// not be faster because it is set otherwise. Nothing is found while it is not known what is there.
fn trashed_only_here(
    upstream: Upstream,
    before: Timestamp,
) -> impl Fn(&dyn Read) -> Result<Vec<Asset>, StoreError> + Send + Clone + 'static {
    move |tx| {
        if upstream.synced_at.is_none() || upstream.is_resetting || upstream.keeps_unshown {
            return Ok(Vec::new());
        }
        tx.trashed_only_here(&upstream, before, MARK_BATCH)
    }
}

/// Puts an asset into the trash, if it is not in it or on its way out.
pub(crate) fn trash(tx: &mut dyn Write, mut asset: Asset) -> Result<(), LibraryError> {
    if asset.status == AssetStatus::Active {
        asset.status = AssetStatus::Trashed;
        asset.deleted_at = Some(tx.now());
        tx.update_asset(&asset)?;
    }
    Ok(())
}

pub(crate) fn restore(tx: &mut dyn Write, mut asset: Asset) -> Result<(), LibraryError> {
    asset.status = AssetStatus::Active;
    asset.deleted_at = None;
    Ok(tx.update_asset(&asset)?)
}

fn mark_all_deleted(tx: &mut dyn Write, assets: Vec<Asset>, by: UserId) -> Result<Change, LibraryError> {
    let ids = assets.iter().map(|asset| asset.id).collect();
    for asset in assets {
        mark_deleted(tx, asset, by)?;
    }
    Ok(Change::AssetsDeleted(ids))
}

fn mark_deleted(tx: &mut dyn Write, mut asset: Asset, by: UserId) -> Result<(), LibraryError> {
    let now = tx.now();
    asset.status = AssetStatus::Deleted;
    asset.deleted_at = asset.deleted_at.or(Some(now));
    tx.update_asset(&asset)?;
    tx.note(&Ledger::Deleted { sha1: asset.checksum, owner: asset.owner_id, by })?;
    let not_before = Some(Timestamp(now.0 + PURGE_DELAY_MS));
    Ok(tx.enqueue(NewJob { kind: JobKind::Purge, asset_id: asset.id, not_before })?)
}
