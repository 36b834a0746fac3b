//! The data of the stream's lines (sync-protocol §9). All keys are always present; `null` stays `null`.
//!
//! Texts are borrowed so that a row can go from the store to the wire without a copy.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::{AckToken, EntityType};
use crate::checksum::Sha1;
use crate::dto::present;
use crate::id::{AlbumId, AssetId, LibraryId, StackId, UserId};
use crate::model::{AlbumRole, AssetType, AvatarColor, SortOrder, UserMetadataKey, Visibility};
use crate::time::{Timestamp, parse_duration};

/// One record of the stream. Keys come in this order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line<T> {
    /// What the data is.
    #[serde(rename = "type")]
    pub entity: EntityType,
    /// The row.
    pub data: T,
    /// What to post once the line has been applied.
    pub ack: AckToken,
}

/// `{}`: the data of `SyncAckV1`, `SyncResetV1` and `SyncCompleteV1`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Empty {}

/// A user as everybody sees them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct UserV1<'a> {
    pub id: UserId,
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    #[serde(borrow)]
    pub email: Cow<'a, str>,
    /// `null` when the user chose none.
    pub avatar_color: Option<AvatarColor>,
    pub deleted_at: Option<Timestamp>,
    pub profile_changed_at: Timestamp,
    pub has_profile_image: bool,
}

/// The user of the session.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AuthUserV1<'a> {
    pub id: UserId,
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    #[serde(borrow)]
    pub email: Cow<'a, str>,
    pub avatar_color: Option<AvatarColor>,
    pub deleted_at: Option<Timestamp>,
    pub profile_changed_at: Timestamp,
    pub is_admin: bool,
    /// The reference sends the hash; nobody needs it, so this is always `null` here.
    #[serde(borrow)]
    pub pin_code: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub oauth_id: Cow<'a, str>,
    #[serde(borrow)]
    pub storage_label: Option<Cow<'a, str>>,
    pub quota_size_in_bytes: Option<i64>,
    pub quota_usage_in_bytes: i64,
    pub has_profile_image: bool,
}

/// A user is gone for good.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct UserDelete {
    pub user_id: UserId,
}

/// A stack.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct StackV1 {
    pub id: StackId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub primary_asset_id: AssetId,
    pub owner_id: UserId,
}

/// A stack is gone.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct StackDelete {
    pub stack_id: StackId,
}

/// A partner.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct PartnerV1 {
    pub shared_by_id: UserId,
    pub shared_with_id: UserId,
    pub in_timeline: bool,
}

/// A partner is none any more.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct PartnerDelete {
    pub shared_by_id: UserId,
    pub shared_with_id: UserId,
}

/// An asset, for `AssetV1` and all its relatives, and for the `V2` ones, which differ in two fields.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetV1<'a> {
    pub id: AssetId,
    pub owner_id: UserId,
    #[serde(borrow)]
    pub original_file_name: Cow<'a, str>,
    pub file_created_at: Timestamp,
    pub file_modified_at: Timestamp,
    /// Wall-clock time of the capture, written as if UTC.
    pub local_date_time: Timestamp,
    #[serde(rename = "type")]
    pub asset_type: AssetType,
    pub deleted_at: Option<Timestamp>,
    pub is_favorite: bool,
    pub visibility: Visibility,
    pub duration: LineDuration,
    pub live_photo_video_id: Option<AssetId>,
    pub stack_id: Option<StackId>,
    pub library_id: Option<LibraryId>,
    /// As displayed: orientation and edits applied. Servers before 2.5 have neither this nor the next two.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub width: Option<Option<u32>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub height: Option<Option<u32>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_edited: Option<bool>,
    pub checksum: Sha1,
    /// Base64.
    #[serde(borrow)]
    pub thumbhash: Option<Cow<'a, str>>,
    /// Time of the upload; only in the `V2` types.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
}

/// A duration in the form of the line's generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineDuration {
    /// `hh:mm:ss.SSS` or `null` (`V1`).
    Text(Option<u64>),
    /// Integer milliseconds or `null` (`V2`).
    Millis(Option<u64>),
}

impl Serialize for LineDuration {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Text(None) | Self::Millis(None) => serializer.serialize_none(),
            Self::Text(Some(ms)) => serializer.serialize_str(&crate::time::duration_text(ms)),
            Self::Millis(Some(ms)) => serializer.serialize_u64(ms),
        }
    }
}

impl<'de> Deserialize<'de> for LineDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Millis(u64),
            Text(String),
        }
        Ok(match Option::<Form>::deserialize(deserializer)? {
            None => Self::Text(None),
            Some(Form::Millis(ms)) => Self::Millis(Some(ms)),
            Some(Form::Text(text)) => Self::Text(parse_duration(&text)),
        })
    }
}

/// An asset is gone for good.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetDelete {
    pub asset_id: AssetId,
}

/// What is known about a photo from its file and from its owner.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetExifV1<'a> {
    pub asset_id: AssetId,
    #[serde(borrow)]
    pub description: Cow<'a, str>,
    /// Unrotated.
    pub exif_image_width: Option<u32>,
    pub exif_image_height: Option<u32>,
    pub file_size_in_byte: Option<i64>,
    /// `"1"` to `"8"`.
    #[serde(borrow)]
    pub orientation: Option<Cow<'a, str>>,
    pub date_time_original: Option<Timestamp>,
    pub modify_date: Option<Timestamp>,
    #[serde(borrow)]
    pub time_zone: Option<Cow<'a, str>>,
    pub latitude: Option<Number>,
    pub longitude: Option<Number>,
    #[serde(borrow)]
    pub projection_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub city: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub state: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub country: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub make: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub model: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub lens_model: Option<Cow<'a, str>>,
    pub f_number: Option<Number>,
    pub focal_length: Option<Number>,
    pub iso: Option<i32>,
    #[serde(borrow)]
    pub exposure_time: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub profile_description: Option<Cow<'a, str>>,
    pub rating: Option<i8>,
    pub fps: Option<Number>,
}

/// A number as JavaScript prints it: integral values have no `.0`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Number(pub f64);

impl Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// Beyond this, a double is no longer exact and JavaScript changes its notation.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if self.0.fract() == 0.0 && self.0.abs() < EXACT {
            // Integral and in range: the cast is exact.
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

/// An album; `owner_id` is present in `V1` only.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AlbumV1<'a> {
    pub id: AlbumId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<UserId>,
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    #[serde(borrow)]
    pub description: Cow<'a, str>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub thumbnail_asset_id: Option<AssetId>,
    pub is_activity_enabled: bool,
    pub order: SortOrder,
}

/// An album is gone, or gone from this user.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct DeleteAlbum {
    pub album_id: AlbumId,
}

/// A user's part in an album.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AlbumUserV1 {
    pub album_id: AlbumId,
    pub user_id: UserId,
    pub role: AlbumRole,
}

/// A user's part in an album has ended.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AlbumUserDelete {
    pub album_id: AlbumId,
    pub user_id: UserId,
}

/// An asset is in an album.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AlbumToAssetV1 {
    pub asset_id: AssetId,
    pub album_id: AlbumId,
}

/// An asset is no longer in an album.
pub type AlbumToAssetDelete = AlbumToAssetV1;

/// A row of a user's settings.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct UserMetadataV1<'a> {
    pub user_id: UserId,
    pub key: UserMetadataKey,
    #[serde(borrow)]
    pub value: &'a RawValue,
}

/// A row of a user's settings is gone.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct UserMetadataDelete {
    pub user_id: UserId,
    pub key: UserMetadataKey,
}

/// A value that an app keeps with an asset.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetMetadataV1<'a> {
    pub asset_id: AssetId,
    #[serde(borrow)]
    pub key: Cow<'a, str>,
    #[serde(borrow)]
    pub value: &'a RawValue,
}

/// A value that an app kept with an asset is gone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AssetMetadataDelete<'a> {
    pub asset_id: AssetId,
    #[serde(borrow)]
    pub key: Cow<'a, str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_as_javascript_does() {
        let text = |n: f64| serde_json::to_string(&Number(n)).unwrap();
        assert_eq!(text(4.0), "4");
        assert_eq!(text(-0.5), "-0.5");
        assert_eq!(text(54.1), "54.1");
        assert_eq!(text(0.0), "0");
    }

    #[test]
    fn a_line_has_its_keys_in_order() {
        let line = Line {
            entity: EntityType::AssetDeleteV1,
            data: AssetDelete { asset_id: "0f9d3c1e-7a4b-4c2d-9e8f-112233445566".parse().unwrap() },
            ack: "AssetDeleteV1|019b7c10-1111-7bbb-8bbb-000000000002".parse().unwrap(),
        };
        assert_eq!(
            serde_json::to_string(&line).unwrap(),
            r#"{"type":"AssetDeleteV1","data":{"assetId":"0f9d3c1e-7a4b-4c2d-9e8f-112233445566"},"ack":"AssetDeleteV1|019b7c10-1111-7bbb-8bbb-000000000002"}"#
        );
    }
}
