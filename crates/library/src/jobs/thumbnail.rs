//! Thumbnail, preview and thumbhash.

use tintype_media::sniff::sniff;

use super::JobError;
use super::workers::Toolbox;
use crate::fetching::sources;
use crate::library::Library;
use crate::model::Job;
use crate::news::News;
use crate::renditions::Rendition;
use crate::store::Durability;

/// First bytes read to recognise the file.
const HEAD_BYTES: usize = tintype_media::sniff::HEAD_BYTES;

pub(super) fn run(library: &Library, toolbox: &Toolbox, job: &Job) -> Result<(), JobError> {
    let job_id = job.id;
    let Some(asset) = library.read(|tx| Ok(tx.asset(job.asset_id)?))? else {
        return Ok(library.write(Durability::Relaxed, move |tx| Ok(tx.finish_job(job_id)?))?);
    };
    let file = library.original_file(&asset)?;
    let container = sniff(&head(file.path())?);
    let made = toolbox.renderer.render(file.path(), container)?;
    library.blobs.put(&Rendition::Thumbnail.key(asset.owner_id, asset.id), &made.thumbnail)?;
    library.blobs.put(&Rendition::Preview.key(asset.owner_id, asset.id), &made.preview)?;
    let (owner, id, is_first) = (asset.owner_id, asset.id, !asset.is_rendered);
    library.write(Durability::Relaxed, move |tx| {
        // Another original has a job of its own.
        if let Some(mut asset) = tx.asset(asset.id)?.filter(|now| now.checksum == asset.checksum) {
            asset.is_rendered = true;
            // Edited pictures have a placeholder of their own.
            // What an upstream says stays: it would say it again.
            let is_said = asset.thumbhash.is_some() && !sources(tx.as_read(), &asset)?.is_empty();
            if !asset.is_edited && !is_said {
                asset.thumbhash = Some(made.thumbhash);
            }
            // Formats whose metadata says nothing of the size are measured by decoding them.
            asset.width = asset.width.or(Some(made.width));
            asset.height = asset.height.or(Some(made.height));
            tx.update_asset(&asset)?;
        }
        Ok(tx.finish_job(job_id)?)
    })?;
    library.listeners.tell(&News::Rendered { owner, asset: id, is_first });
    Ok(())
}

pub(super) fn head(path: &std::path::Path) -> Result<Vec<u8>, std::io::Error> {
    use std::io::Read as _;
    let mut bytes = Vec::with_capacity(HEAD_BYTES);
    std::fs::File::open(path)?.take(HEAD_BYTES as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
