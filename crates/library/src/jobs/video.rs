//! An MP4 that every browser plays, for videos that are not one.

use std::sync::atomic::{AtomicBool, Ordering};

use super::JobError;
use super::workers::Toolbox;
use crate::library::Library;
use crate::model::{Asset, Job};
use crate::renditions::video_key;
use crate::store::Durability;

/// Set when the node stops: a transcoding may take an hour, stopping may not.
static STOPPING: AtomicBool = AtomicBool::new(false);

/// Ends the running transcoding; its job waits for the next start.
pub(super) fn interrupt() {
    STOPPING.store(true, Ordering::SeqCst);
}

pub(super) fn run(library: &Library, toolbox: &Toolbox, job: &Job) -> Result<(), JobError> {
    STOPPING.store(false, Ordering::SeqCst);
    let job_id = job.id;
    let Some(asset) = library.read(|tx| Ok(tx.asset(job.asset_id)?))? else {
        return Ok(library.write(Durability::Relaxed, move |tx| Ok(tx.finish_job(job_id)?))?);
    };
    let file = library.original_file(&asset)?;
    if let Ok(false) = tintype_media::video::needs_transcoding(&toolbox.tools, file.path()) {
        // Every browser plays it as it is.
        return Ok(library.write(Durability::Relaxed, move |tx| Ok(tx.finish_job(job_id)?))?);
    }
    let key = video_key(asset.owner_id, asset.id);
    let output = library.blobs.local_output(&key)?;
    let made = tintype_media::video::transcode(&toolbox.tools, file.path(), &output, &STOPPING);
    if let Err(error) = made {
        // What ffmpeg left half-written is of no use.
        let _ = std::fs::remove_file(&output);
        return Err(error.into());
    }
    library.blobs.keep(&output, &key)?;
    library.write(Durability::Relaxed, move |tx| {
        // Another original, or another content in the same place, has a job of its own.
        if let Some(mut asset) = tx.asset(asset.id)?.filter(|now| is_unchanged(&asset, now)) {
            asset.is_encoded = true;
            tx.update_asset(&asset)?;
        }
        Ok(tx.finish_job(job_id)?)
    })?;
    Ok(())
}

/// Whether an asset has the content that it had before. The checksum of one in place names its place and not its content.
fn is_unchanged(before: &Asset, now: &Asset) -> bool {
    let look = |asset: &Asset| asset.is_in_place().then_some((asset.file_modified_at, asset.size_bytes));
    now.checksum == before.checksum && look(now) == look(before)
}

#[cfg(test)]
mod tests {
    use tintype_protocol::checksum::Sha1;
    use tintype_protocol::id::LibraryId;
    use tintype_protocol::time::Timestamp;

    use super::*;
    use crate::replica::tests::asset;

    #[test]
    fn a_file_in_place_that_changed_meanwhile_is_not_taken_for_transcoded() {
        let own = asset();
        let in_place =
            Asset { library_id: Some(LibraryId::from(own.id.0)), original_path: "/videos/a.mov".to_owned(), ..asset() };
        assert!(in_place.is_in_place() && !own.is_in_place());
        let later =
            |before: &Asset| Asset { file_modified_at: Timestamp(before.file_modified_at.0 + 1), ..before.clone() };
        let longer = |before: &Asset| Asset { size_bytes: before.size_bytes + 1, ..before.clone() };
        let other = |before: &Asset| Asset { checksum: Sha1([0xaa; 20]), ..before.clone() };
        // The checksum names the place: one that is the same says nothing of the bytes there.
        for (now, expected) in
            [(in_place.clone(), true), (later(&in_place), false), (longer(&in_place), false), (other(&in_place), false)]
        {
            assert_eq!(is_unchanged(&in_place, &now), expected, "{now:?}");
        }
        // Of the library's own bytes, the checksum says all.
        for (now, expected) in [(own.clone(), true), (later(&own), true), (other(&own), false)] {
            assert_eq!(is_unchanged(&own, &now), expected, "{now:?}");
        }
    }
}
