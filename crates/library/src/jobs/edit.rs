//! Pictures of an edited asset.

use std::sync::PoisonError;

use tintype_media::pictures::EditedRenditions;
use tintype_media::sniff::sniff;
use tintype_protocol::id::EditId;

use super::JobError;
use super::thumbnail::head;
use super::workers::Toolbox;
use crate::edits::release_edited;
use crate::library::Library;
use crate::model::{Asset, Edit, Job, picture_edits};
use crate::news::News;
use crate::renditions::Rendition;
use crate::store::Durability;

pub(super) fn run(library: &Library, toolbox: &Toolbox, job: &Job) -> Result<(), JobError> {
    let job_id = job.id;
    let found = library.read(|tx| Ok((tx.asset(job.asset_id)?, tx.edits(job.asset_id)?)))?;
    let (Some(asset), [first, ..]) = (found.0, found.1.as_slice()) else {
        // Deleted or taken back meanwhile.
        return Ok(library.write(Durability::Relaxed, move |tx| Ok(tx.finish_job(job_id)?))?);
    };
    let file = library.original_file(&asset)?;
    let container = sniff(&head(file.path())?);
    let edits: Vec<_> = found.1.iter().map(|edit| edit.edit).collect();
    let changes = picture_edits(first.plain_size, &edits);
    let made = toolbox.renderer.render_edited(file.path(), container, &changes)?;
    let rendered: Vec<_> = found.1.iter().map(|edit: &Edit| edit.id).collect();
    let (owner, id) = (asset.owner_id, asset.id);
    let is_current = keep(library, job_id, asset, rendered, made)?;
    library.remove_orphans()?;
    if is_current {
        library.listeners.tell(&News::Edited { owner, asset: id });
    }
    Ok(())
}

/// Keeps the files and finishes the job. Answers whether the edits are still those that were rendered.
fn keep(
    library: &Library,
    job_id: i64,
    asset: Asset,
    rendered: Vec<EditId>,
    made: EditedRenditions,
) -> Result<bool, JobError> {
    // Earlier edits may have given these keys away: nobody must clear away what is put there now.
    let _clearing = library.clearing.lock().unwrap_or_else(PoisonError::into_inner);
    let (owner, id) = (asset.owner_id, asset.id);
    let keys = Rendition::EDITED.map(|rendition| rendition.key(owner, id));
    library.write(Durability::Relaxed, move |tx| Ok(keys.iter().try_for_each(|key| tx.forget_orphan(key))?))?;
    for (rendition, bytes) in [
        (Rendition::EditedThumbnail, &made.thumbnail),
        (Rendition::EditedPreview, &made.preview),
        (Rendition::EditedFullSize, &made.full),
    ] {
        library.blobs.put(&rendition.key(owner, id), bytes)?;
    }
    Ok(library.write(Durability::Relaxed, move |tx| {
        // Edits that came meanwhile have a job of their own; if there are none left, nobody wants these files.
        let now: Vec<_> = tx.edits(id)?.iter().map(|edit| edit.id).collect();
        let is_current = now == rendered;
        match tx.asset(id)? {
            Some(mut asset) if is_current => {
                asset.thumbhash = Some(made.thumbhash);
                tx.update_asset(&asset)?;
            }
            _ if now.is_empty() => release_edited(tx, &asset)?,
            _ => {}
        }
        tx.finish_job(job_id)?;
        Ok(is_current)
    })?)
}
