//! The transactions in which files of indexed folders become assets, and assets follow them.

use tintype_protocol::id::AssetId;
use tintype_protocol::model::{AssetStatus, Visibility};
use tintype_protocol::time::Timestamp;

use super::{FileInPlace, absolute, place_checksum};
use crate::error::LibraryError;
use crate::model::{Asset, FolderFile, JobKind, NewAsset};
use crate::store::{Ledger, NewJob, Place, Write};
use crate::uploads::Recognised;

/// Says to clients that no device of theirs brought the asset.
const DEVICE: &str = "index";
/// Where the original of an asset is said to be whose file is gone while another one has taken its place: below the
/// folder, in this one, which nobody makes.
const GONE: &str = ".tintype-gone";

fn place_of(file: &FileInPlace) -> Place {
    let path = file.absolute();
    Place {
        library: file.library,
        checksum: place_checksum(&path),
        path,
        name: file.name(),
        size_bytes: i64::try_from(file.stamp.size_bytes).unwrap_or(i64::MAX),
    }
}

/// When the file was last changed, as whole milliseconds.
fn modified_at(file: &FileInPlace) -> Timestamp {
    Timestamp(file.stamp.modified_ns.div_euclid(1_000_000))
}

/// Another asset whose file was at this place, and is not any more, gives it up: no two may show the same checksum.
pub(super) fn vacate(tx: &mut dyn Write, file: &FileInPlace, id: AssetId) -> Result<(), LibraryError> {
    let holder = tx.asset_in_place(&file.absolute())?.filter(|holder| *holder != id);
    let Some(holder) = holder.map(|holder| tx.asset(holder)).transpose()?.flatten() else { return Ok(()) };
    if holder.library_id != Some(file.library) {
        return Err(LibraryError::invalid("The file belongs to another library"));
    }
    let path = absolute(&file.root, &format!("{GONE}/{}/{}", holder.id, file.path));
    let place = Place {
        library: file.library,
        checksum: place_checksum(&path),
        path,
        name: holder.original_name,
        size_bytes: holder.size_bytes,
    };
    Ok(tx.set_in_place(holder.id, &place)?)
}

/// The place that an asset has given up.
pub(super) fn place_before(asset: &Asset) -> Option<String> {
    let (root, path) = asset.original_path.split_once(&format!("/{GONE}/{}/", asset.id))?;
    Some(absolute(root, path))
}

pub(super) fn insert(
    tx: &mut dyn Write,
    file: &FileInPlace,
    found: &Recognised,
    id: AssetId,
) -> Result<(), LibraryError> {
    let (place, modified) = (place_of(file), modified_at(file));
    tx.insert_asset(&NewAsset {
        id,
        owner_id: file.owner,
        checksum: place.checksum,
        asset_type: found.asset_type,
        device_asset_id: place.name.clone(),
        device_id: DEVICE.to_owned(),
        original_name: place.name.clone(),
        original_path: place.path.clone(),
        sidecar_path: None,
        media_type: found.media_type.to_owned(),
        size_bytes: place.size_bytes,
        file_created_at: modified,
        file_modified_at: modified,
        duration_ms: None,
        is_favorite: false,
        visibility: Visibility::Timeline,
        live_photo_video_id: None,
    })?;
    tx.set_in_place(id, &place)?;
    tx.note(&Ledger::Wanted { sha1: place.checksum, owner: file.owner })?;
    Ok(tx.enqueue(NewJob { kind: JobKind::Metadata, asset_id: id, not_before: None })?)
}

/// The asset is what the file is now. What people said of it stays.
pub(super) fn follow(
    tx: &mut dyn Write,
    file: &FileInPlace,
    found: &Recognised,
    row: &FolderFile,
    asset: Asset,
) -> Result<(), LibraryError> {
    let is_changed = row.indexed.is_none_or(|indexed| indexed.sha1 != file.sha1);
    tx.set_in_place(asset.id, &place_of(file))?;
    let mut asset = asset;
    if asset.is_offline && asset.status == AssetStatus::Trashed {
        (asset.status, asset.deleted_at) = (AssetStatus::Active, None);
    }
    asset.is_offline = false;
    if is_changed {
        asset.asset_type = found.asset_type;
        asset.media_type = found.media_type.to_owned();
        asset.file_modified_at = modified_at(file);
        // Of the content before.
        asset.is_encoded = false;
        if !asset.is_edited {
            (asset.width, asset.height) = (None, None);
        }
    }
    tx.update_asset(&asset)?;
    // A job that did not find the file where it was, or that began before it moved, leaves nothing behind.
    let is_due = !asset.is_rendered || tx.has_jobs(asset.id)? || tx.has_failed_jobs(asset.id)?;
    if is_changed || is_due {
        let mut queue = |kind| tx.enqueue(NewJob { kind, asset_id: asset.id, not_before: None });
        queue(JobKind::Metadata)?;
        if asset.is_edited {
            queue(JobKind::Edit)?;
        }
    }
    Ok(())
}
