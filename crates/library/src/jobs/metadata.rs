//! Reading a file's metadata into its rows (http-api §9).

use tintype_media::metadata::Metadata;
use tintype_media::places::Place;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::{AssetType, Visibility};
use tintype_protocol::time::Timestamp;

use super::JobError;
use super::motion;
use super::workers::Toolbox;
use crate::assets::follow_place;
use crate::in_place::sidecar_in_place;
use crate::library::Library;
use crate::model::{Asset, Exif, Job, JobKind, LockedField, edited_size};
use crate::store::{Durability, NewJob, Write};
use crate::uploads::hide_motion_part;
use crate::write_back::OwnWords;
use crate::{faces, tags};

pub(super) fn run(library: &Library, toolbox: &Toolbox, job: &Job) -> Result<(), JobError> {
    let Some(asset) = library.read(|tx| Ok(tx.asset(job.asset_id)?))? else {
        return finish(library, job.id);
    };
    let file = library.original_file(&asset)?;
    let sidecar = match &asset.sidecar_path {
        Some(key) => Some(library.blobs.local(key)?.path),
        // What lies beside a file in place is read where it is, too.
        None => asset.is_in_place().then(|| sidecar_in_place(file.path())).flatten(),
    };
    let found = toolbox.metadata.read(file.path(), &asset.original_name, sidecar.as_deref())?;
    let place = match (found.latitude, found.longitude) {
        (Some(latitude), Some(longitude)) => toolbox.places.nearest(latitude, longitude),
        _ => None,
    };
    let embedded = motion::extract(library, &asset, file.path())?;
    // Ids are made here, as the transaction runs elsewhere.
    let entropy = std::sync::Arc::clone(&library.entropy);
    let import_faces = library.settings.import_faces;
    let (job_id, tools) = (job.id, std::sync::Arc::clone(&toolbox.tools));
    let needs_transcoding = asset.asset_type == AssetType::Video
        && tintype_media::video::needs_transcoding(&tools, file.path()).unwrap_or(false);
    library.write(Durability::Relaxed, move |tx| {
        // Read again: a person may have changed something while the file was being read.
        // What another original said is of no use; the job was asked for again when the original was replaced.
        let current = tx.asset(asset.id)?.filter(|now| now.checksum == asset.checksum);
        if let (Some(asset), Some(exif)) = (current, tx.exif(asset.id)?) {
            let mut found = found;
            let own = OwnWords::of(tx.as_read(), asset.id)?;
            own.leave_out(&mut found, &exif, import_faces);
            if !exif.is_locked(LockedField::Tags) {
                let mut new_tag = || crate::clock::random_uuid(entropy.as_ref()).into();
                tags::take_from_file(tx, &asset, &found.tags, &mut new_tag)?;
            }
            if import_faces {
                let mut new_id = || crate::clock::random_uuid(entropy.as_ref());
                faces::take_from_file(tx, &asset, &found.faces, &mut new_id)?;
            }
            apply(tx, asset, &exif, &found, place.as_ref(), embedded, needs_transcoding)?;
        }
        Ok(tx.finish_job(job_id)?)
    })?;
    library.signal.ring();
    Ok(())
}

fn finish(library: &Library, id: i64) -> Result<(), JobError> {
    Ok(library.write(Durability::Relaxed, move |tx| Ok(tx.finish_job(id)?))?)
}

fn apply(
    tx: &mut dyn Write,
    mut asset: Asset,
    exif: &Exif,
    found: &Metadata,
    place: Option<&Place>,
    embedded: Option<AssetId>,
    needs_transcoding: bool,
) -> Result<(), crate::error::LibraryError> {
    let known = known_now(exif, &asset, found, place);
    let date_is_locked = exif.is_locked(LockedField::DateTimeOriginal) || exif.is_locked(LockedField::TimeZone);
    if !date_is_locked {
        match &found.captured {
            Some(captured) => {
                asset.file_created_at = Timestamp(captured.instant_ms);
                asset.local_date_time = Timestamp(captured.local_ms);
            }
            // Without a date in the file, the earliest of what the device said.
            None => {
                let earliest = asset.file_created_at.min(asset.file_modified_at);
                (asset.file_created_at, asset.local_date_time) = (earliest, earliest);
            }
        }
    }
    let mut known = Exif { date_time_original: known.date_time_original.or(Some(asset.file_created_at)), ..known };
    follow_place(&mut known, &mut asset);
    if let Some(plain) = found.displayed_size() {
        let edits: Vec<_> = tx.edits(asset.id)?.iter().map(|edit| edit.edit).collect();
        let (width, height) = edited_size(plain, &edits);
        (asset.width, asset.height) = (Some(width), Some(height));
    }
    asset.duration_ms = found.duration_ms;
    asset.live_photo_video_id = asset.live_photo_video_id.or(embedded);
    tx.update_exif(asset.id, &known)?;
    join_live_photo(tx, &mut asset, &known)?;
    tx.update_asset(&asset)?;
    hide_motion_part(tx, asset.live_photo_video_id)?;
    if asset.visibility != Visibility::Hidden {
        tx.enqueue(NewJob { kind: JobKind::Thumbnail, asset_id: asset.id, not_before: None })?;
    }
    if needs_transcoding && !asset.is_encoded {
        tx.enqueue(NewJob { kind: JobKind::Video, asset_id: asset.id, not_before: None })?;
    }
    Ok(())
}

/// What is known after reading the file; what a person set stays.
fn known_now(old: &Exif, asset: &Asset, found: &Metadata, place: Option<&Place>) -> Exif {
    let keeps = |field| old.is_locked(field);
    let place = place.cloned().unwrap_or(Place { city: None, state: None, country: None });
    let mut new = Exif {
        description: found.description.clone(),
        image_width: found.width,
        image_height: found.height,
        file_size_bytes: Some(asset.size_bytes),
        orientation: found.orientation,
        date_time_original: found.captured.as_ref().map(|captured| Timestamp(captured.instant_ms)),
        modify_date: Some(asset.file_modified_at),
        time_zone: found.time_zone.clone(),
        latitude: found.latitude,
        longitude: found.longitude,
        projection_type: found.projection_type.clone(),
        city: place.city,
        state: place.state,
        country: place.country,
        make: found.make.clone(),
        model: found.model.clone(),
        lens_model: found.lens_model.clone(),
        f_number: found.f_number,
        focal_length: found.focal_length,
        iso: found.iso,
        exposure_time: found.exposure_time.clone(),
        profile_description: found.profile_description.clone(),
        rating: found.rating,
        fps: found.fps,
        live_photo_cid: found.live_photo_cid.clone(),
        auto_stack_id: found.auto_stack_id.clone(),
        locked: old.locked,
    };
    if keeps(LockedField::Description) {
        new.description.clone_from(&old.description);
    }
    if keeps(LockedField::Rating) {
        new.rating = old.rating;
    }
    if keeps(LockedField::DateTimeOriginal) {
        new.date_time_original = old.date_time_original;
    }
    if keeps(LockedField::TimeZone) {
        new.time_zone.clone_from(&old.time_zone);
    }
    if keeps(LockedField::Position) {
        (new.latitude, new.longitude) = (old.latitude, old.longitude);
        (new.city, new.state, new.country) = (old.city.clone(), old.state.clone(), old.country.clone());
    }
    new
}

/// Still and video of one Apple live photo name the same content identifier: whichever comes second joins them.
fn join_live_photo(tx: &mut dyn Write, asset: &mut Asset, known: &Exif) -> Result<(), crate::error::LibraryError> {
    let Some(identifier) = &known.live_photo_cid else { return Ok(()) };
    let Some(mut other) = tx.live_photo_partner(asset, identifier)? else { return Ok(()) };
    if asset.asset_type == AssetType::Image {
        if asset.live_photo_video_id.is_none() {
            asset.live_photo_video_id = Some(other.id);
            leave_albums(tx, other.id)?;
        }
        return Ok(());
    }
    if other.live_photo_video_id.is_none() {
        other.live_photo_video_id = Some(asset.id);
        tx.update_asset(&other)?;
        if asset.visibility == Visibility::Timeline {
            asset.visibility = Visibility::Hidden;
        }
        leave_albums(tx, asset.id)?;
    }
    Ok(())
}

fn leave_albums(tx: &mut dyn Write, id: AssetId) -> Result<(), crate::error::LibraryError> {
    for album in tx.albums_with_asset(id)? {
        tx.remove_album_asset(album, id)?;
    }
    Ok(())
}
