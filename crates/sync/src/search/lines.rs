//! From answers of the API to the lines in which a stream would have said the same.

use std::borrow::Cow;

use tintype_client::{FoundAlbum, FoundAsset, FoundExif, FoundStack, FoundUser};
use tintype_library::model::Exif;
use tintype_library::replica::KnownAsset;
use tintype_protocol::bytes::base64;
use tintype_protocol::id::{AssetId, StackId, UserId};
use tintype_protocol::model::{AlbumRole, SortOrder, Visibility};
use tintype_protocol::sync::{AlbumUserV1, AlbumV1, AssetExifV1, AssetV1, LineDuration, Number, StackV1, UserV1};

/// An asset. When it came into the trash the API does not say: that is kept if it is known, else it is the time of the
/// last change, which is no earlier.
pub(crate) fn asset<'a>(found: &'a FoundAsset, known: Option<&KnownAsset>, stack: Option<StackId>) -> AssetV1<'a> {
    let deleted_at = known.and_then(|known| known.asset.deleted_at).unwrap_or(found.updated_at);
    AssetV1 {
        id: found.id,
        owner_id: found.owner_id,
        original_file_name: Cow::Borrowed(&found.original_file_name),
        file_created_at: found.file_created_at,
        file_modified_at: found.file_modified_at,
        local_date_time: found.local_date_time,
        asset_type: found.asset_type,
        deleted_at: found.is_trashed.then_some(deleted_at),
        is_favorite: found.is_favorite,
        visibility: found.visibility,
        duration: found.duration,
        live_photo_video_id: found.live_photo_video_id,
        stack_id: stack,
        library_id: found.library_id,
        width: Some(found.width),
        height: Some(found.height),
        is_edited: found.is_edited,
        checksum: found.checksum,
        thumbhash: found.thumbhash.as_deref().map(Cow::Borrowed),
        created_at: found.created_at,
    }
}

/// An asset that is still there and out of reach: somebody has locked it away.
pub(super) fn locked_away(id: AssetId, owner_id: UserId, known: &KnownAsset) -> AssetV1<'_> {
    let KnownAsset { asset, motion, .. } = known;
    AssetV1 {
        id,
        owner_id,
        original_file_name: Cow::Borrowed(&asset.original_name),
        file_created_at: asset.file_created_at,
        file_modified_at: asset.file_modified_at,
        local_date_time: asset.local_date_time,
        asset_type: asset.asset_type,
        deleted_at: asset.deleted_at,
        is_favorite: asset.is_favorite,
        visibility: Visibility::Locked,
        duration: LineDuration::Millis(asset.duration_ms),
        live_photo_video_id: *motion,
        stack_id: asset.stack_id,
        library_id: asset.library_id,
        width: Some(asset.width),
        height: Some(asset.height),
        is_edited: Some(asset.is_edited),
        checksum: asset.checksum,
        thumbhash: asset.thumbhash.as_deref().map(|hash| Cow::Owned(base64(hash))),
        created_at: Some(asset.created_at),
    }
}

/// What is known about an asset. Colour profile and frame rate stay as they are here: the API does not say them.
pub(crate) fn exif<'a>(asset_id: AssetId, found: &'a FoundExif, known: Option<&'a Exif>) -> AssetExifV1<'a> {
    fn text(value: Option<&String>) -> Option<Cow<'_, str>> {
        value.map(|text| Cow::Borrowed(text.as_str()))
    }
    AssetExifV1 {
        asset_id,
        description: text(found.description.as_ref()).unwrap_or_default(),
        exif_image_width: found.exif_image_width,
        exif_image_height: found.exif_image_height,
        file_size_in_byte: found.file_size_in_byte,
        orientation: text(found.orientation.as_ref()),
        date_time_original: found.date_time_original,
        modify_date: found.modify_date,
        time_zone: text(found.time_zone.as_ref()),
        latitude: found.latitude,
        longitude: found.longitude,
        projection_type: text(found.projection_type.as_ref()),
        city: text(found.city.as_ref()),
        state: text(found.state.as_ref()),
        country: text(found.country.as_ref()),
        make: text(found.make.as_ref()),
        model: text(found.model.as_ref()),
        lens_model: text(found.lens_model.as_ref()),
        f_number: found.f_number,
        focal_length: found.focal_length,
        iso: found.iso,
        exposure_time: text(found.exposure_time.as_ref()),
        profile_description: text(known.and_then(|known| known.profile_description.as_ref())),
        rating: found.rating,
        fps: known.and_then(|known| known.fps).map(Number),
    }
}

/// A stack. When it was made the API does not say; that was not after all that is in it changed last.
pub(super) fn stack(found: &FoundStack, owner_id: UserId) -> StackV1 {
    let at = found.assets.iter().map(|asset| asset.updated_at).min().unwrap_or_default();
    StackV1 { id: found.id, created_at: at, updated_at: at, primary_asset_id: found.primary_asset_id, owner_id }
}

/// Somebody on the server.
pub(super) fn user(found: &FoundUser) -> UserV1<'_> {
    UserV1 {
        id: found.id,
        name: Cow::Borrowed(&found.name),
        email: Cow::Borrowed(&found.email),
        avatar_color: found.avatar_color,
        deleted_at: None,
        profile_changed_at: found.profile_changed_at,
        has_profile_image: !found.profile_image_path.is_empty(),
    }
}

/// Everybody who takes part in an album, its owner included.
pub(super) fn people(found: &FoundAlbum) -> impl Iterator<Item = (&FoundUser, AlbumRole)> {
    let owner = found.owner.iter().map(|owner| (owner, AlbumRole::Owner));
    owner.chain(found.album_users.iter().map(|member| (&member.user, member.role)))
}

/// An album.
pub(super) fn album(found: &FoundAlbum) -> AlbumV1<'_> {
    AlbumV1 {
        id: found.id,
        owner_id: people(found).find(|(_, role)| *role == AlbumRole::Owner).map(|(owner, _)| owner.id),
        name: Cow::Borrowed(&found.album_name),
        description: Cow::Borrowed(found.description.as_deref().unwrap_or_default()),
        created_at: found.created_at,
        updated_at: found.updated_at,
        thumbnail_asset_id: found.album_thumbnail_asset_id,
        is_activity_enabled: found.is_activity_enabled,
        order: found.order.unwrap_or(SortOrder::Descending),
    }
}

/// Who takes part in it, the owner first.
pub(super) fn members(found: &FoundAlbum) -> Vec<AlbumUserV1> {
    people(found).map(|(user, role)| AlbumUserV1 { album_id: found.id, user_id: user.id, role }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn found(more: &Value) -> FoundAsset {
        let mut asset = json!({
            "id": "0f9d3c1e-7a4b-4c2d-9e8f-000000000002", "ownerId": "0f9d3c1e-7a4b-4c2d-9e8f-000000000001",
            "type": "IMAGE", "originalFileName": "a.jpg", "thumbhash": "AQID", "deviceId": "x",
            "fileCreatedAt": "2024-01-02T03:04:05.678Z", "fileModifiedAt": "2024-01-02T03:04:05.678Z",
            "localDateTime": "2024-01-02T05:04:05.678Z", "updatedAt": "2024-02-02T03:04:05.678Z",
            "isFavorite": true, "isTrashed": false, "visibility": "archive", "duration": "0:00:00.00000",
            "checksum": "AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        });
        asset.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(asset).unwrap()
    }

    #[test]
    fn an_asset_of_either_generation_says_what_its_line_would() {
        let older = found(&json!({}));
        let newer = found(&json!({
            "duration": null, "createdAt": "2024-01-03T03:04:05.678Z", "width": 4, "height": 3, "isEdited": true
        }));
        let line = |found: &FoundAsset| serde_json::to_value(asset(found, None, None)).unwrap();
        let (older, newer) = (line(&older), line(&newer));
        assert_eq!((&older["duration"], &older["deletedAt"]), (&Value::Null, &Value::Null), "{older}");
        assert_eq!((&newer["duration"], &newer["width"], &newer["isEdited"]), (&Value::Null, &json!(4), &json!(true)));
        assert_eq!((&older["visibility"], &older["thumbhash"]), (&json!("archive"), &json!("AQID")));
        let video = found(&json!({ "type": "VIDEO", "duration": "0:00:12.50000" }));
        assert_eq!(asset(&video, None, None).duration, LineDuration::Text(Some(12_500)));
    }

    #[test]
    fn what_is_in_the_trash_came_there_with_its_last_change() {
        let trashed = found(&json!({ "isTrashed": true }));
        assert_eq!(asset(&trashed, None, None).deleted_at, Some(trashed.updated_at));
    }

    #[test]
    fn an_album_has_one_owner_in_both_generations() {
        let user = |number: u8| {
            json!({
                "id": format!("0f9d3c1e-7a4b-4c2d-9e8f-{number:012}"), "name": "x", "email": "x@example.org",
                "avatarColor": "red", "profileImagePath": "", "profileChangedAt": "2024-01-02T03:04:05.678Z",
            })
        };
        let album_of = |more: &Value| -> FoundAlbum {
            let mut album = json!({
                "id": "0f9d3c1e-7a4b-4c2d-9e8f-000000000009", "albumName": "Trip", "description": null,
                "albumThumbnailAssetId": null, "createdAt": "2024-01-02T03:04:05.678Z", "order": "asc",
                "updatedAt": "2024-01-02T03:04:05.678Z", "isActivityEnabled": true,
            });
            album.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            serde_json::from_value(album).unwrap()
        };
        let guest = json!({ "user": user(2), "role": "viewer" });
        let older = album_of(&json!({ "ownerId": user(1)["id"], "owner": user(1), "albumUsers": [guest] }));
        let newer = album_of(&json!({ "albumUsers": [{ "user": user(1), "role": "owner" }, guest] }));
        for found in [older, newer] {
            assert_eq!(album(&found).owner_id.map(|id| json!(id)), Some(user(1)["id"].clone()));
            let roles: Vec<AlbumRole> = members(&found).iter().map(|member| member.role).collect();
            assert_eq!(roles, [AlbumRole::Owner, AlbumRole::Viewer]);
        }
    }
}
