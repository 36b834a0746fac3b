//! Another content for an asset that is there (generation 2). What it was before goes to the trash as an asset of its own.

use tintype_protocol::id::AssetId;
use tintype_protocol::model::{AssetStatus, AssetType};
use tintype_protocol::permission::Permission;

use super::{Added, Checked, Upload, check, fits};
use crate::assets::own_kept;
use crate::edits::{release_edited, show_faces};
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Asset, Exif, JobKind, NewAsset};
use crate::recorder::Change;
use crate::sessions::Caller;
use crate::store::{Ledger, NewContent, NewJob, StoreError, Write};

impl Library {
    /// Gives an asset another content. Answers the asset that keeps the old one, in the trash; or the asset that has the
    /// content already.
    pub fn replace_content(&self, caller: &Caller, id: AssetId, mut upload: Upload) -> Result<Added, LibraryError> {
        let checked = check(&upload)?;
        self.read(|tx| own_kept(tx, caller, id, Permission::AssetReplace))?;
        if let Some(known) = self.known_content(upload.owner, &upload.file.sha1)? {
            return Ok(Added::Duplicate(known));
        }
        self.check_quota(upload.owner, upload.file.size_bytes)?;
        let key = self.file_original(&mut upload)?;
        let sidecar = match self.file_sidecar(&mut upload, &key) {
            Ok(sidecar) => sidecar,
            Err(error) => {
                self.take_back(vec![key]);
                return Err(error);
            }
        };
        let keys = [Some(key.clone()), sidecar.clone()].into_iter().flatten().collect();
        let kept = self.new_id().into();
        let content = content(&upload, &checked, key);
        let (caller, owner, checksum) = (caller.clone(), upload.owner, upload.file.sha1);
        let outcome = self.change(move |tx| {
            let asset = own_kept(tx.as_read(), &caller, id, Permission::AssetReplace)?;
            exchange(tx, &asset, &content, sidecar, kept)?;
            Ok((Added::Created(kept), vec![Change::AssetAdded(id)]))
        });
        if outcome.is_err() {
            self.take_back(keys);
        }
        self.signal.ring();
        match outcome {
            Err(LibraryError::Store(StoreError::Conflict(what))) => match self.known_content(owner, &checksum)? {
                Some(known) => Ok(Added::Duplicate(known)),
                None => Err(LibraryError::Store(StoreError::Conflict(what))),
            },
            // Edited pictures are gone before new ones can be put under the same keys.
            Ok(added) => self.remove_orphans().map(|()| added),
            other => other,
        }
    }
}

fn content(upload: &Upload, checked: &Checked, key: String) -> NewContent {
    NewContent {
        checksum: upload.file.sha1,
        asset_type: checked.asset_type,
        original_name: super::naming::shown_name(&upload.name),
        original_path: key,
        media_type: checked.media_type.to_owned(),
        size_bytes: checked.size_bytes,
        device_asset_id: upload.device_asset_id.clone(),
        device_id: upload.device_id.clone(),
        file_created_at: upload.file_created_at,
        file_modified_at: upload.file_modified_at,
        duration_ms: upload.duration_ms,
    }
}

fn exchange(
    tx: &mut dyn Write,
    asset: &Asset,
    content: &NewContent,
    sidecar: Option<String>,
    kept: AssetId,
) -> Result<(), LibraryError> {
    if asset.is_in_place() {
        return Err(LibraryError::invalid(
            "The original lies in an indexed folder, where it is only read: replace it there",
        ));
    }
    let user = tx.user(asset.owner_id)?.ok_or(LibraryError::Unauthenticated("Invalid user token"))?;
    fits(&user, u64::try_from(content.size_bytes).unwrap_or(0))?;
    if tx.is_remote(asset.id)? {
        // What it was before could not be kept: it is not here.
        return Err(LibraryError::invalid("The original lies on another server: replace it there"));
    }
    if content.asset_type != AssetType::Video && !tx.stills_of(asset.id)?.is_empty() {
        return Err(LibraryError::invalid("The motion part of a live photo must be a video"));
    }
    let known = tx.exif(asset.id)?;
    let mut old = asset.clone();
    if let Some(edit) = tx.edits(asset.id)?.first() {
        (old.width, old.height) = (Some(edit.plain_size.0), Some(edit.plain_size.1));
        tx.replace_edits(asset, &[])?;
        release_edited(tx, asset)?;
    }
    tx.replace_content(asset, content)?;
    tx.release_key(&content.original_path)?;
    take_sidecar(tx, asset.id, sidecar)?;
    // Nothing is cut off any more.
    show_faces(tx, asset, |_| true)?;
    // What people said, and what was read on it, was about the other picture.
    tx.delete_ocr_rows(asset.id)?;
    let fresh = Exif { file_size_bytes: Some(content.size_bytes), ..Exif::default() };
    tx.update_exif(asset.id, &fresh)?;
    tx.add_usage(asset.owner_id, content.size_bytes)?;
    tx.note(&Ledger::Content {
        sha1: content.checksum,
        size_bytes: content.size_bytes,
        media_type: content.media_type.clone(),
    })?;
    tx.note(&Ledger::Wanted { sha1: content.checksum, owner: asset.owner_id })?;
    keep_in_trash(tx, &old, known, kept)?;
    for asset_id in [asset.id, kept] {
        tx.enqueue(NewJob { kind: JobKind::Metadata, asset_id, not_before: None })?;
    }
    Ok(())
}

/// The new sidecar, and no size: that of the new picture is read in the background.
fn take_sidecar(tx: &mut dyn Write, id: AssetId, sidecar: Option<String>) -> Result<(), LibraryError> {
    if let Some(key) = &sidecar {
        tx.release_key(key)?;
    }
    if let Some(mut asset) = tx.asset(id)? {
        asset.sidecar_path = sidecar;
        (asset.width, asset.height) = (None, None);
        tx.update_asset(&asset)?;
    }
    Ok(())
}

/// What an asset was before becomes an asset of its own, in the trash.
fn keep_in_trash(tx: &mut dyn Write, old: &Asset, known: Option<Exif>, id: AssetId) -> Result<(), LibraryError> {
    tx.insert_asset(&NewAsset {
        id,
        owner_id: old.owner_id,
        checksum: old.checksum,
        asset_type: old.asset_type,
        device_asset_id: old.device_asset_id.clone(),
        device_id: old.device_id.clone(),
        original_name: old.original_name.clone(),
        original_path: old.original_path.clone(),
        sidecar_path: old.sidecar_path.clone(),
        media_type: old.media_type.clone(),
        size_bytes: old.size_bytes,
        file_created_at: old.file_created_at,
        file_modified_at: old.file_modified_at,
        duration_ms: old.duration_ms,
        is_favorite: old.is_favorite,
        visibility: old.visibility,
        // The motion part belongs to the old still, and goes where it goes.
        live_photo_video_id: old.live_photo_video_id,
    })?;
    tx.move_stored_form(old.id, id)?;
    if let Some(known) = known {
        tx.update_exif(id, &known)?;
    }
    if let Some(mut kept) = tx.asset(id)? {
        (kept.local_date_time, kept.width, kept.height) = (old.local_date_time, old.width, old.height);
        kept.status = AssetStatus::Trashed;
        kept.deleted_at = Some(tx.now());
        tx.update_asset(&kept)?;
    }
    Ok(())
}
