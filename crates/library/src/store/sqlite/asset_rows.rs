//! Columns of assets and of what is known about them.

use tintype_protocol::id::AssetId;

use super::value::Columns;
use crate::feed::{AssetRow, ExifRow};
use crate::model::{Asset, Exif};

/// Columns of [`read_asset`], of the table called `a`.
pub(super) const ASSET_COLUMNS: &str = "a.id, a.owner_id, a.library_id, a.checksum, a.type, a.device_asset_id, \
    a.device_id, a.original_name, a.original_path, a.sidecar_path, a.media_type, a.size_bytes, a.file_created_at, \
    a.file_modified_at, a.local_date_time, a.duration_ms, a.is_favorite, a.visibility, a.live_photo_video_id, \
    a.stack_id, a.width, a.height, a.thumbhash, a.is_rendered, a.is_encoded, a.is_edited, a.is_offline, a.status, \
    a.deleted_at, a.created_at, a.updated_at";

/// Columns of [`read_exif`], of the table called `e`.
pub(super) const EXIF_COLUMNS: &str = "e.asset_id, e.description, e.image_width, e.image_height, e.file_size_bytes, \
    e.orientation, e.date_time_original, e.modify_date, e.time_zone, e.latitude, e.longitude, e.projection_type, e.city, \
    e.state, e.country, e.make, e.model, e.lens_model, e.f_number, e.focal_length, e.iso, e.exposure_time, \
    e.profile_description, e.rating, e.fps";

/// Columns that only [`read_exif`] needs, behind [`EXIF_COLUMNS`].
pub(super) const EXIF_REST: &str = "e.live_photo_cid, e.auto_stack_id, e.locked";

/// Columns of [`asset_row`], of the table called `a`.
pub(super) const ASSET_FEED_COLUMNS: &str = "a.id, a.owner_id, a.original_name, a.file_created_at, \
    a.file_modified_at, a.local_date_time, a.type, a.deleted_at, a.is_favorite, a.visibility, a.duration_ms, \
    a.live_photo_video_id, a.stack_id, a.library_id, a.width, a.height, a.is_edited, a.checksum, a.thumbhash, a.created_at";

pub(super) fn read_asset(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Asset> {
    Ok(Asset {
        id: columns.id()?,
        owner_id: columns.id()?,
        library_id: columns.maybe_id()?,
        checksum: columns.sha1()?,
        asset_type: columns.name()?,
        device_asset_id: columns.string()?,
        device_id: columns.string()?,
        original_name: columns.string()?,
        original_path: columns.string()?,
        sidecar_path: columns.maybe_string()?,
        media_type: columns.string()?,
        size_bytes: columns.integer()?,
        file_created_at: columns.time()?,
        file_modified_at: columns.time()?,
        local_date_time: columns.time()?,
        duration_ms: columns.maybe_small()?,
        is_favorite: columns.flag()?,
        visibility: columns.name()?,
        live_photo_video_id: columns.maybe_id()?,
        stack_id: columns.maybe_id()?,
        width: columns.maybe_small()?,
        height: columns.maybe_small()?,
        thumbhash: columns.maybe_bytes()?.map(<[u8]>::to_vec),
        is_rendered: columns.flag()?,
        is_encoded: columns.flag()?,
        is_edited: columns.flag()?,
        is_offline: columns.flag()?,
        status: columns.name()?,
        deleted_at: columns.maybe_time()?,
        created_at: columns.time()?,
        updated_at: columns.time()?,
    })
}

pub(super) fn read_exif(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Exif> {
    let row = exif_row(columns)?;
    let text = |value: Option<&str>| value.map(str::to_owned);
    Ok(Exif {
        description: row.description.to_owned(),
        image_width: row.image_width,
        image_height: row.image_height,
        file_size_bytes: row.file_size_bytes,
        orientation: row.orientation,
        date_time_original: row.date_time_original,
        modify_date: row.modify_date,
        time_zone: text(row.time_zone),
        latitude: row.latitude,
        longitude: row.longitude,
        projection_type: text(row.projection_type),
        city: text(row.city),
        state: text(row.state),
        country: text(row.country),
        make: text(row.make),
        model: text(row.model),
        lens_model: text(row.lens_model),
        f_number: row.f_number,
        focal_length: row.focal_length,
        iso: row.iso,
        exposure_time: text(row.exposure_time),
        profile_description: text(row.profile_description),
        rating: row.rating,
        fps: row.fps,
        live_photo_cid: columns.maybe_string()?,
        auto_stack_id: columns.maybe_string()?,
        locked: columns.small()?,
    })
}

pub(super) fn asset_row<'r>(columns: &mut Columns<'r, '_>) -> rusqlite::Result<AssetRow<'r>> {
    Ok(AssetRow {
        id: columns.id()?,
        owner_id: columns.id()?,
        original_name: columns.text()?,
        file_created_at: columns.time()?,
        file_modified_at: columns.time()?,
        local_date_time: columns.time()?,
        asset_type: columns.name()?,
        deleted_at: columns.maybe_time()?,
        is_favorite: columns.flag()?,
        visibility: columns.name()?,
        duration_ms: columns.maybe_small()?,
        live_photo_video_id: columns.maybe_id()?,
        stack_id: columns.maybe_id()?,
        library_id: columns.maybe_id()?,
        width: columns.maybe_small()?,
        height: columns.maybe_small()?,
        is_edited: columns.flag()?,
        checksum: columns.sha1()?,
        thumbhash: columns.maybe_bytes()?,
        created_at: columns.time()?,
    })
}

pub(super) fn exif_row<'r>(columns: &mut Columns<'r, '_>) -> rusqlite::Result<ExifRow<'r>> {
    Ok(ExifRow {
        asset_id: columns.id::<AssetId>()?,
        description: columns.text()?,
        image_width: columns.maybe_small()?,
        image_height: columns.maybe_small()?,
        file_size_bytes: columns.maybe_integer()?,
        orientation: columns.maybe_small()?,
        date_time_original: columns.maybe_time()?,
        modify_date: columns.maybe_time()?,
        time_zone: columns.maybe_text()?,
        latitude: columns.maybe_real()?,
        longitude: columns.maybe_real()?,
        projection_type: columns.maybe_text()?,
        city: columns.maybe_text()?,
        state: columns.maybe_text()?,
        country: columns.maybe_text()?,
        make: columns.maybe_text()?,
        model: columns.maybe_text()?,
        lens_model: columns.maybe_text()?,
        f_number: columns.maybe_real()?,
        focal_length: columns.maybe_real()?,
        iso: columns.maybe_small()?,
        exposure_time: columns.maybe_text()?,
        profile_description: columns.maybe_text()?,
        rating: columns.maybe_small()?,
        fps: columns.maybe_real()?,
    })
}
