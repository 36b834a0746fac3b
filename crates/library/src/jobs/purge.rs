//! Removing deleted assets: first the row, with a note of the bytes it leaves behind, then the bytes.

use std::sync::PoisonError;

use tintype_protocol::id::AssetId;
use tintype_protocol::model::{AssetStatus, Visibility};

use super::JobError;
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Asset, Job, JobKind};
use crate::news::News;
use crate::renditions::{Rendition, video_key};
use crate::sessions::Caller;
use crate::stacks::settle;
use crate::store::{Durability, Ledger, NewJob, Write};

/// Keys removed between two looks at the list.
const ORPHAN_BATCH: u32 = 500;

pub(super) fn run(library: &Library, job: &Job) -> Result<(), JobError> {
    let (id, job_id) = (job.asset_id, job.id);
    let removed = library.write(Durability::Full, move |tx| {
        // Restored in the meantime, or gone already: nothing to do.
        let asset = tx.asset(id)?.filter(|asset| asset.status == AssetStatus::Deleted);
        if let Some(asset) = &asset {
            remove(tx, asset)?;
        }
        tx.finish_job(job_id)?;
        Ok(asset)
    })?;
    if let Some(asset) = removed {
        library.listeners.tell(&News::Removed { owner: asset.owner_id, asset: id });
    }
    library.signal.ring();
    Ok(library.remove_orphans()?)
}

/// Removes the row of an asset, and notes the bytes that it leaves behind.
pub(crate) fn remove(tx: &mut dyn Write, asset: &Asset) -> Result<(), LibraryError> {
    // A file in place is not ours to remove, and takes no room of ours. That its asset went because the file was gone is
    // forgotten; that somebody deleted it on purpose is not.
    if asset.is_in_place() {
        if asset.is_offline {
            tx.forget_indexed(asset.id)?;
        }
    // Where only an upstream has the bytes, there are none to count or to remove.
    } else if asset.library_id.is_none() && !tx.is_remote(asset.id)? {
        let bytes = tx.stored_form(asset.id)?.map_or(asset.size_bytes, |form| form.size_bytes);
        tx.add_usage(asset.owner_id, -bytes)?;
        tx.orphan_key(&asset.original_path)?;
        if let Some(sidecar) = &asset.sidecar_path {
            tx.orphan_key(sidecar)?;
        }
    }
    for rendition in Rendition::ALL {
        tx.orphan_key(&rendition.key(asset.owner_id, asset.id))?;
    }
    tx.orphan_key(&video_key(asset.owner_id, asset.id))?;
    for key in tx.fetched_of(asset.id)? {
        tx.orphan_key(&key)?;
        tx.remove_fetched(&key)?;
    }
    tx.delete_asset(asset)?;
    if let Some(stack) = asset.stack_id {
        settle(tx, stack)?;
    }
    remove_motion_part(tx, asset)
}

/// The motion part of a deleted still goes with it, unless another still shows it.
fn remove_motion_part(tx: &mut dyn Write, still: &Asset) -> Result<(), LibraryError> {
    let Some(video) = still.live_photo_video_id else { return Ok(()) };
    if !tx.stills_of(video)?.is_empty() {
        return Ok(());
    }
    if let Some(mut part) = tx.asset(video)?.filter(|part| part.visibility == Visibility::Hidden) {
        part.status = AssetStatus::Deleted;
        part.deleted_at = part.deleted_at.or(still.deleted_at).or(Some(tx.now()));
        tx.update_asset(&part)?;
        // Nobody deleted the still on purpose where its file was gone: the part's file is indexed again.
        if still.is_in_place() && still.is_offline && part.is_in_place() {
            tx.forget_indexed(part.id)?;
        } else {
            tx.note(&Ledger::Deleted { sha1: part.checksum, owner: part.owner_id, by: part.owner_id })?;
        }
        tx.enqueue(NewJob { kind: JobKind::Purge, asset_id: part.id, not_before: None })?;
    }
    Ok(())
}

impl Library {
    /// Deletes assets for good at once, without the background's delay. Answers when their rows are gone.
    pub fn purge_now(&self, caller: &Caller, ids: &[AssetId]) -> Result<(), LibraryError> {
        self.delete_assets(caller, ids, true)?;
        let ids = ids.to_vec();
        self.write(Durability::Full, move |tx| {
            for id in ids {
                if let Some(asset) = tx.asset(id)? {
                    remove(tx, &asset)?;
                }
            }
            Ok(())
        })?;
        self.remove_orphans()
    }

    /// Removes bytes whose rows are gone.
    pub(crate) fn remove_orphans(&self) -> Result<(), LibraryError> {
        let _clearing = self.clearing.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let keys = self.read(|tx| Ok(tx.orphaned_keys(ORPHAN_BATCH)?))?;
            if keys.is_empty() {
                return Ok(());
            }
            for key in &keys {
                self.blobs.remove(key)?;
            }
            self.write(Durability::Relaxed, move |tx| {
                for key in &keys {
                    tx.forget_orphan(key)?;
                }
                Ok(())
            })?;
        }
    }
}
