//! Lines that a server says.

use serde_json::{Value, json};
use tintype_protocol::bytes::base64;

/// Who the user is there.
pub(crate) const ME: &str = "0f9d3c1e-7a4b-4c2d-9e8f-000000000001";
/// Some moment.
const AT: &str = "2024-01-02T03:04:05.678Z";

/// The name of a row there.
pub(crate) fn id(number: u32) -> String {
    format!("0f9d3c1e-7a4b-4c2d-9e8f-{number:012}")
}

/// A position in the server's feed.
pub(crate) fn at(position: u32) -> String {
    format!("019b7c10-0000-7aaa-8aaa-{position:012}")
}

/// A line whose position is that number.
pub(crate) fn line(entity: &str, position: u32, data: &Value) -> String {
    with_ack(entity, &format!("{entity}|{}", at(position)), data)
}

/// A line with its `\n`.
pub(crate) fn with_ack(entity: &str, ack: &str, data: &Value) -> String {
    format!("{{\"type\":\"{entity}\",\"data\":{data},\"ack\":\"{ack}\"}}\n")
}

fn with(mut data: Value, more: &Value) -> Value {
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    data
}

/// A picture of the user's, of generation 3; its number is its position too.
pub(crate) fn asset(number: u32, more: &Value) -> String {
    line("AssetV2", number, &asset_data(number, more))
}

pub(crate) fn asset_data(number: u32, more: &Value) -> Value {
    let mut content = [0; 20];
    content[..4].copy_from_slice(&number.to_be_bytes());
    let data = json!({
        "id": id(number), "ownerId": ME, "originalFileName": format!("{number}.jpg"), "fileCreatedAt": AT,
        "fileModifiedAt": AT, "localDateTime": AT, "type": "IMAGE", "deletedAt": null, "isFavorite": false,
        "visibility": "timeline", "duration": null, "livePhotoVideoId": null, "stackId": null, "libraryId": null,
        "width": 4, "height": 3, "isEdited": false, "checksum": base64(&content), "thumbhash": null, "createdAt": AT,
    });
    with(data, more)
}

pub(crate) fn exif(number: u32, more: &Value) -> String {
    let data = json!({
        "assetId": id(number), "description": "", "exifImageWidth": 4, "exifImageHeight": 3, "fileSizeInByte": 9,
        "orientation": null, "dateTimeOriginal": AT, "modifyDate": AT, "timeZone": null, "latitude": null,
        "longitude": null, "projectionType": null, "city": null, "state": null, "country": null, "make": null,
        "model": null, "lensModel": null, "fNumber": null, "focalLength": null, "iso": null, "exposureTime": null,
        "profileDescription": null, "rating": null, "fps": null,
    });
    line("AssetExifV1", number, &with(data, more))
}

/// An album of the user's.
pub(crate) fn album(number: u32, more: &Value) -> String {
    let data = json!({
        "id": id(number), "name": "Trip", "description": "", "createdAt": AT, "updatedAt": AT,
        "thumbnailAssetId": null, "isActivityEnabled": true, "order": "desc",
    });
    let owner = json!({ "albumId": id(number), "userId": ME, "role": "owner" });
    line("AlbumV2", number, &with(data, more)) + &line("AlbumUserV1", number, &owner)
}

pub(crate) fn link(position: u32, album: u32, asset: u32) -> String {
    line("AlbumToAssetV1", position, &link_data(album, asset))
}

pub(crate) fn link_data(album: u32, asset: u32) -> Value {
    json!({ "albumId": id(album), "assetId": id(asset) })
}

pub(crate) fn user(number: u32, name: &str) -> String {
    let data = json!({
        "id": id(number), "name": name, "email": format!("{name}@example.org"), "avatarColor": null,
        "deletedAt": null, "profileChangedAt": AT, "hasProfileImage": false,
    });
    line("UserV1", number, &data)
}

pub(crate) fn person(number: u32, birth_date: &str) -> String {
    let data = json!({
        "id": id(number), "createdAt": AT, "updatedAt": AT, "ownerId": ME, "name": "Grete", "birthDate": birth_date,
        "isHidden": false, "isFavorite": false, "color": null, "faceAssetId": null,
    });
    line("PersonV1", number, &data)
}

/// Many small pictures, from one number to another, the second one not among them.
pub(crate) fn assets(from: u32, to: u32) -> String {
    (from..to).map(|number| asset(number, &json!({}))).collect()
}
