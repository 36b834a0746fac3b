//! Assets in the form of the sync stream, which the websocket sends, too.

use std::borrow::Cow;

use tintype_library::feed::{AssetRow, ExifRow};
use tintype_library::model::Edit;
use tintype_protocol::bytes::append_base64;
use tintype_protocol::id::UserId;
use tintype_protocol::sync::AssetEditV1;
use tintype_protocol::sync::{AssetExifV1, AssetV1, LineDuration, Number};

/// An asset as `viewer` may see it. `thumbhash` lends the room for its text.
pub(crate) fn asset<'r>(
    row: &AssetRow<'r>,
    viewer: UserId,
    is_second_generation: bool,
    thumbhash: &'r mut String,
) -> AssetV1<'r> {
    thumbhash.clear();
    let thumbhash = row.thumbhash.map(|bytes| {
        append_base64(bytes, thumbhash);
        thumbhash.as_str()
    });
    let duration =
        if is_second_generation { LineDuration::Millis(row.duration_ms) } else { LineDuration::Text(row.duration_ms) };
    AssetV1 {
        id: row.id,
        owner_id: row.owner_id,
        original_file_name: row.original_name.into(),
        file_created_at: row.file_created_at,
        file_modified_at: row.file_modified_at,
        local_date_time: row.local_date_time,
        asset_type: row.asset_type,
        deleted_at: row.deleted_at,
        // What its owner likes is the owner's business.
        is_favorite: row.is_favorite && row.owner_id == viewer,
        visibility: row.visibility,
        duration,
        live_photo_video_id: row.live_photo_video_id,
        stack_id: row.stack_id,
        library_id: row.library_id,
        width: Some(row.width),
        height: Some(row.height),
        is_edited: Some(row.is_edited),
        checksum: row.checksum,
        thumbhash: thumbhash.map(Cow::from),
        created_at: is_second_generation.then_some(row.created_at),
    }
}

/// What is known about an asset. `digit` lends the room for the orientation's text.
pub(crate) fn exif<'r>(row: &ExifRow<'r>, digit: &'r mut [u8; 4]) -> AssetExifV1<'r> {
    let orientation = row.orientation.map(|orientation| char::from(b'0' + orientation.min(9)));
    AssetExifV1 {
        asset_id: row.asset_id,
        description: row.description.into(),
        exif_image_width: row.image_width,
        exif_image_height: row.image_height,
        file_size_in_byte: row.file_size_bytes,
        orientation: orientation.map(|character| Cow::from(&*character.encode_utf8(digit))),
        date_time_original: row.date_time_original,
        modify_date: row.modify_date,
        time_zone: row.time_zone.map(Cow::from),
        latitude: row.latitude.map(Number),
        longitude: row.longitude.map(Number),
        projection_type: row.projection_type.map(Cow::from),
        city: row.city.map(Cow::from),
        state: row.state.map(Cow::from),
        country: row.country.map(Cow::from),
        make: row.make.map(Cow::from),
        model: row.model.map(Cow::from),
        lens_model: row.lens_model.map(Cow::from),
        f_number: row.f_number.map(Number),
        focal_length: row.focal_length.map(Number),
        iso: row.iso,
        exposure_time: row.exposure_time.map(Cow::from),
        profile_description: row.profile_description.map(Cow::from),
        rating: row.rating,
        fps: row.fps.map(Number),
    }
}

/// An edit.
pub(crate) fn edit(row: &Edit) -> AssetEditV1 {
    AssetEditV1 { id: row.id, asset_id: row.asset_id, sequence: row.sequence, edit: row.edit }
}
