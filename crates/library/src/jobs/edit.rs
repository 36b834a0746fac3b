//! Pictures of an edited asset.

use tintype_media::sniff::sniff;

use super::JobError;
use super::thumbnail::head;
use super::workers::Toolbox;
use crate::edits::release_edited;
use crate::library::Library;
use crate::model::{Edit, Job, picture_edits};
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
    let file = library.blobs.local(&asset.original_path)?;
    let container = sniff(&head(&file.path)?);
    let edits: Vec<_> = found.1.iter().map(|edit| edit.edit).collect();
    let changes = picture_edits(first.plain_size, &edits);
    let made = toolbox.renderer.render_edited(&file.path, container, &changes)?;
    for (rendition, bytes) in [
        (Rendition::EditedThumbnail, &made.thumbnail),
        (Rendition::EditedPreview, &made.preview),
        (Rendition::EditedFullSize, &made.full),
    ] {
        library.blobs.put(&rendition.key(asset.owner_id, asset.id), bytes)?;
    }
    let rendered: Vec<_> = found.1.iter().map(|edit: &Edit| edit.id).collect();
    let (owner, id) = (asset.owner_id, asset.id);
    let is_current = library.write(Durability::Relaxed, move |tx| {
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
    })?;
    library.remove_orphans()?;
    if is_current {
        library.listeners.tell(&News::Edited { owner, asset: id });
    }
    Ok(())
}
